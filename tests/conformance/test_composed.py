"""Forms compose: a convention keeps its name beside a mistake, and a mistake beside another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Composed, Variant, compose, composed, form, variants
from gradmark.conformance.catalogue.recipe import alone, recipe_of
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.judging import floats
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.flat import flat
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.judging.kept import truth
from gradmark.conformance.judging.unfold import evaluate
from gradmark.conformance.live import live
from gradmark.conformance.truth import Numbers
from gradmark.harness.contract import CONTRACT

WITH_RECIPE = [name for name in CONTRACT if recipe_of(name)]
ALONE = [
    pytest.param(variant, body, id=f"{variant.formula}-{variant.name}")
    for formula in WITH_RECIPE
    for variant, body in alone(formula)
]


def short(case: Case) -> bool:
    """Whether a case costs little: what large ones separate is not what these tests are about."""
    return flat(case.arguments).size <= 300


def without_options(case: Case) -> bool:
    """Whether a case costs little, and sets no option."""
    return short(case) and not CONTRACT[case.formula].chosen(case.hyper)


def _short(formula: str, dtype: str) -> list[Case]:
    return [case for case in cases(formula, dtype) if short(case)]


def answered(variant: Variant, case: Case) -> Any:
    """Answer as exact code of this form would, rounded once."""
    with np.errstate(over="ignore"):
        return truth(variant, case).all().high.astype(case.dtype)


def judged(formula: str, *names: str, dtype: str = "float64") -> Judgement:
    made = compose(formula, tuple(form(formula, name) for name in names))
    assert made is not None
    return judge(formula, dtype, lambda case: answered(made, case), None, short)


def _follows(true: Numbers, got: np.ndarray, case: Case) -> bool:
    found = entries(true, got, case)
    return bool((found.explained | (found.excess <= 1)).all())


@pytest.mark.parametrize(("variant", "body"), ALONE)
@pytest.mark.sweep
def test_what_a_form_changes_about_the_canonical_one_makes_that_form(
    variant: Variant, body: Body
) -> None:
    made = replace(variant, body=body)
    for case in _short(variant.formula, "float64"):
        true = truth(variant, case).all()
        in_floats = floats.in_floats(made, case)
        # Floats are judged as code is; where they are not enough, the same body in 50 digits is.
        if len(in_floats) == len(true) and _follows(true, in_floats, case):
            continue
        assert _follows(true, Numbers.of(evaluate(made, case)).high, case), case.id


@pytest.mark.parametrize("formula", WITH_RECIPE)
def test_no_part_is_entered_for_a_form_that_does_not_exist(formula: str) -> None:
    its = recipe_of(formula)
    assert its is not None
    assert its.traits.keys() <= {variant.name for variant in variants(formula)}


@pytest.mark.parametrize(
    ("formula", "convention", "wrong"),
    [
        ("Adam", "epsilon-hat", "counter-starts-at-two"),
        ("Adam", "decoupled-weight-decay-1e-2", "root-missing"),
        ("RMSprop", "epsilon-outside-root", "squares-summed"),
        ("RAdam", "threshold-five", "rectification-without-root"),
        ("huber_loss", "doubled", "delta-fixed-at-1"),
        ("SGDMomentum", "nesterov-lr-outside", "velocity-never-fades"),
        ("SGD", "l2-penalty-1e-4", "ascent"),
        ("binary_cross_entropy", "clipped-at-1e-7", "sign-lost"),
        ("categorical_cross_entropy", "clipped-at-1e-7", "mean-over-elements"),
        ("mse_loss", "sum-of-squares", "absolute-differences"),
        ("compute_loss", "probability-clipped-at-1e-7", "hidden-bias-forgotten"),
        ("compute_gradients", "full-slope-at-the-kink", "summed-over-samples"),
        ("cosine_annealing", "holds-after-the-end", "one-epoch-short"),
        ("warmup_cosine", "ramp-from-first-step", "cosine-from-epoch-zero"),
        ("step_decay", "drops-one-epoch-early", "drop-taken-away"),
        ("exponential_decay", "inverse-time", "rate-in-percent"),
    ],
)
@pytest.mark.sweep
def test_a_mistake_inside_a_convention_is_named_with_it(
    formula: str, convention: str, wrong: str
) -> None:
    told = judged(formula, convention, wrong)
    assert (told.verdict, told.variant) == ("deviates", f"{convention} + {wrong}")
    assert told.evidence is not None
    expected = answered(form(formula, convention), told.evidence.case)
    assert float(expected.ravel()[told.evidence.entry]) == told.evidence.expected


@pytest.mark.parametrize(
    ("formula", "one", "other"),
    [
        ("Adam", "moments-share-memory", "root-missing"),
        ("RMSprop", "beta-ignored", "ascent"),
        ("SGDMomentum", "velocity-reversed", "rate-applied-twice"),
        ("compute_gradients", "bias-gradients-zero", "divided-twice"),
    ],
)
@pytest.mark.sweep
def test_two_mistakes_at_once_are_both_named(formula: str, one: str, other: str) -> None:
    told = judged(formula, one, other)
    assert told.verdict == "deviates"
    assert told.variant is not None
    assert set(told.variant.split(" + ")) == {one, other}


def test_two_mistakes_inside_a_common_convention_are_both_named() -> None:
    told = judged("RMSprop", "epsilon-outside-root", "ascent", "learning-rate-kept")
    assert told.variant == "epsilon-outside-root + ascent + learning-rate-kept"


def test_a_mistake_inside_two_conventions_is_named_with_both() -> None:
    told = judged("focal_loss", "of-p-t", "clipped-at-1e-7", "alpha-exchanged")
    assert told.variant == "of-p-t + clipped-at-1e-7 + alpha-exchanged"


def test_one_number_for_everything_is_no_combination_of_mistakes() -> None:
    # the mean of the differences, less its own mean, is 0, too: true, and of no use to anybody
    told = judge("mse_loss", "float64", lambda _: np.zeros(()), None, short)
    assert (told.verdict, told.variant) == ("deviates", None)
    assert told.detail.startswith("Answers 0 whatever is asked; in ")


def test_logarithms_that_are_guarded_alone_are_a_convention_beside_another() -> None:
    told = judged("focal_loss", "of-p-t", "clipped-at-1e-7")
    assert (told.verdict, told.variant) == ("dialect", "of-p-t + clipped-at-1e-7")


def test_two_conventions_at_once_are_a_convention() -> None:
    told = judged("SGDMomentum", "weight-decay-in-the-velocity", "lr-outside-velocity")
    assert told.verdict == "dialect"


def test_a_composed_form_is_found_again_by_its_name() -> None:
    made = form("Adam", "epsilon-hat + counter-starts-at-two")
    assert isinstance(made, Composed)
    assert made.permitted("float64") == form("Adam", "epsilon-hat")


def test_a_name_that_no_forms_make_is_no_form() -> None:
    with pytest.raises(KeyError):
        form("Adam", "epsilon-hat + epsilon-hat")


def test_where_one_form_explains_everything_none_is_composed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gradmark.conformance.judging import beyond

    monkeypatch.setattr(beyond, "composed", None)  # to ask for it would raise
    told = judge("mse_loss", "float64", lambda case: answered(form("mse_loss"), case), None, short)
    assert told.verdict == "conforms"


@pytest.mark.parametrize("formula", WITH_RECIPE)
def test_conventions_come_first_and_mistakes_last(formula: str) -> None:
    mistakes = [sum(one.meant == "mistake" for one in made.of) for made in composed(formula)]
    assert mistakes == sorted(mistakes)
    for made in composed(formula):
        assert [one.meant for one in made.of] == sorted(one.meant for one in made.of)


# --- a name agrees with what the object shows -----------------------------------------------------


class Shown:
    """A witness: an optimizer whose state can be looked at, and whose steps can start anew."""

    def __init__(self, optimizer: type) -> None:
        self.optimizer = optimizer

    def answer(self, case: Case) -> Any:
        w, gradients, rates = case.arguments
        its, path = self.optimizer(lr=rates[0], **case.hyper), []
        for g, its.lr in zip(gradients, rates, strict=True):
            w = its.step(w, g)
            path.append(w)
        return np.stack(path)

    def afresh(self) -> bool:
        return False

    def states(self, case: Case) -> Iterator[Mapping[str, Any]]:
        w, gradients, rates = case.arguments
        its = self.optimizer(lr=rates[0], **case.hyper)
        for g, its.lr in zip(gradients, rates, strict=True):
            w = its.step(w, g)
            yield dict(vars(its))

    def steps_from_anew(self, case: Case) -> Iterator[Any]:
        w, gradients, rates = case.arguments
        its = self.optimizer(lr=rates[0], **case.hyper)
        for g, its.lr in zip(gradients, rates, strict=True):
            yield its.step(w, g)


class AlwaysNaN:
    """An Adam that knows no numbers."""

    def __init__(self, lr: float, **hyper: float) -> None:
        self.lr = lr
        del hyper

    def step(self, w: Any, grad: Any) -> Any:
        del grad
        return w * np.nan


def test_what_is_never_a_number_is_not_taken_for_a_counter_that_starts_at_zero() -> None:
    witness = Shown(AlwaysNaN)
    told = judge("Adam", "float64", witness.answer, witness, without_options)
    assert (told.verdict, told.variant) == ("deviates", "never-a-number")


def test_a_counter_that_starts_at_zero_is_a_number_again_from_weights_that_are_whole() -> None:
    witness = Shown(live(form("Adam", "counter-starts-at-zero")))
    told = judge("Adam", "float64", witness.answer, witness, short)
    assert (told.verdict, told.variant) == ("deviates", "counter-starts-at-zero")


class RateKept:
    """PyTorch's velocity, and the first learning rate for good."""

    def __init__(self, lr: float, momentum: float) -> None:
        self.lr = self.first = lr
        self.momentum = momentum
        self.velocity: Any = 0.0

    def step(self, w: Any, grad: Any) -> Any:
        self.velocity = self.momentum * self.velocity + grad
        return w - self.first * self.velocity


def test_a_velocity_that_holds_no_rate_is_not_what_goes_wrong_in_a_convention_that_has_none() -> (
    None
):
    witness = Shown(RateKept)
    told = judge("SGDMomentum", "float64", witness.answer, witness, without_options)
    assert told.variant == "learning-rate-kept"
    assert "velocity is right, as in lr-outside-velocity: it is the step itself" in told.detail


def test_what_has_no_name_is_held_against_the_convention_that_it_follows_longest() -> None:
    clipped = form("binary_cross_entropy", "clipped-at-1e-7")

    def off_where_it_is_sure(case: Case) -> Any:
        far = case.id == "mixed"
        return answered(clipped, case) * (1.01 if far else 1)

    told = judge("binary_cross_entropy", "float64", off_where_it_is_sure, None, short)
    assert (told.verdict, told.variant) == ("deviates", None)
    assert "what is expected is that of clipped-at-1e-7" in told.detail
