import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark.benchmarks.paired import schedule
from gradmark.benchmarks.paired.limits import MACHINE
from gradmark.benchmarks.paired.record import FEWEST_ROUNDS, Record, Samples
from gradmark.benchmarks.paired.schedule import MOST_ROUNDS, Schedule
from gradmark.benchmarks.paired.settings import Settings
from gradmark.benchmarks.paired.statistics import FEWEST_PROCESSES
from gradmark.benchmarks.paired.workloads import Workload
from gradmark.harness.host import ContenderFault
from gradmark.harness.timing import Calibration, Job, Probe, Shown
from tests.schemas import RESULTS

RELU = Workload("relu", "float64", (("elements", 10),))
SGD = Workload("SGD", "float64", (("parameters", 10),))


class Machine:
    """Contenders that take as long as they are told, and note whose turn it is."""

    def __init__(self, seconds: Mapping[str, float], noise: float = 0.0) -> None:
        self.seconds = seconds
        self.noise = noise
        self.rng = np.random.default_rng(20260503)
        self.alive: set[str] = set()
        self.turns: list[tuple[str, str, int, frozenset[str]]] = []
        self.started: list[str] = []
        self.tricks: Callable[[tuple[str, int]], bool] = lambda _: False
        self.breaks: Callable[[str, str, str], bool] = lambda *_: False
        self.told: set[tuple[str, str]] = set()

    def start(self, name: str) -> Callable[[], Any]:
        return lambda: _Process(self, name)


class _Process:
    def __init__(self, machine: Machine, name: str) -> None:
        self.machine, self.name = machine, name

    def __enter__(self) -> "_Process":
        self.machine.alive.add(self.name)
        self.machine.started.append(self.name)
        return self

    def __exit__(self, *_: object) -> None:
        self.machine.alive.remove(self.name)


class _Timer:
    def __init__(self, process: _Process) -> None:
        self.machine, self.name = process.machine, process.name
        self.formula = ""

    def _turn(self, what: str, place: int = 0) -> None:
        if self.machine.breaks(self.name, self.formula, what):
            raise ContenderFault(self.name, self.formula, f"broke in its {what}")
        self.machine.turns.append((what, self.name, place, frozenset(self.machine.alive)))

    def conditions(self, threads: int) -> dict[str, Any]:
        self._turn("conditions")
        return {"cpus": [0], "pools": {"libblas.so": threads}}

    def prepare(self, job: Job) -> float:
        self.formula = job.name
        self.machine.told.add((self.name, job.name))
        self._turn("prepare")
        return 0.5

    def calibrate(self) -> Calibration:
        return Calibration(8, 0.002, 0.001)

    def shown(self) -> Shown:
        process = self.machine.started.count(self.name)
        self._turn("shown", process)
        converted = 1.0 if self.machine.tricks((self.name, process)) else 0.0
        return Shown(0.0, 0.0, converted, 0.0, 1e-3, 1, None, None)

    def probe(self, calls: int, claimed: float) -> Probe:
        self._turn("probe", calls)
        return Probe(1e-3, 1e-3, 0.0, 0.0, 0.0, 0.0, 1.0, claimed)

    def memory(self) -> dict[str, int | None]:
        return {"peak": 80, "traced": 80}

    def block(self, calls: int, place: int) -> float:
        assert calls == 8
        self._turn("block", place)
        noise = self.machine.noise * self.machine.rng.standard_normal()
        return float(self.machine.seconds[self.name] * np.exp(noise))

    def drop(self) -> None:
        self._turn("drop")


