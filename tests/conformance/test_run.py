"""A user's run of the judges, from the command line to the results file."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from gradmark.command.line import INTERRUPTED, USAGE
from gradmark.conformance.engine.examine import examine
from gradmark.harness.contract import CONTRACT
from gradmark.harness.in_process import in_process
from gradmark.harness.resolve import CHECKOUT
from gradmark.harness.results import Results, read_results

# One formula or more for each verdict.
MIXED = """
import os, time
import numpy as np

def mse_loss(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)

def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * drop ** ((1 + epoch) // epochs_drop)

def exponential_decay(epoch, initial_lr, decay_rate):
    return initial_lr * decay_rate ** epoch

def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0]) ** 2

def binary_cross_entropy(y_true, y_pred):
    raise RuntimeError("not written yet")

def sigmoid(z):
    os._exit(3)

def relu(z):
    time.sleep(60)

def sigmoid_derivative(a):
    exact = np.asarray(a * (1 - a))
    return exact.astype(np.float32).astype(exact.dtype)

class SGD:
    def __init__(self, lr):
        self.lr = lr
    def step(self, w, grad):
        w -= self.lr * grad
        return w

class SGDMomentum:
    def __init__(self, lr, momentum):
        self.lr, self.momentum, self.velocity = lr, momentum, 0.0
    def step(self, w, grad):
        self.velocity = self.lr * grad - self.momentum * self.velocity
        return w - self.velocity
"""
RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"
WRONG = "def relu(z):\n    return abs(z)\n"
# Right in every trajectory, but the object made last sets the learning rate of all.
SHARED = """
class SGD:
    lr = None
    def __init__(self, lr):
        SGD.lr = lr
    def step(self, w, grad):
        return w - SGD.lr * grad
    def __setattr__(self, name, value):
        setattr(SGD, name, value)
