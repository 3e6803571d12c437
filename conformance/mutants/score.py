"""From verdicts to outcomes: what was named, caught, survived, and what was wrongly accused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

from gradmark.conformance.cases import cases
from gradmark.conformance.catalogue import Composed, Variant, form
from gradmark.conformance.catalogue.conduct import NOT_DETERMINISTIC
from gradmark.conformance.judging.fit import fit
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.readings import READINGS, Reading
from gradmark.conformance.judging.separation import separation
from gradmark.conformance.mutants.trial import Found

Record = dict[str, Any]
UNSTEADY = NOT_DETERMINISTIC.name
NAMED = 0.95  # of the composed forms, those that have to be called by their names
FAILURES = ("survived", "false alarm")
ALIKE = "Tells nothing apart: no input of the corpus separates it from {} in {}."


def record(name: str, origin: str, outcome: str, found: Found, expected: str, why: str) -> Record:
    """Spell one outcome for the results file."""
    # The numbers of what does not repeat itself would not repeat themselves here either.
    told = found.detail.split(" In case")[0] if found.variant == UNSTEADY else found.detail
    return {
        "kind": "mutant",
        "name": name,
        "origin": origin,
        "outcome": outcome,
        "expected": expected,
        **found._asdict(),
        "detail": why or told,
    }


# --- the catalogue's forms ------------------------------------------------------------------------


@cache
def _alike(formula: str, dtype: str) -> frozenset[frozenset[str]]:
    return frozenset(map(frozenset, separation(formula, dtype).inseparable))


def of_form(variant: Variant, found: Found, alike: Callable[..., Any] = _alike) -> Record:
    """Score a catalogued form: it must be called by its name, or by one that no input tells apart.

    In float64 no form may hide behind another.
    """
    kind = variant.kind(found.dtype)
    right = {"canonical": "conforms", "dialect": "dialect", "mistake": "deviates"}[kind]
    expected = right if kind == "canonical" else f"{right} {variant.name}"
    name = f"{variant.formula}: {variant.name}"

    def scored(outcome: str, why: str = "") -> Record:
        return record(name, "catalogue", outcome, found, expected, why)

    if kind == "canonical":
        return scored("conforms" if found.verdict == "conforms" else "false alarm")
    # Worse arithmetic does not make it another form, and the catalogue's bodies are not all stable.
    if found.variant == variant.name and found.verdict in (right, "inaccurate"):
        return scored("named")
    called = found.variant or ("canonical" if found.verdict in ("conforms", "inaccurate") else "")
    hidden = found.dtype != "float64" and frozenset((variant.name, called)) in alike(
        found.formula, found.dtype
    )
    if hidden:
        caught = kind == "mistake" and found.verdict == "deviates"
        return scored("caught" if caught else "equivalent", ALIKE.format(called, found.dtype))
    return scored("survived", f"Called {found.short}: {found.detail}")


# --- conventions with a mistake inside ------------------------------------------------------------


def of_composed(made: Composed, found: Found) -> Record:
    """Score a composed form: by its name, or by that of a form that no input tells from it."""
    expected = f"deviates {made.name}"
    name = f"{made.formula}: {made.name}"

    def scored(outcome: str, why: str = "") -> Record:
        return record(name, "composed", outcome, found, expected, why)

    if found.variant == made.name:
        return scored("named")
    read = next((its for its in READINGS if its.says in found.detail), None)
    known = found.variant is not None or found.verdict in ("conforms", "inaccurate")
    if known and _inseparable(made, form(made.formula, found.variant), found.dtype, read):
        alike = ALIKE.format(found.variant or "canonical", found.dtype)
        told = alike if read is None else f"Not asked about what it takes otherwise: {read.says}"
        return scored("equivalent", told)
    if found.verdict in ("conforms", "dialect", "inaccurate"):
        return scored("survived", f"Called {found.short}: {found.detail}")
    return scored("caught")


def _inseparable(made: Variant, other: Variant, dtype: str, read: Reading | None) -> bool:
    """Whether exact answers of one form follow the other, wherever it was not read otherwise."""
    asked = [case for case in cases(made.formula, dtype) if not (read and read.concerns(case))]
    with np.errstate(over="ignore"):
        given = [truth(made, case).all().high.astype(dtype).astype(float) for case in asked]
    return fit(other, asked, given).level < 2


def unnamed(records: Iterable[Record]) -> list[str]:
    """Complain where too few composed forms are called by their names."""
    composed = [r for r in records if r["origin"] == "composed"]
    right = sum(r["outcome"] in ("named", "equivalent") for r in composed)
    if right >= NAMED * len(composed):
        return []
    others = ", ".join(r["name"] for r in composed if r["outcome"] == "caught")
    return [f"misnamed: {right} of {len(composed)} composed forms have their names; not {others}"]


# --- what was written by hand ---------------------------------------------------------------------


def fits(expected: str, found: Found) -> bool:
    """Whether a verdict is the expected one; where no name is expected, any will do."""
    return expected in (found.short, found.verdict)


def of_planted(name: str, expected: str, found: Found) -> Record:
    """Score a planted mistake by the verdict that its file states."""
    if fits(expected, found):
        outcome = "conforms" if expected == "conforms" else "named" if found.variant else "caught"
        return record(name, "planted", outcome, found, expected, "")
    wrongly = "false alarm" if expected == "conforms" else "survived"
    return record(
        name, "planted", wrongly, found, expected, f"Called {found.short}: {found.detail}"
    )


def of_correct(name: str, expected: str, found: Found) -> Record:
    """Score a correct version: anything but the verdict that it deserves is a false alarm."""
    outcome = "conforms" if found.short == expected else "false alarm"
    return record(name, "correct", outcome, found, expected, "")


# --- generated edits ------------------------------------------------------------------------------


def of_generated(name: str, found: Found, reasons: Mapping[str, str]) -> Record:
    """Score an edit of the reference: any verdict but `conforms` has caught it."""
    if found.verdict != "conforms":
        outcome = "named" if found.variant else "caught"
        return record(name, "generated", outcome, found, "", "")
    if name in reasons:
        return record(name, "generated", "equivalent", found, "conforms", reasons[name])
    return record(name, "generated", "survived", found, "", "Conforms, and has every property.")


# --- the whole ------------------------------------------------------------------------------------


def complaints(records: Iterable[Record], formulas: Iterable[str]) -> list[str]:
    """List what fails the session: survivors, false alarms, and judges that caught nothing."""
    records = list(records)
    told = [
        f"{r['outcome']}: {r['name']} ({r['formula']}, {r['dtype']}): {r['detail']}"
        for r in records
        if r["outcome"] in FAILURES
    ]
    caught = {r["formula"] for r in records if r["outcome"] in ("named", "caught")}
    told += unnamed(records)
    told += [
        f"blind: the judge of {name} caught nothing" for name in formulas if name not in caught
    ]
    return told


def stale(records: Iterable[Record], reasons: Mapping[str, str]) -> list[str]:
    """List reasons for the survival of what did not survive, or is no longer there."""
    equivalent = {r["name"] for r in records if r["outcome"] == "equivalent"}
    return [f"no such survivor: {name}" for name in reasons if name not in equivalent]
