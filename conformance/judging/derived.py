"""The equation of a form, derived once: kept in the process, and in a file for the next.

An optimizer is run for 1,100 steps to be read, which is much of the time of a verdict.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from pathlib import Path

from gradmark.conformance.catalogue import Variant
from gradmark.conformance.equations import written
from gradmark.conformance.equations.written import Equation
from gradmark.conformance.judging import store
from gradmark.conformance.judging.provenance import of_equations
from gradmark.harness.whole_files import written_whole

Lines = dict[str, str] | None  # by the variable; None where there is no equation


def equation(form: Variant) -> Equation | None:
    """Return the equation of a form; None where it has none that one run shows."""
    known = _known(form.formula)
    if form.key not in known:
        its = written.equation(form)
        known[form.key] = dict(its.lines) if its else None
        _keep(form.formula)
    lines = known[form.key]
    return None if lines is None else Equation(lines)


@cache
def _known(formula: str) -> dict[str, Lines]:
    return _read(_place(formula))


def _keep(formula: str) -> None:
    """Write what is known beside what another process has written since."""
    place, known = _place(formula), _known(formula)
    if place is None:
        return
    known |= _read(place)
    with suppress(OSError), written_whole(place) as draft:  # it can be derived again
        draft.write_text(json.dumps(known), encoding="utf-8")
    store.clean(place, f"equations-{formula}")


def _place(formula: str) -> Path | None:
    folder = store.folder()
    return folder / f"equations-{formula}-{of_equations(formula)}.json" if folder else None


def _read(place: Path | None) -> dict[str, Lines]:
    """Read a file; one that is torn or foreign is no file."""
    try:
        known = json.loads(place.read_text(encoding="utf-8")) if place else {}
    except (OSError, ValueError):
        return {}
    whole = isinstance(known, dict) and all(map(_is_one, known.values()))
    return known if whole else {}


def _is_one(lines: object) -> bool:
    if not isinstance(lines, dict):
        return lines is None
    return bool(lines) and all(isinstance(its, str) for its in lines.values())
