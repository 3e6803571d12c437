"""The gradients of the article's losses, with respect to what is predicted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.activations.softmax import log_softmax
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import EPSILON, clipped, limits
from gradmark.conformance.catalogue.losses.own_epsilon import FLAT, clipping, flat, own_epsilon
from gradmark.conformance.catalogue.losses.pairs import (
    Gradient,
    Terms,
    labelled_rows,
    of_each,
    rows,
    with_labels,
)
from gradmark.conformance.catalogue.losses.softmax import (
    over_the_others,
    smoothed,
    smoothed_anyway,
)
from gradmark.conformance.catalogue.recipe import family
from gradmark.conformance.catalogue.traits.smoothing import SMOOTHED
from gradmark.conformance.catalogue.traits.smoothing import Labels as ByClasses
from gradmark.conformance.catalogue.variant import Body, dialect
from gradmark.conformance.truth import Exact, exp, log, maximum, mean

ARTICLE = "Article, the loss's formula, differentiated"

# --- mean squared error ---------------------------------------------------------------------------

MSE = Gradient("mse_loss_grad")

MSE.canonical(ARTICLE, "2 (p − y) / n.", lambda y, p: 2 * (p - y), lambda y, p: (y - p) ** 2)
MSE.enter(
    "dialect",
    "of-half-the-mean",
    "(p − y) / n: half the mean is differentiated.",
    "Ng, Machine Learning (course notes): 1/(2m)",
    factor=0.5,
)
MSE.enter(
    "dialect",
    "of-half-the-sum",
    "p − y: half the sum of squares is differentiated.",
    "Bishop, Pattern Recognition and Machine Learning, eq. 5.11; Nielsen, cost_derivative",
    factor=0.5,
    count=lambda _: 1,
)
MSE.enter(
    "dialect",
    "of-half-the-sum-within-samples",
    "(p − y) over the number of samples (rows).",
    "Caffe, EuclideanLoss: 1/(2N) over N samples",
    factor=0.5,
    count=len,
)
MSE.form(
    "mistake",
    "of-absolute-differences",
    "sign(p − y) / n.",
    "a mean absolute error's backward pass",
    of_each(lambda y, p: (p - y) * 0 + (1 if p > y else 0 if p >= y else -1)),
)
MSE.form(
    "mistake",
    "mean-for-every-entry",
    "2 mean(p − y) / n for every entry.",
    "a mean over the batch in the derivative",
    lambda y, p: 2 * mean(p - y) + 0 * p,
)
MSE.form(
    "mistake",
    "label-forgotten",
    "2 p / n.",
    "the derivative of p²",
    lambda y, p: 2 * p + 0 * y,
)

# --- binary cross-entropy -------------------------------------------------------------------------

BINARY = Gradient("binary_cross_entropy_grad")


def _guarded(y: Exact, p: Exact) -> Exact:
    clipped_away = p < EPSILON or 1 - p < EPSILON
    return (p - y) * 0 if clipped_away else (p - y) / (p * (1 - p))


BINARY.canonical(
    ARTICLE,
    "(p − y) / (p (1 − p) n) where ε ≤ p ≤ 1 − ε, ε = 1e-15; 0 elsewhere.",
    of_each(_guarded),
)
BINARY.form(
    "dialect",
    "divisor-at-least-1e-12",
    "(p − y) / max(p (1 − p), 1e-12): no slope is cut off.",
    "PyTorch, binary_cross_entropy_backward",
    of_each(lambda y, p: (p - y) / maximum(p * (1 - p), 1e-12)),
)
BINARY.form(
    "dialect",
    "unguarded",
    "(p − y) / (p (1 − p)), by 0 where p is 0 or 1.",
    "the derivative as printed",
    of_each(lambda y, p: (p - y) / (p * (1 - p))),
)
BINARY.form(
    "dialect",
    "with-respect-to-the-logit",
    "p − y: the sigmoid's slope cancels.",
    'Article, "Backprop Step-by-Step": dz² = a² − y, over n',
    lambda y, p: p - y,
)


def _clipping(name: str, epsilon: float, says: str) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        q = clipped(p, epsilon, dtype)
        return (q - y) / (q * (1 - q)) / np.size(y)

    return named(name, says, body)


def _adding(name: str, epsilon: float, says: str) -> Body:
    def body(y: Exact, p: Exact) -> Exact:
        return ((1 - y) / (1 - p + epsilon) - y / (p + epsilon)) / np.size(y)

    return named(name, says, body)


for _epsilon in ("1e-7", "1e-12", "1e-15"):
    dialect(
        "binary_cross_entropy_grad",
        f"from scratch: p = np.clip(p, {_epsilon}, 1 - {_epsilon}) before both passes",
        beside_one=float(_epsilon),
    )(
        _clipping(
            f"clipped_at_{_epsilon}",
            float(_epsilon),
            f"(p − y) / (p (1 − p)) of p clipped at ε = {_epsilon}: no slope is cut off.",
        )
    )
    dialect(
        "binary_cross_entropy_grad",
        f"from scratch: -y / (p + {_epsilon}) + (1 - y) / (1 - p + {_epsilon})",
        above_zero=float(_epsilon),
    )(
        _adding(
            f"epsilon_{_epsilon}_added",
            float(_epsilon),
            f"−y / (p + ε) + (1 − y) / (1 − p + ε) with ε = {_epsilon}.",
        )
    )


def _unguarded(y: Exact, p: Exact) -> Exact:
    return (p - y) / (p * (1 - p))


# p is clipped before: what is left is unguarded.
_UNGUARDED = of_each(_unguarded)
own_epsilon(
    "binary_cross_entropy_grad",
    "flat-where-clipped-at-{}",
    "(p − y) / (p (1 − p)) where ε ≤ p ≤ 1 − ε, ε = {}; 0 elsewhere, as the clip has no slope.",
    flat(_unguarded, above=True),
    FLAT,
    above=True,
)


def _of_clipped(epsilon: float) -> dict[str, Any]:
    return {**clipping(above=True)(epsilon), "slopes": _UNGUARDED}


def _of_added(epsilon: float) -> dict[str, Any]:
    return {"slopes": lambda y, p: (1 - y) / (1 - p + epsilon) - y / (p + epsilon)}


for _name, _says, _parts, _above in (
    ("clipped-at-{}", "(p − y) / (p (1 − p)) of p clipped at ε = {}: no slope is cut off.",
     _of_clipped, True),
    ("epsilon-{}-added", "−y / (p + ε) + (1 − y) / (1 − p + ε) with ε = {}.", _of_added, False),
):  # fmt: skip
    own_epsilon("binary_cross_entropy_grad", _name, _says, _parts, above=_above)
    BINARY.recipe.traits.update(
        {_name.format(epsilon): _parts(float(epsilon)) for epsilon in ("1e-7", "1e-12", "1e-15")}
    )
own_epsilon(
    "binary_cross_entropy_grad",
    "epsilon-{}-in-the-divisor",
    "(p − y) / (p (1 − p) + ε) with ε = {}.",
    lambda epsilon: {"slopes": lambda y, p: (p - y) / (p * (1 - p) + epsilon)},
)
own_epsilon(
    "binary_cross_entropy_grad",
    "divisor-at-least-{}",
    "(p − y) / max(p (1 − p), ε) with ε = {}: no slope is cut off.",
    lambda epsilon: {"slopes": lambda y, p: (p - y) / maximum(p * (1 - p), epsilon)},
)
own_epsilon(
    "binary_cross_entropy_grad",
    "each-clipped-below-at-{}",
    "−y / p + (1 − y) / (1 − p), of which p and 1 − p are each clipped at ε = {} below.",
    lambda epsilon: {
        "slopes": lambda y, p: (1 - y) / maximum(1 - p, epsilon) - y / maximum(p, epsilon)
    },
)
BINARY.form(
    "mistake",
    "positive-class-only",
    "−y / p: the term of the negative class is missing.",
    "deeplearning4j/nd4j#1319: only half of the formula",
    of_each(lambda y, p: -y / p),
)
BINARY.form(
    "mistake",
    "sign-of-one-term",
    "−y / p − (1 − y) / (1 − p): the inner derivative of 1 − p is forgotten.",
    "the chain rule's −1 lost",
    of_each(lambda y, p: -y / p - (1 - y) / (1 - p)),
)
BINARY.form(
    "mistake",
    "slope-multiplied",
    "(p − y) p (1 − p): the sigmoid's slope where it should cancel.",
    "multiplied with the slope that belongs in the divisor",
    lambda y, p: (p - y) * p * (1 - p),
)

# --- categorical cross-entropy --------------------------------------------------------------------

CATEGORICAL = Gradient("categorical_cross_entropy_grad", rows)


CATEGORICAL.canonical(
    ARTICLE,
    "−y / (p n) where p ≥ ε, ε = 1e-15; 0 elsewhere; a vector is one row.",
    of_each(lambda y, p: y * 0 if p < EPSILON else -y / p),
)
CATEGORICAL.form(
    "dialect",
    "unguarded",
    "−y / p, and 0 where y is 0.",
    "the derivative as printed",
    of_each(lambda y, p: -y / p if y > 0 else y * 0),
)
CATEGORICAL.form(
    "dialect",
    "with-respect-to-the-logits",
    "p − y: the softmax's derivative is taken in.",
    'Kinsley and Kukieła, Neural Networks from Scratch; CS231n: "dscores"',
    lambda y, p: p - y,
)
for _epsilon in ("1e-7", "1e-15"):
    CATEGORICAL.form(
        "dialect",
        f"epsilon-{_epsilon}-added",
        f"−y / (p + ε) with ε = {_epsilon}.",
        f"from scratch: -y / (p + {_epsilon})",
        lambda y, p, epsilon=float(_epsilon): -y / (p + epsilon),
    )
own_epsilon(
    "categorical_cross_entropy_grad",
    "epsilon-{}-added",
    "−y / (p + ε) with ε = {}.",
    lambda epsilon: {"slopes": lambda y, p: -y / (p + epsilon)},
)
CATEGORICAL.enter(
    "dialect",
    "clipped-below-at-1e-15",
    "−y / p of p clipped at ε = 1e-15 below: no slope is cut off.",
    "from scratch: -y / np.clip(p, 1e-15, 1)",
    **clipping()(EPSILON),
)
for _name, _says, _above in (
    ("clipped-below-at-{}", "−y / p of p clipped at ε = {} below.", False),
    ("clipped-at-{}", "−y / p of p clipped to [ε, 1 − ε], ε = {}.", True),
):
    own_epsilon(
        "categorical_cross_entropy_grad", _name, _says, clipping(above=_above), above=_above
    )
for _name, _says, _above in (
    ("flat-where-clipped-below-at-{}", "−y / p where p ≥ ε = {}; 0 elsewhere.", False),
    ("flat-where-clipped-at-{}", "−y / p where ε ≤ p ≤ 1 − ε, ε = {}; 0 elsewhere.", True),
):
    own_epsilon(
        "categorical_cross_entropy_grad",
        _name,
        _says,
        flat(lambda y, p: -y / p, above=_above),
        FLAT,
        above=_above,
    )


def _renormalised(epsilon: float) -> Terms:
    """The slopes of −Σ y log q, q = p / Σ p, of which no q outside [ε, 1 − ε] has one."""

    def slopes(y: Exact, p: Exact, *, dtype: str) -> Exact:
        low, high = limits(epsilon, dtype, above=True)
        sums = np.sum(p, axis=-1, keepdims=True)
        kept = of_each(lambda a, q: 0 * a if q < low or q > high else a)(y, p / sums)
        return np.sum(kept, axis=-1, keepdims=True) / sums - of_each(
            lambda a, x: a / x if a > 0 else 0 * a
        )(kept, p)

    return slopes


CATEGORICAL.form(
    "dialect",
    "rows-renormalised",
    "y / Σ p summed over the row, less y / p: each row of predictions is first divided by its sum.",
    "PyTorch and Optax: log p handed to a loss of logits",
    _renormalised(0.0),
)
own_epsilon(
    "categorical_cross_entropy_grad",
    "rows-renormalised-flat-where-clipped-at-{}",
    "Each row is first divided by its sum; what is then outside [ε, 1 − ε], ε = {}, has no slope.",
    lambda epsilon: {"slopes": _renormalised(epsilon)},
    FLAT,  # a 1 − ε that is rounded to 1 costs nothing: there is no logarithm of 1 − q
)
CATEGORICAL.form(
    "mistake",
    "of-the-binary-loss",
    "(p − y) / (p (1 − p)): the other classes are scored, too.",
    "binary_cross_entropy's backward pass",
    of_each(lambda y, p: (p - y) / (p * (1 - p))),
)
CATEGORICAL.form(
    "mistake",
    "quotient-inverted",
    "−p / y.",
    "fetchai/ledger#1580's kind: which divides which",
    of_each(lambda y, p: -p / y if y > 0 else y * 0),
)
CATEGORICAL.form(
    "mistake",
    "logarithm-left",
    "−y log p: not differentiated.",
    "a forward pass called as a backward pass",
    of_each(lambda y, p: -y * log(p) if y > 0 else y * 0),
)

# --- softmax cross-entropy ------------------------------------------------------------------------

SOFTMAX = Gradient("softmax_cross_entropy_grad", rows)


def _less_labels(y: Exact, z: Exact) -> Exact:
    """Softmax times the labels' sum, less the labels."""
    return exp(log_softmax(z)) * np.sum(y, axis=-1, keepdims=True) - y


