"""Badges say what a run found, and never more than it did."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from gradmark.command import main
from tests.reports.test_reports import header, verdict, write

NAMES = ("mine", "../mine", "MINE", "all", "</svg>&\u202e", "")


def badges(out: Path) -> dict[str, str]:
    """Draw; give each badge's label and message, by its file's name."""
    main(["report", "--draw", "--out", str(out), "--quiet"])
    found = {}
    for path in sorted((out / "badges").glob("*.json")):
        its = json.loads(path.read_text(encoding="utf-8"))
        assert its["schemaVersion"] == 1
        picture = ET.parse(path.with_suffix(".svg")).getroot()
        assert picture.get("aria-label") == f"{its['label']}: {its['message']}"
        found[path.stem] = f"{its['label']}: {its['message']} {its['color']}"
    return found


def test_each_contender_has_one_and_names_cannot_harm(tmp_path: Path) -> None:
    wrong = verdict(verdict="crash", dtype="float32")
    write(tmp_path, wrong, *(verdict(implementation=name or "-") for name in NAMES))
    assert badges(tmp_path) == {
        "all": "gradmark: 1 of 7 verdicts wrong #a63a00",
        "mine": "mine: 1 of 2 verdicts wrong #a63a00",
        "_mine": "../mine: 1 verdicts, none wrong #00664a",
        "MINE-1": "MINE: 1 verdicts, none wrong #00664a",
        "all-1": "all: 1 verdicts, none wrong #00664a",
        "_svg_": "</svg>&\\u202e: 1 verdicts, none wrong #00664a",
        "-": "-: 1 verdicts, none wrong #00664a",
    }


def test_what_was_cut_off_or_open_is_not_green(tmp_path: Path) -> None:
    path = write(tmp_path, verdict(verdict="unbound"), verdict(formula="SGD", verdict="absent"))
    assert badges(tmp_path)["all"] == "gradmark: nothing judged #595959"
    write(tmp_path, verdict())
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")
    assert badges(tmp_path)["all"] == "gradmark: run cut off #595959"
    path.unlink()
    (tmp_path / "results" / "article.jsonl").write_bytes(_empty(tmp_path / "empty"))
    assert badges(tmp_path) == {}


def _empty(folder: Path) -> bytes:
    return write(folder, **header()).read_bytes()
