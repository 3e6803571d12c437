"""The judge: answers in, verdict out.

Every known form of a formula is evaluated at 50 digits on every case; the verdict names the form
that explains all answers within the error that the arithmetic explains. It never guesses: where
two forms explain them, it says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, needs, needs_any, refusable
from gradmark.conformance.catalogue import form, variants
from gradmark.conformance.catalogue.conduct import (
    ARGUMENT_CHANGED,
    NEVER_A_NUMBER,
    NOT_DETERMINISTIC,
    SHARED_STATE,
)
from gradmark.conformance.judging.beyond import Answers, against, beyond
from gradmark.conformance.judging.chance import by_distribution
from gradmark.conformance.judging.diagnosis import diagnose
from gradmark.conformance.judging.entries import entries
from gradmark.conformance.judging.evidence import Evidence
from gradmark.conformance.judging.first_wrong import first_wrong
from gradmark.conformance.judging.fit import Fit, flat
from gradmark.conformance.judging.judgement import Judgement, in_ulp
from gradmark.conformance.judging.kept import kept, points_met, truth, truth_at
from gradmark.conformance.judging.readings import READINGS
from gradmark.conformance.judging.shrink import shrink
from gradmark.conformance.judging.small_updates import (
    AT_RANDOM,
    Kept,
    rounds_at_random,
    told_of_small_updates,
)
from gradmark.conformance.judging.tolerances import REFUTED
from gradmark.conformance.judging.unseen import is_wrong
from gradmark.conformance.judging.within import within
from gradmark.conformance.judging.witness import Witness
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL, WIDEST
from gradmark.harness.host import ContenderFailure, ContenderImpure
from gradmark.harness.records.judged import Verdict

Answer = Callable[[Case], Any]
MANY = 2  # steps, of which the second tells
MOST_RIVALS = 6  # names of forms that no input tells apart, in one sentence


def judge(
    formula: str,
    dtype: str,
    answer: Answer,
    witness: Witness | None = None,
    asks: Callable[[Case], bool] = lambda _: True,
    *,
    poses: Callable[[Case], Case | None] = lambda case: case,
) -> Judgement:
    """Judge one formula in one dtype by the answers to all of its cases, each asked twice.

    `asks` leaves out cases, and `poses` turns each into one that the contender can be asked, or
    leaves it out where it needs what the contender lacks. A `witness` lets the judge say more of
    what is wrong: whether state outlives an object, and which variable of an optimizer goes wrong
    first.
    """
    if CONTRACT[formula].by_chance:
        return by_distribution(formula, dtype, answer, poses=poses)
    try:
        cases = filter(asks, within(formula, dtype))
        asked = [posed for case in cases if (posed := poses(case)) is not None]
    except ContenderFailure as failure:
        return Judgement(formula, dtype, failure.verdict, detail=failure.reason, failure=failure)
    answers: dict[str, np.ndarray] = {}
    refused: dict[str, str] = {}  # by the case, what it needs
    impure: ContenderImpure | None = None
    unlike: tuple[Case, np.ndarray] | None = None  # the first case that is answered otherwise
    # In reverse, what one case leaves behind meets another the second time.
    for case in (*asked, *reversed(asked)):
        try:
            got = answer(case)
        except ContenderImpure as failure:
            impure, got = failure, failure.value
        except ContenderFailure as failure:
            if failure.verdict == "error" and refusable(case) and not _in_a_step(case, failure):
                refused[case.id] = refusable(case)
                continue
            return _failed(case, failure)
        again = flat(got)
        first = answers.setdefault(case.id, again)
        if first.tobytes() != again.tobytes() and unlike is None:
            unlike = case, again
            if dtype in USUAL or not CONTRACT[formula].stepped:
                return _undetermined(case, asked, first, again, answer, witness)
    asked = [case for case in asked if case.id not in refused]
    given = [answers[case.id] for case in asked]
    judgement = _followed(formula, dtype, asked, given, answer)
    if unlike is not None:
        case, again = unlike
        rounded = _rounded_at_random(judgement, answer, poses)
        return rounded or _undetermined(case, asked, answers[case.id], again, answer, witness)
    its = [at for at, case in enumerate(asked) if not needs_any(case, judgement.not_asked)]
    asked, given = [asked[at] for at in its], [given[at] for at in its]
    lacking = dict.fromkeys([*refused.values(), *judgement.not_asked])
    judgement = replace(judgement, not_asked=tuple(lacking))
    if judgement.verdict == "inaccurate":
        judgement = _with_cause(judgement, asked, given)
    its_truth = kept(formula, dtype)
    its_truth.keep()
    if not all(map(its_truth.holds, asked)):
        kept(formula, dtype, "posed").keep()
    if impure is not None:
        changed = " and ".join(impure.arguments)
        detail = f"{ARGUMENT_CHANGED.says} Changed: {changed}."
        name = ARGUMENT_CHANGED.name
        return Judgement(formula, dtype, "deviates", name, judgement.ulp, detail)
    if judgement.verdict in ("conforms", "dialect"):
        return _with_small_updates(judgement, answer, poses)
    if judgement.evidence is None or judgement.verdict != "deviates":
        return judgement
    judgement = _never_a_number(judgement, asked, witness)
    if judgement.variant is None:
        judgement = _made_smaller(judgement, answer, poses)
    return _with_first_wrong(judgement, witness)


def _with_small_updates(
    judgement: Judgement, answer: Answer, poses: Callable[[Case], Case | None]
) -> Judgement:
    """Say of an optimizer in low precision what it does with updates too small for one step."""
    assert judgement.followed is not None
    try:
        told = told_of_small_updates(judgement.followed, judgement.dtype, answer, poses)
    except ContenderFailure:  # in what nobody judges it by
        return judgement
    if isinstance(told, str):
        return replace(judgement, detail=f"{judgement.detail} {told}".strip())
    return _keeping(judgement, told, judgement.variant)


def _rounded_at_random(
    judgement: Judgement, answer: Answer, poses: Callable[[Case], Case | None]
) -> Judgement | None:
    """Take what does not repeat itself for rounding at random, where it is that."""
    followed = judgement.followed
    if followed is None or judgement.verdict not in ("conforms", "dialect"):
        return None
    try:
        if not rounds_at_random(followed, judgement.dtype, answer, poses):
            return None
    except ContenderFailure:
        return None
    # How it errs is chance, and so is whether it looks like a state in low precision.
    plain = replace(judgement, ulp=None, distance=None, margin=None, runner_up=None, at_random=True)
    return _keeping(plain, AT_RANDOM, followed.name.removesuffix(f"state-in-{judgement.dtype}"))


def _keeping(judgement: Judgement, kept: Kept, beside: str | None) -> Judgement:
    others = "" if beside in (None, "canonical") else beside.rstrip("+")
    name = f"{others}+{kept.name}" if others else kept.name
    says = f"{kept.says} [{kept.source}]"
    detail = f"{says}. {judgement.detail}" if others else says
    return replace(judgement, verdict="dialect", variant=name, detail=detail)


def _with_cause(
    judgement: Judgement, asked: Sequence[Case], answers: list[np.ndarray]
) -> Judgement:
    followed = judgement.followed
    assert followed is not None
    cause = diagnose(followed, asked, answers) or "the cause is not known"
    told = f"Inaccurate by up to {in_ulp(judgement.ulp)}: {cause}; in {judgement.evidence}"
    return replace(judgement, detail=" ".join(filter(None, (judgement.detail, told))))


def _in_a_step(case: Case, failure: ContenderFailure) -> bool:
    """Whether an option was taken, and then failed: it is refused when an object is made."""
    return needs(case) == "options" and failure.step > 0


# --- what kind of wrong ---------------------------------------------------------------------------


def _failed(case: Case, failure: ContenderFailure) -> Judgement:
    """Say what went wrong, and at which question; a failing import was asked none."""
    told = Judgement(case.formula, case.dtype, failure.verdict, failure=failure)
    if failure.verdict in ("absent", "unbound") or not failure.formula:
        return replace(told, detail=failure.reason)
    # Of an optimizer all steps: which one it came to may hang on what it did before.
    last = max(truth(form(case.formula), case).all().high.size - 1, 0)
    asked = Evidence(case, last, math.nan, math.nan)
    return replace(told, detail=f"{failure.reason} ({asked.where})", evidence=asked)


def _undetermined(
    case: Case,
    asked: Sequence[Case],
    first: np.ndarray,
    again: np.ndarray,
    answer: Answer,
    witness: Witness | None,
) -> Judgement:
    conduct = NOT_DETERMINISTIC
    if witness is not None and _alike_when_fresh(asked, answer, witness):
        conduct = SHARED_STATE
    at = int(np.flatnonzero(first.view(np.uint64) != again.view(np.uint64))[0])
    expected = truth(form(case.formula), case).up_to(at).high[at]
    evidence = Evidence(case, at, float(expected), float(again[at]))
    # In all their digits: two float32 numbers may be alike in those that others are shown with.
    told = f"{float(first[at])!r} the first time, {float(again[at])!r} the second"
    detail = f"{conduct.says} In {evidence.where}: {told}."
    return Judgement(
        case.formula, case.dtype, "deviates", conduct.name, detail=detail, evidence=evidence
    )


def _alike_when_fresh(asked: Sequence[Case], answer: Answer, witness: Witness) -> bool:
    """Whether two new processes agree on what one process did not.

    On everything, asked in one order: random noise may vanish in the rounding of one answer, and
    two processes then agree by chance.
    """
    told = []
    for _ in range(2):
        if not witness.afresh():
            return False
        try:
            told.append([_bytes(answer, case) for case in asked])
        except ContenderFailure:
            return False
    return told[0] == told[1]


def _bytes(answer: Answer, case: Case) -> bytes:
    try:
        return flat(answer(case)).tobytes()
    except ContenderImpure as failure:
        return flat(failure.value).tobytes()


def _made_smaller(
    judgement: Judgement, answer: Answer, poses: Callable[[Case], Case | None]
) -> Judgement:
    right = judgement.against

    def fails(case: Case) -> Evidence | None:
        if poses(case) is None:
            return None
        try:
            got = flat(answer(case))
        except ContenderFailure:
            return None
        expected = truth_at(right, case)
        found = entries(expected, got, case)
        wrong = np.flatnonzero((found.excess > 1) & ~found.explained)
        if not wrong.size:
            return None
        at = int(wrong[0])
        if finite and not np.isfinite(expected.high[at]):  # another question altogether
            return None
        return Evidence(case, at, float(expected.high[at]), float(got[at]))

    assert judgement.evidence is not None
    finite = np.isfinite(judgement.evidence.expected)
    smaller = shrink(judgement.evidence, fails)
    points_met(judgement.formula, judgement.dtype).keep()
    detail = judgement.detail.replace(str(judgement.evidence), str(smaller))
    return replace(judgement, detail=detail, evidence=smaller)


def _with_first_wrong(judgement: Judgement, witness: Witness | None) -> Judgement:
    evidence = judgement.evidence
    assert evidence is not None
    if witness is None or not CONTRACT[judgement.formula].stepped:
        return judgement
    right = [one for one in variants(judgement.formula) if one.kind(judgement.dtype) != "mistake"]
    try:
        states = witness.states(evidence.case)
        allowed, its = [judgement.against, *right], judgement.followed
        said = first_wrong(evidence.case, evidence.step, states, allowed, its)
    except ContenderFailure:
        return judgement
    return (
        replace(judgement, detail=f"{judgement.detail.rstrip('.')}. {said}") if said else judgement
    )


def _never_a_number(
    judgement: Judgement, asked: Sequence[Case], witness: Witness | None
) -> Judgement:
    """Take the name of what is NaN for once from what is NaN for ever.

    A step that is NaN spoils the weights for good, so that a trajectory does not tell the two
    apart; a step from weights that are whole does.
    """
    its = judgement.followed
    if witness is None or its is None or not CONTRACT[judgement.formula].stepped:
        return judgement
    case = next((case for case in asked if len(case.arguments[1]) >= MANY), None)
    if case is None or not np.isnan(truth(its, case).all().high).all():
        return judgement
    try:
        steps = [np.isnan(np.asarray(w, float)) for w in witness.steps_from_anew(case)]
    except (ContenderFailure, NotAskedError):  # who holds the weights is at none but its own
        return judgement
    if not all(step.all() for step in steps):
        return judgement
    detail = f"{NEVER_A_NUMBER.says} In {judgement.evidence}"
    return replace(judgement, variant=NEVER_A_NUMBER.name, detail=detail, followed=None)


# --- which form -----------------------------------------------------------------------------------


def _followed(
    formula: str,
    dtype: str,
    asked: Sequence[Case],
    given: Sequence[np.ndarray],
    answer: Answer,
) -> Judgement:
    """Find the form that is followed: in all that is asked, or in all but what becomes of NaN.

    So it is with questions that are provably taken for others. What no form alone explains is
    looked for among those that are made of several.
    """

    def fitted(answers: Answers) -> list[Fit]:
        return answers.all_fits(variants(formula, dtype))

    numbers = [i for i, case in enumerate(asked) if needs(case) != "NaN"]
    whole = Answers(formula, dtype, asked, given)
    its = fitted(whole)
    judgement = _verdict(whole, its)
    if judgement.verdict in ("conforms", "dialect"):
        return judgement
    rest = Answers(formula, dtype, [asked[i] for i in numbers], [given[i] for i in numbers])
    without = fitted(rest) if len(numbers) < len(asked) and judgement.fails else []
    if without and not (found := _verdict(rest, without)).fails:
        return replace(found, not_asked=("NaN",))
    unnamed = judgement.fails and judgement.variant is None  # what is known keeps its name
    for reading in READINGS if unnamed else ():
        if reading.is_of(list(filter(reading.concerns, asked)), answer):
            kept_on = [at for at, case in enumerate(asked) if not reading.concerns(case)]
            less = [asked[at] for at in kept_on], [given[at] for at in kept_on]
            found = _followed(formula, dtype, *less, answer)
            if not found.fails or found.variant is not None:
                told = f"{found.detail} {reading.says}".strip()
                return replace(found, detail=told, not_asked=(*found.not_asked, reading.capability))
    judgement = _verdict(whole, [*its, *beyond(whole, its)])
    if without and judgement.fails:
        found = _verdict(rest, [*without, *beyond(rest, without)])
        if not found.fails:
            return replace(found, not_asked=("NaN",))
    return judgement


def _verdict(answered: Answers, fits: list[Fit]) -> Judgement:
    formula, dtype = answered.formula, answered.dtype

    def order(fit: Fit) -> tuple[int, bool, int, float]:
        # State in a narrow dtype explains more or less anything near by: whoever errs as little as
        # state in float32 allows, in every number, has that. Of forms that explain every answer
        # the first entered is the plainer one.
        its, level = fit.variant, fit.level
        wide = level == 0 and its.inside == dtype
        return level, wide, its.rank(dtype), fit.excess if level else 0.0

    best, *others = sorted(fits, key=order)
    kind = best.variant.kind(dtype)
    canonical = next(fit for fit in fits if fit.variant.kind(dtype) == "canonical")
    if best.level == 2:
        return _unknown(answered, fits, canonical)
    runner_up = min(others, key=lambda fit: fit.excess, default=None)
    rivals = [fit.variant.name for fit in others if fit.level == 0] if best.level == 0 else []
    says = best.variant.says
    if kind == "dialect":
        says += f" [{best.variant.source}]"
    verdict: Verdict
    permitted = canonical.variant
    if kind == "mistake":
        right = against(best, canonical, answered)
        verdict, evidence, permitted = "deviates", right.first_miss, right.variant
        if best.variant.kind(WIDEST) == "dialect":  # what a narrow dtype makes of it is the mistake
            evidence = right.lost or evidence
        detail = f"{says} In {evidence}"
    elif best.level == 1:
        verdict, evidence = "inaccurate", best.worst_miss
        detail = says if kind == "dialect" else ""
    else:
        verdict, evidence = ("conforms" if kind == "canonical" else "dialect"), None
        if kind == "dialect":
            evidence = canonical.first_miss
        detail = says
    if best.constant is not None and best.constant.uncertain:
        detail += f" The constant is between {best.constant.low:.3g} and {best.constant.high:.3g}."
    if rivals and kind != "canonical":
        names = ", ".join([best.variant.name, *rivals][:MOST_RIVALS])
        detail = f"{detail.rstrip('.')}. Ambiguous between {names}."
    elif dtype not in USUAL and (unseen := _wrong(others, dtype)):
        names = ", ".join([fit.variant.name for fit in unseen][:MOST_RIVALS])
        detail = f"{detail} In {dtype} no input tells it from {names}: judge it in float32, too."
    return Judgement(
        formula,
        dtype,
        verdict,
        None if kind == "canonical" else best.variant.name,
        _finite(best.ulp),
        detail,
        _finite(best.excess),
        min(runner_up.excess, REFUTED) if runner_up else None,
        runner_up.variant.name if runner_up else None,
        evidence,
        followed=best.variant,
        permitted=permitted,
        constant=best.constant,
    )


def _wrong(fits: list[Fit], dtype: str) -> list[Fit]:
    return [fit for fit in fits if fit.level == 0 and is_wrong(fit.variant, dtype)]


def _unknown(answered: Answers, fits: list[Fit], canonical: Fit) -> Judgement:
    formula, dtype = answered.formula, answered.dtype
    nearest = min(fits, key=lambda fit: fit.excess)
    permitted = answered.followed_longest([canonical, *fits, *answered.two_conventions])
    missed = permitted.first_miss
    detail = f"Matches no known form; in {missed}"
    if answered.only_number is not None:
        detail = f"Answers {answered.only_number:g} whatever is asked; in {missed}"
    if permitted is not canonical:
        detail += f"; what is expected is that of {permitted.variant.name}"
    # A form that is worse was not followed to its last case: which is nearest is not known.
    if nearest is not canonical and nearest.excess <= REFUTED:
        detail += f"; the nearest is {nearest.variant.name}, at {nearest.excess:.3g}× the bound"
    distance = _finite(canonical.excess)
    return Judgement(
        formula,
        dtype,
        "deviates",
        None,
        _finite(canonical.ulp),
        detail,
        distance,
        evidence=missed,
        permitted=permitted.variant,
    )


def _finite(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


__all__ = ["Answer", "Judgement", "Verdict", "judge"]
