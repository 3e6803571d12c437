import inspect

import pytest

from gradmark import reference
from gradmark.harness.contract import CAPABILITIES, CONTRACT, Formula, kinds, page


def test_the_contract_has_its_formulas_in_ten_kinds() -> None:
    assert kinds() == (
        "loss",
        "gradient",
        "activation",
        "norm",
        "network",
        "in hand",
        "optimizer",
        "schedule",
        "test function",
        "chance",
    )


def test_the_page_of_all_formulas_tells_what_the_rows_tell() -> None:
    assert page.FILE.read_text(encoding="utf-8") == page.text(), (
        "out of date: run python -m gradmark.harness.contract"
    )


@pytest.mark.parametrize("formula", CONTRACT.values(), ids=lambda formula: formula.name)
def test_the_reference_keeps_the_contract(formula: Formula) -> None:
    ours = getattr(reference, formula.name)
    assert inspect.isclass(ours) == (formula.kind == "optimizer")
    parameters = inspect.signature(ours).parameters.values()
    count = len(formula.parameters)
    assert tuple(p.name for p in parameters)[:count] == formula.parameters
    # It may know other conventions, but nobody has to ask for its own.
    assert all(p.default is not p.empty for p in list(parameters)[count:])


@pytest.mark.parametrize("formula", CONTRACT.values(), ids=lambda formula: formula.name)
def test_what_a_formula_returns_is_named_after_its_parameters(formula: Formula) -> None:
    shaped = formula.returned or {*formula.lengths_returned} <= {*formula.parameters}
    assert formula.returns in {"number", "optimizer"} or shaped
    lists = [each.many for each in formula.returned]
    assert all(lists) or not any(lists)
    assert formula.returns.startswith("list") <= all(lists)


@pytest.mark.parametrize("formula", CONTRACT.values(), ids=lambda formula: formula.name)
def test_a_row_names_only_what_there_is(formula: Formula) -> None:
    assert {*formula.may_lack} <= {*CAPABILITIES}
    assert {each.like for each in formula.returned} <= {*formula.parameters}
    for parameter in formula.takes:
        low, high = parameter.domain
        assert all(low <= value <= high for value in parameter.values)
        assert parameter.is_called(parameter.name)
    # An optimizer's are given by name, so that no name may mean two of them.
    names = [name for parameter in formula.hyperparameters for name in parameter.synonyms]
    assert not formula.stepped or len(names) == len({*names})


def test_no_two_formulas_share_a_name() -> None:
    names = [name for f in CONTRACT.values() for name in {f.name, *f.synonyms}]
    assert len(names) == len({*names})
