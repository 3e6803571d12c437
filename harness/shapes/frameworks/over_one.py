"""A framework's optimizer over one parameter, made when the first weights are known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ..shown import shown


class OverOne(ABC):
    """An optimizer over one parameter, which is handed its weights and gradient at each step."""

    def __init__(self, make: Callable[[list[Any]], Any], lr: Any) -> None:
        self.lr = lr
        self._make = make
        self._parameter: Any = None
        self.optimizer: Any = None

    def begin(self, w: Any) -> Any:
        """Make the optimizer, if there is none yet."""
        if self.optimizer is None:
            self._parameter = self.parameter_of(w)
            self.optimizer = self._make([self._parameter])
        return self.optimizer

    @staticmethod
    @abstractmethod
    def parameter_of(w: Any) -> Any:
        """Make a parameter of weights."""

    def shows(self, name: str) -> Any:
        """Return what the optimizer keeps under a name."""
        return shown(name, self.optimizer)

    @abstractmethod
    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
