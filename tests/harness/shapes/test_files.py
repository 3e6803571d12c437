"""Notebooks, and files that do work when they are imported, are judged by their definitions."""

from __future__ import annotations

import json
from pathlib import Path

from tests.harness.shapes.adams import adam
from tests.harness.shapes.conftest import Verdict


def test_a_notebook_is_judged_by_the_definitions_of_all_its_cells(verdict: Verdict) -> None:
    cells = ["%matplotlib inline\n!ls\n" + adam("a call"), "data = open('is_not_there').read()"]
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    words = {"cell_type": "markdown", "source": ["# Adam"]}
    found = verdict(json.dumps({"cells": [words, *code]}), "Adam", name="mine.ipynb")
    assert found["verdict"] == "conforms"
    assert "Loaded by its definitions alone: it is a notebook." in found["detail"]


def test_what_is_none_of_pythons_leaves_the_rest_of_its_cell(verdict: Verdict) -> None:
    cells = [
        "import numpy as np\nfiles = !ls",
        "%%time\ndef relu(z):\n    return np.maximum(z, 0)\n\nrelu?\n",
        "%%writefile other.py\ndef relu(z):\n    return z\n",
    ]
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    assert verdict(json.dumps({"cells": code}), "relu", name="mine.ipynb")["verdict"] == "conforms"


def test_a_file_within_a_package_is_loaded_there(verdict: Verdict, tmp_path: Path) -> None:
    (tmp_path / "pkg" / "nn").mkdir(parents=True)
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "nn" / "__init__.py").write_text("from .mine import relu\n")
    (tmp_path / "pkg" / "base.py").write_text("from numpy import maximum\n")
    source = "from ..base import maximum\n\ndef relu(z):\n    return maximum(z, 0)\n"
    assert verdict(source, "relu", name="pkg/nn/mine.py")["verdict"] == "conforms"


def test_a_default_that_the_files_work_would_have_made_is_left_open(verdict: Verdict) -> None:
    source = """
import argparse
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, required=True)
args = parser.parse_args()

def sgd_step(params, grads, lr=args.lr):
    return [w - lr * g for w, g in zip(params, grads)]

def softmax(z, axis=-1, seed=args.seed):
    e = np.exp(z - z.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""
    assert verdict(source, "SGD")["verdict"] == "conforms"
    assert verdict(source, "softmax")["verdict"] == "conforms"  # its axis stays what it is


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


def test_what_a_missing_package_was_for_is_done_without_it(verdict: Verdict) -> None:
    source = """
    try:
        import cupy_that_nobody_has as xp
    except ImportError:
        import numpy as xp
    from numba_that_nobody_has import njit, prange
    from common_that_nobody_has import *

    @njit(cache=True)
    def mse(pred, target):
        total = 0.0
        for i in prange(pred.size):
            total += (pred.flat[i] - target.flat[i]) ** 2
        return total / np.size(pred) * xp.ones(1)[0]
    """
    found = verdict(source, "mse_loss")
    assert found["verdict"] == "conforms", found["detail"]
    assert "No module named 'numba_that_nobody_has'" in found["detail"]
