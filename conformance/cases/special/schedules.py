"""The schedules beyond the article's: every boundary, the step before it and the step after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw
from gradmark.conformance.cases.own import case, points, special

Setting = tuple[str, tuple[Any, ...], tuple[float, ...]]  # its name, its numbers, its steps

SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "linear_warmup": (
        ("usual", (0.1, 10), (0, 1, 2, 5, 8, 9, 10, 11, 12, 50)),
        ("odd", (0.3, 7), (1, 3, 5, 6, 7, 8)),
        ("high", (5.0, 4), (0, 1, 3, 4, 5)),
        ("none", (0.2, 0), (0, 1, 20)),
        ("one", (0.2, 1), (0, 1, 2)),
        ("long", (1.0, 4000), (1, 1234, 3999, 4000, 4001)),
        ("zero", (0.0, 10), (3, 20)),
    ),
    "polynomial_decay": (
        ("line", (0.1, 1e-4, 10, 1.0), (0, 1, 5, 9, 10, 11, 20, 25)),
        ("square", (1.0, 0.1, 8, 2.0), (0, 1, 4, 7, 8, 9, 15, 17)),
        ("poly", (0.3, 0.02, 15, 0.9), (0, 1, 7, 14, 15, 16)),
        ("root", (0.5, 0.0, 12, 0.5), (0, 3, 11, 12, 13)),
        ("cube", (2.0, 0.5, 6, 3.0), (0, 1, 3, 5, 6)),
        ("long", (1.0, 0.01, 300, 2.0), (1, 123, 299, 300, 301)),
        ("zero", (0.0, 0.0, 10, 1.0), (4,)),
    ),
    "multi_step_decay": (
        ("usual", (0.1, [30, 60, 80], 0.1), (0, 29, 30, 31, 59, 60, 61, 79, 80, 81, 200)),
        ("two", (1.0, [3, 7], 0.5), (0, 2, 3, 4, 6, 7, 8, 10, 11)),
        ("one", (0.3, [5], 0.9), (0, 4, 5, 6, 12)),
        ("close", (2.0, [1, 2, 3, 4, 6], 0.7), (0, 1, 2, 3, 4, 5, 6, 7)),
        ("long", (1.0, [1000, 4000], 0.3), (999, 1000, 1001, 3999, 4000, 4001)),
        ("zero", (0.0, [30, 60], 0.1), (45,)),
    ),
    "cosine_restarts": (
        ("usual", (0.1, 10, 1), (0, 1, 5, 9, 10, 11, 19, 20, 25)),
        ("doubled", (1.0, 3, 2), (0, 1, 2, 3, 4, 8, 9, 10, 20, 21, 22)),
        ("tripled", (0.3, 1, 3), (0, 1, 2, 4, 12, 13, 14, 40, 121, 122)),
        ("between", (0.5, 4, 2), (0.5, 3.75, 4.25, 11.5, 12.5)),
        ("one", (0.2, 1, 1), (0, 1, 2, 7)),
        ("long", (1.0, 500, 2), (1, 499, 500, 1234, 1500, 3499, 3500)),
        ("zero", (0.0, 10, 1), (5,)),
    ),
    "noam": (
        ("paper", (512, 4000), (1, 2, 100, 3999, 4000, 4001, 100000)),
        ("small", (64, 4), (1, 2, 3, 4, 5, 9)),
        ("narrow", (7, 20), (1, 2, 10, 19, 20, 21, 30)),
        ("at-once", (16, 1), (1, 2, 4)),
    ),
    "one_cycle": (
        ("usual", (0.1, 20, 0.3, 25.0, 1e4), (0, 1, 3, 5, 6, 7, 12, 17, 19, 20, 21, 30)),
        ("half", (1.0, 10, 0.5, 4.0, 8.0), (0, 1, 4, 5, 6, 9, 10, 11)),
        ("quarter", (0.3, 16, 0.25, 10.0, 100.0), (0, 3, 4, 5, 10, 13, 14, 15, 16, 17)),
        ("between", (2.0, 50, 0.17, 10.0, 3.0), (0, 5, 8, 9, 16, 30, 42, 43, 49, 50, 51)),
        ("long", (1.0, 5000, 0.3, 25.0, 1e4), (1, 1499, 1500, 1501, 4000, 4999, 5000)),
        ("zero", (0.0, 20, 0.3, 25.0, 1e4), (4,)),
    ),
    "warmup_stable_decay": (
        ("usual", (0.1, 5, 8, 7), (0, 1, 4, 5, 6, 7, 8, 12, 13, 14, 17, 19, 20, 21, 30)),
        ("odd", (1.0, 3, 4, 5), (0, 2, 3, 4, 6, 7, 8, 11, 12, 13)),
        ("high", (3.0, 4, 1, 10), (0, 1, 3, 4, 5, 6, 14, 15)),
        ("no-warmup", (0.2, 0, 3, 4), (0, 2, 3, 4, 6, 7)),
        ("no-plateau", (0.2, 3, 0, 4), (0, 2, 3, 4, 6, 7)),
        ("long", (1.0, 1000, 3000, 1000), (1, 999, 1000, 3999, 4000, 4500, 4999, 5000)),
        ("zero", (0.0, 5, 8, 7), (2, 15)),
    ),
    "inverse_time_decay": (
        ("usual", (0.1, 0.05), (0, 1, 2, 10, 50, 100)),
        ("fast", (1.0, 0.5), (0, 1, 2, 3, 7, 15)),
        ("slow", (0.3, 0.003), (1, 10, 100, 1000)),
        ("high", (5.0, 2.0), (0, 1, 4, 9)),
        ("long", (1.0, 0.01), (1500, 5000)),
        ("zero", (0.0, 0.05), (3,)),
    ),
}  # fmt: skip


def _made(formula: str) -> Callable[[Draw], Iterator[Case]]:
    def made(draw: Draw) -> Iterator[Case]:
        del draw
        for name, setting, steps in SETTINGS[formula]:
            for step in steps:
                yield case(formula, f"{name}-step-{step}", step, *setting)

    return made


@points("multi_step_decay")
def around_milestones(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give settings of every size, each at its milestones and between them."""
    del dtype
    for _ in range(8):
        ends = sorted(draw.choice(np.arange(1, 3000), int(draw.integers(1, 5)), False).tolist())
        rate, drop = float(10 ** draw.uniform(-7, 2)), float(draw.uniform(0.01, 0.95))
        for end in ends:
            for epoch in (end - 1, end, end + int(draw.integers(1, 50))):
                yield epoch, rate, ends, drop


for _formula in SETTINGS:
    special(_formula)(_made(_formula))
