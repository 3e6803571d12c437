"""Each failure stays what it is: no crash, hang or lack of memory is told as wrong mathematics."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.judging import judge_questions, undisturbed
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.in_process import in_process


def relu(z: Any) -> Any:
    return np.where(np.asarray(z) > 0, z, 0 * np.asarray(z))


def verdict(function: Any) -> dict[str, Any]:
    contender = in_process(SimpleNamespace(relu=function), name="mine")
    with undisturbed():
        (*_, record) = judge_questions(contender, [("relu", "float64")], Settings())
    return record


@pytest.mark.parametrize("again", [True, False], ids=["each time", "once"])
@pytest.mark.thorough
def test_memory_that_runs_out_within_a_theorem_is_an_error(again: bool) -> None:
    raised: list[float] = []

    def hungry(z: Any) -> Any:
        drawn = np.size(z) and 5 < abs(np.ravel(z)[0]) < 100 and np.ravel(z)[0] % 1
        if drawn and (again or not raised):
            raised.append(1.0)
            raise MemoryError("none left")
        return relu(z)

    found = verdict(hungry)
    assert raised
    assert found["verdict"] == "error", found
    assert "MemoryError: none left" in found["detail"]


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(errno.EMFILE, os.strerror(errno.EMFILE))], ids=repr
)
def test_what_the_judges_lack_is_no_contenders_mistake(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("gradmark.conformance.properties.property.Property.broken", lacking)
    found = verdict(relu)
    assert found["verdict"] == "error"
    assert found["detail"].startswith("gradmark failed at it")


@pytest.mark.filterwarnings("error")
def test_numbers_beyond_float64_are_wrong_and_warn_nobody() -> None:
    found = verdict(lambda z: np.full(np.shape(z), np.longdouble(2) ** 5000))
    assert found["verdict"] == "deviates", found


def test_nan_of_another_kind_is_no_state() -> None:
    """Each NaN differs from the one before in its payload, as arithmetic may have it."""
    count = iter(range(1, 10**6))

    def odd(z: Any) -> Any:
        out = np.array(relu(z), np.float64)
        bits = 0x7FF8_0000_0000_0000 + next(count)
        out[np.isnan(out)] = np.array([bits], np.uint64).view(np.float64)[0]
        return out

    contender = in_process(SimpleNamespace(relu=odd), name="mine")
    (*_, record) = examine(contender, "relu", "float64")
    assert record["verdict"] == "conforms", record
