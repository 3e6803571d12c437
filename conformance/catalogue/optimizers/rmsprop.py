"""RMSprop: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

import numpy as np

from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    mean_square,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact, mean, sqrt

TIELEMAN = "Tieleman and Hinton 2012, lecture 6.5"
GRAVES = "Graves 2013, eqs. 38-41"


@dataclass(frozen=True)
class State:
    """What a step may use: the gradient, its mean square s and mean, and the hyperparameters."""

    g: Exact
    s: Exact
    mean: Exact
    t: int
    beta: Real
    epsilon: Real

    @property
    def corrected(self) -> State:
        """The averages freed of their bias towards zero."""
        share = 1 - self.beta**self.t
        return replace(self, s=self.s / share, mean=self.mean / share)

    @property
    def centered(self) -> State:
        """The variance in place of the mean square."""
        return replace(self, s=self.s - self.mean**2)


Rule = Callable[[State], Exact]
Accumulate = Callable[[Exact, Exact, Real], Exact]


def _stepping(accumulate: Accumulate = mean_square, start: float = 0.0) -> Callable[[Rule], Body]:
    """Make a trajectory of a rule for the step, with s from `start` on."""

    def of(rule: Rule) -> Body:
        @wraps(rule)
        def body(w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real) -> Trajectory:
            s, a = 0 * w + start, 0 * w
            for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
                s = accumulate(s, g, beta)
                a = average(a, g, beta)
                w = w - lr * rule(State(g, s, a, t, beta, epsilon))
                yield w

        return body

    return of


def _inside(state: State) -> Exact:
    return state.g / sqrt(state.s + state.epsilon)


def _outside(state: State) -> Exact:
    return state.g / (sqrt(state.s) + state.epsilon)


@canonical("RMSprop", f'Article, "RMSprop", the printed formula; {TIELEMAN}')
def epsilon_inside_root(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """w ← w − η g / √(s + ε)."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / sqrt(s + epsilon)
        yield w


# --- conventions ----------------------------------------------------------------------------------


@dialect("RMSprop", 'Article, listing of "Optimizers"; PyTorch, RMSprop')
@_stepping()
def epsilon_outside_root(state: State) -> Exact:
    """w ← w − η g / (√s + ε): ε stands outside the root."""
    return _outside(state)


@dialect("RMSprop", f"{TIELEMAN}, the slides, which have no ε")
@_stepping()
def no_epsilon(state: State) -> Exact:
    """w ← w − η g / √s: NaN where every gradient so far was zero."""
    return state.g / sqrt(state.s)


@dialect("RMSprop", "TensorFlow 1, RMSPropOptimizer; timm, RMSpropTF: s starts at one")
@_stepping(start=1.0)
def accumulator_starts_at_one(state: State) -> Exact:
    """s starts at 1, which damps the first steps; ε inside the root."""
    return _inside(state)


@dialect("RMSprop", "HIPS autograd, misc.optimizers.rmsprop")
@_stepping(start=1.0)
def accumulator_starts_at_one_epsilon_outside(state: State) -> Exact:
    """s starts at 1, which damps the first steps; ε outside the root."""
    return _outside(state)


@dialect("RMSprop", "Optax, rmsprop(bias_correction=True)")
@_stepping()
def bias_corrected(state: State) -> Exact:
    """s is divided by 1 − βᵗ first; ε inside the root."""
    return _inside(state.corrected)


@dialect("RMSprop", "Optax, rmsprop(bias_correction=True, eps_in_sqrt=False); Adam with β₁ = 0")
@_stepping()
def bias_corrected_epsilon_outside(state: State) -> Exact:
    """s is divided by 1 − βᵗ first; ε outside the root."""
    return _outside(state.corrected)


@dialect("RMSprop", f"{GRAVES}, without its momentum; Keras and Optax, RMSprop(centered=True)")
@_stepping()
def centered(state: State) -> Exact:
    """Divides by the deviation √(s − ḡ² + ε), ḡ the mean gradient; ε inside the root."""
    return _inside(state.centered)


@dialect("RMSprop", "PyTorch, RMSprop(centered=True); Optax with eps_in_sqrt=False")
@_stepping()
def centered_epsilon_outside(state: State) -> Exact:
    """Divides by the deviation √(s − ḡ²) + ε, ḡ the mean gradient; ε outside the root."""
    return _outside(state.centered)


@dialect("RMSprop", "Optax, rmsprop(centered=True, bias_correction=True)")
@_stepping()
def centered_bias_corrected(state: State) -> Exact:
    """Divides by the deviation, s and ḡ divided by 1 − βᵗ first; ε inside the root."""
    return _inside(state.corrected.centered)


@dialect("RMSprop", "TensorFlow 1, RMSPropOptimizer(centered=True)")
@_stepping(start=1.0)
def centered_accumulator_starts_at_one(state: State) -> Exact:
    """Divides by the deviation, with s from 1 on; ε inside the root."""
    return _inside(state.centered)


