"""A sandbox for contenders, by bubblewrap: no network, none of the user's files or processes.

What a keeper does guards against accidents: its command runs as the user, and may read what the
user may. In a sandbox it has namespaces of its own. It sees the system, its interpreter and its own
files, none of which it can write to, and a scratch folder.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

import threadpoolctl
from execnet import gateway_base

from gradmark.harness import stopwatch, worker
from gradmark.harness.resolve import SITE, Target, UsageError

PROGRAM = "bwrap"
SYSTEM = (
    *(
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/opt",
        "/nix",
        "/sys/devices/system/cpu",
    ),
    *(
        "/etc/alternatives",
        "/etc/fonts",
        "/etc/ld.so.cache",
        "/etc/ld.so.conf",
        "/etc/ld.so.conf.d",
    ),
    *("/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/ssl"),
)
BASE = (
    *("--unshare-all", "--die-with-parent", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
    *(word for path in SYSTEM for word in ("--ro-bind-try", path, path)),
)


@dataclass(frozen=True)
class Confinement:
    """What a process is to see beside the system.

    Parameters
    ----------
    shown : sequence of Path
        Files and folders that it may read.
    hidden : sequence of Path
        Folders that are empty to it, wherever they lie.
    tools : sequence of Path
        Files and folders that it may read although they lie in these.
    """

    shown: Sequence[Path]
    hidden: Sequence[Path] = ()
    tools: Sequence[Path] = ()

    def around(self, command: Sequence[str], scratch: Path) -> tuple[str, ...]:
        """Return the command that runs a command in the sandbox.

        Raises
        ------
        UsageError
            There is no sandbox on this system.
        """
        available()
        within = [path for path in self.shown if any(map(path.is_relative_to, self.hidden))]
        words = [PROGRAM, *BASE, *_binds(self.shown)]
        words += [word for folder in self.hidden for word in ("--tmpfs", str(folder))]
        words += [*_binds([*within, *self.tools]), "--bind", str(scratch), str(scratch)]
        return (*words, "--chdir", str(scratch), "--", *command)


def _binds(paths: Sequence[Path]) -> Iterator[str]:
    for path in sorted(set(paths)):  # what holds another comes before it
        yield from ("--ro-bind-try", str(path), str(path))


@once
def available() -> None:
    """See that there is a sandbox.

    Raises
    ------
    UsageError
        There is none; with what is missing.
    """
    if shutil.which(PROGRAM) is None:
        raise UsageError(f"--sandbox needs bubblewrap: there is no program {PROGRAM} on the PATH")
    tried = subprocess.run(
        [PROGRAM, *BASE, "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if tried.returncode != 0:
        why = tried.stderr.strip().rpartition("\n")[2]
        raise UsageError(f"--sandbox: this system lets no process have one: {why}")


def confinement(target: Target, python: str) -> Confinement:
    """Tell what a contender in Python needs to see: itself, its interpreter, and the worker."""
    here = Path(worker.__file__)
    # The judges' own folder holds what is true: it is nothing to compute with.
    judges = (here.resolve().parent.parent, SITE / "gradmark")
    if target.module is not None and target.module.partition(".")[0] == "gradmark":
        return Confinement((*judges, *program(python)))
    modules = (worker, stopwatch, threadpoolctl, gateway_base)
    tools = [here.with_name("shapes"), *(Path(str(module.__file__)) for module in modules)]
    return Confinement((*_own(target, judges), *program(python)), judges, tools)


def _own(target: Target, judges: Sequence[Path]) -> Iterator[Path]:
    """List the contender's files: its folder, but for one that holds the user's or the judges'."""
    if target.path is not None:
        folder = target.path.parent
        yield target.path
        if not any(path.is_relative_to(folder) for path in (Path.home(), *judges)):
            yield folder
    name = (target.module or "").partition(".")[0]
    for folder in target.search_path if name else ():
        outermost = folder / name
        yield outermost
        yield outermost.with_suffix(".py")


def program(name: str) -> Iterator[Path]:
    """List where a program lies: an interpreter's environment, and the Python that made it."""
    found = Path(shutil.which(name) or name)
    for path in (found, found.resolve()):
        folder = path.parent.parent
        if path.parent.name == "bin" and not Path.home().is_relative_to(folder):
            yield folder
        elif not path.is_symlink():
            yield path
    if name == sys.executable:
        yield from (Path(sys.prefix), Path(sys.base_prefix))