def _less_labels_alone(y: Exact, z: Exact) -> Exact:
    """Softmax, less the labels, whatever they sum to."""
    return exp(log_softmax(z)) - y


SOFTMAX.canonical(
    "Bridle 1990; label smoothing: Szegedy et al. 2016, section 7",
    "(softmax(z) Σ ỹ − ỹ) / n with ỹ = (1 − ε) y + ε/C; a vector is one row.",
    lambda y, z, smoothing: _less_labels(smoothed(y, smoothing), z),
    lambda y, z, smoothing: -smoothed(y, smoothing) * log_softmax(z),
)
SOFTMAX.form(
    "dialect",
    "rows-taken-to-sum-to-1",
    "(softmax(z) − ỹ) / n, whatever the labels of a row sum to.",
    "most public code: probs - y",
    lambda y, z, smoothing: _less_labels_alone(smoothed(y, smoothing), z),
)
SOFTMAX.enter(
    "dialect",
    "mean-over-labelled-rows",
    "Rows without a label have no gradient, and do not count.",
    "PyTorch, CrossEntropyLoss(ignore_index=...): pytorch/pytorch#73205",
    count=labelled_rows,
    slopes=lambda y, z, smoothing: with_labels(y) * _less_labels(smoothed(y, smoothing), z),
)
SOFTMAX.form(
    "dialect",
    "smoothing-over-the-other-classes",
    "ỹ = (1 − ε) y + ε (1 − y) / (C − 1): the true class keeps 1 − ε.",
    "fastai before fastai/fastai#1814; Classy Vision: ε is for the wrong classes alone",
    lambda y, z, smoothing: _less_labels(over_the_others(y, smoothing), z),
)
SOFTMAX.form(
    "mistake",
    "smoothing-counts-a-class-too-few",
    "ỹ = (1 − ε) y + ε / (C − 1): the true class gets a share of what is for the others.",
    "the others' share ε / (C − 1), added to all classes",
    lambda y, z, smoothing: _less_labels(
        (1 - smoothing) * y + smoothing / (np.shape(y)[-1] - 1), z
    ),
)
SOFTMAX.form(
    "mistake",
    "smoothing-ignored",
    "The labels are taken as they are, whatever smoothing was asked for.",
    "label_smoothing is taken and never used",
    lambda y, z, _: _less_labels(y, z),
)
SOFTMAX.form(
    "mistake",
    "diagonal-of-the-softmax-s-derivative",
    "−ỹ (1 − softmax(z)): the derivative's other entries are missing.",
    "Apiquet/DeepLearningFrameworkFromScratchCpp#1: p * (1 - p) alone",
    lambda y, z, smoothing: -smoothed(y, smoothing) * (1 - exp(log_softmax(z))),
)
SOFTMAX.form(
    "mistake",
    "logits-less-labels",
    "z − ỹ: the softmax is missing.",
    "a squared error's backward pass",
    lambda y, z, smoothing: z - smoothed(y, smoothing),
)
SOFTMAX.form(
    "mistake",
    "softmax-over-samples",
    "The softmax runs down the samples, not across the classes.",
    "deeplearning4j/deeplearning4j#345: dimension 0 for 1",
    lambda y, z, smoothing: (
        exp(log_softmax(z, axis=0)) * np.sum(smoothed(y, smoothing), axis=-1, keepdims=True)
        - smoothed(y, smoothing)
    ),
)
SOFTMAX.form(
    "mistake",
    "softmax-alone",
    "softmax(z): the labels are missing.",
    "eriklindernoren/ML-From-Scratch#71's kind",
    lambda y, z, smoothing: exp(log_softmax(z)) + 0 * y * smoothing,
)


def _of_smoothed(
    slopes: Callable[[Exact, Exact], Exact], labels: ByClasses, share: float
) -> dict[str, Any]:
    its = smoothed_anyway(labels, share)
    return {"slopes": lambda y, z, smoothing: slopes(its(y, smoothing), z)}


for _name, (_kind, _says, _source, _labels) in SMOOTHED.items():
    for _rows, _slopes in (("", _less_labels), ("-rows-taken-to-sum-to-1", _less_labels_alone)):
        family(
            "softmax_cross_entropy_grad",
            _name + _rows,
            _says,
            _source,
            partial(_of_smoothed, _slopes, _labels),
            1e-4,
            0.9,
            kind=_kind,
        )
