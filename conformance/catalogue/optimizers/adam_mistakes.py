"""Adam: the mistakes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradmark.conformance.catalogue.optimizers.adam import (
    Moments,
    bias_corrected_moments,
    corrected,
    stepping,
    with_epsilon_hat,
)
from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    held,
    mean_square,
    one_late,
)
from gradmark.conformance.catalogue.variant import mistake
from gradmark.conformance.truth import Exact, maximum, mean, sqrt

# --- the step counter -----------------------------------------------------------------------------


def _counted(now: Moments, t: int) -> Exact:
    return corrected(replace(now, t=t))


@mistake("Adam", "t set to 1 and raised before use: cs231n/cs231n.github.io#179")
@stepping()
def counter_starts_at_two(now: Moments) -> Exact:
    """The bias correction uses t + 1."""
    return _counted(now, now.t + 1)


@mistake("Adam", "t set to 0 and raised after use: deeplearning4j/nd4j#1227")
@stepping()
def counter_starts_at_zero(now: Moments) -> Exact:
    """The bias correction uses t − 1 and divides by zero: NaN from the first step on."""
    return _counted(now, now.t - 1)


@mistake("Adam", "a zero counter guarded by max(t, 1)")
@stepping()
def counter_lags_behind(now: Moments) -> Exact:
    """The bias correction uses t − 1, and 1 at first."""
    return _counted(now, max(now.t - 1, 1))


@mistake("Adam", "1 − β for 1 − βᵗ: eriklindernoren/ML-From-Scratch#35, allenai/OLMo-core#317")
@stepping()
def counter_stuck_at_one(now: Moments) -> Exact:
    """Every step is corrected as if it were the first."""
    return _counted(now, 1)


@mistake("Adam", "t raised once per parameter, not per step: flashlight/flashlight#143")
@stepping()
def counter_raised_twice(now: Moments) -> Exact:
    """The bias correction uses 2t."""
    return _counted(now, 2 * now.t)


@mistake("Adam", "a counter in bfloat16, where 256 + 1 is 256: pytorch/ao#4915")
@stepping()
def counter_stuck_at_256(now: Moments) -> Exact:
    """The bias correction stops at t = 256."""
    return _counted(now, min(now.t, 256))


@mistake("Adam", "a correction believed to be done after a thousand steps")
@stepping()
def counter_capped_at_1000(now: Moments) -> Exact:
    """The bias correction stops at t = 1000, where β₂ = 0.999 still needs it."""
    return _counted(now, min(now.t, 1000))


# --- the bias correction --------------------------------------------------------------------------


@mistake("Adam", "corrected moments written back: frgfm/holocron#1")
def correction_stored(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """The bias correction is applied to the stored moments, again and again."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = average(m, g, beta1) / (1 - beta1**t)
        v = mean_square(v, g, beta2) / (1 - beta2**t)
        w = w - lr * m / (sqrt(v) + epsilon)
        yield w


@mistake("Adam", "multiplied where it should be divided: karpathy/convnetjs#70")
@stepping()
def correction_multiplied(now: Moments) -> Exact:
    """m (1 − β₁ᵗ) and v (1 − β₂ᵗ): the bias is doubled, not removed."""
    m = now.m * (1 - now.beta1**now.t)
    v = now.v * (1 - now.beta2**now.t)
    return m / (sqrt(v) + now.epsilon)


@mistake("Adam", "β · t for βᵗ")
@stepping()
def correction_with_a_product(now: Moments) -> Exact:
    """1 − β t in place of 1 − βᵗ: negative soon, and then NaN."""
    m_hat = now.m / (1 - now.beta1 * now.t)
    v_hat = now.v / (1 - now.beta2 * now.t)
    return m_hat / (sqrt(v_hat) + now.epsilon)


@mistake("Adam", "1 − (1 − β₂ᵗ) under the root: kozistr/AdaBound-tensorflow#3")
@stepping()
def correction_complemented(now: Moments) -> Exact:
    """The rate has √(β₂ᵗ) in place of √(1 − β₂ᵗ)."""
    rate = sqrt(now.beta2**now.t) / (1 - now.beta1**now.t)
    return rate * now.m / (sqrt(now.v) + now.epsilon)


@mistake("Adam", "the root of v is corrected, not v")
@stepping()
def correction_after_the_root(now: Moments) -> Exact:
    """√v / (1 − β₂ᵗ) in place of √(v / (1 − β₂ᵗ))."""
    return now.m_hat / (sqrt(now.v) / (1 - now.beta2**now.t) + now.epsilon)


