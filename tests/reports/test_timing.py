from pathlib import Path
from typing import Any

import pytest

from gradmark.harness.results import ResultsWriter, read_results
from gradmark.reports.timing import page

FINGERPRINT = {
    "machine": {"cpu": "Abacus | 9", "cores": 3, "system": "Linux"},
    "python": {"implementation": "CPython", "version": "3.11.0"},
    "blas": {"loaded": []},
    "packages": {"numpy": "2.3.4"},
    "git": {"commit": "c0ffee", "dirty": False},
}
HEADER = {
    "seed": 5,
    "quick": False,
    "fingerprint": FINGERPRINT,
    "corpus": "none",
    "baseline": "reference",
    "margin": 0.05,
    "budget": 20.0,
    "threads": 1,
    "machine": "the machine",
}


def about(name: str, formula: str = "Adam", **params: int) -> dict[str, Any]:
    sizes = params or {"parameters": 1000}
    return {"implementation": name, "formula": formula, "dtype": "float64", "params": sizes}


def pair(name: str, ratio: float, verdict: str, **where: Any) -> dict[str, Any]:
    return {
        "kind": "pair",
        **about(name, **where),
        "baseline": "reference",
        "ratio": ratio,
        "low": 0.9 * ratio,
        "high": 1.1 * ratio,
        "interval": "99%",
        "verdict": verdict,
        "margin": 0.05,
        "processes": 8,
        "rounds": 160,
        "seconds": 2e-6 * ratio,
        "baseline_seconds": 2e-6,
    }


def preparation(name: str, process: int, first_call: float, **memory: int) -> dict[str, Any]:
    return {
        "kind": "preparation",
        **about(name),
        "process": process,
        "first_call": first_call,
        "calls": 8,
        "seconds": 0.002,
        "overhead": 0.0025,
        "cpus": [2],
        "pools": {},
        **memory,
    }


def limit(name: str, ratio: float, **where: Any) -> dict[str, Any]:
    # A second for the machine: 2 GB/s or 3 GFLOP/s.
    return {
        "kind": "limit",
        **about(name, **where),
        "of": "products" if where.get("formula") == "compute_gradients" else "update",
        "bytes": 2 * 10**9,
        "operations": 3 * 10**9,
        "ratio": ratio,
        "low": 0.9 * ratio,
        "high": 1.1 * ratio,
        "interval": "99%",
        "processes": 8,
        "rounds": 160,
        "seconds": ratio,
        "limit_seconds": 1.0,
    }


def growth(name: str, *sizes: int, exponent: float) -> dict[str, Any]:
    return {
        "kind": "growth",
        "implementation": name,
        "formula": "Adam",
        "dtype": "float64",
        "over": "parameters",
        "sizes": list(sizes),
        "exponent": exponent,
        "low": exponent - 0.25,
        "high": exponent + 0.25,
        "interval": "99%",
    }


def draw(folder: Path, *records: dict[str, Any], **header: Any) -> str:
    with ResultsWriter(folder / "t.jsonl", HEADER | header) as results:
        for record in records:
            results.write(record)
    return page(read_results(folder / "t.jsonl"), folder)


def cells(text: str, *first: str) -> list[list[str]]:
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if tuple(row[: len(first)]) == first]


def test_a_ratio_stands_with_its_interval_verdict_and_times(tmp_path: Path) -> None:
    text = draw(tmp_path, pair("numba_fused", 0.25, "faster"))
    assert cells(text, "numba_fused") == [
        ["numba_fused", "float64", "1,000", "0.250 [0.225, 0.275]", "faster", "500 ns", "2 µs",
         "8, 160"]
    ]  # fmt: skip


def test_each_formula_has_a_section_and_a_picture_in_the_contracts_order(tmp_path: Path) -> None:
    text = draw(
        tmp_path,
        pair("mine", 1.5, "slower"),
        pair("mine", 1.0, "same", formula="relu", elements=1000),
        pair("mine", 90.0, "slower", formula="compute_gradients", batch=32, width=32),
    )
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads[:3] == ["## relu", "## compute_gradients", "## Adam"]
    assert "32 × 32" in text
    for formula in ("relu", "compute_gradients", "Adam"):
        assert f"(figures/timing_{formula}.png)" in text
        assert (tmp_path / f"timing_{formula}.png").stat().st_size > 10_000


