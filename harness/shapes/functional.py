"""Optimizers as functions: weights, gradient and state go in; what is new comes out."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from numpy import array, asarray, zeros

from .assign import assign, is_pair, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import (
    Plain,
    aside,
    containers,
    gradient_name,
    stepped_alike,
    told_apart,
    weights_name,
)
from .driven import Driven, beside, bound, fixed, works
from .held import is_structured
from .outside import Outside
from .source import Source, spelled
from .words import COUNTERS, SETTINGS, TAGS, Row, words


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise an optimizer that is a function of one step."""
    del look
    if not row.stepped or inspect.isclass(thing):
        return None
    source = Source(thing)
    its = named(thing)
    names = [p.name for p in its]
    if any(source.calls(each) for each in names):
        return None  # it asks for gradients by itself
    configured = [each for each in names if each.lower() in SETTINGS]
    if configured:
        return _with_config(name, thing, row, source, names, configured[0])
    return _with_state(name, thing, row, source, its)


def is_plain_descent(name: str, thing: Any, row: Row) -> bool:
    """Tell an update that takes weights, gradients and a rate alone: it can be nothing else."""
    if row.name != "SGD" or not {*words(name)} & {"update", "descend", "descent", "descending"}:
        return False
    try:
        its = named(thing)
        rate = [p.name for p in its if row.params[0].is_called(p.name)]
        rest = [p.name for p in its if p.name not in rate]
    except NotThisShapeError:
        return False
    pair = len(rest) == 2 and weights_name(rest) is not None and gradient_name(rest) is not None
    return len(rate) == 1 and bool(rest) and (pair or _paired(rest))


def _paired(names: list[str]) -> bool:
    """Whether each name has its gradient beside it: W1 and dW1."""
    return {*names} == {n for each in names if f"d{each}" in names for n in (each, f"d{each}")}


# --- with a dict of settings ----------------------------------------------------------------------


def _with_config(
    name: str, thing: Any, row: Row, source: Source, names: list[str], config: str
) -> Binding:
    """Bind f(w, dw, config) → (w, config): settings and state lie in one dict."""
    w, g = weights_name(names), gradient_name(names)
    if w is None or g is None or len(names) != 3:
        raise NotThisShapeError(f"what {', '.join(names)} are cannot be told")
    keys = dict.fromkeys([*source.texts(), *(k.arg for k in source.nodes(ast.keyword) if k.arg)])
    its = [inspect.Parameter(k, inspect.Parameter.KEYWORD_ONLY, default=None)
           for k in keys if k.isidentifier()]  # fmt: skip
    roles = assign(its, row.hyper)
    pinned = fixed(roles, Constants(thing, row))

    def make(**hyper: Any) -> Driven:
        kept = dict(roles.arguments(hyper))

        def advance(weights: Any, slope: Any, rate: float) -> Any:
            nonlocal kept
            kept[roles.of["lr"]] = rate
            answer = thing(**{w: weights, g: slope, config: kept})
            if isinstance(answer, tuple):
                answer, kept = answer
            return answer

        return Driven(hyper, advance, lambda: kept)

    read = ", ".join(f"{role} is {config}[{own!r}]" for role, own in roles.of.items())
    call = f"{name}({', '.join(names)}), {read}"
    return bound(name, row, call, "configured", make, roles, pinned)


# --- with its state among the arguments -----------------------------------------------------------


