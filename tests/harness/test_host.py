import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from gradmark.harness import worker
from gradmark.harness.host import (
    Contender,
    ContenderAbsent,
    ContenderCrash,
    ContenderFault,
    ContenderImpure,
    ContenderTimeout,
)
from gradmark.harness.resolve import CHECKOUT, Target, UsageError, resolve

CONTENDERS = Path(__file__).parent / "contenders"
PAIR = ([1.0, 2.0], [1.0, 4.0])
NETWORK = (
    np.ones((4, 3)),
    np.ones((4, 1)),
    np.ones((3, 2)),
    np.ones((1, 2)),
    [[1.0], [1.0]],
    [[1.0]],
)
Write = Callable[[str], Target]


@pytest.fixture(scope="module")
def honest() -> Iterator[Contender]:
    with Contender(resolve("honest.py", CONTENDERS)) as contender:
        yield contender


@pytest.fixture(scope="module")
def echo() -> Iterator[Contender]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMARK_TEST_SECRET", "hunter2")
        with Contender(resolve("echo.py", CONTENDERS)) as contender:
            assert contender.provides  # it starts while the secret is set
            yield contender


@pytest.fixture(scope="module")
def _faulty() -> Iterator[Contender]:
    with Contender(resolve("faulty.py", CONTENDERS), timeout=5) as contender:
        yield contender


@pytest.fixture
def faulty(_faulty: Contender) -> Iterator[Contender]:
    """Whatever it did, its next call must work."""
    yield _faulty
    _faulty.timeout = 5
    assert _faulty.call("mse_loss", *PAIR) == 2.0


@pytest.fixture
def boxed() -> Iterator[Contender]:
    with Contender(resolve("boxed.py", CONTENDERS)) as contender:
        yield contender


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(source: str) -> Target:
        path = tmp_path / "mine.py"
        path.write_text(textwrap.dedent(source))
        return resolve("mine.py", tmp_path)

    return write


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def ends_soon(pid: int) -> bool:
    for _ in range(100):
        if not is_running(pid):
            return True
        time.sleep(0.05)
    return False


# What crosses, and how it arrives


