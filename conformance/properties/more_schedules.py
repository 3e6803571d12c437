"""Properties of the schedules beyond the article's; some they share, each has its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark import reference
from gradmark.conformance.properties.agreement import agree, tolerance
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import dyadic, epochs, lengths, rates
from gradmark.conformance.properties.theorem import asked_of, drawn, rejects
from gradmark.harness.contract import CONTRACT

Setting = tuple[Any, ...]
drops = dyadic(1, 7, 8)

# What is drawn after the step, for each.
SETTINGS: Mapping[str, st.SearchStrategy[Setting]] = {
    "linear_warmup": st.tuples(rates(), lengths()),
    "polynomial_decay": st.tuples(rates(), dyadic(0, 64, 1024), lengths(), dyadic(1, 12, 4)),
    "multi_step_decay": st.tuples(
        rates(),
        st.lists(st.integers(1, 150), min_size=1, max_size=4, unique=True).map(sorted),
        drops,
    ),
    "cosine_restarts": st.tuples(rates(), lengths(), st.integers(1, 3)),
    # No leg is so short that one which ends a step early is none.
    "one_cycle": st.tuples(
        rates(), lengths(32), dyadic(1, 15, 16), dyadic(2, 32, 1), dyadic(2, 64, 1)
    ),
    "warmup_stable_decay": st.tuples(rates(), lengths(), epochs(50), lengths()),
    "inverse_time_decay": st.tuples(rates(), dyadic(1, 64, 64)),
}

# --- what they share ------------------------------------------------------------------------------


def _proportional(schedule: Function, setting: Setting, step: int, factor: float) -> None:
    roles = CONTRACT[schedule.name].roles[1:]
    scaled = [v * factor if r == "rate" else v for v, r in zip(setting, roles, strict=True)]
    here = factor * schedule(step, *setting)
    # What falls from the greatest of its rates is rounded at its size.
    largest = factor * max(v for v, r in zip(setting, roles, strict=True) if r == "rate")
    agree(schedule(step, *scaled), here, "rounding", schedule.dtype, scale=largest)


def _at_most(schedule: Function, setting: Setting, step: int) -> None:
    roles = CONTRACT[schedule.name].roles[1:]
    largest = max(v for v, r in zip(setting, roles, strict=True) if r == "rate")
    slack = tolerance("rounding", schedule.dtype, largest)
    assert -slack <= schedule(step, *setting) <= largest + slack


def _with_a_floor(body: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: max(body(*given), 1e-3)


def _one_added(body: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: body(*given) + 1


for _name, _setting in SETTINGS.items():
    _body = getattr(reference, _name)
    for _theorem, _says, _wrong in (
        (_proportional, f"{_name}_is_proportional_to_its_rates", _with_a_floor(_body)),
        (_at_most, f"{_name}_stays_between_0_and_its_greatest_rate", _one_added(_body)),
    ):
        _more: dict[str, Any] = {"factor": dyadic(1, 32, 8)} if _theorem is _proportional else {}
        globals()[_says] = rejects(**{_name: _wrong})(
            drawn(setting=_setting, step=epochs(), **_more)(asked_of(_name, _theorem, _says))
        )

# --- linear warm-up -------------------------------------------------------------------------------


@rejects(linear_warmup=lambda t, lr, W: lr * min((t + 1) / W, 1))
@rejects(linear_warmup=lambda t, lr, W: lr * min((t / W) ** 2, 1))
@drawn(lr=rates(), W=lengths(2), data=st.data())
def linear_warmup_is_additive_until_it_ends(
    linear_warmup: Function, lr: float, W: int, data: st.DataObject
) -> None:
    a = data.draw(epochs(W), "a")
    b = data.draw(epochs(W - a), "b")
    parts = linear_warmup(a, lr, W) + linear_warmup(b, lr, W)
    agree(linear_warmup(a + b, lr, W), parts, "rounding", linear_warmup.dtype, scale=lr)


@rejects(linear_warmup=lambda t, lr, W: lr * t / max(W, 1))
@rejects(linear_warmup=lambda t, lr, W: lr * min(t / (W + 1), 1))
@drawn(lr=rates(), W=epochs(100), after=epochs())
def linear_warmup_is_at_the_whole_rate_once_it_has_ended(
    linear_warmup: Function, lr: float, W: int, after: int
) -> None:
    agree(linear_warmup(W + after, lr, W), lr, "rounding", linear_warmup.dtype, scale=lr)


@rejects(linear_warmup=lambda t, lr, W: lr * min(max(t - 1, 0) / W, 1))
@rejects(linear_warmup=lambda t, lr, W: lr * (t < W) * t / W)
@drawn(lr=rates(), W=lengths(2), data=st.data())
def linear_warmup_rises_at_each_step_until_it_ends(
    linear_warmup: Function, lr: float, W: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(W - 1), "t")
    assert linear_warmup(t, lr, W) < linear_warmup(t + 1, lr, W)


# --- polynomial decay -----------------------------------------------------------------------------


def _poly(curve: Callable[[float, float], float]) -> Callable[..., float]:
    return lambda t, lr, end, T, p: (lr - end) * curve(min(t, T) / T, p) + end


@rejects(polynomial_decay=lambda t, lr, end, T, p: lr * (1 - min(t, T) / T) ** p + end)
@rejects(polynomial_decay=lambda t, lr, _end, T, p: lr * (1 - min(t, T) / T) ** p)
@rejects(polynomial_decay=_poly(lambda x, p: x**p))
@drawn(setting=SETTINGS["polynomial_decay"], after=epochs())
def polynomial_decay_goes_from_one_rate_to_the_other_and_stays(
    polynomial_decay: Function, setting: Setting, after: int
) -> None:
    lr, end, T, _ = setting
    got = [polynomial_decay(t, *setting) for t in (0, T, T + after)]
    agree(got, [lr, end, end], "rounding", polynomial_decay.dtype, scale=max(lr, end))


@rejects(polynomial_decay=_poly(lambda x, p: (1 - x) ** (p + 1)))
@rejects(polynomial_decay=lambda t, lr, end, T, p: lr * (1 - min(t, T) / T) ** p + end)
@drawn(lr=rates(), end=dyadic(0, 64, 1024), T=lengths(2), data=st.data())
def polynomial_decay_to_the_first_power_is_a_line(
    polynomial_decay: Function, lr: float, end: float, T: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(T), "t")
    both = sum(polynomial_decay(e, lr, end, T, 1.0) for e in (t, T - t))
    agree(both, lr + end, "rounding", polynomial_decay.dtype, scale=lr + end)


@rejects(polynomial_decay=_poly(lambda x, p: 1 - x**p))
@rejects(polynomial_decay=_poly(lambda x, _p: 1 - x))
@drawn(lr=rates(), T=lengths(2), power=dyadic(2, 8, 4), data=st.data())
def polynomial_decay_turns_sums_of_powers_into_products(
    polynomial_decay: Function, lr: float, T: int, power: float, data: st.DataObject
) -> None:
    t = data.draw(epochs(T), "t")
    once, twice = (polynomial_decay(t, lr, 0.0, T, p) / lr for p in (power, 2 * power))
    agree(twice, once**2, "rounding", polynomial_decay.dtype, scale=1 + power)


# --- decay at milestones --------------------------------------------------------------------------


def _multi_step(count: Callable[[int, list[int]], int]) -> Callable[..., float]:
    return lambda t, lr, ends, d: lr * d ** count(t, ends)


@rejects(multi_step_decay=_multi_step(lambda t, ends: sum(m < t for m in ends)))
@rejects(multi_step_decay=_multi_step(lambda t, ends: sum(m <= t + 1 for m in ends)))
@rejects(multi_step_decay=_multi_step(lambda t, ends: int(t in ends)))
@drawn(setting=SETTINGS["multi_step_decay"], data=st.data())
def multi_step_decay_drops_by_its_factor_exactly_at_the_milestones(
    multi_step_decay: Function, setting: Setting, data: st.DataObject
) -> None:
    end = data.draw(st.sampled_from(setting[1]), "milestone")
    before, at, after = (multi_step_decay(t, *setting) for t in (end - 1, end, end + 1))
    agree(at, setting[2] * before, "rounding", multi_step_decay.dtype, scale=before)
    assert end + 1 in setting[1] or after == at


@rejects(multi_step_decay=_multi_step(lambda t, ends: min(sum(m <= t for m in ends), 1)))
@rejects(multi_step_decay=_multi_step(lambda t, ends: sum(m <= t for m in ends[:-1])))
@drawn(setting=SETTINGS["multi_step_decay"], after=epochs())
def multi_step_decay_has_dropped_once_for_each_in_the_end(
    multi_step_decay: Function, setting: Setting, after: int
) -> None:
    lr, ends, drop = setting
    got = [multi_step_decay(t, *setting) for t in (0, ends[-1] + after)]
    agree(got, [lr, lr * drop ** len(ends)], "rounding", multi_step_decay.dtype, scale=lr)


@rejects(multi_step_decay=_multi_step(lambda t, ends: sum(m <= t - 1 for m in ends)))
@rejects(step_decay=lambda t, lr, d, N: lr * d ** (t / N))
@drawn(lr=rates(), drop=drops, length=lengths(2), count=st.integers(1, 4), data=st.data())
def multi_step_decay_of_even_milestones_is_step_decay(
    multi_step_decay: Function,
    step_decay: Function,
    lr: float,
    drop: float,
    length: int,
    count: int,
    data: st.DataObject,
) -> None:
    t = data.draw(epochs((count + 1) * length - 1), "t")
    expected = step_decay(t, lr, drop, length)
    ends = [length * (i + 1) for i in range(count)]
    got = multi_step_decay(t, lr, ends, drop)
    agree(got, expected, "rounding", multi_step_decay.dtype, scale=lr)


# --- cosine with restarts -------------------------------------------------------------------------


def _sgdr(longer: Callable[[float, float], float], of: Callable[[float], float]) -> Any:
    def body(t: float, lr: float, T: float, m: float) -> float:
        while t >= T:
            t, T = t - T, longer(T, m)
        return lr * of(t / T)

    return body


def _half(x: float) -> float:
    return (1 + math.cos(math.pi * x)) / 2


@rejects(cosine_restarts=_sgdr(lambda T, _m: T, _half))
@rejects(cosine_restarts=_sgdr(lambda T, m: T + m, _half))
@drawn(lr=rates(), T=lengths(), m=st.integers(2, 3), step=epochs(100))
def cosine_restarts_repeats_itself_ever_more_slowly(
    cosine_restarts: Function, lr: float, T: int, m: int, step: int
) -> None:
    # What follows the first period is the whole, m times as slow.
    later = cosine_restarts(T + m * step, lr, T, m)
    agree(later, cosine_restarts(step, lr, T, m), "rounding", cosine_restarts.dtype, scale=lr)


@rejects(cosine_restarts=lambda t, lr, T, _m: lr * _half(t / T))
@rejects(cosine_restarts=lambda t, lr, T, _m: lr * _half((t + 1) % T / T))
@drawn(lr=rates(), T=lengths(), m=st.integers(1, 3), restarts=st.integers(0, 6))
def cosine_restarts_is_at_the_whole_rate_at_each_restart(
    cosine_restarts: Function, lr: float, T: int, m: int, restarts: int
) -> None:
    start = sum(T * m**i for i in range(restarts))
    agree(cosine_restarts(start, lr, T, m), lr, "rounding", cosine_restarts.dtype, scale=lr)


@rejects(cosine_restarts=_sgdr(lambda T, m: T * m, lambda x: 1 - x))
@rejects(cosine_annealing=lambda t, lr, T: lr * (1 - t / T))
@drawn(lr=rates(), T=lengths(2), m=st.integers(1, 3), data=st.data())
def cosine_restarts_is_cosine_annealing_until_the_first(
    cosine_restarts: Function,
    cosine_annealing: Function,
    lr: float,
    T: int,
    m: int,
    data: st.DataObject,
) -> None:
    t = data.draw(epochs(T - 1), "t")
    expected = cosine_annealing(t, lr, T)
    agree(cosine_restarts(t, lr, T, m), expected, "rounding", cosine_restarts.dtype, scale=lr)


# --- noam -----------------------------------------------------------------------------------------

steps, widths = st.integers(1, 500), st.integers(1, 64)


def _noam(of: Callable[[float, float], float], width: float = -0.5, rise: float = -1.5) -> Any:
    return lambda t, d, W: d**width * of(t**-0.5, t * W**rise)


@rejects(noam=_noam(min, rise=-1))
@rejects(noam=_noam(max))
@rejects(noam=lambda t, d, W: d**-0.5 * min((t + 1) ** -0.5, (t + 1) * W**-1.5))
@drawn(d=widths, W=lengths(2), step=steps)
def noam_is_greatest_when_the_warmup_ends(noam: Function, d: int, W: int, step: int) -> None:
    peak = noam(W, d, W)
    agree(peak, 1 / math.sqrt(d * W), "rounding", noam.dtype, scale=peak)
    assert noam(step, d, W) <= peak + tolerance("rounding", noam.dtype, peak)


@rejects(noam=lambda t, d, W: d**-0.5 * min(1 / t, t * W**-1.5))
@rejects(noam=lambda t, d, W: d**-0.5 * W**-0.5 * min(t / W, 1))
@drawn(d=widths, W=lengths(), after=epochs())
def noam_halves_when_the_steps_have_quadrupled(noam: Function, d: int, W: int, after: int) -> None:
    now, then = (noam(t, d, W) for t in (W + after, 4 * (W + after)))
    agree(then, now / 2, "rounding", noam.dtype, scale=now)


@rejects(noam=lambda t, d, W: d**-0.5 * t**-0.5)  # noqa: ARG005 (W is what it forgets)
@rejects(noam=lambda t, d, W: d**-0.5 * min(t**-0.5, t**2 * W**-2.5))
@drawn(d=widths, W=lengths(2), data=st.data())
def noam_warms_up_along_a_line_through_zero(
    noam: Function, d: int, W: int, data: st.DataObject
) -> None:
    t = data.draw(st.integers(1, W // 2), "t")
    once, twice = noam(t, d, W), noam(2 * t, d, W)
    agree(twice, 2 * once, "rounding", noam.dtype, scale=twice)


@rejects(noam=_noam(min, width=0.5))
@rejects(noam=_noam(min, width=0))
@drawn(d=widths, W=lengths(), step=steps)
def noam_is_half_as_great_for_a_model_four_times_as_wide(
    noam: Function, d: int, W: int, step: int
) -> None:
    narrow, wide = noam(step, d, W), noam(step, 4 * d, W)
    agree(wide, narrow / 2, "rounding", noam.dtype, scale=narrow)


# --- one cycle ------------------------------------------------------------------------------------


def _cycle(
    first: Callable[[float, float], float] = lambda div, _final: 1 / div,
    last: Callable[[float, float], float] = lambda div, final: 1 / (div * final),
    curve: Callable[[float], float] = lambda x: x,
    top: Callable[[float, float], float] = lambda p, T: p * T,
) -> Callable[..., float]:
    def body(t: float, peak: float, T: float, p: float, div: float, final: float) -> float:
        a, low, end = top(p, T), first(div, final), last(div, final)
        if t < a:
            return peak * (low + (1 - low) * curve(t / a))
        return peak * (1 + (end - 1) * curve((min(t, T) - a) / (T - a)))

    return body


@rejects(one_cycle=_cycle(first=lambda _div, _final: 0.0))
@rejects(one_cycle=_cycle(last=lambda _div, final: 1 / final))
@rejects(one_cycle=_cycle(last=lambda div, _final: 1 / div))
@drawn(setting=SETTINGS["one_cycle"], after=epochs())
def one_cycle_begins_and_ends_at_its_shares_of_the_peak(
    one_cycle: Function, setting: Setting, after: int
) -> None:
    peak, T, _, div, final = setting
    got = [one_cycle(t, *setting) for t in (0, T, T + after)]
    low = peak / div
    agree(got, [low, low / final, low / final], "rounding", one_cycle.dtype, scale=peak)


@rejects(one_cycle=_cycle(top=lambda _p, T: T / 2))
@rejects(one_cycle=_cycle(top=lambda p, T: (1 - p) * T))
@rejects(one_cycle=_cycle(top=lambda p, T: p * T - 1))
@drawn(peak=rates(), parts=st.integers(3, 14), stretch=st.integers(1, 4))
def one_cycle_is_at_its_peak_when_the_first_leg_ends_and_at_no_other_time(
    one_cycle: Function, peak: float, parts: int, stretch: int
) -> None:
    T, top = 16 * stretch, parts * stretch
    got = np.array([one_cycle(t, peak, T, parts / 16, 8.0, 4.0) for t in range(T + 1)])
    agree(got[top], peak, "rounding", one_cycle.dtype, scale=peak)
    assert np.argmax(got) == top


@rejects(one_cycle=_cycle(curve=lambda x: x * x))
@rejects(one_cycle=_cycle(top=lambda p, T: p * T - 1))
@drawn(peak=rates(), parts=st.integers(2, 14), stretch=st.integers(1, 4))
def the_area_under_one_cycle_is_that_of_two_trapezia(
    one_cycle: Function, peak: float, parts: int, stretch: int
) -> None:
    T, top = 16 * stretch, parts * stretch
    got = np.array([one_cycle(t, peak, T, parts / 16, 8.0, 4.0) for t in range(T + 1)])
    area = np.sum(got[1:] + got[:-1]) / 2
    expected = peak * ((1 / 8 + 1) * top + (1 + 1 / 32) * (T - top)) / 2
    agree(area, expected, "sum", one_cycle.dtype, scale=expected)


# --- warm-up, plateau, decay ----------------------------------------------------------------------


def _wsd(
    fall: Callable[[float], float] = lambda x: 1 - x,
    begins: Callable[[int, int], int] = lambda W, S: W + S,
) -> Callable[..., float]:
    def body(t: float, lr: float, W: int, S: int, D: int) -> float:
        if t < W:
            return lr * t / W
        return lr * fall(min(max(t - begins(W, S), 0) / D, 1))

    return body


@rejects(warmup_stable_decay=_wsd(fall=lambda x: (1 - x) ** 2))
@rejects(warmup_stable_decay=_wsd(begins=lambda W, _S: W))
@drawn(lr=rates(), W=lengths(), S=epochs(50), data=st.data())
def warmup_stable_decay_is_its_own_reflection_where_both_legs_are_alike(
    warmup_stable_decay: Function, lr: float, W: int, S: int, data: st.DataObject
) -> None:
    t = data.draw(epochs(2 * W + S), "t")
    here, there = (warmup_stable_decay(e, lr, W, S, W) for e in (t, 2 * W + S - t))
    agree(there, here, "rounding", warmup_stable_decay.dtype, scale=lr)


@rejects(warmup_stable_decay=_wsd(begins=lambda W, S: max(W, S)))
@rejects(linear_warmup=lambda t, lr, W: lr * t / W)
@drawn(setting=SETTINGS["warmup_stable_decay"], data=st.data())
def warmup_stable_decay_is_linear_warmup_until_the_plateau_ends(
    warmup_stable_decay: Function,
    linear_warmup: Function,
    setting: Setting,
    data: st.DataObject,
) -> None:
    lr, W, S, _ = setting
    t = data.draw(epochs(int(W + S)), "t")
    expected = linear_warmup(t, lr, W)
    got = warmup_stable_decay(t, *setting)
    agree(got, expected, "rounding", warmup_stable_decay.dtype, scale=lr)


@rejects(warmup_stable_decay=_wsd(fall=lambda x: 1 - x / 2))
@rejects(warmup_stable_decay=lambda t, lr, W, S, D: lr * min(t / W, 1, 1 - (t - W - S) / D))
@drawn(setting=SETTINGS["warmup_stable_decay"], after=epochs())
def warmup_stable_decay_ends_at_0_and_stays(
    warmup_stable_decay: Function, setting: Setting, after: int
) -> None:
    lr, *phases = setting
    got = warmup_stable_decay(sum(phases) + after, *setting)
    agree(got, 0.0, "rounding", warmup_stable_decay.dtype, scale=lr)


@rejects(warmup_stable_decay=_wsd(fall=lambda x: 1 - math.sqrt(x)))
@rejects(warmup_stable_decay=_wsd(fall=lambda x: (1 - x) ** 2))
@drawn(lr=rates(), W=lengths(), S=epochs(20), D=lengths())
def the_area_under_warmup_stable_decay_is_that_of_a_trapezium(
    warmup_stable_decay: Function, lr: float, W: int, S: int, D: int
) -> None:
    area = sum(warmup_stable_decay(t, lr, W, S, D) for t in range(W + S + D))
    expected = lr * (S + (W + D) / 2)
    agree(area, expected, "sum", warmup_stable_decay.dtype, scale=expected)


# --- inverse time ---------------------------------------------------------------------------------

decays = dyadic(1, 64, 64)


@rejects(inverse_time_decay=lambda t, lr, k: lr * math.exp(-k * t))
@rejects(inverse_time_decay=lambda t, lr, k: lr / math.sqrt(1 + k * t))
@drawn(lr=rates(), k=decays, a=epochs(100), b=epochs(100))
def the_inverse_of_inverse_time_decay_grows_along_a_line(
    inverse_time_decay: Function, lr: float, k: float, a: int, b: int
) -> None:
    both, none, first, second = (1 / inverse_time_decay(t, lr, k) for t in (a + b, 0, a, b))
    scale = both + none
    agree(first + second, both + none, "rounding", inverse_time_decay.dtype, scale=scale)


@rejects(inverse_time_decay=lambda t, lr, k: lr / (1 + lr * k * t))
@rejects(inverse_time_decay=lambda t, lr, k: lr / (1 + k * (t + 1)))
@drawn(lr=rates(), halves=st.integers(1, 64))
def inverse_time_decay_has_halved_after_one_over_k_epochs(
    inverse_time_decay: Function, lr: float, halves: int
) -> None:
    got = [inverse_time_decay(t, lr, 1 / halves) for t in (0, halves)]
    agree(got, [lr, lr / 2], "rounding", inverse_time_decay.dtype, scale=lr)


@rejects(inverse_time_decay=lambda t, lr, k: lr * (1 + k * t))
@rejects(inverse_time_decay=lambda t, lr, k: lr / (1 + k))  # noqa: ARG005 (t is what it forgets)
@drawn(lr=rates(), k=decays, epoch=epochs(100))
def inverse_time_decay_always_falls_and_stays_positive(
    inverse_time_decay: Function, lr: float, k: float, epoch: int
) -> None:
    assert 0 < inverse_time_decay(epoch + 1, lr, k) < inverse_time_decay(epoch, lr, k)
