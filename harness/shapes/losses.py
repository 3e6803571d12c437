"""Losses as functions or methods: in either order, per entry or per row, of classes or labels."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from numpy import asarray, int64, ones_like, zeros_like

from .activations import UPSTREAM
from .answers import SLOPES, as_number, as_slopes, attribute, first, rows
from .assign import Assigned, assign, named
from .beside import EITHER_SIGN, both, flag_of
from .binding import Binding, NotThisFormulaError, NotThisShapeError
from .constants import number
from .logits import OF_LOGITS, at_probabilities, is_of_probabilities, takes_logits
from .source import Source, last_name, source_of
from .words import METHODS, SLOPE_METHODS, Row, keys

# What a gradient takes beside labels and predictions: what these are made of, and by what.
BEFORE, MADE_BY = ("z", "Z", "inputs"), ("act_fn", "activation", "act", "activation_fn")
GRADIENT = "_grad"
TINY = 1e-4  # no option is as small as the ε of a guard, which the verdict names
MEAN = ("normalize", "size_average", "reduce")  # options that take it, while they are on
LAYOUTS = ("", ".ravel", ".flatten", ".flat", ".tolist")  # that an array is gone through in
SYMMETRIC = ("mse_loss", "mae_loss", "huber_loss", "smooth_l1_loss")


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a loss of labels and predictions, or its gradient, by its parameters' names."""
    if row.kind not in ("loss", "gradient"):
        return None
    if row.kind == "gradient" and row.name in OF_LOGITS and is_of_probabilities(thing):
        of_chances = recognises(name, thing, look.rows[OF_LOGITS[row.name]], look)
        return at_probabilities(of_chances, row, thing)
    paired = row.name in (*OF_LOGITS, *OF_LOGITS.values())
    if not paired and "probability" in row.params[1].role and takes_logits(thing):
        raise NotThisFormulaError("it takes logits, where the formula has probabilities")
    base = look.rows.get(row.name[: -len(GRADIENT)]) if row.kind == "gradient" else None
    # What is asked for its slope at probabilities may be the loss of logits.
    bases = [
        each
        for each in look.rows.values()
        if base and base.name in (each.name, OF_LOGITS.get(each.name))
    ]
    of_loss = any(look.means_row(name, thing, each) for each in bases)
    if not inspect.isclass(thing):
        return _bound(name, thing, thing, row, name, of_loss)
    # Its own settings stay what they are.
    its = named(thing)
    due = [p for p in its if p.default is p.empty or any(h.is_called(p.name) for h in row.hyper)]
    ctor = assign(due, row.hyper)
    slope = look.method(thing, SLOPE_METHODS) if of_loss and _differentiates(thing) else ""
    made = thing(**ctor.set)
    takes = [p for p in named(getattr(made, slope)) if p.default is p.empty] if slope else []
    beside = _beside(getattr(made, slope), takes) if len(takes) > 2 else {}
    after = slope if len(takes) < 2 else ""  # it goes back from what it has kept
    if after and any(p.name.lower() not in UPSTREAM for p in takes):
        raise NotThisShapeError(f"what {slope}({takes[0].name}) takes is not known")
    method = slope if slope and not after else look.method(thing, METHODS)
    own = getattr(made, method)
    shown = f"{name}()" if method == "__call__" else f"{name}().{method}"

    def fresh(*arguments: Any, **more: Any) -> Any:
        held = {n: more.pop(n) for n in ctor.of.values() if n in more}
        more.update((n, made_of(*more.values())) for n, made_of in beside.items())
        its = thing(**ctor.set, **held)
        answer = getattr(its, method)(*arguments, **more)
        if not slope:
            return answer
        answer = getattr(its, after)(*(1.0 for _ in takes)) if after else answer
        return attribute(its, SLOPES) if answer is None else answer

    if after:
        shown = f"{name}().{after}() after {method}"
    found = _bound(name, own, fresh, row, shown, of_loss and not slope, ctor, [*beside])
    found.guessed |= slope == EITHER_SIGN
    return found


def has_slope(thing: Any) -> bool:
    """Tell a loss that gives its gradient, too: in a method, or beside its value."""
    if not inspect.isclass(thing):
        return both(thing) is not None or flag_of(thing) is not None
    return _differentiates(thing) or any(
        both(method) or flag_of(method)
        for method in (getattr(thing, own, None) for own in METHODS)
        if method is not None
    )


