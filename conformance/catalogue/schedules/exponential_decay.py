"""Exponential decay: the canonical form, conventions and mistakes."""

from __future__ import annotations

from math import log

from gradmark.conformance.catalogue.schedules.curves import SECTION, compounded, plain, whole
from gradmark.conformance.catalogue.variant import canonical, dialect, mistake
from gradmark.conformance.truth import Exact, exp, maximum


@canonical("exponential_decay", SECTION)
def natural_base(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(−k·epoch)."""
    return compounded(initial_lr * exp(-decay_rate * epoch), whole(plain(epoch)))


# --- conventions ----------------------------------------------------------------------------------


@dialect("exponential_decay", "PyTorch, ExponentialLR with γ = 1 − k")
def factor_per_epoch(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ (1 − k)^epoch: a factor per epoch."""
    return initial_lr * (1 - decay_rate) ** whole(plain(epoch))


@dialect("exponential_decay", "Keras 2, the decay argument; Keras, InverseTimeDecay(decay_steps=1)")
def inverse_time(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ / (1 + k·epoch): falls as the inverse of time."""
    return initial_lr / (1 + decay_rate * epoch)


@dialect("exponential_decay", "Keras, LearningRateScheduler: the example of its documentation")
def constant_for_ten_epochs(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ for ten epochs, from then on e^(−k) at each."""
    return natural_base(maximum(epoch - 9, 0.0), initial_lr, decay_rate)


# --- mistakes -------------------------------------------------------------------------------------


@mistake("exponential_decay", "the rate itself raised to the epoch: Keras's decay_rate is a factor")
def rate_as_factor(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ k^epoch: takes the rate for the factor."""
    return initial_lr * decay_rate ** whole(plain(epoch))


@mistake("exponential_decay", "the sign of the exponent")
def grows(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(+k·epoch)."""
    return natural_base(epoch, initial_lr, -decay_rate)


@mistake("exponential_decay", "2 ** for exp")
def base_two(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ 2^(−k·epoch): k per half-life."""
    return natural_base(epoch, initial_lr, decay_rate * log(2))


@mistake("exponential_decay", "10 ** for exp")
def base_ten(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ 10^(−k·epoch)."""
    return natural_base(epoch, initial_lr, decay_rate * log(10))


@mistake("exponential_decay", "a rate in percent")
def rate_in_percent(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(−k·epoch / 100)."""
    return natural_base(epoch, initial_lr, decay_rate / 100)


@mistake("exponential_decay", "epochs counted from one; in PyTorch 1.1 get_lr() read too early")
def one_epoch_early(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """Epoch 0 has decayed already."""
    return natural_base(epoch + 1, initial_lr, decay_rate)


@mistake("exponential_decay", "the rate read before the schedule's step")
def one_epoch_late(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """Epoch 1 has not decayed yet."""
    return natural_base(maximum(epoch - 1, 0.0), initial_lr, decay_rate)


@mistake("exponential_decay", "the current rate in place of the initial one: fcomitani/simpsom#30")
def decay_compounds(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η ← η e^(−k·epoch) at each epoch: falls as e^(−k·epoch²/2)."""
    return natural_base(epoch * (epoch + 1) / 2, initial_lr, decay_rate)


@mistake("exponential_decay", "epoch² in the exponent")
def bell_curve(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(−k·epoch²)."""
    return natural_base(epoch * epoch, initial_lr, decay_rate)


@mistake("exponential_decay", "the rate taken for a time constant")
def rate_as_time_constant(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(−epoch / k): all but gone after one epoch."""
    return natural_base(epoch, initial_lr, 1 / decay_rate)


@mistake("exponential_decay", "the rate is missing")
def rate_forgotten(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(−epoch)."""
    return natural_base(epoch, initial_lr, 0 * decay_rate + 1)


@mistake("exponential_decay", "the epoch is missing")
def epoch_forgotten(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ e^(−k): the same at every epoch."""
    return natural_base(0 * epoch + 1, initial_lr, decay_rate)


@mistake("exponential_decay", "1 − e^(−kt), which charges where it should decay")
def rises_to_the_rate(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ (1 − e^(−k·epoch)): starts at zero and rises."""
    return initial_lr * (1 - exp(-decay_rate * epoch))


@mistake("exponential_decay", "a straight line, the exponential's first two terms")
def straight_line(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    """η₀ (1 − k·epoch): negative after 1/k epochs."""
    return initial_lr * (1 - decay_rate * epoch)
