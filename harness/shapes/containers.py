"""What an update is handed its weights in, and where the new ones are read from afterwards."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable
from typing import Any

from numpy import array, array_equal, asarray, shape, zeros, zeros_like

from .source import Source, spelled
from .words import GRADIENTS, WEIGHTS, Row, is_gradient, is_weights

OUTER = frozenset(("items", "keys", "values"))


def stepped_alike(row: Row, taken: Iterable[str]) -> bool:
    """Whether weights and biases are stepped alike: they are, but where weights alone may decay.

    `taken` are the parameters, by the contract's names, that the code has.
    """
    decays = [p for p in row.params if p.role in ("weight decay", "penalty")]
    return not any(not p.option or p.name in taken for p in decays)


def aside(way: Any) -> Any:
    """Return the same way to hand weights over, which reads what is stepped beside them."""
    its = copy.copy(way)
    its.alike = True
    for name, inner in vars(way).items():
        if hasattr(inner, "alike"):
            setattr(its, name, aside(inner))
    return its


def told_apart(first: Any, *others: Any) -> Any:
    """Return what was stepped otherwise than weights from the same place; else the weights."""
    for other in others:
        same = array_equal(first, other, equal_nan=True)
        if not same and shape(other) == shape(first):
            return other
    return first


class Plain:
    """An array by itself: a new one is returned, or it is written to."""

    shown = "{}"
    alike = False  # whether what is beside it is given the same, and is what is asked about

    def beside(self, value: Any) -> Any:
        """Return what is beside weights, or beside their gradient."""
        return array(value) if self.alike else zeros(1)

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

    def put(self, held: Any, w: Any) -> Any:
        """Put other weights in place of these; a dict or a list stays the same object."""
        del held
        return self.weights(w)


class InDict(Plain):
    """A dict by names; with a prefix, gradients are called like the weights with a d before."""

    shown = "{{…}}"

    def __init__(self, *, prefixed: bool) -> None:
        self.name, self.slope = ("W1", "dW1") if prefixed else ("w", "w")
        self.more = {"b1": "db1"} if prefixed else {}

    def weights(self, w: Any) -> Any:
        """Wrap weights; a layer has biases, too."""
        return {self.name: array(w), **{name: self.beside(w) for name in self.more}}

    def gradient(self, g: Any) -> Any:
        """Wrap a gradient."""
        return {self.slope: array(g), **{name: self.beside(g) for name in self.more.values()}}

    def zeros(self, w: Any) -> Any:
        """Make state by the gradients' names."""
        return self.gradient(zeros_like(asarray(w)))

    def read(self, held: Any) -> Any:
        """Unwrap weights."""
        its = [held[name] for name in self.more] if self.alike else []
        return told_apart(held[self.name], *its)

    def put(self, held: Any, w: Any) -> Any:
        """Put other weights into the same dict."""
        held.update(self.weights(w))
        return held


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

    def put(self, held: Any, w: Any) -> Any:
        """Put other weights into the same list."""
        held[:] = self.weights(w)
        return held


class InPairs(Plain):
    """A list of layers, of which each is a pair of weights and biases."""

    shown = "[(…)]"

    def weights(self, w: Any) -> Any:
        """Wrap weights."""
        return [(array(w), self.beside(w))]

    def gradient(self, g: Any) -> Any:
        """Wrap a gradient."""
        return self.weights(g)

    def zeros(self, w: Any) -> Any:
        """Make state in pairs alike."""
        return self.weights(zeros_like(asarray(w)))

    def read(self, held: Any) -> Any:
        """Unwrap weights."""
        return held[0][0]

    def put(self, held: Any, w: Any) -> Any:
        """Put other weights into the same list."""
        held[:] = self.weights(w)
        return held


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
    if any(_is_pair(each) for name in names for each in source.elements_of(name)):
        return InPairs()
    if _zipped(source, names):
        return InList(nested=source.is_nested(weights))
    return Plain()


def containers(source: Source, weights: str, gradient: str) -> list[Plain]:
    """List what an update may take its weights in, likely first: helpers may go through them."""
    likely = container(source, weights, gradient)
    rest = (Plain(), InDict(prefixed=False), InList(nested=False))
    return [likely, *(each for each in rest if type(each) is not type(likely))]


def _is_pair(element: ast.expr) -> bool:
    """Whether an entry is taken apart into two: ``for (w, b), (dw, db) in zip(params, grads)``."""
    return isinstance(element, ast.Tuple) and len(element.elts) == 2


def _loops(source: Source) -> list[Any]:
    return source.nodes((ast.For, ast.comprehension))


def _keyed(source: Source, names: set[str]) -> bool:
    """Whether it loops over a dict itself: ``for key in params: params[key]``."""
    keys = {loop.target.id for loop in _loops(source)
            if spelled(loop.iter) in names and isinstance(loop.target, ast.Name)}  # fmt: skip
    return any(getattr(n.slice, "id", None) in keys for n in source.nodes(ast.Subscript))


def _subscripted(source: Source, names: set[str]) -> bool:
    return any(spelled(node.value) in names for node in source.nodes(ast.Subscript))


def _zipped(source: Source, names: set[str]) -> bool:
    """Whether it loops over its arguments one by one."""
    return any({spelled(n) for n in ast.walk(loop.iter)} & names for loop in _loops(source))


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
    if len(found) > 1:  # G, beside grad, is what has been gathered of it
        found = [name for name in found if name != "G"]
    return found[0] if len(found) == 1 else None
