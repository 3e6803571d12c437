"""Files of packages, as they lie on a disk: whole names, what is not installed, Windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve

SGD = """
class SGD{base}:
    def __init__(self, params, {ctor}):
        {held}

    def step(self):
        for p in self.params:
            p.data = p.data - self.lr * p.grad
"""
BASE = """
class Optimizer:
    def __init__(self, params, lr=0.1):
        self.params, self.lr = params, lr
"""
DERIVED = SGD.format(
    base="(Optimizer)", ctor="*args, **kwargs", held="super().__init__(params, *args, **kwargs)"
)
PLAIN = SGD.format(base="", ctor="lr=0.1", held="self.params, self.lr = params, lr")


def bound(folder: Path, files: dict[str, str]) -> tuple[str, str]:
    """Write files; return how SGD of the last one is called, and what is said of its import."""
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(source.encode())
    with Contender(resolve(list(files)[-1], folder)) as contender:
        found = contender.binding("SGD")
        return (str(found) if found is not None else ""), contender.loaded


def test_a_package_is_found_by_its_whole_name_and_its_bases_take_the_rate(tmp_path: Path) -> None:
    files = {"src/nets/__init__.py": "", "src/nets/optim/__init__.py": ""}
    files |= {"src/nets/optim/base.py": BASE}
    files |= {"src/nets/optim/sgd.py": f"from nets.optim.base import Optimizer\n{DERIVED}"}
    assert bound(tmp_path, files) == ("SGD ← SGD.step()", "")


def test_what_a_package_needs_besides_is_not_needed_here(tmp_path: Path) -> None:
    files = {"nets/__init__.py": "from .files import *\n", "nets/files.py": "import not_there\n"}
    files |= {"nets/base.py": BASE, "nets/sgd.py": f"from .base import Optimizer\n{DERIVED}"}
    call, said = bound(tmp_path, files)
    assert call == "SGD ← SGD.step()"
    assert "files.py raised ModuleNotFoundError" in said


def test_what_lies_inside_a_package_is_nothing_that_others_import(tmp_path: Path) -> None:
    optional = "try:\n    import speedups\n    del SGD\nexcept ImportError:\n    pass\n"
    files = {"nets/__init__.py": "", "nets/speedups/__init__.py": "", "nets/optim/__init__.py": ""}
    files |= {"nets/optim/sgd.py": f"from .. import optim\n{PLAIN}{optional}"}
    assert bound(tmp_path, files) == ("SGD ← SGD.step()", "")


def test_a_packages_own_file_is_judged_where_it_stands(tmp_path: Path) -> None:
    files = {"nets/__init__.py": "", "nets/base.py": BASE}
    files |= {"nets/optim/sgd.py": f"from ..base import Optimizer\n{DERIVED}"}
    assert bound(tmp_path, files | {"nets/optim/__init__.py": "from .sgd import SGD\n"}) == (
        "SGD ← SGD.step()",
        "",
    )


@pytest.mark.parametrize("change", ["windows", "to the left"])
def test_how_lines_end_and_where_comments_stand_says_nothing(tmp_path: Path, change: str) -> None:
    comment = "    def step(self):\n#       print(self.lr)\n"
    source = {
        "windows": PLAIN.replace("p in self.params:\n", "p in self.params:\n\n").replace(
            "\n", "\r\n"
        ),
        "to the left": PLAIN.replace("    def step(self):\n", comment),
    }[change]
    assert bound(tmp_path, {"sgd.py": source}) == ("SGD ← SGD.step()", "")
