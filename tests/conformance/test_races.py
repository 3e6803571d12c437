"""Optimizers race: against mathematics, on instances of their own, and with the same bytes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from math import ceil, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.command import main
from gradmark.conformance.engine import racing
from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.run import conduct
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.races.race import RATES, SHARE, Runner, Terms, _drawn
from gradmark.conformance.races.toys import Toys, logistic, ravines
from gradmark.harness.host import Contender
from gradmark.harness.in_process import in_process
from gradmark.harness.results import read_results

BOWLS = ravines("bowls", 1.0, 4, np.random.default_rng(1), away=True)
RAVINES = ravines("ravines", 10.0, 4, np.random.default_rng(2), away=True)
REFERENCE = in_process(reference)


class Astray:
    """An SGD that is none."""

    def __init__(self, lr: float = 0.1) -> None:
        self.lr = lr

    def step(self, w: Any, g: Any) -> Any:
        """Step."""
        return w + self.lr * g


def runner(
    formula: str, who: Contender = REFERENCE, *, apart: bool = False, steps: int = 200
) -> Runner:
    return Runner(who, formula, "float64", steps, apart=apart)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5, 1.7])
@pytest.mark.thorough
def test_descent_down_a_bowl_takes_the_steps_that_its_equation_says(rate: float) -> None:
    steps, _ = runner("SGD").run(BOWLS, rate)
    # what is left of the loss after t steps is (1 − η)^2t
    assert list(steps) == [ceil(log(SHARE) / log((1 - rate) ** 2))] * 4


@pytest.mark.thorough
def test_the_tuned_rate_of_a_bowl_is_one() -> None:
    rate, solved = runner("SGD").tuned(BOWLS, RATES)
    assert rate == pytest.approx(1)
    assert solved == 4  # there the first step goes to the bottom


@pytest.mark.parametrize("formula", ["SGD", "RMSprop", "Adam"])
@pytest.mark.thorough
def test_a_rate_that_is_given_up_early_would_not_have_been_chosen(formula: str) -> None:
    def worth(rate: float) -> tuple[float, float, float]:
        steps, _ = runner(formula).run(RAVINES, rate)
        return np.isinf(steps).sum(), steps[np.isfinite(steps)].sum(), rate

    assert runner(formula).tuned(RAVINES, RATES)[0] == min(map(worth, RATES))[-1]


def test_where_no_rate_solves_anything_the_one_that_leaves_least_is_chosen() -> None:
    few = runner("SGD", steps=3)
    assert few.tuned(BOWLS, (0.01, 0.03, 0.1, 3.0)) == (0.1, 0)


def test_what_is_too_slow_or_leaves_for_good_never_arrives() -> None:
    for rate in (1e-4, 3.0):
        assert np.isinf(runner("SGD").run(BOWLS, rate)[0]).all()


def test_the_target_is_a_share_of_the_way_to_newtons_minimum() -> None:
    toys = logistic(3, np.random.default_rng(3))
    w = toys.starts[:, None]
    start = toys.loss(w)[0]
    for _ in range(20_000):  # plain descent, far slower, comes to the same
        w = w - 0.02 * toys.gradient(w)
    assert toys.loss(w)[0] == pytest.approx(toys.least, abs=1e-6)
    assert (toys.least < start).all()


def test_what_lies_below_the_infimum_is_not_asked_for() -> None:
    lifted = replace(BOWLS, loss=lambda w: BOWLS.loss(w) + 7, least=BOWLS.least + 7)
    there, here = (runner("SGD").run(toys, 0.5) for toys in (lifted, BOWLS))
    assert list(there[0]) == list(here[0])
    np.testing.assert_allclose(there[1], here[1])


def test_the_nearest_that_it_came_counts_whatever_it_does_then() -> None:
    class Flash(reference.SGD):
        def step(self, w: Any, grad: Any) -> Any:
            self.lr, now = np.nan, self.lr
            return w - now * grad

    steps, left = runner("SGD", in_process(Flash, "SGD")).run(BOWLS, 0.9)
    assert np.isinf(steps).all()
    assert left == pytest.approx(0.1**2)


def test_one_that_leaves_for_good_goes_no_further_while_others_run() -> None:
    steep = np.array([1e-4, 1e3])
    both = Toys("two", np.ones((1, 2)), lambda w: (steep * w**2 / 2).sum(0), lambda w: steep * w,
                np.zeros(2))  # fmt: skip
    with np.errstate(all="raise"):  # on its way it would soon be infinite
        _, left = runner("SGD").run(both, 1.0)
    assert left == pytest.approx([(1 - 1e-4) ** 400, 1.0])


def test_a_ravines_lowest_point_is_not_the_origin() -> None:
    """Else what pulls weights there, as weight decay does, would know the answer."""
    for toys in _drawn(Terms(0, quick=True))[1]:
        if "ravine" in toys.kind:
            at_the_origin = np.zeros_like(toys.starts)[:, None]
            assert (abs(toys.gradient(at_the_origin)).max(axis=0) > 0.1).all()


@pytest.mark.parametrize("formula", ["SGDMomentum", "Adam", "AdamW", "Lion", "Adadelta"])
def test_one_that_works_entry_by_entry_takes_the_same_steps_together_and_apart(
    formula: str,
) -> None:
    together, apart = (runner(formula, apart=each).run(RAVINES, 0.1)[0] for each in (False, True))
    assert list(together) == list(apart)


def test_one_that_looks_at_all_weights_races_on_each_instance_alone() -> None:
    alone = runner("LARS", apart=True)
    one, other = (alone.run(RAVINES, 10.0)[0], runner("LARS").run(RAVINES, 10.0)[0])
    assert list(one) != list(other)  # a norm of all four would mix them


def test_what_raises_at_one_instance_races_on_the_others() -> None:
    class Picky(reference.SGD):
        patience = 2  # times: beside the others, and alone

        def step(self, w: Any, grad: Any) -> Any:
            if Picky.patience and np.any(w == BOWLS.starts[0, 2]):
                Picky.patience -= 1
                raise ValueError("not this one")
            return super().step(w, grad)

    steps, _ = runner("SGD", in_process(Picky, "SGD")).run(BOWLS, 0.5)
    assert list(np.isfinite(steps)) == [True, True, False, True]


def test_an_answer_of_another_shape_is_its_own_failure() -> None:
    class Short(reference.SGD):
        def step(self, w: Any, grad: Any) -> Any:
            return super().step(w, grad)[:1]

    steps, _ = runner("SGD", in_process(Short, "SGD")).run(BOWLS, 0.5)
    assert np.isinf(steps).all()


def test_rates_are_tuned_on_no_instance_of_the_race() -> None:
    def starts(several: list[Toys]) -> set[float]:
        drawn = [toys.starts for toys in several if toys.starts.any()]  # logistic ones begin at 0
        return {float(number) for array in drawn for number in array.ravel() if number}

    tuning, racing = _drawn(Terms(0, quick=True))
    assert [toys.kind for toys in tuning] == [toys.kind for toys in racing]
    assert not starts(tuning) & starts(racing)
    assert starts(racing) != starts(_drawn(Terms(1, quick=True))[1])


@pytest.mark.parametrize(
    ("formula", "who", "apart"),
    [("SGD", reference.SGD, False), ("LARS", reference.LARS, True), ("SGD", Astray, True)],
)
def test_one_that_is_what_it_is_called_and_works_entry_by_entry_races_together(
    formula: str, who: type, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def races(*_: Any, apart: bool, **__: Any) -> tuple[()]:
        found.append(apart)
        return ()

    monkeypatch.setattr(racing, "races", races)
    monkeypatch.setattr(racing, "examine", lambda *_: ())
    list(racing.race(in_process(who, formula), formula, "float64", Settings()))
    assert found == [apart]


# --- a whole run ----------------------------------------------------------------------------------


class Held:
    """A tournament of a file and the reference: whole, and in two shards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        source = "from typing import Any\n" + inspect.getsource(Astray).replace("Astray", "SGD")
        (folder / "mine.py").write_text(source)
        self.whole = self.run("whole")
        self.shards = [self.run(f"{at}", shard=(at, 2)) for at in (1, 2)]

    def run(self, name: str, *, resume: bool = False, **about: Any) -> Path:
        path = self.folder / f"{name}.jsonl"
        settings = Settings(examples=1, quick=True, raced=True)
        names = ("mine.py", "reference")
        plan = Plan(names, self.folder, ("SGD",), ("float64",), settings, **about)
        conduct(plan, results=path, resume=resume)
        return path


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("tournament")
        patch.chdir(folder)
        for about, few in (("steps", 20), ("rates", (0.01, 0.1))):  # what is seen is seen of these
            patch.setattr(Terms, about, few)
        yield Held(folder)


