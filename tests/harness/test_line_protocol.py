import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema_rs import Draft202012Validator, meta
from numpy.typing import NDArray

from gradmark import reference
from gradmark.conformance.judging.judge import judge
from gradmark.harness import line_process, selfcheck, wire
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import (
    ContenderAbsent,
    ContenderCrash,
    ContenderFailure,
    ContenderFault,
    ContenderTimeout,
)
from gradmark.harness.installation import place
from gradmark.harness.line_protocol import LineContender
from gradmark.harness.process import Deadline
from gradmark.harness.resolve import CHECKOUT, Target, UsageError, resolve

PAIR = ([1.0, 2.0], [1.0, 4.0])
UNLUCKY = ([13.0], [1.0])  # what a program of these tests is made to stumble over
PAGE = (CHECKOUT / "harness" / "PROTOCOL.md").read_text(encoding="utf-8")
TFJS = CHECKOUT / "implementations" / "tfjs"

Write = Callable[..., Target]


def program(*changes: tuple[str, str]) -> str:
    """The program that PROTOCOL.md shows, with changes."""
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return str(source)


def when_unlucky(what: str) -> tuple[str, str]:
    """A change: do this where mse_loss gets 13."""
    line = "(dtype, _, y), (_, _, p) = y_true, y_pred"
    return line, f"{line}\n    if y[0] == 13: {what}"


ANSWER = 'print(json.dumps({"id": request["id"], **answer}), flush=True)'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*changes: tuple[str, str], **manifest: list[str]) -> Target:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "mine.py").write_text(program(*changes))
        fields = {"command": [sys.executable, "mine.py"], **manifest}
        lines = [f"{key} = {json.dumps(words)}" for key, words in fields.items()]
        (folder / "contender.toml").write_text("\n".join(lines))
        return resolve("mine", tmp_path)

    return write


@pytest.fixture
def mine(write: Write) -> Iterator[LineContender]:
    with LineContender(write()) as contender:
        yield contender


# What a contender in another language can do


def test_the_program_of_the_page_is_a_contender(mine: LineContender) -> None:
    assert mine.name == "mine"
    assert mine.provides == {"mse_loss", "SGD"}
    assert mine.call("mse_loss", *PAIR) == 2.0
    path = mine.trajectory("SGD", {"lr": 0.5}, [1.0, 2.0], [[2.0, 2.0], [4.0, 0.0]], [0.5, 0.25])
    np.testing.assert_array_equal(path, [[0.0, 1.0], [-1.0, 1.0]])


def test_what_draws_gets_a_seed_in_the_place_of_a_generator(write: Write) -> None:
    drawn = (
        "FUNCTIONS, OPTIMIZERS, kept = {",
        "def dropout(x, rate, seed):\n"
        "    draw = __import__('random').Random(seed).random\n"
        "    return *x[:2], [a / (1 - rate) * (draw() >= rate) for a in x[2]]\n\n"
        'FUNCTIONS, OPTIMIZERS, kept = {"dropout": dropout, ',
    )
    with LineContender(write(drawn)) as contender:
        x = np.arange(1.0, 65.0)
        one, again, other = (contender.call("dropout", x, 0.5, seed) for seed in (1, 1, 2))
    assert {*(one / x)} == {0.0, 2.0}
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_an_optimizer_can_be_stepped_from_here_and_its_rate_be_set(mine: LineContender) -> None:
    with mine.optimizer("SGD", lr=0.5) as one, mine.optimizer("SGD", lr=0.25) as other:
        assert one.lr == 0.5
        one.lr = 0.125
        np.testing.assert_array_equal(one.step([[1.0]], [[8.0]]), [[0.0]])
        np.testing.assert_array_equal(other.step(1.0, 8.0), -1.0)
        assert one.state() == {}


def test_a_kept_optimizer_remembers_and_a_forgotten_one_does_not(write: Write) -> None:
    counts = ("self.lr = lr", "self.lr, self.t = lr, 0")
    by_age = (
        "return [a - self.lr * b for a, b in zip(w, gradient)]",
        "self.t += 1; return [self.t for _ in w]",
    )
    with LineContender(write(counts, by_age)) as contender:
        one, other = contender.optimizer("SGD", lr=1.0), contender.optimizer("SGD", lr=1.0)
        assert [float(one.step(0.0, 0.0)) for _ in range(3)] == [1.0, 2.0, 3.0]
        assert float(other.step(0.0, 0.0)) == 1.0
        for _ in range(2):
            ages = contender.trajectory("SGD", {"lr": 1.0}, 0.0, [0.0, 0.0])
            np.testing.assert_array_equal(ages, [1.0, 2.0])
        one.close()
        process: Any = contender._process
        (answer,) = process.ask(
            5, "trajectory", name="SGD", hyper={"lr": 1.0}, keep=0, **_one_step()
        )
        assert wire.read_array(answer) == [1.0]


