"""Contenders as people write them, each in a file of its own."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import Subject
from gradmark.harness.host import Contender
from gradmark.harness.in_process import InProcess
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


def judged(source: str, formula: str, folder: Path) -> tuple[str, str | None, str]:
    """Judge a file in this very process, by the corpus alone."""
    path = folder / "mine.py"
    path.write_text("import numpy as np\n" + textwrap.dedent(source), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("mine", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mine"] = module
    try:
        spec.loader.exec_module(module)
        found = Subject(InProcess(module, resolve("mine.py", folder)), "float64").judgement(formula)
    finally:
        del sys.modules["mine"]
    return found.verdict, found.variant, found.detail
