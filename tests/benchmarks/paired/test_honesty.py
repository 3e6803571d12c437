"""The clock looks at the answers: each trick is found out, and honest code is believed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.paired.honesty import objection, objection_to_block
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.host import Contender, ContenderFault
from gradmark.harness.resolve import CHECKOUT, resolve
from gradmark.harness.timing import Job, Shown, Timer, conditions

TRICKS = """
import gc, sys, threading, time
import numpy as np

def honest(z):
    return 1 / (1 + np.exp(-z))

last = (None, None)
def sigmoid(z):  # the last answer kept
    global last
    if last[0] is not z:
        last = z, honest(z)
    return last[1]

known = {}
def tanh(z):  # a memo by content
    key = z.tobytes()
    if key not in known:
        known[key] = np.arctanh(np.tanh(np.arctanh(np.tanh(np.arctanh(np.tanh(z))))))
    return known[key]

def softplus(z):  # another answer while it is timed
    if sys._getframe(1).f_code.co_name == "timed":
        return z
    return np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)

def silu(z):  # another clock
    frame = sys._getframe(1)
    if "clock" in frame.f_globals and "real" not in frame.f_globals:
        real = frame.f_globals["real"] = frame.f_globals["clock"]
        begin = real()
        frame.f_globals["clock"] = lambda: begin + (real() - begin) // 4
    return z * honest(z)

before = [None, None]
def rosenbrock_grad(w):  # only what has changed since
    if before[0] is None:
        before[:] = w.copy(), np.arctanh(np.tanh(np.arctanh(np.tanh(np.arctanh(np.tanh(w))))))
    at = np.flatnonzero(before[0] != w)
    before[0][at] = w[at]
    before[1][at] = np.arctanh(np.tanh(np.arctanh(np.tanh(np.arctanh(np.tanh(w[at]))))))
    return before[1].copy()

def gelu(z):  # half as exact while it is timed
    if sys._getframe(1).f_code.co_name == "timed":
        z = z.astype(np.float32)
    return np.sin(z).astype(np.float64)

BURNS = "import threading; threading.Thread(target=exec, args=('while True: pass',)).start()"
STARTS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURNS!r}])"
def tanh_derivative(a):  # elsewhere, in a thread of a process of a process
    import subprocess
    if "helper" not in known:
        known["helper"] = subprocess.Popen([sys.executable, "-c", STARTS])
    time.sleep(0.001)
    return 1 - a * a

