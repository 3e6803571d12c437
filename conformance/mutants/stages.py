"""The ways the judges are judged: known forms, planted mistakes, edits, and what is right."""

from __future__ import annotations

import random
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

from gradmark.conformance.catalogue import Composed, composed, variants
from gradmark.conformance.mutants import files, score
from gradmark.conformance.mutants.equivalent import EQUIVALENT
from gradmark.conformance.mutants.score import Record
from gradmark.conformance.mutants.trial import Found, Trial, compared, judged, questions
from gradmark.conformance.properties.asked import local
from gradmark.conformance.properties.property import Draws, properties
from gradmark.harness.contract.dtypes import USUAL, WIDEST

SAMPLE = 24  # edits in a quick session
COMPOSED = {True: 1, False: 20}  # composed forms of each formula, in a quick session and a whole
PARTS = 6  # of a file with many formulas, each put to the judge by itself
SEEDS = 100  # of the properties that right code is tried on
RESPECTED = f"No property objects under {SEEDS} seeds, which take turns between the dtypes."


def of_catalogue(
    lanes: Executor,
    folder: Path,
    formulas: Sequence[str],
    dtypes: Sequence[str],
    *,
    drawn: int | None = None,
) -> Iterator[Record]:
    """Put the forms of the catalogue to the judge, alive: each, or what a seed has `drawn`."""
    chosen = {formula: _some(formula, drawn) for formula in formulas}
    forms = sorted(set().union(*chosen.values()))
    trials = [
        Trial(files.of_form(i, folder), questions((f for f in formulas if i in chosen[f]), dtypes))
        for i in forms
    ]
    for i, found in zip(forms, lanes.map(judged, trials), strict=True):
        for one in found:
            yield score.of_form(variants(one.formula)[i], one)


def _some(formula: str, drawn: int | None) -> set[int]:
    """Choose places in a formula's list of forms: all, or the canonical one and one mistake.

    The tests judge each form, not alive.
    """
    kinds = [variant.kind(WIDEST) for variant in variants(formula)]
    if drawn is None:
        return set(range(len(kinds)))
    mistakes = [i for i, kind in enumerate(kinds) if kind == "mistake"]
    return {0, *random.Random(f"{drawn} {formula}").sample(mistakes, min(1, len(mistakes)))}


def of_composed(
    lanes: Executor, folder: Path, formulas: Sequence[str], seed: int, *, quick: bool
) -> Iterator[Record]:
    """Put conventions with a mistake inside to the judge: a sample of every formula's."""
    chosen = {
        formula: random.Random(f"{seed} {formula}").sample(every, min(COMPOSED[quick], len(every)))
        for formula in formulas
        if (every := mistaken(formula))
    }
    trials, forms = [], []
    for number in range(max(map(len, chosen.values()))):
        its = {formula: some[number] for formula, some in chosen.items() if number < len(some)}
        names = {formula: one.name for formula, one in its.items()}
        trials.append(Trial(files.of_composed(number, names, folder), questions(its, USUAL[:1])))
        forms.append(its)
    for its, found in zip(forms, lanes.map(judged, trials), strict=True):
        for one in found:
            yield score.of_composed(its[one.formula], one)


def mistaken(formula: str) -> list[Composed]:
    """List a formula's conventions with a mistake inside that neither part makes alone."""
    kinds = ["dialect", "mistake"]
    return [one for one in composed(formula) if [its.kind("float64") for its in one.of] == kinds]


def by_hand(lanes: Executor, kind: str, dtypes: Sequence[str], seed: int) -> Iterator[Record]:
    """Put the files of `planted` or `correct` to the judge; of survivors, to the properties too."""
    scored = score.of_planted if kind == "planted" else score.of_correct
    expected = {file: files.expected(file) for file in files.by_hand(kind)}
    asked = {
        file: questions(dict.fromkeys(formula for formula, _ in its), dtypes)
        for file, its in expected.items()
    }
    found = _in_parts(lanes, judged, [Trial(*one) for one in asked.items()], PARTS)
    if kind == "planted":
        missed = [
            Trial(file, ((one.formula, one.dtype),))
            for (file, _, _), one in found.items()
            if not score.fits(expected[file][one.formula, one.dtype], one)
        ]
        found |= _in_parts(lanes, partial(compared, seed=seed), missed, 1)
    for file, its in asked.items():
        for formula, dtype in its:
            one, wanted = found[file, formula, dtype], expected[file][formula, dtype]
            # What a file does not have is neither right nor wrong: a new formula is in none yet.
            if one.verdict != "absent" or wanted == "absent":
                yield scored(f"{file.stem}: {formula}", wanted, one)