def _differentiates(kind: type) -> bool:
    return any(callable(getattr(kind, method, None)) for method in SLOPE_METHODS)


class _AsItIs:
    """An activation that changes nothing: its slope is 1."""

    def __call__(self, z: Any) -> Any:
        return z

    def grad(self, z: Any) -> Any:
        """Return 1 for each entry."""
        return ones_like(z)

    derivative = gradient = prime = grad


def _beside(method: Any, its: list[inspect.Parameter]) -> dict[str, Callable[..., Any]]:
    """Say what is handed over beside labels and predictions.

    Raises
    ------
    NotThisShapeError
        It makes use of what is not known.
    """
    read = Source(method).names()
    names = [p.name for p in its if p.name in (*BEFORE, *MADE_BY)]
    if {*names} & {*BEFORE} & read and not {*names} & {*MADE_BY}:
        raise NotThisShapeError(f"what {names[0]} is for is not known")
    found: dict[str, Callable[..., Any]] = {}
    for own in names:
        found[own] = (lambda p, *_: zeros_like(p)) if own in BEFORE else (lambda *_: _AsItIs())
    return found


def _bound(
    name: str,
    read: Any,
    call: Callable[..., Any],
    row: Row,
    shown: str,
    of_loss: bool,
    ctor: Assigned | None = None,
    beside: Sequence[str] = (),
) -> Binding:
    either = of_loss or row.kind == "loss"
    its_both, flag = (both(read), flag_of(read)) if either else (None, None)
    call = partial(call, **{flag: of_loss}) if flag else call
    if its_both is not None:
        call = (its_both.slope_of if of_loss else its_both.value_of)(call)
        shown = f"gradient beside {shown}" if of_loss else shown
    elif of_loss and flag is None:
        raise NotThisShapeError("it returns no gradient beside its value")
    its = [p for p in named(read) if p.name not in (*beside, flag)]
    roles = _roles(its, row)
    if ctor is not None:
        roles.of.update({n: own for n, own in ctor.of.items() if n not in roles.of})
        roles.missing = [p for p in roles.missing if p.name not in roles.of]
    label, predicted = row.params[0], row.params[1]
    order = [p.name for p in its]
    of = {own: its_name for its_name, own in roles.of.items()}

    def ask(*given: Any) -> Any:
        values = dict(zip((p.name for p in row.params), given))
        placed = {own: values[name] for own, name in of.items() if name in values}
        return call(**placed, **roles.set)

    def exchanged(y: Any, p: Any, *more: Any) -> Any:
        return ask(p, y, *more)

    stands, notes, lacks, others = _layout(ask, row)
    if of_loss and not _gives_slopes(stands, row):
        raise NotThisShapeError("what comes beside the value is no gradient")
    if label.role in ("label", "class label") and (
        compared(read, roles.of[label.name]) or (row.kind == "gradient" and _picks_one(read))
    ):
        lacks = (*lacks, "soft labels")
    without = tuple(p.name for p in row.params if p.neutral is not None and p.name not in roles.of)
    pinned = {p.name: p.usual for p in roles.missing if p.neutral is None}
    if pinned:
        raise NotThisShapeError(f"no parameter is the {', '.join(pinned)}")
    spelled = ", ".join(_spelled(own, of) for own in order if own in of)
    spelled += f", {flag}=True" if of_loss and flag else ""
    own_label, own_predicted = roles.of[label.name], roles.of[predicted.name]
    swapped = order.index(own_predicted) < order.index(own_label)
    if swapped and len(own_label) == len(own_predicted) == 1:
        # Letters: what is meant may as well be what stands first, whatever it is called.
        others += (_layout(exchanged, row)[0],)
    return Binding(
        row.name,
        name,
        f"{shown}({spelled})",
        "loss",
        stands,
        without=without,
        lacks=lacks,
        # What one name alone tells may be another formula: of logits, or of logarithms.
        certain=row.name in SYMMETRIC
        or (label.is_called(own_label) and predicted.is_called(own_predicted)),
        others=others,
        # What is a gradient by its form alone may be a step, or have the other sign on purpose.
        guessed=of_loss and its_both is not None and not its_both.sure,
        notes=(*(("prediction first",) if swapped else ()), *notes),
    )


