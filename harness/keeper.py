"""The keeper: runs one command, and leaves nothing of it behind.

It is a process between the host and the contender, started as
``python -I -S keeper.py LIFELINE SCRATCH MEMORY COMMAND...``. The command gets the keeper's
standard streams, a memory limit of MEMORY bytes and a session of its own. When it ends, or when
the host closes the other end of the descriptor LIFELINE (dying does, however it dies), the keeper
kills every process that descends from the command, removes the folder SCRATCH, and ends as the
command ended: with its exit status, or of its signal.

On Linux descendants cannot get away: orphans, in whatever session, become the keeper's children.
Elsewhere those that left the command's process group do.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time
from typing import NoReturn

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 5.0  # seconds for the killed to be gone
LINUX = sys.platform == "linux"


def keep(lifeline: int, scratch: str, memory: int, command: list[str]) -> NoReturn:
    """Run `command` to its end, or to the host's."""
    if LINUX:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
    os.set_inheritable(lifeline, False)
    child_ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    worker = os.fork()
    if worker == 0:
        become(command, memory)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # nobody but the host ends the keeper
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)  # the pipes end with the command
    while lifeline not in select.select([lifeline, child_ended], [], [])[0]:
        os.read(child_ended, 4096)
        if not is_alive(worker):
            break
    status = kill_all(worker)
    import shutil  # not at the top: it would take half of the keeper's own starting time

    shutil.rmtree(scratch, ignore_errors=True)
    end_with(status)


def become(command: list[str], memory: int) -> NoReturn:
    """Turn this process into the command."""
    os.setsid()
    if LINUX:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # should the keeper be killed
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Not the address space: JAX, Numba and allocators reserve far more of it than they use.
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = memory if hard == resource.RLIM_INFINITY else min(hard, memory)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, and that would be inherited
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"cannot run {command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def is_alive(worker: int) -> bool:
    """Tell whether the command runs; leave its end to be collected."""
    return os.waitid(os.P_PID, worker, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def kill_all(worker: int) -> int:
    """Kill the command with all its descendants; return the command's wait status."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker, signal.SIGKILL)
    worker_status: int = signal.SIGKILL
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        for child in children(os.getpid()):
            os.kill(child, signal.SIGKILL)
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if pid == worker:
            worker_status = status
        if pid == 0:
            time.sleep(0.001)
    return worker_status


def children(keeper: int) -> list[int]:
    """Return a keeper's children, with the orphans that it was given; [] if unknown."""
    try:
        with open(f"/proc/{keeper}/task/{keeper}/children") as listing:  # noqa: PTH123 - starts faster
            return [int(pid) for pid in listing.read().split()]
    except OSError:
        return []


def end_with(status: int) -> NoReturn:
    """End as a process with this wait status did."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError):  # SIGKILL has but its default
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def prctl(option: int, value: int) -> None:
    """Set a property of this process; Linux only."""
    ctypes.CDLL(None).prctl(option, value)


if __name__ == "__main__":
    keep(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4:])