def test_limits_stand_with_share_and_rates(tmp_path: Path) -> None:
    gradients = {"formula": "compute_gradients", "batch": 32, "width": 32}
    text = draw(
        tmp_path,
        pair("mine", 1.5, "slower"),
        limit("mine", 1.25),
        limit("reference", 8.0),
        pair("mine", 1.5, "slower", **gradients),
        limit("mine", 2.0, **gradients),
    )
    assert cells(text, "mine", "float64", "1,000")[1] == [
        *("mine", "float64", "1,000", "1.250 [1.125, 1.375]", "80 %", "1.6 GB/s", "2 GB/s")
    ]
    assert cells(text, "reference")[0][4:] == ["12 %", "250 MB/s", "2 GB/s"]
    assert cells(text, "mine", "float64", "32 × 32")[1][3:] == [
        *("2.000 [1.800, 2.200]", "50 %", "1.5 GFLOP/s", "3 GFLOP/s")
    ]
    assert "(figures/timing_limits.png)" in text
    assert (tmp_path / "timing_limits.png").stat().st_size > 10_000


def test_growth_is_told_between_neighbours_and_over_all(tmp_path: Path) -> None:
    text = draw(
        tmp_path,
        pair("mine", 1.5, "slower"),
        growth("mine", 10, 100, 1000, exponent=0.75),
        growth("mine", 100, 1000, exponent=1.0),
        growth("mine", 10, 100, exponent=0.5),
        growth("theirs", 10, 100, exponent=-0.01),
    )
    [head] = [line for line in text.splitlines() if "10 to 100" in line]
    assert head == "|  | dtype | 10 to 100 | 100 to 1,000 | 10 to 1,000, all |"
    assert cells(text, "mine", "float64")[1][2:] == [
        *("0.50 [0.25, 0.75]", "1.00 [0.75, 1.25]", "0.75 [0.50, 1.00]")
    ]
    assert cells(text, "theirs")[0][2:] == ["-0.01 [-0.26, 0.24]", "–", "–"]


def test_times_by_size_are_drawn_where_there_are_two_sizes(tmp_path: Path) -> None:
    text = draw(
        tmp_path,
        pair("mine", 1.5, "slower"),
        pair("mine", 1.2, "slower", parameters=10**7),
        limit("mine", 2.0),
        pair("mine", 1.5, "slower", formula="training", epochs=100),
    )
    assert "(figures/timing_Adam_scaling.png)" in text
    assert (tmp_path / "timing_Adam_scaling.png").stat().st_size > 10_000
    assert "scaling" not in text.split("## training")[1]
    assert "XOR" in text.split("## training")[1]


def test_the_machine_is_no_contender_that_gets_ready(tmp_path: Path) -> None:
    text = draw(
        tmp_path,
        pair("mine", 1.5, "slower"),
        preparation("mine", 0, 0.3),
        preparation("the machine", 0, 0.3),
    )
    assert cells(text, "mine", "float64")
    assert cells(text, "the machine") == []


def test_the_same_records_draw_the_same_picture(tmp_path: Path) -> None:
    pictures = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        records = [pair("mine", 1.5, "slower"), pair("theirs", 1.02, "inconclusive")]
        records += [pair("mine", 1.5, "slower", parameters=10), limit("mine", 2.0)]
        draw(tmp_path / name, *records)
        names = ("Adam", "Adam_scaling", "limits")
        pictures += [(tmp_path / name / f"timing_{each}.png").read_bytes() for each in names]
    assert pictures[:3] == pictures[3:]


