"""Properties of what is done to gradients in hand: clipping, averages, penalties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.agreement import agree, central_difference, tolerance
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import Array, dyadic, grid, shapes
from gradmark.conformance.properties.theorem import drawn, rejects

gradients = shapes().flatmap(lambda shape: grid(shape, -64, 64, 8))
lists = st.lists(gradients, min_size=1, max_size=4)
bounds = dyadic(1, 64, 8)
shares = dyadic(0, 64, 64)

# --- by value -------------------------------------------------------------------------------------


@rejects(clip_by_value=lambda g, c: np.minimum(g, c))
@rejects(clip_by_value=lambda g, c: np.maximum(g, -c))
@drawn(g=gradients, limit=bounds)
def clip_by_value_lets_no_entry_past_the_bound(
    clip_by_value: Function, g: Array, limit: float
) -> None:
    assert np.all(np.abs(clip_by_value(g, limit)) <= limit)


@rejects(clip_by_value=lambda g, c: np.clip(g, 0, c))
@rejects(clip_by_value=lambda g, c: np.tanh(g / c) * c)
@drawn(g=gradients)
def clip_by_value_leaves_alone_what_is_within(clip_by_value: Function, g: Array) -> None:
    agree(clip_by_value(g, 8.0), g, "exact", clip_by_value.dtype)


@rejects(clip_by_value=lambda g, c: np.clip(np.abs(g), -c, c))
@rejects(clip_by_value=lambda g, c: np.clip(g, -c / 2, c))
@drawn(g=gradients, limit=bounds)
def clip_by_value_treats_both_signs_alike(clip_by_value: Function, g: Array, limit: float) -> None:
    agree(clip_by_value(-g, limit), -clip_by_value(g, limit), "exact", clip_by_value.dtype)


@rejects(clip_by_value=lambda g, c: np.where(abs(g) > c, 0, g))
@rejects(clip_by_value=lambda g, c: g * min(1, c / max(np.max(abs(g)), 1e-9)))
@drawn(g=gradients, limit=bounds)
def clip_by_value_goes_to_the_bound_in_each_entry_beyond_it(
    clip_by_value: Function, g: Array, limit: float
) -> None:
    beyond, got = np.abs(g) >= limit, clip_by_value(g, limit)
    agree(got[beyond], limit * np.sign(g)[beyond], "exact", clip_by_value.dtype)
    agree(got[~beyond], g[~beyond], "exact", clip_by_value.dtype)


# --- by norm --------------------------------------------------------------------------------------


def _scaled(by: Callable[[float, float], float]) -> Callable[[Array, float], Any]:
    """Scale by a factor of the norm and of the bound; zero stays."""
    return lambda g, c: g * by(float(np.linalg.norm(g)) or 1.0, c)


@rejects(clip_by_norm=_scaled(lambda n, c: c / n))
@rejects(clip_by_norm=_scaled(lambda n, c: min(1, c / n**2)))
@drawn(g=gradients, most=bounds)
def clip_by_norm_is_as_long_as_it_may_be_and_never_longer_than_it_was(
    clip_by_norm: Function, g: Array, most: float
) -> None:
    before = float(np.linalg.norm(g))
    got = np.linalg.norm(clip_by_norm(g, most))
    agree(got, min(before, most), "rounding", clip_by_norm.dtype, scale=1 + before)


@rejects(clip_by_norm=lambda g, c: np.clip(g, -c, c))
@rejects(clip_by_norm=_scaled(lambda n, c: -min(1, c / n)))
@drawn(g=gradients, most=bounds)
def clip_by_norm_keeps_the_direction(clip_by_norm: Function, g: Array, most: float) -> None:
    got = clip_by_norm(g, most)
    lengths = np.linalg.norm(g), np.linalg.norm(got)
    agree(
        got * lengths[0], g * lengths[1], "rounding", clip_by_norm.dtype, scale=1 + lengths[0] ** 2
    )


@rejects(clip_by_norm=lambda g, c: g * min(1, c / max(np.sqrt(np.mean(g**2)), 1e-9)))
@rejects(clip_by_norm=_scaled(lambda n, c: min(1, c / (n + 1))))
@drawn(g=gradients, most=bounds, power=st.integers(-3, 3))
def clip_by_norm_knows_no_unit(clip_by_norm: Function, g: Array, most: float, power: int) -> None:
    # Twice the gradient within twice the bound is twice what it was; and data in rows are data.
    factor = 2.0**power
    wide = clip_by_norm(np.ravel(g) * factor, most * factor)
    expected = np.ravel(clip_by_norm(g, most)) * factor
    agree(wide, expected, "rounding", clip_by_norm.dtype, scale=factor * 8)
    agree(np.linalg.norm(expected), factor * min(most, float(np.linalg.norm(g))), "rounding",
          clip_by_norm.dtype, scale=factor * 64)  # fmt: skip


# --- by the norm of all ---------------------------------------------------------------------------


def _each(body: Callable[[Array, float], Any]) -> Callable[[list[Array], float], list[Any]]:
    return lambda gradients, c: [body(g, c) for g in gradients]


def _together(norm: Callable[[list[float]], float]) -> Callable[[list[Array], float], list[Any]]:
    def body(gradients: list[Array], c: float) -> list[Any]:
        size = norm([float(np.linalg.norm(g)) for g in gradients]) or 1.0
        return [g * min(1, c / size) for g in gradients]

    return body


_right = _together(lambda norms: float(np.sqrt(np.sum(np.square(norms)))))


@rejects(clip_by_global_norm=_each(_scaled(lambda n, c: min(1, c / n))))
@rejects(clip_by_global_norm=_together(sum))
@rejects(clip_by_global_norm=_together(max))
@drawn(its=lists, most=bounds)
def clip_by_global_norm_is_clip_by_norm_of_all_in_one(
    clip_by_global_norm: Function, its: list[Array], most: float
) -> None:
    every = np.concatenate([np.ravel(g) for g in its])
    length = float(np.linalg.norm(every))
    expected = every * min(1.0, most / length) if length else every
    got = np.concatenate([np.ravel(g) for g in clip_by_global_norm(its, most)])
    agree(got, expected, "rounding", clip_by_global_norm.dtype, scale=8)


@rejects(clip_by_global_norm=_together(lambda norms: norms[0]))
@rejects(clip_by_global_norm=lambda gradients, c: [*_right(gradients[:-1], c), gradients[-1]])
@drawn(its=lists, most=bounds)
def clip_by_global_norm_does_not_depend_on_the_order_of_the_list(
    clip_by_global_norm: Function, its: list[Array], most: float
) -> None:
    here, there = clip_by_global_norm(its, most), clip_by_global_norm(its[::-1], most)
    for got, expected in zip(there[::-1], here, strict=True):
        agree(got, expected, "rounding", clip_by_global_norm.dtype, scale=8)


@rejects(clip_by_norm=_scaled(lambda n, c: c / n))
@rejects(clip_by_global_norm=_together(lambda norms: sum(n**2 for n in norms)))
@drawn(g=gradients, most=bounds)
def clip_by_global_norm_of_one_is_clip_by_norm(
    clip_by_global_norm: Function, clip_by_norm: Function, g: Array, most: float
) -> None:
    (got,) = clip_by_global_norm([g], most)
    agree(got, clip_by_norm(g, most), "rounding", clip_by_global_norm.dtype, scale=8)


# --- exponential averages -------------------------------------------------------------------------


@rejects(ema=lambda a, v, d: a + (1 - d) * v)
@rejects(ema=lambda a, v, d: d * a + v)
@rejects(ema=lambda a, v, d: d * (a + v))
@drawn(value=gradients, decay=shares)
def ema_of_what_does_not_change_is_that(ema: Function, value: Array, decay: float) -> None:
    # The weights of the old and the new sum to 1.
    agree(ema(value, value, decay), value, "rounding", ema.dtype, scale=8)


@rejects(ema=lambda a, v, d: (1 - d) * a + d * v)
@rejects(ema=lambda a, v, d: a + (1 - d) * (a - v))
@rejects(ema=lambda a, v, d: v + 0 * a * d)
@drawn(value=gradients, decay=shares, steps=st.integers(1, 6))
def ema_forgets_its_beginning_by_its_decay_at_each_step(
    ema: Function, value: Array, decay: float, steps: int
) -> None:
    average = np.zeros_like(value)
    for _ in range(steps):
        average = ema(average, value, decay)
    expected = (1 - decay**steps) * value
    agree(average, expected, "rounding", ema.dtype, scale=8)


@rejects(ema=lambda a, v, d: np.sqrt(d * a**2 + (1 - d) * v**2))
@rejects(ema=lambda a, v, d: np.where(abs(v) > abs(a), v, d * a + (1 - d) * v))
@drawn(pair=gradients.map(lambda g: (g, g[::-1])), decay=shares)
def ema_lies_between_the_old_and_the_new(
    ema: Function, pair: tuple[Array, Array], decay: float
) -> None:
    old, new = pair
    got = ema(old, new, decay)
    agree(got - old, (1 - decay) * (new - old), "rounding", ema.dtype, scale=16)


# --- the penalty on weights -----------------------------------------------------------------------


@rejects(l2_penalty=lambda w, s: s / 2 * np.sum(w**2))
@rejects(l2_penalty=lambda w, s: s * np.mean(w**2))
@rejects(l2_penalty=lambda w, s: s * np.sum(np.abs(w)))
@drawn(w=gradients, strength=bounds)
def the_gradient_of_l2_penalty_is_twice_the_weights_times_its_strength(
    l2_penalty: Function, w: Array, strength: float
) -> None:
    # Of a quadratic the central difference is exact for any step: h = 1.
    slope = central_difference(lambda at: l2_penalty(at, strength), w, h=1.0)
    size = strength * (float(np.sum(w**2)) + 32)
    agree(slope, 2 * strength * w, "rounding", l2_penalty.dtype, scale=size)


@rejects(l2_penalty=lambda w, s: s * np.sqrt(np.sum(w**2)))
@rejects(l2_penalty=lambda w, s: s * np.sum(w) ** 2)
@drawn(w=gradients, strength=bounds)
def l2_penalty_of_all_is_the_sum_of_those_of_each(
    l2_penalty: Function, w: Array, strength: float
) -> None:
    each = sum(l2_penalty(np.array([x]), strength) for x in np.ravel(w))
    agree(l2_penalty(w, strength), each, "rounding", l2_penalty.dtype, scale=1 + each)


@rejects(l2_penalty=lambda w, s: s**2 * np.sum(w**2))
@rejects(l2_penalty=lambda w, s: np.sum(w**2) + 0 * s)
@drawn(w=gradients, strength=bounds)
def l2_penalty_is_proportional_to_its_strength(
    l2_penalty: Function, w: Array, strength: float
) -> None:
    once = l2_penalty(w, strength)
    agree(l2_penalty(w, 2 * strength), 2 * once, "rounding", l2_penalty.dtype, scale=1 + 2 * once)
    assert once >= -tolerance("rounding", l2_penalty.dtype)
