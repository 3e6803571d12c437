"""The optimizers' and schedules' constants that code bakes in: fitted, not listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gradmark.conformance.catalogue.recipe import family
from gradmark.conformance.catalogue.traits.rmsprop import rate_inside, rate_outside
from gradmark.conformance.catalogue.traits.trajectories import fixed
from gradmark.conformance.truth import Exact

_WITH_EPSILON = (
    "RMSprop",
    "Adam",
    "AdamW",
    "AMSGrad",
    "Adagrad",
    "NAdam",
    "RAdam",
    "Adamax",
    "Adadelta",
)


def _decaying(decay: float) -> Callable[[Iterable[Exact]], Iterator[Exact]]:
    """Divide the rate of step t by 1 + decay (t − 1)."""
    return lambda rates: (rate / (1 + decay * t) for t, rate in enumerate(rates))


for _optimizer in (*_WITH_EPSILON, "SGD", "SGDMomentum", "Nesterov", "Lion"):
    family(
        _optimizer,
        "rate-decays-by-{}",
        "The rate of step t is η / (1 + {} (t − 1)).",
        "Keras 2 and Keras's legacy optimizers, decay=...",
        lambda decay: {"rates": _decaying(decay)},
        1e-8,
        0.5,
    )
for _optimizer in _WITH_EPSILON:
    family(
        _optimizer,
        "epsilon-always-{}",
        "ε is {} whatever the argument says.",
        "an ε written into the step: ecmwf/WeatherGenerator#1601",
        lambda epsilon: {"hyper": fixed(epsilon=epsilon)},
        1e-16,
        1.0,
        kind="mistake",
    )


def _decoupled(decay: float) -> dict[str, Any]:
    return {"moved": lambda w, lr, step, _decay, _first: w - lr * (step + decay * w)}


def _afterwards(decay: float) -> dict[str, Any]:
    def moved(w: Exact, lr: Exact, step: Exact, _decay: Exact, _first: Exact) -> Exact:
        w = w - lr * step
        return w - lr * decay * w

    return {"moved": moved}


for _optimizer in ("Adam", "AMSGrad", "NAdam", "RAdam", "Adamax"):
    family(
        _optimizer,
        "decoupled-weight-decay-{}",
        "w ← w − η(step + {} w): AdamW.",
        "Loshchilov and Hutter 2019, with a weight decay of one's own; PyTorch, NAdam and RAdam",
        _decoupled,
        1e-7,
        1.0,
    )
for _optimizer in (*_WITH_EPSILON, "Nesterov"):
    if _optimizer not in ("Adam", "AdamW"):  # where it is the mistake that AdamW mends
        family(
            _optimizer,
            "weight-decay-{}-in-the-gradient",
            "g + {} w in place of g, an L2 penalty: what is remembered of gradients has it, too.",
            "PyTorch, weight_decay=...; timm",
            lambda share: {"pulled_around": lambda g, w: g + share * w},
            1e-7,
            1.0,
        )
family(
    "Adam",
    "decoupled-weight-decay-{}-after-the-step",
    "The weights are moved first, and then shrunk by η · {}.",
    "Transformers, AdamW(weight_decay=...): transformers#14539",
    _afterwards,
    1e-7,
    1.0,
)
family(
    "Adam",
    "weight-decay-{}-in-the-gradient",
    "g + {} w in place of g: the moments average the decay too.",
    "PyTorch, Adam(weight_decay=...), an L2 penalty",
    lambda decay: {"penalised": lambda g, w, _: g + decay * w},
    1e-7,
    1.0,
    kind="mistake",
)
family(
    "RMSprop",
    "momentum-{}-rate-outside",
    "A momentum of {}, the rate outside: u ← μu + step; w ← w − ηu.",
    "PyTorch, RMSprop(momentum=...)",
    lambda momentum: {"moved": rate_outside(momentum)},
    1e-3,
    0.9999,
)
family(
    "RMSprop",
    "momentum-{}-rate-inside",
    "A momentum of {}, the rate inside: u ← μu + η·step; w ← w − u.",
    "TensorFlow and Keras, RMSprop(momentum=...)",
    lambda momentum: {"moved": rate_inside(momentum)},
    1e-3,
    0.9999,
)
family(
    "SGD",
    "l2-penalty-{}",
    "w ← w − η(g + {} w): a penalty on the weights is part of the gradient.",
    "PyTorch, SGD(weight_decay=...)",
    lambda penalty: {"penalty": penalty},
    1e-7,
    1.0,
)
family(
    "SGDMomentum",
    "weight-decay-{}-in-the-velocity",
    "The gradient is g + {} w: a penalty on the weights is part of it.",
    "PyTorch, SGD(momentum=..., weight_decay=...); Caffe",
    lambda penalty: {"penalty": penalty},
    1e-7,
    1.0,
)
for _schedule in (
    "step_decay",
    "exponential_decay",
    "multi_step_decay",
    "cosine_annealing",
    "cosine_restarts",
    "warmup_cosine",
    "warmup_stable_decay",
    "noam",
):
    family(
        _schedule,
        "never-below-{}",
        "The rate is cut off at {} below.",
        "Keras and PyTorch, min_lr=...: max(rate, min_lr)",
        lambda least: {"least": least},
        1e-10,
        0.05,
    )
family(
    "cosine_annealing",
    "falls-to-{}",
    "Falls to a rate of {}, not to zero.",
    "PyTorch, CosineAnnealingLR(eta_min=...)",
    lambda least: {"least_rate": least},
    1e-10,
    0.05,
)
family(
    "cosine_annealing",
    "falls-to-the-share-{}",
    "Falls to η₀ times {}, not to zero.",
    "Keras, CosineDecay(alpha=...); Optax, cosine_decay_schedule(alpha=...)",
    lambda share: {"floor": share},
    1e-6,
    0.9,
)
family(
    "warmup_cosine",
    "falls-to-{}",
    "The cosine falls to a rate of {}, not to zero.",
    "nanoGPT, min_lr; timm, CosineLRScheduler(lr_min=...)",
    lambda least: {"lowest_rate": least},
    1e-10,
    0.05,
)
family(
    "warmup_cosine",
    "ramp-from-the-rate-{}",
    "The ramp starts at a rate of {}.",
    "timm, warmup_lr_init",
    lambda rate: {"first_rate": rate},
    1e-10,
    0.05,
)
family(
    "warmup_cosine",
    "falls-to-the-share-{}",
    "The cosine falls to η₀ times {}, not to zero.",
    "DeepSpeed, WarmupCosineLR(cos_min_ratio=...); nanoGPT, min_lr",
    lambda share: {"lowest": share},
    1e-6,
    0.9,
)
family(
    "warmup_cosine",
    "ramp-from-the-share-{}",
    "The ramp starts at η₀ times {}.",
    "PyTorch, LinearLR(start_factor=...)",
    lambda share: {"ramp": lambda epoch, warmup, _: share + (1 - share) * (epoch / warmup)},
    1e-6,
    0.9,
)
