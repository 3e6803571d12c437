from typing import Any

from gradmark.harness.results import Results
from gradmark.reports.costs import first_calls, largest


def record(formula: str, *sizes: int, **rest: Any) -> Any:
    params = dict(zip(("batch", "width"), sizes, strict=False))
    about = {"kind": "preparation", "implementation": "mine", "dtype": "float64"}
    return {**about, "formula": formula, "params": params, **rest}


def test_the_largest_size_is_kept_of_each_formula() -> None:
    records = [record("f", 32, 32), record("f", 256, 32), record("g", 10), record("f", 256, 32)]
    assert largest(records) == [records[1], records[2], records[3]]


def test_a_first_call_is_the_median_at_the_smallest_size_and_none_of_the_machines() -> None:
    ready = [record("f", 100, first_call=9.0)]
    ready += [record("f", 10, first_call=seconds) for seconds in (1.0, 5.0, 2.0)]
    ready += [record("f", 10, first_call=7.0, dtype="float32")]
    ready += [record("f", 10, first_call=8.0, implementation="the machine")]
    found = first_calls(Results({"machine": "the machine"}, tuple(ready), None))
    assert [(r["dtype"], seconds) for r, seconds in found] == [("float64", 2.0), ("float32", 7.0)]
