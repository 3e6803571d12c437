"""Activations and their derivatives: functions, methods, with a flag, forward and backward."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from numpy import array, asarray, atleast_2d, empty_like, ones_like

from .answers import OUTPUTS, SLOPES, array_function, attribute, first, takes_arrays
from .assign import SILENT, Assigned, assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .source import source_of, spelled
from .words import Row, keys, means, words

VALUES = ("__call__", "forward", "value", "activate", "apply", "function", "fn", "f", "call")
DERIVATIVES = (
    "gradient", "derivative", "prime", "grad", "deriv", "df", "slope", "backward", "backprop",
)  # fmt: skip
FLAGS = (
    "derivative", "deriv", "der", "prime", "grad", "gradient", "derive", "diff", "derivate",
    "is_derivative", "return_derivative", "return_deriv", "backward", "backprop", "dx",
)  # fmt: skip
# Names that say that it is an activation, and not which.
ANY = frozenset("nonlin nonlinearity activation activate act activationfunction".split())
TO_WRITE = ("out", "result", "dst")  # what an answer is to be written into
UPSTREAM = frozenset(
    "upstream dout da dvalues dvalue dy grad_output grad grads gradient output_gradient dl_dy"
    " delta output_grad d_out d_output dldy grad_out".split()
)
RATES = frozenset("learning_rate lr eta alpha".split())
CACHES = frozenset("cache activation_cache z x inputs saved a out output memory".split())
OF_DERIVATIVES = frozenset("derivative derivatives der grad gradient gradients d diff".split())
OF_LOSSES = frozenset("loss cost error criterion entropy".split())
SUFFIX = "_derivative"
COMPUTES = {
    "sigmoid": {"1 / (1 + exp(-x))", "1 / (exp(-x) + 1)"},
    "tanh": {"tanh(x)"},
    "relu": {"maximum(0, x)", "maximum(x, 0)", "max(0, x)", "max(x, 0)", "x * (x > 0)"},
}
ROUNDING = 1e-6


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
    found = _function(name, thing, row)
    if row.name.endswith(SUFFIX) and row.params[0].role != "activation":
        with suppress(NotThisShapeError):  # the function itself may not be there
            found.others = _of_the_activation(found.stands, look.forward_of(row))
    return found


def _of_the_activation(slope: Callable[..., Any], forward: Any) -> tuple[Callable[..., Any], ...]:
    """Return the way to call a slope that is one of the activation, not of what went into it."""
    return (lambda z, *hyper: slope(first(forward(z)), *hyper),)


def is_derivative(name: str, row: Row, base: Row | None) -> bool:
    """Tell whether a name is that of a derivative, and of this function's."""
    return base is not None and row.name.endswith(SUFFIX) and is_slope_of(name, base)


def is_slope_of(name: str, base: Row) -> bool:
    """Tell whether a name says "derivative of" and the name of the function itself."""
    parts = words(name)
    rest = [part for part in parts if part not in OF_DERIVATIVES]
    if len(rest) == len(parts):  # `dtanh`
        return name[:1] == "d" and name[1:].lower() in {own.lower() for own in base.names}
    return means(re.sub(r"_(\d)", r"\1", "_".join(rest)), base.names)  # relu6 is no second relu


def is_nonlin(name: str, thing: Any, base: Row) -> bool:
    """Tell an activation that is called `nonlin` by what it returns: 1 / (1 + exp(−x)), say.

    What its flag makes of it, and what it computes on the way, say nothing: the slope of a softplus
    is a sigmoid, and so is a factor of SiLU.
    """
    if base.name not in COMPUTES or not ANY & {*keys(name)} or inspect.isclass(thing):
        return False
    source = source_of(thing)
    if source is None or len(its := source.arguments()) not in (1, 2):
        return False
    kept = source.assigned()
    if any(spelled(to) == its[0] and not _is_copy(value) for to, value in kept):
        return False
    returned = source.while_off(its[1:]).returned()
    if len(returned) != 1:
        return False
    held = [value for to, value in kept if spelled(to) == spelled(returned[0]) != ""]
    text = ast.unparse(held[0] if len(held) == 1 else returned[0]).replace("1.0", "1")
    text = re.sub(r"\b(np|numpy|math)\.", "", text)
    return re.sub(rf"\b{its[0]}\b", "x", text) in COMPUTES[base.name]


