"""What RMSprop must do: s ← β s + (1 − β) g², w ← w − η g/√(s + ε)."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.judging.tolerances import PROPERTY
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, descents, dyadic, rates
from gradmark.conformance.properties.theorem import drawn, rejects
from gradmark.harness.contract.dtypes import roundoff

betas = dyadic(0, 63, 64)
epsilons = st.sampled_from([1e-12, 1e-8, 1e-4, 1.0])

# --- plausible mistakes ---------------------------------------------------------------------------


class RootMissing(reference.RMSprop):
    """Divides by s + ε, not by its root."""

    s: Any

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        return w - self.lr * grad / (self.s + self.epsilon)


class EpsilonOutside(reference.RMSprop):
    """Adds ε to the root."""

    s: Any

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        return w - self.lr * grad / (np.sqrt(self.s) + self.epsilon)


class NeverForgets(reference.RMSprop):
    """Sums the squares: AdaGrad."""

    s: Any

    def step(self, w: Any, grad: Any) -> Any:
        self.s = grad**2 if self.s is None else self.s + grad**2
        return w - self.lr * grad / np.sqrt(self.s + self.epsilon)


class StepsAlongTheMean(reference.RMSprop):
    """Takes the mean gradient in place of the newest: RMSprop's centre, misplaced."""

    s: Any
    centre: Any = 0.0

    def step(self, w: Any, grad: Any) -> Any:
        super().step(w, grad)
        self.centre = self.beta * self.centre + (1 - self.beta) * grad
        return w - self.lr * self.centre / np.sqrt(self.s + self.epsilon)


class OneForAll(reference.RMSprop):
    """Averages the squares of all coordinates into one."""

    s: Any

    def step(self, w: Any, grad: Any) -> Any:
        old = 0.0 if self.s is None else self.s
        self.s = self.beta * old + (1 - self.beta) * np.mean(grad**2) * np.ones_like(grad)
        return w - self.lr * grad / np.sqrt(self.s + self.epsilon)


