"""Paddle: optimizers over one tensor, losses, activations, norms and schedules."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Mapping
from math import exp
from typing import Any

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..saving import Saving
from ..words import Row
from .calls import Call, call_of
from .direct import Direct
from .named import Roles, base_of, selecting
from .over_one import OverOne

ROOT = "paddle"
ASKS = ("chance",)
NAMES: Mapping[str, str] = {
    "momentum": "SGDMomentum",
    "crossentropy": "softmax_cross_entropy",
    "softmaxwithcrossentropy": "",  # one number for each row
    "logloss": "",  # one number for each entry
    "binarycrossentropywithlogits": "bce_with_logits",
    "kldiv": "kl_divergence",
    "l1loss": "mae_loss",
    "sigmoidfocalloss": "",  # of logits
    "multistepdecay": "multi_step_decay",
    "cosineannealingwarmrestarts": "cosine_restarts",
    "cosinedecay": "",  # of static graphs, as what is written like a function there
    "noamdecay": "noam",
}
CONVERTED: Mapping[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("ExponentialDecay", "exponential_decay"): lambda its: {
        "learning_rate": its["initial_lr"],
        "gamma": exp(-its["decay_rate"]),
    },
    ("InverseTimeDecay", "inverse_time_decay"): lambda its: {
        "learning_rate": its["initial_lr"],
        "gamma": its["decay_rate"],
    },
    ("MultiStepDecay", "multi_step_decay"): lambda its: {
        "learning_rate": its["initial_lr"],
        "milestones": [int(each) for each in its["milestones"]],
        "gamma": its["drop"],
    },
    ("PolynomialDecay", "polynomial_decay"): lambda its: {
        "learning_rate": its["initial_lr"],
        "decay_steps": int(its["total_steps"]),
        "end_lr": its["end_lr"],
        "power": its["power"],
    },
    ("LinearWarmup", "linear_warmup"): lambda its: {
        "learning_rate": its["initial_lr"],
        "warmup_steps": int(its["warmup_steps"]),
        "start_lr": 0.0,
        "end_lr": its["initial_lr"],
    },
}


def paddle() -> Any:
    """Return the framework, which the contender has imported."""
    return sys.modules[ROOT]


def owns(thing: Any) -> bool:
    """Whether a thing is a class or a function of Paddle's, or a user's optimizer or scheduler."""
    if inspect.isclass(thing) and issubclass(thing, (paddle().optimizer.Optimizer, _scheduler())):
        return True
    module = str(getattr(thing, "__module__", None) or "").split(".")[0]
    return module == ROOT and (inspect.isfunction(thing) or inspect.isclass(thing))


def _scheduler() -> Any:
    return paddle().optimizer.lr.LRScheduler


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into tensors, and back."""
    return {"from_numpy": paddle().to_tensor, "to_numpy": lambda tensor: tensor.numpy()}


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of Paddle's own types."""
    is_class = inspect.isclass(thing)
    if row.stepped:
        if is_class and issubclass(thing, paddle().optimizer.Optimizer):
            return _of_optimizer(name, thing, row, look)
        raise NotThisShapeError("it is no Optimizer")
    if row.kind == "schedule":
        if is_class and issubclass(thing, _scheduler()):
            return _of_scheduler(name, thing, row)
        raise NotThisShapeError("it is no LRScheduler")
    base = base_of(row, look.rows)
    trained = row.kind == "chance"  # each entry for itself: along no axis
    options: dict[str, Any] = {"training": True, "axis": None} if trained else {}
    if "soft_label" in {p.name for p in named(thing)}:
        options["soft_label"] = True
    convert = _as_tensors if (base or row).name == "bce_with_logits" else None
    call = call_of(thing, base or row, type(None), options=options, convert=convert)
    if base is None:
        return call.bound(name, row, call.answer, "Paddle", call.spelled(name))
    return call.bound(name, row, _slope(call), "paddle.grad", f"the gradient of {name}")


def _as_tensors(its: dict[str, Any]) -> dict[str, Any]:
    return {name: paddle().to_tensor(value, dtype="float64") for name, value in its.items()}


