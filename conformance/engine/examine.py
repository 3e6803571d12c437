"""The engine: one contender, one formula, one dtype; records out, the verdict last.

Everything that judges is a client of `examine`: the command line, the pytest plugin, the Python
interface, and the trials that judge the judges.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gradmark.conformance.accuracy import Miss, measure
from gradmark.conformance.cases import needs_any
from gradmark.conformance.catalogue import Variant, form
from gradmark.conformance.catalogue.conduct import (
    ARGUMENT_CHANGED,
    NOT_DETERMINISTIC,
    PRACTICE,
    SHARED_STATE,
)
from gradmark.conformance.catalogue.forms import with_state_inside
from gradmark.conformance.conduct import behaviour
from gradmark.conformance.engine.binding import accuses, doubted
from gradmark.conformance.engine.leftovers import left_by
from gradmark.conformance.engine.practice import practised
from gradmark.conformance.engine.records import Record
from gradmark.conformance.engine.settings import Settings
from gradmark.conformance.engine.subject import Subject, subject_of
from gradmark.conformance.judging.derived import equation
from gradmark.conformance.judging.evidence import (
    Evidence,
    hooks_of,
    importing,
    reproduction,
    shell_word,
)
from gradmark.conformance.judging.judge import Judgement
from gradmark.conformance.properties.property import Broken, Draws, Property, properties_of
from gradmark.harness.bindings import PARTS, NotAskedError
from gradmark.harness.contract import CONTRACT, DETERMINED
from gradmark.harness.contract.dtypes import WIDEST
from gradmark.harness.declarations import lines_to_paste
from gradmark.harness.definitions import definition, raised_at
from gradmark.harness.host import Contender, ContenderFailure, ContenderImpure
from gradmark.harness.in_process import InProcess
from gradmark.harness.resolve import place, seen

MEASURED = ("conforms", "dialect", "inaccurate")  # what errs from a form of its own has no truth
JUDGED = (*MEASURED, "deviates")
HELD = ("conforms", "inaccurate")  # to these a broken property is a refutation
# What depends on earlier questions shows only where they are asked, too.
NOT_ALONE = (NOT_DETERMINISTIC.name, SHARED_STATE.name)
PASTED = 10_000  # characters of a line that a terminal and a shell take well


def examine(
    contender: Contender,
    formula: str,
    dtype: str,
    settings: Settings = Settings(),  # noqa: B008 - frozen
    kept: Sequence[Record] = (),
) -> Iterator[Record]:
    """Yield what is found about one formula of one contender: properties, accuracy, the verdict.

    Parameters
    ----------
    contender : Contender
        Who is asked.
    formula, dtype : str
        What is asked.
    settings : Settings
        How hard to look, and the seed.
    kept : sequence of dict
        Records of this very question from a run that was cut off: they count, and are not yielded
        again.

    Examples
    --------
    >>> from gradmark import reference
    >>> from gradmark.harness.in_process import in_process
    >>> records = list(examine(in_process(reference), "relu", "float64"))
    >>> records[-1]["kind"], records[-1]["verdict"]
    ('verdict', 'conforms')
    """
    if any(record["kind"] == "verdict" for record in kept):
        return
    examination = Examination(subject_of(contender, dtype), formula, settings)
    for record in kept:
        examination.remember(record)
    yield from examination.records()


@dataclass
class Examination:
    """One formula of one contender in one dtype, under way."""

    subject: Subject
    formula: str
    settings: Settings
    broken: list[str] = field(default_factory=list)
    torn: bool = False  # from a formula beside it, with which it makes a pair
    failure: ContenderFailure | None = None
    tried: dict[str, str] = field(default_factory=dict)  # outcomes of an earlier run
    measured: bool = False
    practised: bool = False

    def remember(self, record: Record) -> None:
        """Let a record count that an earlier run has written."""
        if record["kind"] == "accuracy":
            self.measured = True
        elif record["kind"] == "practice":
            self.practised = True
        elif record["kind"] == "property":
            self.tried[record["test"]] = record["outcome"]

    def records(self) -> Iterator[Record]:
        """Ask everything that has not been asked yet."""
        judgement = self.subject.judgement(self.formula)
        if judgement.verdict not in ("absent", "unbound"):
            for found in properties_of(self.formula):
                for setting in found.settings:
                    before = self.tried.get(found.id(setting))
                    if before is None:
                        yield self._property(found, setting)
                    elif before == "failed":  # what it says of the verdict is not in its record
                        self._property(found, setting)
        verdict = self._verdict(judgement)
        # What is drawn has no true answer, to err from or to keep to in another guise; nor has what
        # is rounded at random. How what stands between behaves says nothing of the contender.
        determined = self.formula in DETERMINED and not judgement.at_random
        if determined and verdict["verdict"] in MEASURED and not self._stands_between():
            verdict |= self._conduct(verdict, judgement.followed or form(self.formula))
        if determined and verdict["verdict"] in MEASURED:
            followed = judgement.followed or form(self.formula)
            accuracy, miss = self._accuracy(followed, judgement.not_asked)
            low = with_state_inside(followed, self.subject.dtype) if miss is not None else None
            if miss is not None and low is not None:
                again, other = self._accuracy(low, judgement.not_asked)
                if other is None:  # the corpus has it beside larger roundings, of the weights
                    verdict |= _of_state_inside(low, miss)
                    accuracy, miss = again, None
            if accuracy is not None and not self.measured:
                yield accuracy
            if miss is not None:
                verdict |= self._of_miss(verdict, miss)
        verdict = self._under_its_binding(verdict)
        if verdict["verdict"] in MEASURED and self._is_practised():
            practice = self._practice()
            yield from practice if not self.practised else ()
            verdict |= self._of_practice(practice)
        verdict |= self._equations(verdict) | self._placed(verdict)
        if self.settings.advise == self.subject.dtype and verdict["verdict"] == judgement.verdict:
            verdict |= self._advised(judgement)
        yield verdict

    def _stands_between(self) -> bool:
        """Whether something converts what the contender is asked and answers: not its own code."""
        target = self.subject.contender.target
        converted = bool(target.command) or bool(hooks_of(target))
        bound = self.subject.binding(self.formula)
        return converted or (bound is not None and not bound.as_it_is)

    # --- properties -------------------------------------------------------------------------------

    def _property(self, found: Property, setting: Mapping[str, Any]) -> Record:
        record = {
            **self._about("property"),
            "property": found.sentence,
            "test": found.id(setting),
            "outcome": "passed",
            "detail": "",
        }
        judgements = [self.subject.judgement(name) for name in found.formulas]
        excused = _excuse(judgements)
        if excused is not None:
            return record | excused
        bound = map(self.subject.binding, found.formulas if found.of_a_pair else ())
        if any(its is not None and PARTS in its.lacks for its in bound):
            said = "not asked: the loss gives a number for each entry, and no mean of them"
            return record | {"outcome": "moot", "detail": said}
        # What is computed badly owes no identity; what follows a convention owes those of a pair.
        excuses = ("inaccurate",) if found.of_a_pair else ("dialect", "inaccurate")
        conventions = [j for j in judgements if j.verdict in excuses]
        try:
            broken = self._tried(found, setting, shrink=not conventions)
        except ContenderFailure as failure:
            self.failure = self.failure or failure
            return record | {"outcome": "failed", "detail": failure.reason}
        except NotAskedError as reason:
            return record | {"outcome": "moot", "detail": f"not asked: {reason}"}
        except (OSError, MemoryError):  # ours, and no theorem's
            raise
        except Exception as error:  # whatever an odd answer makes of a theorem
            broken = Broken(f"{type(error).__name__}: {error}", "")
        if broken is None:
            return record
        if conventions:  # nobody is shown its smallest input
            names = ", ".join(f"{j.formula}: {j.variant or j.verdict}" for j in conventions)
            says = f"this property speaks of the canonical form, exactly computed ({names})"
            return record | {"outcome": "convention", "detail": says}
        self.broken.append(f"{found.sentence} ({broken})")
        self.torn = self.torn or found.of_a_pair
        shown = {"detail": str(broken), "input": broken.input, "reproduce": self._again()}
        return record | {"outcome": "failed"} | shown

    def _tried(self, found: Property, setting: Mapping[str, Any], *, shrink: bool) -> Broken | None:
        # Each property has a stream of its own: which others are tried changes nothing.
        named = f"{self.settings.seed} {found.id(setting)}".encode()
        seed = int.from_bytes(hashlib.sha256(named).digest()[:8], "big")
        asked = {name: self.subject.formula(name) for name in found.formulas}
        return found.broken(asked, Draws(self.settings.examples, seed, shrink=shrink), setting)

    # --- accuracy ---------------------------------------------------------------------------------

    def _accuracy(
        self, followed: Variant, refused: Sequence[str]
    ) -> tuple[Record | None, Miss | None]:
        asked = self.settings
        dtype, answer = self.subject.dtype, self.subject.answer
        try:
            found, miss = measure(
                followed,
                dtype,
                answer,
                seed=asked.seed,
                quick=asked.quick,
                poses=lambda case: None if needs_any(case, refused) else self.subject.poses(case),
            )
        except NotAskedError:
            return None, None
        return {**self._about("accuracy"), **asdict(found)}, miss

    def _of_miss(self, verdict: Record, miss: Miss) -> Record:
        """Let a wrong number count wherever it was found: no green beside red evidence."""
        if miss.explained:
            if verdict["verdict"] == "inaccurate":
                return {}
            told = f"Inaccurate by up to {miss.ulp:.2g} ulp: in {miss.evidence}"
            detail = " ".join(filter(None, (verdict["detail"], told)))
            return {"verdict": "inaccurate", "ulp": miss.ulp, "detail": detail}
        followed = verdict["variant"] or "the canonical form"
        told = f"Follows {followed} in every case of the corpus, and not elsewhere: in "
        return {
            "verdict": "deviates",
            "variant": None,
            "ulp": miss.ulp if math.isfinite(miss.ulp) else None,
            "detail": f"{told}{miss.evidence}",
            "distance": miss.excess if math.isfinite(miss.excess) else None,
            "case": miss.evidence.case.id,
            "reproduce": self._reproduction(miss.evidence),
        }

    # --- conduct ----------------------------------------------------------------------------------

    def _conduct(self, verdict: Record, followed: Variant) -> Record:
        """Look how it behaves: what that says is to be added to the verdict."""
        its = self.subject
        try:
            refused = verdict.get("not_asked", ())
            found = behaviour(followed, its.dtype, its.answer, its.contender, refused)
        except ContenderFailure as failure:
            told = f"{failure.reason} (asked in another way than usual)"
            left = left_by(failure, its.contender.target)
            return _of_failure(failure) | left | {"detail": told, "reproduce": self._again()}
        wrong = found.deviation
        if wrong is not None:
            by = wrong.evidence and {
                "case": wrong.evidence.case.id,
                "reproduce": self._reproduction(wrong.evidence),
            }
            said = {"variant": wrong.conduct.name, "detail": wrong.detail}
            return {"verdict": "deviates", **said, **(by or {"reproduce": self._again()})}
        lacks = dict.fromkeys([*verdict.get("not_asked", ()), *found.lacks])
        lacking = _lacking(verdict["detail"], tuple(lacks))
        return lacking | ({"non_finite": found.non_finite} if found.non_finite else {})

    def _is_practised(self) -> bool:
        bound, target = self.subject.binding(self.formula), self.subject.contender.target
        if self.subject.dtype != WIDEST or not CONTRACT[self.formula].stepped or target.command:
            return False
        own = bound is None or bound.shape == "object"
        return (bound is None or bound.practised) and not (own and self.settings.quick)

    def _practice(self) -> list[Record]:
        """Look what an optimizer does where it is used."""
        fresh = not self.settings.quick
        try:
            told = [*practised(self.subject.contender, self.formula, fresh=fresh)]
        except ContenderFailure:  # looking at it must not end what is known of it
            return []
        return [
            {**self._about("practice"), "check": check, "outcome": outcome, "detail": detail}
            for check, outcome, detail in told
        ]

    def _of_practice(self, practice: Sequence[Record]) -> Record:
        """Let what is wrong there count."""
        wrong = [
            f"{its['check']}: {its['detail']}" for its in practice if its["outcome"] == "failed"
        ]
        if not wrong:
            return {}
        told = f"{PRACTICE.says} It fails at: {'; '.join(wrong)}."
        said = {"verdict": "deviates", "variant": PRACTICE.name, "detail": told}
        return {**said, "reproduce": self._again()}

    # --- the verdict ------------------------------------------------------------------------------

    def _verdict(self, judgement: Judgement) -> Record:
        record = {
            **self._about("verdict"),
            "verdict": judgement.verdict,
            "variant": judgement.variant,
            "ulp": judgement.ulp,
            "detail": judgement.detail,
            "distance": judgement.distance,
            "margin": judgement.margin,
            "runner_up": judgement.runner_up,
        }
        if judgement.not_asked:
            record["not_asked"] = list(judgement.not_asked)
        if judgement.constant is not None:
            its = judgement.constant
            record |= {"constant": its.value, "constant_between": [its.low, its.high]}
        if judgement.evidence is not None:
            record["case"] = judgement.evidence.case.id
        if judgement.verdict in MEASURED and self.failure is not None:
            left = left_by(self.failure, self.subject.contender.target)
            return record | _of_failure(self.failure) | left | {"reproduce": self._again()}
        if self.broken and (judgement.verdict in HELD or self.torn):
            told = f"Breaks a property that it must have: {'; '.join(self.broken)}"
            return record | {
                "verdict": "deviates",
                "variant": None,
                "detail": told,
                "reproduce": self._again(),
            }
        if judgement.failure is not None:
            record |= left_by(judgement.failure, self.subject.contender.target)
        if judgement.failure is not None and judgement.evidence is None:
            record |= self._import(judgement)
            if not judgement.failure.formula:
                record["unasked"] = True
        elif judgement.evidence is not None and judgement.variant not in NOT_ALONE:
            record["reproduce"] = self._reproduction(judgement.evidence)
        elif record["verdict"] == "deviates":
            record["reproduce"] = self._again()
        return record

    def _under_its_binding(self, verdict: Record) -> Record:
        """Say how it was called and what was not asked, and let a guess accuse nobody."""
        bound = self.subject.binding(self.formula)
        verdict = self._with_defaults(verdict)
        if "reproduce" in verdict and (bound is not None or self.subject.contender.loaded):
            verdict["reproduce"] = self._again()
        if bound is None:
            return self._to_declare(verdict)
        verdict |= {"binding": str(bound)}
        if self.formula in self.subject.paths:
            verdict["paths"] = {
                path: {"verdict": its.verdict, "variant": its.variant, "ulp": its.ulp}
                for path, its in self.subject.paths[self.formula].items()
            }
        if bound.lacks:
            lacks = dict.fromkeys([*verdict.get("not_asked", ()), *bound.lacks])
            verdict["not_asked"] = list(lacks)
        # What the corpus does not show, but a theorem or the search alone, may be the guess, too.
        alone = self.subject.judgement(self.formula).verdict != verdict["verdict"] == "deviates"
        if (alone and not bound.as_it_is) or accuses(verdict["verdict"], verdict["variant"], bound):
            detail = doubted(bound, verdict["verdict"], verdict["detail"])
            verdict |= {"verdict": "unbound", "variant": None, "detail": detail}
            verdict.pop("traceback", None)
        return self._to_declare(verdict)

    def _to_declare(self, verdict: Record) -> Record:
        """Say how to declare what is not certain."""
        if verdict["verdict"] == "unbound":
            call = self.subject.contender.bindings().calls.get(self.formula)
            if call is not None:
                verdict["declare"] = "\n".join(lines_to_paste(self.formula, call))
        return verdict

    def _equations(self, verdict: Record) -> Record:
        """Write what it computes, where one run of its form shows that."""
        named, known = verdict["variant"], verdict["verdict"] in ("conforms", "inaccurate")
        if verdict["verdict"] not in JUDGED or not (named or known):
            return {}
        try:
            its = equation(form(self.formula, named))
        except KeyError:  # conduct, which is no form
            return {}
        canonical = equation(form(self.formula)) if named else None
        found = {"equation": its, "canonical": canonical}
        return {name: str(one) for name, one in found.items() if one is not None}

    def _advised(self, judgement: Judgement) -> Record:
        """Say what to do about it."""
        dtype, formula = self.subject.dtype, self.formula
        # Only here: who asks for none need not wait for its import.
        from gradmark.conformance.advice import advise

        few = replace(self.settings, examples=2, quick=True, advise="")
        told = advise(
            self.subject,
            judgement,
            again=lambda contender: subject_of(contender, dtype),
            judged=lambda contender: [*examine(contender, formula, dtype, few)][-1],
        )
        edit = told.get("edit", {"cell": 0})
        line = {} if "cell" in edit else {"line": edit["line"]}
        return {"advice": told, **line} if told else {}

    def _placed(self, verdict: Record) -> Record:
        """Say where to look: at the line that raised, or at what provides the formula."""
        target, bound = self.subject.contender.target, self.subject.binding(self.formula)
        if verdict["verdict"] == "absent":
            return {}
        told = verdict.get("traceback") or verdict["detail"]
        found = raised_at(target, told) if verdict["verdict"] == "error" else None
        name = bound.target if bound else target.names.get(self.formula, self.formula)
        found = found or definition(target, name)
        if found:
            return {"file": seen(found.file), "line": found.line}
        path = target.path  # of a notebook there is no line that another program could show
        return {"file": seen(path)} if path is not None and path.suffix == ".ipynb" else {}

    def _with_defaults(self, verdict: Record) -> Record:
        """Record the values that an optimizer takes where nothing is given, beside others'."""
        if verdict["verdict"] not in MEASURED or not CONTRACT[self.formula].stepped:
            return verdict
        its = self.subject.contender.defaults(self.formula)
        told = CONTRACT[self.formula].beside_others(its)
        return {**verdict, "defaults": told} if told else verdict

    def _about(self, kind: str) -> Record:
        return {
            "kind": kind,
            "implementation": self.subject.name,
            "formula": self.formula,
            "dtype": self.subject.dtype,
        }

    def _reproduction(self, evidence: Evidence) -> str:
        if self.formula not in DETERMINED:  # many calls show it, and no single one
            return self._again()
        contender = self.subject.contender
        python = "python" if contender.python == sys.executable else contender.python
        line = reproduction(evidence, contender.target, python)
        return line if len(line) <= PASTED else self._again()

    def _import(self, judgement: Judgement) -> Record:
        """Show again how the import fails; what is absent has nothing to show."""
        if judgement.verdict in ("absent", "unbound"):
            return {}
        contender = self.subject.contender
        python = "python" if contender.python == sys.executable else contender.python
        return {"reproduce": importing(contender.target, python)}

    def _again(self) -> str:
        """Spell the command that asks this again: what was drawn hangs on the seed."""
        if isinstance(self.subject.contender, InProcess):
            question = f"{self.formula!r}, dtype={self.subject.dtype!r}"
            how = f"seed={self.settings.seed}, examples={self.settings.examples}"
            imports, thing = self.subject.contender.spelled(self.formula)
            return f"import {imports}; gradmark.check({thing}, {question}, {how})"
        target = self.subject.contender.target
        maps = [f" --map {shell_word(each.typed)}" for each in target.declared if each.typed]
        where = shell_word(place(target)) + "".join(maps) + self.subject.contender.options
        about = f"--formula {self.formula} --dtype {self.subject.dtype}"
        return (
            f"gradmark check {where} {about} --seed {self.settings.seed}"
            f" --examples {self.settings.examples}"
        )


