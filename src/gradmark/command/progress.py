"""What a comparison shows while it works, and the table at its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from gradmark.command.summary import lines
from gradmark.harness.contract import CONTRACT
from gradmark.harness.verdicts import SIGNS

if TYPE_CHECKING:
    from gradmark.conformance.engine.run import Record, Run

STYLES = {"conforms": "green", "dialect": "cyan", "inaccurate": "yellow", "absent": "dim"}
WRONG = "bold red"


class Progress:
    """A pytest plugin in place of the terminal reporter: progress, then verdicts.

    A bar on a terminal, a line per verdict elsewhere, nothing of either when quiet.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.errors = Console(stderr=True, highlight=False, soft_wrap=True)
        if not self.console.is_terminal:
            self.console.width = 200  # a file has room for every column
        self.quiet = quiet
        self._bar: Bar | None = None
        self.run: Run | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the place of pytest's own reporter."""
        config.pluginmanager.unregister(name="terminalreporter")

    def say(self, line: str) -> None:
        """Show what there is to wait for."""
        if not self.quiet:
            self.errors.print(Text(line))

    def attach(self, run: Run) -> None:
        """Learn of each verdict as it is found."""
        self.run = run
        run.on_verdict = self._verdict

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Start the bar: from here on the work is known."""
        if self.quiet or not self.errors.is_terminal:
            return
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.errors,
            transient=True,
        )
        self._bar.add_task("judging", total=len(session.items))
        self._bar.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Show what is being asked."""
        if self._bar is not None:
            about = nodeid.rpartition("[")[2].removesuffix("]")
            self._bar.update(self._bar.task_ids[0], description=about)

    def pytest_runtest_logfinish(self) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])

    def _verdict(self, record: Record) -> None:
        if self.quiet or self._bar is not None or record["verdict"] == "absent":
            return
        name = f"{record['implementation']} {record['formula']} {record['dtype']}"
        variant = f" ({record['variant']})" if record["variant"] else ""
        self.errors.print(Text(f"{name}: {record['verdict']}{variant}"))

    def pytest_keyboard_interrupt(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()

    def pytest_internalerror(self, excrepr: object) -> None:
        """Show what went wrong with gradmark itself."""
        self.errors.print(Text(str(excrepr)))

    def relay(self, line: str) -> None:
        """Show a line of a contender that is judged beside others: on a terminal, the newest."""
        if self.quiet or not line:
            return
        if not self.errors.is_terminal:
            self.errors.print(Text(line))
            return
        if self._bar is None:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.completed} verdicts"),
                TimeElapsedColumn(),
            )
            newest = TextColumn("{task.description}", markup=False)
            self._bar = Bar(*columns, newest, console=self.errors, transient=True)
            self._bar.add_task("", total=None)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], description=line, advance=1)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Print what was found."""
        self.conclude()

    def conclude(self) -> None:
        """Print the reasons and the table."""
        if self._bar is not None:
            self._bar.stop()
        run = self.run
        if run is None or not run.verdicts:
            return
        for name in run.targets:
            mine = [
                record
                for formula in CONTRACT
                for (its, about, _), record in run.verdicts.items()
                if (its, about) == (name, formula)
            ]
            self.console.print(Text(name, style="bold"))
            for line in lines(mine):
                self.console.print(Text(line))
        if len(run.targets) > 1:
            self.console.print(_table(run))
        if run.settings.expected is not None:
            for surprise in run.surprises():
                self.console.print(Text(f"not as expected: {surprise}", style=WRONG))


def _table(run: Run) -> Table:
    """Contenders by formulas, a sign per dtype."""
    table = Table(title="float64 float32", box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for name in run.targets:
        table.add_column(Text(name), justify="center", no_wrap=True)
    for formula in CONTRACT:
        cells = []
        for name in run.targets:
            cell = Text()
            for dtype in ("float64", "float32"):
                record = run.verdicts.get((name, formula, dtype))
                verdict = record["verdict"] if record else ""
                cell.append(SIGNS.get(verdict, " "), style=STYLES.get(verdict, WRONG))
                cell.append(" ")
            cells.append(cell)
        if any(cell.plain.strip() for cell in cells):
            table.add_row(formula, *cells)
    counts = Counter(record["verdict"] for record in run.verdicts.values())
    table.caption = "   ".join(f"{SIGNS[v]} {n} {v}" for v, n in counts.most_common())
    return table
