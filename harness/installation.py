"""Installs contenders in other languages: once, in a copy of their folder."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from gradmark.harness.cache import cache as kept_in
from gradmark.harness.environment import STAMP, locked, megabytes, on_disk
from gradmark.harness.installers import EnvironmentFailure, install
from gradmark.harness.process import PASSED_ON
from gradmark.harness.resolve import Target

# Where an installer finds its way out, beside what every contender sees.
NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
# What an installer or an interpreter put there is no source.
LEFT_OUT = ("node_modules", "__pycache__", ".git")


def identity(target: Target) -> str:
    """Name what a target means, without the place where it lies: its files' digest.

    A package that is imported by name has its name before the digest; one that is found in its
    own environment alone, by an interpreter that is not running, has its name only.

    Examples
    --------
    >>> from gradmark.harness.resolve import resolve
    >>> identity(resolve("reference", Path())).partition("@")[:2]
    ('gradmark.reference', '@')
    """
    if target.folder is not None:
        return digest(target.folder)
    if target.path is not None:
        return _hash(target.path) + _declared(target)
    name = ":".join(filter(None, (target.module, target.attribute)))
    return "@".join([name, *_sources(target)]) + _declared(target)


def _declared(target: Target) -> str:
    """Hash what is declared for it: another call is another contender."""
    told = [(d.formula, d.call, d.make, d.step, sorted(d.fixed.items()), d.lacks)
            for d in target.declared]  # fmt: skip
    return f"+{hashlib.sha256(repr(told).encode()).hexdigest()[:8]}" if told else ""


def _sources(target: Target) -> Iterator[str]:
    """Hash the first package or file of the module's name where a target may import from."""
    assert target.module is not None
    outermost, *inner = target.module.split(".")
    # Of gradmark the room alone: how the others judge and draw is nothing that is judged.
    source = Path(outermost, *inner) if outermost == "gradmark" else Path(outermost)
    for folder in target.search_path:
        if (folder / source).is_dir():
            yield digest(folder / source)
            return
        if (folder / source).with_suffix(".py").is_file():
            yield _hash((folder / source).with_suffix(".py"))
            return


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


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
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.upper() in NETWORK
    }
    if shutil.which(target.setup[0], path=surroundings.get("PATH", os.defpath)) is None:
        raise EnvironmentFailure(
            target.name, f"cannot be installed: there is no program {target.setup[0]} on the PATH"
        )
    install(target.name, target.setup, folder, surroundings, failure="cannot be installed")


def digest(folder: Path) -> str:
    """Hash a folder's files with their names."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder)}\0{content}\n".encode())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in LEFT_OUT:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
