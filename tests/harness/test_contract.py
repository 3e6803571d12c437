import inspect

import pytest

from gradmark import reference
from gradmark.harness.contract import CONTRACT, Formula, kinds


def test_the_contract_has_nineteen_formulas_in_six_kinds() -> None:
    assert len(CONTRACT) == 19
    assert kinds() == (
        "loss",
        "activation",
        "network",
        "optimizer",
        "schedule",
        "test function",
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
    like = {f"array like {p}" for p in formula.parameters}
    assert formula.returns in {"number", "optimizer", "(dW1, db1, dW2, db2)"} | like
