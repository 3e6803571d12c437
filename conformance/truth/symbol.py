"""What stands for a number without being one: a formula that is given it is written down."""

from collections.abc import Callable
from typing import Any


class Symbol:
    """A number of which nothing is known; arithmetic leaves operations with it to it."""

    __slots__ = ()

    def sum(self, axis: Any = None, **_: Any) -> Any:
        """Be summed: over everything, or over one axis."""
        raise NotImplementedError

    def max(self, axis: Any = None, **_: Any) -> Any:
        """Give the greatest entry."""
        raise NotImplementedError

    def decided(self, function: Callable[..., Any], *values: Any) -> Any:
        """Apply a function of single numbers, one of them this, whichever way it decides."""
        raise NotImplementedError

    def applied(self, name: str, *values: Any) -> Any:
        """Apply a function that goes by a name."""
        raise NotImplementedError