@pytest.mark.thorough
def test_every_optimizer_that_is_there_races_on_every_problem(held: Held) -> None:
    run = read_results(held.whole)
    raced = [(r["implementation"], r["formula"], r["problem"]) for r in run.of_kind("race")]
    problems = run.header["races"]["problems"]
    assert raced == [(who, "SGD", each) for who in ("mine", "reference") for each in problems]
    uphill = [r["steps"] for r in run.of_kind("race") if r["implementation"] == "mine"]
    assert {count for steps in uphill for count in steps} == {None}
    assert [v["verdict"] for v in run.of_kind("verdict")] == ["deviates", "conforms"]


@pytest.mark.thorough
def test_a_run_that_was_cut_off_goes_on_and_has_the_same_bytes(held: Held) -> None:
    lines = held.whole.read_bytes().splitlines(keepends=True)
    cut = held.folder / "cut.jsonl"
    cut.write_bytes(b"".join(lines[:5]) + lines[5][:20])  # in the middle of races
    held.run("cut", resume=True)
    assert cut.read_bytes() == held.whole.read_bytes()


@pytest.mark.thorough
def test_shards_merge_into_the_single_runs_bytes_and_its_page(held: Held) -> None:
    out = held.folder / "out"
    assert main(["merge", *map(str, reversed(held.shards)), "--out", str(out), "--quiet"]) == 1
    assert (out / "results" / "tournament.jsonl").read_bytes() == held.whole.read_bytes()
    page = (out / "tournament.md").read_text()
    assert "| mine SGD ✗ |" in page
    assert "0 of 6<br>" in page
    assert (out / "figures" / "tournament_profiles.png").stat().st_size > 10_000
    assert 'href="#profiles"' in (out / "report.html").read_text()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--formula", "relu"], "expected an optimizer, got relu"),
        (["--shard", "1/2"], "--shard: expected --results"),
        (["--time"], "a contender to time beside reference"),
        (["--budget", "3"], "--budget: only with --time"),
    ],
)
def test_what_makes_no_tournament_is_refused(
    given: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["tournament", *given]) == 2
    assert told in capsys.readouterr().err
