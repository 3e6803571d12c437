"""What optimizers' options change, and what code makes of the two that all of them have.

`weight_decay` and `maximize` concern the gradient before a step, whatever the step is: they go
around any trajectory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import tee
from typing import Any

from gradmark.conformance.catalogue.optimizers.steps import Real, Trajectory, sign
from gradmark.conformance.catalogue.recipe import Recipe, Wrap
from gradmark.conformance.catalogue.traits.trajectories import each, with_gradients, with_pull
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact

Parts = dict[str, Any]
Decay = Callable[[Exact, Exact, Exact], Exact]  # of weights, a move and the rate


def with_decay(body: Body, decayed: Decay) -> Body:
    """Let a body step from zero again and again, and add what it moves to weights that decay."""

    @wraps(body)
    def around(w: Exact, gradients: Exact, rates: Exact, **hyper: Any) -> Trajectory:
        of_steps, of_decay = tee(rates)
        steps: Any = body(0 * w, gradients, of_steps, **hyper)
        sent = None
        while True:
            try:
                move = steps.send(sent)
            except StopIteration:
                return
            sent = 0 * w
            w = decayed(w, move, next(of_decay))
            yield w

    return around


_turned = each(lambda g: -g)
# From within: the gradient is turned, and then pulled.
AROUND: dict[str, Wrap] = {
    "turned_last": lambda body, _: with_gradients(body, _turned),
    "pulled": with_pull,
    "turned": lambda body, _: with_gradients(body, _turned),
    "decayed": with_decay,
}


def _penalised(decay: Real) -> Parts:
    return {"pulled": lambda g, w: g + decay * w}


# What each option is in the right form; a recipe adds its own.
OF_ALL: dict[str, Callable[[Real], Parts]] = {
    "weight_decay": _penalised,
    "maximize": lambda _: {"turned": True},
}


def _nothing(_: Real) -> Parts:
    return {}


def pull(of: Callable[[Exact, Real], Exact]) -> Callable[[Real], Parts]:
    """Add something else than λw to the gradient."""
    return lambda decay: {"pulled": lambda g, w: g + of(w, decay)}


def _decaying(of: Callable[[Exact, Exact, Exact, Real], Exact]) -> Callable[[Real], Parts]:
    return lambda decay: {"decayed": lambda w, move, lr: of(w, move, lr, decay)}


def enter_options(its: Recipe) -> None:
    """Enter what code makes of `weight_decay` and `maximize`."""
    its.enter(
        "dialect",
        "decay-after-the-step",
        "The weights are moved first and decayed then: the step itself is decayed.",
        "Transformers, AdamW: huggingface/transformers#14539; "
        "bitsandbytes-foundation/bitsandbytes#2010",
        with_weight_decay=_decaying(
            lambda w, move, lr, decay: (w + move) - lr * decay * (w + move)
        ),
    )
    its.enter(
        "dialect",
        "decay-without-rate",
        "The weights decay beside the step, whatever the rate: w ← (1 − λ) w − step.",
        "TensorFlow Addons, extend_with_decoupled_weight_decay: tensorflow/addons#2282",
        with_weight_decay=_decaying(lambda w, move, _lr, decay: w - decay * w + move),
    )
    its.enter(
        "dialect",
        "decay-doubled",
        "2 λ w is added to the gradient: that of λ Σ w².",
        "Keras, kernel_regularizer=l2(λ): keras-team/keras#4712",
        with_weight_decay=pull(lambda w, decay: 2 * decay * w),
    )
    its.enter(
        "mistake",
        "decay-forgotten",
        "The weights do not decay.",
        "weight_decay is taken and never used: PaddlePaddle/Paddle#5836, in its AdamW",
        with_weight_decay=_nothing,
    )
    its.enter(
        "mistake",
        "decay-added",
        "g − λ w: the weights grow.",
        "the sign of the decay: egg-west/AdamW-pytorch#1",
        with_weight_decay=pull(lambda w, decay: -(decay * w)),
    )
    its.enter(
        "mistake",
        "decay-of-squares",
        "g + λ w²: negative weights grow.",
        "the penalty in the place of its gradient: a review of pytorch/pytorch#3740",
        with_weight_decay=pull(lambda w, decay: decay * w**2),
    )
    its.enter(
        "mistake",
        "decay-of-signs",
        "g + λ sign(w): the gradient of an L1 penalty.",
        "the sign in the place of the weight",
        with_weight_decay=pull(lambda w, decay: decay * sign(w)),
    )
    its.enter(
        "mistake",
        "maximize-ignored",
        "Goes down, also where it is told to go up.",
        "maximize is taken and never used",
        with_maximize=_nothing,
    )
    its.enter(
        "mistake",
        "maximize-turns-the-decay",
        "w ← w + η(g + λw): the penalty is climbed, too, and the weights grow.",
        "the sign of the step turned in the place of the gradient's: PyTorch's first SGD(maximize)",
        with_maximize=lambda _: {"turned_last": True},
    )


def enter_decoupled(its: Recipe) -> None:
    """Enter the decay beside the step, which is the penalty's unless a step remembers gradients."""
    its.enter(
        "dialect",
        "decoupled-decay",
        "The weights decay beside the step, by the rate: w ← (1 − ηλ) w − step.",
        "Loshchilov and Hutter 2019; Keras, weight_decay of every optimizer; PyTorch, "
        "Adam(decoupled_weight_decay=True)",
        with_weight_decay=_decaying(lambda w, move, lr, decay: w - lr * decay * w + move),
    )
