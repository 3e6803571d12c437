"""What can be read in the source of a function or a class, without running it."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from typing import Any

from .binding import NotThisShapeError


class Source:
    """The syntax of one function or class, and where it stands."""

    def __init__(self, thing: Any) -> None:
        try:
            text = textwrap.dedent(inspect.getsource(thing))
            self.tree: ast.AST = ast.parse(text).body[0]
        except (OSError, TypeError, SyntaxError, IndexError, ValueError):
            raise NotThisShapeError("its source cannot be read") from None
        self.module = sys.modules.get(getattr(thing, "__module__", ""), None)

    def nodes(self, kind: Any) -> list[Any]:
        """List the nodes of a kind."""
        return [node for node in ast.walk(self.tree) if isinstance(node, kind)]

    def texts(self) -> list[str]:
        """List the string constants, docstrings left out."""
        return [
            node.value
            for node in self.nodes(ast.Constant)
            if isinstance(node.value, str) and "\n" not in node.value and " " not in node.value
        ]

    def names(self) -> set[str]:
        """List the names that are read."""
        return {node.id for node in self.nodes(ast.Name)}

    def attributes_of(self, name: str) -> set[str]:
        """List the attributes that are read from, or written to, a variable."""
        return {
            node.attr
            for node in self.nodes(ast.Attribute)
            if isinstance(node.value, ast.Name) and node.value.id == name
        }

    def calls(self, name: str) -> bool:
        """Whether a variable is called."""
        return any(
            isinstance(node.func, ast.Name) and node.func.id == name
            for node in self.nodes(ast.Call)
        )

    def called(self) -> set[str]:
        """List the last names of everything that is called."""
        found = set()
        for node in self.nodes(ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.add(node.func.attr)
            elif isinstance(node.func, ast.Name):
                found.add(node.func.id)
        return found

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
            if name in {n.id for n in ast.walk(outer.iter) if isinstance(n, ast.Name)}
            for inner in loops
        )
