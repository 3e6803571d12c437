"""The verdicts that a user expects, and which verdicts make a run fail."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL
from gradmark.harness.resolve import UsageError
from gradmark.harness.verdicts import SIGNS

Key = tuple[str, str, str]  # implementation, formula, dtype
Record = Mapping[str, Any]

FAILURES = ("deviates", "error", "crash", "timeout")
MANY = 40  # names that a message can still list
BLEMISHES = ("dialect", "inaccurate", "unbound")


@dataclass(frozen=True)
class Expectations:
    """What makes a verdict fail: what is wrong, or, where verdicts are declared, any other one.

    Parameters
    ----------
    declared : mapping, optional
        The verdict expected of a contender, a formula and a dtype, its variant behind it. What is
        not declared is expected to conform.
    strict : bool
        Whether a dialect, or an inaccurate answer, fails too.
    """

    declared: Mapping[Key, str] | None = None
    strict: bool = False
    allowed: frozenset[str] = field(default_factory=frozenset)  # dialects that are welcome

    def surprise(self, record: Record) -> str:
        """Say what a verdict should have been; nothing where it is as expected."""
        if self.declared is None:
            return ""
        key = record["implementation"], record["formula"], record["dtype"]
        got = short(record)
        wanted = self.declared.get(key, "conforms" if record["verdict"] != "absent" else got)
        return "" if got == wanted else f"{' '.join(key)}: expected {wanted}, got {got}"

    def fails(self, record: Record) -> bool:
        """Whether this verdict makes the run fail."""
        if self.declared is not None:
            return bool(self.surprise(record))
        if record["variant"] in self.allowed and record["verdict"] == "dialect":
            return False
        return record["verdict"] in ((*FAILURES, *BLEMISHES) if self.strict else FAILURES)

    def surprises(self, records: Iterable[Record]) -> list[str]:
        """List the verdicts that are not as expected, better ones too."""
        return [told for record in records if (told := self.surprise(record))]


def short(record: Record) -> str:
    """Spell a verdict with its variant, as expectations do."""
    return " ".join(filter(None, (record["verdict"], record["variant"])))


def known(option: str, name: str, names: Iterable[str]) -> None:
    """Refuse a name that is not among these, with the nearest that are.

    Raises
    ------
    UsageError
        Naming the option, what was got, and what may have been meant.
    """
    names = tuple(names)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=3)
        listed = (
            f"known: {', '.join(names)}"
            if len(names) <= MANY
            else "`gradmark list` shows what there is"
        )
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; {listed}"
        raise UsageError(f"{option}: there is no {name!r}{hint}")


def expected(path: Path | None, option: str = "--expected") -> Mapping[Key, str] | None:
    """Read the verdicts that a user expects.

    A table per contender, in it a formula's verdict, or a table of one per dtype; a dialect or a
    mistake is named behind its verdict: ``RMSprop = "dialect epsilon-outside-root"``.
    """
    if path is None:
        return None
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{option}: {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{option}: {path}: {error}") from None
    return declared(tables, f"{option}: {path}")


def declared(tables: Mapping[str, Any], where: str) -> Mapping[Key, str]:
    """Read a table of formulas per contender; `where` begins what is said of a wrong one.

    Examples
    --------
    >>> declared({"my": {"Adam": {"float32": "dialect epsilon-hat"}}}, "here")
    {('my', 'Adam', 'float32'): 'dialect epsilon-hat'}
    """
    found: dict[Key, str] = {}
    for name, formulas in tables.items():
        if not isinstance(formulas, dict):
            raise UsageError(f"{where}: expected a table [{name}], got {formulas!r}")
        for formula, verdict in formulas.items():
            known(f"{where}: [{name}]", formula, CONTRACT)
            by_dtype = verdict if isinstance(verdict, dict) else dict.fromkeys(USUAL, verdict)
            for dtype, its in by_dtype.items():
                known(f"{where}: [{name}] {formula}", dtype, DTYPES)
                found[name, formula, dtype] = _meant(f"{where}: [{name}] {formula}", formula, its)
    return found


def _meant(where: str, formula: str, verdict: Any) -> str:
    """Refuse a verdict that no formula gets, or a form that this one does not have."""
    word, _, name = str(verdict).partition(" ")
    known(where, word, SIGNS)
    if not name:
        return word
    # Only here: the forms take long to import.
    from gradmark.conformance.catalogue import form, variants
    from gradmark.conformance.catalogue.conduct import CONDUCT

    if name not in CONDUCT:
        try:
            form(formula, name)
        except (KeyError, ValueError):
            known(where, name, [one.name for one in variants(formula)])
    return f"{word} {name}"


def refuse_unknown(declared: Mapping[Key, str], names: Iterable[str], where: str) -> None:
    """Refuse expectations of a contender that does not exist; of `mine:adam_v2`, `mine` must."""
    names = [*names]
    for name in dict.fromkeys(key[0] for key in declared):
        if not any(name == each or name.startswith(f"{each}:") for each in names):
            known(where, name, names)
