"""What a run is to find out: which contenders, which formulas, in which dtypes, how, and where."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradmark.conformance.engine.expectations import known
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.contenders import contender
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL
from gradmark.harness.declarations import declared, mapped, places
from gradmark.harness.host import Contender
from gradmark.harness.installation import identity
from gradmark.harness.resolve import Target, resolve, resolve_all

Say = Callable[[str], None]


class Stopwatch:
    """How long one verdict took after another."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since it was last asked."""
        before, self._since = self._since, time.perf_counter()
        return self._since - before


@dataclass(frozen=True)
class Limits:
    """What a contender may use: seconds, GiB, its interpreter, packages, a device."""

    timeout: float = 10.0
    memory: float = 4.0
    python: str | None = None
    packages: Sequence[str] = ()
    device: str = ""


@dataclass(frozen=True)
class Plan:
    """What was asked for.

    Parameters
    ----------
    names : sequence of str
        Contenders, as the user typed them, seen from the folder `here`.
    formulas, dtypes : tuple of str
        What they are asked for; all of the contract, and the usual dtypes, if empty.
    maps : tuple of str
        What of theirs is which formula, as after --map.
    remembers : bool
        Whether what was found about the very same code before is taken from there.

    Raises
    ------
    UsageError
        A name that means nothing.
    """

    names: Sequence[str]
    here: Path
    formulas: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    maps: tuple[str, ...] = ()
    remembers: bool = False

    def __post_init__(self) -> None:
        for name in self.formulas:
            known("--formula", name, CONTRACT)
        # A frozen dataclass has no other way to keep what it works out.
        names = dict.fromkeys((*self.names, *places(self.maps)))
        typed = resolve_all(list(names), self.here)
        object.__setattr__(self, "_typed", typed)
        targets = {name: resolve(its, self.here) for name, its in typed.items()}
        object.__setattr__(self, "_targets", mapped(targets, self.maps, self.here))

    @property
    def typed(self) -> dict[str, str]:
        """What each contender is called, and what was typed for it."""
        found: dict[str, str] = self._typed  # type: ignore[attr-defined]  # set above
        return found

    @property
    def questions(self) -> Iterator[tuple[str, str]]:
        """Every formula in every dtype that is asked for, in the contract's order."""
        for formula in CONTRACT:
            if not self.formulas or formula in self.formulas:
                for dtype in DTYPES:
                    if dtype in (self.dtypes or USUAL):
                        yield formula, dtype

    def target(self, name: str) -> Target:
        """Find a contender, with what is declared for it."""
        found: Target = self._targets[name]  # type: ignore[attr-defined]  # set above
        if name != "reference":
            packages = tuple(self.limits.packages)
            found = replace(found, packages=packages, device=self.limits.device)
        return declared(found, alone=len(self.typed) == 1)

    def whose(self, implementation: str) -> str:
        """Name the contender that a record is about: `mine` of `mine:adam_v2`."""
        if implementation in self.typed:
            return implementation
        return implementation.rpartition(":")[0]

    def contender(self, name: str, say: Say = lambda _: None) -> Contender:
        """Get a contender ready; it starts when it is first asked."""
        limits = self.limits
        return contender(
            self.target(name),
            python=limits.python if name != "reference" else None,
            timeout=limits.timeout,
            memory=int(limits.memory * 2**30),
            say=say,
        )

    def header(self, names: Sequence[str]) -> dict[str, Any]:
        """Say what a results file about these contenders begins with."""
        # Only here: it needs all questions and all forms, to name what they are.
        from gradmark.conformance.engine.header import header

        return {
            **header(self.settings.seed, quick=self.settings.quick),
            "examples": self.settings.examples,
            "contenders": {name: identity(self.target(name)) for name in names},
        }
