"""Every way in. Sessions are verbs: `nox -l` lists them, CONTRIBUTING.md explains them."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["report"]
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).resolve().parent
CODE = ("reference", "harness", "conformance", "benchmarks", "reports", "tests", "noxfile.py")
# Results files, by the step of a run that writes them.
CONFORMANCE, ARTICLE, BENCHMARKS = "conformance.jsonl", "article.jsonl", "benchmarks.jsonl"


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

    def common(self, results: str) -> list[str]:
        """Spell the options that every measuring command takes."""
        quick = ["--quick"] if self.quick else []
        return ["--results", str(self.results / results), "--seed", str(self.seed), *quick]


def options(session: nox.Session) -> Options:
    """Read a session's arguments; paths are relative to where the user stands."""
    here = Path(session.invoked_from)
    parser = argparse.ArgumentParser(prog=f"nox -s {session.name} --", allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "out", metavar="DIR")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    known, rest = parser.parse_known_args(session.posargs)
    paths = (str(here / word) if (here / word).is_file() else word for word in rest)
    return Options((here / known.out).resolve(), known.seed, known.quick, known.quiet, tuple(paths))


def install(session: nox.Session, lock: str) -> None:
    """Install a lock file, once: an environment that has it needs neither time nor network."""
    wanted = ROOT / "requirements" / f"{lock}.lock"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    stamp = Path(session.virtualenv.location) / "installed-lock"
    if stamp.is_file() and stamp.read_text() == digest:
        return
    session.install("--require-hashes", "-r", str(wanted))
    stamp.write_text(digest)


def measure(session: nox.Session, opts: Options, *steps: str) -> None:
    """Run the measuring steps, then draw every page; fail at the end if a step found a failure."""
    opts.results.mkdir(parents=True, exist_ok=True)
    commands = {
        CONFORMANCE: ("pytest", "conformance"),
        ARTICLE: ("conformance.article",),
        BENCHMARKS: ("pytest", "benchmarks"),
    }
    quiet = ["--quiet"] if opts.quiet else []
    failed = []
    for step in steps:
        # What an earlier run left must not be taken for what this one found.
        (opts.results / step).unlink(missing_ok=True)
        rest = opts.rest if step == steps[0] else ()
        try:
            session.run("python", "-m", *commands[step], *opts.common(step), *quiet, *rest)
        except nox.command.CommandFailed:
            if not (opts.results / step).is_file():
                raise  # it did not start: nothing to report on
            failed.append(step.removesuffix(".jsonl"))
    session.run("python", "-m", "reports", "--out", str(opts.out), *quiet)
    if failed:
        session.error(f"failed: {', '.join(failed)}; see {opts.out / 'index.md'}")


@nox.session
def report(session: nox.Session) -> None:
    """Judge, time and draw everything: conformance, benchmarks, the article's figures."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, CONFORMANCE, ARTICLE, BENCHMARKS)


@nox.session
def conformance(session: nox.Session) -> None:
    """Judge contenders: `-- --implementation my_file.py`; without one, the reference."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, CONFORMANCE)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Time the reference: optimizers, losses, backpropagation, schedules."""
    opts = options(session)
    install(session, "run")
    measure(session, opts, BENCHMARKS)


@nox.session
def tests(session: nox.Session) -> None:
    """Test the machinery: reference, harness, judges, statistics, reports."""
    opts = options(session)
    install(session, "tests")
    coverage = ["--cov", "--cov-report=term-missing:skip-covered"] if not opts.rest else []
    quiet = ["--quiet"] if opts.quiet else []
    session.run("python", "-m", "pytest", "--seed", str(opts.seed), *coverage, *quiet, *opts.rest)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the arrows between the rooms."""
    options(session)
    install(session, "lint")
    session.run("ruff", "check", *CODE)
    session.run("ruff", "format", "--check", *CODE)
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
    groups = {"run": (), "tests": ("tests",), "lint": ("lint",), "types": ("tests", "types")}
    for name, chosen in groups.items():
        only = [f"--group={group}" for group in chosen]
        source = [] if name == "lint" else ["pyproject.toml"]
        session.run(
            "uv", "pip", "compile", "--universal", "--python-version=3.11", "--generate-hashes",
            "--upgrade", "--quiet", "--no-annotate", "--custom-compile-command=nox -s lock",
            *source, *only, f"--output-file=requirements/{name}.lock",
        )  # fmt: skip
