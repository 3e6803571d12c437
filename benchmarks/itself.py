"""Times gradmark itself: whole commands, from start to end, beside what they are measured against.

Each round runs every command once, in an order drawn anew, so that what slows the machine for a
while slows all of them; quoted is the median over rounds of the ratio within a round.
"""

from __future__ import annotations

import random
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gradmark.harness.resolve import UsageError

OPTIMIZER = """\
import numpy as np


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon={epsilon}):
        self.lr, self.beta1, self.beta2, self.epsilon = lr, beta1, beta2, epsilon
        self.m, self.v, self.t = 0.0, 0.0, {start}

    def step(self, w, grad):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * grad**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.epsilon)
"""
START = [sys.executable, "-c", "import numpy"]
PYTEST = [sys.executable, "-c", "import numpy, pytest"]
Seconds = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Ratio:
    """How many times as long one command takes as another."""

    name: str
    seconds: float
    beside: str
    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        spread = f"{self.low:.3g} to {self.high:.3g}"
        return f"{self.name}: {self.seconds:.3g} s, {self.ratio:.3g} × {self.beside} ({spread})"


def one_optimizer(folder: Path, number: int) -> Path:
    """Write a file with one optimizer, like no other: every third has a mistake."""
    file = folder / f"optimizer_{number:03d}.py"
    start = 1 if number % 3 == 2 else 0
    file.write_text(OPTIMIZER.format(epsilon=f"{number + 1}e-9", start=start), encoding="utf-8")
    return file


def commands(folder: Path, files: int, beside: str | None) -> dict[str, list[list[str]]]:
    """Spell what is timed: each name with the commands that are run one after another."""
    many = [str(one_optimizer(folder, number)) for number in range(files)]
    check = [sys.executable, "-m", "gradmark", "check", "--quiet"]
    found = {
        "import numpy, pytest": [PYTEST],
        "one optimizer": [[*check, many[0]]],
        "every formula": [[*check, "reference"]],
        f"{files} optimizers": [[*check, *many]],
        f"{files} Pythons with NumPy": [START] * files,
    }
    if beside is not None:
        words = shlex.split(beside)
        found["one optimizer, beside"] = [[*words, many[0]]]
        found["every formula, beside"] = [[*words, "reference"]]
    return found


def timed(
    asked: Mapping[str, list[list[str]]],
    folder: Path,
    rounds: int,
    seed: int,
    say: Callable[[str], None],
) -> Seconds:
    """Run each command once a round, in an order drawn anew; the first round is not counted.

    Raises
    ------
    UsageError
        A command does not do what is timed.
    """
    draw, found = random.Random(seed), {name: list[float]() for name in asked}
    for number in range(rounds + 1):
        for name in draw.sample(list(asked), len(asked)):
            begin = time.perf_counter()
            for command in asked[name]:
                _run(command, folder)
            took = time.perf_counter() - begin
            say(f"round {number} of {rounds}: {name}: {took:.3g} s")
            if number:
                found[name].append(took)
    return found


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    # Python itself ends with 1, too, where it finds no such module.
    if done.returncode > 1 or b"Traceback" in done.stderr or b"No module" in done.stderr:
        raise UsageError(f"{shlex.join(command)}: {done.stderr.decode(errors='replace')[-500:]}")


def ratios(seconds: Seconds) -> Iterator[Ratio]:
    """Compare within rounds: what takes how many times as long as what."""
    pairs = [("one optimizer", "import numpy, pytest")]
    pairs += [(name, other) for name in seconds for other in seconds if _are_alike(name, other)]
    for name, beside in pairs:
        each = [a / b for a, b in zip(seconds[name], seconds[beside], strict=True)]
        yield Ratio(name, median(seconds[name]), beside, median(each), min(each), max(each))


def _are_alike(name: str, other: str) -> bool:
    """Tell what is to be compared: the same number of files and Pythons, or the same question."""
    return other in (f"{name}, beside", name.replace("optimizers", "Pythons with NumPy")) and (
        other != name
    )
