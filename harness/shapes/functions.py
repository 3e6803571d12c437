"""Functions of several arguments: each is given its own by its name, and by its place if it must.

It serves what has no shape of its own. Under the contract's own name the place may tell what no
name tells; then the other orders remain possible, and the binding is not certain.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import islice, permutations
from typing import Any

from numpy import array, array_equal, ndarray, ndim

from . import native
from .assign import SILENT, is_off, named, ways
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .words import Param, Row

OWN_SHAPES = ("loss", "gradient", "activation", "schedule", "chance")  # kinds that have them
MOST = 5  # orders that are tried
Order = dict[str, str]  # the contract's names, and the function's own


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a function by the names of its arguments."""
    del look
    if row.stepped or inspect.isclass(thing):
        return None
    is_own = name == row.name
    if row.kind in OWN_SHAPES and not is_own:
        return None  # it has been looked at
    its = named(thing)
    known = _known(its, row)
    left = [p.name for p in its if p.default is p.empty and p.name not in known.values()]
    missing = [p for p in row.params if p.name not in known]
    if len(left) > 1 and not is_own:
        raise NotThisShapeError(f"which of {', '.join(left)} is which cannot be told")
    if len(left) > len(missing):
        raise NotThisShapeError(f"what {', '.join(left)} is for is not known")
    orders = [
        {**known, **{p.name: own for p, own in zip(taken, left)}}
        for taken in islice(permutations(missing, len(left)), MOST)
    ]
    fixed = _written(thing, row, orders[0])
    asked = [_asked(thing, row, order) for order in orders]
    of = {own: role for role, own in orders[0].items()}
    spelled = [p.name for p in its if p.name in of]
    call = ", ".join(own if own == of[own] else f"{own}={of[own]}" for own in spelled)
    found = Binding(
        row.name,
        name,
        f"{name}({call})",
        "function",
        asked[0],
        pinned=fixed,
        without=tuple(p.name for p in missing if p.neutral is not None and p.name not in orders[0]),
        lacks=tuple(dict.fromkeys(f"any {row.param(n).role}" for n in fixed)),
        certain=not (left or fixed or _others(its, of)),
        others=tuple(asked[1:]),
    )
    if is_own and row.kind == "in hand" and [of[own] for own in spelled] == [*orders[0]]:
        whole = "axis" not in {p.name for p in its}
        as_is = found.certain and whole and not native.is_adapted(thing)
        found.as_is = as_is and _returns_arrays(thing, row)
    return found


def _returns_arrays(thing: Any, row: Row) -> bool:
    """Find out by trying whether it answers with arrays, whatever it writes to; or raises."""
    tried = [array([3.0, 4.0]) if p.is_array else p.usual or 1.0 for p in row.params]
    try:
        answer = thing(*([one] if p.many else one for p, one in zip(row.params, tried)))
    except Exception:  # the verdict will say so
        return True
    return isinstance(answer, (list, ndarray))


def _others(its: list[inspect.Parameter], of: dict[str, str]) -> list[str]:
    """List the options that do something, though nobody sets them; what that is is not known."""
    return [p.name for p in its if p.name not in (*of, *SILENT) and not is_off(p.default)]


def _known(its: list[inspect.Parameter], row: Row) -> Order:
    """List the arguments that their names tell; what may be two things is told by none."""
    every = ways(row.params, [p.name for p in its])
    most = max(map(len, every))
    best = [way for way in every if len(way) == most]
    return {name: own for name, own in best[0].items() if all(w.get(name) == own for w in best)}


def _written(thing: Any, row: Row, order: Order) -> dict[str, float]:
    """Read the numbers that no argument is for where they are written into the code."""
    fixed = {}
    for parameter in row.params:
        if parameter.name in order or parameter.neutral is not None:
            continue
        value = parameter.declared
        value = _number(thing, row, parameter) if value is None else value
        if value is None:
            raise NotThisShapeError(f"no parameter is the {parameter.name}")
        fixed[parameter.name] = value
    return fixed


def _number(thing: Any, row: Row, parameter: Param) -> float | None:
    return None if parameter.is_array else Constants(thing, row).of(parameter)


def _asked(thing: Any, row: Row, order: Order) -> Callable[..., Any]:
    """Return the function as the contract calls it."""
    places = [p.name for p in row.params]
    kinds = {p.name: p.kind for p in named(thing)}
    in_place = row.kind == "in hand" and row.arrays_returned == 1  # clipping and averages may be

    def ask(*given: Any) -> Any:
        values = {order[n]: value for n, value in zip(places, given) if n in order}
        first = values.get(order.get(places[0], ""))
        before = _copied(first) if in_place else None
        by_place = [values.pop(n) for n, kind in kinds.items() if kind == 0 and n in values]
        answer = _one(thing(*by_place, **values), row)
        return _of_argument(answer, first, before) if in_place else answer

    return ask


def _one(answer: Any, row: Row) -> Any:
    """Return what was asked for of what comes with more: (value, cache), (clipped, norm)."""
    if not isinstance(answer, tuple) or row.arrays_returned > 1:
        return answer
    if row.returns_lists:
        return answer[0] if isinstance(answer[0], (list, tuple)) else answer
    return answer[0]


def _of_argument(answer: Any, given: Any, before: Any) -> Any:
    """Return the answer; if that is no array, what the argument has become, and undo that."""
    if answer is not None and (_is_number(given) or isinstance(answer, (list, tuple, ndarray))):
        return answer
    kept = _copied(given)
    for one, was in zip(_listed(given), _listed(before)):
        if not array_equal(one, was, equal_nan=True):
            one[...] = was
    return kept


def _is_number(given: Any) -> bool:
    return not isinstance(given, list) and ndim(given) == 0


def _listed(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else [value]


def _copied(value: Any) -> Any:
    return [array(one) for one in value] if isinstance(value, (list, tuple)) else array(value)
