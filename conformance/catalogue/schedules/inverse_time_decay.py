"""Decay with the inverse of time: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.schedules.around import AROUND
from gradmark.conformance.catalogue.schedules.curves import compounded
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, exp, maximum, sqrt

KERAS = "Keras, InverseTimeDecay(decay_steps=1)"

Shared = Callable[[Exact, Exact, Exact], Exact]


def _inverse(
    at: Callable[[Exact, Exact], Exact] = lambda k, _rate: k,
    curve: Callable[[Exact, Exact], Exact] = lambda k, epoch: 1 / (1 + k * epoch),
) -> Body:
    def body(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
        return initial_lr * curve(at(decay_rate, initial_lr), epoch)

    return body


canonical("inverse_time_decay", f"Darken and Moody 1990; {KERAS}")(
    named("one_over_one_and_time", "η₀ / (1 + k·epoch).", _inverse())
)

INVERSE = recipe("inverse_time_decay", _inverse, **AROUND)

# --- conventions ----------------------------------------------------------------------------------

INVERSE.enter(
    "dialect",
    "rate-in-the-decay",
    "η₀ / (1 + η₀ k·epoch): the decay is per unit of rate.",
    "Bottou 2012, Stochastic Gradient Descent Tricks: γ₀ / (1 + γ₀ λ t)",
    at=lambda k, rate: k * rate,
)
INVERSE.enter(
    "dialect",
    "inverse-root",
    "η₀ / √(1 + k·epoch).",
    "power scheduling with c = ½: ageron/handson-ml2#287",
    curve=lambda k, epoch: 1 / sqrt(1 + k * epoch),
)
family(
    "inverse_time_decay",
    "never-below-{}",
    "The rate is cut off at {} below.",
    "min_lr=...: max(rate, min_lr)",
    lambda least: {"least": least},
    1e-10,
    0.05,
)

# --- mistakes -------------------------------------------------------------------------------------


def _compounding(epoch: Exact, initial_lr: Exact, decay_rate: Exact) -> Exact:
    rate = initial_lr
    for t in range(1, int(float(epoch)) + 1):
        rate = rate / (1 + decay_rate * t)
    return compounded(rate, int(float(epoch)))


INVERSE.enter(
    "mistake",
    "decay-compounds",
    "η ← η / (1 + k·epoch) at each epoch: falls much too fast.",
    "the current rate in place of the initial one, as the formula in keras-team/keras#8086 reads",
    whole=_compounding,
)
INVERSE.enter(
    "mistake",
    "decay-once-per-epoch",
    "η ← η / (1 + k) at each epoch: a factor, not the inverse of time.",
    "the epoch is forgotten in a rate that is updated in place",
    whole=lambda epoch, rate, k: compounded(rate / (1 + k) ** int(float(epoch)), int(float(epoch))),
)
INVERSE.enter(
    "mistake",
    "epoch-forgotten",
    "η₀ / (1 + k): the same at every epoch.",
    "the epoch is missing",
    curve=lambda k, epoch: 1 / (1 + k + 0 * epoch),
)
INVERSE.enter(
    "mistake",
    "rate-forgotten",
    "η₀ / (1 + epoch).",
    "the decay rate is missing",
    at=lambda k, _rate: 0 * k + 1,
)
INVERSE.enter(
    "mistake",
    "decay-added",
    "η₀ / (1 + k + epoch).",
    "+ for ×",
    curve=lambda k, epoch: 1 / (1 + k + epoch),
)
INVERSE.enter(
    "mistake",
    "exponential",
    "η₀ e^(−k·epoch): falls as an exponential.",
    "another schedule of the same parameters",
    curve=lambda k, epoch: exp(-k * epoch),
)
INVERSE.enter(
    "mistake",
    "line",
    "η₀ (1 − k·epoch): a line, which falls below zero.",
    "rate - decay * epoch * rate: the first term of the quotient's series",
    curve=lambda k, epoch: 1 - k * epoch,
)
INVERSE.enter(
    "mistake",
    "grows",
    "η₀ (1 + k·epoch).",
    "multiplied where it should be divided",
    curve=lambda k, epoch: 1 + k * epoch,
)
INVERSE.enter(
    "mistake",
    "one-epoch-early",
    "Epoch 0 has decayed already.",
    "epochs counted from one",
    clock=lambda epoch: epoch + 1,
)
INVERSE.enter(
    "mistake",
    "one-epoch-late",
    "Epoch 1 has not decayed yet.",
    "the rate read before the schedule's step",
    clock=lambda epoch: maximum(epoch - 1, 0.0),
)
INVERSE.enter(
    "mistake",
    "time-constant",
    "η₀ / (1 + epoch / k).",
    "the rate taken for a time constant",
    at=lambda k, _rate: 1 / k,
)
INVERSE.enter(
    "mistake",
    "squared",
    "η₀ / (1 + k·epoch)².",
    "the scheduled rate taken for the base rate: the factor meets itself",
    curve=lambda k, epoch: 1 / ((1 + k * epoch) * (1 + k * epoch)),
)
