"""Many contenders at once: a row for each, sorted by what is wrong and grouped by mistake.

A folder or a pattern means every file in it. What cannot be judged is a row as well.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradmark.conformance.engine.run import Run
from gradmark.harness.contract import CONTRACT
from gradmark.harness.resolve import MANIFEST, UsageError
from gradmark.harness.verdicts import SIGNS
from gradmark.harness.whole_files import written_whole
from gradmark.harness.worker import escaped
from gradmark.reports.badges import file_names
from gradmark.summary import lines

Record = Mapping[str, Any]

WIDTH = 80
ENDINGS = (".py", ".ipynb")
SEVERITY = (
    "deviates", "error", "crash", "timeout", "unbound", "inaccurate", "dialect", "conforms",
)  # fmt: skip
NAMES = 26  # the widest column of names


def files(names: Iterable[str], here: Path) -> tuple[list[str], bool]:
    """Put for each folder and pattern the files that it means; say whether there was one.

    A package, or a folder with a `contender.toml`, is a contender itself.

    Raises
    ------
    UsageError
        A folder or a pattern without a file.
    """
    found: list[str] = []
    many = False
    for name in names:
        folder = here / Path(name).expanduser()
        if folder.is_dir() and not any((folder / n).is_file() for n in (MANIFEST, "__init__.py")):
            its = sorted(f for f in folder.rglob("*") if _is_one(f, folder))
        elif any(sign in name for sign in "*?[") and not folder.exists():
            paths = Path(folder.anchor).glob(str(folder.relative_to(folder.anchor)))
            its = sorted(path for path in paths if path.suffix in ENDINGS)
        else:
            found.append(name)
            continue
        if not its:
            raise UsageError(f"{name}: there is no file in it that ends in {' or '.join(ENDINGS)}")
        many = True
        found += [
            str(path.relative_to(here) if path.is_relative_to(here) else path) for path in its
        ]
    return found, many


def _is_one(file: Path, folder: Path) -> bool:
    inner = file.relative_to(folder).parts
    hidden = any(part[0] in "._" and part != "__init__.py" for part in inner)
    return file.suffix in ENDINGS and file.is_file() and not hidden


@dataclass(frozen=True)
class Row:
    """What one contender came to.

    Parameters
    ----------
    name : str
        The contender.
    findings : tuple of (formula, verdict, variant)
        What was found, the worst first; what several dtypes have alike, once.
    note : str
        Why there is nothing to judge, where that is so.
    """

    name: str
    findings: tuple[tuple[str, str, str], ...]
    note: str = ""

    @property
    def mistakes(self) -> list[str]:
        """What is not simply right, spelled."""
        if self.note:
            return [self.note]
        return [_spelled(each) for each in self.findings if each[1] != "conforms"]

    @property
    def place(self) -> tuple[int, int]:
        """How bad it is: by its worst verdict, then by how many are as bad."""
        if self.note:
            return (SEVERITY.index("error") if self.note[0] == "!" else len(SEVERITY)), 0
        worst = min((SEVERITY.index(v) for _, v, _ in self.findings), default=len(SEVERITY))
        return worst, -sum(SEVERITY.index(v) == worst for _, v, _ in self.findings)

    def __str__(self) -> str:
        right = sum(verdict == "conforms" for _, verdict, _ in self.findings)
        shown = self.mistakes + ([f"{SIGNS['conforms']} {right}"] if right else [])
        return "  ".join(shown)


def _spelled(finding: tuple[str, str, str]) -> str:
    formula, verdict, variant = finding
    return f"{SIGNS[verdict]} {formula} {variant or verdict}"


def row(name: str, records: Sequence[Record]) -> Row:
    """Put together what was found about one contender."""
    there = [record for record in records if record["verdict"] != "absent"]
    if not there:
        return Row(name, (), "nothing to judge")
    if all(record.get("unasked") for record in there):
        reason = str(there[0]["detail"]).removeprefix("the import ").removeprefix("raised ")
        return Row(name, (), f"! does not import: {reason.partition(' (')[0]}")
    found = dict.fromkeys((r["formula"], r["verdict"], r["variant"] or "") for r in there)
    findings = sorted(found, key=lambda each: SEVERITY.index(each[1]))
    return Row(name, tuple(findings))


def rows(run: Run) -> list[Row]:
    """List all contenders: the worst first, those of one mistake side by side."""
    found = [row(name, run.of(name)) for name in run.plan.typed]
    size = {mistake: len(names) for mistake, names in groups(found).items()}

    def order(one: Row) -> tuple[Any, ...]:
        largest = max(one.mistakes, key=lambda each: size.get(each, 0), default="")
        return one.place[0], -size.get(largest, 0), largest, one.place[1], one.name

    return sorted(found, key=order)


def groups(found: Iterable[Row]) -> dict[str, list[str]]:
    """Say who shares each mistake, the most frequent first."""
    whose: dict[str, list[str]] = {}
    for one in found:
        for mistake in dict.fromkeys(one.mistakes):
            whose.setdefault(mistake, []).append(one.name)
    return dict(sorted(whose.items(), key=lambda each: (-len(each[1]), each[0])))


def table(found: Sequence[Row]) -> Iterator[str]:
    """Spell a class in lines of 80 columns: who shares a mistake, then a row for each."""
    total = len(found)
    for mistake, names in groups(found).items():
        if len(names) > 1:
            yield _cut(f"{len(names)} of {total}: {mistake}: {', '.join(names)}", WIDTH)
    yield ""
    width = min(max((len(one.name) for one in found), default=0), NAMES)
    for one in found:
        yield f"{_cut(one.name, width):{width}}  {_cut(str(one), WIDTH - width - 2)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def write(run: Run, out: Path) -> None:
    """Write `class.csv`, and a page for each contender, into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    found = rows(run)
    judged = [f for f in CONTRACT if any(each[0] == f for one in found for each in one.findings)]
    with (
        written_whole(out / "class.csv") as draft,
        draft.open("w", newline="", encoding="utf-8") as file,
    ):
        sheet = csv.writer(file)
        sheet.writerow(["contender", "worst", *judged, "note"])
        for one in found:
            worst = one.findings[0][1] if one.findings else ""
            found_of = [[_cell(its) for its in one.findings if its[0] == f] for f in judged]
            cells = ["; ".join(its) for its in found_of]
            sheet.writerow(map(_as_text, [one.name, worst, *cells, one.note]))
    pages = out / "contenders"
    pages.mkdir(exist_ok=True)
    for name, its in file_names(run.plan.typed, kept=r"\w.-").items():
        text = "\n".join([f"# {escaped(name)}", "", "```text", *lines(run.of(name)), "```", ""])
        (pages / f"{its}.md").write_text(text, encoding="utf-8", errors="replace")


def _as_text(cell: str) -> str:
    """Keep a spreadsheet from taking a name for a formula: it would run it."""
    shown = escaped(cell)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


def _cell(finding: tuple[str, str, str]) -> str:
    return " ".join(filter(None, finding[1:]))
