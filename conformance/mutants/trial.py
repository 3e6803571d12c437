"""A file put to the judges the way a user's is: in a process of its own, formula by formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import subject_of
from gradmark.harness.contenders import contender
from gradmark.harness.resolve import resolve

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
        for formula, dtype in trial.questions:
            told = subject_of(it, dtype).judgement(formula)
            found.append(Found(formula, dtype, told.verdict, told.variant, told.detail))
            if trial.until_caught and told.verdict != "conforms":
                break
    return found


def compared(trial: Trial, seed: int) -> list[Found]:
    """Put a file through the whole of an examination: the judge, and every property."""
    settings = Settings(seed, EXAMPLES, quick=True)
    found = []
    with contender(resolve(str(trial.file), Path()), timeout=TIMEOUT) as it:
        for formula, dtype in trial.questions:
            *_, told = examine(it, formula, dtype, settings)
            found.append(Found(formula, dtype, told["verdict"], told["variant"], told["detail"]))
            if trial.until_caught and told["verdict"] != "conforms":
                break
    return found
