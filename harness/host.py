"""The host: runs a contender in a process of its own and asks it questions."""

import copy
import itertools
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import threadpoolctl
from numpy.typing import ArrayLike, NDArray

from gradmark.harness import answers, declarations, stopwatch, worker
from gradmark.harness.bindings import (
    SHAPES,
    Binding,
    Found,
    NotAskedError,
    told_declaration,
    told_rows,
    understood,
)
from gradmark.harness.contract import CONTRACT, Formula, Parameter
from gradmark.harness.identity import held
from gradmark.harness.process import GARBLED, Conversation, Interpreter
from gradmark.harness.resolve import Target, UsageError
from gradmark.harness.sandbox import confinement

SLOWER = 10  # times that an import takes where instructions are counted
ALONE = ("call", "trajectory")  # what hangs on nothing that was asked before
Array = NDArray[Any]
BOUND_IN = 3  # calls: a busy machine is no reason to find nothing there
BUSY = 5  # times that a machine may be slower which others use, too
STEPS_A_CALL = 100  # a thousand steps of somebody slow are no call that hangs
Verdict = Literal["error", "crash", "timeout", "absent", "unbound"]


class ContenderFailure(Exception):  # noqa: N818 - absence and time-outs are no errors of ours
    """A contender gave no usable answer.

    Parameters
    ----------
    contender, formula : str
        Who failed, and at what; the formula is empty where the import itself failed.
    reason : str
        What happened, in one line that is the same from run to run.
    output : str
        The last that its process printed (crash and timeout only).
    traceback : str
        Where it raised, in the contender's own files: lines to show, made printable (error only).
    step : int
        The step of an optimizer at which it raised, from 1; 0 before the first.
    """

    verdict: Verdict = "error"

    def __init__(
        self,
        contender: str,
        formula: str,
        reason: str,
        output: str = "",
        traceback: str = "",
        step: int = 0,
    ) -> None:
        reason = worker.escaped(reason)  # it may quote a contender's files, or its process
        super().__init__(": ".join(filter(None, (contender, formula, reason))))
        self.contender = contender
        self.formula = formula
        self.reason = reason
        self.output = output
        self.traceback = "\n".join(map(worker.escaped, traceback.split("\n")))
        self.step = step


class ContenderFault(ContenderFailure):
    """It raised, called sys.exit, or returned what is no answer to the question."""


class ContenderImpure(ContenderFault):
    """It wrote to its input.

    Parameters
    ----------
    arguments : tuple of str
        The names of the parameters it wrote to.
    value : object
        What it returned none the less.
    """

    def __init__(
        self, contender: str, formula: str, arguments: tuple[str, ...], value: Any
    ) -> None:
        super().__init__(contender, formula, f"wrote to its input {', '.join(arguments)}")
        self.arguments = arguments
        self.value = value


class ContenderAbsent(ContenderFailure):
    """It does not provide the formula."""

    verdict = "absent"


class ContenderUnbound(ContenderFailure):
    """It may have the formula, but how to call it is not certain."""

    verdict = "unbound"


class ContenderCrash(ContenderFailure):
    """Its process died."""

    verdict = "crash"


class ContenderTimeout(ContenderFailure):
    """It did not answer in time, and its process was killed."""

    verdict = "timeout"


class NothingProvidedError(UsageError):
    """It provides no name of the contract: the run's end, unless there are others to judge."""


def nothing_provided(contender: str, others: Sequence[str]) -> NothingProvidedError:
    """Tell that there is nothing to judge, what there is, and where the right names stand."""
    seen = ", ".join(others[:8]) or "nothing to call"
    return NothingProvidedError(
        f"{contender} defines none of the names that gradmark judges; it has {seen}; "
        "gradmark list shows the names"
    )


@dataclass(frozen=True)
class Conditions:
    """What contenders are timed under, all alike.

    Parameters
    ----------
    threads : int
        How many each may use.
    cpus : tuple of int
        The processors that each is pinned to; empty where the system cannot.
    counts : bool
        Whether their instructions are counted, which makes them much slower.
    inputs : tuple of Path
        Folders that they read their arguments from, in a sandbox, too.
    """

    threads: int
    cpus: tuple[int, ...]
    counts: bool = False
    inputs: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Interrupted:
    """A run that was saved in the middle, and went on.

    Parameters
    ----------
    says : str
        What the check is called: "resumes from its state_dict".
    owed : bool
        Whether a run that does not go on from what was saved is wrong.
    kept : bytes
        What was saved; it is loaded in the contender's process alone.
    then, end : array
        The weights of that moment, and those at the end.
    """

    says: str
    owed: bool
    kept: bytes
    then: Array
    end: Array


