"""Gradient descent with momentum: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from gradmark.conformance.catalogue.optimizers.sgd import gradient_descent
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    one_late,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact

POLYAK = "Polyak 1964"
NESTEROV = "Nesterov 1983"

Rule = Callable[[Exact, Exact, Exact, Exact, Real], tuple[Exact, Exact]]


def _with_velocity(rule: Rule) -> Body:
    """Make a trajectory of a rule: weights, velocity, gradient, η and γ to weights and velocity."""

    @wraps(rule)
    def body(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
        velocity = 0 * w
        for g, lr in zip(gradients, rates, strict=True):
            w, velocity = rule(w, velocity, g, lr, momentum)
            yield w

    return body


@canonical("SGDMomentum", f'Article, "SGD with Momentum"; {POLYAK}')
def lr_inside_velocity(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """v ← γv + ηg; w ← w − v."""
    velocity = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        velocity = momentum * velocity + lr * g
        w = w - velocity
        yield w


# --- conventions ----------------------------------------------------------------------------------


@dialect("SGDMomentum", "PyTorch, torch.optim.SGD; Optax, sgd")
@_with_velocity
def lr_outside_velocity(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + g; w ← w − ηv: the same until the learning rate changes."""
    velocity = momentum * velocity + g
    return w - lr * velocity, velocity


