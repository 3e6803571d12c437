"""Shards of a run, made one results file: the bytes of the run that was not divided."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradmark.conformance.engine.plan import whose
from gradmark.conformance.engine.records import Record
from gradmark.harness.results import (
    Results,
    ResultsError,
    ResultsWriter,
    differences,
    read_results,
)

Question = list[Record]


def merge(
    paths: Sequence[Path], whole: Path, header: Mapping[str, Any] | None = None
) -> list[Record]:
    """Write the whole run into a file; return its verdicts.

    Machines may differ, and the first shard's is told, if no header is given; nothing else may.

    Parameters
    ----------
    paths : sequence of Path
        The shards' results files, in any order.
    whole : Path
        Where to.
    header : mapping, optional
        What the whole run's file begins with.

    Raises
    ------
    ResultsError
        A file that is no shard, or was cut off; shards of different runs, naming what differs; a
        shard that is missing, or given twice.
    """
    shards = _in_order(paths)
    first = next(iter(shards.values()))
    begins = header or {key: value for key, value in first.header.items() if key != "shard"}
    dealt = [list(_questions(path, run)) for path, run in shards.items()]
    names = first.header["contenders"]
    environments = _environments(shards)
    verdicts = []
    with ResultsWriter(whole.with_name(whole.name + ".part"), begins) as writer:
        for question in _one_by_one(list(shards), dealt):
            name = whose(question[0]["implementation"], names)
            if name in environments:
                writer.write(environments.pop(name))
            for record in question:
                writer.write(record)
            verdicts += [record for record in question if record["kind"] == "verdict"]
    whole.with_name(whole.name + ".part").replace(whole)
    return verdicts


def _in_order(paths: Sequence[Path]) -> dict[Path, Results]:
    """Read the shards, and see that they are all parts of one run, each there once."""
    runs = {path: read_results(path) for path in paths}
    places: dict[int, Path] = {}
    first, begun = next(iter(runs.items()))
    for path, run in runs.items():
        if "shard" not in run.header:
            raise ResultsError(f"{path}: no shard: --shard I/N writes them")
        if not run.complete:
            raise ResultsError(f"{path}: that run was cut off; --resume goes on with it")
        told = "; ".join(differences(_comparable(begun.header), _comparable(run.header)))
        if told:
            raise ResultsError(f"{path} is of another run than {first} ({told})")
        number = run.header["shard"]["number"]
        if number in places:
            raise ResultsError(f"{path}: shard {number} is given twice: {places[number]}")
        places[number] = path
    of = begun.header["shard"]["of"]
    missing = [str(number) for number in range(1, of + 1) if number not in places]
    if missing:
        raise ResultsError(f"missing of {of} shards: {', '.join(missing)}")
    return {places[number]: runs[places[number]] for number in sorted(places)}


def _comparable(header: dict[str, Any]) -> dict[str, Any]:
    """Leave out what may differ: which shard it is, the machine, and how many threads it has."""
    about = {key: value for key, value in header["fingerprint"].items() if key != "machine"}
    loaded = [{**each, "threads": None} for each in about["blas"].get("loaded", ())]
    about["blas"] = {**about["blas"], "loaded": loaded}
    return {**header, "fingerprint": about, "shard": {**header["shard"], "number": None}}


def _questions(path: Path, run: Results) -> Iterator[Question]:
    """Divide a shard's records into those of one question each, of which the last is a verdict.

    One question may be put to several names of one contender.
    """
    asked = [record for record in run.records if "formula" in record]
    names = run.header["contenders"]

    def key(record: Record) -> tuple[str, str, str]:
        return whose(record["implementation"], names), record["formula"], record["dtype"]

    for about, its in itertools.groupby(asked, key):
        question = list(its)
        if question[-1]["kind"] != "verdict":
            raise ResultsError(f"{path}: there is no verdict on {' '.join(about)}")
        yield question


def _environments(shards: dict[Path, Results]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for path, run in shards.items():
        for record in run.of_kind("environment"):
            known = found.setdefault(record["implementation"], record)
            told = "; ".join(differences(known["packages"], record["packages"]))
            if told:
                name = record["implementation"]
                raise ResultsError(f"{path}: {name} had another environment there ({told})")
    return found


def _one_by_one(paths: Sequence[Path], dealt: Sequence[Sequence[Question]]) -> Iterator[Question]:
    """Take the questions as they were dealt: one of each shard in turn."""
    most = max(map(len, dealt))
    ended = False
    for turn in range(most):
        for path, questions in zip(paths, dealt, strict=True):
            if turn >= len(questions):
                ended = True
            elif ended:
                raise ResultsError(f"{path}: questions of another shard are missing")
            else:
                yield questions[turn]
