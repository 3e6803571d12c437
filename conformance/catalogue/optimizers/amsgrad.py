"""AMSGrad: the canonical form, conventions and mistakes."""

from __future__ import annotations

from functools import partial

from gradmark.conformance.catalogue.optimizers.adam import KINGMA, REDDI
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    mean_square,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.adam import ADAM, assemble, complement, inside, one
from gradmark.conformance.catalogue.traits.trajectories import AROUND
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact, maximum, sqrt


@canonical("AMSGrad", f"{REDDI}, algorithm 2, which has no ε")
def greatest_moment_so_far(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """v̂ ← max(v̂, v); w ← w − η m / (√v̂ + ε)."""
    m = v = v_hat = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        v_hat = maximum(v_hat, v)
        w = w - lr * m / (sqrt(v_hat) + epsilon)
        yield w


AMSGRAD = recipe("AMSGrad", partial(assemble, share1=one, share2=one, greatest_of="v"), **AROUND)
CORRECTED = {"share1": complement, "share2": complement}

# --- conventions ----------------------------------------------------------------------------------

AMSGRAD.enter(
    "dialect",
    "bias-corrected",
    "The greatest v so far and m are freed of their bias: w ← w − η m̂ / (√(v̂ / (1 − β₂ᵗ)) + ε).",
    "PyTorch, Adam(amsgrad=True): pytorch/pytorch#142323; Paddle, Adam(amsgrad=True)",
    **CORRECTED,
)
AMSGRAD.enter(
    "dialect",
    "bias-corrected-epsilon-hat",
    "Both biases are corrected in the rate, η √(1 − β₂ᵗ) / (1 − β₁ᵗ), which corrects no ε.",
    f"Keras and TensorFlow, Adam(amsgrad=True), after {KINGMA}, end of section 2",
    in_the_rate=True,
    **CORRECTED,
)
AMSGRAD.enter(
    "dialect",
    "greatest-of-corrected-moments",
    "v̂ is the greatest of the bias-corrected v so far; m is bias-corrected, too.",
    "Optax, amsgrad: google-deepmind/optax#1389",
    **CORRECTED | {"greatest_of": "v̂"},
)
AMSGRAD.enter(
    "dialect",
    "only-first-moment-corrected",
    "m is freed of its bias, and v is not.",
    "Optax, amsgrad(bias_correction_nu=False)",
    share1=complement,
)
AMSGRAD.enter(
    "dialect",
    "epsilon-inside-root",
    "w ← w − η m / √(v̂ + ε): ε stands inside the root.",
    "Optax, amsgrad(eps_root=..., eps=0)",
    place=inside,
)

# --- mistakes -------------------------------------------------------------------------------------

AMSGRAD.borrow(
    ADAM,
    "betas-exchanged",
    "one-beta",
    "betas-ignored",
    "weights-exchanged",
    "moments-forgotten",
    "gradient-not-squared",
    "gradient-taken-for-its-square",
    "first-moment-lags-behind",
    "previous-gradient",
    "learning-rate-kept",
    "epsilon-ignored",
    "epsilon-multiplied",
)
AMSGRAD.enter(
    "mistake",
    "ascent",
    "w ← w + η m / (√v̂ + ε): climbs.",
    "the sign of the step",
    moved=lambda w, lr, step, _decay, _first: w + lr * step,
)
AMSGRAD.enter(
    "mistake",
    "greatest-forgotten",
    "Divides by √v + ε: Adam without bias correction.",
    "amsgrad is taken and never used: chaoshangcs/GTS#16; LiyuanLucasLiu/RAdam#6",
    greatest_of="",
)
AMSGRAD.enter(
    "mistake",
    "greatest-not-stored",
    "v̂ is the greater of v and the v before it: what is older is forgotten.",
    "the maximum goes to a local name: chainer/chainer#7661; a review of pytorch/pytorch#4034",
    greatest_of="",
    used=lambda old, new: (new[0], maximum(old[1], new[1])),
)
AMSGRAD.enter(
    "mistake",
    "greatest-written-over-the-moment",
    "v ← max(v, β₂v + (1−β₂)g²): the average goes on from its greatest value, and never falls.",
    "one array for v and its maximum",
    second=lambda v, g, beta, _epsilon: maximum(v, mean_square(v, g, beta)),
)
AMSGRAD.enter(
    "mistake",
    "greatest-square-so-far",
    "v̂ is the greatest g² so far: no average at all.",
    "the maximum of the squares, not of their average",
    second=lambda v, g, _beta, _epsilon: maximum(v, g**2),
)
AMSGRAD.enter(
    "mistake",
    "greatest-root-missing",
    "Divides by v̂ + ε, not by √v̂ + ε.",
    "the root is missing",
    root=lambda v: v,
)
AMSGRAD.enter(
    "mistake",
    "bias-corrected-from-two",
    "The bias correction uses t + 1.",
    "t set to 1 and raised before use: cs231n/cs231n.github.io#179",
    share1=lambda beta, t: complement(beta, t + 1),
    share2=lambda beta, t: complement(beta, t + 1),
)
AMSGRAD.enter(
    "mistake",
    "only-second-moment-corrected",
    "v̂ is freed of its bias, and m is not.",
    "one of two corrections forgotten",
    share2=complement,
)
