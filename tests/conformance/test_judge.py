"""The judge names what it is shown: every known form, bad arithmetic, side effects, failures."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.judging import judge as judging
from gradmark.conformance.judging.judge import judge
from gradmark.conformance.judging.kept import truth
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.host import (
    ContenderAbsent,
    ContenderCrash,
    ContenderFailure,
    ContenderFault,
    ContenderImpure,
    ContenderTimeout,
)

DTYPES = ("float64", "float32")
EVERY = [
    pytest.param(variant, dtype, id=f"{variant.formula}-{variant.name}-{dtype}")
    for formula in DETERMINED
    for variant in variants(formula)
    for dtype in DTYPES
    # These take a third of the time, and `nox -s mutants` puts them to the judge alive.
    if (dtype, CONTRACT[formula].kind, variant.kind(dtype)) != ("float32", "optimizer", "mistake")
]
# The forms that no input separates, and what each is called instead. In float32 e^250 overflows on
# either side of the clipping there, 1 − 1e-15 is 1, σ(−500) underflows, and e⁻²⁰ is no part of 20.
INSEPARABLE = {
    (formula, name, "float32"): other
    for formula, name, other in (
        ("sigmoid", "clipped-at-500", "canonical"),
        ("sigmoid", "clipped-at-250", "canonical"),
        ("softplus", "linear-above-20", "canonical"),
        ("softplus_derivative", "linear-above-20", "canonical"),
        ("selu", "constants-of-float32", "canonical"),
        ("selu_derivative", "constants-of-float32", "canonical"),
        ("binary_cross_entropy", "guarded-at-zero-only", "clip-bound-rounded"),
        ("categorical_cross_entropy", "clipped-at-1e-15", "canonical"),
        (
            "categorical_cross_entropy",
            "clipped-at-1e-15-vector-divided-by-classes",
            "vector-divided-by-classes",
        ),
        ("compute_loss", "unguarded-probability-of-z-clipped-at-500", "unguarded-probability"),
        (
            "compute_loss",
            "unguarded-probability-of-z-clipped-at-500-mean-over-outputs",
            "unguarded-probability-mean-over-outputs",
        ),
    )
}
AMBIGUOUS = {
    twin
    for (formula, name, dtype), other in INSEPARABLE.items()
    if other != "canonical"  # which is the plainer one, and needs no doubt
    for twin in [(formula, name, dtype), (formula, other, dtype)]
}


# What shows only when a counter should have passed 256, or 1000.
LATE = {"counter-stuck-at-256", "counter-capped-at-1000"}


def _without_the_long_run(variant: Variant, dtype: str) -> tuple[Case, ...]:
    """Leave out what costs most where it separates nothing more: 1100 steps, and size."""
    long = () if variant.name in LATE else ("long-run",)
    every = cases(variant.formula, dtype)
    return tuple(case for case in every if case.id not in long and not case.large)


def _exactly(variant: Variant, case: Case) -> np.ndarray:
    """The truth about a form, rounded to the dtype: a contender that makes no error at all."""
    with np.errstate(over="ignore"):  # what exceeds float32 is its infinity
        return truth(variant, case).all().high.astype(case.dtype)


@pytest.mark.parametrize(("variant", "dtype"), EVERY)
@pytest.mark.sweep
def test_every_known_form_is_named_as_itself(variant: Variant, dtype: str) -> None:
    exactly = {one.id: _exactly(variant, one) for one in _without_the_long_run(variant, dtype)}
    found = judge(  # each case is asked twice
        variant.formula, dtype, lambda case: exactly[case.id], asks=lambda case: case.id in exactly
    )
    named, key = found.variant or "canonical", (variant.formula, variant.name, dtype)
    assert named == INSEPARABLE.get(key, variant.name)
    if named == variant.name:
        kind = variant.kind(dtype)
        expected = {"canonical": "conforms", "dialect": "dialect", "mistake": "deviates"}[kind]
        assert found.verdict == expected
    assert ("Ambiguous" in found.detail) == (key in AMBIGUOUS)


def test_forms_that_no_case_tells_apart_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def one(formula: str, dtype: str) -> tuple[Case, ...]:
        return tuple(case for case in cases(formula, dtype) if case.id == "article")

    monkeypatch.setattr(judging, "within", one)
    half = next(v for v in variants("mse_loss") if v.name == "half-mean")
    found = judge("mse_loss", "float32", lambda case: _exactly(half, case))
    assert (found.verdict, found.variant) == ("dialect", "half-mean")
    assert found.detail.endswith("Ambiguous between half-mean, half-summed-within-samples.")


# --- arithmetic -----------------------------------------------------------------------------------


def _reference(case: Case, dtype: str | None = None) -> Any:
    """The reference's answer in the dtype of the case, computed in that or in another."""
    body = getattr(reference, case.formula)

    def cast(a: Any) -> Any:
        return a.astype(dtype or case.dtype) if isinstance(a, np.ndarray) else a

    if CONTRACT[case.formula].kind != "optimizer":
        answer = body(*map(cast, case.arguments))
        parts = answer if isinstance(answer, tuple) else (answer,)
        return tuple(np.asarray(part, case.dtype) for part in parts)
    w, gradients, rates = map(cast, case.arguments)
    optimizer, path = body(lr=rates[0], **case.hyper), []
    for gradient, optimizer.lr in zip(gradients, rates, strict=True):
        w = optimizer.step(w, gradient)
        path.append(w)
    return np.array(path, case.dtype)


