"""JAX: activations, compiled or not, and the optimizers of `jax.example_libraries`.

Numbers of 64 bits are switched on: without them, every question in float64 is one in float32.
"""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from numpy import asarray

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..saving import Saving
from ..shown import shown
from ..words import Row
from . import chosen
from .calls import Call, call_of
from .direct import Direct, seed_of
from .named import Roles, base_of, selecting
from .schedules import Convert, by_factory, decay_with_steps

ROOT = "jax"
NAMES: Mapping[str, str] = {"momentum": "SGDMomentum"}
CONVERTED: Mapping[tuple[str, str], Convert] = {
    **decay_with_steps("step_size", "decay_steps", "decay_rate"),
    ("polynomialdecay", "polynomial_decay"): lambda its: {
        "step_size": its["initial_lr"],
        "decay_steps": its["total_steps"],
        "final_step_size": its["end_lr"],
        "power": its["power"],
    },
    ("piecewiseconstant", "multi_step_decay"): lambda its: {
        "boundaries": its["milestones"],
        "values": [its["initial_lr"] * its["drop"] ** i for i in range(len(its["milestones"]) + 1)],
    },
}
EXAMPLES = "jax.example_libraries.optimizers"


def _drawn(initializer: Any) -> Callable[..., Any]:
    """Return what draws weights with an initialiser."""

    def weights(fan_in: float, fan_out: float, rng: Any) -> Any:
        shape = (int(fan_in), int(fan_out))
        return initializer()(jax().random.key(seed_of(rng)), shape, "float64")

    return weights


_WEIGHTS = "()(key, (fan_in, fan_out))", _drawn
DIRECT: Direct = {
    ("glorot_uniform", "glorot_uniform"): _WEIGHTS,
    ("he_normal", "he_normal"): _WEIGHTS,
    ("clip_grads", "clip_by_global_norm"): ("(gradients, max_norm)", lambda clip: clip),
}
PATHS = ("jit", "eager")


def jax() -> Any:
    """Return the framework, which the contender has imported."""
    return sys.modules[ROOT]


def owns(thing: Any) -> bool:
    """Whether a thing is one of JAX's functions."""
    module = str(getattr(thing, "__module__", None) or "")
    return callable(thing) and not inspect.isclass(thing) and module.split(".")[0] == ROOT


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of JAX's functions."""
    if row.stepped:
        if getattr(thing, "__module__", "") != EXAMPLES:
            raise NotThisShapeError("it makes no optimizer")
        return _of_example(name, thing, row, look)
    if row.kind == "schedule":
        return by_factory(name, thing, row, look, CONVERTED)
    return function(name, thing, row, look, type(None))


def function(name: str, thing: Any, row: Row, look: Any, kind: Any, **how: Any) -> Binding:
    """Bind a loss or an activation, or what `jax.grad` makes of it, compiled and not."""
    base = base_of(row, look.rows)
    call = call_of(
        thing, base or row, kind, options=selecting(thing, base or row, look.rows), **how
    )
    stands = call.answer if base is None else _slope(call)
    spelled = call.spelled(name) if base is None else f"the gradient of {name}"
    found = call.bound(name, row, jax().jit(stands), "JAX", spelled)
    count = len(call.arrays)
    found.paths = {"jit": _compiled(stands, count), "eager": stands}
    found.stands = found.paths["jit"]
    return found


