"""A process that speaks the line protocol: what `process` is to contenders in Python."""

import contextlib
import itertools
import os
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradmark.harness import wire, worker
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, listed
from gradmark.harness.process import Deadline, Process
from gradmark.harness.sandbox import Confinement
from gradmark.harness.wire import Array, RaisedError, WireError

LONGEST_LINE = 64 * 2**20  # bytes of an answer
CHUNK = 2**16


class MissingProgramError(Exception):
    """What a command begins with is not there."""


class LineProcess(Process):
    """A command in a session and a scratch folder of its own, spoken to in lines.

    It takes the requests of `worker` and answers in its forms, so that a host need not know whom
    it talks to. An answer that breaks the protocol ends the process: what it would write next
    could be anybody's answer.

    Parameters
    ----------
    command : sequence of str
        The program, found on the PATH or by its full path, and its arguments.
    memory : int
        Bytes that each of its processes may have.
    confined : Confinement, optional
        What it is to see of this machine; all that the user may see, if not told.

    Raises
    ------
    MissingProgramError
        There is no such program.
    """

    def __init__(
        self, command: Sequence[str], memory: int, *, confined: Confinement | None = None
    ) -> None:
        if shutil.which(command[0]) is None:
            raise MissingProgramError(f"there is no program {command[0]} on the PATH")
        super().__init__(command, memory, confined=confined)
        self._unread = bytearray()
        self._numbers = itertools.count()
        self._optimizers: dict[int, tuple[str, dict[str, float]]] = {}
        self.dtypes: tuple[str, ...] = ()

    def exchange(self, request: tuple[object, ...], timeout: float) -> tuple[Any, ...]:
        """Carry out a request of `worker`; return the answer in its forms.

        Raises
        ------
        TimeoutError
            There was no answer in time. The process is still at it.
        EOFError
            The process is gone.
        """
        operation, *arguments = request
        try:
            value = getattr(self, f"_{operation}")(timeout, *arguments)
        except RaisedError as error:
            return ("fault", str(error), error.step, "", False)
        except WireError as error:
            self.kill()
            return ("fault", worker.printable(str(error)), 0, "", False)
        return ("value", value, ())

    def ask(self, timeout: float, request: str, **members: Any) -> Any:
        """Put one request of the protocol; return its result as JSON has it."""
        number = next(self._numbers)
        self._refuse_unasked()
        line = wire.line({"id": number, "request": request, **members})
        return wire.result(self._converse(line, Deadline(timeout)), number)

    # --- the worker's requests --------------------------------------------------------------------

    def _load(self, timeout: float, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Shake hands, and see that numbers survive the way; return what `worker.load` does."""
        provides = self.hello(timeout)
        self.echo(timeout)
        return (
            tuple(name for name in names if name in provides),
            tuple(worker.printable(name) for name in provides if name not in names),
        )

    def _lacks(
        self, _: float, __: str, ___: object, options: Sequence[tuple[str, Any]]
    ) -> tuple[str, ...]:
        # Version 1 asks for every parameter, and for no option: what is not known may be ignored.
        return tuple(option for option, _ in options)

    def _call(
        self,
        timeout: float,
        name: str,
        counts: Any,
        arguments: tuple[Any, ...],
        seed: int | None = None,
    ) -> tuple[Any, ...]:
        # Where all arguments are hyperparameters, they are so in whatever form they were given.
        spelled = wire.hyperparameter if CONTRACT[name].takes_numbers else wire.argument
        # What draws has its generator last, of which the seed is sent.
        rest, seeds = (arguments, []) if seed is None else (arguments[:-1], [seed])
        given = [*(spelled(worker.decode(a)) for a in rest), *seeds]
        answer = self.ask(timeout, "call", name=name, arguments=given)
        count = sum(counts) if isinstance(counts, tuple) else counts
        return tuple(map(worker.encode, wire.arrays(answer, count)))

    def _trajectory(
        self,
        timeout: float,
        name: str,
        hyper: Mapping[str, Any],
        w: Any,
        gradients: Any,
        rates: Sequence[float] | None,
        **members: Any,
    ) -> Any:
        if rates is not None:
            members["rates"] = [wire.number(rate) for rate in rates]
        steps = worker.decode(gradients)
        answer = self.ask(
            timeout,
            "trajectory",
            name=name,
            hyper={key: wire.hyperparameter(worker.decode(value)) for key, value in hyper.items()},
            w=wire.array(worker.decode(w)),
            gradients=wire.array(steps),
            **members,
        )
        (weights,) = wire.arrays(answer, 1)
        if weights.shape != steps.shape:
            raise WireError(
                f"returned an array of shape {weights.shape}, expected {steps.shape}:"
                " the weights after each step"
            )
        return worker.encode(weights)

    def _make(self, _: float, handle: int, name: str, hyper: Mapping[str, Any]) -> None:
        self._optimizers[handle] = (
            name,
            {key: wire.hyperparameter(worker.decode(value)) for key, value in hyper.items()},
        )

    def _step(self, timeout: float, handle: int, w: Any, grad: Any) -> Any:
        name, hyper = self._optimizers[handle]
        gradient = worker.decode(grad)
        rates = [hyper["lr"]] if "lr" in hyper else None
        gradients = worker.encode(gradient[np.newaxis])
        moved = self._trajectory(timeout, name, hyper, w, gradients, rates, keep=handle)
        return worker.encode(worker.decode(moved)[0, ...])

    def _get_lr(self, _: float, handle: int) -> Any:
        name, hyper = self._optimizers[handle]
        if "lr" not in hyper:
            raise RaisedError(f"was made without lr, and the protocol cannot ask {name} for it", 0)
        return worker.encode(hyper["lr"])

    def _set_lr(self, _: float, handle: int, rate: float) -> None:
        self._optimizers[handle][1]["lr"] = rate

    def _state(self, _: float, __: int, ___: Sequence[str]) -> dict[str, Any]:
        return {}  # version 1 shows none

    def _drop(self, timeout: float, handle: int) -> None:
        del self._optimizers[handle]
        self.ask(timeout, "forget", keep=handle)

    # --- the handshake ----------------------------------------------------------------------------

    def hello(self, timeout: float) -> tuple[str, ...]:
        """Shake hands; return the names that it provides."""
        answer = self.ask(timeout, "hello", protocol=wire.PROTOCOL)
        if not isinstance(answer, dict):
            raise WireError("answered hello with no object of protocol, provides and dtypes")
        if answer.get("protocol") != wire.PROTOCOL:
            raise WireError(f"speaks protocol {answer.get('protocol')!r}, expected {wire.PROTOCOL}")
        provides, dtypes = answer.get("provides"), answer.get("dtypes")
        if not isinstance(provides, list) or not all(isinstance(name, str) for name in provides):
            raise WireError("answered hello without provides, a list of names")
        if not isinstance(dtypes, list) or not dtypes or not all(d in [*DTYPES] for d in dtypes):
            raise WireError(f"answered hello without dtypes, a list of {listed()}")
        self.dtypes = tuple(dtypes)
        return tuple(provides)

    def echo(self, timeout: float) -> None:
        """See that every kind of float comes back as it went."""
        for dtype in self.dtypes:
            sent = awkward(dtype)
            answer = self.ask(timeout, "echo", arguments=[wire.array(a) for a in sent])
            for before, after in zip(sent, wire.arrays(answer, len(sent)), strict=True):
                _compare(before, after)

    # --- lines ------------------------------------------------------------------------------------

    def _refuse_unasked(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._unread += self._read()
        if self._unread:
            raise WireError(
                f"wrote what nobody had asked for: {wire.shown(bytes(self._unread))};"
                " standard output is for answers alone, prints belong on standard error"
            )

    def _converse(self, line: bytes, deadline: Deadline) -> bytes:
        """Write one line and read one, whichever of the two the other side is ready for."""
        unsent = memoryview(line)
        while True:
            for pipe in self._wait_for(deadline, self._out, *([self._in] if unsent else [])):
                if pipe == self._in:
                    unsent = unsent[self._write(unsent) :]
                    continue
                chunk = self._read()
                self._unread += chunk
                if len(self._unread) > LONGEST_LINE:
                    raise WireError(f"wrote a line of more than {LONGEST_LINE} bytes")
                if b"\n" in chunk:
                    received, _, self._unread = self._unread.partition(b"\n")
                    return bytes(received)

    def _write(self, unsent: memoryview) -> int:
        try:
            return os.write(self._in, unsent[:CHUNK])
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            return len(unsent)  # whether it is gone, its other end will tell

    def _read(self) -> bytes:
        chunk = os.read(self._out, CHUNK)
        if not chunk:
            raise EOFError
        return chunk


def awkward(dtype: str) -> tuple[Array, ...]:
    """Return arrays that a careless spelling of floats or shapes does not survive.

    Examples
    --------
    >>> [a.shape for a in awkward("float32")]
    [(2, 5), (), (0, 3)]
    """
    limits = DTYPES[dtype]
    numbers = [0.1, -0.0, limits.smallest, limits.tiny, limits.largest]
    others = [1 / 3, np.inf, -np.inf, np.nan, -1 - limits.epsilon]
    return (
        np.array([numbers, others], dtype),
        np.array(limits.smallest, dtype),
        np.empty((0, 3), dtype),
    )


def _compare(before: Array, after: Array) -> None:
    if (after.dtype, after.shape) != (before.dtype, before.shape):
        raise WireError(
            f"echoed a {before.dtype} array of shape {before.shape}"
            f" as {after.dtype} of shape {after.shape}"
        )
    for old, new in zip(before.ravel(), after.ravel(), strict=True):
        if old.tobytes() != new.tobytes() and not (np.isnan(old) and np.isnan(new)):
            raise WireError(
                f"echoed {float(old)!r} as {float(new)!r} in {before.dtype};"
                " floats must come back bit for bit"
            )
