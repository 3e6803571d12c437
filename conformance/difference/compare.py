"""One formula of two contenders, compared."""

from __future__ import annotations

from typing import Any

from gradmark.conformance.cases import cases
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.difference.matter import RULE, Matter, matter
from gradmark.conformance.difference.parting import Parting, parting
from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.training import runs
from gradmark.conformance.difference.translation import Translation, translation
from gradmark.conformance.equations import Equation, marked
from gradmark.conformance.judging.derived import equation
from gradmark.harness.contract import CONTRACT, DETERMINED

CURVE = 64  # points of a curve that a record holds


def difference(one: Side, other: Side) -> dict[str, Any]:
    """Say how two sides of one formula differ, as a results file holds it."""
    record: dict[str, Any] = {
        "kind": "difference",
        "one": one.name,
        "other": other.name,
        "formula": one.formula,
        "dtype": one.subject.dtype,
        "of_one": _side(one),
        "of_other": _side(other),
    }
    if not (one.comparable and other.comparable):
        verdicts = {side.judgement.verdict for side in (one, other) if not side.comparable}
        alone = one.comparable != other.comparable and verdicts <= {"error", "crash", "timeout"}
        return record | {"outcome": "different" if alone else "not compared"}
    if one.formula not in DETERMINED:
        return record | _of_laws(one, other)
    where, asked = parting(one, other)
    record["asked"] = asked
    if not asked:
        return record | {"outcome": "not compared"}
    if where is None:
        return record | {"outcome": "same"}
    record |= {"outcome": "different", "parting": _parting(where)}
    lines = _equations(one.form, other.form)
    if lines:
        record["equations"] = lines
    its = matter(list(runs(one, other)))
    if its is not None:
        record["matter"] = _matter(its)
    record["translation"] = _translation(translation(one, other, where.optional))
    return record


def _of_laws(one: Side, other: Side) -> dict[str, Any]:
    """Compare what is drawn by the laws alone: no two samples are alike."""
    if one.form is None or other.form is None:
        return {"outcome": "not compared"}
    asked = len(cases(one.formula, one.subject.dtype))
    return {"outcome": "same" if one.form is other.form else "different", "asked": asked}


def _side(side: Side) -> dict[str, Any]:
    judged, form = side.judgement, side.form
    told: dict[str, Any] = {
        "verdict": judged.verdict,
        "variant": judged.variant,
        "says": form.says if form is not None else judged.detail,
    }
    if judged.verdict == "inaccurate":
        told["says"] = judged.detail
    if form is not None:
        told["source"] = form.source
    if side.pinned():
        told["pinned"] = dict(side.pinned())
    return told


def _parting(its: Parting) -> dict[str, Any]:
    told: dict[str, Any] = {
        "case": its.evidence.case.id,
        "where": its.evidence.where,
        "one": its.one,
        "other": its.other,
        "differing": its.differing,
    }
    if CONTRACT[its.evidence.case.formula].stepped:
        told["step"] = its.evidence.step
    if its.variable:
        told["variable"] = its.variable
    return told


def _equations(one: Variant | None, other: Variant | None) -> list[dict[str, str]]:
    """Set two equations side by side, line by line, the terms that differ between brackets."""
    first, second = (equation(form) if form is not None else None for form in (one, other))
    if first is None or second is None or one is None or other is None or one.key == other.key:
        return []
    names = dict.fromkeys([*first.lines, *second.lines])
    last = [name for name in ("w",) if name in names]
    ordered = [name for name in names if name not in last] + last
    return [_line(name, first, second) for name in ordered]


def _line(name: str, first: Equation, second: Equation) -> dict[str, str]:
    a, b = first.lines.get(name, ""), second.lines.get(name, "")
    one, other = marked(a, b) if a and b else (a, b)
    return {"variable": name, "one": one, "other": other}


def _translation(its: Translation) -> dict[str, Any]:
    told: dict[str, Any] = {"found": its.found, "says": str(its)}
    if its.changes:
        told["changes"] = dict(its.changes)
    if its.values:
        told["values"] = dict(its.values)
    if its.condition:
        told["condition"] = its.condition
    if its.checked is not None:
        told["checked"] = its.checked
    if its.held is not None:
        told |= {"held_asked": its.held.asked, "held_differing": its.held.differing}
    if its.nearest:
        told |= {"nearest": dict(its.nearest), "left": its.left}
    return told


def _matter(its: Matter) -> dict[str, Any]:
    curves = []
    for run in its.runs:
        stride = max(len(run.apart) // CURVE, 1)
        curves.append(
            {
                "problem": run.problem,
                "about": run.about,
                "step": list(range(1, len(run.apart) + 1))[::stride],
                "apart": run.apart[::stride].tolist(),
                "worst": float(run.apart.max()),
                "loss_one": run.losses[0][::stride],
                "loss_other": run.losses[1][::stride],
            }
        )
    return {
        "weight": its.weight,
        "says": str(its),
        "worst": its.worst,
        "problem": its.problem,
        "step": its.step,
        "rule": RULE,
        "curves": curves,
    }
