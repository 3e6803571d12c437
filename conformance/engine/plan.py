"""What a run is to find out: which contenders, which formulas, in which dtypes, how, and where."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradmark.conformance.engine.expectations import known
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.contenders import contender
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL
from gradmark.harness.declarations import mapped, places
from gradmark.harness.host import Contender
from gradmark.harness.identity import held, identity
from gradmark.harness.resolve import Target, UsageError, resolve, resolve_all

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
    """What a contender may use: seconds for a call and for all, GiB, interpreter, packages, device.

    With `builds` its packages may be built, which runs their code; a `sandbox` keeps it from the
    network and from the user's files.
    """

    timeout: float = 10.0
    memory: float = 4.0
    python: str | None = None
    packages: Sequence[str] = ()
    device: str = ""
    total: float = 1000.0
    builds: bool = False
    sandbox: bool = False


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
    shard : tuple of int
        Which part of all questions is this run's, and of how many: they are dealt like cards.
    typed, targets : mapping
        What was typed for each contender, by what it is called, and what was found there: now, if
        not told otherwise.

    Raises
    ------
    UsageError
        A name that means nothing, or a dtype of a package that is not there.
    """

    names: Sequence[str]
    here: Path
    formulas: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    maps: tuple[str, ...] = ()
    remembers: bool = False
    shard: tuple[int, int] = (1, 1)
    typed: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.formulas:
            known("--formula", name, CONTRACT)
        for dtype in self.dtypes:
            try:
                DTYPES[dtype].make()
            except ImportError as missing:
                raise UsageError(f"--dtype: {missing}") from None
        if self.targets:
            return
        names = dict.fromkeys((*self.names, *places(self.maps)))
        typed = resolve_all(list(names), self.here)
        found = {name: resolve(its, self.here) for name, its in typed.items()}
        targets = mapped(found, self.maps, self.here)
        for name, target in targets.items():
            if name != "reference":
                packages = tuple(self.limits.packages)
                target = replace(target, packages=packages, device=self.limits.device)
            targets[name] = held(target, alone=len(typed) == 1)
        # A frozen dataclass has no other way to keep what it works out.
        object.__setattr__(self, "typed", typed)
        object.__setattr__(self, "targets", targets)

    @property
    def questions(self) -> Iterator[tuple[str, str]]:
        """Every formula in every dtype that is asked for, in the contract's order."""
        for formula in CONTRACT:
            if not self.formulas or formula in self.formulas:
                for dtype in DTYPES:
                    if dtype in (self.dtypes or USUAL):
                        yield formula, dtype

    def asked_of(self, name: str) -> list[tuple[str, str]]:
        """List what this shard asks a contender: every n-th question of the whole run."""
        every = list(self.questions)
        begin = list(self.typed).index(name) * len(every)
        number, of = self.shard
        return [question for at, question in enumerate(every, begin) if at % of == number - 1]

    def target(self, name: str) -> Target:
        """Find a contender, with what is declared for it, as it was when the run began."""
        return self.targets[name]

    def identity(self, name: str) -> str:
        """Name what a contender was when the run began."""
        return identity(self.targets[name])

    def of(self, name: str) -> Plan:
        """Return the same plan without what the other contenders' files hold."""
        mine = {n: t if n == name else replace(t, sources=None) for n, t in self.targets.items()}
        return replace(self, targets=mine)

    def whose(self, implementation: str) -> str:
        """Name the contender that a record is about: `mine` of `mine:adam_v2`."""
        return whose(implementation, self.typed)

    def contender(self, name: str, say: Say = lambda _: None) -> Contender:
        """Get a contender ready; it starts when it is first asked."""
        limits = self.limits
        return contender(
            self.target(name),
            python=limits.python if name != "reference" else None,
            timeout=limits.timeout,
            memory=int(limits.memory * 2**30),
            total=limits.total,
            builds=limits.builds,
            sandbox=limits.sandbox,
            say=say,
        )

    def header(self, names: Sequence[str]) -> dict[str, Any]:
        """Say what a results file about these contenders begins with."""
        # Only here: it needs all questions and all forms, to name what they are.
        from gradmark.conformance.engine.header import header

        return {
            **header(self.settings.seed, quick=self.settings.quick),
            **(self._races() if self.settings.raced else {}),
            "examples": self.settings.examples,
            "contenders": {name: self.identity(name) for name in names},
            **self._shard(),
        }

    def _races(self) -> dict[str, Any]:
        """Say what every optimizer of a tournament has."""
        from gradmark.conformance.races.race import Terms  # only here: nobody else races

        return {"races": Terms(self.settings.seed, self.settings.quick).told()}

    def _shard(self) -> dict[str, Any]:
        """Say which part of which questions a shard holds; nothing of a whole run."""
        number, of = self.shard
        if of == 1:
            return {}
        asked = json.dumps([list(self.typed), list(self.questions)])
        digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
        return {"shard": {"number": number, "of": of, "questions": digest}}


def whose(implementation: str, contenders: Container[str]) -> str:
    """Name the contender that a record is about: `mine` of `mine:adam_v2`."""
    return implementation if implementation in contenders else implementation.rpartition(":")[0]
