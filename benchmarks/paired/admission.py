"""Who may be timed: what computes something else needs no clock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.resolve import UsageError
from harness.results import ResultsError, read_results

ADMITTED = ("conforms", "dialect")

Verdicts = Mapping[tuple[str, str, str], str]  # by contender, formula and dtype


def verdicts(path: Path) -> Verdicts:
    """Read what the judges found.

    Raises
    ------
    UsageError
        No results file, or one of a run that was cut off.
    """
    try:
        run = read_results(path)
    except ResultsError as error:
        raise UsageError(f"--verdicts: {error}") from None
    if not run.complete:
        raise UsageError(f"--verdicts: {path}: the run was cut off; judge first")
    return {
        (record["implementation"], record["formula"], record["dtype"]): record["verdict"]
        for record in run.of_kind("verdict")
    }


def refusal(found: Verdicts, contender: str, formula: str, dtype: str) -> str:
    """Say why a contender is not timed on a formula in a dtype; nothing if it is.

    Examples
    --------
    >>> refusal({("my_adam", "Adam", "float32"): "deviates"}, "my_adam", "Adam", "float32")
    'deviates'
    >>> refusal({}, "my_adam", "Adam", "float32")
    'not judged'
    """
    verdict = found.get((contender, formula, dtype), "not judged")
    return "" if verdict in ADMITTED else verdict