def _is_copy(value: ast.expr) -> bool:
    """Whether a value is an array made of another, at most cut off: ``np.clip(x, -500, 500)``."""
    called = spelled(value.func) if isinstance(value, ast.Call) else ""
    return called.rpartition(".")[2] in ("clip", "array", "asarray")


def _argument(its: list[inspect.Parameter], row: Row) -> inspect.Parameter:
    """Find the one argument that is the array; the others are settings or flags."""
    required = [p for p in its if p.default is p.empty] or its[:1]
    if len(required) > 1:
        settings = [p for p in required if any(h.is_called(p.name) for h in row.hyper)]
        beside = [p for p in required[1:] if p.name.lower() in (*FLAGS, *TO_WRITE)]
        required = [p for p in required if p not in settings and p not in beside]
    if len(required) != 1:
        raise NotThisShapeError("it takes more than one argument")
    return required[0]


def _function(name: str, thing: Any, row: Row) -> Binding:
    its = named(thing)
    own = _argument(its, row)
    rest = [p for p in its if p is not own]
    roles = _settings(rest, row)
    settings = _Settings(roles, thing, row)

    written = [p.name for p in rest if p.name in TO_WRITE and p.default is p.empty]
    source = source_of(thing)
    in_place = source is not None and not source.returned() and not written
    in_place = in_place or "inplace" in name.lower().replace("_", "")

    def ask(z: Any, *hyper: Any) -> Any:
        given = settings.arguments(hyper)
        given.update((place, empty_like(asarray(z))) for place in written)
        z = array(z) if in_place else z
        its_own = {} if own is its[0] else {own.name: z}
        answer = thing(**its_own, **given) if its_own else thing(z, **given)
        if answer is None and in_place:
            return z
        return given[written[0]] if answer is None and written else first(answer)

    shown = ", ".join([own.name, *written])
    return _binding(name, row, f"{name}({shown})", "function", ask, settings)


def _settings(its: list[inspect.Parameter], row: Row) -> Assigned:
    """Give roles to what an activation takes beside its argument.

    A flag stays off; a number that has no role stays what it is, and is told.
    """
    flags = [p for p in its if p.name.lower() in FLAGS]
    left = [p for p in its if type(p.default) in (int, float) and p.default
            and p.name not in SILENT and not any(h.is_called(p.name) for h in row.hyper)
            ]  # fmt: skip
    apart = [*flags, *left, *(p for p in its if p.name in TO_WRITE)]
    roles = assign([p for p in its if p not in apart], row.hyper)
    roles.set.update({p.name: False for p in flags if p.default is p.empty})
    roles.left.update({p.name: p.default for p in left})
    return roles


class _Settings:
    """The constants of an activation: given, written into it, or not there."""

    def __init__(self, roles: Assigned, thing: Any, row: Row) -> None:
        self.roles = roles
        self.names = [p.name for p in row.hyper]
        self.usual = {p.name: p.usual for p in row.hyper if p.usual is not None}
        self.pinned: dict[str, float] = {}
        for parameter in roles.missing:
            if parameter.neutral is not None:
                continue
            value = parameter.declared
            value = Constants(thing, row).of(parameter) if value is None else value
            if value is None:
                raise NotThisShapeError(f"no parameter is the {parameter.name}")
            self.pinned[parameter.name] = value

    def arguments(self, hyper: tuple[Any, ...]) -> dict[str, Any]:
        """Spell the contract's constants in the code's own names."""
        return self.roles.arguments({**self.usual, **dict(zip(self.names, hyper))})


def _flagged(name: str, thing: Any, row: Row) -> Binding | None:
    its = named(thing)
    flags = [p.name for p in its if p.name.lower() in FLAGS]
    if not flags:
        return None
    settings = _Settings(_settings([p for p in its[1:] if p.name not in flags], row), thing, row)

    def ask(z: Any, *hyper: Any) -> Any:
        return first(thing(z, **{flags[0]: True}, **settings.arguments(hyper)))

    return _binding(name, row, f"{name}(…, {flags[0]}=True)", "with a flag", ask, settings)


