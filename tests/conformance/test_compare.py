"""A user's comparison of contenders, from the command line to the files it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gradmark.command import main
from gradmark.harness.resolve import CHECKOUT
from gradmark.harness.results import read_results
from tests.conformance.running import empties, processes

RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"
FILES = {
    "right": RIGHT,
    "wrong": "def relu(z):\n    return abs(z)\n",
    "crashes": "import os\ndef relu(z):\n    os._exit(3)\n",
    "broken": f"# /// script\n# dependencies = 1\n# ///\n{RIGHT}",
    "empty": "def helper():\n    pass\n",
    # Right, but for every seventh answer.
    "moody": """
calls = 0
def relu(z):
    global calls
    calls += 1
    return (z + abs(z)) / 2 + (calls % 7 == 0)
""",
    # Right, and slow for as long as there is a file called brake beside it.
    "braked": """
import pathlib, time
def relu(z):
    time.sleep(0.03 * pathlib.Path(__file__).with_name("brake").exists())
    return (z + abs(z)) / 2
""",
    # Right, and stops who judges it: the process above the one above.
    "stopping": """
import os, signal
stopped = False
def relu(z):
    global stopped
    if not stopped:
        stopped = True
        keeper = open(f"/proc/{os.getppid()}/stat").read()
        os.kill(int(keeper.rpartition(")")[2].split()[1]), signal.SIGSTOP)
    return (z + abs(z)) / 2
""",
    "dialect": """
def step_decay(epoch, initial_lr, drop, epochs_drop):
    return initial_lr * drop ** ((1 + epoch) // epochs_drop)
""",
}
DTYPES = ("float64", "float32")


class Outcome(NamedTuple):
    """What a finished comparison says."""

    code: int
    out: str
    err: str


class Folder:
    """A user's folder with contenders in it, in which comparisons run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "scratch").mkdir()
        for name, body in FILES.items():
            (path / f"{name}.py").write_text(body)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        formula = [] if "--formula" in arguments else ["--formula", "relu"]
        jobs = [] if "--jobs" in arguments else ["--jobs", "1"]
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gradmark",
                "check",
                "--examples=1",
                *jobs,
                *formula,
                *arguments,
            ],
            cwd=self.path,
            env={
                **os.environ,
                "PYTHONPATH": str(CHECKOUT / "src"),
                "TMPDIR": str(self.path / "scratch"),  # where contenders stand
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def compare(self, *arguments: str) -> Outcome:
        run = self.start(*arguments)
        try:
            out, err = run.communicate(timeout=240)
        finally:
            run.kill()
        return Outcome(run.returncode, out, err)

    def verdicts(self, results: str = "run.jsonl") -> list[tuple[Any, ...]]:
        """List contender, formula, dtype and verdict, in the order of the file."""
        run = read_results(self.path / results)
        assert run.complete
        keys = ("implementation", "formula", "dtype", "verdict")
        return [tuple(record[key] for key in keys) for record in run.of_kind("verdict")]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# --- one comparison of everything -----------------------------------------------------------------

EVERYTHING = ("braked", "wrong", "crashes", "moody", "broken")
COMPARE = (*(f"{name}.py" for name in EVERYTHING), "--seed=7")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Outcome, Outcome]:
    """Everything twice: with the first contender the last to end, and one after another."""
    folder = Folder(tmp_path_factory.mktemp("a user's folder"))
    (folder.path / "brake").touch()
    lanes = ("--jobs", "2", "--junitxml=new/one.xml", "--quiet")
    one = folder.compare(*COMPARE, "--results=one.jsonl", *lanes)
    (folder.path / "brake").unlink()
    two = folder.compare(*COMPARE, "--results=two.jsonl", "--junitxml=two.xml")
    return folder, one, two


def test_each_contender_gets_its_verdicts_in_the_order_named(
    compared: tuple[Folder, Outcome, Outcome],
) -> None:
    folder, one, _ = compared
    told = ("conforms", "deviates", "crash", "deviates", "error")
    assert folder.verdicts("one.jsonl") == [
        (name, "relu", dtype, verdict)
        for name, verdict in zip(EVERYTHING, told, strict=True)
        for dtype in DTYPES
    ]
    assert one.code == 1


