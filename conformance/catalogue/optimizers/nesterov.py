"""Nesterov's momentum: the canonical form, conventions and mistakes."""

from __future__ import annotations

from functools import partial

from gradmark.conformance.catalogue.optimizers.sgd_momentum import NESTEROV as YEAR
from gradmark.conformance.catalogue.optimizers.steps import Real, Trajectory
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.momentum import (
    MOMENTUM,
    assemble,
    looking_ahead,
    rest,
    straight,
)
from gradmark.conformance.catalogue.traits.trajectories import AROUND
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact


@canonical("Nesterov", f"{YEAR}; Bengio, Boulanger-Lewandowski and Pascanu 2013; Keras, SGD")
def step_made_ahead(w: Exact, gradients: Exact, rates: Exact, momentum: Real) -> Trajectory:
    """v ← μv − ηg; w ← w + μv − ηg."""
    velocity = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        velocity = momentum * velocity - lr * g
        w = w + momentum * velocity - lr * g
        yield w


def _twice_ahead(velocity: Exact, new: Exact, momentum: Real) -> Exact:
    return momentum * looking_ahead(velocity, new, momentum) + new


NESTEROV = recipe("Nesterov", partial(assemble, along=looking_ahead), **AROUND)

# --- conventions ----------------------------------------------------------------------------------

NESTEROV.enter(
    "dialect",
    "lr-outside-velocity",
    "v ← μv + g; w ← w − η(g + μv): the same until the learning rate changes.",
    "PyTorch, SGD(nesterov=True); Optax, sgd(nesterov=True); MLX; Paddle; ONNX, Momentum",
    rate="outside",
)
NESTEROV.enter(
    "dialect",
    "gradient-taken-ahead",
    "v ← μv − ηg; w ← w + v: the gradient is meant to be taken at w + μv, by the caller. Of one "
    "taken at w this is plain momentum.",
    "Sutskever, Martens, Dahl and Hinton 2013, eqs. 3 and 4; torch/optim, nag.lua",
    along=straight,
)
NESTEROV.enter(
    "dialect",
    "average-velocity",
    "v ← μv − (1−μ)ηg; w ← w + μv − (1−μ)ηg: steps smaller by 1 − μ.",
    "CNTK, nesterov(unit_gain=True), its default",
    weight=rest,
)
NESTEROV.enter(
    "dialect",
    "average-velocity-lr-outside",
    "v ← μv + (1−μ)g; w ← w − η(μv + (1−μ)g): steps smaller by 1 − μ, the rate outside.",
    "Optax, ema and trace chained by hand; timm and MLX, Muon's momentum",
    rate="outside",
    weight=rest,
)

# --- mistakes -------------------------------------------------------------------------------------

NESTEROV.borrow(
    MOMENTUM,
    "velocity-forgotten",
    "velocity-reversed",
    "velocity-never-fades",
    "momentum-ignored",
    "weights-exchanged",
    "learning-rate-kept",
    "rate-applied-twice",
    "rate-forgotten",
    "first-velocity-without-rate",
    "velocity-lost-when-the-rate-changes",
    "previous-gradient",
    "look-ahead-stored",
    "look-ahead-reversed",
)
NESTEROV.enter(
    "mistake",
    "ascent",
    "w ← w − μv + ηg: climbs.",
    "the sign of the step",
    direction=-1,
)
NESTEROV.enter(
    "mistake",
    "look-ahead-without-gradient",
    "w ← w + μv: the gradient moves the weights through the velocity alone.",
    "the step's second term forgotten",
    along=lambda velocity, _new, momentum: momentum * velocity,
)
NESTEROV.enter(
    "mistake",
    "velocity-added-beside-the-look-ahead",
    "w ← w + v + μv: the velocity counts whole, and its look-ahead beside it: pytorch/pytorch#5920"
    " proposed it.",
    "pytorch/pytorch#5920; oysteijo/simd_neuralnet#17",
    along=lambda velocity, _new, momentum: velocity + momentum * velocity,
)
NESTEROV.enter(
    "mistake",
    "look-ahead-twice",
    "w ← w + μ(μv − ηg) − ηg: looks two steps ahead.",
    "a velocity that was made ahead already: apache/mxnet#15543",
    along=_twice_ahead,
)
NESTEROV.enter(
    "mistake",
    "gradient-counted-whole-and-in-the-velocity",
    "w ← w + v − ηg: the velocity's share μ is missing.",
    "v in the place of μv",
    along=lambda velocity, new, _momentum: velocity + new,
)
