"""What an update is handed its weights in, and where the new ones are read from afterwards."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from numpy import array, asarray, zeros, zeros_like

from .binding import NotThisShapeError
from .source import Source
from .words import GRADIENTS, WEIGHTS, is_gradient, is_weights

OUTER = frozenset(("items", "keys", "values"))


class Plain:
    """An array by itself: a new one is returned, or it is written to."""

    shown = "{}"

    def weights(self, w: Any) -> Any:
        """Wrap weights."""
        return array(w)

    def gradient(self, g: Any) -> Any:
        """Wrap a gradient."""
        return array(g)

    def zeros(self, w: Any) -> Any:
        """Make state that is zero, one entry for each weight."""
        return zeros_like(asarray(w))

    def read(self, held: Any) -> Any:
        """Unwrap weights."""
        return held


class InDict(Plain):
    """A dict by names; with a prefix, gradients are called like the weights with a d before."""

    shown = "{{…}}"

    def __init__(self, *, prefixed: bool) -> None:
        self.name, self.slope = ("W1", "dW1") if prefixed else ("w", "w")
        self.more = {"b1": "db1"} if prefixed else {}

    def weights(self, w: Any) -> Any:
        """Wrap weights; a layer has biases, too."""
        return {self.name: array(w), **{name: zeros(1) for name in self.more}}

    def gradient(self, g: Any) -> Any:
        """Wrap a gradient."""
        return {self.slope: array(g), **{name: zeros(1) for name in self.more.values()}}

    def zeros(self, w: Any) -> Any:
        """Make state by the gradients' names."""
        return self.gradient(zeros_like(asarray(w)))

    def read(self, held: Any) -> Any:
        """Unwrap weights."""
        return held[self.name]


class InList(Plain):
    """A list of arrays, or of lists of arrays, one for each layer."""

    shown = "[…]"

    def __init__(self, *, nested: bool) -> None:
        self.nested = nested

    def weights(self, w: Any) -> Any:
        """Wrap weights."""
        return [[array(w)]] if self.nested else [array(w)]

    def gradient(self, g: Any) -> Any:
        """Wrap a gradient."""
        return self.weights(g)

    def zeros(self, w: Any) -> Any:
        """Make state in lists alike."""
        return self.weights(zeros_like(asarray(w)))

    def read(self, held: Any) -> Any:
        """Unwrap weights."""
        return held[0][0] if self.nested else held[0]


def container(source: Source, weights: str, gradient: str) -> Plain:
    """Read from the source what an update takes its weights in."""
    names = {weights, gradient}
    texts = source.texts()
    if any(source.attributes_of(name) & OUTER for name in names) or _keyed(source, names):
        return InDict(prefixed="d" in texts or any(text.startswith("dW") for text in texts))
    if ("d" in texts or any(text.startswith("dW") for text in texts)) and _subscripted(
        source, names
    ):
        return InDict(prefixed=True)
    if _zipped(source, names):
        return InList(nested=source.is_nested(weights))
    return Plain()


def _loops(source: Source) -> list[Any]:
    return source.nodes((ast.For, ast.comprehension))


def _keyed(source: Source, names: set[str]) -> bool:
    """Whether it loops over a dict itself: ``for key in params: params[key]``."""
    for loop in _loops(source):
        over = isinstance(loop.iter, ast.Name) and loop.iter.id in names
        if over and isinstance(loop.target, ast.Name):
            for node in source.nodes(ast.Subscript):
                key = node.slice
                if isinstance(key, ast.Name) and key.id == loop.target.id:
                    return True
    return False


def _subscripted(source: Source, names: set[str]) -> bool:
    return any(
        isinstance(node.value, ast.Name) and node.value.id in names
        for node in source.nodes(ast.Subscript)
    )


def _zipped(source: Source, names: set[str]) -> bool:
    """Whether it loops over its arguments one by one."""
    for loop in _loops(source):
        if {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)} & names:
            return True
    return False


# --- objects that hold their weights --------------------------------------------------------------


class Layer:
    """A layer with weights and their gradients as attributes: `weights`, `dweights`."""

    def __init__(self, source: Source, parameter: str) -> None:
        read = source.attributes_of(parameter)
        pairs = [(name[1:], name) for name in sorted(read) if name[:1] == "d" and len(name) > 1]
        known = read | {*source.texts()}
        self.pairs = [pair for pair in pairs if pair[0] in known]
        if not self.pairs:
            raise NotThisShapeError(f"where {parameter} keeps weights and gradients cannot be told")
        self.pairs.sort(key=lambda pair: pair[0].startswith("b"))

    def make(self) -> Any:
        """Make a layer."""
        return SimpleNamespace()

    def fill(self, layer: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it; what is not asked about is zero."""
        for i, (name, slope) in enumerate(self.pairs):
            setattr(layer, name, array(w) if i == 0 else zeros(1))
            setattr(layer, slope, array(g) if i == 0 else zeros(1))

    def read(self, layer: Any) -> Any:
        """Read the weights."""
        return getattr(layer, self.pairs[0][0])


class Network:
    """A network whose `params_and_grads()` yields pairs of arrays, updated in place."""

    def make(self) -> Any:
        """Make a network."""
        net = SimpleNamespace(held=None)
        net.params_and_grads = lambda: iter([net.held])
        return net

    def fill(self, net: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it; the array of the weights stays the same one."""
        if net.held is None:
            net.held = (array(w), array(g))
        else:
            net.held[0][...] = w
            net.held = (net.held[0], array(g))

    def read(self, net: Any) -> Any:
        """Read the weights."""
        return net.held[0]


class Tensor:
    """A parameter as an object with `data` and `grad`, as automatic differentiation has them."""

    def __init__(self, kind: Any, *, wrapped: bool) -> None:
        self.kind = kind
        self.wrapped = wrapped

    def make(self) -> Any:
        """Make a parameter without content yet."""
        return self._of(zeros(1))

    def _of(self, values: Any) -> Any:
        if self.kind is not None:
            return self.kind(values)
        return SimpleNamespace(data=values, grad=None, requires_grad=True, shape=values.shape)

    def fill(self, tensor: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        tensor.data = array(w)
        tensor.grad = self._of(array(g)) if self.wrapped else array(g)

    def read(self, tensor: Any) -> Any:
        """Read the weights."""
        return tensor.data


def weights_name(names: list[str]) -> str | None:
    """Find the one parameter that is called like weights are."""
    return _only(names, WEIGHTS, is_weights)


def gradient_name(names: list[str]) -> str | None:
    """Find the one parameter that is called like a gradient is."""
    return _only(names, GRADIENTS, is_gradient)


def _only(names: list[str], known: frozenset[str], looks_like: Callable[[str], bool]) -> str | None:
    """Find the one name that is known, or else the one that looks as if it were."""
    found = [name for name in names if name.lower() in known]
    found = found or [name for name in names if looks_like(name)]
    return found[0] if len(found) == 1 else None
