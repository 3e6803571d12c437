from pathlib import Path

import pytest

from gradmark.benchmarks.paired.admission import admit
from gradmark.benchmarks.paired.limits import MACHINE
from gradmark.benchmarks.paired.workloads import chosen
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.resolve import resolve

TARGETS = {name: resolve("reference", Path()) for name in ("reference", "mine")}
RIGHT = {
    (name, formula, dtype): "conforms"
    for name in TARGETS
    for formula in ("compute_gradients", "SGD", "Adam")
    for dtype in USUAL
}


@pytest.mark.parametrize(
    ("formulas", "timed"),
    [
        (["SGD"], {"SGD"}),
        (["compute_gradients"], {"compute_gradients"}),
        (["SGD", "compute_gradients"], {"SGD", "compute_gradients", "training"}),
        ([], {"SGD", "compute_gradients", "Adam", "training"}),
    ],
)
def test_training_is_timed_where_both_its_formulas_are_asked_for(
    formulas: list[str], timed: set[str]
) -> None:
    asked_for = chosen(formulas or CONTRACT, USUAL)
    admitted, _ = admit(asked_for, TARGETS, RIGHT, "reference")
    assert {workload.formula for workload, names in admitted.items() if "mine" in names} == timed


def test_who_computes_a_part_wrongly_is_withheld_from_training_in_that_dtype() -> None:
    found = {**RIGHT, ("mine", "compute_gradients", "float32"): "deviates"}
    admitted, refused = admit(chosen(CONTRACT, USUAL), TARGETS, found, "reference")
    names = {w.dtype: names for w, names in admitted.items() if w.formula == "training"}
    assert names == {"float64": ["reference", "mine"], "float32": ["reference"]}
    [why] = [r for r in refused if (r["formula"], r["implementation"]) == ("training", "mine")]
    assert (why["dtype"], why["reason"]) == ("float32", "compute_gradients: deviates")


def test_the_machine_takes_part_wherever_there_is_a_limit() -> None:
    admitted, _ = admit(chosen(CONTRACT, USUAL), TARGETS, RIGHT, "reference")
    without = {workload.formula for workload, names in admitted.items() if MACHINE not in names}
    assert without == {"training"}
