"""Optimizers as objects: `step`, `update`, `apply` or a call, over arrays, dicts, lists, layers."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from numpy import array, asarray, zeros, zeros_like

from .answers import first
from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import Plain, container, gradient_name, weights_name
from .driven import RATE, Driven, bound, fixed, probe
from .holders import Layer, holder
from .source import Source, spelled
from .words import COUNTERS, Row, is_weights

METHODS = (
    "step", "update", "update_params", "apply", "apply_gradients", "optimize", "update_weights",
    "update_parameters", "__call__", "get_update", "compute_update", "_compute_step",
)  # fmt: skip
# What a step is told of which weights these are.
TAGS = frozenset("param_name name key layer_name param_id param_key idx index layer_id".split())
BEFORE, AFTER = ("pre_update_params", "pre_update"), ("post_update_params", "post_update")
NETWORKS = frozenset("model net network nn module layers layer".split())
SIZES = frozenset("size shape n dim n_params num_params param_shape input_shape gradient_size".split())

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
        held = None
        if holds is not None:
            held = wrap.make(zeros(1) if w is None else w)
            arguments[holds] = held
        return kind(**arguments), held

    places = rate_places(lambda **hyper: made(**hyper)[0], row)

    def make(*, wrap: Any = wrap, **hyper: Any) -> Driven:
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
    others = (partial(make, wrap=wrap.otherwise()),) if wrap.counter else ()
    found = bound(name, row, spelled, "object", make, roles, pinned, certain=wrap.certain,
                  others=others)  # fmt: skip
    own = {p.name for p in row.params}
    found.as_is = method == "step" and wrap.as_is and own <= {*roles.of.values()}
    return found


def _found(
    thing: Any, method: str, ctor: list[inspect.Parameter], look: Any
) -> tuple[str | None, tuple[Any, str]]:
    """Find out which argument of the constructor holds the weights, and what a step is handed."""
    function = getattr(thing, method)
    its = [p.name for p in named(function)[1:] if p.default is p.empty]
    source = Source(function)
    if "id" in source.called():
        raise NotThisShapeError("it knows its weights by where they lie in memory")
    return _wrap(source, method, its, ctor, thing, look)


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
    counter: tuple[str, ...] = ()

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
        self,
        method: str,
        w: str,
        g: str,
        within: Plain,
        beside: dict[str, Any] | None = None,
        counter: tuple[str, ...] = (),
    ) -> None:
        self.method, self.w, self.g, self.within = method, w, g, within
        self.beside = beside or {}
        self.counter = counter
        self.counted_from = 1

    def otherwise(self) -> _OfTwo:
        """Return the same, counted from 0."""
        its = copy.copy(self)
        its.counted_from = 0
        return its
        self.change: float | None = None  # the sign that a change is added with

    @property
    def as_is(self) -> bool:
        """Whether it is handed arrays and returns weights."""
        return type(self.within) is Plain and self.change is None

    def step(self, optimizer: Any, _held: Any) -> Callable[[Any, Any], Any]:
        """Return the step; a dict or a list stays the same one."""
        kept: dict[str, Any] = {}
        counted = {name: self.counted_from - 1 for name in self.counter}

        def step(w: Any, g: Any) -> Any:
            for name in counted:
                counted[name] += 1
            box = self.within.weights(w)
            if isinstance(box, dict) and kept:
                kept["box"].update(box)
                box = kept["box"]
            kept["box"] = box
            slope = self.within.gradient(g)
            beside = {n: v if isinstance(v, str) else array(v) for n, v in self.beside.items()}
            beside.update(counted)
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

    def __init__(
        self, method: str, its: Layer, *, passed: str = "", beside: dict[str, Any] | None = None
    ) -> None:
        self.method, self.holder, self.passed = method, its, passed
        self.beside = beside or {}

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
            passed = {self.passed: held} if self.passed else {}
            getattr(optimizer, self.method)(**passed, **self.beside)
            return self.holder.read(held)

        return step

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Doubt what moves nothing: it may hold its weights in another way."""
        self.certain = _moves(make, row)


