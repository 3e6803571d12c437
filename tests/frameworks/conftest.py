"""Frameworks run in the environments of the bundled contenders, which are built once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import subject_of
from gradmark.harness.cache import cache as kept_in
from gradmark.harness.environment import environment
from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

Judged = Callable[..., dict[str, Any]]
Started = Callable[[str, str], Contender]
MOST = 8  # processes at once, of some hundred megabytes each

# The user's, read before the tests get a cache of their own: like that of truth, an environment's
# name says what is in it.
kept = kept_in("environments")


@cache
def interpreter(contender: str) -> str:
    """Return an interpreter that has what a bundled contender has."""
    return environment(resolve(contender, Path()), cache=kept, say=print)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Return what starts a contender: once, as a framework takes long to load, of a few at most."""
    running: dict[tuple[str, str], Contender] = {}

    def start(text: str, beside: str) -> Contender:
        if (text, beside) not in running:
            folder = tmp_path_factory.mktemp("judged")
            if "\n" in text:
                (folder / "mine.py").write_text(text, encoding="utf-8")
            target = resolve("mine.py" if "\n" in text else text, folder)
            running[text, beside] = Contender(target, python=interpreter(beside))
        for other in list(running)[:-MOST]:
            running.pop(other).close()
        return running[text, beside]

    yield start
    for contender in running.values():
        contender.close()


@pytest.fixture
def judged(started: Started) -> Judged:
    """Return what judges one formula of a file with this text, or of a module."""

    def judge(
        text: str, formula: str, beside: str = "pytorch", *, whole: bool = False
    ) -> dict[str, Any]:
        contender = started(text, beside)
        if whole:
            settings = Settings(examples=1, quick=True)
            *others, last = examine(contender, formula, "float64", settings)
            practice = [record for record in others if record["kind"] == "practice"]
            return {**last, "practice": practice}
        subject = subject_of(contender, "float64")
        found = subject.judgement(formula)
        return {
            "verdict": found.verdict,
            "variant": found.variant,
            "detail": found.detail,
            "binding": str(subject.binding(formula)),
            "paths": subject.paths.get(formula),
        }

    return judge
