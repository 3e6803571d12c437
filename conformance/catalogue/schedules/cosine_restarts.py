"""Cosine annealing with warm restarts: the canonical form, conventions and mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.schedules.around import AROUND
from gradmark.conformance.catalogue.schedules.curves import SGDR, half_cosine
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, cos, minimum, pi

Place = tuple[float, float, int]  # where a period starts, how long it is, and how many were before
Longer = Callable[[float, float, int], float]


def longer(length: float, growth: float, before: int) -> float:
    """The length of the next period."""
    del before
    return length * growth


def _place(epoch: float, first: float, growth: float, longer: Longer, last: bool) -> Place:
    """Find the period that an epoch is in; `last` leaves its end to the one before."""
    start, length, before = 0.0, first, 0
    while epoch > start + length or (not last and epoch == start + length):
        start, before = start + length, before + 1
        length = longer(length, growth, before)
    return start, length, before


def _restarting(
    longer: Longer = longer,
    last: bool = False,
    stretch: float = 1.0,
    curve: Callable[[Exact], Exact] = half_cosine,
    peak: Callable[[int], Any] = lambda _before: 1,
) -> Body:
    def body(epoch: Exact, initial_lr: Exact, T_0: Exact, T_mult: Exact) -> Exact:
        at, first, growth = float(epoch), float(T_0), float(T_mult)
        start, length, before = _place(at, first, growth, longer, last)
        return initial_lr * peak(before) * curve(stretch * ((epoch - start) / length))

    return body


canonical("cosine_restarts", f"{SGDR}, equation 5; PyTorch, CosineAnnealingWarmRestarts")(
    named(
        "whole_rate_at_each_restart",
        "η₀ (1 + cos(π t / Tᵢ)) / 2, t since the restart, Tᵢ = T_0 · T_multⁱ.",
        _restarting(),
    )
)

RESTARTS = recipe("cosine_restarts", _restarting, **AROUND)

# --- conventions ----------------------------------------------------------------------------------

RESTARTS.enter(
    "dialect",
    "first-period-only",
    "Zero after the first period.",
    "timm, CosineLRScheduler(cycle_mul=...): cycle_limit = 1, its default",
    whole=lambda epoch, rate, first, _growth: rate * half_cosine(minimum(epoch, first) / first),
)
family(
    "cosine_restarts",
    "peaks-fall-by-{}",
    "Each restart is at {} times the rate of the one before.",
    "Keras, CosineDecayRestarts(m_mul=...); timm, CosineLRScheduler(cycle_decay=...)",
    lambda factor: {"peak": lambda before: factor**before},
    0.01,
    0.999,
)
family(
    "cosine_restarts",
    "falls-to-{}",
    "Falls to a rate of {}, not to zero.",
    "PyTorch, CosineAnnealingWarmRestarts(eta_min=...)",
    lambda least: {"least_rate": least},
    1e-10,
    0.05,
)
family(
    "cosine_restarts",
    "falls-to-the-share-{}",
    "Falls to η₀ times {}, not to zero.",
    "Keras, CosineDecayRestarts(alpha=...)",
    lambda share: {"floor": share},
    1e-6,
    0.9,
)

# --- mistakes -------------------------------------------------------------------------------------

RESTARTS.enter(
    "mistake",
    "growth-ignored",
    "All periods are as long as the first.",
    "epoch % T_0",
    longer=lambda length, _growth, _before: length,
)
RESTARTS.enter(
    "mistake",
    "growth-added",
    "Each period is T_mult epochs longer than the one before.",
    "+ for ×",
    longer=lambda length, growth, _before: length + growth,
)
RESTARTS.enter(
    "mistake",
    "growth-only-once",
    "The second period is longer, and all that follow are like it.",
    "T_0 · T_mult for Tᵢ · T_mult",
    longer=lambda length, growth, before: length * growth if before == 1 else length,
)
RESTARTS.enter(
    "mistake",
    "restarts-a-moment-late",
    "The epoch of each restart is still at zero.",
    "> for >=: the period's end taken for a part of it",
    last=True,
)


def _by_logarithm(epoch: Exact, initial_lr: Exact, T_0: Exact, T_mult: Exact) -> Exact:
    at, first, growth = float(epoch), float(T_0), float(T_mult)
    if growth == 1:
        start, length = at // first * first, first
    else:
        done = int(math.log(at / first * (growth - 1) + 1, growth))
        start = first * (growth**done - 1) / (growth - 1)
        length = first * growth**done
    return initial_lr * half_cosine((epoch - start) / length)


RESTARTS.enter(
    "mistake",
    "restart-rounded-away",
    "A logarithm counts the restarts, and misses some of them by a rounding: zero there.",
    "int(log(1 + (T_mult − 1) epoch / T_0) / log T_mult): log 243 / log 3 is below 5 in floats",
    whole=_by_logarithm,
)
RESTARTS.enter(
    "mistake",
    "never-restarts",
    "The cosine goes on past the first period, and rises as it fell.",
    "the restart is missing: a period of 2 T_0",
    whole=lambda epoch, rate, first, _growth: rate * half_cosine(epoch / first),
)
RESTARTS.enter(
    "mistake",
    "time-not-reset",
    "The time counts from epoch 0, in periods that grow all the same.",
    "epoch / Tᵢ for the time since the restart",
    whole=lambda epoch, rate, first, growth: (
        rate
        * half_cosine(epoch / _place(float(epoch), float(first), float(growth), longer, False)[1])
    ),
)
RESTARTS.enter(
    "mistake",
    "one-epoch-early",
    "Epoch 0 has begun to fall already, and restarts come an epoch early.",
    "epochs counted from one: pytorch/pytorch#23480, a step too many in PyTorch 1.1",
    clock=lambda epoch: epoch + 1,
)
RESTARTS.enter(
    "mistake",
    "full-period",
    "Falls to zero half-way and rises again before the restart.",
    "a full period in place of half of one",
    stretch=2.0,
)
RESTARTS.enter(
    "mistake",
    "twice-the-rate",
    "Starts at 2 η₀.",
    "the factor ½ is missing",
    factor=2,
)
RESTARTS.enter(
    "mistake",
    "cosine-not-raised",
    "η₀ cos(π t / Tᵢ): negative in the second half of each period.",
    "the 1 + is missing",
    curve=lambda gone: cos(pi() * gone),
)
