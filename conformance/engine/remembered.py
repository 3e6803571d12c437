"""What was found about a contender before: by its content, a second run judges only what changed.

A verdict hangs on the code, on what it imports from its folder, on the questions, the forms and the
settings; all of them make the name under which it is kept. What took too long, or died, may end
otherwise the next time, and is judged again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.records import Record
from gradmark.harness.cache import cache
from gradmark.harness.resolve import CHECKOUT, place
from gradmark.harness.whole_files import written_whole

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
    if target.sources is None or target.sources.unread or target.sources.have_changed:
        return None
    told = [
        # The lines that show a verdict again name the contender as the user did.
        (name, place(target), plan.identity(name)),
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
