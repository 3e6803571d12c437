"""PyTorch: optimizers over one tensor, schedulers over one optimizer, losses, activations.

Each optimizer is asked on all its paths: one tensor after the other, many at once (`foreach`), in
one kernel (`fused`).
"""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable, Mapping
from math import exp
from typing import Any

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..saving import Saving
from ..schedules import FACTORS, ends, raises_to_a_power
from ..words import Row
from . import chosen, practice, pytorch_norms
from .calls import Call, call_of
from .direct import Direct
from .named import Roles, base_of, selecting
from .over_one import OverOne

ROOT = "torch"
NAMES: Mapping[str, str] = {
    "crossentropyloss": "softmax_cross_entropy",
    "crossentropy": "softmax_cross_entropy",
    "binarycrossentropywithlogits": "bce_with_logits",
    "bcewithlogitsloss": "bce_with_logits",
    "kldiv": "kl_divergence",
    "kldivloss": "kl_divergence",
    "cosineannealingwarmrestarts": "cosine_restarts",
    "multisteplr": "multi_step_decay",
    "polynomiallr": "polynomial_decay",
    "onecyclelr": "one_cycle",
    "l1loss": "mae_loss",
    "batchnorm1d": "batch_norm",
    "batchnorm2d": "",  # of pictures
    "batchnorm3d": "",
    "getcosineschedulewithwarmup": "warmup_cosine",
    "getconstantschedulewithwarmup": "linear_warmup",
    "getwsdschedule": "warmup_stable_decay",
}
ASKS = ("chance", "norm")
PATHS: Mapping[str, Mapping[str, Any]] = {
    "for-loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "capturable": {"foreach": True, "capturable": True},
}


def torch() -> Any:
    """Return the framework, which the contender has imported."""
    return sys.modules[ROOT]


def owns(thing: Any) -> bool:
    """Whether a thing is an optimizer, a scheduler, a module or a function of PyTorch's."""
    if isinstance(thing, torch().nn.Module):
        return True
    if inspect.isclass(thing):
        return issubclass(thing, (_optimizer(), _scheduler(), torch().nn.Module))
    module = str(getattr(thing, "__module__", None) or "")
    if module.split(".")[0] == ROOT or _takes_an_optimizer(thing):
        return True
    name = getattr(thing, "__name__", "")  # a function of C++ stands in no module
    return callable(thing) and getattr(torch(), str(name), None) is thing


def called(thing: Any) -> Any:
    """Return what an autograd.Function is applied by, as a function; anything else as it is."""
    kind: Any = thing
    if not inspect.isclass(thing) or not issubclass(kind, torch().autograd.Function):
        return thing

    its = [p for p in inspect.signature(kind.forward).parameters.values() if p.name != "ctx"]
    signature = inspect.Signature(its)

    def applied(*arrays: Any, **options: Any) -> Any:
        return kind.apply(*signature.bind(*arrays, **options).args)  # which takes no names

    applied.__signature__ = signature  # type: ignore[attr-defined]  # as functions may
    applied.__module__, applied.__name__ = ROOT, kind.__name__
    return applied


def _optimizer() -> Any:
    return torch().optim.Optimizer


def _scheduler() -> Any:
    return torch().optim.lr_scheduler.LRScheduler


def _takes_an_optimizer(thing: Any) -> bool:
    """Whether a function is handed an optimizer first: it makes a scheduler, perhaps."""
    if not inspect.isfunction(thing):
        return False
    its = list(inspect.signature(thing).parameters)
    return its[:1] == ["optimizer"]


