"""The Transformer's schedule: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.schedules.around import at_another_epoch, times
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, maximum, minimum, sqrt

VASWANI = "Vaswani et al. 2017, equation 3"

Leg = Callable[[Exact, Exact], Exact]


def _falls(step: Exact, _warmup: Exact) -> Exact:
    return 1 / sqrt(step)


def _rises(step: Exact, warmup: Exact) -> Exact:
    return step / (warmup * sqrt(warmup))


def _transformer(
    fall: Leg = _falls,
    rise: Leg = _rises,
    of: Callable[[Exact, Exact], Any] = minimum,
    width: Leg = lambda d, _warmup: 1 / sqrt(d),
) -> Body:
    def body(step: Exact, d_model: Exact, warmup_steps: Exact) -> Exact:
        rate = of(fall(step, warmup_steps), rise(step, warmup_steps))
        return width(d_model, warmup_steps) * rate

    return body


canonical("noam", VASWANI)(
    named("inverse_root_after_a_line", "d^−½ · min(step^−½, step · warmup^−3/2).", _transformer())
)

NOAM = recipe("noam", _transformer, clock=at_another_epoch, factor=times)

# --- conventions ----------------------------------------------------------------------------------

NOAM.enter(
    "dialect",
    "counts-from-zero",
    "The step before the first is 0: each rate comes a step early.",
    "LambdaLR with (step + 1) in it; Tensor2Tensor's step_num + 1",
    clock=lambda step: step + 1,
)
NOAM.enter(
    "dialect",
    "ten-times-counted-from-zero",
    "Ten times the paper's rate, and each a step early.",
    "Tensor2Tensor, legacy_learning_rate_schedule: 5000 · 0.002 with Adam",
    clock=lambda step: step + 1,
    factor=10,
)
NOAM.enter(
    "dialect",
    "share-of-the-peak",
    "√(d W) times the paper's rate: 1 at the peak, to be multiplied with the optimizer's rate.",
    "Transformers, get_inverse_sqrt_schedule; ESPnet, WarmupLR: Kyubyong/transformer#89",
    width=lambda _d, warmup: sqrt(warmup),
)
family(
    "noam",
    "times-{}",
    "The paper's rate times {}.",
    "The Annotated Transformer, rate(factor=...); OpenNMT, learning_rate with noam",
    lambda factor: {"factor": factor},
    1e-3,
    1e4,
)

# --- mistakes -------------------------------------------------------------------------------------

NOAM.enter(
    "mistake",
    "greater-of-the-two",
    "Falls first and then rises for ever.",
    "max for min",
    of=maximum,
)
NOAM.enter(
    "mistake",
    "no-warmup",
    "step^−½ from the beginning: the greatest rate comes first.",
    "the second half of the minimum is missing",
    of=lambda fall, _rise: fall,
)
NOAM.enter(
    "mistake",
    "never-falls",
    "The line goes on after the warm-up.",
    "the first half of the minimum is missing",
    of=lambda _fall, rise: rise,
)
NOAM.enter(
    "mistake",
    "warmup-exponent-one",
    "step / warmup in the ramp, not step / warmup^3/2: it ends early.",
    "warmup ** -1 for warmup ** -1.5",
    rise=lambda step, warmup: step / warmup,
)
NOAM.enter(
    "mistake",
    "warmup-exponent-half",
    "step · warmup^−½ in the ramp: it ends early.",
    "warmup ** -0.5 for warmup ** -1.5",
    rise=lambda step, warmup: step / sqrt(warmup),
)
NOAM.enter(
    "mistake",
    "width-forgotten",
    "The model's width has no say.",
    "d_model ** -0.5 is missing",
    width=lambda d, _warmup: 0 * d + 1,
)
NOAM.enter(
    "mistake",
    "width-multiplies",
    "√d times the rest: the wider the model, the greater the rate.",
    "d_model ** 0.5",
    width=lambda d, _warmup: sqrt(d),
)
NOAM.enter(
    "mistake",
    "falls-with-the-step",
    "1 / step in place of its root: half of the warm-up is lost, and it falls too fast.",
    "step ** -1",
    fall=lambda step, _warmup: 1 / step,
)
NOAM.enter(
    "mistake",
    "first-step-twice",
    "The first two steps have the same rate: each comes a step late from then on.",
    "tugstugi/pytorch-saltnet#7: max(1, last_epoch)",
    clock=lambda step: maximum(step - 1, 1.0),
)
