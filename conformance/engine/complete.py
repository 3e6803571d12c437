"""What a formula still lacks: a row, a body, forms, cases that separate them, or theorems.

``python -m gradmark.conformance.engine.complete`` says it of every formula, or of those named.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Sequence

from gradmark import reference
from gradmark.conformance.accuracy.grid import has_points
from gradmark.conformance.cases import made_for
from gradmark.conformance.catalogue import formulas_entered, variants
from gradmark.conformance.judging.separation import separation
from gradmark.conformance.properties.property import properties_of
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import WIDEST


def missing(formulas: Sequence[str] = ()) -> list[str]:
    """List in words what formulas lack, each with the place where it belongs; all without names."""
    known = [*CONTRACT, *sorted(_without_a_row())]
    return [f"{name}: {says}" for name in formulas or known for says in _of(name)]


def _without_a_row() -> set[str]:
    """Find what is there in other places, and has no row."""
    named = {*reference.__all__, *formulas_entered(), *made_for()}
    return named - {*CONTRACT}


def _of(name: str) -> Iterator[str]:
    if name not in CONTRACT:
        yield "it has no row in harness/contract/, so that nothing asks for it"
        return
    yield from _of_body(name)
    kinds = [variant.kind(WIDEST) for variant in variants(name)]
    if "canonical" not in kinds:
        yield "it has no canonical form in conformance/catalogue/"
    elif "mistake" not in kinds:
        yield "its file in conformance/catalogue/ knows no mistake, so that nothing can be named"
    if name not in made_for():
        yield "it has no cases: a file in conformance/cases/special/ makes them"
    elif "canonical" in kinds:
        for one, other in separation(name, WIDEST).inseparable:
            yield f"no case tells {one} from {other}: conformance/cases/special/ is for it"
    if name in DETERMINED and not has_points(name):
        yield "where to look for its worst errors follows from no role: enter @points beside cases"
    if not properties_of(name):
        yield "it has no theorem in conformance/properties/"


def _of_body(name: str) -> Iterator[str]:
    body = getattr(reference, name, None)
    if body is None:
        yield "it has no body in reference/, or reference/__init__.py does not export it"
        return
    named = tuple(inspect.signature(body).parameters)
    wanted = CONTRACT[name].parameters
    if named[: len(wanted)] != wanted:
        yield f"its body takes {', '.join(named)}, and its row says {', '.join(wanted)}"


if __name__ == "__main__":
    found = missing(sys.argv[1:])
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(bool(found))