def _slope(call: Call) -> Callable[..., Any]:
    """Derive a function by its last array: of an activation, entry by entry."""

    def slope(*arguments: Any) -> Any:
        arrays, rest = call.taken_apart(arguments)
        leaf = arrays[-1].detach().clone()
        leaf.stop_gradient = False
        value = call.answer(*arrays[:-1], leaf, *rest)
        (found,) = paddle().grad(value, leaf, paddle().ones_like(value))
        return found

    return slope


def pulled_back(stands: Callable[..., Any], row: Row) -> Callable[..., Any]:
    """Carry a gradient back over a norm, to its data and its parameters."""

    def back(dy: Any, x: Any, gamma: Any, epsilon: float) -> tuple[Any, ...]:
        to = [x, gamma, paddle().zeros_like(gamma)][: row.arrays_returned]
        leaves = [its.detach().clone() for its in to]
        for leaf in leaves:
            leaf.stop_gradient = False
        return tuple(paddle().grad(stands(*leaves, epsilon), leaves, dy))

    return back


def _batch_norm(norm: Any) -> Callable[..., Any]:
    def ask(x: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
        kept = paddle().zeros_like(gamma), paddle().ones_like(gamma)
        return norm(x, *kept, gamma, beta, training=True, epsilon=epsilon)

    return ask


DIRECT: Direct = {
    ("layer_norm", "layer_norm"): (
        "(x, [d], gamma, beta, epsilon)",
        lambda norm: lambda x, gamma, beta, epsilon: norm(x, x.shape[-1:], gamma, beta, epsilon),
    ),
    ("batch_norm", "batch_norm"): (
        "(x, zeros, ones, gamma, beta, training=True, epsilon=epsilon)",
        _batch_norm,
    ),
}


# --- optimizers -----------------------------------------------------------------------------------


class Stepper(OverOne):
    """An optimizer over one tensor."""

    @staticmethod
    def parameter_of(w: Any) -> Any:
        """Copy weights into a tensor that takes a gradient."""
        made = w.clone()
        made.stop_gradient = False
        made.name = "w"  # what its state is saved by
        return made

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        self.begin(w)
        self.optimizer.set_lr(self.lr)
        with paddle().no_grad():
            paddle().assign(w, self._parameter)
        self._parameter.grad = grad.clone()
        self.optimizer.step()
        return self._parameter.detach().clone()


def _saved(stepper: Stepper) -> bytes:
    held = stepper.optimizer.state_dict()
    return pickle.dumps(
        {own: its.numpy() if hasattr(its, "numpy") else its for own, its in held.items()}
    )


def _loaded(stepper: Stepper, kept: bytes, w: Any) -> Stepper:
    state = {
        own: paddle().to_tensor(its) if hasattr(its, "dtype") else its
        for own, its in pickle.loads(kept).items()
    }
    stepper.begin(w).set_state_dict(state)
    return stepper


SAVING = Saving("resumes from its state_dict", _saved, _loaded, owed=True)


def _of_optimizer(name: str, kind: Any, row: Row, look: Any) -> Binding:
    its = [p for p in named(kind) if p.name not in ("parameters", "rescale_grad", "lr_ratio")]
    roles = Roles(its, row.hyper, selecting(kind, row, look.rows))

    def make(**hyper: Any) -> Stepper:
        given = roles.arguments(hyper)
        return Stepper(lambda parameters: kind(parameters=parameters, **given), hyper["lr"])

    found = roles.bound(
        row,
        name,
        f"{name}(…, parameters=[w]).step()",
        "paddle.optimizer.Optimizer",
        make,
    )
    found.saving = SAVING
    return found


# --- schedules ------------------------------------------------------------------------------------


def _of_scheduler(name: str, kind: Any, row: Row) -> Binding:
    time = next(p.name for p in row.params if p.role == "time")
    wanted = [p for p in row.params if p.name != time]
    convert = CONVERTED.get((kind.__name__, row.name))
    roles = Roles(named(kind), wanted, {}, convert)
    names = [p.name for p in row.params if p.name not in roles.without]

    def stands(*arguments: Any) -> float:
        given = dict(zip(names, arguments))
        count = given.pop(time)
        if count != int(count):
            raise ValueError("a scheduler counts whole epochs")
        scheduler = kind(**roles.arguments(given))
        for _ in range(int(count)):
            scheduler.step()
        return float(scheduler())

    return roles.bound(
        row,
        name,
        f"{name}(…), called after each step()",
        "LRScheduler",
        stands,
        lacks=("fractions of an epoch",),
    )