class _Signature:
    """What each argument of an update is for."""

    def __init__(self, its: list[inspect.Parameter], row: Row, back: set[str]) -> None:
        names = [p.name for p in its]
        rows_names = [n for n in names if n.lower() not in COUNTERS]
        hyper = [p for p in its if any(h.is_called(p.name) for h in row.hyper)]
        w, g = weights_name(rows_names), gradient_name(rows_names)
        self.others: list[str] = []
        several = sum(f"d{n}" in names for n in names) > 1
        if w is None or g is None or several:
            w, g = self._of_pairs(rows_names)
        hyper = [p for p in hyper if p.name not in (w, g)]
        own = {w, g, *self.others}
        rest = [p for p in its if p not in hyper and p.name not in own]
        self.w, self.g = w, g
        self.counter = next((p.name for p in rest if p.name.lower() in COUNTERS), None)
        self.tags = {p.name: "w" for p in rest if p.name.lower() in TAGS and p.default is p.empty}
        rest = [p for p in rest if p.name not in (self.counter, *self.tags)]
        # A list or a dict that is a default is kept from call to call; None comes back as state.
        self.kept = {p.name: p.default for p in rest
                     if type(p.default) in (dict, list) and not is_pair(p, row.hyper)}  # fmt: skip
        begun = {p.name: None for p in rest if p.default is None and p.name in back}
        self.states = [p.name for p in rest if p.default is p.empty or p.name in begun]
        self.first = {**self.kept, **begun}
        further = [p for p in rest if p.name not in (*self.states, *self.kept)]
        self.roles = assign([*hyper, *further], row.hyper)

    def _of_pairs(self, names: list[str]) -> tuple[str, str]:
        """Take the first of several arrays that each have a gradient beside them: W1, dW1."""
        pairs = [n for n in names if f"d{n}" in names]
        if not pairs:
            raise NotThisShapeError("which arguments are weights and gradient cannot be told")
        self.others = [n for each in pairs[1:] for n in (each, f"d{each}")]
        return pairs[0], f"d{pairs[0]}"

    def beside(self, w: Any, g: Any, *, alike: bool) -> dict[str, Any]:
        """Say what other weights and their gradients are: the same, if they are stepped alike."""
        if not alike:
            return {n: zeros(1) for n in self.others}
        return {n: array(g if place % 2 else w) for place, n in enumerate(self.others)}


@contextmanager
def _remembering(thing: Any, remembered: dict[str, Any]) -> Iterator[None]:
    """Let a function keep what it remembers as its own attributes from call to call."""
    own = vars(inspect.unwrap(thing))
    before = {**own}
    own.clear()
    own.update(remembered)
    try:
        yield
    finally:
        remembered.clear()
        remembered.update(own)
        own.clear()
        own.update(before)


def _with_state(
    name: str, thing: Any, row: Row, source: Source, its: list[inspect.Parameter]
) -> Binding:
    """Bind f(w, grad, state…, settings…): state is returned beside the weights, or written to."""
    back = {node.id for value in source.returned() for node in _parts(value)}
    signature = _Signature(its, row, back)
    roles = signature.roles
    pinned = fixed(roles, Constants(thing, row))
    if "lr" not in {**roles.of, **pinned}:
        raise NotThisShapeError("no parameter is the learning rate")
    outside = Outside(thing, source)
    remembers = source.attributes_of(name)  # of the function itself, as `adam.m`
    if not (remembers or outside.first):
        _has_state(signature, row)
    if any(is_structured(source, state) for state in signature.states):
        raise NotThisShapeError(f"{signature.states[0]} is no array")
    its_own = containers(source, signature.w, signature.g)
    ways = [Plain()] if signature.others else its_own
    first_count = 0 if adds_one(source, signature.counter) else 1
    order = _returned(source, signature)
    begun = {**vars(inspect.unwrap(thing))}

    def make(*, within: Plain, counted_from: int = first_count, **hyper: Any) -> Driven:
        kept: dict[str, Any] = {}
        remembered = {**begun}
        left: dict[str, Any] = {}
        counter = {} if signature.counter is None else {signature.counter: counted_from}

        def advance(weights: Any, slope: Any, rate: float) -> Any:
            if not kept and not left:
                kept.update({state: within.zeros(weights) for state in signature.states})
                kept.update(copy.deepcopy(signature.first))
                left.update(outside.begun(weights))
            box = within.weights(weights)
            more = signature.beside(weights, slope, alike=within.alike)
            with _remembering(thing, remembered), outside.lent(left, {}):
                answer = thing(
                    **{signature.w: box, signature.g: within.gradient(slope)},
                    **more,
                    **kept,
                    **counter,
                    **signature.tags,
                    **roles.arguments({**hyper, "lr": rate}),
                )
            for each in counter:
                counter[each] += 1
            moved = _read(answer, order, kept, box, within)
            # What is written to, or comes back by its name; of what else comes back nobody knows.
            ends = dict(zip(order, answer)) if isinstance(answer, tuple) else {}
            ends = more if answer is None else ends
            biases = [ends[n] for n in signature.others[::2] if n in ends]
            return told_apart(moved, *biases) if within.alike else moved

        return Driven(hyper, advance, lambda: {**remembered, **left, **kept})

    # What raises in each of them will say so, in the first.
    found = next((way for way in ways if works(partial(make, within=way), row)), ways[0])
    first = partial(make, within=found)
    others = (partial(first, counted_from=1 - first_count),) if signature.counter else ()
    call = f"{name}({', '.join(p.name for p in its)})"
    binding = bound(name, row, call, "state passed", first, roles, pinned, others=others)
    if stepped_alike(row, roles.of):
        binding.paths = beside(first, partial(make, within=aside(found)), row)
    return binding


