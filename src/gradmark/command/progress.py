"""What a run shows while it works, and the verdicts at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from gradmark.command import classroom
from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.run import Run
from gradmark.harness.contenders import surroundings
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES
from gradmark.harness.verdicts import SIGNS
from gradmark.harness.worker import escaped
from gradmark.summary import lines
from gradmark.verdicts import STYLES, WRONG

Record = dict[str, Any]


class Progress:
    """A bar on a terminal, a line for each verdict elsewhere, nothing of either when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.errors = Console(stderr=True, highlight=False, soft_wrap=True)
        if not self.console.is_terminal:
            self.console.width = 200  # a file has room for every column
        self.quiet = quiet
        self._bar: Bar | None = None

        self._told: set[str] = set()
        self._answered: dict[str, set[tuple[str, str]]] = {}
        self._since = monotonic()
        self._plan: Plan | None = None

    @contextmanager
    def over(self, plan: Plan) -> Iterator[None]:
        """Show how far a plan has come, with the time that is left."""
        self._plan, self._since = plan, monotonic()
        if self.quiet or not self.errors.is_terminal:
            yield
            return
        total = sum(len(plan.asked_of(name)) for name in plan.typed)
        columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        newest = TextColumn("{task.description}", markup=False)
        with Bar(*columns, newest, console=self.errors, transient=True) as self._bar:
            self._bar.add_task("", total=total)
            yield
        self._bar = None

    def say(self, line: str) -> None:
        """Show what there is to wait for."""
        if not self.quiet:
            self.errors.print(_plain(line))

    def tell(self, record: Record) -> None:
        """Show a verdict as it is found; of many contenders, each when it is done."""
        if record["kind"] != "verdict" or self.quiet:
            return
        name = f"{record['implementation']} {record['formula']} {record['dtype']}"
        variant = f" ({record['variant']})" if record["variant"] else ""
        line = f"{name}: {record['verdict']}{variant}"
        if record.get("unasked"):
            line = f"{record['implementation']}: {record['detail']}"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=line, advance=1)
        elif self._plan is not None and self._plan.remembers:
            self._count(self._plan, record)
        elif record["verdict"] != "absent" and line not in self._told:
            self._told.add(line)
            self.errors.print(_plain(line))

    def _count(self, plan: Plan, record: Record) -> None:
        """Show how many contenders are done, and how long the others may take."""
        name = plan.whose(record["implementation"])
        answered = self._answered.setdefault(name, set())
        questions = list(plan.questions)
        before = len(answered)
        answered.add((record["formula"], record["dtype"]))
        if before == len(answered) or len(answered) < len(questions):
            return
        done = sum(len(its) == len(questions) for its in self._answered.values())
        total = len(plan.typed)
        left = (monotonic() - self._since) * (total - done) / done
        rest = f", about {left:.0f} s left" if done < total else ""
        self.errors.print(_plain(f"{done} of {total}: {name}{rest}"))

    def conclude(self, run: Run) -> None:
        """Print the reasons and the table; of a class a row for each contender alone."""
        names = list(run.plan.typed)
        if run.plan.remembers:
            for line in classroom.table(classroom.rows(run)):
                self.console.print(_plain(line))
            for surprise in run.surprises:
                self.console.print(_plain(f"not as expected: {surprise}", WRONG))
            return
        limits, advised = run.plan.limits, bool(run.plan.settings.advise)
        around = surroundings(limits.python, limits.packages, limits.device)
        for name in names:
            self.console.print(_plain(name, "bold"))
            for line in lines(run.of(name), around, advised=advised):
                self.console.print(_plain(line))
        if len(names) > 1:
            self.console.print(_table(run, names))
        for surprise in run.surprises:
            self.console.print(_plain(f"not as expected: {surprise}", WRONG))


def _plain(line: str, style: str = "") -> Text:
    """Show a line as it is: nothing in it is markup, nor anything that a terminal obeys."""
    return Text(escaped(line), style)


def _table(run: Run, names: list[str]) -> Table:
    """Contenders by formulas, a sign per dtype."""
    dtypes = [dtype for dtype in DTYPES if any(key[2] == dtype for key in run.verdicts)]
    table = Table(title=" ".join(dtypes), box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(_plain(name), justify="center", no_wrap=True)
    provided = {key[1] for key, record in run.verdicts.items() if record["verdict"] != "absent"}
    for formula in [formula for formula in CONTRACT if formula in provided]:
        cells = []
        for name in names:
            cell = Text()
            for dtype in dtypes:
                record = run.verdicts.get((name, formula, dtype))
                verdict = record["verdict"] if record else ""
                cell.append(SIGNS.get(verdict, " "), style=STYLES.get(verdict, WRONG))
                cell.append(" ")
            cells.append(cell)
        table.add_row(formula, *cells)
    counts = Counter(record["verdict"] for record in run.verdicts.values())
    table.caption = "   ".join(f"{SIGNS[v]} {n} {v}" for v, n in counts.most_common())
    return table
