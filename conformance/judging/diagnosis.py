"""Why an answer is worse than its dtype explains: each cause is put to the test, not guessed.

A cause is a computation that loses digits in one known place. It is carried out at 50 digits with
that one loss, and named only if every answer that missed the truth agrees with it as closely as an
exact computation would have to agree with the truth; or it leaves a trace that chance does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.catalogue.activations.softmax import subtracting_the_whole_logarithm
from gradmark.conformance.catalogue.losing import losing, spellings
from gradmark.conformance.catalogue.norms.moments import of_squares_and_means
from gradmark.conformance.catalogue.traits.losses import forming_the_complement
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.tolerances import TRUTH
from gradmark.conformance.judging.unfold import evaluate, named_dtype
from gradmark.conformance.truth import REAL, Number, Numbers, exact
from gradmark.conformance.truth.number import forming_one_plus, number, typing_pi
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL, WIDEST, roundoff, tiny

OF_CLASSES = frozenset(("row logit", "class logit"))
LONG = ("long-run", "much-later")
# As people type π, cut off or rounded; 3.14 is far enough off to be a form of its own.
TYPED_PI = (
    *(3.1415, 3.1416, 3.14159, 3.141592, 3.141593, 3.1415926, 3.1415927, 3.14159265),
    *(3.141592653, 3.141592654, 3.1415926535, 3.1415926536),
)
MOST = 12  # cases to recompute: each costs a 50-digit evaluation per cause

Recomputed = Callable[[Case], Sequence[Number]]


@dataclass(frozen=True)
class Missed:
    """A case whose answer errs beyond the bound, and the entries that do."""

    case: Case
    got: np.ndarray
    expected: Numbers
    at: np.ndarray

    def excess(self, expected: Sequence[Number]) -> float:
        """Measure how far another truth is from the entries that missed this one."""
        return float(np.max(entries(expected, self.got, self.case).excess[self.at]))


def diagnose(variant: Variant, asked: Sequence[Case], answers: Sequence[np.ndarray]) -> str | None:
    """Say why a form's answers miss the truth, in a clause; None if no known cause explains it.

    `answers` are flat float64 arrays, one for each case. Cases whose answers are within the bound
    say nothing, and are passed over.

    Examples
    --------
    >>> from gradmark.conformance.cases import cases
    >>> from gradmark.conformance.catalogue import variants
    >>> asked = cases("mse_loss", "float64")
    >>> single = [np.float32(y - p) for y, p in (case.arguments for case in asked)]
    >>> answers = [np.array([np.mean(d * d)], float) for d in single]
    >>> print(diagnose(variants("mse_loss")[0], asked, answers))
    every answer is a float32 number: float32 arithmetic in a float64 result
    """
    # Long runs tell nothing that short ones do not, at a hundred times the cost.
    short = [(c, got) for c, got in zip(asked, answers, strict=True) if c.id not in LONG]
    missed = [m for case, got in short if (m := _missed(variant, case, got)) is not None]
    if not missed:
        return None
    dtype = missed[0].case.dtype
    narrows = DTYPES[dtype].narrower == "float32" != dtype
    if narrows and all(_is_single(m.got[m.at]) for m in missed):
        return "every answer is a float32 number: float32 arithmetic in a float64 result"
    few = missed[:MOST]
    excess = {
        says: max(m.excess(again(m.case)) for m in few) for says, again in _causes(variant, dtype)
    }
    closest = min(excess, key=lambda says: excess[says], default=None)
    if closest is not None and excess[closest] <= 1:
        return closest
    erring = sum(_errs(variant, case, got) for case, got in short)
    if narrows and len(missed) > erring / 2 and _of_single_size(missed):
        return (
            "looks like float32 inside: most answers that are not exact err by more than float64 "
            "explains, and none by more than float32 explains"
        )
    if CONTRACT[variant.formula].stepped or not CONTRACT[variant.formula].elementwise:
        return None
    if _differences_from_one(missed, dtype):
        quantum = _power_of_two(roundoff(dtype) / 2)
        return f"numbers near 1 are subtracted: every answer is a multiple of {quantum}"
    levels = " or ".join(f"{level:.3g}" for level in _tails(missed))
    return f"the tail is cut off: every input there gets {levels}" if levels else None


def _causes(variant: Variant, dtype: str) -> Iterator[tuple[str, Recomputed]]:
    """List what may be recomputed with one loss."""
    formula = CONTRACT[variant.formula]
    if DTYPES[dtype].narrower == "float32" != dtype:
        yield (
            "its input is rounded to float32, and what follows is float64",
            lambda case: evaluate(variant, _inputs_in_single(case)),
        )
    if formula.stepped and dtype in USUAL:
        decays = frozenset(p.name for p in formula.takes if p.role in ("decay", "momentum"))
        every = frozenset(formula.parameters)
        for made, of, says in HYPERPARAMETERS:
            names = decays if of == "decays" else every
            yield says, partial(_with_hyper, variant, made=made, names=names)
    if "probability" in formula.roles:
        yield (
            "1 − p is computed and rounded before its logarithm is taken",
            partial(_complement_formed, forming_the_complement(variant) or variant),
        )
    elif "logit" in formula.roles:
        yield (
            "1 + eᶻ is computed and rounded before its logarithm is taken",
            partial(_complement_formed, variant),
        )
    again = beyond_any_bound(variant)
    if again is not None:
        yield VARIANCE_OF_SQUARES if formula.kind == "norm" else LOGARITHM_SUBTRACTED, again
    if formula.kind == "schedule":
        for value in TYPED_PI:
            yield f"π is {value}", partial(_while, partial(typing_pi, value), variant)
    for says, body in spellings(variant):
        yield says, partial(evaluate, replace(variant, body=body))
    yield from losing(variant.formula)


def _missed(variant: Variant, case: Case, got: np.ndarray) -> Missed | None:
    expected = truth(variant, case).all()
    at = np.flatnonzero(entries(expected, got, case).excess > 1)
    return Missed(case, got, expected, at) if at.size else None


def _errs(variant: Variant, case: Case, got: np.ndarray) -> bool:
    """Say whether an answer is not the truth, rounded once."""
    return bool((entries(truth(variant, case).all(), got, case).ulp > 0.5).any())


def _power_of_two(x: float) -> str:
    return "2" + str(round(np.log2(x))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


# --- float32 --------------------------------------------------------------------------------------


def _is_single(values: np.ndarray) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.all(values.astype(np.float32) == values))


def _of_single_size(missed: Sequence[Missed]) -> bool:
    """Say whether the errors are of float32's size: none exceeds its bound, and one comes near.

    Near is a hundredth of its roundoff, as a mean averages most of a rounding away.
    """
    u, factor = roundoff("float32"), TRUTH[CONTRACT[missed[0].case.formula].kind].factor
    true = Numbers.joined([m.expected[m.at] for m in missed])
    off = abs(true.high - np.concatenate([m.got[m.at] for m in missed]))
    within = bool(np.all(off <= factor * u * true.error + tiny("float32")))
    reaches = bool(np.any(off > u * abs(true.high) / 100))
    return within and reaches


def _single(x: float) -> float:
    return float(np.float32(x))


def _inputs_in_single(case: Case) -> Case:
    """Round the data to float32; where all arguments are numbers, the fractional ones."""
    rounded = case.rounded_to("float32").rounded_to(case.dtype)
    if not CONTRACT[case.formula].takes_numbers:
        return rounded
    return replace(
        case, arguments=tuple(_single(a) if isinstance(a, float) else a for a in case.arguments)
    )


class Single(Number):
    """A hyperparameter in float32, and so is what is formed from it and plain numbers.

    That rounding is carried out, so that no bound has to allow for it: `unit` is as small as that
    of a hyperparameter in float64.
    """

    __slots__ = ()

    def __init__(self, value: Any, unit: float) -> None:
        super().__init__(_single(float(value)), unit=unit)

    def __pow__(self, exponent: int) -> Number:
        return Single(REAL.pow(self.value, exponent), self.unit)

    def __rsub__(self, other: float) -> Number:
        return Single(REAL.sub(number(other).value, self.value), self.unit)


class RunningProduct(Single):
    """The same, with powers by one multiplication a step."""

    __slots__ = ()

    def __pow__(self, exponent: int) -> Number:
        power = np.float32(1)
        for _ in range(exponent):
            power *= np.float32(float(self.value))
        return Single(power, self.unit)


class SinglePowers(Number):
    """A hyperparameter in float64, whose powers alone are formed in float32."""

    __slots__ = ()

    def __pow__(self, exponent: int) -> Number:
        return Single(self.value, self.unit) ** exponent


class SingleProducts(Number):
    """A hyperparameter in float64, whose powers alone are a running product in float32."""

    __slots__ = ()

    def __pow__(self, exponent: int) -> Number:
        power = RunningProduct(self.value, self.unit) ** exponent
        return Number(power.value, unit=self.unit)


def _rounded(value: float, unit: float) -> Number:
    return Number(_single(value), unit=unit)


def _with_powers(value: float, unit: float) -> Number:
    return SinglePowers(value, unit=unit)


def _with_products(value: float, unit: float) -> Number:
    return SingleProducts(value, unit=unit)


# What is made of each hyperparameter, of which ones, and how to say it.
HYPERPARAMETERS: Sequence[tuple[Callable[[float, float], Number], str, str]] = (
    (
        _rounded,
        "all",
        "hyperparameters are rounded to float32, and 1 − βᵗ is formed from that in float64",
    ),
    (
        _rounded,
        "decays",
        "β is rounded to float32, and 1 − βᵗ is formed from that in float64",
    ),
    (Single, "all", "hyperparameters are rounded to float32, and 1 − βᵗ is formed in float32"),
    (
        RunningProduct,
        "all",
        "hyperparameters are rounded to float32, and βᵗ is a running product in float32",
    ),
    (_with_powers, "decays", "βᵗ is formed in float32, and 1 − βᵗ from it"),
    (_with_products, "decays", "βᵗ is a running product in float32, and 1 − βᵗ is formed from it"),
)


def _with_hyper(
    variant: Variant,
    case: Case,
    *,
    made: Callable[[float, float], Number],
    names: frozenset[str],
) -> list[Number]:
    w, gradients, rates = case.arguments
    unit = roundoff(WIDEST) / roundoff(case.dtype)

    def given(name: str, value: float) -> Number:
        return made(value, unit) if name in names else Number(value, unit=unit)

    hyper = {name: given(name, value) for name, value in case.hyper.items()}
    lrs = [given("lr", rate) for rate in rates]
    options = named_dtype(variant, case)
    steps = variant.body(exact(w), [exact(g) for g in gradients], lrs, **hyper, **options)
    with np.errstate(all="ignore"):  # a root below 0 is a case, not an accident
        return [entry for step in steps for entry in np.asarray(step, dtype=object).ravel()]


# --- cancellation ---------------------------------------------------------------------------------


def _complement_formed(variant: Variant, case: Case) -> Sequence[Number]:
    with forming_one_plus(case.dtype):
        return evaluate(variant, case)


LOGARITHM_SUBTRACTED = "log Σ eᶻ is formed and subtracted from z, which is far from 0"
VARIANCE_OF_SQUARES = "the variance is formed as E[x²] − E[x]², far from 0"


def beyond_any_bound(variant: Variant) -> Recomputed | None:
    """Return a form in the spelling that loses digits for which no bound allows, if it has one."""
    formula = CONTRACT[variant.formula]
    if not OF_CLASSES.isdisjoint(formula.roles):
        return partial(_while, subtracting_the_whole_logarithm, variant)
    if formula.kind == "norm":
        return partial(_while, of_squares_and_means, variant)
    return None


def spelled_otherwise(variant: Variant) -> Iterator[Recomputed]:
    """Give a form in each spelling that may lose digits for which its own bound does not allow."""
    again = beyond_any_bound(variant)
    if again is not None:
        yield again
    for _, body in spellings(variant):
        yield partial(evaluate, replace(variant, body=body))


def _while(loses: Callable[[], AbstractContextManager[None]], variant: Variant, case: Case) -> Any:
    with loses():
        return evaluate(variant, case)


def _differences_from_one(missed: Sequence[Missed], dtype: str) -> bool:
    """Say whether the answers are multiples of what numbers just below 1 are multiples of.

    A small number has bits beyond that: twenty of them are not all zero by chance.
    """
    quantum = roundoff(dtype) / 2
    got = np.concatenate([m.got[m.at] for m in missed])
    spare = np.log2(quantum / np.spacing(abs(got[got != 0]).astype(dtype)).astype(float))
    return bool(
        np.all(got / quantum == np.round(got / quantum)) and np.sum(np.maximum(spare, 0)) >= 20
    )


def _tails(missed: Sequence[Missed]) -> list[float]:
    """List the one or two values that were answered to all of many inputs that missed the truth."""
    levels = sorted({float(value) for m in missed for value in m.got[m.at]})
    truths = {(*m.expected.rows[:2, i],) for m in missed for i in m.at}
    return levels if len(levels) <= 2 and len(truths) > 2 * len(levels) else []
