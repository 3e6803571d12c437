"""Contenders as people write them, each in a file of its own."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

Verdict = Callable[..., dict[str, Any]]
A_FIRST_LOOK = Settings(examples=2, quick=True)


@pytest.fixture
def verdict(tmp_path: Path) -> Verdict:
    """Judge one formula of a file that is written for the occasion."""

    def judged(source: str, formula: str, name: str = "mine.py") -> dict[str, Any]:
        (tmp_path / name).write_text(textwrap.dedent(source), encoding="utf-8")
        with Contender(resolve(name, tmp_path)) as contender:
            *_, last = examine(contender, formula, "float64", A_FIRST_LOOK)
        return dict(last)

    return judged
