"""Warm-up, a plateau, and a decay: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.schedules.around import AROUND
from gradmark.conformance.catalogue.schedules.curves import (
    from_rate,
    half_cosine,
    half_cosine_up,
    over,
)
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, Number, maximum, sqrt

HU, TRANSFORMERS = "Hu et al. 2024, MiniCPM", "Transformers, get_wsd_schedule"

Lengths = Callable[[Exact, Exact, Exact], Exact]


def _phases(
    ramp: Callable[[Exact, Exact], Exact] = lambda step, warmup: step / warmup,
    fall: Callable[[Exact], Exact] = lambda gone: 1 - gone,
    gone: Callable[[Exact, Exact], Exact] = over,
    begins: Lengths = lambda warmup, stable, _decay: warmup + stable,
    length: Lengths = lambda _warmup, _stable, decay: decay,
    counts: Lengths = lambda warmup, stable, _decay: warmup + stable,
    ends: Lengths = lambda warmup, stable, decay: warmup + stable + decay,
    lowest: float = 0.0,
    lowest_rate: float = 0.0,
    least_of_decay: float = 0.0,
    held: bool = True,
) -> Body:
    def body(
        step: Exact, initial_lr: Exact, warmup_steps: Exact, stable_steps: Exact, decay_steps: Exact
    ) -> Exact:
        its = warmup_steps, stable_steps, decay_steps
        if step < warmup_steps:
            return initial_lr * ramp(step, warmup_steps)
        if step < begins(*its):
            return 1 * initial_lr  # which is rounded to the dtype
        done = step >= ends(*its) and held
        left = 0 * initial_lr if done else fall(gone(step - counts(*its), length(*its)))
        share = lowest + (1 - lowest) * left if lowest else left
        rate = from_rate(lowest_rate, initial_lr, share)
        return (
            maximum(rate, Number(least_of_decay, error=least_of_decay)) if least_of_decay else rate
        )

    return body


canonical("warmup_stable_decay", f"{HU}; {TRANSFORMERS}(decay_type='linear')")(
    named(
        "line_plateau_line",
        "A line from 0 to η₀, a plateau, a line back to 0, where it stays.",
        _phases(),
    )
)

STABLE = recipe("warmup_stable_decay", _phases, **AROUND)

# --- conventions ----------------------------------------------------------------------------------

STABLE.enter(
    "dialect",
    "cosine-decay",
    "The decay is half a cosine.",
    f"{TRANSFORMERS}: decay_type = 'cosine', its default; torchtitan, decay_type='cosine'",
    fall=half_cosine,
)
STABLE.enter(
    "dialect",
    "one-minus-root-decay",
    "The decay is 1 − √ of the share that is gone.",
    f"Hägele et al. 2024; {TRANSFORMERS}(decay_type='1-sqrt'); torchtitan, decay_type='sqrt'",
    fall=lambda gone: 1 - sqrt(gone),
)
STABLE.enter(
    "dialect",
    "cosine-ramp",
    "The ramp is half a cosine.",
    f"{TRANSFORMERS}(warmup_type='cosine')",
    ramp=lambda step, warmup: half_cosine_up(step / warmup),
)
STABLE.enter(
    "dialect",
    "counts-from-one",
    "Each rate comes a step early, so that no step is spent at a rate of zero.",
    "torchtitan since pytorch/torchtitan#1284",
    clock=lambda step: step + 1,
)
STABLE.enter(
    "dialect",
    "one-step-more-in-both-legs",
    "(step + 1) / (W + 1) up, and 1 − (step + 1 − W − S) / (D + 1) down: no rate of zero.",
    "torchtitan before pytorch/torchtitan#1284; #1261 speaks of its first rate",
    ramp=lambda step, warmup: (step + 1) / (warmup + 1),
    gone=lambda part, whole: (part + 1) / (whole + 1),
)
family(
    "warmup_stable_decay",
    "decays-to-the-share-{}",
    "The decay ends at η₀ times {}, and stays there.",
    "torchtitan, lr_min; Optax, linear_schedule(end_value=...)",
    lambda share: {"lowest": share},
    1e-6,
    0.9,
)
family(
    "warmup_stable_decay",
    "between-the-share-{}-and-the-rate",
    "Ramp and decay go between η₀ and {} times it.",
    f"{TRANSFORMERS}(min_lr_ratio=...)",
    lambda share: {"floor": share},
    1e-6,
    0.9,
)
family(
    "warmup_stable_decay",
    "decays-to-{}",
    "The decay ends at a rate of {}, and stays there.",
    "min_lr + (lr - min_lr) * share",
    lambda rate: {"lowest_rate": rate},
    1e-10,
    0.05,
)
family(
    "warmup_stable_decay",
    "decay-never-below-{}",
    "The decay is cut off at a rate of {}.",
    "max(rate, min_lr) in the decay alone",
    lambda rate: {"least_of_decay": rate},
    1e-10,
    0.05,
)

# --- mistakes -------------------------------------------------------------------------------------

STABLE.enter(
    "mistake",
    "no-plateau",
    "The decay follows the warm-up at once.",
    "stable_steps is ignored",
    begins=lambda warmup, _stable, _decay: warmup,
    counts=lambda warmup, _stable, _decay: warmup,
    ends=lambda warmup, _stable, decay: warmup + decay,
)
STABLE.enter(
    "mistake",
    "plateau-counts-the-warmup",
    "The decay begins at stable_steps: the plateau is short by the warm-up.",
    "step < stable for step < warm-up + stable",
    begins=lambda _warmup, stable, _decay: stable,
    counts=lambda _warmup, stable, _decay: stable,
    ends=lambda _warmup, stable, decay: stable + decay,
)
STABLE.enter(
    "mistake",
    "decay-counts-the-warmup",
    "The share that is gone counts the warm-up, too: the rate drops at the end of the plateau.",
    "step - stable for step - warm-up - stable",
    counts=lambda _warmup, stable, _decay: stable,
    ends=lambda _warmup, stable, decay: stable + decay,
)
STABLE.enter(
    "mistake",
    "never-decays",
    "η₀ for ever after the warm-up.",
    "invergent-ai/surogate#32",
    fall=lambda gone: 0 * gone + 1,
    held=False,
)
STABLE.enter(
    "mistake",
    "decay-over-the-whole-length",
    "The share that is gone is one of all steps: the rate has hardly fallen when it drops to zero.",
    "facebookresearch/lingua#72",
    length=lambda warmup, stable, decay: warmup + stable + decay,
)
STABLE.enter(
    "mistake",
    "decay-from-step-zero",
    "The decay counts from step 0: the rate jumps at the end of the plateau.",
    "step / total for the share of the decay",
    length=lambda warmup, stable, decay: warmup + stable + decay,
    counts=lambda warmup, _stable, _decay: 0 * warmup,
)
STABLE.enter(
    "mistake",
    "goes-on-below-zero",
    "The line goes on after the decay: a negative rate.",
    "huggingface/transformers#324: max(0, …) is missing",
    held=False,
)
STABLE.enter(
    "mistake",
    "one-step-late",
    "Step 1 is like step 0, and each later rate comes a step late.",
    "the rate read before the schedule's step",
    clock=lambda step: step - 1 if step > 0 else step,
)
STABLE.enter(
    "mistake",
    "decay-one-step-short",
    "Reaches zero one step early.",
    "decay_steps − 1 in the denominator",
    length=lambda _warmup, _stable, decay: decay - 1,
)
STABLE.enter(
    "mistake",
    "no-warmup",
    "η₀ from the beginning.",
    "warmup_steps is only subtracted",
    ramp=lambda step, _warmup: 0 * step + 1,
)
