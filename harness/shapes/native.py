"""Code of one's own over a framework's arrays: it is handed those, and NumPy's come back.

A file may have a sigmoid of `torch.exp`, or an Adam over tensors that is no optimizer of PyTorch's.
Which arrays its code computes with is read from the packages that it mentions; where it mentions
none, as ``p.data -= lr * p.grad``, from what its file imports.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from numpy import array, array_equal, asarray, generic, ndarray

from .frameworks import jax, keras, mlx, owner, pytorch

FRAMEWORKS = (pytorch, jax, mlx, keras)
CALLED = ("__init__", "__call__")  # methods that others call, whatever their names
TO_NATIVE = frozenset(("from_numpy",))  # who calls these is handed NumPy's arrays
PERHAPS = frozenset(("tensor", "as_tensor", "asarray"))  # or so, if it mentions NumPy, too
Replaced = list[tuple[type, str, Any]]  # methods of classes, as they are written
_calls = threading.local()  # whether this thread is within one


def of(thing: Any) -> Any:
    """Return the framework whose arrays code of one's own computes with; None for NumPy's."""
    if not any(shape.ROOT in sys.modules for shape in FRAMEWORKS) or owner(thing) is not None:
        return None
    functions = [*_functions(thing)]
    names, roots = _mentioned(functions, set())
    if names & TO_NATIVE or ("numpy" in roots and names & PERHAPS):
        return None
    for shape in FRAMEWORKS:
        if shape.ROOT.split(".")[0] in roots:
            return shape
    if roots & {"numpy", "autograd"} or not functions:
        return None
    imported = {_root(value) for value in functions[0].__globals__.values()}
    return pytorch if pytorch.ROOT in imported and "numpy" not in imported else None


def adapted(thing: Any, replaced: Replaced) -> Any:
    """Return a function, or a class, that takes and returns NumPy's arrays.

    A class stays the same one, or its objects would have no pickles. What is replaced in it is
    added to `replaced`, for whoever gives it back.
    """
    shape = of(thing)
    if shape is None:
        return thing
    hooks = shape.hooks()
    if not inspect.isclass(thing):
        return _handed(thing, hooks)
    own = thing.__module__
    for kind in thing.__mro__:
        if kind.__module__ == own:
            _adapt(kind, hooks, replaced)
    return thing


def is_adapted(function: Any) -> bool:
    """Whether a function stands for one that a framework's arrays are handed to."""
    return hasattr(function, "_is_handed")


def _adapt(kind: Any, hooks: dict[str, Callable[..., Any]], replaced: Replaced) -> None:
    """Let the methods of a class be handed a framework's arrays, wherever they are called."""
    for name, value in [*vars(kind).items()]:
        static = isinstance(value, staticmethod)
        function = value.__func__ if static else value
        if inspect.isfunction(function) and (name in CALLED or not name.startswith("__")):
            handed = _handed(function, hooks)
            if handed is not function:
                replaced.append((kind, name, value))
                setattr(kind, name, staticmethod(handed) if static else handed)


# --- what code mentions ---------------------------------------------------------------------------


def mentions(thing: Any, package: str) -> bool:
    """Whether code makes use of a package, by itself or through its file's helpers."""
    return package in _mentioned([*_functions(thing)], set())[1]


def _functions(thing: Any) -> Iterator[Any]:
    """List a function, or those of a class and its bases, as they are written."""
    if inspect.isclass(thing):
        for kind in thing.__mro__[:-1]:
            for value in vars(kind).values():
                yield from _functions(getattr(value, "__func__", value)) if _is_code(value) else ()
    else:
        function = inspect.unwrap(getattr(thing, "func", thing))  # of a functools.partial
        function = getattr(function, "__func__", function)
        if inspect.isfunction(function):
            yield function


def _is_code(value: Any) -> bool:
    return inspect.isfunction(value) or isinstance(value, (staticmethod, classmethod))


def _mentioned(functions: list[Any], seen: set[int]) -> tuple[set[str], set[str]]:
    """List the names in code, and the packages of what they stand for; helpers' are its own."""
    names: set[str] = set()
    roots: set[str] = set()
    for function in functions:
        seen.add(id(function))
        used = _names(function.__code__)
        names |= used
        for value in (function.__globals__[n] for n in used if n in function.__globals__):
            roots.add(_root(value))
            own = getattr(value, "__module__", None) == function.__module__
            inner = [f for f in _functions(value) if id(f) not in seen] if own else []
            more = _mentioned(inner, seen)
            names, roots = names | more[0], roots | more[1]
    return names, roots


