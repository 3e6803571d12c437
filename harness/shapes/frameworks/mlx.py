"""MLX on the CPU: optimizers, losses, activations and schedules.

Kernels are not compiled at run time, which on Linux would take a C++ compiler. Rates are arrays of
float64: as Python's numbers they would be float32.
"""

from __future__ import annotations

import inspect
import math
import pickle
import sys
from collections.abc import Callable, Mapping
from typing import Any

from numpy import array as numpy_array

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..saving import Saving
from ..shown import shown
from ..words import Row
from . import chosen
from .calls import Call, call_of
from .direct import Direct, seed_of
from .named import Roles, base_of, selecting
from .schedules import by_factory

ROOT = "mlx.core"
NAMES: Mapping[str, str] = {
    "crossentropy": "softmax_cross_entropy",
    "crossentropyloss": "softmax_cross_entropy",
    "l1loss": "mae_loss",
    "geluapprox": "",
}
CONVERTED = {
    # MLX is told the factor per step.
    ("exponentialdecay", "exponential_decay"): lambda its: {
        "init": its["initial_lr"],
        "decay_rate": math.exp(-its["decay_rate"]),
    },
    ("stepdecay", "step_decay"): lambda its: {
        "init": its["initial_lr"],
        "decay_rate": its["drop"],
        "step_size": its["epochs_drop"],
    },
    ("cosinedecay", "cosine_annealing"): lambda its: {
        "init": its["initial_lr"],
        "decay_steps": its["T_max"],
    },
}


def _norm_layer(kind: Any) -> Callable[..., Any]:
    """Return what asks a layer that keeps γ, and β where it has one."""

    def ask(x: Any, *given: Any) -> Any:
        *kept, epsilon = given
        layer = kind(x.shape[-1], eps=epsilon)
        for name, value in zip(("weight", "bias"), kept):
            setattr(layer, name, value)
        return layer(x)

    return ask


def _filled(initializer: Any) -> Callable[..., Any]:
    """Return what fills new weights, which MLX lays out as one row an output."""

    def weights(fan_in: float, fan_out: float, rng: Any) -> Any:
        mx().random.seed(seed_of(rng))
        return initializer()(mx().zeros((int(fan_out), int(fan_in)))).T

    return weights


def _dropped(kind: Any) -> Callable[..., Any]:
    """Return what asks a layer, which is trained unless it is told otherwise."""

    def dropped(x: Any, rate: float, rng: Any) -> Any:
        mx().random.seed(seed_of(rng))
        return kind(rate)(x)

    return dropped


_NORM_LAYER = "(d, eps=epsilon)(x)", _norm_layer
DIRECT: Direct = {
    ("LayerNorm", "layer_norm"): _NORM_LAYER,
    ("RMSNorm", "rms_norm"): _NORM_LAYER,
    ("BatchNorm", "batch_norm"): _NORM_LAYER,
    ("Dropout", "dropout"): ("(rate)(x)", _dropped),
    ("glorot_uniform", "glorot_uniform"): ("()(w)", _filled),
    ("he_normal", "he_normal"): ("()(w)", _filled),
    ("clip_grad_norm", "clip_by_global_norm"): (
        "(gradients, max_norm)",
        lambda clip: lambda gradients, max_norm: clip(gradients, max_norm)[0],
    ),
}


def mx() -> Any:
    """Return the framework's core, which the contender has imported."""
    return sys.modules[ROOT]


def owns(thing: Any) -> bool:
    """Whether a thing is an optimizer, a module or a function of MLX's."""
    if inspect.isclass(thing):
        kinds = tuple(
            getattr(sys.modules[module], kind)
            for module, kind in (("mlx.optimizers", "Optimizer"), ("mlx.nn", "Module"))
            if module in sys.modules
        )
        return issubclass(thing, kinds)
    module = str(getattr(thing, "__module__", None) or "")
    return callable(thing) and module.split(".")[0] == "mlx"


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into MLX's, and back."""
    mx().set_default_device(getattr(mx(), chosen.device or "cpu"))
    mx().disable_compile()
    return {"from_numpy": from_numpy, "to_numpy": to_numpy, "synchronize": mx().eval}


