"""A file put to the judges the way a user's is: in a process of its own, formula by formula."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gradmark.conformance.engine.run import DTYPES
from gradmark.conformance.engine.subject import Subject
from gradmark.harness.contenders import contender
from gradmark.harness.resolve import CHECKOUT, resolve
from gradmark.harness.results import read_results

TIMEOUT = 5.0  # seconds for one call: none of these has much to do
EXAMPLES = 25  # random inputs per property


class Found(NamedTuple):
    """What the judges made of one formula."""

    formula: str
    dtype: str
    verdict: str
    variant: str | None
    detail: str

    @property
    def short(self) -> str:
        """Spell verdict and name the way that expectations do."""
        return " ".join(filter(None, (self.verdict, self.variant)))


@dataclass(frozen=True)
class Trial:
    """A contender's file, and what is asked of it: formulas, each in a dtype."""

    file: Path
    questions: tuple[tuple[str, str], ...]
    until_caught: bool = False

    @property
    def formulas(self) -> tuple[str, ...]:
        """The formulas asked for, each once."""
        return tuple(dict.fromkeys(formula for formula, _ in self.questions))


def questions(formulas: Iterable[str], dtypes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Ask for every formula in the first dtype, then in the others."""
    formulas = tuple(formulas)
    return tuple((formula, dtype) for dtype in dtypes for formula in formulas)


def judged(trial: Trial) -> list[Found]:
    """Ask the judge; `until_caught`, no further than the first verdict that is no `conforms`."""
    found = []
    with contender(resolve(str(trial.file), Path()), timeout=TIMEOUT) as it:
        subjects = {dtype: Subject(it, dtype) for dtype in DTYPES}
        for formula, dtype in trial.questions:
            told = subjects[dtype].judgement(formula)
            found.append(Found(formula, dtype, told.verdict, told.variant, told.detail))
            if trial.until_caught and told.verdict != "conforms":
                break
    return found


def compared(trials: Sequence[Trial], folder: Path, seed: int) -> dict[str, list[Found]]:
    """Put several files through `pytest conformance`: the judge and every property.

    The contenders of one call are asked for the same formulas.
    """
    results = folder / f"{trials[0].file.stem}.jsonl"
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"--rootdir={CHECKOUT}",
        str(CHECKOUT / "conformance"),
    ]
    command += [f"--config-file={CHECKOUT / 'pyproject.toml'}", f"--results={results}", "--quick"]
    command += [f"--seed={seed}", f"--examples={EXAMPLES}", f"--timeout={TIMEOUT}"]
    command += [f"--implementation={trial.file}" for trial in trials]
    command += [f"--formula={name}" for name in trials[0].formulas]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    found: dict[str, list[Found]] = {trial.file.stem: [] for trial in trials}
    for record in read_results(results).of_kind("verdict"):
        found[record["implementation"]].append(_found(record))
    return found


def _found(record: dict[str, Any]) -> Found:
    return Found(*(record[part] for part in Found._fields))
