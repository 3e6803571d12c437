"""What Adam must do: w ← w − η m̂/(√v̂ + ε), with moments that are weighted means."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.judging.tolerances import PROPERTY
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Optimizer
from gradmark.conformance.properties.strategies import Array, Shape, descents, dyadic, grid, rates
from gradmark.conformance.properties.theorem import drawn, each, rejects
from gradmark.harness.contract.dtypes import roundoff

betas = dyadic(0, 63, 64)
long_memories = dyadic(32, 63, 64)  # of v: with a short one, old m over new v has no useful bound
epsilons = st.sampled_from([1e-12, 1e-8, 1e-4, 1.0])
usual: Any = {"lr": 0.125, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}

# --- plausible mistakes ---------------------------------------------------------------------------


class InParts(reference.Adam):
    """Adam in parts, so that a mistake may replace one."""

    m: Any
    v: Any

    def square(self, grad: Any) -> Any:
        return grad**2

    def divisor(self, v_hat: Any) -> Any:
        return np.sqrt(v_hat) + self.epsilon

    def step(self, w: Any, grad: Any) -> Any:
        v = 0.0 if self.v is None else self.v
        super().step(w, grad)
        self.v = self.beta2 * v + (1 - self.beta2) * self.square(grad)
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / self.divisor(v_hat)


class NoCorrection(reference.Adam):
    """Uses m and v as they are: as if infinitely many steps lay behind it."""

    def step(self, w: Any, grad: Any) -> Any:
        self.t = 10**9
        return super().step(w, grad)


class CountsFromTwo(reference.Adam):
    """Raises the step counter twice before it is first used."""

    def __init__(self, **hyper: Any) -> None:
        super().__init__(**hyper)
        self.t = 1


class NeverCounts(reference.Adam):
    """Corrects every step as if it were the first."""

    def step(self, w: Any, grad: Any) -> Any:
        self.t = 0
        return super().step(w, grad)


class StopsCounting(reference.Adam):
    """Counts to a thousand and no further."""

    def step(self, w: Any, grad: Any) -> Any:
        self.t = min(self.t, 999)
        return super().step(w, grad)


class StoresTheCorrection(InParts):
    """Writes the corrected moments back."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = super().step(w, grad)
        self.m = self.m / (1 - self.beta1**self.t)
        self.v = self.v / (1 - self.beta2**self.t)
        return moved


class OneBeta(reference.Adam):
    """Lets β₁ serve both moments."""

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        del beta2
        super().__init__(lr, beta1, beta1, epsilon)


class BetasExchanged(reference.Adam):
    """Gives β₁ to the second moment and β₂ to the first."""

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        super().__init__(lr, beta2, beta1, epsilon)


class EpsilonInside(InParts):
    """Adds ε to v̂, inside the root."""

    def divisor(self, v_hat: Any) -> Any:
        return np.sqrt(v_hat + self.epsilon)


class NotSquared(InParts):
    """Averages |g| where g² belongs."""

    def square(self, grad: Any) -> Any:
        return abs(grad)


class NotAbsolute(InParts):
    """Is AdaMax without the absolute value: takes the greatest g for the greatest |g|."""

    largest: Any = 0.0

    def step(self, w: Any, grad: Any) -> Any:
        self.largest = np.maximum(self.beta2 * self.largest, grad)
        return super().step(w, grad)

    def divisor(self, v_hat: Any) -> Any:
        del v_hat
        return self.largest + self.epsilon


class OneForAll(InParts):
    """Averages the squares of all coordinates into one."""

    def square(self, grad: Any) -> Any:
        return np.full_like(grad, np.mean(grad**2))


