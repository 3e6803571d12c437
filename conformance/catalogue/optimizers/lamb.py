"""LAMB: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    mean_square,
    norm,
)
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits.adam import ADAM, assemble, inside, one
from gradmark.conformance.catalogue.traits.trajectories import AROUND, each
from gradmark.conformance.catalogue.variant import canonical
from gradmark.conformance.truth import Exact, maximum, minimum, sqrt

YOU = "You et al. 2020"


def ratio(above: Exact, below: Exact) -> Exact:
    """Divide two norms; 1 where one of them is zero."""
    return above / below if above > 0 and below > 0 else 1


@canonical("LAMB", f"{YOU}, algorithm 2, φ the identity; Keras, Optax, TensorFlow Addons, LAMB")
def as_long_as_the_weights(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real = 0,
) -> Trajectory:
    """u = m̂ / (√v̂ + ε) + λw; w ← w − η (‖w‖ / ‖u‖) u."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        u = m_hat / (sqrt(v_hat) + epsilon) + weight_decay * w
        w = w - lr * (ratio(norm(w), norm(u)) * u)
        yield w


def _layered(
    trust: Callable[[Exact, Exact, Exact, Real], Exact] = lambda w, u, _step, _decay: ratio(
        norm(w), norm(u)
    ),
    direction: int = 1,
) -> Callable[..., Exact]:
    """Scale the step, decay included, by a ratio made of the weights, of it, of its parts."""

    def moved(w: Exact, lr: Exact, step: Exact, decay: Real, _first: Exact) -> Exact:
        u = step + decay * w
        return w - direction * (lr * (trust(w, u, step, decay) * u))

    return moved


def _decayed_first(w: Exact, lr: Exact, step: Exact, decay: Real, _first: Exact) -> Exact:
    shrunk = w - lr * decay * w
    return shrunk - lr * (ratio(norm(shrunk), norm(step)) * step)


def _decayed_beside(w: Exact, lr: Exact, step: Exact, decay: Real, _first: Exact) -> Exact:
    return w - lr * (ratio(norm(w), norm(step)) * step + decay * w)


def _undecayed(w: Exact, lr: Exact, step: Exact, _decay: Real, _first: Exact) -> Exact:
    return w - lr * (ratio(norm(w), norm(step)) * step)


LAMB = recipe("LAMB", partial(assemble, moved=_layered()), **AROUND)

# --- conventions ----------------------------------------------------------------------------------

LAMB.enter(
    "dialect",
    "no-bias-correction",
    "m and v are used as they are.",
    f"{YOU}, version 3: cybertronai/pytorch-lamb; timm, Lamb(bias_correction=False)",
    share1=one,
    share2=one,
)
LAMB.enter(
    "dialect",
    "no-ratio-without-decay",
    "Where λ = 0 the ratio is 1: Adam.",
    "timm, Lamb(always_adapt=False), its default: NUS-HPC-AI-Lab/pytorch-lamb#1",
    moved=_layered(
        lambda w, u, _step, decay: ratio(norm(w), norm(u)) if decay > 0 or decay < 0 else 1
    ),
)
LAMB.enter(
    "dialect",
    "ratio-at-most-one",
    "The ratio is cut off at 1: no step is longer than Adam's.",
    "timm, Lamb(trust_clip=True): LAMBC, Fong, Chen and Chen 2020",
    moved=_layered(lambda w, u, _step, _decay: minimum(ratio(norm(w), norm(u)), 1.0)),
)
LAMB.enter(
    "dialect",
    "gradient-norm-clipped-at-1",
    "The gradient is shortened to a norm of at most 1 first.",
    "timm, Lamb(max_grad_norm=1.0), its default",
    gradients=each(lambda g: g / maximum(norm(g), 1.0)),
)
LAMB.enter(
    "dialect",
    "weight-norm-at-most-10",
    "φ(‖w‖) = min(‖w‖, 10).",
    "pytorch_optimizer, Lamb(clamp=10), its default; jettify's pytorch-optimizer, Lamb",
    moved=_layered(lambda w, u, _step, _decay: ratio(minimum(norm(w), 10.0), norm(u))),
)
LAMB.enter(
    "dialect",
    "decayed-first",
    "The weights decay by ηλ first, and the step knows nothing of λ.",
    "Keras, Lamb(weight_decay=...); timm, Lamb(decoupled_decay=True)",
    moved=_decayed_first,
)
LAMB.enter(
    "dialect",
    "epsilon-inside-root-of-second-moment",
    "The step is m̂ / √(v̂ + ε): ε stands inside the root.",
    "Optax, lamb(eps_root=..., eps=0)",
    place=inside,
)
family(
    "LAMB",
    "gradient-norm-clipped-at-{}",
    "The gradient is shortened to a norm of at most {} first.",
    "timm, Lamb(max_grad_norm=...)",
    lambda most: {"gradients": each(lambda g: g / maximum(norm(g) / most, 1.0))},
    1e-3,
    100.0,
)

