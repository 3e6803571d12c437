"""What is asked of what is drawn: each question several times, each time with another seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special
from gradmark.harness.worker import Seed

FEW, MANY = 2, 64  # calls
# One call of few entries first: who fails at all is shown by it.
TABLES: tuple[tuple[str, tuple[int, ...], float, int], ...] = (
    ("few", (8, 8), 0.5, MANY),
    ("half", (256, 256), 0.5, FEW),
    ("fifth", (256, 256), 0.2, FEW),
    ("most", (300, 200), 0.85, FEW),
    ("vector", (1000,), 0.3, MANY),  # short: a mask of (n, 1) makes a table of it
    ("pictures", (16, 32, 8, 8), 0.4, FEW),
)
# Layers that are as small as can be, wide, and narrow: the fans tell forms apart.
LAYERS: tuple[tuple[str, tuple[int, int], int], ...] = (
    ("small", (3, 5), MANY),
    ("one-input", (1, 5), FEW),
    ("one-output", (5, 1), FEW),
    ("wide", (200, 300), FEW),
    ("narrow", (300, 200), FEW),
    ("few-inputs", (2, 30000), FEW),
    ("few-outputs", (30000, 2), FEW),
)


def _calls(formula: str, name: str, arguments: tuple[Any, ...], draw: Draw, n: int) -> list[Case]:
    """Ask one question several times: what is drawn differs, and nothing else."""
    seeds = draw.integers(2**31, size=n)
    named = ((f"{name}-{call}", Seed(seed)) for call, seed in enumerate(seeds, 1))
    return [case(formula, its, *arguments, seed) for its, seed in named]


@special("dropout")
def _of_tables(draw: Draw) -> Iterator[Case]:
    for name, shape, rate, calls in TABLES:
        # No zeros: what 0 is multiplied with cannot be told.
        x = draw.choice([-1.0, 1.0], size=shape) * draw.uniform(0.5, 2.0, size=shape)
        yield from _calls("dropout", name, (x, rate), draw, calls)


def _of_layers(formula: str) -> None:
    @special(formula)
    def _asked(draw: Draw) -> Iterator[Case]:
        for name, fans, calls in LAYERS:
            yield from _calls(formula, name, fans, draw, calls)


for _formula in ("glorot_uniform", "he_normal"):
    _of_layers(_formula)