def recognises(name: str, thing: Any, row: Row, look: Any) -> Binding | None:
    """Bind one of PyTorch's own types."""
    if isinstance(thing, torch().nn.Module):  # one that somebody has made: gelu = GELU()
        thing = thing.forward
    is_class = inspect.isclass(thing)
    if row.stepped:
        if is_class and issubclass(thing, _optimizer()):
            return _of_optimizer(name, thing, row, look)
        raise NotThisShapeError("it is no torch.optim.Optimizer")
    if row.kind == "schedule":
        if _takes_an_optimizer(thing) or (is_class and issubclass(thing, _scheduler())):
            return _of_scheduler(name, thing, row)
        raise NotThisShapeError("it is no LRScheduler")
    if row.kind == "norm":
        if not is_class:
            raise NotThisShapeError("how it is asked for this formula is not known")
        return pytorch_norms.of_layer(name, thing, row)
    base = base_of(row, look.rows)
    trained = row.kind == "chance" and not is_class
    options = {"training": True} if trained else {}  # a layer is, unless it is told otherwise
    convert = _as_tensors if (base or row).name == "bce_with_logits" else None
    kind = torch().nn.Module
    call = call_of(thing, base or row, kind, forward="forward", options=options, convert=convert)
    _number_labels(call)
    if base is None:
        return call.bound(name, row, call.answer, "PyTorch", call.spelled(name))
    return call.bound(name, row, _slope(call, base), "autograd", f"the gradient of {name}")


def _number_labels(call: Call) -> None:
    """Find out whether a loss takes labels as numbers alone: what is one-hot raises."""
    if call.row.params[0].role != "class label" or call.numbered:
        return
    rows = torch().eye(2, dtype=torch().float64)
    for call.numbered in (False, True, False):  # the last is what its verdict will tell of
        try:
            call.answer(rows, rows)
        except Exception:  # whatever it raises: it does not take them
            continue
        return


def _as_tensors(its: dict[str, Any]) -> dict[str, Any]:
    """Spell numbers as PyTorch wants them here: a number without axes narrows nothing."""
    return {name: torch().tensor(value, dtype=torch().float64) for name, value in its.items()}


# --- arrays ---------------------------------------------------------------------------------------


def hooks() -> dict[str, Callable[..., Any]]:
    """Return what turns NumPy's arrays into tensors, and back, and waits for them."""
    found = {"from_numpy": from_numpy, "to_numpy": to_numpy}
    if chosen.device.startswith("cuda"):
        found["synchronize"] = lambda _: torch().cuda.synchronize()
    return found


def from_numpy(array: Any) -> Any:
    """Make a tensor of an array."""
    if array.dtype.name == "bfloat16":
        tensor = torch().from_numpy(array.view("int16").copy()).view(torch().bfloat16)
    else:
        tensor = torch().from_numpy(array)
    return tensor.to(chosen.device) if chosen.device else tensor


