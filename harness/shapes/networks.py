"""Networks of two layers: weights in a dict or in an object, gradients in a dict or on the object.

Under another name, or of an object, it may be another network, with another loss: it is a guess.
Networks of any depth are functions of lists, whose samples may be columns, in any order.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numpy import array, asarray, float64, ndarray

from .answers import first
from .assign import named
from .binding import Binding, NotThisShapeError
from .source import Source
from .words import Row, means

WEIGHTS = ("W1", "b1", "W2", "b2")
SPELLED = ("d{}", "d_{}", "grad_{}", "{}_grad", "grad{}", "dL_d{}", "{}")
IN_DICTS = ("parameters", "params", "weights", "model", "theta")
CACHES = ("cache", "caches", "activations", "forward_cache")
LOSS_METHODS = ("loss", "compute_loss", "cost", "compute_cost")
SLOPE_METHODS = ("backward", "backprop", "backpropagation", "backward_pass", "gradients",
                 "gradient", "compute_gradients")  # fmt: skip
SIZES = (("in", "n_x", "d"), ("hid", "n_h", "h"), ("out", "n_y", "k"))  # how counts are called
LENGTHS: dict[str, Any] = {  # of what is tried, no two alike; of a list those of each
    "X": (5, 3), "y": (5, 1), "W1": (3, 4), "b1": (1, 4), "W2": (4, 1), "b2": (1, 1),
    "weights": [(3, 4), (4, 1)], "biases": [(1, 4), (1, 1)],
}  # fmt: skip
FORWARD = ("forward", "forward_propagation", "forward_pass", "forward_prop", "predict")


def is_one(name: str, thing: Any, row: Row) -> bool:
    """Tell a network by the names of its weights: among its arguments, or in its own code."""
    if row.kind != "network" or _is_deep(row):
        return False
    try:
        if inspect.isclass(thing):
            methods = LOSS_METHODS if row.name == "compute_loss" else SLOPE_METHODS
            source = Source(thing)
            read = source.attributes_of("self") | {*source.texts()}
            return {*WEIGHTS} <= read and any(hasattr(thing, method) for method in methods)
        its = {p.name for p in named(thing)}
    except NotThisShapeError:
        return False
    return means(name, row.names) and ({*WEIGHTS} <= its or bool({*IN_DICTS} & its))


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise the loss of such a network, or its gradients."""
    if row.kind == "network" and _is_deep(row):
        return _deep(name, thing, row)
    if not is_one(name, thing, row):
        return None
    is_class = inspect.isclass(thing)
    ask, call = _of_object(name, thing, row) if is_class else _of_function(name, thing, row, look)
    stands = _laid_out(ask, row)
    direct = not is_class and {*WEIGHTS} <= {p.name for p in named(thing)}
    own = name == row.name and direct
    return Binding(row.name, name, call, "network", stands, certain=own, guessed=not own)


Ask = Callable[[dict[str, Any]], Any]


def _is_deep(row: Row) -> bool:
    """Whether a network has any number of layers: whether it takes lists of weights."""
    return any(p.many for p in row.params)


def _deep(name: str, thing: Any, row: Row) -> Binding | None:
    """Recognise a network of any depth; what answers in no layout is left as it is."""
    if inspect.isclass(thing) or not means(name, row.names):
        return None
    its = [p.name for p in named(thing) if p.default is p.empty]
    order = {p.name: own for p in row.params for own in its if p.is_called(own)}
    if len({*order.values()}) != len(row.params) or len(its) != len(row.params):
        return None
    call, own = f"{name}({', '.join(its)})", name == row.name and its == list(order.values())
    try:
        stands = _laid_out(lambda given: thing(**{order[n]: its for n, its in given.items()}), row)
    except NotThisShapeError:
        if not own:
            raise
        stands = thing
    in_columns = stands.__name__ == "columns"
    notes = ("samples are columns",) if in_columns else ()
    found = Binding(row.name, name, call, "network", stands, notes=notes)
    found.as_is = own and not in_columns
    return found


def _of_function(name: str, thing: Any, row: Row, look: Any) -> tuple[Ask, str]:
    its = [p for p in named(thing) if p.default is p.empty]
    order = _order(thing)
    of = {p.name: _role(p.name, row) for p in its}

    def ask(given: dict[str, Any]) -> Any:
        weights = {n: given[n] for n in WEIGHTS}
        placed = {own: given.get(role, weights) for own, role in of.items() if role != "cache"}
        for own in (own for own, role in of.items() if role == "cache"):
            placed[own] = _kept(look, given, weights)
        return _concluded(thing(**placed), None, row, order)

    return ask, f"{name}({', '.join(p.name for p in its)}){_told(order, row)}"


def _role(own: str, row: Row) -> str:
    if own in IN_DICTS:
        return "weights"
    if own in CACHES:
        return "cache"
    for parameter in row.params:
        if parameter.name == own or (parameter.name in ("X", "y") and parameter.is_called(own)):
            return parameter.name
    raise NotThisShapeError(f"what {own} is for is not known")


def _kept(look: Any, given: dict[str, Any], weights: dict[str, Any]) -> Any:
    """Go forward first; return what that keeps for the way back."""
    for name, thing in look.things.items():
        if name in FORWARD and not inspect.isclass(thing):
            its = [p.name for p in named(thing)]
            answer = thing(**{n: weights if n in IN_DICTS else given["X"] for n in its[:2]})
            return answer[1] if isinstance(answer, tuple) else answer
    raise NotThisShapeError("what goes forward is not there")


