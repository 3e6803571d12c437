"""A tournament's question: how an optimizer is judged, and before that, how fast it learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradmark.conformance.engine.examine import MEASURED, examine
from gradmark.conformance.engine.records import Record
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import subject_of
from gradmark.conformance.races.race import Terms, races
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import Contender


def race(
    contender: Contender,
    formula: str,
    dtype: str,
    settings: Settings,
    kept: Sequence[Record] = (),
) -> Iterator[Record]:
    """Yield an optimizer's races, and what `examine` finds: the verdict last."""
    if any(record["kind"] == "verdict" for record in kept):
        return
    before = {record["problem"] for record in kept if record["kind"] == "race"}
    judgement = subject_of(contender, dtype).judgement(formula)
    if judgement.verdict not in ("absent", "unbound"):
        # What is wrong may mix entries, whatever its name.
        apart = not CONTRACT[formula].elementwise or judgement.verdict not in MEASURED
        terms = Terms(settings.seed, settings.quick)
        yield from races(contender, formula, dtype, terms, apart=apart, before=before)
    yield from examine(contender, formula, dtype, settings, kept)