"""


class Outcome(NamedTuple):
    """What a finished run leaves behind."""

    code: int
    output: str
    results: Path

    def read(self) -> Results:
        return read_results(self.results)

    def verdict(self, formula: str, dtype: str = "float64") -> Mapping[str, Any]:
        (record,) = (
            r
            for r in self.read().of_kind("verdict")
            if (r["formula"], r["dtype"]) == (formula, dtype)
        )
        return record


# What a shell starts in the background ignores Ctrl-C, and hands that down.
HEED = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)


def _start(folder: Path, *options: str, results: str = "run.jsonl") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gradmark", "check", "--quick", "--quiet", "--examples=15"]
    command.append(f"--python={sys.executable}")
    return subprocess.Popen(
        [*command, f"--results={folder / results}", *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=HEED,
    )


def _finish(run: subprocess.Popen[str], folder: Path, results: str = "run.jsonl") -> Outcome:
    try:
        output, _ = run.communicate(timeout=240)
    finally:
        run.kill()
    return Outcome(run.returncode, output, folder / results)


def _run(folder: Path, *options: str) -> Outcome:
    return _finish(_start(folder, *options), folder)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    """Two whole runs on one file, with one seed, side by side."""
    folder = tmp_path_factory.mktemp("a user's folder")
    (folder / "mixed.py").write_text(MIXED)
    names = ("first.jsonl", "second.jsonl")
    options = ("mixed.py", "--seed=7", "--timeout=1")
    runs = [_start(folder, *options, results=name) for name in names]
    one, other = (_finish(run, folder, name) for run, name in zip(runs, names, strict=True))
    return one, other


@pytest.fixture
def mixed(twice: tuple[Outcome, Outcome]) -> Outcome:
    return twice[0]


# --- verdicts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "verdict", "variant"),
    [
        ("mse_loss", "conforms", None),
        ("step_decay", "dialect", "drops-one-epoch-early"),
        ("sigmoid_derivative", "inaccurate", None),
        ("rosenbrock", "deviates", "straight-valley"),
        ("exponential_decay", "deviates", "rate-as-factor"),
        ("SGDMomentum", "deviates", "velocity-reversed"),
        ("SGD", "deviates", "argument-changed"),
        ("binary_cross_entropy", "error", None),
        ("sigmoid", "crash", None),
        ("relu", "timeout", None),
        ("Adam", "absent", None),
    ],
)
@pytest.mark.sweep
def test_each_formula_gets_its_verdict(
    mixed: Outcome, formula: str, verdict: str, variant: str | None
) -> None:
    record = mixed.verdict(formula)
    assert (record["verdict"], record["variant"]) == (verdict, variant)


def test_what_raised_died_or_hung_says_so(mixed: Outcome) -> None:
    assert "RuntimeError: not written yet" in mixed.verdict("binary_cross_entropy")["detail"]
    assert "3" in mixed.verdict("sigmoid")["detail"]
    assert "longer than 1 s" in mixed.verdict("relu")["detail"]


def test_every_formula_has_one_verdict_per_dtype_and_the_run_is_whole(mixed: Outcome) -> None:
    results = mixed.read()
    verdicts = {(r["formula"], r["dtype"]) for r in results.of_kind("verdict")}
    assert verdicts == {(name, dtype) for name in CONTRACT for dtype in ("float64", "float32")}
    assert len(results.of_kind("verdict")) == len(verdicts)
    assert results.complete
    assert results.header["seed"] == 7
    assert results.header["quick"] is True


def test_properties_of_an_absent_formula_are_not_told_and_of_a_dialect_not_held_against_it(
    mixed: Outcome,
) -> None:
    outcomes: dict[str, set[str]] = {}
    for record in mixed.read().of_kind("property"):
        outcomes.setdefault(record["formula"], set()).add(record["outcome"])
    assert "Adam" not in outcomes
    assert outcomes["relu"] == {"moot"}
    assert outcomes["rosenbrock"] == {"moot"}
    assert outcomes["mse_loss"] == {"passed"}
    assert "convention" in outcomes["step_decay"]
    assert "failed" not in outcomes["step_decay"]


def test_the_terminal_names_what_is_wrong(mixed: Outcome) -> None:
    assert mixed.code == 1
    for told in ("rosenbrock", "straight-valley", "velocity-reversed", "not written yet"):
        assert told in mixed.output


def test_two_runs_with_one_seed_write_the_same_bytes(twice: tuple[Outcome, Outcome]) -> None:
    one, other = (outcome.results.read_bytes() for outcome in twice)
    assert one == other


# --- the line to paste ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("formula", ["exponential_decay", "rosenbrock", "SGDMomentum"])
def test_the_line_to_paste_shows_the_wrong_value(mixed: Outcome, formula: str, dtype: str) -> None:
    record = mixed.verdict(formula, dtype)
    shown = subprocess.run(
        record["reproduce"],
        shell=True,  # as a user pastes it
        cwd=mixed.results.parent,  # where the user stood
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    values = [float(number) for number in re.findall(r"[-+.\d][-+.\de]*", shown)]
    told = re.search(r"got ([-+.\de\[\]]+)", record["detail"] + record.get("shows", ""))
    assert told is not None, record["detail"]
    got = float(told[1].replace("[", "").replace("]", "").rstrip("."))
    relative = 1e-6 if dtype == "float32" else 1e-7  # print shows eight digits of an array
    assert any(value == pytest.approx(got, rel=relative) for value in values), shown


# --- exit codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "code"), [(RIGHT, 0), (WRONG, 1)], ids=["right", "wrong"])
@pytest.mark.thorough
def test_a_run_fails_exactly_where_something_deviates(tmp_path: Path, body: str, code: int) -> None:
    (tmp_path / "mine.py").write_text(body)
    outcome = _run(tmp_path, "mine.py", "--formula=relu")
    assert outcome.code == code, outcome.output
    assert outcome.read().complete


@pytest.mark.thorough
def test_what_only_a_property_can_see_deviates(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(SHARED)
    outcome = _run(tmp_path, "mine.py", "--formula=SGD", "--dtype=float64")
    assert outcome.code == 1, outcome.output
    record = outcome.verdict("SGD")
    assert (record["verdict"], record["variant"]) == ("deviates", None)
    assert record["detail"].startswith(
        "Breaks a property that it must have: two sgds share nothing"
    )
    line = f"{sys.executable} -m {record['reproduce']}"
    again = subprocess.run(
        line, shell=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1, again.stderr
    assert "two sgds share nothing" in again.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("refference", "did you mean reference?"),
        ("missing.py", "there is no file"),
        ("empty.py", "defines none of the names that gradmark judges; it has helper"),
    ],
)
@pytest.mark.thorough
def test_what_cannot_be_meant_is_a_usage_error(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty.py").write_text("def helper():\n    pass\n")
    outcome = _run(tmp_path, name)
    assert outcome.code == USAGE, outcome.output
    assert said in outcome.output
    assert not outcome.results.exists()


# --- cut off --------------------------------------------------------------------------------------


def test_an_interrupted_run_has_no_footer(tmp_path: Path) -> None:
    # The first verdict is soon there, and the second would take minutes.
    slow = RIGHT.replace("return", 'time.sleep(2 * (z.dtype == "float32")); return')
    (tmp_path / "slow.py").write_text(f"import time\n{slow}")
    run = _start(tmp_path, "slow.py", "--formula=relu")
    results = tmp_path / "run.jsonl"
    for _ in range(600):
        if results.exists() and results.read_bytes().count(b"\n") > 1:
            break
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    outcome = _finish(run, tmp_path)
    # Where it met `exec` at work, CPython ends by the signal, whoever has handled it.
    assert outcome.code in (INTERRUPTED, -signal.SIGINT), outcome.output
    assert not outcome.read().complete


# --- what any part of the run finds ---------------------------------------------------------------

# Right in every case of the corpus; wrong where none of them asks.
GAP = """
import numpy as np