def _has_state(signature: _Signature, row: Row) -> None:
    """Refuse an update that is handed fewer or more arrays of state than the formula has."""
    due = {"SGD": 0, "SGDMomentum": 1, "RMSprop": 1, "Adam": 2, "AdamW": 2, "Adagrad": 1}
    expected = due.get(row.name)
    arrays = 1 + len(signature.others) // 2
    if expected is None or signature.kept:
        return
    if len(signature.states) not in (expected, expected * arrays):
        told = ", ".join(signature.states) or "none"
        raise NotThisShapeError(f"its state is {told}, where {row.name} has {expected}")


def adds_one(source: Source, counter: str | None) -> bool:
    """Whether a counter is counted from 0: the code itself adds one."""
    sums = [(node.op, node.left, node.right) for node in source.nodes(ast.BinOp)]
    sums += [(node.op, node.target, node.value) for node in source.nodes(ast.AugAssign)]
    return counter is not None and any(
        isinstance(op, ast.Add) and spelled(left) == counter and getattr(right, "value", None) == 1
        for op, left, right in sums
    )


def _returned(source: Source, signature: _Signature) -> list[str]:
    """Name what comes back, in order: weights first, and each state where its name stands."""
    values = [value for value in source.returned() if not _is_none(value)]
    if not values:
        return []
    if len({ast.dump(value) for value in values}) > 1:
        raise NotThisShapeError("it returns now this and now that")
    value = values[0]
    if not isinstance(value, ast.Tuple):
        return ["w"]
    order = ["w", *signature.states]
    read = [element.id if isinstance(element, ast.Name) else "" for element in value.elts]
    beside = {*read[1:]} - {"", *signature.states}
    if read[:1] == [signature.w] and beside and beside <= {*signature.others, signature.counter}:
        return ["w", *read[1:]]  # each by its name
    if signature.counter in Source(value.elts[-1]).names():  # it is counted from outside
        read, value = read[:-1], ast.Tuple(value.elts[:-1])
    if read[1 : len(order)] == signature.states:
        return order  # what comes after them is told beside
    if len(value.elts) != len(order):
        raise NotThisShapeError("which of the values that it returns are the weights is not known")
    for place, own in enumerate(read):
        if own in signature.states and order[place] != own:
            raise NotThisShapeError("it returns its state in another order than it takes it")
    return order


def _parts(value: ast.expr) -> list[ast.Name]:
    """List the names that a value is a tuple of."""
    return [each for each in getattr(value, "elts", []) if isinstance(each, ast.Name)]


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _read(answer: Any, order: list[str], kept: dict[str, Any], box: Any, within: Plain) -> Any:
    """Take the new weights from what came back, and keep the state."""
    if answer is None:
        return within.read(box)
    if len(order) > 1 and isinstance(answer, tuple):
        kept.update({n: value for n, value in zip(order[1:], answer[1:]) if n in kept})
        return within.read(answer[0])
    if isinstance(answer, (tuple, list)) and not isinstance(answer, type(box)):
        return asarray(answer[0])  # of several arrays the one that is asked about
    return within.read(answer)