def _backward(name: str, thing: Any, row: Row, look: Any) -> Binding:
    """Bind f_backward(upstream, cache of f_forward(z)), for an upstream gradient of ones."""
    forward = look.forward_of(row)
    its = [p for p in named(thing) if p.default is p.empty]
    upstream = [p.name for p in its if p.name.lower() in UPSTREAM]
    cache = [p.name for p in its if p.name.lower() in CACHES and p.name not in upstream]
    if len(its) != 2 or len(upstream) != 1 or len(cache) != 1:
        raise NotThisShapeError("which argument is the gradient from above cannot be told")
    settings = _Settings(_settings([], row), thing, row)

    def ask(z: Any, *hyper: Any) -> Any:
        del hyper
        kept = forward(z)
        kept = kept[1] if isinstance(kept, tuple) and len(kept) == 2 else z
        return thing(**{upstream[0]: ones_like(asarray(z)), cache[0]: kept})

    call = f"{name}({upstream[0]}=1, {cache[0]})"
    return _binding(name, row, call, "forward and backward", ask, settings)


def _object(name: str, thing: Any, row: Row, look: Any) -> Binding:
    ctor = named(thing)
    settings = _Settings(_settings(ctor, row), thing, row)
    derived = row.name.endswith(SUFFIX)
    method = look.method(thing, DERIVATIVES if derived else VALUES)
    own, flags = _own(thing, method)
    kept = _kept(thing, method)
    forwards = [m for m in VALUES if callable(getattr(thing, m, None)) and m in dir(thing)]
    # It goes back from what it has kept, and may be told what that is: ``derivative(x=None)``.
    kept_inside = derived and bool(forwards) and _default(thing, method) is None
    after = derived and (
        kept_inside or method in ("backward", "backprop") or own.lower() in UPSTREAM
    )
    if after and not forwards:
        raise NotThisShapeError("it has a backward pass, and no forward one")

    def value(z: Any, *hyper: Any) -> Any:
        made = thing(**settings.arguments(hyper))
        answer = getattr(made, method)(z, **flags)
        return first(attribute(made, OUTPUTS) if answer is None else answer)

    def slope(z: Any, *hyper: Any) -> Any:
        made = thing(**settings.arguments(hyper))
        forward = look.method(thing, ("forward", *forwards))
        answered = getattr(made, forward)(z, **_own(thing, forward)[1])
        more = {n: answered[1] if isinstance(answered, tuple) else z for n in kept}
        upstream = {} if kept_inside else {own: ones_like(asarray(z))}
        answer = getattr(made, method)(**upstream, **flags, **more)
        return first(attribute(made, SLOPES) if answer is None else answer)

    shown = f"{name}()" if method == "__call__" else f"{name}().{method}"
    argument = ("" if kept_inside else f"{own}=1") if after else own
    ask = slope if after else value
    found = _binding(name, row, f"{shown}({argument})", "object", ask, settings)
    if derived and not after and forwards and row.params[0].role != "activation":

        def forward(z: Any) -> Any:
            made = thing(**settings.arguments(()))
            return getattr(made, forwards[0])(z, **_own(thing, forwards[0])[1])

        found.others = _of_the_activation(found.stands, forward)
    return found


def _own(thing: Any, method: str) -> tuple[str, dict[str, Any]]:
    """Return a method's one argument, and what its other ones are set to."""
    its = named(getattr(thing, method))
    its = its if isinstance(vars_of_all(thing).get(method), staticmethod) else its[1:]
    kept = _kept(thing, method)
    its = [p for p in its if p.name not in kept]
    neutral = [p for p in its[1:] if p.default is p.empty]
    rates = [p for p in neutral if p.name.lower() in RATES]  # that nothing is learnt by
    settings = assign([p for p in neutral if p not in rates], [])
    settings.set.update({p.name: 0.0 for p in rates})
    if not its:
        raise NotThisShapeError(f"{method} takes nothing")
    return its[0].name, settings.set


