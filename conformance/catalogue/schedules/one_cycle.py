"""The one-cycle policy: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.schedules.around import at_another_epoch, times
from gradmark.conformance.catalogue.schedules.curves import half_cosine_up
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, minimum

SMITH = "Smith and Topin 2017"

Levels = tuple[Exact, Exact, Exact]  # where it begins, its peak, and where it ends
Leg = tuple[Exact, Exact, Exact]  # the step at which it ends, and its rates there and back


def _levels(peak: Exact, div: Exact, final: Exact) -> Levels:
    first = peak / div
    return first, peak, first / final


def _ends(share: Exact, total: Exact) -> tuple[Exact, Exact]:
    return share * total, total


def _two_legs(levels: Levels, ends: tuple[Exact, Exact]) -> list[Leg]:
    first, peak, last = levels
    return [(ends[0], first, peak), (ends[1], peak, last)]


def _three_legs(levels: Levels, share: Exact, total: Exact) -> list[Leg]:
    first, peak, last = levels
    return [
        (share * total - 1, first, peak),
        (2 * share * total - 2, peak, first),
        (total - 1, first, last),
    ]


def _on(legs: list[Leg], step: Exact, curve: Callable[[Exact], Exact], hold: bool) -> Exact:
    """Find the leg that a step is on, and the rate there."""
    start: Any = 0
    for end, a, b in legs:
        if step < end or (end, a, b) == legs[-1]:
            at = minimum(step, end) if hold else step
            return a + (b - a) * curve((at - start) / (end - start))
        start = end
    raise AssertionError("no leg is the last")


def _cycling(
    levels: Callable[[Exact, Exact, Exact], Levels] = _levels,
    ends: Callable[[Exact, Exact], tuple[Exact, Exact]] = _ends,
    curve: Callable[[Exact], Exact] = lambda gone: gone,
    hold: bool = True,
) -> Body:
    def body(
        step: Exact, max_lr: Exact, total_steps: Exact, pct_start: Exact, div: Exact, final: Exact
    ) -> Exact:
        legs = _two_legs(levels(max_lr, div, final), ends(pct_start, total_steps))
        return _on(legs, step, curve, hold)

    return body


canonical("one_cycle", SMITH)(
    named(
        "two_lines",
        "A line up to the peak at pct_start · T, another down to η̂ / (div · final).",
        _cycling(),
    )
)

CYCLE = recipe("one_cycle", _cycling, clock=at_another_epoch, factor=times)

# --- conventions ----------------------------------------------------------------------------------

CYCLE.enter(
    "dialect",
    "cosine-legs",
    "Both legs are half a cosine.",
    "Optax, cosine_onecycle_schedule; PyTorch, OneCycleLR(anneal_strategy='cos'), its default",
    curve=half_cosine_up,
)
CYCLE.enter(
    "dialect",
    "legs-end-a-step-early",
    "The legs end at pct_start · T − 1 and T − 1, which is the last of T steps counted from 0.",
    "PyTorch, OneCycleLR(anneal_strategy='linear')",
    ends=lambda share, total: (share * total - 1, total - 1),
)
CYCLE.enter(
    "dialect",
    "peak-at-a-whole-step",
    "The peak is at the whole step before pct_start · T.",
    "Optax, piecewise_interpolate_schedule in cosine_onecycle_schedule: int(pct_start * steps)",
    ends=lambda share, total: (0 * total + int(float(share * total)), total),
)
CYCLE.enter(
    "dialect",
    "ends-at-a-share-of-the-peak",
    "Ends at η̂ / final_div_factor: that is no share of the rate that it begins with.",
    "fastai, fit_one_cycle(div_final=...)",
    levels=lambda peak, div, final: (peak / div, peak, peak / final),
)


def _three_phases(
    step: Exact, max_lr: Exact, total_steps: Exact, pct_start: Exact, div: Exact, final: Exact
) -> Exact:
    legs = _three_legs(_levels(max_lr, div, final), pct_start, total_steps)
    return _on(legs, step, lambda gone: gone, hold=True)


CYCLE.enter(
    "dialect",
    "three-phases",
    "Down to the first rate as fast as up, then further to the last: lines of PyTorch's lengths.",
    f"{SMITH}; PyTorch, OneCycleLR(three_phase=True): pytorch/pytorch#40362",
    whole=_three_phases,
)


def _to_85_percent(
    step: Exact, max_lr: Exact, total_steps: Exact, pct_start: Exact, div: Exact, final: Exact
) -> Exact:
    first, peak, last = _levels(max_lr, div, final)
    top, bottom = (int(float(share * total_steps)) for share in (pct_start, 0 * pct_start + 0.85))
    zero = 0 * total_steps
    legs = [(zero + top, first, peak), (zero + bottom, peak, first), (total_steps, first, last)]
    return _on(legs, step, lambda gone: gone, hold=True)


CYCLE.enter(
    "dialect",
    "three-phases-to-85-percent",
    "Down to the first rate at the step of 85 %, then further to the last.",
    "Optax, linear_onecycle_schedule(pct_final=0.85), its default",
    whole=_to_85_percent,
)

# --- mistakes -------------------------------------------------------------------------------------

CYCLE.enter(
    "mistake",
    "goes-on-after-the-end",
    "The second leg goes on past T: a line below zero, or a cosine that rises again.",
    "pytorch/pytorch#91765: the last rate read after one step too many",
    hold=False,
)
CYCLE.enter(
    "mistake",
    "starts-at-zero",
    "The first leg starts at zero.",
    "div_factor is ignored on the way up",
    levels=lambda peak, div, final: (0 * peak, peak, peak / div / final),
)
CYCLE.enter(
    "mistake",
    "ends-where-it-began",
    "The second leg ends at the first rate.",
    "final_div_factor is ignored",
    levels=lambda peak, div, _final: (peak / div, peak, peak / div),
)
CYCLE.enter(
    "mistake",
    "falls-to-zero",
    "The second leg ends at zero.",
    "a line of (T − step) / (T − a), without the last rate",
    levels=lambda peak, div, _final: (peak / div, peak, 0 * peak),
)
CYCLE.enter(
    "mistake",
    "peak-in-the-middle",
    "The peak is at T / 2, whatever pct_start is.",
    "pct_start is ignored",
    ends=lambda _share, total: (total / 2, total),
)
CYCLE.enter(
    "mistake",
    "legs-swapped",
    "The first leg is as long as the second should be.",
    "1 − pct_start",
    ends=lambda share, total: ((1 - share) * total, total),
)


def _from_step_zero(
    step: Exact, max_lr: Exact, total_steps: Exact, pct_start: Exact, div: Exact, final: Exact
) -> Exact:
    first, peak, last = _levels(max_lr, div, final)
    top = pct_start * total_steps
    if step < top:
        return first + (peak - first) * (step / top)
    return peak + (last - peak) * (minimum(step, total_steps) / total_steps)


CYCLE.enter(
    "mistake",
    "second-leg-from-step-zero",
    "The second leg counts from step 0: the rate jumps down at the peak.",
    "step / T for (step − a) / (T − a)",
    whole=_from_step_zero,
)
CYCLE.enter(
    "mistake",
    "one-step-late",
    "Step 1 is like step 0.",
    "the rate read before the schedule's step",
    clock=lambda step: step - 1 if step > 0 else step,
)
