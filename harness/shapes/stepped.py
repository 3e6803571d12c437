"""Optimizers as objects: `step`, `update`, `apply` or a call, over arrays, dicts, lists, layers."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from numpy import zeros

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .boxed import box
from .constants import Constants
from .containers import (
    Plain,
    aside,
    container,
    containers,
    gradient_name,
    stepped_alike,
    weights_name,
)
from .driven import RATE, Driven, beside, bound, fixed, probe
from .holders import holder, tabled
from .itself import OfItself, stepped, units
from .saving import PICKLE
from .source import Source, spelled
from .steps import SLOPE, WEIGHTS, OfHeld, OfHolder, OfOne, OfTwo
from .words import COUNTERS, TAGS, Row, is_weights

METHODS = (
    "step", "update", "update_params", "apply", "apply_gradients", "optimize", "update_weights",
    "update_parameters", "update_one", "update_param", "__call__", "get_update", "compute_update",
    "_compute_step",
)  # fmt: skip
BEFORE, AFTER = ("pre_update_params", "pre_update"), ("post_update_params", "post_update")
# What a constructor makes its state by: a shape, and what may be one or a number of entries.
SHAPES = frozenset("shape param_shape weight_shape weights_shape w_shape input_shape".split())
SIZES = SHAPES | {"size", "dim", "n", "n_params", "num_params", "n_weights", "num_weights"}
NETWORKS = frozenset("model net network nn module modules layers layer".split())

Wrap = Callable[[Any], Callable[[Any, Any], Any]]  # from an object to its step


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise an optimizer that is a class."""
    if not row.stepped or not inspect.isclass(thing):
        return None
    look.method(thing, METHODS)  # or it is refused
    return bind(name, thing, row, look, METHODS)


def bind(name: str, thing: Any, row: Row, look: Any, methods: tuple[str, ...]) -> Binding:
    """Bind a class by the first of these methods that is called in a way that is known."""
    ctor = named(thing)
    why = NotThisShapeError("it is called in no way that is known")
    for method in methods:
        if method not in vars_of(thing):
            continue
        try:
            told = _told(thing, method, ctor, row)
            holds, (wrap, shown) = _found(thing, method, ctor, look, told)
            break
        except NotThisShapeError as reason:
            why = reason
    else:
        raise why
    kind: Any = thing
    ctor = ctor if method in METHODS else _read_by(thing, method, ctor)
    left = units(thing, ctor, row, wrap) if isinstance(wrap, OfItself) else {}
    due = [] if isinstance(wrap, OfItself) else [p.name for p in ctor if p.default is p.empty]
    sized = next((own for own in due if own.lower() in SIZES), None)
    ctor = [p for p in ctor if p.name not in (holds, sized, *left)]
    its_box = box(thing, ctor, row, look)
    if its_box is not None:
        ctor = [*(p for p in ctor if p.name != its_box.name), *its_box.its]
    roles = assign([*ctor, *told], row.hyper)
    in_step = {p.name for p in told}
    pinned = fixed(roles, Constants(thing, row))

    def made(w: Any = None, **hyper: Any) -> Any:
        arguments = {n: v for n, v in roles.arguments(hyper).items() if n not in in_step}
        arguments = arguments if its_box is None else its_box.packed(arguments)
        held = None
        if holds is not None:
            held = wrap.make(zeros(1) if w is None else w)
            arguments[holds] = held
        if sized is not None:
            arguments[sized] = _extent(sized, zeros(1) if w is None else w)
        return kind(**arguments, **left), held

    places = rate_places(lambda **hyper: made(**hyper)[0], row)

    def make(*, wrap: Any = wrap, **hyper: Any) -> Driven:
        # What holds its weights, or is made for them, is made of the first ones.
        begun = [] if holds is not None or sized is not None else [made(**hyper)]
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
            every = roles.arguments({**hyper, "lr": rate})
            moved = steps[0](w, g, **{n: v for n, v in every.items() if n in in_step})
            for after in AFTER:
                getattr(optimizer, after, _nothing)()
            return moved

        def restore(kept: Any) -> None:
            begun[:], steps[:] = [kept], [wrap.step(*kept)]

        return Driven(hyper, advance, lambda: begun[0], restore)

    wrap.settle(make, row)
    spelled = f"{name}({shown})" if method == "__call__" else f"{name}.{method}({shown})"
    others = (partial(make, wrap=wrap.otherwise()),) if wrap.counter else ()
    found = bound(name, row, spelled, "object", make, roles, pinned, certain=wrap.certain,
                  others=others)  # fmt: skip
    if stepped_alike(row, roles.of):
        found.paths = beside(make, partial(make, wrap=aside(wrap)), row)
    # Else it is told which step it is from outside, or knows its weights by their places.
    if not (wrap.counter or knows_places(Source(thing))):
        found.saving = PICKLE
    own = {p.name for p in row.params if not p.option}
    found.as_is = (
        method == "step"
        and wrap.as_is
        and not told
        and its_box is None
        and own <= {*roles.of.values()}
    )
    return found


