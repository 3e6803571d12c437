"""What the network's loss and its gradients are put together of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.activations import (
    LEAK,
    half_at_zero,
    leaking,
    logistic,
    of_the_activation,
    one_at_zero,
    piecewise,
    rectifier,
    returns_relu,
    zero_at_zero,
)
from gradmark.conformance.catalogue.activations.sigmoid import softplus
from gradmark.conformance.catalogue.losses.guards import EPSILON, clip
from gradmark.conformance.catalogue.losses.own_epsilon import SCRATCH
from gradmark.conformance.catalogue.network.forward import (
    Gradients,
    Pass,
    beside_one,
    of_a_pass,
    stored,
)
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.losses import (
    BARE,
    CLIPPING_AT_MACHINE_EPSILON,
    Guard,
    Logs,
    adding,
    clamping,
    clipping,
    doing_both,
)
from gradmark.conformance.catalogue.traits.reductions import BITS
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.catalogue.variant import Guard as Lost
from gradmark.conformance.truth import Exact, Number, log, mean, total

Make = Callable[[Pass], Exact]


def times(body: Body, factor: float | Number) -> Body:
    """Multiply the loss."""
    return lambda *arguments, dtype: factor * body(*arguments, dtype=dtype)


# --- the loss -------------------------------------------------------------------------------------


def of_logits(_net: Pass, z2: Exact) -> Logs:
    """log a2 and log(1 − a2) from the logit, unguarded."""
    return -softplus(-z2), -softplus(z2)


def _of_output(guard: Guard) -> Callable[[Pass, Exact], Logs]:
    """Guard what a float holds of the output; 1 − a2 is formed."""
    return lambda net, z2: guard(stored(z2, net.dtype), net.dtype)


def _of_rounded(guard: Guard) -> Callable[[Pass, Exact], Logs]:
    """Guard the output itself: what is added fills up what rounding took."""
    return lambda net, z2: guard(logistic(z2), net.dtype)


def _bare(p: Exact, _dtype: str) -> Logs:
    return log(p), log(1 - p)


def _clipped_at_500(net: Pass, z2: Exact) -> Logs:
    return _bare(stored(clip(z2, Number(-500), Number(500)), net.dtype), net.dtype)


def _both(y: Exact, log_a: Exact, log_rest: Exact) -> Exact:
    return beside_one(-(y * log_a + (1 - y) * log_rest))


def _summed(terms: Exact, m: int) -> Exact:
    return total(terms) / m


def _linear(z: Exact) -> Exact:
    return z


def _tanh(z: Exact) -> Exact:
    return 2 * logistic(2 * z) - 1


def assemble_loss(
    bias1: bool = True,
    hidden: Callable[[Exact], Exact] = rectifier,
    bias2: bool = True,
    output: Callable[[Exact], Exact] = _linear,
    logs: Callable[[Pass, Exact], Logs] = of_logits,
    terms: Callable[[Exact, Exact, Exact], Exact] = _both,
    reduce: Callable[[Exact, int], Exact] = _summed,
    penalty: float = 0.0,
    pairs: bool = False,
) -> Body:
    """Put together the network's loss."""

    @of_a_pass
    def body(net: Pass) -> Exact:
        z1 = net.z1 if bias1 else net.X @ net.W1
        z2 = hidden(z1) @ net.W2 + (net.b2 if bias2 else 0)
        y, z2 = net.y, output(z2)
        if pairs:
            y, z2 = np.reshape(y, (1, -1)), np.reshape(z2, (-1, 1))
        loss = (
            (mean(terms(y, *logs(net, z2)))) if pairs else reduce(terms(y, *logs(net, z2)), net.m)
        )
        if penalty:
            loss = loss + Number(penalty / 2) * (total(net.W1**2) + total(net.W2**2))
        return loss

    return body


LOSS = recipe("compute_loss", assemble_loss, factor=times)
_LOGS: dict[str, Callable[[Pass, Exact], Logs]] = {
    "epsilon-inside-logs": _of_rounded(adding(EPSILON)),
    **{
        f"epsilon-{epsilon}-inside-logs": _of_rounded(adding(float(epsilon)))
        for epsilon in ("1e-7", "1e-8", "1e-9", "1e-12")
    },
    "probability-clipped-at-machine-epsilon": _of_output(CLIPPING_AT_MACHINE_EPSILON),
    **{
        f"probability-clipped-at-{epsilon}": _of_output(clipping(float(epsilon)))
        for epsilon in ("1e-7", "1e-8", "1e-12", "1e-15")
    },
    "clipped-and-epsilon-1e-7-inside-logs": _of_output(doing_both(1e-7)),
    "logs-clamped-at-minus-100": _of_output(clamping(-100)),
    "unguarded-probability": _of_output(BARE),
    "unguarded-probability-of-z-clipped-at-500": _clipped_at_500,
}


def _mean(terms: Exact, _m: int) -> Exact:
    return mean(terms)