def _spelled(own: str, of: dict[str, str]) -> str:
    return own if own == of[own] else f"{own}={of[own]}"


def _roles(its: list[inspect.Parameter], row: Row) -> Assigned:
    """Tell labels from predictions by their names: one name that is known tells both."""
    label, predicted = row.params[0], row.params[1]
    roles = _assigned(its, row)
    known = [p for p in (label, predicted) if p.name in roles.of]
    due = [p.name for p in its if p.default is p.empty]
    rest = [own for own in due if own not in roles.of.values()]
    if len(known) == 2:
        return roles
    if "t" in due:  # (y, t): what is computed, and the target
        roles.of.update({label.name: "t", predicted.name: next(n for n in due if n != "t")})
        roles.missing = [p for p in roles.missing if p not in (label, predicted)]
        return roles
    if len(known) == 1 and len(rest) == 1:
        other = predicted if known[0] is label else label
        roles.of[other.name] = rest[0]
        roles.missing = [p for p in roles.missing if p is not other]
        return roles
    if not known and len(rest) == 2 and row.name in SYMMETRIC:
        roles.of[label.name], roles.of[predicted.name] = rest
        roles.missing = [p for p in roles.missing if p not in (label, predicted)]
        return roles
    raise NotThisShapeError("which argument holds the labels cannot be told from their names")


def _assigned(its: list[inspect.Parameter], row: Row) -> Assigned:
    required = [p for p in its if p.default is p.empty]
    if len(required) != 2:
        raise NotThisShapeError("it does not take labels and predictions alone")
    its = [p for p in its if not (type(p.default) is float and 0 < p.default <= TINY)]
    its = [p for p in its if not (p.default is True and p.name in MEAN)]
    try:
        return assign(its, row.params)
    except NotThisShapeError:
        # What is not known of the two is told by the other.
        for named_one in required:
            try:
                others = [p for p in its if p is not named_one]
                return assign(others, row.params)
            except NotThisShapeError:
                continue
        return assign([p for p in its if p not in required], row.hyper)


def _layout(
    ask: Callable[..., Any], row: Row
) -> tuple[Callable[..., Any], tuple[str, ...], tuple[str, ...], tuple[Callable[..., Any], ...]]:
    """Find out by trying in which layout it takes its arrays: as they are, or otherwise.

    Returns how it is asked, what to note, what it lacks, and in which other layouts it might be.
    """

    def concluded(answer: Any, labels: Any, like: Any) -> Any:
        return as_number(answer, labels) if row.kind == "loss" else as_slopes(answer, like)

    def laid_out(place: Callable[[Any], Any], *, turned: bool = False) -> Callable[..., Any]:
        def way(y: Any, p: Any, *more: Any) -> Any:
            y = place(y)
            answer = first(ask(y, place(p), *more))
            turn = turned and row.kind == "gradient"
            return concluded(asarray(answer).T if turn else answer, y, p)

        return way

    def numbered(y: Any, p: Any, *more: Any) -> Any:
        labels = asarray(rows(y).argmax(axis=-1), int64)
        return concluded(ask(labels, rows(p), *more), labels, p)

    y, p = _tried(row)
    others: tuple[Callable[..., Any], ...]
    if row.params[0].role == "class label":
        as_they_are, columns = laid_out(rows), laid_out(lambda a: rows(a).T, turned=True)
        ways = [(as_they_are, (), ()), (numbered, ("labels are numbers",), ("soft labels",))]
        others = (columns,)
    else:
        as_they_are, one_row = laid_out(asarray), laid_out(lambda a: asarray(a).reshape(1, -1))
        ways = [(as_they_are, (), ()), (one_row, ("arrays laid out as (1, m)",), ())]
        others = (one_row, laid_out(lambda a: asarray(a).reshape(-1, 1)))
    for way, notes, lacks in ways:
        try:
            way(y.copy(), p.copy())
        except NotThisShapeError:
            raise
        except Exception:  # another layout may do
            continue
        if row.params[0].role not in ("class label", "signed label") and not _takes_tables(way):
            lacks = (*lacks, "any shape")
        rest = tuple(other for other in others if other is not way and way is not numbered)
        if _has_parts(ask, row, y, p):
            notes, lacks = (*notes, "mean of its parts"), (*lacks, "one number")
        return way, notes, lacks, rest
    return as_they_are, (), (), others


