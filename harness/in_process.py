"""A contender in this very process: for the user's own code, which the user trusts.

It is asked in the same way as one in a process of its own, and by the same code: what a call, a
step or a state means is written once, in `worker`. What a process of its own would give is missing:
time and memory limits, a fresh start, and protection from code that ends the process.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from gradmark.harness import worker
from gradmark.harness.bindings import SHAPES
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import Contender, nothing_provided
from gradmark.harness.process import Conversation
from gradmark.harness.resolve import Target

SESSION = "__main__"  # what is typed into an interpreter has no other place


class InProcess(Contender):
    """A contender that lives where it is asked.

    Parameters
    ----------
    namespace : object
        A module, class or other object whose attributes are names of the contract.
    target : Target
        What a line to paste should load it by.
    """

    def __init__(self, namespace: Any, target: Target) -> None:
        super().__init__(target, python=sys.executable)
        self._namespace = namespace

    def _start(self) -> Conversation:
        here = Here()
        here.session.shapes = str(SHAPES)
        provided, others = here.session.adopt(self._namespace, self._names)
        self._provides = frozenset(provided)
        if self._target.path is not None:
            here.session.folder = self._target.path.parent
        self._bind(here)
        if not self._provides and not self._found.unbound:
            raise nothing_provided(self.name, others)
        return here

    def spelled(self, formula: str) -> tuple[str, str]:
        """Spell what to import, and what stands for a formula then.

        Examples
        --------
        >>> from gradmark import reference
        >>> in_process(reference).spelled("relu")
        ('gradmark, gradmark.reference', 'gradmark.reference.relu')
        """
        its = self._target.names.get(formula, formula)
        if self._target.module in (None, SESSION):
            return "gradmark", its
        return f"gradmark, {self._target.module}", f"{self._target.module}.{its}"

    def _see_it_unchanged(self) -> None:
        """Take it as it is: it was imported long ago."""

    def restart(self) -> bool:
        """Say that nothing here can be started afresh."""
        return False


class Here(Conversation):
    """A conversation without a process: the answer is there as soon as it is asked for."""

    def __init__(self) -> None:
        self.session = worker.Session(caught=(Exception, SystemExit))

    def exchange(self, request: tuple[Any, ...], timeout: float) -> tuple[Any, ...]:
        """Carry out a request; `timeout` is nothing that could be enforced here."""
        del timeout
        # As in a process of its own, what overflows warns nobody; and the user's settings stay.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return self.session.answer(*request)

    def is_ready(self) -> bool:
        """Be there."""
        return True

    def kill(self) -> None:
        """Leave this process as it was: the user goes on with these classes."""
        while self.session.replaced:
            setattr(*self.session.replaced.pop())

    def output(self) -> str:
        """Have nothing: what it printed, it printed."""
        return ""

    def how_it_ended(self) -> str:
        """Not have ended."""
        return ""


def in_process(thing: Any, formula: str | None = None, name: str | None = None) -> InProcess:
    """Return a contender for an object of this process.

    Parameters
    ----------
    thing : object
        A module, or a namespace with names of the contract as attributes; with `formula`, the
        function or class itself.
    formula : str, optional
        The name of the contract that `thing` stands for.
    name : str, optional
        What reports call it; else the name that it has.

    Raises
    ------
    ValueError
        `formula` is no name of the contract.

    Examples
    --------
    >>> float(in_process(lambda z: max(z, 0.0), "relu").call("relu", -1.0))
    0.0
    """
    target = _target(thing, name)
    if formula is None:
        return InProcess(thing, target)
    if formula not in CONTRACT:
        raise ValueError(f"formula: expected a name of the contract, got {formula!r}")
    hooks = {}
    module = sys.modules.get(getattr(thing, "__module__", "") or "")
    for hook in worker.HOOKS:  # a function of a file with hooks is called the way the file is
        if hasattr(module, hook):
            hooks[hook] = getattr(module, hook)
    own = getattr(thing, "__name__", formula)
    own = own if own.isidentifier() else formula  # a lambda's name cannot be typed
    return InProcess(
        SimpleNamespace(**{formula: thing}, **hooks), replace(target, names={formula: own})
    )


def _target(thing: Any, name: str | None) -> Target:
    """Find out by what a new process would find an object; else it is of this session alone."""
    own = getattr(thing, "__name__", type(thing).__name__)
    label = name or own
    if isinstance(thing, ModuleType):
        return Target(label, module=own)
    module = inspect.getmodule(thing)
    if module is None or getattr(module, own, None) is not thing:
        return Target(label, module=SESSION)
    file = Path(getattr(module, "__file__", None) or "")
    if module.__name__ == SESSION and file.is_file():
        return Target(label, path=file.resolve())
    return Target(label, module=module.__name__)
