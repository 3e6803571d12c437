"""Catalogued forms as a contender's live code: functions and optimizer classes on plain floats."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradmark.conformance.catalogue import Variant, form, takes_dtype, variants
from gradmark.harness.contract import CONTRACT, Parameter


def numbered(i: int) -> dict[str, Any]:
    """Present the i-th form of every formula that has so many, by the contract's names."""
    return {name: live(variants(name)[i]) for name in CONTRACT if i < len(variants(name))}


def named(names: Mapping[str, str]) -> dict[str, Any]:
    """Present forms by their names, of a formula each."""
    return {formula: live(form(formula, name)) for formula, name in names.items()}


def live(variant: Variant) -> Any:
    """Present one form the way that the contract asks for its formula."""
    row = CONTRACT[variant.formula]
    return (_drawn if row.by_chance else _optimizer if row.stepped else _function)(variant)


def _drawn(variant: Variant) -> Callable[..., Any]:
    """Draw by a law, with the generator that is given or of the seed that is."""
    row = CONTRACT[variant.formula]

    def function(*arguments: Any) -> Any:
        *given, source = arguments
        arrays = [np.asarray(a) for p, a in zip(row.takes, given, strict=False) if p.is_array]
        law = variant.body(*(a for p, a in zip(row.takes, given, strict=False) if not p.is_array))
        rng = np.random.default_rng(source)
        if arrays:
            factors = law.sample(arrays[0].shape, rng)
            return arrays[0] * factors.astype(arrays[0].dtype)
        weights = law.sample(tuple(given), rng)
        return weights.T if law.turned else weights

    return function


def _function(variant: Variant) -> Callable[..., Any]:
    formula = CONTRACT[variant.formula]

    def given_as(parameter: Parameter, argument: Any) -> Any:
        if parameter.many:
            one = replace(parameter, many=False)
            return [given_as(one, item) for item in argument]
        if parameter.is_array:
            return np.asarray(argument)
        # Python's numbers, which NumPy has to compute with where there is nothing else.
        return np.float64(argument) if formula.takes_numbers else float(argument)

    def function(*arguments: Any) -> Any:
        given = list(map(given_as, formula.takes, arguments))
        dtype = np.result_type(*_computed_with(given)).name
        options = {"dtype": dtype} if takes_dtype(variant.body) else {}
        with np.errstate(all="ignore"):
            return _each_plain(variant.body(*given, **options), dtype)

    return function


def _computed_with(given: list[Any]) -> Iterator[Any]:
    """Give the arrays and the numbers of NumPy's among arguments, those of lists included."""
    for value in given:
        if isinstance(value, list):
            yield from _computed_with(value)
        elif type(value) is not float:
            yield value


def _each_plain(answer: Any, dtype: str) -> Any:
    if isinstance(answer, tuple | list):
        return type(answer)(_each_plain(part, dtype) for part in answer)
    return _plain(answer, dtype)


def _optimizer(variant: Variant) -> type:
    options = [
        inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, default=option.neutral)
        for option in CONTRACT[variant.formula].options
    ]

    class Optimizer:
        """Feeds the body one gradient and one rate at a time, as the steps come."""

        def __init__(self, lr: float, **hyper: float) -> None:
            self.lr = lr
            self._hyper = hyper
            self._gradient: Any = None
            self._path: Iterator[Any] | None = None

        def step(self, w: Any, grad: Any) -> Any:
            self._gradient = grad
            if self._path is None:
                known = takes_dtype(variant.body)
                options = {"dtype": np.asarray(w).dtype.name} if known else {}
                self._path = variant.body(
                    w, self._gradients(), self._rates(), **self._hyper, **options
                )
                return self._stepped(None, w)
            return self._stepped(w, w)  # some bodies go on from what they are sent

        def _stepped(self, sent: Any, w: Any) -> Any:
            path = self._path
            assert path is not None
            with np.errstate(all="ignore"):
                after = path.send(sent) if isinstance(path, Generator) else next(path)
            return _plain(after, np.asarray(w).dtype.name)

        def _gradients(self) -> Iterator[Any]:
            while True:
                yield self._gradient

        def _rates(self) -> Iterator[float]:
            while True:
                yield self.lr

    # What it takes besides is read off its signature.
    its = list(inspect.signature(Optimizer).parameters.values())
    shown = inspect.Signature([*its[:-1], *options, its[-1]])
    Optimizer.__signature__ = shown  # type: ignore[attr-defined]  # as `inspect` reads it
    return Optimizer


def _plain(answer: Any, dtype: str) -> Any:
    """Leave what was computed as it is; what no input touched is still a constant of the form."""
    answer = np.asarray(answer)
    return answer.astype(dtype) if answer.dtype == object else answer
