"""What a contender is, by its files: whoever is judged under a name is who was there at first."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from gradmark.harness.resolve import Target

# What an installer or an interpreter put there is no source.
DECLARED = "+"  # between what its files hold and what is declared for them
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
    return content(target) + _declared(target)


def content(target: Target, source: bytes | None = None) -> str:
    """Name what a target's files hold; `source` is its file's content where that was read."""
    if target.folder is not None:
        return digest(target.folder)
    if target.path is not None:
        return of_bytes(target.path.read_bytes() if source is None else source)
    name = ":".join(filter(None, (target.module, target.attribute)))
    return "@".join([name, *_sources(target)])


def _declared(target: Target) -> str:
    """Hash what is declared for it: another call is another contender."""
    told = [(d.formula, d.call, d.make, d.step, sorted(d.fixed.items()), d.lacks)
            for d in target.declared]  # fmt: skip
    return f"{DECLARED}{hashlib.sha256(repr(told).encode()).hexdigest()[:8]}" if told else ""


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
            yield of_bytes((folder / source).with_suffix(".py").read_bytes())
            return


def of_bytes(content: bytes) -> str:
    """Hash a file's content."""
    return hashlib.sha256(content).hexdigest()[:16]


def digest(folder: Path) -> str:
    """Hash a folder's files with their names."""
    digest = hashlib.sha256()
    for path in sorted(_files(folder)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(os.fsencode(f"{path.relative_to(folder)}\0{content}\n"))
    return digest.hexdigest()[:16]


def _files(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """List what is a file: to read a pipe would take for ever, as would a link to what is above."""
    within = (*above, folder.resolve())
    if within[-1] in above:
        return
    for path in folder.iterdir():
        if path.name in LEFT_OUT:
            continue
        if path.is_dir():
            yield from _files(path, within)
        elif path.is_file():
            yield path
