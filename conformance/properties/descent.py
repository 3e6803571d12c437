"""Where gradient descent goes: quadratics, and the article's bowl at its own learning rates.

The bowl is L(w) = w² + ½ sin 4w, with L′ = 2w + 2 cos 4w and L″ = 2 − 8 sin 4w. Its gradient is
formed here, in float64; each step is the contender's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.judging.tolerances import PROPERTY
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import NoQuestionError, Optimizer
from gradmark.conformance.properties.strategies import Array, dyadic, grid
from gradmark.conformance.properties.theorem import drawn, each, rejects
from gradmark.conformance.truth import REAL, real
from gradmark.harness.contract.dtypes import roundoff

Field = Callable[[Any], Any]

# --- plausible mistakes ---------------------------------------------------------------------------


class Climbs(reference.SGD):
    """Adds where it should subtract."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, -grad)


class GainsSpeed(reference.SGD):
    """Has a momentum that nobody asked for."""

    velocity: Any = 0.0

    def step(self, w: Any, grad: Any) -> Any:
        self.velocity = 0.9 * self.velocity + grad
        return super().step(w, self.velocity)


class SlowsDown(reference.SGD):
    """Has a learning rate that decays, unasked: η/√t."""

    t = 0

    def step(self, w: Any, grad: Any) -> Any:
        self.t += 1
        return super().step(w, grad / math.sqrt(self.t))


class Clips(reference.SGD):
    """Clips the gradient to [−1, 1], unasked."""

    def step(self, w: Any, grad: Any) -> Any:
        return super().step(w, np.clip(grad, -1, 1))


# --- descents -------------------------------------------------------------------------------------


def _descend(SGD: Optimizer, gradient: Field, w: Any, steps: int, lr: float) -> Array:
    """List the start and the weights after each step."""
    path = [np.asarray(w, dtype=float)]
    with SGD(lr=lr) as sgd:
        for _ in range(steps):
            path.append(np.asarray(sgd.step(path[-1], gradient(path[-1]))))
    return np.array(path)


def _slack(SGD: Optimizer) -> float:
    """How much of its size a step may lose to rounding."""
    return PROPERTY["rounding"].within(SGD.dtype) * roundoff(SGD.dtype)


# --- quadratics: L(w) = ½ c w² --------------------------------------------------------------------


@drawn(curvatures=grid((3,), 1, 64, 8), w=grid((3,), -64, 64, 8), lr=dyadic(1, 256, 256))
@rejects(SGD=GainsSpeed)
@rejects(SGD=SlowsDown)
def each_coordinate_of_a_quadratic_shrinks_by_its_own_ratio(
    SGD: Optimizer, curvatures: Array, w: Array, lr: float
) -> None:
    # wₜ₊₁ = (1 − η c) wₜ.
    path = _descend(SGD, lambda at: curvatures * at, w, 8, lr)
    expected = (1 - lr * curvatures) * path[:-1]
    scale = (1 + lr * curvatures) * abs(path[:-1])
    agree(path[1:], expected, "rounding", SGD.dtype, scale=scale)


@drawn(curvature=dyadic(1, 64, 8), ratio=dyadic(-56, 56, 64), w=dyadic(1, 64, 8))
@rejects(SGD=GainsSpeed)
@rejects(SGD=Clips)
def below_two_over_the_curvature_descent_converges_in_the_steps_that_its_ratio_says(
    SGD: Optimizer, curvature: float, ratio: float, w: float
) -> None:
    # |1 − η c| = |ratio| < 1: a thousandth is left after ⌈log 10⁻³ / log |ratio|⌉ steps.
    lr = (1 - ratio) / curvature
    allowed = abs(ratio) + 2 * _slack(SGD)
    if allowed >= 1:  # in few digits so slow a descent may stand still
        raise NoQuestionError
    steps = math.ceil(math.log(1e-3) / math.log(allowed))
    path = _descend(SGD, lambda at: curvature * at, w, steps, lr)
    assert abs(path[-1]) <= 1e-3 * w


