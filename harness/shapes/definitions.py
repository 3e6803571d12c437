"""A file's definitions without its work: for notebooks, and for what fails when it is imported.

Imports, functions, classes and constants are executed one by one; what raises is left out. Code
cells of a notebook count as one file, without the lines that are none of Python's.
"""

from __future__ import annotations

import ast
import json
import linecache
import re
from importlib.util import decode_source
from io import StringIO
from typing import Any

import numpy

from .source import last_name

KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
# Lines that are none of Python's: `%matplotlib`, `!ls`, `files = !ls`, `np.dot?`.
MAGIC = re.compile(r"^(\s*)([%!?]|[\w.]+\?|\w+\s*=\s*[%!]).*")
# What only makes code fast: without it, as where its package is not there, the code is the same.
FASTER = frozenset("jit njit vectorize jitclass function compile no_grad".split())
MEANT = {"np": numpy, "prange": range}  # what these are where their import failed
# What times or captures a cell of Python; any other cell magic makes it something else.
OF_PYTHON = re.compile(r"\s*%%(time|timeit|capture|prun|python3?)\b")


def source_of(path: str, source: bytes) -> str:
    """Return a file's Python; of a notebook that of all its code cells."""
    if not path.endswith(".ipynb"):
        return decode_source(source)
    return "\n".join(text for _, text in cells_of(source))


def cells_of(notebook: bytes) -> list[tuple[int, str]]:
    """Return the Python of a notebook's cells, each with its place among all, from 1 on."""
    cells = enumerate(json.loads(notebook)["cells"], 1)
    read = [(i, _python("".join(c["source"]))) for i, c in cells if c["cell_type"] == "code"]
    return [(i, text) for i, text in read if text]


def _python(cell: str) -> str:
    """Leave out a cell's magics, and a cell that is still no Python as a whole."""
    lines = cell.splitlines()
    if lines and lines[0].startswith("%%") and not OF_PYTHON.match(lines[0]):
        return ""
    plain = [MAGIC.sub(r"\1pass", line) for line in lines]
    for tried in (cell, "\n".join(plain)):  # a line of Python may begin with a % as well
        try:
            ast.parse(tried)
        except SyntaxError:
            continue
        return tried
    return ""


def define(namespace: Any, path: str, source: bytes) -> None:
    """Execute the definitions of a file in a module's namespace.

    Raises
    ------
    SyntaxError
        It is no Python.
    """
    text = source_of(path, source)
    # For `inspect`, which reads a function's source where it finds the file's.
    linecache.cache[path] = (len(text), None, StringIO(text).readlines(), path)
    namespace.__file__ = path
    vars(namespace).update(MEANT)
    for statement in ast.parse(text, path).body:
        if not (isinstance(statement, KEPT) or _is_constant(statement) or _imports(statement)):
            continue
        if _executed(statement, namespace, path):
            continue
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            _leave_what_is_faster(statement)
        if isinstance(statement, ast.FunctionDef):
            _leave_defaults_open(statement, namespace, path)
        _executed(statement, namespace, path)


def _imports(statement: ast.stmt) -> bool:
    """Whether a statement chooses what is imported: ``try: import cupy as xp``, else NumPy."""
    if not isinstance(statement, (ast.Try, ast.If)):
        return False
    first = statement.body[0]
    return isinstance(first, (ast.Import, ast.ImportFrom)) and "__name__" not in ast.dump(statement)


def _leave_what_is_faster(definition: ast.FunctionDef | ast.ClassDef) -> None:
    """Leave out decorators such as ``@njit(cache=True)``."""

    def is_faster(node: ast.expr) -> bool:
        return last_name(node.func if isinstance(node, ast.Call) else node) in FASTER

    definition.decorator_list = [d for d in definition.decorator_list if not is_faster(d)]


def _executed(statement: ast.stmt, namespace: Any, path: str) -> bool:
    """Execute one statement; what fails is left out, and what it is needed for will say so."""
    one = ast.Module(body=[statement], type_ignores=[])
    try:
        exec(compile(one, path, "exec"), vars(namespace))
    except (Exception, SystemExit):
        return False
    return True


def _leave_defaults_open(function: ast.FunctionDef, namespace: Any, path: str) -> None:
    """Leave out the defaults that the file's work would have made: `lr=args.lr`."""
    its = function.args
    for defaults in (its.defaults, its.kw_defaults):
        for i, default in enumerate(defaults):
            if default is None:  # a keyword that must be given
                continue
            if not _executed(ast.copy_location(ast.Expr(default), default), namespace, path):
                defaults[i] = ast.copy_location(ast.Constant(None), default)


def _is_constant(statement: ast.stmt) -> bool:
    """Whether a statement names a number, a text, or a few of them: EPS = 1e-8."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return False
    fine = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List, ast.Dict, ast.operator,
            ast.unaryop, ast.expr_context, ast.Name)  # fmt: skip
    return all(isinstance(node, fine) for node in ast.walk(statement.value))
