"""Interpreters: the Python that is chosen, and the Python that an environment is built with."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from packaging.specifiers import SpecifierSet

from gradmark.harness.installers import EnvironmentFailure
from gradmark.harness.resolve import UsageError

WORKER_PYTHON = ">=3.9"


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs: where it is, its version, its build, and its NumPy's version if any."""

    path: str
    version: str
    build: str
    numpy: str | None


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
def probe(python: str) -> Interpreter | None:
    """Ask an interpreter what it is; None where it does not answer like one."""
    # As the worker is started: without the user's own packages.
    command = [python, "-s", "-c", PROBE]
    try:
        done = subprocess.run(
            command,
            cwd="/",  # a file of the user's own called platform.py is not what is meant
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    about, _, numpy = done.stdout.strip("\n").partition("\n")
    version, _, build = about.partition("|")
    if done.returncode != 0 or not build:
        return None
    return Interpreter(python, version, build, numpy or None)


def checked(python: str) -> Interpreter:
    """Return the interpreter that the user has chosen.

    Raises
    ------
    UsageError
        It cannot be run, is too old, or has no NumPy.
    """
    found = shutil.which(python)
    # The worker stands in another folder, so the path is made absolute; links stay, since a
    # virtual environment's interpreter is one.
    interpreter = probe(str(Path(found).absolute())) if found else None
    if interpreter is None:
        raise UsageError(f"--python: expected an interpreter that runs, got {python}")
    if not satisfies(interpreter, WORKER_PYTHON):
        raise UsageError(
            f"--python: expected Python {WORKER_PYTHON}, got {python} with {interpreter.version}"
        )
    if interpreter.numpy is None:
        raise UsageError(
            f"--python: expected an interpreter with NumPy, got {python} without;"
            f" {python} -m pip install numpy"
        )
    return interpreter


def satisfies(interpreter: Interpreter, versions: str) -> bool:
    """Tell whether an interpreter's version is among some, such as `>=3.11`."""
    # The distributions' builds of Python add a "+" to its version.
    version = interpreter.version.rstrip("+")
    return SpecifierSet(versions).contains(version, prereleases=True)


def base(contender: str, requires_python: str) -> Interpreter:
    """Find a Python to build with: gradmark's own, else the newest on the PATH that will do."""
    seen = []
    for candidate in (sys.executable, *_pythons_on_path()):
        interpreter = probe(candidate)
        if interpreter is None:
            continue
        if satisfies(interpreter, requires_python) and satisfies(interpreter, WORKER_PYTHON):
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
