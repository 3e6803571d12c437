"""Frameworks as they are: their optimizers, schedules, losses and activations, by their types.

What a framework's own type is called like is known: nothing about it is guessed from names and
signatures. Each framework has a file of its own here, with

- `ROOT`, the package that a contender has imported if it can have anything of this framework,
- `owns`, which tells the framework's types from all others,
- `recognises`, which binds one of them, as every shape does,
- `hooks`, which turn NumPy's arrays into the framework's, and back,
- `NAMES`, where a name of the framework means another formula than it says elsewhere,
- `DIRECT`, where it is called in a way of its own (`direct`), and `ASKS`, of such kinds of
  formulas those that `recognises` knows of,
- `prepare`, where something must be so before it is imported.

Everything else is found by the names, roles and synonyms of the contract's rows: a formula that is
new there is found in every framework that calls it so.
"""

from __future__ import annotations

import inspect
import os
import sys
from functools import partial
from importlib.util import find_spec
from typing import Any

from ..binding import Binding, NotThisShapeError
from ..words import Row
from . import (
    autograd,
    chosen,
    direct,
    jax,
    keras,
    mlx,
    named,
    optax,
    paddle,
    pytorch,
    sklearn,
    tensorflow,
)

KINDS = frozenset(("loss", "gradient", "activation", "optimizer", "schedule", *direct.KINDS))
SHAPES = (pytorch, keras, optax, mlx, jax, tensorflow, paddle, sklearn, autograd)


def owner(thing: Any) -> Any:
    """Return the framework whose own type a thing is, or is made of; None where it is none's."""
    if _is_begun(thing):
        thing = thing.func
    for shape in SHAPES:
        if shape.ROOT in sys.modules and shape.owns(thing):
            return shape
    return None


def _is_begun(thing: Any) -> bool:
    """Whether it is a class of which some arguments are given already."""
    return type(thing) is partial and inspect.isclass(thing.func)


def are_there() -> bool:
    """Whether any framework is loaded."""
    return any(shape.ROOT in sys.modules for shape in SHAPES)


def called(thing: Any) -> Any:
    """Return what a class of PyTorch's that is never made is called by; else the thing itself."""
    return pytorch.called(thing) if pytorch.ROOT in sys.modules else thing


def means(name: str, thing: Any, row: Row, rows: dict[str, Row]) -> bool:
    """Whether a framework's name may mean a formula."""
    if row.kind not in KINDS:
        return False
    shape = owner(thing)
    if row.kind == "norm" and named.base_of(row, rows) and not direct.has_gradient(shape, thing):
        return False
    listed = direct.is_listed(shape, name, thing, row, rows)
    return listed or named.may_mean(name, thing, row, rows, shape.NAMES)


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind what is a framework's own type."""
    shape = owner(thing)
    if shape is None:
        return None
    if _is_begun(thing):  # to set others for them would judge what nobody uses
        raise NotThisShapeError("some of its arguments are given already")
    found: Binding | None
    if "probability" in row.arrays and _takes_logits(thing):
        raise NotThisShapeError("it takes logits")
    special = row.kind in direct.KINDS and row.kind not in getattr(shape, "ASKS", ())
    if special or direct.is_listed(shape, name, thing, row, look.rows):
        shape.hooks()
        found = direct.recognises(shape, name, thing, row, look)
    else:
        found = shape.recognises(name, thing, row, look)
    if found is not None and not found.hooks and row.kind != "schedule":
        found.hooks = shape.hooks()
    return found


def _takes_logits(thing: Any) -> bool:
    """Whether a loss forms the probability itself: its code calls what is named for logits."""
    code = getattr(getattr(thing, "forward", thing), "__code__", None)
    return any("with_logits" in name for name in getattr(code, "co_names", ()))


def one_of_each(things: dict[str, Any], formulas: set[str]) -> dict[str, Any]:
    """Leave out what a framework has twice: a function beside its class, a second name.

    What has a formula's own name stays; else the class, whose objects make one number of a loss.
    """
    chosen: dict[str, str] = {}
    owned = {name: thing for name, thing in things.items() if owner(thing) is not None}
    for name in sorted(owned, key=lambda name: (name in formulas, inspect.isclass(owned[name]))):
        chosen[named.key(name)] = name
    last = {id(owned[name]): name for name in chosen.values()}
    return {
        name: thing
        for name, thing in things.items()
        if name not in owned
        or name in formulas
        or (chosen[named.key(name)] == name == last[id(thing)])
    }


def prepare(module: str) -> None:
    """Set what a framework must find when it is imported."""
    for shape in SHAPES:
        if module.split(".")[0] in getattr(shape, "IMPORTED_AS", (shape.ROOT,)):
            getattr(shape, "prepare", _nothing)(os.environ)


def prepare_for(source: bytes) -> None:
    """Set what a file must find: a back end that is there, if it wants Keras and names none."""
    wants = b"import keras" in source or b"from keras" in source
    if wants and b"KERAS_BACKEND" not in source and find_spec("tensorflow") is None:
        keras.prepare(os.environ)


def compute_on(device: str) -> None:
    """Choose where frameworks compute."""
    chosen.device = device


def _nothing(_: Any) -> None:
    return None
