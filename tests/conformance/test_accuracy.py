"""Accuracy: what the grid measures, what the climb finds, and what a run writes down."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import mpmath
import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.accuracy import measure
from gradmark.conformance.accuracy import measure as measuring
from gradmark.conformance.accuracy.climb import climb, columns, moves, pick
from gradmark.conformance.accuracy.grid import grid
from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant, form, variants
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.judging.kept import truth_at
from gradmark.conformance.judging.precisions import in_other_precisions
from gradmark.conformance.judging.unfold import evaluate
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import USUAL
from gradmark.harness.host import ContenderFault
from gradmark.harness.in_process import in_process
from gradmark.harness.results import Results, read_results

ROOT = Path(__file__).parents[2]
DTYPES = ("float64", "float32")


def _canonical(formula: str) -> Variant:
    return variants(formula)[0]


def _exactly(case: Case) -> np.ndarray:
    with np.errstate(over="ignore"):  # what exceeds float32 is its infinity
        return truth_at(_canonical(case.formula), case).high.astype(case.dtype)


# --- what is measured -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("formula", DETERMINED)
@pytest.mark.sweep
def test_an_exactly_rounded_implementation_errs_by_half_an_ulp_at_most(
    formula: str, dtype: str
) -> None:
    found, _ = measure(_canonical(formula), dtype, _exactly, quick=True)
    # rounded to float64 first: 2⁻³⁰ more than half an ulp of float32
    assert found.p99 <= found.worst <= 0.5 * (1 + 2**-28)
    assert found.points > 20


@pytest.mark.parametrize("dtype", DTYPES)
def test_worst_and_p99_are_those_of_fifty_digits(dtype: str) -> None:
    asked: list[tuple[np.ndarray, np.ndarray]] = []

    def answer(case: Case) -> Any:
        z = np.asarray(case.arguments[0])
        with np.errstate(over="ignore"):
            got = (1 / (1 + np.exp(-z))).astype(dtype)
        asked.append((z.ravel(), got.ravel()))
        return got

    found, _ = measure(_canonical("sigmoid"), dtype, answer, seed=3)
    floor = float(np.finfo(dtype).tiny)
    with mpmath.workdps(50):
        errors = []
        for zs, values in asked:
            truths = [1 / (1 + mpmath.exp(-mpmath.mpf(float(z)))) for z in zs]
            errors.append([
                0.0 if max(t, value) <= floor
                else float(abs(mpmath.mpf(float(value)) - t))
                / float(np.spacing(np.asarray(max(float(t), floor), dtype)))
                for t, value in zip(truths, values, strict=True)
            ])  # fmt: skip
    on_the_grid = sorted(errors[0])
    within = on_the_grid[int(np.ceil(0.99 * len(on_the_grid))) - 1]
    assert found.p99 == pytest.approx(within, rel=1e-6)
    assert found.worst == pytest.approx(max(e for of_case in errors for e in of_case), rel=1e-6)
    assert found.points == sum(map(len, errors))
    assert found.worst > found.p99 > 0.5


def test_the_bound_is_what_the_verdict_allows_at_the_point_of_the_worst() -> None:
    # One product: u·|value|, 8 times; an ulp is 2u times the power of two below the value.
    found, _ = measure(_canonical("SGD"), "float64", lambda case: _exactly(case) * (1 + 2**-50))
    assert found.worst > 3
    assert found.bound >= 8 * 0.5


# --- what the climb finds -------------------------------------------------------------------------


SPOTS: dict[str, Callable[[Case], Any]] = {
    "sigmoid": lambda case: case.arguments[0],
    "mse_loss": lambda case: case.arguments[1].flat[0],
    "exponential_decay": lambda case: case.arguments[1],
}


@pytest.mark.parametrize("formula", SPOTS)
def test_an_error_planted_between_the_points_of_the_grid_is_found_by_the_climb(
    formula: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = SPOTS[formula]
    on_the_grid = [
        np.ravel(spot(c)) for c in grid(formula, "float64", _stream(f"{formula} float64"))
    ]
    everything = np.concatenate(on_the_grid)
    planted = 1.01 * np.quantile(everything[everything > 0], 0.4, method="inverted_cdf")

    def hill(x: Any) -> Any:
        """1000 ulps at the planted spot, half of that a thousandth of it away."""
        return np.round(1000 / (1 + 1000 * abs(x / planted - 1)))

    def answer(case: Case) -> np.ndarray:
        exact = _exactly(case)
        exact += np.reshape(hill(spot(case)), (-1,)) * np.spacing(exact)
        return exact

    assert np.max(hill(everything)) < 500
    monkeypatch.setattr(sys.modules[measuring.__module__], "TRIES", 200)
    found, _ = measure(_canonical(formula), "float64", answer)
    assert 900 < found.worst <= 1001


@pytest.mark.parametrize("dtype", USUAL)
def test_a_constant_is_asked_far_from_its_usual_values(dtype: str) -> None:
    def huber_loss(y: Any, p: Any, delta: Any) -> Any:
        return reference.huber_loss(y, p, np.clip(delta, 0.1, 10))

    _, miss = measure(form("huber_loss"), dtype, lambda case: huber_loss(*case.arguments), seed=0)
    assert miss is not None
    assert not 0.1 <= miss.evidence.case.arguments[2] <= 10
    assert not miss.explained


def test_a_climb_never_comes_down_and_ends_where_there_is_nothing_worse() -> None:
    case = Case("sigmoid", "grid", (np.array([1.0, 2.0, 4.0]),))
    seen: list[np.ndarray] = []

    def error(tried: Case) -> np.ndarray:
        seen.append(tried.arguments[0])
        return np.where(tried.arguments[0] > 16, np.inf, tried.arguments[0])

    climb(case, np.array([1.0, 2.0, 4.0]), error, np.random.default_rng(0), 200)
    assert 0 < len(seen) < 200
    assert np.any(seen[-1] > 16)
    assert not np.any(np.concatenate(seen[:-1]) > 16)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("formula", DETERMINED)
@pytest.mark.sweep
def test_moves_stay_in_the_formula_s_domain(formula: str, dtype: str) -> None:
    random = np.random.default_rng(1)
    case = grid(formula, dtype, random, quick=True)[-1]
    for _ in range(50):
        moved = tuple(
            move(a, random) for move, a in zip(moves(formula), case.arguments, strict=True)
        )
        case = Case(formula, "grid", moved, case.hyper, dtype)
        for a in (a for a in moved if isinstance(a, np.ndarray)):
            assert a.dtype == dtype
            assert np.all(np.isfinite(a))
        if formula in ("binary_cross_entropy", "categorical_cross_entropy"):
            assert np.all((moved[1] >= 0) & (moved[1] <= 1))
        if formula == "sigmoid_derivative":
            assert np.all((moved[0] >= 0) & (moved[0] <= 1))
        if CONTRACT[formula].kind == "network":
            z1 = moved[0] @ moved[2] + moved[3]
            assert np.all((z1 == 0) | (abs(z1) >= 2.0**-12))
        if CONTRACT[formula].kind == "schedule":
            assert moved[0] >= 0
            many = [parameter.many for parameter in CONTRACT[formula].takes]
            numbers = (a if listed else [a] for a, listed in zip(moved, many, strict=True))
            assert all(type(a) in (int, float) for a in itertools.chain(*numbers))


def test_a_column_of_an_optimizer_is_one_weight_and_its_gradients() -> None:
    case = grid("Adam", "float64", np.random.default_rng(0))[0]
    one = pick(case, np.array([4]))
    assert columns(case) > columns(one) == 1
    alone, together = (evaluate(_canonical("Adam"), c) for c in (one, case))
    assert [float(n) for n in alone] == [float(n) for n in together[4 :: columns(case)]]


# --- what may go wrong ----------------------------------------------------------------------------


def test_the_same_seed_finds_the_same_and_another_seed_something_else() -> None:
    def off(case: Case) -> np.ndarray:
        return np.float32(1.0001) * _exactly(case)

    first, again, other = (
        measure(_canonical("mse_loss"), "float32", off, seed=seed)[0] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_an_answer_that_does_not_come_is_infinitely_wrong_and_says_why() -> None:
    def moody(case: Case) -> Any:
        if np.any(case.arguments[1] > 0.999):
            raise ContenderFault("mine", case.formula, "ZeroDivisionError: sure of it")
        return _exactly(case)

    found, _ = measure(_canonical("binary_cross_entropy"), "float64", moody)
    assert found.worst == np.inf
    assert found.at.endswith(": ZeroDivisionError: sure of it")
    assert found.p99 == np.inf


def test_the_place_of_the_worst_can_be_asked_again() -> None:
    def off_at_a_step(case: Case) -> Any:
        path = _exactly(case).reshape(case.arguments[1].shape)
        if columns(case) == 18 and case.hyper["beta"] == 0.9:  # the grid, not the climb
            path[2, 5] *= 1 + 1e-9
        return path

    found, _ = measure(_canonical("RMSprop"), "float64", off_at_a_step)
    case = grid("RMSprop", "float64", _stream("RMSprop float64"))[0]
    w, gradients, _ = pick(case, np.array([5])).arguments
    told = ", ".join(map(str, gradients[:3, 0]))
    assert found.at.startswith(f"w = {w[0]}, grad = [{told}], lr = [0.1, 0.1, 0.1], beta = 0.9")
    assert found.at.endswith(": step 3")


def _stream(name: str) -> np.random.Generator:
    return np.random.default_rng([0, crc32(name.encode())])


# --- a run ----------------------------------------------------------------------------------------

MINE = """
import numpy as np

