"""The judge of what is drawn: by its distribution, with a stated rate of false alarms.

No number is the truth here. A form is a law (`catalogue.law`), and a law is refuted by what it
makes next to impossible. Each test refutes a law that is followed with a probability of at most
`ALARM`; a verdict comes from fewer than a thousand of them (`TESTS`), so that right code is accused
with a probability below 10⁻⁹. `docs/chance.md` derives each bound, and what it cannot miss.
Seeds are fixed: who draws from what it is given gets the same verdict every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import groupby
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, cases, refusable
from gradmark.conformance.catalogue import Variant, variants
from gradmark.conformance.catalogue.conduct import ARGUMENT_CHANGED
from gradmark.conformance.catalogue.law import Array, Law
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.judgement import Judgement
from gradmark.conformance.judging.tolerances import DRAWN, REFUTED
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import roundoff
from gradmark.harness.host import ContenderFailure, ContenderImpure
from gradmark.harness.records.judged import Verdict

ALARM = 1e-12  # the probability, at most, with which one test refutes a law that is followed
TESTS = 1000  # more than a verdict takes
LEVELS = (np.arange(512) + 0.5) / 512  # of the quantiles at which a sample is compared
MANY = 16  # counts from which it is worth asking whether they vary
LONG = 2000  # entries beyond which a count is no longer compared: it would hardly ever repeat


@dataclass(frozen=True)
class Misfit:
    """How far a sample is from a law, over what is allowed, and in which words."""

    excess: float
    says: str


KEPT = Misfit(0.0, "")


@dataclass(frozen=True)
class Sample:
    """All answers to one question: the first axis is that of the calls."""

    case: Case
    answers: Array

    @property
    def name(self) -> str:
        """What the question is called."""
        return self.case.id.rpartition("-")[0]

    @cached_property
    def values(self) -> Array:
        """What was drawn: the answers, or what their like was multiplied with to get them."""
        row = CONTRACT[self.case.formula]
        if not row.returned:
            return self.answers.swapaxes(1, 2) if self.turned else self.answers
        factors: Array = self.answers / np.asarray(self._like, float)
        return factors

    @property
    def _like(self) -> Array:
        row = CONTRACT[self.case.formula]
        given: Array = self.case.arguments[row.parameters.index(row.returned[0].like)]
        return given

    @property
    def turned(self) -> bool:
        """Whether a table of weights has one row an output."""
        lengths = len(CONTRACT[self.case.formula].lengths_returned)
        return self.answers.shape[1:] != self.case.arguments[:lengths] if lengths else False

    @cached_property
    def ordered(self) -> Array:
        """All that was drawn, in order of size."""
        return np.sort(self.values, axis=None)

    @cached_property
    def signs(self) -> tuple[Array, ...]:
        """What chance must not look at: the sign of what is given, and whether it is large."""
        if not CONTRACT[self.case.formula].returned:
            return ()
        x = np.asarray(self._like, float)
        return x > 0, np.abs(x) > np.median(np.abs(x))


@dataclass(frozen=True)
class Held:
    """How well one form explains all that was drawn."""

    variant: Variant
    worst: Misfit
    level: int  # 0: followed; 1: but for rounding that its dtype does not explain; 2: refuted


def by_distribution(
    formula: str,
    dtype: str,
    answer: Callable[[Case], Any],
    *,
    poses: Callable[[Case], Case | None] = lambda case: case,
) -> Judgement:
    """Judge one formula of chance in one dtype by all that is drawn in answer to its cases."""
    drawn: list[Sample] = []
    refused: list[str] = []
    repeats, failed = True, None
    for calls in questions(formula, dtype):
        try:
            posed = [its for case in calls if (its := poses(case)) is not None]
            answers = [_array(answer(case)) for case in posed]
            if not drawn and posed:
                repeats = np.array_equal(answers[0], _array(answer(posed[0])), equal_nan=True)
        except ContenderImpure as failure:
            changed = " and ".join(failure.arguments)
            detail = f"{ARGUMENT_CHANGED.says} Changed: {changed}."
            return Judgement(formula, dtype, "deviates", ARGUMENT_CHANGED.name, detail=detail)
        except ContenderFailure as failure:
            lacks = refusable(calls[0])
            if failure.verdict != "error" or not lacks:
                return _failed(calls[0], failure)
            refused.append(lacks)
            failed = failed or _failed(calls[0], failure)
            continue
        if posed:
            drawn.append(Sample(posed[0], np.stack(answers)))
    if failed and not drawn:  # what refuses everything refuses no shape
        return failed
    judgement = _followed(formula, dtype, drawn)
    if not repeats:
        told = "The same seed does not give the same numbers."
        judgement = replace(judgement, detail=f"{judgement.detail} {told}".strip())
    return replace(judgement, not_asked=tuple(dict.fromkeys(refused)))


def _array(answer: Any) -> Array:
    return np.asarray(answer, dtype=float)


def _failed(case: Case, failure: ContenderFailure) -> Judgement:
    told = Judgement(case.formula, case.dtype, failure.verdict, failure=failure)
    if failure.verdict in ("absent", "unbound") or not failure.formula:
        return replace(told, detail=failure.reason)
    asked = Evidence(case, 0, math.nan, math.nan)
    return replace(told, detail=f"{failure.reason} (case {case.id})", evidence=asked)


# --- which form -----------------------------------------------------------------------------------


def _followed(formula: str, dtype: str, samples: Sequence[Sample]) -> Judgement:
    if not samples:
        told = "Nothing that is asked can be put to it."
        return Judgement(formula, dtype, "unbound", detail=told)
    held = [hold(variant, samples, dtype) for variant in variants(formula)]
    canonical = held[0]
    best = min(held, key=lambda one: (one.level, one.variant.rank(dtype)))
    others = [one for one in held if one is not best]
    runner_up = min(others, key=lambda one: one.worst.excess)
    meant, name = best.variant.meant, best.variant.name
    found = Judgement(
        formula,
        dtype,
        "conforms",
        distance=best.worst.excess,
        margin=runner_up.worst.excess,
        runner_up=runner_up.variant.name,
        followed=best.variant,
        permitted=canonical.variant,
    )
    if best.level == 2:
        detail = f"Matches no known form; {canonical.worst.says}."
        return replace(found, verdict="deviates", detail=detail, followed=None)
    says = best.variant.says if meant != "canonical" else ""
    if meant == "mistake":
        detail = f"{says} Seen in {canonical.worst.says}."
        return replace(found, verdict="deviates", variant=name, detail=detail)
    rivals = [one.variant.name for one in others if one.level == best.level]
    if meant == "dialect":
        says = f"{says} [{best.variant.source}]"
        if rivals:
            says += f". Ambiguous between {', '.join([name, *rivals])}."
    variant = None if meant == "canonical" else name
    if best.level == 1:
        detail = f"{says} {_rounded(best, samples, dtype)}.".strip()
        return replace(found, verdict="inaccurate", variant=variant, detail=detail)
    verdict: Verdict = "conforms" if meant == "canonical" else "dialect"
    return replace(found, verdict=verdict, variant=variant, detail=says)


def samples(formula: str, dtype: str, function: Callable[..., Any]) -> list[Sample]:
    """Ask a function of this process all that its formula is asked."""
    return [
        Sample(calls[0], np.stack([_array(function(*case.arguments)) for case in calls]))
        for calls in questions(formula, dtype)
    ]


def questions(formula: str, dtype: str) -> Iterator[list[Case]]:
    """List the calls of each question."""
    for _, calls in groupby(cases(formula, dtype), lambda case: case.id.rpartition("-")[0]):
        yield list(calls)


def refuted_at(variant: Variant, drawn: Sequence[Sample], dtype: str) -> float:
    """Return how far a form is from what was drawn, where it is first refuted or at worst."""
    tol, worst = tolerance(variant.formula, dtype), 0.0
    for sample in drawn:
        worst = max(worst, _worst(variant, [sample], tol).excess)
        if worst > 1:
            break
    return worst


def hold(variant: Variant, samples: Sequence[Sample], dtype: str) -> Held:
    """Hold a form against all that was drawn."""
    worst = _worst(variant, samples, tolerance(variant.formula, dtype))
    if worst.excess <= 1:
        return Held(variant, worst, 0)
    roughly = _worst(variant, samples, DRAWN.factor * roundoff("float32"))
    return Held(variant, worst, 1 if roughly.excess <= 1 else 2)


def tolerance(formula: str, dtype: str) -> float:
    """Return how far what was drawn may be off, relatively: weights may be drawn in float32."""
    row = CONTRACT[formula]
    own = roundoff("float32" if row.takes_numbers else dtype)
    return DRAWN.factor * own


def _rounded(best: Held, samples: Sequence[Sample], dtype: str) -> str:
    said = _worst(best.variant, samples, tolerance(best.variant.formula, dtype)).says
    return f"Rounded more than {dtype} explains: {said}"


def _worst(variant: Variant, samples: Sequence[Sample], tol: float) -> Misfit:
    worst = KEPT
    for sample in samples:
        law = _law(variant, *(a for a in sample.case.arguments[:-1] if np.ndim(a) == 0))
        for misfit in misfits(law, sample, tol, strict=variant.meant != "mistake"):
            if misfit.excess > worst.excess:
                said = f"question {sample.name}, {_spelled(sample.case)}: {misfit.says}"
                told = worst.says if worst.excess > 1 else said  # the first that is too much
                worst = Misfit(min(misfit.excess, REFUTED), told)
            if worst.excess > 1 and variant.meant != "canonical":
                return worst  # it is refuted: by how much does not matter
    return worst


@cache
def _law(variant: Variant, *numbers: float) -> Law:
    law: Law = variant.body(*numbers)
    return law


def _spelled(case: Case) -> str:
    spelled = [
        f"x {a.shape}" if isinstance(a, np.ndarray) else f"{a:g}" for a in case.arguments[:-1]
    ]
    return f"{case.formula}({', '.join(spelled)})"


# --- one law, one sample --------------------------------------------------------------------------


def misfits(law: Law, sample: Sample, tol: float, *, strict: bool) -> Iterator[Misfit]:
    """Yield what speaks against a law: each passes 1 with a probability of at most `ALARM`.

    A `strict` law is of the layout that it says; another may have either.
    """
    drawn = sample.values
    if not np.isfinite(drawn).all():
        yield _impossible("an entry is no finite number")
        return
    if strict and law.turned != sample.turned:
        yield _impossible(f"its shape is {sample.answers.shape[1:]}")
        return
    if law.always:
        if not _near(drawn, drawn[:1], tol):
            yield _impossible("two calls differ")
            return
        drawn = drawn[:1]
    inner = drawn.shape[1:]
    shape = law.shares(inner)
    if shape != inner:
        one = drawn[(slice(None), *(slice(0, length) for length in shape))]
        if not _near(drawn, one, tol):
            yield _impossible("entries differ that would share a number")
            return
        drawn = one
    above = drawn > _middle(law)
    if not law.counted:
        yield from _of_company(law, above, sample.signs if shape == inner else ())
    elif len({*above.reshape(len(above), -1).sum(axis=1)}) > 1:
        yield _impossible("how many there are of a kind differs from call to call")
    ordered = sample.ordered if drawn.size == sample.values.size else np.sort(drawn, axis=None)
    yield from _of_size(law, ordered, tol)


def _impossible(says: str) -> Misfit:
    return Misfit(REFUTED, says)


def _near(a: Array, b: Array, tol: float) -> bool:
    return bool((np.abs(a - b) <= tol * np.maximum(np.abs(a), np.abs(b))).all())


def allowed(count: int) -> float:
    """Return how far a share, or a distribution function, may be from what is due.

    By the inequalities of Dvoretzky, Kiefer, Wolfowitz and Massart, and of Hoeffding: in a sample
    of n, a deviation beyond ε has a probability of at most 2 exp(−2nε²).

    Examples
    --------
    >>> round(allowed(131072), 4)
    0.0104
    """
    return math.sqrt(math.log(2 / ALARM) / (2 * count))


def _of_size(law: Law, ordered: Array, tol: float) -> Iterator[Misfit]:
    """Compare how large entries are with what a law says: all, their ends, and their values."""
    n = len(ordered)
    due = _due(law)
    low, high = law.quantile(np.array([0.0, 1.0]))
    kinds = np.unique(due)
    if len(kinds) <= 2:
        nearest = kinds[np.argmin(np.abs(ordered[:, None] - kinds), axis=1)]
        off = np.abs(ordered - nearest) > tol * np.abs(nearest)
        if off.any():
            values = " or ".join(f"{kind:.6g}" for kind in kinds)
            yield _impossible(f"{ordered[off][0]:.6g} where {values} is due")
    for end, beyond, bound in ((ordered[0], -1, low), (ordered[-1], 1, high)):
        if beyond * (end - bound) > tol * abs(bound):
            yield _impossible(f"an entry is {end:.6g}, beyond {bound:.6g}")
    # Of n numbers one at least is above a quantile that each passes with probability δ.
    rare = -math.expm1(math.log(ALARM) / n)
    least, most = law.quantile(np.array([rare, 1 - rare]))
    if ordered[-1] < most - tol * abs(most):
        yield _impossible(f"no entry of {n} is above {ordered[-1]:.6g}, and {most:.6g} is due")
    if ordered[0] > least + tol * abs(least):
        yield _impossible(f"no entry of {n} is below {ordered[0]:.6g}, and {least:.6g} is due")
    slack = tol * np.abs(due)
    upto = np.searchsorted(ordered, due + slack, side="right") / n
    below = np.searchsorted(ordered, due - slack, side="left") / n
    short, over = LEVELS - upto, below - LEVELS
    at = int(np.argmax(np.maximum(short, over)))
    share = upto[at] if short[at] >= over[at] else below[at]
    told = f"{_percent(share)} of {n} entries are below {due[at]:.4g}"
    told += f", where {_due_is(LEVELS[at], allowed(n))}"
    yield Misfit(float(max(short[at], over[at])) / allowed(n), told)


@cache
def _due(law: Law) -> Array:
    return law.quantile(LEVELS)


@cache
def _middle(law: Law) -> float:
    """Return a number between what a law makes small and what it makes large."""
    low, high = law.quantile(np.array([0.05, 0.95]))
    return float(low + high) / 2


@cache
def _share_above(law: Law) -> float:
    """Return the probability of being above the middle, by halving."""
    low, high, middle = 0.0, 1.0, _middle(law)
    for _ in range(60):
        u = (low + high) / 2
        low, high = (u, high) if law.quantile(np.array(u)) <= middle else (low, u)
    return 1 - low


def _of_company(law: Law, above: Array, signs: Sequence[Array]) -> Iterator[Misfit]:
    """Compare how entries go together with what they do who know nothing of each other."""
    p = _share_above(law)
    alike = p * p + (1 - p) * (1 - p)
    for axis, length in enumerate(above.shape):
        half = length // 2
        if not half:
            continue
        where = f"along axis {axis - 1}" if axis else "at one place of two calls"
        first, second = (above.take(range(start, 2 * half, 2), axis) for start in (0, 1))
        yield _agreeing(first == second, alike, f"neighbours {where}")
        first, second = (above.take(range(start, start + half), axis) for start in (0, half))
        yield _agreeing(first == second, alike, f"opposite entries {where}")
    for sign, what in zip(signs, ("its x", "the size of its x"), strict=False):
        share = float(sign.mean())
        yield _agreeing(above == sign, share * p + (1 - share) * (1 - p), f"an entry and {what}")
    for axis, name in ((0, "calls"), (1, "rows")):
        yield from _varying(above, axis, p, name)


def _agreeing(agree: Array, due: float, what: str) -> Misfit:
    share, may = float(agree.mean()), allowed(agree.size)
    told = f"{what} are both large, or both small, in {_percent(share)} of {agree.size} pairs"
    return Misfit(abs(share - due) / may, f"{told}, where {_due_is(due, may)}")


def _due_is(share: float, may: float) -> str:
    return f"{_percent(share)} are due, ± {_percent(may)}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _varying(above: Array, axis: int, p: float, name: str) -> Iterator[Misfit]:
    """See that counts vary: how many of each call, or of each row, are large."""
    if axis >= above.ndim:
        return
    counts = above.reshape(*above.shape[: axis + 1], -1).sum(axis=-1).ravel()
    entries = above.size // len(counts)
    pairs = len(counts) // 2
    if pairs < MANY // 2 or not 1 < entries <= LONG:
        return
    equal = int((counts[0 : 2 * pairs : 2] == counts[1 : 2 * pairs : 2]).sum())
    probability = _tail(pairs, equal, _repeating(entries, p))
    told = f"of {pairs} pairs of {name} {equal} have as many large entries as each other"
    yield Misfit(math.log(max(probability, 1e-300)) / math.log(ALARM), told)


@cache
def _repeating(n: int, p: float) -> float:
    """Return the probability that two binomial numbers are equal."""
    return math.fsum(_binomial(n, k, p) ** 2 for k in range(n + 1))


def _tail(n: int, k: int, p: float) -> float:
    """Return the probability of k or more of n."""
    return math.fsum(_binomial(n, i, p) for i in range(k, n + 1))


def _binomial(n: int, k: int, p: float) -> float:
    if p in (0.0, 1.0):
        return float(k == (n if p else 0))
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
