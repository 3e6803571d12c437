"""The learning-rate finder: one sweep from rates too small to rates too large."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gradmark.reference._checks import FloatArray, decay_factor, positive
from gradmark.reference.descent import gradient_step


class LearningRateSweep(NamedTuple):
    """A sweep and the two rates it suggests.

    `losses[i]` was met before the step with `lrs[i]`, and the last one is the explosion;
    `smoothed` is what the suggestions were read from.
    """

    lrs: FloatArray
    losses: FloatArray
    smoothed: FloatArray
    stopped_at: float
    steepest: float
    tenth_of_rise: float


def find_learning_rate(
    loss_and_gradient: Callable[..., tuple[Any, Any]],
    parameters: Any,
    *,
    min_lr: float = 1e-7,
    max_lr: float = 10.0,
    batches: int = 100,
    explosion: float = 4.0,
    smoothing: float = 0.0,
) -> LearningRateSweep:
    """Raise the learning rate batch by batch until the loss explodes, and read a rate off.

    ηᵢ = η_min (η_max / η_min)^(i / (batches − 1)),  θ ← θ − ηᵢ ∇Lᵢ(θ)
    steepest = ηᵢ with the least (Sᵢ₊₁ − Sᵢ) / log(ηᵢ₊₁/ηᵢ),  tenth of rise = ηⱼ / 10, Sⱼ = min S,
    i from the first tenth of the sweep to j

    `loss_and_gradient(i, *parameters)` gives the loss on batch i and its gradient: an array, or
    one for each of a tuple or list of parameters. It may ignore i: then every batch is the whole.
    0 < `min_lr` < `max_lr`; at least 3 `batches`. S is the loss itself, or for noisy batches its
    running mean with the bias-corrected weight `smoothing` in [0, 1). Parameters are not changed.

    Conventions. The loss met at batch i + 1 is the answer to the step with ηᵢ, so the fall from i
    to i + 1 speaks for ηᵢ; fastai's suggestion takes a centred slope, half a batch later. The
    sweep ends where a loss is not finite or S exceeds the best S by (`explosion` − 1) |best S|:
    4 times the best, as in fastai, also for losses that may be negative. The article means both
    suggestions by one sentence; they are different numbers. Its XOR network does not explode by
    the default `max_lr`, as its ReLUs die first and the loss freezes at log 2; by 100 it does.

    Raises
    ------
    ValueError
        A bound is out of order; the loss never fell, or never exploded, and the message says what
        was seen.

    Examples
    --------
    >>> sweep = find_learning_rate(lambda i, w: (w**2 / 2 + 1, w), 3.0, batches=200, max_lr=1e3)
    >>> print(f"{sweep.steepest:.2f} {sweep.tenth_of_rise:.2f}")
    0.06 0.15

    References
    ----------
    Article, "Choosing Learning Rates". L. Smith, "Cyclical Learning Rates for Training Neural
    Networks", WACV 2017.
    """
    if positive("max_lr", max_lr) <= positive("min_lr", min_lr):
        raise ValueError(f"max_lr: expected more than min_lr = {min_lr}, got {max_lr}")
    if batches < 3:
        raise ValueError(f"batches: expected at least 3, got {batches}")
    if positive("explosion", explosion) <= 1:
        raise ValueError(f"explosion: expected more than 1, got {explosion}")
    decay_factor("smoothing", smoothing)

    several = isinstance(parameters, tuple | list)
    w = [np.array(parameter) for parameter in (parameters if several else [parameters])]
    lrs = np.geomspace(min_lr, max_lr, batches)
    losses: list[float] = []
    smoothed: list[float] = []
    mean = 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # rates too large overflow by design
        for i, lr in enumerate(lrs):
            loss, gradient = loss_and_gradient(i, *(array.copy()[()] for array in w))
            losses.append(float(loss))
            mean = smoothing * mean + (1 - smoothing) * losses[-1]
            smoothed.append(mean / (1 - smoothing ** (i + 1)))
            best = min(smoothed)
            limit = best + (explosion - 1) * abs(best)
            exploded = not math.isfinite(losses[-1]) or smoothed[-1] > limit
            if exploded:
                break
            gradients = gradient if several else [gradient]
            w = [gradient_step(x, g, lr) for x, g in zip(w, gradients, strict=True)]

    seen = np.array(smoothed)
    finite = seen[np.isfinite(seen)]
    seen_in_words = f"it began at {losses[0]:.6g} and ended at {losses[-1]:.6g} with rate {lr:.3g}"
    if not exploded:
        raise ValueError(
            f"max_lr: expected a rate at which the loss exceeds {explosion:g} times its best, "
            f"{best:.6g}, or is not finite, got {max_lr:g}: {seen_in_words}; try a larger max_lr"
        )
    lowest = int(np.argmin(finite)) if finite.size else 0
    if lowest == 0:
        raise ValueError(
            f"loss_and_gradient: expected a loss that falls at some rate, got one that never did: "
            f"{seen_in_words}; check the gradient, or try a smaller min_lr"
        )
    # Past the lowest loss a fall is no sign of health; before the first tenth a running mean is
    # too young to have lost a batch's noise.
    young = min(batches // 10, lowest - 1)
    falls = np.diff(finite[young : lowest + 1])
    return LearningRateSweep(
        lrs[: len(losses)],
        np.array(losses),
        seen,
        stopped_at=float(lr),
        steepest=float(lrs[young + int(np.argmin(falls))]),
        tenth_of_rise=float(lrs[lowest] / 10),
    )
