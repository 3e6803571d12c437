"""Verdicts as Python has them: readable in a terminal, in a notebook, and as a DataFrame."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, overload

from gradmark.frames import MISSING
from gradmark.harness.verdicts import SIGNS
from gradmark.summary import lines, reasons, spelled

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Group

Record = Mapping[str, Any]

COLUMNS = ("formula", "dtype", "verdict", "variant", "ulp", "detail", "reproduce")  # of HTML
STYLES = {"conforms": "green", "dialect": "cyan", "inaccurate": "yellow", "absent": "dim"}
WRONG = "bold red"


@dataclass(frozen=True, repr=False)
class Verdict:
    """The verdict on one formula of one contender in one dtype.

    Parameters
    ----------
    implementation, formula, dtype : str
        What was judged.
    verdict : str
        "conforms", "dialect", "inaccurate", "deviates", "error", "crash", "timeout", "unbound" or
        "absent"; ``gradmark explain WORD`` tells what each means.
    variant : str or None
        The dialect or the known mistake, by its name.
    ulp : float or None
        The largest error met, in units in the last place.
    detail : str
        What a person should know: what differs, where, expected and got.
    distance, margin : float or None
        The largest error over what is allowed, and the same for the nearest other form.
    runner_up : str or None
        That nearest other form.
    case : str or None
        The input that shows it, by its name in the corpus.
    reproduce : str or None
        A line to paste that shows it again.
    traceback, output : str or None
        Where the contender raised, and the last that its process printed before it died.
    failed : bool
        Whether it fails what was asked for.

    Examples
    --------
    >>> Verdict("my", "relu", "float64", "conforms")
    <Verdict: my relu float64 conforms>
    >>> print(Verdict("my", "Adam", "float64", "dialect", "epsilon-hat", detail="As in Keras."))
    ~ Adam: dialect (epsilon-hat), float64
        A documented convention, not the formula that was asked for: As in Keras.
    """

    implementation: str
    formula: str
    dtype: str
    verdict: str
    variant: str | None = None
    ulp: float | None = None
    detail: str = ""
    distance: float | None = None
    margin: float | None = None
    runner_up: str | None = None
    case: str | None = None
    reproduce: str | None = None
    traceback: str | None = None
    output: str | None = None
    failed: bool = False

    def __str__(self) -> str:
        return spelled(self._record)

    def __repr__(self) -> str:
        variant = f" {self.variant}" if self.variant else ""
        return (
            f"<Verdict: {self.implementation} {self.formula} {self.dtype} {self.verdict}{variant}>"
        )

    @property
    def _record(self) -> Record:
        return {name: value for name, value in asdict(self).items() if value is not None} | {
            "variant": self.variant
        }


class Verdicts(Sequence[Verdict]):
    """All verdicts of one question, in the contract's order, and what led to them.

    Parameters
    ----------
    records : iterable of mapping
        What the engine found: verdicts, properties, errors.
    fails : callable
        Tells whether a verdict's record fails what was asked for.

    Attributes
    ----------
    records : tuple of mapping
        All that was found, as results files hold it: verdicts, properties, errors.

    Examples
    --------
    >>> import gradmark
    >>> found = gradmark.check(lambda z: 2 * z, "relu", dtype="float64")
    >>> len(found), found[0].verdict, found.failed == found.of("relu")
    (1, 'deviates', True)
    """

    def __init__(
        self, records: Iterable[Record], fails: Callable[[Record], bool] = lambda _: False
    ) -> None:
        self.records = tuple(records)
        self._fails = fails
        known = {field.name for field in fields(Verdict)}
        self._verdicts = tuple(
            Verdict(**{k: v for k, v in record.items() if k in known}, failed=fails(record))
            for record in self.records
            if record["kind"] == "verdict"
        )

    def __len__(self) -> int:
        return len(self._verdicts)

    @overload
    def __getitem__(self, at: int) -> Verdict: ...
    @overload
    def __getitem__(self, at: slice) -> Verdicts: ...
    def __getitem__(self, at: int | slice) -> Verdict | Verdicts:
        if isinstance(at, slice):
            return self._among(self._verdicts[at])
        return self._verdicts[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verdicts) and self._verdicts == other._verdicts

    def __hash__(self) -> int:
        return hash(self._verdicts)

    @property
    def failed(self) -> Verdicts:
        """Those that fail what was asked for."""
        return self._among([verdict for verdict in self if verdict.failed])

    def of(self, formula: str) -> Verdicts:
        """Return those on one formula.

        Raises
        ------
        ValueError
            There are none.
        """
        found = [verdict for verdict in self if verdict.formula == formula]
        if not found:
            known = ", ".join(dict.fromkeys(verdict.formula for verdict in self))
            raise ValueError(f"formula: expected one of {known or 'none'}, got {formula!r}")
        return self._among(found)

    @property
    def reasons(self) -> str:
        """What is not simply right, with its evidence, as the command line tells it."""
        told = reasons(verdict._record for verdict in self)
        return textwrap.dedent("\n".join(told)).rstrip()

    def frame(self) -> pd.DataFrame:
        """Return them as a pandas DataFrame: a row per verdict, a column per field.

        Raises
        ------
        ImportError
            pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError(MISSING) from None
        rows = [asdict(verdict) for verdict in self]
        return pd.DataFrame(rows, columns=[field.name for field in fields(Verdict)])

    def __repr__(self) -> str:
        return "\n".join(self._told()) or "<Verdicts: none>"

    def __rich__(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table("formula", "dtype", "verdict", "variant", "ulp", box=None, pad_edge=False)
        for verdict in self:
            style = STYLES.get(verdict.verdict, WRONG)
            told = Text(f"{SIGNS[verdict.verdict]} {verdict.verdict}", style=style)
            plain = (verdict.variant or "", _number(verdict.ulp))
            table.add_row(verdict.formula, verdict.dtype, told, *map(Text, plain))
        return Group(table, *(Text(line) for line in self._told()))

    def _repr_html_(self) -> str:
        """Show them in a notebook."""
        head = "".join(f"<th>{name}</th>" for name in COLUMNS)
        rows = "".join(f"<tr>{''.join(map(_cell, COLUMNS, _shown(v)))}</tr>" for v in self)
        names = ", ".join(dict.fromkeys(verdict.implementation for verdict in self))
        return (
            f"<table><caption>{html.escape(names)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _told(self) -> list[str]:
        told = []
        for name in dict.fromkeys(verdict.implementation for verdict in self):
            mine = [verdict._record for verdict in self if verdict.implementation == name]
            told += [name, *lines(mine)]
        return told

    def _among(self, verdicts: Sequence[Verdict]) -> Verdicts:
        keys = {(v.implementation, v.formula, v.dtype) for v in verdicts}
        kept = (r for r in self.records if (r["implementation"], r["formula"], r["dtype"]) in keys)
        return Verdicts(kept, self._fails)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _shown(verdict: Verdict) -> list[str]:
    values = (getattr(verdict, name) for name in COLUMNS)
    return [_number(v) if isinstance(v, float) else str(v or "") for v in values]


def _cell(column: str, text: str) -> str:
    """Spell a cell; whatever a contender says stays text."""
    inner = html.escape(text)
    if column == "verdict":
        inner = f"{SIGNS[text]} {inner}"
    return f"<td><code>{inner}</code></td>" if column == "reproduce" else f"<td>{inner}</td>"
