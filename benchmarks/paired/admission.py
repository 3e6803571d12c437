"""Who may be timed: what computes something else needs no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.resolve import UsageError
from harness.results import ResultsError, read_results

ADMITTED = ("conforms", "dialect")

Verdicts = Mapping[tuple[str, str, str], str]  # by contender, formula and dtype


def verdicts(path: Path, contenders: Mapping[str, str]) -> Verdicts:
    """Read what the judges found.

    Parameters
    ----------
    path : Path
        A results file of the judges.
    contenders : mapping of str to str
        The `identity` of each contender now, by name: verdicts are of what was judged then.

    Raises
    ------
    UsageError
        No results file, one of a run that was cut off, or of another version of a contender.
    """
    try:
        run = read_results(path)
    except ResultsError as error:
        raise UsageError(f"--verdicts: {error}") from None
    if not run.complete:
        raise UsageError(f"--verdicts: {path}: the run was cut off; judge first")
    judged = run.header.get("contenders", {})
    for name, now in contenders.items():
        if judged.get(name, now) != now:
            raise UsageError(
                f"--verdicts: {path}: {name} is not what was judged there; judge it again"
            )
    return {
        (record["implementation"], record["formula"], record["dtype"]): record["verdict"]
        for record in run.of_kind("verdict")
    }


def refusal(found: Verdicts, contender: str, formulas: Sequence[str], dtype: str) -> str:
    """Say why a contender is not timed on what needs some formulas, in a dtype; nothing if it is.

    Examples
    --------
    >>> found = {("mine", "SGD", "float32"): "conforms", ("mine", "Adam", "float32"): "deviates"}
    >>> refusal(found, "mine", ["Adam"], "float32")
    'deviates'
    >>> refusal(found, "mine", ["compute_gradients", "SGD"], "float32")
    'compute_gradients: not judged'
    >>> refusal(found, "mine", ["SGD"], "float32")
    ''
    """
    verdicts = {name: found.get((contender, name, dtype), "not judged") for name in formulas}
    refused = {name: verdict for name, verdict in verdicts.items() if verdict not in ADMITTED}
    if len(formulas) == 1:
        return "".join(refused.values())
    return ", ".join(f"{name}: {verdict}" for name, verdict in refused.items())
