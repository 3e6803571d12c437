"""What a comparison of times shows while it works, and what it says at its end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from gradmark.benchmarks.paired.record import Record, Samples
from gradmark.benchmarks.paired.statistics import Ratio
from gradmark.benchmarks.paired.workloads import Workload

STYLES = {"faster": "green", "slower": "bold red", "same": "cyan", "inconclusive": "yellow"}
REFRESH = 1.0  # seconds: an interval is not computed anew for every block

WIDE = 110  # columns: with fewer there is no room for a bar
BAR = 20
KEPT_FREE = 3  # what a terminal writes for Ctrl-C: on a line of its own it would keep the bar's
BESIDE = 17 + KEPT_FREE  # "at most 0:00:00" with the spaces around it


class _Bar(Progress):
    """Progress that leaves the last columns alone."""

    def get_renderable(self) -> RenderableType:
        return _Narrower(super().get_renderable())


@dataclass(frozen=True)
class _Narrower:
    whole: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(self.whole, options.update_width(options.max_width - KEPT_FREE))


class Show:
    """A bar on a terminal, a line per ratio elsewhere, nothing of either when quiet.

    Parameters
    ----------
    quiet : bool
        Show the ratios at the end alone.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self.errors = Console(stderr=True, highlight=False, soft_wrap=True)
        self.samples: Samples | None = None
        self._quiet = quiet
        self._shown = 0.0
        self._bar: Progress | None = None
        self._withheld: list[Record] = []
        if not quiet and self.errors.is_terminal:
            self._bar = _Bar(
                TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
                *([BarColumn(bar_width=BAR)] if self.errors.width >= WIDE else []),
                TextColumn("at most", table_column=Column(no_wrap=True)),
                TimeRemainingColumn(table_column=Column(no_wrap=True), elapsed_when_finished=True),
                console=self.errors,
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.add_task("starting", total=None)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, line: str) -> None:
        """Show what there is to wait for."""
        if not self._quiet:
            self.errors.print(Text(line))

    def announce(self, samples: Samples) -> None:
        """Say what will be timed, and how long that may take."""
        workloads = samples.open
        if workloads:
            names = dict.fromkeys(name for each in workloads for name in samples.contenders(each))
            allowed = sum(map(samples.budget, workloads))
            self.say(
                f"timing {', '.join(names)} at {len(workloads)} formulas, dtypes and sizes:"
                f" {_long(allowed)} at most, unless a line says otherwise"
            )

    def watch(self, workload: Workload, name: str) -> None:
        """Show who is at work, the interval so far, and the time left."""
        if self._bar is None or self.samples is None or time.monotonic() < self._shown + REFRESH:
            return
        self._shown = time.monotonic()
        found = self.samples.ratios(workload).get(name)
        so_far = f" {spelled(found)}" if found else ""
        beside = BESIDE + len(so_far) + (BAR + 1 if self.errors.width >= WIDE else 0)
        what = fitted(str(workload), name, self.errors.width - beside)
        total = sum(map(self.samples.budget, self.samples.workloads))
        left = min(total, sum(map(self.samples.at_most, self.samples.open)))
        self._bar.update(
            self._bar.task_ids[0],
            description=what + so_far,
            total=total,
            completed=total - left,
        )

    def tell(self, record: Record) -> None:
        """Show a ratio as it becomes known, and who is withheld at a size, and why."""
        if record.get("params", {}) is None:  # the verdict has said so
            return
        if record["kind"] == "withheld":
            self._withheld.append(record)
        told = LINES.get(record["kind"])
        if told is not None and not self._quiet:
            self.errors.print(told(record))

    def conclude(
        self,
        pairs: Mapping[tuple[Workload, str], Record],
        changes: Sequence[Record] = (),
        stored: int = 0,
        counts: Sequence[Record] = (),
    ) -> None:
        """Print every ratio, by contender; beneath it the stored one, and what became of it.

        Beside it stands the ratio of instructions, where these were counted; at the end, who was
        withheld, and why.
        """
        self._stop()  # it is on another stream, and would keep the place of the first line
        if self._bar is not None and self.console.is_terminal:
            self.console.print()  # above are the same ratios, in the order that they came in
        since = {(Workload.of(record), record["implementation"]): record for record in changes}
        counted = {(Workload.of(record), record["implementation"]): record for record in counts}
        for key in sorted({**pairs, **counted}, key=lambda key: key[1]):
            if key in pairs:
                self.console.print(line(pairs[key]))
            if key in since:
                self.console.print(change_line(since[key]))
            if key in counted:
                self.console.print(count_line(counted[key]))
        for record in self._withheld:
            self.console.print(withheld_line(record))
        if len(changes) < stored:
            self.console.print(f"{stored - len(changes)} of {stored} stored pairs were not timed")