def _of_state_inside(low: Variant, miss: Miss) -> Record:
    """Name the form that keeps its state in low precision, which shows off the corpus alone."""
    detail = f"{low.says} [{low.source}] In {miss.evidence}"
    return {"verdict": "dialect", "variant": low.name, "detail": detail}


def _excuse(judgements: Sequence[Judgement]) -> Record | None:
    """Say why a property has nothing to say about these formulas, where that is so."""
    for judgement in judgements:
        if judgement.verdict in ("absent", "unbound"):
            is_not = "provided" if judgement.verdict == "absent" else "certain to be called right"
            return {"outcome": "absent", "detail": f"{judgement.formula} is not {is_not}"}
    for judgement in judgements:
        if judgement.fails:  # moot; and the search for a smaller failure would take long
            return {"outcome": "moot", "detail": f"{judgement.verdict}: {judgement.detail}"}
    return None


def _lacking(detail: str, capabilities: tuple[str, ...]) -> Record:
    """Say what was not asked, since the contender refuses it."""
    if not capabilities:
        return {}
    told = f"Not asked about what it does not take: {', '.join(capabilities)}."
    return {"not_asked": list(capabilities), "detail": " ".join(filter(None, (detail, told)))}


def _of_failure(failure: ContenderFailure) -> Record:
    """Say what a contender failed at while its properties were tried."""
    if isinstance(failure, ContenderImpure):
        changed = " and ".join(failure.arguments)
        detail = f"{ARGUMENT_CHANGED.says} Changed: {changed}."
        return {"verdict": "deviates", "variant": ARGUMENT_CHANGED.name, "detail": detail}
    return {
        "verdict": failure.verdict,
        "variant": None,
        "detail": f"{failure.reason} (while its properties were tried)",
    }
