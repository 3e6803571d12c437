"""Polynomial decay: the canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.schedules.around import at_another_epoch, times
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, minimum, power

KERAS = "TensorFlow and Keras, PolynomialDecay"

Pair = Callable[[Exact, Exact], Exact]


def _falling(
    length: Callable[[Exact, Exact], Exact] = lambda _step, total: total,
    progress: Pair = lambda step, total: minimum(step, total) / total,
    curve: Pair = lambda gone, p: power(1 - gone, p),
    exponent: Pair = lambda p, _end: p,
    between: Callable[[Exact, Exact, Exact], Exact] = lambda first, last, f: (
        (first - last) * f + 1 * last  # which is rounded to the dtype
    ),
) -> Body:
    def body(
        step: Exact, initial_lr: Exact, end_lr: Exact, total_steps: Exact, power: Exact
    ) -> Exact:
        gone = progress(step, length(step, total_steps))
        return between(initial_lr, end_lr, curve(gone, exponent(power, end_lr)))

    return body


canonical("polynomial_decay", f"{KERAS}; Optax, polynomial_schedule")(
    named("stays_at_the_end", "(η₀ − η_T)(1 − step / T)ᵖ + η_T until T, then η_T.", _falling())
)

POLYNOMIAL = recipe("polynomial_decay", _falling, clock=at_another_epoch, factor=times)

# --- conventions ----------------------------------------------------------------------------------

POLYNOMIAL.enter(
    "dialect",
    "falls-to-zero",
    "There is no end but zero: η₀ (1 − step / T)ᵖ.",
    "PyTorch, PolynomialLR; Caffe's and DeepLab's poly",
    between=lambda first, _last, f: first * f,
)
POLYNOMIAL.enter(
    "dialect",
    "power-of-the-time-gone",
    "η₀ + (η_T − η₀)(step / T)ᵖ: for p > 1 it falls late.",
    "fastai, SchedPoly",
    curve=lambda gone, p: 1 - power(gone, p),
)
POLYNOMIAL.enter(
    "dialect",
    "cycles-ever-longer",
    "T is stretched to its next multiple, so that the rate jumps up at each one.",
    f"{KERAS}(cycle=True)",
    length=lambda step, total: total * max(ceil(float(step) / float(total)), 1),
)

# --- mistakes -------------------------------------------------------------------------------------


def _compounding(
    step: Exact, initial_lr: Exact, end_lr: Exact, total_steps: Exact, exponent: Exact
) -> Exact:
    rate = initial_lr
    for t in range(1, min(int(float(step)), int(float(total_steps))) + 1):
        rate = (rate - end_lr) * power(1 - t / total_steps, exponent) + end_lr
    return rate


POLYNOMIAL.enter(
    "mistake",
    "decay-compounds",
    "The rate of the step before takes the place of η₀: falls much too fast.",
    "LBANN/lbann#1984",
    whole=_compounding,
)
POLYNOMIAL.enter(
    "mistake",
    "rises-again-after-the-end",
    "|1 − step / T|ᵖ: past T the rate goes up the way that it came down.",
    "abs() for max(0, …), against a power of a negative number",
    progress=lambda step, total: step / total,
    curve=lambda gone, p: power(abs(1 - gone), p),
)
POLYNOMIAL.enter(
    "mistake",
    "end-taken-for-the-power",
    "The power is η_T: hardly falls, and then all at once.",
    "ThilinaRajapakse/simpletransformers#997",
    exponent=lambda _p, end: end,
)
POLYNOMIAL.enter(
    "mistake",
    "power-ignored",
    "A straight line, whatever the power is.",
    "the argument is not handed on",
    exponent=lambda p, _end: 0 * p + 1,
)
POLYNOMIAL.enter(
    "mistake",
    "goes-on-after-the-end",
    "Goes on past T: below the end, up again, or to no number, as the power has it.",
    "min(step, T) is missing: huggingface/transformers#324, negative after the last step",
    progress=lambda step, total: step / total,
)
POLYNOMIAL.enter(
    "mistake",
    "end-added",
    "η₀ (1 − step / T)ᵖ + η_T: starts above η₀ by what it ends at.",
    "η₀ for η₀ − η_T",
    between=lambda first, last, f: first * f + last,
)
POLYNOMIAL.enter(
    "mistake",
    "ends-swapped",
    "Rises from η_T to η₀.",
    "the two rates in the wrong order: keras-team/keras#18747",
    between=lambda first, last, f: (last - first) * f + first,
)
POLYNOMIAL.enter(
    "mistake",
    "one-step-short",
    "Reaches the end one step early.",
    "T − 1 in the denominator",
    length=lambda _step, total: total - 1,
)
POLYNOMIAL.enter(
    "mistake",
    "one-step-early",
    "Step 0 has begun to fall already.",
    "steps counted from one",
    clock=lambda step: step + 1,
)
POLYNOMIAL.enter(
    "mistake",
    "power-outside",
    "The whole of the rate is raised to the power.",
    "parentheses: ((η₀ − η_T)(1 − step / T))ᵖ + η_T",
    whole=lambda step, first, last, total, p: (
        power((first - last) * (1 - minimum(step, total) / total), p) + last
    ),
)
