"""scikit-learn: the optimizers that its networks train with; the rest is plain functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from numpy import array

from ..assign import named
from ..binding import Binding
from ..driven import Driven
from ..words import Row
from .named import Roles, selecting

ROOT = "sklearn"
NAMES: Mapping[str, str] = {}


def owns(thing: Any) -> bool:
    """Whether a thing is an optimizer of scikit-learn's."""
    its = str(getattr(thing, "__module__", "")).split(".")[0] == ROOT
    return its and inspect.isclass(thing) and hasattr(thing, "update_params")


def hooks() -> dict[str, Callable[..., Any]]:
    """Return nothing: it computes with NumPy's arrays."""
    return {}


def recognises(name: str, kind: Any, row: Row, look: Any) -> Binding | None:
    """Bind an optimizer, which is handed lists of weights and gradients, and works in place."""
    options = {"lr_schedule": "constant", "power_t": 0.5}
    its = [p for p in named(kind) if p.name not in ("params", *options)]
    roles = Roles(its, row.hyper, selecting(kind, row, look.rows))

    def make(**hyper: Any) -> Driven:
        kept: list[Any] = []

        def advance(w: Any, g: Any, rate: float) -> Any:
            held = [array(w)]
            if not kept:
                kept.append(kind(held, **roles.arguments(hyper)))
            kept[0].learning_rate = kept[0].learning_rate_init = rate
            kept[0].update_params(held, [g])
            return held[0]

        return Driven(hyper, advance, lambda: kept)

    return roles.bound(
        row,
        name,
        f"{name}([w], …).update_params([w], [grad])",
        "scikit-learn",
        make,
    )
