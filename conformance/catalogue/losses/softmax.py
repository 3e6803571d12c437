"""Softmax cross-entropy: the canonical form, its conventions and its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.activations.sigmoid import softplus
from gradmark.conformance.catalogue.activations.softmax import (
    log_softmax,
    stored_exp,
    stored_softmax,
)
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import clipped, rounded
from gradmark.conformance.catalogue.losses.own_epsilon import own_epsilon, whole
from gradmark.conformance.catalogue.losses.pairs import labelled_rows, one, rows, with_labels
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.traits import smoothing as smoothing_of
from gradmark.conformance.catalogue.traits.reductions import AROUND, BITS
from gradmark.conformance.catalogue.traits.smoothing import SMOOTHED, written
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import REAL, Exact, Number, elementwise, exp, log, total

NAME = "softmax_cross_entropy"
SZEGEDY = "Szegedy et al. 2016, section 7"
Labels = Callable[[Exact, Any], Exact]


def smoothed(y: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε) y + ε / C."""
    return smoothing_of.smoothed(y, smoothing, np.shape(y)[-1])


def _surprise(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    return -smoothed(y, smoothing) * log_softmax(z)


@canonical(NAME, f"Bridle 1990; label smoothing: {SZEGEDY}; PyTorch, CrossEntropyLoss")
def mean_over_samples(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """−Σ ỹ log softmax(z) with ỹ = (1 − ε) y + ε/C, averaged over the rows; a vector is one row."""
    return total(_surprise(y, z, smoothing)) / rows(y)


# --- what is divided by ---------------------------------------------------------------------------


@dialect(NAME, "PyTorch, CrossEntropyLoss(reduction='sum'); PyTorch, cross_entropy of soft labels")
def summed_over_samples(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Summed over the rows, not averaged."""
    return total(_surprise(y, z, smoothing))


@dialect(NAME, "PyTorch, CrossEntropyLoss(ignore_index=...)")
def mean_over_labelled_rows(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Rows without a label are left out, of the sum and of what it is divided by."""
    return total(with_labels(y) * _surprise(y, z, smoothing)) / labelled_rows(y)


@mistake(NAME, "PyTorch before the mend of pytorch/pytorch#73205; tinygrad/tinygrad#3570")
def ignored_rows_smoothed(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Rows without a label are left out, but for the uniform part: that is a mean over all rows."""
    uniform = -total(log_softmax(z)) / np.shape(y)[-1] / rows(y)
    hard = total(-y * log_softmax(z)) / labelled_rows(y)
    return (1 - smoothing) * hard + smoothing * uniform


@dialect(NAME, "TensorFlow 1, losses.softmax_cross_entropy: divided by the sum of the weights")
def mean_over_label_mass(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Divided by the sum of all labels: for one-hot rows that is their number."""
    return total(_surprise(y, z, smoothing)) / total(y)


@dialect(NAME, "fairseq, criterions: the loss logged in bits (fairseq#1566)")
def base_two(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Logarithms to base two: bits where the formula counts nats."""
    return mean_over_samples(y, z, smoothing) / Number(REAL.log(2))


# --- label smoothing ------------------------------------------------------------------------------


def over_the_others(y: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε) y + ε (1 − y) / (C − 1)."""
    return smoothing_of.over_the_others(y, smoothing, np.shape(y)[-1])


def smoothed_anyway(labels: smoothing_of.Labels, share: float) -> Labels:
    """Smooth labels by a share that is written into the code, where none is asked for."""
    return lambda y, smoothing: labels(
        y, smoothing if float(smoothing) else written(share), np.shape(y)[-1]
    )


def _of_full_weight(y: Exact, smoothing: Exact) -> Exact:
    return (1 - smoothing) * y + Number(1) / np.shape(y)[-1]


def _taking_one_share(y: Exact, smoothing: Exact) -> Exact:
    share = smoothing / np.shape(y)[-1]
    return (1 - share) * y + share


def _taking_too_many(y: Exact, smoothing: Exact) -> Exact:
    share = smoothing / np.shape(y)[-1]
    return (1 - smoothing - share) * y + share


@dialect(NAME, "fastai before fastai/fastai#1814; Classy Vision: ε is for the wrong classes alone")
def smoothing_over_the_other_classes(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε) y + ε (1 − y) / (C − 1): the true class keeps 1 − ε."""
    return -total(over_the_others(y, smoothing) * log_softmax(z)) / rows(y)


@mistake(NAME, "TimDettmers/ConvE#55: 1/C is added, not ε/C")
def smoothing_of_full_weight(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε) y + 1/C: a uniform distribution is added whole."""
    return -total(_of_full_weight(y, smoothing) * log_softmax(z)) / rows(y)


@mistake(NAME, "ildoonet/pytorch-randaugment#30: 1 − ε/C for the true class")
def smoothing_takes_one_share(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε/C) y + ε/C: the true class gives up one share, not all."""
    return -total(_taking_one_share(y, smoothing) * log_softmax(z)) / rows(y)


@mistake(NAME, "eladhoffer/utils.pytorch#14: 1 − ε − ε/C for the true class")
def smoothing_takes_a_share_too_many(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε − ε/C) y + ε/C: one share is taken twice."""
    return -total(_taking_too_many(y, smoothing) * log_softmax(z)) / rows(y)


@mistake(NAME, "label_smoothing is taken and never used")
def smoothing_ignored(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """The labels are taken as they are, whatever smoothing was asked for."""
    return mean_over_samples(y, z, 0 * smoothing)


@mistake(NAME, "the shares are not divided among the classes")
def smoothing_undivided(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """ỹ = (1 − ε) y + ε: every class gets the whole of ε."""
    return -total(((1 - smoothing) * y + smoothing) * log_softmax(z)) / rows(y)


# --- softmax --------------------------------------------------------------------------------------


def _assemble(
    labels: Labels = smoothed,
    logs: Callable[[Exact, str], Exact] = lambda z, _: log_softmax(z),
    kept: Callable[[Exact], Exact] = lambda _: 1,
    count: Callable[[Exact], Exact] = rows,
    terms: Callable[[Exact, Exact], Exact] = lambda y, log_p: -y * log_p,
) -> Body:
    def body(y: Exact, z: Exact, smoothing: Exact, *, dtype: str) -> Exact:
        return total(kept(y) * terms(labels(y, smoothing), logs(z, dtype))) / count(y)

    return body


def _clipped_logs(epsilon: float, *, above: bool) -> Callable[[Exact, str], Exact]:
    return lambda z, dtype: log(clipped(stored_softmax(z, dtype), epsilon, dtype, above=above))


def _added_logs(epsilon: float) -> Callable[[Exact, str], Exact]:
    return lambda z, dtype: log(exp(log_softmax(z)) + rounded(epsilon, dtype))


def _of(name: str, says: str, logs: Callable[[Exact, str], Exact]) -> Body:
    return named(name, says, _assemble(logs=logs))


for _epsilon, _source in {
    "1e-7": "Keras, softmax and then categorical_crossentropy(from_logits=False)",
    "1e-12": "Stack Overflow 47377222: np.clip(predictions, 1e-12, 1. - 1e-12)",
}.items():
    dialect(NAME, _source, above_zero=float(_epsilon))(
        _of(
            f"softmax_clipped_at_{_epsilon}",
            f"Takes the softmax, and clips it at ε = {_epsilon} before the logarithm.",
            _clipped_logs(float(_epsilon), above=True),
        )
    )

for _epsilon, _source in {
    "1e-8": "from scratch: np.log(softmax(z) + 1e-8)",
    "1e-9": "Stack Overflow 47377222, its answer: np.log(predictions+1e-9)",
}.items():
    dialect(NAME, _source, above_zero=float(_epsilon))(
        _of(
            f"softmax_epsilon_{_epsilon}_inside_log",
            f"Takes the softmax, and adds ε = {_epsilon} inside the logarithm.",
            _added_logs(float(_epsilon)),
        )
    )

mistake(NAME, "np.log(softmax(z)): keras-team/keras#9, 0 · log 0 in floating point")(
    _of(
        "log_of_the_softmax",
        "Takes the logarithm of a softmax that has underflowed: infinite, or NaN where y is 0.",
        lambda z, dtype: log(stored_softmax(z, dtype)),
    )
)


def _overflowing(z: Exact, dtype: str) -> Exact:
    odds = stored_exp(z, dtype)
    return odds / np.sum(odds, axis=-1, keepdims=True)


@mistake(NAME, "np.exp(z) / np.sum(np.exp(z)): PaddlePaddle/Paddle#35220")
def softmax_that_overflows(y: Exact, z: Exact, smoothing: Exact, *, dtype: str) -> Exact:
    """NaN where e^z overflows, as no maximum is subtracted; infinite where all of it underflows."""
    return -total(smoothed(y, smoothing) * log(_overflowing(z, dtype))) / rows(y)


@mistake(NAME, "Lightning-Universe/lightning-bolts#654, tflearn/tflearn#562: softmax of a softmax")
def softmax_taken_twice(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """The softmax is taken of what is a softmax already."""
    return mean_over_samples(y, exp(log_softmax(z)), smoothing)


@mistake(NAME, "nntrainer/nntrainer#430, dpilger26/NumCpp#57: the wrong axis")
def softmax_over_samples(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """The softmax runs over the first axis: down the samples, not across the classes."""
    return -total(smoothed(y, smoothing) * log_softmax(z, axis=0)) / rows(y)


def _together(z: Exact) -> Exact:
    return np.reshape(log_softmax(np.reshape(z, (-1,))), np.shape(z))


@mistake(NAME, "np.exp(z) / np.sum(np.exp(z)) without an axis")
def softmax_over_everything(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """One softmax over all samples together."""
    return -total(smoothed(y, smoothing) * _together(z)) / rows(y)


@mistake(NAME, "a sigmoid for each class, where the classes exclude each other")
def sigmoid_for_each_class(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Adds −ỹ log σ(z) − (1 − ỹ) log(1 − σ(z)) for each class."""
    y_smooth = smoothed(y, smoothing)
    return total(y_smooth * softplus(-z) + (1 - y_smooth) * softplus(z)) / rows(y)


# --- reductions and arguments ---------------------------------------------------------------------


@mistake(NAME, "hzy46/Deep-Learning-21-Examples#17: the mean runs over classes too")
def mean_over_elements(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Averages over samples and classes alike."""
    return total(_surprise(y, z, smoothing)) / np.size(y)


@mistake(NAME, "gradient accumulation as in huggingface/transformers#34191: a mean of means")
def mean_of_the_means_of_two_parts(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Averages over each half of the batch, and then the halves, whatever their sizes."""
    half = -(-rows(y) // 2)
    pairs = [(y, z)] if rows(y) == 1 else [(y[:half], z[:half]), (y[half:], z[half:])]
    return sum(mean_over_samples(a, b, smoothing) for a, b in pairs) / len(pairs)


@mistake(NAME, "len(y_true), which of one sample is the number of classes")
def vector_divided_by_classes(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Divides by len(y_true), which for one sample given as a vector is the number of classes."""
    return total(_surprise(y, z, smoothing)) / np.shape(y)[0]


@mistake(NAME, "cs231n/cs231n.github.io#244: the leading minus is missing")
def sign_lost(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """The sign of the loss is lost."""
    return -mean_over_samples(y, z, smoothing)


def _hard(y: Exact) -> Exact:
    return np.eye(np.shape(y)[-1], dtype=np.asarray(y).dtype)[np.argmax(y, axis=-1)]


@mistake(NAME, "hard labels read out of soft ones")
def argmax_of_soft_labels(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """Takes the most likely class of a soft label as the whole truth."""
    return mean_over_samples(_hard(y), z, smoothing)


@mistake(NAME, "the true class's logit alone, without the normalisation")
def logits_not_normalised(y: Exact, z: Exact, smoothing: Exact) -> Exact:
    """−Σ ỹ z: the log of the sum of exponentials is missing."""
    return -total(smoothed(y, smoothing) * z) / rows(y)


# --- what each form changes -----------------------------------------------------------------------


SOFTMAX = recipe(NAME, _assemble, **AROUND)
SOFTMAX.traits.update(
    {
        "summed-over-samples": {"count": one},
        "mean-over-label-mass": {"count": total},
        "mean-over-labelled-rows": {"kept": with_labels, "count": labelled_rows},
        "mean-over-elements": {"count": np.size},
        "vector-divided-by-classes": {"count": len},
        "base-two": {"factor": BITS},
        "sign-lost": {"factor": -1},
        "smoothing-over-the-other-classes": {"labels": over_the_others},
        "smoothing-of-full-weight": {"labels": _of_full_weight},
        "smoothing-takes-one-share": {"labels": _taking_one_share},
        "smoothing-takes-a-share-too-many": {"labels": _taking_too_many},
        "smoothing-ignored": {"labels": lambda y, _: y},
        "smoothing-undivided": {"labels": lambda y, s: (1 - s) * y + s},
        **{
            f"softmax-clipped-at-{epsilon}": {"logs": _clipped_logs(float(epsilon), above=True)}
            for epsilon in ("1e-7", "1e-12")
        },
        **{
            f"softmax-epsilon-{epsilon}-inside-log": {"logs": _added_logs(float(epsilon))}
            for epsilon in ("1e-8", "1e-9")
        },
        "log-of-the-softmax": {"logs": lambda z, dtype: log(stored_softmax(z, dtype))},
        "softmax-that-overflows": {"logs": lambda z, dtype: log(_overflowing(z, dtype))},
        "softmax-taken-twice": {"logs": lambda z, _: log_softmax(exp(log_softmax(z)))},
        "softmax-over-samples": {"logs": lambda z, _: log_softmax(z, axis=0)},
        "softmax-over-everything": {"logs": lambda z, _: _together(z)},
        "logits-not-normalised": {"logs": lambda z, _: z},
        "argmax-of-soft-labels": {"arguments": lambda y, z: (_hard(y), z)},
    }
)
own_epsilon(
    NAME,
    "softmax-clipped-at-{}",
    "Takes the softmax, and clips it to [ε, 1 − ε], ε = {}.",
    lambda epsilon: {"logs": _clipped_logs(epsilon, above=True)},
    above=True,
)


def _of_the_sum(epsilon: float) -> Body:
    def body(y: Exact, z: Exact, smoothing: Exact, *, dtype: str) -> Exact:
        p = clipped(stored_softmax(z, dtype), epsilon, dtype)
        return -total(log(np.sum(smoothed(y, smoothing) * p, axis=-1))) / rows(y)

    return body


own_epsilon(
    NAME,
    "log-of-the-sum-of-the-softmax-clipped-at-{}",
    "−log Σ ỹ p, p the softmax clipped to [ε, 1 − ε], ε = {}: another loss for soft labels.",
    whole(_of_the_sum),
    "Kinsley and Kukieła, Neural Networks from Scratch, with an ε of one's own",
    above=True,
)
own_epsilon(
    NAME,
    "softmax-clipped-below-at-{}",
    "Takes the softmax, and clips it at ε = {} below.",
    lambda epsilon: {"logs": _clipped_logs(epsilon, above=False)},
)
own_epsilon(
    NAME,
    "softmax-epsilon-{}-inside-log",
    "Takes the softmax, and adds ε = {} inside the logarithm.",
    lambda epsilon: {"logs": _added_logs(epsilon)},
)
SOFTMAX.enter(
    "mistake",
    "smoothing-counts-a-class-too-few",
    "ỹ = (1 − ε) y + ε / (C − 1): the true class gets a share of what is for the others.",
    "the others' share ε / (C − 1), added to all classes",
    labels=lambda y, smoothing: (1 - smoothing) * y + smoothing / (np.shape(y)[-1] - 1),
)


SOFTMAX.enter(
    "mistake",
    "log-of-the-softmax-of-the-true-class",
    "Takes the logarithm of a softmax that has underflowed where y is not 0: infinite.",
    "-np.log(softmax(z)[range(n), labels]), of the true class alone",
    logs=lambda z, dtype: log(stored_softmax(z, dtype)),
    terms=elementwise(lambda y, log_p: -y * log_p if y > 0 else 0 * y, 2),
)


def _smoothed_anyway(labels: smoothing_of.Labels, share: float) -> dict[str, Any]:
    return {"labels": smoothed_anyway(labels, share)}


for _name, (_kind, _says, _source, _labels) in SMOOTHED.items():
    _parts = partial(_smoothed_anyway, _labels)
    family(NAME, _name, _says, _source, _parts, 1e-4, 0.9, kind=_kind)
