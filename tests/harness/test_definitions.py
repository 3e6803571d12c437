"""Where a name of a contender is defined is found without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark.harness.definitions import definition, raised_at
from gradmark.harness.resolve import Target, resolve

MINE = '''"""relu, def relu(z)"""
import os
raise SystemExit("nobody runs this")
try:
    from fast import relu
except ImportError:
    @os.cache
    def relu(z):
        return z
class Adam:
    def step(self, w, g):
        return w
    class Inner:
        pass
sigmoid = lambda z: z
if os:
    def sigmoid(z):
        return z
Chained = Adam
'''


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("relu", 8),
        ("Adam", 10),
        ("Adam.step", 11),
        ("Adam.Inner", 13),
        ("Adam.inherited", 10),
        ("sigmoid", 17),
        ("Chained", 19),
        ("softplus", None),
        ("<lambda>", None),
    ],
)
def test_the_last_definition_of_a_name_is_the_one_that_counts(
    tmp_path: Path, name: str, line: int | None
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    found = definition(resolve("mine.py", tmp_path), name)
    assert (found.line if found else None) == line


def test_imports_are_followed_within_the_users_own_folders(tmp_path: Path) -> None:
    for file, text in {
        "__init__.py": "from .optim import FastAdam as Adam\nfrom numpy import tanh\n",
        "optim/__init__.py": "from lib.optim.adam import FastAdam\n",
        "optim/adam.py": "\n\nclass FastAdam:\n    pass\n",
        "loop.py": "from .loop import Adam\n",
    }.items():
        (tmp_path / "lib" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "lib" / file).write_text(text)
    found = definition(resolve("lib", tmp_path), "Adam")
    assert found is not None
    assert (found.file, found.line) == (tmp_path / "lib/optim/adam.py", 3)
    assert definition(resolve("lib", tmp_path), "tanh") is None
    assert definition(resolve("lib.loop", tmp_path), "Adam") is None  # in a circle
    within = definition(resolve("lib.optim.adam:FastAdam", tmp_path), "step")
    assert within is not None
    assert within.line == 3


@pytest.mark.parametrize("text", ["def relu(z)", "\0", "(" * 5000, "-" * 50_000 + "z"])
def test_what_cannot_be_read_has_no_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.py").write_text(text)
    assert definition(resolve("mine.py", tmp_path), "relu") is None
    assert definition(Target("tfjs", folder=tmp_path, command=("node",)), "relu") is None


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ('  File "mine.py", line 3, in relu\n  File "helper.py", line 9, in help\n', 3),
        ('  File "mine.py", line 3, in relu\n  File "mine.py", line 7, in half\n', 7),
        ("the import raised SyntaxError: expected ':' (mine.py, line 12)", 12),
        ("nothing of the kind", None),
    ],
)
def test_the_line_that_raised_is_the_last_of_the_contenders_own(
    tmp_path: Path, told: str, line: int | None
) -> None:
    (tmp_path / "mine.py").touch()
    found = raised_at(resolve("mine.py", tmp_path), told)
    assert (found.line if found else None) == line
