"""The clock put to the test: code whose true ratio is known, quiet and among noisy neighbours.

The same file against itself must not be called slower or faster; against itself with some extra
work of known size it must be, once that is beyond the margin. The extra work is of the same kind: a
loop of the interpreter goes on for longer.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gradmark.benchmarks.paired.record import Record, Samples
from gradmark.benchmarks.paired.schedule import Schedule
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.contenders import contender
from gradmark.harness.host import Conditions
from gradmark.harness.resolve import Target
from gradmark.harness.timing import conditions

WORKLOAD = Workload("relu", "float64", (("elements", 1000),))
BASELINE, CONTENDER = "as it is", "with extra work"
EXTRA = (0, 2, 5, 10, 20)  # per cent
MARGINS = (2, 5)  # per cent
# Interpreted, so that a loop's length is its time; and long enough to be divided in hundredths.
CODE = """\
def relu(z):
    total = 0
    for i in range({turns}):
        total += i
    return z
"""
TURNS = 2000
# Bursts of work and rest, each up to half a second, on whatever processor is free.
NEIGHBOUR = """\
import random, time
draw = random.Random({seed})
while True:
    end = time.monotonic() + draw.uniform(0, 0.5)
    while time.monotonic() < end:
        sum(range(10000))
    time.sleep(draw.uniform(0, 0.5))
"""


@dataclass(frozen=True)
class Trial:
    """Comparisons of one kind, to be repeated.

    Parameters
    ----------
    extra : int
        Per cent of work that the contender does beyond the baseline's.
    margin : int
        The smallest difference that matters, in per cent.
    neighbours : int
        Noisy processes beside them.
    """

    extra: int
    margin: int
    neighbours: int


@contextmanager
def noise(neighbours: int, seed: int) -> Iterator[None]:
    """Start neighbours, and end them."""
    started = [
        subprocess.Popen([sys.executable, "-c", NEIGHBOUR.format(seed=1000 * seed + number)])
        for number in range(neighbours)
    ]
    try:
        yield
    finally:
        for each in started:
            each.kill()
            each.wait()


def compare(trial: Trial, settings: Settings, folder: Path) -> tuple[Record, list[Record]]:
    """Carry out one comparison; return its pair, and its blocks."""
    targets = {}
    for name, extra in ((BASELINE, 0), (CONTENDER, trial.extra)):
        path = folder / f"extra_{extra}.py"
        path.write_text(CODE.format(turns=TURNS * (100 + extra) // 100))
        targets[name] = Target(name, path=path, search_path=(folder,))
    records: list[Record] = []
    samples = Samples(settings, {WORKLOAD: [BASELINE, CONTENDER]}, records.append)
    under: Conditions = conditions(settings.threads)
    start = {
        name: partial(contender, target, timeout=60.0, conditions=under)
        for name, target in targets.items()
    }
    with noise(trial.neighbours, settings.seed):
        Schedule(samples, start, folder).run()
    blocks = [record for record in records if record["kind"] == "block"]
    return samples.pairs[WORKLOAD, CONTENDER], blocks


def seconds(blocks: Iterable[Record], name: str) -> list[list[float]]:
    """List a contender's times, by process."""
    mine = [block for block in blocks if block["implementation"] == name]
    processes = sorted({block["process"] for block in mine})
    return [[block["seconds"] for block in mine if block["process"] == p] for p in processes]
