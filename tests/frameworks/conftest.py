"""Frameworks run in the environments of the bundled contenders, which are built once."""

from __future__ import annotations

from collections.abc import Callable
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

# The user's, read before the tests get a cache of their own: like that of truth, an environment's
# name says what is in it.
kept = kept_in("environments")


@cache
def interpreter(contender: str) -> str:
    """Return an interpreter that has what a bundled contender has."""
    return environment(resolve(contender, Path()), cache=kept, say=print)


@pytest.fixture
def judged(tmp_path: Path) -> Judged:
    """Return what judges one formula of a file with this text, or of a module."""

    def judge(
        text: str, formula: str, beside: str = "pytorch", *, whole: bool = False
    ) -> dict[str, Any]:
        if "\n" in text:
            (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        target = resolve("mine.py" if "\n" in text else text, tmp_path)
        with Contender(target, python=interpreter(beside)) as contender:
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
