"""What is drawn: right code is not accused, and what is wrong has its name."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.cases import cases
from gradmark.conformance.catalogue import variants
from gradmark.conformance.catalogue.chance.weights import SPREAD
from gradmark.conformance.catalogue.law import normal, truncated, uniform
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging import chance
from gradmark.conformance.judging.chance import Sample, allowed, misfits
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.judging.separation import separation
from gradmark.conformance.live import live
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.in_process import in_process

DRAWN = [name for name in CONTRACT if name not in DETERMINED]
SOME = [pytest.param(v, id=f"{v.formula}-{v.name}") for n in DRAWN for v in variants(n)[::5]]
VERDICTS = {"canonical": "conforms", "dialect": "dialect", "mistake": "deviates"}


def judged(thing: Any, formula: str, dtype: str = "float64") -> Judgement:
    return Subject(in_process(thing, formula), dtype).judgement(formula)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", DRAWN)
@pytest.mark.thorough
def test_what_is_drawn_by_a_law_refutes_every_other_and_not_that_one(formula: str) -> None:
    found = separation(formula, "float32")
    assert found.inseparable == ()
    for name, row, its in zip(found.variants, found.excess, range(99), strict=False):
        assert row[its] <= 1, name
        assert min(row[:its] + row[its + 1 :]) > 1, name


@pytest.mark.parametrize("variant", SOME)
@pytest.mark.sweep
def test_a_form_is_called_by_its_name(variant: Any) -> None:
    found = judged(live(variant), variant.formula)
    named = None if variant.meant == "canonical" else variant.name
    assert (found.verdict, found.variant) == (VERDICTS[variant.meant], named), found.detail
    assert found.margin is not None
    assert found.margin > 1


# --- right code -----------------------------------------------------------------------------------


def with_loops(x: Any, rate: float) -> Any:
    out = np.zeros_like(x)
    flat, given = out.reshape(-1), x.reshape(-1)
    for i in range(given.size):
        if random.random() >= rate:
            flat[i] = given[i] / (1 - rate)
    return out


def with_what_all_share(x: Any, rate: float) -> Any:
    mask = np.random.binomial(1, 1 - rate, size=x.shape)  # noqa: NPY002 - as much code does
    return x * mask * (1 / (1 - rate))


def with_a_source_of_its_own(x: Any, rate: float, *_: Any) -> Any:
    return x * (np.random.default_rng().random(x.shape) > rate) / (1 - rate)


@pytest.mark.parametrize("right", [with_loops, with_what_all_share, with_a_source_of_its_own])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_right_dropout_may_draw_from_anywhere(right: Callable[..., Any], dtype: str) -> None:
    found = judged(right, "dropout", dtype)
    assert found.verdict == "conforms", found.detail
    told = "The same seed does not give the same numbers."
    assert (told in found.detail) == (right is with_a_source_of_its_own)


def test_right_weights_may_be_drawn_in_any_way() -> None:
    def he_normal(fan_in: int, fan_out: int) -> Any:
        rows = [[random.gauss(0, math.sqrt(2 / fan_in)) for _ in range(fan_out)]]
        return np.array(rows * 1 + [_row(fan_in, fan_out) for _ in range(fan_in - 1)])

    def _row(fan_in: int, fan_out: int) -> list[float]:
        return [random.gauss(0, math.sqrt(2 / fan_in)) for _ in range(fan_out)]

    def glorot_uniform(fan_in: int, fan_out: int, rng: Any) -> Any:
        limit = math.sqrt(6 / (fan_in + fan_out))
        return ((rng.random((fan_in, fan_out)) * 2 - 1) * limit).astype(np.float32)

    assert judged(he_normal, "he_normal").verdict == "conforms"
    assert judged(glorot_uniform, "glorot_uniform").verdict == "conforms"


def test_what_all_draw_from_is_as_it_was_before() -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - what is to stay
    once = random.random(), np.random.random()  # noqa: NPY002 - as above
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 - as above
    judged(with_what_all_share, "dropout")
    assert (random.random(), np.random.random()) == once  # noqa: NPY002 - as above


@pytest.mark.parametrize("formula", DRAWN)
def test_right_code_is_not_near_the_bounds_of_any_of_forty_other_seeds(formula: str) -> None:
    """Of a thousand tests the largest is about 0.55 of what is allowed: never is it near 1."""
    body, most = getattr(reference, formula), 0.0
    for other in range(40):
        few = ("few", "small")
        asked = [case for case in cases(formula, "float64") if case.id.rpartition("-")[0] in few]
        answers = [body(*case.arguments[:-1], 1000 * other + i) for i, case in enumerate(asked)]
        sample = Sample(asked[0], np.stack(answers))
        law = variants(formula)[0].body(*(a for a in asked[0].arguments[:-1] if np.ndim(a) == 0))
        most = max(most, *(its.excess for its in misfits(law, sample, 1e-12, strict=True)))
    assert 0.3 < most < 0.9


# --- wrong code -----------------------------------------------------------------------------------


def test_what_is_wrong_without_a_name_is_refuted_and_said_in_numbers() -> None:
    def dropout(x: Any, rate: float, rng: Any) -> Any:
        return x * (rng.random(x.shape) >= 0.9 * rate) / (1 - rate)

    found = judged(dropout, "dropout")
    assert (found.verdict, found.variant) == ("deviates", None)
    assert "are below" in found.detail
    assert "due" in found.detail


@pytest.mark.parametrize("block", [2, 16])
def test_a_mask_that_comes_again_within_an_array_is_seen(block: int) -> None:
    def dropout(x: Any, rate: float, rng: Any) -> Any:
        some = rng.random((*x.shape[:-1], -(-x.shape[-1] // block))) >= rate
        return x * np.repeat(some, block, axis=-1)[..., : x.shape[-1]] / (1 - rate)

    found = judged(dropout, "dropout")
    assert found.verdict == "deviates"
    alike = "neighbours along axis 1 are both large, or both small, in 100 % of 2048 pairs"
    assert alike in found.detail


def test_a_mask_that_looks_at_what_it_hides_is_seen() -> None:
    def dropout(x: Any, rate: float, rng: Any) -> Any:
        even = rng.random(x.shape)
        return x * (np.where(x > 0, even, 1 - even**0.5) >= rate) / (1 - rate)

    assert judged(dropout, "dropout").verdict == "deviates"


def test_a_scale_of_float32_in_float64_is_inaccurate() -> None:
    def dropout(x: Any, rate: float, rng: Any) -> Any:
        return x * (rng.random(x.shape) >= rate) * np.float64(np.float32(1 / (1 - rate)))

    assert judged(dropout, "dropout").verdict == "inaccurate"
    assert judged(dropout, "dropout", "float32").verdict == "conforms"


def test_what_is_given_must_not_be_written_to() -> None:
    def dropout(x: Any, rate: float, rng: Any) -> Any:
        x *= (rng.random(x.shape) >= rate) / (1 - rate)
        return x

    assert judged(dropout, "dropout").variant == "argument-changed"


def test_who_takes_tables_alone_is_not_asked_for_more() -> None:
    def dropout(x: Any, rate: float, rng: Any) -> Any:
        n, d = x.shape
        return x * (rng.random((n, d)) >= rate) / (1 - rate)

    found = judged(dropout, "dropout")
    assert (found.verdict, found.not_asked) == ("conforms", ("vectors", "any shape"))


def test_who_takes_vectors_alone_is_not_asked_for_tables() -> None:
    def dropout(x: Any, rate: float) -> Any:
        return [0.0 if random.random() < rate else float(each) / (1 - rate) for each in x]

    found = judged(dropout, "dropout")
    assert (found.verdict, found.not_asked) == ("conforms", ("any shape",))


def test_what_raises_is_an_error_and_not_a_law() -> None:
    def he_normal(*_: Any) -> Any:
        raise RuntimeError("not written yet")

    found = judged(he_normal, "he_normal")
    assert found.verdict == "error"
    assert "not written yet" in found.detail


# --- the statistics -------------------------------------------------------------------------------


@cache
def drawn(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(n)


def test_the_bound_on_a_distribution_is_as_often_passed_as_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At α = 10 % the bound of Dvoretzky, Kiefer, Wolfowitz and Massart is nearly sharp."""
    monkeypatch.setattr(chance, "ALARM", 0.1)
    n, trials = 200, 400
    steps = np.arange(1, n + 1) / n
    beyond = 0
    for seed in range(trials):
        u = np.sort(drawn(n, seed))
        off = max(float((steps - u).max()), float((u - steps + 1 / n).max()))
        beyond += off > allowed(n)
    # 10 % of 400 is 40; a binomial number of that mean is above 70 once in a million times.
    assert 8 < beyond < 70


@pytest.mark.parametrize(
    ("law", "variance"), [(normal(3.0), 9.0), (uniform(-3, 3), 3.0), (truncated(1 / SPREAD), 1.0)]
)
def test_laws_have_the_variance_that_they_are_told(law: Any, variance: float) -> None:
    u = (np.arange(200000) + 0.5) / 200000
    assert np.mean(law.quantile(u) ** 2) == pytest.approx(variance, rel=1e-3)


def test_quantiles_never_fall() -> None:
    u = np.linspace(0, 1, 301)
    for formula in DRAWN:
        numbers = [0.3] if formula == "dropout" else [20, 70]
        for variant in variants(formula):
            q = np.asarray(variant.body(*numbers).quantile(u), float)
            assert all(a <= b for a, b in combinations(q[::60], 2)), variant.name


def test_an_unknown_law_of_the_right_mean_and_variance_is_refuted() -> None:
    def he_normal(fan_in: int, fan_out: int, rng: Any) -> Any:
        return rng.laplace(0, math.sqrt(1 / fan_in), (fan_in, fan_out))

    assert judge("he_normal", "float64", _answer(he_normal)).verdict == "deviates"


def _answer(body: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda case: body(*case.arguments[:-1], np.random.default_rng(case.arguments[-1]))
