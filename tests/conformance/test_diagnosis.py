"""What the judge says beside the verdict: the smallest failure, the first wrong variable, state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging.first_wrong import WRONG, first_wrong
from gradmark.conformance.judging.judge import judge
from gradmark.conformance.judging.unfold import Unfolding
from gradmark.conformance.truth import Number, Numbers
from gradmark.harness.contenders import contender
from gradmark.harness.resolve import resolve

ADAM = """
import numpy as np
class Adam:
    {shared}
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.b1, self.b2, self.epsilon = lr, beta1, beta2, epsilon
        {own}
    def step(self, w, grad):
        self.t += 1
        {m} = self.b1 * self.m + (1 - self.b1) * grad
        {v}
        m_hat = self.m / (1 - self.b1**self.t)
        v_hat = self.v / (1 - self.b2**self.t)
        return w - self.lr * m_hat / ({root} + self.epsilon)
"""
RIGHT = {
    "shared": "",
    "own": "self.m = self.v = self.t = 0",
    "m": "self.m",
    "v": "self.v = self.b2 * self.v + (1 - self.b2) * grad**2",
    "root": "np.sqrt(v_hat)",
}


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Any]:
    """Judge an Adam that differs from the right one in some of its parts."""
    opened = []

    def of(**parts: str) -> Any:
        (tmp_path / "mine.py").write_text(ADAM.format(**{**RIGHT, **parts}))
        mine = contender(resolve(str(tmp_path / "mine.py"), tmp_path))
        opened.append(mine)
        return Subject(mine, "float64").judgement("Adam")

    yield of
    for its in opened:
        its.close()


def test_the_right_one_conforms(judged: Any) -> None:
    assert judged().verdict == "conforms"


@pytest.mark.thorough
def test_a_wrong_second_moment_is_the_first_variable_to_go_wrong(judged: Any) -> None:
    found = judged(v="self.v = self.b2 * self.v + 0.9 * (1 - self.b2) * grad**2")
    assert (found.verdict, found.variant) == ("deviates", None)
    # v = 0.001 · g² after the first step, and 0.9 of that here
    assert ", step 1: expected" in found.detail
    assert "The first variable to go wrong is v, at step 1: expected" in found.detail


@pytest.mark.thorough
def test_a_first_moment_that_goes_wrong_late_is_dated(judged: Any) -> None:
    late = "self.m = 0.999 * self.m if self.t > 3 else self.m; self.m"
    found = judged(m=late)
    assert "The first variable to go wrong is m, at step 4: expected" in found.detail


@pytest.mark.thorough
def test_where_the_state_is_right_it_is_the_step(judged: Any) -> None:
    found = judged(root="1.01 * np.sqrt(v_hat)")
    assert (found.verdict, found.variant) == ("deviates", None)
    told = "Up to that step t, m and v are right: it is the step itself that goes wrong."
    assert found.detail.endswith(told)


@pytest.mark.thorough
def test_the_smallest_failure_of_an_optimizer_has_one_weight(judged: Any) -> None:
    found = judged(root="1.01 * np.sqrt(v_hat)")
    w, gradients, rates = found.evidence.case.arguments
    assert w.size == gradients.size == len(rates) == 1


def test_state_in_the_class_outlives_the_object(judged: Any) -> None:
    made = "self.m = self.v = 0; self.made['t'] += 1; self.t = self.made['t']"
    found = judged(shared="made = {'t': 0}", own=made)
    assert (found.verdict, found.variant) == ("deviates", "shared-state")
    assert "outlives the object" in found.detail


# --- smaller --------------------------------------------------------------------------------------


def test_a_failure_of_negative_numbers_alone_shrinks_to_one_number() -> None:
    def wrong_below_minus_two(case: Case) -> Any:
        z = case.arguments[0]
        return np.where(z < -2, 0.5, np.maximum(z, 0))

    found = judge("relu", "float64", wrong_below_minus_two)
    assert found.evidence is not None
    (z,) = found.evidence.case.arguments
    assert z.size == 1
    assert z.ravel()[0] < -2
    assert found.evidence.shrunk
    assert f"made smaller, relu({found.evidence.case.arguments[0]!r})" in found.detail


def test_a_failure_of_wide_batches_alone_shrinks_to_the_width_that_fails() -> None:
    def wrong_for_three_or_more(case: Case) -> Any:
        y, p = case.arguments
        return np.mean((y - p) ** 2) + (y.size >= 3)

    found = judge("mse_loss", "float64", wrong_for_three_or_more)
    assert found.evidence is not None
    y, p = found.evidence.case.arguments
    assert y.size == p.size == 3


def test_a_network_s_failure_shrinks_along_the_lengths_its_arrays_share() -> None:
    def no_bias(case: Case) -> Any:
        X, y, W1, b1, W2, b2 = case.arguments
        a1 = np.maximum(X @ W1 + b1, 0)
        z2 = a1 @ W2
        return np.sum(np.logaddexp(0, z2) - y * z2) / len(X) + 0.25 * np.sum(b2)

    found = judge("compute_loss", "float64", no_bias)
    assert (found.verdict, found.variant) == ("deviates", None)
    assert found.evidence is not None
    X, y, W1, b1, W2, b2 = found.evidence.case.arguments
    assert [a.size for a in (X, y, W1, b1, W2, b2)] == [1, 1, 1, 1, 1, 1]
    assert b2.any()


# --- lazy -----------------------------------------------------------------------------------------


def test_no_more_of_the_truth_is_evaluated_than_is_asked_for() -> None:
    evaluated = []

    def parts() -> Iterator[list[Number]]:
        for step in range(100):
            evaluated.append(step)
            yield [Number(step), Number(-step)]

    truth = Unfolding(parts)
    assert evaluated == []
    assert truth.up_to(5).high[5] == -2
    assert evaluated == [0, 1, 2]
    assert truth.up_to(1).high[:2].tolist() == [0, 0]
    assert evaluated == [0, 1, 2]
    assert truth.all().high[-2:].tolist() == [99, -99]
    assert evaluated == list(range(100))


def test_what_is_known_of_the_truth_is_not_evaluated_again() -> None:
    evaluated = []

    def parts() -> Iterator[list[Number]]:
        for step in range(4):
            evaluated.append(step)
            yield [Number(step)]

    known = Numbers.of([Number(0), Number(1)])
    truth = Unfolding(parts, known, [1, 2])
    assert truth.up_to(1) is known
    assert evaluated == []
    assert truth.all().high.tolist() == [0, 1, 2, 3]
    assert (truth.ends, truth.whole) == ([1, 2, 3, 4], True)


@pytest.mark.thorough
def test_states_are_asked_for_up_to_the_first_wrong_step_only() -> None:
    shown = 0

    class Witness:
        def afresh(self) -> bool:
            raise AssertionError("a contender that repeats itself needs no new process")

        def states(self, case: Case) -> Iterator[Mapping[str, Any]]:
            nonlocal shown
            for _ in case.arguments[1]:
                shown += 1
                yield {"t": 1}

        def steps_from_anew(self, case: Case) -> Iterator[Any]:
            raise AssertionError(f"{case.formula} gives numbers, and needs no step from anew")

    def stuck(case: Case) -> Any:
        w, gradients, rates = case.arguments
        return np.cumsum([-rate * 1.5 * g for g, rate in zip(gradients, rates, strict=True)], 0) + w

    found = judge("Adam", "float64", stuck, Witness())
    assert found.evidence is not None
    assert shown == found.evidence.step < 1100


def test_noise_that_rounding_hides_is_not_taken_for_state_that_outlives_a_process() -> None:
    draw = np.random.default_rng(7)

    class Restarts:
        def afresh(self) -> bool:
            return True

        def states(self, case: Case) -> Iterator[Mapping[str, Any]]:
            raise AssertionError(f"{case.formula} shows no state")

        def steps_from_anew(self, case: Case) -> Iterator[Any]:
            raise AssertionError(f"{case.formula} takes no steps")

    def noisy(case: Case) -> Any:
        # Above 1, float32 has four numbers for it to become, and two draws agree often.
        (z,) = case.arguments
        return np.maximum(z, 0) + (1e-6 * draw.random(np.shape(z))).astype(z.dtype)

    named = {judge("relu", "float32", noisy, Restarts()).variant for _ in range(40)}
    assert named == {"not-deterministic"}


def test_evidence_names_the_gradient_and_the_entry_that_is_wrong() -> None:
    def one_wrong(case: Case) -> Any:
        dW1, db1, dW2, db2 = reference.compute_gradients(*case.arguments)
        return dW1, db1, dW2 * np.where(np.arange(dW2.size).reshape(dW2.shape) == 2, 1.5, 1), db2

    found = judge("compute_gradients", "float64", one_wrong)
    assert found.verdict == "deviates"
    assert ", dW2[2, 0]: expected " in found.detail, found.detail


@pytest.mark.thorough
def test_what_is_made_smaller_stays_a_question_of_its_kind() -> None:
    def wrong_for_several_rows(case: Case) -> Any:
        y, p = (np.atleast_2d(a) for a in case.arguments)
        loss = -np.sum(y * np.log(np.maximum(p, 1e-15))) / len(y)
        return loss * (1.01 if len(y) > 1 else 1)

    found = judge("categorical_cross_entropy", "float64", wrong_for_several_rows)
    assert found.variant is None
    assert found.evidence is not None
    assert found.evidence.shrunk
    for rows in found.evidence.case.arguments:
        assert np.all((rows >= 0) & (rows <= 1))
        np.testing.assert_allclose(rows.sum(axis=-1), 1)


def test_a_convention_that_a_narrow_dtype_breaks_is_shown_where_it_breaks() -> None:
    def clipped(case: Case) -> Any:
        y, p = case.arguments
        p = np.clip(p, np.float32(1e-10), np.float32(1 - 1e-10))  # which is 1
        with np.errstate(all="ignore"):
            return -np.mean(y * np.log(p) + (1 - y) * np.log1p(-p), dtype=np.float32)

    found = judge("binary_cross_entropy", "float32", clipped)
    assert (found.verdict, found.variant) == ("deviates", "clipped-at-1e-10")
    assert found.evidence is not None
    assert not np.isfinite(found.evidence.got)
    assert np.isfinite(found.evidence.expected)


def _first_step() -> tuple[Case, dict[str, Any]]:
    """Return a question of one step, and the state that is right after it."""
    case = next(c for c in cases("Adam", "float64") if c.id == "first-step")
    (g,) = np.ravel(case.arguments[1])
    b1, b2 = case.hyper["beta1"], case.hyper["beta2"]
    return case, {"t": 1, "m": (1 - b1) * g, "v": (1 - b2) * g**2}


def _known(name: str, formula: str = "Adam") -> Variant:
    return next(one for one in variants(formula) if one.name == name)


def test_a_counter_that_is_ahead_is_wrong_only_where_the_mistake_is_one_of_counting() -> None:
    """Code that counts after its step shows the next one's number, and is right."""
    case, right = _first_step()
    ahead = {**right, "t": 2}
    counted, other = _known("counter-starts-at-two"), _known("gradient-not-squared")
    told = first_wrong(case, 1, [ahead], followed=counted)
    assert told == f"{WRONG} t, at step 1: expected 1, got 2."
    for followed in (None, other):
        told = first_wrong(case, 1, [ahead], followed=followed)
        assert told.startswith("Up to that step m and v are right")
    assert not first_wrong(case, 1, [{**ahead, "v": 0.5}], followed=counted)