# --- mistakes -------------------------------------------------------------------------------------

LAMB.borrow(
    ADAM,
    "counter-starts-at-two",
    "counter-stuck-at-one",
    "betas-exchanged",
    "betas-ignored",
    "weights-exchanged",
    "moments-forgotten",
    "gradient-not-squared",
    "gradient-taken-for-its-square",
    "previous-gradient",
    "learning-rate-kept",
    "root-missing",
    "epsilon-ignored",
    "epsilon-multiplied",
    "powers-of-the-complements",
)
LAMB.enter(
    "mistake",
    "decayed-twice",
    "λ w is in the gradient, and is added to the step as well.",
    "an L2 term in the gradient, and the decay in the step too",
    penalised=lambda g, w, decay: g + decay * w,
)
LAMB.enter(
    "mistake",
    "coupled-l2",
    "λ w is added to the gradient: the moments know of it, and the root divides it.",
    "cybertronai/pytorch-lamb#3",
    penalised=lambda g, w, decay: g + decay * w,
    moved=_undecayed,
)
LAMB.enter(
    "mistake",
    "decay-beside-the-ratio",
    "The decay η λ w stands beside the scaled step, and the ratio knows nothing of it.",
    "the decay added after the trust ratio",
    moved=_decayed_beside,
)
LAMB.enter(
    "mistake",
    "norm-of-the-step-without-decay",
    "The ratio is ‖w‖ / ‖m̂ / (√v̂ + ε)‖, though the step has λw in it.",
    "the norm taken before the decay is added",
    moved=_layered(lambda w, _u, step, _decay: ratio(norm(w), norm(step))),
)
LAMB.enter(
    "mistake",
    "ratio-forgotten",
    "w ← w − η u: AdamW.",
    "AdamW under this name",
    moved=_layered(lambda *_: 1),
)
LAMB.enter(
    "mistake",
    "ratio-upside-down",
    "The ratio is ‖u‖ / ‖w‖.",
    "numerator and denominator exchanged",
    moved=_layered(lambda w, u, _step, _decay: ratio(norm(u), norm(w))),
)
LAMB.enter(
    "mistake",
    "ratio-of-squares",
    "The ratio is ‖w‖² / ‖u‖².",
    "the roots of the norms are missing",
    moved=_layered(lambda w, u, _step, _decay: ratio(norm(w), norm(u)) ** 2),
)
LAMB.enter(
    "mistake",
    "ratio-zero-at-zero",
    "The ratio is 0 where the weights are: they never leave zero.",
    "‖w‖ / ‖u‖ as it is; Spijkervet/SimCLR#27, of LARS",
    moved=_layered(lambda w, u, _step, _decay: norm(w) / norm(u) if norm(u) > 0 else 1),
)
LAMB.enter(
    "mistake",
    "ascent",
    "w ← w + η (‖w‖ / ‖u‖) u: climbs.",
    "the sign of the step",
    moved=_layered(direction=-1),
)
