"""What a binding changes: which questions are asked, and how far a verdict may go.

A guess must never accuse. Under a binding that was found, and not declared, a deviation stands if
it is a known mistake, or if no other way to call the formula remains; what else goes wrong may be
the guess, and is `unbound`.
"""

from __future__ import annotations

from dataclasses import replace

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue.conduct import CONDUCT
from gradmark.conformance.catalogue.recipe import JOINT
from gradmark.conformance.judging.judge import Judgement
from gradmark.harness.bindings import CHANGES, DECLARED, Binding
from gradmark.harness.contract import CONTRACT
from gradmark.harness.verdicts import DEFINITIONS_ALONE

OF_SIGN = {"ascent", "sign-flipped"}  # mistakes that are none where the sign is meant
LONG = 200  # steps beyond which a question is not worth asking at other values


def adapted(case: Case, bound: Binding) -> Case | None:
    """Return a case at the values that are written into the code; None where it cannot be asked."""
    row = CONTRACT[case.formula]
    if not row.stepped:
        if not bound.pinned:
            return case
        given = zip(row.parameters, case.arguments, strict=False)
        arguments = tuple(bound.pinned.get(name, value) for name, value in given)
        return replace(case, arguments=arguments)
    w, gradients, rates = case.arguments
    steady = [rates[0]] * len(rates) if CHANGES in bound.lacks and len(set(rates)) > 1 else rates
    if "lr" in bound.pinned:
        steady = [bound.pinned["lr"]] * len(rates)
    if not bound.pinned and steady is rates:
        return case
    if len(rates) > LONG:
        return None
    hyper = {**case.hyper, **{n: v for n, v in bound.pinned.items() if n in case.hyper}}
    return replace(case, arguments=(w, gradients, steady), hyper=hyper)


def under(bound: Binding | None, judgement: Judgement) -> Judgement:
    """Let a judgement that was come to by a guess accuse nobody where the guess may be wrong."""
    if bound is None or not accuses(judgement.verdict, judgement.variant, bound):
        return judgement
    return replace(
        judgement,
        verdict="unbound",
        variant=None,
        detail=doubted(bound, judgement.verdict, judgement.detail),
        failure=None,
        evidence=None,
    )


def by_definitions(why: str, judgement: Judgement) -> Judgement:
    """Say that only a file's definitions were loaded; what fails then may miss the rest of it."""
    told = f"{DEFINITIONS_ALONE}: {why}."
    verdict = "unbound" if judgement.verdict == "error" else judgement.verdict
    failure = None if verdict == "unbound" else judgement.failure
    detail = ". ".join(filter(None, (judgement.detail.removesuffix("."), told)))
    evidence = None if verdict == "unbound" else judgement.evidence
    return replace(judgement, verdict=verdict, detail=detail, failure=failure, evidence=evidence)


def accuses(verdict: str, variant: str | None, bound: Binding) -> bool:
    """Whether a verdict says more than a guess may say."""
    if bound.declared and bound.shape == DECLARED:
        return False
    if verdict in ("error", "timeout", "crash"):
        return True
    if bound.guessed and verdict == "deviates":
        return True
    if verdict != "deviates":
        return False
    if bound.turned and is_of_sign(variant):
        return True
    return (variant in CONDUCT and not bound.as_it_is) or (variant is None and not bound.certain)


def is_of_sign(variant: str | None) -> bool:
    """Whether a deviation may be that of a sign which is turned round on purpose."""
    return variant is None or bool(OF_SIGN.intersection(variant.split(JOINT)))


def meant(judgement: Judgement) -> Judgement:
    """Accuse nobody of a wrong sign who speaks of one that is turned round.

    An optimizer under its own name that deviates without one has more wrong with it than its sign:
    climbing has a name beside every convention.
    """
    its = judgement.variant
    if not is_of_sign(its) or (its is None and CONTRACT[judgement.formula].stepped):
        return judgement
    detail = (
        f"It would deviate ({judgement.detail.rstrip('.')}); its source speaks of going up, or of "
        "a negative gradient, so that the sign may be meant"
    )
    return replace(judgement, verdict="unbound", variant=None, detail=detail, evidence=None)


def doubted(bound: Binding, verdict: str, detail: str) -> str:
    """Say what went wrong, and how to declare that the binding is right."""
    return (
        f"Called as {bound}, it would be {verdict} ({detail.rstrip('.')}); whether that is how it "
        f"is to be called is not certain"
    )
