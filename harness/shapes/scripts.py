"""Optimizers as loops of a script, over dicts that are its own: weights, gradients, state.

The loop stands in the file's body, or in a function that takes nothing of them. It is executed by
itself, over dicts of ours. Whether it is to go down a gradient or up one, as rewards want it, no
name says: that it goes up accuses nobody.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from numpy import array, zeros_like

from .assign import assign
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .driven import Driven, bound, first_of, fixed
from .functional import adds_one
from .source import Source, spelled
from .words import COUNTERS, Row, is_gradient, keys, mentions, words

KEY = "w"


def bindings(things: dict[str, Any], rows: list[Row]) -> list[Binding]:
    """Bind the loops of a contender's files that speak of one of these formulas."""
    found = []
    for path, names in _files(things).items():
        text = "".join(linecache.getlines(path))
        for owner, loop in _loops(ast.parse(text)):
            for row in rows:
                try:
                    found += [_bound(owner, loop, names, row)] if _speaks(owner, loop, row) else []
                except Exception:  # a contender's loop may raise where it is tried, or return
                    continue
    return found


def _files(things: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """List the files that functions are of, each with its own names."""
    functions = [thing for thing in things.values() if inspect.isfunction(thing)]
    return {each.__code__.co_filename: each.__globals__ for each in functions}


def _loops(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.For]]:
    """List the loops of a file that are in no class, with the function that each is in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.For):
            yield owner, node
        if not isinstance(node, ast.ClassDef):
            yield from _loops(node, node.name if isinstance(node, ast.FunctionDef) else owner)


def _speaks(owner: str, loop: ast.For, row: Row) -> bool:
    """Whether the function that it is in, or what it keeps, is called like a formula."""
    kept = [spelled(n.value) for n in ast.walk(loop) if isinstance(n, ast.Subscript)]
    return any(mentions(own, row.names) for own in (owner, *kept)) or bool(
        owner and {*keys(owner)} & {keys(own)[0] for own in row.names}
    )


class _Parts:
    """What each variable of a loop is."""

    def __init__(self, loop: ast.For, names: dict[str, Any]) -> None:
        key = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
        over = loop.iter.func.value if _is_items(loop.iter) else loop.iter  # type: ignore[attr-defined]  # it is a call
        self.weights = spelled(over)
        own = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name)}
        stored = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name)
                  and isinstance(n.ctx, ast.Store)}  # fmt: skip
        places = [n for n in ast.walk(loop) if isinstance(n, ast.Subscript)
                  and spelled(n.slice) == spelled(key) != ""]  # fmt: skip
        by_key = {spelled(n.value) for n in places}
        written = {spelled(n.value) for n in places if isinstance(n.ctx, ast.Store)}
        rest = by_key - {self.weights}
        slopes = {n for n in rest if is_gradient(n) or "grad" in words(n) or n[:1] == "d"}
        if self.weights not in written or len(slopes) != 1 or "" in by_key:
            raise NotThisShapeError("which of its dicts are weights and gradients cannot be told")
        self.slopes = slopes.pop()
        self.states = by_key - {self.weights, self.slopes}
        if not self.states <= written:
            raise NotThisShapeError("what it looks up cannot be told")
        known = {n for n in names if callable(names[n]) or isinstance(names[n], ModuleType)}
        rest = own - stored - by_key - {self.weights} - known - {*vars(builtins)}
        self.counters = {n for n in rest if n.lower() in COUNTERS}
        self.settings = sorted(rest - self.counters)


def _is_items(its: ast.expr) -> bool:
    return isinstance(its, ast.Call) and getattr(its.func, "attr", "") in ("items", "keys")


def _bound(owner: str, loop: ast.For, names: dict[str, Any], row: Row) -> Binding:
    parts = _Parts(loop, names)
    kind = inspect.Parameter.KEYWORD_ONLY
    roles = assign([inspect.Parameter(own, kind) for own in parts.settings], row.hyper)
    pinned = fixed(roles, Constants(loop, row))
    if "lr" not in {**roles.of, **pinned}:
        raise NotThisShapeError("no variable is the learning rate")
    code = compile(ast.Module([loop], []), f"<loop of {parts.weights}>", "exec")

    first_count = 0 if any(adds_one(Source(loop), own) for own in parts.counters) else 1

    def made(sign: float, counted_from: int = first_count) -> Any:
        def make(**hyper: Any) -> Driven:
            held = {**names, **{n: {} for n in (parts.weights, parts.slopes, *parts.states)}}
            held.update(dict.fromkeys(parts.counters, counted_from - 1))

            def advance(w: Any, g: Any, rate: float) -> Any:
                for each in parts.states:
                    held[each].setdefault(KEY, zeros_like(w))
                for each in parts.counters:
                    held[each] += 1
                held[parts.weights][KEY], held[parts.slopes][KEY] = array(w), sign * array(g)
                exec(code, {**held, **roles.arguments({**hyper, "lr": rate})})
                return held[parts.weights][KEY]

            return Driven(hyper, advance, lambda: {n: held[n] for n in parts.states})

        return make

    up = first_of(made(1.0), row, 0.0) > 0
    sign = -1.0 if up else 1.0
    others = (made(sign, 1 - first_count),) if parts.counters else ()
    call = f"loop over {parts.weights}, reading {parts.slopes}"
    target = owner or "_".join(sorted(parts.states) or [parts.weights])
    found = bound(
        target, row, call, "loop of a script", made(sign), roles, pinned, certain=False,
        others=others,
    )  # fmt: skip
    found.notes = (*found.notes, *(("it goes up its gradients",) if up else ()))
    return found
