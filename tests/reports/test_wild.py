"""Who computes what: a row for each formula, a column for each library, and what judged it."""

from pathlib import Path

from gradmark.harness.results import ResultsWriter, read_results
from gradmark.reports.wild import page
from tests.reports.test_reports import header, verdict


def test_a_library_has_its_column_and_says_what_it_was_judged_with(tmp_path: Path) -> None:
    libraries = {"A 1.0": ["a.optim", "b"], "B 2.0": ["b"]}  # one over two back ends
    judged = {
        name: {"catalogue": f"forms-{name[0]}", "commit": f"c-{name[0]}"} for name in libraries
    }
    path = tmp_path / "results.jsonl"
    with ResultsWriter(path, header(libraries=libraries, judged=judged)) as writer:
        a, b = ({"library": name} for name in libraries)
        writer.write(verdict(implementation="a.optim:Adam"))  # as older files have it
        writer.write(verdict(implementation="b", verdict="dialect", variant="epsilon-hat", **b))
        writer.write(verdict(implementation="b", formula="SGD", verdict="deviates", **b))
        writer.write(verdict(implementation="b", formula="relu", **a))
    told = page(read_results(path))
    assert "| `Adam` | ✓ | ~ `epsilon-hat` |" in told
    assert "| `SGD` |  | ✗ deviates |" in told
    assert "| `relu` | ✓ |  |" in told
    assert "4 verdicts on 3 formulas of 2 libraries." in told
    assert "| A 1.0 | forms-A | c-A |\n| B 2.0 | forms-B | c-B |" in told
