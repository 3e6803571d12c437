"""One run: the contenders, what was found about them, and the results file."""

from __future__ import annotations

import difflib
import shlex
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradmark.conformance.accuracy import measure
from gradmark.conformance.catalogue import form
from gradmark.conformance.catalogue.conduct import NOT_DETERMINISTIC, SHARED_STATE
from gradmark.conformance.engine.header import header
from gradmark.conformance.engine.subject import Subject
from gradmark.conformance.judging.evidence import Evidence, place, reproduction
from gradmark.harness.contenders import contender
from gradmark.harness.contract import CONTRACT
from gradmark.harness.host import ContenderFailure
from gradmark.harness.installation import identity
from gradmark.harness.resolve import Target, UsageError, resolve, resolve_all
from gradmark.harness.results import ResultsError, ResultsWriter

DTYPES = ("float64", "float32")
FAILURES = ("deviates", "error", "crash", "timeout")
BLEMISHES = ("dialect", "inaccurate")
MEASURED = ("conforms", *BLEMISHES)  # for what errs from a form of its own there is no truth

Key = tuple[str, str, str]  # implementation, formula, dtype
Record = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What was asked for."""

    names: tuple[str, ...]
    here: Path
    formulas: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    results: Path | None = None
    seed: int = 0
    quick: bool = False
    examples: int = 50
    resume: bool = False
    strict: bool = False
    expected: Path | None = None
    python: str | None = None
    timeout: float = 10.0
    memory: float = 4.0


class Run:
    """Asks, keeps the record, and knows in the end whether the run has failed."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = lambda _: None) -> None:
        self.settings = settings
        for name in settings.formulas:
            _known("--formula", name, tuple(CONTRACT))
        if settings.resume and settings.results is None:
            raise UsageError("--resume: expected --results FILE, the run to go on with")
        self.expected = _expected(settings.expected)
        self.targets: dict[str, Target] = {}
        self.typed: dict[str, str] = {}
        for name, typed in resolve_all(settings.names, settings.here).items():
            self.targets[name] = resolve(typed, settings.here)
            self.typed[name] = typed
        self.contenders = {
            name: contender(
                target,
                python=settings.python if name != "reference" else None,
                timeout=settings.timeout,
                memory=int(settings.memory * 2**30),
                say=say,
            )
            for name, target in self.targets.items()
        }
        self.subjects = {
            (name, dtype): Subject(its, dtype)
            for name, its in self.contenders.items()
            for dtype in DTYPES
        }
        self.verdicts: dict[Key, Record] = {}
        self.broken: dict[Key, list[str]] = {}
        self.pending: Counter[Key] = Counter()
        self.tested: set[str] = set()
        self.measured: set[Key] = set()
        self.on_verdict: Callable[[Record], None] = lambda _: None
        self._writer: ResultsWriter | None = None

    def open(self) -> None:
        """Start the contenders and the results file."""
        for its in self.contenders.values():
            try:
                its.provides  # noqa: B018 - providing nothing is an error of usage, raised here
            except ContenderFailure:
                continue  # each formula's verdict will say so
        if self.settings.results is None:
            return
        about = {
            **header(self.settings.seed, quick=self.settings.quick),
            "examples": self.settings.examples,
            "contenders": {name: identity(target) for name, target in self.targets.items()},
        }
        try:
            self._writer = ResultsWriter(self.settings.results, about, resume=self.settings.resume)
        except ResultsError as error:
            raise UsageError(str(error)) from error
        for record in self._writer.kept:
            self.remember(record)

    def remember(self, record: Record) -> None:
        """Take a record of an earlier run for one of this."""
        if record["kind"] == "verdict":
            self.verdicts[record["implementation"], record["formula"], record["dtype"]] = record
        elif record["kind"] == "accuracy":
            self.measured.add((record["implementation"], record["formula"], record["dtype"]))
        elif record["kind"] == "property":
            self.tested.add(record["test"])
            if record["outcome"] == "failed":
                self._break(record)

    def _break(self, record: Record) -> None:
        key = record["implementation"], record["formula"], record["dtype"]
        said = f"{record['property']} ({record['detail']})"
        self.broken.setdefault(key, []).append(said)

    def close(self, *, whole: bool) -> None:
        """End the contenders; a run that was cut off leaves its results file without a footer."""
        for its in self.contenders.values():
            its.close()
        if self._writer is not None:
            self._writer.end(whole=whole)

    def wants(self, key: Key, test: str) -> bool:
        """Say whether a test is asked for, and was not done before the run was cut off."""
        _, formula, dtype = key
        asked = formula in (self.settings.formulas or CONTRACT)
        asked = asked and dtype in (self.settings.dtypes or DTYPES)
        return asked and key not in self.verdicts and test not in self.tested

    def tell(self, record: Record) -> None:
        """Keep the outcome of one property."""
        if record["outcome"] == "failed":
            self._break(record)
        self._write(record)

    def settle(self, key: Key) -> None:
        """Count down a formula's tests; after the last one its verdict is known."""
        self.pending[key] -= 1
        if self.pending[key] > 0:
            return
        implementation, formula, dtype = key
        subject = self.subjects[implementation, dtype]
        record = self._verdict(subject, formula)
        # Before the verdict: a run that is resumed takes what has one for done.
        if record["verdict"] in MEASURED and key not in self.measured:
            self._write(self._accuracy(subject, formula, record["variant"]))
        self.verdicts[key] = record
        self._write(record)
        self.on_verdict(record)

    def _write(self, record: Record) -> None:
        if self._writer is not None:
            self._writer.write(record)

    def _verdict(self, subject: Subject, formula: str) -> Record:
        judgement = subject.judgement(formula)
        verdict, detail = judgement.verdict, judgement.detail
        broken = self.broken.get((subject.name, formula, subject.dtype))
        if broken and verdict in ("conforms", "inaccurate"):
            verdict = "deviates"
            detail = f"Breaks a property that it must have: {'; '.join(broken)}"
        record = {
            "kind": "verdict",
            "implementation": subject.name,
            "formula": formula,
            "dtype": subject.dtype,
            "verdict": verdict,
            "variant": judgement.variant,
            "ulp": judgement.ulp,
            "detail": detail,
            "distance": judgement.distance,
            "margin": judgement.margin,
            "runner_up": judgement.runner_up,
        }
        if judgement.evidence is not None:
            record["case"] = judgement.evidence.case.id
        # What depends on earlier questions shows only where they are asked, too.
        alone = judgement.variant not in (NOT_DETERMINISTIC.name, SHARED_STATE.name)
        if judgement.evidence is not None and alone:
            record["reproduce"] = self._reproduction(subject, judgement.evidence)
        elif verdict == "deviates":
            record["reproduce"] = self._rerun(subject, formula)
        return record

    def _accuracy(self, subject: Subject, formula: str, variant: str | None) -> Record:
        followed = form(formula, variant)
        seed, quick = self.settings.seed, self.settings.quick
        found = measure(followed, subject.dtype, subject.answer, seed=seed, quick=quick)
        about = {"implementation": subject.name, "formula": formula, "dtype": subject.dtype}
        return {"kind": "accuracy", **about, **asdict(found)}

    def _reproduction(self, subject: Subject, evidence: Evidence) -> str:
        own = subject.contender.python
        python = "python" if own == sys.executable else own
        return reproduction(evidence, self.targets[subject.name], python)

    def _rerun(self, subject: Subject, formula: str) -> str:
        """Spell the command that breaks a property again: what broke it was drawn from the seed."""
        asked = self.settings
        where = shlex.quote(place(self.targets[subject.name]))
        about = f"--formula {formula} --dtype {subject.dtype}"
        drawn = f"--seed {asked.seed} --examples {asked.examples}"
        return f"python -m gradmark.conformance {where} {about} {drawn}"

    def surprises(self) -> list[str]:
        """List the verdicts that are not as expected, better ones too."""
        return [told for record in self.verdicts.values() if (told := self._surprise(record))]

    def _surprise(self, record: Record) -> str:
        key = record["implementation"], record["formula"], record["dtype"]
        got = _short(record)
        wanted = self.expected.get(key, "conforms" if record["verdict"] != "absent" else got)
        return "" if got == wanted else f"{' '.join(key)}: expected {wanted}, got {got}"

    def fails(self, record: Record) -> bool:
        """Whether this verdict alone makes the exit status 1."""
        if self.settings.expected is not None:
            return bool(self._surprise(record))
        return record["verdict"] in ((*FAILURES, *BLEMISHES) if self.settings.strict else FAILURES)

    @property
    def failed(self) -> bool:
        """Whether the exit status is 1."""
        return any(map(self.fails, self.verdicts.values()))


def _short(record: Record) -> str:
    return " ".join(filter(None, (record["verdict"], record["variant"])))


def _known(option: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; known: {', '.join(names)}"
        raise UsageError(f"{option}: there is no {name!r}{hint}")


def _expected(path: Path | None) -> dict[Key, str]:
    """Read the verdicts that a user expects.

    A table per contender, in it a formula's verdict, or a table of one per dtype; a dialect or a
    mistake is named behind its verdict: ``RMSprop = "dialect epsilon-outside-root"``.
    """
    if path is None:
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--expected: {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"--expected: {path}: {error}") from None
    found: dict[Key, str] = {}
    for name, formulas in tables.items():
        if not isinstance(formulas, dict):
            raise UsageError(f"--expected: {path}: expected a table [{name}], got {formulas!r}")
        for formula, verdict in formulas.items():
            _known(f"--expected: {path}: [{name}]", formula, tuple(CONTRACT))
            by_dtype = verdict if isinstance(verdict, dict) else dict.fromkeys(DTYPES, verdict)
            for dtype, its in by_dtype.items():
                _known(f"--expected: {path}: [{name}] {formula}", dtype, DTYPES)
                found[name, formula, dtype] = str(its)
    return found