def test_an_answer_that_changes_is_shown_both_ways(
    compared: tuple[Folder, Outcome, Outcome],
) -> None:
    folder, one, _ = compared
    run = read_results(folder.path / "one.jsonl")
    moody = next(r for r in run.of_kind("verdict") if r["implementation"] == "moody")
    assert moody["variant"] == "shared-state"  # two new processes agree with each other
    assert moody["reproduce"].startswith("gradmark check moody.py --formula relu")
    assert "the first time" in moody["detail"]
    assert moody["detail"] in one.out


def test_in_whatever_order_contenders_end_the_results_file_is_the_same(
    compared: tuple[Folder, Outcome, Outcome],
) -> None:
    folder, one, two = compared
    assert (folder.path / "one.jsonl").read_bytes() == (folder.path / "two.jsonl").read_bytes()
    assert one.out == two.out
    assert {"one.jsonl", "two.jsonl"} == {p.name for p in folder.path.glob("*.jsonl*")}


def test_quiet_says_nothing_but_the_verdicts(compared: tuple[Folder, Outcome, Outcome]) -> None:
    _, one, two = compared
    assert one.err == ""
    assert "wrong relu float32: deviates (absolute-value)" in two.err


@pytest.mark.parametrize("path", ["new/one.xml", "two.xml"])
def test_junit_has_a_case_per_verdict_that_fails_where_the_run_does(
    compared: tuple[Folder, Outcome, Outcome], path: str
) -> None:
    folder, _, _ = compared
    suites = {suite.get("name"): suite for suite in ET.parse(folder.path / path).getroot()}
    assert list(suites) == list(EVERYTHING)
    expected = {"braked": (0, 0), "crashes": (2, 0), "broken": (2, 0)}
    for name, suite in suites.items():
        assert [case.get("name") for case in suite] == [f"relu {dtype}" for dtype in DTYPES]
        raised, failed = expected.get(str(name), (0, 2))
        for kind, count in (("error", raised), ("failure", failed)):
            assert len(suite.findall(f"testcase/{kind}")) == count
            assert suite.get(f"{kind}s") == str(count)
        assert float(str(suite.get("time"))) > 0
    wrong = suites["wrong"].find("testcase")
    assert wrong is not None
    assert (wrong.get("file"), wrong.get("line")) == ("wrong.py", "1")
    (failure, _) = suites["wrong"].iterfind("testcase/failure")
    assert "See it again: python -c" in str(failure.text)
    assert failure.get("message") == "deviates absolute-value"
    assert "expected 0, got 1" in str(failure.text)


def test_a_comparison_leaves_no_process_and_no_scratch_folder(
    compared: tuple[Folder, Outcome, Outcome],
) -> None:
    folder, _, _ = compared
    assert empties(folder.path)
    assert list((folder.path / "scratch").iterdir()) == []


# --- exit status ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("dialect.py", "right.py"), 0),
        # A contender named twice is judged once.
        (("dialect.py", "right.py", "--strict", "./right.py"), 1),
    ],
)
@pytest.mark.thorough
def test_a_dialect_fails_a_strict_run_alone(
    folder: Folder, arguments: tuple[str, ...], code: int
) -> None:
    filters = ("--formula", "relu", "--formula", "step_decay", "--dtype=float64")
    outcome = folder.compare(*arguments, *filters, "--results=run.jsonl")
    assert outcome.code == code, outcome
    assert sorted(folder.verdicts()) == [
        ("dialect", "relu", "float64", "absent"),
        ("dialect", "step_decay", "float64", "dialect"),
        ("right", "relu", "float64", "conforms"),
        ("right", "step_decay", "float64", "absent"),
    ]


