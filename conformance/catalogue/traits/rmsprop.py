"""What a step of RMSprop is put together of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.optimizers import rmsprop  # noqa: F401 - their forms
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    from_here,
    held,
    mean_square,
    one_late,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits import options
from gradmark.conformance.catalogue.traits.trajectories import (
    AROUND,
    fixed,
)
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, mean, sqrt

Root = Callable[[Exact], Exact]


def inside(root: Root, s: Exact, epsilon: Real) -> Exact:
    """Add ε under the root."""
    return root(s + epsilon)


def outside(root: Root, s: Exact, epsilon: Real) -> Exact:
    """Add ε to the root."""
    return root(s) + epsilon


def summed(s: Exact, g: Exact, _beta: Real) -> Exact:
    """Remember every square for ever."""
    return s + g**2


def _same(x: Any) -> Any:
    return x


def _divided(g: Exact, under: Exact) -> Exact:
    return g / under


def _straight(_velocity: Exact, lr: Exact, step: Exact) -> tuple[Exact, Exact]:
    return _velocity, lr * step


def rate_inside(momentum: Real) -> Callable[..., tuple[Exact, Exact]]:
    """Gather speed by steps that have their rate: u ← μu + η·step; w ← w − u."""

    def moved(velocity: Exact, lr: Exact, step: Exact) -> tuple[Exact, Exact]:
        velocity = momentum * velocity + lr * step
        return velocity, velocity

    return moved


def rate_outside(momentum: Real) -> Callable[..., tuple[Exact, Exact]]:
    """Gather speed by bare steps: u ← μu + step; w ← w − ηu."""

    def moved(velocity: Exact, lr: Exact, step: Exact) -> tuple[Exact, Exact]:
        velocity = momentum * velocity + step
        return velocity, lr * velocity

    return moved


def assemble(
    accumulate: Callable[[Exact, Exact, Real], Exact] = mean_square,
    start: float = 0.0,
    seeded: bool = False,
    lags: bool = False,
    added: bool = False,
    corrected: bool = False,
    centered: bool = False,
    measure: Callable[[Exact, Exact], Exact] = lambda s, _mean: s,
    root: Root = sqrt,
    place: Callable[[Root, Exact, Real], Exact] = inside,
    top: Callable[[Exact], Exact] = _same,
    divided: Callable[[Exact, Exact], Exact] = _divided,
    moved: Callable[..., tuple[Exact, Exact]] = _straight,
    direction: int = 1,
) -> Body:
    """Put together a trajectory of RMSprop."""

    def body(
        w: Exact, gradients: Exact, rates: Exact, beta: Real = 0.0, epsilon: Real = 0.0
    ) -> Trajectory:
        s, gathered, velocity = 0 * w + start, 0 * w, 0 * w
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            s = g**2 if seeded and t == 1 else s
            old = s
            s = accumulate(s, g, beta) + (epsilon if added else 0)
            gathered = average(gathered, g, beta)
            share = 1 - beta**t if corrected else 1
            used, its_mean = (old if lags else s) / share, gathered / share
            size = measure(used - its_mean**2 if centered else used, its_mean)
            step = divided(top(g), place(root, size, 0 if added else epsilon))
            velocity, along = moved(velocity, lr, step)
            w = w - direction * along
            w = from_here(w, (yield w))

    return body


INSIDE, OUTSIDE = rate_inside(0.9), rate_outside(0.9)
RMSPROP = recipe(
    "RMSprop",
    assemble,
    {
        **options.OF_ALL,
        "momentum": lambda momentum: {"moved": rate_inside(momentum)},
        "centered": lambda _: {"centered": True},
    },
    **AROUND,
    **options.AROUND,
)
RMSPROP.traits.update(
    {
        # --- conventions
        "epsilon-outside-root": {"place": outside},
        "no-epsilon": {"place": lambda root, s, _: root(s)},
        "accumulator-starts-at-one": {"start": 1.0},
        "accumulator-starts-at-one-epsilon-outside": {"start": 1.0, "place": outside},
        "bias-corrected": {"corrected": True},
        "bias-corrected-epsilon-outside": {"corrected": True, "place": outside},
        "centered": {"centered": True},
        "centered-epsilon-outside": {"centered": True, "place": outside},
        "centered-bias-corrected": {"centered": True, "corrected": True},
        "centered-accumulator-starts-at-one": {"centered": True, "start": 1.0},
        "centered-with-momentum": {"centered": True, "moved": INSIDE},
        # --- mistakes
        "ascent": {"direction": -1},
        "learning-rate-kept": {"rates": held},
        "root-missing": {"root": _same},
        "multiplied-by-the-root": {"divided": lambda g, under: g * under},
        "gradient-forgotten": {"top": lambda g: 0 * g + 1},
        "squares-summed": {"accumulate": summed},
        "squares-not-weighted": {"accumulate": lambda s, g, beta: beta * s + g**2},
        "weights-exchanged": {"accumulate": lambda s, g, beta: average(g**2, s, beta)},
        "beta-ignored": {"hyper": fixed(beta=0.9)},
        "epsilon-ignored": {"hyper": fixed(epsilon=1e-8)},
        "gradient-not-squared": {"accumulate": lambda s, g, beta: average(s, abs(g), beta)},
        "mean-gradient-squared": {"measure": lambda _s, its_mean: its_mean**2},
        "one-scale-for-all-entries": {
            "accumulate": lambda s, g, beta: average(s, mean(g**2) if np.size(g) else 0, beta)
        },
        "accumulator-lags-behind": {"lags": True},
        "epsilon-stored": {"added": True},
        "epsilon-multiplied": {"place": lambda root, s, epsilon: root(s) * epsilon},
        "epsilon-after-the-division": {
            "place": lambda root, s, epsilon: 1 / (1 / root(s) + epsilon)
        },
        "momentum-left-in": {"moved": INSIDE},
    }
)
RMSPROP.enter(
    "dialect",
    "accumulator-starts-at-the-first-square",
    "s starts at g² of the first gradient, which no step is damped by; ε inside the root.",
    "fast.ai, From Deep Learning Foundations to Stable Diffusion, lesson on accelerated SGD",
    seeded=True,
)
RMSPROP.enter(
    "dialect",
    "momentum-0.9-rate-outside",
    "A momentum of 0.9, the rate outside: u ← 0.9 u + g / √(s + ε); w ← w − η u.",
    "PyTorch, RMSprop(momentum=0.9), which has ε outside the root as well: pytorch/pytorch#32545",
    moved=OUTSIDE,
)
RMSPROP.enter(
    "mistake",
    "previous-gradient",
    "Moves by the gradient of the step before: the first step does nothing.",
    "the step taken before the new gradient is stored",
    gradients=one_late,
)
options.enter_options(RMSPROP)
options.enter_decoupled(RMSPROP)
RMSPROP.enter(
    "dialect",
    "momentum-rate-outside",
    "The momentum gathers bare steps, and the rate comes after: u ← μu + g / √(s + ε); w ← w − ηu.",
    "PyTorch, RMSprop(momentum=...): pytorch/pytorch#32545",
    with_momentum=lambda momentum: {"moved": rate_outside(momentum)},
)
RMSPROP.enter(
    "mistake",
    "momentum-forgotten",
    "The steps gather no speed, whatever momentum is asked for.",
    "momentum is taken and never used",
    with_momentum=lambda _: {},
)
RMSPROP.enter(
    "mistake",
    "centered-ignored",
    "Divides by √(s + ε), also where it is told to take the variance.",
    "centered is taken and never used",
    with_centered=lambda _: {},
)
RMSPROP.enter(
    "mistake",
    "centered-by-the-mean",
    "The variance is s − ḡ, not s − ḡ²: NaN where the mean gradient is larger.",
    "the square of the mean forgotten",
    with_centered=lambda _: {"measure": lambda s, its_mean: s - its_mean},
)
RMSPROP.enter(
    "mistake",
    "gradient-taken-for-its-square",
    "s averages g, not g²: its root is NaN where that is below 0.",
    "grad for grad ** 2",
    accumulate=lambda s, g, beta: average(s, g, beta),
)
