"""Environments: which interpreter runs a contender, and with which packages beside it."""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gradmark.harness.cache import cache as kept_in
from gradmark.harness.installers import EnvironmentFailure, download, fill, make
from gradmark.harness.interpreters import Interpreter, base, checked
from gradmark.harness.resolve import Target
from gradmark.harness.script_metadata import Metadata, MetadataError, script_metadata

WORKER_PACKAGES = ("numpy",)
STAMP = "complete"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """An environment that a file with inline script metadata is to have.

    Parameters
    ----------
    contender : str
        Whose.
    requirements : tuple of str
        What is installed into it.
    base : Interpreter
        What it is made with.
    folder : Path
        Where it is, or will be.
    builds : bool
        Whether packages without a wheel may be built, which runs their code.
    """

    contender: str
    requirements: tuple[str, ...]
    base: Interpreter
    folder: Path
    builds: bool = False

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def is_built(self) -> bool:
        """Whether it is there as a whole."""
        # A dangling link is what is left where the Python that made it was uninstalled.
        return (self.folder / STAMP).is_file() and self.python.exists()

    @property
    def download(self) -> int | None:
        """How many bytes its packages have, where the installer can say so beforehand."""
        return download(self.base.path, self.requirements)


def plan(
    target: Target,
    *,
    python: str | None = None,
    cache: Path | None = None,
    builds: bool = False,
) -> Plan | None:
    """Return the environment that a contender is to have; None where it has none of its own.

    Raises
    ------
    EnvironmentFailure
        Broken metadata, or no Python that satisfies it.
    """
    if python is not None:
        return None
    try:
        path = target.path
        metadata = None if path is None else script_metadata(target.read(path), path.name)
    except OSError as error:
        raise EnvironmentFailure(target.name, f"cannot be read: {error.strerror}") from None
    except MetadataError as error:
        raise EnvironmentFailure(target.name, str(error)) from None
    if metadata is None and not target.packages:
        return None
    metadata = metadata or Metadata(target.packages)
    maker = base(target.name, metadata.requires_python)
    folder = (cache or kept_in("environments")) / _digest(metadata, maker)
    named = {canonicalize_name(Requirement(each).name) for each in metadata.dependencies}
    unnamed = (package for package in WORKER_PACKAGES if package not in named)
    return Plan(target.name, (*metadata.dependencies, *unnamed), maker, folder, builds)


def environment(
    target: Target,
    *,
    python: str | None = None,
    cache: Path | None = None,
    builds: bool = False,
    say: Say,
) -> str:
    """Return the interpreter to run a contender with; build its environment first where needed.

    A file with inline script metadata gets a virtual environment of its own, made by the first
    Python that satisfies `requires-python`: gradmark's, else a pythonX.Y on the PATH. It holds
    what the metadata lists, and NumPy. It is kept under a name made of all this, so that other
    metadata means another environment, and it counts only once its stamp has been written, so
    that a build that was cut off never passes for a whole one, and only as long as its files are
    those that the stamp tells of, so that nothing that a contender writes there is the next one's.
    What has no metadata, and whose target names packages, gets one alike. Everything else runs with
    gradmark's own interpreter.

    Parameters
    ----------
    target : Target
        What `resolve` found.
    python : str, optional
        An interpreter to use instead, metadata or not.
    cache : Path, optional
        Where environments are kept: $GRADMARK_CACHE, else the user's cache folder.
    builds : bool
        Whether packages without a wheel may be built, which runs their code.
    say : callable
        Gets a line where there is something to wait for.

    Raises
    ------
    EnvironmentFailure
        Broken metadata, no Python that satisfies it, or a package that cannot be installed; with
        the installer's last lines as its `output`.
    EnvironmentUnreachable
        No package registry answers.
    UsageError
        `python` cannot be run, is too old, or has no NumPy.

    Examples
    --------
    >>> from gradmark.harness.resolve import resolve
    >>> environment(resolve("reference", Path()), say=print) == sys.executable
    True
    """
    if python is not None:
        return checked(python).path
    planned = plan(target, cache=cache, builds=builds)
    if planned is None:
        return sys.executable
    with locked(planned.folder.with_suffix(".lock"), target.name, say):
        if planned.is_built and not is_untouched(planned.folder):
            say(f"the environment of {target.name} was changed since it was built")
            (planned.folder / STAMP).unlink()
        if not planned.is_built:
            _build(planned, say)
    return str(planned.python)


def stamp(folder: Path) -> None:
    """Write down that an environment is whole, and what is in it."""
    found = {"packages": _packages(folder), "files": _files_of(folder)}
    (folder / STAMP).write_text(json.dumps(found))


def is_untouched(folder: Path) -> bool:
    """Whether an environment's files are those that were there when it was stamped."""
    with contextlib.suppress(ValueError, KeyError, TypeError):  # of an earlier version's stamp
        told: str = json.loads((folder / STAMP).read_text())["files"]
        return told == _files_of(folder)
    return False


def packages(python: str) -> dict[str, str]:
    """Return the versions in an environment, by its interpreter; none of what is not ours."""
    stamped = Path(python).parent.parent / STAMP
    if not stamped.is_file():
        return {}
    found: dict[str, str] = json.loads(stamped.read_text())["packages"]
    return found


def _packages(folder: Path) -> dict[str, str]:
    searched = map(str, folder.glob("lib/python*/site-packages"))
    there = importlib.metadata.distributions(path=list(searched))
    return dict(sorted((canonicalize_name(each.name), each.version) for each in there))


def _files_of(folder: Path) -> str:
    """Hash what the system tells of an environment's files: none is written to without a trace."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        its = path.lstat()
        if path.name != STAMP and not path.is_dir():
            told = (
                path.relative_to(folder),
                its.st_mode,
                its.st_size,
                its.st_mtime_ns,
                its.st_ctime_ns,
            )
            digest.update(repr(told).encode())
    return digest.hexdigest()[:16]


def megabytes(size: int) -> str:
    """Spell a number of bytes.

    Examples
    --------
    >>> megabytes(2_900_000_000), megabytes(312_400_000), megabytes(90_000)
    ('2.9 GB', '312 MB', '0.1 MB')
    """
    if size >= 10**9:
        return f"{size / 10**9:.1f} GB"
    return f"{size / 10**6:.{0 if size >= 10**7 else 1}f} MB"


def on_disk(folder: Path) -> int:
    """Measure a folder: the bytes of its files."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))


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


def _digest(metadata: Metadata, maker: Interpreter) -> str:
    parts = [sorted(set(metadata.dependencies)), WORKER_PACKAGES, maker.version, maker.build]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _build(planned: Plan, say: Say) -> None:
    """Make a virtual environment in its final place, since it records where it is; stamp it."""
    who, python, folder = planned.contender, planned.base.path, planned.folder
    more = " …" if len(planned.requirements) > 3 else ""
    say(f"building the environment of {who}: {', '.join(planned.requirements[:3])}{more}")
    if folder.exists():
        shutil.rmtree(folder)
    make(who, python, folder)
    fill(who, python, folder, planned.requirements, builds=planned.builds)
    stamp(folder)
    say(f"built the environment of {who}: {megabytes(on_disk(folder))} in {folder}")
