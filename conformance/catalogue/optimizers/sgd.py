"""Stochastic gradient descent: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

from gradmark.conformance.catalogue.optimizers.steps import Trajectory, held, norm, one_late, sign
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact, Number, elementwise, maximum, mean, minimum

Rule = Callable[[Exact, Exact, Exact], Exact]


def _at_each_step(rule: Rule) -> Body:
    """Make a trajectory of a rule that takes the weights, the gradient and the learning rate."""

    @wraps(rule)
    def body(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
        for g, lr in zip(gradients, rates, strict=True):
            w = rule(w, g, lr)
            yield w

    return body


@canonical("SGD", 'Article, "Gradient Descent Explained"; Robbins and Monro 1951')
def gradient_descent(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """w ← w − η g."""
    for g, lr in zip(gradients, rates, strict=True):
        w = w - lr * g
        yield w


@dialect("SGD", "scikit-learn, SGDClassifier and SGDRegressor: penalty='l2', alpha=0.0001")
@_at_each_step
def l2_penalty_1e_4(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − η(g + 10⁻⁴ w): a penalty on the weights is part of the gradient."""
    return w - lr * (g + 1e-4 * w)


@mistake("SGD", "the sign of the step: pytorch/pytorch#1871; PyTorch's maximize=True")
@_at_each_step
def ascent(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w + η g: climbs."""
    return w + lr * g


@mistake("SGD", "w =- η g for w -= η g: Stack Overflow, «gradient descent - cost keeps increasing»")
@_at_each_step
def weights_overwritten(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← −η g: forgets where it stood."""
    return 0 * w - lr * g


@mistake("SGD", "a learning rate copied at construction")
def first_learning_rate_kept(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """Goes on with the first learning rate when opt.lr is changed."""
    return gradient_descent(w, gradients, held(rates))


@mistake("SGD", "the learning rate is missing")
@_at_each_step
def rate_forgotten(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − g: steps by the whole gradient, whatever the learning rate."""
    del lr
    return w - g


@mistake("SGD", "a gradient that carries the learning rate already")
@_at_each_step
def rate_applied_twice(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − η² g."""
    return w - lr * lr * g


@mistake("SGD", "the factor 2 of a square's derivative, taken once more")
@_at_each_step
def step_doubled(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − 2η g: every step is twice as long."""
    return w - 2 * lr * g


@mistake("SGD", "a schedule left inside: Robbins and Monro's η / t")
def rate_divided_by_step_number(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """w ← w − (η / t) g: the rate falls by itself."""
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        w = w - lr / t * g
        yield w


@mistake("SGD", "signSGD under this name: Bernstein et al. 2018")
@_at_each_step
def sign_of_the_gradient(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − η sign(g): the gradient's size is lost."""
    return w - lr * sign(g)


@mistake("SGD", "the normalised gradient under this name")
@_at_each_step
def gradient_normalised(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − η g / ‖g‖: every step is η long, and NaN where the gradient is zero."""
    return w - lr * (g / norm(g))


@mistake("SGD", "clipnorm=1 left in")
@_at_each_step
def gradient_norm_clipped_at_one(w: Exact, g: Exact, lr: Exact) -> Exact:
    """Shortens every gradient to a norm of at most 1."""
    return w - lr * (g / maximum(norm(g), 1.0))


@mistake("SGD", "clipvalue=1 left in")
@_at_each_step
def gradient_clipped_at_one(w: Exact, g: Exact, lr: Exact) -> Exact:
    """Cuts every entry of the gradient at ±1."""
    return w - lr * (g / maximum(abs(g), 1.0))


@mistake("SGD", 'np.clip(w, -10, 10), left in: Article, listing of "Learning Rate Impact"')
@_at_each_step
def weights_clipped_at_ten(w: Exact, g: Exact, lr: Exact) -> Exact:
    """Keeps every weight within ±10."""
    return minimum(maximum(w - lr * g, -10.0), 10.0)


@mistake("SGD", "np.mean over the gradient itself")
@_at_each_step
def gradient_averaged_over_entries(w: Exact, g: Exact, lr: Exact) -> Exact:
    """Every weight moves by the mean entry of the gradient."""
    return w - lr * mean(g) if np.size(g) else w


@mistake("SGD", "an average of what is an average already: d2l-ai/d2l-en#1000")
@_at_each_step
def gradient_divided_by_its_size(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − η g / n: divides by the number of entries."""
    return w - lr * g / max(np.size(g), 1)


@mistake("SGD", "gradients not set to zero between steps: tenstorrent/tt-blacksmith#711")
def gradients_accumulate(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """Each step goes along the sum of all gradients so far."""
    accumulated = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        accumulated = accumulated + g
        w = w - lr * accumulated
        yield w


@mistake("SGD", "the step taken before the new gradient is stored")
def previous_gradient(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """Moves by the gradient of the step before: the first step does nothing."""
    return gradient_descent(w, one_late(gradients, 0 * w), rates)


@mistake("SGD", "a momentum of 0.9 left in")
def momentum_left_in(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """Adds 0.9 of the step before to every step."""
    velocity = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        velocity = 0.9 * velocity + lr * g
        w = w - velocity
        yield w


@dialect("SGD", "Krizhevsky, Sutskever and Hinton 2012: a weight decay of 5e-4, written in")
@_at_each_step
def weight_decay_left_in(w: Exact, g: Exact, lr: Exact) -> Exact:
    """w ← w − η(g + 0.0005 w): a penalty on the weights is part of the gradient."""
    return w - lr * (g + 5e-4 * w)


def _to_half(x: Exact) -> Exact:
    with np.errstate(over="ignore"):  # beyond 65504 lies its infinity
        half = float(np.float16(float(x)))
    return Number(half, x.error) if isinstance(x, Number) else half


_half_precision = elementwise(_to_half)


@mistake("SGD", "weights kept as float16")
@_at_each_step
def weights_in_half_precision(w: Exact, g: Exact, lr: Exact) -> Exact:
    """Rounds the weights to half precision: three digits, and infinity beyond 65504."""
    return _half_precision(w - lr * g)
