"""`gradmark.results`: what a run found, as tables."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradmark
from gradmark.frames import Results
from gradmark.harness.records import KINDS, TYPES
from gradmark.harness.records.schema import fields
from gradmark.harness.results import ResultsError, ResultsWriter

WHO = {"implementation": "mine", "formula": "Adam", "dtype": "float64"}
VERDICT = {
    **WHO, "kind": "verdict", "verdict": "conforms", "variant": None, "ulp": 0.5, "detail": "",
}  # fmt: skip
PAIR = {
    **WHO, "kind": "pair", "params": {"parameters": 1000}, "baseline": "reference",
    "ratio": 2.0, "low": 1.9, "high": np.inf, "interval": "99 %", "verdict": "slower",
    "margin": 0.05, "processes": 5, "rounds": 60, "seconds": 2e-6, "baseline_seconds": 1e-6,
}  # fmt: skip
NAMES = {
    "verdict": "verdicts", "property": "properties", "accuracy": "accuracy",
    "environment": "environments", "practice": "practice",
    "separation": "separations", "mutant": "mutants", "series": "series", "finding": "findings",
    "claim": "claims", "sample": "samples", "statistic": "statistics",
    "preparation": "preparations", "block": "blocks", "pair": "timings", "limit": "limits",
    "count": "counts",
    "growth": "growth", "change": "changes", "withheld": "withheld", "trial": "trials",
    "difference": "differences", "race": "races",
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, {"seed": 3}) as writer:
        for record in (
            VERDICT,
            {**VERDICT, "dtype": "float32", "ulp": np.nan, "margin": 3.5, "reproduce": "python …"},
            PAIR,
        ):
            writer.write(record)
    return path


def test_a_run_tells_its_header_and_whether_it_is_whole(path: Path) -> None:
    run = gradmark.results(path)
    assert isinstance(run, Results)
    assert run.header["seed"] == 3
    assert run.header["gradmark"] == gradmark.__version__
    assert run.complete
    path.write_bytes(path.read_bytes()[:-5])
    cut = gradmark.results(str(path))
    assert not cut.complete
    assert len(cut.verdicts) == 2
    assert repr(cut) == "<run.jsonl: 2 × verdict, 1 × pair; cut off>"


def test_verdicts_are_rows_and_their_fields_are_columns(path: Path) -> None:
    verdicts = gradmark.results(path).verdicts
    assert list(verdicts["dtype"]) == ["float64", "float32"]
    assert list(verdicts["verdict"]) == ["conforms", "conforms"]
    assert verdicts["ulp"][0] == 0.5
    assert np.isnan(verdicts["ulp"][1])
    assert verdicts["margin"].isna().tolist() == [True, False]
    assert verdicts["reproduce"][1] == "python …"
    assert "kind" not in verdicts


def test_a_timing_has_a_column_for_each_size_and_its_infinities_are_numbers(path: Path) -> None:
    timings = gradmark.results(path).timings
    assert timings["params.parameters"][0] == 1000
    assert "params" not in timings
    assert timings["high"][0] == np.inf
    assert (timings["seconds"] / timings["baseline_seconds"])[0] == 2


def test_numbers_stay_numbers_so_that_they_can_be_averaged(path: Path) -> None:
    run = gradmark.results(path)
    assert run.timings["low"].mean() == 1.9
    assert run.verdicts["ulp"].max() == 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_attribute_and_its_columns_even_where_there_is_no_record(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, {"seed": 0}):
        pass
    frame: Any = getattr(gradmark.results(path), NAMES[kind])
    assert len(frame) == 0
    expected = set(fields(TYPES[kind])) - {"kind", "params", "now", "stored"}
    assert set(frame.columns) == expected


def test_a_field_that_this_version_does_not_know_is_a_column_too(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with ResultsWriter(path, {"seed": 0}) as writer:
        writer.write({**VERDICT, "mood": "good"})
    assert list(gradmark.results(path).verdicts["mood"]) == ["good"]


def test_an_unknown_kind_is_refused_and_the_known_ones_are_named(path: Path) -> None:
    with pytest.raises(ValueError, match=r"kind: expected one of verdict, .*, got 'gossip'"):
        gradmark.results(path).frame("gossip")  # type: ignore[arg-type]  # what is refused


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"none\.jsonl: No such file"):
        gradmark.results(tmp_path / "none.jsonl")


def test_without_pandas_the_message_tells_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = gradmark.results(path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'gradmark\[frames\]'"):
        run.frame("verdict")


def test_importing_gradmark_imports_neither_pandas_nor_numpy() -> None:
    asked = "import sys, gradmark; print({'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