LOSS.traits.update(
    {
        "mean-over-outputs": {"reduce": _mean},
        **{name: {"logs": logs} for name, logs in _LOGS.items()},
        **{
            f"{name}-mean-over-outputs": {"logs": logs, "reduce": _mean}
            for name, logs in _LOGS.items()
        },
        "not-averaged": {"reduce": lambda terms, _m: total(terms)},
        "halved": {"factor": 0.5},
        "sign-lost": {"factor": -1},
        "base-two": {"factor": BITS},
        "linear-hidden-layer": {"hidden": _linear},
        "sigmoid-hidden-layer": {"hidden": logistic},
        "tanh-hidden-layer": {"hidden": _tanh},
        "leaky-hidden-layer": {"hidden": leaking(LEAK)},
        "hidden-bias-forgotten": {"bias1": False},
        "output-bias-forgotten": {"bias2": False},
        "output-rectified": {"output": rectifier},
        "sigmoid-applied-twice": {"output": logistic},
        "positive-class-only": {"terms": lambda y, log_a, _: beside_one(-y * log_a)},
        "classes-exchanged": {
            "terms": lambda y, log_a, log_rest: _both(y, log_rest, log_a),
        },
        "broadcast-to-all-pairs": {"pairs": True},
        "weights-penalised-by-0.001": {"penalty": 0.001},
        "weights-penalised-by-0.01": {"penalty": 0.01},
    }
)

# --- the gradients --------------------------------------------------------------------------------


def _error(net: Pass) -> Exact:
    return net.dz2


def _through(slope: Callable[[Exact], Exact]) -> Callable[[Pass, Exact], Exact]:
    return lambda net, da1: da1 * slope(net.z1)


_masked = _through(zero_at_zero)


def _over_m(net: Pass) -> tuple[int, int, int, int]:
    return net.m, net.m, net.m, net.m


def assemble_gradients(
    dz2: Make = _error,
    factor: float = 1,
    stale: float = 0.0,
    hidden: Callable[[Pass, Exact], Exact] = _masked,
    fed: Make = lambda net: net.a1,
    divisors: Callable[[Pass], tuple[int, int, int, int]] = _over_m,
    biases: Callable[[Exact], Exact] = lambda sums: sums,
    from_the_weights: bool = False,
    trains_hidden: bool = True,
    decay: Callable[[Pass], float] = lambda _: 0,
) -> Body:
    """Put together the network's gradients."""

    @of_a_pass
    def body(net: Pass) -> Gradients:
        error = factor * dz2(net)
        W2 = net.W2 - Number(stale) * (net.a1.T @ error) / net.m if stale else net.W2
        dz1 = hidden(net, error @ W2.T)
        dW1, db1, _, db2 = net.gradients(error, dz1)
        dW2 = fed(net).T @ error
        if from_the_weights:
            db1, db2 = (np.sum(dW, axis=0, keepdims=True) for dW in (dW1, dW2))
        over = divisors(net)
        rate = decay(net)
        found = (
            dW1 / over[0] + (rate * net.W1 if rate else 0),
            biases(db1 / over[1]),
            dW2 / over[2] + (rate * net.W2 if rate else 0),
            biases(db2 / over[3]),
        )
        return found if trains_hidden else (found[0] * 0, found[1] * 0, *found[2:])

    return body


def _kink(slope: Callable[[Exact], Exact]) -> dict[str, Any]:
    return {"hidden": _through(slope)}


def _by(divisor: Callable[[Pass], int]) -> dict[str, Any]:
    return {"divisors": lambda net: (divisor(net),) * 4}