def _one_step() -> dict[str, Any]:
    return {
        "w": wire.array(np.array(0.0)),
        "gradients": wire.array(np.array([0.0])),
    }


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_kind_of_float_crosses_bit_for_bit(write: Write, dtype: str) -> None:
    limits = np.finfo(dtype)
    z = np.array([0.1, -0.0, limits.smallest_subnormal, limits.max, np.inf, -np.inf, np.nan], dtype)
    identity = ('{"mse_loss": mse_loss}', '{"relu": lambda z: z}')
    with LineContender(write(identity)) as contender:
        for given in (z, z.reshape(7, 1), z[::-2], z[2], z[:0], z.astype(z.dtype.newbyteorder())):
            got = contender.call("relu", given)
            assert isinstance(got, np.ndarray)
            assert (got.dtype, got.shape) == (np.dtype(dtype), given.shape)
            assert got.tobytes() == np.asarray(given, dtype).tobytes()


def test_whole_numbers_arrive_as_float64_and_other_dtypes_are_refused(write: Write) -> None:
    identity = ('{"mse_loss": mse_loss}', '{"relu": lambda z: z}')
    with LineContender(write(identity)) as contender:
        got = contender.call("relu", np.array([1, -2]))
        assert isinstance(got, np.ndarray)
        assert got.dtype == np.float64
        for dtype in ("longdouble", "complex128"):
            with pytest.raises(TypeError, match=r"float128|complex128"):
                contender.call("relu", np.zeros(2, dtype))


def test_four_gradients_come_back_in_order_and_each_has_its_shape(write: Write) -> None:
    provide = ('{"mse_loss": mse_loss}', '{"compute_gradients": None}')
    last = 'return [encode(*FUNCTIONS[request["name"]](*arguments))]'
    shapes = [(4, 3), (4, 1), (3, 2), (1, 2), (2, 1), (1, 1)]
    given = [np.full(shape, float(i)) for i, shape in enumerate(shapes)]
    with LineContender(write(provide, (last, 'return request["arguments"][2:]'))) as contender:
        answer = contender.call("compute_gradients", *given)
        for got, expected in zip(answer, given[2:], strict=True):
            np.testing.assert_array_equal(got, expected)
    with (
        LineContender(write(provide, (last, 'return request["arguments"][:4]'))) as contender,
        pytest.raises(ContenderFault, match=r"for dW1 an array of shape \(4, 3\), expected"),
    ):
        contender.call("compute_gradients", *given)


def test_a_schedule_gets_plain_numbers_which_must_be_finite(write: Write) -> None:
    kinds = "lambda *a: ('float64', [], [sum((i + 1) * (type(x) is int) for i, x in enumerate(a))])"
    with LineContender(write(('{"mse_loss": mse_loss}', f'{{"step_decay": {kinds}}}'))) as it:
        assert it.call("step_decay", 3, 0.1, 0.5, 20) == 1 + 4
        with pytest.raises(ValueError, match="expected finite numbers beside arrays, got nan"):
            it.call("step_decay", 3, float("nan"), 0.5, 20)
        assert it.call("step_decay", np.int64(3), np.float64(0.1), 0.5, True) == 1 + 4


# What is absent


def test_a_dtype_that_it_does_not_compute_in_is_absent(write: Write) -> None:
    single = ('["float64", "float32"]}', '["float32"]}')
    with LineContender(write(single)) as contender:
        with pytest.raises(ContenderAbsent, match="mine: mse_loss: computes in float32 only"):
            contender.call("mse_loss", *PAIR)
        with pytest.raises(ContenderAbsent, match="computes in float32 only"):
            contender.trajectory("SGD", {"lr": 0.5}, [1.0], [[1.0]])
        with pytest.raises(ContenderAbsent, match="relu: is not provided"):
            contender.call("relu", np.float32(1))
        verdicts = {
            dtype: judge(
                "mse_loss", dtype, lambda case: contender.call(case.formula, *case.arguments)
            )
            for dtype in ("float64", "float32")
        }
    assert verdicts["float64"].verdict == "absent"
    assert verdicts["float64"].detail.startswith("computes in float32 only")
    assert verdicts["float32"].verdict == "conforms"


