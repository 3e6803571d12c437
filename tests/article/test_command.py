"""The command: all of the ledger into a file, or an entry onto the screen."""

import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gradmark.command import article as verb
from gradmark.command import main as gradmark
from gradmark.conformance.article import trial
from gradmark.conformance.article.ledger import CLAIMS
from gradmark.conformance.article.ledger.claim import Claim, holds
from gradmark.conformance.article.pace import LOG, pace
from gradmark.conformance.article.records import series
from gradmark.harness.results import read_results

ROOT = Path(__file__).parents[2]
SHORT = "the-first-curve-is-non-convex"


def main(arguments: list[str]) -> int:
    return gradmark(["article", *arguments])


def put(monkeypatch: pytest.MonkeyPatch, claims: dict[str, Claim]) -> None:
    for module in (trial, verb):
        monkeypatch.setattr(module, "CLAIMS", claims)


@pytest.fixture
def one_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one entry in the ledger."""
    put(monkeypatch, {SHORT: CLAIMS[SHORT]})


@pytest.mark.thorough
def test_two_processes_write_the_same_bytes(article_results: Path, tmp_path: Path) -> None:
    # another process computes all of it anew, with another hash seed and locale
    again = tmp_path / "again.jsonl"
    arguments = ["--results", str(again), "--seed", "0", "--quick", "--quiet"]
    subprocess.run(
        [sys.executable, "-W", "error", "-m", "gradmark", "article", *arguments],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1", "LC_ALL": "C"},
    )
    assert again.read_bytes() == article_results.read_bytes()


def test_an_entry_prints_its_statement_evidence_and_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([SHORT, "the-star-marks-the-global-minimum", "--quick", "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    first, second = told.out.split("✗ fails: the-star-marks-the-global-minimum\n")
    assert first.startswith(f"✓ holds: {SHORT}\n")
    for text in (CLAIMS[SHORT].statement, CLAIMS[SHORT].how, CLAIMS[SHORT].section):
        assert text in first
    lines = {" ".join(line.split()) for line in second.splitlines()}
    assert {"star_gradient [0.9, 0.0]", "pictures landscape", "seed 0, quick"} <= lines


def test_the_list_names_every_entry_without_computing_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    never = {name: replace(claim, compute=None) for name, claim in CLAIMS.items()}  # type: ignore[arg-type]  # not called
    put(monkeypatch, never)
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in listed] == list(CLAIMS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["the-first-curve-is-non"], "did you mean the-first-curve-is-non-convex"),
        (["zzz"], "ID: there is no 'zzz'"),
        ([], "give the ids of claims, or --list, --out DIR, --results FILE"),
        ([SHORT, "--results", "r"], "give the ids of claims, or --list, --out DIR, --res"),
        (["--results", "{folder}"], "--results: {folder} is a folder; name a file"),
        ([SHORT, "--seed", "-1"], "--seed: expected a whole number from 0 on, got -1"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        raise SystemExit(main([argument.format(folder=tmp_path) for argument in arguments]))
    assert said.format(folder=tmp_path) in capsys.readouterr().err


@pytest.mark.usefixtures("one_claim")
def test_evidence_that_turned_is_told_and_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = replace(CLAIMS[SHORT], verdict="fails")
    put(monkeypatch, {SHORT: turned})
    assert main(["--results", str(tmp_path / "a"), "--quick", "--quiet"]) == 1
    assert main([SHORT, "--quick", "--quiet"]) == 1
    assert capsys.readouterr().err == f"{SHORT}: declared 'fails', found 'holds'\n" * 2
    # the file says what was found
    (record,) = read_results(tmp_path / "a").of_kind("claim")
    assert record["verdict"] == "holds"


@pytest.mark.usefixtures("one_claim")
def test_progress_is_told_on_stderr_unless_quiet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--results", str(tmp_path / "a"), "--quick"])
    assert capsys.readouterr() == ("", f"article: claim {SHORT}\n")
    main(["--results", str(tmp_path / "a"), "--quick", "--quiet"])
    assert capsys.readouterr() == ("", "")
    assert LOG.handlers == []


def test_a_series_that_two_claims_share_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = series("shared", x=[1.0])
    entries = {
        name: replace(CLAIMS[SHORT], id=name, compute=lambda _: holds("so").shown_by(shared))
        for name in ("one", "two")
    }
    put(monkeypatch, entries)
    main(["--results", str(tmp_path / "a"), "--quiet"])
    results = read_results(tmp_path / "a")
    assert results.of_kind("series") == (shared,)
    assert [claim["pictures"] for claim in results.of_kind("claim")] == [["shared"], ["shared"]]


def test_a_sweep_tells_its_pace_and_a_failed_one_does_not(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOG.name):
        with pace("basins", runs=12_000):
            pass
        with pytest.raises(ZeroDivisionError), pace("broken", runs=1):
            raise ZeroDivisionError
    (message,) = caplog.messages
    assert message.startswith("basins: 12,000 runs, ")
    assert message.endswith(" per second")
