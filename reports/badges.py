"""Badges of a run, for a README: as SVG, and as JSON for https://shields.io/badges/endpoint-badge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from gradmark.harness.records import VerdictRecord
from gradmark.reports.markdown import shorten, visible
from gradmark.reports.source import Source
from gradmark.reports.verdicts import WRONG, once

FOLDER = "badges"
EVERYTHING = "all"  # contenders together
GREEN, RED, GREY = "#00664a", "#a63a00", "#595959"  # white letters are readable on each
WIDTH = 7.0  # pixels of a letter
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{both}">
<title>{both}</title>
<rect width="{left}" height="20" fill="#3a3a3a"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="6" y="14" textLength="{left_text}">{label}</text>
<text x="{start}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"""


def write_badges(source: Source, folder: Path) -> None:
    """Write a badge for the run and for each contender in it; nothing where nothing was judged."""
    records = source.results.of(VerdictRecord) if source.results else ()
    by_name: dict[str, list[VerdictRecord]] = {}
    for record in records:
        by_name.setdefault(record["implementation"], []).append(record)
    if by_name:
        folder.mkdir()
        whole = source.problem is None
        _write(folder / EVERYTHING, "gradmark", message(records, whole=whole))
        for name, file in file_names(by_name).items():
            _write(folder / file, name, message(by_name[name], whole=whole))


def message(records: Sequence[VerdictRecord], *, whole: bool = True) -> tuple[str, str]:
    """Say a badge's message and its colour.

    Examples
    --------
    >>> message([{"verdict": "conforms"}, {"verdict": "deviates"}, {"verdict": "absent"}])
    ('1 of 2 verdicts wrong', '#a63a00')
    >>> message([{"verdict": "conforms"}], whole=False)
    ('run cut off', '#595959')
    """
    asked = once(records)
    judged = [record for record in asked if record["verdict"] not in ("absent", "unbound")]
    wrong = sum(record["verdict"] in WRONG for record in judged)
    if wrong:
        return f"{wrong} of {len(judged)} verdicts wrong", RED
    if not whole:
        return "run cut off", GREY
    if not judged:
        return "nothing judged", GREY
    return f"{len(judged)} verdicts, none wrong", GREEN


def file_names(names: Iterable[str], kept: str = "A-Za-z0-9_-") -> dict[str, str]:
    r"""Give each contender a file's name that every system takes, and that no other has.

    Examples
    --------
    >>> file_names(["a/b", "a:b", "A-B"], kept=r"\w.-")
    {'a/b': 'a_b', 'a:b': 'a_b-1', 'A-B': 'A-B'}
    """
    names = [*names]
    taken = {EVERYTHING}
    found = {}
    for name in names:
        plain = re.sub(f"[^{kept}]+", "_", name)[:60] or "_"
        free = (f"{plain}{f'-{n}' if n else ''}" for n in range(len(names) + 2))
        found[name] = next(file for file in free if file.lower() not in taken)
        taken.add(found[name].lower())
    return found


def _write(path: Path, name: str, told: tuple[str, str]) -> None:
    text, color = told
    label = shorten(visible(name), 40)
    endpoint = {"schemaVersion": 1, "label": label, "message": text, "color": color}
    path.with_suffix(".json").write_text(
        json.dumps(endpoint, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    left_text, right_text = round(WIDTH * len(label)), round(WIDTH * len(text))
    left, right = left_text + 12, right_text + 12
    path.with_suffix(".svg").write_text(
        SVG.format(
            width=left + right,
            left=left,
            right=right,
            start=left + 6,
            left_text=left_text,
            right_text=right_text,
            color=color,
            label=escape(label),
            message=escape(text),
            both=escape(f"{label}: {text}"),
        ),
        encoding="utf-8",
    )
