"""What explains answers that no form alone explains.

The same form in wider arithmetic than its data has, a form with a constant of its own, two forms
at once. They come in that order, conventions before mistakes: the first that follows all answers
is the plainest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import (
    Composed,
    Variant,
    compose,
    composed,
    families,
    takes_dtype,
    variants,
    wider,
)
from gradmark.conformance.catalogue.recipe import Family
from gradmark.conformance.catalogue.variant import Guard
from gradmark.conformance.judging.constants import TYPED, Constant, Made, constants
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.fit import Fit, far_off, fit, fit_all
from gradmark.conformance.judging.floats import far_from
from gradmark.conformance.judging.kept import kept, truth
from gradmark.conformance.judging.tolerances import REFUTED
from gradmark.harness.contract.dtypes import WIDEST

COMMONEST = 4  # conventions that two mistakes are looked for in: each costs a thousand forms
TYPICAL = (*(float(f"1e-{power}") for power in range(1, 17)), 5e-4)
TINY = 1e-30  # an ε that any dtype loses beside 1
FEW = 600  # forms of three parts: each costs some milliseconds
FIRST = 4  # cases that a form is held against before all of them


@dataclass(frozen=True)
class Answers:
    """What was asked in one dtype, and what came back."""

    formula: str
    dtype: str
    asked: Sequence[Case]
    given: Sequence[np.ndarray]

    def all_fits(self, forms: Iterable[Variant]) -> list[Fit]:
        """Fit forms: mistakes by floats, if that will do, where no 50 digits are kept."""
        its = kept(self.formula, self.dtype)
        new, forms = not all(map(its.holds, self.asked[:FIRST])), list(forms)
        far = [new and self._is_far(one) for one in forms]
        near = [one for one, is_far in zip(forms, far, strict=True) if not is_far]
        found = iter(fit_all(near, self.asked, self.given))
        return [
            far_off(one) if is_far else next(found) for one, is_far in zip(forms, far, strict=True)
        ]

    def fits(self, forms: Iterable[Variant]) -> list[Fit]:
        """Fit forms, of those that none of the first cases refutes."""
        return [fit(one, self.asked, self.given) for one in forms if not self._refute(one)]

    @cached_property
    def only_number(self) -> float | None:
        """The one number that is answered to everything, if so: no two mistakes explain it."""
        every = np.unique(np.concatenate([np.empty(0), *self.given]))
        return float(every[0]) if len(every) == 1 and len(self.given) >= FIRST else None

    @cached_property
    def order(self) -> list[int]:
        """The places of the cases, those first that refuted a form with a constant of late."""
        return [*range(len(self.asked))]

    @cached_property
    def two_conventions(self) -> list[Fit]:
        """How well every two conventions fit that compose."""
        return self.fits(_with_mistakes(self, 0))

    def followed_longest(self, fits: Iterable[Fit]) -> Fit:
        """Return the permitted form that the answers follow longest, of equals the first."""
        order = {case.id: at for at, case in enumerate(self.asked)}

        def until(its: Fit) -> tuple[int, int]:
            missed = its.first_miss
            return (order[missed.case.id], missed.entry) if missed else (len(order), 0)

        return max((one for one in fits if one.variant.kind(self.dtype) != "mistake"), key=until)

    @cached_property
    def _first(self) -> list[tuple[Case, np.ndarray]]:
        return list(zip(self.asked[:FIRST], self.given, strict=False))

    def _is_far(self, variant: Variant) -> bool:
        # Floats refute mistakes alone: where v − m² is 0, rounding takes a convention anywhere.
        wrong = variant.kind(self.dtype) == "mistake"
        return wrong and any(far_from(variant, case, got) for case, got in self._first)

    def _refute(self, variant: Variant) -> bool:
        if self._is_far(variant):
            return True
        for case, got in self._first:
            its, done = truth(variant, case), 0
            while done < len(got):
                if len(its.known) == done:
                    its.grow()
                if entries(its.known[done:], got[done : len(its.known)], case).refuting.any():
                    return True
                done = len(its.known)
        return False


def beyond(answers: Answers, fits: Sequence[Fit]) -> list[Fit]:
    """Look for what explains all answers, where no form alone does.

    Where a convention explains them, be it in worse arithmetic, no mistake is looked for.
    """
    nearest = min(fits, key=lambda one: (one.level, one.excess))
    if nearest.level == 0:
        return []
    found = _first(_right(answers), nearest)
    if nearest.level == 2 and not found and answers.only_number is None:
        found = _first(_wrong(answers), nearest)
    kept(answers.formula, answers.dtype, "composed").keep()
    return found


def _first(stages: Iterable[list[Fit]], nearest: Fit) -> list[Fit]:
    """Return what follows all answers, of the plainest; failing that, in worse arithmetic.

    What worse arithmetic has to explain is wide: there, what is nearer by far is more likely. And
    what nobody would type is a constant by accident, if something else follows all answers.
    """
    most = nearest.excess / REFUTED if nearest.level == 1 else 0
    found: list[Fit] = []
    for stage in stages:
        explained = (one for one in stage if one.level < 2)
        followed = [one for one in explained if one.level < nearest.level or one.excess < most]
        if any(one.level == 0 and (one.constant is None or _typed(one)) for one in followed):
            return followed
        if not found or (min(map(_level, followed), default=2) < min(map(_level, found))):
            found = followed
    return found


def _level(one: Fit) -> int:
    return one.level


def _right(answers: Answers) -> Iterator[list[Fit]]:
    """Yield what follows the answers of conventions, ever less plain."""
    formula, dtype = answers.formula, answers.dtype
    meant = [one for one in variants(formula) if one.meant != "mistake"]
    right = [one for one in meant if one.kind(dtype) != "mistake"]
    conventions = [one for one in families(formula) if one.kind != "mistake"]
    yield answers.fits(one for one in _wider(meant, dtype) if one.kind(dtype) != "mistake")
    yield _fitted(answers, conventions)
    yield answers.two_conventions
    yield _fitted(answers, conventions, [one for one in right if one.meant != "canonical"])
    yield _two_constants(answers, conventions)
    nearly = [one.variant for one in answers.two_conventions if one.level == 1]
    yield _fitted(answers, conventions, nearly)


def _wrong(answers: Answers) -> Iterator[list[Fit]]:
    """Yield what follows the answers of mistakes, ever less plain."""
    formula, dtype = answers.formula, answers.dtype
    wrong = [one for one in variants(formula) if one.kind(dtype) == "mistake"]
    fitted = families(formula)
    conventions = [one for one in fitted if one.kind != "mistake"]
    inside = _with_mistakes(answers, 1)
    yield _fitted(answers, [one for one in fitted if one.kind == "mistake"])
    yield answers.fits(inside)
    yield answers.fits(_wider([*wrong, *_with_mistakes(answers, 0), *inside], dtype))
    yield _fitted(answers, conventions, wrong)
    yield answers.fits(_with_mistakes(answers, 2))
    yield answers.fits(_inside_two_conventions(answers, wrong))
    yield answers.fits(_two_inside_a_convention(answers))


def _inside_two_conventions(answers: Answers, wrong: Sequence[Variant]) -> Iterator[Composed]:
    """Yield each mistake inside every two conventions; of many, inside the two followed longest."""
    pairs = _with_mistakes(answers, 0)
    if len(pairs) * len(wrong) > FEW:
        its = answers.two_conventions
        nearest = [answers.followed_longest(its).variant] if its else []
        pairs = [pair for pair in nearest if isinstance(pair, Composed)]
    for pair in pairs:
        made = (compose(answers.formula, (*pair.of, one)) for one in wrong)
        yield from (one for one in made if one is not None)


def _two_inside_a_convention(answers: Answers) -> Iterator[Composed]:
    """Yield every two mistakes inside each of the first conventions, which are the commonest."""
    formula = answers.formula
    meant = [one for one in variants(formula) if one.meant == "dialect"][:COMMONEST]
    for convention in (one for one in meant if one.kind(answers.dtype) != "mistake"):
        for two in _with_mistakes(answers, 2):
            made = None if convention in two.of else compose(formula, (convention, *two.of))
            if made is not None:
                yield made


def _with_mistakes(answers: Answers, count: int) -> list[Composed]:
    """List the composed forms with so many mistakes in the dtype."""
    return [
        one
        for one in composed(answers.formula)
        if sum(its.kind(answers.dtype) == "mistake" for its in one.of) == count
    ]


def _wider(forms: Iterable[Variant], dtype: str) -> Iterator[Variant]:
    """Yield what differs where constants are of the widest dtype: `np.asarray(p, float)`."""
    if dtype != WIDEST:
        for one in forms:
            if takes_dtype(one.body):
                yield wider(one, WIDEST)


# --- constants ------------------------------------------------------------------------------------


def _fitted(
    answers: Answers, of: Sequence[Family], beside: Sequence[Variant] | None = None
) -> list[Fit]:
    """Fit families, alone or each beside other forms, until one follows all answers."""
    if not any(np.isfinite(its).any() for its in answers.given):
        return []  # no constant makes NaN of all that is asked
    found: list[Fit] = []
    for family in of:
        for made in _makers(family, beside):
            for wide in (False, True) if answers.dtype != WIDEST else (False,):
                fits = _fit(answers, family, made, wide=wide)
                found += fits
                followed = [one for one in fits if one.level == 0 and _typed(one)]
                # A guard that the dtype rounds away accuses nobody whose constants may be wider;
                # and where another constant is as good, another form may have a plainer one.
                as_meant = any(
                    one.variant.kind(answers.dtype) == one.variant.meant for one in followed
                )
                if as_meant and not any(one.constant.uncertain for one in followed if one.constant):
                    return followed
    # What nobody would type is a constant by accident, if another will do.
    typed = [one for one in found if _typed(one)]
    return sorted(typed, key=_digits) or found


def _digits(one: Fit) -> int:
    return one.constant.digits if one.constant else 0


def _two_constants(answers: Answers, of: Sequence[Family]) -> list[Fit]:
    """Fit a constant beside one that people type, and then that one beside the first.

    Of guards one is enough: two of them hide each other.
    """
    plain = [one for one in of if one.guard(TINY) == Guard()]
    for family in plain:
        for other in (one for one in of if one is not family):
            for found in _fitted(answers, [family], [*_typical(other)]):
                if found.constant is None or found.level > 0 or not _typed(found):
                    continue
                again = _fitted(answers, [other], [family.form(found.constant.value)])
                if any(one.level == 0 for one in again):
                    return [found]
    return []


def _typical(of: Family) -> Iterator[Variant]:
    return (of.form(constant) for constant in TYPICAL if of.low <= constant <= of.high)


def _typed(one: Fit) -> bool:
    return one.constant is not None and one.constant.digits <= TYPED


def _makers(family: Family, beside: Sequence[Variant] | None) -> Iterator[Made]:
    if beside is None:
        yield family.form
        return
    for other in beside:
        if compose(family.formula, _in_order(family.form(family.high), other)) is not None:
            yield _composing(family, other)


def _composing(family: Family, other: Variant) -> Made:
    def made(constant: float) -> Variant:
        found = compose(family.formula, _in_order(family.form(constant), other))
        assert found is not None  # it was asked for one constant, and they have the same parts
        return found

    return made


def _in_order(one: Variant, other: Variant) -> tuple[Variant, ...]:
    """List two forms, or those that one is composed of: conventions first."""
    of = (form for its in (one, other) for form in (its.of if isinstance(its, Composed) else [its]))
    return tuple(sorted(of, key=lambda form: form.meant == "mistake"))


def _fit(answers: Answers, family: Family, made: Made, *, wide: bool) -> list[Fit]:
    """Fit one form's constant: the fit of the first constant that follows all answers."""
    make: Callable[[float], Variant] = (lambda c: wider(made(c), WIDEST)) if wide else made
    if wide and not takes_dtype(make(family.high).body):
        return []
    best: list[Fit] = []
    asked = answers.asked, answers.given, answers.order
    for constant in constants(make, family.low, family.high, *asked):
        for one in answers.fits([make(constant.value)]):
            told = replace(one, constant=constant)
            if one.level == 0:
                return [told]
            # Where worse arithmetic has to explain the rest, the constant has to be beyond doubt.
            known = constant.limit or not constant.uncertain
            if one.level == 1 and _typed(told) and known:
                best = best or [told]
    return best


def against(best: Fit, canonical: Fit, answers: Answers) -> Fit:
    """Return how the form fits that is left without the mistakes: what shows them alone."""
    permitted = None
    if isinstance(best.variant, Composed):
        permitted = best.variant.permitted(answers.dtype)
    if permitted is None:
        return canonical
    return fit(permitted, answers.asked, answers.given)


__all__ = ["Answers", "Constant", "against", "beyond"]
