"""What can be read in the source of a function or a class, without running it."""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Iterable
from typing import Any

from .binding import NotThisShapeError

# The syntax of what was read, by its identity: what is of the contender need not be hashable.
_read: dict[int, tuple[Any, ast.AST | None]] = {}


def _parsed(thing: Any) -> ast.AST | None:
    """Parse the source of a function or a class, if there is one."""
    try:
        text = inspect.getsource(thing)
        # Of a class, in a block: a comment or a text may have lines that are not set in.
        block: Any = ast.parse("if True:\n" + text) if text[:1].isspace() else None
        return (block.body[0] if block else ast.parse(text)).body[0]
    except (OSError, TypeError, SyntaxError, IndexError, ValueError):
        return None


def source_of(thing: Any) -> Source | None:
    """Return the syntax of a function or a class; None where it cannot be read."""
    try:
        return Source(thing)
    except NotThisShapeError:
        return None


def is_abstract(function: Any) -> bool:
    """Whether a function does nothing but raise: a class that is made from its own has it."""
    source = source_of(function)
    body = [] if source is None else getattr(source.tree, "body", [])
    rest = [each for each in body if not isinstance(each, ast.Expr)]  # without what it says
    return bool(body) and all(isinstance(each, (ast.Raise, ast.Pass)) for each in rest)