@pytest.mark.parametrize(
    ("right", "jobs", "code", "said"),
    [
        ("conforms", "2", 0, ""),
        ("deviates", "1", 1, "right relu float32: expected deviates, got conforms"),
    ],
    ids=["as expected", "better than expected"],
)
@pytest.mark.thorough
def test_what_is_expected_is_no_failure_and_what_is_not_is_one(
    folder: Folder, right: str, jobs: str, code: int, said: str
) -> None:
    (folder.path / "expected.toml").write_text(
        f'[wrong]\nrelu = "deviates absolute-value"\n[right]\nrelu.float32 = "{right}"\n'
    )
    options = ("--expected=expected.toml", "--junitxml=run.xml", "--jobs", jobs)
    outcome = folder.compare("right.py", "wrong.py", *options)
    assert outcome.code == code, outcome
    assert said in outcome.out
    assert ("not as expected" in outcome.out) == bool(said)
    failures = ET.parse(folder.path / "run.xml").getroot().findall("*/testcase/failure")
    assert len(failures) == code


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("refference", "did you mean reference?"),
        ("missing.py", "there is no file"),
        ("--formula=rellu", "did you mean relu"),
        ("--expected=missing.toml", "missing.toml"),
        ("--timeout=0", "--timeout: expected a positive number"),
        ("--memory=-1", "--memory: expected a positive number"),
        ("--examples=0", "--examples: expected a count"),
        ("--jobs=many", "--jobs: expected a count, got many"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    folder: Folder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argument: str,
    said: str,
) -> None:
    (folder.path / "other").mkdir()
    (folder.path / "other" / "right.py").write_text(RIGHT)
    monkeypatch.chdir(folder.path)
    try:
        code: object = main(["check", "right.py", "wrong.py", "--jobs=2", "--quiet", argument])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert said in capsys.readouterr().err


def test_there_is_nothing_to_resume_without_a_results_file(folder: Folder) -> None:
    outcome = folder.compare("right.py", "wrong.py", "--resume")
    assert outcome.code == 2, outcome
    assert "--resume: expected --results FILE" in outcome.err


def test_a_usage_error_in_one_lane_ends_all(folder: Folder) -> None:
    (folder.path / "brake").touch()
    lanes = ("--jobs", "2", "--quiet", "--python=/bin/cat")
    outcome = folder.compare("braked.py", "right.py", "--results=run.jsonl", *lanes)
    assert outcome.code == 2, outcome
    assert outcome.err.count("--python: expected an interpreter that runs, got /bin/cat") == 1
    assert not (folder.path / "run.jsonl").exists()
    assert empties(folder.path)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.thorough
def test_a_file_with_nothing_to_judge_costs_its_neighbours_nothing(
    folder: Folder, jobs: str
) -> None:
    outcome = folder.compare("right.py", "empty.py", "--results=run.jsonl", "--jobs", jobs)
    assert outcome.code == 0, outcome
    assert "empty defines none of the names that gradmark judges; it has helper" in outcome.err
    assert [verdict for *_, verdict in folder.verdicts()] == ["conforms"] * 2 + ["absent"] * 2


@pytest.mark.parametrize("names", [("empty.py",), ("empty.py", "dialect.py")])
def test_where_nothing_is_judged_nothing_is_well(folder: Folder, names: tuple[str, ...]) -> None:
    outcome = folder.compare(*names)
    assert outcome.code == 2, outcome
    assert "relu" in outcome.err or "defines none of the names" in outcome.err


# --- cut off --------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_a_killed_run_leaves_no_process_and_is_resumed_without_loss(folder: Folder) -> None:
    names = ("right.py", "braked.py", "--results=run.jsonl")
    (folder.path / "brake").touch()
    run = folder.start(*names, "--jobs", "2")
    part = folder.path / "run.jsonl.parts" / "0001.jsonl"
    while not (part.exists() and part.read_bytes().count(b"\n") > 2):
        assert run.poll() is None, run.communicate()
        time.sleep(0.05)
    assert processes(folder.path)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert empties(folder.path), processes(folder.path)
    assert not (folder.path / "run.jsonl").exists()
    assert not read_results(part).complete

    other = folder.compare(*names, "--resume", "--seed=1")
    assert other.code == 2, other
    assert "seed: 0 there, 1 now" in other.err
    other = folder.compare(*names, "--resume", "--examples=2")
    assert other.code == 2, other
    assert "examples: 1 there, 2 now" in other.err

    (folder.path / "brake").unlink()
    resumed = folder.compare(*names, "--resume", "--junitxml=run.xml")
    whole = folder.compare(*names[:2], "--results=whole.jsonl")
    assert (resumed.code, resumed.out) == (0, whole.out), resumed
    assert (folder.path / "run.jsonl").read_bytes() == (folder.path / "whole.jsonl").read_bytes()
    assert not part.parent.exists()
    assert len(ET.parse(folder.path / "run.xml").getroot().findall("*/testcase")) == 4

    again = folder.compare(*names, "--resume")
    assert (again.code, again.out) == (0, whole.out), again
    assert (folder.path / "run.jsonl").read_bytes() == (folder.path / "whole.jsonl").read_bytes()


