"""What ``pytest --gradmark NAME`` does: a test for each formula and dtype of a contender."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from _pytest._code.code import TerminalRepr  # what repr_failure may return has no other home
from _pytest._io import TerminalWriter  # the same, of what it writes to

from gradmark.conformance.engine.expectations import short
from gradmark.conformance.engine.plan import Limits, Plan
from gradmark.handed import imported
from gradmark.harness.host import ContenderFailure
from gradmark.harness.resolve import UsageError, resolve
from gradmark.harness.results import ResultsWriter
from gradmark.inquiry import Inquiry, Record
from gradmark.plugin import ID
from gradmark.summary import lines


class Suite:
    """All contenders of one pytest run: collects their tests, and keeps what was found.

    Raises
    ------
    pytest.UsageError
        A name that means nothing, or an option that cannot be.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.chosen = [argument for argument in config.args if argument.startswith(ID)]
        try:
            self.plan = _plan(config, self.chosen)
            self.inquiries = [self._inquiry(typed) for typed in self.plan.typed.values()]
        except (UsageError, ValueError) as error:
            raise pytest.UsageError(f"--gradmark: {error}") from None
        self.found: dict[str, list[Record]] = {}

    def _inquiry(self, typed: str) -> Inquiry:
        asked = self.config.option
        target = resolve(typed, self.plan.here)
        thing = imported(target) if asked.gradmark_in_process else typed
        return Inquiry(
            thing,
            asked.gradmark_formula,
            expected=asked.gradmark_expected,
            dtype=asked.gradmark_dtype or None,
            seed=asked.gradmark_seed,
            examples=asked.gradmark_examples,
            quick=asked.gradmark_quick,
            strict=asked.gradmark_strict,
            dialects=asked.gradmark_dialect,
            name=target.name if asked.gradmark_in_process else None,
            timeout=asked.gradmark_timeout,
            memory=asked.gradmark_memory,
            python=asked.gradmark_python,
        )

    def wants(self, nodeid: str) -> bool:
        """Tell whether a test is among those that the command line names, if it names any."""
        return not self.chosen or any(
            nodeid == each or nodeid.startswith(f"{each}::") for each in self.chosen
        )

    # --- hooks ------------------------------------------------------------------------------------

    def pytest_report_header(self) -> str:
        """Print what a rerun needs."""
        return f"gradmark: {', '.join(self.plan.typed)}; seed {self.plan.settings.seed}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Keep our ids to ourselves: pytest would look for a file of that name."""
        # Not earlier: without arguments, pytest-xdist's workers would collect everything.
        self.config.args = [each for each in self.config.args if not each.startswith(ID)]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add our tests to those that pytest finds."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            ours = Contenders.from_parent(collector, name="gradmark", nodeid="gradmark")
            ours.suite = self
            report.result = [*report.result, ours]
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hand on what was found: with pytest-xdist, to another process."""
        report = yield
        if isinstance(item, Verdict) and report.when == "call" and item.records:
            told = json.dumps(item.records, default=lambda value: value.item())
            report.gradmark = told  # type: ignore[attr-defined]  # a report takes more
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of what was found, wherever it was."""
        if report.when == "call" and hasattr(report, "gradmark"):
            self.found[report.nodeid] = json.loads(report.gradmark)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """End what was started, and write the results file."""
        for inquiry in self.inquiries:
            inquiry.contender.close()
        path = self.config.option.gradmark_results
        if path is None or hasattr(self.config, "workerinput") or not self.found:
            return
        ended = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        whole = exitstatus in ended and not (session.shouldstop or session.shouldfail)
        writer = ResultsWriter(Path(path), self.plan.header(list(self.plan.typed)))
        for records in self._in_order():
            for record in records:
                writer.write(record)
        writer.end(whole=whole)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell how the verdicts went, and what is worth knowing of those that pass."""
        failed = {report.nodeid for report in terminalreporter.getreports("failed")}
        passed = [found for nodeid, found in self.found.items() if nodeid not in failed]
        for name in self.plan.typed:
            mine = [records[-1] for records in passed if records[-1]["implementation"] == name]
            if mine:
                terminalreporter.section(f"gradmark: {name}", sep="-")
                terminalreporter.write("".join(f"{line}\n" for line in lines(mine)))

    def _in_order(self) -> Iterator[list[Record]]:
        """Yield what was found in the plan's order, whichever worker was first."""
        asked = {key: at for at, key in enumerate(self.plan.questions)}
        names = list(self.plan.typed)

        def place(records: list[Record]) -> tuple[int, int]:
            verdict = records[-1]
            question = verdict["formula"], verdict["dtype"]
            return names.index(verdict["implementation"]), asked[question]

        yield from sorted(self.found.values(), key=place)


