"""One question to a contender."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, WIDEST

LARGE = 1200  # numbers from which a case is no longer shown, shortened one by one, or listed


def arrays_in(*arguments: Any) -> Iterator[np.ndarray]:
    """Give the arrays among arguments, and those of lists among them."""
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            yield argument
        elif isinstance(argument, list):
            yield from arrays_in(*argument)


def each_array(change: Callable[[np.ndarray], Any], argument: Any) -> Any:
    """Change an array, or each of a list; anything else stays."""
    if isinstance(argument, list):
        return [each_array(change, item) for item in argument]
    return change(argument) if isinstance(argument, np.ndarray) else argument


@dataclass(frozen=True)
class Case:
    """A formula, a stable id, positional arguments, and an optimizer's hyperparameters.

    An optimizer's arguments are the starting weights, the gradients (first axis: step) and the
    learning rates. Arrays are data and live in the dtype under test; plain numbers are
    hyperparameters and stay Python's; lists are lists of either. `layouts` tells how each array is
    to lie in the contender's memory, by a name of `harness.worker.LAYOUTS`; the answer is the same.
    """

    formula: str
    id: str
    arguments: tuple[Any, ...]
    hyper: Mapping[str, float] = field(default_factory=dict)
    dtype: str = WIDEST
    layouts: tuple[str, ...] = ()

    @cached_property
    def large(self) -> bool:
        """Whether it is about size: asked last, and of what has not been refuted before."""
        return sum(map(np.size, arrays_in(*self.arguments))) > LARGE

    def layout(self, argument: int) -> str:
        """Tell how an argument is to lie in memory; nothing where that is the usual way."""
        return self.layouts[argument] if argument < len(self.layouts) else ""

    def folded(self) -> Case:
        """Bring an optimizer's weights and gradients to a shape that its formula steps."""
        w, gradients, rates = self.arguments
        shape = CONTRACT[self.formula].folded(w.shape)
        w, gradients = w.reshape(shape), gradients.reshape(len(gradients), *shape)
        return replace(self, arguments=(w, gradients, rates))

    def rounded_to(self, dtype: str) -> Case:
        """Round the data to a dtype."""
        with np.errstate(over="ignore"):  # what a dtype has no range for is not asked in it
            made = DTYPES[dtype].make()
            arguments = tuple(each_array(lambda a: a.astype(made), a) for a in self.arguments)
        return replace(self, arguments=arguments, dtype=dtype)

    def canonical_bytes(self) -> bytes:
        """Spell the case in bytes, for the hash of the corpus."""
        parts = [self.formula, self.id, self.dtype, repr(sorted(self.hyper.items()))]
        parts += map(_spelled, self.arguments)
        return "\n".join(parts).encode()


def _spelled(argument: Any) -> str:
    if isinstance(argument, np.ndarray):
        return f"{argument.shape}{argument.tobytes().hex()}"
    if any(True for _ in arrays_in(argument)):
        return ", ".join(map(_spelled, argument))
    return repr(argument)
