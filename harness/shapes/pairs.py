"""Optimizers as two functions: ``init(params)``, and ``update(grads, state, params)``.

A third one makes both, or they are the methods of an object. Made anew they take another rate, if
nothing but settings is kept there.
"""

from __future__ import annotations

import ast
import inspect
from functools import partial
from itertools import product
from typing import Any

from numpy import array_equal

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import container, gradient_name, weights_name
from .driven import RATE, SIGNS, Driven, arrived, bound, fixed, is_change, probe
from .source import Source, spelled
from .stepped import vars_of
from .words import COUNTERS, Row

INITS = ("init", "init_fn", "init_state", "initialize", "initial_state")
UPDATES = ("update", "update_fn", "apply", "step", "apply_gradients")


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise what makes, or has, a function for the first state and one for a step."""
    del look
    if not row.stepped or not (
        _has_both(thing) if inspect.isclass(thing) else _returns_both(thing)
    ):
        return None
    roles = assign(named(thing), row.hyper)
    if "lr" not in roles.of:
        raise NotThisShapeError("no parameter is the learning rate")
    pinned = fixed(roles, Constants(thing, row))

    def parts(**hyper: Any) -> tuple[Any, Any]:
        return _both(thing(**roles.arguments(hyper)))

    try:
        update = probe(parts, row)(RATE)[1]
    except NotThisShapeError:
        raise
    except Exception as error:
        raise NotThisShapeError(f"making it raised {type(error).__name__}: {error}") from None
    how = _Update(update)

    def made(sign: float = 0.0, start: int = 0, *, anew: bool = True) -> Any:
        def make(**hyper: Any) -> Driven:
            state: list[Any] = []
            both: list[Any] = []
            counted = start - 1

            def advance(w: Any, g: Any, rate: float) -> Any:
                nonlocal counted
                if anew or not both:
                    both[:] = parts(**{**hyper, "lr": rate})
                if not state:
                    state.append(both[0](how.within.weights(w)))
                counted += 1
                answer, state[0] = how.taken(both[1], g, state[0], w, counted)
                return arrived(w, answer, sign)

            return Driven(hyper, advance, lambda: state)

        return make

    anew = not _remembers(made, row)
    made = partial(made, anew=anew)
    change = how.w is None or is_change(made(), row)
    ways = product(SIGNS if change else (0.0,), (0, 1) if how.counters else (0,))
    first, *others = (made(*way) for way in ways)
    call = f"{name}(…) → init, update({', '.join(how.names)})"
    return bound(
        name, row, call, "two functions", first, roles, pinned, others=tuple(others),
        lacks=() if anew else ("rate that changes",), certain=not change,
    )  # fmt: skip


def _remembers(made: Any, row: Row) -> bool:
    """Whether more than the state is kept between steps: who is made anew for each loses it."""
    w, g, ends = row.weights(0.5, -0.25), row.weights(0.75, 0.5), []
    for anew in (True, False):
        try:
            its = probe(made(anew=anew), row)(RATE)
            ends.append(its.step(its.step(w, g), g))
        except Exception:  # the verdict will say so, if it is of both
            ends.append(None)
    return not array_equal(*ends)


def _has_both(kind: Any) -> bool:
    return bool({*INITS} & vars_of(kind)) and bool({*UPDATES} & vars_of(kind))


def _returns_both(thing: Any) -> bool:
    """Whether a function returns two others, by their names: in a tuple, a dict or an object."""
    values = Source(thing).returned()
    last = values[-1] if values else None
    its = list(getattr(last, "elts", None) or getattr(last, "args", []))
    its += [keyword.value for keyword in getattr(last, "keywords", [])]
    its += getattr(last, "values", []) if isinstance(last, ast.Dict) else []
    names = [spelled(each).lower() for each in its]
    return len(names) == 2 and all(any(part in n for n in names) for part in ("init", "update"))


def _both(made: Any) -> tuple[Any, Any]:
    """Take the two functions from what has been made."""
    if isinstance(made, tuple) and not hasattr(made, "_fields"):
        first, second = made
        return (second, first) if "init" in getattr(second, "__name__", "") else (first, second)
    held = made if isinstance(made, dict) else {n: getattr(made, n, None) for n in dir(made)}
    found = [next((held[n] for n in names if callable(held.get(n))), None)
             for names in (INITS, UPDATES)]  # fmt: skip
    if None in found:
        raise NotThisShapeError("where its two functions are cannot be told")
    return found[0], found[1]


class _Update:
    """What each argument of an update is for, and what comes back."""

    def __init__(self, update: Any) -> None:
        source = Source(update)
        its = named(update)
        self.names = [p.name for p in its]
        states = [n for n in self.names if "state" in n.lower()]
        rest = [n for n in self.names if n not in states]
        slopes = [n for n in rest if n == "updates"]  # as Optax calls them
        g = gradient_name(rest) or (slopes[0] if slopes else None)
        self.w = weights_name([n for n in rest if n != g and n.lower() not in COUNTERS])
        self.counters = [n for n in rest if n.lower() in COUNTERS and n not in (g, self.w)]
        known = {g, self.w, *states, *self.counters}
        unknown = [p.name for p in its if p.name not in known and p.default is p.empty]
        if g is None or len(states) != 1 or unknown:
            raise NotThisShapeError(f"what update({', '.join(self.names)}) takes cannot be told")
        self.g, self.state = g, states[0]
        self.within = container(source, self.w or self.g, self.g)
        value = source.returned()[-1] if source.returned() else None
        elements = getattr(value, "elts", [])
        if len(elements) != 2:
            raise NotThisShapeError("its update does not return two things")
        self.state_first = "state" in spelled(elements[0]).lower()

    def taken(self, step: Any, g: Any, state: Any, w: Any, count: int) -> tuple[Any, Any]:
        """Take a step; return what it makes of the weights, and its state."""
        given = {self.g: self.within.gradient(g), self.state: state}
        given.update(dict.fromkeys(self.counters, count))
        if self.w is not None:
            given[self.w] = self.within.weights(w)
        first, second = step(**given)
        if self.state_first:
            first, second = second, first
        return self.within.read(first), second
