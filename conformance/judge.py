"""The judge: answers in, verdict out.

Every known form of a formula is evaluated at 50 digits on every case; the verdict names the form
that explains all answers within the error that the arithmetic explains. It never guesses: where
two forms explain them, it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import signature
from typing import Any, Literal

import numpy as np

from conformance.cases import Case, cases
from conformance.catalogue import Variant, variants
from conformance.evidence import Evidence
from conformance.tolerances import CANCELLATION, NATURAL, REFUTED, TRUTH, roundoff, tiny
from conformance.truth import Number, exact, mp
from harness.contract import CONTRACT
from harness.host import ContenderFailure, ContenderImpure

Verdict = Literal[
    "conforms", "dialect", "inaccurate", "deviates", "error", "crash", "timeout", "absent"
]
Answer = Callable[[Case], Any]
Entry = tuple[float, bool, float]  # error over allowance, explained by worse arithmetic, ulps


@dataclass(frozen=True)
class Judgement:
    """What one contender's formula turned out to be in one dtype.

    `ulp` is the worst error against the form that it is judged to follow. `margin` is the error of
    the nearest other form, `runner_up`, over what is allowed: below 1, no input separated the two.
    """

    formula: str
    dtype: str
    verdict: Verdict
    variant: str | None = None
    ulp: float | None = None
    detail: str = ""
    margin: float | None = None
    runner_up: str | None = None
    evidence: Evidence | None = None

    @property
    def fails(self) -> bool:
        """Whether a run that contains this judgement has failed."""
        return self.verdict in ("deviates", "error", "crash", "timeout")


@dataclass(frozen=True)
class Fit:
    """How well one form explains all answers.

    `excess` is the worst error over what is allowed: up to 1 the form is followed. `explained`
    says whether worse arithmetic (float32, cancellation) could still be all there is to it;
    `misses` is the share of cases with an error that is not allowed, among those with any error.
    """

    variant: Variant
    excess: float
    explained: bool
    ulp: float
    misses: float
    first_miss: Evidence | None
    worst_miss: Evidence | None

    @property
    def level(self) -> int:
        """0: followed; 1: followed in worse arithmetic; 2: something else."""
        return 0 if self.excess <= 1 else 1 if self.explained else 2


def judge(formula: str, dtype: str, answer: Answer) -> Judgement:
    """Judge one formula in one dtype by the answers to all of its cases, each asked twice."""
    asked = cases(formula, dtype)
    answers: dict[str, np.ndarray] = {}
    impure: ContenderImpure | None = None
    # In reverse, what one case leaves behind meets another the second time.
    for case in (*asked, *reversed(asked)):
        try:
            got = answer(case)
        except ContenderImpure as failure:
            impure, got = failure, failure.value
        except ContenderFailure as failure:
            where = f"{failure.reason} (case {case.id})"
            return Judgement(formula, dtype, failure.verdict, detail=where)
        again = _flat(got)
        first = answers.setdefault(case.id, again)
        if first.tobytes() != again.tobytes():
            return _undetermined(case, first, again)
    given = list(answers.values())
    judgement = _verdict(formula, dtype, [_fit(v, asked, given) for v in variants(formula)])
    if impure is None:
        return judgement
    changed = " and ".join(impure.arguments)
    detail = f"Writes into its caller's {changed}, which the contract leaves alone."
    return Judgement(formula, dtype, "deviates", "argument-changed", judgement.ulp, detail)


def _undetermined(case: Case, first: np.ndarray, again: np.ndarray) -> Judgement:
    at = int(np.flatnonzero(first.view(np.uint64) != again.view(np.uint64))[0])
    canonical = next(v for v in variants(case.formula) if v.kind(case.dtype) == "canonical")
    evidence = Evidence(case, at, truth(canonical, case)[at], float(again[at]))
    # In all their digits: two float32 numbers may be alike in those that others are shown with.
    told = f"{float(first[at])!r} the first time, {float(again[at])!r} the second"
    detail = f"Does not repeat itself: in {evidence.where}: {told}."
    return Judgement(
        case.formula, case.dtype, "deviates", "not-deterministic", detail=detail, evidence=evidence
    )


def _verdict(formula: str, dtype: str, fits: list[Fit]) -> Judgement:
    rank = {"canonical": 0, "dialect": 1, "mistake": 2}

    def order(fit: Fit) -> tuple[int, int, float]:
        # Of forms that explain every answer the first entered is the plainer one.
        return fit.level, rank[fit.variant.kind(dtype)], fit.excess if fit.level else 0.0

    best, *others = sorted(fits, key=order)
    kind = best.variant.kind(dtype)
    canonical = next(fit for fit in fits if fit.variant.kind(dtype) == "canonical")
    if best.level == 2:
        nearest = min(fits, key=lambda fit: fit.excess)
        missed = canonical.first_miss
        detail = f"Matches no known form; in {missed}" if missed else "Matches no known form"
        # A form that is worse was not followed to its last case: which is nearest is not known.
        if nearest is not canonical and nearest.excess <= REFUTED:
            detail += f"; the nearest is {nearest.variant.name}, {nearest.excess:.3g}× too far"
        return Judgement(
            formula, dtype, "deviates", None, _finite(canonical.ulp), detail, evidence=missed
        )

    runner_up = min(others, key=lambda fit: fit.excess, default=None)
    rivals = [fit.variant.name for fit in others if fit.level == 0] if best.level == 0 else []
    margin = min(runner_up.excess, REFUTED) if runner_up else None
    name = None if kind == "canonical" else best.variant.name
    says = best.variant.says
    if kind == "dialect":
        says += f" [{best.variant.source}]"
    verdict: Verdict
    if kind == "mistake":
        verdict, evidence = "deviates", canonical.first_miss
        detail = f"{says} In {canonical.first_miss}"
    elif best.level == 1:
        verdict, evidence = "inaccurate", best.worst_miss
        detail = f"{_reason(best, dtype)}, in {evidence}"
        if name:
            detail = f"{says} {detail}"
    else:
        verdict, evidence = ("conforms" if kind == "canonical" else "dialect"), None
        if kind == "dialect":
            evidence = canonical.first_miss
        detail = says
    if rivals and kind != "canonical":
        detail += f" Ambiguous between {', '.join([best.variant.name, *rivals])}."
    return Judgement(
        formula,
        dtype,
        verdict,
        name,
        _finite(best.ulp),
        detail,
        margin,
        runner_up.variant.name if runner_up else None,
        evidence,
    )


def _reason(fit: Fit, dtype: str) -> str:
    # Single precision spoils nearly every answer, a cancellation only those near it.
    if dtype == "float64" and fit.misses > 0.5:
        return f"Errs like float32 arithmetic in a float64 result ({fit.ulp:.2g} ulp)"
    return f"Loses digits to cancellation or a cut tail ({fit.ulp:.2g} ulp at worst)"


def _finite(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


# --- comparing ------------------------------------------------------------------------------------


def _fit(variant: Variant, asked: tuple[Case, ...], answers: list[np.ndarray]) -> Fit:
    """Compare one form with all answers; one that is not canonical is dropped once refuted."""
    excess = ulp = 0.0
    explained, compared, missed = True, 0, 0
    first = worst = None
    for case, got in zip(asked, answers, strict=True):
        expected = truth(variant, case)
        entries = list(_entries(expected, got, case))
        if any(excess > 1 for excess, _, _ in entries):
            entries = _excused(entries, variant, case, got)
        if not entries:
            continue
        compared += any(ulps for _, _, ulps in entries)
        at = max(range(len(entries)), key=lambda i: entries[i][0])
        ulp = max(ulp, *(entry[2] for entry in entries))
        explained = explained and all(entry[1] for entry in entries)
        if entries[at][0] > 1:
            missed += 1
            if entries[at][0] > excess:
                worst = Evidence(case, at, expected[at], float(got[at]))
            if first is None:
                at = next(i for i, entry in enumerate(entries) if entry[0] > 1)
                first = Evidence(case, at, expected[at], float(got[at]))
        excess = max(excess, *(entry[0] for entry in entries))
        if excess > REFUTED and not explained and variant.name != "canonical":
            break
    return Fit(variant, excess, explained, ulp, missed / max(compared, 1), first, worst)


def _excused(entries: list[Entry], variant: Variant, case: Case, got: np.ndarray) -> list[Entry]:
    """Ask whether hyperparameters rounded to float32 explain what the bound does not.

    1 − β₂ᵗ formed in float32 has lost three digits before the first step.
    """
    if case.dtype != "float32" or CONTRACT[case.formula].kind != "optimizer":
        return entries
    rough = _entries(evaluate(variant, case, rough=True), got, case)
    return [
        (excess, explained or loose <= 1, ulp)
        for (excess, explained, ulp), (loose, _, _) in zip(entries, rough, strict=True)
    ]


def _entries(expected: list[Number], got: np.ndarray, case: Case) -> Iterator[Entry]:
    """Compare the entries of one answer with the truth, one by one."""
    kind, dtype = CONTRACT[case.formula].kind, case.dtype
    u, floor, factor = roundoff(dtype), tiny(dtype), TRUTH[kind].factor
    single = roundoff("float32") if dtype == "float64" else u
    cancels = CANCELLATION.factor * NATURAL.get(case.formula, 0.0)
    largest = float(np.finfo(dtype).max)
    for want, value in zip(expected, got.tolist(), strict=True):
        target = float(want.value)
        if abs(target) > largest:
            target = np.copysign(np.inf, target)
        if not (np.isfinite(target) and np.isfinite(value)):
            same = target == value or (np.isnan(target) and np.isnan(value))
            yield (0.0, True, 0.0) if same else (np.inf, False, np.inf)
            continue
        error = abs(float(mp.mpf(value) - want.value))
        excess = error / (factor * u * want.error + floor)
        flushed = max(abs(target), abs(value)) <= floor
        # A single-precision answer has single precision's cancellation, and its underflow.
        narrow = float(np.float32(value)) == value
        worse = max(single * factor * want.error, (single if narrow else u) * cancels)
        worse += tiny("float32")
        spacing = float(np.spacing(np.asarray(max(want.scale, floor), dtype)))
        yield excess, error <= worse, 0.0 if flushed else error / spacing


def _flat(answer: Any) -> np.ndarray:
    parts = answer if isinstance(answer, tuple) else (answer,)
    return np.concatenate([np.asarray(part, dtype=float).ravel() for part in parts])


# --- truth ----------------------------------------------------------------------------------------


@cache
def _truth(formula: str, name: str, case_id: str, dtype: str) -> list[Number]:
    variant = next(v for v in variants(formula) if v.name == name)
    case = next(c for c in cases(formula, dtype) if c.id == case_id)
    return evaluate(variant, case)


def truth(variant: Variant, case: Case) -> list[Number]:
    """Evaluate one form on one case at 50 digits, entry by entry, once per process."""
    return _truth(variant.formula, variant.name, case.id, case.dtype)


def evaluate(variant: Variant, case: Case, *, rough: bool = False) -> list[Number]:
    """Evaluate one form on any case at 50 digits: all entries of all arrays, in order.

    `rough` takes the hyperparameters for data: rounded to the dtype, and computed with in it.
    """
    options = {"dtype": case.dtype} if "dtype" in signature(variant.body).parameters else {}
    if CONTRACT[case.formula].kind == "optimizer":
        unit = 1.0 if rough else roundoff("float64") / roundoff(case.dtype)
        w, gradients, rates = case.arguments

        def given(value: float) -> Number:
            return Number(value, error=abs(value) if rough else 0.0, unit=unit)

        hyper = {name: given(value) for name, value in case.hyper.items()}
        steps = variant.body(
            exact(w),
            [exact(g) for g in gradients],
            [given(rate) for rate in rates],
            **hyper,
        )
        parts = list(steps)
    else:
        arguments = (exact(a) if np.ndim(a) else Number(float(a)) for a in case.arguments)
        with np.errstate(all="ignore"):  # 0 · ∞ is a case, not an accident
            result = variant.body(*arguments, **options)
        parts = list(result) if isinstance(result, tuple) else [result]
    return [entry for part in parts for entry in np.asarray(part, dtype=object).ravel()]
