import math
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.paired import timing as command
from gradmark.benchmarks.paired.record import Samples
from gradmark.benchmarks.paired.statistics import Ratio, change, student_t, verdict
from gradmark.benchmarks.paired.stored import CIRCUMSTANCES, at
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.command import main
from gradmark.harness.fingerprint import fingerprint
from gradmark.harness.identity import identity
from gradmark.harness.resolve import resolve
from gradmark.harness.results import ResultsWriter, read_results
from tests.schemas import RESULTS

RELU = Workload("relu", "float64", (("elements", 1000),))
CODE = "import numpy as np\n\ndef relu(z):\n    return np.maximum(z, 0)\n"
FINGERPRINT = fingerprint()  # of this machine
FASTER, SAME = (0.5, 0.04), (1.0, 0.01)  # a ratio, and its interval's half-width as a fraction

Edit = Callable[[dict[str, Any]], None]


def pair(name: str, ratio: float, half: float, **about: Any) -> dict[str, Any]:
    where = {"formula": "relu", "dtype": "float64", "params": {"elements": 1000}} | about
    interval = {"ratio": ratio, "low": ratio / (1 + half), "high": ratio * (1 + half)}
    judged = verdict(Ratio(value=ratio, low=interval["low"], high=interval["high"]), 0.05)
    return {"kind": "pair", "implementation": name, "baseline": "reference", **where, **interval,
            "interval": "99%", "verdict": judged, "margin": 0.05, "processes": 8, "rounds": 40,
            "seconds": 1e-6 * ratio, "baseline_seconds": 1e-6}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two contenders, and what the judges found of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "fingerprint", lambda: FINGERPRINT)  # it takes its time
    for name in ("mine", "theirs"):
        (tmp_path / f"{name}.py").write_text(CODE)
    with ResultsWriter(tmp_path / "v.jsonl", header()) as results:
        for name in ("reference", "mine", "theirs"):
            about = {"implementation": name, "formula": "relu", "dtype": "float64"}
            found = {"verdict": "conforms", "variant": None, "ulp": 0.0, "detail": ""}
            results.write({"kind": "verdict", **about, **found})
    return tmp_path


def header() -> dict[str, Any]:
    return {"seed": 3, "quick": False, "fingerprint": deepcopy(FINGERPRINT), "corpus": "none"}


def timed(here: Path, *pairs: dict[str, Any], edit: Edit = lambda _: None) -> None:
    """Store a run on this machine, with one thing made otherwise."""
    asked = {"baseline": "reference", "margin": 0.05, "budget": 20.0, "threads": 1}
    asked["contenders"] = {
        name: identity(resolve(path, here))
        for name, path in (("reference", "reference"), ("mine", "mine.py"))
    }
    about = deepcopy(header() | asked)
    edit(about)
    with ResultsWriter(here / "old.jsonl", about) as results:
        for record in pairs or (pair("mine", *FASTER),):
            results.write(record)
        ended = {"id": "time of the end", "statement": "…", "numbers": {"time": "2026-01-02"}}
        results.write({"kind": "finding", **ended})


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[float, float]]:
    """The ratios that the clock will find, without the clock."""
    ratios = {"mine": FASTER, "theirs": SAME}

    class Schedule:
        def __init__(self, samples: Samples, *_: object) -> None:
            self.samples = samples

        def run(self) -> None:
            for name in self.samples.contenders(RELU):
                if (RELU, name) not in self.samples.pairs:
                    found = pair(name, *ratios[name])
                    about = ("kind", "implementation", "formula", "dtype", "params")
                    facts = {key: found[key] for key in found if key not in about}
                    self.samples.note("pair", RELU, name, **facts)

    monkeypatch.setattr(command, "Schedule", Schedule)
    return ratios


def compare(*arguments: str) -> int:
    return main(
        [
            "check",
            "--time",
            "--verdicts=v.jsonl",
            "--results=t.jsonl",
            "--quick",
            "--quiet",
            *arguments,
        ]
    )


# --- what has become of it ------------------------------------------------------------------------


