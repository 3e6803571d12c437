"""Optimizers as objects: `step`, `update`, `apply` or a call, over arrays, dicts, lists, layers."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from numpy import array, asarray, zeros, zeros_like

from .answers import first
from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import (
    Layer,
    Network,
    Plain,
    Tensor,
    container,
    gradient_name,
    weights_name,
)
from .driven import RATE, Driven, bound, fixed, probe
from .source import Source
from .words import Row, is_weights

METHODS = (
    "step", "update", "update_params", "apply", "apply_gradients", "optimize", "update_weights",
    "update_parameters", "__call__", "get_update", "compute_update", "_compute_step",
)  # fmt: skip
# What a step is told of which weights these are.
TAGS = frozenset("param_name name key layer_name param_id param_key idx index layer_id".split())
BEFORE, AFTER = ("pre_update_params", "pre_update"), ("post_update_params", "post_update")

Wrap = Callable[[Any], Callable[[Any, Any], Any]]  # from an object to its step


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise an optimizer that is a class."""
    if not row.stepped or not inspect.isclass(thing):
        return None
    look.method(thing, METHODS)  # or it is refused
    ctor = named(thing)
    why = NotThisShapeError("it is called in no way that is known")
    for method in METHODS:
        if method not in vars_of(thing):
            continue
        try:
            holds, (wrap, shown) = _found(thing, method, ctor, look)
            break
        except NotThisShapeError as reason:
            why = reason
    else:
        raise why
    kind: Any = thing
    roles = assign([p for p in ctor if p.name != holds], row.hyper)
    pinned = fixed(roles, Constants(thing, row))

    def made(w: Any = None, **hyper: Any) -> Any:
        arguments = roles.arguments(hyper)
        if holds is not None:
            held = wrap.make(zeros(1) if w is None else w)
            return kind([held], **arguments), held
        return kind(**arguments), None

    places = rate_places(lambda **hyper: made(**hyper)[0], row)

    def make(**hyper: Any) -> Driven:
        # What holds its weights is made of the first ones.
        begun = [] if holds is not None else [made(**hyper)]
        steps = [wrap.step(*each) for each in begun]

        def advance(w: Any, g: Any, rate: float) -> Any:
            if not begun:
                begun.append(made(w, **hyper))
                steps.append(wrap.step(*begun[0]))
            optimizer = begun[0][0]
            for place in places:
                put(optimizer, place, rate)
            for before in BEFORE:
                getattr(optimizer, before, _nothing)()
            moved = steps[0](w, g)
            for after in AFTER:
                getattr(optimizer, after, _nothing)()
            return moved

        return Driven(hyper, advance)

    wrap.settle(make, row)
    spelled = f"{name}({shown})" if method == "__call__" else f"{name}.{method}({shown})"
    found = bound(name, row, spelled, "object", make, roles, pinned, certain=wrap.certain)
    own = {p.name for p in row.params}
    found.as_is = method == "step" and wrap.as_is and own <= {*roles.of.values()}
    return found


def _found(
    thing: Any, method: str, ctor: list[inspect.Parameter], look: Any
) -> tuple[str | None, tuple[Any, str]]:
    """Find out which argument of the constructor holds the weights, and what a step is handed."""
    function = getattr(thing, method)
    its = [p.name for p in named(function)[1:] if p.default is p.empty]
    holds = ctor[0].name if ctor and not its and is_weights(ctor[0].name) else None
    source = Source(function)
    if "id" in source.called():
        raise NotThisShapeError("it knows its weights by where they lie in memory")
    return holds, _wrap(source, method, its, holds, look)


def vars_of(thing: Any) -> set[str]:
    """List what a class and those it is made from define themselves."""
    return {name for kind in thing.__mro__[:-1] for name in vars(kind)}


def _nothing() -> None:
    return None


def rate_places(made: Callable[..., Any], row: Row) -> list[tuple[Any, ...]]:
    """Find where an object keeps its rate: in attributes, dicts and lists of these."""
    try:
        held = vars(probe(made, row)(RATE))
    except Exception:  # it cannot be made, or keeps nothing: its judgement will say so
        return []
    return list(_places_in(held, 3))


def _places_in(held: Any, deep: int) -> Iterator[tuple[Any, ...]]:
    if isinstance(held, (dict, list)):
        for key, value in held.items() if isinstance(held, dict) else enumerate(held):
            if type(value) is float and value == RATE:
                yield (key,)
            elif deep:
                yield from ((key, *rest) for rest in _places_in(value, deep - 1))


def put(thing: Any, place: tuple[Any, ...], rate: float) -> None:
    """Set the rate where an object keeps it."""
    held = vars(thing)
    if len(place) == 1:
        setattr(thing, place[0], rate)
        return
    for key in place[:-1]:
        held = held[key]
    held[place[-1]] = rate


