"""One-line edits that may make wrong code right: what a slip of the hand did, undone.

Any slip (`slips`) may be undone by another; what slips cannot give back is put in here: a missing
power, a missing root, a factor, another variable, a line in another place. Nothing is judged here.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations

from gradmark.conformance.edits.slips import Edits, Place, places, rename

COUNTERS = ("t", "step", "steps", "iteration", "iterations", "count", "counter", "n", "i", "k",
            "it", "time", "timestep", "step_count")  # fmt: skip
DECAY = re.compile(r"beta|^b[12]$|rho|decay|momentum|^mu$|gamma|alpha")
NUMBERS = (0, 1, 2, 0.5, -1)
SIGNS = ("+", "-", "*", "/", "**", "//", "%")
FAMILIES = (("log", "log2", "log10", "log1p"), ("mean", "sum", "max"), ("exp", "expm1", "exp2"),
            ("maximum", "minimum"), ("sin", "cos"), ("floor", "ceil", "round"),
            ("sqrt", "square", "abs"))  # fmt: skip
MOST_NAMES = 14
LIBRARIES = ("np", "numpy", "torch", "jnp", "math", "tf")


@dataclass(frozen=True)
class Repair:
    """A source with one edit.

    Parameters
    ----------
    source : str
        The whole text, edited.
    line : int
        The line that is edited, counted from 1.
    before, after : str
        That line as it is and as it would be.
    above : int
        The line that it is moved above; 0 where it stays.
    """

    source: str
    line: int
    before: str
    after: str
    above: int = 0


def repairs(source: str, name: str) -> Iterator[Repair]:
    r"""Yield edits of one function or class of a module, the plainest kinds first.

    Examples
    --------
    >>> found = repairs("def f(z):\n    return -z\n", "f")
    >>> next(one.after for one in found if "-" not in one.after)
    'return z'
    """
    lines = source.splitlines(keepends=True)
    for whole in _definitions(source, name):
        decorators = getattr(whole, "decorator_list", [])
        first = min([whole.lineno, *(one.lineno for one in decorators)])
        before, after = lines[: first - 1], lines[whole.end_lineno :]
        # Only the definition is read and edited: a file may be long.
        for one in _of_definition("".join(lines[first - 1 : whole.end_lineno])):
            yield replace(
                one, source="".join([*before, one.source, *after]), line=one.line + first - 1,
                above=one.above and one.above + first - 1,
            )  # fmt: skip


def _definitions(source: str, name: str) -> list[ast.stmt]:
    """Return a definition, and after it those of the same file that it makes use of."""
    known = {getattr(node, "name", ""): node for node in ast.parse(source).body}
    found = [known[name]] if name in known else []
    for one in found:  # which grows meanwhile
        names = dict.fromkeys(its.id for its in ast.walk(one) if isinstance(its, ast.Name))
        found += [known[its] for its in names if its in known and known[its] not in found]
    return found


def _of_definition(source: str) -> Iterator[Repair]:
    tree, text, seen = ast.parse(source), _Text(source), {source}
    known = [its for name, its in _names(tree).items() if name.startswith("self.")]
    spots = list(places(tree, "module", set(range(1, source.count("\n") + 2))))
    signs = (repair for spot in spots for repair in text.operators(spot.node))
    edits = (
        text.put(spot.node, edited)
        for kind in (
            _slips,
            _named,
            _exchanged,
            _functions,
            _corrected,
            _numbers,
            _powers,
            _wraps,
            _others,
        )
        for spot in spots
        if hasattr(spot.node, "lineno") and not _leads(spot)
        for edited in kind(spot, [*_names(spot.scope).values(), *known])
    )
    for repair in chain(signs, edits, _counts(tree, text), _moves(tree, text)):
        if repair is not None and repair.source not in seen:
            seen.add(repair.source)
            yield repair


class _Text:
    """A source, and how a node of it is replaced by another without touching the rest."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.encode().splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self._alone = dict(self._statements())

    def _statements(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Find for each line the first and last of its statement, which can be read alone."""
        lines = self._source.splitlines(keepends=True)
        for node in ast.walk(ast.parse(self._source)):
            if isinstance(node, ast.stmt) and not hasattr(node, "body") and node.col_offset:
                span = node.lineno, node.end_lineno or node.lineno
                try:
                    ast.parse("".join(["if 1:\n", *lines[span[0] - 1 : span[1]]]))
                except SyntaxError:  # it stands behind an `else:`
                    continue
                yield from ((line, span) for line in range(span[0], span[1] + 1))

    def put(self, node: ast.AST, edited: ast.AST) -> Repair | None:
        """Write another node into a node's place; None where that spans lines or is no Python."""
        line, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if line != end or isinstance(node, ast.If | ast.For | ast.While | ast.With):
            return None
        try:
            spelled = ast.unparse(ast.fix_missing_locations(edited))
        except (ValueError, AttributeError, RecursionError):
            return None
        a = self._starts[line - 1] + node.col_offset  # type: ignore[attr-defined]  # it has a line
        b = self._starts[line - 1] + node.end_col_offset  # type: ignore[attr-defined]
        for text in (spelled, f"({spelled})"):
            made = self._cut(a, b, text)
            above, tree = self._read(made, line)
            if tree is not None and _reads_as(tree, line - above, node, edited):
                return self._repair(made, line)
        return None

    def operators(self, node: ast.AST) -> Iterator[Repair]:
        """Write another sign between two terms, which then bind as they may."""
        if not isinstance(node, ast.BinOp) or node.left.end_lineno != node.right.lineno:
            return
        start = self._starts[node.right.lineno - 1]
        a, b = start + (node.left.end_col_offset or 0), start + node.right.col_offset
        between = self._source.encode()[a:b].decode()
        for sign in SIGNS:
            made = self._cut(a, b, re.sub(r"[-+*/%]+", sign, between, count=1))
            if self._read(made, node.right.lineno)[1] is not None:
                yield self._repair(made, node.right.lineno)

    def move(self, one: ast.stmt, before: ast.stmt) -> Repair | None:
        """Put a statement of one line before another of the same block."""
        if one.lineno != one.end_lineno:
            return None
        lines = [line.decode() for line in self._lines]
        moved = lines.pop(one.lineno - 1)
        at = before.lineno - 1 - (one.lineno < before.lineno)
        lines.insert(at, moved)
        made = "".join(lines)
        try:
            ast.parse(made)
        except SyntaxError:
            return None
        text = moved.strip()
        return Repair(made, one.lineno, text, text, before.lineno)

    def insert(self, made: str, before: ast.stmt) -> Repair:
        """Put a new line before a statement."""
        lines = [line.decode() for line in self._lines]
        indented = f"{' ' * before.col_offset}{made}\n"
        lines.insert(before.lineno - 1, indented)
        return Repair("".join(lines), before.lineno, "", made, before.lineno)

    def _cut(self, a: int, b: int, text: str) -> str:
        whole = self._source.encode()
        return (whole[:a] + text.encode() + whole[b:]).decode()

    def _read(self, made: str, line: int) -> tuple[int, ast.Module | None]:
        """Read what was written into a line; return how many lines are above what is read."""
        above = 0
        if line in self._alone:
            first, last = self._alone[line]
            made = "".join(["if 1:\n", *made.splitlines(keepends=True)[first - 1 : last]])
            above = first - 2
        try:
            return above, ast.parse(made)
        except (SyntaxError, ValueError):
            return above, None

    def _repair(self, made: str, line: int) -> Repair:
        before, after = (text.splitlines()[line - 1].strip() for text in (self._source, made))
        return Repair(made, line, before, after)


def _reads_as(tree: ast.Module, line: int, node: ast.AST, edited: ast.AST) -> bool:
    """Whether a text reads as the edit, not as something that binds in another way."""
    if isinstance(edited, ast.Pass):
        return True
    column = node.col_offset  # type: ignore[attr-defined]  # it has a place
    wanted = ast.dump(edited)
    return any(
        getattr(its, "lineno", 0) == line
        and column <= its.col_offset <= column + 1  # type: ignore[attr-defined]  # in brackets
        and ast.dump(its) == wanted
        for its in ast.walk(tree)
    )


# --- the kinds ------------------------------------------------------------------------------------


Names = Sequence[ast.expr]  # the variables that may stand there


def _slips(spot: Place, _: Names) -> Iterator[ast.AST]:
    yield from Edits(spot.scope, set()).of(spot.node)


def _exchanged(spot: Place, _: Names) -> Iterator[ast.AST]:
    """Exchange two terms of one expression: of β s + (1 − β) g the β and the 1 − β."""
    node = spot.node
    if not isinstance(node, ast.BinOp | ast.Call) or isinstance(spot.holder, ast.BinOp | ast.Call):
        return
    for one, other in combinations(_terms(node), 2):
        apart = one not in ast.walk(other) and other not in ast.walk(one)
        if apart and ast.dump(one) != ast.dump(other):
            yield copy.deepcopy(node, {id(one): _copy(other), id(other): _copy(one)})


def _functions(spot: Place, _: Names) -> Iterator[ast.AST]:
    """Take another function of the same family."""
    node = spot.node
    if isinstance(node, ast.Call):
        for family in FAMILIES:
            for name in family if _last(node.func) in family else ():
                if name != _last(node.func):
                    made = copy.deepcopy(node)
                    rename(made.func, name)
                    yield made


def _numbers(spot: Place, _: Names) -> Iterator[ast.AST]:
    """Take another number, or twice or half of something."""
    node = spot.node
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from (ast.Constant(number) for number in NUMBERS if number != node.value)
        yield ast.Constant(node.value / 2)  # type: ignore[operator]  # a number
        digits = str(node.value)
        for i in range(len(digits) - 1):  # 0.044751 for 0.044715
            typed = digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
            if typed.isdecimal() or "." in digits[:i]:
                yield ast.Constant(float(typed) if "." in typed else int(typed))
        yield ast.UnaryOp(ast.USub(), _copy(node))
    elif _is_value(node):
        yield ast.BinOp(ast.Constant(2), ast.Mult(), _copy(node))
        yield ast.BinOp(ast.Constant(0.5), ast.Mult(), _copy(node))
        yield ast.BinOp(_copy(node), ast.Add(), ast.Constant(1))
        yield ast.BinOp(_copy(node), ast.Sub(), ast.Constant(1))


def _powers(spot: Place, names: Names) -> Iterator[ast.AST]:
    """Raise to the power of a counter, or to another."""
    if not _is_value(spot.node):
        return
    for counter in _others_than(spot.node, names):
        if _last(counter) in COUNTERS:
            yield ast.BinOp(_copy(spot.node), ast.Pow(), counter)
    yield ast.BinOp(_copy(spot.node), ast.Pow(), ast.Constant(2))


def _wraps(spot: Place, _: Names) -> Iterator[ast.AST]:
    """Take a root, the other sign, what is left of one; or take a term in or out of a root."""
    node = spot.node
    if _is_value(node):
        yield ast.UnaryOp(ast.USub(), _copy(node))
        yield ast.BinOp(ast.Constant(1), ast.Sub(), _copy(node))
        library = _library(spot.scope)
        for name in ("sqrt", "mean", "abs"):
            yield ast.Call(ast.Attribute(library, name, ast.Load()), [_copy(node)], [])
        yield ast.Compare(_copy(node), [ast.Gt()], [ast.Constant(0)])
    if isinstance(node, ast.BinOp):
        for whole, sides in ((node.left, (None, node.right)), (node.right, (node.left, None))):
            inner = _inner(whole)
            if inner is not None:
                left, right = (inner if side is None else side for side in sides)
                yield _taken(whole, ast.BinOp(left, node.op, right))
    its = _inner(node)
    if isinstance(its, ast.BinOp):
        yield ast.BinOp(_taken(node, its.left), its.op, its.right)
        yield ast.BinOp(its.left, its.op, _taken(node, its.right))


def _corrected(spot: Place, names: Names) -> Iterator[ast.AST]:
    """Free an average of its bias: divide by 1 − βᵗ."""
    if not _is_value(spot.node):
        return
    counters = [one for one in names if _last(one) in COUNTERS]
    for decay in (one for one in names if DECAY.search(_last(one))):
        for counter in counters:
            shares = ast.BinOp(ast.Constant(1), ast.Sub(), ast.BinOp(decay, ast.Pow(), counter))
            yield ast.BinOp(_copy(spot.node), ast.Div(), shares)


def _named(spot: Place, names: Names) -> Iterator[ast.AST]:
    """Take another variable."""
    node = spot.node
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and _is_value(node):
        yield from _others_than(node, names)[:MOST_NAMES]


def _others(spot: Place, names: Names) -> Iterator[ast.AST]:
    """Multiply or divide by another variable, or what it leaves of one; or take a number's place.

    A number is more often meant to be another number.
    """
    node = spot.node
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from _others_than(node, names)[:MOST_NAMES]
    if not _is_value(node):
        return
    for other in _others_than(node, names)[:MOST_NAMES]:
        rest = ast.BinOp(ast.Constant(1), ast.Sub(), other)
        yield ast.BinOp(other, ast.Mult(), _copy(node))
        yield ast.BinOp(_copy(node), ast.Div(), other)
        yield ast.BinOp(other, ast.Div(), _copy(node))
        yield ast.BinOp(rest, ast.Mult(), _copy(node))


def _counts(tree: ast.AST, text: _Text) -> Iterator[Repair]:
    """Count a counter up, at the beginning of each method that reads it."""
    for method in ast.walk(tree):
        if isinstance(method, ast.FunctionDef) and method.name != "__init__":
            for name, its in _names(method).items():
                if name.startswith("self.") and _last(its) in COUNTERS:
                    yield text.insert(f"{name} += 1", method.body[0])


def _moves(whole: ast.AST, text: _Text) -> Iterator[Repair]:
    """Put each line of a block above each other one."""
    for block in ast.walk(whole):
        body: Sequence[ast.stmt] = getattr(block, "body", ())
        if not isinstance(body, list) or isinstance(block, ast.ClassDef):
            continue
        for one in body:
            for other in body:
                if one is not other and isinstance(one, ast.Assign | ast.AugAssign | ast.Expr):
                    repair = text.move(one, other)
                    if repair is not None:
                        yield repair


# --- what is what ---------------------------------------------------------------------------------


def _leads(spot: Place) -> bool:
    """Whether it only leads to what is meant: `self` of self.m, `np` of np.sqrt, a default."""
    inner = isinstance(spot.holder, ast.Attribute) and spot.field == "value"
    called = isinstance(spot.holder, ast.Call) and spot.field == "func"
    its = spot.node if isinstance(spot.node, ast.Call) else spot.holder
    default = isinstance(its, ast.Call) and _last(its.func) in ("setdefault", "get")
    return inner or called or default


def _is_value(node: ast.AST) -> bool:
    """Whether it is a number that is read, not a name that is given or called."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.BinOp | ast.Call)


def _copy(node: ast.AST) -> ast.expr:
    """Copy an expression, which is to stand in two places."""
    made: ast.expr = copy.deepcopy(node)  # type: ignore[assignment]  # of a value
    return made


def _terms(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the values that an expression is made of, from the outside in."""
    for inner in ast.iter_child_nodes(node):
        leads = isinstance(node, ast.Attribute) or inner is getattr(node, "func", None)
        if isinstance(inner, ast.expr) and _is_value(inner) and not leads:
            yield inner
        yield from _terms(inner)


def _inner(node: ast.AST) -> ast.expr | None:
    """Return what a root, or another function of one argument, or a power is taken of."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        return node.args[0]
    is_power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    return node.left if is_power else None  # type: ignore[attr-defined]  # it is a power


def _taken(of: ast.AST, inner: ast.expr) -> ast.expr:
    """Take the same of something else."""
    if isinstance(of, ast.Call):
        return ast.Call(of.func, [inner], [])
    return ast.BinOp(inner, of.op, of.right)  # type: ignore[attr-defined]  # it is a power


def _others_than(node: ast.AST, names: Names) -> list[ast.expr]:
    """Leave out a variable itself, and what comes twice."""
    told = {ast.dump(one): one for one in names}
    told.pop(ast.dump(node), None)
    return list(told.values())


def _last(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        return str(getattr(node.slice, "value", ""))
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _names(scope: ast.AST) -> dict[str, ast.expr]:
    """List what a function knows: arguments, what it assigns, its object's, state["step"]."""
    found: dict[str, ast.expr] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.arg) and node.arg != "self":
            found.setdefault(node.arg, ast.Name(node.arg, ast.Load()))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, ast.Name(node.id, ast.Load()))
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
            its: ast.expr = ast.Attribute(ast.Name("self", ast.Load()), node.attr, ast.Load())
            found.setdefault(f"self.{node.attr}", its)
        elif isinstance(node, ast.Subscript) and _is_key(node):
            its = ast.Subscript(_copy(node.value), node.slice, ast.Load())
            found.setdefault(ast.unparse(its), its)
    return found


def _is_key(node: ast.Subscript) -> bool:
    """Whether it is what a name of a dict holds: state["step"]."""
    known = isinstance(node.value, ast.Name | ast.Attribute)
    return known and isinstance(getattr(node.slice, "value", None), str)


def _library(scope: ast.AST) -> ast.expr:
    """Return what a function takes its roots from."""
    used = (node.id for node in ast.walk(scope) if isinstance(node, ast.Name))
    return ast.Name(next((name for name in used if name in LIBRARIES), "np"), ast.Load())
