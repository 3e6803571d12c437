import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gradmark.harness.resolve import CHECKOUT
from gradmark.harness.results import read_results
from tests.schemas import RESULTS


def command(*arguments: object) -> list[str]:
    options = ["-q", "-p", "pytest_benchmark.plugin", "--gradmark-quick", *map(str, arguments)]
    return [sys.executable, "-m", "pytest", "benchmarks/suite", *options]


def environment(plugins: Path | None = None) -> dict[str, str]:
    # The plugins of this very run would take half of the time.
    extra = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(plugins or "")}
    return {**os.environ, **extra}


def run(*arguments: object, plugins: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=CHECKOUT,
        env=environment(plugins),
        capture_output=True,
        text=True,
        check=False,
    )


def plugin(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small run with everything saved."""
    folder = tmp_path_factory.mktemp("benchmarks")
    saved = ("--gradmark-results", folder / "b.jsonl", "--benchmark-json", folder / "b.json")
    chosen = "(Adam- and not NAdam- and not RAdam-) or batch1-width4 or (step_decay and not multi)"
    done = run("-k", chosen, "--gradmark-seed", 7, *saved)
    assert done.returncode == 0, done.stdout
    return folder


def test_a_run_leaves_a_complete_results_file_that_follows_the_schema(folder: Path) -> None:
    lines = (folder / "b.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        RESULTS.validate(json.loads(line))
    results = read_results(folder / "b.jsonl")
    assert results.complete
    assert [(s["name"], *s["params"].values()) for s in results.of_kind("sample")] == [
        ("vectorized", 1, 4),
        ("loops", 1, 4),
        ("Adam", 10**3),
        ("Adam", 10**5),
        ("step_decay", 1),
        ("step_decay", 10**3),
    ]
    assert {s["estimator"] for s in results.of_kind("statistic")} == {
        "median",
        "median per element",
        "ratio of medians",
        "growth exponent",
    }


def test_the_header_tells_seed_threads_and_what_was_left_out(folder: Path) -> None:
    header = read_results(folder / "b.jsonl").header
    assert (header["seed"], header["quick"]) == (7, True)
    assert {library["threads"] for library in header["fingerprint"]["blas"]["loaded"]} == {1}
    assert len(header["fingerprint"]["load_average"]) == 3
    left_out = header["left_out"]
    assert (
        "benchmarks/suite/test_optimizers.py::test_step[Adam-1e7]" in left_out
    )  # by --gradmark-quick
    assert "benchmarks/suite/test_losses.py::test_loss[mse_loss-1e3]" in left_out  # by -k
    assert not any("[Adam-1e3]" in test for test in left_out)


def test_the_json_carries_the_fingerprint_and_nothing_that_differs_by_itself(
    folder: Path,
) -> None:
    saved = json.loads((folder / "b.json").read_text(encoding="utf-8"))
    header = read_results(folder / "b.jsonl").header
    assert saved["gradmark"]["fingerprint"] == header["fingerprint"]
    assert saved["gradmark"]["left_out"] == header["left_out"]
    machine = saved["machine_info"]
    assert machine["gradmark"] == {
        key: header["fingerprint"][key] for key in ("machine", "python", "blas", "packages")
    }
    assert "node" not in machine
    assert not any(key.startswith("hz_actual") for key in machine["cpu"])


def test_the_json_and_the_results_file_hold_the_same_rounds(folder: Path) -> None:
    saved = json.loads((folder / "b.json").read_text(encoding="utf-8"))["benchmarks"]
    samples = read_results(folder / "b.jsonl").of_kind("sample")
    assert [each["fullname"] for each in saved] == [each["test"] for each in samples]
    for each, sample in zip(saved, samples, strict=True):
        # The results file keeps tenths of a nanosecond.
        np.testing.assert_allclose(sample["rounds"], each["stats"]["data"], rtol=0, atol=1e-10)


def test_saving_and_dumping_at_once_writes_the_fingerprint_to_both(tmp_path: Path) -> None:
    chosen = ("-k", "relu-1e3", "--benchmark-storage", tmp_path / "saved")
    done = run(*chosen, "--benchmark-save", "a", "--benchmark-json", tmp_path / "a.json")
    assert done.returncode == 0, done.stdout
    (stored,) = (tmp_path / "saved").rglob("*_a.json")
    first, second = (
        json.loads(path.read_text(encoding="utf-8"))["gradmark"]
        for path in (stored, tmp_path / "a.json")
    )
    assert first == second

    again = run(*chosen, "--benchmark-compare", "0001")
    assert again.returncode == 0, again.stdout
    assert "machine_info is different" not in again.stdout + again.stderr
    assert "test_activation[relu-1e3] (NOW)" in again.stdout
    assert "test_activation[relu-1e3] (0001_a)" in again.stdout


WRONG = """
from gradmark.reference import network

right = network.compute_gradients


def without_mean(X, *others):
    return tuple(len(X) * gradient for gradient in right(X, *others))


network.compute_gradients = without_mean
"""


def test_a_wrong_vectorized_form_fails_before_it_is_timed(tmp_path: Path) -> None:
    saved = ("--gradmark-results", tmp_path / "b.jsonl", "--benchmark-json", tmp_path / "b.json")
    chosen = ("-p", "wrong", "-k", "vectorized and width4 or relu-1e3")
    done = run(*chosen, *saved, plugins=plugin(tmp_path, "wrong", WRONG))
    assert done.returncode == 1
    assert "1 failed, 2 passed" in done.stdout  # a batch of 1 has the same mean and sum
    wrong = "benchmarks/suite/test_backprop.py::test_gradients[vectorized-batch16-width4]"
    results = read_results(tmp_path / "b.jsonl")
    timed = [sample["test"] for sample in results.of_kind("sample")]
    assert len(timed) == 2
    assert wrong not in timed
    (failure,) = (f for f in results.of_kind("finding") if f["id"] == wrong)
    assert "Not equal to tolerance" in failure["statement"]
    assert results.complete
    saved_json = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert wrong not in [each["fullname"] for each in saved_json["benchmarks"]]


HANGS = """
import time
from gradmark.reference import losses
from gradmark import reference

reference.mse_loss = lambda y_true, y_pred: time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_run_that_was_cut_off_keeps_its_samples_and_has_no_footer(
    tmp_path: Path, end: signal.Signals
) -> None:
    path = tmp_path / "b.jsonl"
    process = subprocess.Popen(
        command("-p", "hangs", "-k", "relu-1e3 or mse_loss", "--gradmark-results", path),
        cwd=CHECKOUT,
        env=environment(plugin(tmp_path, "hangs", HANGS)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What a shell starts in the background ignores Ctrl-C, and hands that down.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        deadline = time.monotonic() + 60
        while not (path.exists() and b'"sample"' in path.read_bytes()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(end)
        assert process.wait(60) != 0
    finally:
        process.kill()
        process.wait()
    results = read_results(path)
    assert [sample["name"] for sample in results.of_kind("sample")] == ["relu"]
    assert not results.complete
    assert not results.of_kind("statistic")


def test_stopping_at_the_first_failure_is_not_the_end_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    chosen = ("-p", "wrong", "-x", "-k", "batch16-width4 or mse_loss", "--gradmark-results", path)
    assert run(*chosen, plugins=plugin(tmp_path, "wrong", WRONG)).returncode == 1
    assert not read_results(path).complete


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--gradmark", "my.py"), "--gradmark: benchmarks time the reference alone"),
        (("--gradmark-blas-threads", "0"), "--gradmark-blas-threads: expected at least 1, got 0"),
        (
            ("tests/harness/test_results.py", "--gradmark-results", "never.jsonl"),
            "a file, of their own",
        ),
    ],
)
@pytest.mark.sweep
def test_a_usage_error_says_what_is_wrong(arguments: tuple[str, ...], reason: str) -> None:
    done = run(*arguments)
    assert done.returncode == 4
    assert reason in done.stderr
    assert not (CHECKOUT / "never.jsonl").exists()


def test_what_a_histogram_lacks_is_told_before_anything_is_timed(tmp_path: Path) -> None:
    hidden = plugin(tmp_path, "no_pygal", "import sys; sys.modules['pygal'] = None")
    done = run("-p", "no_pygal", "-k", "relu-1e3", "--benchmark-histogram=h", plugins=hidden)
    assert (done.returncode, done.stdout) == (4, "")
    assert "--benchmark-histogram: needs pygal; pip install pygal pygaljs" in done.stderr


def test_a_run_that_only_lists_its_tests_writes_nothing(tmp_path: Path) -> None:
    done = run("--collect-only", "--gradmark-results", tmp_path / "b.jsonl")
    chosen = re.search(r"(\d+)/(\d+) tests collected", done.stdout)
    assert chosen is not None, done.stdout
    assert 0 < int(chosen[1]) < int(chosen[2])
    assert not (tmp_path / "b.jsonl").exists()


def test_nothing_timed_is_no_error_where_the_user_asked_for_it(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    done = run("-k", "relu-1e3", "--benchmark-disable", "--gradmark-results", path)
    assert done.returncode == 0
    assert read_results(path).complete
    assert not read_results(path).of_kind("sample")