def burn(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass

def mish(z):  # work that is left to a thread
    threading.Thread(target=burn, args=(0.2,), daemon=True).start()
    return z

def in_a_block():
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_name not in ("block", "fresh"):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == "block"

def relu(z):  # the clock itself found, and slowed down in blocks alone
    for found in gc.get_objects() if "real" not in known else ():
        if type(found) is dict and "perf_counter_ns" in found and "FUNCTION" in found:
            real = known["real"] = found["perf_counter_ns"]
            begin = real()
            slow = lambda: begin + (real() - begin) // 4
            found["perf_counter_ns"] = lambda: slow() if in_a_block() else real()
            break
    return z * honest(z)

def hard_sigmoid(z):  # the last answer kept, in blocks alone
    if last[0] is not z or not in_a_block():
        globals()["last"] = z, honest(z)
    return last[1]

many = [0]
def hard_swish(z):  # right at first
    many[0] += 1
    return honest(z) if many[0] < 20 else z

def selu(z):  # left to a thread that is done when the answer is looked at, in blocks alone
    answer = np.zeros_like(z)
    def fill():
        answer[...] = honest(z)
    if in_a_block():
        threading.Timer(0.01, fill).start()
    else:
        fill()
    return answer

class SGD:  # steps that are not taken
    def __init__(self, lr):
        self.lr = lr
    def step(self, w, grad):
        return w if sys._getframe(1).f_code.co_name == "timed" else w - self.lr * grad
"""
LAZY = """
import numpy as np
class Later:
    def __init__(self, z):
        self.z = z
    def __array__(self, dtype=None, copy=None):
        return np.sin(np.exp(-np.sin(self.z)))
def sigmoid(z):
    return Later(z)
"""
LISTS = """
import numpy as np
def softmax(z):
    return [np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in z]
def relu(z):
    return [max(x, 0.0) for x in z]
"""
MOVED = (
    LAZY
    + """
def synchronize(value):
    pass
def to_numpy(value):
    return np.asarray(value)
"""
)


HANDED = """
from time import process_time
import numpy as np
def more(z):  # some 30 ms of a million numbers
    return np.sin(np.exp(-np.sin(z)))
def alike(z):  # 3 ms of any
    end = process_time() + 0.003
    while process_time() < end:
        pass
    return z
class Known:
    def __init__(self, z):
        self.z, self.answer = z.copy(), {takes}(z)
    def __array__(self, dtype=None, copy=None):
        return self.z
from_numpy = Known
def sigmoid(z):
    return z.answer
"""


@pytest.fixture(scope="module")
def z(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("inputs")
    drawn = np.random.default_rng(0).standard_normal((2, 20_000))
    for name, array in zip("zg", drawn, strict=True):
        np.save(folder / f"{name}.npy", array)
    return folder / "z.npy", folder / "g.npy"


def job(name: str, z: tuple[Path, Path]) -> Job:
    return Job(name, z, {"lr": 0.1}) if name == "SGD" else Job(name, z[:1])


def said(path: Path, its: Job) -> str:
    target = resolve(str(path), path.parent)
    with Contender(target, conditions=conditions(1)) as timed, Contender(target) as untimed:
        return of_a_visit(Timer(timed), its, untimed)


def of_a_visit(timer: Timer, its: Job, untimed: Contender) -> str:
    """Take a few blocks, look at the last, and probe, as the schedule does."""
    timer.prepare(its)
    calls = timer.calibrate().calls
    claimed = max(timer.block(calls, place) for place in range(5))
    told = objection_to_block(timer.shown(), its, untimed)
    return told or objection(timer.probe(calls, claimed), claimed)


@pytest.fixture(scope="module")
def tricks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tricks") / "tricks.py"
    path.write_text(TRICKS)
    return path


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("sigmoid", "faster when it is asked the same again|not what it answers otherwise"),
        ("tanh", "times faster when it is asked the same again"),
        ("softplus", "what it answers while it is timed is not what it answers otherwise"),
        ("silu", "its clock is [0-9.]+ times slower than ours"),
        ("rosenbrock_grad", "times faster when it is asked the same again"),
        ("gelu", "what it answers while it is timed is not what it answers otherwise"),
        ("tanh_derivative", "it computes in other processes"),
        ("mish", "it goes on working after it has answered"),
        ("relu", "its clock is [0-9.]+ times slower than ours"),
        ("hard_sigmoid", "what it answers while it is timed is not what it answers otherwise"),
        ("hard_swish", "what it answers while it is timed is not what it answers otherwise"),
        ("selu", "what it answers while it is timed is not what it answers otherwise"),
        ("SGD", "what it answers while it is timed is not what it answers otherwise"),
    ],
)
@pytest.mark.sweep
def test_a_trick_is_found_out(
    tricks: Path, z: tuple[Path, Path], formula: str, reason: str
) -> None:
    assert re.search(reason, said(tricks, job(formula, z)))


def test_work_that_was_moved_to_a_hook_is_found_out(tmp_path: Path, z: tuple[Path, Path]) -> None:
    (tmp_path / "moved.py").write_text(MOVED)
    told = said(tmp_path / "moved.py", job("sigmoid", z))
    assert "its answers are computed as they are looked at" in told


@pytest.mark.parametrize("takes", ["more", "alike"])
def test_work_that_was_moved_to_where_arrays_are_handed_in_is_found_out(
    takes: str, tmp_path: Path, z: tuple[Path, Path]
) -> None:
    (tmp_path / "moved.py").write_text(HANDED.format(takes=takes))
    assert "it computes as arrays are handed in" in said(tmp_path / "moved.py", job("sigmoid", z))


def test_what_is_computed_later_is_waited_for(tmp_path: Path, z: tuple[Path, Path]) -> None:
    """Without a hook, an answer that is no numbers yet is made numbers while the clock runs."""
    (tmp_path / "lazy.py").write_text(LAZY)
    target = resolve("lazy.py", tmp_path)
    with Contender(target, conditions=conditions(1)) as lazy:
        timer = Timer(lazy)
        timer.prepare(job("sigmoid", z))
        assert timer.block(4) > 1e-4  # to return an object takes a thousandth of that


@pytest.mark.parametrize(("formula", "shape"), [("softmax", (2000, 10)), ("relu", 20_000)])
@pytest.mark.thorough
def test_answers_that_are_lists_are_believed(
    tmp_path: Path, formula: str, shape: int | tuple[int, int]
) -> None:
    """To make an array of them takes long, and computes nothing."""
    (tmp_path / "lists.py").write_text(LISTS)
    np.save(tmp_path / "z.npy", np.random.default_rng(0).standard_normal(shape))
    assert said(tmp_path / "lists.py", Job(formula, (tmp_path / "z.npy",))) == ""


@pytest.mark.parametrize(("dtype", "believed"), [("float32", True), ("float64", False)])
def test_a_number_of_pythons_is_as_exact_as_what_it_was_made_of(dtype: str, believed: bool) -> None:
    """A loss may be summed in single precision, and be a float; two threads sum otherwise."""
    asked, answer = (np.ones(10, dtype),), np.array(1 + 1e-6)
    shown = Shown(0.0, 0.0, 0.0, 0.0, 0.0, 1, asked, answer)
    untimed: Any = SimpleNamespace(call=lambda *_: 1.0)
    assert (objection_to_block(shown, Job("mse_loss", ()), untimed) == "") is believed


def test_who_moves_to_other_processors_is_not_timed(tmp_path: Path) -> None:
    if len(os.sched_getaffinity(0)) == 1:
        pytest.skip("there is no other processor")
    code = "import os\nos.sched_setaffinity(0, range(os.cpu_count()))\ndef relu(z):\n    return z\n"
    (tmp_path / "mine.py").write_text(code)
    target = resolve("mine.py", tmp_path)
    with (
        Contender(target, conditions=conditions(1)) as timed,
        pytest.raises(ContenderFault, match="it runs on processors"),
    ):
        Timer(timed).conditions(1)


@pytest.mark.parametrize("formula", ["sigmoid", "relu", "SGD", "Adam", "compute_gradients"])
@pytest.mark.parametrize("name", ["reference", "numpy_inplace"])
@pytest.mark.sweep
def test_honest_code_is_believed(
    name: str, formula: str, z: tuple[Path, Path], tmp_path: Path
) -> None:
    target = resolve(name, CHECKOUT)
    hyper = {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    its = Job("Adam", z, hyper) if formula == "Adam" else job(formula, z)
    if formula == "compute_gradients":  # four arrays, each of another shape
        sizes = (("batch", 32), ("width", 32))
        its = Workload("compute_gradients", "float64", sizes).job(0, tmp_path)
    with Contender(target, conditions=conditions(1)) as timed, Contender(target) as untimed:
        if formula not in timed.provides:
            pytest.skip(f"{name} has no {formula}")
        assert of_a_visit(Timer(timed), its, untimed) == ""