class Decays(reference.RMSprop):
    """Has a weight decay that nobody asked for."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad + 1e-2 * w)


class KeepsItsFirstRate(reference.RMSprop):
    """Copies the learning rate at construction."""

    def __init__(self, lr: float, beta: float, epsilon: float) -> None:
        super().__init__(lr, beta, epsilon)
        self._kept = lr

    def step(self, w: Any, grad: Any) -> Any:
        self.lr = self._kept
        return super().step(w, grad)


# --- theorems -------------------------------------------------------------------------------------


def _steps_from_zero(path: Array) -> Array:
    return np.diff(path, axis=0, prepend=np.zeros_like(path[:1]))


@drawn(run=descents(), beta=betas, epsilon=epsilons, lr=rates())
@rejects(RMSprop=RootMissing)
def no_step_exceeds_the_rate_over_the_root_of_one_minus_beta(
    RMSprop: Optimizer, run: tuple[Array, Array], beta: float, epsilon: float, lr: float
) -> None:
    # s ≥ (1 − β) g², whatever came before.
    w, g = run
    path = RMSprop.trajectory(0 * w, g, lr=lr, beta=beta, epsilon=epsilon)
    bound = lr / (1 - beta) ** 0.5
    lost = PROPERTY["trajectory"].within(RMSprop.dtype) * roundoff(RMSprop.dtype) * len(g) * bound
    assert np.all(abs(_steps_from_zero(path)) <= bound + lost)


@drawn(g=dyadic(1, 512, 64), beta=betas, lr=rates())
@rejects(RMSprop=NeverForgets)
def under_a_constant_gradient_the_step_falls_to_the_rate(
    RMSprop: Optimizer, g: float, beta: float, lr: float
) -> None:
    # s = (1 − βᵗ) g²: the step is η/√(1 − βᵗ), for every g, and η in the end.
    t = np.arange(1, 33)
    path = RMSprop.trajectory(0.0, np.full(t.size, g), lr=lr, beta=beta, epsilon=0.0)
    expected = -lr / np.sqrt(1 - beta**t)
    scale = np.sum(abs(expected))
    agree(_steps_from_zero(path), expected, "rounding", RMSprop.dtype, scale=scale)


@drawn(g=dyadic(1, 512, 64), beta=betas, epsilon=epsilons, lr=rates())
@rejects(RMSprop=EpsilonOutside)
def epsilon_stands_inside_the_root(
    RMSprop: Optimizer, g: float, beta: float, epsilon: float, lr: float
) -> None:
    path = RMSprop.trajectory(0.0, [g], lr=lr, beta=beta, epsilon=epsilon)
    expected = -lr * g / np.sqrt((1 - beta) * g**2 + epsilon)
    agree(path, [expected], "rounding", RMSprop.dtype, scale=abs(expected))


@drawn(run=descents(), beta=betas, epsilon=epsilons, lr=rates())
@rejects(RMSprop=StepsAlongTheMean)
def every_step_goes_against_its_own_gradient(
    RMSprop: Optimizer, run: tuple[Array, Array], beta: float, epsilon: float, lr: float
) -> None:
    w, g = run
    path = RMSprop.trajectory(0 * w, g, lr=lr, beta=beta, epsilon=epsilon)
    assert np.array_equal(np.sign(_steps_from_zero(path)), -np.sign(g))


@drawn(w=dyadic(-512, 512, 64), beta=betas, epsilon=epsilons, lr=rates(), steps=st.integers(1, 8))
@rejects(RMSprop=Decays)
def a_zero_gradient_leaves_the_weights(
    RMSprop: Optimizer, w: float, beta: float, epsilon: float, lr: float, steps: int
) -> None:
    path = RMSprop.trajectory(w, np.zeros(steps), lr=lr, beta=beta, epsilon=epsilon)
    agree(path, np.full(steps, w), "exact", RMSprop.dtype)


@drawn(run=descents(), power=st.integers(-8, 8), beta=betas, lr=rates())
@rejects(RMSprop=RootMissing)
def the_size_of_the_gradients_does_not_matter(
    RMSprop: Optimizer, run: tuple[Array, Array], power: int, beta: float, lr: float
) -> None:
    # g/√s is the same for g and c g; a power of two is a factor without rounding.
    w, g = run[0], np.where(run[1], run[1], 1.0)
    path = RMSprop.trajectory(0 * w, g, lr=lr, beta=beta, epsilon=0.0)
    scaled = RMSprop.trajectory(0 * w, 2.0**power * g, lr=lr, beta=beta, epsilon=0.0)
    scale = len(g) * lr / (1 - beta) ** 0.5
    agree(scaled, path, "trajectory", RMSprop.dtype, scale=scale)


@drawn(run=descents(), beta=betas, epsilon=epsilons, lr=rates())
@rejects(RMSprop=OneForAll)
def coordinates_do_not_know_of_each_other(
    RMSprop: Optimizer, run: tuple[Array, Array], beta: float, epsilon: float, lr: float
) -> None:
    w, g = run
    hyper: Any = {"lr": lr, "beta": beta, "epsilon": epsilon}
    together = RMSprop.trajectory(w, g, **hyper).reshape(len(g), -1)
    alone = RMSprop.trajectory(w.flat[0], g.reshape(len(g), -1)[:, 0], **hyper)
    scale = abs(w.flat[0]) + len(g) * lr / (1 - beta) ** 0.5
    agree(together[:, 0], alone, "trajectory", RMSprop.dtype, scale=scale)


@drawn(run=descents(), draw=st.data())
@rejects(RMSprop=KeepsItsFirstRate)
def each_step_scales_with_the_rate_set_before_it(
    RMSprop: Optimizer, run: tuple[Array, Array], draw: st.DataObject
) -> None:
    w, g = run
    lrs = np.array(draw.draw(st.lists(rates(), min_size=len(g), max_size=len(g)), label="rates"))
    hyper: Any = {"beta": 0.75, "epsilon": 1e-8}
    path = RMSprop.trajectory(0 * w, g, lrs.tolist(), **hyper)
    unit = _steps_from_zero(RMSprop.trajectory(0 * w, g, lr=1.0, **hyper))
    expected = np.tensordot(np.tril(np.ones((len(g), len(g)))) * lrs, unit, axes=1)
    agree(path, expected, "trajectory", RMSprop.dtype, scale=2 * len(g))
