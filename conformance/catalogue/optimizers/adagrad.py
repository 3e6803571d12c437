"""Adagrad: the canonical form, conventions and mistakes."""

from __future__ import annotations

from functools import partial

from gradmark.conformance.catalogue.optimizers.steps import Real, Trajectory, mean_square
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.rmsprop import (
    RMSPROP,
    assemble,
    inside,
    outside,
    summed,
)
from gradmark.conformance.catalogue.traits.trajectories import AROUND
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact, maximum, sqrt

DUCHI = "Duchi, Hazan and Singer 2011"


@canonical("Adagrad", f"{DUCHI}, figure 1 with diagonal matrices; PyTorch, Adagrad; MLX, Adagrad")
def root_of_all_squares(w: Exact, gradients: Exact, rates: Exact, epsilon: Real) -> Trajectory:
    """s ← s + g²; w ← w − η g / (√s + ε)."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = s + g**2
        w = w - lr * g / (sqrt(s) + epsilon)
        yield w


ADAGRAD = recipe("Adagrad", partial(assemble, accumulate=summed, place=outside), **AROUND)

# --- conventions ----------------------------------------------------------------------------------

ADAGRAD.enter(
    "dialect",
    "epsilon-inside-root",
    "w ← w − η g / √(s + ε): ε stands inside the root.",
    "Keras, Adagrad(initial_accumulator_value=0); Paddle before 1.0: PaddlePaddle/Paddle#4184",
    place=inside,
)
ADAGRAD.enter(
    "dialect",
    "accumulator-starts-at-0.1-epsilon-inside-root",
    "s starts at 0.1, which damps the first steps; ε inside the root.",
    "Keras, Adagrad; Optax, adagrad: the default of both",
    start=0.1,
    place=inside,
)
ADAGRAD.enter(
    "dialect",
    "no-epsilon-accumulator-starts-at-0.1",
    "s starts at 0.1, and there is no ε: nothing is divided by zero.",
    "TensorFlow 1, AdagradOptimizer(initial_accumulator_value=0.1): tensorflow/tensorflow#37819",
    start=0.1,
    place=lambda root, s, _epsilon: root(s),
)
ADAGRAD.enter(
    "dialect",
    "epsilon-where-the-root-is-smaller",
    "w ← w − η g / max(√s, ε).",
    "Pylearn2, AdaGrad: lisa-lab/pylearn2#1496",
    place=lambda root, s, epsilon: maximum(root(s), epsilon),
)
family(
    "Adagrad",
    "accumulator-starts-at-{}",
    "s starts at {}, which damps the first steps.",
    "PyTorch, Adagrad(initial_accumulator_value=...); deeplearning4j/deeplearning4j#953: 1",
    lambda start: {"start": start},
    1e-4,
    100.0,
)

# --- mistakes -------------------------------------------------------------------------------------

ADAGRAD.borrow(
    RMSPROP,
    "learning-rate-kept",
    "epsilon-ignored",
    "accumulator-lags-behind",
    "epsilon-multiplied",
    "epsilon-after-the-division",
    "previous-gradient",
)
ADAGRAD.enter(
    "mistake",
    "ascent",
    "w ← w + η g / (√s + ε): climbs.",
    "the sign of the step: PaddlePaddle/Paddle#4184",
    direction=-1,
)
ADAGRAD.enter(
    "mistake",
    "root-missing",
    "Divides by s + ε, not by √s + ε.",
    "the root is missing",
    root=lambda s: s,
)
ADAGRAD.enter(
    "mistake",
    "squares-averaged",
    "s ← 0.9 s + 0.1 g²: forgets, as RMSprop does.",
    "RMSprop under this name",
    accumulate=lambda s, g, _: mean_square(s, g, 0.9),
)
ADAGRAD.enter(
    "mistake",
    "squares-forgotten",
    "s ← g²: every step is η long, whatever came before.",
    "s = g² where s += g² is meant",
    accumulate=lambda _s, g, _beta: g**2,
)
ADAGRAD.enter(
    "mistake",
    "gradients-summed-before-the-square",
    "Divides by |g₁ + g₂ + …|: where gradients alternate it is far too small.",
    "the square of the sum, not the sum of the squares",
    accumulate=lambda total, g, _beta: total + g,
    measure=lambda total, _mean: total**2,
)
ADAGRAD.enter(
    "mistake",
    "gradient-not-squared",
    "s sums |g|, not g².",
    "the square of the gradient is missing",
    accumulate=lambda s, g, _beta: s + abs(g),
)
ADAGRAD.enter(
    "mistake",
    "gradient-forgotten",
    "w ← w − η / (√s + ε): always downwards, whatever the gradient's sign.",
    "the gradient is missing",
    top=lambda g: 0 * g + 1,
)
ADAGRAD.enter(
    "mistake",
    "root-stored",
    "Keeps √s as s: roots are taken again and again.",
    "the root written back",
    accumulate=lambda s, g, _beta: sqrt(s + g**2),
    root=lambda s: s,
)
