"""Normalisations as layers, with their settings in a dict, and backward passes from a cache."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from numpy import array, asarray, atleast_2d, ndarray, ones, zeros

from .activations import CACHES, UPSTREAM
from .answers import first
from .assign import Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .source import Source
from .words import Row, keys

FORWARDS = ("__call__", "forward", "apply", "call")
SIZES = frozenset(
    "dim d_model d size num_features features n_features normalized_shape hidden_size n_embd"
    " num_dims input_dim units channels num_channels shape ndim".split()
)
SUFFIX = "_grad"
Ask = Callable[..., Any]  # from the contract's arguments, by name, to all that comes back


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a layer, a function of (x, γ, β, a dict of settings), or what goes back over it."""
    if row.kind != "norm":
        return None
    if row.name.endswith(SUFFIX):
        return _backward(name, thing, row, look)
    if inspect.isclass(thing):
        ask, call, pinned = _layer(name, thing, row)
    else:
        found = _forward(name, thing, row)
        if found is None and _training([p.name for p in named(thing)]):
            found = _plain(name, thing, row)
        if found is None:  # it is a function like others
            return _one_by_one(name, thing, row)
        ask, call, pinned = found
    order = [p.name for p in row.params]

    def stands(*given: Any) -> Any:
        values = dict(zip(order, given))
        x = values.pop(order[0])
        answer = asarray(first(ask(**{order[0]: _table(x, row)}, **values)))
        return answer.reshape(asarray(x).shape)

    return _bound(name, row, call, stands, pinned)


def _one_by_one(name: str, thing: Any, row: Row) -> Binding | None:
    """Bind a function that goes through one row of features: a table it answers with no table."""
    its = [p.name for p in named(thing)]
    if its != [p.name for p in row.params] or row.params[0].name != "x":
        return None

    def shape_of(answered: Any) -> tuple[int, ...]:
        rest = [ones(2) if p.is_array else 1.0 for p in row.params[1:]]
        try:
            return asarray(first(thing(answered, *rest))).shape
        except Exception:  # it takes no such array
            return ()

    if shape_of(array([[1.0, 2.0]] * 3)) == (3, 2) or shape_of(array([1.0, 2.0])) != (2,):
        return None

    def stands(x: Any, *rest: Any) -> Any:
        return asarray(first(thing(asarray(x).reshape(-1), *rest))).reshape(asarray(x).shape)

    call = f"{name}({', '.join(its)})"
    return Binding(row.name, name, call, "norm", stands, lacks=("several samples",))


def _table(x: Any, row: Row) -> Any:
    """Lay out rows of features as a table, where each is normalised by itself."""
    its = atleast_2d(asarray(x))
    return its if row.name.startswith("batch") else its.reshape(-1, its.shape[-1])


def _bound(name: str, row: Row, call: str, stands: Any, pinned: dict[str, float]) -> Binding:
    lacks = tuple(f"any {row.param(n).role}" for n in pinned)
    # What else it does with what it keeps is not looked at.
    return Binding(row.name, name, call, "norm", stands, pinned=pinned, lacks=lacks, certain=False)


def _epsilon(roles: Assigned, thing: Any, row: Row) -> dict[str, float]:
    """Read an ε that no argument is for."""
    missing = [p for p in roles.missing if not p.is_array]
    found = {p.name: Constants(thing, row).of(p) for p in missing}
    for own, value in found.items():
        if value is None:
            raise NotThisShapeError(f"no parameter is the {own}")
    return {own: value for own, value in found.items() if value is not None}


def _forward(name: str, thing: Any, row: Row) -> tuple[Ask, str, dict[str, float]] | None:
    """Read a function that has a dict of settings; None where it has none."""
    its, source = named(thing), Source(thing)
    boxes = [p.name for p in its if source.keys_of(p.name) or _gets(source, p.name)]
    if len(boxes) != 1:
        return None
    inner = [*source.keys_of(boxes[0]), *_gets(source, boxes[0])]
    told, kind = _training(inner), inspect.Parameter.KEYWORD_ONLY
    own = [inspect.Parameter(k, kind, default=None) for k in inner if k not in told]
    settings = assign(own, row.hyper)
    roles = assign([p for p in its if p.name != boxes[0]], [p for p in row.params if p.is_array])
    if roles.missing:
        raise NotThisShapeError(f"no parameter is the {roles.missing[0].name}")
    pinned = _epsilon(settings, thing, row)

    def ask(**given: Any) -> Any:
        return thing(**{boxes[0]: {**told, **settings.arguments(given)}}, **roles.arguments(given))

    return ask, f"{name}({', '.join(p.name for p in its)})", pinned


def _gets(source: Source, name: str) -> list[str]:
    """List the texts that a dict is asked for: ``bn_param.get("eps", 1e-5)``."""
    return source.texts() if source.attributes_of(name) & {"get", "setdefault"} else []


