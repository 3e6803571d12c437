"""Puts every property to every contender in both dtypes, and keeps the record."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import Phase, settings

from gradmark.conformance.cases import corpus_hash
from gradmark.conformance.judge import Judgement
from gradmark.conformance.progress import Progress
from gradmark.conformance.run import DTYPES, Key, Run, Settings
from gradmark.conformance.subject import Function, Optimizer, Subject
from gradmark.conformance.summary import lines
from gradmark.harness.contract import CONTRACT
from gradmark.harness.resolve import UsageError

RUN = pytest.StashKey[Run]()

# The article's ledger judges no contender: `pytest conformance/article` is a run of its own.
collect_ignore = ["article"]


# --- the run --------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Find the contenders, and give Hypothesis the run's seed."""
    option = config.getoption
    if option("hypothesisseed", None) is None:
        config.option.hypothesisseed = str(option("--seed"))
    # What is absent is listed by name with the verdicts, not once more for every property.
    config.option.reportchars = config.option.reportchars.replace("a", "fEX").replace("s", "")
    examples = option("--examples") or (15 if option("--quick") else 50)
    phases = [Phase.explicit, Phase.generate]
    if examples >= 50:  # a first look has no time to search for the smallest failure
        phases.append(Phase.shrink)
    settings.register_profile(
        "gradmark", max_examples=examples, phases=phases, deadline=None, database=None
    )
    settings.load_profile("gradmark")
    asked = Settings(
        names=tuple(option("--implementation") or ["reference"]),
        here=config.invocation_params.dir,
        formulas=tuple(option("--formula") or ()),
        dtypes=tuple(option("--dtype") or ()),
        results=option("--results"),
        seed=option("--seed"),
        quick=option("--quick"),
        examples=examples,
        resume=option("--resume"),
        strict=option("--no-dialects"),
        expected=option("--expected"),
        python=option("--python"),
        timeout=option("--timeout"),
        memory=option("--memory"),
    )
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    progress = next(
        (p for p in config.pluginmanager.get_plugins() if isinstance(p, Progress)), None
    )
    say = progress.say if progress else reporter.write_line if reporter else print
    try:
        config.stash[RUN] = Run(asked, say)
        if progress is not None:
            progress.attach(config.stash[RUN])
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the contenders."""
    try:
        session.config.stash[RUN].open()
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what was not asked for, and what was done before the run was cut off."""
    run = config.stash[RUN]
    chosen = [item for item in items if (key := _key(item)) is None or run.wants(key, item.nodeid)]
    if len(chosen) < len(items):
        kept = set(chosen)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = chosen


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the tests of each formula."""
    run = session.config.stash[RUN]
    run.pending.update(key for item in session.items if (key := _key(item)) is not None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Close the results file: with a footer where the run came to its end."""
    run = session.config.stash[RUN]
    nothing_left = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and bool(run.verdicts)
    ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or nothing_left
    # -x ends a run early under the exit code of one that came to its end.
    ended = ended and not (session.shouldfail or session.shouldstop)
    run.close(whole=ended)
    if ended:
        failed = run.failed if run.verdicts else bool(exitstatus)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED if failed else pytest.ExitCode.OK


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
        if judgement.fails:
            # Its properties are moot, and searching them for a smaller failure takes long.
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


def _key(item: pytest.Item) -> Key | None:
    if "subject" not in _parameters(item):
        return None
    implementation, dtype = _parameters(item)["subject"]
    return implementation, _asked(item)[0], dtype


def _conventions(run: Run, item: pytest.Item) -> list[Judgement]:
    """List the judgements that free a property of its claim: it speaks of the canonical form."""
    implementation, dtype = _parameters(item)["subject"]
    subject = run.subjects[implementation, dtype]
    judgements = [subject.judgement(name) for name in _asked(item)]
    return [j for j in judgements if j.fails or j.verdict in ("dialect", "inaccurate")]


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
            report.wasxfail = (
                f"this property speaks of the canonical form, exactly computed ({names})"
            )
    if is_property and (call.when == "call" or (call.when == "setup" and not report.passed)):
        outcome, detail = _outcome(report, call)
        implementation, formula, dtype = key
        run.tell(
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
        return ("convention" if report.when == "call" else "moot"), excuse
    if report.skipped:
        return "absent", str(call.excinfo.value) if call.excinfo else ""
    assert call.excinfo is not None
    error = call.excinfo.value
    notes = [note for note in getattr(error, "__notes__", []) if "Falsifying" in note]
    said = " ".join((str(error).splitlines() or [""])[0].split())
    example = " ".join(" ".join(notes).split())
    return "failed", " ".join(filter(None, (said, example)))


def _sentence(item: pytest.Item) -> str:
    """Read a theorem's name as the sentence that it is: `rate_1_2` has no other way to say 1.2."""
    assert isinstance(item, pytest.Function)
    name = re.sub(r"(?<=\d)_(?=\d)", ".", item.originalname.removeprefix("test_"))
    return re.sub(r"_s_", "'s ", name).replace("_", " ")


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
    if run.settings.expected is not None:
        for surprise in run.surprises():
            terminalreporter.line(f"not as expected: {surprise}", red=True)
