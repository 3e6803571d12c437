"""Objects that hold weights beside their gradients: parameters, layers, networks, lists of these.

Which one it is, is read from what the code asks of it: `layer.dW`, `p.grad`, `net.layers`.
"""

from __future__ import annotations

import ast
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy
from numpy import array, ndarray, zeros

from . import native
from .binding import NotThisShapeError
from .containers import InDict, InList, Plain, container, told_apart
from .source import Source, spelled
from .words import is_gradient, slope_of

LISTS = ("layers", "modules", "parameters", "trainable_layers", "params")
VALUES = frozenset("value data val values w weight weights param".split())
DICTS = (("params", "grads"), ("parameters", "gradients"), ("params", "gradients"),
         ("weights", "gradients"), ("weights", "grads"), ("params", "dparams"))  # fmt: skip
SLOPES = ("grad", "gradient", "derivative")  # what a value calls its own
SETTERS = frozenset("update set set_value assign".split())  # methods that put another in its place
FIELDS = ("W", "weights", "weight", "w", "b", "bias", "biases")


class Layer:
    """A layer with weights and their gradients as attributes: `weights`, `dweights`."""

    alike = False  # whether its biases are given the same, and are what is asked about

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = sorted(pairs, key=lambda pair: pair[0].startswith("b"))

    def make(self) -> Any:
        """Make a layer."""
        return SimpleNamespace()

    def fill(self, layer: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it; what is not asked about is zero, or the same."""
        for i, (name, slope) in enumerate(self.pairs):
            asked = i == 0 or self.alike
            setattr(layer, name, array(w) if asked else zeros(1))
            setattr(layer, slope, array(g) if asked else zeros(1))

    def read(self, layer: Any) -> Any:
        """Read the weights."""
        first, *others = (getattr(layer, name) for name, _ in self.pairs)
        return told_apart(first, *others) if self.alike else first


class Tabled(Layer):
    """A layer whose weights and gradients lie in a dict or a list each: `params`, `grads`.

    Each stays the same object, and may come from a method: `params()`.
    """

    def __init__(self, names: tuple[str, str], within: Plain, *, called: bool = False) -> None:
        self.names, self.within, self.called = names, within, called

    def _its(self, layer: Any, name: str) -> Any:
        its = getattr(layer, name, None)
        return its() if its is not None and self.called else its

    def fill(self, layer: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        for name, its in zip(self.names, (self.within.weights(w), self.within.gradient(g))):
            own = self._its(layer, name)
            if isinstance(own, dict):
                own.update(its)
            elif isinstance(own, list):
                own[:] = its
            else:
                own = its
            setattr(layer, name, partial(_itself, own) if self.called else own)

    def read(self, layer: Any) -> Any:
        """Read the weights."""
        return self.within.read(self._its(layer, self.names[0]))


def _itself(its: Any) -> Any:
    return its


class Called(Layer):
    """A layer whose gradients lie in a dict, by the names of its attributes."""

    def __init__(self, slopes: str) -> None:
        self.pairs, self.slopes = [("W", "W"), ("b", "b")], slopes

    def fill(self, layer: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it; what is not asked about is zero, or the same."""
        its = SimpleNamespace()
        super().fill(its, w, w)
        vars(layer).update(vars(its))
        super().fill(its, g, g)
        setattr(layer, self.slopes, vars(its))


class Pairs(Layer):
    """A list of pairs of an array and its gradient, in either order, updated in place."""

    def __init__(self, place: int) -> None:
        self.place = place  # of the weights

    def make(self) -> Any:
        """Make a list."""
        return []

    def fill(self, held: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it; the array of the weights stays the same one."""
        own = held[0][self.place] if held else array(w)
        own[...] = w
        held[:] = [(own, array(g)) if self.place == 0 else (array(g), own)]

    def read(self, held: Any) -> Any:
        """Read the weights."""
        return held[0][self.place]


class Tensor(Layer):
    """A parameter as an object with `data` and `grad`, as automatic differentiation has them."""

    def __init__(self, kind: Any, *, wrapped: bool, names: tuple[str, str]) -> None:
        self.kind, self.wrapped, self.names = kind, wrapped, names

    def make(self) -> Any:
        """Make a parameter without content yet."""
        return self._of(zeros(1))

    def _of(self, values: Any) -> Any:
        if self.kind is None:  # `xp` is what code for NumPy and CuPy calls the one of its arrays
            return SimpleNamespace(**dict.fromkeys(self.names), requires_grad=True,
                                   trainable=True, shape=values.shape, xp=numpy)  # fmt: skip
        made = self.kind(values)
        for name in {"requires_grad", "trainable"} & {*dir(made)}:
            setattr(made, name, True)
        return made

    def fill(self, tensor: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        value, slope = self.names
        if self.wrapped:
            wrapped = self._of(array(g))
            setattr(wrapped, value, array(g))
        setattr(tensor, value, array(w))
        setattr(tensor, slope, wrapped if self.wrapped else array(g))

    def read(self, tensor: Any) -> Any:
        """Read the weights."""
        return getattr(tensor, self.names[0])


class Parameter(ndarray[Any, Any]):
    """An array that has a gradient beside it."""

    grad: Any = None


class Array(Layer):
    """A parameter as an array that has a gradient beside it: code writes to ``p[:]``."""

    def __init__(self) -> None:
        pass

    def make(self) -> Any:
        """Make a parameter."""
        return Parameter((0,))

    def fill(self, parameter: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        parameter.resize(w.shape, refcheck=False)
        parameter[...] = w
        parameter.grad = array(g)

    def read(self, parameter: Any) -> Any:
        """Read the weights."""
        return array(parameter)


class Valued(Layer):
    """A parameter whose value has the gradient: ``p.update(p.value - lr * p.value.grad)``."""

    def __init__(self, value: str, slope: str, setters: set[str], *, wrapped: bool) -> None:
        self.value, self.slope, self.setters, self.wrapped = value, slope, setters, wrapped

    def make(self) -> Any:
        """Make a parameter without content yet."""
        made = SimpleNamespace()
        for name in self.setters:
            setattr(made, name, lambda value: setattr(made, self.value, value))
        return made

    def fill(self, parameter: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        held = SimpleNamespace(data=array(w)) if self.wrapped else array(w).view(Parameter)
        setattr(held, self.slope, array(g))
        setattr(parameter, self.value, held)

    def read(self, parameter: Any) -> Any:
        """Read the weights."""
        held = getattr(parameter, self.value)
        return array(held if isinstance(held, ndarray) else held.data)


class Leaf(Layer):
    """A parameter of PyTorch's, of code that is no `torch.optim.Optimizer`."""

    def __init__(self) -> None:
        pass

    def make(self) -> Any:
        """Make a parameter."""
        return native.leaf()

    def fill(self, leaf: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        native.fill(leaf, w, g)

    def read(self, leaf: Any) -> Any:
        """Read the weights."""
        return native.read(leaf)


class Entry(Layer):
    """A parameter as a dict: ``{"value": w, "grad": g}``."""

    def __init__(self, names: tuple[str, str]) -> None:
        self.names = names

    def make(self) -> Any:
        """Make a parameter."""
        return dict.fromkeys(self.names)

    def fill(self, entry: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        entry.update(zip(self.names, (array(w), array(g))))

    def read(self, entry: Any) -> Any:
        """Read the weights."""
        return entry[self.names[0]]


class Each(Layer):
    """A list of one such object."""

    def __init__(self, inner: Layer) -> None:
        self.inner = inner

    def make(self) -> Any:
        """Make a list."""
        return [self.inner.make()]

    def fill(self, held: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        self.inner.fill(held[0], w, g)

    def read(self, held: Any) -> Any:
        """Read the weights."""
        return self.inner.read(held[0])


class Network(Layer):
    """An object that has such a list as an attribute, or returns it from a method."""

    def __init__(self, inner: Layer, name: str, *, called: bool) -> None:
        self.inner, self.name, self.called = inner, name, called

    def make(self) -> Any:
        """Make a network."""
        its = self.inner.make()
        return SimpleNamespace(**{self.name: (lambda: its) if self.called else its})

    def _its(self, net: Any) -> Any:
        its = getattr(net, self.name)
        return its() if self.called else its

    def fill(self, net: Any, w: Any, g: Any) -> None:
        """Put weights and a gradient into it."""
        self.inner.fill(self._its(net), w, g)

    def read(self, net: Any) -> Any:
        """Read the weights."""
        return self.inner.read(self._its(net))


def holder(source: Source, name: str, kind: Any) -> Layer:
    """Read from the source what a variable is: what holds weights, and how.

    `kind` is the class that the contender has for parameters, if there is one.

    Raises
    ------
    NotThisShapeError
        It cannot be told.
    """
    read = source.attributes_of(name)
    if "params_and_grads" in read:
        return Network(Pairs(0), "params_and_grads", called=True)
    found = _one(source, name, read, kind)
    if found is not None:
        return found
    for element in source.elements_of(name):
        pair = [getattr(e, "id", "") for e in getattr(element, "elts", [])]
        if len(pair) == 2 and any(map(is_gradient, pair)) and not all(map(is_gradient, pair)):
            return Pairs(0 if is_gradient(pair[1]) else 1)
        own = spelled(element)
        if own and own != name:
            return Each(holder(source, own, kind))
    for attribute in LISTS:
        if attribute in read:
            inner = holder(source, f"{name}.{attribute}", kind)
            if isinstance(inner, (Each, Pairs)):
                called = any(isinstance(n.func, ast.Attribute) and n.func.attr == attribute
                             for n in source.nodes(ast.Call))  # fmt: skip
                return Network(inner, attribute, called=called)
    raise NotThisShapeError(f"where {name} keeps weights and gradients cannot be told")


def tabled(source: Source, name: str, read: set[str]) -> Tabled | None:
    """Tell what has a dict or a list of weights, and one of gradients, as attributes or methods."""
    for pair in (pair for pair in DICTS if {*pair} <= read):
        places = [f"{name}.{own}" for own in pair]
        calls = {spelled(node.func) for node in source.nodes(ast.Call)}
        called = {*places} <= calls
        kept = {}
        for to, value in source.assigned():
            its = value.func if called and isinstance(value, ast.Call) else value
            kept[spelled(its)] = spelled(to)
        within = container(source, *(kept.get(place) or place for place in places))
        if isinstance(within, (InDict, InList)):
            return Tabled(pair, within, called=called)
    return None


def _is_written_to(source: Source, name: str) -> bool:
    """Whether a variable is an array that is changed in place: ``p -= …`` or ``p[:] = …``."""
    changed = [node.target for node in source.nodes(ast.AugAssign)]
    assigned = [each for node in source.nodes(ast.Assign) for each in node.targets]
    parts = [each.value for each in (*changed, *assigned) if isinstance(each, ast.Subscript)]
    return any(spelled(each) == name for each in (*changed, *parts))


def _one(source: Source, name: str, read: set[str], kind: Any) -> Layer | None:
    """Tell a parameter or a layer; None where it is neither."""
    if kind is native.leaf and "grad" in read:
        return Leaf()
    keys = source.keys_of(name)
    slopes = [key for key in keys if is_gradient(key)]
    values = [key for key in keys if key in VALUES]
    if len(slopes) == 1 and len(values) == 1:
        return Entry((values[0], slopes[0]))
    for own in sorted(read & VALUES - {"data"}):
        inner = source.attributes_of(f"{name}.{own}")
        if its_own := [slope for slope in SLOPES if slope in inner]:
            wrapped = "data" in inner and len(its_own) == 1
            return Valued(own, its_own[0], read & SETTERS, wrapped=wrapped)
    slopes = [own for own in read if own in ("grad", "gradient")]
    if slopes and read & VALUES:
        inner = source.attributes_of(f"{name}.{slopes[0]}")
        value = next(own for own in ("data", *sorted(read & VALUES)) if own in read)
        return Tensor(kind, wrapped=value in inner, names=(value, slopes[0]))
    if (table := tabled(source, name, read)) is not None:
        return table
    if "grad" in read and _is_written_to(source, name):
        return Array()
    texts = {*source.texts()}
    known = set(read)
    if any(spelled(a) == name for n in source.nodes(ast.Call) for a in n.args[:1]
           if getattr(n.func, "id", "") == "getattr"):  # fmt: skip
        for own in sorted({"grads", "gradients"} & read):
            return Called(own)
        known |= texts | {f"d{own}" for own in FIELDS if own in texts and "d" in texts}
    there = sorted(read | texts)
    pairs = [(own, slope) for own in there if (slope := slope_of(own, known))]
    return Layer(pairs) if pairs else None
