"""Every way in. Sessions are verbs: `nox -l` lists them, CONTRIBUTING.md explains them.

Each is a thin call of the command line `gradmark`, and hands on what stands after `--`, `--help`
too. They share one environment, `.nox/gradmark`, which is built once.
"""

from __future__ import annotations

import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nox
from packaging.requirements import Requirement  # nox brings it

ROOT = Path(__file__).resolve().parent
# Read as files: gradmark is not installed where nox is.
UNSUPPORTED: str = runpy.run_path(str(ROOT / "src" / "gradmark" / "supported.py"))["complaint"]()
NETWORK = runpy.run_path(str(ROOT / "harness" / "network.py"))
if UNSUPPORTED:
    sys.stderr.write(f"{UNSUPPORTED}\n")
    sys.exit(2)

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "none"  # the sessions share an environment of our own
nox.options.sessions = ["report"]

OUT = ROOT / "reports" / "out"
ENVIRONMENT = ROOT / ".nox" / "gradmark"
BIN = ENVIRONMENT / "bin"


# --- the environment ------------------------------------------------------------------------------


def install(session: nox.Session, lock: str) -> None:
    """Install a lock file and the checkout, once: what is there needs neither time nor network."""
    wanted = ROOT / "requirements" / f"{lock}.lock"
    stamp = ENVIRONMENT / f"{lock}.installed"
    # uv makes environments without pip, which are of no use where it is gone.
    python = f"{sys.executable} {sys.version} {bool(shutil.which('uv'))}"
    if not _is(ENVIRONMENT / "python.installed", python):
        _create(session, python)
    contents = _digest(wanted, ROOT / "requirements" / "build.lock", ROOT / "pyproject.toml")
    if _is(stamp, contents):
        return
    session.log(f"installs {', '.join(_packages(wanted))} into {ENVIRONMENT}, once")
    for arguments in (
        ("--require-hashes", "-r", str(ROOT / "requirements" / "build.lock"), "-r", str(wanted)),
        ("--no-deps", "--no-build-isolation", "-e", str(ROOT)),
    ):
        _install(session, *_installer(), *arguments)
    stamp.write_text(contents, encoding="utf-8")
    session.log(f"{ENVIRONMENT} has {_megabytes(ENVIRONMENT)} MB")


def _packages(wanted: Path) -> list[str]:
    """List what of a lock file is for this Python and system."""
    lines = re.findall(r"^(\w.*?) \\$", wanted.read_text(encoding="utf-8"), re.MULTILINE)
    found = map(Requirement, lines)
    return [each.name for each in found if each.marker is None or each.marker.evaluate()]