# What goes wrong, and what is said of it


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((ANSWER, 'print("{", flush=True)'), "wrote a line that is no JSON: '{'"),
        ((ANSWER, 'print("[1]", flush=True)'), r"wrote a line that is no JSON object: '\[1\]'"),
        ((ANSWER, "print('{\"id\": NaN}', flush=True)"), "wrote a line that is no JSON"),
        (("import base64", "print('Hello!'); import base64"), "no JSON: 'Hello!'; standard output"),
        (('"id": request["id"]', '"id": 99'), "answered with id 99, expected 0, the request's"),
        (('"id": request["id"], ', ""), "answered with id null, expected 0"),
        (("**answer})", "**answer, 'error': {}})"), "answered with error, id, result; expected"),
        (("**answer})", "})"), "answered with id; expected id and either result or error"),
        (('"protocol": 1', '"protocol": 2'), "speaks protocol 2, expected 1"),
        (('"provides": [*FUNCTIONS, *OPTIMIZERS], ', ""), "answered hello without provides"),
        (('["float64", "float32"]}', '["float8"]}'), "answered hello without dtypes"),
        (("def hello(request):", "def hello(request):\n    return 4"), "hello with no object"),
        (('import base64', 'import nowhere; import base64'), "exited with status 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_handshake_is_said(
    write: Write, change: tuple[str, str], reason: str
) -> None:
    with LineContender(write(change)) as contender:
        with pytest.raises(ContenderFailure, match=reason) as first:
            assert contender.provides
        with pytest.raises(ContenderFailure) as second:
            contender.call("mse_loss", *PAIR)
    assert second.value is first.value  # remembered, not tried again


