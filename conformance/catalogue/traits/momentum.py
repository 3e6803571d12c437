"""What a step with momentum, or of plain descent, is put together of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gradmark.conformance.catalogue.optimizers import sgd_momentum  # noqa: F401 - their forms
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    from_here,
    held,
    one_late,
    where_moved,
)
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits import options
from gradmark.conformance.catalogue.traits.trajectories import (
    AROUND,
    fixed,
)
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact

Weight = Callable[[Real], Real]


def _all(_momentum: Real) -> Real:
    return 1


def rest(momentum: Real) -> Real:
    """Weigh what is new as in an average."""
    return 1 - momentum


def _itself(momentum: Real) -> Real:
    return momentum


def straight(velocity: Exact, _new: Exact, _momentum: Real) -> Exact:
    """Step by the velocity."""
    return velocity


def looking_ahead(velocity: Exact, new: Exact, momentum: Real) -> Exact:
    """Step by what the velocity would be after one more gradient like this one."""
    return momentum * velocity + new


def assemble(
    memory: Weight = _itself,
    weight: Weight = _all,
    first_weight: float | None = None,
    starts_whole: bool = False,
    rate: str = "inside",
    penalty: float = 0.0,
    lags: bool = False,
    unbiased: bool = False,
    along: Callable[[Exact, Exact, Real], Exact] = straight,
    stored: bool = False,
    shrunk: Weight = _all,
    lost: bool = False,
    direction: int = 1,
    lazy: bool = False,
    scaled: Callable[[Exact, Exact, Real, Real], Exact] = lambda g, _w, _decay, _trust: g,
) -> Body:
    """Put together a trajectory with momentum; `rate` is inside, outside, both or neither."""

    def body(
        w: Exact,
        gradients: Exact,
        rates: Exact,
        momentum: Real,
        weight_decay: Real = 0,
        trust_coefficient: Real = 1,
    ) -> Trajectory:
        velocity, last = 0 * w, None
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            if lost and last is not None and float(lr) != float(last):
                velocity = 0 * w
            last, old, stood = lr, velocity, w
            g = g + penalty * w if penalty else g
            g = scaled(g, w, weight_decay, trust_coefficient)
            share = weight(momentum) if first_weight is None or t > 1 else first_weight
            new = share * (lr * g if rate in ("inside", "both") else g)
            velocity = memory(momentum) * velocity + new
            velocity = g if starts_whole and t == 1 else velocity
            velocity = where_moved(g, velocity, old) if lazy else velocity
            ahead = along(velocity, new, momentum)
            if stored:
                velocity = ahead
            step = shrunk(momentum) * (old if lags else ahead)
            step = step / (1 - momentum**t) if unbiased else step
            w = w - direction * (lr * step if rate in ("outside", "both") else step)
            w = where_moved(g, w, stood) if lazy else w
            w = from_here(w, (yield w))

    return body


def _dampened(dampening: Real) -> options.Parts:
    return {"weight": lambda _: 1 - dampening}


def _dampened_outside(first_weight: float | None, dampening: float) -> options.Parts:
    return {"rate": "outside", "first_weight": first_weight, **_dampened(dampening)}


MOMENTUM = recipe(
    "SGDMomentum",
    assemble,
    {
        **options.OF_ALL,
        "dampening": _dampened,
        "nesterov": lambda _: {"along": looking_ahead},
    },
    **AROUND,
    **options.AROUND,
)
MOMENTUM.traits.update(
    {
        # --- conventions
        "lr-outside-velocity": {"rate": "outside"},
        "average-velocity": {"rate": "outside", "weight": rest},
        "average-velocity-lr-inside": {"weight": rest},
        "average-velocity-bias-corrected": {"rate": "outside", "weight": rest, "unbiased": True},
        "dampened-after-the-first-step": {
            "rate": "outside",
            "weight": rest,
            "starts_whole": True,
        },
        "nesterov": {"along": looking_ahead},
        "nesterov-lr-outside": {"along": looking_ahead, "rate": "outside"},
        "nesterov-average-velocity": {"along": looking_ahead, "weight": rest},
        "weight-decay-in-the-velocity": {"penalty": 5e-4},
        # --- mistakes
        "velocity-forgotten": {"memory": lambda _: 0},
        "velocity-reversed": {"memory": lambda momentum: -momentum},
        "velocity-never-fades": {"memory": _all},
        "momentum-ignored": {"hyper": fixed(momentum=0.9)},
        "weights-exchanged": {"memory": rest, "weight": _itself},
        "step-lags-behind": {"lags": True},
        "average-taken-twice": {"rate": "outside", "weight": rest, "shrunk": rest},
        "ascent": {"direction": -1},
        "learning-rate-kept": {"rates": held},
        "rate-applied-twice": {"rate": "both"},
        "rate-forgotten": {"rate": "neither"},
        "first-velocity-without-rate": {"starts_whole": True},
        "velocity-lost-when-the-rate-changes": {"lost": True},
        "gradient-counted-twice": {"along": lambda velocity, new, _: velocity + new},
        "previous-gradient": {"gradients": one_late},
        "look-ahead-stored": {"along": looking_ahead, "rate": "outside", "stored": True},
        "look-ahead-reversed": {
            "along": lambda velocity, new, momentum: new - momentum * velocity,
            "rate": "outside",
        },
    }
)
MOMENTUM.enter(
    "dialect",
    "lazy",
    "Velocity and weights change only where the gradient is not zero.",
    "TensorFlow 1, MomentumOptimizer on sparse gradients; MXNet, SGD(lazy_update=True)",
    lazy=True,
)
options.enter_options(MOMENTUM)
options.enter_decoupled(MOMENTUM)
MOMENTUM.enter(
    "dialect",
    "first-gradient-not-dampened",
    "The velocity starts with the whole gradient: it is dampened from the second step on.",
    "Torch7, optim.sgd; PyTorch, SGD(dampening=...): pytorch/pytorch#1099; MLX",
    with_dampening=lambda dampening: {**_dampened(dampening), "first_weight": 1.0},
)
MOMENTUM.enter(
    "dialect",
    "nesterov-taken-ahead",
    "With nesterov=True the step is the velocity: the gradient is meant to be taken at w − γv, by "
    "the caller.",
    "Sutskever, Martens, Dahl and Hinton 2013, eqs. 3 and 4; torch/optim, nag.lua",
    with_nesterov=lambda _: {},
)
MOMENTUM.enter(
    "mistake",
    "dampening-forgotten",
    "The gradient enters the velocity whole.",
    "dampening is taken and never used",
    with_dampening=lambda _: {},
)
MOMENTUM.enter(
    "mistake",
    "dampening-exchanged",
    "The velocity takes the share d of the gradient, not 1 − d.",
    "d for 1 − d",
    with_dampening=lambda dampening: {"weight": lambda _: dampening},
)
for _name, _first in (
    ("dampening-{}", None),
    ("dampening-{}-from-the-second-step", 1.0),
):
    family(
        "SGDMomentum",
        _name,
        "The gradient enters the velocity with the share 1 − {}, whatever the momentum is.",
        "PyTorch, SGD(dampening=...), which takes the first gradient whole",
        partial(_dampened_outside, _first),
        1e-3,
        0.999,
    )
