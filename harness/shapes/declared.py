"""How code is called, as its user declares it: in the contract's names, as Python spells a call.

``MyAdam`` says which name is meant; ``MyAdam(speed=lr)`` which of its parameters is which, too. A
whole call, ``MyAdam(lr, beta1).move(w, grad)`` or ``w, m = momentum(w, grad, m, lr)``, is carried
out as it stands: whatever it assigns beside the weights is state, and zero at first.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import array, zeros, zeros_like

from .answers import as_number, first
from .assign import Assigned
from .binding import Binding
from .constants import Constants
from .driven import Driven, bound
from .source import source_of, spelled
from .stepped import put, rate_places
from .words import Row

HELD, COUNT = "it", "t"  # what `make` has made; the number of the step, counted from 1
STEP_NAMES = ("w", "grad")


class DeclarationError(Exception):
    """A declaration that cannot be meant."""


def declare(look: Any, scope: dict[str, Any], told: dict[str, Any]) -> Binding:
    """Bind a formula as it is declared.

    Parameters
    ----------
    look : Look
        What the contender has.
    scope : dict
        The contender's names, with which a call is carried out.
    told : dict
        The declaration: `formula`, `call`, `make`, `step`, `fixed`, `lacks`, `where`.

    Raises
    ------
    DeclarationError
        It names what is not there, or leaves out what must be said.
    NotThisShapeError
        The name is there, and how it is called must be said, too.
    """
    row = look.rows[told["formula"]]
    tree = ast.parse(told["call"] or told["step"])
    name, roles = named_alone(tree, row) if not told["step"] else ("", {})
    if name:
        return _named(look, scope, told, row, name, roles)
    names = {"np": np, **vars(builtins), **scope}
    return _stepped(row, told, tree, names) if row.stepped else _called(row, told, tree, names)


def _alone(tree: ast.Module) -> Any:
    """Return the expression that a declaration consists of; None where it is more than that."""
    only = tree.body[0] if len(tree.body) == 1 else None
    return only.value if isinstance(only, ast.Expr) else None


def named_alone(tree: ast.Module, row: Row) -> tuple[str, dict[str, str]]:
    """Return the name that a declaration consists of, and which of its parameters is which."""
    value = _alone(tree)
    roles: dict[str, str] = {}
    if isinstance(value, ast.Call) and not value.args and value.keywords:
        for keyword in value.keywords:
            if keyword.arg is None or not isinstance(keyword.value, ast.Name):
                return "", {}
            roles[keyword.arg] = keyword.value.id
        if {*roles.values()} & {"w", "grad", *(p.name for p in row.params if p.is_array)}:
            return "", {}
        value = value.func
    inner = value
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    return (ast.unparse(value), roles) if value and isinstance(inner, ast.Name) else ("", {})


def _named(
    look: Any, scope: dict[str, Any], told: dict[str, Any], row: Row, name: str, roles: Any
) -> Binding:
    """Bind a name that is declared to be this formula; how it is called is found out."""
    thing = _found(scope, name, told)
    its = {p.name for p in row.params}
    for role in roles.values():
        if role not in its:
            raise DeclarationError(f"{told['where']}: {row.name} has no {role}")
    row = row.with_roles(roles, told["fixed"])
    owner, _, method = name.rpartition(".")
    of_class = row.stepped and inspect.isfunction(vars(scope.get(owner, Any)).get(method))
    found: Binding = (
        look.bind_method(owner, scope[owner], row, method)
        if of_class
        else look.bind_thing(name, thing, row)
    )
    found.declared = True
    return found


def _found(scope: dict[str, Any], name: str, told: dict[str, Any]) -> Any:
    first_name, *rest = name.split(".")
    try:
        thing = scope[first_name]
        for part in rest:
            thing = getattr(thing, part)
    except (KeyError, AttributeError):
        raise DeclarationError(f"{told['where']}: there is no {name}") from None
    if not callable(thing):
        raise DeclarationError(f"{told['where']}: {name} cannot be called")
    return thing


def _check(told: dict[str, Any], tree: ast.AST, known: set[str]) -> set[str]:
    """Return the names that a call reads; each must be known."""
    inner = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    inner |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    read = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    for name in sorted(read - inner - known):
        raise DeclarationError(f"{told['where']}: there is no {name}")
    return read


def _fits(told: dict[str, Any], tree: ast.AST, names: dict[str, Any]) -> None:
    """Refuse a call that its function does not take: an argument too many, or of another name."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        spelled = ast.unparse(call.func)
        named = {k.arg: None for k in call.keywords if k.arg is not None}
        if len(named) < len(call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            continue
        first_name, *rest = spelled.split(".")
        thing = names.get(first_name)
        for part in rest:
            thing = getattr(thing, part, None)
        its_own = [None] * (first_name == HELD and inspect.isfunction(thing))
        try:
            signature = inspect.signature(thing)  # type: ignore[arg-type]  # or nothing is known
        except (TypeError, ValueError):
            continue
        try:
            signature.bind(*its_own, *call.args, **named)
        except TypeError as error:
            raise DeclarationError(f"{told['where']}: {spelled}: {error}") from None


def _settled(told: dict[str, Any], row: Row, read: set[str], names: dict[str, Any]) -> Assigned:
    """Say what becomes of each parameter: it is read, fixed, or has a neutral value.

    What is said to be fixed nowhere is so at the number that stands in what is called.

    Raises
    ------
    DeclarationError
        Nothing is said of one.
    """
    roles = Assigned()
    kinds = [names.get(own) for own in sorted(read)]
    written = [
        Constants(its, row) for its in kinds if inspect.isfunction(its) or inspect.isclass(its)
    ]
    for parameter in row.params:
        if parameter.name in read:
            roles.of[parameter.name] = parameter.name
            continue
        values = {n for its in written if (n := its.of(parameter)) is not None}
        if len(values) == 1 and parameter.name not in told["fixed"] and parameter.neutral is None:
            told["fixed"] = {**told["fixed"], parameter.name: values.pop()}
        if parameter.name not in told["fixed"] and parameter.neutral is None:
            example = "" if parameter.usual is None else f" = {parameter.usual:g}"
            raise DeclarationError(
                f"{told['where']}: {parameter.name} is missing; name it in the call, or give the "
                f"value that the code has: {parameter.name}{example}"
            )
        roles.missing.append(parameter)
    return roles


def _called(row: Row, told: dict[str, Any], tree: ast.Module, names: dict[str, Any]) -> Binding:
    value = _alone(tree)
    if value is None:
        raise DeclarationError(f"{told['where']}: expected a call whose value is {row.name}'s")
    order = [p.name for p in row.params]
    roles = _settled(told, row, _check(told, tree, {*names, *order}), names)
    _fits(told, tree, names)
    code = compile(ast.Expression(value), told["where"], "eval")

    def stands(*given: Any) -> Any:
        values = dict(zip(order, given))
        # One scope for all: the function of a comprehension sees no other.
        answer = first(eval(code, {**names, **told["fixed"], **values}))
        return as_number(answer, given[0]) if row.kind == "loss" else answer

    return Binding(
        row.name,
        told["call"],
        told["call"],
        "declared",
        stands,
        pinned=told["fixed"],
        without=tuple(p.name for p in roles.missing if p.neutral is not None),
        lacks=told["lacks"],
        declared=True,
    )


def _stepped(row: Row, told: dict[str, Any], tree: ast.Module, names: dict[str, Any]) -> Binding:
    made, tree = _split(told, tree)
    states = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } - {"w", HELD}
    hyper = {p.name for p in row.params}
    held = {HELD} if made is not None else set()
    read = _check(told, tree, {*names, *hyper, *STEP_NAMES, *states, *held, COUNT})
    given_first = _check(told, made, {*names, *hyper, "w"}) if made is not None else set()
    read |= given_first
    kind = names.get(ast.unparse(made.func)) if isinstance(made, ast.Call) else None
    _fits(told, tree, {**names, HELD: kind if inspect.isclass(kind) else None})
    if made is not None:
        _fits(told, made, names)
    for due in STEP_NAMES[1:]:
        if due not in read:
            raise DeclarationError(f"{told['where']}: expected a step that takes {due}")
    roles = _settled(told, row, read, names)
    maker = None if made is None else compile(ast.Expression(made), told["where"], "eval")
    stepper = _step(tree, told["where"])
    tables = _tables(tree, names, states)

    def make(**given: Any) -> Driven:
        kept = {**names, **told["fixed"], **given, COUNT: 0}

        def new(w: Any = None, **hyper: Any) -> Any:
            w = zeros(1) if w is None else array(w)
            return None if maker is None else eval(maker, {**kept, **hyper, "w": w})

        places = rate_places(new, row)

        def advance(w: Any, g: Any, rate: float) -> Any:
            if HELD not in kept:
                kept[HELD] = new(w)
            for place in places:
                put(kept[HELD], place, rate)
            kept.update(w=w, grad=g, lr=rate)
            kept[COUNT] += 1
            for state in states:
                zeros = {key: zeros_like(w) for key in tables.get(state, ())}
                kept.setdefault(state, zeros or zeros_like(w))
            return stepper(kept)

        return Driven(given, advance, lambda: {n: kept.get(n) for n in (*states, HELD)})

    call = "; ".join(filter(None, (told["make"], told["step"] or told["call"])))
    found = bound(
        told["call"] or told["step"], row, call, "declared", make, roles, told["fixed"],
        lacks=(*told["lacks"], *(("weights given",) if "w" in given_first else ())),
    )  # fmt: skip
    found.declared = True
    return found


