"""Where results came from: seed, commit, versions, machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradmark.harness.results import Results
from gradmark.reports.blocks import Table
from gradmark.reports.markdown import escape, render


def provenance(runs: Sequence[tuple[str, Results]]) -> str:
    """Set the runs' headers side by side, as Markdown."""
    return render([provenance_table(runs)])


def provenance_table(runs: Sequence[tuple[str, Results]]) -> Table:
    """Set the runs' headers side by side."""
    facts = [_facts(results.header) for _, results in runs]
    names = list(dict.fromkeys(name for of_run in facts for name in of_run))
    rows = [[name, *(escape(of_run.get(name, "unknown")) for of_run in facts)] for name in names]
    return Table(["", *(name for name, _ in runs)], rows, ":--")


def warnings(name: str, results: Results) -> list[str]:
    """Say what keeps a run from being repeated, or from saying much."""
    told = []
    git = results.header.get("fingerprint", {}).get("git", {})
    if git.get("dirty"):
        told.append(
            f"The {name} run comes from a working tree with changes that no commit holds: it "
            "cannot be repeated from its commit."
        )
    if git.get("commit") is None:
        told.append(f"The {name} run does not know its commit.")
    if results.header.get("quick"):
        told.append(f"The {name} run was a quick one: a first look, with fewer examples.")
    return told


def _facts(header: dict[str, Any]) -> dict[str, str]:
    found = header.get("fingerprint", {})
    git, machine, python = (found.get(part) or {} for part in ("git", "machine", "python"))
    dirty = {True: " with uncommitted changes", False: "", None: ""}[git.get("dirty")]
    facts = {
        "seed": str(header.get("seed", "unknown")),
        "quick": "yes" if header.get("quick") else "no",
        "gradmark": str(header.get("gradmark", "unknown")),
        "catalogue": str(header.get("catalogue", "unknown")),
        "corpus": str(header.get("corpus", "unknown")),
        "commit": f"{git.get('commit') or 'unknown'}{dirty}",
        "machine": ", ".join(
            str(machine[part]) for part in ("system", "release", "architecture") if part in machine
        ),
        "processor": f"{machine.get('cpu') or 'unknown'}, {machine.get('cores')} cores",
        "Python": f"{python.get('implementation')} {python.get('version')}",
    }
    versions = {
        name: version or "not installed" for name, version in (found.get("packages") or {}).items()
    }
    return facts | versions
