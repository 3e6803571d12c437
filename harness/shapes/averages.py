"""Exponential averages that an object keeps: ``EMA(decay).update(value)``, ``EMA(params, decay)``.

What it makes of its first value, or of few, is its own: it is asked with an average to go on from.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numpy import array, asarray

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .words import Row

METHODS = ("update", "step", "__call__", "add", "apply")
KEPT = ("shadow", "average", "avg", "ema", "value", "mean", "averages", "shadow_params")
Box = Callable[[Any], Any]  # into which an array is put, as one of several that have names
BOXES: tuple[Box, ...] = (lambda its: its, lambda its: {"w": its}, lambda its: [its])


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a class whose objects are told a value at a time."""
    if row.name != "ema" or not inspect.isclass(thing):
        return None
    decay, its = row.param("decay"), named(thing)
    held = [p.name for p in its if p.default is p.empty and not decay.is_called(p.name)]
    roles = assign([p for p in its if p.name not in held], [decay])
    method = look.method(thing, METHODS)
    due = [p.name for p in named(getattr(thing, method))[1:] if p.default is p.empty]
    if "decay" not in roles.of or len(held) > 1 or len(due) != 1:
        raise NotThisShapeError(f"what {method}({', '.join(due)}) averages cannot be told")

    def asking(box: Box) -> Callable[..., Any]:
        def ask(average: Any, value: Any, decay: Any) -> Any:
            begun = {held[0]: box(array(average))} if held else {}
            made = thing(**roles.arguments({"decay": decay}), **begun)
            if not held:
                getattr(made, method)(box(array(average)))
            own = next(n for n in KEPT if n in vars(made))
            setattr(made, own, box(array(average)))
            answer = getattr(made, method)(box(array(value)))
            answer = getattr(made, own) if answer is None else answer
            inner = answer["w"] if isinstance(answer, dict) else answer
            return asarray(inner[0] if isinstance(inner, list) else inner)

        return ask

    call = f"{name}({', '.join(p.name for p in its)}).{method}({due[0]})"
    for ask in sorted(map(asking, BOXES), key=_works, reverse=True):
        if _works(ask):
            return Binding(row.name, name, call, "average", ask, guessed=True)
    raise NotThisShapeError("where it keeps its average cannot be told")


def _works(ask: Callable[..., Any]) -> int:
    """Tell what answers with an average from what does not, and better still what changes it."""
    average = array([1.0, 2.0])
    try:
        answer = ask(average, array([3.0, 4.0]), 0.75)
    except Exception:  # whatever it raises: it is told otherwise
        return 0
    return int(answer.shape == average.shape) * (1 + int((answer != average).any()))
