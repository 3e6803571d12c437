"""Cases of the schedules: every boundary, the epoch before it and the epoch after it."""

from __future__ import annotations

from gradmark.conformance.cases.case import Case


def _cases(
    formula: str, settings: dict[str, tuple[float, ...]], epochs: tuple[int, ...]
) -> list[Case]:
    return [
        Case(formula, f"{name}-epoch-{epoch}", (epoch, *setting))
        for name, setting in settings.items()
        for epoch in epochs
    ]


def make() -> dict[str, list[Case]]:
    """Make the cases of every schedule."""
    return {
        "step_decay": _cases(
            "step_decay",
            {"article": (0.1, 0.5, 20), "tenth": (1.0, 0.1, 7)},
            (0, 1, 6, 7, 8, 13, 14, 15, 19, 20, 21, 39, 40, 41, 99, 100),
        ),
        "exponential_decay": _cases(
            "exponential_decay",
            {"article": (0.1, 0.05), "slow": (1.0, 0.001), "fast": (0.3, 0.5)},
            (0, 1, 2, 10, 50, 99, 100),
        ),
        "cosine_annealing": _cases(
            "cosine_annealing",
            {"article": (0.1, 100), "short": (0.3, 10)},
            (0, 1, 2, 5, 9, 10, 11, 15, 50, 99, 100, 101, 150, 200),
        ),
        "warmup_cosine": _cases(
            "warmup_cosine",
            {
                "article": (0.1, 10, 100),
                "short": (0.3, 3, 12),
                "none": (0.2, 0, 20),
                # A rate above 1, which some code takes for a share that is more than whole.
                "large": (2.0, 3, 12),
            },
            (0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 20, 50, 99, 100, 101, 111, 150),
        ),
    }