def test_a_variable_is_wrong_where_the_other_moment_is_right() -> None:
    case, right = _first_step()
    told = first_wrong(case, 1, [{**right, "v": 0.5}])
    assert told.startswith(f"{WRONG} v, at step 1: expected 0.00025")
    # Both may be kept without their factors, as they are where the step makes up for it.
    assert not first_wrong(case, 1, [{**right, "m": 0.5, "v": 0.25}])
    # What is no array like the gradient is another thing of that name.
    assert not first_wrong(case, 1, [{**right, "v": [0.5, 0.5]}])
    assert not first_wrong(case, 1, [{"m": right["m"]}])


def test_a_variable_is_wrong_where_the_known_mistake_has_it_so() -> None:
    case = next(c for c in cases("SGDMomentum", "float64") if c.id == "first-step")
    followed = _known("weights-exchanged", "SGDMomentum")  # v ← (1−γ)v + γηg
    wrong = case.hyper["momentum"] * case.arguments[2][0] * np.ravel(case.arguments[1])
    told = first_wrong(case, 1, [{"velocity": wrong}], followed=followed)
    assert told.startswith(f"{WRONG} velocity, at step 1: expected ")
    # The other sign is somebody's convention.
    assert not first_wrong(case, 1, [{"velocity": -wrong}], followed=followed)
    assert not first_wrong(case, 1, [{"velocity": wrong}])
