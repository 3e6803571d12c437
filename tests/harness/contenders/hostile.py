"""Attacks what runs it: `rosenbrock(w)` does what the bytes in `w` name; the rest is right."""

# A user's file answers to no linter of ours.
# mypy: ignore-errors
# ruff: noqa: ARG005, B905, PTH106, PTH109, PTH110, PTH118, PTH120, PTH123, T201

import atexit
import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

kept = []


def mse_loss(y_true, y_pred):
    return sum((a - b) ** 2 for a, b in zip(y_true, y_pred)) / len(y_true)


def relu(z):
    return z * (z > 0)


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * drop ** (epoch // epochs_drop)


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, w, grad):
        return w - self.lr * grad


def rosenbrock(w):
    return globals()[bytes(int(code) for code in w).decode()]()


def sleep():
    time.sleep(600)


def sleep_once():
    """Sleep, unless a process before has done so: a machine may be busy for a moment."""
    note = os.path.join(os.path.dirname(os.environ["TMPDIR"]), "slept")
    if not os.path.exists(note):
        os.close(os.open(note, os.O_CREAT))
        time.sleep(600)
    return 1.0


def rest():
    time.sleep(0.2)
    return 1.0


def mask_everything():
    return np.ma.masked_array(1.0, mask=True)


def stop():
    os.kill(os.getpid(), signal.SIGSTOP)


def ignore_signals():
    for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        pass


def ignore_signals_on_the_quiet():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)
    return 1.0


def overflow_the_stack():
    faulthandler._stack_overflow()


def ask_for_all_memory():
    return np.ones(10**12)


def hoard_memory():
    while True:
        kept.append(bytearray(2**20))


def close_the_streams():
    for stream in range(3):
        os.close(stream)
    return 1.0


def lose_the_streams():
    sys.stdin = sys.stdout = sys.stderr = None
    return 1.0


def print_without_end():
    while True:
        print("x" * 10_000)


def print_much():
    for _ in range(2**10):
        os.write(1, b"x" * 2**15)
        os.write(2, b"y" * 2**15)
    return 1.0


def print_in_a_thread():
    threading.Thread(target=print_without_end).start()
    return 1.0


def write_to_every_descriptor():
    for descriptor in range(3, 1024):
        try:
            os.write(descriptor, b"to whom it may concern")
        except OSError:
            continue
    return 1.0


def close_every_descriptor():
    os.closerange(0, 1024)
    return 1.0


def close_every_descriptor_and_stay():
    os.closerange(0, 1024)
    time.sleep(600)


def answer_twice():
    os.fork()
    return 1.0


def leave_a_child():
    return subprocess.Popen(["sleep", "600"]).pid


def leave_a_daemon():
    """An orphan, in a session of its own, deaf to signals, with an empty environment."""
    script = "trap '' TERM HUP INT; sleep 600 & echo $!"
    command = ["setsid", "sh", "-c", script]
    with subprocess.Popen(command, env={}, stdout=subprocess.PIPE) as shell:
        return int(shell.stdout.readline())


def leave_a_fork_that_holds_everything():
    child = os.fork()
    if child == 0:
        os.setsid()
        time.sleep(600)
    os._exit(7)


def kill_the_parent():
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


def stop_the_parent():
    os.kill(os.getppid(), signal.SIGSTOP)
    return float(os.getpid())


def hold_the_parent():
    """Attach to it, as a debugger does; an orphan stays behind."""
    libc = ctypes.CDLL(None)
    libc.prctl(0x59616D61, -1, 0, 0, 0)
    if libc.ptrace(16, os.getppid(), 0, 0):
        return float("nan")
    return float(leave_a_daemon())


def terminate_the_parent():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(os.getppid(), number)
    return 1.0


def die_of_a_nameless_signal():
    os.kill(os.getpid(), 40)


def die_later():
    threading.Timer(0.05, os._exit, (5,)).start()
    return float(os.getppid())  # which ends after all of this process has


def stop_later():
    threading.Timer(0.05, stop).start()
    return float(os.getpid())


def patch_numpy():
    for name in ("asarray", "array", "frombuffer", "stack", "concatenate", "empty", "copy"):
        setattr(np, name, None)
    np.ndarray = np.generic = dict
    return 1.0


def refuse_to_end():
    atexit.register(time.sleep, 600)
    threading.Thread(target=time.sleep, args=(600,)).start()
    kept.append(type("Sticky", (), {"__del__": lambda self: time.sleep(600)})())
    return float(os.getpid())


def exit_while_refusing():
    refuse_to_end()
    sys.exit(1)


class Untold(type):
    @property
    def __module__(cls):
        raise RuntimeError("no module for you")


def raise_what_cannot_be_told():
    raise Untold("UntoldError", (Exception,), {})("never shown")


def raise_a_long_story():
    raise RuntimeError("x" * 2**26)


def raise_beyond_ascii():
    raise ValueError("\x1b[2J" + chr(0xD800))


def raise_where_it_is():
    raise RuntimeError(os.getcwd())


def litter():
    for path in ("file", os.path.join(tempfile.mkdtemp(), "file")):
        with open(path, "w") as file:
            file.write("left behind")
    return 1.0


def delete_the_folder():
    os.rmdir(os.environ["TMPDIR"])
    return 1.0


def answer_a_gigabyte():
    return np.broadcast_to(0.0, 2**27)


def read_a_secret():
    return float(os.environ["GRADMARK_TEST_SECRET"])
