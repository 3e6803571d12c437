"""Contenders made for the occasion: files such as a user has, in a folder that is thrown away."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradmark.conformance.edits.slips import Mutant, mutants
from gradmark.conformance.mutants.reach import path_of, reach
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.resolve import SITE

HERE = Path(__file__).parent

FORM = '''"""The forms numbered {i} in the catalogue, alive."""

import sys

sys.path.insert(0, {site!r})

from gradmark.conformance.live import numbered

globals().update(numbered({i}))
'''

COMPOSED = '''"""A convention with a mistake in it, for some formulas, alive."""

import sys

sys.path.insert(0, {site!r})

from gradmark.conformance.live import named

globals().update(named({names!r}))
'''

EDITED = '''"""The reference, but for one edit.

{name}
"""

import sys
from importlib.util import spec_from_file_location


class Edited:
    """Finds one module of the reference in another file."""

    @staticmethod
    def find_spec(name, path, target=None):
        return spec_from_file_location(name, {file!r}) if name == {module!r} else None


sys.meta_path.insert(0, Edited)
sys.path.insert(0, {site!r})

from gradmark.reference import *
'''


def of_form(i: int, folder: Path) -> Path:
    """Write a file that presents the i-th form of every formula that has so many."""
    made = folder / f"form_{i:02}.py"
    made.write_text(FORM.format(i=i, site=str(SITE)), encoding="utf-8")
    return made


def of_composed(number: int, names: Mapping[str, str], folder: Path) -> Path:
    """Write a file that presents one composed form of each of some formulas."""
    made = folder / f"composed_{number:03}.py"
    made.write_text(COMPOSED.format(names=dict(names), site=str(SITE)), encoding="utf-8")
    return made


def of_mutant(mutant: Mutant, number: int, folder: Path) -> Path:
    """Write an edited module, and beside it the contender that runs it."""
    edited = folder / f"module_{number:03}.py"
    edited.write_text(mutant.source, encoding="utf-8")
    module = f"gradmark.reference.{mutant.module.replace('/', '.')}"
    made = folder / f"mutant_{number:03}.py"
    text = EDITED.format(name=mutant.name, file=str(edited), module=module, site=str(SITE))
    made.write_text(text, encoding="utf-8")
    return made


def generated() -> Iterator[tuple[Mutant, list[str]]]:
    """Yield every edit of what the contract's cases run, with the formulas in its reach."""
    for module, of_module in reach().items():
        source = path_of(module).read_text(encoding="utf-8")
        for mutant in mutants(module, source, set(of_module.formulas), of_module.lines):
            yield mutant, of_module.formulas[mutant.function]


def by_hand(kind: str) -> list[Path]:
    """List the files of a folder here: `planted` or `correct`."""
    return sorted((HERE / kind).glob("*.py"))


def expected(file: Path) -> dict[tuple[str, str], str]:
    """Read which verdict each formula of a file deserves in each dtype.

    The file states it as EXPECTED: a verdict, or one per dtype, by formula; "*" is any other one.
    Without it, everything conforms.
    """
    stated: Mapping[str, Any] = {"*": "conforms"}
    for statement in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "EXPECTED":
            stated = ast.literal_eval(statement.value)
    found = {}
    for formula in CONTRACT:
        verdict = stated.get(formula, stated.get("*"))
        if verdict is not None:
            for dtype in USUAL:
                found[formula, dtype] = verdict if isinstance(verdict, str) else verdict[dtype]
    return found
