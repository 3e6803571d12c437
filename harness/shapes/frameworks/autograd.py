"""autograd: its optimizers are whole loops, each inside a function that unflattens its weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .. import loops
from ..binding import Binding, NotThisShapeError
from ..words import Row

ROOT = "autograd"
NAMES: Mapping[str, str] = {"sgd": "SGDMomentum"}  # its mass is always there


def owns(thing: Any) -> bool:
    """Whether a thing is one of autograd's optimizers."""
    return inspect.isfunction(thing) and thing.__module__ == "autograd.misc.optimizers"


def hooks() -> dict[str, Callable[..., Any]]:
    """Return nothing: it computes with NumPy's arrays."""
    return {}


class Flat:
    """An optimizer that is handed vectors alone: its weights and gradients are unrolled."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def lr(self) -> Any:
        """The learning rate."""
        return self._inner.lr

    @lr.setter
    def lr(self, rate: Any) -> None:
        self._inner.lr = rate

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        return self._inner.step(w.ravel(), grad.ravel()).reshape(w.shape)


def _flat(make: Callable[..., Any]) -> Callable[..., Flat]:
    return lambda **hyper: Flat(make(**hyper))


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind the loop that is inside."""
    inner = [cell.cell_contents for cell in thing.__closure__ or ()]
    for loop in filter(inspect.isfunction, inner):
        found = loops.recognises(name, loop, row, look)
        if found is not None:
            found.stands = _flat(found.stands)
        return found
    raise NotThisShapeError("it is no optimizer")