def test_first_calls_are_medians_over_processes_and_memory_is_told_where_known(
    tmp_path: Path,
) -> None:
    text = draw(
        tmp_path,
        pair("mine", 1.5, "slower"),
        preparation("mine", 0, 0.3, traced=8200, peak=4096),
        preparation("mine", 1, 0.2),
        preparation("mine", 2, 0.9),
        preparation("reference", 0, 1e-4),
    )
    [_, costs] = cells(text, "mine", "float64")
    assert costs[3:] == ["300 ms", "4.1 kB", "8.2 kB"]
    assert cells(text, "reference", "float64")[0][3:] == ["100 µs", "unknown", "unknown"]
    assert "at most 0.25 % of a block" in text
    assert "1 each, on processor 2" in text


def test_what_was_not_timed_is_listed_with_its_reason(tmp_path: Path) -> None:
    withheld = {"kind": "withheld", "dtype": "float32"}
    about = {"implementation": "my|adam", "reason": "deviates"}
    text = draw(
        tmp_path,
        {**withheld, **about, "formula": "Adam", "params": None},
        {**withheld, **about, "formula": "relu", "params": {"elements": 1000000}},
    )
    assert "Nothing was timed." in text
    assert cells(text, "my&#124;adam") == [
        ["my&#124;adam", "deviates", "Adam float32, relu float32 at 1,000,000"]
    ]


def test_who_was_withheld_everywhere_is_no_reason_for_no_page(tmp_path: Path) -> None:
    """It has got ready, and had its turns beside the machine's, before it was found out."""
    withheld = (preparation("tricky", 0, 0.1), limit("tricky", 2.0))
    text = draw(tmp_path, pair("mine", 0.5, "faster"), preparation("mine", 0, 0.1), *withheld)
    assert "mine" in text
    assert "INCOMPLETE" not in text


def test_a_stored_ratio_stands_beside_the_new_one_and_the_change(tmp_path: Path) -> None:
    def estimate(ratio: float) -> dict[str, float]:
        return {"ratio": ratio, "low": 0.9 * ratio, "high": 1.1 * ratio}

    change = {"kind": "change", "stored": estimate(0.5), "now": estimate(0.6), **estimate(1.2)}
    judged = {"verdict": "slower", "margin": 0.05, "interval": "99%", "baseline": "reference"}
    origin = {"path": "old|1.jsonl", "seed": 7, "ended": "2026-01-02", "commit": "c0ffee"}
    text = draw(
        tmp_path,
        pair("mine", 0.6, "faster"),
        {**about("mine"), **change, **judged, "same_code": False},
        {**about("theirs", "relu"), **change, **judged, "same_code": True},
        {"kind": "finding", "id": "stored pairs not timed", "statement": "Pairs missing."}
        | {"numbers": {"pairs": 3}},
        stored={**origin, "digest": "d"},
    )
    ratios = ["0.500 [0.450, 0.550]", "0.600 [0.540, 0.660]", "1.200 [1.080, 1.320]", "slower"]
    # relu comes before Adam in the contract
    theirs, mine = [line for line in text.splitlines() if "| 0.500 [" in line]
    assert theirs.strip("| ").split(" | ") == [
        "theirs", "relu", "float64", "1,000", *ratios, "the same"
    ]  # fmt: skip
    assert mine.strip("| ").split(" | ") == [
        "mine", "Adam", "float64", "1,000", *ratios, "another"
    ]  # fmt: skip
    assert "Pairs missing: 3." in text
    assert cells(text, "stored run") == [
        ["stored run", "old&#124;1.jsonl (seed 7, ended 2026-01-02, gradmark's commit c0ffee)"]
    ]


def test_a_run_without_a_stored_one_has_no_word_of_it(tmp_path: Path) -> None:
    assert "stored" not in draw(tmp_path, pair("mine", 0.6, "faster"))


@pytest.mark.parametrize("ratio", [1e-4, 0.5, 1.0, 2e3])
@pytest.mark.sweep
def test_any_ratio_can_be_drawn(tmp_path: Path, ratio: float) -> None:
    odd = pair("a" * 60, ratio, "inconclusive"), pair("$x$", 1.0, "same")
    draw(tmp_path, *odd, pair("$x$", ratio, "same", parameters=7), limit("a" * 60, ratio))
    for picture in ("Adam", "Adam_scaling", "limits"):
        assert (tmp_path / f"timing_{picture}.png").exists()