def _default(thing: Any, method: str) -> Any:
    """Return what a method's first argument is where it is not given."""
    its = named(getattr(thing, method))
    own = its if isinstance(vars_of_all(thing).get(method), staticmethod) else its[1:]
    return own[0].default if own else inspect.Parameter.empty


def _kept(thing: Any, method: str) -> list[str]:
    """List what a backward pass takes of a forward one: ``backward(dout, cache)``."""
    due = [p.name for p in named(getattr(thing, method)) if p.default is p.empty]
    if not UPSTREAM & {own.lower() for own in due}:
        return []
    return [own for own in due if own.lower() in CACHES - UPSTREAM]


def vars_of_all(thing: Any) -> dict[str, Any]:
    """Return what a class and those it is made from define."""
    found: dict[str, Any] = {}
    for kind in reversed(thing.__mro__[:-1]):
        found.update(vars(kind))
    return found


def _binding(
    name: str,
    row: Row,
    call: str,
    shape: str,
    ask: Callable[..., Any],
    settings: _Settings,
) -> Binding:
    if row.params[0].role == "row logit":
        stands, lacks, notes = _of_rows(ask)
    else:
        stands, lacks = array_function(ask)
        notes = ("one number at a time",) if "arrays" in lacks else ()
    its = settings.roles
    return Binding(
        row.name,
        name,
        call,
        shape,
        # A function of any number of arguments: what it stands for takes settings by place.
        lambda *given: stands(*given),
        pinned=settings.pinned,
        without=tuple(p.name for p in its.missing if p.neutral is not None),
        lacks=(*lacks, *dict.fromkeys(f"any {p.role}" for p in its.missing if p.neutral is None)),
        notes=(*notes, *(f"{own}={value}" for own, value in (*its.set.items(), *its.left.items()))),
        guessed=bool(its.left),  # what nobody knows is meant
        defaults=its.defaults,
    )


def _of_rows(
    ask: Callable[..., Any],
) -> tuple[Callable[..., Any], tuple[str, ...], tuple[str, ...]]:
    """Find in which layout it takes samples: as rows, as columns, or one by one."""

    def table(z: Any) -> Any:
        its = atleast_2d(asarray(z))
        return its.reshape(-1, its.shape[-1])

    def rows(z: Any, *hyper: Any) -> Any:
        return asarray(ask(table(z), *hyper)).reshape(asarray(z).shape)

    def columns(z: Any, *hyper: Any) -> Any:
        return asarray(ask(table(z).T.copy(), *hyper)).T.reshape(asarray(z).shape)

    def alone(z: Any, *hyper: Any) -> Any:
        return asarray(ask(asarray(z).reshape(-1), *hyper)).reshape(asarray(z).shape)

    along_rows, along_columns = mixed(ask)
    if along_columns and not along_rows:
        return columns, (), ("samples are columns",)
    # Who goes through the rows of a table may make of a vector as many rows of one.
    if takes_arrays(ask) and (not along_rows or _hangs_on(ask, asarray([0.25, 0.5, 0.75]), (1,))):
        if along_rows == along_columns:  # all of a table, or no table at all
            return alone, ("several samples",), ()
        return ask, (), ()
    return rows, (), ("samples are rows",)


def mixed(ask: Callable[..., Any]) -> tuple[bool, bool]:
    """Find out along which axes of a table an entry of the answer hangs on other entries."""
    z = asarray([[0.25, 0.5, 0.75], [0.5, 0.125, 0.375]])
    return _hangs_on(ask, z, (0, 1)), _hangs_on(ask, z, (1, 0))


def _hangs_on(ask: Callable[..., Any], z: Any, place: tuple[int, ...]) -> bool:
    """Whether the first entry of an answer hangs on the argument's entry at another place."""
    other = z.copy()
    other[place] = 1.0
    try:
        here, moved = (float(asarray(ask(each)).flat[0]) for each in (z, other))
    except Exception:  # it takes no such arrays
        return False
    # A maximum that is taken away changes roundings, and no more.
    return abs(moved - here) > ROUNDING
