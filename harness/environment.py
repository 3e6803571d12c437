"""Environments: which interpreter runs a contender, and with which packages beside it."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from packaging.specifiers import SpecifierSet

from gradmark.harness.host import ContenderFault
from gradmark.harness.resolve import Target, UsageError
from gradmark.harness.script_metadata import Metadata, MetadataError, script_metadata

WORKER_PYTHON = ">=3.9"
WORKER_PACKAGES = ("numpy",)
STAMP = "complete"
LINES = 20  # of the installer's output that are kept

Say = Callable[[str], None]


class EnvironmentFailure(ContenderFault):
    """A contender's environment cannot be had: an error of that contender, not of the run."""

    def __init__(self, contender: str, reason: str, output: str = "") -> None:
        super().__init__(contender, "", reason, output)


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs: where it is, its version, its build, and its NumPy's version if any."""

    path: str
    version: str
    build: str
    numpy: str | None


def environment(
    target: Target, *, python: str | None = None, cache: Path | None = None, say: Say
) -> str:
    """Return the interpreter to run a contender with; build its environment first where needed.

    A file with inline script metadata gets a virtual environment of its own, made by the first
    Python that satisfies `requires-python`: gradmark's, else a pythonX.Y on the PATH. It holds
    what the metadata lists, and NumPy. It is kept under a name made of all this, so that other
    metadata means another environment, and it counts only once its stamp has been written, so
    that a build that was cut off never passes for a whole one. Everything else, files without
    metadata and packages, runs with gradmark's own interpreter.

    Parameters
    ----------
    target : Target
        What `resolve` found.
    python : str, optional
        An interpreter to use instead, metadata or not.
    cache : Path, optional
        Where environments are kept: $GRADMARK_CACHE, else the user's cache folder.
    say : callable
        Gets a line where there is something to wait for.

    Raises
    ------
    EnvironmentFailure
        Broken metadata, no Python that satisfies it, or a package that cannot be installed; with
        the installer's last lines as its `output`.
    UsageError
        `python` cannot be run, is too old, or has no NumPy.

    Examples
    --------
    >>> from gradmark.harness.resolve import resolve
    >>> environment(resolve("reference", Path()), say=print) == sys.executable
    True
    """
    if python is not None:
        return _checked(python).path
    try:
        metadata = script_metadata(target.path) if target.path is not None else None
    except MetadataError as error:
        raise EnvironmentFailure(target.name, str(error)) from None
    if metadata is None:
        return sys.executable
    base = _base(target.name, metadata.requires_python)
    folder = (cache or default_cache()) / _digest(metadata, base)
    with locked(folder.with_suffix(".lock"), target.name, say):
        # A dangling link is what is left where the Python that made it was uninstalled.
        if not ((folder / STAMP).is_file() and _python_of(folder).exists()):
            _build(target.name, metadata, base, folder, say)
    return str(_python_of(folder))


def default_cache() -> Path:
    """Return the folder that environments are kept in."""
    own, users = os.environ.get("GRADMARK_CACHE"), os.environ.get("XDG_CACHE_HOME")
    root = Path(own) if own else Path(users or Path.home() / ".cache") / "gradmark"
    return root.absolute() / "environments"


def _digest(metadata: Metadata, base: Interpreter) -> str:
    parts = [sorted(set(metadata.dependencies)), WORKER_PACKAGES, base.version, base.build]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


# --- interpreters ---------------------------------------------------------------------------------

PROBE = """
import platform, sys, sysconfig
print(platform.python_version(), sys.version.replace("\\n", " "), sysconfig.get_platform(), sep="|")
try:
    import numpy
    print(numpy.__version__)
except ImportError:
    print()
"""


@once
def _probe(python: str) -> Interpreter | None:
    """Ask an interpreter what it is; None where it does not answer like one."""
    # As the worker is started: without the user's own packages.
    command = [python, "-s", "-c", PROBE]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    about, _, numpy = done.stdout.strip("\n").partition("\n")
    version, _, build = about.partition("|")
    if done.returncode != 0 or not build:
        return None
    return Interpreter(python, version, build, numpy or None)


def _checked(python: str) -> Interpreter:
    found = shutil.which(python)
    # The worker stands in another folder, so the path is made absolute; links stay, since a
    # virtual environment's interpreter is one.
    interpreter = _probe(str(Path(found).absolute())) if found else None
    if interpreter is None:
        raise UsageError(f"--python: expected an interpreter that runs, got {python}")
    if not _satisfies(interpreter, WORKER_PYTHON):
        raise UsageError(
            f"--python: expected Python {WORKER_PYTHON}, got {python} with {interpreter.version}"
        )
    if interpreter.numpy is None:
        raise UsageError(
            f"--python: expected an interpreter with NumPy, got {python} without;"
            f" {python} -m pip install numpy"
        )
    return interpreter


def _satisfies(interpreter: Interpreter, versions: str) -> bool:
    # The distributions' builds of Python add a "+" to its version.
    version = interpreter.version.rstrip("+")
    return SpecifierSet(versions).contains(version, prereleases=True)


def _base(contender: str, requires_python: str) -> Interpreter:
    """Find a Python to build with: gradmark's own, else the newest on the PATH that will do."""
    seen = []
    for candidate in (sys.executable, *_pythons_on_path()):
        interpreter = _probe(candidate)
        if interpreter is None:
            continue
        if _satisfies(interpreter, requires_python) and _satisfies(interpreter, WORKER_PYTHON):
            return interpreter
        seen.append(interpreter.version)
    raise EnvironmentFailure(
        contender,
        f"needs Python {requires_python}; among gradmark's own and pythonX.Y on the PATH there is"
        f" only {', '.join(dict.fromkeys(seen))}",
    )


def _pythons_on_path() -> list[str]:
    """List the pythonX.Y on the PATH, the newest first, the PATH's order within a version."""
    found: list[Path] = []
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        with contextlib.suppress(OSError):  # a folder that is not there, or not ours to read
            found.extend(sorted(Path(folder or ".").absolute().iterdir()))
    minors = {str(path): re.fullmatch(r"python3\.(\d+)", path.name) for path in found}
    named = {path: int(match[1]) for path, match in minors.items() if match}
    return sorted(named, key=lambda path: -named[path])


# --- building -------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(path: Path, contender: str, say: Say) -> Iterator[None]:
    """Hold a lock file; the system lets go of it however the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that builds the environment of {contender}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(contender: str, metadata: Metadata, base: Interpreter, folder: Path, say: Say) -> None:
    """Make a virtual environment in its final place, since it records where it is; stamp it."""
    listed = [*metadata.dependencies, *WORKER_PACKAGES]
    asked = metadata.dependencies or WORKER_PACKAGES
    more = " …" if len(asked) > 3 else ""
    say(f"building the environment of {contender}: {', '.join(asked[:3])}{more}")
    if folder.exists():
        shutil.rmtree(folder)
    _install(contender, base.path, "venv", str(folder))
    _install(
        contender,
        str(_python_of(folder)),
        *("pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off"),
        *listed,
    )
    (folder / STAMP).write_text("\n".join(listed) + "\n")


def _install(contender: str, python: str, *arguments: str) -> None:
    command = [python, "-I", "-m", *arguments]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode == 0:
        return
    lines = done.stdout.strip().splitlines()
    errors = [line for line in lines if line.startswith("ERROR: ")]
    said = errors[-1].removeprefix("ERROR: ") if errors else f"exit status {done.returncode}"
    reason = f"cannot build its environment: {arguments[0]}: {said}"
    raise EnvironmentFailure(contender, reason, "\n".join(lines[-LINES:]))