def _create(session: nox.Session, python: str) -> None:
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    if shutil.which("uv"):
        _install(session, "uv", "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT))
    else:  # nox brings virtualenv; Debian's venv comes without pip
        _install(session, sys.executable, "-m", "virtualenv", "--quiet", str(ENVIRONMENT))
    (ENVIRONMENT / "python.installed").write_text(python, encoding="utf-8")


def _installer() -> tuple[str, ...]:
    python = str(BIN / "python")
    if shutil.which("uv"):
        return ("uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", python)
    return (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def _install(session: nox.Session, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode == 0:
        return
    output = done.stdout + done.stderr
    if NETWORK["reaches_nobody"](output):
        session.log("these packages are not here yet, and no package registry answers: no network?")
        sys.exit(2)
    session.error(f"{' '.join(command)}\n{output}")


def _is(stamp: Path, contents: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == contents


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _megabytes(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*")) // 10**6


def run(session: nox.Session, program: str, *arguments: str) -> None:
    """Run a program of the environment; its exit status becomes nox's."""
    # What a user has pytest do everywhere is not meant for our runs. Many tests start Python
    # anew: without bytecode each would compile everything again.
    surroundings = {
        "PATH": os.pathsep.join((str(BIN), os.environ.get("PATH", os.defpath))),
        "PYTEST_ADDOPTS": None,
        "PYTHONDONTWRITEBYTECODE": None,
        "PYTHONPATH": None,
    }
    try:
        session.run(str(BIN / program), *arguments, env=surroundings)
    except nox.command.CommandFailed as failure:
        status = re.search(r"-?\d+", str(failure.reason))
        if status and int(status.group()) != 1:
            raise SystemExit(int(status.group())) from None  # nox itself knows 0 and 1 only
        raise


def gradmark(session: nox.Session, *arguments: str, lock: str = "run") -> None:
    """Run the command line from where the user stands, with what stands after `--`."""
    install(session, lock)
    with session.chdir(session.invoked_from):
        run(session, "gradmark", *arguments, *session.posargs)


# --- what gradmark does ---------------------------------------------------------------------------


@nox.session
def report(session: nox.Session) -> None:
    """Judge, time and draw everything: conformance, benchmarks, the article's figures."""
    gradmark(session, "report", "--out", str(OUT))


@nox.session
def compare(session: nox.Session) -> None:
    """Compare contenders: `-- my_file.py pytorch …`; without a name, all bundled ones."""
    gradmark(session, "check", "--out", str(OUT / "compare"))


@nox.session
def conformance(session: nox.Session) -> None:
    """Judge the reference, and draw its page."""
    gradmark(session, "report", "--only", "conformance", "--out", str(OUT))


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Time the reference: optimizers, losses, backpropagation, schedules."""
    gradmark(session, "report", "--only", "benchmarks", "--out", str(OUT))


@nox.session(name="bench-self")
def bench_self(session: nox.Session) -> None:
    """Time gradmark itself, beside starting Python."""
    gradmark(session, "bench-self")


@nox.session
def article(session: nox.Session) -> None:
    """Put what the article states to the test; `-- ID…` shows those entries, `-- --list` all."""
    gradmark(session, "article", "--out", str(OUT))


@nox.session
def tournament(session: nox.Session) -> None:
    """Let optimizers race, the reference's and `-- my_file.py`'s: who needs how many steps."""
    gradmark(session, "tournament", "--out", str(OUT))


@nox.session
def mutants(session: nox.Session) -> None:
    """Judge the judges: what is wrong on purpose must be caught, what is right must not."""
    gradmark(session, "mutants", "--out", str(OUT))


@nox.session
def vectors(session: nox.Session) -> None:
    """Write the certified vectors anew, bit for bit; `-- --check` compares, and writes nothing."""
    gradmark(session, "vectors")


@nox.session
def wild(session: nox.Session) -> None:
    """Judge the libraries that people train with, each at a pinned version: who computes what."""
    gradmark(session, "wild")


@nox.session
def gpu(session: nox.Session) -> None:
    """Judge and time the paths of optimizers on a GPU; without one, on the CPU."""
    gradmark(session, "gpu")


@nox.session
def calibrate(session: nox.Session) -> None:
    """Put the clock to the test on this machine: `-- --trials 20`; takes hours with many."""
    gradmark(session, "calibrate", "--out", str(OUT / "calibrate"), lock="calibrate")


# --- the project's own checks ---------------------------------------------------------------------


@nox.session
def tests(session: nox.Session) -> None:
    """Test the machinery and every doctest; `-- --thorough` tries what takes long, too."""
    install(session, "tests")
    pytest = ("python", "-m", "pytest")
    thorough = ["--thorough"] if session.posargs == ["--thorough"] else []
    if session.posargs and not thorough:
        run(session, *pytest, *session.posargs)
        return
    # Contenders run in processes of their own, and need not import here.
    theirs = ("implementations", "mutants/correct", "mutants/planted")
    without = [f"--ignore-glob=*/{folder}/*" for folder in theirs]
    doctests = ("--doctest-modules", "--pyargs", "gradmark", "-o", "python_files=")
    # Many tests wait for a process, a limit of time or a browser: one worker more than cores.
    parallel = (f"--numprocesses={(os.cpu_count() or 1) + 1}", "--dist=loadfile")
    run(session, *pytest, *doctests, *without, *parallel)
    # Coverage is of the reference alone; counted everywhere, it would cost minutes.
    counted = ("--cov", "--cov-report=term-missing:skip-covered")
    run(session, *pytest, "tests/reference", *counted, *parallel, *thorough)
    run(session, *pytest, "tests", "--ignore=tests/reference", *parallel, *thorough)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting and the arrows between the rooms."""
    install(session, "lint")
    run(session, "ruff", "check")
    run(session, "ruff", "format", "--check")
    run(session, "lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    install(session, "types")
    run(session, "mypy")


@nox.session(venv_backend="virtualenv")
def lock(session: nox.Session) -> None:
    """Resolve the dependencies anew and write requirements/*.lock, with hashes."""
    session.install("uv")
    uv = ("uv", "pip", "compile", "--upgrade", "--universal", "--python-version=3.11")
    how = ("--generate-hashes", "--no-annotate", "--quiet", "--custom-compile-command=nox -s lock")
    project = ("pyproject.toml", "--extra=benchmark", "--extra=frames", "--extra=bfloat16")
    tested = (*project, "--extra=cluster")
    groups = ("build", "tests", "calibrate", "lint", "types")
    locks: dict[str, tuple[str, ...]] = {
        # First, and binding on the others: they are installed into one environment.
        "all": (*tested, *(f"--group={group}" for group in groups)),
        "build": ("--group=build",),
        "run": project,
        "calibrate": (*project, "--group=calibrate"),
        "tests": (*tested, "--group=tests", "--group=calibrate"),
        "lint": ("--group=lint",),
        "types": (*project, "--group=tests", "--group=types"),
    }
    common = Path(session.create_tmp()) / "all.lock"
    for name, what in locks.items():
        output = common if name == "all" else ROOT / "requirements" / f"{name}.lock"
        bound = () if name == "all" else (f"--constraints={common}",)
        session.run(*uv, *how, *what, *bound, f"--output-file={output}")
