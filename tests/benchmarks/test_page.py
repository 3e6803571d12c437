import re
from pathlib import Path
from typing import Any

import pytest
from matplotlib import pyplot

from gradmark.benchmarks.suite.statistics import statistics
from gradmark.harness.results import ResultsWriter, read_results
from gradmark.reports.benchmarks import page

FINGERPRINT = {
    "machine": {"cpu": "Abacus | 9", "cores": 3, "system": "Linux"},
    "python": {"implementation": "CPython", "version": "3.11.0"},
    "blas": {"loaded": [{"library": "openblas", "version": "0.3", "threads": 2}]},
    "packages": {"numpy": "2.3.4"},
    "git": {"commit": "c0ffee", "dirty": True},
    "load_average": [1.25, 1.0, 0.5],
    "time": "2026-05-03T12:00:00+00:00",
}
HEADER = {"seed": 5, "quick": False, "fingerprint": FINGERPRINT, "corpus": "none", "left_out": []}
LOAD = {
    "kind": "finding",
    "id": "load at the end",
    "statement": "Load.",
    "numbers": {"1 min": 2.5},
}


def sample(group: str, name: str, seconds: float, **params: int) -> dict[str, Any]:
    return {
        "kind": "sample",
        "group": group,
        "name": name,
        "params": params,
        "element": next(iter(params)),
        "rounds": [0.9 * seconds, seconds, seconds, seconds, 1.1 * seconds],
        "iterations": 10 if group == "schedules" else 1,
    }


SAMPLES = [
    *(
        sample("optimizers", name, cost * parameters, parameters=parameters)
        for parameters in (10**3, 10**5, 10**7)
        for name, cost in (("SGD", 3e-9), ("Adam", 17e-9))
    ),
    *(
        sample("backprop", form, cost, batch=batch, width=width)
        for batch in (1, 16)
        for width in (4, 32)
        for form, cost in (("vectorized", 1e-4), ("loops", 1e-5 * batch * width))
    ),
    sample("schedules", "step_decay", 1.5e-5, epochs=1),
]


def draw(
    folder: Path,
    samples: list[dict[str, Any]],
    *more: dict[str, Any],
    whole: bool = True,
    **header: Any,
) -> str:
    writer = ResultsWriter(folder / "b.jsonl", {**HEADER, **header})
    for record in [*samples, *(statistics(samples, 0) if whole else ()), *more]:
        writer.write(record)
    writer.close()
    return page(read_results(folder / "b.jsonl"), folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    """The page of a whole run."""
    return draw(folder, SAMPLES, LOAD)


def row(text: str, start: str) -> str:
    (found,) = (line for line in text.splitlines() if line.startswith(f"| {start}"))
    return found


def test_the_page_tells_where_the_times_come_from(text: str) -> None:
    assert "| processor | Abacus &#124; 9, 3 cores |" in text
    assert "| BLAS | openblas 0.3, 2 threads |" in text
    assert "| NumPy | 2.3.4 |" in text
    assert "| load average before | 1.25 |" in text
    assert "| load average after | 2.50 |" in text
    assert "c0ffee" in text
    assert "cannot be repeated from its commit" in text
    assert "Read the ratios" in text


def test_each_case_has_its_median_quartiles_time_per_element_and_rounds(text: str) -> None:
    assert "| Adam | 100,000 | 1.70 ms | 1.70 – 1.70 ms | 17.0 ns | 5 |" in text
    assert "| step_decay | 1 | 15.0 µs | 15.0 – 15.0 µs | 15.0 µs | 5 × 10 calls |" in text
    assert "median per parameter" in text
    assert "median per sample" in text


def test_speed_ups_and_exponents_come_with_their_intervals(text: str) -> None:
    assert re.search(r"^\| 16 \| 32 \| 51\.2× \[[\d.]+, [\d.]+\] \|$", text, re.MULTILINE)
    assert re.search(r"^\| loops \| 4 \| 1\.00 \[[\d.]+, [\d.]+\] \|$", text, re.MULTILINE)
    assert "1,000 → 100,000 | 100,000 → 10,000,000 | 1,000 → 100,000 → 10,000,000" in text


def test_every_picture_of_the_page_is_there_and_is_a_picture(text: str, folder: Path) -> None:
    pictures = re.findall(r"!\[[^]]+\]\(figures/([^)]+)\)", text)
    assert pictures == ["benchmark_backprop.png", "benchmark_optimizers.png"]
    for name in pictures:
        image = pyplot.imread(folder / name)
        assert image.shape[1] == 1600
        assert image[..., :3].std() > 0.05


def test_the_same_results_give_the_same_bytes(text: str, folder: Path, tmp_path: Path) -> None:
    assert draw(tmp_path, SAMPLES, LOAD) == text
    for picture in folder.glob("*.png"):
        assert picture.read_bytes() == (tmp_path / picture.name).read_bytes()


def test_what_was_left_out_and_what_failed_is_named(tmp_path: Path) -> None:
    failure = {"kind": "finding", "id": "test_x[a|b]", "statement": "It is *wrong*.", "numbers": {}}
    text = draw(tmp_path, SAMPLES[-1:], failure, left_out=["test_step[Adam-1e7]"], quick=True)
    assert "**Left out**" in text
    assert "- test_step\\[Adam-1e7\\]" in text
    assert "a quick one" in text
    assert row(text, "test_x") == "| test_x\\[a&#124;b\\] | It is \\*wrong\\*. |"


def test_a_run_that_was_cut_off_is_not_given_tables(tmp_path: Path) -> None:
    text = draw(tmp_path, SAMPLES, whole=False)
    assert f"{len(SAMPLES)} cases were timed; their statistics were never written." in text
    assert "Optimizers" not in text
    assert "load average after | unknown" in text


def test_a_run_that_timed_nothing_says_so(tmp_path: Path) -> None:
    assert "Nothing was timed." in draw(tmp_path, [])


@pytest.mark.parametrize("chosen", [0, 6, len(SAMPLES) - 1])
def test_a_page_can_be_made_of_any_one_case(tmp_path: Path, chosen: int) -> None:
    text = draw(tmp_path, [SAMPLES[chosen]])
    assert SAMPLES[chosen]["name"] in text
    assert "Speed-up of vectorized" not in text
