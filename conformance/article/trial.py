"""The article on trial: every claim computed, or one of them shown with its evidence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradmark.conformance.article.ledger import CLAIMS, Scale
from gradmark.conformance.article.pace import LOG
from gradmark.conformance.engine.header import header
from gradmark.harness.records import ClaimRecord, SeriesRecord
from gradmark.harness.results import ResultsWriter

SIGNS = {"holds": "✓", "holds if": "~", "fails": "✗", "not testable": "–"}


def ledger(scale: Scale) -> Iterator[SeriesRecord | ClaimRecord]:
    """Compute every claim; yield its pictures, each series once, and the claim itself."""
    drawn = set()
    for claim in CLAIMS.values():
        outcome = claim.compute(scale)
        for series in outcome.pictures:
            if series["name"] not in drawn:
                yield series
            drawn.add(series["name"])
        yield claim.record(outcome)


def compute(results: Path, scale: Scale) -> list[str]:
    """Compute every claim into a results file; return which verdicts are not as declared."""
    turned = []
    with ResultsWriter(results, header(scale.seed, quick=scale.quick)) as writer:
        for record in ledger(scale):
            writer.write(record)
            LOG.info("%s %s", record["kind"], record.get("name") or record.get("id"))
            turned += _turned(record) if record["kind"] == "claim" else []
    return turned


def listed() -> str:
    """List the claims, uncomputed: declared verdict, id, statement."""
    width = max(map(len, CLAIMS))
    return "".join(
        f"{SIGNS[claim.verdict]} {claim.id:{width}}  {claim.statement}\n"
        for claim in CLAIMS.values()
    )


def show(name: str, scale: Scale) -> tuple[str, list[str]]:
    """Compute one claim; spell it with its evidence, and say whether it has turned."""
    claim = CLAIMS[name]
    outcome = claim.compute(scale)
    record = claim.record(outcome)
    told = {
        "section": claim.section,
        "claimed": claim.statement,
        "tested": claim.how,
        "found": outcome.says,
        **{f"  {name}": _spell(value) for name, value in outcome.numbers.items()},
        "pictures": ", ".join(record["pictures"]) or "none",
        "seed": f"{scale.seed}{', quick' if scale.quick else ''}",
    }
    width = max(map(len, told))
    head = f"{SIGNS[outcome.verdict]} {outcome.verdict}: {claim.id}\n"
    lines = (f"  {name:{width}}  {text}\n" for name, text in told.items())
    return head + "".join(lines), _turned(record)


def _spell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda array: array.tolist())


def _turned(record: ClaimRecord) -> list[str]:
    """Tell where a claim's verdict is not the declared one."""
    if record["verdict"] == CLAIMS[record["id"]].verdict:
        return []
    declared = CLAIMS[record["id"]].verdict
    return [f"{record['id']}: declared {declared!r}, found {record['verdict']!r}"]