def from_numpy(array: Any) -> Any:
    """Make an MLX array of NumPy's."""
    kind = getattr(mx(), array.dtype.name)
    if array.dtype.name == "bfloat16":  # which it takes from nobody, nor gives to anybody
        array = array.astype("float32")
    return mx().array(array, dtype=kind)


def to_numpy(array: Any) -> Any:
    """Make an array of NumPy's of MLX's."""
    narrow = getattr(array, "dtype", None) == mx().bfloat16
    return numpy_array(array.astype(mx().float32) if narrow else array)


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of MLX's own types."""
    hooks()
    is_class = inspect.isclass(thing)
    if row.stepped:
        if is_class and issubclass(thing, sys.modules["mlx.optimizers"].Optimizer):
            return _of_optimizer(name, thing, row, look)
        raise NotThisShapeError("it is no Optimizer")
    if row.kind == "schedule":
        if is_class:
            raise NotThisShapeError("it is no schedule")
        return by_factory(name, thing, row, look, CONVERTED, at=_at)
    base = base_of(row, look.rows)
    kind = sys.modules["mlx.nn"].Module
    options = selecting(thing, base or row, look.rows)
    call = call_of(thing, base or row, kind, forward="__call__", options=options, mean=True)
    if base is None:
        return call.bound(name, row, call.answer, "MLX", call.spelled(name))
    return call.bound(name, row, _slope(call), "mlx.core.vjp", f"the gradient of {name}")


def _at(step: Any) -> Any:
    """Count steps as an optimizer of MLX's does."""
    return mx().array(step, dtype=mx().uint64) if step == int(step) else mx().array(step)


def _slope(call: Call) -> Callable[..., Any]:
    """Derive a function by its last array."""

    def slope(*arguments: Any) -> Any:
        arrays, rest = call.taken_apart(arguments)

        def of_last(last: Any) -> Any:
            return call.answer(*arrays[:-1], last, *rest)

        seed = mx().ones_like(of_last(arrays[-1]))
        _, (found,) = mx().vjp(of_last, [arrays[-1]], [seed])
        return found

    return slope


class Stepper:
    """An optimizer over one array, which is handed its weights and gradient at each step."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    @property
    def lr(self) -> float:
        """The learning rate."""
        return float(self._optimizer.learning_rate.item())

    @lr.setter
    def lr(self, rate: float) -> None:
        self._optimizer.learning_rate = mx().array(rate, dtype=mx().float64)

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        return self._optimizer.apply_gradients({"w": grad}, {"w": w})["w"]

    def shows(self, name: str) -> Any:
        """Return what the optimizer keeps under a name."""
        return shown(name, self._optimizer)

    def keep(self) -> bytes:
        """Save the arrays of the state, each with its place in the tree."""
        flat = sys.modules["mlx.utils"].tree_flatten(self._optimizer.state)
        return pickle.dumps([(place, numpy_array(its)) for place, its in flat])

    def resume(self, kept: bytes, w: Any) -> Stepper:
        """Put saved arrays into another object."""
        self._optimizer.init({"w": w})
        flat = [(place, from_numpy(its)) for place, its in pickle.loads(kept)]
        self._optimizer.state = sys.modules["mlx.utils"].tree_unflatten(flat)
        return self


SAVING = Saving("resumes from its state", Stepper.keep, Stepper.resume, owed=True)


def _of_optimizer(name: str, kind: Any, row: Row, look: Any) -> Binding:
    roles = Roles(named(kind), row.hyper, selecting(kind, row, look.rows))
    rate = roles.assigned.of.get("lr", "learning_rate")

    def make(**hyper: Any) -> Stepper:
        given = roles.arguments(hyper)
        given[rate] = mx().array(given[rate], dtype=mx().float64)
        return Stepper(kind(**given))

    found = roles.bound(
        row,
        name,
        f"{name}(…).apply_gradients(grad, w)",
        "mlx.optimizers.Optimizer",
        make,
    )
    found.saving = SAVING
    return found