def test_what_is_faster_than_the_baseline_and_slower_than_it_was_fails_a_gate(
    here: Path, now: dict[str, tuple[float, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    timed(here)
    (here / "mine.py").write_text(CODE + "# slower\n")
    now["mine"] = (0.6, 0.03)
    assert compare("mine.py", "--stored=old.jsonl", "--fail-if-slower") == 1
    said = capsys.readouterr().out.splitlines()
    # By hand: 0.6/0.5, and √(ln² 1.03 + ln² 1.04) = 0.0491 on either side, on logarithms.
    assert said == [
        "mine relu float64, 1,000: 0.600 [0.583, 0.618] of reference's time: faster",
        "    stored 0.500 [0.481, 0.520]; change 1.200 [1.142, 1.260]: slower",
    ]
    results = read_results(here / "t.jsonl")
    for record in (results.header, *results.records):
        RESULTS.validate(record)
    [found] = results.of_kind("change")
    assert (found["stored"]["ratio"], found["now"]["ratio"]) == (0.5, 0.6)
    assert found["ratio"] == pytest.approx(1.2)
    assert (found["verdict"], found["same_code"]) == ("slower", False)
    origin = results.header["stored"]
    assert (origin["path"], origin["seed"], origin["ended"]) == ("old.jsonl", 3, "2026-01-02")


def test_what_is_as_slow_as_ever_passes_a_gate(
    here: Path, now: dict[str, tuple[float, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    timed(here, pair("mine", 2.0, 0.01))
    now["mine"] = (2.0, 0.01)
    assert compare("mine.py", "--stored=old.jsonl", "--fail-if-slower") == 0
    assert "change 1.000 [0.986, 1.014]: same (its code is the same)" in capsys.readouterr().out
    assert compare("mine.py", "--fail-if-slower") == 1


def test_the_verdict_of_a_change_is_by_the_new_runs_margin(
    here: Path, now: dict[str, tuple[float, float]]
) -> None:
    timed(here)
    now["mine"] = (0.6, 0.03)
    gate = ("mine.py", "--stored=old.jsonl", "--fail-if-slower")
    assert compare(*gate, "--margin=14%") == 1
    assert compare(*gate, "--margin=15%") == 0


def test_pairs_of_one_run_alone_have_no_change_and_missing_ones_are_told(
    here: Path, now: dict[str, tuple[float, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    del now
    timed(here, pair("mine", *SAME), pair("mine", *SAME, dtype="float32"), pair("gone", *SAME))
    assert compare("mine.py", "theirs.py", "--stored=old.jsonl") == 0
    said = capsys.readouterr().out
    assert said.count("stored 1.000") == 1
    assert "2 of 3 stored pairs were not timed" in said
    results = read_results(here / "t.jsonl")
    assert [each["implementation"] for each in results.of_kind("change")] == ["mine"]
    findings = {each["id"]: each["numbers"] for each in results.of_kind("finding")}
    assert findings["stored pairs not timed"] == {"pairs": 2}


def test_a_stored_baseline_is_known_by_its_code_whatever_it_was_called(
    here: Path, now: dict[str, tuple[float, float]]
) -> None:
    del now

    def rename(header: dict[str, Any]) -> None:
        header["contenders"]["the_old_name"] = header["contenders"].pop("reference")
        header["baseline"] = "the_old_name"

    timed(here, edit=rename)
    assert compare("mine.py", "--stored=old.jsonl") == 0


# --- what cannot be compared with -----------------------------------------------------------------


def put(path: str, value: Any) -> Edit:
    """Make something in a header otherwise."""

    def edit(header: dict[str, Any]) -> None:
        *folders, last = path.split(".")
        found: Any = header
        for key in folders:
            found = found[int(key) if isinstance(found, list) else key]
        found[last] = value

    return edit


MACHINE, PYTHON, BLAS = "fingerprint.machine", "fingerprint.python", "fingerprint.blas"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put(f"{MACHINE}.cpu", "Abacus 9"), "processor: Abacus 9 there, "),
        (put(f"{MACHINE}.cores", 640), "processor's cores: 640 there, "),
        (put(f"{MACHINE}.architecture", "z80"), "architecture: z80 there, "),
        (put(f"{MACHINE}.system", "Plan 9"), "operating system: Plan 9 there, "),
        (put(f"{PYTHON}.implementation", "MyPy"), "Python: MyPy there, CPython now"),
        (put(f"{PYTHON}.version", "3.99.0"), "Python's version: 3.99.0 there, "),
        (put("fingerprint.packages.numpy", "0.1"), "NumPy's version: 0.1 there, "),
        (put(f"{BLAS}.built_with", {"name": "a", "version": "1"}), "BLAS of NumPy: a 1 there, "),
        (put(f"{BLAS}.loaded", []), "BLAS loaded: none there, "),
        (put(f"{BLAS}.loaded.0.version", "0.0.1"), "version of BLAS: 0.0.1 there, "),
        (put("threads", 2), "threads: 2 there, 1 now"),
        (put("contenders.reference", "0ld"), "baseline's code: reference 0ld there, reference "),
        (put("contenders", {}), "baseline's code: reference unknown there, reference "),
        (put("fingerprint", {}), "processor: unknown there, "),
    ],
)
def test_a_run_under_other_conditions_is_refused_and_told_which(
    here: Path, capsys: pytest.CaptureFixture[str], edit: Edit, said: str
) -> None:
    timed(here, edit=edit)
    assert compare("mine.py", "--stored=old.jsonl") == 2
    told = capsys.readouterr().err
    assert "ERROR: --stored: old.jsonl cannot be compared with" in told
    assert f"\n  {said}" in told
    assert not (here / "t.jsonl").exists()


def test_everything_that_differs_is_told_at_once(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def edit(header: dict[str, Any]) -> None:
        put("fingerprint.machine.cpu", "Abacus 9")(header)
        put("threads", 2)(header)

    timed(here, edit=edit)
    assert compare("mine.py", "--stored=old.jsonl") == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.parametrize(
    "edit",
    [
        put("seed", 99),
        put("margin", 0.5),
        put("budget", 1.0),
        put("quick", True),
        put("stored", {"path": "older.jsonl"}),
        put(f"{MACHINE}.release", "0.1"),
        put(f"{BLAS}.loaded.0.threads", 77),
        put("fingerprint.packages.pytest", "0.1"),
        put("fingerprint.git", {"commit": "c0ffee", "dirty": True}),
        put("contenders.mine", "what it was"),
    ],
)
def test_what_ratios_do_not_depend_on_is_no_reason_to_refuse(
    here: Path, now: dict[str, tuple[float, float]], edit: Edit
) -> None:
    del now
    timed(here, edit=edit)
    assert compare("mine.py", "--stored=old.jsonl") == 0


def test_whether_it_matters_is_decided_of_everything_that_a_header_tells(
    here: Path, now: dict[str, tuple[float, float]]
) -> None:
    del now
    timed(here)
    compare("mine.py", "--stored=old.jsonl")
    decided = tuple(each.path for each in CIRCUMSTANCES)
    undecided = [
        path
        for path in leaves(read_results(here / "t.jsonl").header)
        if not any(f"{path}.".startswith(f"{known}.") for known in decided)
    ]
    assert undecided == []


def leaves(value: Any, path: str = "") -> list[str]:
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], f"{path}.{key}".strip("."))]
    if isinstance(value, list) and value:
        return leaves(value[0], f"{path}.*")
    return [path]


def test_a_circumstance_is_looked_up_in_every_entry_of_a_list() -> None:
    loaded = {"blas": {"loaded": [{"library": "a"}, {"library": "b", "threads": 2}]}}
    assert at(loaded, "blas.loaded.*.library") == ["a", "b"]
    assert at(loaded, "blas.loaded.*.threads") == [None, 2]
    assert at(loaded, "blas.built_with.name") is None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("none.jsonl", "--stored: none.jsonl: No such file or directory"),
        ("t.jsonl", "t.jsonl is where this run writes its results"),
        ("v.jsonl", "v.jsonl holds no ratios of times: expected what --time writes"),
        ("mine.py", "--stored: mine.py, line 1: not a line of JSON"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_file_of_another_kind_is_refused(
    capsys: pytest.CaptureFixture[str], file: str, said: str
) -> None:
    assert compare("mine.py", f"--stored={file}") == 2
    assert said in capsys.readouterr().err


def test_a_run_that_was_cut_off_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    timed(here)
    whole = (here / "old.jsonl").read_text()
    (here / "old.jsonl").write_text(whole[: whole.index('{"counts"')])
    assert compare("mine.py", "--stored=old.jsonl") == 2
    assert "old.jsonl: the run was cut off; --resume goes on with it" in capsys.readouterr().err


def test_a_run_that_shares_no_pair_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timed(here, pair("gone", *SAME), pair("mine", *SAME, params={"elements": 77}))
    assert compare("mine.py", "--stored=old.jsonl") == 2
    assert "old.jsonl shares no pair with this run" in capsys.readouterr().err


def test_a_gate_that_compared_nothing_does_not_pass(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Schedule:
        """Times theirs, and withholds mine."""

        def __init__(self, samples: Samples, *_: object) -> None:
            self.samples = samples

        def run(self) -> None:
            self.samples.withhold("mine", RELU, "it broke")
            self.samples.pairs[RELU, "theirs"] = pair("theirs", *SAME)

    monkeypatch.setattr(command, "Schedule", Schedule)
    timed(here)
    asked = ("mine.py", "theirs.py", "--stored=old.jsonl", "--fail-if-slower")
    assert compare(*asked) == 2
    assert "--stored: none of its pairs was timed again" in capsys.readouterr().err


def test_a_results_file_given_as_baseline_points_to_the_right_option(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timed(here)
    assert compare("mine.py", "--baseline=old.jsonl") == 2
    assert "old.jsonl is a results file, not a contender; --stored old.jsonl" in (
        capsys.readouterr().err
    )


def test_a_run_is_not_resumed_against_another_stored_run(
    here: Path, now: dict[str, tuple[float, float]], capsys: pytest.CaptureFixture[str]
) -> None:
    del now
    timed(here)
    assert compare("mine.py", "--stored=old.jsonl") == 0
    before = (here / "t.jsonl").read_bytes()
    assert compare("mine.py", "--stored=old.jsonl", "--resume") == 0
    assert (here / "t.jsonl").read_bytes() == before
    timed(here, pair("mine", 0.7, 0.01))
    assert compare("mine.py", "--stored=old.jsonl", "--resume") == 2
    assert "stored" in capsys.readouterr().err
    assert compare("mine.py", "--resume") == 2


# --- the interval ---------------------------------------------------------------------------------


def test_a_change_and_the_change_back_are_each_others_inverse() -> None:
    one, two = Ratio(1.2, 1.1, 1.2**2 / 1.1), Ratio(0.8, 0.7, 0.8**2 / 0.7)
    there, back = change(one, two), change(two, one)
    assert there.value * back.value == pytest.approx(1)
    assert there.low * back.high == pytest.approx(1)


def test_a_ratio_that_is_not_known_makes_a_change_that_is_not() -> None:
    found = change(Ratio(1.2, 0.0, math.inf), Ratio(1.0, 0.9, 1 / 0.9))
    assert (found.low, found.high) == (0.0, math.inf)
    assert verdict(found, 0.05) == "inconclusive"


@pytest.mark.parametrize("spread", [1.0, 4.0])
def test_an_interval_of_99_per_cent_holds_the_truth_99_times_in_100(spread: float) -> None:
    rng = np.random.default_rng(20261123)
    trials, estimates = 4000, []
    for processes, sigma in ((8, 0.02), (20, 0.02 * spread)):
        logs = sigma * rng.standard_normal((trials, processes))
        mean, error = logs.mean(axis=1), logs.std(axis=1, ddof=1) / math.sqrt(processes)
        half = student_t(0.995, processes - 1) * error
        estimates.append(np.exp([mean, mean - half, mean + half]).T)
    missed = 0
    for now, then in zip(*estimates, strict=True):
        found = change(Ratio(*now), Ratio(*then))
        missed += not found.low <= 1 <= found.high
    # 1 % of 4000 is 40; three standard deviations of a binomial count are 19.
    assert missed <= 59
    assert missed > 0
