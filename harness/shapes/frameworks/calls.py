"""Losses and activations of a framework: functions, and classes whose objects are called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..words import Row
from .named import Roles, label_first

NUMBERED = frozenset({"nll_loss"})  # losses whose labels are numbers in every framework


class Call:
    """How a function, or the objects of a class, are handed what the contract says.

    Parameters
    ----------
    make : callable
        Returns the function to call, from the options that it is to have.
    row : Row
        The formula.
    roles : Roles
        Which of its options is which.
    turned : bool
        Whether the prediction comes before the label.
    mean : bool
        Whether a loss that comes for each entry, or each row, is to be averaged.
    more : callable
        Returns options that depend on the arrays.
    average : callable
        Returns the mean of an array's entries.
    """

    def __init__(
        self,
        make: Callable[..., Callable[..., Any]],
        row: Row,
        roles: Roles,
        *,
        turned: bool,
        mean: bool,
        more: Callable[[list[Any]], dict[str, Any]],
        average: Callable[[Any], Any],
    ) -> None:
        self.average = average
        self.numbered = row.name in NUMBERED
        self.make, self.row, self.roles, self.turned = make, row, roles, turned
        self.mean, self.more = mean and row.kind == "loss", more
        takes = [p for p in row.params if p.name not in roles.without]
        self.arrays = [p.name for p in takes if p.is_array]
        self.numbers = [p.name for p in takes if not p.is_array]

    def taken_apart(self, arguments: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
        """Return the arrays, and the numbers behind them."""
        count = len(self.arrays)
        return list(arguments[:count]), list(arguments[count:])

    def answer(self, *arguments: Any) -> Any:
        """Call it."""
        arrays, rest = self.taken_apart(arguments)
        if self.numbered:
            arrays[0] = arrays[0].argmax(-1)
        options = {**self.roles.arguments(dict(zip(self.numbers, rest))), **self.more(arrays)}
        value = self.make(**options)(*(arrays[::-1] if self.turned else arrays))
        return self.average(value) if self.mean and value.ndim else value

    def spelled(self, name: str) -> str:
        """Spell the call, for a person to read."""
        order = self.arrays[::-1] if self.turned else self.arrays
        return f"{name}({', '.join(order)})"

    def bound(
        self, name: str, row: Row, stands: Callable[..., Any], shape: str, call: str
    ) -> Binding:
        """Bind it, or what is derived from it."""
        lacks = ("soft labels",) if self.numbered else ()
        return self.roles.bound(row, name, call, shape, stands, lacks)


def call_of(
    thing: Any,
    row: Row,
    kind: Any,
    *,
    forward: str = "__call__",
    options: Mapping[str, Any] = MappingProxyType({}),
    mean: bool = False,
    more: Callable[[list[Any]], dict[str, Any]] = lambda _: {},
    average: Callable[[Any], Any] = lambda value: value.mean(),
    convert: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> Call:
    """Find out how a function, or a class of this kind, is called.

    Raises
    ------
    NotThisShapeError
        It takes what the contract knows nothing of.
    """
    count = sum(p.is_array for p in row.params)
    if inspect.isclass(thing):
        if not issubclass(thing, kind):
            raise NotThisShapeError(f"it is no {kind.__name__}")
        its, settings = named(getattr(thing, forward))[1:], named(thing)
    else:
        its = _signature(thing, count)
        settings = its[count:]
    if len(its) < count or any(p.default is p.empty for p in its[count:]):
        raise NotThisShapeError(f"it takes {', '.join(p.name for p in its) or 'nothing'}")
    turned = count == 2 and not label_first([p.name for p in its], row)
    roles = Roles(settings, [p for p in row.params if not p.is_array], options, convert)
    make = _made(thing) if inspect.isclass(thing) else _partial(thing)
    return Call(make, row, roles, turned=turned, mean=mean, more=more, average=average)


def _signature(thing: Any, count: int) -> list[inspect.Parameter]:
    """Read what a function takes; of one that does not say, it is arrays alone."""
    try:
        return named(thing)
    except NotThisShapeError:
        if count != 1:
            raise
        return [inspect.Parameter("input", inspect.Parameter.POSITIONAL_ONLY)]


def _made(kind: Any) -> Callable[..., Any]:
    """Make objects of a class, one for all calls with the same options."""

    @cache
    def make(**options: Any) -> Any:
        return kind(**options)

    return make


def _partial(function: Any) -> Callable[..., Any]:
    return lambda **options: lambda *arrays: function(*arrays, **options)
