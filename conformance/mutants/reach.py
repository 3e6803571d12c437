"""Which formulas of the contract a function of `reference` has a hand in."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from gradmark import reference
from gradmark.conformance.cases import Case, cases
from gradmark.harness.contract import CONTRACT

ROOT = Path(reference.__file__).parent
MODULES = (
    *(f"activations/{name}" for name in ("relu", "sigmoid")),
    *(
        f"losses/{name}"
        for name in ("mean_squared_error", "binary_cross_entropy", "categorical_cross_entropy")
    ),
    *(f"network/{name}" for name in ("forward", "loss", "backward")),
    *(f"optimizers/{name}" for name in ("sgd", "sgd_momentum", "rmsprop", "adam")),
    *(f"schedules/{name}" for name in ("step", "exponential", "cosine", "warmup_cosine")),
    "landscapes/rosenbrock",
)
"""What computes the contract's formulas: `_checks` and `_shapes` only read arguments."""


def path_of(module: str) -> Path:
    """Find a module's file."""
    return ROOT / f"{module}.py"


@dataclass
class Reach:
    """What of a module the cases run: its functions with their formulas, and its lines."""

    formulas: dict[str, list[str]] = field(default_factory=dict)
    lines: set[int] = field(default_factory=set)


def reach() -> dict[str, Reach]:
    """Map modules to what the cases of the contract's formulas run of them.

    The constants of a module, which its neighbours may import, stand under "module" and reach the
    formulas of the whole folder.
    """
    found = {module: Reach() for module in MODULES}
    files = {str(path_of(module)): module for module in MODULES}
    for formula in CONTRACT:
        with _lines_run(set(files)) as run:
            for case in cases(formula, "float64"):
                _ask(formula, case)
        for file, function, line in sorted(run):
            of_module = found[files[file]]
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


def _ask(formula: str, case: Case) -> None:
    body = getattr(reference, formula)
    with np.errstate(all="ignore"):
        if CONTRACT[formula].kind != "optimizer":
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