def _in_parts(
    lanes: Executor, ask: Callable[[Trial], list[Found]], trials: Sequence[Trial], parts: int
) -> dict[tuple[Path, str, str], Found]:
    """Ask, each trial in so many parts, so that no lane is left with the longest one."""
    shares = [
        Trial(one.file, its)
        for one in trials
        for i in range(parts)
        if (its := one.questions[i::parts])
    ]
    told = zip(shares, lanes.map(ask, shares), strict=True)
    return {(its.file, one.formula, one.dtype): one for its, found in told for one in found}


def generated(lanes: Executor, folder: Path, seed: int, *, quick: bool) -> Iterator[Record]:
    """Put edits of the reference to the judge, and those that it does not see to the properties."""
    every = list(files.generated())
    if quick:
        chosen = sorted(random.Random(seed).sample(range(len(every)), SAMPLE))
        every = [every[i] for i in chosen]
    trials = [
        Trial(files.of_mutant(mutant, i, folder), questions(formulas, USUAL), until_caught=True)
        for i, (mutant, formulas) in enumerate(every)
    ]
    found = [told[-1] for told in lanes.map(judged, trials)]
    survivors = [
        i
        for i, one in enumerate(found)
        # A quick session takes the word of the table, a whole one tries again.
        if one.verdict == "conforms" and not (quick and every[i][0].name in EQUIVALENT)
    ]
    again = lanes.map(partial(compared, seed=seed), [trials[i] for i in survivors])
    for i, told in zip(survivors, again, strict=True):
        found[i] = told[-1]
    for (mutant, _), one in zip(every, found, strict=True):
        yield score.of_generated(mutant.name, one, EQUIVALENT)


# --- what is right --------------------------------------------------------------------------------


def seeded(lanes: Executor, seed: int) -> Iterator[Record]:
    """Try the properties on every correct version, under many seeds."""
    versions = files.by_hand("correct")
    seeds = [seed + i for i in range(SEEDS)]
    alarms: dict[tuple[str, str, str], list[str]] = {}
    asked = [tuple(seeds[i::10]) for i in range(10)]
    for told in lanes.map(false_alarms, asked):
        for key, said in told.items():
            alarms.setdefault(key, []).extend(said)
    for file in versions:
        for (formula, dtype), verdict in files.expected(file).items():
            if verdict != "conforms":
                continue  # what is inaccurate owes no identity
            said = alarms.get((file.stem, formula, dtype), [])
            wrong = "deviates" if said else "conforms"
            why = said[0] if said else RESPECTED
            one = Found(formula, dtype, wrong, None, why)
            yield score.of_correct(f"{file.stem}: {formula}, its properties", "conforms", one)


def false_alarms(seeds: Sequence[int]) -> dict[tuple[str, str, str], list[str]]:
    """Try all properties on all correct versions under some seeds; return what is objected to."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for file in files.by_hand("correct"):
        sys.path.insert(0, str(file.parent))
        bodies: dict[str, Any] = runpy.run_path(str(file))
        sys.path.remove(str(file.parent))
        expected = files.expected(file)
        for seed in seeds:
            for found in properties():
                if not found.drawn and seed != seeds[0]:
                    continue  # nothing in it is drawn
                # Seeds take turns between the dtypes; what is not drawn is tried in both.
                for dtype in (USUAL[seed % 2],) if found.drawn else USUAL:
                    # What a file does not have is neither right nor wrong.
                    if any(
                        name not in bodies or expected[name, dtype] != "conforms"
                        for name in found.formulas
                    ):
                        continue
                    asked = {name: local(name, dtype, bodies[name]) for name in found.formulas}
                    for setting in found.settings:
                        broken = found.broken(asked, Draws(2, seed), setting)
                        if broken is not None:
                            told = f"seed {seed}: {found.name}: {broken}"
                            said.setdefault((file.stem, found.formulas[0], dtype), []).append(told)
    return said
