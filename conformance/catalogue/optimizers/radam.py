"""RAdam: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature
from typing import Any

from gradmark.conformance.catalogue.optimizers.steps import Real, Trajectory, average, mean_square
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.adam import (
    ADAM,
    assemble,
    inside,
    looking_ahead,
    one,
)
from gradmark.conformance.catalogue.traits.trajectories import AROUND
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, sqrt

LIU = "Liu et al. 2020"


def _lengths(beta2: Real, t: int) -> tuple[Exact, Exact]:
    """Give the length of the average that v is worth, and the longest it can be."""
    longest = 2 / (1 - beta2) - 1
    return longest - 2 * t * beta2**t / (1 - beta2**t), longest


def _rectification(rho: Exact, longest: Exact) -> Exact:
    return (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)


@canonical("RAdam", f"{LIU}, algorithm 2, which has no ε")
def rectified_once_the_variance_is_tractable(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """w ← w − η r m̂ / (√v̂ + ε) where ρₜ > 4, and w − η m̂ before."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        rho, longest = _lengths(beta2, t)
        if rho > 4:
            r = sqrt(_rectification(rho, longest))
            w = w - lr * (r * m_hat / (sqrt(v_hat) + epsilon))
        else:
            w = w - lr * m_hat
        yield w


def _plain(plain: Exact, _adaptive: Exact) -> Exact:
    return plain


def _none(plain: Exact, _adaptive: Exact) -> Exact:
    return 0 * plain


def _assemble(
    above: float = 4,
    factor: Callable[[Exact, Exact], Exact] = lambda rho, longest: sqrt(
        _rectification(rho, longest)
    ),
    before: Callable[[Exact, Exact], Exact] = _plain,
    counted: Callable[[int], int] = lambda t: t,
    **of_adam: Any,
) -> Body:
    """Rectify the adaptive step once the average is long enough, and do something else before."""

    def settled(plain: Exact, adaptive: Exact, beta2: Real, t: int) -> Exact:
        rho, longest = _lengths(beta2, counted(t))
        return factor(rho, longest) * adaptive if rho > above else before(plain, adaptive)

    return assemble(settled=settled, **of_adam)


# A recipe has as slots what its body's signature shows: those of Adam's steps as well.
_own, _adam = (signature(body).parameters for body in (_assemble, assemble))
_slots = [its for name, its in {**_adam, **_own}.items() if name not in ("settled", "of_adam")]
_assemble.__signature__ = Signature(_slots)  # type: ignore[attr-defined]  # as `inspect` reads it
RADAM = recipe("RAdam", _assemble, **AROUND)

# --- conventions ----------------------------------------------------------------------------------

RADAM.enter(
    "dialect",
    "threshold-five",
    "The adaptive step is taken where ρₜ > 5, one or two steps later.",
    "Optax, radam(threshold=5.0), its default; TensorFlow Addons, RectifiedAdam",
    above=5,
)
RADAM.enter(
    "dialect",
    "threshold-five-epsilon-hat",
    "The adaptive step is taken where ρₜ > 5; ε is added before the bias correction.",
    "PyTorch, timm and Paddle, RAdam; the authors' code: taki0112/RAdam-Tensorflow#2",
    above=5,
    in_the_rate=True,
)
RADAM.enter(
    "dialect",
    "threshold-five-epsilon-hat-waiting",
    "The adaptive step is taken where ρₜ > 5, and none before; ε before the bias correction.",
    "the authors' code, RAdam(degenerated_to_sgd=False), its default; pytorch_optimizer, RAdam",
    above=5,
    before=_none,
    in_the_rate=True,
)
RADAM.enter(
    "dialect",
    "waiting",
    "There is no step before ρₜ > 4.",
    "RAdam without momentum before it is rectified: LiyuanLucasLiu/RAdam#54, #61",
    before=_none,
)
RADAM.borrow(ADAM, "epsilon-hat")
RADAM.enter(
    "dialect",
    "epsilon-inside-root-of-second-moment",
    "The adaptive step is divided by √(v̂ + ε): ε stands inside the root.",
    "Optax, radam(eps_root=..., eps=0); keras-radam: CyberZHG/keras-radam#29",
    place=inside,
)
RADAM.enter(
    "dialect",
    "nesterov",
    "m̂ looks one step ahead, as in NAdam; the adaptive step is taken where ρₜ > 5.",
    "Optax, radam(nesterov=True)",
    top=looking_ahead,
    above=5,
)

# --- mistakes -------------------------------------------------------------------------------------

RADAM.borrow(
    ADAM,
    "counter-stuck-at-one",
    "correction-stored",
    "first-moment-not-corrected",
    "second-moment-not-corrected",
    "betas-exchanged",
    "betas-ignored",
    "weights-exchanged",
    "moments-forgotten",
    "gradient-not-squared",
    "gradient-taken-for-its-square",
    "previous-gradient",
    "ascent",
    "learning-rate-kept",
    "root-missing",
    "epsilon-ignored",
    "epsilon-multiplied",
    "powers-of-the-complements",
)
RADAM.enter(
    "mistake",
    "never-rectified",
    "The adaptive step is taken from ρₜ > 4 on, but r is 1: Adam, after a few plain steps.",
    "the rectification computed and not used",
    factor=lambda _rho, _longest: 1,
)
RADAM.enter(
    "mistake",
    "rectification-without-root",
    "r is not the root of its fraction: steps stay short for longer.",
    "the root is missing",
    factor=_rectification,
)
RADAM.enter(
    "mistake",
    "rectification-upside-down",
    "r is the root of the fraction's inverse: the first adaptive steps are far too long.",
    "numerator and denominator exchanged",
    factor=lambda rho, longest: 1 / sqrt(_rectification(rho, longest)),
)
RADAM.enter(
    "mistake",
    "rectification-without-lengths",
    "r lacks ρ∞ / ρₜ.",
    "a factor of the fraction forgotten",
    factor=lambda rho, longest: sqrt((rho - 4) * (rho - 2) / ((longest - 4) * (longest - 2))),
)
RADAM.enter(
    "mistake",
    "always-adaptive",
    "Before ρₜ > 4 the step is Adam's, not a plain one.",
    "the second branch of the algorithm forgotten",
    before=lambda _plain, adaptive: adaptive,
)
RADAM.enter(
    "mistake",
    "length-counted-from-zero",
    "ρₜ is that of the step before, and the plain steps last one longer.",
    "t raised after its use",
    counted=lambda t: max(t - 1, 1),
)
RADAM.enter(
    "mistake",
    "rate-times-the-step-number",
    "The rate is multiplied by t: steps grow without end.",
    "a review of tensorflow/swift-apis#564",
    top=lambda m, _g, share, _beta1, t, _past: t * m / share,
)
RADAM.enter(
    "mistake",
    "nothing-corrected",
    "m and v are used as they are, and only the rectification knows of the bias.",
    "the bias correction forgotten",
    share1=one,
    share2=one,
)
