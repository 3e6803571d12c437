"""Who may be timed: what computes something else needs no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gradmark.benchmarks.paired.limits import MACHINE, limit
from gradmark.benchmarks.paired.record import Record
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.contract import CONTRACT
from gradmark.harness.resolve import Target, UsageError
from gradmark.harness.results import ResultsError, read_results

ADMITTED = ("conforms", "dialect")
LINE_PROTOCOL = "speaks the line protocol: its messages would be timed as well"

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
        raise UsageError(f"--verdicts: {path}: that run was cut off; judge first")
    judged = run.header.get("contenders", {})
    for name, now in contenders.items():
        if judged.get(name, now) != now:
            raise UsageError(
                f"--verdicts: {path}: {name} has changed since it was judged there; judge it again"
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


def admit(
    workloads: Iterable[Workload],
    targets: Mapping[str, Target],
    found: Verdicts,
    baseline: str,
) -> tuple[dict[Workload, list[str]], list[Record]]:
    """Sort out who is timed on what, and why others are not.

    Parameters
    ----------
    workloads : iterable of Workload
        What was asked for.
    targets : mapping of str to Target
        The contenders by name, the baseline among them.
    found : mapping
        What the judges found: from `verdicts`.
    baseline : str
        Whom all others are compared with.

    Returns
    -------
    dict, list
        The contenders of each workload; a `withheld` record for each that is not timed.

    Raises
    ------
    UsageError
        Nothing is left, or nothing but for the baseline; a contender is called like the machine.
    """
    if MACHINE in targets:
        raise UsageError(
            f"no contender can be called {MACHINE!r}: the machine itself is called so; rename it"
        )
    admitted: dict[Workload, list[str]] = {}
    reasons: dict[tuple[str, str, str], str] = {}
    for workload in workloads:
        formula, dtype = workload.formula, workload.dtype
        admitted[workload] = []
        for name, target in targets.items():
            refused = refusal(found, name, workload.needs, dtype)
            reason = LINE_PROTOCOL if target.command else refused
            if reason:
                reasons[name, formula, dtype] = reason
            else:
                admitted[workload].append(name)
    if not any(baseline in names for names in admitted.values()):
        told = sorted(
            {why for (name, it, _), why in reasons.items() if name == baseline and it in CONTRACT}
        )
        raise UsageError(f"the baseline, {baseline}, cannot be timed anywhere: {', '.join(told)}")
    if not any(baseline in names and len(names) > 1 for names in admitted.values()):
        raise UsageError("there is nothing to time: no contender conforms where the baseline does")
    for workload, names in admitted.items():
        if baseline not in names:
            why = reasons[baseline, workload.formula, workload.dtype]
            for name in names:
                told_of = name, workload.formula, workload.dtype
                reasons[told_of] = f"the baseline, {baseline}, is not timed: {why}"
        if limit(workload):
            names.append(MACHINE)
    return admitted, [
        {
            "kind": "withheld",
            "implementation": name,
            "formula": formula,
            "dtype": dtype,
            "params": None,
            "reason": reason,
        }
        for (name, formula, dtype), reason in reasons.items()
    ]