@pytest.mark.parametrize(
    "array",
    [
        np.array([-0.0, 5e-324, -2.2e-308, np.inf, -np.inf, np.finfo(float).max]),
        np.array([[1e-45, -0.0], [np.nan, 3.0]], np.float32),
        np.array([0.5, 65504.0], np.float16),
        np.array([0.5, 3e38, np.nan], ml_dtypes.bfloat16),
        np.array([-(2**63), 2**63 - 1]),
        np.array([True, False]),
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
        np.arange(6.0)[::-2],
        np.array([1.5], ">f8"),
        np.empty((0, 3)),
        np.array(2.5),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_an_array_crosses_both_ways_bit_for_bit(
    echo: Contender, array: NDArray[np.generic]
) -> None:
    back = echo.call("relu", array)
    assert isinstance(back, np.ndarray)
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_python_numbers_arrive_as_python_numbers(echo: Contender) -> None:
    assert echo.call("step_decay", 3, 0.1, True, 20) == 0b111
    assert echo.call("step_decay", np.int64(3), np.float64(0.1), np.True_, 20) == 0


@pytest.mark.parametrize("number", [0.1, -3, 2**31, -(2**31) - 1, 2**62, True, float("inf")])
def test_a_python_number_crosses_both_ways(echo: Contender, number: float) -> None:
    assert echo.call("exponential_decay", number, 0.1, 0.05) == number


def test_a_numpy_scalar_keeps_its_dtype(echo: Contender) -> None:
    back = echo.call("exponential_decay", np.float32(0.1), 0.1, 0.05)
    assert isinstance(back, np.ndarray)
    assert back.dtype == np.float32
    assert back == np.float32(0.1)


def test_a_list_of_numbers_is_an_answer(honest: Contender) -> None:
    assert np.array_equal(honest.call("rosenbrock_grad", [0.0, 1.0]), [-2.0, 200.0])


def test_four_gradients_come_back_in_order(honest: Contender) -> None:
    dW1, _db1, dW2, db2 = honest.call("compute_gradients", *NETWORK)
    assert np.array_equal(dW1, np.full((3, 2), 12.0))
    assert np.array_equal(dW2, [[2.0], [2.0]])
    assert np.array_equal(db2, [[0.0]])


def test_a_contender_provides_what_it_defines(honest: Contender) -> None:
    assert honest.provides == {
        "mse_loss",
        "sigmoid_derivative",
        "step_decay",
        "rosenbrock_grad",
        "compute_gradients",
        "SGDMomentum",
    }


def test_the_hosts_own_mistakes_are_its_own(honest: Contender) -> None:
    with pytest.raises(ValueError, match="name: expected one of the contract's, got 'mse'"):
        honest.call("mse", *PAIR)
    with pytest.raises(ValueError, match="name: expected a function of the contract"):
        honest.call("SGDMomentum", 0.1)
    with pytest.raises(ValueError, match="name: expected an optimizer, got mse_loss, a loss"):
        honest.optimizer("mse_loss", lr=0.1)
    with pytest.raises(ValueError, match="args: expected y_true, y_pred for mse_loss, got 1"):
        honest.call("mse_loss", [1.0])
    with pytest.raises(TypeError, match="expected real numbers, got dtype <U3"):
        honest.call("mse_loss", ["1.0"], [1.0])
    with pytest.raises(ValueError, match=r"grads: expected shape \(steps >= 1, \*\(2,\)\)"):
        honest.trajectory("SGDMomentum", {}, [1.0, 2.0], np.empty((0, 2)))
    with pytest.raises(ValueError, match="lrs: expected 3 rates, got 2"):
        honest.trajectory("SGDMomentum", {}, [1.0, 2.0], np.ones((3, 2)), [0.1, 0.2])


@pytest.mark.parametrize("dtype", ["O", "<U2", "V8"])
def test_only_numbers_are_decoded(dtype: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        worker.encode(worker.decode(("array", dtype, (1,), bytes(8))))


# Optimizers


def test_a_step_to_another_shape_is_told_though_its_process_does_not(
    honest: Contender, monkeypatch: pytest.MonkeyPatch
) -> None:
    optimizer = honest.optimizer("SGDMomentum", lr=0.5, momentum=0.5)
    monkeypatch.setattr(optimizer, "_ask", lambda *_: (worker.encode(np.ones(1)), ()))
    with pytest.raises(ContenderFault, match=r"weights of shape \(1,\), expected \(2,\)"):
        optimizer.step(*PAIR)


def test_an_optimizer_steps_and_shows_its_state(honest: Contender) -> None:
    with honest.optimizer("SGDMomentum", lr=0.5, momentum=0.5) as optimizer:
        assert optimizer.state() == {}
        w = optimizer.step([1.0, 2.0], [2.0, -2.0])
        assert np.array_equal(w, [0.0, 3.0])
        assert list(optimizer.state()) == ["velocity"]
        assert np.array_equal(optimizer.state()["velocity"], [1.0, -1.0])


def test_two_optimizers_of_one_contender_are_apart(honest: Contender) -> None:
    first = honest.optimizer("SGDMomentum", lr=1.0, momentum=1.0)
    second = honest.optimizer("SGDMomentum", lr=1.0, momentum=1.0)
    first.step([0.0], [1.0])
    assert first.step([0.0], [0.0]) == -1.0
    assert second.step([0.0], [0.0]) == 0.0


def test_a_learning_rate_can_be_read_and_set(honest: Contender) -> None:
    optimizer = honest.optimizer("SGDMomentum", lr=0.5, momentum=0.0)
    assert optimizer.lr == 0.5
    optimizer.lr = 0.25
    assert optimizer.lr == 0.25
    assert optimizer.step([0.0], [4.0]) == -1.0


def test_a_trajectory_is_its_steps(honest: Contender) -> None:
    rng = np.random.default_rng(20260503)
    w, gradients = rng.normal(size=(2, 2)), rng.normal(size=(7, 2, 2))
    rates = [0.1, 0.1, 0.5, 0.5, 0.01, 1.0, 0.0]
    weights = honest.trajectory("SGDMomentum", {"lr": 9.0, "momentum": 0.9}, w, gradients, rates)
    optimizer = honest.optimizer("SGDMomentum", lr=9.0, momentum=0.9)
    for gradient, rate, expected in zip(gradients, rates, weights, strict=True):
        optimizer.lr = rate
        w = optimizer.step(w, gradient)
        assert np.array_equal(w, expected)


def test_a_learning_rate_does_not_widen_float32(honest: Contender) -> None:
    gradients = np.ones((2, 3), np.float32)
    weights = honest.trajectory("SGDMomentum", {"lr": 0.1}, gradients[0], gradients, [0.1, 0.2])
    assert weights.dtype == np.float32


def test_working_in_place_is_reported_with_the_trajectory(faulty: Contender) -> None:
    with pytest.raises(ContenderImpure, match="faulty: SGD: wrote to its input w") as caught:
        faulty.trajectory("SGD", {"lr": 1.0}, [3.0], [[1.0], [1.0]])
    assert caught.value.arguments == ("w",)
    assert np.array_equal(caught.value.value, [[2.0], [1.0]])


def test_a_buffer_that_is_handed_out_twice_is_seen(faulty: Contender) -> None:
    with pytest.raises(ContenderImpure) as caught:
        faulty.trajectory("SGDMomentum", {"lr": 1.0}, [3.0], [[1.0], [1.0]])
    assert np.array_equal(caught.value.value, [[2.0], [1.0]])


def test_a_learning_rate_that_is_not_there_cannot_be_set(faulty: Contender) -> None:
    with pytest.raises(ContenderFault, match=r"step 1 SGDMomentum has no .* lr"):
        faulty.trajectory("SGDMomentum", {}, [3.0], [[1.0]], [0.1])
    with pytest.raises(ContenderFault, match=r"raised AttributeError: .*no attribute 'lr'"):
        _ = faulty.optimizer("SGDMomentum", lr=0.1).lr


def test_a_fault_in_a_trajectory_names_its_step(faulty: Contender) -> None:
    with pytest.raises(ContenderFault, match=r"faulty: RMSprop: step 3 raised .*faulty.py:\d+ in"):
        faulty.trajectory("RMSprop", {"lr": 0.1}, [3.0], np.ones((4, 1)))
    with pytest.raises(ContenderFault, match=r"step 2 returned .* \(1,\), expected \(2,\)"):
        faulty.trajectory("Adam", {"lr": 0.1}, [3.0, 4.0], np.ones((4, 2)))
    with pytest.raises(ContenderFault, match="faulty: sigmoid: called"):
        faulty.call("sigmoid", [0.0])


def test_an_optimizer_ends_with_its_process(faulty: Contender) -> None:
    with faulty.optimizer("RMSprop", lr=0.1) as optimizer:
        with pytest.raises(ContenderCrash, match="exited with status 3"):
            faulty.call("categorical_cross_entropy", *PAIR)
        faulty.call("mse_loss", *PAIR)
        with pytest.raises(ContenderCrash, match="the optimizer ended with its process"):
            optimizer.step([1.0], [1.0])


# What a contender can do wrong


def test_reading_address_zero_is_a_crash(faulty: Contender) -> None:
    with pytest.raises(ContenderCrash) as caught:
        faulty.call("binary_cross_entropy", *PAIR)
    assert str(caught.value) == "faulty: binary_cross_entropy: its process died of SIGSEGV"
    assert caught.value.verdict == "crash"
    assert "about to read address 0" in caught.value.output
    assert "in binary_cross_entropy" in caught.value.output  # where it was, too


def test_leaving_without_a_word_is_a_crash(faulty: Contender) -> None:
    with pytest.raises(ContenderCrash, match="its process exited with status 3"):
        faulty.call("categorical_cross_entropy", *PAIR)


def test_an_answer_nobody_waited_for_is_not_taken_for_the_next(
    faulty: Contender, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.call("mse_loss", *PAIR)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gradmark.harness.process.Process.receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            faulty.call("mse_loss", [5.0], [0.0])
    assert faulty.call("mse_loss", *PAIR) == 2.0


def test_sys_exit_is_not_a_crash(faulty: Contender) -> None:
    with pytest.raises(ContenderFault, match=r"faulty: sigmoid: called sys.exit\(enough\)"):
        faulty.call("sigmoid", [0.0])


@pytest.mark.parametrize("stuck", ["sigmoid_derivative", "rosenbrock_grad"])
@pytest.mark.thorough
def test_a_call_that_does_not_end_is_ended(faulty: Contender, stuck: str) -> None:
    faulty.call("mse_loss", *PAIR)
    faulty.timeout = 0.2
    with pytest.raises(ContenderTimeout, match=r"the call took longer than 0\.2 s") as caught:
        faulty.call(stuck, [0.0])
    assert caught.value.verdict == "timeout"


def test_printing_does_not_disturb_the_conversation(faulty: Contender) -> None:
    answer = faulty.call("relu", [1.0, 0.0])
    assert np.array_equal(answer, [0.0, -np.inf])


def test_a_nasty_message_comes_as_one_printable_line(faulty: Contender) -> None:
    with pytest.raises(ContenderFault) as caught:
        faulty.call("relu_derivative", [1.0])
    assert caught.value.reason.startswith(
        r"raised NastyError: two\nlines, \x1b[31mred\x1b[0m, half a pair \ud800,"
        " at 0x… (faulty.py:"
    )


def test_an_exception_without_a_message_is_told_all_the_same(faulty: Contender) -> None:
    with pytest.raises(ContenderFault, match=r"SilentError: <its str\(\) raised RuntimeError>"):
        faulty.call("relu_derivative", [0.0])


def test_a_written_input_is_named_and_the_answer_kept(faulty: Contender) -> None:
    with pytest.raises(ContenderImpure, match="wrote to its input X, W2") as caught:
        faulty.call("compute_loss", *NETWORK)
    assert caught.value.arguments == ("X", "W2")
    assert caught.value.value == 7.0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (0, r"returned None \(is a `return` missing\?\)"),
        (1, "returned str, expected real numbers"),
        (2, "returned complex, expected real numbers"),
        (3, "returned object, expected real numbers"),
        (4, "returned dict, expected real numbers"),
        (5, "returned numpy.ndarray of dtype <U3, expected real numbers"),
        (6, "returned numpy.ndarray of dtype object, expected real numbers"),
        (7, "returned numpy.ndarray of dtype complex128, expected real numbers"),
        (8, "returned a ragged list, expected an array"),
        (9, "returned int of dtype object, expected real numbers"),
        (10, r"returned an array of shape \(2,\), expected a number"),
        (11, r"returned an array of shape \(1, 1\), expected a number"),
    ],
)
def test_what_is_no_number_is_named(faulty: Contender, answer: int, reason: str) -> None:
    with pytest.raises(ContenderFault, match=f"^faulty: rosenbrock: {reason}$"):
        faulty.call("rosenbrock", [answer, 0.0])


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (0.0, "returned numpy.ndarray, expected 4 arrays"),
        (3.0, "returned tuple of length 3, expected 4 arrays"),
    ],
)
def test_gradients_are_four(faulty: Contender, kept: float, reason: str) -> None:
    with pytest.raises(ContenderFault, match=reason):
        faulty.call("compute_gradients", np.full((4, 3), kept), *NETWORK[1:])


