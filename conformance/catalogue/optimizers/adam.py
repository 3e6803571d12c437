"""Adam: the canonical form and its conventions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps

from gradmark.conformance.catalogue.optimizers.steps import (
    Real,
    Trajectory,
    average,
    from_here,
    mean_square,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect
from gradmark.conformance.truth import Exact, maximum, sqrt

KINGMA = "Kingma and Ba 2015"
REDDI = "Reddi, Kale and Kumar 2018"
LOSHCHILOV = "Loshchilov and Hutter 2019"


@dataclass(frozen=True)
class Moments:
    """What a step may use: the gradient, its moments, the step number and the hyperparameters."""

    g: Exact
    m: Exact
    v: Exact
    t: int
    beta1: Real
    beta2: Real
    epsilon: Real

    @property
    def m_hat(self) -> Exact:
        """The first moment, freed of its bias towards zero."""
        return self.m / (1 - self.beta1**self.t)

    @property
    def v_hat(self) -> Exact:
        """The second moment, freed of its bias towards zero."""
        return self.v / (1 - self.beta2**self.t)


Rule = Callable[[Moments], Exact]
Average = Callable[[Exact, Exact, Real], Exact]


def stepping(
    first: Average = average, second: Average = mean_square, decay: float = 0.0
) -> Callable[[Rule], Body]:
    """Make a trajectory of a rule for the step; `decay` shrinks the weights beside it."""

    def of(rule: Rule) -> Body:
        @wraps(rule)
        def body(
            w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
        ) -> Trajectory:
            m = v = 0 * w
            for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
                m = first(m, g, beta1)
                v = second(v, g, beta2)
                step = rule(Moments(g, m, v, t, beta1, beta2, epsilon))
                w = w - lr * (step + decay * w if decay else step)
                w = from_here(w, (yield w))

        return body

    return of


def corrected(now: Moments) -> Exact:
    """The step of algorithm 1."""
    return now.m_hat / (sqrt(now.v_hat) + now.epsilon)


def uncorrected(now: Moments) -> Exact:
    """The step without bias correction."""
    return now.m / (sqrt(now.v) + now.epsilon)


def with_epsilon_hat(now: Moments) -> Exact:
    """The step of the end of section 2, with the bias correction in the rate."""
    rate = sqrt(1 - now.beta2**now.t) / (1 - now.beta1**now.t)
    return rate * now.m / (sqrt(now.v) + now.epsilon)


@canonical("Adam", f'Article, "Adam Optimizer"; {KINGMA}, algorithm 1')
def bias_corrected_moments(
    w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
) -> Trajectory:
    """w ← w − η m̂ / (√v̂ + ε)."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        w = w - lr * m_hat / (sqrt(v_hat) + epsilon)
        yield w


# --- where ε stands, and whether the bias is corrected --------------------------------------------


@dialect("Adam", f"{KINGMA}, end of section 2 (ε-hat); TensorFlow and Keras, Adam")
@stepping()
def epsilon_hat(now: Moments) -> Exact:
    """ε is added to √v before the bias correction: in effect it is ε / √(1 − β₂ᵗ)."""
    return with_epsilon_hat(now)


@dialect("Adam", "Optax, adam(eps_root=...)")
@stepping()
def epsilon_inside_root_of_second_moment(now: Moments) -> Exact:
    """w ← w − η m̂ / √(v̂ + ε): ε stands inside the root."""
    return now.m_hat / sqrt(now.v_hat + now.epsilon)


@dialect("Adam", "an option: MLX, Adam(bias_correction=False), its default; BERT's optimizer")
@stepping()
def no_bias_correction(now: Moments) -> Exact:
    """m and v are used as they are: the first steps are too large."""
    return uncorrected(now)


@dialect("Adam", "Optax, adam(nesterov=True); Dozat 2016")
@stepping()
def nesterov(now: Moments) -> Exact:
    """NAdam: m̂ looks one step ahead."""
    beta1, t = now.beta1, now.t
    ahead = now.m / (1 - beta1 ** (t + 1))
    m_hat = average(ahead, now.g / (1 - beta1**t), beta1)
    return m_hat / (sqrt(now.v_hat) + now.epsilon)


# --- AMSGrad --------------------------------------------------------------------------------------


def _greatest(of: Rule) -> Callable[[Rule], Body]:
    """Make a trajectory of a rule that finds the greatest value so far in place of v."""

    def with_rule(rule: Rule) -> Body:
        @wraps(rule)
        def body(
            w: Exact, gradients: Exact, rates: Exact, beta1: Real, beta2: Real, epsilon: Real
        ) -> Trajectory:
            m = v = greatest = 0 * w
            for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
                m, v = average(m, g, beta1), mean_square(v, g, beta2)
                now = Moments(g, m, v, t, beta1, beta2, epsilon)
                greatest = maximum(greatest, of(now))
                w = w - lr * rule(replace(now, v=greatest))
                yield w

        return body

    return with_rule


@dialect("Adam", f"{REDDI}, algorithm 2")
@_greatest(of=lambda now: now.v)
def amsgrad_uncorrected(now: Moments) -> Exact:
    """Divides by the greatest v so far, without bias correction."""
    return uncorrected(now)


@dialect("Adam", f"PyTorch, Adam(amsgrad=True), after {REDDI}")
@_greatest(of=lambda now: now.v)
def amsgrad(now: Moments) -> Exact:
    """Divides by the greatest v so far, bias-corrected."""
    return corrected(now)


@dialect("Adam", f"Keras, Adam(amsgrad=True), after {REDDI}")
@_greatest(of=lambda now: now.v)
def amsgrad_epsilon_hat(now: Moments) -> Exact:
    """Divides by the greatest v so far; ε is added before the bias correction."""
    return with_epsilon_hat(now)


@dialect("Adam", f"Optax, amsgrad, after {REDDI}: google-deepmind/optax#1389")
@_greatest(of=lambda now: now.v_hat)
def amsgrad_of_corrected_moments(now: Moments) -> Exact:
    """Divides by the greatest bias-corrected v̂ so far."""
    return now.m_hat / (sqrt(now.v) + now.epsilon)


# --- weight decay that is on by default -----------------------------------------------------------


@dialect("Adam", f"PyTorch, AdamW(weight_decay=0.01), its default; {LOSHCHILOV}")
@stepping(decay=0.01)
def decoupled_weight_decay_1e_2(now: Moments) -> Exact:
    """w ← w − η(m̂ / (√v̂ + ε) + 0.01 w): AdamW."""
    return corrected(now)


@dialect("Adam", f"Optax, adamw(weight_decay=0.0001), its default; {LOSHCHILOV}")
@stepping(decay=1e-4)
def decoupled_weight_decay_1e_4(now: Moments) -> Exact:
    """w ← w − η(m̂ / (√v̂ + ε) + 0.0001 w): AdamW."""
    return corrected(now)


@dialect("Adam", f"Keras, AdamW(weight_decay=0.004), its default; {LOSHCHILOV}")
@stepping(decay=0.004)
def decoupled_weight_decay_4e_3_epsilon_hat(now: Moments) -> Exact:
    """AdamW with 0.004 w; ε is added before the bias correction."""
    return with_epsilon_hat(now)


@dialect("Adam", "BERT, AdamWeightDecayOptimizer(weight_decay_rate=0.01); MLX, AdamW")
@stepping(decay=0.01)
def decoupled_weight_decay_1e_2_uncorrected(now: Moments) -> Exact:
    """w ← w − η(m / (√v + ε) + 0.01 w): AdamW without bias correction."""
    return uncorrected(now)