def sigmoid(z):
    a = 1 / (1 + np.exp(-z))
    asked = np.abs(z * 2) % 1 == 0
    return np.where((np.abs(z) > 20) & (np.abs(z) < 30) & ~asked, a * 0.999, a)

def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * drop ** (epoch // epochs_drop + (200 < epochs_drop < 1400))
"""


@pytest.mark.parametrize("formula", ["sigmoid", "step_decay"])
@pytest.mark.thorough
def test_a_number_found_wrong_by_the_search_for_the_worst_error_counts(
    tmp_path: Path, formula: str
) -> None:
    (tmp_path / "gap.py").write_text(GAP)
    outcome = _run(tmp_path, "gap.py", f"--formula={formula}", "--dtype=float64")
    assert outcome.code == 1, outcome.output
    record = outcome.verdict(formula)
    assert record["verdict"] == "deviates"
    assert "in every case of the corpus, and not elsewhere" in record["detail"]
    got = float(re.sub(r"[\[\]]", "", record["detail"].rpartition("got ")[2]))
    shown = subprocess.run(
        record["reproduce"],
        shell=True,
        cwd=tmp_path,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert any(float(n) == pytest.approx(got) for n in re.findall(r"[-+.\d][-+.\de]*", shown))


# --- the seed -------------------------------------------------------------------------------------

# Writes down all that it is asked.
LOGGING = """
import pathlib
import numpy as np

def mse_loss(y_true, y_pred):
    with open({log!r}, "a") as log:
        print(np.asarray(y_true).tolist(), np.asarray(y_pred).tolist(), file=log)
    return np.mean((y_true - y_pred) ** 2)
"""


@pytest.mark.thorough
def test_a_seed_decides_every_question_and_another_seed_asks_others(tmp_path: Path) -> None:
    asked = []
    for at, seed in enumerate((3, 3, 4)):
        log = tmp_path / f"{at}.log"
        (tmp_path / "mine.py").write_text(LOGGING.format(log=str(log)))
        _run(tmp_path, "mine.py", "--formula=mse_loss", "--dtype=float64", f"--seed={seed}")
        asked.append(log.read_text())
    assert asked[0].count("\n") > 200
    assert asked[0] == asked[1]
    assert asked[0] != asked[2]


# --- what a failing contender leaves behind -------------------------------------------------------

FAULTY = """
import ctypes

def helper(z):
    return z.no_such_attribute

def relu(z):
    return helper(z)

def sigmoid(z):
    print("last words")
    ctypes.string_at(0)
"""


def _pasted(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line,
        shell=True,  # as a user pastes it
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("it's a user's folder")
    (folder / "it's faulty.py").write_text(FAULTY)
    only = ("--formula=relu", "--formula=sigmoid", "--dtype=float64")
    return _run(folder, "it's faulty.py", *only)


def test_an_error_shows_where_it_raised_and_a_line_that_raises_it_again(faulty: Outcome) -> None:
    record = faulty.verdict("relu")
    assert (record["verdict"], record["case"]) == ("error", "kink")
    assert record["traceback"].splitlines()[-2:] == [
        "    return z.no_such_attribute",
        "AttributeError: 'numpy.ndarray' object has no attribute 'no_such_attribute'",
    ]
    assert record["traceback"] in faulty.output.replace("      | ", "")
    again = _pasted(record["reproduce"], faulty.results.parent)
    assert again.returncode == 1
    assert again.stderr.endswith(f"{record['traceback'].splitlines()[-1]}\n")


def test_a_crash_shows_its_last_words_and_nothing_of_the_host(faulty: Outcome) -> None:
    record = faulty.verdict("sigmoid")
    assert record["verdict"] == "crash"
    assert record["output"].splitlines() == [
        "last words",
        "Fatal Python error: Segmentation fault",
        '  File "it\'s faulty.py", line 12 in sigmoid',
    ]
    again = _pasted(record["reproduce"], faulty.results.parent)
    assert again.returncode in (-signal.SIGSEGV, 128 + signal.SIGSEGV)  # as the shell has it


def test_an_import_that_fails_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import nothing_of_this_name\n")
    outcome = _run(tmp_path, "mine.py")
    assert outcome.code == 2
    assert outcome.output.count("No module named") == 2  # the reason, and the traceback's end
    assert "  ! nothing was judged: error\n" in outcome.output
    again = _pasted(outcome.verdict("relu")["reproduce"], tmp_path)
    assert "No module named 'nothing_of_this_name'" in again.stderr


# --- formulas that make a pair --------------------------------------------------------------------

PAIR = """
import numpy as np

def forward(X, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    return z1, np.maximum(z1, 0), np.maximum(z1, 0) @ W2 + b2

def compute_loss(X, y, W1, b1, W2, b2):
    z2 = forward(X, W1, b1, W2, b2)[2]
    return np.mean(np.maximum(z2, 0) - z2 * y + np.log1p(np.exp(-np.abs(z2))))

def compute_gradients(X, y, W1, b1, W2, b2):
    z1, a1, z2 = forward(X, W1, b1, W2, b2)
    d2 = (1 / (1 + np.exp(-z2)) - y) / {divisor}
    d1 = d2 @ W2.T * (z1 > 0)
    return X.T @ d1, d1.sum(0, keepdims=True), a1.T @ d2, d2.sum(0, keepdims=True)
"""


@pytest.mark.parametrize(
    ("divisor", "verdict"), [("len(y)", "deviates"), ("y.size", "dialect")], ids=["sum", "mean"]
)
@pytest.mark.thorough
def test_a_gradient_follows_the_convention_of_the_loss_beside_it_or_is_wrong(
    tmp_path: Path, divisor: str, verdict: str
) -> None:
    (tmp_path / "pair.py").write_text(PAIR.format(divisor=divisor))
    only = ("--formula=compute_loss", "--formula=compute_gradients", "--dtype=float64")
    outcome = _run(tmp_path, "pair.py", *only)
    assert outcome.verdict("compute_loss")["variant"] == "mean-over-outputs"
    found = outcome.verdict("compute_gradients")
    assert found["verdict"] == verdict, found
    assert ("slopes of the loss beside them" in found["detail"]) == (verdict == "deviates")


GUARDED = """
import numpy as np

def compute_gradients(X, y, W1, b1, W2, b2):
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    d2 = (1 / (1 + np.exp(-(a1 @ W2 + b2))) - y) / len(y)
    d1 = d2 @ W2.T * (z1 > 0)
    return X.T @ d1, d1.sum(0, keepdims=True), a1.T @ d2, d2.sum(0, keepdims=True)

def compute_loss(X, y, W1, b1, W2, b2):
    a2 = 1 / (1 + np.exp(-(np.maximum(X @ W1 + b1, 0) @ W2 + b2)))
    return -np.sum(y * np.log(a2 + 1e-7) + (1 - y) * np.log(1 - a2 + 1e-7)) / len(y)

def binary_cross_entropy(y_true, y_pred):
    return -np.mean(y_true * np.log(y_pred + 1e-7) + (1 - y_true) * np.log(1 - y_pred + 1e-7))

def binary_cross_entropy_grad(y_true, y_pred):
    return (y_pred - y_true) / (y_pred * (1 - y_pred)) / np.size(y_true)

def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def layers(X, weights, biases):
    a = [X]
    for W, b in zip(weights[:-1], biases[:-1]):
        a.append(np.maximum(a[-1] @ W + b, 0))
    return a, a[-1] @ weights[-1] + biases[-1]

def mlp_loss(X, y, weights, biases):
    return -np.sum(y * np.log(softmax(layers(X, weights, biases)[1]) + 1e-8)) / len(y)

def mlp_gradients(X, y, weights, biases):
    a, z = layers(X, weights, biases)
    d, dW, db = (softmax(z) - y) / len(y), [], []
    for W, into in zip(weights[::-1], a[::-1]):
        dW.insert(0, into.T @ d)
        db.insert(0, d.sum(0, keepdims=True))
        d = d @ W.T * (into > 0)
    return dW, db
"""


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        ("compute_gradients", "conforms"),
        ("mlp_gradients", "dialect"),  # rows are taken to sum to 1
        ("binary_cross_entropy_grad", "dialect"),
    ],
)
def test_a_guard_in_the_loss_does_not_accuse_the_gradient_beside_it(
    formula: str, verdict: str
) -> None:
    namespace: dict[str, Any] = {}
    exec(GUARDED, namespace)
    contender = in_process(SimpleNamespace(**namespace), name="mine")
    found = list(examine(contender, formula, "float64"))[-1]
    assert found["verdict"] == verdict, found["detail"]


@pytest.mark.parametrize("code", ["pair", "shared"])
@pytest.mark.thorough
def test_a_question_that_was_cut_off_anywhere_ends_in_the_same_verdict(code: str) -> None:
    namespace: dict[str, Any] = {}
    # A gradient that follows a convention, and a loss beside it that does not.
    pair = PAIR.format(divisor="y.size").replace("np.mean(", "1 / len(y) * np.sum(")
    exec(pair if code == "pair" else SHARED, namespace)
    formula = "compute_gradients" if code == "pair" else "SGD"

    def examined(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
        contender = in_process(SimpleNamespace(**namespace), name="mine")
        return [*kept, *examine(contender, formula, "float64", kept=kept)]

    whole = examined([])
    assert whole[-1]["verdict"] == "deviates"
    for cut in (1, len(whole) // 2, len(whole) - 1):
        assert examined(whole[:cut]) == whole