def _of_object(name: str, kind: Any, row: Row) -> tuple[Ask, str]:
    ctor = [p for p in named(kind) if p.default is p.empty]
    methods = LOSS_METHODS if row.name == "compute_loss" else SLOPE_METHODS
    method = next(m for m in methods if hasattr(kind, m))
    its = [p.name for p in named(getattr(kind, method))[1:] if p.default is p.empty]
    forward = next((m for m in FORWARD if hasattr(kind, m)), None)
    order = _order(getattr(kind, method))

    def ask(given: dict[str, Any]) -> Any:
        net = kind(**{p.name: _made_of(p.name, given) for p in ctor})
        _fill(net, {n: given[n] for n in WEIGHTS})
        output = getattr(net, forward)(array(given["X"])) if forward else None
        placed = []
        for own in its:
            named_so = [p.name for p in row.params if p.name in ("X", "y") and p.is_called(own)]
            placed.append(given[named_so[0]] if named_so else first(output))
        return _concluded(getattr(net, method)(*placed), net, row, order)

    return ask, f"{name}(…).{method}({', '.join(its)}){_told(order, row)}"


def _told(order: list[str], row: Row) -> str:
    """Say of gradients that they are taken by their names, and not by their places."""
    return f" → {', '.join(order)} by name" if order and row.name == "compute_gradients" else ""


def _made_of(own: str, given: dict[str, Any]) -> Any:
    """Return one of the weights, or how many units there are."""
    if own in WEIGHTS:
        return array(given[own])
    counts = (given["W1"].shape[0], given["W1"].shape[1], given["W2"].shape[1])
    for count, parts in zip(counts, SIZES):
        if own.lower().startswith(parts) or any(f"_{part}" in own.lower() for part in parts):
            return count
    raise NotThisShapeError(f"what {own} is for is not known")


def _fill(net: Any, weights: dict[str, Any]) -> None:
    """Put weights into a network: as attributes, or into its dict of them."""
    every = (getattr(net, own, None) for own in IN_DICTS)
    held: dict[str, Any] = next((each for each in every if isinstance(each, dict)), {})
    for name, value in weights.items():
        if name in held:
            held[name] = array(value)
        elif hasattr(net, name):
            setattr(net, name, array(value))
        else:
            raise NotThisShapeError(f"where it keeps {name} cannot be told")


def _order(thing: Any) -> list[str]:
    """List what code calls the gradients that it returns; nothing where it does not say."""
    last = Source(thing).returned()[-1:]
    names = [getattr(e, "id", "") for each in last for e in getattr(each, "elts", [])]
    return names if len({*names} - {""}) == len(names) == len(WEIGHTS) else []


def _concluded(answer: Any, net: Any, row: Row, order: list[str]) -> Any:
    """Take the loss, or the gradients by their names, from what came back."""
    if row.name == "compute_loss":
        return first(answer)
    parts = answer if isinstance(answer, (tuple, list)) else (answer,)
    for part in parts:
        if isinstance(part, dict):
            return _by_name(part.get)
    if len(parts) == len(WEIGHTS) and all(isinstance(part, ndarray) for part in parts):
        return _by_name(dict(zip(order, parts)).get) if order else tuple(parts)
    for name in ("grads", "gradients"):
        if isinstance(getattr(net, name, None), dict):
            return _by_name(getattr(net, name).get)
    return _by_name(lambda own: getattr(net, own, None) if own not in WEIGHTS else None)


def _by_name(get: Callable[[str], Any]) -> tuple[Any, ...]:
    found = []
    for name in WEIGHTS:
        each = (get(how.format(its)) for how in SPELLED for its in (name, name.lower()))
        value = next((value for value in each if value is not None), None)
        if value is None:
            raise NotThisShapeError(f"no gradient is that of {name}")
        found.append(asarray(value))
    return tuple(found)


def _laid_out(ask: Ask, row: Row) -> Callable[..., Any]:
    """Find out by trying whether samples are rows or columns; no two lengths are alike."""
    names = [p.name for p in row.params]
    probe = [_probe(LENGTHS[name]) for name in names]
    slopes = [one for name, one in zip(names, probe) if name not in ("X", "y")]

    def rows(*given: Any) -> Any:
        return ask({n: _each(array, value) for n, value in zip(names, given)})

    def columns(*given: Any) -> Any:
        answer = ask({n: _each(_turned, value) for n, value in zip(names, given)})
        return _each(_turned, answer) if isinstance(answer, (list, tuple)) else answer

    for way in (rows, columns):
        try:
            answer = way(*probe)
        except Exception:  # the other may do
            continue
        if not isinstance(answer, (list, tuple)) or _fits(answer, slopes):
            return way
    raise NotThisShapeError("it answers in no layout that is known")


def _probe(lengths: Any) -> Any:
    if isinstance(lengths, list):
        return [_probe(each) for each in lengths]
    a, b = lengths
    return (array(range(1, a * b + 1), float64) / 64 / a).reshape(a, b)


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    """Change an array, or each in lists of them."""
    kind = type(value)
    return kind(_each(change, one) for one in value) if kind in (list, tuple) else change(value)


def _turned(value: Any) -> Any:
    return array(asarray(value).T)


def _fits(answer: Any, like: Any) -> bool:
    """Whether arrays, or lists of them, have these shapes; of a table of one row, that row's."""
    if isinstance(like, (list, tuple)):
        return len(answer) == len(like) and all(map(_fits, answer, like))
    return asarray(answer).shape in (like.shape, like.shape[1:])