def test_a_gradient_of_another_shape_is_named(write: Write) -> None:
    target = write("""
        def compute_gradients(X, y, W1, b1, W2, b2):
            return W1, b1[0][1:], W2, b2
    """)
    with (
        Contender(target) as contender,
        pytest.raises(ContenderFault, match=r"for db1 an array of shape \(1,\), expected shape"),
    ):
        contender.call("compute_gradients", *NETWORK)


def test_the_gradient_of_a_bias_may_be_a_row_without_its_table(write: Write) -> None:
    target = write("""
        def compute_gradients(X, y, W1, b1, W2, b2):
            return W1, b1[0], W2, b2[0]
    """)
    with Contender(target) as contender:
        answer = contender.call("compute_gradients", *NETWORK)
    assert [part.shape for part in answer] == [np.shape(part) for part in NETWORK[2:]]


def test_the_gradient_of_weights_of_one_input_is_a_table(write: Write) -> None:
    target = write("""
        def mlp_gradients(X, y, weights, biases):
            return [weights[0][0]], [biases[0][0]]
    """)
    with (
        Contender(target) as contender,
        pytest.raises(
            ContenderFault, match=r"for dweights\[0\] an array of shape \(2,\), expected"
        ),
    ):
        contender.call("mlp_gradients", [[1.0]], [[1.0, 0.0]], [np.ones((1, 2))], [np.ones((1, 2))])


