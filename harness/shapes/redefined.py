"""Another text of a contender's functions and classes, put into those that are there.

What is bound to them stays bound: a function gets other code, and is the same function.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

DATA = (int, float, str, tuple, type(None))  # what a class may hold, and an edit may change
PARTS = {
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
}


class NotAlikeError(Exception):
    """What is there cannot become the other: it takes other arguments, or is compiled."""


def put_in(there: Any, other: Any, names: list[str]) -> bool:
    """Let what a module has under these names do what another's does; False if it cannot.

    Examples
    --------
    >>> def there(): return 1
    >>> def other(): return 2
    >>> made = [types.SimpleNamespace(f=its) for its in (there, other)]
    >>> put_in(*made, ["f"]), there()
    (True, 2)
    """
    try:
        changes = [
            change
            for name in names
            for change in _changes(getattr(there, name, None), getattr(other, name, None))
        ]
    except NotAlikeError:
        return False
    for change in changes:
        change()
    return True


def _changes(old: Any, new: Any) -> Iterator[Callable[[], None]]:
    if old is new:
        return
    if type(old) is not type(new):
        raise NotAlikeError
    if inspect.isclass(new):
        yield from _of_class(old, new)
    elif type(new) in PARTS:
        for part in PARTS[type(new)]:
            yield from _changes(getattr(old, part), getattr(new, part))
    elif inspect.isfunction(new):
        old, new = inspect.unwrap(old), inspect.unwrap(new)  # a decorator calls what it wraps
        if _asked(old.__code__) != _asked(new.__code__):
            raise NotAlikeError
        for name in ("__code__", "__defaults__", "__kwdefaults__"):
            yield partial(setattr, old, name, getattr(new, name))
    elif callable(new):
        raise NotAlikeError


def _of_class(old: type, new: type) -> Iterator[Callable[[], None]]:
    if not vars(old).keys() >= vars(new).keys():  # some are set when it is used
        raise NotAlikeError
    for name, its in vars(new).items():
        if isinstance(its, DATA):
            if its != vars(old)[name]:
                yield partial(setattr, old, name, its)
        else:
            yield from _changes(vars(old)[name], its)


def _asked(code: types.CodeType) -> tuple[Any, ...]:
    """Tell what code takes: its arguments, and what it knows of the function around it."""
    arguments = inspect.getargs(code)
    return code.co_freevars, code.co_posonlyargcount, arguments