class Contender:
    """A contender at work in its own process.

    The process starts on first use, is killed when a call exceeds its time or leaves it without
    memory, and is started again by the next call after it died. One that dies between two calls
    fails neither. Leaving the `with` block ends it, and with it what it started.

    Parameters
    ----------
    target : Target
        What `resolve` found.
    python : str
        The interpreter of the contender's environment: Python >= 3.9 with NumPy.
    timeout, import_timeout : float
        Seconds for one call, and for starting the process and importing the contender.
    memory : int
        Bytes that the process may write to: more is a MemoryError there. Each process that it
        starts has as many, and memory that processes share is not counted.
    total : float
        Seconds for all of its calls together.
    sandbox : bool
        Keep it from the network, from the user's files and from other processes.
    conditions : Conditions, optional
        What `harness.timing` times it under.
    names : sequence of str, optional
        What it may provide: the names of the contract, if not told otherwise.

    Attributes
    ----------
    notes : dict
        What is known about it so far, kept here by whoever asks; it goes when the contender goes.

    Raises
    ------
    ContenderFault, ContenderCrash, ContenderTimeout
        From any use, the first included. What is raised where the import failed is raised again
        by each later use.
    NothingProvidedError
        From the first use, where the contender provides no name of the contract at all.

    Examples
    --------
    >>> from pathlib import Path
    >>> from gradmark.harness.resolve import resolve
    >>> with Contender(resolve("reference", Path())) as reference:
    ...     float(reference.call("mse_loss", [1.0, 2.0], [1.0, 4.0]))
    2.0
    """

    PYTHONIC = True  # whether it is handed NumPy arrays as they lie in memory, and can be copied

    def __init__(
        self,
        target: Target,
        *,
        python: str = sys.executable,
        timeout: float = 10.0,
        import_timeout: float = 60.0,
        memory: int = 4 * 2**30,
        total: float = math.inf,
        sandbox: bool = False,
        conditions: Conditions | None = None,
        names: Sequence[str] = tuple(CONTRACT),
    ) -> None:
        self.name = target.name
        self.timeout = timeout
        self._target = target
        self._python = python
        counts = conditions is not None and conditions.counts
        self._import_timeout = import_timeout * (SLOWER if counts else 1)
        self._memory = memory
        self._conditions = conditions
        self._sandbox = sandbox
        self._total = total
        self._names = tuple(names)
        self._begin()

    def _begin(self) -> None:
        """Know nothing of it yet."""
        self._process: Conversation | None = None
        self._provides: frozenset[str] = frozenset()
        self._import_failure: ContenderFailure | None = None
        self._lacks: dict[str, frozenset[str]] = {}
        self._found = Found()
        self._meant: tuple[str, ...] | None = None
        self._others: dict[str, Contender] = {}  # by the name that is chosen
        self._by_definitions = False
        self._binds = True
        self._way = "", 0  # that another process would have to be told again
        self._said = ""
        self._started = False
        self._left = self._total
        self._forgiven = False  # a call that took too long once
        self._handles = itertools.count()
        self.notes: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; a later use would start a new one."""
        if self._process is not None:
            self._process.kill()
        self._process = None
        for other in self._others.values():
            other.close()

    def _launch(self) -> Conversation:
        threads = 1 if self._conditions is None else self._conditions.threads
        confined = confinement(self._target, self._python) if self._sandbox else None
        counts = self._conditions is not None and self._conditions.counts
        if confined is not None and self._conditions is not None:
            confined = replace(confined, shown=(*confined.shown, *self._conditions.inputs))
        return Interpreter(self._python, self._memory, threads, confined=confined, counts=counts)

    def restart(self) -> bool:
        """End the process, so that nothing is left of what was asked; say whether that is so."""
        self.close()
        return True

    @property
    def conditions(self) -> Conditions | None:
        """What it is timed under."""
        return self._conditions

    @property
    def target(self) -> Target:
        """What it was found as."""
        return self._target

    @property
    def python(self) -> str:
        """The interpreter that it runs with."""
        return self._python

    @property
    def provides(self) -> frozenset[str]:
        """The names of the contract that the contender has, each of them callable."""
        self._ready()
        return self._provides

    def binding(self, name: str) -> Binding | None:
        """Return how a formula is called, where that is not as the contract says."""
        self._ready()
        return self._found.bindings.get(name)

    def bindings(self) -> Found:
        """Return all that was found about its names."""
        self._ready()
        return self._found

    def defaults(self, name: str) -> Mapping[str, float]:
        """Return the values that an optimizer takes where nothing is given."""
        bound = self.binding(name)
        return self._found.defaults.get(name, {}) if bound is None else bound.defaults

    def candidates(self, name: str) -> list["Contender"]:
        """Return who is to be judged for a formula: it, or a contender for each of several names.

        What has the contract's own name keeps the contender's; another is `contender:name`.
        """
        try:
            several = self.bindings().several.get(name, ())
        except ContenderFailure:  # its verdict will say so
            return [self]
        own = [self] if name in self._provides or not several else []
        return [*own, *(self._of_name(name, binding.target) for binding in several)]

    def _of_name(self, formula: str, own: str) -> "Contender":
        """Return the contender of which one name is chosen for a formula."""
        key = f"{own}={formula}"
        if key not in self._others:
            other = copy.copy(self)
            other._target = declarations.chosen(self._target, formula, own)
            other.name = other._target.name
            other._begin()
            self._others[key] = other
        return self._others[key]

    @property
    def options(self) -> str:
        """What a command line says of its surroundings, to be put after its name."""
        return ""

    @property
    def loaded(self) -> str:
        """Why it was loaded by its definitions alone; nothing where it was imported."""
        return self._said

    def practice(self, name: str) -> list[tuple[str, str, str]]:
        """Return what a framework's optimizer did in practice: each check, its outcome, and why."""
        return self._checks(name, "practice", name)

    def given_nonsense(
        self, name: str, hyper: Mapping[str, float], values: Mapping[str, float]
    ) -> list[tuple[str, str, str]]:
        """Make an optimizer with each of these arguments, and step; return what came of it."""
        given = _encoded(self.asks_for(name, hyper))
        return self._checks(name, "nonsense", name, given, tuple(values.items()))

    def _checks(self, formula: str, operation: str, *rest: object) -> list[tuple[str, str, str]]:
        told = self._ask(formula, operation, *rest)[0]
        with self.reading(formula):
            return [(str(a), str(b), str(c)) for a, b, c in told]

    @contextmanager
    def reading(self, formula: str) -> Iterator[None]:
        """End a process that sends what it does not owe: any of its answers may be wrong."""
        try:
            yield
        except (answers.MalformedAnswer, TypeError, ValueError, LookupError, ArithmeticError,
                AttributeError):  # fmt: skip
            self.close()
            raise ContenderCrash(self.name, formula, GARBLED) from None

    def interrupted(
        self, name: str, hyper: Mapping[str, float], w: Array, gradients: Array, at: int
    ) -> Interrupted:
        """Run an optimizer over gradients, and save it in the middle; see `resumed`."""
        given = _encoded(self.asks_for(name, hyper)), *self._laid_out((w, gradients), ())
        told = self._ask(name, "interrupt", name, *given, at)[0]
        with self.reading(name):
            says, owed, kept, *parts = told
            then, end = self._read(name, tuple(parts), 2)
            return Interrupted(str(says), owed is True, bytes(kept), then, end)

    def resumed(
        self, name: str, hyper: Mapping[str, float], w: Array, gradients: Array, kept: bytes
    ) -> Array:
        """Let an optimizer go on from what was saved; return the weights at the end."""
        given = _encoded(self.asks_for(name, hyper)), *self._laid_out((w, gradients), ())
        (end,) = self._read(name, self._ask(name, "resume", name, *given, kept)[:1])
        return end

    def expect(self, name: str) -> None:
        """Fail as a question about a formula would that there is nobody to be asked.

        Raises
        ------
        ContenderFailure
            It could not be imported, does not provide the formula, or not for certain.
        """
        self._ready()
        if name in self._found.unbound:
            raise ContenderUnbound(self.name, name, self._found.unbound[name])
        if name not in self._provides:
            raise ContenderAbsent(self.name, name, "is not provided")

    def switch(self, name: str, way: int) -> None:
        """Call a formula in another of the ways that it has; 0 is the usual one."""
        self._ready()
        self._way = name, way
        self._ask(name, "switch", name, way)

    def redefine(self, source: str, file: Path) -> None:
        """Let the functions and classes of an edited source stand for those of a file of its.

        Raises
        ------
        ContenderFailure
            They cannot be defined; the next use starts the contender as it is.
        """
        process = self._ready()
        asked = source, str(file), self._names
        provided = self._exchange(process, "", self.timeout, "redefine", *asked)[0]
        if provided is None:  # its own have other code, and are bound as they were
            return
        with self.reading(""):
            self._provides = frozenset(map(str, provided))
        self._lacks.clear()
        if self._meant is None:  # what the file itself has: an edit makes no other formula of it
            declared = (its.formula for its in self._target.declared)
            own = self._found.bindings, self._found.unbound, self._provides
            self._meant = (*declared, *itertools.chain(*own))
        if self._found.bindings or self._found.unbound:
            self._bind(process, tuple(name for name in self._names if name in self._meant))

    def lacks(self, name: str) -> frozenset[str]:
        """Return the parameters that it does without: those that have a neutral value."""
        formula = _formula(name)
        if name not in self._lacks and (bound := self.binding(name)) is not None:
            self._lacks[name] = frozenset(bound.without)
        if name not in self._lacks:
            places = {p.name: place for place, p in enumerate(formula.takes)}
            optional = tuple((p, -1 if formula.stepped else places[p]) for p in formula.optional)
            options = tuple((p.name, p.neutral) for p in formula.options)
            asked = optional or options
            found = self._ask(name, "lacks", name, optional, options)[0] if asked else ()
            with self.reading(name):
                known = {p.name: p.name for p in (*formula.takes, *formula.options)}
                self._lacks[name] = frozenset(known[its] for its in found)
        return self._lacks[name]

    def asks_for(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out the parameters that it does without.

        Raises
        ------
        NotAskedError
            One of them is to have another value than its neutral one.
        """
        lacking = self.lacks(name)
        for parameter in (*CONTRACT[name].takes, *CONTRACT[name].options):
            its = parameter.name
            if parameter.role == "generator":
                continue  # who takes none is seeded all the same
            if its in lacking and given.get(its, parameter.neutral) != parameter.neutral:
                raise NotAskedError(f"it does not take {its}")
        if (bound := self.binding(name)) is not None:
            bound.check(given)
        return {its: value for its, value in given.items() if its not in lacking}

    def call(self, name: str, *args: ArrayLike, layouts: Sequence[str] = ()) -> Any:
        """Call a function of the contract.

        Python and NumPy numbers arrive as what they are, everything else as an array of its own.
        The last parameters may be left out where they have a neutral value. `layouts` tells how
        each argument is to lie in memory there, by a name of `worker.LAYOUTS` or not at all.

        Returns
        -------
        ndarray, or tuple or list of such
            With the dtype of the answer; a number has shape (). `compute_gradients` gives four.

        Raises
        ------
        ContenderFailure
            One of its subclasses. An answer of another shape than the contract's is a fault.
        """
        formula = _formula(name)
        if formula.stepped:
            raise ValueError(f"name: expected a function of the contract, got the class {name}")
        least = len(formula.parameters) - len(formula.optional)
        if not least <= len(args) <= len(formula.parameters):
            raise ValueError(
                f"args: expected {', '.join(formula.parameters)} for {name}, got {len(args)}"
            )
        asked = self.asks_for(name, dict(zip(formula.parameters, args, strict=False)))
        given = [_given(formula.parameter(its), a) for its, a in asked.items()]
        due = arrays_due(formula, given)
        encoded = self._laid_out(given, layouts)
        taken = zip(args, formula.takes, strict=False)
        seeds = [int(np.asarray(a)) for a, p in taken if p.role == "generator"]
        counts = _counts(formula, given)
        answer, changed = self._ask(name, "call", name, counts, encoded, *seeds)
        arrays = self._read(name, answer, len(due))
        for array, (what, shapes) in zip(arrays, due.items(), strict=True):
            if array.shape not in shapes:
                expected = f"shape {shapes[0]}" if shapes[0] else "a number"
                reason = f"returned {what}an array of shape {array.shape}, expected {expected}"
                raise ContenderFault(self.name, name, reason)
        if not formula.by_chance:  # there which of the shapes it has is part of the answer
            parts = zip(arrays, due.values(), strict=True)
            arrays = tuple(array.reshape(shapes[0]) for array, shapes in parts)
        value = _put_together(arrays, counts)
        self._check_purity(name, formula.parameters, changed, value)
        return value

    def optimizer(self, name: str, **hyper: float) -> "RemoteOptimizer":
        """Make an optimizer of the contract, and step it from here."""
        return RemoteOptimizer(self, name, hyper)

    def trajectory(
        self,
        name: str,
        hyper: Mapping[str, float],
        w0: ArrayLike,
        grads: ArrayLike,
        lrs: Sequence[float] | None = None,
        layouts: Sequence[str] = (),
    ) -> Array:
        """Run a fresh optimizer over a list of gradients, in one request.

        Parameters
        ----------
        name : str
            An optimizer of the contract.
        hyper : mapping of str to float
            Its keyword arguments.
        w0 : array
            The starting weights.
        grads : array, shape (steps, *w0.shape)
            One gradient per step.
        lrs : sequence of float, optional
            The learning rate to set before each step.
        layouts : sequence of str, optional
            How the first weights and each gradient are to lie in memory there.

        Returns
        -------
        ndarray, shape (steps, *w0.shape)
            The weights after each step; w0 is not among them.

        Raises
        ------
        ContenderFailure
            One of its subclasses; a fault names its step.
        """
        start, gradients = np.asarray(w0), np.asarray(grads)
        if gradients.ndim == 0 or len(gradients) == 0 or gradients.shape[1:] != start.shape:
            raise ValueError(
                f"grads: expected shape (steps >= 1, *{start.shape}), got {gradients.shape}"
            )
        if lrs is not None and len(lrs) != len(gradients):
            raise ValueError(f"lrs: expected {len(gradients)} rates, got {len(lrs)}")
        rates = None if lrs is None else tuple(float(rate) for rate in lrs)
        if (bound := self.binding(name)) is not None:
            bound.check_rates([*([hyper["lr"]] if "lr" in hyper else []), *(rates or ())])
        answer, changed = self._ask(
            _optimizer_formula(name).name,
            "trajectory",
            name,
            _encoded(self.asks_for(name, hyper)),
            *self._laid_out((start, gradients), layouts),
            rates,
            calls=1 + len(gradients) // STEPS_A_CALL,
        )
        (weights,) = self._read(name, (answer,))
        if weights.shape != gradients.shape:
            reason = f"returned weights of shape {weights.shape}, expected {gradients.shape}"
            raise ContenderFault(self.name, name, reason)
        self._check_purity(name, ("w", "grad"), changed, weights)
        return weights

    def _read(self, formula: str, parts: Any, due: int = 1) -> tuple[Array, ...]:
        """Read arrays."""
        with self.reading(formula):
            if not isinstance(parts, tuple) or len(parts) != due:
                raise answers.MalformedAnswer(f"expected {due} arrays")
            return tuple(map(answers.array, parts))

    def rounds(
        self,
        name: str,
        hyper: Mapping[str, float],
        w0: Array,
        grads: Array,
        count: int,
        kept: int = 0,
    ) -> Array | None:
        """Let a fresh optimizer go through the same gradients `count` times.

        Returns the weights after each round, or after the last `kept` alone; None where that took
        longer than half the time that a call has, by the contender's own doing.
        """
        self._pythonic()
        made = _encoded(self.asks_for(name, hyper))
        limits = self.timeout / 2, BUSY * self.timeout / 2
        asked = made, worker.encode(w0), worker.encode(grads), count, *limits, kept
        its = _optimizer_formula(name).name
        answer = self._ask(its, "rounds", name, *asked, calls=BUSY)[0]
        if answer is None:
            return None
        (weights,) = self._read(name, (answer,))
        due = (kept or count, *w0.shape)
        if weights.shape != due:
            raise ContenderFault(self.name, name, f"returned {weights.shape}, expected {due}")
        return weights

    def _laid_out(self, arguments: Sequence[Any], layouts: Sequence[str]) -> tuple[Any, ...]:
        """Encode arguments with what is told of their layouts."""
        if not any(layouts):
            return tuple(map(worker.encode, arguments))
        self._pythonic()
        every = (*layouts, *[""] * (len(arguments) - len(layouts)))
        return tuple(map(worker.encode, arguments, every))

    def _pythonic(self) -> None:
        """Refuse what only Python's own objects can be asked.

        Raises
        ------
        NotAskedError
            The contender is written in another language.
        """
        if not self.PYTHONIC:
            raise NotAskedError("it is not in Python")

    def _check_purity(
        self, formula: str, names: tuple[str, ...], changed: tuple[int, ...], value: Any
    ) -> None:
        with self.reading(formula):
            written = tuple(dict(enumerate(names))[i] for i in changed)
        if written:
            raise ContenderImpure(self.name, formula, written, value)

    def _ask(
        self, formula: str, operation: str, *arguments: object, calls: int = 1
    ) -> tuple[Any, tuple[int, ...]]:
        """Put a request to the contender's process, which is started if there is none.

        It may take as long as so many calls.
        """
        process, limit = self._ready(), calls * self.timeout
        self.expect(formula)
        try:
            return self._exchange(process, formula, limit, operation, *arguments)
        except ContenderTimeout:
            # Once, it may have been the machine that was busy: a fresh process will tell.
            if self._forgiven or self._left <= 0 or operation not in ALONE:
                raise
        self._forgiven = True
        return self._exchange(self._ready(), formula, limit, operation, *arguments)

    def _ready(self) -> Conversation:
        if self._import_failure is not None:
            raise self._import_failure
        process = self._running()
        if process is None:
            self._see_it_unchanged()
            process = self._process = self._start()
        return process

    def _see_it_unchanged(self) -> None:
        """Keep what its files hold, if a run has not; refuse what is other code by now."""
        self._target = held(self._target)
        its = self._target.sources
        assert its is not None
        reason = its.unread
        if its.have_changed:
            reason = "its files have changed since the run began"
        if reason:
            self._import_failure = ContenderFault(self.name, "", reason)
            raise self._import_failure

    def _running(self) -> Conversation | None:
        """Return the process that waits for a request, if there is one."""
        if self._process is not None and not self._process.is_ready():
            self.close()
        return self._process

    def _start(self) -> Conversation:
        target = self._target
        assert target.sources is not None
        # As bytes: a name need not be UTF-8.
        texts = {os.fsencode(path): text for path, text in target.sources.texts.items()}
        conditions = self._conditions
        process = self._launch()
        try:
            if conditions is not None:  # before the import, which may start threads
                files = (stopwatch.__file__, threadpoolctl.__file__)
                self._exchange(process, "", self._import_timeout, "equip", *files, conditions.cpus)
            told, _ = self._exchange(
                process,
                "",
                self._import_timeout,
                "load",
                b"" if target.path is None else os.fsencode(target.path),
                texts,
                target.module,
                target.attribute,
                tuple(map(os.fsencode, target.search_path)),
                self._names,
                str(SHAPES),
                self._by_definitions,
                target.device,
            )
            with self.reading(""):
                names, others, said = told
                provided = frozenset(map(str, names)).intersection(self._names)
                others, self._said = [worker.printable(each) for each in others], str(said)
        except ContenderFailure as failure:
            process.kill()
            if isinstance(failure, ContenderTimeout) and not self._by_definitions:
                again = self._defined()
                if again is not None:
                    return again
            self._import_failure = failure
            raise
        self._provides = provided
        try:
            if self._binds:
                self._bind(process)
        except ContenderFailure:  # what is tried out there may hang, or end its process
            process.kill()
            if self._import_failure is not None:
                raise
            self._binds = False
            return self._start()
        if not self._provides and not self._found.unbound:
            process.kill()
            if self._started:  # it is odd, and no more than that: others are judged, too
                raise ContenderFault(self.name, "", "the import has defined nothing this time")
            raise nothing_provided(self.name, others)
        if self._way[1]:
            self._exchange(process, self._way[0], self.timeout, "switch", *self._way)
        self._started = True
        return process

    def _defined(self) -> Conversation | None:
        """Start it again by its definitions alone; None where these offer nothing."""
        if self._target.path is None:
            return None
        self._by_definitions = True
        try:
            return self._start()
        except (ContenderFailure, NothingProvidedError):
            return None

    def _bind(self, process: Conversation, names: tuple[str, ...] | None = None) -> None:
        """Find out how what is not called as the contract says is called."""
        declared = tuple(map(told_declaration, self._target.declared))
        asked = told_rows(self._names if names is None else names), str(SHAPES), declared
        # A library has many names, each of which may be compiled to see what it is; a file's are
        # few, but each is tried in several ways, and the first of them may load a framework.
        limit = BOUND_IN * self.timeout if self._target.module is None else self._import_timeout
        answer = self._exchange(process, "", limit, "bind", *asked)[0]
        with self.reading(""):
            self._found = understood(answer, self._provides)
        if self._found.wrong:
            process.kill()
            told = "; ".join(self._found.wrong)
            its_own = tuple(each.where for each in self._target.declared if each.itself)
            if not all(each.startswith(its_own) for each in self._found.wrong):
                raise UsageError(told)
            self._import_failure = ContenderFault(self.name, "", told)
            raise self._import_failure
        self._provides = self._provides - {*self._found.unbound} | {*self._found.bindings}

    def _exchange(
        self,
        process: Conversation,
        formula: str,
        timeout: float,
        operation: str,
        *arguments: object,
    ) -> tuple[Any, tuple[int, ...]]:
        if formula and self._left <= 0:
            told = f"its calls took longer than {self._total:g} s altogether"
            raise ContenderTimeout(self.name, formula, told)
        begin = time.monotonic()
        try:
            answer = process.exchange((operation, *arguments), timeout)
        except TimeoutError:
            self._process = None
            process.kill()
            what = "call" if formula else "import"
            raise ContenderTimeout(
                self.name, formula, f"the {what} took longer than {timeout:g} s", process.output()
            ) from None
        except EOFError as error:
            self._process = None
            end = str(error) or process.how_it_ended()
            process.kill()
            output = process.output()
            if not formula and not end.startswith("its process died"):
                # An interpreter that cannot even run the worker says why, and last.
                last = worker.printable(output.strip().rpartition("\n")[2])
                end = ": ".join(filter(None, (end, last)))
            raise ContenderCrash(self.name, formula, end, output) from None
        except BaseException:
            # An answer that nobody waited for would be taken for the next one.
            self._process = None
            process.kill()
            raise
        finally:
            if formula:
                self._left -= min(timeout, time.monotonic() - begin)
        if answer[0] == "fault":
            _, what, step, traceback, spent = answer
            if spent:
                self._process = None
                process.kill()
            where = f"step {step} " if step else "" if formula else "the import "
            raise ContenderFault(self.name, formula, where + what, traceback=traceback, step=step)
        return answer[1], answer[2]


class RemoteOptimizer:
    """An optimizer that lives in a contender's process.

    It ends with that process: after a crash or a timeout, make a new one. `close`, or leaving a
    `with` block, frees it earlier.

    Parameters
    ----------
    contender : Contender
        Where to make it.
    name : str
        An optimizer of the contract.
    hyper : mapping of str to float
        Its keyword arguments.

    Examples
    --------
    >>> from pathlib import Path
    >>> from gradmark.harness.resolve import resolve
    >>> with Contender(resolve("reference", Path())) as reference:
    ...     sgd = reference.optimizer("SGD", lr=0.5)
    ...     sgd.step([1.0, 2.0], [2.0, 2.0])
    array([0., 1.])
    """

    def __init__(self, contender: Contender, name: str, hyper: Mapping[str, float]) -> None:
        self._contender = contender
        self._name = _optimizer_formula(name).name
        self._handle = next(contender._handles)
        made = _encoded(contender.asks_for(name, hyper))
        contender._ask(name, "make", self._handle, name, made)
        self._process = contender._process
        self._bound = contender.binding(name)
        self._at: Array | None = None
        self._rate = hyper.get("lr")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the optimizer; without a process there is nothing left to forget."""
        if self._process is not None and self._process is self._contender._running():
            self._ask("drop")
        self._process = None

    def step(self, w: ArrayLike, grad: ArrayLike) -> Array:
        """Return the weights after one step from `w` along `grad`."""
        weights, gradient = np.asarray(w), np.asarray(grad)
        if self._bound is not None:
            self._bound.check_weights(self._at, weights)
        answer, changed = self._ask("step", worker.encode(weights), worker.encode(gradient))
        (value,) = self._contender._read(self._name, (answer,))
        if value.shape != gradient.shape:
            reason = f"returned weights of shape {value.shape}, expected {gradient.shape}"
            raise ContenderFault(self._contender.name, self._name, reason)
        self._contender._check_purity(self._name, ("w", "grad"), changed, value)
        self._at = value
        return value

    def copy(self, how: str) -> "RemoteOptimizer":
        """Copy it as it is now: by "deepcopy", or through a "pickle"."""
        self._contender._pythonic()
        handle = next(self._contender._handles)
        self._ask("copy", handle, how)
        other = RemoteOptimizer.__new__(RemoteOptimizer)
        other.__dict__ |= self.__dict__ | {"_handle": handle}
        return other

    @property
    def lr(self) -> float:
        """The learning rate, as the contender has it."""
        with self._contender.reading(self._name):
            return float(answers.array(self._ask("get_lr")[0]))

    @lr.setter
    def lr(self, rate: float) -> None:
        if self._bound is not None and self._rate is not None:
            self._bound.check_rates([self._rate, rate])
        self._ask("set_lr", float(rate))

    def state(self) -> dict[str, Array]:
        """Return what it shows of the state that its row names, by these names."""
        row = CONTRACT[self._name]
        names = tuple(dict.fromkeys(name for state in row.state for name in state.names))
        shown = self._ask("state", names)[0]
        with self._contender.reading(self._name):
            return row.state_of({name: answers.array(its) for name, its in shown.items()})

    def _ask(self, operation: str, *arguments: object) -> tuple[Any, tuple[int, ...]]:
        if self._process is None or self._process is not self._contender._running():
            raise ContenderCrash(
                self._contender.name, self._name, "the optimizer ended with its process"
            )
        return self._contender._ask(self._name, operation, self._handle, *arguments)


def _formula(name: str) -> Formula:
    if name not in CONTRACT:
        raise ValueError(f"name: expected one of the contract's, got {name!r}")
    return CONTRACT[name]


def _optimizer_formula(name: str) -> Formula:
    formula = _formula(name)
    if not formula.stepped:
        raise ValueError(f"name: expected an optimizer, got {name}, a {formula.kind}")
    return formula


def _encoded(hyper: Mapping[str, float]) -> dict[str, Any]:
    return {name: worker.encode(value) for name, value in hyper.items()}


def _given(parameter: Parameter, value: Any) -> Any:
    """Make arrays of what are none; numbers stay, and so do the items of a list of them."""
    if parameter.role == "generator":
        return worker.Seed(value)
    if parameter.many:
        return [_given(replace(parameter, many=False), item) for item in value]
    return value if isinstance(value, int | float | np.generic) else np.asarray(value)


def arrays_due(
    formula: Formula, arguments: Sequence[Any]
) -> dict[str, tuple[tuple[int, ...], ...]]:
    """Return which shapes each array that is due may have, by what a message calls it.

    The first is that which it is given; a bias less its gradient is the same if that is no table
    of one row, but a row. A table of weights may have one row an input, or one an output.
    """
    if formula.lengths_returned:
        given = dict(zip(formula.parameters, arguments, strict=False))
        table = tuple(int(given[name]) for name in formula.lengths_returned)
        return {"": (table, table[::-1])}
    due: dict[str, tuple[tuple[int, ...], ...]] = {}
    for name, its, parameter in formula.due(arguments):
        shape = np.shape(its)
        due[f"for {name} " if name else ""] = (shape, shape[1:]) if parameter.is_row else (shape,)
    return due or {"": ((),)}


def _counts(formula: Formula, arguments: Sequence[Any]) -> int | tuple[int, ...]:
    """Say what an answer is made of: so many arrays, or lists of so many each."""
    given = dict(zip(formula.parameters, arguments, strict=False))
    lists = tuple(len(given[each.like]) for each in formula.returned if each.many)
    return lists or max(len(formula.returned), 1)


def _put_together(arrays: tuple[Array, ...], counts: int | tuple[int, ...]) -> Any:
    """Make of the arrays of an answer what the contract says that it is."""
    if isinstance(counts, int):
        return arrays if counts > 1 else arrays[0]
    coming = iter(arrays)
    lists = tuple([next(coming) for _ in range(count)] for count in counts)
    return lists if len(lists) > 1 else lists[0]
