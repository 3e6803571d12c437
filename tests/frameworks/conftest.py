"""Frameworks run in the environments of the bundled contenders, which are built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.cache import cache
from gradmark.harness.environment import environment
from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

Judged = Callable[..., dict[str, Any]]

# The user's, read before the tests get a cache of their own: like that of truth, an environment's
# name says what is in it.
KEPT = cache("environments")


@pytest.fixture(scope="session")
def pytorch() -> str:
    """Return an interpreter that has PyTorch."""
    return environment(resolve("pytorch", Path()), cache=KEPT, say=print)


@pytest.fixture
def judged(pytorch: str, tmp_path: Path) -> Judged:
    """Return what judges one formula of a file with this text, or of a module."""

    def judge(text: str, formula: str) -> dict[str, Any]:
        if "\n" in text:
            (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        target = resolve("mine.py" if "\n" in text else text, tmp_path)
        with Contender(target, python=pytorch) as contender:
            *_, last = examine(contender, formula, "float64", Settings(quick=True))
        return dict(last)

    return judge
