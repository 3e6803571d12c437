"""What every body of the reference owes to its row: it refuses what lies outside, by name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.cases import Case, arrays_in, cases
from gradmark.conformance.catalogue import form
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.flat import flat
from gradmark.conformance.judging.kept import truth
from gradmark.harness.contract import CONTRACT, DETERMINED, Formula, Parameter
from gradmark.harness.contract.dtypes import USUAL

EVERY = pytest.mark.parametrize("formula", DETERMINED.values(), ids=lambda formula: formula.name)


def _ordinary(formula: Formula) -> Case:
    """Give the first case that is not empty: what the others here are made of, by one change."""
    asked = cases(formula.name, "float64")
    return next(
        case
        for case in asked
        if formula.takes_numbers or sum(a.size for a in arrays_in(case.arguments[0])) > 1
    )


def _ask(formula: Formula, case: Case, **changed: Any) -> Any:
    body = getattr(reference, formula.name)
    if not formula.stepped:
        given = dict(zip(formula.parameters, case.arguments, strict=True)) | changed
        return body(*given.values())
    w, gradients, rates = case.arguments
    hyper = {"lr": rates[0], **case.hyper, **{k: v for k, v in changed.items() if k != "w"}}
    return body(**hyper).step(changed.get("w", w), gradients[0])


def _in_its_place(case: Case, parameter: Parameter, value: Any) -> Any:
    """Give a value for a parameter; of a list, for each of its items."""
    if not parameter.many:
        return value
    return [value] * len(case.arguments[CONTRACT[case.formula].parameters.index(parameter.name)])


def _answer(formula: Formula, case: Case) -> Any:
    body = getattr(reference, formula.name)
    if not formula.stepped:
        return body(*case.arguments)
    (w, gradients, rates), path = case.arguments, []
    optimizer = body(lr=rates[0], **case.hyper)
    for gradient, optimizer.lr in zip(gradients, rates, strict=True):
        w = optimizer.step(w, gradient)
        path.append(w)
    return path


@EVERY
@pytest.mark.parametrize("dtype", USUAL)
def test_it_answers_what_fifty_digits_say(formula: Formula, dtype: str) -> None:
    short = [
        c for c in cases(formula.name, dtype) if sum(a.size for a in arrays_in(*c.arguments)) < 99
    ]
    assert len(short) > 3
    for case in short:
        with np.errstate(all="ignore"):
            got = flat(_answer(formula, case))
        excess = entries(truth(form(formula.name), case).all(), got, case).excess
        assert np.all(excess <= 1), (case.id, got, excess)


def _outside(parameter: Parameter) -> Iterator[Any]:
    low, high = parameter.domain
    beyond = [low - 1] * math.isfinite(low) + [high + 1] * math.isfinite(high)
    yield from beyond
    if not parameter.is_array:
        yield math.nan


@EVERY
def test_what_is_outside_a_parameter_s_domain_is_refused_by_its_name(formula: Formula) -> None:
    case = _ordinary(formula)
    for parameter in formula.takes:
        for value in _outside(parameter):
            place = formula.parameters.index(parameter.name)
            wrong = (
                np.full_like(case.arguments[place], value)
                if parameter.is_array
                else _in_its_place(case, parameter, value)
            )
            with pytest.raises(ValueError, match=parameter.name):
                _ask(formula, case, **{parameter.name: wrong})


@EVERY
def test_what_is_no_number_is_refused(formula: Formula) -> None:
    case = _ordinary(formula)
    for parameter in formula.takes:
        name = parameter.name if not formula.stepped or parameter.is_array else "w"
        with pytest.raises(TypeError):
            _ask(formula, case, **{name: _in_its_place(case, parameter, np.array(["a"]))})


@EVERY
def test_arrays_that_do_not_belong_together_are_refused(formula: Formula) -> None:
    case = _ordinary(formula)
    arrays = [p for p in formula.takes if p.is_array] if not formula.stepped else []
    for parameter in arrays[1:]:
        wrong = _in_its_place(case, parameter, np.full((7, 5, 3), 0.5))
        with pytest.raises(ValueError, match=r"shape|entries"):
            _ask(formula, case, **{parameter.name: wrong})
    if formula.stepped:
        with pytest.raises(ValueError, match="shape"):
            _ask(formula, case, w=np.zeros((7, 5, 3)))


@EVERY
def test_rows_of_classes_are_a_vector_or_a_matrix(formula: Formula) -> None:
    of_classes = [p.name for p in formula.takes if p.role.startswith("class ")]
    if of_classes:
        cube = np.full((2, 3, 2), 0.5)
        with pytest.raises(ValueError, match="shape"):
            _ask(formula, _ordinary(formula), **dict.fromkeys(of_classes, cube))


@EVERY
def test_a_parameter_that_may_be_left_out_has_its_neutral_value_then(formula: Formula) -> None:
    case = _ordinary(formula)
    for parameter in formula.takes:
        if parameter.neutral is not None and not formula.stepped:
            at = formula.parameters.index(parameter.name)
            whole = _ask(formula, case, **{parameter.name: parameter.neutral})
            left_out = getattr(reference, formula.name)(*case.arguments[:at])
            assert np.array_equal(left_out, whole)


@EVERY
def test_an_optimizer_keeps_to_the_shape_that_it_began_with(formula: Formula) -> None:
    if formula.state and {state.name for state in formula.state} != {"t"}:
        optimizer = getattr(reference, formula.name)(**formula.settings(0))
        long, short = (np.ones(formula.folded((n,))) for n in (2, 1))
        optimizer.step(long, long)
        with pytest.raises(ValueError, match="shape"):
            optimizer.step(short, short)