class _Wrap:
    """How an object's step is handed weights and a gradient, and where the new ones are."""

    certain = True

    @property
    def as_is(self) -> bool:
        """Whether it is handed arrays and returns weights."""
        return False

    def make(self, w: Any) -> Any:
        """Make what the constructor is to hold."""
        del w

    def step(self, optimizer: Any, _held: Any) -> Callable[[Any, Any], Any]:
        """Return the step."""
        raise NotImplementedError

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Find out what a first step alone shows: whether weights or a change come back."""


class _OfTwo(_Wrap):
    """``update(w, grad)`` over arrays, dicts or lists; returns weights or a change, or neither."""

    def __init__(
        self, method: str, w: str, g: str, within: Plain, beside: dict[str, Any] | None = None
    ) -> None:
        self.method, self.w, self.g, self.within = method, w, g, within
        self.beside = beside or {}
        self.change: float | None = None  # the sign that a change is added with

    @property
    def as_is(self) -> bool:
        """Whether it is handed arrays and returns weights."""
        return type(self.within) is Plain and self.change is None

    def step(self, optimizer: Any, _held: Any) -> Callable[[Any, Any], Any]:
        """Return the step; a dict or a list stays the same one."""
        kept: dict[str, Any] = {}

        def step(w: Any, g: Any) -> Any:
            box = self.within.weights(w)
            if isinstance(box, dict) and kept:
                kept["box"].update(box)
                box = kept["box"]
            kept["box"] = box
            slope = self.within.gradient(g)
            beside = {n: v if isinstance(v, str) else array(v) for n, v in self.beside.items()}
            answer = getattr(optimizer, self.method)(**{self.w: box, self.g: slope}, **beside)
            if answer is None:
                return self.within.read(box)
            answer = self.within.read(answer if type(answer) is type(box) else first(answer))
            return answer if self.change is None else w + self.change * asarray(answer)

        return step

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Tell weights from a change: weights move with those that were given."""
        try:
            g = array([0.5])
            low = float(probe(make, row)(RATE).step(array([0.0]), g)[0])
            high = float(probe(make, row)(RATE).step(array([1.0]), g)[0])
        except Exception:
            return
        if abs(high - low) < 0.5:
            self.change = 1.0 if low < 0 else -1.0
            self.certain = False


class _OfOne(_Wrap):
    """``get_update(grad)``, which returns the change."""

    certain = True

    def __init__(self, method: str) -> None:
        self.method = method
        self.sign = 1.0

    def step(self, optimizer: Any, _held: Any) -> Callable[[Any, Any], Any]:
        """Return the step."""
        return lambda w, g: w + self.sign * asarray(getattr(optimizer, self.method)(array(g)))

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Tell a change from what is to be taken away: a first step goes against its gradient."""
        try:
            moved = float(probe(make, row)(RATE).step(array([0.0]), array([0.5]))[0])
        except Exception:
            return
        if moved > 0:
            self.sign, self.certain = -1.0, False


class _OfHolder(_Wrap):
    """``step(layer)``, ``step(net)``, or ``step()`` of what the constructor was given."""

    def __init__(self, method: str, holder: Any, *, passed: bool) -> None:
        self.method, self.holder, self.passed = method, holder, passed

    def make(self, w: Any) -> Any:
        """Make what holds weights and gradients."""
        held = self.holder.make()
        self.holder.fill(held, w, zeros_like(w))
        return held

    def step(self, optimizer: Any, _held: Any) -> Callable[[Any, Any], Any]:
        """Return the step."""
        held = self.holder.make() if _held is None else _held

        def step(w: Any, g: Any) -> Any:
            self.holder.fill(held, w, g)
            getattr(optimizer, self.method)(*((held,) if self.passed else ()))
            return self.holder.read(held)

        return step


def _wrap(
    source: Source, method: str, its: list[str], holds: str | None, look: Any
) -> tuple[Any, str]:
    """Find out what a step is handed."""
    if holds is not None:
        grads = {n.attr for n in source.nodes(ast.Attribute) if _is_grad(n)}
        kind = look.tensor()
        return _OfHolder(method, Tensor(kind, wrapped="data" in grads), passed=False), ""
    if len(its) == 1:
        if "params_and_grads" in source.attributes_of(its[0]):
            return _OfHolder(method, Network(), passed=True), its[0]
        if gradient_name(its):
            return _OfOne(method), its[0]
        return _OfHolder(method, Layer(source, its[0]), passed=True), its[0]
    tags = {n: "w" for n in its if n.lower() in TAGS} if len(its) > 2 else {}
    rest = [n for n in its if n not in tags]
    pairs = [n for n in rest if f"d{n}" in rest]
    if len(rest) == 2 * len(pairs) > 2:  # W, b, dW, db: the first is asked about
        more = {n: zeros(1) for own in pairs[1:] for n in (own, f"d{own}")}
        pair = pairs[0], f"d{pairs[0]}"
        return _OfTwo(method, *pair, Plain(), {**tags, **more}), ", ".join(its)
    w, g = weights_name(rest), gradient_name(rest)
    if len(rest) != 2 or w is None or g is None:
        raise NotThisShapeError(f"what {method}({', '.join(its)}) takes cannot be told")
    return _OfTwo(method, w, g, container(source, w, g), tags), ", ".join(its)


def _is_grad(node: Any) -> bool:
    """Whether an attribute is read from a gradient: ``p.grad.data``."""
    return getattr(node.value, "attr", None) == "grad"
