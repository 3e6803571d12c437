"""A loss that returns its gradient beside its value: which of what comes back is which."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

from .assign import named
from .binding import NotThisShapeError
from .source import Source, last_name, source_of, spelled
from .words import is_gradient, slope_of, words

BESIDE = ("dx", "dX", "dz", "dZ", "dlogits", "dscores", "dout", "dpred", "dinputs", "delta")
SLOPED = frozenset(("grad", "grads", "gradient", "gradients", "derivative"))
EITHER_SIGN = "delta"  # who adds it to the weights takes label − prediction
TOTALS = frozenset(("mean", "sum", "average"))
BY_PARTS = frozenset(("sign", "where"))  # a slope that is told by cases
FLAGS = frozenset(
    "derivative deriv derivate derive der prime grad gradient is_derivative return_derivative"
    " return_deriv return_grad return_grads return_gradient with_grad with_gradient compute_grad"
    " compute_gradient calc_grad get_grad".split()
)  # that ask a loss for its gradient
_SPOKEN = re.compile(r"grad|deriv|slope|backprop", re.IGNORECASE)


class Both:
    """Where a value stands in what comes back, and where its gradient, as a place or a key."""

    def __init__(self, value: Any, slope: Any, *, sure: bool) -> None:
        self.value = value
        self.slope = slope
        self.sure = sure  # whether it is called a gradient, and not turned round

    def value_of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function that gives the value alone."""
        return lambda *given, **more: _taken(function(*given, **more), self.value)

    def slope_of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function that gives the gradient alone."""
        return lambda *given, **more: _taken(function(*given, **more), self.slope)


def _taken(answer: Any, place: Any) -> Any:
    return answer[place] if isinstance(answer, (tuple, list, dict)) else answer


def both(function: Any) -> Both | None:
    """Find out from the source of a function where its gradient stands, if it returns one."""
    source = source_of(function)
    if source is None:
        return None
    kept = {spelled(to): its for to, its in source.assigned() if spelled(to)}
    for node in reversed(source.returned()):
        parts = _parts(kept.get(spelled(node), node))
        named = [(place, its) for place, its in parts if _is_slope(place, its, source)]
        rest = [place for place, _ in parts if place not in dict(named)]
        if len(named) == 1 and rest:
            place, its = named[0]
            turned = any(isinstance(node, ast.USub) for node in ast.walk(its))
            sure = place in SLOPED or not (turned or spelled(its) == EITHER_SIGN)
            return Both(rest[0], place, sure=sure)
        if not named and len(parts) == 2:
            value, slope = parts[:: -1 if _is_total(parts[1][1]) else 1]
            if _may_be_slope(slope[1], source, spoken=_is_spoken_of(function)):
                return Both(value[0], slope[0], sure=False)
    return None


def flag_of(function: Any) -> str | None:
    """Find the argument that asks a loss for its gradient: ``mse(y, p, derivative=True)``."""
    try:
        its = named(function)
    except NotThisShapeError:
        return None
    known = [p for p in its if p.default is p.empty or type(p.default) in (bool, int)]
    return next((p.name for p in known if p.name in FLAGS), None)


def _parts(node: ast.expr) -> list[tuple[Any, ast.expr]]:
    """List what comes back in one, each with its place or its key."""
    if isinstance(node, ast.IfExp):
        return _parts(node.body) or _parts(node.orelse)
    if isinstance(node, ast.Tuple):
        return [*enumerate(node.elts)]
    if isinstance(node, ast.Dict):
        return [(getattr(key, "value", None), its) for key, its in zip(node.keys, node.values)]
    return []


def _is_slope(place: Any, node: ast.expr, source: Source) -> bool:
    """Whether a part of what comes back is called like a gradient, by its key or by itself."""
    names = [place] if isinstance(place, str) else []
    names += [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    names += [inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)]
    slopes = {slope_of(own, names) for own in source.arguments()}
    return any(
        own in BESIDE or own in slopes or is_gradient(own) or SLOPED & {*words(own)}
        for own in names
    )


def _is_total(node: ast.expr) -> bool:
    """Whether an expression is a sum or a mean."""
    return isinstance(node, ast.Call) and last_name(node.func) in TOTALS


def _may_be_slope(node: ast.expr, source: Source, *, spoken: bool) -> bool:
    """Whether what comes second may be a gradient: it is computed, and no difference alone."""
    if isinstance(node, ast.Name):
        return spoken and node.id not in source.arguments()
    if isinstance(node, ast.Call):
        return last_name(node.func) in BY_PARTS
    is_error = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
    return isinstance(node, (ast.BinOp, ast.UnaryOp)) and (spoken or not is_error)


def _is_spoken_of(function: Any) -> bool:
    """Whether a function's text speaks of a gradient: its name, what it says, a comment."""
    try:
        return bool(_SPOKEN.search(inspect.getsource(function)))
    except (OSError, TypeError):
        return False