@drawn(curvature=dyadic(1, 64, 8), ratio=dyadic(65, 128, 64), w=dyadic(1, 64, 8))
@rejects(SGD=SlowsDown)
@rejects(SGD=Clips)
def above_two_over_the_curvature_descent_diverges(
    SGD: Optimizer, curvature: float, ratio: float, w: float
) -> None:
    # 1 − η c = −ratio < −1.
    lr, steps = (1 + ratio) / curvature, 32
    path = _descend(SGD, lambda at: curvature * at, w, steps, lr)
    assert abs(path[-1]) >= (ratio - 2 * _slack(SGD) * (1 + ratio)) ** steps * w


@drawn(power=st.integers(-4, 4), w=dyadic(-64, 64, 8))
@rejects(SGD=SlowsDown)
@rejects(SGD=Climbs)
def at_two_over_the_curvature_descent_swings_between_two_points(
    SGD: Optimizer, power: int, w: float
) -> None:
    # 1 − η c = −1; with powers of two nothing is rounded.
    curvature = 2.0**power
    path = _descend(SGD, lambda at: curvature * at, w, 8, 2 / curvature)
    agree(path, w * (-1.0) ** np.arange(9), "exact", SGD.dtype)


# --- the article's bowl ---------------------------------------------------------------------------


def bowl(w: Any) -> Any:
    """Evaluate w² + ½ sin 4w."""
    return w**2 + np.sin(4 * w) / 2


def bowl_slope(w: Any) -> Any:
    """Evaluate 2w + 2 cos 4w."""
    return 2 * w + 2 * np.cos(4 * w)


def critical(near: float) -> float:
    """Find the root of L′/2 = w + cos 4w at 50 digits, by Newton's method."""
    w = real(near)
    for _ in range(8):  # each doubles the digits
        sine, cosine = REAL.sin_cos(REAL.mul(4, w))
        w = REAL.sub(w, REAL.div(REAL.add(w, cosine), REAL.fma(-4, sine, 1)))
    return float(w)


LOWEST, HILL, UPPER = critical(-0.3), critical(0.5), critical(0.9)


@drawn(w=grid((4,), -512, 512, 64), lr=dyadic(1, 102, 1024))
@rejects(SGD=Climbs)
def on_the_bowl_small_rates_lower_the_loss_with_every_step(
    SGD: Optimizer, w: Array, lr: float
) -> None:
    # |L″| ≤ 10, so that for η ≤ 1/10 a step lowers L by at least ½ η L′² (Nesterov 2004, 1.2.3).
    slope = bowl_slope(w)
    with SGD(lr=lr) as sgd:
        after = sgd.step(w, slope)
    lost = _slack(SGD) * (abs(w) + 1) * (abs(slope) + 1)
    assert np.all(bowl(after) <= bowl(w) - lr * slope**2 / 2 + lost)


@rejects(SGD=GainsSpeed)
@rejects(SGD=SlowsDown)
def at_rate_0_1_the_article_s_descent_settles_in_the_upper_minimum(SGD: Optimizer) -> None:
    # There 1 − η L″ = 0.45: each step halves the distance, and 60 steps leave rounding only. The
    # article calls this rate good: it settles, but in the higher of the two minima.
    path = _descend(SGD, bowl_slope, 3.0, 60, 0.1)
    agree(path[-1], UPPER, "rounding", SGD.dtype, scale=UPPER)
    assert bowl(path[-1]) > bowl(LOWEST) + 0.9


@drawn(w=grid((4,), -512, 512, 64))
@rejects(SGD=Clips)
def at_rate_0_5_a_step_on_the_bowl_goes_to_minus_cos_4w(SGD: Optimizer, w: Array) -> None:
    # w − ½ (2w + 2 cos 4w): from wherever it starts, descent is in [−1, 1] after one step.
    with SGD(lr=0.5) as sgd:
        after = sgd.step(w, bowl_slope(w))
    agree(after, -np.cos(4 * w), "rounding", SGD.dtype, scale=abs(w) + 1)