def _compiled(stands: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Compile what has arrays first; the numbers behind them stay what they are."""

    @cache
    def with_numbers(*numbers: Any) -> Any:
        return jax().jit(lambda *arrays: stands(*arrays, *numbers))

    return lambda *arguments: with_numbers(*arguments[count:])(*arguments[:count])


def _slope(call: Call) -> Callable[..., Any]:
    """Derive a function by its last array."""

    def slope(*arguments: Any) -> Any:
        arrays, rest = call.taken_apart(arguments)
        value, back = jax().vjp(lambda last: call.answer(*arrays[:-1], last, *rest), arrays[-1])
        return back(jax().numpy.ones_like(value))[0]

    return slope


def pulled_back(stands: Callable[..., Any], row: Row) -> Callable[..., Any]:
    """Carry a gradient back over a norm, to its data and its parameters."""

    def back(dy: Any, x: Any, gamma: Any, epsilon: float) -> Any:
        to = [x, gamma, jax().numpy.zeros_like(gamma)][: row.arrays_returned]
        return jax().vjp(lambda *its: stands(*its, epsilon), *to)[1](dy)

    return back


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into JAX's; NumPy understands those."""
    jax().config.update("jax_enable_x64", True)
    if chosen.device:
        jax().config.update("jax_default_device", jax().devices(chosen.device)[0])
    return {"from_numpy": jax().numpy.asarray, "synchronize": jax().block_until_ready}


# --- optimizers -----------------------------------------------------------------------------------


class Stepper:
    """An optimizer without objects: it is handed its state, and hands back the next one.

    Parameters
    ----------
    begin : callable
        Returns the first state, from weights and the rate.
    step : callable
        Returns the next weights and state, from weights, a gradient, a state, the number of the
        step and the rate.
    """

    def __init__(self, begin: Callable[..., Any], step: Callable[..., Any], lr: Any) -> None:
        self.lr = lr
        self._begin, self._step = begin, step
        self._state: Any = None
        self._count = 0

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        if self._state is None:
            self._state = self._begin(w, self.lr)
        w, self._state = self._step(w, grad, self._state, self._count, self.lr)
        self._count += 1
        return w

    def shows(self, name: str) -> Any:
        """Return what the state has under a name."""
        return shown(name, self._state)

    def keep(self) -> bytes:
        """Save the arrays of the state, whatever they stand in."""
        leaves = [asarray(leaf) for leaf in jax().tree.leaves(self._state)]
        return pickle.dumps((self._count, leaves))

    def resume(self, kept: bytes, w: Any) -> Stepper:
        """Put saved arrays into a first state."""
        self._count, leaves = pickle.loads(kept)
        tree = jax().tree.structure(self._begin(w, self.lr))
        leaves = [jax().numpy.asarray(leaf, leaf.dtype) for leaf in leaves]
        self._state = jax().tree.unflatten(tree, leaves)
        return self


SAVING = Saving("resumes from its state", Stepper.keep, Stepper.resume, owed=True)


def steppers(
    parts: Callable[..., tuple[Callable[..., Any], Callable[..., Any]]], roles: Roles, rate: str
) -> dict[str, Callable[..., Stepper]]:
    """Return what makes optimizers, compiled and not.

    Parameters
    ----------
    parts : callable
        Returns `begin` and `step` from all arguments but the rate.
    roles : Roles
        Which argument is which.
    rate : str
        What the rate is called there.
    """

    @cache
    def built(path: str, given: tuple[tuple[str, Any], ...]) -> Any:
        begin, step = parts(dict(given))
        return begin, jax().jit(step) if path == "jit" else step

    def making(path: str) -> Callable[..., Stepper]:
        def make(**hyper: Any) -> Stepper:
            jax().config.update("jax_enable_x64", True)
            given = roles.arguments(hyper)
            lr = given.pop(rate, 0.0)
            begin, step = built(path, tuple(given.items()))
            return Stepper(begin, step, lr)

        return make

    return {path: making(path) for path in PATHS}


def bound(
    name: str,
    row: Row,
    call: str,
    shape: str,
    stands: dict[str, Callable[..., Stepper]],
    roles: Roles,
    lacks: tuple[str, ...] = (),
) -> Binding:
    """Bind an optimizer without objects."""
    found = roles.bound(
        row,
        name,
        call,
        shape,
        stands["jit"],
        lacks=lacks,
    )
    found.paths = {path: make for path, make in stands.items() if _works(make, roles)}
    if not found.paths:
        raise NotThisShapeError("it cannot take a step")
    found.stands = next(iter(found.paths.values()))
    found.saving = SAVING
    return found


def _works(make: Callable[..., Any], roles: Roles) -> bool:
    """Whether a first step can be taken; nothing else is looked at."""
    one = jax().numpy.ones(2)
    try:
        make(lr=0.5, **roles.usual).step(one, one)
    except Exception:  # whatever it raises: this path is not there
        return False
    return True


def _of_example(name: str, factory: Any, row: Row, look: Any) -> Binding:
    roles = Roles(named(factory), row.hyper, selecting(factory, row, look.rows))
    rate = roles.assigned.of.get("lr", "")

    def parts(given: dict[str, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
        def made(lr: Any) -> Any:
            return factory(**{rate: lambda _: lr}, **given)

        def step(w: Any, grad: Any, state: Any, count: Any, lr: Any) -> Any:
            del w  # the state holds the weights
            _, update, get_params = made(lr)
            state = update(count, grad, state)
            return get_params(state), state

        return lambda w, lr: made(lr)[0](w), step

    call = f"{name}(…) → init, update, get_params"
    return bound(name, row, call, EXAMPLES, steppers(parts, roles, rate), roles, ("weights given",))
