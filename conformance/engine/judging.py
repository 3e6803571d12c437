"""One contender from its first question to its last; whatever it does, each gets an answer."""

from __future__ import annotations

import importlib
import traceback
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import numpy as np

from gradmark.conformance.engine.expectations import Key
from gradmark.conformance.engine.plan import Plan, Say
from gradmark.conformance.engine.records import Record
from gradmark.conformance.engine.remembered import place_of, remember, remembered
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.environment import packages
from gradmark.harness.host import Contender, ContenderFailure, NothingProvidedError


def judge_contender(
    plan: Plan,
    name: str,
    kept: Iterable[Record] = (),
    say: Say = lambda _: None,
    questions: Sequence[tuple[str, str]] | None = None,
) -> Iterator[Record]:
    """Yield the records of one contender, formula by formula; `kept` ones are not found again.

    `questions` are all of the plan's, if not told otherwise.

    Raises
    ------
    NothingProvidedError
        It provides no name of the contract.
    UsageError
        What is to run it cannot.
    """
    if plan.remembers and questions is None and plan.shard == (1, 1):
        yield from _once(plan, name, list(kept), say)
    else:
        asked = plan.asked_of(name) if questions is None else questions
        yield from _judged(plan, name, kept, say, asked)


def _once(plan: Plan, name: str, kept: list[Record], say: Say) -> Iterator[Record]:
    """Judge a contender, unless that was done before."""
    file = place_of(plan, name)
    before = [] if kept else remembered(file)
    yield from before
    if not before:
        found = []
        for record in _judged(plan, name, kept, say, plan.asked_of(name)):
            found.append(record)
            yield record
        if not kept and file == place_of(plan, name):  # it is still what was judged
            remember(file, found)


def _judged(
    plan: Plan,
    name: str,
    kept: Iterable[Record],
    say: Say,
    questions: Sequence[tuple[str, str]],
) -> Iterator[Record]:
    if not questions:
        return
    with plan.contender(name, say) as contender:
        with ThreadPoolExecutor(1) as beside:  # the judges are imported while it imports
            judges = beside.submit(importlib.import_module, "gradmark.conformance.engine.examine")
            with suppress(ContenderFailure):  # each formula's verdict will say so
                contender.provides  # noqa: B018 - providing nothing is told here, before all else
        judges.result()
        kept = list(kept)
        installed = packages(contender.python)
        if installed and not any(record["kind"] == "environment" for record in kept):
            yield {"kind": "environment", "implementation": name, "packages": installed}
        yield from judge_questions(contender, questions, plan.settings, kept, say)


def judge_questions(
    contender: Contender,
    questions: Iterable[tuple[str, str]],
    settings: Settings,
    kept: Iterable[Record] = (),
    say: Say = lambda _: None,
) -> Iterator[Record]:
    """Yield what is found about one contender's formulas, each in a dtype."""
    # Only here: judges and theorems take longer to import than a contender takes to start.
    from gradmark.conformance.engine.examine import examine
    from gradmark.conformance.engine.racing import race

    ask = race if settings.raced else examine
    before: dict[Key, list[Record]] = {}
    for record in kept:
        if "formula" in record:
            key = record["implementation"], record["formula"], record["dtype"]
            before.setdefault(key, []).append(record)
    for formula, dtype in questions:
        for its in contender.candidates(formula):
            known = before.get((its.name, formula, dtype), ())
            try:
                yield from ask(its, formula, dtype, settings, known)
            except ContenderFailure as failure:  # where no question of ours was being answered
                yield failed(its.name, formula, dtype, failure.reason, failure.verdict)
            except Exception as error:  # a fault of ours on its answers costs this verdict alone
                say(traceback.format_exc().rstrip())
                yield failed(its.name, formula, dtype, f"gradmark failed at it: {error!r}")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Judge as if nobody had set anything, and leave all that was set as it was."""
    # A filter that makes errors of warnings would make errors of ours; printing options change how
    # inputs are spelled.
    plain = np.printoptions(formatter=None, sign="-", legacy=False, nanstr="nan", infstr="inf")
    with warnings.catch_warnings(), np.errstate(all="ignore"), plain:
        warnings.simplefilter("ignore")
        yield


def nothing_to_judge(
    plan: Plan,
    name: str,
    error: NothingProvidedError,
    questions: Sequence[tuple[str, str]] | None = None,
) -> Iterator[Record]:
    """Yield the verdicts of a contender that has nothing to judge, beside others that have."""
    for formula, dtype in plan.asked_of(name) if questions is None else questions:
        yield failed(name, formula, dtype, str(error), verdict="absent")


def failed(name: str, formula: str, dtype: str, detail: str, verdict: str = "error") -> Record:
    """Spell a verdict that was not come to by judging."""
    return {
        "kind": "verdict",
        "implementation": name,
        "formula": formula,
        "dtype": dtype,
        "verdict": verdict,
        "variant": None,
        "ulp": None,
        "detail": detail,
        "distance": None,
        "margin": None,
        "runner_up": None,
    }
