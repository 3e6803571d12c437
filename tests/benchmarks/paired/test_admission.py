from pathlib import Path

import pytest

from benchmarks.paired.__main__ import _admitted, parser
from benchmarks.paired.limits import MACHINE
from benchmarks.paired.workloads import DTYPES
from harness.resolve import resolve

TARGETS = {name: resolve("reference", Path()) for name in ("reference", "mine")}
RIGHT = {
    (name, formula, dtype): "conforms"
    for name in TARGETS
    for formula in ("compute_gradients", "SGD", "Adam")
    for dtype in DTYPES
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
    options = [f"--formula={formula}" for formula in formulas]
    asked = parser().parse_args(["--verdicts=v", "--results=r", *options])
    admitted, _ = _admitted(asked, TARGETS, RIGHT, "reference")
    assert {workload.formula for workload, names in admitted.items() if "mine" in names} == timed


def test_who_computes_a_part_wrongly_is_withheld_from_training_in_that_dtype() -> None:
    found = {**RIGHT, ("mine", "compute_gradients", "float32"): "deviates"}
    asked = parser().parse_args(["--verdicts=v", "--results=r"])
    admitted, refused = _admitted(asked, TARGETS, found, "reference")
    names = {w.dtype: names for w, names in admitted.items() if w.formula == "training"}
    assert names == {"float64": ["reference", "mine"], "float32": ["reference"]}
    [why] = [r for r in refused if (r["formula"], r["implementation"]) == ("training", "mine")]
    assert (why["dtype"], why["reason"]) == ("float32", "compute_gradients: deviates")


def test_the_machine_takes_part_wherever_there_is_a_limit() -> None:
    asked = parser().parse_args(["--verdicts=v", "--results=r"])
    admitted, _ = _admitted(asked, TARGETS, RIGHT, "reference")
    without = {workload.formula for workload, names in admitted.items() if MACHINE not in names}
    assert without == {"training"}
