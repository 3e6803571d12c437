"""NAdam: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

from gradmark.conformance.catalogue.optimizers.steps import Real, Trajectory, average, mean_square
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.adam import (
    ADAM,
    Past,
    assemble,
    complement,
    inside,
    looking_ahead,
    one,
)
from gradmark.conformance.catalogue.traits.trajectories import AROUND
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact, sqrt

DOZAT = "Dozat 2016"


@canonical("NAdam", f"{DOZAT}, with one momentum μ = β₁; Optax, nadam")
def look_ahead_of_the_first_moment(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """w ← w − η (β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)) / (√v̂ + ε)."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        m_hat = average(m / (1 - beta1 ** (t + 1)), g / (1 - beta1**t), beta1)
        w = w - lr * m_hat / (sqrt(v / (1 - beta2**t)) + epsilon)
        yield w


NADAM = recipe("NAdam", partial(assemble, top=looking_ahead), **AROUND)

# --- conventions: the momentum's schedule ---------------------------------------------------------


def _scheduled(decay: float, extra: bool = False, started: bool = True) -> Callable[..., Exact]:
    """Let the momentum rise from β₁/2 to β₁: μₜ = β₁ (1 − 0.96^(tψ) / 2), ψ the decay."""

    def top(m: Exact, g: Exact, _share: Exact, beta1: Real, t: int, past: Past) -> Exact:
        mu, after = (beta1 * (1 - 0.5 * 0.96 ** (s * decay)) for s in (t, t + 1))
        product = past["product"] = past.get("product", 1.0 if started else 0.0) * mu
        ahead = product * mu * after if extra else product * after
        return after * m / (1 - ahead) + (1 - mu) * g / (1 - product)

    return top


NADAM.enter(
    "dialect",
    "momentum-scheduled-slowly",
    "The momentum rises from β₁/2: μₜ = β₁(1 − 0.96^(0.004t) / 2); products of the μ correct it.",
    "PyTorch, NAdam(momentum_decay=0.004), its default; timm and Paddle, NAdam",
    top=_scheduled(0.004),
)
NADAM.enter(
    "dialect",
    "momentum-scheduled",
    "The momentum rises from β₁/2: μₜ = β₁(1 − 0.96^t / 2); products of the μ correct it.",
    "Keras, Nadam",
    top=_scheduled(1.0),
)
family(
    "NAdam",
    "momentum-scheduled-by-{}",
    "The momentum rises from β₁/2: μₜ = β₁(1 − 0.96^(ψt) / 2) with ψ = {}.",
    "PyTorch, NAdam(momentum_decay=...)",
    lambda decay: {"top": _scheduled(decay)},
    1e-4,
    10.0,
)

# --- conventions: the moments ---------------------------------------------------------------------


def _corrected_alike(m: Exact, g: Exact, share: Exact, beta1: Real, _t: int, _past: Past) -> Exact:
    return average(m, g, beta1) / share


NADAM.enter(
    "dialect",
    "corrected-alike",
    "Moment and gradient are divided by the same 1 − β₁ᵗ: β₁m̂ + (1 − β₁) g / (1 − β₁ᵗ).",
    "Ruder 2016, An overview of gradient descent optimization algorithms, section 4.8",
    top=_corrected_alike,
)
NADAM.enter(
    "dialect",
    "second-moment-times-beta2",
    "v̂ is β₂v / (1 − β₂ᵗ), as printed.",
    f"{DOZAT}, algorithm 2 of the workshop paper",
    share2=lambda beta, t: complement(beta, t) / beta if beta else inf,
)
NADAM.enter(
    "dialect",
    "epsilon-inside-root-of-second-moment",
    "The step is divided by √(v̂ + ε): ε stands inside the root.",
    "Optax, nadam(eps_root=..., eps=0)",
    place=inside,
)

# --- mistakes -------------------------------------------------------------------------------------

NADAM.borrow(
    ADAM,
    "counter-starts-at-two",
    "counter-stuck-at-one",
    "correction-stored",
    "second-moment-not-corrected",
    "betas-exchanged",
    "one-beta",
    "betas-ignored",
    "weights-exchanged",
    "moments-forgotten",
    "gradient-not-squared",
    "gradient-taken-for-its-square",
    "second-moment-lags-behind",
    "previous-gradient",
    "ascent",
    "learning-rate-kept",
    "root-missing",
    "epsilon-ignored",
    "epsilon-multiplied",
)
NADAM.enter(
    "mistake",
    "next-product-with-an-extra-momentum",
    "The product that corrects the moment has μₜ in it twice.",
    "pytorch/pytorch#92699, with PyTorch's schedule; dotnet/TorchSharp#1155",
    top=_scheduled(0.004, extra=True),
)
NADAM.enter(
    "mistake",
    "product-never-started",
    "The product of the μ starts from 0 and stays there: no bias is corrected in the first moment.",
    "dotnet/TorchSharp#1154, with PyTorch's schedule",
    top=_scheduled(0.004, started=False),
)
NADAM.enter(
    "mistake",
    "gradient-in-place-of-the-moment",
    "Both terms have the gradient: there is no memory.",
    "a review of pytorch/pytorch#106615, with one momentum",
    top=lambda _m, g, _share, beta1, t, _past: average(
        g / (1 - beta1 ** (t + 1)), g / (1 - beta1**t), beta1
    ),
)
NADAM.enter(
    "mistake",
    "no-look-ahead",
    "The step is m̂ / (√v̂ + ε): Adam.",
    "Adam under this name",
    top=lambda m, _g, share, *_: m / share,
)
NADAM.enter(
    "mistake",
    "look-ahead-by-two",
    "The moment is divided by 1 − β₁ᵗ⁺², the gradient by 1 − β₁ᵗ.",
    "the extra momentum of pytorch/pytorch#92699, where the momentum has no schedule",
    top=lambda m, g, _share, beta1, t, _past: average(
        m / (1 - beta1 ** (t + 2)), g / (1 - beta1**t), beta1
    ),
)
NADAM.enter(
    "mistake",
    "gradient-weighed-whole",
    "g / (1 − β₁ᵗ) has no 1 − β₁ before it.",
    "the gradient's weight is missing",
    top=lambda m, g, _share, beta1, t, _past: (
        beta1 * m / (1 - beta1 ** (t + 1)) + g / (1 - beta1**t)
    ),
)
NADAM.enter(
    "mistake",
    "first-moment-not-corrected",
    "β₁m + (1 − β₁)g is used as it is: the first steps are too short.",
    "one of two corrections forgotten: ooples/AiDotNet.Tensors#960",
    top=lambda m, g, _share, beta1, *_: average(m, g, beta1),
    share1=one,
)