def test_an_interrupt_from_within_is_a_fault(faulty: Contender) -> None:
    with pytest.raises(ContenderFault, match="raised KeyboardInterrupt"):
        faulty.call("exponential_decay", 1, 0.1, 0.05)


def test_endless_recursion_is_a_fault(faulty: Contender) -> None:
    with pytest.raises(ContenderFault, match="raised RecursionError"):
        faulty.call("cosine_annealing", 1, 0.1, 10)


def test_cutting_the_connection_is_a_crash(faulty: Contender) -> None:
    with pytest.raises(ContenderCrash, match="its process"):
        faulty.call("warmup_cosine", 1, 0.1, 10, 100)


@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_a_name_that_is_missing_or_cannot_be_called_is_absent(honest: Contender, name: str) -> None:
    with pytest.raises(ContenderAbsent, match=f"honest: {name}: is not provided") as caught:
        honest.call(name, [0.0])
    assert caught.value.verdict == "absent"
    with pytest.raises(ContenderAbsent, match="honest: Adam: is not provided"):
        honest.optimizer("Adam", lr=0.1)


# Imports that fail


@pytest.mark.parametrize(
    ("source", "failure", "reason"),
    [
        ("def mse_loss(:", ContenderFault, r"the import raised SyntaxError: .*\(mine.py, line 1\)"),
        (
            "import no_such_thing",
            ContenderFault,
            "the import raised ModuleNotFoundError: .*no_such",
        ),
        ("raise SystemExit", ContenderFault, r"the import called sys.exit\(\)"),
        ("import os; os._exit(4)", ContenderCrash, "its process exited with status 4"),
        ("while True: pass", ContenderTimeout, "the import took longer than 1 s"),
    ],
)
@pytest.mark.sweep
def test_a_failed_import_is_told(
    write: Write, source: str, failure: type[Exception], reason: str
) -> None:
    limit = 1 if failure is ContenderTimeout else 60
    with (
        Contender(write(source), import_timeout=limit) as contender,
        pytest.raises(failure, match=f"^mine: {reason}"),
    ):
        contender.call("mse_loss", *PAIR)


