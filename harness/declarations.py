"""What a user declares of how code is called: in `gradmark.toml`, in the file itself, or --map.

A table `[bind]` has a key for each formula. Its value is a name of the code, a call in the
contract's names, or a table: `make` and `step` of an optimizer, `lacks`, and the value of each
hyperparameter that is written into the code. What holds for some files only stands in a table of
the file's name, which may be a pattern: ``[bind."hw1/*.py"]``.
"""

from __future__ import annotations

import ast
import difflib
import fnmatch
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gradmark.harness.contract import CAPABILITIES, CONTRACT
from gradmark.harness.resolve import Declaration, Target, UsageError, place, resolve
from gradmark.harness.sources import Sources

FILE = "gradmark.toml"
TEXTS = ("call", "make", "step")
_COMMENT = re.compile(r"^\s*#\s*gradmark:\s*(.+)$", re.MULTILINE)
_FORM = "expected PLACE:NAME=FORMULA, as in my_file.py:MyAdam=Adam"


def declared(target: Target, *, alone: bool = True) -> Target:
    """Add to a target what is declared for it: --map before its own comments before the folder's.

    One of several files may lack what its folder's declarations name, and what is wrong with its
    own is told when it is judged; of one that is `alone` it is told here.

    Raises
    ------
    UsageError
        A declaration that cannot be meant; it names the key.
    """
    if target.command or target.name == "reference":
        return target
    found = {
        each.formula: replace(each, everywhere=each.everywhere and not alone)
        for each in _of_folders(target)
    }
    try:
        own = {each.formula: replace(each, itself=not alone) for each in _of_comments(target)}
    except UsageError as error:
        if alone:
            raise
        return replace(target, sources=Sources(unread=str(error)))
    found |= own
    found |= {each.formula: each for each in target.declared}
    return replace(target, declared=tuple(found.values()))


def mapped(targets: Mapping[str, Target], maps: Sequence[str], here: Path) -> dict[str, Target]:
    """Hand each --map to the contender that it is for.

    Raises
    ------
    UsageError
        It is spelled in another way, or for none of them.
    """
    found = dict(targets)
    for spelled in maps:
        where, its = _taken_apart(spelled)
        meant = _identity(resolve(where, here))
        names = [name for name, target in found.items() if _identity(target) == meant]
        if not names:
            raise UsageError(f"--map {spelled}: {where} is none of the contenders")
        for name in names:
            target = found[name]
            found[name] = replace(target, declared=(*target.declared, its))
    return found


def lines_to_paste(formula: str, call: str) -> tuple[str, ...]:
    r"""Spell a declaration that is to be put right: three lines for `gradmark.toml`.

    Examples
    --------
    >>> print("\n".join(lines_to_paste("relu", "rectify(x=?)")))
    # in gradmark.toml, beside the file or above it; put something in the place of each ?
    [bind]
    relu = "rectify(x=?)"
    """
    open_ends = "; put something in the place of each ?" if "?" in call else ""
    head = f"# in {FILE}, beside the file or above it{open_ends}"
    return head, "[bind]", f"{formula} = {json.dumps(call, ensure_ascii=False)}"


def places(maps: Iterable[str]) -> list[str]:
    """List the contenders that --map speaks of.

    Examples
    --------
    >>> places(["optim.py:MyAdam=Adam"])
    ['optim.py']
    """
    return list(dict.fromkeys(_taken_apart(spelled)[0] for spelled in maps))


def chosen(target: Target, formula: str, own: str) -> Target:
    """Return a target of which one name is chosen for a formula that several may be."""
    typed = f"{place(target)}:{own}={formula}"
    its = Declaration(formula, f"--map {typed}", call=own, typed=typed)
    others = tuple(each for each in target.declared if each.formula != formula)
    return replace(target, name=f"{target.name}:{own}", declared=(*others, its))


def _taken_apart(spelled: str) -> tuple[str, Declaration]:
    left, _, formula = spelled.rpartition("=")
    typed, _, call = left.partition(":")
    if not (typed and call and formula):
        raise UsageError(f"--map {spelled}: {_FORM}")
    return typed, replace(_read(f"--map {spelled}", formula, call), typed=spelled)


def _identity(target: Target) -> tuple[str, str]:
    return str(target.path or target.folder or target.module), target.attribute