def last_name(node: Any) -> str:
    """Return the last part of a name: `b` of ``a.b``, and nothing of what has none."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def hands_on(method: Any) -> bool:
    """Whether a method takes anything, for another: ``__call__(self, *args)`` for `forward`."""
    try:
        its = list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):
        return False
    return len(its) > 1 and all(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in its[1:])


class Source:
    """The syntax of one function or class, or of a part of one, and where it stands."""

    def __init__(self, thing: Any) -> None:
        self.module = sys.modules.get(getattr(thing, "__module__", ""), None)
        self.tree: ast.AST
        if isinstance(thing, ast.AST):
            self.tree = thing
            return
        thing = getattr(thing, "func", thing)  # of a functools.partial
        thing = getattr(thing, "__func__", thing)  # of a method, which is made anew each time
        if id(thing) not in _read:  # each formula asks again; what is kept keeps its identity
            _read[id(thing)] = thing, _parsed(thing)
        tree = _read[id(thing)][1]
        if tree is None:
            raise NotThisShapeError("its source cannot be read")
        self.tree = tree

    def nodes(self, kind: Any) -> list[Any]:
        """List the nodes of a kind."""
        return [node for node in ast.walk(self.tree) if isinstance(node, kind)]

    def arguments(self) -> list[str]:
        """List the names of a function's arguments."""
        functions = self.nodes((ast.FunctionDef, ast.Lambda))
        return [each.arg for each in functions[0].args.args] if functions else []

    def while_off(self, flags: Iterable[str]) -> Source:
        """Leave out what is done only where one of these flags is set, and what no call reaches."""
        its = copy.copy(self)
        its.tree = _Off(frozenset(flags)).visit(copy.deepcopy(self.tree))
        return its

    def texts(self) -> list[str]:
        """List the string constants, docstrings left out."""
        return [
            node.value
            for node in self.nodes(ast.Constant)
            if isinstance(node.value, str) and "\n" not in node.value and " " not in node.value
        ]

    def assigned(self) -> list[tuple[ast.expr, ast.expr]]:
        """Pair what is assigned to with what is assigned: ``a, b = 1, 2`` are two."""
        found = []
        for node in self.nodes((ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    found += list(zip(target.elts, node.value.elts))
                elif node.value is not None:
                    found.append((target, node.value))
        return found

    def names(self) -> set[str]:
        """List the names that are read."""
        return {node.id for node in self.nodes(ast.Name)}

    def attributes_of(self, name: str) -> set[str]:
        """List the attributes that are read from, or written to, a variable."""
        return {n.attr for n in self.nodes(ast.Attribute) if spelled(n.value) == name}

    def keys_of(self, name: str) -> list[str]:
        """List the texts by which a variable is looked into, as ``state["m"]``."""
        found = [
            node.slice.value
            for node in self.nodes(ast.Subscript)
            if spelled(node.value) == name
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ]
        return list(dict.fromkeys(found))

    def elements_of(self, name: str) -> list[ast.expr]:
        """List what stands for one entry of a variable: what loops call it, or ``name[i]``."""
        found = [
            target
            for loop in self.nodes((ast.For, ast.comprehension))
            for its, target in _paired(loop.iter, loop.target)
            if spelled(its) == name
        ]
        places = [n for n in self.nodes(ast.Subscript) if spelled(n.value) == name]
        return [*found, *(n for n in places if isinstance(n.slice, ast.Name))]

    def calls(self, name: str) -> bool:
        """Whether a variable is called."""
        return any(
            isinstance(node.func, ast.Name) and node.func.id == name
            for node in self.nodes(ast.Call)
        )

    def called(self) -> set[str]:
        """List the last names of everything that is called."""
        return {last_name(node.func) for node in self.nodes(ast.Call)} - {""}

    def returned(self) -> list[ast.expr]:
        """List what the function itself returns; what its inner functions return is left out."""
        found: list[ast.expr] = []

        def walk(node: ast.AST) -> None:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
                    continue
                if isinstance(child, ast.Return) and child.value is not None:
                    found.append(child.value)
                walk(child)

        walk(self.tree)
        return found

    def is_nested(self, name: str) -> bool:
        """Whether what it loops over is looped over again: a list of lists."""
        loops = self.nodes(ast.For)
        return any(
            inner is not outer and inner in list(ast.walk(outer))
            for outer in loops
            if name in {spelled(n) for n in ast.walk(outer.iter)}
            for inner in loops
        )


class _Off(ast.NodeTransformer):
    """Puts in the place of each branch on flags what is taken where they are off."""

    def __init__(self, flags: frozenset[str]) -> None:
        self.flags = flags

    def visit_If(self, node: Any) -> Any:
        """Take one side, if the flags alone decide."""
        names = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        self.generic_visit(node)
        if not names or not names <= self.flags:
            return node
        try:
            test = compile(ast.Expression(node.test), "", "eval")
            return node.body if eval(test, dict.fromkeys(names, False)) else node.orelse
        except Exception:  # it is no flag
            return node

    visit_IfExp = visit_If

    def visit_FunctionDef(self, node: Any) -> Any:
        """Leave out what stands behind a return."""
        self.generic_visit(node)
        ends = [i for i, each in enumerate(node.body) if isinstance(each, ast.Return)]
        node.body = node.body[: ends[0] + 1] if ends else node.body
        return node


def spelled(node: ast.AST) -> str:
    """Spell a variable, one of its attributes or entries; calls without arguments are left out.

    Examples
    --------
    >>> spelled(ast.parse("self.net.parameters()[i]", mode="eval").body)
    'self.net.parameters[i]'
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{spelled(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Name):
        return f"{spelled(node.value)}[{node.slice.id}]"
    if isinstance(node, ast.Call) and not node.args and isinstance(node.func, ast.Attribute):
        return spelled(node.func)
    return ""


def _paired(its: ast.expr, target: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Pair what a loop goes over with what it calls an entry: ``for i, (w, g) in enumerate(…)``."""
    called = its.func.id if isinstance(its, ast.Call) and isinstance(its.func, ast.Name) else ""
    its_own = its.args if isinstance(its, ast.Call) else []
    targets = getattr(target, "elts", [])
    if called == "enumerate" and len(targets) == 2:
        return _paired(its_own[0], targets[1])
    if called == "zip" and len(targets) == len(its_own):
        return [pair for each, one in zip(its_own, targets) for pair in _paired(each, one)]
    if called in ("list", "tuple", "iter", "reversed", "sorted", "filter") and its_own:
        return _paired(its_own[-1], target)
    return [(its, target)]
