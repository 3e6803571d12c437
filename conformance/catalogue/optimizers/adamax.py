"""Adamax: the canonical form, conventions and mistakes."""

from __future__ import annotations

from functools import partial

from gradmark.conformance.catalogue.optimizers.adam import KINGMA
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    mean_square,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.adam import (
    ADAM,
    POWERS_OF_THE_FIRST,
    assemble,
    complement,
    fading_maximum,
    one,
    same,
)
from gradmark.conformance.catalogue.traits.trajectories import AROUND
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact, maximum, minimum, sqrt


@canonical("Adamax", f"{KINGMA}, algorithm 2, with an ε; Keras, Adamax")
def fading_maximum_of_gradients(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """u ← max(β₂u, |g|); w ← w − η m / ((1 − β₁ᵗ)(u + ε))."""
    m = u = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m, u = average(m, g, beta1), maximum(beta2 * u, abs(g))
        w = w - lr * m / ((1 - beta1**t) * (u + epsilon))
        yield w


ADAMAX = recipe("Adamax", partial(assemble, second=fading_maximum, share2=one, root=same), **AROUND)

# --- conventions ----------------------------------------------------------------------------------

ADAMAX.enter(
    "dialect",
    "epsilon-beside-the-gradient",
    "u ← max(β₂u, |g| + ε): ε is remembered, and fades.",
    "PyTorch, Adamax; Optax, adamax",
    second=lambda u, g, beta, epsilon: maximum(beta * u, abs(g) + epsilon),
    place=lambda root, u, _epsilon: root(u),
)
ADAMAX.enter(
    "dialect",
    "epsilon-beside-the-memory",
    "u ← max(β₂u + ε, |g|): ε gathers where no gradient is.",
    "Paddle, Adamax",
    second=lambda u, g, beta, epsilon: maximum(beta * u + epsilon, abs(g)),
    place=lambda root, u, _epsilon: root(u),
)
ADAMAX.enter(
    "dialect",
    "no-bias-correction",
    "m is used as it is: the first steps are too short.",
    "MLX, Adamax",
    share1=one,
)
ADAMAX.enter(
    "dialect",
    "no-epsilon",
    "w ← w − η m̂ / u: NaN where every gradient so far was zero.",
    f"{KINGMA}, algorithm 2, as printed",
    place=lambda root, u, _epsilon: root(u),
)

# --- mistakes -------------------------------------------------------------------------------------

ADAMAX.borrow(
    ADAM,
    "counter-starts-at-two",
    "counter-stuck-at-one",
    "betas-exchanged",
    "one-beta",
    "betas-ignored",
    "first-moment-lags-behind",
    "gradient-in-place-of-first-moment",
    "previous-gradient",
    "learning-rate-kept",
    "epsilon-ignored",
    "epsilon-multiplied",
    "epsilon-after-the-division",
)
ADAMAX.enter(
    "mistake",
    "powers-of-the-complements",
    "m is divided by (1 − β₁)ᵗ, not by 1 − β₁ᵗ.",
    "(1 - beta) ** t: a parenthesis too many",
    **POWERS_OF_THE_FIRST,
)
ADAMAX.enter(
    "mistake",
    "ascent",
    "w ← w + η m̂ / (u + ε): climbs.",
    "the sign of the step",
    moved=lambda w, lr, step, _decay, _first: w + lr * step,
)
ADAMAX.enter(
    "mistake",
    "maximum-corrected",
    "u is divided by 1 − β₂ᵗ, as if it were an average: the first steps are far too short.",
    "Adam's second correction left in",
    share2=complement,
)
ADAMAX.enter(
    "mistake",
    "maximum-never-fades",
    "u ← max(u, |g|): one large gradient counts for ever.",
    "β₂ is missing",
    second=lambda u, g, _beta, _epsilon: maximum(u, abs(g)),
)
ADAMAX.enter(
    "mistake",
    "maximum-of-signed-gradients",
    "u ← max(β₂u, g): a gradient below zero is not seen.",
    "|·| is missing",
    second=lambda u, g, beta, _epsilon: maximum(beta * u, g),
)
ADAMAX.enter(
    "mistake",
    "average-of-sizes",
    "u averages |g|: no maximum at all.",
    "an average where the maximum is meant",
    second=lambda u, g, beta, _epsilon: average(u, abs(g), beta),
)
ADAMAX.enter(
    "mistake",
    "root-of-the-mean-square",
    "Divides by √v̂ + ε: Adam.",
    "Adam under this name",
    second=lambda v, g, beta, _epsilon: mean_square(v, g, beta),
    share2=complement,
    root=sqrt,
)
ADAMAX.enter(
    "mistake",
    "least-in-place-of-greatest",
    "u ← min(β₂u, |g|): zero for good.",
    "np.minimum for np.maximum",
    second=lambda u, g, beta, _epsilon: minimum(beta * u, abs(g)),
)
ADAMAX.enter(
    "mistake",
    "maximum-of-squares",
    "u ← max(β₂u, g²): small gradients get far too long steps.",
    "the square left in",
    second=lambda u, g, beta, _epsilon: maximum(beta * u, g**2),
)
