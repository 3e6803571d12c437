"""The tournament's page: who needs how many steps, on which problems, and how far behind the first.

A performance profile (Dolan and Moré, 2002) shows for each factor the share of instances that an
optimizer solves within so many times the steps of the fastest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradmark.harness.records import PairRecord, RaceRecord, VerdictRecord
from gradmark.harness.results import Results
from gradmark.harness.verdicts import SIGNS
from gradmark.reports.blocks import Block, Heading, Items, Note, Picture, Table, Text
from gradmark.reports.figures import profiles
from gradmark.reports.markdown import escape, render
from gradmark.reports.provenance import provenance_table, warnings
from gradmark.reports.quantities import SECONDS, scaled
from gradmark.reports.shares import Share
from gradmark.reports.style import save

FIGURE = "tournament_profiles.png"
POINTS = 121  # of a profile, evenly on a logarithmic axis
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Racer:
    """One optimizer, as far as it raced on every problem.

    Parameters
    ----------
    key : tuple of str
        The contender and the formula.
    name, sign : str
        What it is called, and the sign of its verdict.
    races : sequence of dict
        Its record on each problem.
    steps : array, shape (problems, instances)
        To the target; ∞ for never.
    ratios : array, shape (problems, instances)
        Those over the fewest that any optimizer took to it; ∞ where it is not solved.
    """

    key: tuple[str, str]
    name: str
    sign: str
    races: Sequence[RaceRecord]
    steps: Array
    ratios: Array

    @property
    def first(self) -> NDArray[np.int_]:
        """How many instances of each problem nobody solves in fewer steps."""
        return np.asarray(np.sum(self.ratios == 1, axis=1))

    def within(self, factor: float) -> Share:
        """Count what it solves within so many times the steps of the fastest."""
        solved = np.isfinite(self.ratios)
        return Share(int(np.sum(solved & (self.ratios <= factor))), self.ratios.size)

    def profile(self, factors: Array) -> Array:
        """Give the share solved within each factor, and the ends of its interval: (3, factors)."""
        shares = [self.within(factor) for factor in factors]
        return np.array([(share.value, *share.interval) for share in shares]).T


def racers(results: Results) -> list[Racer]:
    """List who raced on every problem; the one with the most under its profile comes first."""
    problems = results.header["races"]["problems"]
    signs = {(v["implementation"], v["formula"]): SIGNS[v["verdict"]]
             for v in results.of(VerdictRecord)}  # fmt: skip
    found: dict[tuple[str, str], dict[str, RaceRecord]] = {}
    for race in results.of(RaceRecord):
        if race["rate"] is not None:
            found.setdefault((race["implementation"], race["formula"]), {})[race["problem"]] = race
    whole = {key: its for key, its in found.items() if len(its) == len(problems)}
    if not whole:
        return []
    several = len({implementation for implementation, _ in whole}) > 1
    raced = [[its[problem] for problem in problems] for its in whole.values()]
    steps = np.array([[r["steps"] for r in races] for races in raced], dtype=float)
    steps[np.isnan(steps)] = np.inf
    fewest = steps.min(axis=0)
    with np.errstate(invalid="ignore"):
        ratios = np.where(np.isfinite(steps), steps / fewest, np.inf)
    listed = [
        Racer(key, " ".join(key) if several else key[1], signs.get(key, ""), *its)
        for key, *its in zip(whole, raced, steps, ratios, strict=True)
    ]
    axis = factors(listed)
    return sorted(listed, key=lambda racer: (-racer.profile(axis)[0].sum(), racer.name))


def factors(listed: Sequence[Racer]) -> Array:
    """Choose the factors to draw profiles at, from 1 to where the last of them is solved."""
    ratios = np.concatenate([racer.ratios.ravel() for racer in listed])
    return np.geomspace(1, max(2.0, ratios[np.isfinite(ratios)].max(initial=1.0)), POINTS)


def curves(listed: Sequence[Racer]) -> tuple[Array, dict[str, Array]]:
    """Give the factors, and the profile of each with the ends of its interval."""
    axis = factors(listed)
    return axis, {racer.name: racer.profile(axis) for racer in listed}


def page(results: Results, figures: Path, timed: Results | None = None) -> str:
    """Write the page, and its picture; `timed` tells how long a step takes."""
    listed = racers(results)
    if listed:
        save(profiles.draw(*curves(listed), results.header), figures / FIGURE)
    noted = [Note(told) for told in warnings("tournament", results)]
    origin = Heading("Where this comes from"), provenance_table([("tournament", results)])
    return render([Heading("Optimizer tournament", 1), *noted, *blocks(results, timed), *origin])


def blocks(results: Results, timed: Results | None = None) -> Iterator[Block]:
    """Yield what came out."""
    listed, terms = racers(results), results.header["races"]
    if listed:
        yield Text(outcome(listed))
        yield Picture(FIGURE, "Performance profiles: how far behind the fastest")
    yield Text(_about(terms))
    if listed:
        yield Heading("Who is first")
        yield Text(
            "On how many instances nobody takes fewer steps; who ties for first is first. Behind"
            f" it, over all {listed[0].ratios.size}: the share, and its 95 % interval."
        )
        yield _firsts(listed, terms)
        yield Heading("Steps to the target")
        yield Text(
            "The median over the instances of a problem, one that is never solved counting as"
            " endless; how many are solved; and the rate η that was tuned. **↑** or **↓**: the"
            " largest or smallest rate that there was to choose, and so perhaps not its best."
        )
        yield _steps(listed, terms)
        yield from _times(listed, terms, timed.of(PairRecord) if timed else ())
    without = Counter(
        f"{escape(race['implementation'])} {escape(race['formula'])}: {escape(race['reason'])}"
        for race in results.of(RaceRecord)
        if "reason" in race
    )
    if without:
        yield Heading("Who did not race")
        yield Items([
            f"{told} (on {count} of {len(terms['problems'])} problems)"
            for told, count in without.items()
        ])  # fmt: skip


def standings(results: Results) -> Iterator[str]:
    """Say in a line for each who raced how often it is first, and how much it solves."""
    listed = racers(results)
    width = max((len(racer.name) for racer in listed), default=0)
    for racer in listed:
        first, near, solved = (racer.within(factor).hits for factor in (1, 2, np.inf))
        told = f"first on {first}, within twice the fastest on {near}, solves {solved}"
        yield f"{racer.name:{width}}  {told} of {racer.ratios.size}"


def outcome(listed: Sequence[Racer]) -> str:
    """Sum up what came out."""
    fewest = np.min([racer.steps for racer in listed], axis=0)
    unsolved = int(np.sum(np.isinf(fewest)))
    most = max(racer.within(1).hits for racer in listed)
    first = [f"**{escape(racer.name)}**" for racer in listed if racer.within(1).hits == most]
    told = (
        f"**{escape(listed[0].name)}** has the most under its profile: it is within twice the steps"
        f" of the fastest on {listed[0].within(2)} instances. First most often, on {most} of them:"
        f" {', '.join(first)}."
    )
    return f"{told} Nobody solves {unsolved} of them." if unsolved else told


def _about(terms: Mapping[str, Any]) -> str:
    rates = terms["rates"]
    return (
        f"{len(terms['problems'])} problems, {terms['instances']} instances of each, and up to"
        f" {terms['steps']} steps. An instance is solved at the first step that leaves at most"
        f" {terms['share']:g} of the loss between its start and its infimum. The learning rate is"
        f" the one of {len(rates)} from {rates[0]:g} to {rates[-1]:g} that does best on"
        f" {terms['tuned_on']} other instances of the problem; all else is at its usual value."
        " All have the same problems, rates and steps. The intervals (Wilson, 95 %) tell what"
        " other instances of these problems would, with these rates. A profile measures against the"
        " fastest of those that take part: without it, two others may change places (Gould and"
        " Scott, 2016)."
    )


def _firsts(listed: Sequence[Racer], terms: Mapping[str, Any]) -> Table:
    rows = []
    for racer in sorted(listed, key=lambda racer: -int(racer.first.sum())):
        share = racer.within(1)
        low, high = share.interval
        told = f"{share.hits} ({share.value:.0%}; {low:.0%} to {high:.0%})"
        rows.append([_named(racer), *(f"{count or ''}" for count in racer.first), told])
    return Table(["", *map(escape, terms["problems"]), "of all"], rows)


def _steps(listed: Sequence[Racer], terms: Mapping[str, Any]) -> Table:
    rows = [[_named(racer), *map(_cell, racer.races, racer.steps, [terms] * len(racer.races))]
            for racer in listed]  # fmt: skip
    return Table(["", *map(escape, terms["problems"])], rows)


def _times(
    listed: Sequence[Racer], terms: Mapping[str, Any], pairs: Sequence[PairRecord]
) -> Iterator[Block]:
    """Tell how long it takes to the target, as far as steps were timed."""
    pairs = [pair for pair in pairs if pair["dtype"] == "float64"]
    least = min((size(pair) for pair in pairs if "parameters" in pair["params"]), default=0)
    seconds: dict[tuple[str, str], float] = {}
    for pair in pairs:
        if size(pair) == least:
            seconds[pair["implementation"], pair["formula"]] = pair["seconds"]
            seconds[pair["baseline"], pair["formula"]] = pair["baseline_seconds"]
    there = [racer for racer in listed if racer.key in seconds]
    if not there:
        return
    yield Heading("Time to the target")
    yield Text(
        f"Those steps, times the seconds that one takes on {least:,} weights, on the machine and by"
        " the clock of the page *Timing*. Who was not timed there is left out; only there, where"
        " ratios have intervals, is one called faster."
    )
    rows = []
    for racer in there:
        each = seconds[racer.key]
        middles = [float(np.median(steps)) * each for steps in racer.steps]
        told = [scaled(time, SECONDS) if np.isfinite(time) else "–" for time in middles]
        rows.append([_named(racer), scaled(each, SECONDS), *told])
    yield Table(["", "a step", *map(escape, terms["problems"])], rows)


def size(pair: PairRecord) -> int:
    """Tell of how many weights a step was timed."""
    return int(pair["params"].get("parameters", 0))


def _cell(race: RaceRecord, steps: Array, terms: Mapping[str, Any]) -> str:
    solved, rates = int(np.sum(np.isfinite(steps))), terms["rates"]
    middle = float(np.median(steps))
    told = f"**{middle:g}**" if np.isfinite(middle) else "–"
    rate = float(f"{race['rate']:.2g}")
    edge = {rates[0]: " ↓", rates[-1]: " ↑"}.get(race["rate"], "")
    return f"{told}<br>{solved} of {len(steps)}<br>η {rate:g}{edge}"


def _named(racer: Racer) -> str:
    return f"{escape(racer.name)} {racer.sign if racer.sign != SIGNS['conforms'] else ''}".strip()
