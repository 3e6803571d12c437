"""Properties of the learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.agreement import agree, tolerance
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import dyadic, epochs, lengths, rates
from gradmark.conformance.properties.theorem import drawn, rejects

drops = dyadic(1, 7, 8)
decay_rates = dyadic(1, 16, 64)

# --- wrong on purpose -----------------------------------------------------------------------------


def _cosine(progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2


def _warmup(
    ramp: Callable[[float, float], float], fall: Callable[[float, float, float], float]
) -> Callable[[float, float, float, float], float]:
    """Join a ramp of (t, W) and a fall of (t, W, T), as one does by hand."""
    return lambda t, lr, W, T: lr * (ramp(t, W) if t < W else fall(t, W, T))


_right_ramp: Callable[[float, float], float] = lambda t, W: t / W  # noqa: E731 (a formula)
_right_fall: Callable[[float, float, float], float] = lambda t, W, T: _cosine((t - W) / (T - W))  # noqa: E731 (a formula)

_right = _warmup(_right_ramp, _right_fall)
_early_ramp = _warmup(lambda t, W: (t + 1) / W, _right_fall)
_squared_ramp = _warmup(lambda t, W: (t / W) ** 2, _right_fall)
_fall_from_epoch_0 = _warmup(_right_ramp, lambda t, W, T: _cosine(t / T))  # noqa: ARG005 (W is what it forgets)
_fall_over_the_whole_length = _warmup(_right_ramp, lambda t, W, T: _cosine((t - W) / T))
_linear_fall = _warmup(_right_ramp, lambda t, W, T: (T - t) / (T - W))

# --- step decay -----------------------------------------------------------------------------------


@rejects(step_decay=lambda t, lr, d, N: lr * d ** ((t + 1) // N))
@rejects(step_decay=lambda t, lr, d, N: lr * d ** (t // N + 1))
@drawn(lr=rates(), drop=drops, length=lengths())
def step_decay_starts_at_the_initial_rate(
    step_decay: Function, lr: float, drop: float, length: int
) -> None:
    agree(step_decay(0, lr, drop, length), lr, "rounding", step_decay.dtype, scale=lr)


@rejects(step_decay=lambda t, lr, d, N: lr * d ** (t / N))
@rejects(step_decay=lambda t, lr, d, N: lr * d ** ((t + 1) // N))
@drawn(lr=rates(), drop=drops, length=lengths(2), steps=st.integers(0, 5), data=st.data())
def step_decay_is_constant_between_its_steps(
    step_decay: Function, lr: float, drop: float, length: int, steps: int, data: st.DataObject
) -> None:
    first = steps * length
    within = data.draw(st.integers(first, first + length - 1), "within")
    last = first + length - 1
    expected = step_decay(first, lr, drop, length)
    for epoch in (within, last):
        agree(step_decay(epoch, lr, drop, length), expected, "exact", step_decay.dtype)


@rejects(step_decay=lambda t, lr, d, N: lr * d ** (max(t - 1, 0) // N))
@rejects(step_decay=lambda t, lr, d, N: lr * (1 - d) ** (t // N))
@rejects(step_decay=lambda t, lr, d, N: lr * (d if t >= N else 1))
@drawn(lr=rates(), drop=drops, length=lengths(2), steps=st.integers(1, 5))
def step_decay_drops_by_its_factor_exactly_at_the_multiples(
    step_decay: Function, lr: float, drop: float, length: int, steps: int
) -> None:
    before = step_decay(steps * length - 1, lr, drop, length)
    after = step_decay(steps * length, lr, drop, length)
    agree(after, drop * before, "rounding", step_decay.dtype, scale=before)


@rejects(step_decay=lambda t, lr, d, N: lr * d ** -(t // N))
@rejects(step_decay=lambda t, lr, d, N: lr - d * (t // N))
@drawn(lr=rates(), drop=drops, length=lengths(5), epoch=epochs())
def step_decay_never_rises_and_stays_positive(
    step_decay: Function, lr: float, drop: float, length: int, epoch: int
) -> None:
    now, then = (step_decay(t, lr, drop, length) for t in (epoch, epoch + length))
    assert 0 < then < now


@rejects(step_decay=lambda t, lr, d, N: lr ** (1 + t // N) * d ** (t // N))
@rejects(step_decay=lambda t, lr, d, N: max(lr * d ** (t // N), 1e-3))  # a floor
@drawn(lr=rates(), drop=drops, length=lengths(5), epoch=epochs(), factor=dyadic(1, 32, 8))
def step_decay_is_proportional_to_the_initial_rate(
    step_decay: Function, lr: float, drop: float, length: int, epoch: int, factor: float
) -> None:
    expected = factor * step_decay(epoch, lr, drop, length)
    got = step_decay(epoch, factor * lr, drop, length)
    agree(got, expected, "rounding", step_decay.dtype, scale=expected)


# --- exponential decay ----------------------------------------------------------------------------


@rejects(exponential_decay=lambda t, lr, k: lr * math.exp(-k * (t + 1)))
@drawn(lr=rates(), k=decay_rates)
def exponential_decay_starts_at_the_initial_rate(
    exponential_decay: Function, lr: float, k: float
) -> None:
    agree(exponential_decay(0, lr, k), lr, "rounding", exponential_decay.dtype, scale=lr)


@rejects(exponential_decay=lambda t, lr, k: lr / (1 + k * t))
@rejects(exponential_decay=lambda t, lr, k: lr * math.exp(-k * t) + 1e-3)
@drawn(lr=rates(), k=decay_rates, a=epochs(100), b=epochs(100))
def exponential_decay_turns_sums_of_epochs_into_products(
    exponential_decay: Function, lr: float, k: float, a: int, b: int
) -> None:
    both, first, second, start = (exponential_decay(t, lr, k) for t in (a + b, a, b, 0))
    # e^x carries a relative error of |x| u for the rounding of x.
    scale = first * second * (1 + k * (a + b))
    agree(both * start, first * second, "rounding", exponential_decay.dtype, scale=scale)


@rejects(exponential_decay=lambda t, lr, k: lr * (1 - k) ** t)
@rejects(exponential_decay=lambda t, lr, k: lr * 2 ** (-k * t))
@drawn(lr=rates(), lifetime=lengths(2))
def exponential_decay_falls_to_one_eth_in_one_over_k_epochs(
    exponential_decay: Function, lr: float, lifetime: int
) -> None:
    got = exponential_decay(lifetime, lr, 1 / lifetime)
    agree(got, lr / math.e, "rounding", exponential_decay.dtype, scale=lr)


@rejects(exponential_decay=lambda t, lr, k: lr * math.exp(k * t))
@rejects(exponential_decay=lambda t, lr, k: lr * math.exp(-k * (t // 2)))
@drawn(lr=rates(), k=decay_rates, epoch=epochs(100))
def exponential_decay_always_falls_and_stays_positive(
    exponential_decay: Function, lr: float, k: float, epoch: int
) -> None:
    assert 0 < exponential_decay(epoch + 1, lr, k) < exponential_decay(epoch, lr, k)


@rejects(exponential_decay=lambda t, lr, k: lr ** (1 + k * t))
@rejects(exponential_decay=lambda t, lr, k: max(lr * math.exp(-k * t), 1e-3))
@drawn(lr=rates(), k=decay_rates, epoch=epochs(100), factor=dyadic(1, 32, 8))
def exponential_decay_is_proportional_to_the_initial_rate(
    exponential_decay: Function, lr: float, k: float, epoch: int, factor: float
) -> None:
    expected = factor * exponential_decay(epoch, lr, k)
    got = exponential_decay(epoch, factor * lr, k)
    agree(got, expected, "rounding", exponential_decay.dtype, scale=expected)


# --- cosine annealing -----------------------------------------------------------------------------


@rejects(cosine_annealing=lambda t, lr, T: lr * (1 + math.cos(math.pi * t / T)))
@rejects(cosine_annealing=lambda t, lr, T: lr * _cosine(t / (T - 1)))
@rejects(cosine_annealing=lambda t, lr, T: lr * _cosine(2 * t / T))
@drawn(lr=rates(), T=lengths(2))
def cosine_annealing_goes_from_the_initial_rate_to_0(
    cosine_annealing: Function, lr: float, T: int
) -> None:
    ends = [cosine_annealing(t, lr, T) for t in (0, T)]
    agree(ends, [lr, 0], "rounding", cosine_annealing.dtype, scale=lr)


@rejects(cosine_annealing=lambda t, lr, T: lr * math.cos(math.pi / 2 * t / T))
@rejects(cosine_annealing=lambda t, lr, T: lr * _cosine(t / (T - 1)))
@drawn(lr=rates(), T=lengths(2), data=st.data())
def cosine_annealing_is_point_symmetric_about_half_time(
    cosine_annealing: Function, lr: float, T: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(T), "t")
    both = cosine_annealing(t, lr, T) + cosine_annealing(T - t, lr, T)
    agree(both, lr, "rounding", cosine_annealing.dtype, scale=lr)


@rejects(cosine_annealing=lambda t, lr, T: lr * (1 - t / T))
@rejects(cosine_annealing=lambda t, lr, T: lr * (T - t) ** 2 / T**2)
@drawn(lr=rates(), T=lengths(), data=st.data())
def cosine_annealing_obeys_the_double_angle_formula(
    cosine_annealing: Function, lr: float, T: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(T), "t")
    once, twice = (2 * cosine_annealing(e, lr, T) / lr - 1 for e in (t, 2 * t))
    agree(twice, 2 * once**2 - 1, "rounding", cosine_annealing.dtype)


@rejects(cosine_annealing=lambda t, lr, T: lr * _cosine(min(t, T) / T))
@rejects(cosine_annealing=lambda t, lr, T: lr * _cosine((t % T) / T))  # warm restarts
@drawn(lr=rates(), T=lengths(2), data=st.data())
def cosine_annealing_rises_after_the_end_as_it_fell(
    cosine_annealing: Function, lr: float, T: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(T), "t")
    before = cosine_annealing(T - t, lr, T)
    agree(cosine_annealing(T + t, lr, T), before, "rounding", cosine_annealing.dtype, scale=lr)


@rejects(cosine_annealing=lambda t, lr, T: lr * _cosine(2 * t / T))
@rejects(cosine_annealing=lambda t, lr, T: lr * (1 - math.cos(math.pi * t / T)) / 2)
@drawn(lr=rates(), T=lengths(2), data=st.data())
def cosine_annealing_falls_until_the_end(
    cosine_annealing: Function, lr: float, T: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(T - 1), "t")
    assert cosine_annealing(t + 1, lr, T) < cosine_annealing(t, lr, T)


@rejects(cosine_annealing=lambda t, lr, T: lr * (1 + math.cos(math.pi * t / T)))
@rejects(cosine_annealing=lambda t, lr, T: lr * math.cos(math.pi * t / T))
@drawn(lr=rates(), T=lengths(), epoch=epochs())
def cosine_annealing_stays_between_0_and_the_initial_rate(
    cosine_annealing: Function, lr: float, T: int, epoch: int
) -> None:
    slack = tolerance("rounding", cosine_annealing.dtype, lr)
    assert -slack <= cosine_annealing(epoch, lr, T) <= lr + slack


@rejects(cosine_annealing=lambda t, lr, T: lr + (1e-3 - lr) * (1 - _cosine(t / T)))  # a floor
@rejects(cosine_annealing=lambda t, lr, T: _cosine(lr * t / T))
@drawn(lr=rates(), T=lengths(2), epoch=epochs(), factor=dyadic(1, 32, 8))
def cosine_annealing_is_proportional_to_the_initial_rate(
    cosine_annealing: Function, lr: float, T: int, epoch: int, factor: float
) -> None:
    expected = factor * cosine_annealing(epoch, lr, T)
    got = cosine_annealing(epoch, factor * lr, T)
    agree(got, expected, "rounding", cosine_annealing.dtype, scale=factor * lr)


# --- warm-up and cosine ---------------------------------------------------------------------------


@rejects(warmup_cosine=_early_ramp)
@rejects(warmup_cosine=lambda t, lr, W, T: lr * _cosine(abs(t - W) / (T - W)))
@drawn(lr=rates(), W=lengths(), rest=lengths())
def warmup_cosine_starts_at_0(warmup_cosine: Function, lr: float, W: int, rest: int) -> None:
    assert warmup_cosine(0, lr, W, W + rest) == 0


@rejects(warmup_cosine=_early_ramp)
@rejects(warmup_cosine=_squared_ramp)
@drawn(lr=rates(), W=lengths(), rest=lengths(), data=st.data())
def warmup_cosine_warms_up_along_a_line(
    warmup_cosine: Function, lr: float, W: int, rest: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(W), "t")
    agree(warmup_cosine(t, lr, W, W + rest), lr * t / W, "rounding", warmup_cosine.dtype, scale=lr)


@rejects(warmup_cosine=_fall_from_epoch_0)
@rejects(warmup_cosine=_warmup(_right_ramp, lambda t, W, T: _cosine((t - W + 1) / (T - W))))
@drawn(lr=rates(), W=epochs(100), rest=lengths())
def warmup_cosine_is_at_the_initial_rate_when_the_warmup_ends(
    warmup_cosine: Function, lr: float, W: int, rest: int
) -> None:
    got = warmup_cosine(W, lr, W, W + rest)
    agree(got, lr, "rounding", warmup_cosine.dtype, scale=lr)


@rejects(warmup_cosine=_fall_over_the_whole_length)
@rejects(warmup_cosine=_warmup(_right_ramp, lambda t, W, T: _cosine((t - W) / (T - W - 0.5))))
@drawn(lr=rates(), W=lengths(), rest=lengths())
def warmup_cosine_ends_at_0(warmup_cosine: Function, lr: float, W: int, rest: int) -> None:
    T = W + rest
    agree(warmup_cosine(T, lr, W, T), 0.0, "rounding", warmup_cosine.dtype, scale=lr)


@rejects(warmup_cosine=lambda t, lr, W, T: lr * _cosine(max(t - 1, 0) / (T - W)))
@rejects(cosine_annealing=lambda t, lr, T: lr * (1 - t / T))
@drawn(lr=rates(), T=lengths(), epoch=epochs())
def warmup_cosine_without_warmup_is_cosine_annealing(
    warmup_cosine: Function, cosine_annealing: Function, lr: float, T: int, epoch: int
) -> None:
    expected = cosine_annealing(epoch, lr, T)
    agree(warmup_cosine(epoch, lr, 0, T), expected, "rounding", warmup_cosine.dtype, scale=lr)


@rejects(warmup_cosine=_fall_from_epoch_0)
@rejects(warmup_cosine=_fall_over_the_whole_length)
@rejects(warmup_cosine=_linear_fall)
@drawn(lr=rates(), W=lengths(), rest=lengths(), after=epochs(100))
def warmup_cosine_is_cosine_annealing_once_warm(
    warmup_cosine: Function, cosine_annealing: Function, lr: float, W: int, rest: int, after: int
) -> None:
    expected = cosine_annealing(after, lr, rest)
    got = warmup_cosine(W + after, lr, W, W + rest)
    agree(got, expected, "rounding", warmup_cosine.dtype, scale=lr)


@rejects(warmup_cosine=_fall_from_epoch_0)
@rejects(warmup_cosine=_warmup(lambda t, W: t / (2 * W), _right_fall))
@drawn(lr=rates(), W=lengths(), rest=lengths(), data=st.data())
def warmup_cosine_never_jumps(
    warmup_cosine: Function, lr: float, W: int, rest: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(W + rest) | st.just(W - 1), "t")
    here, there = (warmup_cosine(e, lr, W, W + rest) for e in (t, t + 1))
    # The line climbs by 1/W an epoch, the cosine falls by π/2 over its length at its steepest.
    steepest = lr * max(1 / W, math.pi / 2 / rest)
    assert abs(there - here) <= steepest + tolerance("rounding", warmup_cosine.dtype, lr)


@rejects(warmup_cosine=_warmup(_right_ramp, lambda t, W, T: 1 - _cosine((t - W) / (T - W))))
@rejects(warmup_cosine=_warmup(lambda t, W: 1 - t / W, _right_fall))
@drawn(lr=rates(), W=lengths(2), rest=lengths(2), data=st.data())
def warmup_cosine_rises_to_the_end_of_the_warmup_and_falls_from_there(
    warmup_cosine: Function, lr: float, W: int, rest: int, data: st.DataObject
) -> None:
    cold, warm = data.draw(epochs(W - 1), "cold"), W + data.draw(epochs(rest - 1), "warm")
    rise = np.diff([warmup_cosine(t, lr, W, W + rest) for t in (cold, cold + 1)])
    fall = np.diff([warmup_cosine(t, lr, W, W + rest) for t in (warm, warm + 1)])
    assert rise > 0 > fall


@rejects(warmup_cosine=_early_ramp)
@rejects(warmup_cosine=_warmup(_right_ramp, lambda t, W, T: 2 * _cosine((t - W) / (T - W))))
@drawn(lr=rates(), W=lengths(), rest=lengths(), epoch=epochs())
def warmup_cosine_reaches_the_initial_rate_at_no_other_time(
    warmup_cosine: Function, lr: float, W: int, rest: int, epoch: int
) -> None:
    T = W + rest
    epoch = epoch % T  # past T the rate rises again
    slack = tolerance("rounding", warmup_cosine.dtype, lr)
    assert -slack <= warmup_cosine(epoch, lr, W, T) <= lr + slack
    assert (warmup_cosine(epoch, lr, W, T) >= lr - slack) == (epoch == W)


@rejects(warmup_cosine=lambda t, lr, W, T: max(_right(t, lr, W, T), 1e-3))  # a floor
@rejects(warmup_cosine=lambda t, lr, W, T: lr**2 * _cosine((t - W) / (T - W)))
@drawn(lr=rates(), W=lengths(), rest=lengths(), epoch=epochs(), factor=dyadic(1, 32, 8))
def warmup_cosine_is_proportional_to_the_initial_rate(
    warmup_cosine: Function, lr: float, W: int, rest: int, epoch: int, factor: float
) -> None:
    expected = factor * warmup_cosine(epoch, lr, W, W + rest)
    got = warmup_cosine(epoch, factor * lr, W, W + rest)
    agree(got, expected, "rounding", warmup_cosine.dtype, scale=factor * lr)
