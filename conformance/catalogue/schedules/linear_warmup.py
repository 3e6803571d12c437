"""Linear warm-up: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.schedules.around import AROUND
from gradmark.conformance.catalogue.schedules.curves import from_rate, half_cosine_up
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, exp, log, maximum

GOYAL = "Goyal et al. 2017"

Ramp = Callable[[Exact, Exact], Exact]
Still = Callable[[Exact, Exact], bool]


def _rising(
    ramp: Ramp = lambda step, warmup: step / warmup,
    still: Still = lambda step, warmup: step < warmup,
    after: Ramp = lambda _step, _warmup: 1,
    first_rate: float = 0.0,
) -> Body:
    def body(step: Exact, initial_lr: Exact, warmup_steps: Exact) -> Exact:
        part = ramp if still(step, warmup_steps) else after
        return from_rate(first_rate, initial_lr, part(step, warmup_steps))

    return body


canonical("linear_warmup", f"{GOYAL}; Transformers, get_constant_schedule_with_warmup")(
    named("ramp_from_zero", "A line from 0 to η₀ over the warm-up, then η₀.", _rising())
)

WARMING = recipe("linear_warmup", _rising, **AROUND)


def from_share(share: float) -> Ramp:
    """A ramp that starts at a share of the rate."""
    return lambda step, warmup: share + (1 - share) * (step / warmup)


# --- conventions ----------------------------------------------------------------------------------

WARMING.enter(
    "dialect",
    "ramp-from-first-step",
    "The ramp is (step + 1) / warmup_steps: no step is spent at a rate of zero.",
    f"{GOYAL} in many codes; Transformers, …_with_warmup_lr_rate; pytorch/torchtitan#1284",
    ramp=lambda step, warmup: (step + 1) / warmup,
)
WARMING.enter(
    "dialect",
    "ramp-over-one-step-more",
    "The ramp is (step + 1) / (warmup_steps + 1): neither zero nor η₀ is met within it.",
    "torchtitan before pytorch/torchtitan#1284, linear_warmup_stable_decay; nanoGPT, get_lr",
    ramp=lambda step, warmup: (step + 1) / (warmup + 1),
)
WARMING.enter(
    "dialect",
    "ramp-one-step-short",
    "The ramp is step / (warmup_steps − 1): the last step of the warm-up is at η₀ already.",
    "Transformers, …_with_min_lr_schedule_with_warmup_lr_rate(warmup_lr_rate=0); np.linspace",
    ramp=lambda step, warmup: step / (warmup - 1),
)
WARMING.enter(
    "dialect",
    "ramp-from-a-third",
    "The ramp starts at η₀ / 3.",
    "PyTorch, LinearLR(total_iters=warmup_steps): start_factor = 1/3, its default",
    ramp=from_share(1 / 3),
)
WARMING.enter(
    "dialect",
    "third-of-the-rate-at-first",
    "No ramp: η₀ / 3 until the warm-up is over.",
    "PyTorch, ConstantLR(total_iters=warmup_steps): factor = 1/3, its default",
    ramp=lambda step, _warmup: 0 * step + 1 / 3,
)
WARMING.enter(
    "dialect",
    "at-least-one-step",
    "A warm-up of no steps is one of a single step: the rate of step 0 is 0 all the same.",
    "min(1, step / max(1, warmup_steps)), which keeps clear of a division by zero",
    ramp=lambda step, warmup: step / maximum(warmup, 1.0),
    still=lambda step, warmup: step < maximum(warmup, 1.0),
)
WARMING.enter(
    "dialect",
    "exponential-ramp",
    "The ramp is 0.01^(1 − step / warmup_steps): it starts at a hundredth, and grows by a factor.",
    "Tensor2Tensor, _learning_rate_warmup(warmup_schedule='exp')",
    ramp=lambda step, warmup: exp(log(0.01) * ((warmup - step) / warmup)),
)
WARMING.enter(
    "dialect",
    "cosine-ramp",
    "The ramp is half a cosine: (1 − cos(π step / warmup_steps)) / 2.",
    "Transformers, get_wsd_schedule(warmup_type='cosine')",
    ramp=lambda step, warmup: half_cosine_up(step / warmup),
)
family(
    "linear_warmup",
    "ramp-from-the-share-{}",
    "The ramp starts at η₀ times {}.",
    "PyTorch, LinearLR(start_factor=...); Optax, warmup_constant_schedule(init_value=...)",
    lambda share: {"ramp": from_share(share)},
    1e-6,
    0.9,
)
family(
    "linear_warmup",
    "ramp-from-the-rate-{}",
    "The ramp starts at a rate of {}.",
    "timm, warmup_lr_init; fairseq, warmup_init_lr",
    lambda rate: {"first_rate": rate},
    1e-10,
    0.05,
)

# --- mistakes -------------------------------------------------------------------------------------

WARMING.enter(
    "mistake",
    "ramp-never-ends",
    "The line goes on above η₀ after the warm-up.",
    "min(1, …) is missing",
    after=lambda step, warmup: step / warmup if warmup > 0 else 1,
)
WARMING.enter(
    "mistake",
    "zero-during-the-warmup",
    "step // warmup_steps: a rate of zero until the warm-up is over.",
    "integer division, as in C or Python 2",
    ramp=lambda step, _warmup: 0 * step,
)
WARMING.enter(
    "mistake",
    "peak-held-back-for-a-step",
    "The ramp starts a step late: the first two steps are at zero, and η₀ comes a step too late.",
    "the rate read before the schedule's step, or a counter that starts at −1",
    ramp=lambda step, warmup: (step - 1) / warmup if step > 1 else 0 * step,
    still=lambda step, warmup: step <= warmup and warmup > 0,
)
WARMING.enter(
    "mistake",
    "peak-overshot",
    "The ramp is (step + 1) / warmup_steps and goes on at warmup_steps: above η₀ there.",
    "<= for < beside a ramp that counts from one",
    ramp=lambda step, warmup: (step + 1) / warmup,
    still=lambda step, warmup: step <= warmup and warmup > 0,
)
WARMING.enter(
    "mistake",
    "zero-after-the-warmup",
    "The warm-up is a factor that ends: the rate is zero after it.",
    "(step < warmup) · step / warmup, without the other half",
    after=lambda step, _warmup: 0 * step,
)
WARMING.enter(
    "mistake",
    "squared-ramp",
    "The ramp is applied twice: (step / warmup_steps)².",
    "the scheduled rate taken for the base rate: the factor meets itself",
    ramp=lambda step, warmup: (step / warmup) * (step / warmup),
)
WARMING.enter(
    "mistake",
    "warms-down",
    "The ramp falls from η₀ to zero, and η₀ comes after it.",
    "1 − step / warmup_steps",
    ramp=lambda step, warmup: 1 - step / warmup,
)
