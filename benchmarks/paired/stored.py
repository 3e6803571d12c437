"""A stored run beside a new one: what has become slower or faster since, against one baseline.

Times of another day are not compared: each run has timed its contenders against the baseline at
its side, and what is compared are the two ratios. That holds where both runs had the same
baseline, and conditions under which its time stands to others' as it did; anything else is
refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradmark.benchmarks.paired.record import Record
from gradmark.benchmarks.paired.statistics import Ratio, change, verdict
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.resolve import UsageError
from gradmark.harness.results import ResultsError, read_results

INTERVAL = "99%: both runs' half-widths on logarithms, added in quadrature"
Pairs = Mapping[tuple[Workload, str], Record]


@dataclass(frozen=True)
class Circumstance:
    """Something that a header tells of a run, and whether ratios depend on it.

    Parameters
    ----------
    path : str
        Where in the header: keys with dots between, `*` for each entry of a list.
    called : str
        What a user calls it.
    matters : bool
        Whether runs that differ in it are refused.
    reason : str
        Why, or why not.
    """

    path: str
    called: str
    matters: bool
    reason: str


_MACHINE, _PYTHON, _BLAS = "fingerprint.machine.", "fingerprint.python.", "fingerprint.blas."
CIRCUMSTANCES = tuple(
    Circumstance(*row)
    for row in (
        (_MACHINE + "cpu", "processor", True, "caches and vector units favour some code"),
        (_MACHINE + "cores", "processor's cores", True, "who shares caches and memory with whom"),
        (_MACHINE + "architecture", "architecture", True, "other instructions, other code"),
        (_MACHINE + "system", "operating system", True, "another memory allocator and loader"),
        (_MACHINE + "release", "kernel", False, "blocks hardly enter it, and all contenders alike"),
        (_PYTHON + "implementation", "Python", True, "what calls and loops cost"),
        (_PYTHON + "version", "Python's version", True, "what calls and loops cost"),
        ("fingerprint.packages.numpy", "NumPy's version", True, "most of the work is done there"),
        (_BLAS + "built_with", "BLAS of NumPy", True, "matrix products are made there"),
        (_BLAS + "loaded.*.library", "BLAS loaded", True, "matrix products are made there"),
        (_BLAS + "loaded.*.version", "version of BLAS", True, "matrix products are made there"),
        (_BLAS + "loaded.*.threads", "this program's threads", False, "contenders have their own"),
        ("threads", "threads", True, "some code is divided among them, and some is not"),
        ("fingerprint.packages", "packages", False, "around the clock, not on it"),
        ("fingerprint.git", "commit of gradmark", False, "the baseline's own code is compared"),
        ("contenders", "contenders", False, "that they changed is what one wants to know of"),
        ("machine", "machine's name", False, "it is no contender"),
        ("baseline", "baseline's name", False, "its code is compared, whatever it is called"),
        ("seed", "seed", False, "of inputs and order: drawn alike, worth the same time"),
        ("formulas", "formulas", False, "pairs of the same formula are compared"),
        ("dtypes", "dtypes", False, "pairs of the same dtype are compared"),
        ("python", "--python", True, "another interpreter, with other libraries"),
        ("quick", "quick", False, "leaves out sizes; pairs of the same size are compared"),
        ("margin", "margin", False, "verdicts are by the new run's"),
        ("budget", "budget", False, "is in the width of the interval"),
        ("stored", "stored run", False, "what a run was compared with is not in its ratios"),
        ("corpus", "corpus", False, "judges have one, clocks do not"),
        ("catalogue", "catalogue", False, "judges have one, clocks do not"),
        ("gradmark", "gradmark's version", False, "the baseline's own code is compared"),
        ("kind", "kind", False, "a header's"),
        ("schema", "schema", False, "files of another one are not read"),
        ("program", "program", False, "files of another one are not read"),
    )
)


@dataclass(frozen=True)
class Stored:
    """A run that can be compared with.

    Parameters
    ----------
    origin : dict
        What the new run's header says of it: `path`, `digest`, `seed`, `commit`, `ended`.
    pairs : mapping of (Workload, str) to dict
        Its pairs that the new run times, too.
    total : int
        How many pairs it has.
    contenders : mapping of str to str
        The identity that each contender had.
    """

    origin: Record
    pairs: Pairs
    total: int
    contenders: Mapping[str, str]


def stored(
    path: Path, header: Record, admitted: Mapping[Workload, Sequence[str]], results: Path
) -> Stored:
    """Read a stored run, and see that its ratios are of the same kind as a new one's.

    Parameters
    ----------
    path : Path
        The results file of an earlier run.
    header : dict
        The new run's.
    admitted : mapping of Workload to sequence of str
        Who is timed on what in the new run.
    results : Path
        Where the new run is written.

    Raises
    ------
    UsageError
        There is no whole run of this kind, or it is the new run's own file; it was made under
        other conditions, each of which is named; or it shares no pair with the new run.
    """
    if path.resolve() == results.resolve():
        raise UsageError(
            f"--stored: {path} is where this run writes its results; give one of them another name"
        )
    try:
        run = read_results(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except ResultsError as error:
        raise UsageError(f"--stored: {error}") from None
    if "baseline" not in run.header:
        raise UsageError(f"--stored: {path} holds no ratios of times: expected what --time writes")
    if not run.complete:
        raise UsageError(f"--stored: {path}: the run was cut off; --resume goes on with it")
    differ = [f"\n  {told}" for told in differences(run.header, header)]
    if differ:
        raise UsageError(
            f"--stored: {path} cannot be compared with this run; ratios depend on what differs:"
            + "".join(differ)
        )
    found = {(Workload.of(pair), pair["implementation"]): pair for pair in run.of_kind("pair")}
    shared = {
        (workload, name): pair
        for (workload, name), pair in found.items()
        if name in admitted.get(workload, ())
    }
    if not shared:
        theirs = ", ".join(sorted({name for _, name in found})) or "nobody"
        raise UsageError(
            f"--stored: {path} shares no pair with this run: no contender is timed in both at the "
            f"same formula, dtype and size (there: {theirs})"
        )
    ended = [r["numbers"]["time"] for r in run.of_kind("finding") if "time" in r["numbers"]]
    origin = {
        "path": str(path),
        "digest": digest,
        "seed": run.header["seed"],
        "commit": at(run.header, "fingerprint.git.commit"),
        "ended": ended[-1] if ended else None,
    }
    return Stored(origin, shared, len(found), run.header.get("contenders", {}))


def differences(there: Record, now: Record) -> Iterator[str]:
    """Name what differs of the circumstances that matter: what was, what is, and why it matters."""
    for each in CIRCUMSTANCES:
        was, is_ = at(there, each.path), at(now, each.path)
        if each.matters and was != is_:
            yield f"{each.called}: {_spelled(was)} there, {_spelled(is_)} now ({each.reason})"
    was, is_ = (header.get("contenders", {}).get(header["baseline"]) for header in (there, now))
    if was != is_ or was is None:
        yield (
            f"baseline's code: {there['baseline']} {_spelled(was)} there, "
            f"{now['baseline']} {_spelled(is_)} now (every ratio is one to it)"
        )


def changes(
    then: Stored, now: Pairs, *, margin: float, contenders: Mapping[str, str]
) -> Iterator[Record]:
    """Give a record for each pair of both runs: both ratios, what lies between them, a verdict.

    Parameters
    ----------
    then : Stored
        The stored run.
    now : mapping of (Workload, str) to dict
        The new run's pairs.
    margin : float
        The smallest change that matters, as a fraction.
    contenders : mapping of str to str
        The identity that each contender has now.
    """
    for (workload, name), pair in now.items():
        before = then.pairs.get((workload, name))
        if before is None:
            continue
        found = change(_ratio(pair), _ratio(before))
        yield {
            "kind": "change",
            "implementation": name,
            "formula": workload.formula,
            "dtype": workload.dtype,
            "params": workload.params,
            "baseline": pair["baseline"],
            "now": {bound: pair[bound] for bound in ("ratio", "low", "high")},
            "stored": {bound: before[bound] for bound in ("ratio", "low", "high")},
            "ratio": found.value,
            "low": found.low,
            "high": found.high,
            "interval": INTERVAL,
            "verdict": verdict(found, margin),
            "margin": margin,
            "same_code": then.contenders.get(name) == contenders[name],
        }


def at(header: Any, path: str) -> Any:
    """Look up a circumstance; None where a header does not tell.

    Examples
    --------
    >>> at({"blas": {"loaded": [{"library": "openblas", "threads": 2}]}}, "blas.loaded.*.library")
    ['openblas']
    """
    key, _, rest = path.partition(".")
    if key == "*":
        return [at(each, rest) for each in header or ()]
    found = header.get(key) if isinstance(header, Mapping) else None
    return at(found, rest) if rest else found


def _spelled(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(map(_spelled, value.values()))
    if isinstance(value, list):
        return ", ".join(map(_spelled, value)) or "none"
    return "unknown" if value is None else str(value)


def _ratio(record: Record) -> Ratio:
    return Ratio(*(float(record[bound]) for bound in ("ratio", "low", "high")))