class Decays(reference.Adam):
    """Is AdamW: shrinks the weights, unasked."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, grad) - 1e-2 * self.lr * w


class Flattens(reference.Adam):
    """Returns a vector, whatever it was given."""

    def step(self, w: Any, grad: Any) -> Any:
        return np.ravel(super().step(w, grad))


class KeepsItsFirstRate(reference.Adam):
    """Copies the learning rate at construction."""

    def __init__(self, lr: float, beta1: float, beta2: float, epsilon: float) -> None:
        super().__init__(lr, beta1, beta2, epsilon)
        self._kept = lr

    def step(self, w: Any, grad: Any) -> Any:
        self.lr = self._kept
        return super().step(w, grad)


# --- theorems -------------------------------------------------------------------------------------


def _steps_from_zero(path: Array) -> Array:
    return np.diff(path, axis=0, prepend=np.zeros_like(path[:1]))


def _weights(beta: float, t: int) -> Array:
    """What gradients 1 … t weigh in a corrected moment: β^(t−i), brought to the sum 1."""
    past = beta ** np.arange(t)[::-1]
    weights: Array = past / np.sum(past)
    return weights


@drawn(g=dyadic(-512, 512, 64), beta1=betas, beta2=betas, epsilon=epsilons, lr=rates())
@rejects(Adam=NoCorrection)
@rejects(Adam=EpsilonInside)
@rejects(Adam=NotSquared)
def the_first_step_is_the_rate_times_the_sign_damped_by_epsilon(
    Adam: Optimizer, g: float, beta1: float, beta2: float, epsilon: float, lr: float
) -> None:
    # m̂₁ = g and v̂₁ = g², whatever the betas.
    path = Adam.trajectory(0.0, [g], lr=lr, beta1=beta1, beta2=beta2, epsilon=epsilon)
    expected = -lr * g / (abs(g) + epsilon)
    # 1 − β is formed in the dtype: for β next to 1 it loses u/(1 − β).
    scale = abs(expected) * (1 / (1 - beta1) + 1 / (1 - beta2))
    agree(path, [expected], "rounding", Adam.dtype, scale=scale)


@drawn(g=dyadic(-512, 512, 64), beta1=betas, beta2=betas, epsilon=epsilons, lr=rates())
@rejects(Adam=CountsFromTwo)
@rejects(Adam=NeverCounts)
@rejects(Adam=StoresTheCorrection)
def constant_gradients_make_constant_steps(
    Adam: Optimizer, g: float, beta1: float, beta2: float, epsilon: float, lr: float
) -> None:
    # m̂ₜ = g and v̂ₜ = g² at every t, which is what the bias correction is for.
    steps = 16
    hyper: Any = {"lr": lr, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    path = Adam.trajectory(0.0, np.full(steps, g), **hyper)
    expected = -lr * g / (abs(g) + epsilon)
    scale = abs(expected) * (steps + 1 / (1 - beta1) + 1 / (1 - beta2))
    agree(_steps_from_zero(path), np.full(steps, expected), "rounding", Adam.dtype, scale=scale)


@rejects(Adam=StopsCounting)
def the_1500th_step_is_as_long_as_the_first(Adam: Optimizer) -> None:
    # As above; a rate of nearly nothing keeps what came before out of the weights.
    steps, lr = 1500, 0.125
    hyper: Any = {name: usual[name] for name in ("beta1", "beta2", "epsilon")}
    path = Adam.trajectory(0.0, np.ones(steps), [1e-30] * (steps - 1) + [lr], **hyper)
    # The powers of β may come from as many products.
    scale = lr * (steps + 1 / (1 - usual["beta1"]) + 1 / (1 - usual["beta2"]))
    agree(path[-1], -lr / (1 + usual["epsilon"]), "rounding", Adam.dtype, scale=scale)


@drawn(signs=grid((8,), 0, 1, 1), g=dyadic(1, 64, 8), beta1=betas)
@rejects(Adam=NoCorrection)
@rejects(Adam=BetasExchanged)
def the_first_moment_is_a_weighted_mean_of_the_gradients(
    Adam: Optimizer, signs: Array, g: float, beta1: float
) -> None:
    # Gradients ±g make v̂ = g² at every t, so that each step shows m̂/g.
    gradients = g * (2 * signs - 1)
    path = Adam.trajectory(0.0, gradients, lr=1.0, beta1=beta1, beta2=0.5, epsilon=0.0)
    m_hat = [np.dot(_weights(beta1, t), gradients[:t]) for t in range(1, 9)]
    scale = 8 + 1 / (1 - beta1)
    agree(_steps_from_zero(path), -np.array(m_hat) / g, "rounding", Adam.dtype, scale=scale)


@drawn(gradients=grid((8,), 8, 64, 8), beta2=betas)
@rejects(Adam=OneBeta)
@rejects(Adam=CountsFromTwo)
def the_second_moment_is_a_weighted_mean_of_the_squares(
    Adam: Optimizer, gradients: Array, beta2: float
) -> None:
    # With β₁ = 0 the first moment is the newest gradient, so that each step shows √v̂.
    path = Adam.trajectory(0.0, gradients, lr=1.0, beta1=0.0, beta2=beta2, epsilon=0.0)
    v_hat = [np.dot(_weights(beta2, t), gradients[:t] ** 2) for t in range(1, 9)]
    expected = -gradients / np.sqrt(v_hat)
    scale = np.sum(abs(expected)) + np.max(abs(expected)) / (1 - beta2)
    agree(_steps_from_zero(path), expected, "rounding", Adam.dtype, scale=scale)


@drawn(beta1=betas, beta2=betas)
@rejects(Adam=NoCorrection)
@rejects(Adam=CountsFromTwo)
def both_corrected_moments_are_unbiased(Adam: Optimizer, beta1: float, beta2: float) -> None:
    # Kingma and Ba 2015, section 3, with no sampling: an expectation over independent draws is the
    # mean over all sequences, each of them equally likely, each a coordinate of one array.
    # The gradients +1, +1, +1, −1 have mean ½ and make v̂ = 1: minus the step is m̂.
    t = 4
    every = np.array(list(product((1.0, 1.0, 1.0, -1.0), repeat=t))).T
    path = Adam.trajectory(np.zeros(4**t), every, lr=1.0, beta1=beta1, beta2=0.75, epsilon=0.0)
    m_hat = -_steps_from_zero(path)
    agree(
        np.mean(m_hat, axis=1), np.full(t, 0.5), "rounding", Adam.dtype, scale=t + 1 / (1 - beta1)
    )
    # The gradients 1, 2 have mean square 5/2; with β₁ = 0 minus the step is g/√v̂. A step g/√v̂ ≤ √t
    # comes as a difference of weights up to t√t, and is at least ½: squared and inverted, its
    # relative error doubles.
    every = np.array(list(product((1.0, 2.0), repeat=t))).T
    path = Adam.trajectory(np.zeros(2**t), every, lr=1.0, beta1=0.0, beta2=beta2, epsilon=0.0)
    v_hat = (every / _steps_from_zero(path)) ** 2
    scale = 4 * (2 * t**1.5 / 0.5 + 1 / (1 - beta2))
    agree(np.mean(v_hat, axis=1), np.full(t, 2.5), "rounding", Adam.dtype, scale=scale)


@drawn(run=descents(), power=st.integers(-8, 8), beta1=betas, beta2=long_memories)
@rejects(Adam=NotSquared)
def the_size_of_the_gradients_does_not_matter(
    Adam: Optimizer, run: tuple[Array, Array], power: int, beta1: float, beta2: float
) -> None:
    # m̂/√v̂ is the same for g and c g; a power of two is a factor without rounding.
    w, g = run[0], np.where(run[1], run[1], 1.0)
    hyper: Any = {"lr": 1.0, "beta1": beta1, "beta2": beta2, "epsilon": 0.0}
    path = Adam.trajectory(0 * w, g, **hyper)
    scaled = Adam.trajectory(0 * w, 2.0**power * g, **hyper)
    agree(scaled, path, "trajectory", Adam.dtype, scale=np.sum(_bound(beta1, beta2, len(g))))


@drawn(run=descents(), beta1=betas, beta2=betas, epsilon=epsilons)
@rejects(Adam=NotAbsolute)
def opposite_gradients_mirror_the_path(
    Adam: Optimizer, run: tuple[Array, Array], beta1: float, beta2: float, epsilon: float
) -> None:
    w, g = run
    hyper: Any = {"lr": 0.125, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    path, mirrored = Adam.trajectory(0 * w, g, **hyper), Adam.trajectory(0 * w, -g, **hyper)
    agree(mirrored, -path, "exact", Adam.dtype)


def _bound(beta1: float, beta2: float, steps: int) -> Array:
    """The greatest |m̂|/√v̂ that any gradients can make at each step.

    m̂ = Σ aᵢ gᵢ and v̂ = Σ bᵢ gᵢ², with weights a of β₁ and b of β₂. By Cauchy and Schwarz
    |Σ (aᵢ/√bᵢ) (√bᵢ gᵢ)| ≤ √(Σ aᵢ²/bᵢ) √v̂, and gᵢ ∝ aᵢ/bᵢ makes both sides equal.
    """
    pairs = [(_weights(beta1, t), _weights(beta2, t)) for t in range(1, steps + 1)]
    return np.array([np.sqrt(np.sum(a**2 / b)) for a, b in pairs])


@drawn(run=descents(), beta1=betas, beta2=long_memories, lr=rates())
@rejects(Adam=NoCorrection)
def no_step_exceeds_the_bound_of_cauchy_and_schwarz(
    Adam: Optimizer, run: tuple[Array, Array], beta1: float, beta2: float, lr: float
) -> None:
    w, g = run
    path = Adam.trajectory(0 * w, g, lr=lr, beta1=beta1, beta2=beta2, epsilon=1e-8)
    bound = lr * _bound(beta1, beta2, len(g))
    lost = PROPERTY["trajectory"].within(Adam.dtype) * roundoff(Adam.dtype) * np.sum(bound)
    longest = np.max(abs(_steps_from_zero(path)).reshape(len(g), -1), axis=1)
    assert np.all(longest <= bound + lost)


@rejects(Adam=OneBeta)
@rejects(Adam=NoCorrection)
def growing_gradients_make_steps_longer_than_the_rate(Adam: Optimizer) -> None:
    # Kingma and Ba 2015, section 2.1, bound the step by η where 1 − β₁ ≤ √(1 − β₂), as here. That
    # is what gradients without a trend do; where each is β₂/β₁ times the last, the step reaches
    # the bound of Cauchy and Schwarz: it tends to √3/2 · √2 = 1.22 η. (3/2)¹⁵ is exact in float32.
    beta1, beta2, steps = 0.5, 0.75, 16
    gradients = (beta2 / beta1) ** np.arange(steps)
    path = Adam.trajectory(0.0, gradients, lr=1.0, beta1=beta1, beta2=beta2, epsilon=0.0)
    taken = -_steps_from_zero(path)
    agree(taken, _bound(beta1, beta2, steps), "rounding", Adam.dtype, scale=steps)
    assert taken[-1] > 1.2


@drawn(w=dyadic(-512, 512, 64), epsilon=epsilons, steps=st.integers(1, 8))
@rejects(Adam=Decays)
def a_zero_gradient_leaves_the_weights(
    Adam: Optimizer, w: float, epsilon: float, steps: int
) -> None:
    path = Adam.trajectory(w, np.zeros(steps), **{**usual, "epsilon": epsilon})
    agree(path, np.full(steps, w), "exact", Adam.dtype)


@drawn(run=descents(), beta1=betas, beta2=long_memories, epsilon=epsilons)
@rejects(Adam=OneForAll)
def coordinates_do_not_know_of_each_other(
    Adam: Optimizer, run: tuple[Array, Array], beta1: float, beta2: float, epsilon: float
) -> None:
    w, g = run
    hyper: Any = {"lr": 0.125, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    together = Adam.trajectory(w, g, **hyper).reshape(len(g), -1)
    alone = Adam.trajectory(w.flat[0], g.reshape(len(g), -1)[:, 0], **hyper)
    scale = abs(w.flat[0]) + np.sum(_bound(beta1, beta2, len(g)))
    agree(together[:, 0], alone, "trajectory", Adam.dtype, scale=scale)


@each(shape=[(), (3,), (2, 3), (2, 1, 3)])
@rejects(Adam=Flattens)
def weights_keep_their_shape(Adam: Optimizer, shape: Shape) -> None:
    with Adam(**usual) as adam:
        assert np.shape(adam.step(np.zeros(shape), np.ones(shape))) == shape


@drawn(run=descents(), draw=st.data())
@rejects(Adam=KeepsItsFirstRate)
def each_step_scales_with_the_rate_set_before_it(
    Adam: Optimizer, run: tuple[Array, Array], draw: st.DataObject
) -> None:
    w, g = run
    lrs = np.array(draw.draw(st.lists(rates(), min_size=len(g), max_size=len(g)), label="rates"))
    hyper: Any = {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-8}
    path = Adam.trajectory(0 * w, g, lrs.tolist(), **hyper)
    unit = _steps_from_zero(Adam.trajectory(0 * w, g, lr=1.0, **hyper))
    expected = np.tensordot(np.tril(np.ones((len(g), len(g)))) * lrs, unit, axes=1)
    agree(path, expected, "trajectory", Adam.dtype, scale=2 * len(g))
