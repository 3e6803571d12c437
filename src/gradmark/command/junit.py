"""Verdicts as JUnit XML, for a CI server to show: a suite per contender, a case per verdict."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Run


def write_junit(run: Run, path: Path) -> None:
    """Write a run's verdicts; a case fails where its verdict makes the run fail."""
    root = ET.Element("testsuites")
    for name in run.plan.typed:
        mine = run.of(name)
        suite = ET.SubElement(root, "testsuite", name=_legal(name), tests=str(len(mine)))
        for record in mine:
            about = f"{record['formula']} {record['dtype']}"
            case = ET.SubElement(suite, "testcase", classname=_legal(name), name=about)
            says = " ".join(filter(None, (record["verdict"], record["variant"])))
            if run.fails(record):
                ET.SubElement(case, "failure", message=says).text = _legal(record["detail"])
            elif record["verdict"] == "absent":
                ET.SubElement(case, "skipped", message=says)
            if "binding" in record:
                ET.SubElement(case, "system-out").text = _legal(record["binding"])
        suite.set("failures", str(len(suite.findall("*/failure"))))
        suite.set("skipped", str(len(suite.findall("*/skipped"))))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".part")
    ET.ElementTree(root).write(draft, encoding="utf-8", xml_declaration=True)
    draft.replace(path)


def _legal(text: str) -> str:
    """Leave out what XML has no form for: control characters, lone surrogates."""
    return "".join(c for c in text if c.isprintable() or c in "\t\n")
