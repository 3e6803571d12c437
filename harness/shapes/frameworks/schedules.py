"""Schedules of frameworks: a factory, or a class, of what is called with the step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..assign import named
from ..binding import Binding
from ..words import Row
from .named import Roles, key, selecting

OWNERS = ("keras", "tensorflow", "optax", "jax", "mlx", "paddle")
Convert = Callable[[dict[str, Any]], dict[str, Any]]
Converted = Mapping[tuple[str, str], Convert]


def decay_with_steps(rate: str, steps: str, factor: str) -> dict[tuple[str, str], Convert]:
    """Return how a decay by a factor in so many steps is told the contract's rate of decay."""

    def exponential(its: dict[str, Any]) -> dict[str, Any]:
        # A factor of 1/e per 1/k epochs: of one per epoch, the rounding would grow with the epoch.
        return {rate: its["initial_lr"], steps: 1 / its["decay_rate"], factor: math.exp(-1)}

    def stepped(its: dict[str, Any]) -> dict[str, Any]:
        return {rate: its["initial_lr"], steps: its["epochs_drop"], factor: its["drop"]}

    def inverse(its: dict[str, Any]) -> dict[str, Any]:
        return {rate: its["initial_lr"], steps: 1, factor: its["decay_rate"]}

    return {
        ("exponentialdecay", "exponential_decay"): exponential,
        ("exponentialdecay", "step_decay"): stepped,
        ("inversetimedecay", "inverse_time_decay"): inverse,
    }


def by_factory(
    name: str,
    factory: Any,
    row: Row,
    look: Any,
    converted: Converted,
    at: Callable[[Any], Any] = lambda step: step,
) -> Binding:
    """Bind what makes a schedule from its settings."""
    time = next(p.name for p in row.params if p.role == "time")
    wanted = [p for p in row.params if p.name != time]
    convert = converted.get((key(getattr(factory, "__name__", name)), row.name))
    if not str(getattr(factory, "__module__", "")).startswith(OWNERS):
        convert = None  # it is somebody's own, of the same name
    roles = Roles(named(factory), wanted, selecting(factory, row, look.rows), convert)
    names = [p.name for p in row.params if p.name not in roles.without]

    def stands(*arguments: Any) -> float:
        given = dict(zip(names, arguments))
        step = given.pop(time)
        return float(factory(**roles.arguments(given))(at(step)))

    return roles.bound(
        row,
        name,
        f"{name}(…)({time})",
        "schedule",
        stands,
    )
