"""Puts every property to every contender in both dtypes, and keeps the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

from conformance.cases import SEED, corpus_hash
from conformance.evidence import reproduction
from conformance.judge import Judgement
from conformance.subject import Function, Optimizer, Subject
from conformance.summary import lines
from harness.contract import CONTRACT
from harness.fingerprint import fingerprint
from harness.host import Contender, ContenderFailure
from harness.resolve import Target, UsageError, resolve
from harness.results import ResultsWriter

DTYPES = ("float64", "float32")
RUN = pytest.StashKey["Run"]()


class Run:
    """The contenders of one pytest run, what was found about them, and the results file."""

    def __init__(self, config: pytest.Config) -> None:
        here = config.invocation_params.dir
        names = config.getoption("--implementation") or ["reference"]
        self.targets: dict[str, Target] = {t.name: t for t in (resolve(n, here) for n in names)}
        self.contenders = {name: Contender(target) for name, target in self.targets.items()}
        self.subjects = {
            (name, dtype): Subject(contender, dtype)
            for name, contender in self.contenders.items()
            for dtype in DTYPES
        }
        self.verdicts: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.pending: Counter[tuple[str, str, str]] = Counter()
        self.broken: dict[tuple[str, str, str], list[str]] = {}
        self.writer: ResultsWriter | None = None
        self.config = config

    def open(self) -> None:
        """Start the contenders and the results file."""
        for contender in self.contenders.values():
            try:
                provides = contender.provides
            except ContenderFailure:
                continue  # each formula's verdict will say so
            assert provides
        path = self.config.getoption("--results")
        if path is not None:
            header = {
                "seed": self.config.getoption("--seed"),
                "quick": self.config.getoption("--quick"),
                "fingerprint": fingerprint(),
                "corpus": f"{corpus_hash()} (seed {SEED})",
            }
            self.writer = ResultsWriter(path, header)
            self.writer.__enter__()

    def close(self, whole: bool) -> None:
        """End the contenders; a run that was cut off leaves its results file without a footer."""
        for contender in self.contenders.values():
            contender.close()
        if self.writer is not None:
            error = None if whole else KeyboardInterrupt()
            self.writer.__exit__(type(error) if error else None, error, None)

    def write(self, record: dict[str, Any]) -> None:
        """Append a record to the results file, if one was asked for."""
        if self.writer is not None:
            self.writer.write(record)

    def settle(self, key: tuple[str, str, str]) -> None:
        """Count down a formula's tests; after the last one its verdict is known."""
        self.pending[key] -= 1
        if self.pending[key] > 0:
            return
        implementation, formula, dtype = key
        subject = self.subjects[implementation, dtype]
        record = self._verdict(subject, formula, self.broken.get(key, []))
        self.verdicts[key] = record
        self.write(record)

    def _verdict(self, subject: Subject, formula: str, broken: list[str]) -> dict[str, Any]:
        judgement = subject.judgement(formula)
        verdict, detail = judgement.verdict, judgement.detail
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
            "margin": judgement.margin,
            "runner_up": judgement.runner_up,
        }
        if judgement.evidence is not None:
            record["case"] = judgement.evidence.case.id
            record["reproduce"] = reproduction(judgement.evidence, self.targets[subject.name])
        return record