def _long(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def fitted(workload: str, name: str, room: int) -> str:
    """Say who is at work on what in so many columns; the workload gives way first, to a half.

    Examples
    --------
    >>> fitted("relu float64, 1,000", "my_fast_relu", 40)
    'relu float64, 1,000 · my_fast_relu'
    >>> fitted("relu float64, 1,000", "my_fast_relu", 28)
    'relu float64… · my_fast_relu'
    >>> fitted("relu float64, 1,000", "my_fast_relu", 20)
    'relu fl… · my_fast_…'
    """
    what = _cut(workload, room - len(" · ") - min(len(name), (room - 1) // 2))
    return f"{what} · {_cut(name, room - len(what) - 3)}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(0, room - 1)]}…"


def spelled(found: Ratio) -> str:
    """Spell a ratio and its interval.

    Examples
    --------
    >>> spelled(Ratio(1.1, 1.04, 1.16))
    '1.100 [1.040, 1.160]'
    """
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def line(record: Record) -> Text:
    """Write a pair in one line."""
    text = Text(f"{record['implementation']} {Workload.of(record)}: {_estimate(record)} of ")
    text.append(f"{record['baseline']}'s time: ")
    text.append(record["verdict"], style=STYLES[record["verdict"]])
    return text


def withheld_line(record: Record) -> Text:
    """Write in one line why somebody is not timed.

    Examples
    --------
    >>> about = {"implementation": "mine", "formula": "relu", "dtype": "float64"}
    >>> about |= {"params": {"elements": 1000}, "reason": "it computes in other processes"}
    >>> print(withheld_line(about))
    mine relu float64, 1,000: withheld: it computes in other processes
    """
    text = Text(f"{record['implementation']} {Workload.of(record)}: ")
    return text.append("withheld", style="yellow").append(f": {record['reason']}")


def change_line(record: Record) -> Text:
    """Write in one line what became of a stored pair."""
    text = Text(f"    stored {_estimate(record['stored'])}; change {_estimate(record)}: ")
    text.append(record["verdict"], style=STYLES[record["verdict"]])
    if record["same_code"]:
        text.append(" (its code is the same)")
    return text


def count_line(record: Record) -> Text:
    """Write a count in one line.

    Examples
    --------
    >>> about = {"implementation": "mine", "formula": "relu", "dtype": "float64"}
    >>> about |= {"params": {"elements": 1000}, "baseline": "reference", "ratio": 1.25}
    >>> print(count_line(about | {"instructions": 5000.0, "baseline_instructions": 4000.0}))
    mine relu float64, 1,000: 1.250 of reference's instructions (5,000 and 4,000)
    """
    text = Text(f"{record['implementation']} {Workload.of(record)}: ")
    if record["ratio"] is None:
        return text.append(f"instructions not counted: {record['reason']}")
    ours, theirs = record["instructions"], record["baseline_instructions"]
    text.append(f"{record['ratio']:.3f} of {record['baseline']}'s instructions ")
    text.append(f"({ours:,.0f} and {theirs:,.0f})")
    if "disagrees" in record:
        text.append(f": {record['disagrees']}", style="yellow")
    return text


def _estimate(record: Record) -> str:
    return spelled(Ratio(*(float(record[bound]) for bound in ("ratio", "low", "high"))))


LINES = {"pair": line, "count": count_line, "withheld": withheld_line}
