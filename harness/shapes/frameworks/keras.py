"""Keras: optimizers over one variable, losses, activations and schedules, on JAX or TensorFlow.

Rates are kept in the float type, so that is float64; what is asked in float32 has weights and
losses of float32.
"""

from __future__ import annotations

import importlib.util
import inspect
import pickle
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..saving import Saving
from ..shown import shown
from ..words import Row
from . import jax, tensorflow
from .direct import Direct, seed_of
from .named import Roles, selecting
from .schedules import by_factory, decay_with_steps

ROOT = "keras"
BACKENDS: Mapping[str, Any] = {"jax": jax, "tensorflow": tensorflow}
NAMES: Mapping[str, str] = {
    "cosinedecay": "cosine_annealing",
    "cosinedecayrestarts": "cosine_restarts",
    "polynomialdecay": "polynomial_decay",
    "binaryfocalcrossentropy": "focal_loss",
    "meanabsoluteerror": "mae_loss",
    "huber": "huber_loss",
    "hinge": "hinge_loss",
    "kldivergence": "kl_divergence",
}
CONVERTED = {
    **decay_with_steps("initial_learning_rate", "decay_steps", "decay_rate"),
    ("cosinedecay", "cosine_annealing"): lambda its: {
        "initial_learning_rate": its["initial_lr"],
        "decay_steps": its["T_max"],
    },
    # Keras counts the steps of the decay from the end of the warm-up.
    ("cosinedecay", "warmup_cosine"): lambda its: {
        "initial_learning_rate": 0.0,
        "decay_steps": its["total_epochs"] - its["warmup_epochs"],
        "warmup_target": its["initial_lr"],
        "warmup_steps": its["warmup_epochs"],
    },
    ("cosinedecayrestarts", "cosine_restarts"): lambda its: {
        "initial_learning_rate": its["initial_lr"],
        "first_decay_steps": its["T_0"],
        "t_mul": float(its["T_mult"]),
    },
    ("polynomialdecay", "polynomial_decay"): lambda its: {
        "initial_learning_rate": its["initial_lr"],
        "decay_steps": its["total_steps"],
        "end_learning_rate": its["end_lr"],
        "power": its["power"],
    },
}


def _weights(kind: Any) -> Callable[..., Any]:
    """Return what draws weights with an initialiser."""

    def weights(fan_in: float, fan_out: float, rng: Any) -> Any:
        return kind(seed=seed_of(rng))((int(fan_in), int(fan_out)), dtype="float64")

    return weights


def _dropped(kind: Any) -> Callable[..., Any]:
    """Return what asks a layer as in training."""

    def dropped(x: Any, rate: float, rng: Any) -> Any:
        return kind(rate, seed=seed_of(rng), dtype=x.dtype.name)(x, training=True)

    return dropped


def _norm_layer(*names: str, **how: Any) -> Callable[[Any], Callable[..., Any]]:
    """Return what asks a layer that keeps γ and β under these names."""

    def of(kind: Any) -> Callable[..., Any]:
        def ask(x: Any, *given: Any) -> Any:
            *kept, epsilon = given
            layer = kind(epsilon=epsilon, dtype=x.dtype.name)
            layer.build(x.shape)
            for name, value in zip(names, kept):
                getattr(layer, name).assign(value)
            return layer(x, **how)

        return ask

    return of


DIRECT: Direct = {
    ("GlorotUniform", "glorot_uniform"): ("()((fan_in, fan_out))", _weights),
    ("HeNormal", "he_normal"): ("()((fan_in, fan_out))", _weights),
    ("Dropout", "dropout"): ("(rate)(x, training=True)", _dropped),
    ("LayerNormalization", "layer_norm"): ("(epsilon)(x)", _norm_layer("gamma", "beta")),
    ("RMSNormalization", "rms_norm"): ("(epsilon)(x)", _norm_layer("scale")),
    ("BatchNormalization", "batch_norm"): (
        "(epsilon)(x, training=True)",
        _norm_layer("gamma", "beta", training=True),
    ),
}


def keras() -> Any:
    """Return the framework, which the contender has imported."""
    return sys.modules[ROOT]


def prepare(environment: MutableMapping[str, str]) -> None:
    """Choose the back end that is there."""
    if importlib.util.find_spec("jax") is not None:
        environment.setdefault("KERAS_BACKEND", "jax")


def owns(thing: Any) -> bool:
    """Whether a thing is an optimizer, a loss, a schedule or a function of Keras's."""
    if inspect.isclass(thing):
        its = keras()
        kinds = (its.optimizers.Optimizer, its.losses.Loss, _schedule())
        if issubclass(thing, (its.layers.Layer, its.initializers.Initializer)):
            return any(thing.__name__ == own for own, _ in DIRECT)
        return issubclass(thing, kinds)
    module = str(getattr(thing, "__module__", None) or "")
    return inspect.isfunction(thing) and module.split(".")[0] == ROOT


