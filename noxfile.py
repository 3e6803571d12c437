"""Every way in. Sessions are verbs: `nox -l` lists them, CONTRIBUTING.md explains them."""

from __future__ import annotations

import argparse
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["report"]
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).resolve().parent
CODE = ("reference", "harness", "conformance", "benchmarks", "reports", "tests")
FILES = (*CODE, "conftest.py", "noxfile.py", "implementations")
# Results files, by the step of a run that writes them.
CONFORMANCE, SEPARATION, MUTANTS = "conformance.jsonl", "separation.jsonl", "mutants.jsonl"
ARTICLE, BENCHMARKS = "article.jsonl", "benchmarks.jsonl"
TIMING, CALIBRATION = "timing.jsonl", "calibration.jsonl"
# The samples of `compare --time` for pytest-benchmark's own tools.
SAMPLES = "timing-benchmark.json"
USAGE = 2  # the exit status of what was not meant: nothing has been written
# Options of `compare` that take a value, by who understands them: judges, clocks or both.
JUDGED = ("timeout", "memory", "expected", "examples", "jobs")
TIMED = ("baseline", "margin", "budget", "threads", "stored", "benchmark-json")
BOTH = ("formula", "dtype", "python")


@dataclass(frozen=True)
class Options:
    """What every session understands after `--`; the rest goes to the tool that it runs."""

    out: Path
    seed: int
    quick: bool
    quiet: bool
    rest: tuple[str, ...]

    @property
    def results(self) -> Path:
        """Where the results files go."""
        return self.out / "results"

    @property
    def quietly(self) -> list[str]:
        """Spell --quiet, if it was asked for."""
        return ["--quiet"] if self.quiet else []

    def common(self, results: str) -> list[str]:
        """Spell the options that every measuring command takes."""
        quick = ["--quick"] if self.quick else []
        where = ["--results", str(self.results / results), "--seed", str(self.seed)]
        return [*where, *quick, *self.quietly]