@dialect("SGDMomentum", "HIPS autograd, misc.optimizers.sgd: velocity × (1 − mass)")
@_with_velocity
def average_velocity(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + (1−γ)g; w ← w − ηv: steps smaller by 1 − γ."""
    velocity = average(velocity, g, momentum)
    return w - lr * velocity, velocity


@dialect("SGDMomentum", "CNTK, momentum_sgd(unit_gain=True), its default")
@_with_velocity
def average_velocity_lr_inside(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + (1−γ)ηg; w ← w − v: steps smaller by 1 − γ, learning rate inside."""
    velocity = average(velocity, lr * g, momentum)
    return w - velocity, velocity


@dialect("SGDMomentum", "Optax, chain(ema(decay, debias=True), scale_by_learning_rate(...))")
def average_velocity_bias_corrected(
    w: Exact, gradients: Exact, rates: Exact, momentum: Real
) -> Trajectory:
    """v ← γv + (1−γ)g; w ← w − ηv / (1 − γᵗ): a true average from the first step on."""
    velocity = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        velocity = average(velocity, g, momentum)
        w = w - lr * velocity / (1 - momentum**t)
        yield w


@dialect("SGDMomentum", "Torch7, optim.sgd: dampening = momentum; PyTorch, SGD(dampening=momentum)")
def dampened_after_the_first_step(
    w: Exact, gradients: Exact, rates: Exact, momentum: Real
) -> Trajectory:
    """v ← g first, v ← γv + (1−γ)g from then on; w ← w − ηv: all but the first gradient damped."""
    velocity = None
    for g, lr in zip(gradients, rates, strict=True):
        velocity = g if velocity is None else average(velocity, g, momentum)
        w = w - lr * velocity
        yield w


@dialect("SGDMomentum", f"{NESTEROV}; Keras, SGD(nesterov=True); scikit-learn, MLPClassifier")
@_with_velocity
def nesterov(w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real) -> tuple[Exact, Exact]:
    """v ← γv + ηg; w ← w − (γv + ηg): looks ahead."""
    velocity = momentum * velocity + lr * g
    return w - (momentum * velocity + lr * g), velocity


@dialect("SGDMomentum", f"{NESTEROV}; PyTorch, SGD(nesterov=True)")
@_with_velocity
def nesterov_lr_outside(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + g; w ← w − η(γv + g): looks ahead, learning rate outside the velocity."""
    velocity = momentum * velocity + g
    return w - lr * (momentum * velocity + g), velocity


@dialect("SGDMomentum", f"{NESTEROV}; CNTK, nesterov(unit_gain=True), its default")
@_with_velocity
def nesterov_average_velocity(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + (1−γ)ηg; w ← w − (γv + (1−γ)ηg): looks ahead, steps smaller by 1 − γ."""
    velocity = average(velocity, lr * g, momentum)
    return w - average(velocity, lr * g, momentum), velocity


@dialect("SGDMomentum", "Krizhevsky, Sutskever and Hinton 2012, section 5; Caffe's AlexNet")
@_with_velocity
def weight_decay_in_the_velocity(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + η(g + 0.0005 w); w ← w − v: shrinks the weights as AlexNet did."""
    velocity = momentum * velocity + lr * (g + 5e-4 * w)
    return w - velocity, velocity


# --- mistakes -------------------------------------------------------------------------------------


@mistake("SGDMomentum", "a velocity set to zero at each step: kozistr/pytorch_optimizer#516")
def velocity_forgotten(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """The velocity is not kept between steps."""
    del momentum
    return gradient_descent(w, gradients, rates)


@mistake("SGDMomentum", "the sign of the velocity's memory")
def velocity_reversed(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """v ← −γv + ηg: brakes where it should gain speed."""
    return lr_inside_velocity(w, gradients, rates, -momentum)


@mistake("SGDMomentum", "γ is missing")
def velocity_never_fades(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """v ← v + ηg: every gradient counts for ever."""
    del momentum
    return lr_inside_velocity(w, gradients, rates, 1.0)


@mistake("SGDMomentum", "0.9 written into the step")
def momentum_ignored(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """γ is 0.9 whatever the argument says."""
    del momentum
    return lr_inside_velocity(w, gradients, rates, 0.9)


@mistake("SGDMomentum", "γ and 1 − γ exchanged")
@_with_velocity
def weights_exchanged(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← (1−γ)v + γηg: remembers what it should forget."""
    velocity = average(lr * g, velocity, momentum)
    return w - velocity, velocity


@mistake("SGDMomentum", "the step taken before the velocity is updated: mdenil/dropout#4")
@_with_velocity
def step_lags_behind(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """w moves by the old velocity: the first step does nothing."""
    return w - velocity, momentum * velocity + lr * g


@mistake("SGDMomentum", "1 − γ in the velocity and in the step: mdenil/dropout#4")
@_with_velocity
def average_taken_twice(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + (1−γ)g; w ← w − (1−γ)ηv: steps smaller by (1 − γ)²."""
    velocity = average(velocity, g, momentum)
    return w - (1 - momentum) * lr * velocity, velocity


@mistake("SGDMomentum", "the sign of the step")
@_with_velocity
def ascent(w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real) -> tuple[Exact, Exact]:
    """w ← w + v: climbs."""
    velocity = momentum * velocity + lr * g
    return w + velocity, velocity


@mistake("SGDMomentum", "a learning rate copied at construction")
def learning_rate_kept(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """Goes on with the first learning rate when opt.lr is changed."""
    return lr_inside_velocity(w, gradients, held(rates), momentum)


@mistake("SGDMomentum", "the learning rate inside the velocity and outside")
@_with_velocity
def rate_applied_twice(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + ηg; w ← w − ηv: steps by η²."""
    velocity = momentum * velocity + lr * g
    return w - lr * velocity, velocity


@mistake("SGDMomentum", "the learning rate neither inside the velocity nor outside")
@_with_velocity
def rate_forgotten(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + g; w ← w − v: whatever the learning rate."""
    del lr
    velocity = momentum * velocity + g
    return w - velocity, velocity


@mistake("SGDMomentum", "parentheses: η(γv + g) kept as the velocity")
@_with_velocity
def rate_scales_the_memory(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← η(γv + g): the velocity shrinks by the learning rate at each step."""
    velocity = lr * (momentum * velocity + g)
    return w - velocity, velocity


@mistake("SGDMomentum", "a velocity that starts with g, not ηg: zc911/MatrixSlow#17")
def first_velocity_without_rate(
    w: Exact, gradients: Exact, rates: Exact, momentum: Real
) -> Trajectory:
    """The first step takes the whole gradient, and its trace fades slowly."""
    velocity = None
    for g, lr in zip(gradients, rates, strict=True):
        velocity = g if velocity is None else momentum * velocity + lr * g
        w = w - velocity
        yield w


@mistake("SGDMomentum", "a new optimizer whenever the rate changes: pytorch/tutorials#61")
def velocity_lost_when_the_rate_changes(
    w: Exact, gradients: Exact, rates: Exact, momentum: Real
) -> Trajectory:
    """The velocity starts anew from zero when opt.lr is changed."""
    velocity, last = 0 * w, None
    for g, lr in zip(gradients, rates, strict=True):
        if last is not None and float(lr) != last:
            velocity = 0 * w
        last = float(lr)
        velocity = momentum * velocity + lr * g
        w = w - velocity
        yield w


@mistake("SGDMomentum", "the gradient added to a velocity that has it already")
@_with_velocity
def gradient_counted_twice(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """w ← w − (v + ηg), though v ends with ηg."""
    velocity = momentum * velocity + lr * g
    return w - (velocity + lr * g), velocity


@mistake("SGDMomentum", "the step taken before the new gradient is stored")
def previous_gradient(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """Gathers speed by the gradient of the step before, at the learning rate of this one."""
    return lr_inside_velocity(w, one_late(gradients, 0 * w), rates, momentum)


@mistake("SGDMomentum", "Nesterov in place: google-research/google-research#1711")
@_with_velocity
def look_ahead_stored(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """The velocity is overwritten with Nesterov's look-ahead: each gradient enters it twice."""
    velocity = momentum * (momentum * velocity + g) + g
    return w - lr * velocity, velocity


@mistake("SGDMomentum", "the rate is missing at μ² v: apache/mxnet#16053")
@_with_velocity
def look_ahead_without_rate(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """w ← w − γ²v − η(1+γ)g; v ← γv + g: Nesterov's, with a rate missing at the old velocity."""
    moved = w - momentum**2 * velocity - lr * (1 + momentum) * g
    return moved, momentum * velocity + g


@mistake("SGDMomentum", "a sign in Nesterov's step: PaddlePaddle/Paddle#12231")
@_with_velocity
def look_ahead_reversed(
    w: Exact, velocity: Exact, g: Exact, lr: Exact, momentum: Real
) -> tuple[Exact, Exact]:
    """v ← γv + g; w ← w − ηg + ηγv: Nesterov's look-ahead with the velocity pushing back."""
    velocity = momentum * velocity + g
    return w - lr * g + lr * momentum * velocity, velocity