def test_a_failed_import_is_not_tried_again(write: Write, tmp_path: Path) -> None:
    log = tmp_path / "imports"
    target = write(f"""
        with open({str(log)!r}, "a") as log:
            log.write("once ")
        raise OSError("no network")
    """)
    with Contender(target) as contender:
        for _ in range(3):
            with pytest.raises(ContenderFault, match="the import raised OSError: no network"):
                contender.call("mse_loss", *PAIR)
    assert log.read_text() == "once "


def test_a_contender_without_any_name_is_a_usage_error(write: Write) -> None:
    target = write("def squares(y_true, y_pred): ...")
    with (
        Contender(target) as contender,
        pytest.raises(UsageError, match=r"defines none of the names .*; it has squares"),
    ):
        _ = contender.provides


@pytest.mark.parametrize(
    ("script", "failure", "reason"),
    [
        ("exec sleep 600", ContenderTimeout, "the import took longer than 1 s"),
        ("exit 2", ContenderCrash, "its process exited with status 2"),
        ("read line; echo 'Welcome!'", ContenderCrash, "its process exited with status 0"),
        (f'exec {sys.executable} -S "$@"', ContenderCrash, "status 1: .* No module named 'numpy'"),
    ],
)
def test_an_interpreter_that_is_none_is_told(
    write: Write, tmp_path: Path, script: str, failure: type[Exception], reason: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    target = write("def mse_loss(y_true, y_pred): return 0.0")
    limit = 1 if failure is ContenderTimeout else 60
    with (
        Contender(target, python=str(python), import_timeout=limit) as contender,
        pytest.raises(failure, match=reason),
    ):
        contender.call("mse_loss", *PAIR)


def test_a_missing_interpreter_is_a_usage_error(write: Write) -> None:
    target = write("def mse_loss(y_true, y_pred): return 0.0")
    with (
        Contender(target, python="/no/such/python") as contender,
        pytest.raises(UsageError, match="cannot run /no/such/python: there is no such program"),
    ):
        contender.call("mse_loss", *PAIR)


# How a contender is loaded


def test_a_file_may_be_called_like_the_library_it_uses(tmp_path: Path) -> None:
    source = "import statistics\ndef rosenbrock(w): return statistics.fmean(w)"
    (tmp_path / "statistics.py").write_text(source)
    with Contender(resolve("statistics.py", tmp_path)) as contender:
        assert contender.call("rosenbrock", [1.0, 2.0]) == 1.5


def test_a_file_may_be_called_like_a_package_that_yields_to_every_module(tmp_path: Path) -> None:
    (tmp_path / "site" / "bare").mkdir(parents=True)  # as MLX's, without an __init__.py
    (tmp_path / "site" / "bare" / "core.py").write_text("two = 2.0")
    site = str(tmp_path / "site")
    (tmp_path / "bare.py").write_text(
        f"import sys\nsys.path.append({site!r})\nimport bare.core\n"
        "def rosenbrock(w): return bare.core.two"
    )
    with Contender(resolve("bare.py", tmp_path)) as contender:
        assert contender.call("rosenbrock", [1.0, 2.0]) == 2.0


def test_a_file_may_import_its_neighbour(write: Write, tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("two = 2.0")
    target = write("from neighbour import two\ndef rosenbrock(w): return two")
    with Contender(target) as contender:
        assert contender.call("rosenbrock", [1.0, 2.0]) == 2.0


def test_a_file_sees_no_command_line_but_its_own(write: Write) -> None:
    target = write(
        "import sys\ndef rosenbrock(w): return len(sys.argv) + sys.argv[0].count('mine.py')"
    )
    with Contender(target) as contender:
        assert contender.call("rosenbrock", [1.0, 2.0]) == 2


def test_a_file_may_define_dataclasses(write: Write) -> None:
    target = write("""
        from __future__ import annotations
        from dataclasses import dataclass

        @dataclass
        class SGD:
            lr: float = 0.1

            def step(self, w, grad):
                return w - self.lr * grad
    """)
    with Contender(target) as contender:
        assert contender.optimizer("SGD", lr=0.5).step([1.0], [1.0]) == 0.5


def test_names_may_live_in_a_class_of_a_module(tmp_path: Path) -> None:
    source = "class Losses:\n    @staticmethod\n    def rosenbrock(w): return 4.0"
    (tmp_path / "course.py").write_text(source)
    with Contender(resolve("course:Losses", tmp_path)) as contender:
        assert contender.provides == {"rosenbrock"}
        assert contender.call("rosenbrock", [1.0, 2.0]) == 4.0


def test_hooks_convert_what_is_not_plain(boxed: Contender) -> None:
    assert np.array_equal(boxed.call("relu", [-1.0, 2.0]), [0.0, 2.0])
    assert np.array_equal(
        boxed.trajectory("SGD", {"lr": 0.5}, [4.0], [[2.0], [2.0]]), [[3.0], [2.0]]
    )
    waits_before_this_call = boxed.call("step_decay", 1, 0.1, 0.5, 20)
    assert waits_before_this_call == 3.0


def test_writing_to_a_converted_input_is_seen(boxed: Contender) -> None:
    with pytest.raises(ContenderImpure, match="wrote to its input z"):
        boxed.call("sigmoid", [1.0])


def test_the_worker_is_written_in_python_3_9() -> None:
    import ast

    ast.parse(Path(worker.__file__).read_text(encoding="utf-8"), feature_version=(3, 9))


# Where a contender runs


def test_a_contender_sees_no_secret_one_thread_and_an_empty_folder(echo: Contender) -> None:
    secrets, threads, files = (echo.call("cosine_annealing", i, 0.1, 10) for i in range(3))
    assert secrets == 0
    assert threads == 1
    assert files == 0


def test_a_contender_has_a_memory_limit(echo: Contender) -> None:
    assert echo.call("cosine_annealing", 3, 0.1, 10) == 4 * 2**30


def test_hashes_are_alike_in_every_process_and_input_is_empty(echo: Contender) -> None:
    pid, hashed, empty = (echo.call("cosine_annealing", i, 0.1, 10) for i in (4, 5, 6))
    assert empty
    with Contender(resolve("echo.py", CONTENDERS)) as again:
        assert again.call("cosine_annealing", 4, 0.1, 10) != pid
        assert again.call("cosine_annealing", 5, 0.1, 10) == hashed


def test_leaving_ends_the_process_and_its_children() -> None:
    with Contender(resolve("faulty.py", CONTENDERS)) as contender:
        child = int(contender.call("step_decay", 0, 0.1, 0.5, 20))
        assert is_running(child)
    assert ends_soon(child)


def test_a_contender_may_be_used_again_after_it_was_closed() -> None:
    contender = Contender(resolve("honest.py", CONTENDERS))
    for _ in range(2):
        assert contender.call("mse_loss", *PAIR) == 2.0
        contender.close()


@pytest.mark.thorough
def test_a_process_stuck_in_compiled_code_does_not_outlive_a_killed_host(tmp_path: Path) -> None:
    (tmp_path / "stuck.py").write_text(
        "import ctypes, os, pathlib\n"
        "def rosenbrock(w):\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(f'{{os.getpid()}}\\n')\n"
        "    ctypes.PyDLL(None).pause()\n"
    )
    program = (
        "from pathlib import Path\n"
        "from gradmark.harness.host import Contender\n"
        "from gradmark.harness.resolve import resolve\n"
        f"contender = Contender(resolve('stuck.py', Path({str(tmp_path)!r})), timeout=60)\n"
        "contender.call('rosenbrock', [1.0])\n"
    )
    # It cannot clear its scratch folder away, so that is put where pytest will.
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    host = subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, env=environment)
    pid_file = tmp_path / "pid"
    for _ in range(200):
        if pid_file.exists() and pid_file.read_text().endswith("\n"):
            break
        time.sleep(0.05)
    pid = int(pid_file.read_text())
    assert is_running(pid)
    os.kill(host.pid, signal.SIGKILL)
    host.wait()
    assert ends_soon(pid)


@pytest.mark.thorough
def test_what_does_not_end_when_it_is_tried_out_costs_no_other_its_binding(tmp_path: Path) -> None:
    endless = (
        "    while True:\n        try:\n            x = x\n        except Exception:\n            x"
    )
    (tmp_path / "mine.py").write_text(
        "import math\n"
        "def mean_squared_error(y_pred, y_true):\n    return ((y_pred - y_true) ** 2).mean()\n"
        f"def sigmoid_prime(x):\n{endless}\n"
    )
    with Contender(resolve("mine.py", tmp_path)) as mine:
        assert mine.call("mse_loss", *PAIR) == 2.0
        assert "tried out, it takes longer than" in mine.bindings().unbound["sigmoid_derivative"]
