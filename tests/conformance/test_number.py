"""The 50-digit number: its digits, and the promise that its error bound bounds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.truth import Number, exact, mean, number, pi, total
from gradmark.harness.contract.dtypes import roundoff
from tests.conformance.in_mpmath import in_mpmath, mp

# Fifty decimals, as tables print them (Abramowitz and Stegun, table 1.1; OEIS A049470 for cos 1).
PI = "3.14159265358979323846264338327950288419716939937511"
E = "2.71828182845904523536028747135266249775724709369996"
ROOT_TWO = "1.41421356237309504880168872420969807856967187537695"
LOG_TWO = "0.69314718055994530941723212145817656807550013436026"
TANH_ONE = "0.76159415595576488811945828260479359041276859725794"
ERF_ONE = "0.84270079294971486934122063508260925929606699796630"
COS_ONE = "0.54030230586813971740093660744297660373231042061792"


@pytest.mark.parametrize(
    ("got", "digits"),
    [
        (pi(), PI),
        (number.exp(1), E),
        (number.sqrt(2), ROOT_TWO),
        (number.log(2), LOG_TWO),
        (number.log1p(1), LOG_TWO),
        (number.cos(1), COS_ONE),
        (number.tanh(1), TANH_ONE),
        (number.sqrt(1 - number.sech2(1)), TANH_ONE),
        (number.erf(1), ERF_ONE),
        (1 - number.erfc(1), ERF_ONE),
        (1 + number.expm1(1), E),
        (Number(1) / 3, "0." + 50 * "3"),
    ],
    ids=[
        "pi",
        "exp",
        "sqrt",
        "log",
        "log1p",
        "cos",
        "tanh",
        "sech2",
        "erf",
        "erfc",
        "expm1",
        "division",
    ],
)
def test_a_number_has_fifty_digits(got: Number, digits: str) -> None:
    # Decimal takes all digits as they are, whatever precision the number was computed in.
    assert abs(Decimal(f"{got.value:.50g}") - Decimal(digits)) <= Decimal(10) ** -48


# What `Number` computes, and what mpmath does, whose arithmetic is another.
FUNCTIONS: dict[str, tuple[Callable[[Any], Number], Callable[[Any], Any]]] = {
    "exp": (number.exp, mp.exp),
    "expm1": (number.expm1, mp.expm1),
    "log": (number.log, mp.log),
    "log1p": (number.log1p, mp.log1p),
    "cos": (number.cos, mp.cos),
    "tanh": (number.tanh, mp.tanh),
    "sech2": (number.sech2, lambda x: mp.sech(x) ** 2),
    "erf": (number.erf, mp.erf),
    "erfc": (number.erfc, mp.erfc),
    "sqrt": (number.sqrt, mp.sqrt),
    "cube": (lambda x: x**3, lambda x: x**3),
}
SIZES = (1e-300, 1e-30, 2.0**-10, 0.75, 1 + 2.0**-40, 30.0, 700.0, 1e4, 3e7, 2e8, 1e300)
BEYOND = mp.mpf(10) ** 4932  # the range of every dtype, an extended double's


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_fifty_digits_at_any_size_and_is_out_of_range_where_it_should_be(
    name: str,
) -> None:
    ours, theirs = FUNCTIONS[name]
    for x in (*SIZES, *(-size for size in SIZES)):
        got, true = in_mpmath(ours(Number(x)).value), theirs(mp.mpf(x))
        if isinstance(true, mp.mpc):
            assert mp.isnan(got), x
        elif abs(true) > BEYOND or abs(true) < 1 / BEYOND:
            assert (abs(got) > BEYOND, abs(got) < 1 / BEYOND) == (abs(true) > 1, abs(true) < 1), x
            assert got * true >= 0, x
        else:
            assert abs(got - true) <= abs(true) * mp.mpf(10) ** -49, x


# --- the bound ------------------------------------------------------------------------------------


# A random program: each line is an operation and the places of its operands among all values so
# far. `keep` is where its first-order analysis applies: away from poles, branch points, overflow.
def _anywhere(*_: float) -> bool:
    return True


UNARY: dict[str, tuple[Callable[[Any], Number], Callable[[Any], Any], Callable[[float], bool]]] = {
    "exp": (*FUNCTIONS["exp"], lambda x: abs(x) < 8),
    "expm1": (*FUNCTIONS["expm1"], lambda x: abs(x) < 8),
    "log": (*FUNCTIONS["log"], lambda x: 0.05 < x < 1e6),
    "log1p": (*FUNCTIONS["log1p"], lambda x: -0.95 < x < 1e6),
    "cos": (*FUNCTIONS["cos"], lambda x: abs(x) < 100),
    "tanh": (*FUNCTIONS["tanh"], lambda x: abs(x) < 4),
    "sech2": (*FUNCTIONS["sech2"], lambda x: abs(x) < 4),
    "erf": (*FUNCTIONS["erf"], lambda x: abs(x) < 3),
    "erfc": (*FUNCTIONS["erfc"], lambda x: -3 < x < 4),
    "sqrt": (*FUNCTIONS["sqrt"], lambda x: 0.05 < x < 1e6),
    "cube": (*FUNCTIONS["cube"], lambda x: abs(x) < 50),
    "abs": (abs, abs, _anywhere),
    "negate": (operator.neg, operator.neg, _anywhere),
}
BINARY: dict[str, tuple[Callable[[Any, Any], Any], Callable[[float, float], bool]]] = {
    "add": (operator.add, _anywhere),
    "subtract": (operator.sub, _anywhere),
    "multiply": (operator.mul, lambda a, b: abs(a * b) < 1e6),
    "divide": (operator.truediv, lambda a, b: abs(a) < 1e6 and abs(b) > 0.05),
    "maximum": (number.maximum, _anywhere),
    "minimum": (number.minimum, _anywhere),
}
CHOICES = {"maximum": max, "minimum": min}


def _rounded(x: Any, dtype: str) -> Any:
    """One rounding to the dtype, of an exact result."""
    return mp.mpf(float(np.asarray(float(x), dtype)))


def _worst_ratio(seed: int, dtype: str) -> float:
    """Run one random program twice: over `Number`, and with every operation rounded once.

    Return the greatest error over its bound.
    """
    draw, u = np.random.default_rng(seed), roundoff(dtype)
    inputs = np.round(draw.normal(size=3) * 64) / 64 + 2**-7
    truths, values = [Number(x) for x in inputs], [mp.mpf(x) for x in inputs]
    worst = 0.0
    for _ in range(12):
        i, j = draw.integers(len(truths), size=2)
        name = str(draw.choice([*UNARY, *BINARY]))
        if name in UNARY:
            over_numbers, over_reals, keep = UNARY[name]
            if not keep(float(values[i])):
                continue
            truths.append(over_numbers(truths[i]))
            values.append(_rounded(over_reals(values[i]), dtype))
        else:
            combine, keep_both = BINARY[name]
            if not keep_both(float(values[i]), float(values[j])):
                continue
            truths.append(combine(truths[i], truths[j]))
            plain = CHOICES.get(name, combine)
            values.append(_rounded(plain(values[i], values[j]), dtype))
        error = abs(float(values[-1] - in_mpmath(truths[-1].value)))
        bound = truths[-1].error * u
        if bound > 1e-4 * abs(float(truths[-1].value)):
            truths.pop()  # terms of second order are no longer small
            values.pop()
        elif error:
            worst = max(worst, error / bound if bound else np.inf)
    return worst


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_arithmetic_that_rounds_once_exceeds_the_bound(dtype: str) -> None:
    ratios = [_worst_ratio(seed, dtype) for seed in range(300)]
    # 1e-2: terms of second order, each 1e-4 of the first, in a dozen operations.
    assert max(ratios) <= 1.01
    # It is a bound, not a licence: rounding comes near to it.
    assert max(ratios) > 0.9


def test_a_bound_that_counts_half_a_roundoff_is_exceeded() -> None:
    assert max(2 * _worst_ratio(seed, "float64") for seed in range(20)) > 1.01


# --- what the bound knows -------------------------------------------------------------------------


def test_a_difference_of_inputs_is_exact_but_a_difference_of_results_is_not() -> None:
    third = Number(1) / 3
    inputs = Number(1 + 2**-20) - Number(1)
    results = (third + third + third) - Number(1)
    assert inputs.error <= abs(float(inputs))
    assert results.error >= 1.0
    assert results.scale >= 0.5


def test_adding_zero_rounds_nothing() -> None:
    assert (Number(0.1) + 0).error == 0.0
    assert (0 - Number(0.1)).error == 0.0


def test_what_is_formed_from_hyperparameters_alone_is_formed_in_float64() -> None:
    unit = roundoff("float64") / roundoff("float32")
    beta = Number(0.9, unit=unit)
    assert (1 - beta**2).error <= 2 * unit
    assert (beta * Number(0.3)).error == pytest.approx(0.27)


def test_an_object_array_of_numbers_adds_and_multiplies_like_any_other() -> None:
    a, b = exact([[1.0, 2.0], [3.0, 4.0]]), exact([[0.5], [0.25]])
    product = a @ b
    assert [float(x) for x in product.ravel()] == [1.0, 2.5]
    assert float(total(a)) == 10.0
    assert float(mean(a)) == 2.5
    assert [float(x) for x in (2 * a - 1).ravel()] == [1.0, 3.0, 5.0, 7.0]