@each(point=[LOWEST, HILL, UPPER])
@drawn(distance=dyadic(1, 50, 1024), side=st.sampled_from([-1, 1]))
@rejects(SGD=SlowsDown)
def at_rate_0_5_descent_leaves_every_point_where_the_bowl_is_level(
    SGD: Optimizer, point: float, distance: float, side: int
) -> None:
    # The step f(w) = −cos 4w has f′ = 4 sin 4w, and w = −cos 4w makes |f′| = 4 √(1 − w²) ≥ 1.75 at
    # all three points; |f″| ≤ 16. Hence |f(w) − w*| ≥ (1.75 − 8 |w − w*|) |w − w*|, which is at
    # least 1.35 |w − w*| up to a distance of 0.05: descent goes away from w* until it is farther.
    # So at this rate it converges nowhere, whatever the article's summary says of it: a minimum
    # holds it only for η < 2/L″, which is 0.36 at the upper and 0.21 at the lower one.
    steps = math.ceil(math.log(0.05 / distance) / math.log(1.35)) + 1
    path = _descend(SGD, bowl_slope, point + side * distance, steps, 0.5)
    assert np.max(abs(path[1:] - point)) > 0.05


@rejects(SGD=SlowsDown)
@rejects(SGD=Clips)
def at_rate_0_5_the_article_s_descent_never_comes_to_rest(SGD: Optimizer) -> None:
    # Twenty moves below 0.05 in a row would need a point within 0.05/2.75 · 1.75⁻¹⁹ = 4·10⁻⁷ of w*,
    # from which the last theorem still drives it away.
    path = _descend(SGD, bowl_slope, 3.0, 200, 0.5)
    moves = abs(np.diff(path))[1:]
    assert np.all(abs(path[1:]) <= 1 + _slack(SGD))
    assert np.min(np.max(np.lib.stride_tricks.sliding_window_view(moves, 20), axis=1)) > 0.05


@drawn(w=grid((4,), 6 * 64 + 1, 2**14, 64), side=st.sampled_from([-1, 1]))
@rejects(SGD=Clips)
@rejects(SGD=Climbs)
def at_rate_1_2_every_weight_beyond_6_grows_on_the_other_side(
    SGD: Optimizer, w: Array, side: int
) -> None:
    # wₜ₊₁ = w − 1.2 (2w + 2 cos 4w) = −1.4 w − 2.4 cos 4w, so that |wₜ₊₁| ≥ 1.4 |w| − 2.4, which
    # exceeds |w| as soon as |w| > 6.
    before = side * w
    with SGD(lr=1.2) as sgd:
        after = sgd.step(before, bowl_slope(before))
    assert np.all(np.sign(after) == -side)
    assert np.all(abs(after) >= 1.4 * w - 2.4 - _slack(SGD) * w)


@rejects(SGD=SlowsDown)
@rejects(SGD=Clips)
def at_rate_1_2_the_article_s_descent_grows_without_bound(SGD: Optimizer) -> None:
    # The first step goes to |−4.2 − 2.4 cos 12| = 6.225: beyond 6, where the last theorem takes
    # over. |wₜ₊₁| − 6 ≥ 1.4 (|wₜ| − 6), so that the loss, at least w² − ½, grows by 1.4² a step.
    path = abs(_descend(SGD, bowl_slope, 3.0, 40, 1.2))
    agree(path[1], 4.2 + 2.4 * math.cos(12), "rounding", SGD.dtype, scale=10.0)
    beyond = path[1:] - 6
    assert np.all(beyond > 0)
    assert np.all(beyond[1:] >= 1.4 * beyond[:-1] - _slack(SGD) * path[1:-1])
    assert bowl(path[-1]) > 1e9


@rejects(SGD=SlowsDown)
@rejects(SGD=Climbs)
def at_rate_1_2_the_article_s_clipping_turns_divergence_into_a_cycle(SGD: Optimizer) -> None:
    # From 10 the step goes to −14 − 2.4 cos 40 = −12.4, which is clipped to −10, from which cos, an
    # even function, takes it back: the loss does not grow without bound but stays at L(±10).
    w, path = 3.0, []
    with SGD(lr=1.2) as sgd:
        for _ in range(50):
            w = float(np.clip(sgd.step(w, bowl_slope(w)), -10, 10))
            path.append(w)
    agree(path[2:], 10 * (-1.0) ** np.arange(1, 49), "exact", SGD.dtype)
