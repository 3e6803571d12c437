"""A process of a contender: started clean, spoken to within time limits, ended for good."""

import compileall
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import execnet
from execnet import gateway_base

from gradmark.harness import answers, keeper, worker
from gradmark.harness.bindings import SHAPES
from gradmark.harness.counter import under_it
from gradmark.harness.resolve import UsageError
from gradmark.harness.sandbox import Confinement

# What a contender sees of the environment: where things are, and nothing that could be secret.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "CUDA_VISIBLE_DEVICES",
)
FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # A tutorial's file may draw as it is imported; a window would wait for a click.
    "MPLBACKEND": "Agg",
}
# One thread each, unless asked otherwise: sums are then added in one order, and answers do not
# change between runs.
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
GARBLED = "its process wrote unexpected bytes to the reply channel"
SIGNALLED = 128  # exit statuses above are a signal's, where one program tells of another
SCRATCH = "gradmark-scratch-"  # what a scratch folder's name begins with
PIPE = 2**16  # bytes: what one holds
TAIL = 4096  # bytes of a process's output that are kept
SLICE = 0.5  # seconds between two looks at the clock
LONGEST_GAP = 1.0  # seconds between them that are believed: what is beyond was no waiting
SOON = 1.0  # seconds for a keeper that nobody holds
PATIENCE = 10.0  # seconds for a killed process to be gone: twice its keeper's


class Deadline:
    """When to give up, on a clock that stands still while this process does.

    A process that was stopped, or a machine that slept, has not waited in vain: between two looks
    at the clock no more than `LONGEST_GAP` is counted.

    Parameters
    ----------
    seconds : float
        How long to wait, in all.
    """

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._seen = time.monotonic()

    def slice(self) -> float:
        """Return how long to wait until the next look; at the end 0, for a last one."""
        now = time.monotonic()
        self._left -= min(now - self._seen, LONGEST_GAP)
        self._seen = now
        return max(0.0, min(self._left, SLICE))


def run_kept(
    command: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str],
    memory: int,
    seconds: float,
) -> tuple[int, str]:
    """Run a program to its end under a keeper; return its exit status and what it printed.

    Raises
    ------
    TimeoutError
        It took too long, and was ended with all that it had started.
    """
    keepers_end, lifeline = os.pipe()
    scratch = tempfile.mkdtemp(prefix=SCRATCH)
    try:
        with subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", keeper.__file__),
                *(str(keepers_end), scratch, str(memory), *command),
            ],
            cwd=folder,
            env={**environment, "TMPDIR": scratch},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(keepers_end,),
            start_new_session=True,
        ) as running:
            os.close(keepers_end)
            try:
                said, _ = running.communicate(timeout=seconds)
            except BaseException as error:
                os.close(lifeline)
                lifeline = -1
                if isinstance(error, subprocess.TimeoutExpired):
                    raise TimeoutError from None
                raise
        return running.returncode, said
    finally:
        if lifeline >= 0:
            os.close(lifeline)
        shutil.rmtree(scratch, ignore_errors=True)


class Conversation(Protocol):
    """Somebody who answers requests: what a contender is asked through."""

    @property
    def kill(self) -> Callable[[], object]:
        """End it, with all that it started."""

    def exchange(self, request: tuple[object, ...], timeout: float) -> tuple[Any, ...]:
        """Send a request and return the answer, both in the forms that `worker` describes.

        Raises
        ------
        TimeoutError
            There was no answer in time. It is still at it.
        EOFError
            It is gone; or what it sent is no answer, which the message then says.
        """

    def is_ready(self) -> bool:
        """Tell whether it is there to be asked something."""

    def how_it_ended(self) -> str:
        """Say how it went, when it is gone."""

    def output(self) -> str:
        """Return the last that it printed, whole once it has been killed."""


