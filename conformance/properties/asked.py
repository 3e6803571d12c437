"""A contender's formula as a property sees it: ordinary calls, in one dtype, widened to float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from gradmark.conformance.judging.flat import flat
from gradmark.harness.contract import CONTRACT, Parameter
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.host import ContenderFault, ContenderImpure


class Steps(Protocol):
    """An optimizer object of the contract."""

    lr: float

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""


def _wide(value: Any) -> Any:
    """Widen an answer to float64, which is exact; a number becomes a float."""
    array = np.asarray(value, dtype=float)
    return float(array) if array.ndim == 0 else array


class NoQuestionError(Exception):
    """What cannot be asked here, so that a property says nothing of it.

    The dtype has no range for it, or the contender refuses a setting of zero.
    """


def _within_range(dtype: str, given: Sequence[Any], answers: Sequence[Any]) -> None:
    """Refuse what overflows a dtype of a narrower range than properties were drawn for."""
    if dtype in USUAL:
        return
    if not all(np.isfinite(answer).all() for answer in (*given, *answers)):
        raise NoQuestionError


@contextmanager
def _zeros_may_be_refused(name: str, hyper: Mapping[str, float]) -> Iterator[None]:
    """Take what raises at an ε, a momentum or a rate of zero for a refusal, as the corpus does."""
    try:
        yield
    except ContenderImpure:
        raise
    except ContenderFault as fault:
        # No weight decay is no decay, wherever it is heard of.
        parameter = CONTRACT[name].parameter
        own = (v for its, v in hyper.items() if parameter(its).role != "weight decay")
        refused = not fault.step and CONTRACT[name].chosen(hyper)
        if fault.traceback and (0.0 in own or refused):
            raise NoQuestionError from fault
        raise


class Function:
    """A function of the contract, asked in one dtype."""

    def __init__(self, name: str, dtype: str, call: Callable[..., Any]) -> None:
        self.name = name
        self.dtype = CONTRACT[name].computed_in(dtype)
        self._call = call
        self._takes = CONTRACT[name].takes
        self._depth = CONTRACT[name].depth

    def __call__(self, *arguments: Any) -> Any:
        """Ask once; data are rounded to the dtype first, and hyperparameters stay what they are."""
        takes = zip(self._takes, arguments, strict=False)
        given = [self._rounded(parameter, argument) for parameter, argument in takes]
        answer = self._call(*given)
        wide = _widened(answer, self._depth)
        data = [its for p, its in zip(self._takes, given, strict=False) if p.is_array]
        _within_range(self.dtype, [flat(its) for its in data], (flat(wide),))
        return wide

    def _rounded(self, parameter: Parameter, argument: Any) -> Any:
        if not parameter.is_array:
            return argument
        if parameter.many:
            return [np.asarray(item, self.dtype) for item in argument]
        return np.asarray(argument, self.dtype)


def _widened(answer: Any, depth: int) -> Any:
    """Widen an answer; of several arrays, or lists of them, each."""
    if depth:
        kind = tuple if isinstance(answer, tuple) else list
        return kind(_widened(part, depth - 1) for part in answer)
    return _wide(answer)


class Stepper:
    """One optimizer object, asked in one dtype."""

    def __init__(self, optimizer: Any, name: str, dtype: str, hyper: Mapping[str, float]) -> None:
        self._optimizer = optimizer
        self._name = name
        self._dtype = dtype
        self._hyper = hyper

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        close = getattr(self._optimizer, "close", None)
        if close is not None:
            close()

    def step(self, w: ArrayLike, grad: ArrayLike) -> Any:
        """Return the weights after one step."""
        given = np.asarray(w, self._dtype), np.asarray(grad, self._dtype)
        with _zeros_may_be_refused(self._name, self._hyper):
            moved = _wide(self._optimizer.step(*given))
        _within_range(self._dtype, given, (moved,))
        return moved

    @property
    def lr(self) -> float:
        """The learning rate, which may be set between steps."""
        return float(self._optimizer.lr)

    @lr.setter
    def lr(self, rate: float) -> None:
        self._optimizer.lr = rate


class Optimizer:
    """An optimizer class of the contract, asked in one dtype."""

    def __init__(
        self,
        name: str,
        dtype: str,
        make: Callable[..., Any],
        trajectory: Callable[..., Any] | None = None,
    ) -> None:
        self.name = name
        self.dtype = dtype
        self._make = make
        self._trajectory = trajectory

    def __call__(self, **hyper: float) -> Stepper:
        """Make an optimizer; use it in a `with` block."""
        with _zeros_may_be_refused(self.name, hyper):
            return Stepper(self._make(**hyper), self.name, self.dtype, hyper)

    def trajectory(
        self,
        w: ArrayLike,
        gradients: ArrayLike,
        rates: Sequence[float] | None = None,
        **hyper: float,
    ) -> np.ndarray:
        """Run a fresh optimizer over a list of gradients: the weights after each step.

        Without `rates` the learning rate is `hyper["lr"]` throughout.
        """
        start, steps = np.asarray(w, self.dtype), np.asarray(gradients, self.dtype)
        if rates is not None:
            hyper = {"lr": rates[0], **hyper}
        if self._trajectory is not None:
            with _zeros_may_be_refused(self.name, hyper):
                path = self._trajectory(hyper, start, steps, rates)
            weights = np.asarray(path, dtype=float)
            _within_range(self.dtype, (start, steps), (weights,))
            return weights
        optimizer, path = self._make(**hyper), []
        for t, gradient in enumerate(steps):
            if rates is not None:
                optimizer.lr = rates[t]
            start = optimizer.step(start, gradient)
            path.append(start)
        return np.asarray(path, dtype=float)


def local(name: str, dtype: str, body: Any) -> Function | Optimizer:
    """Present a body of this process as a contender's formula: what judges are tried on."""
    stepped = CONTRACT[name].stepped
    return Optimizer(name, dtype, body) if stepped else Function(name, dtype, body)
