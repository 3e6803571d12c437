"""What a judge may ask of a contender beside its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from gradmark.conformance.cases import Case


class Witness(Protocol):
    """A contender that can be started anew, and whose optimizers may show their state."""

    def afresh(self) -> bool:
        """Let the next question go to a new process; say whether that can be had."""

    def steps_from_anew(self, case: Case) -> Iterator[Any]:
        """Run an optimizer's case, each step from the weights at the start; yield where it went."""

    def states(self, case: Case) -> Iterator[Mapping[str, Any]]:
        """Run an optimizer's case; yield what it shows of its state after each step."""
