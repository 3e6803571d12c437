"""Settings that a constructor takes in one object or dict: ``Adam(config)``, ``config.lr``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from .assign import named
from .source import Source, spelled
from .words import Row

BOXES = frozenset(
    "config cfg conf options opts hyper hp hparams hyperparams hyperparameters settings args"
    " params_config".split()
)


class Box:
    """One parameter that holds settings: what they are called there, and how it is made."""

    def __init__(self, name: str, its: list[inspect.Parameter], make: Callable[..., Any]) -> None:
        self.name, self.its, self.make = name, its, make

    def packed(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Put the settings among some arguments into the one that holds them."""
        names = {p.name for p in self.its}
        inside = {n: v for n, v in arguments.items() if n in names}
        return {**{n: v for n, v in arguments.items() if n not in names},
                self.name: self.make(**inside)}  # fmt: skip


def box(thing: Any, ctor: list[inspect.Parameter], row: Row, look: Any) -> Box | None:
    """Find the parameter that holds settings, by its name or by the class that it is said to be."""
    for parameter in ctor:
        kind = _kind(parameter, look)
        if kind is not None and any(h.is_called(p.name) for p in named(kind) for h in row.hyper):
            return Box(parameter.name, named(kind), kind)
        if parameter.name.lower() in BOXES and parameter.default in (parameter.empty, None):
            return _read(parameter.name, Source(thing))
    return None


def _kind(parameter: inspect.Parameter, look: Any) -> Any:
    """Return the contender's own class that a parameter is annotated with."""
    told = parameter.annotation
    kind = look.things.get(told.strip("'\"")) if isinstance(told, str) else told
    return kind if inspect.isclass(kind) and kind in look.things.values() else None


def _read(name: str, source: Source) -> Box:
    """Read what code looks up in a parameter, or in what it is kept as."""
    kept = {name, *(spelled(to) for to, its in source.assigned() if spelled(its) == name)}
    kept |= {spelled(to) for to, its in source.assigned() if spelled(its) in kept}
    keys = [key for own in kept for key in source.keys_of(own)]
    attributes = [] if keys else [a for own in sorted(kept) for a in source.attributes_of(own)]
    own = [key for key in dict.fromkeys([*keys, *attributes]) if key.isidentifier()]
    its = [inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None) for key in own]
    return Box(name, its, dict if keys else SimpleNamespace)