def to_numpy(tensor: Any) -> Any:
    """Make an array of a tensor."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch().bfloat16 else tensor).numpy()


# --- functions ------------------------------------------------------------------------------------


def _slope(call: Call, base: Row) -> Callable[..., Any]:
    """Let autograd derive a function by its last array: of an activation, entry by entry."""

    def slope(*arguments: Any) -> Any:
        arrays, rest = call.taken_apart(arguments)
        leaf = arrays[-1].detach().clone().requires_grad_()
        value = call.answer(*arrays[:-1], leaf, *rest)
        seed = torch().ones_like(value)
        (found,) = torch().autograd.grad(value, leaf, seed)
        return found

    del base
    return slope


def pulled_back(stands: Callable[..., Any], row: Row) -> Callable[..., Any]:
    """Let autograd carry a gradient back over a norm, to its data and its parameters."""

    def back(dy: Any, x: Any, gamma: Any, epsilon: float) -> tuple[Any, ...]:
        to = [x, gamma, torch().zeros_like(gamma)][: row.arrays_returned]
        leaves = [its.detach().clone().requires_grad_() for its in to]
        return tuple(torch().autograd.grad(stands(*leaves, epsilon), leaves, dy))

    return back


def _filled(fill: Any) -> Callable[..., Any]:
    """Return what fills new weights, which PyTorch lays out as one row an output."""

    def weights(fan_in: float, fan_out: float) -> Any:
        return fill(torch().empty(int(fan_out), int(fan_in), dtype=torch().float64)).T

    return weights


def _clipped(clip: Any) -> Callable[..., Any]:
    """Return what clips the gradients of parameters in place, as one of gradients."""

    def clipped(gradients: Any, most: float) -> Any:
        several = isinstance(gradients, (list, tuple))
        held = [torch().nn.Parameter(g.clone()) for g in (gradients if several else [gradients])]
        for each in held:
            each.grad = each.detach().clone()
        clip(held, most)
        return [each.grad for each in held] if several else held[0].grad

    return clipped


DIRECT: Direct = {
    ("layer_norm", "layer_norm"): (
        "(x, (d,), gamma, beta, epsilon)",
        lambda norm: lambda x, gamma, beta, epsilon: norm(x, x.shape[-1:], gamma, beta, epsilon),
    ),
    ("rms_norm", "rms_norm"): (
        "(x, (d,), gamma, epsilon)",
        lambda norm: lambda x, gamma, epsilon: norm(x, x.shape[-1:], gamma, epsilon),
    ),
    ("batch_norm", "batch_norm"): (
        "(x, None, None, gamma, beta, training=True, eps=epsilon)",
        lambda norm: (
            lambda x, gamma, beta, epsilon: norm(
                x, None, None, gamma, beta, training=True, eps=epsilon
            )
        ),
    ),
    ("xavier_uniform", "glorot_uniform"): ("(w)", _filled),
    ("kaiming_normal", "he_normal"): ("(w)", _filled),
    ("clip_grad_norm", "clip_by_global_norm"): ("(parameters, max_norm)", _clipped),
    ("clip_grad_value", "clip_by_value"): ("([parameter], limit)", _clipped),
}


# --- optimizers -----------------------------------------------------------------------------------


class Stepper(OverOne):
    """An optimizer over one parameter."""

    @staticmethod
    def parameter_of(w: Any) -> Any:
        """Copy weights into a parameter."""
        return torch().nn.Parameter(w.clone())

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        self.begin(w)
        self._parameter.grad = None
        self._parameter.data = w.clone()
        self._parameter.grad = grad.clone()
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr
        self.optimizer.step()
        return self._parameter.data


def _saved(stepper: Stepper) -> bytes:
    file = io.BytesIO()
    torch().save(stepper.optimizer.state_dict(), file)
    return file.getvalue()


def _loaded(stepper: Stepper, kept: bytes, w: Any) -> Stepper:
    state = torch().load(io.BytesIO(kept), weights_only=False)
    stepper.begin(w).load_state_dict(state)
    return stepper


SAVING = Saving("resumes from its state_dict", _saved, _loaded, owed=True)


def _of_optimizer(name: str, kind: Any, row: Row, look: Any) -> Binding:
    its = named(kind)
    options = selecting(kind, row, look.rows)
    roles = Roles(its[1:], row.hyper, options)
    paths = {path: more for path, more in PATHS.items() if {*more} <= {p.name for p in its}}

    def making(more: Mapping[str, Any]) -> Callable[..., Stepper]:
        def make(**hyper: Any) -> Stepper:
            given = {**roles.arguments(hyper), **more}
            return Stepper(lambda parameters: kind(parameters, **given), hyper.get("lr", 0.0))

        return make

    stands = {path: making(more) for path, more in paths.items()} or {"": making({})}
    found = roles.bound(
        row,
        name,
        f"{name}([w], …).step()",
        "torch.optim.Optimizer",
        next(iter(stands.values())),
    )
    usual = {**roles.arguments(roles.usual), **next(iter(paths.values()), {})}
    found.practice = lambda: practice.checked(kind, {"lr": 0.125, **usual})
    found.saving = SAVING
    found.paths = {path: make for path, make in stands.items() if path and _works(make, roles)}
    return found


def _works(make: Callable[..., Any], roles: Roles) -> bool:
    """Whether a path is there on this device at all."""
    w = torch().zeros(1, device=chosen.device or None)
    try:
        make(lr=0.5, **roles.usual).step(w, w)
    except Exception:  # whatever it raises: this path is not there
        return False
    return True


def _converted(make: Any, row: Row) -> Callable[[dict[str, Any]], dict[str, Any]] | None:
    own = str(getattr(make, "__module__", "")).split(".")[0] in OWNERS
    return CONVERTED.get((getattr(make, "__name__", ""), row.name)) if own else None


# --- schedules ------------------------------------------------------------------------------------

OWNERS = ("torch", "transformers")
# What these schedulers are told otherwise than the contract says.
CONVERTED: Mapping[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("ExponentialLR", "exponential_decay"): lambda its: {"gamma": exp(-its["decay_rate"])},
    ("MultiStepLR", "multi_step_decay"): lambda its: {
        "milestones": [*its["milestones"]],
        "gamma": its["drop"],
    },
    ("PolynomialLR", "polynomial_decay"): lambda its: {
        "total_iters": its["total_steps"],
        "power": its["power"],
    },
    ("OneCycleLR", "one_cycle"): lambda its: {
        "max_lr": its["max_lr"],
        "cycle_momentum": False,
        "total_steps": int(its["total_steps"]),
        "pct_start": its["pct_start"],
        "div_factor": its["div_factor"],
        "final_div_factor": its["final_div_factor"],
    },
    ("get_cosine_schedule_with_warmup", "warmup_cosine"): lambda its: {
        "num_warmup_steps": its["warmup_epochs"],
        "num_training_steps": its["total_epochs"],
    },
    ("get_constant_schedule_with_warmup", "linear_warmup"): lambda its: {
        "num_warmup_steps": its["warmup_steps"],
    },
    ("get_wsd_schedule", "warmup_stable_decay"): lambda its: {
        "num_warmup_steps": its["warmup_steps"],
        "num_stable_steps": its["stable_steps"],
        "num_decay_steps": its["decay_steps"],
        "decay_type": "linear",
    },
}


def _of_scheduler(name: str, make: Any, row: Row) -> Binding:
    rate = next((p.name for p in row.params if p.role == "rate"), None)
    time = next(p.name for p in row.params if p.role == "time")
    its, convert = named(make)[1:], _converted(make, row)
    wanted = [p for p in row.params if p.name not in (rate, time)]
    factor = next((p.name for p in its if p.name.lower() in FACTORS), None)
    if convert is None and row.name == "exponential_decay" and factor and raises_to_a_power(make):
        convert = lambda given: {factor: exp(-given["decay_rate"])}  # noqa: E731  (as CONVERTED has)
    if convert is None:  # who has no rate to end at falls to zero
        wanted = [p for p in wanted if p.name != "end_lr" or any(p.is_called(o.name) for o in its)]
    roles = Roles(its, wanted, {}, convert)
    names = [p.name for p in row.params if p.name not in roles.without]

    def stands(*arguments: Any) -> float:
        given = its = dict(zip(names, arguments))
        if roles.convert is None:
            given = {name: value for name, value in its.items() if name not in (rate, time)}
        parameter = torch().nn.Parameter(torch().zeros(1))
        optimizer = torch().optim.SGD([parameter], lr=its[rate] if rate else 1.0)
        count = its[time]
        if count != int(count):
            raise ValueError("a scheduler counts whole epochs")
        scheduler = make(optimizer, **roles.arguments(given))
        for _ in range(int(count)):
            optimizer.step()
            scheduler.step()
        return float(optimizer.param_groups[0]["lr"])

    its_end = ends(stands, [p for p in row.params if p.name in names])
    return roles.bound(
        row,
        name,
        f"{name}(optimizer, …), then the rate of its optimizer after each step()",
        "LRScheduler",
        stands,
        lacks=("fractions of an epoch", *(("epochs past the end",) if its_end else ())),
    )
