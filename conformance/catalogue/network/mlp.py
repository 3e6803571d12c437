"""A network of any depth: the canonical forms, conventions and mistakes of its loss and gradients.

What happens at the end is softmax cross-entropy's own, and so are its forms: each is met in a
network, too, and is entered here under its name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import gradmark.conformance.catalogue.losses.gradients as _gradients
import gradmark.conformance.catalogue.losses.softmax as _softmax
from gradmark.conformance.catalogue.activations import (
    LEAK,
    half_at_zero,
    leaking,
    logistic,
    of_the_activation,
    one_at_zero,
    piecewise,
    rectifier,
    zero_at_zero,
)
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.forms import variants
from gradmark.conformance.catalogue.network.forward import RUMELHART
from gradmark.conformance.catalogue.recipe import Recipe, form, recipe
from gradmark.conformance.catalogue.variant import Body, canonical, takes_dtype
from gradmark.conformance.truth import Exact, Number, total

Layers = list[Exact]
Both = tuple[Layers, Layers]
Change = Callable[[Exact, int], Exact]  # of a gradient and the number of samples
After = Callable[[Both, int], Both]
SOURCE = f"{RUMELHART}; softmax cross-entropy: Bridle 1990"


End = Callable[[Exact, Exact, str], Exact]  # of labels, logits and the dtype
Parts = dict[str, Any]


def _ending(formula: str, name: str | None = None) -> End:
    """Take the end of a network from a form of a loss of logits, without label smoothing."""
    body = form(formula, name).body
    told = takes_dtype(body)

    def end(y: Exact, z: Exact, dtype: str) -> Exact:
        exactly: Exact = body(y, z, 0, dtype=dtype) if told else body(y, z, 0)
        return exactly

    return end


LAST, ERROR = _ending(_softmax.NAME), _ending(_gradients.SOFTMAX.formula)


# --- the loss -------------------------------------------------------------------------------------


def _same(z: Exact) -> Exact:
    return z


def _every(layer: int, last: int) -> bool:
    del layer, last
    return True


def _loss(
    end: End = LAST,
    hidden: Callable[[Exact], Exact] = rectifier,
    output: Callable[[Exact], Exact] = _same,
    shifts: Callable[[int, int], bool] = _every,
    decay: float = 0.0,
) -> Body:
    def body(X: Exact, y: Exact, weights: Layers, biases: Layers, *, dtype: str) -> Exact:
        z, last = X, len(weights) - 1
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = (hidden(z) if layer else z) @ W + (b if shifts(layer, last) else 0 * b)
        loss = end(y, output(z), dtype)
        if decay:
            loss = loss + Number(decay / 2) * sum(total(W**2) for W in weights)
        return loss

    return body


canonical("mlp_loss", SOURCE)(
    named("canonical", "−1/n Σ y log softmax(z), z of the last layer, ReLU in the others.", _loss())
)
LOSS = recipe("mlp_loss", _loss)
_NOT_HERE = ("canonical", "smooth", "vector")  # it has no such argument


def _borrow(its: Recipe, formula: str, slot: str) -> None:
    """Enter the forms of a loss of logits that a network may end in."""
    for one in variants(formula):
        if not any(word in one.name for word in _NOT_HERE):
            parts = {slot: _ending(formula, one.name)}
            its.enter(one.meant, one.name, one.says, one.source, one.guard, **parts)


_borrow(LOSS, _softmax.NAME, "end")
_FORMS: tuple[tuple[str, str, str, Parts], ...] = (
    (
        "relu-missing",
        "No activation: the layers are one.",
        "F.relu is forgotten",
        {"hidden": _same},
    ),
    (
        "leaky-relu-for-relu",
        "The hidden layers leak 0.01 z.",
        "Maas et al. 2013: the leaky rectifier in ReLU's place",
        {"hidden": leaking(LEAK)},
    ),
    (
        "sigmoid-for-relu",
        "The hidden layers have sigmoids.",
        "Nielsen, network2.py, whose hidden layers are sigmoids",
        {"hidden": logistic},
    ),
    (
        "tanh-for-relu",
        "The hidden layers have tanh.",
        "dennybritz/nn-from-scratch, whose hidden layer is tanh",
        {"hidden": lambda z: 2 * logistic(2 * z) - 1},
    ),
    (
        "relu-at-the-end",
        "The last layer has a ReLU, too, before the softmax.",
        "pytorch/examples#117: a rectifier before the output's activation",
        {"output": rectifier},
    ),
    (
        "biases-missing",
        "No layer has a bias.",
        "the biases are forgotten",
        {"shifts": lambda *_: False},
    ),
    (
        "last-bias-missing",
        "The last layer has no bias.",
        "the bias of the output is forgotten",
        {"shifts": lambda layer, last: layer < last},
    ),
    (
        "first-bias-missing",
        "The first layer has no bias.",
        "the bias of the input is forgotten",
        {"shifts": lambda layer, _: layer > 0},
    ),
)
for _name, _says, _source, _parts in _FORMS:
    LOSS.enter("mistake", _name, _says, _source, **_parts)

# --- the gradients --------------------------------------------------------------------------------


def _column_sums(dz: Exact) -> Exact:
    return np.sum(dz, axis=0, keepdims=True)


def _carried(dz: Exact, W: Exact) -> Exact:
    return dz @ W.T


def _masked(da: Exact, z: Exact) -> Exact:
    return da * zero_at_zero(z)


def _unchanged(found: Both, n: int) -> Both:
    del n
    return found


def _backward(
    error: End = ERROR,
    output: Callable[[Exact], Exact] = _same,
    carried: Callable[[Exact, Exact], Exact] = _carried,
    masked: Callable[[Exact, Exact], Exact] = _masked,
    incoming: Callable[[Exact], Exact] = rectifier,
    shift: Callable[[Exact], Exact] = _column_sums,
    after: After = _unchanged,
    decay: float = 0.0,
) -> Body:
    def body(X: Exact, y: Exact, weights: Layers, biases: Layers, *, dtype: str) -> Both:
        zs = [X]
        for layer, (W, b) in enumerate(zip(weights, biases, strict=True)):
            zs.append((rectifier(zs[-1]) if layer else X) @ W + b)
        dz = error(y, output(zs.pop()), dtype)
        dW: Layers = []
        db: Layers = []
        for layer in reversed(range(len(weights))):
            dW.insert(0, (incoming(zs[layer]) if layer else X).T @ dz)
            db.insert(0, shift(dz))
            if decay:
                dW[0] = dW[0] + Number(decay) * weights[layer]
            if layer:
                dz = masked(carried(dz, weights[layer]), zs[layer])
        return after((dW, db), len(X))

    return body


canonical("mlp_gradients", SOURCE)(
    named(
        "canonical",
        "(softmax(z) − y) / n at the end, carried back by Wᵀ and ReLU'; dW = aᵀ dz, db = Σ dz.",
        _backward(),
    )
)
GRADIENTS = recipe("mlp_gradients", _backward)
_borrow(GRADIENTS, _gradients.SOFTMAX.formula, "error")
for _name, _says, _source, _slope in (
    (
        "half-slope-at-the-kink",
        "ReLU' is ½ at 0.",
        "HIPS autograd and JAX, maximum(z, 0): a tie shares its gradient (jax-ml/jax#37821)",
        half_at_zero,
    ),
    (
        "full-slope-at-the-kink",
        "ReLU' is 1 at 0.",
        "Saitoh, Deep Learning from Scratch, relu_grad: z ≥ 0",
        one_at_zero,
    ),
):
    GRADIENTS.enter(
        "dialect",
        _name,
        _says,
        _source,
        masked=lambda da, z, slope=_slope: da * slope(z),
    )


def _where_square(dz: Exact, W: Exact) -> Exact:
    rows, columns = np.shape(W)
    return dz @ W if rows == columns else dz @ W.T


def _kept(g: Exact, n: int) -> Exact:
    del n
    return g


def _each(of_weights: Change, of_biases: Change) -> After:
    """Change the gradients of all layers."""
    return lambda found, n: (
        [of_weights(g, n) for g in found[0]],
        [of_biases(g, n) for g in found[1]],
    )


def _inner(change: Change) -> After:
    """Change the gradients of all layers but the last."""

    def after(found: Both, n: int) -> Both:
        dW, db = ([*(change(g, n) for g in its[:-1]), its[-1]] for its in found)
        return dW, db

    return after


_OF_GRADIENTS: tuple[tuple[str, str, str, Parts], ...] = (
    (
        "relu-mask-missing",
        "dz = da: ReLU' is missing.",
        "ujjwalkarn/Machine-Learning-Tutorials#16: deltas without the slope",
        {"masked": lambda da, z: da + 0 * z},
    ),
    (
        "mask-of-the-error",
        "dz = da where da > 0: the mask is taken from the wrong tensor.",
        "guided backpropagation without its other half: the sign of the error is asked",
        {"masked": lambda da, z: da * zero_at_zero(da) + 0 * z},
    ),
    (
        "error-replaced-by-the-mask",
        "dz = ReLU'(z): what came back is lost.",
        "haifengl/smile#528: = for *=",
        {"masked": lambda da, z: 0 * da + zero_at_zero(z)},
    ),
    (
        "mask-inverted",
        "dz = da where the unit is off.",
        "z < 0 for z > 0",
        {"masked": lambda da, z: da * piecewise(z, 0, 0, 1)},
    ),
    (
        "activation-for-its-slope",
        "dz = da · ReLU(z).",
        "NVlabs/tiny-cuda-nn#465 asks for it: ReLU where ReLU' belongs",
        {"masked": lambda da, z: da * rectifier(z)},
    ),
    (
        "leaky-slope-under-relu",
        "dz leaks 0.01 da where the unit is off.",
        "Maas et al. 2013: the leaky rectifier's slope under ReLU",
        {"masked": lambda da, z: da * piecewise(z, 1, LEAK, LEAK)},
    ),
    (
        "sigmoid-slope-under-relu",
        "dz = da · a (1 − a), as if the hidden layers had sigmoids.",
        "the hidden layer's slope of a network of sigmoids",
        {"masked": lambda da, z: da * of_the_activation(rectifier(z))},
    ),
    (
        "weights-not-transposed",
        "da = dz W where W is square, which no shape forbids.",
        "@ W for @ W.T: seen where a layer is not square, and silent where it is",
        {"carried": _where_square},
    ),
    (
        "pre-activation-for-the-activation",
        "dW = zᵀ dz: what the layer before put out, before its ReLU.",
        "z kept in a's place",
        {"incoming": _same},
    ),
    (
        "relu-at-the-end",
        "The softmax is taken of ReLU(z).",
        "pytorch/examples#117: a rectifier before the output's activation",
        {"output": rectifier},
    ),
    (
        "divided-twice-in-every-layer",
        "Divided by n at the output, and once more in dW and db.",
        "SkalskiP/ILearnDeepLearning.py#29: 1/m at dz and at the weights",
        {"after": _each(lambda g, n: g / n, lambda g, n: g / n)},
    ),
    (
        "biases-divided-twice",
        "db is a mean of what is a mean already.",
        "kvfrans/notes#5: mean for sum in the biases alone",
        {"after": _each(_kept, lambda g, n: g / n)},
    ),
    (
        "inner-layers-divided-twice",
        "The layers before the last are divided by n once more.",
        "DeepLearning.AI forum 63071: dZ1 multiplied by 1/m, then dW1 once more",
        {"after": _inner(lambda g, n: g / n)},
    ),
    (
        "biases-summed-over-units",
        "Each db is one number, the same for every unit.",
        "np.sum without its axis",
        {"shift": lambda dz: 0 * _column_sums(dz) + np.sum(dz)},
    ),
    (
        "biases-of-one-sample",
        "db is dz of the first sample alone.",
        "dz[0] for a sum over the batch",
        {"shift": lambda dz: dz[:1] + 0 * _column_sums(dz)},
    ),
    (
        "biases-zero",
        "db is 0.",
        "the biases are left out of training",
        {"shift": lambda dz: 0 * _column_sums(dz)},
    ),
    (
        "only-the-last-layer-learns",
        "The gradients of the other layers are 0.",
        "the loop over the layers stops after the first",
        {"after": _inner(lambda g, _: 0 * g)},
    ),
    (
        "doubled",
        "2 dz.",
        "the factor 2 of a squared error",
        {"after": _each(lambda g, _: 2 * g, lambda g, _: 2 * g)},
    ),
)
for _name, _says, _source, _parts in _OF_GRADIENTS:
    GRADIENTS.enter("mistake", _name, _says, _source, **_parts)

# --- both -----------------------------------------------------------------------------------------


for _rate in (0.001, 0.01):
    for _its, _says in ((LOSS, "{:g}/2 Σ W² over the layers"), (GRADIENTS, "{:g} W to each dW")):
        _its.enter(
            "mistake",
            f"weights-decayed-by-{_rate:g}",
            f"Adds {_says.format(_rate)}.",
            "CS231n, neural networks case study: reg left in",
            decay=_rate,
        )