MEAN = _by(lambda net: net.m * net.outputs)
GRADIENTS = recipe("compute_gradients", assemble_gradients)
GRADIENTS.traits.update(
    {
        "mean-over-samples-and-outputs": MEAN,
        "half-slope-at-the-kink": _kink(half_at_zero),
        "half-slope-at-the-kink-mean-over-samples-and-outputs": _kink(half_at_zero) | MEAN,
        "full-slope-at-the-kink": _kink(one_at_zero),
        "full-slope-at-the-kink-mean-over-samples-and-outputs": _kink(one_at_zero) | MEAN,
        # --- the error of the output
        "uphill": {"factor": -1},
        "doubled": {"factor": 2},
        "sigmoid-slope-kept": {"dz2": lambda net: (net.a2 - net.y) * net.a2 * (1 - net.a2)},
        "squared-error-gradient": {
            "dz2": lambda net: (net.a2 - net.y) * net.a2 * (1 - net.a2),
            "factor": 2,
        }
        | MEAN,
        "sigmoid-slope-of-the-activation": {
            "dz2": lambda net: net.dz2 * of_the_activation(logistic(net.a2)),
        },
        # --- the hidden layer
        "relu-mask-missing": {"hidden": lambda _net, da1: da1},
        "error-replaced-by-the-mask": {"hidden": lambda net, _da1: zero_at_zero(net.z1)},
        "mask-of-the-error": {"hidden": lambda _net, da1: da1 * zero_at_zero(da1)},
        "mask-inverted": _kink(lambda z: piecewise(z, 0, 0, 1)),
        "activation-for-its-slope": _kink(returns_relu),
        "sigmoid-slope-in-the-hidden-layer": {
            "hidden": lambda net, da1: da1 * of_the_activation(net.a1),
        },
        "tanh-slope-in-the-hidden-layer": {"hidden": lambda net, da1: da1 * (1 - net.a1**2)},
        "leaky-slope-under-relu": _kink(lambda z: piecewise(z, 1, LEAK, LEAK)),
        "pre-activation-for-the-activation": {"fed": lambda net: net.z1},
        "output-updated-first-by-0.5": {"stale": 0.5},
        "output-updated-first-by-0.1": {"stale": 0.1},
        # --- the mean
        "summed-over-samples": _by(lambda _: 1),
        "divided-twice": _by(lambda net: net.m**2),
        "hidden-layer-divided-twice": {
            "divisors": lambda net: (net.m**2, net.m**2, net.m, net.m),
        },
        "weights-summed-biases-averaged": {"divisors": lambda net: (1, net.m, 1, net.m)},
        "weights-averaged-biasessummed-gradients": {
            "divisors": lambda net: (net.m, 1, net.m, 1),
        },
        "divided-by-features": _by(lambda net: np.shape(net.X)[1]),
        # --- the biases
        "bias-gradients-summed-over-units": {"biases": lambda db: db * 0 + np.sum(db)},
        "bias-gradients-averaged-over-units": {"biases": lambda db: db * 0 + np.mean(db)},
        "bias-gradients-zero": {"biases": lambda db: db * 0},
        # --- the whole
        "hidden-gradients-zero": {"trains_hidden": False},
        "weights-decayed-by-0.001": {"decay": lambda _: Number(0.001)},
        "weights-decayed-by-0.01": {"decay": lambda _: Number(0.01)},
        "weights-decayed-by-0.7-per-sample": {"decay": lambda net: Number(0.7) / net.m},
    }
)
GRADIENTS.enter(
    "mistake",
    "bias-gradients-from-the-weights",
    "db1 and db2 are the sums of the rows of dW1 and dW2, not of the errors.",
    "np.sum(dW, axis=0) for np.sum(dz, axis=0)",
    from_the_weights=True,
)
GRADIENTS.enter(
    "mistake",
    "multiplied-by-samples",
    "The gradients are multiplied by m: the loss's 1/m is undone twice.",
    "a batch factor left in after a sum",
    divisors=lambda net: (Number(1) / net.m,) * 4,
)

# --- constants that are fitted --------------------------------------------------------------------

family(
    "compute_loss",
    "probability-clipped-at-{}",
    "Clips a2 at ε = {}.",
    SCRATCH,
    lambda epsilon: {"logs": _of_output(clipping(epsilon))},
    1e-30,
    0.2,
    guard=lambda epsilon: Lost(beside_one=epsilon),
)
family(
    "compute_loss",
    "epsilon-{}-inside-logs",
    "Adds {} inside the logarithms, where the canonical form has no guard.",
    SCRATCH,
    lambda epsilon: {"logs": _of_rounded(adding(epsilon))},
    1e-30,
    0.2,
)
family(
    "compute_loss",
    "clipped-and-epsilon-{}-inside-logs",
    "Clips a2 at ε = {}, and adds ε inside the logarithms as well.",
    SCRATCH,
    lambda epsilon: {"logs": _of_output(doing_both(epsilon))},
    1e-30,
    0.2,
)
family(
    "compute_loss",
    "logs-clamped-at-minus-{}",
    "Clamps the logarithms of a2 and 1 − a2 at −{}.",
    "PyTorch, BCELoss, with another bound",
    lambda least: {"logs": _of_output(clamping(-least))},
    1.0,
    740.0,
)
family(
    "compute_loss",
    "weights-penalised-by-{}",
    "Adds ½·{}·Σ W², a penalty on the weights.",
    "a regularisation left in",
    lambda rate: {"penalty": rate},
    1e-6,
    10.0,
    kind="mistake",
)
family(
    "compute_gradients",
    "weights-decayed-by-{}",
    "Adds {} W to the weights' gradients.",
    "a regularisation left in",
    lambda rate: {"decay": lambda _: Number(rate)},
    1e-6,
    10.0,
    kind="mistake",
)
family(
    "compute_gradients",
    "leaky-slope-{}-under-relu",
    "dz1 leaks {} da1 where the unit is off.",
    "Maas et al. 2013: the leaky rectifier's slope under ReLU",
    lambda leak: _kink(lambda z: piecewise(z, 1, leak, leak)),
    1e-4,
    0.9,
    kind="mistake",
)
