"""The one-line edit that makes wrong code right: searched for, and shown only if it does.

Each edit is applied to a copy and put to the smallest questions first; one that answers them all is
judged on the whole corpus, and then, as a file of its own, by the whole engine.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.edits.repairs import Repair, repairs
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.kept import truth_at
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contenders import contender
from gradmark.harness.definitions import UNREADABLE
from gradmark.harness.host import Contender, ContenderFailure, NothingProvidedError
from gradmark.harness.resolve import Target
from gradmark.harness.shapes.definitions import cells_of, source_of

# Puts a case to a contender; returns what it was asked, which may be a part, and the answer.
Asked = Callable[[Contender, Case], tuple[Case, object]]
Right = Callable[[Contender], bool]  # judges a contender whole

MOST = 6000  # edits that are tried
MOST_FAILURES = 20  # processes that they may cost
MOST_JUDGED = 4  # edits that are judged whole
AT_START = 10.0  # seconds, as for any contender
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
) -> dict[str, Any] | int:
    """Look for the first edit of a function or class under which it follows the right form.

    Returns it, as a results file holds it; else how many edits have been tried.

    Parameters
    ----------
    target : Target
        A contender in a Python file, or in a notebook.
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
    tried = failures = whole = 0
    with contender(target, python=python) as trial:
        # What is answered wrongly as it is comes first: most edits are done with after it.
        short.sort(key=lambda case: _answers(trial, right, [case], ask))
        for repair in _edits(target, name):
            before, tried = trial._process, tried + 1
            if _redefined(trial, repair) and _answers(trial, right, short, ask) and shows(trial):
                if _holds(repair, target, python, judged):
                    return _told(repair, target)
                whole += 1
            failures += trial._process is None or trial._process is not before
            if failures > MOST_FAILURES or whole >= MOST_JUDGED:
                break
    return tried


def _edits(target: Target, name: str) -> Iterator[Repair]:
    """Make edits one after another, as they are asked for: the plainest ones are the first."""
    assert target.path is not None
    try:
        source = source_of(target.path.name, target.read(target.path))
        yield from islice(repairs(source.replace("\r\n", "\n"), name), MOST)
    except (OSError, *UNREADABLE):
        return


def _told(repair: Repair, target: Target) -> dict[str, Any]:
    """Tell an edit; in a notebook by its cell, and the line in that."""
    places = {"line": repair.line} | ({"above": repair.above} if repair.above else {})
    edit = {**places, "before": repair.before, "after": repair.after}
    assert target.path is not None
    if target.path.suffix == ".ipynb":
        first = 1
        for cell, text in cells_of(target.read(target.path)):
            following = first + len(text.split("\n"))
            if first <= repair.line < following:
                return {"cell": cell, **edit, **{n: at - first + 1 for n, at in places.items()}}
            first = following
    return edit


def _steps(case: Case) -> int:
    return max((len(a) for a in case.arguments if isinstance(a, list)), default=0)


def _redefined(trial: Contender, repair: Repair) -> bool:
    if trial._process is None:  # a framework takes its time to start, as it may
        trial.timeout = AT_START
    try:
        _ = trial.provides
        trial.timeout = PATIENCE
        trial.redefine(repair.source)
    except (ContenderFailure, NothingProvidedError):
        return False
    return True


def _answers(trial: Contender, right: Variant, asked: Sequence[Case], ask: Asked) -> bool:
    """Whether all questions that it can be asked are answered as the right form does."""
    told = False
    try:
        for case in asked:
            try:
                posed, answer = ask(trial, case)
            except NotAskedError:
                continue
            expected, got = truth_at(right, posed), flat(answer)
            with np.errstate(all="ignore"):
                if len(expected) != len(got):
                    return False
                found = entries(expected, got, posed)
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
        cell = {"cell_type": "code", "source": [repair.source]}
        text = json.dumps({"cells": [cell]}) if made.suffix == ".ipynb" else repair.source
        made.write_text(text, encoding="utf-8")
        around = (target.path.parent, *target.search_path)
        copy = replace(target, path=made, search_path=around, sources=None)
        with contender(copy, python=python) as whole:
            return judged(whole)