def sigmoid_derivative(a):
    return a * (1 - a)

def relu(z):
    return abs(z)
"""


def _run(folder: Path, name: str, *command: str) -> Results:
    asked = [f"--formula={f}" for f in ("sigmoid_derivative", "relu")]
    results = folder / name
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            *command,
            *asked,
            f"--results={results}",
            "--seed=5",
            "--dtype=float64",
        ],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr  # relu deviates
    return read_results(results)


@pytest.mark.thorough
def test_a_run_measures_what_follows_a_form_and_nothing_else_alike_each_time(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    python = f"--python={sys.executable}"
    command = ("gradmark", "check", "mine.py", "--quiet", python)
    one, two = (_run(tmp_path, name, *command) for name in ("one.jsonl", "two.jsonl"))
    measured = {(r["formula"], r["dtype"]) for r in one.of_kind("accuracy")}
    assert measured == {("sigmoid_derivative", "float64")}
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert two.complete
    for record in one.of_kind("accuracy"):
        assert 0 < record["worst"] <= record["bound"]


# --- what the search finds counts, but not more than it is ----------------------------------------


def _single(formula: str) -> Any:
    def body(*arguments: Any) -> Any:
        narrow = [np.asarray(a, np.float32) for a in arguments]
        with np.errstate(all="ignore"):
            return np.asarray(getattr(reference, formula)(*narrow), float)

    return body


@pytest.mark.parametrize("formula", ["mse_loss", "categorical_cross_entropy", "relu_derivative"])
@pytest.mark.thorough
def test_float32_inside_is_inaccurate_wherever_it_is_asked(formula: str) -> None:
    *_, verdict = examine(in_process(_single(formula), formula), formula, "float64")
    assert verdict["verdict"] == "inaccurate", verdict["detail"]


def test_points_of_a_form_are_told_apart_by_the_precision_of_its_constants() -> None:
    form_in_float32 = form("binary_cross_entropy", "clipped-at-1e-7")
    (in_float64,) = in_other_precisions(form_in_float32, "float32")
    sure = np.array([0.0], np.float32), np.array([1.0], np.float32)
    case = Case("binary_cross_entropy", "off the corpus", sure, dtype="float32")
    kept_in = [float(truth_at(one, case).high[0]) for one in (form_in_float32, in_float64)]
    assert kept_in[0] == pytest.approx(-np.log(2.0**-23))  # 1 − 1e-7 is 1 − 2⁻²³ in float32
    assert kept_in[1] == pytest.approx(-np.log(1e-7))


def test_a_guard_kept_in_either_precision_is_that_guard() -> None:
    def at_1e_7(y: Any, p: Any) -> Any:
        p = np.clip(p, 1e-7, 1 - 1e-7)  # of whole numbers NumPy makes float64
        return -np.mean(np.sum(np.atleast_2d(y * np.log(p)), axis=-1))

    contender = in_process(at_1e_7, "categorical_cross_entropy")
    for dtype in ("float64", "float32"):
        *_, verdict = examine(contender, "categorical_cross_entropy", dtype)
        found = verdict["verdict"], verdict["variant"]
        assert found == ("dialect", "clipped-at-1e-7"), verdict["detail"]


def test_a_complement_that_is_formed_and_rounded_is_no_other_formula() -> None:
    def slope(share: Any, p: Any, q: Any, gamma: float) -> Any:
        return share * (gamma * q ** (gamma - 1) * np.log(p) - q**gamma / p)

    def answer(case: Case) -> Any:
        y, p, gamma, alpha = case.arguments
        q = 1 - p
        with np.errstate(all="ignore"):
            negative = slope((1 - alpha) * (1 - y), q, p, gamma)
            return (slope(alpha * y, p, q, gamma) - negative) / y.size

    _, miss = measure(form("focal_loss_grad"), "float32", answer, quick=True)
    assert miss is not None
    assert miss.explained
