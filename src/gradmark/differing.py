"""How two contenders differ, from Python: `diff` compares them, `Differences` tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gradmark.conformance.difference import Side, difference
from gradmark.conformance.engine.judging import undisturbed
from gradmark.conformance.engine.plan import Limits
from gradmark.conformance.engine.subject import subject_of
from gradmark.handed import canonical, contender_of, dtypes_of
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import Contender, ContenderFailure
from gradmark.harness.resolve import UsageError
from gradmark.inquiry import usage_told_as_values

Record = Mapping[str, Any]
SIGNS = {"same": "✓", "different": "✗", "not compared": "?"}


class Differences(Sequence[Record]):
    """How two contenders differ: a record for each formula and dtype, as results files hold it.

    Parameters
    ----------
    records : iterable of mapping
        What was found.

    Attributes
    ----------
    same : bool
        Whether they are alike in all that was compared.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = tuple(records)

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, at: Any) -> Any:
        return Differences(self._records[at]) if isinstance(at, slice) else self._records[at]

    @property
    def same(self) -> bool:
        """Whether they are alike in all that was compared."""
        return all(record["outcome"] != "different" for record in self)

    def __repr__(self) -> str:
        return "\n".join(line for record in self for line in lines(record)) or "<Differences: none>"


def diff(
    a: Any,
    b: Any,
    formula: str | None = None,
    *,
    dtype: Any = "float64",
    timeout: float = 10.0,
    memory: float = 4.0,
    python: str | None = None,
) -> Differences:
    """Say why two pieces of code differ: which form each follows, where they part, what it does.

    Parameters
    ----------
    a, b : object
        As for `check`: functions, classes, modules, mappings; paths, packages, bundled names.
    formula : str, optional
        The one formula that is meant; else all that both provide.
    dtype : str or sequence of str
        Where to compare them.
    timeout, memory, python : float, float, str
        As for `check`.

    Returns
    -------
    Differences
        A record for each formula; its ``repr`` tells all, and ``.same`` is the answer in one word.

    Raises
    ------
    ValueError
        There is nothing to compare, or an argument means nothing.

    Examples
    --------
    >>> import numpy as np
    >>> found = diff({"mse_loss": lambda y, p: np.mean((y - p) ** 2)},
    ...              {"mse_loss": lambda y, p: np.sum((y - p) ** 2)})
    >>> found.same, found[0]["translation"]["says"].partition(".")[0]
    (False, 'it is N times the first (N: numbers in all): divide the learning rate by that')
    """
    with usage_told_as_values():
        wanted = None if formula is None else canonical("formula: expected a formula", formula)
        limits = Limits(timeout, memory, python)
        one, other = (contender_of(thing, wanted, limits=limits) for thing in (a, b))
        _told_apart(one, other)
        try:
            with undisturbed():
                formulas = in_common(one, other) if wanted is None else [wanted]
                return Differences(compared(one, other, formulas, dtypes_of(dtype)))
        finally:
            one.close()
            other.close()


def compared(
    one: Contender, other: Contender, formulas: Sequence[str], dtypes: Sequence[str]
) -> list[Record]:
    """Compare two contenders.

    Raises
    ------
    UsageError
        They have no formula in common.
    """
    found: list[Record] = [
        difference(*(Side(subject_of(its, dtype), formula) for its in (one, other)))
        for formula in CONTRACT
        if formula in formulas
        for dtype in dtypes
    ]
    if any(record["outcome"] != "not compared" for record in found):
        return found
    if found:
        told = "; ".join(line.strip() for record in found for line in lines(record)[1:])
        raise UsageError(f"diff: nothing could be compared: {told}")
    names = [f"{it.name} has {', '.join(sorted(it.provides)) or 'none'}" for it in (one, other)]
    raise UsageError(f"diff: expected a formula that both provide; {', '.join(names)}")


def in_common(one: Contender, other: Contender) -> list[str]:
    """List the formulas that both provide, or may provide."""
    return [name for name in CONTRACT if all(_may_have(its, name) for its in (one, other))]


def _may_have(contender: Contender, formula: str) -> bool:
    try:
        return formula in contender.provides or contender.binding(formula) is not None
    except ContenderFailure:
        return True  # what comes of it is told formula by formula


def _told_apart(one: Contender, other: Contender) -> None:
    if one.name == other.name:
        one.name, other.name = f"{one.name} (a)", f"{other.name} (b)"


# --- in words -------------------------------------------------------------------------------------


def lines(record: Record) -> list[str]:
    """Spell one comparison."""
    return list(_lines(record))


def _lines(record: Record) -> Iterator[str]:
    outcome = record["outcome"]
    asked = f" in all {record['asked']} questions" if outcome == "same" else ""
    yield f"{SIGNS[outcome]} {record['formula']}, {record['dtype']}: {outcome}{asked}"
    names = record["one"], record["other"]
    width = max(map(len, names))
    for name, side in zip(names, (record["of_one"], record["of_other"]), strict=True):
        if outcome == "same" and side["verdict"] == "conforms":
            continue
        yield f"    {name:{width}}  {_side(side)}"
    for line in record.get("equations", ()):
        yield from _equation(line, names, width)
    if "parting" in record:
        yield f"    they part: {_parting(record['parting'])}"
    if "matter" in record:
        yield f"    it matters: {record['matter']['says']}"
    if "translation" in record:
        yield f"    {names[0]} by {names[1]}: {record['translation']['says']}"


def _side(side: Mapping[str, Any]) -> str:
    variant = f" ({side['variant']})" if side["variant"] else ""
    pinned = ", ".join(
        f"{name} is always {value:g}" for name, value in side.get("pinned", {}).items()
    )
    source = f" [{side['source']}]" if "source" in side else ""
    says = f"{side['says']}{source}{f' {pinned}.' if pinned else ''}"
    return f"{side['verdict']}{variant}: {says}".rstrip(": ")


def _equation(line: Mapping[str, str], names: Sequence[str], width: int) -> Iterator[str]:
    arrow = f"{line['variable']} ← " if line["variable"] else ""
    if line["one"] == line["other"]:
        yield f"      {'both':{width}}  {arrow}{line['one']}"
        return
    for name, its in zip(names, (line["one"], line["other"]), strict=True):
        yield f"      {name:{width}}  {arrow + its if its else '–'}"


def _parting(its: Mapping[str, Any]) -> str:
    variable = f"; {its['variable']}" if "variable" in its else ""
    return f"{its['where']}: {its['one']} against {its['other']}{variable}"
