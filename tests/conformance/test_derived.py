"""An equation is derived once: the next process reads it, whatever became of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.equations import written
from gradmark.conformance.judging import derived


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADMARK_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def derived_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the forms that are derived, as processes would that come one after another."""
    of_whom: list[str] = []
    derive = written.equation

    def counted(its: Variant) -> Any:
        of_whom.append(its.name)
        return derive(its)

    monkeypatch.setattr(written, "equation", counted)
    return of_whom


def _in_a_new_process(name: str) -> str:
    derived._known.cache_clear()
    return str(derived.equation(form("SGDMomentum", name)))


def test_an_equation_is_derived_once_and_kept_for_the_next_process(
    derived_once: list[str], cache: Path
) -> None:
    first = _in_a_new_process("lr-outside-velocity")
    assert first == "v ← γ v + g\nw ← w − η v"
    assert any(cache.rglob("equations-SGDMomentum-*.json"))
    assert _in_a_new_process("lr-outside-velocity") == first
    assert derived_once == ["lr-outside-velocity"]


@pytest.mark.parametrize("spoilt", ["{", "[]", '{"lr-outside-velocity": {}}', '{"x": [1]}'])
def test_a_spoilt_file_of_equations_is_no_file(
    spoilt: str, derived_once: list[str], cache: Path
) -> None:
    first = _in_a_new_process("lr-outside-velocity")
    (kept_in,) = cache.rglob("equations-SGDMomentum-*.json")
    kept_in.write_text(spoilt)
    assert _in_a_new_process("lr-outside-velocity") == first
    assert derived_once == ["lr-outside-velocity"] * 2