LOSSY = "return array['dtype'], array['shape'], [{} for x, in"
READ = 'return array["dtype"], array["shape"], [x for x, in'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((READ, LOSSY.format("0.0 if x != x else x")), "echoed nan as 0.0 in float64"),
        ((READ, LOSSY.format("x + 0.0")), r"echoed -0.0 as 0.0 in float64"),
        ((READ, LOSSY.format("float(f'{x:.15g}')")), "echoed 2.2250738585072014e-308 as 2.2"),
        ((READ, LOSSY.format("x if abs(x) > 1e-300 else 0 * x")), "echoed 5e-324 as 0.0"),
        (('"shape": shape', '"shape": [len(numbers)]'), r"echoed a float64 array of shape"),
        (("[encode(*decode(array)) for", "[encode('float64', *decode(array)[1:]) for"),
         "echoed a float32 array of shape .* as float64"),
    ],
)  # fmt: skip
def test_a_number_lost_on_the_way_is_found_before_a_formula_is_blamed(
    write: Write, change: tuple[str, str], reason: str
) -> None:
    with (
        LineContender(write(change)) as contender,
        pytest.raises(ContenderFault, match=f"mine: the import {reason}"),
    ):
        contender.call("mse_loss", *PAIR)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("print('loss: 4')", "wrote a line that is no JSON: 'loss: 4'; standard output is for"),
        ("return 'float64', [1], [2.0]", r"returned an array of shape \(1,\), expected a number"),
        ("1 / 0", "raised ZeroDivisionError: .*division by zero"),
        ("REQUESTS['call'] = None; print('x' * 10**6)", "no JSON: 'x{80}…'"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_a_fault_and_the_next_call_works(
    write: Write, what: str, reason: str
) -> None:
    with LineContender(write(when_unlucky(what))) as contender:
        with pytest.raises(ContenderFault, match=f"mine: mse_loss: .*{reason}") as caught:
            contender.call("mse_loss", *UNLUCKY)
        assert caught.value.verdict == "error"
        assert contender.call("mse_loss", *PAIR) == 2.0


@pytest.mark.parametrize(
    ("got", "reason"),
    [
        (4.0, "returned 4.0 where an array is due: an object with dtype, shape and data"),
        ({"dtype": "float64", "shape": []}, "where an array is due"),
        (
            {"dtype": "f8", "shape": [], "data": ""},
            'dtype "f8", expected float64, float32, float16 or bfloat16',
        ),
        (
            {"dtype": ["float64"], "shape": [], "data": ""},
            "expected float64, float32, float16 or bfloat16",
        ),
        ({"dtype": "float64", "shape": [1.0], "data": ""}, "shape [1.0], expected a list of len"),
        ({"dtype": "float64", "shape": [-1], "data": ""}, "shape [-1], expected a list of len"),
        ({"dtype": "float64", "shape": 2, "data": ""}, "shape 2, expected a list of lengths"),
        ({"dtype": "float64", "shape": [], "data": "?"}, 'the data "?", expected bytes in base64'),
        ({"dtype": "float64", "shape": [], "data": [1.0]}, "the data [1.0], expected bytes in"),
        ({"dtype": "float64", "shape": [], "data": "ÄÖÜ="}, "expected bytes in base64"),
        ({"dtype": "float64", "shape": [2], "data": "AAAA"}, "with 3 bytes of data, expected 16"),
    ],
)
def test_an_array_that_is_none_is_said_to_be_none(got: Any, reason: str) -> None:
    with pytest.raises(wire.WireError, match=re.escape(reason)):
        wire.read_array(got)


def test_a_result_must_be_a_list_of_as_many_arrays_as_are_due(write: Write) -> None:
    last = 'return [encode(*FUNCTIONS[request["name"]](*arguments))]'
    for wrong, reason in (
        ("return 4.0", "answered with the result 4.0, expected a list of arrays"),
        ("return []", "returned a list of 0 arrays, expected a list of one"),
    ):
        with (
            LineContender(write((last, wrong))) as contender,
            pytest.raises(ContenderFault, match=reason),
        ):
            contender.call("mse_loss", *PAIR)


def test_an_error_of_its_own_leaves_the_process_alive(write: Write) -> None:
    pid = ('{"mse_loss": mse_loss}', '{"mse_loss": mse_loss, "rosenbrock": pid}')
    body = (
        "class SGD:",
        "def pid(w):\n    import os\n    return 'float64', [], [os.getpid()]\n\nclass SGD:",
    )
    with LineContender(write(when_unlucky("1 / 0"), pid, body)) as contender:
        before = contender.call("rosenbrock", PAIR[0])
        with pytest.raises(ContenderFault, match="ZeroDivisionError"):
            contender.call("mse_loss", *UNLUCKY)
        assert contender.call("rosenbrock", PAIR[0]) == before


def test_an_optimizer_that_fails_names_its_step(write: Write) -> None:
    told = ('"message": str(error)}', '"message": str(error), "step": 2}')
    with (
        LineContender(write(told)) as contender,
        pytest.raises(ContenderFault, match=r"SGD: step 2 raised TypeError: .*keyword"),
    ):
        contender.trajectory("SGD", {"rate": 0.5}, [1.0], [[1.0]])


def test_a_trajectory_has_the_shape_of_its_gradients(write: Write) -> None:
    short = ("encode(dtype, shape, path)", "encode(dtype, shape[1:], path[-len(w):])")
    with LineContender(write(short)) as contender:
        with pytest.raises(ContenderFault, match=r"shape \(2,\), expected \(3, 2\): the weights"):
            contender.trajectory("SGD", {"lr": 0.5}, np.ones(2), np.ones((3, 2)))
        with pytest.raises(ContenderFault, match=r"shape \(2,\), expected \(1, 2\)"):
            contender.optimizer("SGD", lr=0.5).step(np.ones(2), np.ones(2))


def test_chatter_after_an_answer_is_named_by_the_next_call(write: Write) -> None:
    chatter = (ANSWER, ANSWER.replace("**answer})", "**answer}) + '\\nbye'"))
    with (
        LineContender(write(chatter)) as contender,
        pytest.raises(ContenderFault, match="wrote what nobody had asked for: 'bye'; standard out"),
    ):
        contender.call("mse_loss", *PAIR)


def test_a_line_without_end_is_cut_off(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_process, "LONGEST_LINE", 100_000)
    endless = when_unlucky("[sys.stdout.write('x' * 65536) for _ in iter(int, 1)]")
    with LineContender(write(endless)) as contender:
        with pytest.raises(ContenderFault, match="wrote a line of more than 100000 bytes"):
            contender.call("mse_loss", *UNLUCKY)
        assert contender.call("mse_loss", *PAIR) == 2.0


def test_its_death_is_a_crash_with_its_last_words(write: Write) -> None:
    dies = when_unlucky("print('adieu', file=sys.stderr); import os; os.kill(os.getpid(), 11)")
    with LineContender(write(dies)) as contender:
        optimizer = contender.optimizer("SGD", lr=0.5)
        with pytest.raises(ContenderCrash, match="its process died of SIGSEGV") as caught:
            contender.call("mse_loss", *UNLUCKY)
        assert "adieu" in caught.value.output
        assert contender.call("mse_loss", *PAIR) == 2.0
        with pytest.raises(ContenderCrash, match="the optimizer ended with its process"):
            optimizer.step([1.0], [1.0])


def test_an_optimizer_ends_with_a_process_that_broke_the_protocol(write: Write) -> None:
    with LineContender(write(when_unlucky("print('?')"))) as contender:
        optimizer = contender.optimizer("SGD", lr=0.5)
        with pytest.raises(ContenderFault, match="no JSON"):
            contender.call("mse_loss", *UNLUCKY)
        with pytest.raises(ContenderCrash, match="the optimizer ended with its process"):
            optimizer.step([1.0], [1.0])


def test_a_hang_is_a_timeout_that_leaves_no_process_behind(write: Write, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = "import subprocess; p = subprocess.Popen(['sleep', '60'], stdout=sys.stderr)"
    hang = f"{child}; open({str(note)!r}, 'w').write(str(p.pid)); p.wait()"
    with LineContender(write(when_unlucky(hang)), timeout=1) as contender:
        with pytest.raises(ContenderTimeout, match="mse_loss: the call took longer than 1 s"):
            contender.call("mse_loss", *UNLUCKY)
        assert _ends_soon(int(note.read_text()))
        contender.timeout = 10
        assert contender.call("mse_loss", *PAIR) == 2.0


def test_a_program_that_stops_reading_amid_a_line_is_a_timeout_too(write: Write) -> None:
    stalls = "if request['request'] == 'call':\n        __import__('os').read(0, 5000)"
    amid = (ANSWER, f"{ANSWER}\n    {stalls}\n        __import__('time').sleep(60)")
    large = np.ones(10**5)
    with LineContender(write(amid), timeout=1) as contender:
        assert contender.call("mse_loss", *PAIR) == 2.0
        assert contender.call("mse_loss", large, large) == 0.0  # once, a fresh process is asked
        with pytest.raises(ContenderTimeout, match="took longer than 1 s"):
            contender.call("mse_loss", large, large)


def test_a_large_array_crosses_both_ways(write: Write) -> None:
    identity = ('{"mse_loss": mse_loss}', '{"relu": lambda z: z}')
    z = np.random.default_rng(0).standard_normal((300, 1000))
    with LineContender(write(identity)) as contender:
        np.testing.assert_array_equal(contender.call("relu", z), z)


def test_nothing_of_the_contract_is_a_usage_error(write: Write) -> None:
    with (
        LineContender(
            write(('{"mse_loss": mse_loss}', "{}"), ('{"SGD": SGD}', '{"sgd": SGD}'))
        ) as it,
        pytest.raises(
            UsageError, match="mine defines none of the names that gradmark judges; it has sgd"
        ),
    ):
        assert it.provides


def _ends_soon(pid: int) -> bool:
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


# Where it runs


def test_it_runs_confined_and_in_a_scratch_folder(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADMARK_TEST_SECRET", "hunter2")
    note = tmp_path / "note"
    tell = f"""
        import os, resource
        with open({str(note)!r}, "w") as note:
            json.dump({{
                "environment": dict(os.environ), "cwd": os.getcwd(), "files": os.listdir(),
                "memory": resource.getrlimit(resource.RLIMIT_DATA)[0],
                "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
                "session": os.getsid(0), "pid": os.getpid(),
            }}, note)
    """
    look = ("CODES =", textwrap.dedent(tell) + "\nCODES =")
    with LineContender(write(look), memory=2**30) as contender:
        assert contender.provides
        seen = json.loads(note.read_text())
        assert Path(seen["cwd"]).is_dir()
    assert "GRADMARK_TEST_SECRET" not in seen["environment"]
    assert seen["environment"]["OMP_NUM_THREADS"] == "1"
    assert seen["files"] == []
    assert not Path(seen["cwd"]).exists()
    assert 0 < seen["memory"] <= 2**30
    assert seen["core"] == 0
    assert seen["session"] == seen["pid"] != os.getsid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans")
def test_it_dies_with_a_host_that_is_killed(write: Write, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    deaf = (
        "for line in sys.stdin:",
        f"open({str(note)!r}, 'w').write(str(__import__('os').getpid()))\nfor line in sys.stdin:",
    )
    stays = (ANSWER, f"{ANSWER}\n__import__('time').sleep(60)")
    write(deaf, stays)
    host = f"""
        import os, signal
        from pathlib import Path
        from gradmark.harness.line_protocol import LineContender
        from gradmark.harness.resolve import resolve
        contender = LineContender(resolve("mine", Path({str(tmp_path)!r})))
        assert contender.provides
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(host)], cwd=CHECKOUT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert _ends_soon(int(note.read_text()))


def test_a_missing_program_is_an_error_that_says_so(write: Write) -> None:
    with LineContender(write(command=["no-such-node", "mine.py"])) as contender:
        for _ in range(2):
            with pytest.raises(
                ContenderFault,
                match="mine: cannot be started: there is no program no-such-node on the PATH",
            ):
                contender.call("mse_loss", *PAIR)


# How it is installed


SETUP = [sys.executable, "-c", "open('built', 'x'); print('built it')"]


def test_setup_runs_once_in_a_copy_of_the_folder(write: Write, tmp_path: Path) -> None:
    target = write(("import base64", "open(__file__[:-7] + 'built'); import base64"), setup=SETUP)
    assert target.folder is not None
    files = sorted(target.folder.iterdir())
    said: list[str] = []
    for _ in range(2):
        with LineContender(target, cache=tmp_path / "cache", say=said.append) as contender:
            assert contender.call("mse_loss", *PAIR) == 2.0
    assert said[0] == f"installing mine: {' '.join(SETUP)}"
    assert said[1:] == [f"installed mine: 0.0 MB in {place(target, cache=tmp_path / 'cache')}"]
    assert sorted(target.folder.iterdir()) == files
    (target.folder / "node_modules").mkdir()
    (target.folder / "node_modules" / "no source").touch()
    with LineContender(target, cache=tmp_path / "cache", say=said.append) as contender:
        assert contender.provides
    assert len(said) == 2
    (target.folder / "another").touch()
    with LineContender(target, cache=tmp_path / "cache", say=said.append) as contender:
        assert contender.provides
    assert len(said) == 4


def test_what_an_installer_left_beside_the_sources_is_not_copied(
    write: Write, tmp_path: Path
) -> None:
    target = write(setup=SETUP)
    assert target.folder is not None
    (target.folder / "node_modules").mkdir()
    (target.folder / "node_modules" / "left").touch()
    (target.folder / "kept").mkdir()
    (target.folder / "kept" / "source").touch()
    with LineContender(target, cache=tmp_path / "cache") as contender:
        assert contender.provides
    (copy,) = (path for path in (tmp_path / "cache").iterdir() if path.is_dir())
    assert {path.name for path in copy.iterdir()} >= {"built", "kept", "mine.py"}
    assert (copy / "kept" / "source").is_file()
    assert not (copy / "node_modules").exists()


def test_a_setup_that_fails_is_tried_again_by_the_next_run(write: Write, tmp_path: Path) -> None:
    fails = [
        sys.executable,
        "-c",
        "import sys; print('error: no network', flush=True); sys.exit('bye')",
    ]
    for _ in range(2):
        said: list[str] = []
        with LineContender(
            write(setup=fails), cache=tmp_path / "cache", say=said.append
        ) as contender:
            for _ in range(2):
                with pytest.raises(
                    ContenderFault, match="exit status 1: error: no network"
                ) as caught:
                    contender.call("mse_loss", *PAIR)
        assert len(said) == 1
        assert caught.value.verdict == "error"
        assert "bye" in caught.value.output


def test_an_installer_that_is_missing_is_an_error_that_says_so(
    write: Write, tmp_path: Path
) -> None:
    target = write(setup=["no-such-npm", "ci"])
    with (
        LineContender(target, cache=tmp_path) as contender,
        pytest.raises(ContenderFault, match="cannot be installed: there is no program no-such-npm"),
    ):
        assert contender.provides


# The schema


SCHEMA = json.loads((CHECKOUT / "harness" / "protocol.schema.json").read_text(encoding="utf-8"))


def _validator(direction: str) -> Any:
    return Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{direction}"}]})


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Each line that crosses, with its direction."""
    lines: list[tuple[str, Any]] = []
    converse = line_process.LineProcess._converse

    def listening(self: line_process.LineProcess, line: bytes, deadline: Deadline) -> bytes:
        lines.append(("request", json.loads(line)))
        received = converse(self, line, deadline)
        lines.append(("answer", json.loads(received)))
        return received

    monkeypatch.setattr(line_process.LineProcess, "_converse", listening)
    return lines


def _converse_about_everything(contender: LineContender) -> None:
    contender.call("mse_loss", *PAIR)
    contender.trajectory("SGD", {"lr": 0.5}, [1.0], [[1.0], [2.0]], [0.5, 0.25])
    with contender.optimizer("SGD", lr=0.5) as optimizer:
        optimizer.step([1.0], [1.0])
    with pytest.raises(ContenderFault, match="raised"):
        contender.call("mse_loss", *UNLUCKY)


def test_every_line_in_both_directions_keeps_to_the_schema(
    write: Write, heard: list[tuple[str, Any]]
) -> None:
    with LineContender(write(when_unlucky("1 / 0"))) as contender:
        _converse_about_everything(contender)
    _check_lines(heard)


def _check_lines(heard: list[tuple[str, Any]]) -> None:
    meta.validate(SCHEMA)
    for direction, line in heard:
        _validator(direction).validate(line)
    asked = [line["request"] for direction, line in heard if direction == "request"]
    assert set(asked) == {"hello", "echo", "call", "trajectory", "forget"}
    assert any("error" in line for direction, line in heard if direction == "answer")


@pytest.mark.parametrize(
    ("direction", "line"),
    [
        ("request", {"id": 0, "request": "hello", "protocol": 2}),
        ("request", {"id": 0, "request": "dance"}),
        ("request", {"id": 0, "request": "call", "name": "relu"}),
        ("answer", {"id": 0}),
        ("answer", {"id": 0, "result": [], "error": {"type": "E", "message": ""}}),
        ("answer", {"id": 0, "result": [[1.0]]}),
        ("answer", {"id": 0, "result": [{"dtype": "float64", "shape": [-1], "data": ""}]}),
        ("answer", {"id": 0, "result": [{"dtype": "float64", "shape": [], "data": "AAA"}]}),
        ("answer", {"id": 0, "error": "no"}),
    ],
)
def test_the_schema_refuses_what_is_no_line(direction: str, line: Any) -> None:
    assert not _validator(direction).is_valid(line)


def test_the_array_that_the_page_shows_is_what_it_says() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    got: NDArray[Any] = wire.read_array(json.loads(shown))
    assert got.tobytes() == np.array([[1.0, -0.0]]).tobytes()


# Node.js


NODE_CONTENDER = """
import { serve } from "./serve.mjs";
console.log("prints do no harm");
const mse_loss = ({ data: y }, { data: p }) => {
  if (y[0] === 13) throw new TypeError("unlucky");
  const sum = y.reduce((total, a, i) => total + (a - p[i]) ** 2, 0);
  return [{ shape: [], data: Float64Array.of(sum / y.length) }];
};
const SGD = ({ lr }) => {
  let steps = 0; // what it remembers: each step is as many times as long
  return {
    step(w, g, rate = lr) {
      steps += 1;
      return { shape: w.shape, data: w.data.map((a, i) => a - steps * rate * g.data[i]) };
    },
    close() {},
  };
};
await serve({ dtypes: ["float64", "float32"], functions: { mse_loss }, optimizers: { SGD } });
"""


def test_a_contender_in_node_is_judged_and_without_node_it_is_an_error_that_says_so(
    tmp_path: Path, heard: list[tuple[str, Any]]
) -> None:
    shutil.copy(TFJS / "serve.mjs", tmp_path)
    (tmp_path / "mine.mjs").write_text(NODE_CONTENDER)
    (tmp_path / "contender.toml").write_text('command = ["node", "mine.mjs"]')
    with LineContender(resolve("contender.toml", tmp_path)) as contender:
        if shutil.which("node") is None:
            with pytest.raises(ContenderFault, match="there is no program node on the PATH"):
                contender.call("mse_loss", *PAIR)
            return
        _converse_about_everything(contender)
        _check_lines(heard)
        gradients = [[2.0, 2.0], [4.0, 0.0]]
        path = contender.trajectory("SGD", {"lr": 0.5}, [1.0, 2.0], gradients, [0.5, 0.25])
        np.testing.assert_array_equal(path, [[0.0, 1.0], [-2.0, 1.0]])
    assert check(str(tmp_path))[0] == 0  # which tries what is kept and what is forgotten


def test_tfjs_is_pinned_exactly_and_its_lock_names_no_registry() -> None:
    package = json.loads((TFJS / "package.json").read_text())
    assert all(re.fullmatch(r"[0-9.]+", version) for version in package["dependencies"].values())
    lock = json.loads((TFJS / "package-lock.json").read_text())["packages"]
    assert lock[""]["dependencies"] == package["dependencies"]
    for name, entry in lock.items():
        assert "resolved" not in entry
        assert name == "" or entry["integrity"].startswith("sha512-")


# The self-check


def check(*words: str) -> tuple[int, str]:
    said: list[str] = []
    status = selfcheck.main(words, said.append)
    return status, "\n".join(said)


def test_the_self_check_finds_the_program_of_the_page_well(write: Write) -> None:
    target = write()
    assert check(str(target.folder)) == (
        0,
        "ok     hello: computes in float64 and float32\n"
        "ok     echo: NaN, infinities, -0 and subnormals come back as they went\n"
        "ok     errors: what it does not know is answered with an error, and it goes on\n"
        "ok     mse_loss\n"
        "ok     SGD\n"
        "All is well: gradmark can judge it.",
    )
    assert check(sys.executable, f"{target.folder}/mine.py")[0] == 0


def test_the_self_check_asks_nothing_that_a_right_program_may_refuse() -> None:
    for row in CONTRACT.values():
        if not row.stepped:
            getattr(reference, row.name)(*selfcheck._sample(row, "float64"))


REMEMBERS = ("class SGD:\n", "class SGD:\n    t = 0\n")
AGES = ("return [a - self.lr * b for", "{}.t += 1; return [a - self.t * b for")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([(ANSWER, ANSWER.replace("flush=True", "flush=False"))], "no answer in time: .* flush"),
        ([("    except Exception as error:", "    except ZeroDivisionError as error:")],
         "exited with status 1: it must go on"),
        ([('REQUESTS[request["request"]](request)', '(REQUESTS.get(request["request"]) or echo)'
           '({"arguments": []} | request)')], "answered an unknown request with a result"),
        ([('FUNCTIONS[request["name"]](*arguments)',
           'FUNCTIONS.get(request["name"], lambda: ("float64", [0], []))(*arguments)')],
         "answered an unknown name with a result"),
        ([("return dtype, [], [sum(", "return dtype, [1], [sum(")],
         r"mse_loss: returned an array of shape \(1,\), expected \(\)"),
        ([("    path = []", "    path, shape = list(w), [shape[0] + 1, 2, 3]; shape[0] -= 1")],
         "SGD: .*shape"),
        ([REMEMBERS, (AGES[0], AGES[1].format("SGD"))], "SGD: a second trajectory differs"),
        ([REMEMBERS, (AGES[0], AGES[1].format("self")),
          ('kept.get(request.get("keep")) or ', "")], "SGD: two trajectories with the same keep"),
        ([REMEMBERS, (AGES[0], AGES[1].format("self")),
          ("kept.pop(request", "kept.get(request")], "SGD: an optimizer that was forgotten"),
        ([('{"mse_loss": mse_loss}', '{"mse": mse_loss}'), ('{"SGD": SGD}', "{}")],
         "mse, which gradmark does not know(.|\n)*gradmark can judge; it knows mse_loss"),
        ([('{"mse_loss": mse_loss}', '{"relu": None}')], "relu: raised TypeError"),
        ([("import base64", "import nowhere; import base64")], "standard error:(.|\n)*nowhere"),
    ],
)  # fmt: skip
def test_the_self_check_says_what_is_wrong(
    write: Write,
    changes: list[tuple[str, str]],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(selfcheck, "START", 2.0)
    status, text = check(str(write(*changes).folder))
    assert status == 1
    assert re.search(said, text), text
    assert "PROTOCOL.md says what is expected" in text


def test_the_self_check_called_wrongly_says_how_to_call_it(tmp_path: Path) -> None:
    for words, said in (
        ((), "name what to check"),
        (("no-such-program", "x"), "there is no program no-such-program"),
        ((str(tmp_path / "contender.toml"),), "there is no file"),
        (("reference",), "reference is a contender in Python, which needs no protocol"),
    ):
        status, text = check(*words)
        assert status == 2
        assert said in text
        assert "usage: python -m gradmark.harness.selfcheck" in text


def test_the_self_check_shows_why_a_setup_failed(write: Write) -> None:
    target = write(setup=[sys.executable, "-c", "import sys; sys.exit('no network')"])
    status, text = check(str(target.folder))
    assert status == 1
    assert "exit status 1: no network" in text
