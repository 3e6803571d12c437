"""What an optimizer keeps, looked up by its name in whatever it lies in."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

MOST = 200  # places that are looked into: an object may lead anywhere


def shown(name: str, *held: Any) -> Any:
    """Return what is kept under a name, what lies nearest first: of several weights, the first's.

    Raises
    ------
    AttributeError
        Nothing is kept under it.
    """
    places = [*held]
    for place in places:  # which grows on the way
        inner = _inside(place)
        for own in (name, f"_{name}"):
            its = inner.get(own)
            if its is not None and not callable(its):
                return _first(its)
        places += [*inner.values()][: MOST - len(places)]
    raise AttributeError(name)


def cells(function: Any) -> dict[str, Any]:
    """Return the variables that an inner function shares with the one around it."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # it has no value yet
            continue
    return found


class Running:
    """The variables of a function that waits for gradients.

    What it keeps is there before the first one; what it was given is none of it. It may have
    counted on since the last one, so that its numbers are not shown.
    """

    def __init__(self, code: Any) -> None:
        self._code = code
        self._frame: Any = None
        self._kept: set[str] = set()

    def look(self, frame: Any = None) -> None:
        """Find the function: in a frame, or among those that call."""
        frame = frame or sys._getframe(1)
        while frame is not None and frame.f_code is not self._code:
            frame = frame.f_back
        if frame is not None and self._frame is None:
            code = frame.f_code
            given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            self._kept = {*frame.f_locals} - {*given}
        self._frame = frame

    def held(self) -> dict[str, Any]:
        """Return what it keeps."""
        its = {} if self._frame is None else self._frame.f_locals
        return arrays({n: v for n, v in its.items() if n in self._kept})


def arrays(its: Any) -> dict[str, Any]:
    """Return what is inside of something, but for numbers."""
    return {n: v for n, v in _inside(its).items() if not isinstance(v, (int, float))}


def _inside(place: Any) -> dict[Any, Any]:
    if isinstance(place, dict):
        return place
    if hasattr(place, "_fields"):
        return {name: getattr(place, name) for name in place._fields}
    if isinstance(place, (list, tuple)):
        return dict(enumerate(place))
    if hasattr(place, "shape") or isinstance(place, (type, ModuleType)):  # an array, or code
        return {}
    return {**getattr(place, "__dict__", {}), **_slots(place)}


def _slots(place: Any) -> dict[str, Any]:
    names = [n for kind in type(place).__mro__ for n in getattr(kind, "__slots__", ())]
    return {n: getattr(place, n) for n in names if isinstance(n, str) and hasattr(place, n)}


def _first(value: Any) -> Any:
    while isinstance(value, (dict, list, tuple)) and value:
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value
