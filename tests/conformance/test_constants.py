"""A form's constant is found from the answers; no mistake hides behind one that is."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, families, form, variants, wider
from gradmark.conformance.catalogue.recipe import Fitted, spell
from gradmark.conformance.judging import beyond
from gradmark.conformance.judging.beyond import Answers, _fitted
from gradmark.conformance.judging.constants import constants
from gradmark.conformance.judging.flat import flat
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.properties.asked import local
from gradmark.conformance.properties.property import Draws, properties
from gradmark.harness.contract import CONTRACT

WITH_CONSTANTS = [name for name in CONTRACT if families(name)]


def short(case: Case) -> bool:
    """Whether a case costs little: what large ones separate is not what these tests are about."""
    return len(flat(case.arguments)) <= 300


def answered(variant: Variant, case: Case) -> np.ndarray:
    with np.errstate(over="ignore"):
        return truth(variant, case).all().high.astype(case.dtype)


def judged(formula: str, name: str, dtype: str = "float64") -> Judgement:
    made = form(formula, name)
    return judge(formula, dtype, lambda case: answered(made, case), None, short)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("formula", "name", "constant"),
    [
        ("binary_cross_entropy", "clipped-at-1e-6", 1e-6),
        ("binary_cross_entropy", "each-clipped-below-at-1e-6", 1e-6),
        ("binary_cross_entropy", "epsilon-0.0003-inside-logs", 3e-4),
        ("binary_cross_entropy", "logs-clamped-at-minus-50", 50),
        ("binary_cross_entropy", "labels-smoothed-by-0.1", 0.1),
        ("categorical_cross_entropy", "clipped-below-at-1e-10", 1e-10),
        ("categorical_cross_entropy", "labels-smoothed-by-0.2", 0.2),
        ("categorical_cross_entropy", "labels-smoothed-over-the-others-by-0.1", 0.1),
        ("compute_loss", "probability-clipped-at-1e-5", 1e-5),
        ("Adam", "decoupled-weight-decay-0.05", 0.05),
        ("Adam", "decoupled-weight-decay-0.01-after-the-step", 0.01),
        ("Adam", "rate-decays-by-0.001", 0.001),
        ("RMSprop", "momentum-0.5-rate-outside", 0.5),
        ("SGD", "l2-penalty-0.003", 0.003),
        ("SGDMomentum", "weight-decay-0.01-in-the-velocity", 0.01),
        ("cosine_annealing", "falls-to-the-share-0.05", 0.05),
        ("cosine_annealing", "falls-to-0.002", 0.002),
        ("warmup_cosine", "ramp-from-the-share-0.25", 0.25),
        ("warmup_cosine", "falls-to-0.001", 1e-3),
        ("linear_warmup", "ramp-from-the-rate-0.001", 1e-3),
        ("warmup_stable_decay", "decay-never-below-0.002", 2e-3),
        ("LARS", "epsilon-1e-8-beside-the-norms", 1e-8),
        ("exponential_decay", "never-below-0.001", 0.001),
        ("kl_divergence", "epsilon-1e-5-inside-logs", 1e-5),
        ("hinge_loss", "margin-0.5", 0.5),
        ("binary_cross_entropy_grad", "labels-smoothed-by-0.1", 0.1),
        ("categorical_cross_entropy_grad", "labels-smoothed-by-0.1", 0.1),
        ("bce_with_logits", "labels-smoothed-by-0.2", 0.2),
        ("bce_with_logits_grad", "labels-smoothed-by-0.2", 0.2),
        ("focal_loss_grad", "epsilon-1e-6-inside-logs", 1e-6),
        ("focal_loss", "probability-clipped-at-1e-6", 1e-6),
        ("kl_divergence_grad", "prediction-clipped-at-1e-9", 1e-9),
        ("categorical_cross_entropy_grad", "clipped-below-at-1e-9", 1e-9),
        ("softmax_cross_entropy", "softmax-clipped-below-at-1e-6", 1e-6),
        ("softmax_cross_entropy", "labels-smoothed-by-0.15", 0.15),
        ("softmax_cross_entropy", "labels-smoothed-over-the-others-by-0.05", 0.05),
        ("softmax_cross_entropy_grad", "labels-smoothed-by-0.1", 0.1),
        ("softmax_cross_entropy_grad", "labels-smoothed-by-0.1-rows-taken-to-sum-to-1", 0.1),
        ("SGDMomentum", "dampening-0.1-from-the-second-step", 0.1),
        ("bce_with_logits", "sigmoid-clipped-at-1e-6", 1e-6),
        ("log_softmax", "epsilon-1e-8-inside-log", 1e-8),
        ("binary_cross_entropy_grad", "epsilon-1e-6-in-the-divisor", 1e-6),
        ("binary_cross_entropy_grad", "flat-where-clipped-at-1e-7", 1e-7),
        ("binary_cross_entropy_grad", "flat-where-clipped-at-1e-6", 1e-6),
        ("binary_cross_entropy_grad", "flat-where-clipped-at-0.001", 1e-3),
        ("kl_divergence_grad", "flat-where-clipped-at-1e-6", 1e-6),
        ("kl_divergence_grad", "flat-where-clipped-at-1e-6-half-at-1", 1e-6),
        ("NAdam", "decoupled-weight-decay-0.02", 0.02),
        ("Adamax", "weight-decay-0.001-in-the-gradient", 1e-3),
        ("Lion", "smooth-sign-of-2-times", 2.0),
    ],
)
@pytest.mark.sweep
def test_a_constant_of_ones_own_is_found(
    formula: str, name: str, constant: float, dtype: str
) -> None:
    told = judged(formula, name, dtype)
    at_both_ends = name.replace("clipped-below", "clipped")
    # In float32 1 − 1e-10 is 1: whether it is clipped there, too, cannot be told.
    names = {name, at_both_ends} if dtype == "float32" else {name}
    assert told.verdict == "dialect"
    assert told.variant in names
    assert told.constant is not None
    assert told.constant.value == constant


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("categorical_cross_entropy_grad", "rows-renormalised-flat-where-clipped-at-{}"),
        ("focal_loss_grad", "flat-where-clipped-at-{}"),
    ],
)
@pytest.mark.sweep
def test_a_limit_is_known_between_two_numbers_that_were_asked_about(
    formula: str, name: str, dtype: str
) -> None:
    told = judged(formula, name.format("1e-8"), dtype)
    assert told.verdict == "dialect"
    assert told.constant is not None
    assert told.variant == name.format(spell(told.constant.value))
    assert told.constant.low <= 1e-8 <= told.constant.high
    assert told.constant.low <= told.constant.value <= told.constant.high
    assert f"between {told.constant.low:.3g} and {told.constant.high:.3g}" in told.detail


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("margin", [0.3, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("kept", [np.greater, np.greater_equal])
def test_a_margin_is_known_from_many_answers_at_once(margin: float, kept: Any, dtype: str) -> None:
    def slopes(case: Case) -> np.ndarray:
        y, p = case.arguments
        found: np.ndarray = np.where(kept(y * p, margin), 0 * y, -y) / np.asarray(y.size, dtype)
        return found

    told = judge("hinge_loss_grad", dtype, slopes)
    assert told.verdict == "dialect"
    assert told.constant is not None
    assert told.constant.value == margin


@pytest.mark.parametrize(
    ("formula", "name", "limit"),
    [
        ("binary_cross_entropy_grad", "flat-where-clipped-at-1e-7", True),
        ("binary_cross_entropy_grad", "epsilon-1e-6-in-the-divisor", False),
        ("SGD", "l2-penalty-0.003", False),
    ],
)
def test_only_what_moves_no_answer_is_a_limit(formula: str, name: str, limit: bool) -> None:
    asked = [case for case in cases(formula, "float64") if short(case)]
    made = form(formula, name)
    blurred = 1 + 1e-5 * np.cos(np.arange(300))  # as worse arithmetic does
    given = [its * blurred[: len(its)] for its in (answered(made, case) for case in asked)]
    [family] = [its for its in families(formula) if its.named(name) is not None]
    order = [*range(len(asked))]
    found = [*constants(family.form, family.low, family.high, asked, given, order)]
    assert any(one.limit for one in found) is limit


def test_a_gradient_may_have_another_guard_than_its_loss() -> None:
    def loss(y: Any, p: Any) -> Any:
        p = np.clip(p, 1e-7, 1 - 1e-7)
        return -np.mean(y * np.log(p) + (1 - y) * np.log1p(-p))

    def gradient(y: Any, p: Any) -> Any:
        return (p - y) / (p * (1 - p) + 1e-8) / p.size

    def halved(y: Any, p: Any) -> Any:
        return gradient(y, p) / 2

    slope = "binary_cross_entropy_grad_is_the_slope_of_binary_cross_entropy"
    (its,) = [one for one in properties() if one.name.endswith(slope)]
    for of, broken in ((gradient, False), (halved, True)):
        bodies = {"binary_cross_entropy": loss, "binary_cross_entropy_grad": of}
        asked = {name: local(name, "float64", body) for name, body in bodies.items()}
        found = [its.broken(asked, Draws(4, 0), setting) for setting in its.settings]
        assert any(found) == broken


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("relu", "leaky-by-0.05"),
        ("hard_sigmoid", "slope-0.1667"),
        ("softmax_cross_entropy", "labels-raised-by-0.1"),
        ("categorical_cross_entropy_grad", "labels-raised-by-0.2"),
    ],
)
def test_a_constant_of_ones_own_is_named_where_it_is_a_mistake(formula: str, name: str) -> None:
    told = judged(formula, name)
    assert (told.verdict, told.variant) == ("deviates", name)


def test_a_constant_is_found_beside_a_mistake() -> None:
    told = judged("binary_cross_entropy", "clipped-at-1e-6 + sign-lost")
    assert (told.verdict, told.variant) == ("deviates", "clipped-at-1e-6 + sign-lost")


@pytest.mark.parametrize(
    "guarded",
    [
        "clipped-at-1e-12 + log-of-the-sum",
        "clipped-at-1e-6 + log-of-the-sum",
        "log-of-the-sum-clipped-below-at-1e-12",
    ],
)
def test_the_logarithm_of_the_sum_has_any_guard_of_its_terms_or_its_own(guarded: str) -> None:
    told = judged("categorical_cross_entropy", guarded)
    assert (told.verdict, told.variant) == ("dialect", guarded)


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("hinge_loss_grad", "margin-2 + minus-y-at-the-margin"),  # alone one of 2.0953 fits
        ("binary_cross_entropy_grad", "each-clipped-below-at-1e-6"),
    ],
)
def test_a_constant_that_somebody_would_type_comes_first(formula: str, name: str) -> None:
    told = judged(formula, name)
    assert (told.verdict, told.variant) == ("dialect", name)


def test_a_constant_that_is_listed_has_the_listed_name() -> None:
    told = judged("binary_cross_entropy", "clipped-at-1e-7")
    assert (told.variant, told.constant) == ("clipped-at-1e-7", None)


@pytest.mark.parametrize("formula", WITH_CONSTANTS)
@pytest.mark.sweep
def test_no_mistake_hides_behind_a_fitted_convention(formula: str) -> None:
    conventions = [one for one in families(formula) if one.kind == "dialect"]
    for mistake in variants(formula):
        if mistake.kind("float64") == "mistake":
            asked = [case for case in cases(formula, "float64") if short(case)]
            given = [answered(mistake, case) for case in asked]
            found = _fitted(Answers(formula, "float64", asked, given), conventions)
            assert [fit.variant.name for fit in found] == [], mistake.name


def test_a_form_is_not_fitted_to_what_its_constant_does_not_move() -> None:
    asked = cases("binary_cross_entropy", "float64")[:2]  # where no guard shows
    given = [answered(form("binary_cross_entropy"), case) for case in asked]
    answers = Answers("binary_cross_entropy", "float64", asked, given)
    assert _fitted(answers, families("binary_cross_entropy")) == []


@pytest.mark.parametrize("name", ["clipped-at-1e-7", "clipped-at-1e-5", "clipped-at-1e-6"])
def test_what_is_computed_in_float64_follows_the_same_convention_in_float32(name: str) -> None:
    exact = wider(form("binary_cross_entropy", name), "float64")
    told = judge("binary_cross_entropy", "float32", lambda case: answered(exact, case), None, short)
    assert (told.verdict, told.variant) == ("dialect", name)


def test_a_guard_that_float32_would_lose_is_kept_by_float64_arithmetic() -> None:
    clipped = form("binary_cross_entropy", "clipped-at-1e-8")
    assert clipped.kind("float32") == "mistake"
    assert wider(clipped, "float64").kind("float32") == "dialect"


def listed(epsilon: float, case: Case) -> Any:
    y, p = case.arguments
    p = np.clip(p, epsilon, 1 - epsilon)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@pytest.mark.parametrize("epsilon", [1e-7, 1e-6, 1e-10])
@pytest.mark.thorough
def test_the_cause_of_the_commonest_listing_is_the_complement_that_it_forms(
    epsilon: float,
) -> None:
    told = judge("binary_cross_entropy", "float64", lambda case: listed(epsilon, case), None, short)
    assert (told.verdict, told.variant) == ("inaccurate", f"clipped-at-{spell(epsilon)}")
    assert "1 − p is computed and rounded" in told.detail


def test_a_name_tells_the_constant() -> None:
    made = form("Adam", "decoupled-weight-decay-0.05")
    assert isinstance(made, Fitted)
    assert made.constant == 0.05
    with pytest.raises(KeyError):
        form("Adam", "decoupled-weight-decay-much")


def test_no_constant_is_looked_for_where_nothing_is_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each would be fitted beside each form, for minutes, and explain nothing."""
    fit = Mock(return_value=[])
    monkeypatch.setattr(beyond, "_fit", fit)
    asked, of = cases("binary_cross_entropy", "float64")[:2], families("binary_cross_entropy")
    given = [np.array(np.nan), np.array(np.nan)]
    assert _fitted(Answers("binary_cross_entropy", "float64", asked, given), of) == []
    assert not fit.called
    given[-1] = np.array(1.0)
    assert _fitted(Answers("binary_cross_entropy", "float64", asked, given), of) == []
    assert fit.called