def options(session: nox.Session, default: str = "reports/out") -> Options:
    """Read a session's arguments; paths are relative to where the user stands."""
    parser = argparse.ArgumentParser(prog=f"nox -s {session.name} --", allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=ROOT / default, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    known, rest = parser.parse_known_args(session.posargs)
    out = (Path(session.invoked_from) / known.out).resolve()
    return Options(out, known.seed, known.quick, known.quiet, tuple(rest))


def install(session: nox.Session, lock: str) -> None:
    """Install a lock file, once: an environment that has it needs neither time nor network."""
    wanted = ROOT / "requirements" / f"{lock}.lock"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / "installed-lock"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    session.install("--require-hashes", "-r", str(wanted))
    stamp.write_text(digest)


def run(session: nox.Session, *command: str) -> int:
    """Run a module of the checkout from where the user stands; return its exit status."""
    with session.chdir(session.invoked_from):
        try:
            session.run("python", "-m", *command, env={"PYTHONPATH": str(ROOT / "src")})
        except nox.command.CommandFailed as failure:
            status = re.search(r"-?\d+", str(failure.reason))
            return int(status.group()) if status else 1
    return 0


def measure(session: nox.Session, opts: Options, *steps: str) -> None:
    """Run the measuring steps, then draw every page; fail at the end if a step failed."""
    pytest = ("pytest", "--rootdir", str(ROOT), "--config-file", str(ROOT / "pyproject.toml"))
    commands = {
        CONFORMANCE: (*pytest, str(ROOT / "conformance")),
        SEPARATION: ("gradmark.conformance.judging.separation",),
        MUTANTS: ("gradmark.conformance.mutants",),
        ARTICLE: ("gradmark.conformance.article",),
        BENCHMARKS: (*pytest, str(ROOT / "benchmarks")),
    }
    opts.results.mkdir(parents=True, exist_ok=True)
    failed = []
    for step in steps:
        # What an earlier run left must not be taken for what this one found.
        (opts.results / step).unlink(missing_ok=True)
        rest = opts.rest if step == steps[0] else ()
        if run(session, *commands[step], *opts.common(step), *rest):
            failed.append(step.removesuffix(".jsonl"))
            if not (opts.results / step).is_file():
                session.error(f"{failed[-1]} did not start")
    if run(session, "gradmark.reports", "--out", str(opts.out), *opts.quietly):
        failed.append("reports")
    if failed:
        session.error(f"failed: {', '.join(failed)}; see {opts.out / 'index.md'}")


@nox.session
def report(session: nox.Session) -> None:
    """Judge, time and draw everything: conformance, benchmarks, the article's figures."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, CONFORMANCE, SEPARATION, ARTICLE, BENCHMARKS)


@nox.session
def conformance(session: nox.Session) -> None:
    """Judge with pytest: `-- --implementation my_file.py`; without one, the reference."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, CONFORMANCE)


@nox.session
def compare(session: nox.Session) -> None:
    """Compare contenders: `-- my_file.py pytorch …`; without a name, all bundled ones."""
    opts = options(session, default="reports/out/compare")
    asked, judging, timing = comparison(session, opts)
    install(session, "run")
    verdicts, samples = opts.results / CONFORMANCE, opts.results / SAMPLES
    arguments = ["--results", str(verdicts), "--junitxml", str(opts.out / "junit.xml")]
    quick = ["--quick"] if opts.quick else []
    arguments += ["--seed", str(opts.seed), *quick, *opts.quietly, *judging]
    statuses = {"conformance": run(session, "gradmark.conformance", *arguments)}
    if statuses["conformance"] in (0, 1) and asked.time:
        arguments = ["--verdicts", str(verdicts), *opts.common(TIMING)]
        arguments += ["--benchmark-json", str(samples), *timing]
        statuses["timing"] = run(session, "gradmark.benchmarks.paired", *arguments)
    elif statuses["conformance"] != USAGE:
        for old in (opts.results / TIMING, samples):  # they are of other verdicts
            old.unlink(missing_ok=True)
    if statuses["conformance"] in (0, 1):
        run(session, "gradmark.reports", "--out", str(opts.out), *opts.quietly)
    if max(statuses.values()) > 1:
        raise SystemExit(max(statuses.values()))  # nox itself knows 0 and 1 only
    pages = [str(opts.out / f"{page}.md") for page, status in statuses.items() if status]
    if pages:
        session.error(f"not all is well; see {', '.join(pages)}")


def comparison(
    session: nox.Session, opts: Options
) -> tuple[argparse.Namespace, list[str], list[str]]:
    """Read what `compare` is told; return it, and what of it to tell the judges and the clocks."""
    parser = argparse.ArgumentParser(prog=f"nox -s {session.name} --", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME_OR_PATH")
    for name in (*JUDGED, *TIMED, *BOTH):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="VALUE")
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--strict", action="append_const", const="--strict", default=[])
    parser.add_argument("--resume", action="append_const", const="--resume", default=[])
    parser.add_argument("--fail-if-slower", action="append_const", const="--fail-if-slower")
    asked = parser.parse_intermixed_args(opts.rest)

    def given(name: str) -> list[str]:
        return list(getattr(asked, name.replace("-", "_")))

    if not asked.time and (asked.fail_if_slower or any(map(given, TIMED))):
        parser.error(f"{', '.join(f'--{name}' for name in TIMED)}, --fail-if-slower: need --time")
    for path in (Path(session.invoked_from, name).resolve() for name in asked.stored):
        # Told now, not after all has been judged; and before the file is written anew.
        if path == opts.results / TIMING:
            parser.error(f"--stored: {path} is where this run's times go; keep a copy elsewhere")
        if not path.is_file():
            parser.error(f"--stored: there is no file {path}")

    def spelled(*names: str) -> list[str]:
        return [f"--{name}={value}" for name in names for value in given(name)]

    # The baseline is judged too: what is wrong is nothing to be compared with.
    baseline = [f"--baseline={(asked.baseline or ['reference'])[-1]}"] if asked.time else []
    judging = [*asked.names, *baseline, *spelled(*JUDGED, *BOTH), *asked.strict]
    timing = [*asked.names, *spelled(*TIMED, *BOTH), *(asked.fail_if_slower or [])]
    return asked, [*judging, *asked.resume], [*timing, *asked.resume]


@nox.session
def article(session: nox.Session) -> None:
    """Put what the article states to the test; `-- ID…` shows those entries, `-- --list` all."""
    opts = options(session)
    install(session, "run")
    if not opts.rest:
        measure(session, opts, ARTICLE)
        return
    quick = ["--quick"] if opts.quick else []
    shown = ["--seed", str(opts.seed), *quick, *opts.quietly, *opts.rest]
    status = run(session, "gradmark.conformance.article", *shown)
    if status > 1:
        raise SystemExit(status)  # nox itself knows 0 and 1 only
    if status:
        session.error("the evidence has turned")


@nox.session
def mutants(session: nox.Session) -> None:
    """Judge the judges: what is wrong on purpose must be caught, what is right must not."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, MUTANTS)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Time the reference: optimizers, losses, backpropagation, schedules."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, BENCHMARKS)


@nox.session
def vectors(session: nox.Session) -> None:
    """Write the certified vectors anew, bit for bit; `-- --check` compares, and writes nothing."""
    opts = options(session)
    install(session, "run")
    session.run("python", "-m", "gradmark.conformance.vectors", *opts.rest)


@nox.session
def calibrate(session: nox.Session) -> None:
    """Put the clock to the test on this machine: `-- --trials 20`; takes hours with many."""
    opts = options(session, default="reports/out/calibrate")
    install(session, "calibrate")
    status = run(session, "gradmark.benchmarks.calibrate", *opts.common(CALIBRATION), *opts.rest)
    run(session, "gradmark.reports", "--out", str(opts.out), *opts.quietly)
    if status:
        session.error("the calibration did not come to its end; --resume goes on with it")


@nox.session
def tests(session: nox.Session) -> None:
    """Test the machinery: reference, harness, judges, statistics, reports."""
    opts = options(session)
    install(session, "tests")
    command = ("python", "-m", "pytest", "--seed", str(opts.seed), *opts.quietly)
    # Coverage is of the reference alone; counted everywhere, it would cost minutes.
    whole = (
        ("tests/reference", "reference", "--cov", "--cov-report=term-missing:skip-covered"),
        ("tests", "--ignore=tests/reference", "--numprocesses=auto", "--dist=loadfile"),
    )
    for what in (opts.rest,) if opts.rest else whole:
        # Many tests start pytest anew: without bytecode each would compile everything again.
        session.run(*command, *what, env={"PYTHONDONTWRITEBYTECODE": None})


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the arrows between the rooms."""
    options(session)
    install(session, "lint")
    session.run("ruff", "check", *FILES)
    session.run("ruff", "format", "--check", *FILES)
    session.run("lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    options(session)
    install(session, "types")
    session.run("mypy")


@nox.session
def lock(session: nox.Session) -> None:
    """Resolve the dependencies anew and write requirements/*.lock, with hashes."""
    options(session)
    session.install("uv")
    uv = ("uv", "pip", "compile", "--upgrade", "--universal", "--python-version=3.11")
    how = ("--generate-hashes", "--no-annotate", "--quiet", "--custom-compile-command=nox -s lock")
    project = ("pyproject.toml",)
    locks: dict[str, tuple[str, ...]] = {
        "run": project,
        "calibrate": (*project, "--group=calibrate"),
        "tests": (*project, "--group=tests", "--group=calibrate"),
        "lint": ("--group=lint",),
        "types": (*project, "--group=tests", "--group=types"),
    }
    for name, what in locks.items():
        session.run(*uv, *how, *what, f"--output-file=requirements/{name}.lock")
