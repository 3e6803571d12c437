"""AdamW: the canonical form, its conventions and its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

from gradmark.conformance.catalogue.optimizers.adam import (
    LOSHCHILOV,
    Moments,
    corrected,
    uncorrected,
    with_epsilon_hat,
)
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    mean_square,
    sign,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact, maximum, sqrt


@dataclass(frozen=True)
class Now:
    """What a step may use: the weights, what Adam knows, the rate, the first rate, and λ."""

    w: Exact
    moments: Moments
    lr: Exact
    first_lr: Exact
    decay: Real


Update = Callable[[Now], Exact]  # the weights after the step


def stepping(update: Update) -> Body:
    """Make a trajectory of a rule for the next weights."""

    @wraps(update)
    def body(
        w: Exact,
        gradients: Exact,
        rates: Exact,
        beta1: Real,
        beta2: Real,
        epsilon: Real,
        weight_decay: Real,
    ) -> Trajectory:
        m = v = 0 * w
        first_lr = None
        for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
            m, v = average(m, g, beta1), mean_square(v, g, beta2)
            first_lr = lr if first_lr is None else first_lr
            moments = Moments(g, m, v, t, beta1, beta2, epsilon)
            w = update(Now(w, moments, lr, first_lr, weight_decay))
            yield w

    return body


def _decoupled(now: Now, step: Exact) -> Exact:
    return now.w - now.lr * (step + now.decay * now.w)


@canonical("AdamW", f"{LOSHCHILOV}, algorithm 2, its η α taken as one rate; PyTorch, AdamW")
def decoupled_weight_decay(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real,
) -> Trajectory:
    """w ← w − η (m̂ / (√v̂ + ε) + λ w)."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        w = w - lr * (m_hat / (sqrt(v_hat) + epsilon) + weight_decay * w)
        yield w


# --- the step: as Adam's conventions --------------------------------------------------------------


@dialect("AdamW", "Keras, AdamW: ε-hat, as in its Adam")
@stepping
def epsilon_hat(now: Now) -> Exact:
    """ε is added to √v before the bias correction: in effect it is ε / √(1 − β₂ᵗ)."""
    return _decoupled(now, with_epsilon_hat(now.moments))


@dialect("AdamW", "Optax, adamw(eps_root=...)")
@stepping
def epsilon_inside_root_of_second_moment(now: Now) -> Exact:
    """The step is m̂ / √(v̂ + ε): ε stands inside the root."""
    return _decoupled(now, now.moments.m_hat / sqrt(now.moments.v_hat + now.moments.epsilon))


@dialect("AdamW", "MLX, AdamW(bias_correction=False), its default; BERT, AdamWeightDecayOptimizer")
@stepping
def no_bias_correction(now: Now) -> Exact:
    """m and v are used as they are: the first steps are too large."""
    return _decoupled(now, uncorrected(now.moments))


@dialect("AdamW", "Optax, adamw(nesterov=True)")
@stepping
def nesterov(now: Now) -> Exact:
    """The step of NAdam: m̂ looks one step ahead."""
    its = now.moments
    ahead = its.m / (1 - its.beta1 ** (its.t + 1))
    m_hat = average(ahead, its.g / (1 - its.beta1**its.t), its.beta1)
    return _decoupled(now, m_hat / (sqrt(its.v_hat) + its.epsilon))


@dialect("AdamW", "PyTorch, AdamW(amsgrad=True)")
def amsgrad(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real,
) -> Trajectory:
    """Divides by the greatest v so far, bias-corrected."""
    m = v = greatest = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        greatest = maximum(greatest, v)
        step = corrected(Moments(g, m, greatest, t, beta1, beta2, epsilon))
        w = w - lr * (step + weight_decay * w)
        yield w


# --- the decay: what it is multiplied by ----------------------------------------------------------


@dialect("AdamW", "TensorFlow Addons, AdamW: tensorflow/addons#2282; NVIDIA/apex#1849 asks for it")
@stepping
def decay_without_rate(now: Now) -> Exact:
    """w ← w − η m̂ / (√v̂ + ε) − λ w: the decay does not know the rate."""
    return now.w - now.lr * corrected(now.moments) - now.decay * now.w


@dialect("AdamW", "Composer, DecoupledAdamW; optimi, AdamW(decouple_lr=True)")
@stepping
def decay_by_relative_rate(now: Now) -> Exact:
    """The decay is λ η/η₀: it follows the schedule, and not the size of the first rate."""
    decayed = now.lr / now.first_lr * now.decay * now.w
    return now.w - now.lr * corrected(now.moments) - decayed


@dialect("AdamW", "timm, AdamW(corrected_weight_decay=True): pytorch-image-models#2511")
@stepping
def decay_by_rate_squared(now: Now) -> Exact:
    """The decay is λ η²/η₀: it falls with the square of the schedule."""
    decayed = now.lr / now.first_lr * (now.lr * (now.decay * now.w))
    return now.w - now.lr * corrected(now.moments) - decayed


# --- mistakes -------------------------------------------------------------------------------------


