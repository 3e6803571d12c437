"""Everything that helps with one verdict, as a results file holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from gradmark.conformance.advice.mending import mended
from gradmark.conformance.advice.steps import SHOWN, first_steps
from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, form, variants
from gradmark.conformance.difference.matter import matter
from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.training import runs
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.first_wrong import WRONG, first_wrong
from gradmark.conformance.judging.fit import flat
from gradmark.conformance.judging.kept import truth_at
from gradmark.conformance.live import live
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.definitions import definition
from gradmark.harness.host import Contender, ContenderFailure, ContenderImpure
from gradmark.harness.identity import held
from gradmark.harness.in_process import in_process
from gradmark.harness.links import links

if TYPE_CHECKING:
    from gradmark.conformance.engine.subject import Subject
    from gradmark.conformance.judging.judge import Judgement

Again = Callable[[Contender], "Subject"]
Judged = Callable[[Contender], Any]  # the verdict's record
FEW = 12  # steps of a question that is easily followed
HELPED = ("deviates", "dialect")


def advise(subject: Subject, judgement: Judgement, again: Again, judged: Judged) -> dict[str, Any]:
    """Say what to do about a verdict; nothing where nothing is known.

    Parameters
    ----------
    subject : Subject
        Who was judged.
    judgement : Judgement
        What came of it.
    again : callable
        Sees another contender as the engine does.
    judged : callable
        Examines one whole, and returns the verdict.
    """
    if judgement.verdict not in HELPED:
        return {}
    right = judgement.against
    told: dict[str, Any] = {}
    if judgement.verdict == "deviates" and judgement.formula in DETERMINED:
        told |= _edit(subject, judgement.formula, right, again, judged)
        told |= _steps(subject, judgement, right)
    told |= _training(subject, judgement.formula, right, again)
    forms = filter(None, (judgement.followed, form(judgement.formula)))
    more = list(dict.fromkeys(address for one in forms for address in links(one.source)))
    return told | ({"links": more} if more else {})


def _edit(
    subject: Subject, formula: str, right: Variant, again: Again, judged: Judged
) -> dict[str, Any]:
    contender = subject.contender
    target, bound = held(contender.target), contender.binding(formula)
    name = bound.target if bound else target.names.get(formula, formula)
    place = definition(target, name)
    file = place.file if place else target.path
    if not hasattr(contender, "redefine") or target.sources is None:
        return {}
    if file is None or file not in target.sources.texts:  # nothing of the user's own
        return {}

    def ask(trial: Contender, case: Case) -> tuple[Case, object]:
        its = again(trial)
        posed = its.poses(case)
        if posed is None:
            raise NotAskedError("it lacks what this needs")
        try:
            return posed, its.answer(posed)
        except ContenderImpure as failure:
            return posed, failure.value

    def shows(trial: Contender, right: Variant) -> bool:
        if not CONTRACT[formula].stepped:
            return True
        case = cases(formula, subject.dtype)[1]
        try:
            states = [*again(trial).states(case)]
        except (ContenderFailure, NotAskedError):
            return True
        told = first_wrong(case, len(states), states, [right])
        return not told.startswith(WRONG)

    others = [one for one in variants(formula, subject.dtype)
              if one.kind(subject.dtype) != "mistake" and one.name != right.name]  # fmt: skip
    known = name.split(".")[0], [right, *others]
    edit = mended(target, contender.python, file, *known, subject.dtype, ask, judged, shows)
    return {"edit": edit} if isinstance(edit, dict) else {"tried": edit}


def _steps(subject: Subject, judgement: Judgement, right: Variant) -> dict[str, Any]:
    evidence = judgement.evidence
    if evidence is None or not CONTRACT[judgement.formula].stepped:
        return {}
    try:
        evidence = _longer(subject, right, evidence)
        weights = np.asarray(subject.answer(evidence.case), float)
        states = Side(subject, judgement.formula).states(evidence.case)
    except (ContenderFailure, NotAskedError):
        return {}
    rows = first_steps(evidence, right, weights, states, judgement.followed)
    return {"case": evidence.case.id, "steps": rows} if rows else {}


def _longer(subject: Subject, right: Variant, evidence: Evidence) -> Evidence:
    """Return what shows the same on a few more steps, if something does."""
    for case in cases(right.formula, subject.dtype):
        posed = subject.poses(case)
        if posed is None or not posed.arguments[0].size:
            continue
        if not SHOWN <= len(posed.arguments[1]) <= FEW:
            continue
        got, expected = flat(subject.answer(posed)), truth_at(right, posed)
        wrong = np.flatnonzero(entries(expected, got, posed).excess > 1)
        if wrong.size:
            at = int(wrong[0])
            return Evidence(posed, at, float(expected.high[at]), float(got[at]))
    return evidence


def _training(subject: Subject, formula: str, right: Variant, again: Again) -> dict[str, Any]:
    known = again(in_process(live(right), formula, right.name))
    weighed = matter(list(runs(Side(known, formula), Side(subject, formula))))
    if weighed is None:
        return {}
    return {"training": {"weight": weighed.weight, "worst": weighed.worst, "says": str(weighed)}}