class _OfHeld(_Wrap):
    """``step(grads)`` of what the constructor was given, which it keeps under a name."""

    def __init__(self, method: str, name: str, g: str, within: Plain) -> None:
        self.method, self.name, self.g, self.within = method, name, g, within

    def make(self, w: Any) -> Any:
        """Make what holds the weights."""
        return self.within.weights(w)

    def step(self, optimizer: Any, _held: Any) -> Callable[[Any, Any], Any]:
        """Return the step."""

        def step(w: Any, g: Any) -> Any:
            if type(self.within) is Plain:
                setattr(optimizer, self.name, array(w))
            else:
                self.within.put(getattr(optimizer, self.name), w)
            getattr(optimizer, self.method)(**{self.g: self.within.gradient(g)})
            return self.within.read(getattr(optimizer, self.name))

        return step

    def settle(self, make: Callable[..., Any], row: Row) -> None:
        """Doubt what moves nothing: it may hold its weights in another way."""
        self.certain = _moves(make, row)


def _moves(make: Callable[..., Any], row: Row) -> bool:
    """Whether one of two steps moves the weights; or raises, which the verdict will say."""
    w, g = array([0.5]), array([0.5])
    try:
        its = probe(make, row)(RATE)
        return bool(its.step(w, g)[0] != 0.5 or its.step(w, g)[0] != 0.5)
    except Exception:
        return True


def _held(thing: Any, ctor: list[inspect.Parameter]) -> tuple[str, str, Source] | None:
    """Find what the constructor is given that holds weights, and where the object keeps it."""
    likely = [p.name for p in ctor if p.default is p.empty
              and (is_weights(p.name) or p.name.lower() in NETWORKS)]  # fmt: skip
    if len(likely) != 1:
        return None
    source = Source(thing)
    for base in thing.__mro__[1:-1]:  # as one: the base class may keep it
        source.tree = ast.Module([source.tree, Source(base).tree], [])  # type: ignore[list-item]
    for target, value in source.assigned():
        kept = spelled(target)
        if _as_it_is(value) == likely[0] and kept.startswith("self.") and kept.count(".") == 1:
            return likely[0], kept, source
    return None


def _as_it_is(value: ast.expr) -> str:
    """Return the variable that a value is, or a list, a copy or a part of."""
    if isinstance(value, ast.ListComp) and ast.dump(value.elt) == ast.dump(
        value.generators[0].target
    ).replace("Store()", "Load()"):
        return spelled(value.generators[0].iter)
    if isinstance(value, ast.Call) and len(value.args) == 1:
        called = spelled(value.func).rpartition(".")[2]
        return spelled(value.args[0]) if called in ("list", "tuple", "dict", "copy") else ""
    return spelled(value)


def _wrap(
    source: Source, method: str, its: list[str], ctor: list[inspect.Parameter], thing: Any, look: Any
) -> tuple[str | None, tuple[Any, str]]:
    """Find out which argument of the constructor holds the weights, and what a step is handed."""
    held = _held(thing, ctor) if len(its) < 2 else None
    tags: dict[str, Any] = {n: "w" for n in its if n.lower() in TAGS and len(its) > 1}
    rest = [n for n in its if n not in tags]
    if held is not None and not its:
        inner = holder(held[2], held[1], look.tensor())
        return held[0], (_OfHolder(method, inner), "")
    if held is not None and gradient_name(its):
        within = container(held[2], held[1], its[0])
        return held[0], (_OfHeld(method, held[1].partition(".")[2], its[0], within), its[0])
    if len(rest) == 1:
        if gradient_name(rest) and source.returned():
            return None, (_OfOne(method), its[0])
        inner = holder(source, rest[0], look.tensor())
        return None, (_OfHolder(method, inner, passed=rest[0], beside=tags), ", ".join(its))
    return None, _of_several(source, method, its)


def _of_several(source: Source, method: str, its: list[str]) -> tuple[Any, str]:
    """Tell weights and gradient among several arguments."""
    tags = {n: "w" for n in its if n.lower() in TAGS} if len(its) > 2 else {}
    rest = [n for n in its if n not in tags]
    pairs = [n for n in rest if f"d{n}" in rest]
    counter = tuple(n for n in rest if n.lower() in COUNTERS and len(rest) % 2)
    rest = [n for n in rest if n not in counter]
    if len(rest) == 2 * len(pairs) > 2:  # W, b, dW, db: the first is asked about
        more = {n: zeros(1) for own in pairs[1:] for n in (own, f"d{own}")}
        pair = pairs[0], f"d{pairs[0]}"
        return _OfTwo(method, *pair, Plain(), {**tags, **more}, counter), ", ".join(its)
    w, g = weights_name(rest), gradient_name(rest)
    if len(rest) != 2 or w is None or g is None:
        raise NotThisShapeError(f"what {method}({', '.join(its)}) takes cannot be told")
    return _OfTwo(method, w, g, container(source, w, g), tags, counter), ", ".join(its)
