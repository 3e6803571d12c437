"""Losses of logits: which of them make probabilities themselves, and the slope of one that not."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

from numpy import asarray, exp, float64, where

from .binding import Binding
from .source import Source, hands_on, is_abstract, source_of, spelled
from .words import METHODS, SLOPE_METHODS, Row, words

# The losses of logits, and their gradients, beside those of the probabilities that these make.
LOSSES = {"softmax_cross_entropy": "categorical_cross_entropy",
          "bce_with_logits": "binary_cross_entropy"}  # fmt: skip
OF_LOGITS = {**LOSSES, **{f"{its}_grad": f"{of}_grad" for its, of in LOSSES.items()}}
# What makes probabilities of logits, or goes from them to the loss at once.
SQUASHING = frozenset(("softmax", "sigmoid", "logistic", "expit"))
SPARING = frozenset("exp logaddexp logsumexp softplus logits logsigmoid logsoftmax".split())
TORCH = frozenset(("cross_entropy", "CrossEntropyLoss"))  # of logits there
LOGS = frozenset(("log", "log2", "log10", "log1p"))
COUNTS = ("size", "shape", "len")  # of an array


# --- what makes probabilities itself -----------------------------------------------------------


def is_of_logits(thing: Any, row: Row) -> bool:
    """Whether what may be one of two cross-entropies, or its gradient, is the one of logits."""
    if row.name not in (*OF_LOGITS, *OF_LOGITS.values()):
        return False
    return takes_logits(thing) or (row.kind == "gradient" and is_difference(thing))


def takes_logits(thing: Any) -> bool:
    """Whether a loss makes probabilities of what it is given, as its source says."""
    source = source_of(_first_of(thing, METHODS))
    if source is None:
        return False
    maker = source_of(vars(thing).get("__init__")) if inspect.isclass(thing) else None
    kept = {spelled(to): _called(its) for to, its in (maker.assigned() if maker else ())}
    reached = _made_of_arguments(source)
    for call in source.nodes(ast.Call):
        parts = [node for part in (call.func, *call.args) for node in ast.walk(part)]
        of_arguments = any(isinstance(n, ast.Name) and n.id in reached for n in parts)
        own = _called(call)
        holder = kept.get(own.rpartition(".")[0], "")
        of_itself = own.startswith("self.") and bool(call.args)
        straight = (of_arguments or of_itself) and not any(map(_is_log, parts[1:]))
        if straight and any(_squashes(name, source) for name in (own, holder)):
            return True
    return False


def _first_of(thing: Any, methods: tuple[str, ...]) -> Any:
    """Return the first of these methods that a class has; what is no class, as it is."""
    if not inspect.isclass(thing):
        return thing
    known = {own for kind in thing.__mro__[:-1] for own in vars(kind)}
    every = (getattr(thing, own, None) for own in methods if own in known)  # an Enum's may raise
    of_its_own = (its for its in every if its is not None)
    return next((its for its in of_its_own if not (is_abstract(its) or hands_on(its))), None)


def _called(call: ast.AST) -> str:
    """Spell what is called: `Softmax` of ``Softmax()(z)``, too."""
    while isinstance(call, ast.Call):
        call = call.func
    return spelled(call)


def _is_log(node: ast.AST) -> bool:
    own = _called(node).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    return own in LOGS or "entropy" in words(own)


def _made_of_arguments(source: Source) -> set[str]:
    """List what is made of arguments without a logarithm: p and z, and no loss."""
    reached = {*source.arguments()} - {"self"}
    loops = [(loop.target, loop.iter) for loop in source.nodes((ast.For, ast.comprehension))]
    for to, its in sorted((*source.assigned(), *loops), key=lambda pair: pair[0].lineno):
        inside = [*ast.walk(its)]
        if not any(map(_is_log, inside)) and reached & {spelled(node) for node in inside}:
            reached |= {node.id for node in ast.walk(to) if isinstance(node, ast.Name)}
    return reached


def _squashes(name: str, source: Source, *, deep: int = 3) -> bool:
    """Whether what is called so makes probabilities of logits, or a helper of that name does.

    A helper may have its own helpers, `deep` of them, and be one of another module.
    """
    root, _, last = name.rpartition(".")
    told = name if last in METHODS else last  # `softmax.forward`, but not `softmax_out.clip`
    if SQUASHING & {*words(told)} or SPARING & {last, *words(last)}:
        return True
    module = vars(source.module) if source.module else {}
    if last in TORCH:
        its = module.get(name.partition(".")[0])
        return str(getattr(its, "__module__", getattr(its, "__name__", ""))).startswith("torch")
    outer = module.get(root) if root else source.module
    its = vars(outer).get(last) if inspect.ismodule(outer) else None
    helper = source_of(its) if deep and not inspect.isclass(its) else None
    if helper is None or not _are_of_one(helper.module, source.module):
        return False
    return any(_squashes(_called(each), helper, deep=deep - 1) for each in helper.nodes(ast.Call))


def _are_of_one(module: Any, other: Any) -> bool:
    """Whether one of two modules lies in the other's folder, or below it."""
    files = [getattr(each, "__file__", None) for each in (module, other)]
    if module is other or None in files:
        return module is other
    one, two = (Path(str(file)).parent for file in files)
    return one.is_relative_to(two) or two.is_relative_to(one)


