"""What every optimizer owes its caller: a state of its own, and hands off what is not its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradmark import reference
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, grid
from gradmark.conformance.properties.theorem import drawn, rejects

START = np.array([1.0, -2.0])
walks = grid((6, 2), -64, 64, 8)  # six gradients for two weights

# --- plausible mistakes ---------------------------------------------------------------------------


def single(right: Any) -> Any:
    """Hand the object that was made first to everybody who asks for one."""
    made: list[Any] = []

    def make(**hyper: float) -> Any:
        if not made:
            made.append(right(**hyper))
        return made[0]

    return make


def last_wins(right: Any) -> Any:
    """Keep the hyperparameters where all objects find them: those of the object made last win."""
    latest: dict[str, float] = {}

    class LastWins(right):  # type: ignore[misc]  # a class that only a run knows
        def __init__(self, **hyper: float) -> None:
            super().__init__(**hyper)
            latest.update(hyper)

        def step(self, w: Any, grad: Any) -> Any:
            self.__dict__ |= latest
            return super().step(w, grad)

    return LastWins


def noisy(right: Any) -> Any:
    """Add noise of an unseeded generator to the gradient."""

    class Noisy(right):  # type: ignore[misc]  # a class that only a run knows
        def step(self, w: Any, grad: Any) -> Any:
            noise = np.random.default_rng().normal(size=np.shape(grad))
            return super().step(w, grad + noise.astype(grad.dtype))

    return Noisy


def moving_weights(right: Any) -> Any:
    """Write `w -= …`, into the caller's weights."""

    class Moving(right):  # type: ignore[misc]  # a class that only a run knows
        def step(self, w: Any, grad: Any) -> Any:
            w[...] = super().step(w, grad)
            return w

    return Moving


def scaling_gradients(right: Any) -> Any:
    """Write `grad *= lr`, into the caller's gradient."""

    class Scaling(right):  # type: ignore[misc]  # a class that only a run knows
        def step(self, w: Any, grad: Any) -> Any:
            moved = super().step(w, grad)
            grad *= self.lr
            return moved

    return Scaling


# --- two objects share nothing --------------------------------------------------------------------


def _walk(make: Optimizer, g: Array, hyper: dict[str, Any]) -> Array:
    # Step by step, as below: what a trajectory hands from step to step may be wider than the dtype.
    with make(**hyper) as alone:
        w = START
        for gradient in g:
            w = alone.step(w, gradient)
    return w


def keep_apart(make: Optimizer, g: Array, mine: dict[str, Any], yours: dict[str, Any]) -> None:
    h = g[::-1]
    alone = _walk(make, g, mine), _walk(make, h, yours)
    with make(**mine) as a, make(**yours) as b:
        v = w = START
        for one, other in zip(g, h, strict=True):
            v, w = a.step(v, one), b.step(w, other)
    agree([v, w], alone, "exact", make.dtype)


@drawn(g=walks)
@rejects(SGD=last_wins(reference.SGD))
def two_sgds_share_nothing(SGD: Optimizer, g: Array) -> None:
    keep_apart(SGD, g, {"lr": 0.125}, {"lr": 0.5})


@drawn(g=walks)
@rejects(SGDMomentum=single(reference.SGDMomentum))
@rejects(SGDMomentum=last_wins(reference.SGDMomentum))
def two_momentums_share_nothing(SGDMomentum: Optimizer, g: Array) -> None:
    keep_apart(SGDMomentum, g, {"lr": 0.125, "momentum": 0.5}, {"lr": 0.5, "momentum": 0.75})


@drawn(g=walks)
@rejects(RMSprop=single(reference.RMSprop))
@rejects(RMSprop=last_wins(reference.RMSprop))
def two_rmsprops_share_nothing(RMSprop: Optimizer, g: Array) -> None:
    mine, yours = {"lr": 0.125, "beta": 0.5}, {"lr": 0.5, "beta": 0.75}
    keep_apart(RMSprop, g, mine | {"epsilon": 1e-8}, yours | {"epsilon": 1e-4})


@drawn(g=walks)
@rejects(Adam=single(reference.Adam))
@rejects(Adam=last_wins(reference.Adam))
def two_adams_share_nothing(Adam: Optimizer, g: Array) -> None:
    mine = {"lr": 0.125, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-8}
    yours = {"lr": 0.5, "beta1": 0.75, "beta2": 0.5, "epsilon": 1e-4}
    keep_apart(Adam, g, mine, yours)


# --- the same question gets the same answer -------------------------------------------------------


def _repeat(make: Optimizer, g: Array, **hyper: Any) -> None:
    once, again = (make.trajectory(START, g, **hyper) for _ in range(2))
    agree(again, once, "exact", make.dtype)


@drawn(g=walks)
@rejects(SGD=noisy(reference.SGD))
def sgd_repeats_itself(SGD: Optimizer, g: Array) -> None:
    _repeat(SGD, g, lr=0.1)


@drawn(g=walks)
@rejects(SGDMomentum=noisy(reference.SGDMomentum))
def momentum_repeats_itself(SGDMomentum: Optimizer, g: Array) -> None:
    _repeat(SGDMomentum, g, lr=0.1, momentum=0.9)


@drawn(g=walks)
@rejects(RMSprop=noisy(reference.RMSprop))
def rmsprop_repeats_itself(RMSprop: Optimizer, g: Array) -> None:
    _repeat(RMSprop, g, lr=0.1, beta=0.9, epsilon=1e-8)


@drawn(g=walks)
@rejects(Adam=noisy(reference.Adam))
def adam_repeats_itself(Adam: Optimizer, g: Array) -> None:
    _repeat(Adam, g, lr=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8)


# --- a step changes neither the weights nor the gradient it is given ------------------------------


def look_but_not_touch(make: Optimizer, g: Array, **hyper: Any) -> None:
    # A contender lives in another process, whose host reports a write as a fault; a body of this
    # process writes into these very arrays.
    with make(**hyper) as optimizer:
        for gradient in g.astype(make.dtype):
            w, kept = START.astype(make.dtype), gradient.copy()
            optimizer.step(w, gradient)
            agree(w, START, "exact", make.dtype)
            agree(gradient, kept, "exact", make.dtype)


@drawn(g=walks)
@rejects(SGD=moving_weights(reference.SGD))
@rejects(SGD=scaling_gradients(reference.SGD))
def sgd_leaves_its_arguments_alone(SGD: Optimizer, g: Array) -> None:
    look_but_not_touch(SGD, g, lr=0.1)


@drawn(g=walks)
@rejects(SGDMomentum=moving_weights(reference.SGDMomentum))
@rejects(SGDMomentum=scaling_gradients(reference.SGDMomentum))
def momentum_leaves_its_arguments_alone(SGDMomentum: Optimizer, g: Array) -> None:
    look_but_not_touch(SGDMomentum, g, lr=0.1, momentum=0.9)


@drawn(g=walks)
@rejects(RMSprop=moving_weights(reference.RMSprop))
@rejects(RMSprop=scaling_gradients(reference.RMSprop))
def rmsprop_leaves_its_arguments_alone(RMSprop: Optimizer, g: Array) -> None:
    look_but_not_touch(RMSprop, g, lr=0.1, beta=0.9, epsilon=1e-8)


@drawn(g=walks)
@rejects(Adam=moving_weights(reference.Adam))
@rejects(Adam=scaling_gradients(reference.Adam))
def adam_leaves_its_arguments_alone(Adam: Optimizer, g: Array) -> None:
    look_but_not_touch(Adam, g, lr=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8)
