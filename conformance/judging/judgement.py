"""What the judge comes to, whatever it judges by."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.judging.beyond import Constant
from gradmark.conformance.judging.evidence import Evidence
from gradmark.harness.host import ContenderFailure
from gradmark.harness.records.judged import Verdict


def in_ulp(ulp: float | None) -> str:
    """Spell an error; without a number it is beyond all of them: where 0 is due, for one.

    Examples
    --------
    >>> in_ulp(17.3), in_ulp(None)
    ('17 ulp', 'infinitely many ulp')
    """
    return "infinitely many ulp" if ulp is None else f"{ulp:.2g} ulp"


@dataclass(frozen=True)
class Judgement:
    """What one contender's formula turned out to be in one dtype.

    `failure` is what an error, a crash or a timeout came from, and `evidence` then what was asked.
    `ulp` is the worst error against the form that it is judged to follow, `distance` the same over
    what is allowed. `margin` is the distance of the nearest other form, `runner_up`: below 1, no
    input separated the two. `not_asked` names the capabilities that it turned out to lack.
    `followed` is the form itself, `constant` what was fitted of it, and `permitted` the right one
    that the evidence is held against. `at_random` says that no answer of it is to be had twice.
    """

    formula: str
    dtype: str
    verdict: Verdict
    variant: str | None = None
    ulp: float | None = None
    detail: str = ""
    distance: float | None = None
    margin: float | None = None
    runner_up: str | None = None
    evidence: Evidence | None = None
    failure: ContenderFailure | None = None
    not_asked: tuple[str, ...] = ()
    followed: Variant | None = field(default=None, repr=False)
    permitted: Variant | None = field(default=None, repr=False)
    constant: Constant | None = None
    at_random: bool = False

    @property
    def against(self) -> Variant:
        """The permitted form that the evidence is held against."""
        return self.permitted or form(self.formula)

    @property
    def fails(self) -> bool:
        """Whether a run that contains this judgement has failed."""
        return self.verdict in ("deviates", "error", "crash", "timeout")
