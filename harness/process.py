"""A process with `worker` in it: started clean, spoken to, ended for good."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import weakref
from typing import IO, Any

import execnet
from execnet import gateway_base, gateway_bootstrap, gateway_io

from harness import worker
from harness.resolve import UsageError

# What a contender sees of the environment: where things are, and nothing that could be secret.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "CUDA_VISIBLE_DEVICES",
)
FIXED = {
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # One thread each: sums are then added in one order, and answers do not change between runs.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # A tutorial's file may draw as it is imported; a window would wait for a click.
    "MPLBACKEND": "Agg",
}
TAIL = 4096  # bytes of a process's output that are kept


class Process:
    """One interpreter, in a session and a scratch folder of its own.

    It does not outlive this object, nor this program; on Linux not even where this program is
    killed, and there it also ends with the thread that started it.

    Parameters
    ----------
    python : str
        The interpreter: Python >= 3.9 with NumPy.
    timeout : float
        Seconds until it must have started.

    Raises
    ------
    UsageError
        The interpreter cannot be run.
    """

    def __init__(self, python: str, timeout: float) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="gradmark-", ignore_cleanup_errors=True)
        try:
            self._popen = subprocess.Popen(
                [python, "-u", "-c", gateway_io.popen_bootstrapline],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=scratch.name,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | FIXED,
                start_new_session=True,  # so that its children can be killed with it
            )
        except OSError as error:
            scratch.cleanup()
            raise UsageError(f"cannot run the interpreter {python}: {error.strerror}") from None
        self._tail = bytearray()
        reader = threading.Thread(target=_keep_tail, args=(self._popen.stderr, self._tail))
        reader.daemon = True
        reader.start()
        self._hung = False
        self._channel = self._connect(timeout)
        self.kill = weakref.finalize(self, _end, self._popen, self._channel, reader, scratch)

    def _connect(self, timeout: float) -> Any:
        """Bring execnet and the worker up in the interpreter; None where that fails."""
        # execnet's own makegateway would pass our whole environment on, and stay in our session.
        spec = execnet.XSpec("popen//python=contender//execmodel=main_thread_only//id=contender")
        watch = threading.Timer(timeout, self._give_up)  # execnet waits for it without limit
        watch.start()
        try:
            return gateway_bootstrap.bootstrap(_Pipes(self._popen), spec).remote_exec(worker)
        except (OSError, EOFError, AssertionError):  # the last for a first byte not execnet's
            return None
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self._hung = True
        self._popen.kill()

    def exchange(self, request: tuple[object, ...], timeout: float) -> tuple[Any, ...]:
        """Send a request and return the answer, in the forms that `worker` describes.

        Raises
        ------
        TimeoutError
            There was no answer in time. The process is still at it.
        EOFError
            The process is gone.
        """
        if self._hung:
            raise TimeoutError
        if self._channel is None:
            raise EOFError
        with contextlib.suppress(OSError):  # whether it is gone, receive will tell
            self._channel.send(request)
        try:
            answer: tuple[Any, ...] = self._channel.receive(timeout)
        except execnet.TimeoutError:
            raise TimeoutError from None
        except execnet.RemoteError as error:  # the worker itself could not run: no NumPy, say
            return ("fault", "raised " + worker.printable(str(error).splitlines()[-1]), 0)
        return answer

    def how_it_ended(self) -> str:
        """Say how a process that is gone went."""
        try:
            status = self._popen.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        if status < 0:
            return f"its process died of {signal.Signals(-status).name}"
        return f"its process exited with status {status}"

    def output(self) -> str:
        """Return the last that it printed, whole once it has been killed."""
        return self._tail.decode(errors="replace")


class _Pipes(gateway_base.Popen2IO):
    """A process of ours, as execnet wants to talk to it."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        super().__init__(popen.stdin, popen.stdout, gateway_base.get_execmodel("thread"))
        self.wait = popen.wait
        self.kill = popen.kill


def _keep_tail(stream: IO[bytes], tail: bytearray) -> None:
    with stream:
        while chunk := os.read(stream.fileno(), 65536):
            tail += chunk
            del tail[:-TAIL]


def _end(
    popen: subprocess.Popen[bytes],
    channel: Any,
    reader: threading.Thread,
    scratch: tempfile.TemporaryDirectory[str],
) -> None:
    """Kill a process with its children, and put away what belonged to it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()
    if channel is not None:
        channel.gateway.join(timeout=1)
    reader.join(timeout=1)
    for pipe in (popen.stdin, popen.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was still to be written has no reader
                pipe.close()
    scratch.cleanup()
