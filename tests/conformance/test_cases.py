"""The questions: the same for everybody, exact in both dtypes, and told apart by their hash."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradmark.conformance.cases import (
    arrays_in,
    cases,
    functions,
    network,
    optimizers,
    told_apart,
)
from gradmark.conformance.catalogue import variants
from gradmark.conformance.judging.evidence import mark
from gradmark.harness.contract import CONTRACT

BOTH = pytest.mark.parametrize("dtype", ["float64", "float32"])


@BOTH
@pytest.mark.parametrize("formula", CONTRACT)
def test_every_formula_has_cases_of_its_dtype_with_names_of_their_own(
    formula: str, dtype: str
) -> None:
    asked = cases(formula, dtype)
    assert len({case.id for case in asked}) == len(asked) > 0
    arrays = [a for case in asked for a in arrays_in(*case.arguments)]
    assert {a.dtype.name for a in arrays} <= {dtype}


def test_a_special_case_with_the_id_of_a_derived_one_is_refused() -> None:
    (derived,) = (case for case in cases("relu", "float64") if case.id == "large")
    own = replace(derived, arguments=(np.ones(2),))
    with pytest.raises(ValueError, match="relu: 2 cases have the id 'large'"):
        told_apart([own, derived])
    told_apart([derived, replace(derived, formula="tanh")])


@pytest.mark.parametrize("formula", CONTRACT)
def test_every_formula_has_one_canonical_form_and_names_are_unique(formula: str) -> None:
    names = [variant.name for variant in variants(formula)]
    assert names.count("canonical") == 1
    assert names[0] == "canonical"
    assert len(set(names)) == len(names) > 1


@pytest.mark.parametrize("formula", CONTRACT)
def test_every_form_says_in_a_sentence_what_it_is_and_where_it_is_from(formula: str) -> None:
    for variant in variants(formula):
        assert variant.says.endswith("."), variant.name
        assert variant.source, variant.name
        assert variant.name == variant.name.strip("-").lower()


@pytest.mark.parametrize("make", [functions.make, network.make, optimizers.make])
def test_the_same_seed_draws_the_same_cases_and_another_seed_others(make: object) -> None:
    assert callable(make)

    def spelled(seed: int) -> list[bytes]:
        return [case.canonical_bytes() for table in make(seed).values() for case in table]

    assert spelled(1) == spelled(1)
    assert spelled(1) != spelled(2)


def test_any_change_of_a_case_changes_its_bytes() -> None:
    case = cases("Adam", "float64")[0]
    w, gradients, rates = case.arguments
    changed = [
        replace(case, id="other"),
        replace(case, dtype="float32"),
        replace(case, hyper={**case.hyper, "beta1": 0.5}),
        replace(case, arguments=(w, gradients + 2**-40, rates)),
        replace(case, arguments=(w, gradients, [0.2])),
        replace(case, arguments=(w.reshape(1, 1), gradients.reshape(1, 1, 1), rates)),
    ]
    spelled = {c.canonical_bytes() for c in [case, *changed]}
    assert len(spelled) == len(changed) + 1


@pytest.mark.parametrize(
    ("expected", "got", "marked"),
    [
        ("0.69314718", "0.69314802", "0.69314[802]"),
        ("0.5", "0.5", "0.5"),
        ("1.25", "-1.25", "-1.25"),
        ("0.25", "0.5", "0.5"),
        ("0.12", "0.125", "0.12[5]"),
    ],
)
def test_the_digits_that_differ_are_marked(expected: str, got: str, marked: str) -> None:
    assert mark(expected, got) == marked


@BOTH
@pytest.mark.parametrize("optimizer", [name for name, row in CONTRACT.items() if row.stepped])
def test_an_optimizer_is_asked_at_every_shape_length_and_size(optimizer: str, dtype: str) -> None:
    asked = cases(optimizer, dtype)
    weights, steps, rates = zip(*(case.arguments for case in asked), strict=True)
    row = CONTRACT[optimizer]
    assert {w.ndim for w in weights} == ({2} if row.matrices else {0, 1, 2, 3, 4})
    assert min(w.size for w in weights) == 0
    assert max(len(g) for g in steps) > 1000
    assert max(len(set(r)) for r in rates) > 2
    sizes = np.abs(np.concatenate([g.ravel() for g in steps]))
    most = 10.0 ** (24 // row.degree)
    assert sizes.max() > 0.9 * most
    assert ((sizes > 0) & (sizes < np.finfo(dtype).tiny)).any()
    assert ((sizes > np.finfo(dtype).tiny) & (sizes < 2 / most)).any()
    assert (sizes == 0).any()