@pytest.mark.parametrize("formula", ["mse_loss", "sigmoid_derivative", "compute_gradients", "SGD"])
def test_single_precision_in_a_double_result_is_inaccurate(formula: str) -> None:
    found = judge(formula, "float64", lambda case: _reference(case, "float32"))
    assert found.verdict == "inaccurate"
    assert found.variant is None
    assert "float32 arithmetic in a float64 result" in found.detail
    assert found.ulp is not None
    assert found.ulp > 2**20


def test_a_logarithm_of_one_minus_p_is_inaccurate() -> None:
    def naive(case: Case) -> Any:
        y, p = case.arguments
        with np.errstate(divide="ignore"):
            log_p, log_q = (np.clip(np.log(x), np.log(1e-15), -1e-15) for x in (p, 1 - p))
        return -np.mean(y * log_p + (1 - y) * log_q)

    found = judge("binary_cross_entropy", "float64", naive)
    assert found.verdict == "inaccurate"
    assert found.variant is None
    assert "1 − p is computed and rounded before its logarithm is taken" in found.detail
    assert found.evidence is not None
    assert found.evidence.case.id == "rare-negatives"


@pytest.mark.thorough
def test_a_bias_correction_formed_in_float32_is_inaccurate() -> None:
    def rounded(case: Case) -> np.ndarray:
        single = np.float32
        w, gradients, rates = case.arguments
        beta1, beta2, epsilon = (single(case.hyper[name]) for name in ("beta1", "beta2", "epsilon"))
        m, v, path = np.zeros_like(w), np.zeros_like(w), []
        for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), 1):
            m = beta1 * m + (single(1) - beta1) * g
            v = beta2 * v + single(1 - case.hyper["beta2"]) * g * g
            m_hat, v_hat = m / (single(1) - beta1**t), v / (single(1) - beta2**t)
            w = w - single(rate) * m_hat / (np.sqrt(v_hat) + epsilon)
            path.append(w)
        return np.array(path)

    options = CONTRACT["Adam"].chosen  # it has none
    found = judge("Adam", "float32", rounded, poses=lambda c: None if options(c.hyper) else c)
    assert (found.verdict, found.variant) == ("inaccurate", None)


@pytest.mark.parametrize(
    ("formula", "body"),
    [
        ("relu", lambda z: np.maximum(z, 1e-6)),
        ("sigmoid", lambda z: 1 / (1 + np.exp(-np.clip(z, -14, 14)))),
        ("mse_loss", lambda y, p: np.mean((y - p) ** 2) + 1e-6),
        ("cosine_annealing", lambda t, lr, T: 1e-6 + lr * (1 + np.cos(np.pi * t / T)) / 2),
    ],
)
@pytest.mark.sweep
def test_a_small_floor_or_offset_is_no_rounding_error(formula: str, body: Any) -> None:
    found = judge(formula, "float64", lambda case: body(*case.arguments))
    assert (found.verdict, found.variant) == ("deviates", None)