# --- slopes of the logits -------------------------------------------------------------------------


def is_difference(thing: Any) -> bool:
    """Tell a slope p − y, at most divided by a count."""
    source = _slope_source(thing)
    if source is None or not source.returned():
        return False
    value = source.returned()[-1]
    kept = {spelled(to): its for to, its in source.assigned() if spelled(to)}
    value = kept.get(spelled(value), value)
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        if not _is_count(value.right, {*source.arguments()}, kept):
            return False
        value = value.left
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Sub):
        return False
    return {spelled(value.left), spelled(value.right)} <= {*source.arguments()}


def is_of_probabilities(thing: Any) -> bool:
    """Whether a slope of logits takes what these make: p − y, or a method without a softmax."""
    its = _first_of(thing, SLOPE_METHODS) if inspect.isclass(thing) else None
    source = source_of(its)
    takes_both = source is not None and len(source.arguments()) > 2
    return is_difference(thing) or (takes_both and not takes_logits(its))


def _slope_source(thing: Any) -> Source | None:
    """Read what gives the slope of a loss that is a class."""
    return source_of(_first_of(thing, SLOPE_METHODS))


def _is_count(node: ast.AST, arrays: set[str], kept: dict[str, ast.expr]) -> bool:
    """Whether an expression makes use of no array but of how many entries it has."""
    own = getattr(node, "attr", "") or spelled(getattr(node, "func", node)).rpartition(".")[2]
    if own in COUNTS:
        return True
    if isinstance(node, ast.Name) and node.id in kept:
        rest = {name: its for name, its in kept.items() if name != node.id}
        return _is_count(kept[node.id], arrays, rest)
    if isinstance(node, ast.Name) and node.id in arrays:
        return False
    return all(_is_count(child, arrays, kept) for child in ast.iter_child_nodes(node))


def at_probabilities(found: Binding | None, row: Row, thing: Any) -> Binding | None:
    """Ask for a slope at the probabilities that logits make, unless it makes these by itself."""
    if found is None:
        return None
    ask, source = found.stands, _slope_source(thing)
    by_itself = source is not None and any(_squashes(n, source) for n in source.called())

    def stands(y: Any, z: Any, *more: Any) -> Any:
        its = asarray(z, float64)
        if row.name.startswith("softmax"):
            e = exp(its - its.max(axis=-1, keepdims=True))
            p = e / e.sum(axis=-1, keepdims=True)
        else:
            e = exp(-abs(its))
            p = where(its < 0, e, 1.0) / (1 + e)
        return ask(y, asarray(p, asarray(z).dtype), *more)

    found.formula, found.stands, found.others = row.name, ask if by_itself else stands, ()
    found.without = tuple(p.name for p in row.params if p.neutral is not None)
    found.notes, found.certain = (*found.notes, "of the logits"), False
    return found
