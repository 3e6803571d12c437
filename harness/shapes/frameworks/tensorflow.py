"""TensorFlow: activations and losses, eager and as a graph, and their gradients."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, MutableMapping
from functools import cache
from typing import Any

from ..binding import Binding, NotThisShapeError
from ..words import Row
from .calls import Call, call_of
from .direct import Direct, seed_of
from .named import base_of, selecting

ROOT = "tensorflow"
NAMES: Mapping[str, str] = {
    "sigmoidcrossentropywithlogits": "bce_with_logits",
    "weightedcrossentropywithlogits": "bce_with_logits",
    "l2loss": "",  # half a sum of squares, of one array
}
DIRECT: Direct = {
    ("dropout", "dropout"): (
        "(x, rate)",
        lambda drop: lambda x, rate, rng: drop(x, rate, seed=seed_of(rng)),
    ),
    ("dropout_v2", "dropout"): (
        "(x, rate)",
        lambda drop: lambda x, rate, rng: drop(x, rate, seed=seed_of(rng)),
    ),
    ("clip_by_value", "clip_by_value"): (
        "(g, -limit, limit)",
        lambda clip: lambda g, limit: clip(g, -limit, limit),
    ),
    ("clip_by_norm", "clip_by_norm"): ("(g, max_norm)", lambda clip: clip),
    ("clip_by_global_norm", "clip_by_global_norm"): (
        "(gradients, max_norm)",
        lambda clip: lambda gradients, max_norm: clip(gradients, max_norm)[0],
    ),
}


def tf() -> Any:
    """Return the framework, which the contender has imported."""
    return sys.modules[ROOT]


def prepare(environment: MutableMapping[str, str]) -> None:
    """Let it say nothing of what it finds on this machine."""
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def owns(thing: Any) -> bool:
    """Whether a thing is one of TensorFlow's functions."""
    module = str(getattr(thing, "__module__", None) or "")
    return callable(thing) and not inspect.isclass(thing) and module.split(".")[0] == ROOT


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into tensors, and back."""
    return {"from_numpy": tf().constant, "to_numpy": lambda tensor: tensor.numpy()}


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of TensorFlow's functions."""
    if row.stepped or row.kind == "schedule":
        raise NotThisShapeError("it is a function of tensors")
    return function(name, thing, row, look, type(None), mean=True)


def function(name: str, thing: Any, row: Row, look: Any, kind: Any, **how: Any) -> Binding:
    """Bind a loss or an activation, or what `GradientTape` makes of it, eager and as a graph."""
    base = base_of(row, look.rows)
    options = selecting(thing, base or row, look.rows)
    how["average"] = tf().reduce_mean
    call = call_of(thing, base or row, kind, options=options, **how)
    stands = call.answer if base is None else _slope(call)
    spelled = call.spelled(name) if base is None else f"the gradient of {name}"
    found = call.bound(name, row, stands, "TensorFlow", spelled)
    found.paths = {"eager": stands, "graph": _graph(stands, len(call.arrays))}
    return found


def _graph(stands: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Make a graph of what has arrays first; the numbers behind them stay what they are."""

    @cache
    def with_numbers(*numbers: Any) -> Any:
        return tf().function(lambda *arrays: stands(*arrays, *numbers), reduce_retracing=True)

    return lambda *arguments: with_numbers(*arguments[count:])(*arguments[:count])


def _slope(call: Call) -> Callable[..., Any]:
    """Derive a function by its last array."""

    def slope(*arguments: Any) -> Any:
        arrays, rest = call.taken_apart(arguments)
        *others, last = arrays
        last = tf().identity(last)
        with tf().GradientTape() as tape:
            tape.watch(last)
            value = call.answer(*others, last, *rest)
        return tape.gradient(value, last)

    return slope