# --- the run --------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Find the contenders, and give Hypothesis the run's seed."""
    if config.getoption("hypothesisseed", None) is None:
        config.option.hypothesisseed = str(config.getoption("--seed"))
    # What is absent is listed by name with the verdicts, not once more for every property.
    config.option.reportchars = config.option.reportchars.replace("a", "fEX").replace("s", "")
    examples = 15 if config.getoption("--quick") else 50
    settings.register_profile("gradmark", max_examples=examples, deadline=None, database=None)
    settings.load_profile("gradmark")
    try:
        config.stash[RUN] = Run(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the contenders."""
    try:
        session.config.stash[RUN].open()
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Close the results file: with a footer where the run came to its end."""
    session.config.stash[RUN].close(whole=exitstatus in (0, 1))


def pytest_report_header(config: pytest.Config) -> str:
    """Print what a rerun needs."""
    names = ", ".join(config.stash[RUN].targets)
    return f"gradmark: {names}; seed {config.getoption('--seed')}; corpus {corpus_hash()}"


# --- contenders as fixtures -----------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat each property for each contender and dtype."""
    if "subject" in metafunc.fixturenames:
        keys = list(metafunc.config.stash[RUN].subjects)
        ids = ["-".join(key) for key in keys]
        metafunc.parametrize("subject", keys, ids=ids, indirect=True, scope="session")


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> Subject:
    """One contender in one dtype."""
    found: Subject = request.config.stash[RUN].subjects[request.param]
    return found


def _formula_fixture(name: str) -> Any:
    @pytest.fixture(scope="session", name=name)
    def formula(subject: Subject) -> Function | Optimizer:
        judgement = subject.judgement(name)
        if judgement.verdict == "absent":
            pytest.skip(f"absent: {subject.name} provides no {name}")
        if judgement.verdict in ("error", "crash", "timeout"):
            pytest.xfail(f"{judgement.verdict}: {judgement.detail}")
        return subject.formula(name)

    formula.__doc__ = f"The contender's {name}."
    return formula


for _name in CONTRACT:
    globals()[f"_{_name}_fixture"] = _formula_fixture(_name)


# --- the record -----------------------------------------------------------------------------------


def _parameters(item: pytest.Item) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec is not None else {}


def _asked(item: pytest.Item) -> list[str]:
    """List the formulas that a test is about, its own one first."""
    if "formula" in _parameters(item):
        return [_parameters(item)["formula"]]
    assert isinstance(item, pytest.Function)
    return [name for name in item._fixtureinfo.argnames if name in CONTRACT]


def _key(item: pytest.Item) -> tuple[str, str, str] | None:
    if "subject" not in _parameters(item):
        return None
    implementation, dtype = _parameters(item)["subject"]
    return implementation, _asked(item)[0], dtype


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the tests of each formula."""
    run = session.config.stash[RUN]
    run.pending.update(key for item in session.items if (key := _key(item)) is not None)


def _conventions(run: Run, item: pytest.Item) -> list[Judgement]:
    """List the judgements that free a property of its claim: it speaks of the canonical form."""
    implementation, dtype = _parameters(item)["subject"]
    subject = run.subjects[implementation, dtype]
    judgements = [subject.judgement(name) for name in _asked(item)]
    own, *others = judgements
    return [j for j in (own, *others) if j.verdict == "dialect" or (j is not own and j.fails)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the outcome of a property into a record."""
    report = yield
    key = _key(item)
    if key is None:
        return report
    run = item.config.stash[RUN]
    is_property = "formula" not in _parameters(item)
    if is_property and call.when == "call" and report.failed:
        excuses = _conventions(run, item)
        if excuses:
            names = ", ".join(f"{j.formula}: {j.variant or j.verdict}" for j in excuses)
            report.outcome = "skipped"
            report.wasxfail = f"this property speaks of the canonical form ({names})"
    if is_property and (call.when == "call" or (call.when == "setup" and not report.passed)):
        outcome, detail = _outcome(report, call)
        if outcome == "failed":
            run.broken.setdefault(key, []).append(f"{_sentence(item)} ({detail})")
        implementation, formula, dtype = key
        run.write(
            {
                "kind": "property",
                "implementation": implementation,
                "formula": formula,
                "property": _sentence(item),
                "dtype": dtype,
                "outcome": outcome,
                "detail": detail,
                "test": item.nodeid,
            }
        )
    if call.when == "teardown":
        run.settle(key)
    return report


def _outcome(report: pytest.TestReport, call: pytest.CallInfo[None]) -> tuple[str, str]:
    if report.passed:
        return "passed", ""
    excuse = getattr(report, "wasxfail", "")
    if excuse:
        return ("convention" if report.when == "call" else "error"), excuse
    if report.skipped:
        return "absent", str(call.excinfo.value) if call.excinfo else ""
    assert call.excinfo is not None
    error = call.excinfo.value
    notes = [note for note in getattr(error, "__notes__", []) if "Falsifying" in note]
    said = " ".join((str(error).splitlines() or [""])[0].split())
    example = " ".join(" ".join(notes).split())
    return "failed", " ".join(filter(None, (said, example)))


def _sentence(item: pytest.Item) -> str:
    assert isinstance(item, pytest.Function)
    return item.originalname.removeprefix("test_").replace("_", " ")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print what each contender turned out to be."""
    run = config.stash[RUN]
    if not run.verdicts:
        return
    terminalreporter.section("verdicts")
    for implementation in run.targets:
        terminalreporter.line(implementation, bold=True)
        mine = [
            record
            for formula in CONTRACT
            for dtype in DTYPES
            if (record := run.verdicts.get((implementation, formula, dtype)))
        ]
        for line in lines(mine):
            terminalreporter.line(line)