@pytest.mark.parametrize(
    ("formula", "body", "least"),
    [
        ("step_decay", lambda t, lr, drop, n: max(lr * drop ** (t // n), 1e-4), "0.0001"),
        ("exponential_decay", lambda t, lr, k: max(lr * np.exp(-k * t), 1e-6), "1e-6"),
    ],
)
def test_a_floor_of_ones_own_is_told_with_its_value(formula: str, body: Any, least: str) -> None:
    found = judge(formula, "float64", lambda case: body(*case.arguments))
    assert (found.verdict, found.variant) == ("dialect", f"never-below-{least}")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_loss_that_overflows_when_sure_and_wrong_deviates(dtype: str) -> None:
    def naive(case: Case) -> Any:
        X, y, W1, b1, W2, b2 = case.arguments
        with np.errstate(all="ignore"):
            a2 = 1 / (1 + np.exp(-(np.maximum(X @ W1 + b1, 0) @ W2 + b2)))
            return -np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2)) / len(X)

    assert judge("compute_loss", dtype, naive).verdict == "deviates"


def test_a_factor_per_epoch_conforms() -> None:
    def compounded(case: Case) -> float:
        t, rate, k = case.arguments
        for _ in range(t):
            rate *= np.exp(-k)
        return float(rate)

    assert judge("exponential_decay", "float64", compounded).verdict == "conforms"


def test_one_wrong_last_digit_is_no_deviation_but_a_thousand_are() -> None:
    def off_by(ulps: int, case: Case) -> Any:
        exact = _exactly(variants("mse_loss")[0], case)
        return exact + ulps * np.spacing(exact)

    assert judge("mse_loss", "float64", lambda case: off_by(1, case)).verdict == "conforms"
    assert judge("mse_loss", "float64", lambda case: off_by(1000, case)).verdict == "inaccurate"


# --- something else -------------------------------------------------------------------------------


def test_what_no_form_explains_deviates_without_a_name() -> None:
    found = judge("mse_loss", "float64", lambda case: 1.01 * _reference(case)[0])
    assert (found.verdict, found.variant) == ("deviates", None)
    told = "mse_loss(array([0.]), array([1.])): expected 1, got 1.01"
    assert found.detail == f"Matches no known form; in case one, made smaller, {told}"
    assert found.fails


@pytest.mark.thorough
def test_an_optimizer_s_first_wrong_step_is_named() -> None:
    def stumbles(case: Case) -> np.ndarray:
        path = _reference(case)
        path[2:] += 0.5
        return np.asarray(path)

    found = judge("Adam", "float64", stumbles)
    assert (found.verdict, found.variant) == ("deviates", None)
    assert "step 3: expected" in found.detail


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_number_deviates(value: float) -> None:
    def answer(case: Case) -> Any:
        return value * case.arguments[0].size

    found = judge("mse_loss", "float64", answer)
    assert (found.verdict, found.variant) == ("deviates", None)


def test_a_right_answer_that_changed_its_argument_deviates() -> None:
    def writes(case: Case) -> Any:
        raise ContenderImpure("mine", case.formula, ("grad",), _reference(case))

    found = judge("SGD", "float64", writes)
    assert (found.verdict, found.variant) == ("deviates", "argument-changed")
    assert found.detail.endswith("Changed: grad.")


@pytest.mark.parametrize("wrong", [1, 3, 2 * len(cases("relu", "float64"))])
def test_what_is_right_most_of_the_time_is_not_deterministic(wrong: int) -> None:
    asked = 0

    def moody(case: Case) -> Any:
        nonlocal asked
        asked += 1
        return case.arguments[0] * (case.arguments[0] > 0) + (asked == wrong)

    found = judge("relu", "float64", moody)
    assert (found.verdict, found.variant) == ("deviates", "not-deterministic")
    assert found.detail.startswith("Does not repeat itself: ")
    assert found.fails


def test_an_answer_that_changes_in_its_last_digit_is_shown_with_that_digit() -> None:
    asked = []

    def drifts(case: Case) -> Any:
        path = _reference(case)
        asked.append(case)
        if len(asked) > len(cases("Adam", "float32")):
            path[1] = np.nextafter(path[1], np.float32(np.inf))
        return path

    found = judge("Adam", "float32", drifts)
    assert found.variant == "not-deterministic"
    told = re.search(r", step 2: (\S+) the first time, (\S+) the second\.$", found.detail)
    assert told is not None, found.detail
    first, second = (np.float32(number) for number in told.groups())
    assert second == np.nextafter(first, np.float32(np.inf))


def test_what_one_case_leaves_behind_for_the_next_is_not_deterministic() -> None:
    sizes: list[int] = [0]

    def cached(case: Case) -> Any:
        z = case.arguments[0]
        sizes.append(np.size(z))
        return z * (z > 0) + 1e-9 * sizes[-2]

    assert judge("relu", "float64", cached).variant == "not-deterministic"


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (ContenderFault, "error"),
        (ContenderCrash, "crash"),
        (ContenderTimeout, "timeout"),
        (ContenderAbsent, "absent"),
    ],
)
def test_a_failure_is_the_verdict(failure: type[ContenderFailure], verdict: str) -> None:
    def fails(case: Case) -> Any:
        raise failure("mine", case.formula, "stopped")

    found = judge("relu", "float32", fails)
    assert (found.variant, found.ulp, found.margin) == (None, None, None)
    # What is not there fails in no case.
    where = "" if verdict == "absent" else " (case kink)"
    assert (found.verdict, found.detail) == (verdict, f"stopped{where}")
    assert found.fails == (verdict != "absent")