def _extent(own: str, w: Any) -> Any:
    """Return the shape of weights, or their number: of a vector, where either may be meant."""
    return w.shape if own.lower() in SHAPES or w.ndim != 1 else w.size


def _told(
    thing: Any, method: str, ctor: list[inspect.Parameter], row: Row
) -> list[inspect.Parameter]:
    """List the settings that a step is told, not the constructor: ``update(w, dw, lr=0.01)``."""
    known = {p.name for p in ctor}
    its = named(getattr(thing, method))[1:]
    rest = [p.name for p in its if p.name.lower() not in COUNTERS]
    arrays = {weights_name(rest), gradient_name(rest)}
    return [
        p
        for p in its
        if any(h.is_called(p.name) for h in row.hyper)
        and p.name not in known | arrays | TAGS
        and p.name.lower() not in COUNTERS
    ]


def _read_by(thing: Any, method: str, ctor: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """List what one of several methods makes use of: what only others read stays at its default."""
    read = Source(getattr(thing, method)).attributes_of("self")
    kept = {spelled(value): spelled(to).partition(".")[2] for to, value in Source(thing).assigned()}
    return [p for p in ctor if p.default is p.empty or kept.get(p.name, "") in {*read, ""}]


def _found(
    thing: Any,
    method: str,
    ctor: list[inspect.Parameter],
    look: Any,
    told: list[inspect.Parameter],
) -> tuple[str | None, tuple[Any, str]]:
    """Find out which argument of the constructor holds the weights, and what a step is handed."""
    function = getattr(thing, method)
    its = [p.name for p in named(function)[1:] if p.default is p.empty and p not in told]
    source = Source(function)
    holds, (wrap, shown) = _wrap(source, method, its, ctor, thing, look)
    if knows_places(source) and not isinstance(wrap, OfHolder):  # which stays where it is
        raise NotThisShapeError("it knows its weights by where they lie in memory")
    return holds, (wrap, shown)


def knows_places(source: Source) -> bool:
    """Whether something is known by where it lies in memory, which no file can keep."""
    return "id" in source.called()


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


def _held(thing: Any, ctor: list[inspect.Parameter]) -> tuple[str, str, Source] | None:
    """Find what the constructor is given that holds weights, and where the object keeps it.

    Nowhere, for a network of which it keeps parts.
    """
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
    return (likely[0], "", source) if likely[0].lower() in NETWORKS else None


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
    source: Source,
    method: str,
    its: list[str],
    ctor: list[inspect.Parameter],
    thing: Any,
    look: Any,
) -> tuple[str | None, tuple[Any, str]]:
    """Find out which argument of the constructor holds the weights, and what a step is handed."""
    held = _held(thing, ctor) if len(its) < 2 else None
    if held is not None and not held[1]:  # what it keeps are parts of it
        table = tabled(held[2], held[0], held[2].attributes_of(held[0]))
        if table is not None and not its:
            return held[0], (OfHolder(method, table), "")
        held = None
    tags: dict[str, Any] = {n: "w" for n in its if n.lower() in TAGS and len(its) > 1}
    rest = [n for n in its if n not in tags]
    if held is not None and not its:
        inner = holder(held[2], held[1], look.tensor(thing))
        return held[0], (OfHolder(method, inner), "")
    if held is not None and gradient_name(its):
        within = container(held[2], held[1], its[0])
        return held[0], (OfHeld(method, held[1].partition(".")[2], its[0], within), its[0])
    if held is None and not source.returned() and source.attributes_of("self"):
        try:
            return None, (stepped(source, method, rest), ", ".join(rest))
        except NotThisShapeError:
            if not rest:
                raise
    if len(rest) == 1:
        if gradient_name(rest) and source.returned():
            return None, (OfOne(method), its[0])
        inner = holder(source, rest[0], look.tensor(thing))
        return None, (OfHolder(method, inner, passed=rest[0], beside=tags), ", ".join(its))
    return None, (_of_several(source, method, rest, tags), ", ".join(its))


def _of_several(source: Source, method: str, rest: list[str], tags: dict[str, Any]) -> Any:
    """Tell weights and gradient among several arguments."""
    given = ", ".join([*tags, *rest])
    pairs = [n for n in rest if f"d{n}" in rest]
    counter = tuple(n for n in rest if n.lower() in COUNTERS and len(rest) % 2)
    rest = [n for n in rest if n not in counter]
    if len(rest) == 2 * len(pairs) > 2:  # W, b, dW, db: the first is asked about
        more = {n: what for own in pairs[1:] for n, what in ((own, WEIGHTS), (f"d{own}", SLOPE))}
        pair = pairs[0], f"d{pairs[0]}"
        return OfTwo(method, *pair, [Plain()], {**tags, **more}, counter)
    w, g = weights_name(rest), gradient_name(rest)
    if len(rest) != 2 or w is None or g is None:
        raise NotThisShapeError(f"what {method}({given}) takes cannot be told")
    return OfTwo(method, w, g, containers(source, w, g), tags, counter)
