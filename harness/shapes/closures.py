"""Optimizers as a function that makes the step: ``make_adam(lr)`` returns ``step(w, g)``."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from .assign import assign, named
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .containers import container, gradient_name, weights_name
from .driven import Driven, bound, fixed
from .shown import cells
from .source import Source
from .words import TAGS, Row


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Recognise a factory of steps, by what its inner function takes."""
    del look
    if not row.stepped or inspect.isclass(thing):
        return None
    source = Source(thing)
    inner = {n.name: n for n in source.nodes(ast.FunctionDef) if n is not source.tree}
    returned = [inner[v.id] for v in source.returned() if isinstance(v, ast.Name) and v.id in inner]
    if len(returned) != 1:
        return None
    its = [argument.arg for argument in returned[0].args.args]
    tags = {own: "w" for own in its if own.lower() in TAGS and len(its) > 2}
    its = [own for own in its if own not in tags]
    w, g = weights_name(its), gradient_name(its)
    if len(its) != 2 or w is None or g is None:
        raise NotThisShapeError(f"what {returned[0].name}({', '.join(its)}) takes cannot be told")
    within = container(source, w, g)
    roles = assign(named(thing), row.hyper)
    pinned = fixed(roles, Constants(thing, row))

    def make(**hyper: Any) -> Driven:
        step = thing(**roles.arguments(hyper))

        def advance(weights: Any, slope: Any, rate: float) -> Any:
            del rate
            held = within.weights(weights)
            answer = step(**tags, **{w: held, g: within.gradient(slope)})
            return within.read(held if answer is None else answer)

        return Driven(hyper, advance, lambda: cells(step))

    call = f"{name}(…) → {returned[0].name}({', '.join([*tags, *its])})"
    return bound(name, row, call, "closure", make, roles, pinned)