@mistake("Adam", "only v is corrected")
@stepping()
def first_moment_not_corrected(now: Moments) -> Exact:
    """m is used as it is: the first steps are too short."""
    return now.m / (sqrt(now.v_hat) + now.epsilon)


@mistake("Adam", "only m is corrected; the root of v, not of v̂")
@stepping()
def second_moment_not_corrected(now: Moments) -> Exact:
    """v is used as it is: the first steps are too long."""
    return now.m_hat / (sqrt(now.v) + now.epsilon)


# --- the moments ----------------------------------------------------------------------------------


@mistake("Adam", "one β for both moments")
def one_beta(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """β₁ serves both moments."""
    del beta2
    return bias_corrected_moments(w, gradients, rates, beta1, beta1, epsilon)


@mistake("Adam", "β₁ and β₂ exchanged")
def betas_exchanged(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """β₂ serves the first moment, β₁ the second."""
    return bias_corrected_moments(w, gradients, rates, beta2, beta1, epsilon)


@mistake("Adam", "0.9 and 0.999 written into the step")
def betas_ignored(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """β₁ is 0.9 and β₂ is 0.999 whatever the arguments say."""
    del beta1, beta2
    return bias_corrected_moments(w, gradients, rates, 0.9, 0.999, epsilon)


@mistake("Adam", "β and 1 − β exchanged, as in the paper's first version: mila-iqia/blocks#1159")
@stepping(
    first=lambda m, g, beta: average(g, m, beta),
    second=lambda v, g, beta: average(g**2, v, beta),
)
def weights_exchanged(now: Moments) -> Exact:
    """m ← (1−β₁)m + β₁g and v alike: remembers what it should forget."""
    return corrected(now)


@mistake("Adam", "1 − β is missing")
@stepping(
    first=lambda m, g, beta: beta * m + g,
    second=lambda v, g, beta: beta * v + g**2,
)
def moments_not_weighted(now: Moments) -> Exact:
    """m ← β₁m + g and v ← β₂v + g²: sums, which the bias correction makes larger still."""
    return corrected(now)


@mistake("Adam", "new moments computed but not stored: raskr/rust-autograd#16")
@stepping(
    first=lambda _m, g, beta: (1 - beta) * g,
    second=lambda _v, g, beta: (1 - beta) * g**2,
)
def moments_forgotten(now: Moments) -> Exact:
    """Every step starts from m = v = 0."""
    return corrected(now)


@mistake("Adam", "AdaGrad's sum in place of the average")
@stepping(second=lambda v, g, _beta: v + g**2)
def squares_summed(now: Moments) -> Exact:
    """v ← v + g², never forgetting."""
    return corrected(now)


@mistake("Adam", "the square of the gradient is missing")
@stepping(second=lambda v, g, beta: average(v, abs(g), beta))
def gradient_not_squared(now: Moments) -> Exact:
    """v averages |g|, not g²."""
    return corrected(now)


@mistake("Adam", "np.mean over the squares: one scale for the whole array")
@stepping(second=lambda v, g, beta: average(v, mean(g**2) if np.size(g) else 0, beta))
def one_scale_for_all_entries(now: Moments) -> Exact:
    """All weights share one v, the mean square over the array."""
    return corrected(now)


@mistake("Adam", "m² for g²")
def first_moment_squared(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """v averages the squares of m, not of the gradient."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = average(m, g, beta1)
        v = mean_square(v, m, beta2)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        yield w


@mistake("Adam", "m = v = np.zeros_like(w), then updated in place")
def moments_share_memory(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """m and v are one array: what is written to one is read from the other."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = v = mean_square(average(m, g, beta1), g, beta2)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        yield w


@mistake("Adam", "the step taken before m is updated")
def first_moment_lags_behind(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """Moves by the m of the step before: the first step does nothing."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        v = mean_square(v, g, beta2)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        m = average(m, g, beta1)
        yield w


@mistake("Adam", "the step taken before v is updated")
def second_moment_lags_behind(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """Divides by the v of the step before: the first step is η g / ε."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = average(m, g, beta1)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        v = mean_square(v, g, beta2)
        yield w


@mistake("Adam", "the step taken before the new gradient is stored")
def previous_gradient(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """Both moments are those of the step before."""
    return bias_corrected_moments(w, one_late(gradients, 0 * w), rates, beta1, beta2, epsilon)


# --- the step -------------------------------------------------------------------------------------


@mistake("Adam", "the sign of the step: pytorch/pytorch#11678, in Caffe2's Adam")
@stepping()
def ascent(now: Moments) -> Exact:
    """w ← w + η m̂ / (√v̂ + ε): climbs."""
    return -corrected(now)


@mistake("Adam", "a learning rate copied at construction: eragonruan/text-detection-ctpn#201")
def learning_rate_kept(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """Goes on with the first learning rate when opt.lr is changed."""
    return bias_corrected_moments(w, gradients, held(rates), beta1, beta2, epsilon)


@mistake("Adam", "the gradient in place of m")
@stepping()
def gradient_in_place_of_first_moment(now: Moments) -> Exact:
    """w ← w − η g / (√v̂ + ε): RMSprop with bias correction."""
    return now.g / (sqrt(now.v_hat) + now.epsilon)


@mistake("Adam", "the root is missing")
@stepping()
def root_missing(now: Moments) -> Exact:
    """Divides by v̂ + ε, not by √v̂ + ε."""
    return now.m_hat / (now.v_hat + now.epsilon)


@mistake("Adam", "multiplied where it should be divided: oracle/tribuo#401")
@stepping()
def multiplied_by_the_root(now: Moments) -> Exact:
    """w ← w − η m̂ (√v̂ + ε): large gradients take even larger steps."""
    return now.m_hat * (sqrt(now.v_hat) + now.epsilon)


@mistake("Adam", "AdaMax under this name, as in Keras: Kingma and Ba 2015, section 7")
@stepping(second=lambda u, g, beta: maximum(beta * u, abs(g)))
def infinity_norm(now: Moments) -> Exact:
    """Divides by the fading maximum of |g|: AdaMax."""
    return now.m_hat / (now.v + now.epsilon)


@mistake("Adam", "AdaBelief under this name: Zhuang et al. 2020")
def deviation_from_first_moment(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """v averages (g − m)²: AdaBelief."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = average(m, g, beta1)
        v = mean_square(v, g - m, beta2)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        yield w


@mistake("Adam", "a weight decay of 0.01 in the gradient, where AdamW keeps it out")
def weight_decay_in_the_gradient(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """g + 0.01 w in place of g: the moments average the decay too."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        decayed = g + 0.01 * w
        m, v = average(m, decayed, beta1), mean_square(v, decayed, beta2)
        w = w - lr * corrected(Moments(g, m, v, t, beta1, beta2, epsilon))
        yield w


@mistake("Adam", "decay by 0.01 w, not η · 0.01 w: tensorflow/addons#2282, and its ε-hat")
def weight_decay_without_rate(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """w ← 0.99 w before each step: the weights shrink at any learning rate."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m, v = average(m, g, beta1), mean_square(v, g, beta2)
        step = with_epsilon_hat(Moments(g, m, v, t, beta1, beta2, epsilon))
        w = w - 0.01 * w - lr * step
        yield w


# --- where ε stands -------------------------------------------------------------------------------


@mistake("Adam", "1e-8 written into the step: ecmwf/WeatherGenerator#1601")
def epsilon_ignored(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """ε is 1e-8 whatever the argument says."""
    del epsilon
    return bias_corrected_moments(w, gradients, rates, beta1, beta2, 1e-8)


@mistake("Adam", "ε is missing")
@stepping()
def epsilon_forgotten(now: Moments) -> Exact:
    """w ← w − η m̂ / √v̂: NaN where every gradient so far was zero."""
    return now.m_hat / sqrt(now.v_hat)


@mistake("Adam", "the sign of ε: tensorflow/tensorflow#61407")
@stepping()
def epsilon_subtracted(now: Moments) -> Exact:
    """Divides by √v̂ − ε: wild where gradients are small."""
    return now.m_hat / (sqrt(now.v_hat) - now.epsilon)


@mistake("Adam", "+ ε became × ε")
@stepping()
def epsilon_multiplied(now: Moments) -> Exact:
    """Divides by ε √v̂: steps that are longer by 1/ε."""
    return now.m_hat / (sqrt(now.v_hat) * now.epsilon)


@mistake("Adam", "ε added after the division: kozistr/pytorch_optimizer#480, in its AdamP")
@stepping()
def epsilon_after_the_division(now: Moments) -> Exact:
    """w ← w − η m̂ (1/√v̂ + ε): NaN where every gradient so far was zero."""
    return now.m_hat * (1 / sqrt(now.v_hat) + now.epsilon)