def _tables(tree: ast.Module, names: dict[str, Any], states: set[str]) -> dict[str, list[str]]:
    """List the texts by which functions look into what they are handed as state."""
    found: dict[str, list[str]] = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        source = source_of(names.get(spelled(call.func)))
        if source is not None:
            handed: list[tuple[str | None, ast.expr]] = [*zip(source.arguments(), call.args)]
            handed += [(keyword.arg, keyword.value) for keyword in call.keywords]
            found.update(
                (spelled(its), source.keys_of(own))
                for own, its in handed
                if own is not None and spelled(its) in states
            )
    return found


def _split(told: dict[str, Any], tree: ast.Module) -> tuple[Any, ast.Module]:
    """Take what makes the object from what takes the step: ``MyAdam(lr).move(w, grad)``."""
    if told["make"]:
        made = _alone(ast.parse(told["make"]))
        if made is None:
            raise DeclarationError(f"{told['where']}: make: expected one expression")
        return made, tree
    value = _alone(tree)
    function = value.func if isinstance(value, ast.Call) else None
    owner = function.value if isinstance(function, ast.Attribute) else function
    if not isinstance(owner, ast.Call):
        return None, tree
    it = ast.Name(HELD, ast.Load())
    if isinstance(function, ast.Attribute):
        function.value = it
    else:
        value.func = it
    return owner, ast.fix_missing_locations(tree)


def _step(tree: ast.Module, where: str) -> Callable[[dict[str, Any]], Any]:
    """Compile a step: the weights are its value, or what it leaves in `w`."""
    *before, last = tree.body
    value = last.value if isinstance(last, ast.Expr) else ast.Constant(None)
    rest = before if isinstance(last, ast.Expr) else tree.body
    statements = compile(ast.Module(rest, []), where, "exec")
    expression = compile(ast.fix_missing_locations(ast.Expression(value)), where, "eval")

    def taken(names: dict[str, Any]) -> Any:
        exec(statements, names)
        answer = eval(expression, names)
        return array(names["w"]) if answer is None else first(answer)

    return taken


__all__ = ["DeclarationError", "declare"]
