"""Hyperparameters that are written into code: as a name's value, or as a number where it computes.

What has a name that tells its role is read by it. A bare number is read by where it stands: a share
beside what is left of it (``0.9 * m + 0.1 * g``), a number so small that it can only be ε.
"""

from __future__ import annotations

import ast
import inspect
import math
from typing import Any

from .assign import outer
from .binding import NotThisShapeError
from .source import Source, last_name
from .words import Param, Row, is_gradient

TINY = 1e-4  # no share and no rate is as small as an ε that people write


class Constants:
    """The numbers in the source of a function, or of a class and those it is made from."""

    def __init__(self, thing: Any, row: Row) -> None:
        kinds = thing.__mro__[:-1] if inspect.isclass(thing) else (thing,)
        self.sources = []
        for kind in kinds:
            try:
                self.sources.append(Source(kind))
            except NotThisShapeError:  # of a base class it need not be there
                continue
        self.row = row
        self.named: dict[str, float] = {}
        for source in self.sources:
            self._read_names(source)
        for own in inspect.signature(thing).parameters.values() if outer(thing) else ():
            self._note(own.name, own.default if type(own.default) in (int, float) else None)

    def of(self, parameter: Param) -> float | None:
        """Find the value of one hyperparameter; None where nothing tells it."""
        by_name = {v for name, v in self.named.items() if parameter.is_called(name)}
        if len(by_name) == 1:
            return by_name.pop()
        if parameter.role == "epsilon":
            return _only({n for n in self._numbers() if 0 < n <= TINY})
        if parameter.role == "decay":
            return self._decay(parameter)
        if parameter.role == "momentum":
            return _only({n for part in self._statements() for n in _factors(part, slope=False)})
        if parameter.role == "rate":
            others, whole = self._others()
            found = {n for part in self._statements() for n in _factors(part, slope=True)} - others
            left = {n for n in self._numbers() if n > 0 and round(n, 12) not in others}
            return _only(found or (left if whole else found))
        return None

    def _others(self) -> tuple[set[float], bool]:
        """List the numbers that are no rate, and whether all other hyperparameters are there."""
        values = [self.of(p) for p in self.row.hyper if p.role != "rate" and not p.option]
        known = {n for n in values if n is not None}
        return {0.5, 1.0, 2.0, *known, *(round(1 - n, 12) for n in known)}, None not in values

    def _read_names(self, source: Source) -> None:
        """Read ``beta = 0.9``, ``self.b1, self.b2 = 0.9, 0.999`` and the module's BETA or beta."""
        for target, assigned in source.assigned():
            own = last_name(target)
            self._note(own, number(assigned))
        for name in source.names():
            known = name.isupper() or any(h.is_called(name) for h in self.row.hyper)
            value = getattr(source.module, name, None) if known else None
            self._note(name, value if type(value) in (int, float) else None)

    def _note(self, name: str, value: float | None) -> None:
        own = name.strip("_")
        if value is None:
            return
        if self.named.setdefault(own, value) != value:
            self.named[own] = math.nan  # one name for two numbers tells nothing

    def _statements(self) -> list[ast.AST]:
        kinds = (ast.Assign, ast.AugAssign, ast.Return, ast.AnnAssign)
        return [node for source in self.sources for node in source.nodes(kinds)]

    def _numbers(self) -> list[float]:
        bare = [
            node.value
            for source in self.sources
            for node in source.nodes(ast.Constant)
            if type(node.value) is float
        ]
        return [*bare, *self.named.values()]

    def _decay(self, parameter: Param) -> float | None:
        """Read the share of an average; of two the second is that of squares."""
        decays = [p for p in self.row.params if p.role == "decay"]
        squares = len(decays) == 1 or parameter is decays[1]
        return _only(
            {
                share
                for part in self._statements()
                if _squares(part) == squares
                for share in _shares(part, paired=True)
            }
        )


def number(node: ast.AST | None) -> float | None:
    """Return the number that an expression is, if it is one."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]  # it is one


def _only(found: set[float]) -> float | None:
    found = {n for n in found if not math.isnan(n)}
    return found.pop() if len(found) == 1 else None


def _shares(part: ast.AST, *, paired: bool) -> set[float]:
    """List the numbers between 0 and 1 in a statement; those with what is left of 1 beside them."""
    numbers = {n for node in ast.walk(part) if (n := number(node)) is not None and TINY < n < 1}
    if not paired:
        return numbers
    left = {
        n
        for node in ast.walk(part)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and number(node.left) == 1
        if (n := number(node.right)) is not None
    }
    pairs = {n for n in numbers if n > 0.5 and any(abs(n + m - 1) < 1e-12 for m in numbers - {n})}
    return (left & numbers) | pairs


def _factors(part: ast.AST, *, slope: bool) -> set[float]:
    """List the numbers that a gradient is multiplied with in a statement, or anything else is."""
    found = set()
    for node in ast.walk(part):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for factor, other in ((node.left, node.right), (node.right, node.left)):
                value = number(factor)
                names = {n.id for n in ast.walk(other) if isinstance(n, ast.Name)}
                if value is not None and 0 < value < 1 and slope == any(map(is_gradient, names)):
                    found.add(value)
    return found


def _squares(part: ast.AST) -> bool:
    """Whether a statement squares something."""
    for node in ast.walk(part):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "square":
            return True
        if isinstance(node, ast.BinOp):
            power = isinstance(node.op, ast.Pow) and number(node.right) == 2
            twice = isinstance(node.op, ast.Mult) and ast.dump(node.left) == ast.dump(node.right)
            if power or twice:
                return True
    return False
