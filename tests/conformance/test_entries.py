"""Comparing as arrays is comparing with the 50-digit numbers themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import form, variants
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.tolerances import CANCELLATION, TRUTH
from gradmark.conformance.judging.unfold import evaluate
from gradmark.conformance.truth import ANYTHING, REAL, Number, Numbers
from gradmark.conformance.truth.numbers import distance
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import roundoff, tiny
from tests.conformance.in_mpmath import in_mpmath, mp

DTYPES = ("float64", "float32")


def by_hand(want: Number, got: float, case: Case) -> tuple[float, bool, float]:
    """Excess, explained and ulp of one number, from the exact one."""
    dtype, u, floor = case.dtype, roundoff(case.dtype), tiny(case.dtype)
    factor = TRUTH[CONTRACT[case.formula].kind].factor
    limit, value = mp.mpf(float(np.finfo(dtype).max)), in_mpmath(want.value)
    true = mp.sign(value) * mp.inf if abs(value) > limit else value
    # A bound that no arithmetic comes to says that nothing is asked about the number.
    unasked = bool(want.error >= max(mp.mpf(ANYTHING), mp.mpf("1e100") * abs(value)))
    if not (mp.isfinite(true) and np.isfinite(got)):
        same = unasked or bool(true == got) or bool(mp.isnan(true) and np.isnan(got))
        return (0.0, True, 0.0) if same else (np.inf, False, np.inf)
    error = float(abs(mp.mpf(got) - true))
    narrow = abs(got) <= float(np.finfo("float32").max) and float(np.float32(got)) == got
    single = roundoff("float32")
    # What single precision inside explains, what it loses by cancellation, and its underflow.
    worse = single * factor * want.error
    natural = CANCELLATION.factor * CONTRACT[case.formula].natural
    worse = max(worse, (single if narrow else u) * natural)
    if narrow and dtype == "float64":
        worse = max(worse, single * abs(float(true)))
    spacing = float(np.spacing(np.asarray(max(want.scale, floor), dtype)))
    flushed = max(abs(float(true)), abs(got)) <= floor
    with np.errstate(over="ignore"):
        nearest = float(np.asarray(float(true)).astype(dtype))
    # What becomes a number of the dtype is rounded to the nearest, whatever else rounds nothing.
    rounded = abs(float(true) - nearest) if np.isfinite(nearest) else 0.0
    return (
        error / max(factor * u * want.error + floor, rounded),
        error <= worse + tiny("float32"),
        0.0 if flushed or unasked else error / spacing,
    )


def agree(expected: list[Number], got: np.ndarray, case: Case) -> None:
    found = entries(Numbers.of(expected), got, case)
    with np.errstate(all="ignore"):
        told = [by_hand(w, g, case) for w, g in zip(expected, got.tolist(), strict=True)]
    # Next to the smallest normal number an ulp is the least that a float64 can differ by: what it
    # is off by may be rounded once in the one way and twice in the other.
    least = [5e-324 / float(np.spacing(max(w.scale, tiny("float64")))) for w in expected]
    for one, other, grain in ((found.excess, 0, 5e-324 / tiny("float64")), (found.ulp, 2, least)):
        wanted = np.array([t[other] for t in told])
        same = (one == wanted) | (np.isnan(one) & np.isnan(wanted))
        with np.errstate(invalid="ignore"):
            assert np.all(same | (abs(one - wanted) <= 1e-14 * wanted + grain)), (one, wanted)
    assert found.explained.tolist() == [t[1] for t in told]


def near(expected: list[Number], dtype: str, draw: np.random.Generator) -> np.ndarray:
    """Answers of every quality: right, some ulps off, in single precision, wrong, no number."""
    high = np.array([float(number) for number in expected])
    with np.errstate(all="ignore"):
        exact = high.astype(dtype).astype(float)
        off = exact + draw.integers(-40, 41, high.size) * np.spacing(exact.astype(dtype))
        far = exact * 10.0 ** draw.uniform(-9, 9, high.size)
        single = exact.astype(np.float32).astype(float)
    nothing = draw.choice([np.nan, np.inf, -np.inf, 0.0, 5e-324], high.size)
    which = draw.choice(5, high.size, p=[0.2, 0.4, 0.15, 0.15, 0.1])
    with np.errstate(all="ignore"):
        answers: np.ndarray = np.choose(which, [exact, off, far, single, nothing]).astype(dtype)
    return answers.astype(float)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("formula", DETERMINED)
@pytest.mark.sweep
def test_arrays_agree_with_the_numbers_over_all_forms(formula: str, dtype: str) -> None:
    draw = np.random.default_rng(len(formula))
    short = [case for case in cases(formula, dtype) if case.id != "long-run" and not case.large]
    for variant in variants(formula):
        case = short[int(draw.integers(len(short)))]
        expected = evaluate(variant, case)
        agree(expected, near(expected, dtype, draw), case)


magnitudes = st.one_of(
    st.floats(),
    st.sampled_from([0.0, np.nan, np.inf, -np.inf, 5e-324, 2.2250738585072014e-308, 1.8e308]),
    st.floats(-420, 420).map(lambda e: 10**e if e < 300 else e),
)
exponents = st.integers(-1400, 1400)


@given(
    values=st.lists(
        st.tuples(magnitudes, exponents, st.floats(0, 1e300), st.floats(0, 1e300)), max_size=8
    ),
    got=st.lists(st.floats(), min_size=8, max_size=8),
    formula=st.sampled_from(["sigmoid", "mse_loss"]),
    dtype=st.sampled_from(DTYPES),
)
@example([(0.0, 0, 1e300, 1.0)], [1.0] * 8, "sigmoid", "float64")
@example([(1.0, 1330, 1.0, 1.0), (1.0, -1330, 1.0, 1.0)], [0.0] * 8, "sigmoid", "float64")
def test_arrays_agree_with_the_numbers_at_any_magnitude(
    values: list[tuple[float, int, float, float]], got: list[float], formula: str, dtype: str
) -> None:
    # 10^±400 and beyond, which no float64 holds; thirds, which no binary number holds.
    expected = [
        Number(REAL.div(REAL.mul(x, REAL.exp2(e)), 3), error, scale)
        for x, e, error, scale in values
    ]
    with np.errstate(over="ignore"):
        answers = np.array(got[: len(values)], dtype).astype(float)
    agree(expected, answers, Case(formula, "any", (), dtype=dtype))


@given(st.floats(-1e150, 1e150), st.integers(-60, 60))
def test_a_distance_is_right_to_its_last_digits(x: float, ulps: int) -> None:
    true = Number(REAL.add(x, REAL.div(float(np.spacing(x)), 3)))
    got = x + ulps * float(np.spacing(x))
    found = distance(np.array([got]), Numbers.of([true]))[0]
    wanted: Any = abs(mp.mpf(got) - in_mpmath(true.value))
    assert abs(mp.mpf(float(found)) - wanted) <= wanted * mp.mpf(2) ** -51 + mp.mpf(2) ** -1074


@pytest.mark.parametrize("size", [2, 4])
def test_an_answer_of_another_size_is_not_compared(size: int) -> None:
    expected = Numbers.of([Number(1), Number(2), Number(3)])
    with pytest.raises(ValueError, match="expected an answer of 3 numbers"):
        entries(expected, np.ones(size), Case("relu", "one", ()))


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_iterated_in_bfloat16_does_not_explain_everything(dtype: str) -> None:
    case = next(case for case in cases("Muon", dtype) if case.id == "square")
    true = truth(form("Muon", "iterated-in-bfloat16"), case).all()
    assert not entries(true, true.high + 0.25, case).explained.any()
