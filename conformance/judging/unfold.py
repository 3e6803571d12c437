"""The truth about one form on one case: 50-digit numbers, evaluated only as far as they are asked.

An optimizer's form unfolds step by step: a form that is refuted at step 1 is never followed to
step 1100. What was evaluated once for the corpus is kept: `judging.kept`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant, takes_dtype
from gradmark.conformance.judging.flat import flat
from gradmark.conformance.judging.tolerances import TRUTH
from gradmark.conformance.truth import ANYTHING, Exact, Number, Numbers, elementwise, exact
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import WIDEST, roundoff

Part = list[Number]  # the entries of one array of the answer, in order: a step, or a gradient
UNDEFINED = Number("nan")  # which refutes no answer
UNDEFINED.error = ANYTHING
STRIDE = 16  # parts at most that are evaluated before anybody looks at them


class Unfolding:
    """The parts of an answer, as far as they are known, and the way to know more of them.

    Parameters
    ----------
    evaluate : callable
        Starts the evaluation: yields all parts from the first. It is not started before a part is
        asked for that is not known.
    known : Numbers
        The numbers of the first parts.
    ends : sequence of int
        Where each known part ends among the numbers.
    whole : bool
        Whether there are no more parts.
    """

    def __init__(
        self,
        evaluate: Callable[[], Iterator[Part]],
        known: Numbers | None = None,
        ends: Sequence[int] = (),
        *,
        whole: bool = False,
    ) -> None:
        self.known = Numbers.of([]) if known is None else known
        self.ends = list(ends)
        self.whole = whole
        self.grown = False
        self._evaluate = evaluate
        self._coming: Iterator[Part] | None = None

    def more(self, parts: int) -> None:
        """Evaluate up to so many more parts."""
        if self.whole:
            return
        if self._coming is None:
            self._coming = islice(self._evaluate(), len(self.ends), None)
        new = list(islice(self._coming, parts))
        self.whole, self.grown = len(new) < parts, True
        end = len(self.known)
        for part in new:
            end += len(part)
            self.ends.append(end)
        self.known = Numbers.joined([self.known, *(Numbers.of(part) for part in new)])

    def grow(self) -> None:
        """Evaluate some more parts: as many as are known, within reason."""
        self.more(min(max(len(self.ends), 1), STRIDE))

    def up_to(self, at: int) -> Numbers:
        """Return the numbers of as many parts as it takes to know the one at a place."""
        while len(self.known) <= at and not self.whole:
            self.more(1)
        return self.known

    def all(self) -> Numbers:
        """Return every number."""
        if not self.whole:
            self.more(1 << 62)
        return self.known


def evaluate(variant: Variant, case: Case, *, rough: bool = False) -> list[Number]:
    """Evaluate one form on any case at 50 digits: all entries of all arrays, in order."""
    return list(chain.from_iterable(unfold(variant, case, rough=rough)))


def unfold(variant: Variant, case: Case, *, rough: bool = False) -> Iterator[Part]:
    """Yield the parts of one form's answer to any case, at 50 digits.

    `rough` takes the hyperparameters for data: rounded to the dtype, and computed with in it.

    Where a permitted form is 0 / 0 though all that is asked is finite, it does not say what is
    due: code that follows it and guards there is as right.
    """
    parts = course(variant, case, rough=rough)
    permitted = variant.kind(case.dtype) != "mistake"
    undefined = permitted and all(np.isfinite(flat(a)).all() for a in case.arguments)
    while True:
        with np.errstate(all="ignore"):  # 0 / 0 is a case, not an accident
            part = next(parts, None)
        if part is None:
            return
        entries = np.asarray(part, dtype=object).ravel().tolist()
        yield [UNDEFINED if undefined and x.value.is_nan() else x for x in entries]


def course(variant: Variant, case: Case, *, rough: bool = False) -> Iterator[Any]:
    """Start one form on a case; of an optimizer this is the running body itself."""
    options = named_dtype(variant, case)
    if CONTRACT[case.formula].stepped:
        unit = 1.0 if rough else roundoff(WIDEST) / roundoff(case.dtype)
        w, gradients, rates = case.arguments
        of_weights, inside = _units(variant, case.dtype)

        def given(value: float) -> Number:
            return Number(value, error=abs(value) if rough else 0.0, unit=unit)

        hyper = {name: given(value) for name, value in case.hyper.items()}
        steps = variant.body(
            _weights(w, of_weights, inside),
            [exact(g, inside) for g in gradients],
            list(map(given, rates)),
            **hyper,
            **options,
        )
        return iter(steps)
    arguments, of_each = _different(case)
    among_arrays = not CONTRACT[case.formula].takes_numbers
    read = (_read(a, among_arrays=among_arrays) for a in arguments)
    with np.errstate(all="ignore"):  # 0 · ∞ is a case, not an accident
        parts = _parts(variant.body(*read, **options))
    return parts if of_each is None else (part[of_each] for part in parts)


class Weight(Number):
    """A weight to start from: it is rounded at each step, which the zeros of a state are not.

    So it is where it is zero and what is added to it is all that there is.
    """

    __slots__ = ("inside",)
    inside: float

    @classmethod
    def of(cls, value: Any, unit: float, inside: float) -> Weight:
        """Make one of a number, and the roundoffs of weights and of what is beside them."""
        made = cls(value, unit=unit)
        made.inside = inside
        return made

    def __add__(self, other: Any) -> Number:
        return self._stored(Number.__add__(self, other))

    def __sub__(self, other: Any) -> Number:
        return self._stored(Number.__sub__(self, other))

    def __rmul__(self, other: float) -> Number:
        product = self * other
        if other == 0:
            return Number(product.value, unit=self.inside)
        return self._stored(product)

    def _stored(self, found: Number) -> Number:
        if not found.value:
            return Weight.of(found.value, self.unit, self.inside)
        if not self.value:
            found.error += self.unit * found.magnitude
        return found


def _units(variant: Variant, dtype: str) -> tuple[float, float]:
    """Give the roundoff of the weights, and of what is computed beside them, in units of u.

    Where the two differ a weight is rounded once a step, and by no more than that: the factor of
    the tolerances is for the arithmetic of the rest.
    """
    if variant.inside in ("", dtype):
        return 1.0, 1.0
    tolerance = TRUTH[CONTRACT[variant.formula].kind]
    spare = tolerance.within(variant.inside) / tolerance.within(dtype)
    return 1 / tolerance.within(dtype), spare * roundoff(variant.inside) / roundoff(dtype)


def _weights(w: Any, unit: float, inside: float) -> Exact:
    if unit == inside:
        return exact(w, unit)
    return elementwise(lambda x: Weight.of(float(x), unit, inside))(np.asarray(w, dtype=object))


def named_dtype(variant: Variant, case: Case) -> dict[str, str]:
    """Name the dtype to a body that asks for it."""
    return {"dtype": variant.stored or case.dtype} if takes_dtype(variant.body) else {}


def _read(argument: Any, *, among_arrays: bool) -> Any:
    """Read an argument as exact; a number is rounded to the dtype where it meets an array."""
    if isinstance(argument, list):
        return [_read(item, among_arrays=among_arrays) for item in argument]
    if isinstance(argument, np.ndarray) and argument.ndim:
        return exact(argument)
    value = float(argument)
    rounded = among_arrays and not isinstance(argument, np.ndarray)
    return Number(value, error=abs(value) if rounded else 0.0)


def _parts(result: Any) -> Iterator[Any]:
    """Give the arrays of an answer, one after another."""
    if not isinstance(result, tuple | list):
        yield result
        return
    for part in result:
        yield from _parts(part)


def _different(case: Case) -> tuple[tuple[Any, ...], np.ndarray | None]:
    """Take each number of a large array once, where entries hang on themselves alone.

    Returns the arguments, and where in the answer the entry of each number is.
    """
    if not (CONTRACT[case.formula].elementwise and case.large):
        return case.arguments, None
    array, *numbers = case.arguments
    once, of_each = np.unique(array, return_inverse=True)
    return (once, *numbers), of_each
