"""Findings as SARIF 2.1.0, which code scanning services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gradmark.command.formats.findings import Finding, findings
from gradmark.harness.verdicts import MEANINGS
from gradmark.version import __version__

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Run

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(run: Run) -> str:
    """Spell a run's findings as one log."""
    found = list(findings(run))
    rules = sorted({_rule(finding) for finding in found})
    driver = {
        "name": "gradmark",
        "version": __version__,
        "rules": [
            {"id": rule, "shortDescription": {"text": MEANINGS[rule.partition("/")[0]]}}
            for rule in rules
        ],
    }
    it = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "exitCode": int(run.failed)}],
        "results": [_result(finding, rules) for finding in found],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [it]}
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _rule(finding: Finding) -> str:
    """Name what kind of finding it is: its verdict, and the known form where there is one."""
    return "/".join(filter(None, (finding.record["verdict"], finding.record["variant"])))


def _result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    record, rule = finding.record, _rule(finding)
    who = f"{record['implementation']} {' '.join(finding.formulas)} {' '.join(finding.dtypes)}"
    properties = {"contender": record["implementation"], "formulas": finding.formulas}
    properties |= {"dtypes": finding.dtypes}
    properties |= {part: record[part] for part in ("reproduce", "binding") if part in record}
    return {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": finding.level,
        "message": {"text": f"{record['implementation']}: {finding.title}\n{finding.text}"},
        "locations": locations(finding),
        # Not the line: it moves whenever something above it changes.
        "partialFingerprints": {"gradmark/v1": f"{who}: {rule}"},
        "properties": properties,
    }


def locations(finding: Finding) -> list[dict[str, Any]]:
    """Say where a finding is, if it is in a file."""
    file = finding.file
    if file is None:
        return []
    inside = finding.in_repository
    artifact = {"uri": quote(os.fsencode(inside)) or file.as_uri()} | (
        {"uriBaseId": "%SRCROOT%"} if inside else {}
    )
    region = {"startLine": finding.line or 1}
    return [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