@dialect("RMSprop", GRAVES)
def centered_with_momentum(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """Centered, ε inside the root, and with a momentum of 0.9."""
    velocity = s = a = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s, a = mean_square(s, g, beta), average(a, g, beta)
        velocity = 0.9 * velocity + lr * g / sqrt(s - a**2 + epsilon)
        w = w - velocity
        yield w


# --- mistakes -------------------------------------------------------------------------------------


@mistake("RMSprop", "the sign of the step")
@_stepping()
def ascent(state: State) -> Exact:
    """w ← w + η g / √(s + ε): climbs."""
    return -_inside(state)


@mistake("RMSprop", "a learning rate copied at construction")
def learning_rate_kept(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """Goes on with the first learning rate when opt.lr is changed."""
    return epsilon_inside_root(w, gradients, held(rates), beta, epsilon)


@mistake("RMSprop", "the root is missing")
@_stepping()
def root_missing(state: State) -> Exact:
    """Divides by s + ε, not by its root."""
    return state.g / (state.s + state.epsilon)


@mistake("RMSprop", "multiplied where it should be divided: oracle/tribuo#401, in its Adam")
@_stepping()
def multiplied_by_the_root(state: State) -> Exact:
    """w ← w − η g √(s + ε): large gradients take even larger steps."""
    return state.g * sqrt(state.s + state.epsilon)


@mistake("RMSprop", "the gradient is missing")
@_stepping()
def gradient_forgotten(state: State) -> Exact:
    """w ← w − η / √(s + ε): always downwards, whatever the gradient's sign."""
    return 1 / sqrt(state.s + state.epsilon)


@mistake("RMSprop", "AdaGrad under this name")
@_stepping(lambda s, g, _beta: s + g**2)
def squares_summed(state: State) -> Exact:
    """Sums the squares, never forgetting: AdaGrad."""
    return _inside(state)


@mistake("RMSprop", "1 − β is missing")
@_stepping(lambda s, g, beta: beta * s + g**2)
def squares_not_weighted(state: State) -> Exact:
    """s ← βs + g²: too large by 1/(1−β)."""
    return _inside(state)


@mistake("RMSprop", "β and 1 − β exchanged")
def weights_exchanged(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """s ← (1−β)s + βg²: remembers what it should forget."""
    return epsilon_inside_root(w, gradients, rates, 1 - beta, epsilon)


@mistake("RMSprop", "0.9 written into the step")
def beta_ignored(w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real) -> Trajectory:
    """β is 0.9 whatever the argument says."""
    del beta
    return epsilon_inside_root(w, gradients, rates, 0.9, epsilon)


@mistake("RMSprop", "1e-8 written into the step: deeplearning4j/deeplearning4j#2705")
def epsilon_ignored(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """ε is 1e-8 whatever the argument says."""
    del epsilon
    return epsilon_inside_root(w, gradients, rates, beta, 1e-8)


@mistake("RMSprop", "the square of the gradient is missing")
@_stepping(lambda s, g, beta: average(s, abs(g), beta))
def gradient_not_squared(state: State) -> Exact:
    """s averages |g|, not g²."""
    return _inside(state)


@mistake("RMSprop", "square of the mean, not mean of the squares")
@_stepping()
def mean_gradient_squared(state: State) -> Exact:
    """Divides by √(ḡ² + ε), ḡ the mean gradient: where gradients alternate it is far too small."""
    return state.g / sqrt(state.mean**2 + state.epsilon)


@mistake("RMSprop", "np.mean over the squares: one scale for the whole array")
@_stepping(lambda s, g, beta: average(s, mean(g**2) if np.size(g) else 0, beta))
def one_scale_for_all_entries(state: State) -> Exact:
    """All weights share one s, the mean square over the array."""
    return _inside(state)


@mistake("RMSprop", "the step taken before s is updated")
def accumulator_lags_behind(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """Divides by the s of the step before: the first step is η g / √ε."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        w = w - lr * g / sqrt(s + epsilon)
        s = mean_square(s, g, beta)
        yield w


@mistake("RMSprop", "the root written back")
@_stepping(lambda s, g, beta: sqrt(mean_square(s, g, beta)))
def root_stored(state: State) -> Exact:
    """Keeps √s as s: roots are taken again and again."""
    return state.g / (state.s + state.epsilon)


@mistake("RMSprop", "ε added to the stored s")
def epsilon_stored(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """ε is added to s at each step, and gathers there."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = mean_square(s, g, beta) + epsilon
        w = w - lr * g / sqrt(s)
        yield w


@mistake("RMSprop", "+ ε became × ε")
@_stepping()
def epsilon_multiplied(state: State) -> Exact:
    """Divides by ε √s: steps that are longer by 1/ε."""
    return state.g / (sqrt(state.s) * state.epsilon)


@mistake("RMSprop", "ε added after the division: kozistr/pytorch_optimizer#480, in its AdamP")
@_stepping()
def epsilon_after_the_division(state: State) -> Exact:
    """w ← w − η g (1/√s + ε): NaN where every gradient so far was zero."""
    return state.g * (1 / sqrt(state.s) + state.epsilon)


@dialect("RMSprop", "Keras and TensorFlow, RMSprop(momentum=0.9)")
def momentum_left_in(
    w: Exact, gradients: Exact, rates: Exact, beta: Real, epsilon: Real
) -> Trajectory:
    """Adds 0.9 of the step before to every step."""
    velocity = s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = mean_square(s, g, beta)
        velocity = 0.9 * velocity + lr * g / sqrt(s + epsilon)
        w = w - velocity
        yield w
