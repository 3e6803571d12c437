"""A claim: something the article states, and the computation that decides on it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, get_args

import mpmath

from gradmark.conformance.article.scale import Scale as Scale  # claims take it from here
from gradmark.harness.records import ClaimRecord, SeriesRecord

Verdict: TypeAlias = Literal["holds", "holds if", "fails", "not testable"]
MOST_SURPRISING = 5


@dataclass(frozen=True)
class Outcome:
    """What the computation found.

    Parameters
    ----------
    verdict : {"holds", "holds if", "fails", "not testable"}
        What the evidence says, computed.
    says : str
        What is true instead, under which condition, or why it cannot be tested.
    numbers : mapping
        The evidence, by name; everything that `says` quotes.
    pictures : tuple of dict
        `series` records that show it. Claims may share one: it is the same series, then.
    """

    verdict: Verdict
    says: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[SeriesRecord, ...] = ()

    def shown_by(self, *series: SeriesRecord) -> "Outcome":
        """Add pictures."""
        return replace(self, pictures=(*self.pictures, *series))


def holds(says: str, **numbers: Any) -> Outcome:
    """Find the claim true as it stands."""
    return Outcome("holds", says, numbers)


def holds_if(condition: str, **numbers: Any) -> Outcome:
    """Find the claim true under a condition that the article does not state."""
    return Outcome("holds if", condition, numbers)


def fails(says: str, **numbers: Any) -> Outcome:
    """Find the claim false, and say what is true instead."""
    return Outcome("fails", says, numbers)


def not_testable(why: str) -> Outcome:
    """Find nothing that a computation could decide."""
    return Outcome("not testable", why)


Compute: TypeAlias = Callable[[Scale], Outcome]


@dataclass(frozen=True)
class Claim:
    """An entry of the ledger.

    Parameters
    ----------
    id : str
        Kebab-case, and stable: pages and commands refer to it.
    section : str
        The article's section that states it.
    statement : str
        What is claimed, in our own words.
    how : str
        The method, in a sentence.
    verdict : {"holds", "holds if", "fails", "not testable"}
        What the ledger declares; the tests compare it with what is computed.
    surprise : int
        From 1, as expected, to 5, most surprising.
    compute : callable
        Finds the `Outcome` at a `Scale`.
    """

    id: str
    section: str
    statement: str
    how: str
    verdict: Verdict
    surprise: int
    compute: Compute

    def record(self, outcome: Outcome) -> ClaimRecord:
        """Make the record of this claim in the results file."""
        return {
            "kind": "claim",
            "id": self.id,
            "section": self.section,
            "statement": self.statement,
            "how": self.how,
            "verdict": outcome.verdict,
            "says": outcome.says,
            "numbers": outcome.numbers,
            "surprise": self.surprise,
            "pictures": [series["name"] for series in outcome.pictures],
        }


CLAIMS: dict[str, Claim] = {}


def claim(
    id_: str, *, section: str, statement: str, how: str, verdict: Verdict, surprise: int
) -> Callable[[Compute], Compute]:
    """Enter a claim into the ledger; the decorated function computes its outcome.

    Raises
    ------
    ValueError
        The id is not in kebab-case or taken, a text is empty, the verdict unknown, or `surprise`
        not from 1 to 5.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id_):
        raise ValueError(f"id: expected kebab-case, got {id_!r}")
    if id_ in CLAIMS:
        raise ValueError(f"id: expected a new one, got {id_!r}, which is taken")
    if verdict not in get_args(Verdict):
        raise ValueError(f"verdict: expected one of {get_args(Verdict)}, got {verdict!r}")
    if surprise not in range(1, MOST_SURPRISING + 1):
        raise ValueError(f"surprise: expected 1 to {MOST_SURPRISING}, got {surprise!r}")
    for name, text in (("section", section), ("statement", statement), ("how", how)):
        if not text.strip():
            raise ValueError(f"{name}: expected a sentence, got {text!r}")

    def enter(compute: Compute) -> Compute:
        # Whatever precision others have set in this process: what is computed hangs on it nowhere.
        its = mpmath.workdps(15)(compute)
        CLAIMS[id_] = Claim(id_, section, statement, how, verdict, surprise, its)
        return compute

    return enter
