"""The one-line edit that makes wrong code right: searched for, and shown only if it does.

Each edit is applied to a copy and put to the smallest questions first; one that answers them all is
judged by the whole engine. Code may have followed a convention before the slip: where no edit makes
it follow the form that is nearest now, one that makes it follow another documented form is told.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from gradmark.harness.identity import held
from gradmark.harness.resolve import Target
from gradmark.harness.shapes.definitions import cells_of, source_of

# Puts a case to a contender; returns what it was asked, which may be a part, and the answer.
Asked = Callable[[Contender, Case], tuple[Case, object]]
Judged = Callable[[Contender], Mapping[str, Any]]  # returns the verdict's record
Shows = Callable[[Contender, Variant], bool]

RIGHT = ("conforms", "dialect", "inaccurate")
MOST = 6000  # edits that are tried
MOST_FAILURES = 20  # processes that they may cost
MOST_JUDGED = 4  # edits that are judged whole
AT_START = 10.0  # seconds, as for any contender
PATIENCE = 2.0  # seconds for a call: an edit may never end
LONG = 100  # steps of a question that tells no more than a short one


def mended(
    target: Target,
    python: str,
    file: Path,
    name: str,
    rights: Sequence[Variant],
    dtype: str,
    ask: Asked,
    judged: Judged,
    shows: Shows,
) -> dict[str, Any] | int:
    """Look for the first edit of a function or class under which it follows a right form.

    Returns it, as a results file holds it; else how many edits have been tried.

    Parameters
    ----------
    target : Target
        A contender in Python, or in a notebook.
    python : str
        Its interpreter.
    file : Path
        Which of its files is edited.
    name : str
        What the file calls the function or class.
    rights : sequence of Variant
        The forms that it may follow; the first of them is the nearest.
    dtype : str
        Where to ask.
    ask, judged, shows : callable
        How a case is put to it, how it is judged whole, and whether what it shows of its state is
        right: two wrong signs may make right steps.
    """
    nearest, *_ = rights
    short = [c for c in cases(nearest.formula, dtype) if not c.large and _steps(c) <= LONG]
    tried = failures = whole = 0
    others: list[tuple[Repair, Variant]] = []
    with contender(target, python=python) as trial:
        # What is answered wrongly as it is comes first: most edits are done with after it.
        short.sort(key=lambda case: _followed(trial, [nearest], [case], ask) is not None)
        for repair in _edits(target, file, name):
            before, tried = trial._process, tried + 1
            its = None
            if _redefined(trial, repair, file):
                its = _followed(trial, rights, short, ask)
            if its is not None and shows(trial, its):
                if its is not nearest:
                    others.append((repair, its))
                elif _verdict(repair, target, file, python, judged, its):
                    return _told(repair, target, file)
                else:
                    whole += 1
            failures += trial._process is None or trial._process is not before
            if failures > MOST_FAILURES or whole >= MOST_JUDGED:
                break
    others.sort(key=lambda other: _gives_up(other[0], target, file))
    for repair, its in others[:MOST_JUDGED]:
        if found := _verdict(repair, target, file, python, judged, its):
            return {**_told(repair, target, file), "follows": found}
    return tried


def _edits(target: Target, file: Path, name: str) -> Iterator[Repair]:
    """Make edits one after another, as they are asked for: the plainest ones are the first."""
    try:
        source = source_of(file.name, target.read(file))
        yield from islice(repairs(source.replace("\r\n", "\n"), name), MOST)
    except (OSError, *UNREADABLE):
        return


def _gives_up(repair: Repair, target: Target, file: Path) -> bool:
    """Whether what was used is of no use with an edit: not what its author meant."""
    before = source_of(file.name, target.read(file))
    used = [
        {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(ast.parse(text))
         if isinstance(getattr(node, "ctx", None), ast.Load)}
        for text in (before, repair.source)
    ]  # fmt: skip
    return not used[0] <= used[1]


def _told(repair: Repair, target: Target, file: Path) -> dict[str, Any]:
    """Tell an edit; in a notebook by its cell, and the line in that."""
    places = {"line": repair.line} | ({"above": repair.above} if repair.above else {})
    edit = {**places, "before": repair.before, "after": repair.after}
    if file.suffix == ".ipynb":
        first = 1
        for cell, text in cells_of(target.read(file)):
            following = first + len(text.split("\n"))
            if first <= repair.line < following:
                return {"cell": cell, **edit, **{n: at - first + 1 for n, at in places.items()}}
            first = following
    return edit


def _steps(case: Case) -> int:
    return max((len(a) for a in case.arguments if isinstance(a, list)), default=0)


def _redefined(trial: Contender, repair: Repair, file: Path) -> bool:
    if trial._process is None:  # a framework takes its time to start, as it may
        trial.timeout = AT_START
    try:
        _ = trial.provides
        trial.timeout = PATIENCE
        trial.redefine(repair.source, file)
    except (ContenderFailure, NothingProvidedError):
        return False
    return True


def _followed(
    trial: Contender, rights: Sequence[Variant], asked: Sequence[Case], ask: Asked
) -> Variant | None:
    """Return the first of the forms that all questions that it can be asked are answered as."""
    told = False
    try:
        for case in asked:
            try:
                posed, answer = ask(trial, case)
            except NotAskedError:
                continue
            got, told = flat(answer), True
            rights = [one for one in rights if _is_answered(one, posed, got)]
            if not rights:
                return None
    except (ContenderFailure, NothingProvidedError, ValueError):
        return None
    return rights[0] if told else None


def _is_answered(right: Variant, posed: Case, got: np.ndarray) -> bool:
    expected = truth_at(right, posed)
    if len(expected) != len(got):
        return False
    with np.errstate(all="ignore"):
        found = entries(expected, got, posed)
    return not ((found.excess > 1) & ~found.explained).any()


def _verdict(
    repair: Repair, target: Target, file: Path, python: str, judged: Judged, its: Variant
) -> str:
    """Judge the contender with the edit whole; say what it then follows, if that is the form."""
    text = repair.source
    if file.suffix == ".ipynb":
        text = json.dumps({"cells": [{"cell_type": "code", "source": [text]}]})
    sources = held(target).sources
    assert sources is not None
    edited = replace(sources, texts={**sources.texts, file: text.encode()})
    with contender(replace(target, sources=edited), python=python) as whole:
        found = judged(whole)
    wanted = None if its.meant == "canonical" else its.name
    if found["verdict"] not in RIGHT or found["variant"] != wanted:
        return ""
    return f"{its.says} [{its.source}]"
