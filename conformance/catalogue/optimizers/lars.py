"""LARS: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gradmark.conformance.catalogue.optimizers.lamb import ratio
from gradmark.conformance.catalogue.optimizers.steps import Real, Trajectory, norm
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.momentum import MOMENTUM, assemble, looking_ahead
from gradmark.conformance.catalogue.traits.trajectories import AROUND, fixed
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact, sqrt, total

YOU = "You, Gitman and Ginsburg 2017"


@canonical("LARS", f"{YOU}, algorithm 1, and 1 for the ratio where a norm is zero")
def rate_by_layer(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    momentum: Real,
    weight_decay: Real = 0,
    trust_coefficient: Real = 0.001,
) -> Trajectory:
    """ρ = κ‖w‖ / (‖g‖ + λ‖w‖); v ← μv + ηρ(g + λw); w ← w − v."""
    velocity = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        length, size = norm(w), norm(g)
        trust = 1
        if length > 0 and size > 0:
            trust = trust_coefficient * length / (size + weight_decay * length)
        velocity = momentum * velocity + lr * (trust * (g + weight_decay * w))
        w = w - velocity
        yield w


def _known(w: Exact, g: Exact) -> bool:
    return bool(norm(w) > 0 and norm(g) > 0)


def _trust(w: Exact, g: Exact, decay: Real, trust: Real) -> Exact:
    return trust * norm(w) / (norm(g) + decay * norm(w)) if _known(w, g) else 1


Trust = Callable[[Exact, Exact, Real, Real], Exact]


def _layered(trust: Trust = _trust, decayed: bool = True, outside: bool = False) -> Trust:
    """Scale the gradient, with its decay or beside it, by what a layer is trusted with."""

    def scaled(g: Exact, w: Exact, decay: Real, coefficient: Real) -> Exact:
        its = trust(w, g, decay, coefficient)
        if outside:
            return its * g + decay * w
        return its * (g + decay * w if decayed else g)

    return scaled


LARS = recipe("LARS", partial(assemble, scaled=_layered()), **AROUND)

# --- conventions ----------------------------------------------------------------------------------

LARS.enter(
    "dialect",
    "lr-outside-velocity",
    "v ← μv + ρ(g + λw); w ← w − ηv: the same until the learning rate changes.",
    "timm, Lars(always_adapt=True); pytorch_optimizer, LARS",
    rate="outside",
)


def _with_epsilon(epsilon: float) -> Trust:
    return lambda w, g, decay, trust: (
        trust * norm(w) / (norm(g) + decay * norm(w) + epsilon) if _known(w, g) else 1
    )


def _layered_if_decayed(trust: Trust) -> Trust:
    """Trust a layer so, where there is a decay."""
    return _layered(
        lambda w, g, decay, coefficient: (
            trust(w, g, decay, coefficient) if decay > 0 or decay < 0 else 1
        )
    )


def _decaying_where_known(trust: Trust) -> Trust:
    """Scale a gradient and its decay so, and leave a gradient alone where there is no ratio."""
    scaled = _layered(trust)
    return lambda g, w, decay, coefficient: scaled(g, w, decay, coefficient) if _known(w, g) else g


def _parts(scaled: Callable[[Trust], Trust], epsilon: float) -> dict[str, Trust]:
    return {"scaled": scaled(_with_epsilon(epsilon))}


LARS.enter(
    "dialect",
    "no-ratio-without-decay",
    "Where λ = 0 the ratio is 1: plain momentum.",
    "timm, Lars(always_adapt=False), its default; Paddle before PaddlePaddle/Paddle#40892",
    scaled=_layered_if_decayed(_trust),
)
for _name, _says, _source, _scaled in (
    (
        "epsilon-{}-beside-the-norms",
        "ρ = κ‖w‖ / (‖g‖ + λ‖w‖ + {}).",
        "timm, Lars(eps=1e-8, always_adapt=True)",
        _layered,
    ),
    (
        "epsilon-{}-beside-the-norms-no-ratio-without-decay",
        "ρ = κ‖w‖ / (‖g‖ + λ‖w‖ + {}); where λ = 0 the ratio is 1.",
        "timm, Lars(eps=1e-8), its default",
        _layered_if_decayed,
    ),
    (
        "epsilon-{}-beside-the-norms-no-decay-without-ratio",
        "ρ = κ‖w‖ / (‖g‖ + λ‖w‖ + {}); where a norm is 0, there is no decay either.",
        "Apex, LARC(clip=False, eps=1e-8)",
        _decaying_where_known,
    ),
):
    family(
        "LARS",
        _name,
        _says,
        _source,
        partial(_parts, _scaled),
        1e-16,
        1e-2,
    )
LARS.enter(
    "dialect",
    "norm-of-the-decayed-gradient",
    "ρ = κ‖w‖ / ‖g + λw‖.",
    "Optax, lars; Spijkervet/SimCLR#27",
    scaled=_layered(
        lambda w, g, decay, trust: (
            trust * ratio(norm(w), norm(g + decay * w)) if _known(w, g + decay * w) else 1
        )
    ),
)
LARS.enter(
    "dialect",
    "nesterov",
    "The velocity looks ahead: w ← w − (μv + ηρ(g + λw)).",
    "Optax, lars(nesterov=True); timm, Lars(nesterov=True)",
    along=looking_ahead,
)

# --- mistakes -------------------------------------------------------------------------------------

LARS.borrow(
    MOMENTUM,
    "velocity-forgotten",
    "velocity-reversed",
    "velocity-never-fades",
    "momentum-ignored",
    "weights-exchanged",
    "ascent",
    "learning-rate-kept",
    "rate-applied-twice",
    "step-lags-behind",
    "previous-gradient",
)
LARS.enter(
    "mistake",
    "ratio-forgotten",
    "v ← μv + η(g + λw): momentum with a penalty.",
    "SGD under this name",
    scaled=_layered(lambda *_: 1),
)
LARS.enter(
    "mistake",
    "ratio-zero-at-zero",
    "ρ is 0 where the weights are: they never leave zero.",
    "Spijkervet/SimCLR#27: ≥ where > is meant",
    scaled=_layered(
        lambda w, g, decay, trust: (
            trust * norm(w) / (norm(g) + decay * norm(w)) if norm(g) > 0 else 1
        )
    ),
)
LARS.enter(
    "mistake",
    "ratio-upside-down",
    "ρ = κ(‖g‖ + λ‖w‖) / ‖w‖.",
    "numerator and denominator exchanged",
    scaled=_layered(
        lambda w, g, decay, trust: (
            trust * (norm(g) + decay * norm(w)) / norm(w) if _known(w, g) else 1
        )
    ),
)
LARS.enter(
    "mistake",
    "ratio-without-decay",
    "ρ = κ‖w‖ / ‖g‖, though the gradient has λw in it.",
    "the second norm of the denominator forgotten: zdaxie/PixPro#13 asks about it",
    scaled=_layered(lambda w, g, _decay, trust: _trust(w, g, 0, trust)),
)
LARS.enter(
    "mistake",
    "decay-in-the-ratio-alone",
    "λ stands in ρ, and the weights do not decay.",
    "ooples/AiDotNet.Tensors#955",
    scaled=_layered(decayed=False),
)
LARS.enter(
    "mistake",
    "decay-outside-the-ratio",
    "v ← μv + η(ρg + λw): the decay is not scaled.",
    "the decay added after the ratio",
    scaled=_layered(outside=True),
)
LARS.enter(
    "mistake",
    "trust-ignored",
    "κ is 0.001 whatever the argument says.",
    "0.001 written into the step",
    hyper=fixed(trust_coefficient=0.001),
)
LARS.enter(
    "mistake",
    "root-mean-squares",
    "The norm of the weights is a root mean square, and that of the gradient is not.",
    "np.mean for np.sum in one of two norms",
    scaled=_layered(
        lambda w, g, decay, trust: (
            _trust(w, g, decay, trust) / sqrt(total(0 * g + 1)) if _known(w, g) else 1
        )
    ),
)