def _plan(config: pytest.Config, chosen: Iterable[str]) -> Plan:
    """Read what is asked for; the id of a test that is to run again names its contender, too."""
    asked = config.option
    plan = Plan(
        tuple(asked.gradmark),
        Path.cwd(),
        formulas=tuple(asked.gradmark_formula),
        dtypes=tuple(asked.gradmark_dtype),
        limits=Limits(asked.gradmark_timeout, asked.gradmark_memory, asked.gradmark_python),
    )
    more = dict.fromkeys(each.split("::")[1] for each in chosen)
    names = (*asked.gradmark, *(name for name in more if name not in plan.typed))
    settings = type(plan.settings)(
        asked.gradmark_seed, asked.gradmark_examples, asked.gradmark_quick
    )
    return Plan(names, plan.here, plan.formulas, plan.dtypes, settings, plan.limits)


# --- the tests ------------------------------------------------------------------------------------


class Contenders(pytest.Collector):
    """All contenders."""

    suite: Suite

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield each contender that something is asked of."""
        for inquiry in self.suite.inquiries:
            its = OneContender.from_parent(self, name=inquiry.name)
            its.suite, its.inquiry = self.suite, inquiry
            yield its


class OneContender(pytest.Collector):
    """One contender; it starts here, since its tests hang on what it provides."""

    suite: Suite
    inquiry: Inquiry

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each formula and dtype."""
        try:
            questions = self.inquiry.questions()
        except ContenderFailure as failure:
            told = "\n".join(filter(None, (str(failure), failure.traceback, failure.output)))
            raise self.CollectError(told) from None
        except (UsageError, ValueError) as error:
            raise self.CollectError(str(error)) from None
        for formula, dtype in questions:
            item = Verdict.from_parent(self, name=f"{formula}[{dtype}]")
            item.inquiry, item.formula, item.dtype = self.inquiry, formula, dtype
            if self.suite.wants(item.nodeid):
                yield item


class WrongVerdict(Exception):  # noqa: N818 - it is what a test is about, not an error
    """A verdict that is not as it should be."""


class Verdict(pytest.Item):
    """One question to one contender; its outcome is the verdict."""

    inquiry: Inquiry
    formula: str
    dtype: str
    records: tuple[Record, ...] = ()

    def runtest(self) -> None:
        """Judge."""
        self.records = tuple(self.inquiry.records([(self.formula, self.dtype)]))
        verdict = self.records[-1]
        self.user_properties.append(("gradmark_verdict", short(verdict)))
        if verdict["ulp"] is not None:
            self.user_properties.append(("gradmark_ulp", float(verdict["ulp"])))
        complaint = self.inquiry.complaint(verdict)
        if complaint:
            raise WrongVerdict(complaint)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str | TerminalRepr:  # type: ignore[override]  # pytest's own has a further argument that nobody passes
        """Show the verdict with its evidence; where it was raised is nothing to the user."""
        if isinstance(excinfo.value, WrongVerdict):
            return Told(str(excinfo.value), short(self.records[-1]))
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say what this is."""
        return self.path, None, f"{self.inquiry.name}: {self.name}"


class Told(TerminalRepr):
    """A verdict where pytest shows a traceback, and the word for its summary."""

    def __init__(self, text: str, word: str) -> None:
        self.text = text
        self.reprcrash = SimpleNamespace(message=word)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write it."""
        for line in self.text.splitlines():
            tw.line(line, red=line == self.text.splitlines()[0])
