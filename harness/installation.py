"""Installs contenders in other languages: once, in a copy of their folder."""

import shutil
from collections.abc import Callable
from pathlib import Path

from gradmark.harness.cache import cache as kept_in
from gradmark.harness.environment import STAMP, locked, megabytes, on_disk
from gradmark.harness.installers import EnvironmentFailure, install
from gradmark.harness.resolve import Target
from gradmark.harness.sources import LEFT_OUT, digest


def installed(target: Target, *, cache: Path | None = None, say: Callable[[str], None]) -> Path:
    """Return the folder to run a contender's command in; install it first where needed.

    A contender without setup runs where it is. Else its folder is copied to the cache, and the
    setup runs in the copy. The copy's name is made of the folder's files, so that another file
    means another copy, and it counts only once its stamp has been written.

    Parameters
    ----------
    target : Target
        What `resolve` found, with a command.
    cache : Path, optional
        Where copies are kept: as for `environment`.
    say : callable
        Gets a line where there is something to wait for.

    Raises
    ------
    EnvironmentFailure
        The setup failed; with its last lines as `output`.
    EnvironmentUnreachable
        No package registry answers.
    """
    assert target.folder is not None
    if not target.setup:
        return target.folder
    folder = place(target, cache=cache)
    with locked(folder.with_suffix(".lock"), target.name, say):
        if not (folder / STAMP).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(target.folder, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
            say(f"installing {target.name}: {' '.join(target.setup)}")
            _set_up(target, folder)
            (folder / STAMP).touch()
            say(f"installed {target.name}: {megabytes(on_disk(folder))} in {folder}")
    return folder


def place(target: Target, *, cache: Path | None = None) -> Path:
    """Return where a contender with setup is installed, or will be."""
    assert target.folder is not None
    return (cache or kept_in("environments")) / f"{target.name}-{digest(target.folder)}"


def _set_up(target: Target, folder: Path) -> None:
    if shutil.which(target.setup[0]) is None:
        raise EnvironmentFailure(
            target.name, f"cannot be installed: there is no program {target.setup[0]} on the PATH"
        )
    install(target.name, target.setup, folder, failure="cannot be installed")
