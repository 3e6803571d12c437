"""What was found about a contender before: by its content, a second run judges only what changed.

A verdict hangs on the code, on what it imports from its folder, on the questions, the forms and the
settings; all of them make the name under which it is kept. What took too long, or died, may end
otherwise the next time, and is judged again.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.records import Record
from gradmark.harness.cache import cache
from gradmark.harness.identity import identity
from gradmark.harness.resolve import CHECKOUT, place
from gradmark.harness.whole_files import written_whole
from gradmark.harness.worker import ABOVE

FLEETING = ("timeout", "crash")


def remembered(file: Path | None) -> list[Record]:
    """Return what an earlier run has found about a contender as it is now; nothing if none has."""
    try:
        found: list[Record] = json.loads(file.read_text(encoding="utf-8")) if file else []
    except (OSError, ValueError):
        return []
    return found


def remember(file: Path | None, records: list[Record]) -> None:
    """Keep what was found about a contender, unless it may end otherwise the next time."""
    if file is None or any(record.get("verdict") in FLEETING for record in records):
        return
    with suppress(OSError), written_whole(file) as draft:  # it can be found again
        draft.write_text(json.dumps(records), encoding="utf-8")


def place_of(plan: Plan, name: str) -> Path | None:
    """Return the file for what is found about a contender; None if it is not what it was."""
    target = plan.target(name)
    try:
        if identity(target) != plan.identities[name]:
            return None
        beside = [hashlib.sha256(file.read_bytes()).hexdigest() for file in imported(target.path)]
    except OSError:
        return None
    told = [
        # The lines that show a verdict again name the contender as the user did.
        (name, place(target), plan.identities[name]),
        beside,
        (asdict(plan.settings), asdict(plan.limits), list(plan.questions)),
        (_judges(), platform.python_version(), np.__version__),
    ]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
    return cache("verdicts") / f"{digest}.json"


@functools.cache
def _judges() -> str:
    """Tell the judges' own files by size and time: other judges may find otherwise."""
    told = [
        (str(file.relative_to(CHECKOUT)), file.stat().st_size, file.stat().st_mtime_ns)
        for room in ("harness", "conformance", "reference")
        for file in sorted((CHECKOUT / room).rglob("*.py"))
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def imported(path: Path | None) -> Iterator[Path]:
    """List the files of its own folder that a file imports, and those that they import."""
    seen = {path}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        for its in _candidates(path, file) if path is not None and file is not None else ():
            if its not in seen and its.is_file():
                seen.add(its)
                waiting.append(its)
                yield its


def _candidates(path: Path, file: Path) -> Iterator[Path]:
    """List where what a file imports may lie: beside it, or beside the one that began."""
    for level, name in sorted(_modules(file)):
        *above, last = name.split(".")
        near = (
            [file.parent, *path.parents[:ABOVE]] if level == 0 else file.parents[level - 1 : level]
        )
        for folder in dict.fromkeys(near):
            packages = [folder.joinpath(*above[: i + 1]) for i in range(len(above))]
            inner = folder.joinpath(*above, last)
            yield from (package / "__init__.py" for package in (folder, *packages, inner))
            yield inner.with_name(f"{last}.py")


def _modules(file: Path) -> set[tuple[int, str]]:
    """List what a file imports, each with the dots before its name."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):  # a notebook, or nothing that could be imported
        return set()
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    found = {(0, alias.name) for node in imports for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            of = [node.module] if node.module else []
            inner = (".".join([*of, alias.name]) for alias in node.names)
            found |= {(node.level, name) for name in (*of, *inner)}
    return found
