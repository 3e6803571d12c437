"""How an activation and its derivative are entered: as one curve, with its value and its slope.

Where a form of the activation is entered with its slope, it is a form of the derivative, too, by
the same name: who computes GELU with tanh differentiates that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.variant import Body, Kind, canonical, dialect, mistake
from gradmark.conformance.truth import (
    Constant,
    Exact,
    Number,
    allowing,
    elementwise,
    exp,
    expm1,
    size,
)
from gradmark.harness.contract.dtypes import DTYPES

Entry = Callable[..., Exact]  # of one number, and of the constants


def entrywise(curve: Entry) -> Body:
    """Let a curve act on each entry of z."""

    def body(z: Exact, *constants: Exact) -> Exact:
        return elementwise(lambda v: curve(v, *constants))(z)

    return body


def weighed(curve: Entry) -> Body:
    """Let a curve act on each entry of z that multiplies what may have been flushed to zero by z.

    Next to the smallest normal number |z| times that is not next to it.
    """

    def body(z: Exact, *constants: Exact, dtype: str) -> Exact:
        flushed = DTYPES[dtype].tiny / DTYPES[dtype].roundoff
        return elementwise(lambda v: allowing(curve(v, *constants), size(v) * flushed))(z)

    return body


@dataclass(frozen=True)
class Curve:
    """An activation and its derivative by their names in the contract, and the forms of both.

    Both names are spelled where it is made: by them is found which files a formula depends on.
    """

    name: str
    derivative: str
    acts: Callable[[Entry], Body] = entrywise

    def canonical(self, source: str, says: str, value: Entry, slope: str, slopes: Entry) -> None:
        """Enter the canonical forms: `says` and `slope` spell the two equations."""
        canonical(self.name, source)(named("canonical", says, self.acts(value)))
        canonical(self.derivative, source)(named("canonical", slope, self.acts(slopes)))
        self._usual_mistakes(value, slopes)

    def _usual_mistakes(self, value: Entry, slope: Entry) -> None:
        """Enter what goes wrong with any derivative."""
        self.slope_form(
            "mistake",
            "returns_the_function",
            "The function where its derivative belongs.",
            "a forward pass called as a backward pass",
            value,
        )
        self.slope_form(
            "mistake",
            "sign_flipped",
            "The derivative with its sign changed.",
            "one minus too many in a backward pass",
            lambda z, *constants: -slope(z, *constants),
        )
        self.slope_form(
            "mistake",
            "one_everywhere",
            "1 for every z: the derivative is not in the chain.",
            "harvard-edge/cs249r_book#1343: an activation that autograd does not know",
            lambda z, *_: z * 0 + 1,
        )
        self.slope_form(
            "mistake",
            "squared",
            "The derivative is multiplied in twice.",
            "a chain rule in which both passes multiply by the derivative",
            lambda z, *constants: slope(z, *constants) * slope(z, *constants),
        )

    def form(
        self,
        kind: Kind,
        name: str,
        says: str,
        source: str,
        value: Entry,
        slope: Entry | None = None,
    ) -> None:
        """Enter a form of the activation, and with its slope one of the derivative."""
        entered = dialect if kind == "dialect" else mistake
        entered(self.name, source)(named(name, says, self.acts(value)))
        if slope is not None:
            self.slope_form(kind, name, f"The slope of this form: {says}", source, slope)

    def slope_form(self, kind: Kind, name: str, says: str, source: str, slope: Entry) -> None:
        """Enter a form of the derivative alone."""
        entered = dialect if kind == "dialect" else mistake
        entered(self.derivative, source)(named(name, says, self.acts(slope)))

    def of_the_activation(self, slope: Entry, source: str) -> None:
        """Enter the derivative as a function of the activation, which half of public code takes."""
        self.slope_form(
            "dialect",
            "of_the_activation",
            "A function of the activation a, right where it is given a and not z.",
            source,
            slope,
        )


def rounded(make: Callable[[], Any]) -> Constant:
    """Make a constant that a computer has to round."""

    def made() -> Number:
        value = make()
        return Number(value, error=abs(float(value)))

    return Constant(made)


def less_one(z: Number) -> Exact:
    """e^z − 1, with the error that is allowed to who forms the difference as it is printed.

    An ulp is still one of the difference: that digits are lost is told, and is no deviation.
    """
    return allowing(expm1(z), 1.0)


def exp_by_way_of_the_output(z: Number) -> Exact:
    """e^z, with the error that is allowed to who adds 1 to the output, e^z − 1."""
    return allowing(exp(z), 1.0)
