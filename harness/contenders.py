"""From a target to a contender that can be asked, whatever it is written in."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from typing import Any

from gradmark.harness.environment import environment
from gradmark.harness.host import Conditions, Contender
from gradmark.harness.identity import held
from gradmark.harness.installers import EnvironmentFailure
from gradmark.harness.line_protocol import LineContender
from gradmark.harness.process import Conversation
from gradmark.harness.resolve import Target


class _InItsEnvironment(Contender):
    """A Python contender whose environment is looked up, or built, when it is first used."""

    def __init__(
        self,
        target: Target,
        *,
        chosen: str | None,
        builds: bool,
        say: Callable[[str], None],
        **limits: Any,
    ) -> None:
        super().__init__(target, **limits)
        self._chosen = chosen
        self._builds = builds
        self._say = say

    @property
    def options(self) -> str:
        """What a command line says of its surroundings, to be put after its name."""
        return surroundings(self._chosen, self._target.packages, self._target.device)

    def _launch(self) -> Conversation:
        try:
            self._python = environment(
                self._target, python=self._chosen, builds=self._builds, say=self._say
            )
        except EnvironmentFailure as failure:
            self._import_failure = failure  # each later use fails alike, and at once
            raise
        return super()._launch()


def surroundings(python: str | None, packages: Sequence[str], device: str) -> str:
    """Spell what was typed of where a contender is to run.

    Examples
    --------
    >>> surroundings("/my envs/bin/python", ["torch==2.13.0"], "")
    " --python '/my envs/bin/python' --with torch==2.13.0"
    """
    typed = [("--python", python), *(("--with", its) for its in packages), ("--device", device)]
    return "".join(f" {option} {shlex.quote(value)}" for option, value in typed if value)


def contender(
    target: Target,
    *,
    python: str | None = None,
    timeout: float = 10.0,
    memory: int = 4 * 2**30,
    total: float = math.inf,
    builds: bool = False,
    sandbox: bool = False,
    say: Callable[[str], None] = lambda _: None,
    conditions: Conditions | None = None,
) -> Contender:
    """Return the contender that a target means; it starts when it is first used.

    Parameters
    ----------
    target : Target
        What `resolve` found.
    python : str, optional
        An interpreter to use instead of an environment of the contender's own.
    timeout : float
        Seconds for one call.
    memory : int
        Bytes for the contender's process.
    total : float
        Seconds for all of its calls together.
    builds : bool
        Whether packages without a wheel may be built, which runs their code.
    sandbox : bool
        Keep it from the network, from the user's files and from other processes.
    say : callable
        Gets a line where there is something to wait for.
    conditions : Conditions, optional
        What a contender in Python is timed under.

    Examples
    --------
    >>> from pathlib import Path
    >>> from gradmark.harness.resolve import resolve
    >>> with contender(resolve("reference", Path())) as reference:
    ...     float(reference.call("relu", -1.0))
    0.0
    """
    target = held(target)
    if target.command:
        return LineContender(
            target, timeout=timeout, memory=memory, total=total, sandbox=sandbox, say=say
        )
    return _InItsEnvironment(
        target,
        chosen=python,
        builds=builds,
        sandbox=sandbox,
        say=say,
        timeout=timeout,
        memory=memory,
        total=total,
        conditions=conditions,
    )
