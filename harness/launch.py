"""Starts a contender's command as a worker starts: confined, and bound to the host's life.

It runs as a script of its own, `python -I -S launch.py bytes command …`, and becomes the command.
"""

import ctypes
import os
import resource
import signal
import sys


def confine(memory: int) -> None:
    """Die with the host, keep within so many bytes of memory, leave no core file."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = memory if hard == resource.RLIM_INFINITY else min(hard, memory)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    confine(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