def _names(code: CodeType) -> set[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return {*code.co_names}.union(*map(_names, inner))


def _root(value: Any) -> str:
    """Return the package that a value is of."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return str(name).split(".")[0]


# --- calls ----------------------------------------------------------------------------------------


def _handed(function: Any, hooks: dict[str, Callable[..., Any]]) -> Any:
    """Return a function that converts what goes in and what comes out, unless it is within one."""
    if is_adapted(function) or inspect.isgeneratorfunction(function):
        return function

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        if getattr(_calls, "within", False):
            return function(*arguments, **named)
        way = _Way(hooks)
        given = [way.there(each) for each in arguments]
        given_by_name = {name: way.there(each) for name, each in named.items()}
        if way.own and not way.handed:  # its user calls it
            return function(*arguments, **named)
        _calls.within = True
        try:
            answer = function(*given, **given_by_name)
        finally:
            _calls.within = False
        for each in (*given, *given_by_name.values()):
            way.back(each)
        way.written()
        return way.back(answer)

    call._is_handed = True  # type: ignore[attr-defined]  # a mark of ours
    return call


class _Way:
    """One call's arguments on their way to a framework's arrays, and its answer's back."""

    def __init__(self, hooks: dict[str, Callable[..., Any]]) -> None:
        self.from_numpy = hooks.get("from_numpy", asarray)
        self.to_numpy = hooks.get("to_numpy", asarray)
        self.own: dict[int, Any] = {}  # what is the framework's already stays what it is
        self.copied: list[tuple[Any, Any]] = []  # arrays, and the copies that are handed
        self.handed = False

    def there(self, value: Any) -> Any:
        """Convert arrays; a dict, a list or an object that holds some stays the same one."""
        if isinstance(value, ndarray):
            self.handed = True
            plain = _plain(value)
            if plain is not value:
                self.copied.append((value, plain))
            return self.from_numpy(plain)
        if isinstance(value, generic):
            return value.item()
        if inspect.isfunction(value):
            return lambda *given: self.there(value(*map(self.back, given)))
        if _is_native(value):
            self.own[id(value)] = value
            return value
        return _each(value, self.there)

    def written(self) -> None:
        """Write to what was handed as a copy what the function has written to that.

        Raises
        ------
        ValueError
            It is read-only: what a function over NumPy's arrays would raise.
        """
        for value, plain in self.copied:
            if not array_equal(value, plain, equal_nan=True):
                value[...] = plain

    def back(self, value: Any) -> Any:
        """Convert a framework's arrays, wherever they are."""
        if _is_native(value):
            return value if id(value) in self.own else self.to_numpy(value)
        return _each(value, self.back)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change what a dict, a list, a tuple or a plain object holds."""
    if isinstance(value, tuple):
        parts = map(change, value)
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        value[:] = map(change, value)
    held = vars(value) if isinstance(value, SimpleNamespace) else value
    if isinstance(held, dict):
        for key in [*held]:
            held[key] = change(held[key])
    return value


def _is_native(value: Any) -> bool:
    """Tell an array that is not NumPy's."""
    known = isinstance(value, (ndarray, generic)) or inspect.isclass(value)
    return not known and hasattr(value, "dtype") and hasattr(value, "shape")


def _plain(value: Any) -> Any:
    """Return an array that can be shared: not read-only, backwards, or of another byte order."""
    shared = value.flags.writeable and value.dtype.isnative and all(s >= 0 for s in value.strides)
    return value if shared else array(value, value.dtype.newbyteorder("="), order="C")


# --- a parameter of PyTorch's ---------------------------------------------------------------------


def leaf() -> Any:
    """Make a tensor without content that may have a gradient beside it."""
    return pytorch.torch().nn.Parameter(pytorch.torch().zeros(1))


def fill(parameter: Any, w: Any, g: Any) -> None:
    """Put weights and a gradient into it."""
    parameter.grad = None
    parameter.data = pytorch.from_numpy(array(w))
    parameter.grad = pytorch.from_numpy(array(g))


def read(parameter: Any) -> Any:
    """Read its weights."""
    return array(pytorch.to_numpy(parameter.data))