def _schedule() -> Any:
    return keras().optimizers.schedules.LearningRateSchedule


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into those of the back end."""
    keras().config.set_floatx("float64")
    backend = keras().backend.backend()
    if backend in BACKENDS:
        found: dict[str, Callable[..., Any]] = BACKENDS[backend].hooks()
        return found
    ops = keras().ops
    return {"from_numpy": ops.convert_to_tensor, "to_numpy": ops.convert_to_numpy}


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of Keras's own types."""
    hooks()
    is_class = inspect.isclass(thing)
    if row.stepped:
        if is_class and issubclass(thing, keras().optimizers.Optimizer):
            return _of_optimizer(name, thing, row, look)
        raise NotThisShapeError("it is no Optimizer")
    if row.kind == "schedule":
        if is_class and issubclass(thing, _schedule()):
            return by_factory(name, thing, row, look, CONVERTED)
        raise NotThisShapeError("it is no LearningRateSchedule")
    how: dict[str, Any] = {"forward": "call", "mean": not is_class}
    its = inspect.signature(thing).parameters.values() if is_class else ()
    if any(p.name == "dtype" or p.kind is p.VAR_KEYWORD for p in its):
        # A loss computes in the float type, unless it is told that of its input.
        how["more"] = lambda arrays: {"dtype": arrays[-1].dtype.name}
    backend = keras().backend.backend()
    if backend not in BACKENDS:
        raise NotThisShapeError(f"how functions are derived on {backend} is not known")
    found: Binding = BACKENDS[backend].function(name, thing, row, look, keras().losses.Loss, **how)
    return found


class Stepper:
    """An optimizer over one variable, which is handed its weights and gradient at each step."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer
        self._variable: Any = None

    @property
    def lr(self) -> float:
        """The learning rate."""
        return float(self._optimizer.learning_rate)

    @lr.setter
    def lr(self, rate: float) -> None:
        self._optimizer.learning_rate = rate

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        self._begin(w)
        self._variable.assign(w)
        self._optimizer.apply([grad], [self._variable])
        # On TensorFlow the value is the variable itself, which the next step changes.
        return keras().ops.copy(self._variable.value)

    def _begin(self, w: Any) -> None:
        if self._variable is None:
            self._variable = keras().Variable(w, dtype=w.dtype.name)

    def shows(self, name: str) -> Any:
        """Return what the optimizer keeps under a name."""
        return shown(name, self._optimizer)

    def keep(self) -> bytes:
        """Save the optimizer's own variables."""
        held: dict[str, Any] = {}
        self._optimizer.save_own_variables(held)
        return pickle.dumps({name: keras().ops.convert_to_numpy(its) for name, its in held.items()})

    def resume(self, kept: bytes, w: Any) -> Stepper:
        """Load them into another object."""
        self._begin(w)
        self._optimizer.build([self._variable])
        self._optimizer.load_own_variables(pickle.loads(kept))
        return self


SAVING = Saving("resumes from its variables", Stepper.keep, Stepper.resume, owed=True)


def _of_optimizer(name: str, kind: Any, row: Row, look: Any) -> Binding:
    roles = Roles(named(kind), row.hyper, selecting(kind, row, look.rows))

    def make(**hyper: Any) -> Stepper:
        return Stepper(kind(**roles.arguments(hyper)))

    found = roles.bound(
        row,
        name,
        f"{name}(…).apply([grad], [w])",
        "keras.Optimizer",
        make,
    )
    found.saving = SAVING
    found.practice = lambda: [_from_config(kind, roles)]
    return found


def _from_config(kind: Any, roles: Roles) -> tuple[str, str, str]:
    """Make an optimizer again from its `get_config`: what that leaves out is at its default."""
    check = "is made again from its config"
    given = roles.arguments({"lr": 0.125, **roles.usual})
    try:
        made = kind(**given)
        ends = []
        for optimizer in (made, kind.from_config(made.get_config())):
            variable = keras().Variable(keras().ops.ones(2, dtype="float64"), dtype="float64")
            for _ in range(3):
                optimizer.apply([variable.value * 0.5], [variable])
            ends.append(keras().ops.convert_to_numpy(variable.value).tolist())
    except Exception as error:
        return check, "refused", f"{type(error).__name__}: {error}"[:200]
    if ends[0] == ends[1]:
        return check, "passed", ""
    return check, "differs", f"comes to {ends[1]}, not to {ends[0]}"
