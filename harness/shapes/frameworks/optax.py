"""Optax: transformations of gradients, losses and schedules; compiled by JAX, and not.

Losses come one for each entry, or for each row: their mean is the contract's.
"""

from __future__ import annotations

import functools
import inspect
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..words import Row, means
from . import jax
from .direct import Direct
from .named import Roles, selecting
from .schedules import by_factory

ROOT = "optax"
NAMES: Mapping[str, str] = {
    "sigmoidbinarycrossentropy": "bce_with_logits",
    "sigmoidfocalloss": "",  # of logits
    "cosinedecayschedule": "cosine_annealing",
    "warmupcosinedecayschedule": "warmup_cosine",
    "polynomialschedule": "polynomial_decay",
    "linearonecycleschedule": "one_cycle",
    "piecewiseconstantschedule": "multi_step_decay",
    "warmupconstantschedule": "linear_warmup",
    "sgdrschedule": "cosine_restarts",
    "trace": "",
}
CONVERTED: Mapping[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("exponentialdecay", "exponential_decay"): lambda its: {
        # A factor of 1/e per 1/k epochs: of one per epoch, the rounding would grow with the epoch.
        "init_value": its["initial_lr"],
        "transition_steps": 1 / its["decay_rate"],
        "decay_rate": math.exp(-1),
    },
    ("exponentialdecay", "step_decay"): lambda its: {
        "init_value": its["initial_lr"],
        "transition_steps": its["epochs_drop"],
        "decay_rate": its["drop"],
    },
    ("cosinedecayschedule", "cosine_annealing"): lambda its: {
        "init_value": its["initial_lr"],
        "decay_steps": its["T_max"],
    },
    ("warmupcosinedecayschedule", "warmup_cosine"): lambda its: {
        "init_value": 0.0,
        "peak_value": its["initial_lr"],
        "warmup_steps": its["warmup_epochs"],
        "decay_steps": its["total_epochs"],
    },
    ("polynomialschedule", "polynomial_decay"): lambda its: {
        "init_value": its["initial_lr"],
        "end_value": its["end_lr"],
        "power": its["power"],
        "transition_steps": its["total_steps"],
    },
    ("warmupconstantschedule", "linear_warmup"): lambda its: {
        "init_value": 0.0,
        "peak_value": its["initial_lr"],
        "warmup_steps": its["warmup_steps"],
    },
    ("piecewiseconstantschedule", "multi_step_decay"): lambda its: {
        "init_value": its["initial_lr"],
        "boundaries_and_scales": dict.fromkeys(its["milestones"], its["drop"]),
    },
}


def _once(factory: Any) -> Callable[..., Any]:
    """Return what a transformation without a state makes of gradients."""

    def transformed(gradients: Any, setting: float) -> Any:
        its = factory(setting)
        return its.update(gradients, its.init(gradients))[0]

    return transformed


def _averaged(factory: Any) -> Callable[..., Any]:
    """Return one step of an average, from where it stands."""

    def next_average(average: Any, value: Any, decay: float) -> Any:
        its = factory(decay, debias=False)
        return its.update(value, its.init(value)._replace(ema=average))[0]

    return next_average


DIRECT: Direct = {
    ("clip", "clip_by_value"): ("(limit).update(g, state)", _once),
    ("clip_by_global_norm", "clip_by_global_norm"): ("(max_norm).update(gradients, state)", _once),
    ("ema", "ema"): ("(decay, debias=False).update(value, state of average)", _averaged),
}


def optax() -> Any:
    """Return the library, which the contender has imported."""
    return sys.modules[ROOT]


def owns(thing: Any) -> bool:
    """Whether a thing is one of Optax's functions, or a user's that makes a transformation."""
    if isinstance(thing, functools.partial):
        thing = thing.func
    if not inspect.isfunction(thing):
        return False
    return thing.__module__.split(".")[0] == ROOT or _says_so(thing)


def _says_so(thing: Any) -> bool:
    """Whether a function's own code makes a transformation: by the names that it reads."""
    reads = {*thing.__code__.co_names}
    return ROOT in reads or "GradientTransformation" in reads


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of Optax's functions, or a user's own."""
    jax.jax().config.update("jax_enable_x64", True)
    if row.stepped:
        return _of_factory(name, thing, row, look)
    if row.kind == "schedule":
        return by_factory(name, thing, row, look, CONVERTED)
    return jax.function(name, thing, row, look, type(None), mean=True)


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into JAX's."""
    return jax.hooks()


def _of_factory(name: str, factory: Any, row: Row, look: Any) -> Binding:
    roles = Roles(named(factory), row.hyper, selecting(factory, row, look.rows))
    rate = roles.assigned.of.get("lr")
    if rate is None:
        raise NotThisShapeError("no parameter is the learning rate")
    if not means(name, row.names) and not roles.options and row.name != "SGDMomentum":
        raise NotThisShapeError("another formula has this name")

    def parts(given: dict[str, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
        def made(lr: Any) -> Any:
            return factory(**{rate: lr}, **given)

        def step(w: Any, grad: Any, state: Any, count: Any, lr: Any) -> Any:
            del count
            updates, state = made(lr).update(grad, state, w)
            return optax().apply_updates(w, updates), state

        return lambda w, lr: made(lr).init(w), step

    call = f"{name}(…).update(grad, state, w), then apply_updates"
    stands = jax.steppers(parts, roles, rate)
    return jax.bound(name, row, call, "optax.GradientTransformation", stands, roles)
