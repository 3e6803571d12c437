"""A permitted form that is 0 / 0 does not say what is due: code that guards there follows it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases, needs
from gradmark.conformance.catalogue import form
from gradmark.conformance.judging.fit import fit
from gradmark.conformance.judging.floats import in_floats
from gradmark.conformance.judging.judge import judge

UNDEFINED = [
    ("layer_norm", "unbiased-deviation-epsilon-outside"),  # one feature
    ("binary_cross_entropy_grad", "unguarded"),  # sure, and right
    ("linear_warmup", "ramp-one-step-short"),  # of one step
]
FORMULA = "binary_cross_entropy_grad"


def _answer(formula: str, name: str, guard: float) -> Callable[[Case], np.ndarray]:
    return lambda case: np.nan_to_num(
        in_floats(form(formula, name), case), nan=guard, posinf=np.inf, neginf=-np.inf
    )


def _follows(formula: str, name: str, answer: Callable[[Case], np.ndarray]) -> bool:
    asked = cases(formula, "float64")
    return fit(form(formula, name), asked, [*map(answer, asked)]).level == 0


@pytest.mark.parametrize(("formula", "name"), UNDEFINED)
@pytest.mark.parametrize("guard", [np.nan, 0.0, 0.1])
def test_code_that_guards_where_a_form_is_undefined_follows_it(
    formula: str, name: str, guard: float
) -> None:
    told = judge(formula, "float64", _answer(formula, name, guard))
    assert (told.verdict, told.variant) == ("dialect", name)


def test_a_guard_that_holds_at_one_such_question_and_not_at_another_is_none() -> None:
    its = _answer(FORMULA, "unguarded", np.nan)

    def guarded(*sure: float) -> Callable[[Case], np.ndarray]:
        def answer(case: Case) -> np.ndarray:
            y, p = map(np.ravel, case.arguments)
            return np.where((y == p) & np.isin(p, sure), 0.0, its(case))

        return answer

    assert _follows(FORMULA, "unguarded", guarded(0, 1))
    assert not _follows(FORMULA, "unguarded", guarded(0))


def test_no_guard_follows_a_mistake_that_is_undefined() -> None:
    formula, name = "binary_cross_entropy", "unguarded-nan"  # 0 · log 0
    assert _follows(formula, name, _answer(formula, name, np.nan))
    assert not _follows(formula, name, _answer(formula, name, 0.0))


def test_what_a_form_defines_is_due() -> None:
    formula, name = UNDEFINED[0]
    right = _answer(formula, name, 0.0)
    assert not _follows(formula, name, lambda case: right(case) * (1 + 1e-9))


def test_what_is_no_number_in_the_question_is_due() -> None:
    formula, name = "relu", "canonical"
    asked = [case for case in cases(formula, "float64") if needs(case) == "NaN"]
    given = [*map(_answer(formula, name, 0.0), asked)]
    assert asked
    assert fit(form(formula, name), asked, given).level == 2
