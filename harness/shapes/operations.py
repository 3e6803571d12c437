"""Operations that keep nothing themselves: ``forward(ctx, x)`` and ``backward(ctx, upstream)``.

Each is made a layer that is its own context: then it is called like any other layer.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any

from .assign import parameters

CONTEXTS = ("ctx", "context")
PASSES = ("forward", "backward")
SAVES = "save_for_backward"


class Context:
    """What a forward pass keeps for the backward one, by whatever name that asks for it."""

    def save_for_backward(self, *values: Any) -> None:
        """Keep these."""
        self.saved_tensors = self.saved_values = self.saved = values


def as_layer(thing: Any) -> Any:
    """Return an operation as a layer; what is none, as it is."""
    methods = vars(thing) if inspect.isclass(thing) else {}
    passes = {n: methods[n].__func__ for n in PASSES if isinstance(methods.get(n), staticmethod)}
    if "forward" not in passes or not all(map(_takes_context, passes.values())):
        return thing
    its_own = vars(sys.modules[thing.__module__]).values()
    kinds = [each for each in its_own if inspect.isclass(each) and SAVES in vars(each)]
    keeper = Context if len(kinds) != 1 or issubclass(thing, kinds[0]) else kinds[0]

    def begin(self: Any) -> None:
        keeper.__init__(self)

    about = {"__module__": thing.__module__, "__qualname__": thing.__qualname__, "__init__": begin}
    return type(thing.__name__, (thing, keeper), {**passes, **about})


def _takes_context(function: Any) -> bool:
    its = parameters(function)
    return len(its) > 1 and its[0].name in CONTEXTS
