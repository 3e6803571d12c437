"""Which formulas of the contract a function of `reference` has a hand in."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from gradmark import reference
from gradmark.conformance.cases import Case, cases
from gradmark.harness.contract import CONTRACT

ROOT = Path(reference.__file__).parent
NOT_FORMULAS = ("gradient_check", "landscapes")
"""Folders that are not of a kind of formula: what no formula reaches there is nobody's omission."""


BESIDE_FORMULAS = ("network/loops", "network/training")
"""The same gradients once more, to be compared with; and the loop that uses them."""


def module_of(path: Path) -> str:
    """Name the module of a file, within `reference`."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def path_of(module: str) -> Path:
    """Find a module's file."""
    return ROOT / f"{module}.py"


@dataclass
class Reach:
    """What of a module the cases run: its functions with their formulas, and its lines."""

    formulas: dict[str, list[str]] = field(default_factory=dict)
    lines: set[int] = field(default_factory=set)


@cache
def reach() -> dict[str, Reach]:
    """Map modules to what the cases of the contract's formulas run of them.

    The constants of a module, which its neighbours may import, stand under "module" and reach the
    formulas of the whole folder.
    """
    found: dict[str, Reach] = {}
    files = {str(path): module_of(path) for path in ROOT.rglob("*.py") if path.name[0] != "_"}
    for formula in CONTRACT:
        with _lines_run(set(files)) as run:
            for case in cases(formula, "float64"):
                _ask(formula, case)
        for file, function, line in sorted(run):
            of_module = found.setdefault(files[file], Reach())
            of_module.lines.add(line)
            formulas = of_module.formulas.setdefault(function, [])
            if formula not in formulas:
                formulas.append(formula)
    folders: dict[str, set[str]] = defaultdict(set)
    for module, of_module in found.items():
        folders[module.split("/")[0]].update(*of_module.formulas.values())
    for module, of_module in found.items():
        beside = folders[module.split("/")[0]]
        of_module.formulas["module"] = [formula for formula in CONTRACT if formula in beside]
    return found


def unseen() -> list[str]:
    """Complain of the modules among the formulas' that no case of any formula runs.

    Their edits would not even be tried: such a formula has no row in the contract, or no cases.
    """
    return [f"unseen: no case of any formula runs reference/{m}.py" for m in untouched(reach())]


def untouched(found: Iterable[str]) -> list[str]:
    """List the modules beside those that were found, in the folders of formulas."""
    kinds = {module.split("/")[0] for module in found if "/" in module} - {*NOT_FORMULAS}
    modules = {module_of(path) for kind in kinds for path in (ROOT / kind).glob("[!_]*.py")}
    return sorted(modules - {*found} - {*BESIDE_FORMULAS})


def _ask(formula: str, case: Case) -> None:
    body = getattr(reference, formula)
    with np.errstate(all="ignore"):
        if not CONTRACT[formula].stepped:
            body(*case.arguments)
            return
        w, gradients, rates = case.arguments
        optimizer = body(lr=rates[0], **case.hyper)
        for gradient in gradients[:3]:  # a step later than the second has no lines of its own
            w = optimizer.step(w, gradient)


@contextmanager
def _lines_run(files: set[str]) -> Iterator[set[tuple[str, str, int]]]:
    """Collect the file, the function and the number of each line that runs meanwhile."""
    met: set[tuple[str, str, int]] = set()

    def note(frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in files:
            return None
        if event == "line":
            met.add((code.co_filename, code.co_qualname, frame.f_lineno))
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        yield met
    finally:
        sys.settrace(before)
