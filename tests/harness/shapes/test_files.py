"""Notebooks, and files that do work when they are imported, are judged by their definitions."""

from __future__ import annotations

import json

from tests.harness.shapes.adams import adam
from tests.harness.shapes.conftest import Verdict


def test_a_notebook_is_judged_by_the_definitions_of_all_its_cells(verdict: Verdict) -> None:
    cells = ["%matplotlib inline\n!ls\n" + adam("a call"), "data = open('is_not_there').read()"]
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    words = {"cell_type": "markdown", "source": ["# Adam"]}
    found = verdict(json.dumps({"cells": [words, *code]}), "Adam", name="mine.ipynb")
    assert found["verdict"] == "conforms"
    assert "Loaded by its definitions alone: it is a notebook." in found["detail"]


def test_a_file_that_fails_at_its_work_is_judged_by_its_definitions(verdict: Verdict) -> None:
    found = verdict(adam("another name") + "\nopen('is_not_there')\n", "Adam")
    assert found["verdict"] == "conforms"
    assert "by its definitions alone: the import raised FileNotFoundError" in found["detail"]
    assert "mine.py" in found["detail"]


def test_what_misses_what_was_not_executed_is_not_accused(verdict: Verdict) -> None:
    source = (
        "import numpy as np\nSCALE = np.ones(1) * nothing\n\ndef relu(z):\n    return z * SCALE\n"
    )
    assert verdict(source, "relu")["verdict"] == "unbound"


def test_what_nobody_knows_how_to_call_is_unbound_there_too(verdict: Verdict) -> None:
    source = "import nothing_of_that_name\n\nclass Adam:\n    def go(self, x):\n        return x\n"
    found = verdict(source, "Adam")
    assert found["verdict"] == "unbound"
    assert found["detail"].startswith("May be there: Adam: ")


def test_a_file_without_definitions_fails_as_it_is(verdict: Verdict) -> None:
    found = verdict("raise ValueError('no')", "Adam")
    assert found["verdict"] == "error"
    assert "the import raised ValueError: no" in found["detail"]