@mistake("AdamW", "keras-team/keras#19051, anhquan0412/basic_model_scratch#2: Adam with an L2 term")
def coupled_l2(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real,
) -> Trajectory:
    """λ w is added to the gradient: the moments know of it, and the root divides it."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        g = g + weight_decay * w
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        yield w


@mistake("AdamW", "an L2 term in the gradient, and the decay beside the step too")
def decayed_twice(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real,
) -> Trajectory:
    """λ w is in the gradient, and is subtracted beside the step as well."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        g = g + weight_decay * w
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        step = corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        w = w - lr * (step + weight_decay * w)
        yield w


@dialect("AdamW", "Transformers, AdamW: transformers#14539; bitsandbytes#2010")
@stepping
def decay_after_the_step(now: Now) -> Exact:
    """The weights are moved first and decayed then: the step itself is decayed."""
    moved = now.w - now.lr * corrected(now.moments)
    return moved - now.lr * now.decay * moved


@mistake("AdamW", "weight_decay is taken and never used: PaddlePaddle/Paddle#5836")
@stepping
def decay_forgotten(now: Now) -> Exact:
    """The weights do not decay: Adam."""
    return now.w - now.lr * corrected(now.moments)


@mistake("AdamW", "egg-west/AdamW-pytorch#1: the decay is added, so that weights grow")
@stepping
def decay_added(now: Now) -> Exact:
    """w ← w − η (m̂ / (√v̂ + ε) − λ w): the weights grow."""
    return now.w - now.lr * (corrected(now.moments) - now.decay * now.w)


@mistake("AdamW", "λ w is added to m̂: decoupled from the moments, but not from the root")
@stepping
def decay_divided_by_the_root(now: Now) -> Exact:
    """The step is (m̂ + λ w) / (√v̂ + ε): the root divides the decay."""
    its = now.moments
    return now.w - now.lr * (its.m_hat + now.decay * now.w) / (sqrt(its.v_hat) + its.epsilon)


@mistake("AdamW", "the penalty λ w² in the place of its gradient: a review of pytorch/pytorch#3740")
@stepping
def decay_of_squares(now: Now) -> Exact:
    """The decay is λ w²: negative weights grow."""
    return now.w - now.lr * (corrected(now.moments) + now.decay * now.w**2)


@mistake("AdamW", "the sign in the place of the weight: the gradient of an L1 penalty")
@stepping
def decay_of_signs(now: Now) -> Exact:
    """The decay is λ sign(w): every weight shrinks by the same amount."""
    return now.w - now.lr * (corrected(now.moments) + now.decay * sign(now.w))


@mistake("AdamW", "the derivative of λ w² where λ w is meant")
@stepping
def decay_doubled(now: Now) -> Exact:
    """The decay is 2 λ w."""
    return now.w - now.lr * (corrected(now.moments) + 2 * now.decay * now.w)


@mistake("AdamW", "½ λ w: half of a penalty without its derivative's 2")
@stepping
def decay_halved(now: Now) -> Exact:
    """The decay is λ w / 2."""
    return now.w - now.lr * (corrected(now.moments) + now.decay * now.w / 2)


@mistake("AdamW", "η λ is computed once, when the optimizer is made")
@stepping
def decay_at_the_first_rate(now: Now) -> Exact:
    """The decay is η₀ λ w for good: a rate that is changed later does not reach it."""
    return now.w - now.lr * corrected(now.moments) - now.first_lr * now.decay * now.w


@mistake("AdamW", "a default that shadows the argument: 0.01 whatever weight_decay says")
@stepping
def decay_always_1e_2(now: Now) -> Exact:
    """The decay is 0.01 w, whatever was asked for."""
    return now.w - now.lr * (corrected(now.moments) + 0.01 * now.w)


@mistake("AdamW", "t set to 1 and raised before use: cs231n/cs231n.github.io#179")
@stepping
def counter_starts_at_two(now: Now) -> Exact:
    """The bias correction uses t + 1."""
    return _decoupled(now, corrected(replace(now.moments, t=now.moments.t + 1)))


@mistake("AdamW", "1 − β for 1 − βᵗ: eriklindernoren/ML-From-Scratch#35")
@stepping
def counter_stuck_at_one(now: Now) -> Exact:
    """Every step is corrected as if it were the first."""
    return _decoupled(now, corrected(replace(now.moments, t=1)))


@mistake("AdamW", "one of two corrections forgotten")
@stepping
def only_first_moment_corrected(now: Now) -> Exact:
    """m̂ / (√v + ε): the second moment keeps its bias."""
    return _decoupled(now, now.moments.m_hat / (sqrt(now.moments.v) + now.moments.epsilon))


@mistake("AdamW", "β₁ and β₂ exchanged")
def betas_exchanged(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real,
) -> Trajectory:
    """β₁ is given to the second moment, and β₂ to the first."""
    return decoupled_weight_decay(w, gradients, rates, beta2, beta1, epsilon, weight_decay)


@mistake("AdamW", "the rate is copied when the optimizer is made")
def first_rate_kept(
    w: Exact,
    gradients: Exact,
    rates: Exact,
    beta1: Real,
    beta2: Real,
    epsilon: Real,
    weight_decay: Real,
) -> Trajectory:
    """A rate that is changed later reaches neither the step nor the decay."""
    return decoupled_weight_decay(w, gradients, held(rates), beta1, beta2, epsilon, weight_decay)