def lanes(folder: Folder) -> list[int]:
    return [process for process, words in processes(folder.path).items() if "engine.lane" in words]


@pytest.mark.parametrize(("kills", "verdict"), [(1, "conforms"), (2, "error")])
@pytest.mark.thorough
def test_a_contender_whose_judges_die_gets_another_try_and_then_a_verdict(
    folder: Folder, kills: int, verdict: str
) -> None:
    (folder.path / "brake").touch()
    run = folder.start("braked.py", "wrong.py", "--results=run.jsonl", "--jobs", "2")
    killed: set[int] = set()
    while len(killed) < kills:
        assert run.poll() is None, run.communicate()
        part = folder.path / "run.jsonl.parts" / "0000.jsonl"
        alive = [lane for lane in lanes(folder) if lane not in killed]
        # The other contender is soon done, and its lane with it.
        if part.exists() and len(alive) == 1 and not (folder.path / "wrong.py.done").exists():
            os.kill(alive[0], signal.SIGKILL)
            killed.add(alive[0])
        time.sleep(0.05)
    (folder.path / "brake").unlink()
    _, said = run.communicate(timeout=240)
    assert said.count("braked: the process that judged it died of signal 9") == kills
    told = dict.fromkeys(("braked", "wrong"))
    for name, _, _, found in folder.verdicts():
        told[name] = found
    assert told == {"braked": verdict, "wrong": "deviates"}
    assert empties(folder.path)


@pytest.mark.parametrize("names", [("braked.py",), ("braked.py", "right.py")])
@pytest.mark.thorough
def test_a_second_run_into_one_file_is_refused_and_the_first_goes_on(
    folder: Folder, names: tuple[str, ...]
) -> None:
    (folder.path / "brake").touch()
    first = folder.start(*names, "--results=run.jsonl")
    while not ((folder.path / "run.jsonl").exists() or (folder.path / "run.jsonl.parts").exists()):
        assert first.poll() is None, first.communicate()
        time.sleep(0.05)
    second = folder.compare(*names, "--results=run.jsonl")
    assert (second.code, "another run is writing it" in second.err) == (2, True), second
    (folder.path / "brake").unlink()
    first.communicate(timeout=240)
    assert first.returncode == 0
    assert [verdict for *_, verdict in folder.verdicts()] == ["conforms", "conforms"] * len(names)


@pytest.mark.thorough
def test_a_lane_that_a_contender_stops_goes_on(folder: Folder) -> None:
    outcome = folder.compare("stopping.py", "right.py", "--dtype=float64", "--jobs", "2")
    assert outcome.code == 0, outcome
    assert "a process that judges was stopped, and goes on" in outcome.err


def test_a_device_is_no_results_file(folder: Folder) -> None:
    (folder.path / "full").symlink_to("/dev/full")
    outcome = folder.compare("right.py", "--results=full")
    assert outcome.code == 2, outcome
    assert "--results: full is no file that a run can go on with" in outcome.err


def test_pages_are_drawn_from_the_folder_s_own_results(folder: Folder) -> None:
    outcome = folder.compare("right.py", "--out=out", "--results=run.jsonl")
    assert outcome.code == 2, outcome
    assert "--results: with --out, results go into out/results" in outcome.err
