"""How far apart the corpus holds the known forms of a formula: whether a verdict can name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.judging.chance import refuted_at, samples
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.kept import kept, truth
from gradmark.conformance.judging.tolerances import REFUTED
from gradmark.conformance.judging.unfold import Unfolding
from gradmark.conformance.judging.within import within
from gradmark.conformance.live import live
from gradmark.conformance.truth import Numbers
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.records import SeparationRecord
from gradmark.harness.results import ResultsWriter


@dataclass(frozen=True)
class Separation:
    """The distances between the forms of one formula in one dtype.

    ``excess[i][j]`` is the worst error of form i's exact answers, rounded to the dtype, when they
    are judged as form j: over what is allowed, and no further than `REFUTED`. Up to 1, no input of
    the corpus tells an exact form i from form j.
    """

    formula: str
    dtype: str
    variants: tuple[str, ...]
    excess: tuple[tuple[float, ...], ...]

    @property
    def inseparable(self) -> tuple[tuple[str, str], ...]:
        """The pairs that no input tells apart, either way round."""
        return tuple(
            (self.variants[i], self.variants[j])
            for i, j in combinations(range(len(self.variants)), 2)
            if min(self.excess[i][j], self.excess[j][i]) <= 1
        )

    def record(self) -> SeparationRecord:
        """Spell it for the results file."""
        return {
            "kind": "separation",
            "formula": self.formula,
            "dtype": self.dtype,
            "variants": list(self.variants),
            "excess": [list(row) for row in self.excess],
            "inseparable": [list(pair) for pair in self.inseparable],
        }


def separation(formula: str, dtype: str) -> Separation:
    """Measure every form against every other on the whole corpus."""
    forms = variants(formula, dtype)
    excess = _of_forms(forms, dtype) if formula in DETERMINED else _of_laws(forms, dtype)
    return Separation(formula, dtype, tuple(form.name for form in forms), excess)


def _of_forms(forms: Sequence[Variant], dtype: str) -> tuple[tuple[float, ...], ...]:
    return tuple(distances(form, forms, dtype) for form in forms)


def _of_laws(forms: Sequence[Variant], dtype: str) -> tuple[tuple[float, ...], ...]:
    """Draw by each law, and hold what was drawn against each, until that is refuted."""
    drawn = [samples(form.formula, dtype, live(form)) for form in forms]
    return tuple(tuple(refuted_at(form, its, dtype) for form in forms) for its in drawn)


def distances(
    answers: Variant, judged_as: Sequence[Variant], dtype: str, enough: float = REFUTED
) -> tuple[float, ...]:
    """Measure the worst error of a form's exact answers, judged as others: as far as is enough.

    They are judged side by side: most are refuted by the first few numbers.
    """
    worst = [0.0] * len(judged_as)
    for case in within(answers.formula, dtype):
        if case.large:  # it is about size, in which forms do not differ
            continue
        own = truth(answers, case)
        courses = {
            at: _parts(own, truth(form, case))
            for at, form in enumerate(judged_as)
            if form is not answers and worst[at] <= enough
        }
        while turns := {at: its for at, parts in courses.items() if (its := next(parts, None))}:
            with np.errstate(over="ignore"):  # what exceeds float32 is its infinity
                got = np.concatenate([given.high for given, _ in turns.values()]).astype(dtype)
            wanted = Numbers.joined([wanted for _, wanted in turns.values()])
            excess, start = entries(wanted, got.astype(float), case).excess, 0
            for at, (given, _) in turns.items():
                end = start + len(given)
                worst[at] = float(np.fmax.reduce(excess[start:end], initial=worst[at]))
                start = end
            courses = {at: courses[at] for at in turns if worst[at] <= enough}
    return tuple(min(its, REFUTED) for its in worst)


def _parts(a: Unfolding, b: Unfolding) -> Iterator[tuple[Numbers, Numbers]]:
    """Yield what is known of two answers alike, and then ever more of it."""
    done = 0
    while True:
        for its in (a, b):
            if len(its.known) == done:
                its.grow()
        both = slice(done, min(len(a.known), len(b.known)))
        if both.stop == done and a.whole and b.whole:
            return
        yield a.known[both], b.known[both]
        done = both.stop


def measure(results: Path, header: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Measure every formula in the usual dtypes, and write the results file."""
    with ResultsWriter(results, header) as writer:
        for formula in CONTRACT:
            for dtype in USUAL:
                found = separation(formula, dtype)
                writer.write(found.record())
                kept(formula, dtype).keep()
                told = f"{len(found.variants)} forms, {len(found.inseparable)} pairs alike"
                say(f"separation: {formula} {dtype}: {told}")
