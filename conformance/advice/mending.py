"""The one-line edit that makes wrong code right: searched for, and shown only if it does.

Each edit is applied to a copy and put to the smallest questions first; one that answers them all is
judged on the whole corpus, and then, as a file of its own, by the whole engine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.edits.repairs import Repair, repairs
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.kept import truth_at
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contenders import contender
from gradmark.harness.host import Contender, ContenderFailure, NothingProvidedError
from gradmark.harness.resolve import Target

Asked = Callable[[Contender, Case], object]  # puts a case to a contender, as it may be asked
Right = Callable[[Contender], bool]  # judges a contender whole

MOST = 6000  # edits that are tried
MOST_FAILURES = 20  # processes that they may cost
MOST_JUDGED = 4  # edits that are judged whole
PATIENCE = 2.0  # seconds for a call: an edit may never end
LONG = 100  # steps of a question that tells no more than a short one


def mended(
    target: Target,
    python: str,
    name: str,
    right: Variant,
    dtype: str,
    ask: Asked,
    judged: Right,
    shows: Right,
) -> Repair | None:
    """Look for the first edit of a function or class under which it follows the right form.

    Parameters
    ----------
    target : Target
        A contender in a Python file.
    python : str
        Its interpreter.
    name : str
        What the file calls the function or class.
    right : Variant
        The form that it should follow.
    dtype : str
        Where to ask.
    ask, judged, shows : callable
        How a case is put to it, how it is judged whole, and whether what it shows of its state is
        right: two wrong signs may make right steps.
    """
    short = [c for c in cases(right.formula, dtype) if not c.large and _steps(c) <= LONG]
    failures = whole = 0
    with contender(target, python=python, timeout=PATIENCE) as trial:
        for repair in _edits(target, name):
            before = trial._process
            if _answers(trial, repair, right, short, ask) and shows(trial):
                if _holds(repair, target, python, judged):
                    return repair
                whole += 1
            failures += before is not None and trial._process is not before
            if failures > MOST_FAILURES or whole >= MOST_JUDGED:
                return None
    return None


def _edits(target: Target, name: str) -> Iterator[Repair]:
    """Make edits one after another, as they are asked for: the plainest ones are the first."""
    assert target.path is not None
    try:
        source = target.read(target.path).decode().replace("\r\n", "\n")
        yield from islice(repairs(source, name), MOST)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return


def _steps(case: Case) -> int:
    return max((len(a) for a in case.arguments if isinstance(a, list)), default=0)


def _answers(
    trial: Contender, repair: Repair, right: Variant, asked: Sequence[Case], ask: Asked
) -> bool:
    """Whether an edit answers every short question as the right form does."""
    told = False
    try:
        trial.redefine(repair.source)
        for case in asked:
            try:
                got = flat(ask(trial, case))
            except NotAskedError:
                continue
            expected = truth_at(right, case)
            with np.errstate(all="ignore"):
                if len(expected) != len(got):
                    return False
                found = entries(expected, got, case)
            if ((found.excess > 1) & ~found.explained).any():
                return False
            told = True
    except (ContenderFailure, NothingProvidedError, ValueError):
        return False
    return told


def _holds(repair: Repair, target: Target, python: str, judged: Right) -> bool:
    """Apply an edit to a copy of the file, and judge that."""
    assert target.path is not None
    with tempfile.TemporaryDirectory(prefix="gradmark-") as folder:
        made = Path(folder) / target.path.name
        made.write_text(repair.source, encoding="utf-8")
        around = (target.path.parent, *target.search_path)
        copy = replace(target, path=made, search_path=around, sources=None)
        with contender(copy, python=python) as whole:
            return judged(whole)