def _takes_tables(way: Callable[..., Any]) -> bool:
    try:
        way(asarray([[1.0, 0.0]] * 3), asarray([[0.75, 0.25]] * 3))
    except (NotThisShapeError, TypeError, ValueError, IndexError):  # it goes through numbers
        return False
    except Exception:
        return True
    return True


def _tried(row: Row) -> tuple[Any, Any]:
    """Return labels and predictions to try a loss with."""
    if row.params[0].role == "class label":
        return asarray([[1.0, 0.0], [0.0, 1.0]]), asarray([[0.75, 0.25], [0.5, 0.5]])
    return asarray([1.0, 0.0, 1.0]), asarray([0.75, 0.25, 0.5])


def _gives_slopes(stands: Callable[..., Any], row: Row) -> bool:
    """Whether what comes back has an entry for each prediction; or it raises."""
    y, p = _tried(row)
    try:
        return bool(asarray(stands(y, p)).size == p.size)
    except Exception:  # the verdict will say so
        return True


def _has_parts(ask: Callable[..., Any], row: Row, y: Any, p: Any) -> bool:
    """Whether a loss gives several numbers, of which the mean is taken."""
    try:
        return row.kind == "loss" and asarray(first(ask(y.copy(), p.copy()))).size > 1
    except Exception:  # labels that are numbers, perhaps
        return False


def _picks_one(thing: Any) -> bool:
    """Whether it looks for the largest label of a row."""
    source = source_of(thing)
    return source is not None and "argmax" in source.called()


def compared(thing: Any, label: str) -> bool:
    """Whether labels are compared with a number, or are places: ``y == 1``, ``p[rows, y]``."""
    source, names = source_of(thing), [label]
    if source is None:
        return False
    for own in names:  # entries, and what is taken from them
        entries = [e for layout in LAYOUTS for e in source.elements_of(own + layout)]
        names += [its for its in dict.fromkeys(map(_base, entries)) if its and its not in names]
    places = [node.slice for node in source.nodes(ast.Subscript)]
    places = [each for place in places for each in getattr(place, "elts", [place])]
    return any(_base(_as_whole(place)) in names for place in places) or any(
        isinstance(node.ops[0], (ast.Eq, ast.NotEq))
        and _base(node.left) in names
        and number(node.comparators[0]) is not None
        for node in source.nodes(ast.Compare)
    )


def _as_whole(node: Any) -> Any:
    """Return what is made a whole number: ``y.astype(int)``, ``int(y)``."""
    if not isinstance(node, ast.Call):
        return node
    called = last_name(node.func)
    if called == "int" and node.args:
        return node.args[0]
    return getattr(node.func, "value", node) if called == "astype" else node


def _base(node: Any) -> str | None:
    """Return the name of a variable, or of what an entry is taken from."""
    inner = node.value if isinstance(node, ast.Subscript) else node
    return inner.id if isinstance(inner, ast.Name) else None


def is_cost(name: str, thing: Any, row: Row) -> bool:
    """Tell the cross-entropy of a course, `compute_cost(AL, Y)`, by what stands in it."""
    if row.name != "binary_cross_entropy":
        return False
    if keys(name)[0] in ("computecost", "cost"):
        try:
            its = {p.name.lower() for p in named(thing)}
        except NotThisShapeError:
            return False
        return _has_complement(thing) and len(its) == 2 and "y" in its
    return "crossentropy" in keys(name) and is_of_two_classes(thing)


def _has_complement(thing: Any) -> bool:
    """Whether something is taken from 1, and a logarithm of something is taken."""
    source = source_of(thing)
    if source is None:
        return False
    taken = any(_is_complement(node) for node in source.nodes(ast.BinOp))
    return taken and "log" in source.called()


def _is_complement(node: ast.AST) -> bool:
    """Whether an expression is 1 − x."""
    is_difference = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
    return is_difference and getattr(getattr(node, "left", None), "value", None) == 1


def is_of_two_classes(thing: Any) -> bool:
    """Whether a cross-entropy takes a logarithm of 1 − p, too: the binary one does."""
    try:
        source = Source(thing)
    except NotThisShapeError:
        return False
    for call in source.nodes(ast.Call):
        called = last_name(call.func)
        inside = (node for argument in call.args for node in ast.walk(argument))
        if called == "log1p" or (called == "log" and any(map(_is_complement, inside))):
            return True
    return False
