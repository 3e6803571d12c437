"""The files: one for each formula, and an index; written whole, and compared down to the case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradmark.conformance.cases import SEED, cases, corpus_hash
from gradmark.conformance.cases.case import LARGE
from gradmark.conformance.cases.left_out import LEFT_OUT
from gradmark.conformance.vectors.certificate import Document
from gradmark.conformance.vectors.document import SCHEMA_VERSION
from gradmark.harness.contract import DETERMINED
from gradmark.harness.contract.dtypes import WIDEST

SCHEMA = "schema.json"
INDEX = "index.json"


def spelled(documents: Mapping[str, Document]) -> dict[str, str]:
    """Spell what each file says, by the file's name."""
    files = {f"{formula}.json": _text(document) for formula, document in documents.items()}
    index = {
        "schema": SCHEMA_VERSION,
        "corpus": {"seed": SEED, "hash": corpus_hash()},
        "files": {
            name: {
                "formula": formula,
                "cases": len(document["cases"]),
                "sha256": hashlib.sha256(files[name].encode()).hexdigest(),
            }
            for name, (formula, document) in zip(files, documents.items(), strict=True)
        },
        "left_out": [
            {"formulas": list(gap.formulas), "inputs": gap.inputs, "why": gap.why}
            for gap in LEFT_OUT
        ]
        + [_large()],
    }
    return files | {INDEX: _text(index)}


def _large() -> Document:
    """Say what the files leave out that gradmark itself does ask."""
    asked = [n for n in DETERMINED if any(case.large for case in cases(n, WIDEST))]
    inputs = f"more than {LARGE} numbers at once"
    return {
        "formulas": asked,
        "inputs": inputs,
        "why": "gradmark itself asks one such case of each; it would double the files",
    }


def _text(document: Document) -> str:
    return "".join(_lines(document)) + "\n"


def _lines(value: Any, margin: str = "") -> Iterator[str]:
    """Spell JSON: what holds an object has a line for each entry, anything else is one line."""
    if not _holds_objects(value):
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)
        return
    keyed = isinstance(value, dict)
    entries = value.items() if keyed else ((None, entry) for entry in value)
    yield "{" if keyed else "["
    for at, (key, entry) in enumerate(entries):
        yield f"{',' if at else ''}\n{margin} "
        yield f"{json.dumps(key)}: " if keyed else ""
        yield from _lines(entry, margin + " ")
    yield f"\n{margin}{'}' if keyed else ']'}"


def _holds_objects(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(entry, dict) or _holds_objects(entry) for entry in inner)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files, each whole: a run that is cut off leaves no half of one."""
    for name, text in files.items():
        unfinished = folder / f"{name}.tmp"
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(folder / name)


def differences(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Name what differs between a folder and what its files should say."""
    found = []
    for name, text in files.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name}: missing")
        elif path.read_bytes() != text.encode():
            found.append(f"{name}: {_where(path.read_bytes(), json.loads(text))}")
    strangers = {path.name for path in folder.glob("*.json")} - {*files, SCHEMA}
    return found + [f"{name}: belongs to no formula" for name in sorted(strangers)]


def _where(got: bytes, expected: Document) -> str:
    try:
        place = next(_differing(json.loads(got), expected), None)
    except ValueError as error:
        return f"no JSON ({error})"
    return place or "the same, spelled otherwise"


def _differing(got: Any, expected: Any, place: str = "") -> Iterator[str]:
    """Yield the places where two JSON documents differ; a case goes by its id and dtype."""
    if type(got) is not type(expected) or not isinstance(got, dict | list):
        if got != expected:
            yield f"{place}: expected {expected!r}, got {got!r}"
        return
    got, expected = _keyed(got), _keyed(expected)
    for key in {**expected, **got}:
        inner = f"{place}/{key}" if place else str(key)
        if key not in got or key not in expected:
            yield f"{inner}: {'not expected' if key in got else 'missing'}"
        else:
            yield from _differing(got[key], expected[key], inner)


def _keyed(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    cases = all(isinstance(entry, dict) and "id" in entry for entry in value)
    return {
        f"{entry['id']} in {entry['dtype']}" if cases else at: entry
        for at, entry in enumerate(value)
    }