def _of_folders(target: Target) -> Iterator[Declaration]:
    """Read the nearest `gradmark.toml`, from the file upwards."""
    start = target.path.parent if target.path else next(iter(target.search_path), Path.cwd())
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            break
    else:
        return
    file = folder / FILE
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UsageError(f"{file}: {error}") from None
    for key in tables:
        if key != "bind":
            raise UsageError(f"{file}: expected [bind], got {key!r}")
    binds = tables.get("bind", {})
    if not isinstance(binds, dict):
        raise UsageError(f"{file}: expected a table [bind], got {binds!r}")
    name = str(target.path.relative_to(folder)) if target.path else str(target.module)
    for key, value in binds.items():
        if key in CONTRACT or not _is_place(key, value):
            yield replace(_read(f"{file}: [bind]", key, value), everywhere=True)
        elif fnmatch.fnmatch(name, key) or fnmatch.fnmatch(Path(name).name, key):
            pattern = any(sign in key for sign in "*?[")
            for formula, its in value.items():
                where = f'{file}: [bind."{key}"]'
                yield replace(_read(where, formula, its), everywhere=pattern)


def _is_place(key: str, value: Any) -> bool:
    return isinstance(value, dict) and (key.endswith((".py", ".ipynb")) or "." in key or "*" in key)


def _of_comments(target: Target) -> Iterator[Declaration]:
    """Read lines ``# gradmark: Adam = "MyAdam"`` of the file itself."""
    if target.path is None:
        return
    try:
        source = target.read(target.path)
    except OSError:  # its verdicts will say so
        return
    if b"gradmark:" not in source:
        return
    from gradmark.harness.shapes.definitions import source_of

    try:
        text = source_of(str(target.path), source)
    except (ValueError, KeyError):  # what is wrong with it is told elsewhere
        return
    lines = _COMMENT.findall(text)
    where = f"{target.path.name}: # gradmark:"
    try:
        tables = tomllib.loads("\n".join(lines))
    except ValueError as error:
        raise UsageError(f"{where} {error}") from None
    for formula, value in tables.items():
        yield _read(where, formula, value)


def _read(where: str, formula: str, value: Any) -> Declaration:
    """Check one declaration as far as it can be without the code."""
    if formula not in CONTRACT:
        near = difflib.get_close_matches(formula, CONTRACT, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; gradmark list shows the names"
        raise UsageError(f"{where}: there is no formula {formula!r}{hint}")
    where = where if where.startswith("--map") else f"{where} {formula}"
    if isinstance(value, str):
        value = {"call": value}
    if not isinstance(value, dict):
        raise UsageError(f"{where}: expected a name, a call or a table, got {value!r}")
    texts = {key: _code(where, key, value[key]) for key in TEXTS if key in value}
    fixed = {key: its for key, its in value.items() if key not in (*TEXTS, "lacks")}
    takes = [p.name for p in CONTRACT[formula].takes if not p.is_array]
    for key, its in fixed.items():
        if key not in takes:
            known = ", ".join((*TEXTS, "lacks", *takes))
            raise UsageError(f"{where}: expected {known}; got {key!r}")
        if not isinstance(its, int | float):
            raise UsageError(f"{where}: {key}: expected a number, got {its!r}")
    lacks = value.get("lacks", [])
    if not isinstance(lacks, list) or not {*lacks} <= {*CAPABILITIES}:
        known = ", ".join(CONTRACT[formula].may_lack)
        raise UsageError(f"{where}: lacks: expected some of {known}; got {lacks!r}")
    if ("call" in texts) == ("step" in texts):
        raise UsageError(f"{where}: expected a call, or make and step")
    if "step" in texts and not CONTRACT[formula].stepped:
        raise UsageError(f"{where}: step: only an optimizer takes steps")
    return Declaration(
        formula,
        where,
        call=texts.get("call", ""),
        make=texts.get("make", ""),
        step=texts.get("step", ""),
        fixed={name: float(its) for name, its in fixed.items()},
        lacks=tuple(lacks),
    )


def _code(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: {key}: expected a call, got {value!r}")
    try:
        ast.parse(value.strip())
    except SyntaxError:
        raise UsageError(f"{where}: {key}: no call of Python's: {value!r}") from None
    return value.strip()
