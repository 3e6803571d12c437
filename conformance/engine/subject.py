"""A contender as the engine sees it: its formulas, its answers, and what was made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradmark.conformance.cases import Case, needs_any
from gradmark.conformance.catalogue.recipe import JOINT
from gradmark.conformance.engine.binding import adapted, by_definitions, meant, under
from gradmark.conformance.judging.judge import Judgement, judge
from gradmark.conformance.properties.asked import Function, NoQuestionError, Optimizer
from gradmark.harness.bindings import BESIDE, Binding, NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import Contender, ContenderFailure

# From what is right to what is worst, where one formula has several paths.
BADNESS = (
    "absent", "conforms", "dialect", "inaccurate", "unbound", "deviates", "error", "timeout",
    "crash",
)  # fmt: skip

RIGHT = ("conforms", "dialect", "inaccurate")
FEW = 32  # steps that a path is asked beside the usual one: thousands show nothing more there


class Subject:
    """One contender in one dtype."""

    def __init__(self, contender: Contender, dtype: str) -> None:
        self.contender = contender
        self.dtype = dtype
        self._judgements: dict[str, Judgement] = {}
        self.paths: dict[str, dict[str, Judgement]] = {}  # of a formula with several, by path
        self._guessed: set[str] = set()  # formulas of which it is not certain what options mean

    @property
    def name(self) -> str:
        """What reports call the contender."""
        return self.contender.name

    def formula(self, name: str) -> Function | Optimizer:
        """Return a formula that is called like the contract says."""
        if not CONTRACT[name].stepped:
            return Function(name, self.dtype, lambda *a: self._call(name, *a))
        return Optimizer(
            name,
            self.dtype,
            lambda **hyper: self.contender.optimizer(name, **self._certain(name, hyper)),
            lambda hyper, w, g, rates: self._run(name, hyper, w, g, rates),
        )

    def _run(
        self, name: str, hyper: Mapping[str, float], w: Any, gradients: Any, rates: Any
    ) -> Any:
        """Run an optimizer, with nothing that it turned out to refuse."""
        case = Case(name, "asked", (w, gradients, rates or ()), hyper)
        if needs_any(case, {"scalars"} & {*self.judgement(name).not_asked}):
            raise NoQuestionError
        return self.contender.trajectory(name, self._certain(name, hyper), w, gradients, rates)

    def _call(self, name: str, *arguments: Any) -> Any:
        """Call a function, with nothing that it turned out to take for something else."""
        if needs_any(Case(name, "asked", arguments), self.judgement(name).not_asked):
            raise NoQuestionError
        return self.contender.call(name, *arguments)

    def _certain(self, name: str, hyper: Mapping[str, float]) -> Mapping[str, float]:
        """Return hyperparameters, unless what one of them means was found to be a guess."""
        if name in self._guessed and CONTRACT[name].chosen(hyper):
            raise NotAskedError("what its options mean is not certain")
        return hyper

    def asks(self, case: Case) -> bool:
        """Whether a case may be put to it: it needs nothing that the contender lacks."""
        names = CONTRACT[case.formula].parameters
        stepped = CONTRACT[case.formula].stepped
        given = case.hyper if stepped else dict(zip(names, case.arguments, strict=False))
        try:
            self.contender.asks_for(case.formula, self._certain(case.formula, given))
        except NotAskedError:
            return False
        return True

    def poses(self, case: Case) -> Case | None:
        """Return a case as it may be put to it: at the values that its code has written into it.

        None where it needs what the contender lacks.
        """
        bound = self.binding(case.formula)
        if bound is not None:
            posed = adapted(case, bound)
            if posed is None:
                return None
            case = posed
        return case if self.asks(case) else None

    def _poses_short(self, case: Case) -> Case | None:
        """Return a case as it may be put to a path that nobody compiled: no thousand steps."""
        long = CONTRACT[case.formula].stepped and len(case.arguments[2]) > FEW
        return None if long else self.poses(case)

    def binding(self, name: str) -> Binding | None:
        """Return how a formula is called, where that is not as the contract says."""
        try:
            return self.contender.binding(name)
        except ContenderFailure:
            return None

    def answer(self, case: Case) -> Any:
        """Put one case to the contender."""
        if not CONTRACT[case.formula].stepped:
            return self.contender.call(case.formula, *case.arguments, layouts=case.layouts)
        w, gradients, rates = case.arguments
        hyper = {"lr": rates[0], **case.hyper}
        return self.contender.trajectory(
            case.formula, hyper, w, gradients, rates, layouts=case.layouts
        )

    def judgement(self, name: str) -> Judgement:
        """Judge one formula against 50-digit truth, once."""
        if name not in self._judgements:
            self._judgements[name] = self._judged(name)
        return self._judgements[name]

    def _as_it_is_called(self, name: str) -> Judgement:
        """Judge by what it answers; where there is nobody to ask, no question is made ready."""
        try:
            self.contender.expect(name)
        except ContenderFailure as failure:
            its = name, self.dtype, failure.verdict
            return Judgement(*its, detail=failure.reason, failure=failure)
        return judge(name, self.dtype, self.answer, self, poses=self.poses)

    def _judged(self, name: str) -> Judgement:
        judgement = self._as_it_is_called(name)
        bound = self.binding(name)
        for doubted in (self._beside_options, self._in_every_way):
            if bound is not None and judgement.verdict == "deviates":
                judgement = doubted(bound, judgement)
        if bound is not None and len(bound.paths) > 1:
            judgement = self._on_every_path(bound, judgement)
        judgement = under(bound, judgement)
        own = bound is None and judgement.verdict == "deviates"
        if own and name in self.contender.bindings().turned:
            judgement = meant(judgement)
        failed = judgement.failure is not None
        if self.contender.loaded and judgement.verdict != "absent":
            judgement = by_definitions(self.contender.loaded, judgement)
        if failed or not self.contender.lacks(name):
            return judgement
        options = {option.name for option in CONTRACT[name].options}
        # Who takes no generator is seeded all the same: nothing is missing.
        sources = {p.name for p in CONTRACT[name].takes if p.role == "generator"}
        missing = self.contender.lacks(name) - sources
        if options and options <= missing:  # as the article has it
            missing -= options
        if not missing:
            return judgement
        lacking = ", ".join(sorted(missing))
        told = f"Not asked for any {lacking}, which it does not take."
        return replace(judgement, detail=f"{judgement.detail} {told}".strip())

    def _beside_options(self, bound: Binding, judgement: Judgement) -> Judgement:
        """Let a guess of what an option means accuse nobody.

        The guess may be wrong where nothing known becomes of it, or nothing at all: what has no
        effect on a step may have one elsewhere.
        """
        row, evidence = CONTRACT[bound.formula], judgement.evidence
        if evidence is None or bound.declared or not row.chosen(evidence.case.hyper):
            return judgement
        if judgement.variant is not None and not self._is_idle(evidence.case):
            return judgement
        name = bound.formula
        self._guessed.add(name)  # so that it is asked about none from here on
        plain = judge(name, self.dtype, self.answer, self, poses=self.poses)
        if plain.verdict == "deviates":
            self._guessed.remove(name)
            return judgement
        named = ", ".join(sorted({option.name for option in row.options} - {*bound.without}))
        told = f"What {named} means here is not certain, and was not judged: declare it to have it."
        return replace(
            plain,
            detail=f"{plain.detail} {told}".strip(),
            not_asked=(*plain.not_asked, "options"),
        )

    def _is_idle(self, case: Case) -> bool:
        """Whether a case's options change nothing at all."""
        chosen = CONTRACT[case.formula].chosen(case.hyper)
        hyper = {name: value for name, value in case.hyper.items() if name not in chosen}
        try:
            plain = self.answer(replace(case, hyper=hyper))
            return np.array_equal(plain, self.answer(case), equal_nan=True)
        except ContenderFailure:
            return False

    def _in_every_way(self, bound: Binding, judgement: Judgement) -> Judgement:
        """Let a deviation stand only if it deviates in each way in which it may be called."""
        name = bound.formula
        for way in range(1, bound.others + 1):
            self.contender.switch(name, way)
            otherwise = judge(name, self.dtype, self.answer, None, poses=self.poses)
            otherwise = self._beside_options(bound, otherwise)
            self.contender.switch(name, 0)
            if otherwise.verdict in RIGHT:
                told = f"it would deviate ({judgement.detail.rstrip('.')}) called as {bound}"
                detail = f"Called in another way it would be {otherwise.verdict}: {told}"
                return replace(judgement, verdict="unbound", variant=None, detail=detail,
                               evidence=None)  # fmt: skip
            parts, its = ({*(one.variant or "").split(JOINT)} for one in (judgement, otherwise))
            if otherwise.variant and its < parts:  # what is left out may be the guess
                told = f"Called in another way than as {bound}: {otherwise.detail}"
                judgement = replace(otherwise, detail=told)
        return judgement

    def _on_every_path(self, bound: Binding, judgement: Judgement) -> Judgement:
        """Judge each path against truth; the worst is the verdict, and says which path it is."""
        name, (usual, *others) = bound.formula, bound.paths
        found = self.paths[name] = {usual: judgement}
        for place, path in enumerate(others, bound.others + 2):
            self.contender.switch(name, place)
            its = judge(name, self.dtype, self.answer, None, poses=self._poses_short)
            self.contender.switch(name, 0)
            if path == BESIDE and its.variant is None and its.verdict not in RIGHT:
                told = "Its biases follow no known form, which may be meant: it accuses nobody."
                judgement = replace(judgement, detail=f"{judgement.detail} {told}".strip())
            else:
                found[path] = its
        worst = max(found, key=lambda path: BADNESS.index(found[path].verdict))
        if BADNESS.index(found[worst].verdict) > BADNESS.index(judgement.verdict):
            told = f"On the path {worst}, and not on {usual} ({judgement.verdict})"
            judgement = found[worst]
            return replace(judgement, detail=f"{told}: {judgement.detail}")
        ulps = [its.ulp for its in found.values() if its.ulp is not None]
        same = judgement.verdict, judgement.variant
        apart = [
            f"{path} follows {its.variant or its.verdict}"
            for path, its in found.items()
            if (its.verdict, its.variant) != same
        ]
        told = f"Paths judged: {', '.join([*found])}."
        told = f"{told} But {', '.join(apart)}." if apart else told
        detail = " ".join(filter(None, (judgement.detail, told)))
        return replace(judgement, detail=detail, ulp=max(ulps, default=judgement.ulp))

    def afresh(self) -> bool:
        """End the contender's process, so that the next question goes to a new one."""
        return self.contender.restart()

    def steps_from_anew(self, case: Case) -> Iterator[Any]:
        """Run an optimizer's case, each step from the weights at the start; yield where it went."""
        w, gradients, rates = case.arguments
        with self.contender.optimizer(case.formula, lr=rates[0], **case.hyper) as optimizer:
            for gradient, rate in zip(gradients, rates, strict=True):
                optimizer.lr = rate
                yield optimizer.step(w, gradient)

    def states(self, case: Case) -> Iterator[Mapping[str, Any]]:
        """Run an optimizer's case; yield what it shows of its state after each step."""
        w, gradients, rates = case.arguments
        with self.contender.optimizer(case.formula, lr=rates[0], **case.hyper) as optimizer:
            for gradient, rate in zip(gradients, rates, strict=True):
                optimizer.lr = rate
                w = optimizer.step(w, gradient)
                yield optimizer.state()


def subject_of(contender: Contender, dtype: str) -> Subject:
    """Return the contender in one dtype, with what was found about it so far.

    A property may ask for several formulas: each is judged once, whichever is asked for first.
    """
    found: Subject = contender.notes.setdefault(dtype, Subject(contender, dtype))
    return found
