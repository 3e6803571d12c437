"""The learning-rate schedules: canonical forms, conventions and mistakes."""

from __future__ import annotations

from conformance.catalogue.variant import canonical, dialect, mistake
from conformance.truth import Exact, Number, cos, exp, log1p, minimum, pi

SECTION = 'Article, "Learning Rate Schedules"'
SGDR = "Loshchilov and Hutter 2017"


def _compounded(rate: Number, epochs: int) -> Number:
    """Allow for a factor per epoch, applied again and again: its rounding grows with the epoch."""
    return Number(rate.value, rate.error + epochs * abs(float(rate)))


def _half_cosine(progress: Exact) -> Exact:
    return (1 + cos(pi() * progress)) / 2


@canonical("step_decay", SECTION)
def drops_at_multiples(
    epoch: Number, initial_lr: Number, drop: Number, epochs_drop: Number
) -> Exact:
    """η₀ dropᵏ with k = ⌊epoch / epochs_drop⌋."""
    drops = int(epoch.value // epochs_drop.value)
    return _compounded(initial_lr * drop**drops, drops)


@dialect("step_decay", "a widely copied Keras recipe: floor((1 + epoch) / epochs_drop)")
def drops_one_epoch_early(
    epoch: Number, initial_lr: Number, drop: Number, epochs_drop: Number
) -> Exact:
    """Counts epochs from one: each drop comes an epoch early."""
    return initial_lr * drop ** int((epoch.value + 1) // epochs_drop.value)


@mistake("step_decay", "true division where floor division belongs")
def drops_continuously(
    epoch: Number, initial_lr: Number, drop: Number, epochs_drop: Number
) -> Exact:
    """The exponent is not floored: no steps, a smooth decay."""
    return initial_lr * exp(log1p(drop - 1) * (epoch / epochs_drop))


@mistake("step_decay", "a drop strictly after the boundary")
def drops_one_epoch_late(
    epoch: Number, initial_lr: Number, drop: Number, epochs_drop: Number
) -> Exact:
    """Each drop comes an epoch late."""
    return initial_lr * drop ** max(int((epoch.value - 1) // epochs_drop.value), 0)


@canonical("exponential_decay", SECTION)
def natural_base(epoch: Number, initial_lr: Number, decay_rate: Number) -> Exact:
    """η₀ e^(−k·epoch)."""
    return _compounded(initial_lr * exp(-decay_rate * epoch), int(epoch.value))


@dialect("exponential_decay", "PyTorch, ExponentialLR with γ = 1 − k")
def factor_per_epoch(epoch: Number, initial_lr: Number, decay_rate: Number) -> Exact:
    """η₀ (1 − k)^epoch: a factor per epoch."""
    return initial_lr * (1 - decay_rate) ** int(epoch.value)


@dialect("exponential_decay", "Keras 2, the decay argument: time-based decay")
def inverse_time(epoch: Number, initial_lr: Number, decay_rate: Number) -> Exact:
    """η₀ / (1 + k·epoch): falls as the inverse of time."""
    return initial_lr / (1 + decay_rate * epoch)


@mistake("exponential_decay", "the rate itself raised to the epoch")
def rate_as_factor(epoch: Number, initial_lr: Number, decay_rate: Number) -> Exact:
    """η₀ k^epoch: takes the rate for the factor."""
    return initial_lr * decay_rate ** int(epoch.value)


@canonical("cosine_annealing", f"{SECTION}; {SGDR}")
def half_a_cosine(epoch: Number, initial_lr: Number, T_max: Number) -> Exact:
    """η₀ (1 + cos(π·epoch / T_max)) / 2, which rises again past T_max."""
    return initial_lr * _half_cosine(epoch / T_max)


@dialect("cosine_annealing", "Optax, cosine_decay_schedule")
def holds_after_the_end(epoch: Number, initial_lr: Number, T_max: Number) -> Exact:
    """Stays at zero past T_max."""
    return initial_lr * _half_cosine(minimum(epoch, T_max) / T_max)


@mistake("cosine_annealing", "T_max − 1 in the denominator, so that the last epoch ends at zero")
def one_epoch_short(epoch: Number, initial_lr: Number, T_max: Number) -> Exact:
    """Reaches zero one epoch early."""
    return initial_lr * _half_cosine(epoch / (T_max - 1))


@mistake("cosine_annealing", "the factor ½ is missing")
def twice_the_rate(epoch: Number, initial_lr: Number, T_max: Number) -> Exact:
    """Starts at 2 η₀."""
    return 2 * initial_lr * _half_cosine(epoch / T_max)


@mistake("cosine_annealing", "a full period in place of half of one")
def full_period(epoch: Number, initial_lr: Number, T_max: Number) -> Exact:
    """Falls to zero half-way and rises again before the end."""
    return initial_lr * _half_cosine(2 * epoch / T_max)


@canonical("warmup_cosine", f"{SECTION}; Goyal et al. 2017 and {SGDR}")
def ramp_from_zero(
    epoch: Number, initial_lr: Number, warmup_epochs: Number, total_epochs: Number
) -> Exact:
    """A line from 0 to η₀ over the warm-up, then half a cosine down to zero at total_epochs."""
    if epoch < warmup_epochs:
        return initial_lr * epoch / warmup_epochs
    return initial_lr * _half_cosine((epoch - warmup_epochs) / (total_epochs - warmup_epochs))


@dialect("warmup_cosine", "Goyal et al. 2017 in many codes: (epoch + 1) / warmup_epochs")
def ramp_from_first_step(
    epoch: Number, initial_lr: Number, warmup_epochs: Number, total_epochs: Number
) -> Exact:
    """The ramp starts at η₀ / warmup_epochs: no epoch is spent at a rate of zero."""
    if epoch < warmup_epochs:
        return initial_lr * (epoch + 1) / warmup_epochs
    return initial_lr * _half_cosine((epoch - warmup_epochs) / (total_epochs - warmup_epochs))


@dialect("warmup_cosine", "schedules chained after a warm-up: total_epochs counts from its end")
def warmup_not_counted(
    epoch: Number, initial_lr: Number, warmup_epochs: Number, total_epochs: Number
) -> Exact:
    """The warm-up comes on top of total_epochs."""
    if epoch < warmup_epochs:
        return initial_lr * epoch / warmup_epochs
    return initial_lr * _half_cosine((epoch - warmup_epochs) / total_epochs)


@dialect("warmup_cosine", "Optax, warmup_cosine_decay_schedule")
def zero_after_the_end(
    epoch: Number, initial_lr: Number, warmup_epochs: Number, total_epochs: Number
) -> Exact:
    """Stays at zero past total_epochs."""
    return ramp_from_zero(minimum(epoch, total_epochs), initial_lr, warmup_epochs, total_epochs)


@mistake("warmup_cosine", "the cosine does not wait for the warm-up")
def cosine_from_epoch_zero(
    epoch: Number, initial_lr: Number, warmup_epochs: Number, total_epochs: Number
) -> Exact:
    """The cosine counts from epoch 0: the rate jumps at the end of the warm-up."""
    if epoch < warmup_epochs:
        return initial_lr * epoch / warmup_epochs
    return initial_lr * _half_cosine(epoch / total_epochs)


@mistake("warmup_cosine", "no warm-up at all")
def no_warmup(
    epoch: Number, initial_lr: Number, warmup_epochs: Number, total_epochs: Number
) -> Exact:
    """Starts at full rate."""
    del warmup_epochs
    return initial_lr * _half_cosine(epoch / total_epochs)