class Process(ABC):
    """A command at work under a keeper, spoken to through its standard input and output.

    It has an environment, a session and a scratch folder of its own. The folder and every process
    that it started go with it, and it does not outlive this object, nor this program, however
    that ends. What it prints to its standard error is read along, and its tail kept.

    Parameters
    ----------
    command : sequence of str
        The program, and its arguments.
    memory : int
        Bytes that it, and each process it starts, may write to.
    threads : int
        How many its libraries are told to use.
    confined : Confinement, optional
        What it is to see of this machine; all that the user may see, if not told.

    Raises
    ------
    UsageError
        There is no such program.
    """

    def __init__(
        self,
        command: Sequence[str],
        memory: int,
        threads: int = 1,
        *,
        confined: Confinement | None = None,
    ) -> None:
        if shutil.which(command[0]) is None:
            raise UsageError(f"cannot run {command[0]}: there is no such program")
        scratch = tempfile.mkdtemp(prefix=SCRATCH)
        self._confined = confined is not None
        if confined is not None:
            command = confined.around(command, Path(scratch))
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        keepers_end, lifeline = os.pipe()
        self._popen = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", keeper.__file__),
                *(str(keepers_end), scratch, str(memory), *command),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=scratch,
            env={
                **passed_on,
                **FIXED,
                **dict.fromkeys(THREADS, str(threads)),
                "TMPDIR": scratch,
            },
            pass_fds=(keepers_end,),
            start_new_session=True,  # Ctrl-C is for the host alone
        )
        os.close(keepers_end)
        self._in, self._out, self._err = (
            stream.fileno()
            for stream in (self._popen.stdin, self._popen.stdout, self._popen.stderr)
            if stream is not None
        )
        for descriptor in (self._in, self._out, self._err):
            os.set_blocking(descriptor, False)
        self._printing = True
        self._tail = bytearray()
        self.kill = weakref.finalize(self, _end, self._popen, lifeline, scratch, self._tail)

    @abstractmethod
    def exchange(self, request: tuple[object, ...], timeout: float) -> tuple[Any, ...]:
        """Send a request and return the answer, both in the forms that `worker` describes.

        Raises
        ------
        TimeoutError
            There was no answer in time. The process is still at it.
        EOFError
            The process is gone; or what it sent is no answer, which the message then says.
        """

    def is_ready(self) -> bool:
        """Tell whether it is there to be asked something."""
        return self._popen.poll() is None

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Write all of `data` to its standard input.

        Parameters
        ----------
        data : bytes
            What to write.
        deadline : Deadline
            When to give up.

        Raises
        ------
        TimeoutError
            It did not read that much in time.
        EOFError
            It has closed its input, or is gone.
        """
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._in, left) :]
            except BlockingIOError:
                self._wait_for(deadline, self._in)
            except BrokenPipeError:
                raise EOFError from None

    def receive(self, deadline: Deadline) -> bytes:
        """Read what there is on its standard output, at least a byte.

        Raises
        ------
        TimeoutError
            There was nothing in time.
        EOFError
            It has closed its output, or is gone.
        """
        self._wait_for(deadline, self._out)
        data = os.read(self._out, PIPE)
        if not data:
            raise EOFError
        return data

    def _wait_for(self, deadline: Deadline, *pipes: int) -> list[int]:
        """Return which of its pipes can be written or read, at least one."""
        while True:
            left = deadline.slice()
            if ready := self._ready(left, *pipes):
                return ready
            if not left:
                raise TimeoutError

    def _ready(self, seconds: float, *pipes: int) -> list[int]:
        """Return which of its pipes can be written or read by then, or as soon as it prints.

        What it prints is taken at once: a process whose prints nobody reads comes to a halt.
        """
        poller = select.poll()
        for pipe in pipes:
            poller.register(pipe, select.POLLOUT if pipe == self._in else select.POLLIN)
        if self._printing:
            poller.register(self._err, select.POLLIN)
        ready = [pipe for pipe, _ in poller.poll(seconds * 1000)]
        if self._err in ready:
            self._printing = _keep_tail(self._err, self._tail)
            ready.remove(self._err)
        return ready

    def how_it_ended(self) -> str:
        """Say how a process that is gone went."""
        try:
            status = self._popen.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        if self._confined and status > SIGNALLED:  # as a shell tells it
            status = SIGNALLED - status
        if status < 0:
            names = {known.value: known.name for known in signal.Signals}
            return f"its process died of {names.get(-status, f'signal {-status}')}"
        return f"its process exited with status {status}"

    def output(self) -> str:
        """Return the last that it printed, whole once it has been killed."""
        return self._tail.decode(errors="replace")


class Interpreter(Process):
    """A Python interpreter with `worker` in it.

    Parameters
    ----------
    python : str
        The interpreter: Python >= 3.9 with NumPy.
    memory : int
        Bytes that it may write to.
    threads : int
        How many its libraries are told to use.
    confined : Confinement, optional
        What it is to see of this machine; all that the user may see, if not told.
    counts : bool
        Whether its instructions are counted.

    Raises
    ------
    UsageError
        There is no such interpreter.
    """

    # Not by its path: the folder that it lies in is none of the contender's to import from.
    START = (
        "import sys; from importlib.machinery import SourceFileLoader as loader; "
        "exec(loader('__main__', sys.argv[1]).get_code('__main__'))"
    )

    def __init__(
        self,
        python: str,
        memory: int,
        threads: int = 1,
        *,
        confined: Confinement | None = None,
        counts: bool = False,
    ) -> None:
        _compile_shapes()
        files = (worker.__file__, str(gateway_base.__file__))
        command: tuple[str, ...] = (python, "-u", "-c", self.START, *files)
        if counts:
            command = under_it(command)
        super().__init__(command, memory, threads, confined=confined)

    def is_ready(self) -> bool:
        """Tell whether it is there to be asked something, and says nothing unasked."""
        return not self._ready(0, self._out)

    def exchange(self, request: tuple[object, ...], timeout: float) -> tuple[Any, ...]:
        """Send a request and return the answer, as `Process.exchange` says."""
        deadline = Deadline(timeout)
        data = execnet.dumps(request)
        self.send(worker.HEADER.pack(worker.MAGIC, len(data)) + data, deadline)
        start = b""
        while len(start) < worker.HEADER.size:
            start += self.receive(deadline)
        magic, length = worker.HEADER.unpack_from(start)
        if magic != worker.MAGIC or length > worker.LARGEST_MESSAGE:
            raise EOFError(GARBLED)
        chunks = [start[worker.HEADER.size :]]
        left = length - len(chunks[0])
        while left > 0:
            chunks.append(self.receive(deadline))
            left -= len(chunks[-1])
        try:
            return answers.read(b"".join(chunks))
        except answers.MalformedAnswer:
            raise EOFError(GARBLED) from None


@cache
def _compile_shapes() -> None:
    """Have bytecode of what is loaded in each process, none of which may write any."""
    if not sys.dont_write_bytecode:
        compileall.compile_dir(SHAPES, quiet=2)


def _keep_tail(descriptor: int, tail: bytearray) -> bool:
    """Take what a process printed; return False where no more can come."""
    try:
        printed = os.read(descriptor, PIPE)
    except BlockingIOError:
        return True
    tail += printed
    del tail[:-TAIL]
    return bool(printed)


def _end_held(popen: subprocess.Popen[bytes]) -> None:
    """End a keeper that a contender may hold, as a debugger can: without that it goes on."""
    for child in keeper.children(popen.pid):
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    popen.send_signal(signal.SIGCONT)
    try:
        popen.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        popen.kill()
        popen.wait()


def _end(popen: subprocess.Popen[bytes], lifeline: int, scratch: str, tail: bytearray) -> None:
    """Kill a process with all that it started, and keep the last of what it printed."""
    os.close(lifeline)
    popen.send_signal(signal.SIGCONT)  # a contender can stop its keeper
    try:
        popen.wait(SOON)
    except subprocess.TimeoutExpired:
        _end_held(popen)
    shutil.rmtree(scratch, ignore_errors=True)  # where the keeper itself was killed
    assert popen.stdin is not None
    assert popen.stdout is not None
    assert popen.stderr is not None
    _keep_tail(popen.stderr.fileno(), tail)
    for pipe in (popen.stdin, popen.stdout, popen.stderr):
        pipe.close()