@pytest.fixture(autouse=True)
def _simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns take no time, and each look at the clock a millisecond: nothing hangs on others."""
    monkeypatch.setattr(schedule, "Timer", _Timer)
    monkeypatch.setattr(schedule, "SHORTEST", 0.0)
    monkeypatch.setattr(schedule, "monotonic", (i / 1000 for i in itertools.count()).__next__)


def compare(
    machine: Machine,
    folder: Path,
    *workloads: Workload,
    kept: tuple[Record, ...] = (),
    write: Callable[[Record], None] = lambda _: None,
    **settings: Any,
) -> Samples:
    names = list(machine.seconds)  # the baseline first
    asked = Settings(baseline=names[0], **{"budget": 0.5, **settings})
    samples = Samples(asked, dict.fromkeys(workloads or (RELU,), names), write, kept)
    Schedule(samples, {name: machine.start(name) for name in names}, folder).run()
    return samples


def test_what_the_fewest_processes_take_beyond_the_budget_is_told_after_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "monotonic", map(float, itertools.count()).__next__)
    machine = Machine({"reference": 1e-3, "mine": 2e-3})
    said: list[str] = []

    def taken(budget: float) -> int:
        samples = Samples(Settings("reference", budget=budget), {RELU: [*machine.seconds]}, _drop)
        start = {name: machine.start(name) for name in machine.seconds}
        Schedule(samples, start, tmp_path, say=said.append).run()
        return samples.generations

    assert taken(budget=1.0) == FEWEST_PROCESSES
    [told] = said
    assert told.startswith(
        "relu float64, 10: 8 processes of each, fewer say too little, take about"
    )
    assert told.endswith("its budget is 1 s")
    taken(budget=1e6)
    assert said == [told]


def _drop(_: Record) -> None:
    """Keep nothing."""


def test_all_contenders_are_alive_whenever_one_has_its_turn(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3, "theirs": 3e-3})
    compare(machine, tmp_path)
    alive = {its for what, *_, its in machine.turns if what != "conditions"}
    assert alive == {frozenset(machine.seconds)}
    assert machine.alive == set()


def test_each_contender_has_one_block_a_round_at_one_place_in_an_order_drawn_anew(
    tmp_path: Path,
) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3, "theirs": 3e-3})
    compare(machine, tmp_path)
    blocks = [(name, place) for what, name, place, _ in machine.turns if what == "block"]
    rounds = [blocks[i : i + 3] for i in range(0, len(blocks), 3)]
    assert all(sorted(name for name, _ in each) == sorted(machine.seconds) for each in rounds)
    assert all(len({place for _, place in each}) == 1 for each in rounds)
    assert len({tuple(name for name, _ in each) for each in rounds}) == 6
    assert len({place for _, place in blocks}) > 20


def test_no_run_ends_before_the_fewest_processes_however_small_its_budget(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3})
    samples = compare(machine, tmp_path, budget=1e-6)
    assert samples.processes(RELU) == FEWEST_PROCESSES
    assert machine.started.count("mine") == FEWEST_PROCESSES
    turns = [name for what, name, *_ in machine.turns if what == "block"]
    assert len(turns) == 2 * FEWEST_ROUNDS * FEWEST_PROCESSES


def test_a_run_goes_on_until_its_budget_is_used_where_the_interval_stays_wide(
    tmp_path: Path,
) -> None:
    machine = Machine({"reference": 1e-3, "mine": 1e-3}, noise=1.0)
    samples = compare(machine, tmp_path, margin=0.001, budget=0.3)
    assert samples.processes(RELU) > FEWEST_PROCESSES
    assert samples.pairs[RELU, "mine"]["verdict"] == "inconclusive"
    assert samples.left(RELU) == 0


def test_a_known_ratio_is_found_and_judged(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 1.1e-3, "twin": 1e-3}, noise=0.01)
    samples = compare(machine, tmp_path, RELU, SGD)
    for workload in (RELU, SGD):
        mine, twin = (samples.pairs[workload, name] for name in ("mine", "twin"))
        assert mine["low"] < 1.1 < mine["high"]
        assert (mine["verdict"], twin["verdict"]) == ("slower", "same")
        # 30 and more blocks of 1 % noise: their median is good to 0.3 %.
        assert mine["seconds"] == pytest.approx(1.1e-3, rel=0.01)
        assert mine["baseline_seconds"] == pytest.approx(1e-3, rel=0.01)
    assert all(len(each) <= MOST_ROUNDS for each in samples._logarithms(RELU, "mine"))


def test_every_block_is_written_as_it_is_taken(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3})
    written: list[Record] = []

    def write(record: Record) -> None:
        written.append(record)
        if record["kind"] == "block":
            taken = sum(what == "block" for what, *_ in machine.turns)
            assert sum(each["kind"] == "block" for each in written) == taken

    compare(machine, tmp_path, write=write)
    assert {record["kind"] for record in written} == {"preparation", "block", "pair"}


def test_one_that_breaks_is_left_out_of_that_workload_alone_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3, "theirs": 3e-3})
    machine.breaks = lambda *turn: turn == ("mine", "relu", "block")
    written: list[Record] = []
    samples = compare(machine, tmp_path, RELU, SGD, write=written.append)
    assert set(samples.pairs) == {(RELU, "theirs"), (SGD, "mine"), (SGD, "theirs")}
    [withheld] = [record for record in written if record["kind"] == "withheld"]
    assert (withheld["implementation"], withheld["formula"], withheld["reason"]) == (
        "mine",
        "relu",
        "broke in its block",
    )


def test_answers_are_looked_at_in_the_first_process_and_in_one_that_nobody_knows(
    tmp_path: Path,
) -> None:
    """Who is found out is withheld at each size: at the others it may not show."""
    larger = Workload("SGD", "float64", (("parameters", 1000),))
    honest = Machine({"reference": 1e-3, "mine": 2e-3})
    compare(honest, tmp_path, SGD, larger, budget=1e-6)
    looked_at = {process for what, _, process, _ in honest.turns if what == "shown"}
    assert len(looked_at) == 2
    assert min(looked_at) == 1
    for process in looked_at:
        tricky = Machine(honest.seconds)
        tricky.tricks = ("mine", process).__eq__
        written: list[Record] = []
        samples = compare(tricky, tmp_path, SGD, larger, write=written.append, budget=1e-6)
        assert samples.pairs == {}
        first, second = (r["reason"] for r in written if r["kind"] == "withheld")
        assert first.startswith("its answers are computed as they are looked at")
        assert second == f"{first} (at {{'parameters': 10}})"


def test_where_the_baseline_breaks_nobody_is_compared(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3})
    machine.breaks = lambda name, formula, _: (name, formula) == ("reference", "relu")
    written: list[Record] = []
    samples = compare(machine, tmp_path, RELU, SGD, write=written.append)
    assert set(samples.pairs) == {(SGD, "mine")}
    reasons = {r["implementation"]: r["reason"] for r in written if r["kind"] == "withheld"}
    assert reasons == {
        "reference": "broke in its prepare",
        "mine": "the baseline, reference, is not timed: broke in its prepare",
    }


def test_one_that_cannot_start_ends_a_run_of_two(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3})
    machine.breaks = lambda name, _, what: (name, what) == ("mine", "conditions")
    samples = compare(machine, tmp_path, RELU, SGD)
    assert samples.pairs == {}
    assert samples.open == []


class _KilledError(Exception):
    """Stands for a kill."""


def test_a_run_that_was_killed_goes_on_with_new_processes_from_the_blocks_it_has(
    tmp_path: Path,
) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3}, noise=0.01)
    written: list[Record] = []

    def write(record: Record) -> None:
        written.append(record)
        if sum(each["kind"] == "pair" for each in written) == 1 and record["kind"] == "block":
            raise _KilledError

    with pytest.raises(_KilledError):
        compare(machine, tmp_path, RELU, SGD, write=write)
    cut = tuple(written)
    again = Machine(machine.seconds, noise=0.01)
    samples = compare(again, tmp_path, RELU, SGD, kept=cut, write=written.append)
    assert set(samples.pairs) == {(RELU, "mine"), (SGD, "mine")}
    # Relu was done, and of SGD one process was missing.
    assert {r["formula"] for r in written[len(cut) :]} == {"SGD"}
    assert again.started.count("mine") == 1
    turns = [(r["formula"], r["implementation"], r["process"], r["round"])
             for r in written if r["kind"] == "block"]  # fmt: skip
    assert len(turns) == len(set(turns))


MSE = Workload("mse_loss", "float64", (("elements", 10),))


def breaking(name: str, formula: str, what: str) -> bool:
    return (name, formula, what) in {("mine", "SGD", "block"), ("reference", "mse_loss", "prepare")}


def whole_after(folder: Path, kept: tuple[Record, ...]) -> tuple[Record, ...]:
    """Go on with a run to its end; return all that is in its file then."""
    seconds = {"reference": 1e-3, "mine": 2e-3, "theirs": 3e-3, MACHINE: 1e-3}
    machine = Machine(seconds, noise=0.01)
    machine.breaks = breaking
    written: list[Record] = []
    compare(machine, folder, RELU, SGD, MSE, kept=kept, write=written.append, budget=1e-6)
    return *kept, *written


def test_a_run_may_be_killed_anywhere_and_killed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradmark.benchmarks.paired.statistics.RESAMPLES", 10)
    once = whole_after(tmp_path, ())
    rng = np.random.default_rng(20261123)
    closing = [
        number
        for number, record in enumerate(once)
        if record["kind"] in ("limit", "pair", "withheld")
    ]
    for killed in {*range(0, len(once), 16), *closing, *(i + 1 for i in closing)}:
        twice = whole_after(tmp_path, once[:killed])
        again = int(rng.integers(killed, len(twice) + 1))
        _check_is_whole(whole_after(tmp_path, twice[:again]))


def _check_is_whole(file: tuple[Record, ...]) -> None:
    def of_kind(kind: str, *fields: str) -> list[tuple[Any, ...]]:
        about = ("formula", "implementation", *fields)
        return [tuple(r[field] for field in about) for r in file if r["kind"] == kind]

    # Each once, however often it was killed.
    assert sorted(of_kind("pair")) == [("SGD", "theirs"), ("relu", "mine"), ("relu", "theirs")]
    assert sorted(of_kind("limit")) == [
        ("SGD", "reference"), ("SGD", "theirs"),
        ("relu", "mine"), ("relu", "reference"), ("relu", "theirs"),
    ]  # fmt: skip
    assert sorted(of_kind("withheld")) == [
        ("SGD", "mine"), ("mse_loss", "mine"), ("mse_loss", "reference"), ("mse_loss", "theirs")
    ]  # fmt: skip
    ready, blocks = of_kind("preparation", "process"), of_kind("block", "process", "round")
    assert len(set(ready)) == len(ready)
    assert len(set(blocks)) == len(blocks)
    weighed = [(r["formula"], r["implementation"]) for r in file if "traced" in r]
    assert len(set(weighed)) == len(weighed)
    assert set(weighed) >= set(of_kind("pair"))
    for pair in file:
        if pair["kind"] == "pair":
            assert pair["processes"] >= FEWEST_PROCESSES
            assert pair["rounds"] >= FEWEST_ROUNDS * pair["processes"]
            assert 1.5 < pair["ratio"] < 3.5


def test_what_was_closed_in_part_is_closed_and_not_timed_again(tmp_path: Path) -> None:
    machine = Machine({"reference": 1e-3, "mine": 2e-3, "theirs": 3e-3}, noise=1.0)
    once: list[Record] = []
    compare(machine, tmp_path, write=once.append, margin=0.001, budget=1e-6)
    first = [record["kind"] for record in once].index("pair") + 1
    again = Machine(machine.seconds)
    rest: list[Record] = []
    # What had been used is not known to the last second: some of the budget may seem to be left.
    spent = sum(r["calls"] * r["seconds"] for r in once if r["kind"] == "block")
    asked = {"margin": 0.001, "budget": spent / 2 + 0.1}
    compare(again, tmp_path, kept=tuple(once[:first]), write=rest.append, **asked)
    assert again.started == []
    assert rest == once[first:]


def test_a_run_that_was_killed_has_no_second_budget() -> None:
    spent = [
        {"kind": "block", "implementation": name, "formula": "relu", "dtype": "float64"}
        | {"params": {"elements": 10}, "process": 0, "round": turn, "calls": 8, "seconds": 0.01}
        for name in ("reference", "mine")
        for turn in range(3)
    ]  # fmt: skip
    samples = Samples(
        Settings("reference", budget=2.0), {RELU: ["reference", "mine"]}, lambda _: None, spent
    )
    assert samples.left(RELU) == pytest.approx(2.0 - 2 * 3 * 8 * 0.01)


def test_the_same_seed_gives_the_same_order(tmp_path: Path) -> None:
    orders = []
    for seed in (1, 1, 2):
        machine = Machine({"reference": 1e-3, "mine": 2e-3, "theirs": 3e-3})
        compare(machine, tmp_path, budget=1e-6, seed=seed)
        orders.append([turn[:3] for turn in machine.turns if turn[0] == "block"])
    assert orders[0] == orders[1] != orders[2]


def test_the_machine_takes_its_turns_and_is_compared_with_by_all(tmp_path: Path) -> None:
    seconds = {"reference": 4e-3, "mine": 2e-3, MACHINE: 1e-3}
    machine = Machine(seconds, noise=0.01)
    written: list[Record] = []
    samples = compare(machine, tmp_path, RELU, SGD, write=written.append)
    # A pair is of contenders; a limit is of all contenders, the baseline too.
    assert set(samples.pairs) == {(RELU, "mine"), (SGD, "mine")}
    limits = {(r["formula"], r["implementation"]): r for r in written if r["kind"] == "limit"}
    assert set(limits) == {(w, name) for w in ("relu", "SGD") for name in ("reference", "mine")}
    for (_, name), found in limits.items():
        assert found["low"] < seconds[name] / seconds[MACHINE] < found["high"]
        assert found["high"] / found["low"] < 1.1
    # Ten numbers of eight bytes: relu reads and writes them, SGD reads w and g and writes w.
    assert [limits[w, "mine"]["bytes"] for w in ("relu", "SGD")] == [160, 240]
    turns = [turn for turn in machine.turns if turn[0] == "block"]
    assert all(alive == frozenset(seconds) for *_, alive in turns)


def test_the_machine_is_told_to_move_what_a_contender_is_told_to_compute(tmp_path: Path) -> None:
    machine = Machine({"reference": 4e-3, "mine": 2e-3, MACHINE: 1e-3})
    compare(machine, tmp_path, SGD, budget=1e-6)
    assert machine.told == {("reference", "SGD"), ("mine", "SGD"), (MACHINE, "update")}


def test_where_the_machine_breaks_contenders_are_compared_without_a_limit(tmp_path: Path) -> None:
    machine = Machine({"reference": 4e-3, "mine": 2e-3, MACHINE: 1e-3})
    machine.breaks = lambda name, _, what: (name, what) == (MACHINE, "conditions")
    written: list[Record] = []
    samples = compare(machine, tmp_path, RELU, write=written.append)
    assert set(samples.pairs) == {(RELU, "mine")}
    assert {r["kind"] for r in written} == {"preparation", "block", "pair", "withheld"}


def test_a_machine_that_broke_on_the_way_is_no_limit(tmp_path: Path) -> None:
    machine = Machine({"reference": 4e-3, "mine": 2e-3, MACHINE: 1e-3})
    machine.breaks = lambda name, *_: name == MACHINE and machine.started.count(MACHINE) > 3
    written: list[Record] = []
    compare(machine, tmp_path, RELU, write=written.append)
    assert "limit" not in {r["kind"] for r in written}


def test_a_limit_needs_no_baseline_that_failed(tmp_path: Path) -> None:
    machine = Machine({"reference": 4e-3, "mine": 2e-3, MACHINE: 1e-3})
    machine.breaks = lambda name, *_: name == "reference"
    written: list[Record] = []
    assert compare(machine, tmp_path, RELU, write=written.append).pairs == {}
    assert {r["implementation"] for r in written if r["kind"] == "withheld"} == {
        "reference",
        "mine",
    }


def test_times_that_are_alike_at_two_sizes_grow_with_exponent_zero(tmp_path: Path) -> None:
    machine = Machine({"reference": 4e-3, "mine": 2e-3, MACHINE: 1e-3}, noise=0.01)
    larger = Workload("SGD", "float64", (("parameters", 1000),))
    samples = compare(machine, tmp_path, SGD, larger, RELU)
    found = {record["implementation"]: record for record in samples.growth()}
    assert set(found) == {"reference", "mine"}
    for record in found.values():
        RESULTS.validate(record)
        assert (record["formula"], record["over"], record["sizes"]) == (
            "SGD",
            "parameters",
            [10, 1000],
        )
        assert -0.02 < record["low"] < 0 < record["high"] < 0.02
