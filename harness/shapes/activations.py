"""Activations and their derivatives: functions, methods, with a flag, forward and backward."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numpy import asarray, ones_like

from .answers import OUTPUTS, SLOPES, array_function, attribute, first
from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .words import Row, means, words

VALUES = ("__call__", "forward", "value", "activate", "apply", "function", "f", "call")
DERIVATIVES = ("gradient", "derivative", "prime", "grad", "deriv", "df", "slope", "backward")
FLAGS = ("derivative", "deriv", "prime", "grad", "gradient", "derive", "diff")
UPSTREAM = frozenset(
    "upstream dout da dvalues dvalue dy grad_output grad grads gradient output_gradient"
    " delta".split()
)
CACHES = frozenset("cache activation_cache z x inputs saved a out output memory".split())
OF_DERIVATIVES = frozenset("derivative der grad gradient d diff".split())
SUFFIX = "_derivative"


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise an activation, or the derivative of one."""
    if row.kind != "activation":
        return None
    if inspect.isclass(thing):
        return _object(name, thing, row, look)
    if row.name.endswith(SUFFIX) and look.is_base(name, row):
        return _flagged(name, thing, row)
    if row.name.endswith(SUFFIX) and "backward" in words(name):
        return _backward(name, thing, row, look)
    return _function(name, thing, row)


def is_derivative(name: str, row: Row, base: Row | None) -> bool:
    """Tell whether a name says "derivative of" and the name of the function itself."""
    if base is None or not row.name.endswith(SUFFIX):
        return False
    parts = words(name)
    rest = [part for part in parts if part not in OF_DERIVATIVES]
    return len(rest) < len(parts) and means("_".join(rest), base.names)


def _function(name: str, thing: Any, row: Row) -> Binding:
    its = named(thing)
    constants = [p for p in its if any(its_own.is_called(p.name) for its_own in row.hyper)]
    others = [p for p in its if p not in constants]
    required = [p for p in others if p.default is p.empty]
    if not others or len(required) > 1:
        raise NotThisShapeError("it takes more than one argument")
    own = (required or others)[0]
    more = assign([p for p in its if p is not own], row.hyper)
    if more.missing:
        raise NotThisShapeError(f"no parameter is the {more.missing[0].name}")

    def value(z: Any, *constants: float) -> Any:
        return first(thing(z, **more.arguments(_by_name(row, constants))))

    call, lacks = array_function(value, *_usual(row))
    spelled = ", ".join([own.name, *more.of.values()])
    return _binding(name, row, f"{name}({spelled})", "function", call, lacks)


def _by_name(row: Row, constants: tuple[float, ...]) -> dict[str, float]:
    """Name the constants of an activation: a slope, a weight."""
    return dict(zip((p.name for p in row.hyper), constants))


def _usual(row: Row) -> tuple[float, ...]:
    return tuple(p.usual for p in row.hyper)


def _flagged(name: str, thing: Any, row: Row) -> Binding | None:
    flags = [p.name for p in named(thing) if p.name.lower() in FLAGS]
    if not flags:
        return None
    flag = {flags[0]: True}
    call, lacks = array_function(lambda z: first(thing(z, **flag)))
    return _binding(name, row, f"{name}(…, {flags[0]}=True)", "with a flag", call, lacks)


def _backward(name: str, thing: Any, row: Row, look: Any) -> Binding:
    """Bind f_backward(upstream, cache of f_forward(z)), for an upstream gradient of ones."""
    forward = look.forward_of(row)
    its = [p for p in named(thing) if p.default is p.empty]
    upstream = [p.name for p in its if p.name.lower() in UPSTREAM]
    cache = [p.name for p in its if p.name.lower() in CACHES and p.name not in upstream]
    if len(its) != 2 or len(upstream) != 1 or len(cache) != 1:
        raise NotThisShapeError("which argument is the gradient from above cannot be told")

    def slope(z: Any) -> Any:
        kept = forward(z)
        kept = kept[1] if isinstance(kept, tuple) and len(kept) == 2 else z
        return thing(**{upstream[0]: ones_like(asarray(z)), cache[0]: kept})

    spelled = f"{name}({upstream[0]}=1, {cache[0]})"
    return _binding(name, row, spelled, "forward and backward", slope, ())


def _object(name: str, thing: Any, row: Row, look: Any) -> Binding:
    ctor = assign(named(thing), row.hyper)
    if ctor.missing:
        raise NotThisShapeError(f"no parameter is the {ctor.missing[0].name}")
    derived = row.name.endswith(SUFFIX)
    method = look.method(thing, DERIVATIVES if derived else VALUES)
    its = named(getattr(thing, method))[1:]
    if len([p for p in its if p.default is p.empty]) != 1:
        raise NotThisShapeError(f"{method} takes more than one argument")
    forwards = [m for m in VALUES if callable(getattr(thing, m, None)) and m in dir(thing)]
    after = derived and (method == "backward" or its[0].name.lower() in UPSTREAM)

    def value(z: Any, *constants: float) -> Any:
        made = thing(**ctor.arguments(_by_name(row, constants)))
        answer = getattr(made, method)(z)
        return first(attribute(made, OUTPUTS) if answer is None else answer)

    def slope(z: Any, *constants: float) -> Any:
        made = thing(**ctor.arguments(_by_name(row, constants)))
        getattr(made, look.method(thing, ("forward", *forwards)))(z)
        answer = getattr(made, method)(ones_like(asarray(z)))
        return first(attribute(made, SLOPES) if answer is None else answer)

    shown = f"{name}()" if method == "__call__" else f"{name}().{method}"
    call, lacks = (slope, ()) if after else array_function(value, *_usual(row))
    argument = f"{its[0].name}=1" if after else its[0].name
    return _binding(name, row, f"{shown}({argument})", "object", call, lacks)


def _binding(
    name: str,
    row: Row,
    call: str,
    shape: str,
    stands: Callable[..., Any],
    lacks: tuple[str, ...],
) -> Binding:
    notes = ("one number at a time",) if "arrays" in lacks else ()
    return Binding(row.name, name, call, shape, stands, lacks=lacks, notes=notes)
