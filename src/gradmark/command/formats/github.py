"""Findings as GitHub annotations: lines of a job's log that appear at the lines of the code.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradmark.command.formats.findings import Finding, findings

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Run

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotated(run: Run) -> str:
    """Spell a run's findings, one a line; the worst first, as GitHub shows ten of each level."""
    found = sorted(findings(run), key=lambda finding: list(COMMANDS).index(finding.level))
    return "".join(f"{_annotation(finding)}\n" for finding in found)


def usage_error(told: str) -> str:
    """Spell what kept a run from beginning."""
    return f"::error title=gradmark::{_data(told)}\n"


def _annotation(finding: Finding) -> str:
    about = {"title": f"{finding.record['implementation']}: {finding.title}"}
    if finding.in_repository:
        about |= {"file": finding.in_repository, "line": str(finding.line or 1)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in about.items())
    return f"::{COMMANDS[finding.level]} {properties}::{_data(finding.text)}"


def _data(text: str) -> str:
    r"""Escape a message: a newline would end the command, and begin another one.

    Examples
    --------
    >>> _data("100 %\n::error::not mine")
    '100 %25%0A::error::not mine'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
