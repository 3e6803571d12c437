"""Small wrong edits of a module, one at a time: what a slip of the hand makes of right code.

The operators are the usual ones of mutation testing (Jia and Harman, "An Analysis and Survey of the
Development of Mutation Testing", 2011; their replacements are those of mutmut and cosmic-ray), and
some of this field: an axis, a ufunc, a transpose, one layer's name for the other's. The two tools
themselves rewrite files in place for a test command, over syntax trees of packages of their own; a
contender is a file of its own, and needs the tree alone.

Left out: default values (the contract gives every argument), the checks of arguments (the contract
leaves bad input to each contender; `tests/reference` has every line of them), the order of
arguments that have none, and the first assignment of a local name, without which nothing runs.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Pow: (ast.Mult,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
FUNCTIONS = {
    "abs": "sign",
    "clip": "add",
    "cos": "sin",
    "exp": "expm1",
    "expm1": "exp",
    "heaviside": "maximum",
    "log": "log1p",
    "log1p": "log",
    "maximum": "minimum",
    "mean": "sum",
    "minimum": "maximum",
    "power": "multiply",
    "relu": "sigmoid",
    "relu_derivative": "relu",
    "sigmoid": "relu",
    "sin": "cos",
    "sqrt": "cbrt",
    "sum": "mean",
    "zeros_like": "ones_like",
}
CHECKS = tuple(
    f"gradmark.reference.{module}"
    for module in ("_checks", "landscapes._checks", "network._shapes", "norms._checks")
)
COMMUTATIVE = ("maximum", "minimum")
OF_THE_OTHER = str.maketrans("12", "21")  # layer, moment, coordinate


@dataclass(frozen=True)
class Mutant:
    """A module with one edit: where it was made, what it was, and the whole source."""

    module: str
    function: str
    edit: str
    source: str

    @property
    def name(self) -> str:
        """Say where and what, in one line."""
        return f"{self.module}.{self.function}: {self.edit}"


def mutants(module: str, source: str, functions: set[str], lines: set[int]) -> Iterator[Mutant]:
    """Make every edit of those lines of some functions; "module" stands for its constants."""
    tree = ast.parse(source)
    checks = set(_imported(tree, CHECKS))
    met: Counter[tuple[str, str]] = Counter()
    for place in list(places(tree, "module", lines)):
        if place.function not in functions:
            continue
        node = place.node
        before = _text(node)
        for edited in Edits(place.scope, checks).of(node):
            edit = f"{before} → {_text(edited)}"
            if edit == f"{before} → {before}":
                continue
            met[place.function, edit] += 1
            times = met[place.function, edit]
            place.put(edited)
            text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            place.put(node)
            yield Mutant(module, place.function, edit + f" #{times}" * (times > 1), text)


@dataclass(frozen=True)
class Place:
    """Where a node hangs in its tree, and in which function."""

    holder: ast.AST
    field: str
    index: int | None
    function: str
    scope: ast.AST

    @property
    def node(self) -> ast.AST:
        """What hangs there."""
        held = getattr(self.holder, self.field)
        found: ast.AST = held if self.index is None else held[self.index]
        return found

    def put(self, node: ast.AST) -> None:
        """Hang something else there."""
        if self.index is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.index] = node


def places(
    holder: ast.AST, function: str, lines: set[int], scope: ast.AST | None = None
) -> Iterator[Place]:
    """Walk through what may be edited, from the outside in, in the order of the text."""
    scope = scope or holder
    for field, held in ast.iter_fields(holder):
        if field in ("annotation", "args", "decorator_list", "returns") and not isinstance(
            holder, ast.Call
        ):
            continue  # defaults and types
        for index, node in enumerate(held) if isinstance(held, list) else [(None, held)]:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                inner = node.name if function == "module" else f"{function}.{node.name}"
                yield from places(node, inner, lines, node)
            elif isinstance(node, ast.AST) and _may_be_edited(node, function, lines):
                yield Place(holder, field, index, function, scope)
                yield from places(node, function, lines, scope)


def _may_be_edited(node: ast.AST, function: str, lines: set[int]) -> bool:
    if not isinstance(node, ast.stmt):
        return True
    if function == "module":
        return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    runs = not lines.isdisjoint(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    refuses = isinstance(node, ast.Raise) or (
        isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise)
    )
    return runs and not refuses


class Edits:
    """The edits of one node; `scope` is the function around it, `checks` what only refuses."""

    def __init__(self, scope: ast.AST, checks: set[str]) -> None:
        self._names = {_name(node) for node in ast.walk(scope)}
        self._parameters = {node.arg for node in ast.walk(scope) if isinstance(node, ast.arg)}
        self._checks = checks

    def of(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield each thing that a slip could put into this node's place."""
        yield from getattr(self, f"_of_{type(node).__name__}", lambda _: ())(node)

    def _of_BinOp(self, node: ast.BinOp) -> Iterator[ast.AST]:  # noqa: N802 - ast's own name
        for operator in ARITHMETIC.get(type(node.op), ()):
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        yield node.right
        if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.Pow | ast.MatMult):
            yield ast.BinOp(node.right, node.op, node.left)

    def _of_UnaryOp(self, node: ast.UnaryOp) -> Iterator[ast.AST]:  # noqa: N802
        yield node.operand

    def _of_Compare(self, node: ast.Compare) -> Iterator[ast.AST]:  # noqa: N802
        for i, operator in enumerate(node.ops):
            for other in COMPARISONS.get(type(operator), ()):
                changed = copy.deepcopy(node)
                changed.ops[i] = other()
                yield changed

    def _of_BoolOp(self, node: ast.BoolOp) -> Iterator[ast.AST]:  # noqa: N802
        yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)

    def _of_IfExp(self, node: ast.IfExp) -> Iterator[ast.AST]:  # noqa: N802
        yield node.body
        yield node.orelse

    def _of_If(self, node: ast.If) -> Iterator[ast.AST]:  # noqa: N802
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        yield ast.Pass()

    def _of_Constant(self, node: ast.Constant) -> Iterator[ast.AST]:  # noqa: N802
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, int):
            yield ast.Constant(node.value + 1)
            yield ast.UnaryOp(ast.USub(), ast.Constant(1 - node.value) if node.value < 1 else node)
            if node.value > 1:
                yield ast.Constant(node.value - 1)
        elif isinstance(node.value, float):
            yield ast.Constant(2 * node.value)
            yield ast.Constant(node.value / 10)

    def _of_Call(self, node: ast.Call) -> Iterator[ast.AST]:  # noqa: N802
        if _name(node.func) in FUNCTIONS:
            changed = copy.deepcopy(node)
            rename(changed.func, FUNCTIONS[_name(node.func)])
            yield changed
        if node.args and _name(node.func) not in self._checks:
            yield node.args[0]
        for i, (one, other) in enumerate(pairwise(node.args)):
            if _name(node.func) not in COMMUTATIVE and not (_is_text(one) or _is_text(other)):
                yield ast.Call(node.func, _swapped(node.args, i), node.keywords)
        for i in range(len(node.keywords)):
            keywords = [k for j, k in enumerate(node.keywords) if j != i]
            yield ast.Call(node.func, node.args, keywords)

    def _of_Attribute(self, node: ast.Attribute) -> Iterator[ast.AST]:  # noqa: N802
        if node.attr == "T":
            yield node.value
        yield from self._of_the_other(node)

    def _of_Name(self, node: ast.Name) -> Iterator[ast.AST]:  # noqa: N802
        if isinstance(node.ctx, ast.Load):
            yield from self._of_the_other(node)

    def _of_the_other(self, node: ast.AST) -> Iterator[ast.AST]:
        """Take W2 for W1, β₂ for β₁: the copy that was not changed."""
        other = _name(node).translate(OF_THE_OTHER)
        if other != _name(node) and other in self._names:
            changed = copy.deepcopy(node)
            rename(changed, other)
            yield changed

    def _of_Tuple(self, node: ast.Tuple) -> Iterator[ast.AST]:  # noqa: N802
        if isinstance(node.ctx, ast.Load):
            for i in range(len(node.elts) - 1):
                yield ast.Tuple(_swapped(node.elts, i), node.ctx)

    def _of_List(self, node: ast.List) -> Iterator[ast.AST]:  # noqa: N802
        for i in range(len(node.elts) - 1):
            yield ast.List(_swapped(node.elts, i), node.ctx)

    def _of_AugAssign(self, node: ast.AugAssign) -> Iterator[ast.AST]:  # noqa: N802
        for operator in ARITHMETIC.get(type(node.op), ()):
            yield ast.AugAssign(node.target, operator(), node.value)
        yield ast.Pass()

    def _of_Assign(self, node: ast.Assign) -> Iterator[ast.AST]:  # noqa: N802
        assigned = [name for target in node.targets for name in ast.walk(target)]
        names = {name.id for name in assigned if isinstance(name, ast.Name)}
        checks = isinstance(node.value, ast.Call) and _name(node.value.func) in self._checks
        if names <= {*self._parameters, "self"} and not checks:
            yield ast.Pass()

    def _of_AnnAssign(self, node: ast.AnnAssign) -> Iterator[ast.AST]:  # noqa: N802
        if isinstance(node.target, ast.Attribute):
            yield ast.Pass()

    def _of_Expr(self, node: ast.Expr) -> Iterator[ast.AST]:  # noqa: N802
        if isinstance(node.value, ast.Call) and _name(node.value.func) not in self._checks:
            yield ast.Pass()


def _imported(tree: ast.Module, modules: tuple[str, ...]) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module in modules:
            yield from (alias.name for alias in statement.names)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.arg if isinstance(node, ast.arg) else ""


def rename(node: ast.AST, name: str) -> None:
    """Give a name or an attribute another name."""
    if isinstance(node, ast.Name):
        node.id = name
    elif isinstance(node, ast.Attribute):
        node.attr = name


def _swapped(nodes: list[ast.expr], i: int) -> list[ast.expr]:
    return [*nodes[:i], nodes[i + 1], nodes[i], *nodes[i + 2 :]]


def _text(node: ast.AST) -> str:
    """Spell a node, a block by its head."""
    return re.sub(r"\s+", " ", ast.unparse(node).split(":\n")[0])
