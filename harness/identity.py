"""What a contender is, by its files: whoever is judged under a name is who was there at first."""

import hashlib
from dataclasses import replace
from pathlib import Path

from gradmark.harness.declarations import declared
from gradmark.harness.resolve import Target
from gradmark.harness.sources import Sources, of_file, of_folder


def held(target: Target, *, alone: bool = True) -> Target:
    """Return a target with what its files hold now, and with all that is declared for it now.

    Whatever becomes of them from here on, it stays who it is.

    Raises
    ------
    UsageError
        A declaration that cannot be meant.
    """
    if target.sources is not None:
        return target
    return declared(replace(target, sources=_sources(target)), alone=alone)


def identity(target: Target) -> str:
    """Name what a target means, without the place where it lies: its files' digest.

    A package that is imported by name has its name before the digest; one that is found in its
    own environment alone, by an interpreter that is not running, has its name only. What cannot be
    read has none.

    Examples
    --------
    >>> from gradmark.harness.resolve import resolve
    >>> identity(resolve("reference", Path())).partition("@")[:2]
    ('gradmark.reference', '@')
    """
    its = target.sources or _sources(target)
    if its.unread:
        return ""
    name = ":".join(filter(None, (target.module, target.attribute)))
    known = [its.digest] if its.texts or its.others else []
    return "@".join([*filter(None, [name]), *known]) + _declared(target)


def _declared(target: Target) -> str:
    """Hash what is declared for it: another call is another contender."""
    told = [(d.formula, d.call, d.make, d.step, sorted(d.fixed.items()), d.lacks)
            for d in target.declared]  # fmt: skip
    return f"+{hashlib.sha256(repr(told).encode()).hexdigest()[:8]}" if told else ""


def _sources(target: Target) -> Sources:
    try:
        return _read(target)
    except OSError as error:  # its verdicts will say so
        return Sources(unread=f"cannot be read: {error.strerror}")


def _read(target: Target) -> Sources:
    """Read a target's files; of a module's the first package or file of its name in reach."""
    if target.folder is not None:
        return of_folder(target.folder, python=False)
    if target.path is not None:
        return of_file(target.path)
    assert target.module is not None
    outermost, *inner = target.module.split(".")
    # Of gradmark the room alone: how the others judge and draw is nothing that is judged.
    ours = outermost == "gradmark"
    source = Path(outermost, *inner) if ours else Path(outermost)
    for folder in target.search_path:
        if (folder / source).is_dir():
            return of_folder(folder / source, python=not ours)
        if (folder / source).with_suffix(".py").is_file():
            return of_file((folder / source).with_suffix(".py"))
    return Sources()
