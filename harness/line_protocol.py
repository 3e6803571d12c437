"""Contenders in other languages: hosted like those in Python, spoken to in lines of JSON."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gradmark.harness import wire, worker
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import (
    Contender,
    ContenderAbsent,
    ContenderFailure,
    ContenderFault,
    nothing_provided,
)
from gradmark.harness.installation import installed
from gradmark.harness.line_process import LineProcess, MissingProgramError
from gradmark.harness.process import Conversation
from gradmark.harness.resolve import Target
from gradmark.harness.sandbox import Confinement, program


class LineContender(Contender):
    """A contender that speaks the line protocol of PROTOCOL.md.

    It is used as a `Contender` is, and fails in the same ways. What it adds: a dtype that the
    contender does not compute in is `absent`, and an answer that breaks the protocol is a fault
    whose reason says what was wrong with it. What the protocol cannot show, an optimizer's state
    and whether inputs were written to, is taken for not shown and for not written to.

    Parameters
    ----------
    target : Target
        What `resolve` found, with a command.
    cache : Path, optional
        Where contenders are installed: as for `environment`.
    say : callable
        Gets a line where there is something to wait for.
    timeout, import_timeout : float
        Seconds for one call, and for starting the command and shaking hands.
    memory : int
        Bytes that each of its processes may have.

    Raises
    ------
    ContenderFault, ContenderAbsent, ContenderCrash, ContenderTimeout
        From any use, the first included, where the setup or the start may fail.
    nothing_provided
        From the first use, where the contender provides no name of the contract at all.
    """

    PYTHONIC = False  # lines of JSON hold numbers, and nothing of how they lay in memory

    def __init__(
        self,
        target: Target,
        *,
        cache: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
        timeout: float = 10.0,
        import_timeout: float = 60.0,
        memory: int = 4 * 2**30,
        **limits: Any,
    ) -> None:
        super().__init__(
            target, timeout=timeout, import_timeout=import_timeout, memory=memory, **limits
        )
        self._cache = cache
        self._say = say

    def _start(self) -> Conversation:
        process: Conversation | None = None
        try:
            process = self._launch()
            (provided, others), _ = self._exchange(
                process, "", self._import_timeout, "load", tuple(CONTRACT)
            )
        except ContenderFailure as failure:
            if process is not None:
                process.kill()
            self._import_failure = failure
            raise
        self._provides = frozenset(provided)
        if not provided:
            process.kill()
            raise nothing_provided(self.name, others)
        return process

    def _launch(self) -> Conversation:
        folder = installed(self._target, cache=self._cache, say=self._say)
        try:
            its = (
                Confinement((folder, *program(self._target.command[0]))) if self._sandbox else None
            )
            return LineProcess(command(self._target.command, folder), self._memory, confined=its)
        except MissingProgramError as error:
            raise ContenderFault(self.name, "", f"cannot be started: {error}") from None

    def _exchange(
        self,
        process: Conversation,
        formula: str,
        timeout: float,
        operation: str,
        *arguments: object,
    ) -> tuple[Any, tuple[int, ...]]:
        assert isinstance(process, LineProcess)
        if formula and not set(_dtypes(arguments)) <= set(process.dtypes):
            only = " and ".join(process.dtypes)
            raise ContenderAbsent(self.name, formula, f"computes in {only} only")
        return super()._exchange(process, formula, timeout, operation, *arguments)


def command(words: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """Return a command that means the same from any folder as `words` do in `folder`."""
    return tuple(str(folder / word) if (folder / word).exists() else word for word in words)


def _dtypes(value: Any) -> Iterator[str]:
    """List the dtypes that the encoded arrays of a request travel in."""
    if isinstance(value, tuple):
        if value[:1] in (("array",), ("scalar",)):
            yield wire.dtype_sent(np.dtype(worker.dtype_of(value[1])))
        else:
            for part in value:
                yield from _dtypes(part)