def _training(names: Iterable[str]) -> dict[str, Any]:
    """Say to whoever asks that it is being trained: the formula is that of training."""
    told = {own: True for own in names if own.lower().startswith(("train", "is_train"))}
    return {**told, **({"mode": "train"} if "mode" in names else {})}


def _plain(name: str, thing: Any, row: Row) -> tuple[Ask, str, dict[str, float]]:
    """Read a function whose arguments are told by their names."""
    its = named(thing)
    told = _training([p.name for p in its])
    roles = assign([p for p in its if p.name not in told], row.params)
    if any(p.is_array for p in roles.missing):
        raise NotThisShapeError(f"no parameter is the {roles.missing[0].name}")
    call = f"{name}({', '.join(p.name for p in its)})"
    pinned = _epsilon(roles, thing, row)
    return lambda **given: thing(**told, **roles.arguments(given)), call, pinned


def _backward(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind f_backward(dout, cache of f_forward(x, γ, 0, ε))."""
    due = [p.name for p in named(thing) if p.default is p.empty]
    upstream = [own for own in due if own.lower() in UPSTREAM]
    cache = [own for own in due if own.lower() in CACHES and own not in upstream]
    if inspect.isclass(thing) or len(due) != 2 or len(upstream) != 1 or len(cache) != 1:
        return None
    base = look.rows[row.name[: -len(SUFFIX)]]
    words = keys(name)[-1].replace("backward", "").replace("grad", "")
    for own, forward in look.things.items():
        its = keys(own)[-1].replace("forward", "")
        if forward is not thing and inspect.isfunction(forward) and its == words:
            break
    else:
        raise NotThisShapeError("the function that it goes back over is not there")
    ask, call, pinned = _forward(own, forward, base) or _plain(own, forward, base)
    order = [p.name for p in row.params]

    def stands(*given: Any) -> Any:
        values = dict(zip(order, given))
        shape = asarray(values["x"]).shape
        dy, values["x"] = _table(values.pop("dy"), row), _table(values["x"], row)
        kept = ask(**values, beta=zeros(len(values["gamma"]))) if "beta" in names else ask(**values)
        if not isinstance(kept, tuple) or len(kept) < 2:
            raise NotThisShapeError(f"{own} returns no cache")
        dx, *others = thing(**{upstream[0]: array(dy), cache[0]: kept[-1]})
        return (dx.reshape(shape), *(each.reshape(shape[-1:]) for each in others))

    names = {p.name for p in base.params}
    return _bound(name, row, f"{name}({upstream[0]}, {cache[0]} of {call})", stands, pinned)


def _layer(name: str, thing: Any, row: Row) -> tuple[Ask, str, dict[str, float]]:
    """Read a class that holds γ and β: they are handed to it, or put where it keeps them."""
    ctor = named(thing)
    method = next((m for m in FORWARDS if m in vars(thing)), None)
    if method is None:
        raise NotThisShapeError(f"it has none of the methods {', '.join(FORWARDS)}")
    more = named(getattr(thing, method))[2:]
    told, made_for = _training([p.name for p in more]), _training([p.name for p in ctor])
    if any(p.default is p.empty and p.name not in told for p in more):
        raise NotThisShapeError(f"{method} takes more than the data")
    sizes = [p.name for p in ctor if p.default is p.empty and p.name.lower() in SIZES]
    known = [p for p in ctor if any(q.is_called(p.name) for q in row.params)]
    others = [p for p in ctor if p not in known and p.name not in (*sizes, *made_for)]
    if any(p.default is p.empty for p in others) or len(sizes) > 1:
        raise NotThisShapeError("what it is made of cannot be told")
    roles = assign(known, [p for p in row.params if p.name != row.params[0].name])
    arrays = [p for p in roles.missing if p.is_array]

    def ask(**given: Any) -> Any:
        x = given.pop(row.params[0].name)
        made = thing(**dict.fromkeys(sizes, x.shape[-1]), **made_for, **roles.arguments(given))
        for parameter in arrays:
            places = [n for n in vars(made) if parameter.is_called(n)]
            if len(places) != 1:
                raise NotThisShapeError(f"where it keeps {parameter.name} cannot be told")
            held = getattr(made, places[0])
            shape = held.shape if isinstance(held, ndarray) else given[parameter.name].shape
            setattr(made, places[0], given[parameter.name].reshape(shape))
        return getattr(made, method)(array(x), **told)

    ask(**{p.name: ones((2, 2)) if i == 0 else ones(2) for i, p in enumerate(row.params)
           if p.is_array}, **{p.name: 1.0 for p in row.hyper})  # fmt: skip
    shown = f"{name}(…)" if method == "__call__" else f"{name}(…).{method}"
    return ask, f"{shown}({row.params[0].name})", _epsilon(roles, thing, row)
