"""Verdicts as JUnit XML, for a CI server to show: a suite per contender, a case per verdict."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradmark.harness.whole_files import written_whole

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Run

BROKEN = ("error", "crash", "timeout")  # nothing was answered that could be wrong


def write_junit(run: Run, path: Path) -> None:
    """Write a run's verdicts; a case fails where its verdict makes the run fail."""
    root = ET.Element("testsuites")
    for name in run.plan.typed:
        suite = ET.SubElement(root, "testsuite", name=_legal(name))
        for record in run.of(name):
            _case(suite, run, record)
        _count(suite, suite.iter("testcase"))
    _count(root, root.iter("testcase"))
    with written_whole(path) as draft:
        ET.ElementTree(root).write(draft, encoding="utf-8", xml_declaration=True)


def _case(suite: ET.Element, run: Run, record: dict[str, Any]) -> None:
    name = _legal(record["implementation"])
    about = f"{record['formula']} {record['dtype']}"
    case = ET.SubElement(suite, "testcase", classname=name, name=about)
    seconds = run.seconds.get((record["implementation"], record["formula"], record["dtype"]))
    if seconds is not None:  # a verdict of a run that was resumed has no time
        case.set("time", f"{seconds:.3f}")
    for part in ("file", "line"):
        if part in record:
            case.set(part, _legal(str(record[part])))
    told = {part: _legal(str(record[part])) for part in ("binding", "reproduce") if part in record}
    if told:
        properties = ET.SubElement(case, "properties")
        for part, text in told.items():
            ET.SubElement(properties, "property", name=part, value=text)
    says = " ".join(filter(None, (record["verdict"], record["variant"])))
    if run.fails(record):
        kind = "error" if record["verdict"] in BROKEN else "failure"
        why = (record["detail"], run.expectations.surprise(record), record.get("traceback"))
        again = told.get("reproduce", "") and f"See it again: {told['reproduce']}"
        text = "\n".join(filter(None, (*why, again)))
        failure = ET.SubElement(case, kind, message=says, type=record["verdict"])
        failure.text = _legal(text)
    elif record["verdict"] == "absent":
        ET.SubElement(case, "skipped", message=says)
    if told:
        ET.SubElement(case, "system-out").text = "\n".join(told.values())


def _count(element: ET.Element, cases: Iterable[ET.Element]) -> None:
    cases = list(cases)
    element.set("tests", str(len(cases)))
    for kind, plural in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        element.set(plural, str(sum(case.find(kind) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.3f}")


def _legal(text: str) -> str:
    """Leave out what XML has no form for: control characters, lone surrogates."""
    return "".join(c for c in text if c.isprintable() or c in "\t\n")
