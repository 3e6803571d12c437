"""Where a result comes from: machine, interpreter, libraries, commit."""

import contextlib
import datetime
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

from gradmark.harness.resolve import CHECKOUT

DEPENDENCIES = (
    "distributed",
    "execnet",
    "gmpy2",
    "hypothesis",
    "jinja2",
    "markdown-it-py",
    "matplotlib",
    "ml-dtypes",
    "mpmath",
    "numpy",
    "packaging",
    "pandas",
    "pytest",
    "pytest-benchmark",
    "rich",
    "threadpoolctl",
)


def fingerprint(live: bool = False) -> dict[str, Any]:
    """Describe machine and software, in JSON's own types.

    What cannot be found out is None. The same machine, environment and commit give the same
    fingerprint; with `live`, the load average and the time come along, which do not.

    Parameters
    ----------
    live : bool
        Whether to add `load_average` (1, 5 and 15 minutes) and `time` (UTC, ISO 8601): timings
        need them, verdicts must not depend on them.

    Returns
    -------
    dict
        `machine`, `python`, `blas`, `packages`, `git`; with `live`, `load_average` and `time`.

    Examples
    --------
    >>> sorted(fingerprint())
    ['blas', 'git', 'machine', 'packages', 'python']
    """
    found: dict[str, Any] = {
        "machine": {
            "system": platform.system(),
            "release": platform.release(),
            "architecture": platform.machine(),
            "cpu": _cpu_model(),
            "cores": os.cpu_count(),
        },
        "python": {
            "implementation": platform.python_implementation(),
            "version": platform.python_version(),
        },
        "blas": {"built_with": _built_with(), "loaded": _loaded_blas()},
        "packages": {name: _version(name) for name in DEPENDENCIES},
        "git": _git(CHECKOUT),
    }
    if live:
        with contextlib.suppress(OSError):
            found["load_average"] = list(os.getloadavg())
        found["time"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return found


def _cpu_model() -> str | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or None


def _built_with() -> dict[str, Any] | None:
    build: Any = np.show_config(mode="dicts")
    blas = build.get("Build Dependencies", {}).get("blas")
    return blas and {"name": blas.get("name"), "version": blas.get("version")}


def _loaded_blas() -> list[dict[str, Any]]:
    return [
        {
            "library": library["internal_api"],
            "version": library["version"],
            "threads": library["num_threads"],
        }
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    ]


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, Any]:
    """Return the commit, and whether the tracked files differ from it."""
    if not (folder / ".git").exists():  # installed: a repository around it is the user's own
        return {"commit": None, "dirty": None}
    commit = _git_output(folder, "rev-parse", "HEAD")
    changes = _git_output(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if commit is None else bool(changes)}


def _git_output(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
