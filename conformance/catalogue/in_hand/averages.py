"""Exponential averages and the penalty on weights: canonical forms, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, allowing, mean, size, sqrt, total

Mix = Callable[[Exact, Exact, Exact], Exact]


def _averaging(mix: Mix = lambda old, new, d: d * old + (1 - d) * new) -> Body:
    def body(average: Exact, value: Exact, decay: Exact) -> Exact:
        # Where it meets an array it may be rounded to the dtype, and 1 − d shows that.
        return mix(average, value, allowing(decay, size(decay)))

    return body


canonical("ema", "Roberts 1959; PyTorch, get_ema_multi_avg_fn; Optax, ema(debias=False)")(
    named("share_of_the_old", "d·average + (1 − d)·value.", _averaging())
)
EMA = recipe("ema", _averaging)
EMA.enter(
    "dialect",
    "share-of-the-new",
    "(1 − d)·average + d·value: the number is the share of the new.",
    "soft updates of target networks, τ, in Lillicrap et al. 2015; pandas, ewm(alpha=...)",
    mix=lambda old, new, d: (1 - d) * old + d * new,
)
for _name, _says, _source, _mix in (
    (
        "pushed-away",
        "average + (1 − d)(average − value): away from the value, further at each step.",
        "ostris/ai-toolkit#1034: add_ for sub_",
        lambda old, new, d: old + (1 - d) * (old - new),
    ),
    (
        "old-not-faded",
        "average + (1 − d)·value: grows.",
        "the d before the average is missing",
        lambda old, new, d: old + (1 - d) * new,
    ),
    (
        "new-not-weighted",
        "d·average + value: 1 / (1 − d) times as large in the end.",
        "the 1 − d before the value is missing",
        lambda old, new, d: d * old + new,
    ),
    (
        "both-by-the-decay",
        "d·(average + value).",
        "d for 1 − d",
        lambda old, new, d: d * old + d * new,
    ),
    (
        "value-alone",
        "The value as it is.",
        "ultralytics/yolov5#8979 feared it: the average is overwritten",
        lambda old, new, d: 0 * d * old + new,
    ),
    (
        "never-updated",
        "The average as it was.",
        "the result is not assigned",
        lambda old, new, d: old + 0 * d * new,
    ),
    (
        "decay-of-the-square",
        "d²·average + (1 − d²)·value.",
        "updated twice, or the decay of an average of averages",
        lambda old, new, d: d * d * old + (1 - d * d) * new,
    ),
):
    EMA.enter("mistake", _name, _says, _source, mix=_mix)


def _penalising(
    share: Callable[[Exact], Exact] = lambda strength: strength,
    size: Callable[[Exact], Exact] = lambda w: total(w * w),
) -> Body:
    def body(w: Exact, strength: Exact) -> Exact:
        return share(strength) * size(w)

    return body


canonical("l2_penalty", "Hoerl and Kennard 1970; Keras, regularizers.L2")(
    named("sum_of_squares", "λ Σ w².", _penalising())
)
L2 = recipe("l2_penalty", _penalising)
L2.enter(
    "dialect",
    "half",
    "(λ/2) Σ w², whose gradient is λw.",
    "TensorFlow, l2_loss; Goodfellow et al. 2016; PyTorch's weight_decay, integrated",
    share=lambda strength: strength / 2,
)
L2.enter(
    "dialect",
    "mean-of-squares",
    "λ · mean w².",
    "penalties of one strength for layers of any size: torch.mean(w ** 2)",
    size=lambda w: mean(w * w),
)
for _name, _says, _source, _size in (
    (
        "root-taken",
        "λ √(Σ w²): the norm.",
        "torch.norm(w) for its square",
        lambda w: sqrt(total(w * w)),
    ),
    ("sizes-for-squares", "λ Σ |w|: L1.", "another penalty", lambda w: total(abs(w))),
    (
        "square-of-the-sum",
        "λ (Σ w)².",
        "parentheses",
        lambda w: total(w) * total(w),
    ),
    ("square-missing", "λ Σ w.", "the square is missing", total),
):
    L2.enter("mistake", _name, _says, _source, size=_size)
L2.enter(
    "mistake",
    "strength-forgotten",
    "Σ w².",
    "the factor is missing",
    share=lambda strength: 1 + 0 * strength,
)
L2.enter(
    "mistake",
    "strength-squared",
    "λ² Σ w².",
    "(λ w)²",
    share=lambda strength: strength * strength,
)
L2.enter(
    "mistake",
    "sign-lost",
    "−λ Σ w².",
    "subtracted where it should be added",
    share=lambda strength: -strength,
)
family(
    "l2_penalty",
    "times-{}",
    "{} λ Σ w².",
    "a factor of one's own, such as 1 / (2n) for n samples",
    lambda factor: {"share": lambda strength: factor * strength},
    1e-4,
    1e3,
)
