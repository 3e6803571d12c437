"""Results files as pandas DataFrames: `gradmark.results(path)`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args, get_origin, overload

from gradmark.harness.records import KINDS, TYPES, Kind
from gradmark.harness.records.schema import fields
from gradmark.harness.results import read_results

if TYPE_CHECKING:
    import pandas as pd

MISSING = "results as DataFrames need pandas: pip install 'gradmark[frames]'"
FLAT = ("params", "now", "stored")  # of few and plain parts, each worth a column
BEYOND = ("NaN", "Infinity", "-Infinity")  # numbers that JSON lacks


class _Frame:
    """An attribute that holds the records of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self.__doc__ = TYPES[kind].__doc__

    @overload
    def __get__(self, results: None, owner: type[Results]) -> Self: ...

    @overload
    def __get__(self, results: Results, owner: type[Results]) -> pd.DataFrame: ...

    def __get__(self, results: Results | None, owner: type[Results]) -> Self | pd.DataFrame:
        return self if results is None else results.frame(self._kind)


@dataclass(frozen=True)
class Results:
    """One run: a DataFrame for each kind of record, a row for each record.

    A column for each field of the kind, whether or not a record has it; what is of several parts,
    the sizes of a workload, has a column for each part (`params.size`). ``to_csv`` and all else
    that pandas offers follows.

    Parameters
    ----------
    path : Path
        Where the file is.
    header : dict
        What is the same for the whole run: seed, versions, machine, corpus.
    records : tuple of dict
        All that lies between header and footer.
    complete : bool
        Whether the run came to its end. Of one that was cut off, this is what it left.
    """

    path: Path
    header: dict[str, Any]
    records: tuple[dict[str, Any], ...]
    complete: bool

    verdicts = _Frame("verdict")
    properties = _Frame("property")
    accuracy = _Frame("accuracy")
    practice = _Frame("practice")
    environments = _Frame("environment")
    separations = _Frame("separation")
    mutants = _Frame("mutant")
    series = _Frame("series")
    findings = _Frame("finding")
    claims = _Frame("claim")
    samples = _Frame("sample")
    statistics = _Frame("statistic")
    preparations = _Frame("preparation")
    blocks = _Frame("block")
    timings = _Frame("pair")
    counts = _Frame("count")
    limits = _Frame("limit")
    growth = _Frame("growth")
    changes = _Frame("change")
    withheld = _Frame("withheld")
    trials = _Frame("trial")
    differences = _Frame("difference")
    races = _Frame("race")

    def frame(self, kind: Kind) -> pd.DataFrame:
        """Give the records of one kind, by the name that the file has for it.

        Raises
        ------
        ValueError
            There is no such kind.
        ImportError
            pandas is not installed.
        """
        if kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
        try:
            import pandas as pd
        except ImportError:
            raise ImportError(MISSING) from None
        known = {name: hint for name, (hint, _, _) in fields(TYPES[kind]).items()}
        rows = [_row(record) for record in self.records if record["kind"] == kind]
        met = dict.fromkeys(name for row in rows for name in row)
        plain = [name for name in known if name not in FLAT and name != "kind"]
        frame = pd.DataFrame(rows, columns=list(dict.fromkeys((*plain, *met))))
        for name in plain:
            if BEYOND[0] in _words(known[name]):
                frame[name] = frame[name].map(_number)
        return frame

    def __repr__(self) -> str:
        counts = Counter(record["kind"] for record in self.records)
        told = ", ".join(f"{count} × {kind}" for kind, count in counts.items()) or "no records"
        return f"<{self.path.name}: {told}{'' if self.complete else '; cut off'}>"


def results(path: str | PathLike[str]) -> Results:
    """Read a results file into DataFrames.

    Parameters
    ----------
    path : path
        What ``gradmark check --results FILE`` wrote.

    Returns
    -------
    Results
        `verdicts`, `properties`, `accuracy`, `timings` and the other kinds, each a DataFrame;
        `header`; `complete`.

    Raises
    ------
    gradmark.harness.results.ResultsError
        The file is not there, or gradmark did not write it.

    Examples
    --------
    >>> import tempfile
    >>> from gradmark.harness.results import ResultsWriter
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with ResultsWriter(Path(folder) / "run.jsonl", {"seed": 7}) as writer:
    ...         for name, worst in (("sigmoid", 0.5), ("Adam", float("inf"))):
    ...             writer.write({"kind": "accuracy", "formula": name, "worst": worst})
    ...     run = results(Path(folder) / "run.jsonl")
    >>> run
    <run.jsonl: 2 × accuracy>
    >>> print(run.accuracy[["formula", "worst"]].to_csv(index=False), end="")
    formula,worst
    sigmoid,0.5
    Adam,inf
    >>> run.complete, run.header["seed"], len(run.verdicts)
    (True, 7, 0)
    """
    found = read_results(Path(path))
    return Results(Path(path), found.header, found.records, found.complete)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    """Give what is of several parts a column for each part."""
    row: dict[str, Any] = {}
    for name, value in record.items():
        if name in FLAT and isinstance(value, dict):
            row |= {f"{name}.{part}": _number(its) for part, its in value.items()}
        elif name not in (*FLAT, "kind"):
            row[name] = value
    return row


def _words(hint: Any) -> tuple[str, ...]:
    """List the words that a field may hold, in whatever its type is made of."""
    if get_origin(hint) is Literal:
        return tuple(str(word) for word in get_args(hint))
    return tuple(word for part in get_args(hint) for word in _words(part))


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, str) and value in BEYOND else value
