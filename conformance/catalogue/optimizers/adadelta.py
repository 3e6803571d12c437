"""Adadelta: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    mean_square,
    one_late,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.rmsprop import inside, outside
from gradmark.conformance.catalogue.traits.trajectories import AROUND, fixed
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, sqrt

ZEILER = "Zeiler 2012"
Size = Callable[[Callable[[Exact], Exact], Exact, Real], Exact]


@canonical("Adadelta", f"{ZEILER}, algorithm 1, times η; PyTorch, Keras, Optax, MLX, Adadelta")
def roots_of_two_averages(
    w: Exact, gradients: Exact, rates: Exact, rho: Real, epsilon: Real
) -> Trajectory:
    """Δ = g √(d + ε) / √(s + ε), s the average of g², d that of Δ² so far; w ← w − η Δ."""
    s = d = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = rho * s + (1 - rho) * g**2
        delta = sqrt(d + epsilon) / sqrt(s + epsilon) * g
        d = rho * d + (1 - rho) * delta**2
        w = w - lr * delta
        yield w


def assemble(
    squares: Callable[[Exact, Exact, Real], Exact] = mean_square,
    moves: Callable[[Exact, Exact, Real], Exact] = mean_square,
    above: Size = inside,
    below: Size = inside,
    lags: bool = False,
    ratio: Callable[[Exact, Exact], Exact] = lambda above, below: above / below,
    remembered: Callable[[Exact, Exact, Exact], Exact] = lambda delta, _g, _lr: delta,
    used: Callable[[Exact], Exact] = lambda lr: lr,
    direction: int = 1,
) -> Body:
    """Put together a trajectory of Adadelta."""

    def body(w: Exact, gradients: Exact, rates: Exact, rho: Real, epsilon: Real) -> Trajectory:
        s = d = 0 * w
        for g, lr in zip(gradients, rates, strict=True):
            old, s = s, squares(s, g, rho)
            size = above(sqrt, d, epsilon), below(sqrt, old if lags else s, epsilon)
            delta = ratio(*size) * g
            d = moves(d, remembered(delta, g, lr), rho)
            w = w - direction * (used(lr) * delta)
            yield w

    return body


ADADELTA = recipe("Adadelta", assemble, **AROUND)

# --- conventions ----------------------------------------------------------------------------------

ADADELTA.enter(
    "dialect",
    "no-rate",
    "w ← w − Δ: there is no learning rate.",
    f"{ZEILER}, algorithm 1, as printed; Paddle before PaddlePaddle/Paddle#49732",
    used=lambda _lr: 1,
)
ADADELTA.enter(
    "dialect",
    "rate-remembered",
    "d averages (ηΔ)², what the weights really moved by.",
    "climin, Adadelta(step_rate=...): BRML/climin#29; keras-team/keras#11532 asks for it",
    remembered=lambda delta, _g, lr: lr * delta,
)

# --- mistakes -------------------------------------------------------------------------------------

ADADELTA.enter(
    "mistake",
    "epsilon-outside-both-roots",
    "Δ = g (√d + ε) / (√s + ε): the first steps are far too short.",
    "ε added to the roots, as Adagrad does",
    above=outside,
    below=outside,
)
ADADELTA.enter(
    "mistake",
    "epsilon-below-only",
    "Δ = g √d / √(s + ε): d starts at 0, and nothing ever moves.",
    "ε added where there might be a division by zero, and nowhere else",
    above=lambda root, d, _epsilon: root(d),
)
ADADELTA.enter(
    "mistake",
    "rho-ignored",
    "ρ is 0.9 whatever the argument says.",
    "0.9 written into the step",
    hyper=fixed(rho=0.9),
)
ADADELTA.enter(
    "mistake",
    "roots-missing",
    "Δ = g (d + ε) / (s + ε), without roots.",
    "the roots are missing",
    above=lambda _root, d, epsilon: d + epsilon,
    below=lambda _root, s, epsilon: s + epsilon,
)
ADADELTA.enter(
    "mistake",
    "ratio-upside-down",
    "Δ = g √(s + ε) / √(d + ε): large gradients take even larger steps.",
    "numerator and denominator exchanged",
    ratio=lambda above, below: below / above,
)
ADADELTA.enter(
    "mistake",
    "moves-forgotten",
    "Δ = g / √(s + ε): RMSprop.",
    "RMSprop under this name",
    ratio=lambda _above, below: 1 / below,
)
ADADELTA.enter(
    "mistake",
    "moves-of-the-gradient",
    "d averages g², as s does: Δ is hardly more than g.",
    "one name for the other: the documentation that Lasagne/Lasagne#502 mends",
    remembered=lambda _delta, g, _lr: g,
)
ADADELTA.enter(
    "mistake",
    "squares-added-to-themselves",
    "s ← s + ρs + (1−ρ)g²: grows without end.",
    "+= where = is meant: tensorflow/tensorflow#644",
    squares=lambda s, g, rho: s + mean_square(s, g, rho),
)
ADADELTA.enter(
    "mistake",
    "squares-summed",
    "s ← s + g²: Adagrad's sum in place of the average.",
    "an average that forgets nothing",
    squares=lambda s, g, _rho: s + g**2,
)
ADADELTA.enter(
    "mistake",
    "average-in-parentheses",
    "s ← (ρs + (1−ρ)) g².",
    "parentheses: deeplearning4j/nd4j#1239",
    squares=lambda s, g, rho: (rho * s + (1 - rho)) * g**2,
)
ADADELTA.enter(
    "mistake",
    "weights-exchanged",
    "s ← (1−ρ)s + ρg², and d alike: remembers what it should forget.",
    "ρ and 1 − ρ exchanged",
    squares=lambda s, g, rho: average(g**2, s, rho),
    moves=lambda d, delta, rho: average(delta**2, d, rho),
)
ADADELTA.enter(
    "mistake",
    "squares-lag-behind",
    "Divides by the s of the step before: the first step is g.",
    "the step taken before s is updated",
    lags=True,
)
ADADELTA.enter(
    "mistake",
    "gradient-not-squared",
    "s averages |g|, not g².",
    "the square of the gradient is missing",
    squares=lambda s, g, rho: average(s, abs(g), rho),
)
ADADELTA.enter("mistake", "ascent", "w ← w + η Δ: climbs.", "the sign of the step", direction=-1)
ADADELTA.enter(
    "mistake",
    "learning-rate-kept",
    "Goes on with the first learning rate when opt.lr is changed.",
    "a learning rate copied at construction",
    rates=held,
)
ADADELTA.enter(
    "mistake",
    "previous-gradient",
    "Moves by the gradient of the step before: the first step does nothing.",
    "the step taken before the new gradient is stored",
    gradients=one_late,
)
