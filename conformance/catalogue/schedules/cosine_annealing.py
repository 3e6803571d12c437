"""Cosine annealing: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

import numpy as np

from gradmark.conformance.catalogue.losing import loses
from gradmark.conformance.catalogue.schedules.curves import SECTION, SGDR, half_cosine
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Exact, Number, cos, minimum, pi

if TYPE_CHECKING:  # what is asked lies beside what is known, not below it
    from gradmark.conformance.cases import Case


def _of_progress(curve: Callable[[Exact], Exact]) -> Body:
    """Make a schedule of a curve over epoch / T_max."""

    @wraps(curve)
    def body(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
        return initial_lr * curve(epoch / T_max)

    return body


@canonical("cosine_annealing", f"{SECTION}; {SGDR}")
def half_a_cosine(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """η₀ (1 + cos(π·epoch / T_max)) / 2, which rises again past T_max."""
    return initial_lr * half_cosine(epoch / T_max)


# --- conventions ----------------------------------------------------------------------------------


@dialect("cosine_annealing", "Optax, cosine_decay_schedule; Keras, CosineDecay; timm")
def holds_after_the_end(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Stays at zero past T_max."""
    return half_a_cosine(minimum(epoch, T_max), initial_lr, T_max)


def _restarting(epoch: Exact, period: Exact, growth: int) -> Exact:
    """The progress within the current period, each `growth` times as long as the one before."""
    while epoch >= period:
        epoch, period = epoch - period, growth * period
    return epoch / period


@dialect("cosine_annealing", f"PyTorch, CosineAnnealingWarmRestarts(T_0=T_max); {SGDR}, T_mult = 1")
def restarts(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Jumps back to η₀ at every multiple of T_max."""
    return initial_lr * half_cosine(_restarting(epoch, T_max, 1))


@dialect("cosine_annealing", f"Keras, CosineDecayRestarts, its default t_mul = 2; {SGDR}")
def restarts_with_doubled_periods(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Jumps back to η₀ after T_max epochs, then after 2 T_max, 4 T_max, ..."""
    return initial_lr * half_cosine(_restarting(epoch, T_max, 2))


@dialect("cosine_annealing", "nanoGPT, get_lr: min_lr is a tenth of the learning rate")
def falls_to_a_tenth(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Ends at η₀ / 10 and stays there."""
    least = 0.1 * initial_lr
    return least + (initial_lr - least) * half_cosine(minimum(epoch, T_max) / T_max)


@dialect("cosine_annealing", "Sohn et al. 2020, FixMatch: cos(7πk / 16K)")
@_of_progress
def seven_sixteenths(progress: Exact) -> Exact:
    """η₀ cos(7π·epoch / (16 T_max)): most of a quarter period, down to a fifth of η₀."""
    return cos(pi() * (7 * progress / 16))


# --- mistakes -------------------------------------------------------------------------------------


@mistake("cosine_annealing", "T_max − 1 in the denominator, so that the last epoch ends at zero")
def one_epoch_short(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Reaches zero one epoch early."""
    return half_a_cosine(epoch, initial_lr, T_max - 1)


@mistake("cosine_annealing", "T_max + 1 in the denominator")
def one_epoch_long(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Reaches zero one epoch late."""
    return half_a_cosine(epoch, initial_lr, T_max + 1)


@mistake("cosine_annealing", "epochs counted from one")
def one_epoch_early(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """Epoch 0 has begun to fall already."""
    return half_a_cosine(epoch + 1, initial_lr, T_max)


@mistake("cosine_annealing", "the factor ½ is missing")
@_of_progress
def twice_the_rate(progress: Exact) -> Exact:
    """Starts at 2 η₀."""
    return 2 * half_cosine(progress)


@mistake("cosine_annealing", "a full period in place of half of one: git-disl/LRBench#1")
@_of_progress
def full_period(progress: Exact) -> Exact:
    """Falls to zero half-way and rises again before the end."""
    return half_cosine(2 * progress)


@mistake("cosine_annealing", "half of the half period: goodfire-ai/spd#311")
@_of_progress
def quarter_period(progress: Exact) -> Exact:
    """η₀ cos(π·epoch / (2 T_max)): falls late and steeply, and below zero past T_max."""
    return cos(pi() * progress / 2)


@mistake("cosine_annealing", "the 1 + is missing")
@_of_progress
def cosine_not_raised(progress: Exact) -> Exact:
    """η₀ cos(π·epoch / T_max): negative after half of the time."""
    return cos(pi() * progress)


@mistake("cosine_annealing", "parentheses: 1 + cos / 2")
@_of_progress
def half_the_swing(progress: Exact) -> Exact:
    """Swings between 1.5 η₀ and 0.5 η₀."""
    return 1 + cos(pi() * progress) / 2


@mistake("cosine_annealing", "1 − cos")
@_of_progress
def rises_first(progress: Exact) -> Exact:
    """Starts at zero and rises to η₀."""
    return half_cosine(progress + 1)


@mistake("cosine_annealing", "π is missing")
@_of_progress
def pi_missing(progress: Exact) -> Exact:
    """cos(epoch / T_max): falls by a quarter only."""
    return (1 + cos(progress)) / 2


@mistake("cosine_annealing", "π written as 3.14")
@_of_progress
def pi_cut_off(progress: Exact) -> Exact:
    """Never quite reaches zero."""
    return (1 + cos(3.14 * progress)) / 2


@mistake("cosine_annealing", "degrees handed to a cosine of radians")
@_of_progress
def degrees(progress: Exact) -> Exact:
    """cos(180·epoch / T_max): swings wildly."""
    return (1 + cos(180 * progress)) / 2


@mistake("cosine_annealing", "integer division, as in C or Python 2")
def whole_periods_only(epoch: Exact, initial_lr: Exact, T_max: Exact) -> Exact:
    """epoch // T_max: constant until T_max, then zero."""
    return initial_lr * half_cosine(0 * epoch + float(epoch) // float(T_max))


# --- digits lost ----------------------------------------------------------------------------------


@loses(
    "cosine_annealing",
    "each epoch's rate is computed from the last one's, so that roundings add up",
)
def recursion(case: Case) -> list[Number]:
    """η ← η (1 + cos πt/T) / (1 + cos π(t−1)/T) in float64, once around each zero anew."""
    epoch, first, last = case.arguments
    rate = first
    for t in range(1, epoch + 1):
        if (t - 1 - last) % (2 * last) == 0:
            rate += first * (1 - np.cos(np.pi / last)) / 2
        else:
            rate *= (1 + np.cos(np.pi * t / last)) / (1 + np.cos(np.pi * (t - 1) / last))
    return [Number(rate, abs(rate))]
