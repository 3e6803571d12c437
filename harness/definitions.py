"""Where in a user's files a name is defined, read from their syntax: nothing of them is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradmark.harness.resolve import Target

DEEPEST = 5  # files that a name is followed through, from import to import
# In a traceback; and as a SyntaxError names its place.
LINE = re.compile(r'(?:File "|\()(?P<file>[^"()]+)"?, line (?P<line>\d+)')
Statement = ast.stmt | ast.ExceptHandler
# What `ast.parse` raises for what is no Python, or is nested deeper than it can read.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Place:
    """A line of a file, counted from 1."""

    file: Path
    line: int


def definition(target: Target, name: str) -> Place | None:
    """Find the line of the ``def``, ``class`` or assignment that gives a contender this name.

    Imports are followed within the folders that the contender may import from.

    Parameters
    ----------
    target : Target
        The contender: a Python file, or a package.
    name : str
        A name in it; dots lead into classes.

    Returns
    -------
    Place or None
        None for what is in another language, a notebook, or not written as a definition.
    """
    file = _file(target)
    if file is None:
        return None
    dotted = ".".join(filter(None, (target.attribute, name)))
    parts = re.match(r"\w+(\.\w+)*", dotted)
    return _find(file, parts.group().split("."), target, DEEPEST) if parts else None


def raised_at(target: Target, told: str) -> Place | None:
    """Find the last line of a contender's own file that a traceback or a message names."""
    file = _file(target)
    lines = [int(m["line"]) for m in LINE.finditer(told) if file and m["file"] == file.name]
    return Place(file, lines[-1]) if file and lines else None


def _file(target: Target) -> Path | None:
    if target.path is not None:
        return target.path if target.path.suffix == ".py" else None
    if target.module is None or target.command:
        return None
    return _module(target.module, target.search_path)


def _module(dotted: str, folders: Iterable[Path]) -> Path | None:
    inner = Path(*dotted.split("."))
    for folder in folders:
        for file in (folder / inner / "__init__.py", folder / inner.with_suffix(".py")):
            if file.is_file():
                return file
    return None


def _find(file: Path, parts: Sequence[str], target: Target, deep: int) -> Place | None:
    """Look a dotted name up in a file, and where it is imported from."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of the user's escapes, say
            body = ast.parse(target.read(file)).body
    except (OSError, *UNREADABLE):
        return None
    found: Place | None = None
    for at, part in enumerate(parts):
        node = next((n for n in reversed(list(_statements(body))) if part in _given(n)), None)
        if node is None:
            return found
        if isinstance(node, ast.ImportFrom):
            original = next(a.name for a in node.names if part in (a.asname, a.name))
            return _imported(file, node, [original, *parts[at + 1 :]], target, deep)
        found = Place(file, node.lineno)
        if not isinstance(node, ast.ClassDef):
            return found
        body = node.body
    return found


def _imported(
    file: Path, node: ast.ImportFrom, parts: Sequence[str], target: Target, deep: int
) -> Place | None:
    near = [file.parents[node.level - 1]] if node.level else target.search_path
    source = _module(node.module, near) if node.module else near[0] / "__init__.py"
    return _find(source, parts, target, deep - 1) if source and deep else None


def _statements(body: Iterable[Statement]) -> Iterator[Statement]:
    """Yield statements, those under ``if`` and ``try`` too, which define names all the same."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            inner = ast.iter_child_nodes(node)
            yield from _statements(n for n in inner if isinstance(n, ast.stmt | ast.ExceptHandler))


def _given(node: Statement) -> set[str]:
    """Return the names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {t.id for t in node.targets if isinstance(t, ast.Name)}
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    return set()
