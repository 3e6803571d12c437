"""What takes lists is judged like anything else: named, made smaller, shown again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.shrink import shrink
from gradmark.harness.contenders import contender
from gradmark.harness.resolve import resolve

# Each gradient by its own norm, where all of them together are meant.
CLIPNORM = """
import numpy as np


def clip_by_global_norm(gradients, max_norm):
    norms = [np.sqrt(np.sum(g**2)) for g in gradients]
    return [g if n <= max_norm else g * (max_norm / n) for g, n in zip(gradients, norms)]


def multi_step_decay(epoch, initial_lr, milestones, drop):
    return initial_lr * drop ** sum(epoch + 2 > milestone for milestone in milestones)
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    (tmp_path / "mine.py").write_text(CLIPNORM)
    monkeypatch.chdir(tmp_path)
    with contender(resolve("mine.py", tmp_path)) as it:
        return {
            formula: list(examine(it, formula, "float64", Settings(quick=True)))[-1]
            for formula in ("clip_by_global_norm", "multi_step_decay")
        }


def test_a_public_mistake_with_lists_has_its_name_and_a_line_that_shows_it(
    found: dict[str, dict[str, str]],
) -> None:
    told = found["clip_by_global_norm"]
    assert (told["verdict"], told["variant"]) == ("deviates", "each-clipped-alone")
    assert "gradients[0][0]" in told["detail"]
    shown = subprocess.run(
        told["reproduce"], shell=True, capture_output=True, text=True, check=True
    ).stdout
    assert [len(part) for part in json.loads(shown)] == [1, 2]


def test_a_list_of_numbers_is_spelled_as_it_was_given(found: dict[str, dict[str, str]]) -> None:
    told = found["multi_step_decay"]
    assert (told["verdict"], told["variant"]) == ("dialect", "drops-one-epoch-early")
    assert "(29, 0.1, [30, 60, 80], 0.1)" in told["reproduce"]


def test_a_list_is_made_shorter_and_its_arrays_plainer() -> None:
    case = next(c for c in cases("clip_by_global_norm", "float64") if c.id == "drawn-within-1")

    def wrong_where_something_is_negative(asked: Case) -> Evidence | None:
        negative = any((g < 0).any() for g in asked.arguments[0])
        return Evidence(asked, 0, 1.0, 2.0) if negative else None

    smaller = shrink(Evidence(case, 0, 1.0, 2.0), wrong_where_something_is_negative)
    (gradients, _) = smaller.case.arguments
    assert len(gradients) == 1
    assert set(np.unique(gradients[0])) <= {-1.0, 0.0, 1.0}
