"""The hinge loss of labels ±1, and its gradient."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.activations.sigmoid import log_one_plus_exp, sigma
from gradmark.conformance.catalogue.losses.guards import as_stored
from gradmark.conformance.catalogue.losses.pairs import Gradient, Loss, of_each
from gradmark.conformance.catalogue.recipe import family
from gradmark.conformance.catalogue.variant import mistake
from gradmark.conformance.truth import Exact, maximum, mean, total

HINGE = Loss("hinge_loss", Gradient("hinge_loss_grad"))


def _hinge(y: Exact, p: Exact) -> Exact:
    return maximum(1 - y * p, 0.0)


def _slope(y: Exact, p: Exact, at_margin: Exact) -> Exact:
    """−y within the margin, 0 beyond, and something where the margin is met."""
    margin = 1 - y * p
    return p * 0 + (-y if margin > 0 else at_margin if margin >= 0 else 0)


HINGE.canonical(
    "Cortes and Vapnik 1995",
    "The mean of max(0, 1 − y p).",
    of_each(_hinge),
    "−y / n where y p < 1, else 0; at y p = 1 the slope on the left: −1/n for y = 1, else 0.",
    of_each(lambda y, p: _slope(y, p, -1 if y > 0 else 0)),
)
HINGE.gradient.form(
    "dialect",
    "zero-at-the-margin",
    "0 where y p = 1.",
    "scikit-learn, SGDClassifier's Hinge: z < 1 is asked; np.where(y * p < 1, -y, 0)",
    of_each(lambda y, p: _slope(y, p, 0)),
)
HINGE.gradient.form(
    "dialect",
    "minus-y-at-the-margin",
    "−y / n where y p = 1, too.",
    "PyTorch, the gradient of clamp(1 − y p, min=0)",
    of_each(lambda y, p: _slope(y, p, -y)),
)
HINGE.gradient.form(
    "dialect",
    "half-at-the-margin",
    "−½ y / n where y p = 1.",
    "JAX, the gradient of jnp.maximum(0, 1 − y p)",
    of_each(lambda y, p: _slope(y, p, -y / 2)),
)
HINGE.form(
    "dialect",
    "squared",
    "The mean of max(0, 1 − y p)².",
    "Tang 2013, L2-SVM; Keras, squared_hinge; scikit-learn, SquaredHinge",
    of_each(lambda y, p: _hinge(y, p) * _hinge(y, p)),
    of_each(lambda y, p: -2 * y * _hinge(y, p)),
)
family(
    "hinge_loss",
    "margin-{}",
    "The mean of max(0, m − y p), m = {}.",
    "PyTorch, MarginRankingLoss(margin=...) of scores beside 0; a margin of one's own",
    lambda margin: {"terms": of_each(lambda y, p: maximum(margin - y * p, 0.0))},
    0.001,
    100.0,
)
family(
    "hinge_loss_grad",
    "margin-{}",
    "−y / n where y p < m, else 0, m = {}.",
    "the gradient of a hinge loss with a margin of one's own",
    lambda margin: {"guarded": lambda y, p, dtype: (y, p / as_stored(margin, dtype))},
    0.001,
    100.0,
)
HINGE.form(
    "mistake",
    "margin-forgotten",
    "max(0, −y p): the 1 is missing, as in a perceptron.",
    "Optax, perceptron_loss under this name",
    of_each(lambda y, p: maximum(-y * p, 0.0)),
    of_each(lambda y, p: _slope(y, p + y, 0)),
)
HINGE.form(
    "mistake",
    "sign-of-the-product",
    "max(0, 1 + y p): who is right is punished.",
    "a plus where the minus belongs",
    of_each(lambda y, p: maximum(1 + y * p, 0.0)),
    of_each(lambda y, p: -_slope(y, -p, 0)),
)
HINGE.form(
    "mistake",
    "kept-margins-punished",
    "max(0, y p − 1): who is beyond the margin is punished, and nobody else.",
    "the difference turned round: np.maximum(0, y * p - 1)",
    of_each(lambda y, p: maximum(y * p - 1, 0.0)),
    of_each(lambda y, p: p * 0 + (y if y * p > 1 else 0)),
)
HINGE.form(
    "mistake",
    "not-clipped",
    "1 − y p: the loss goes on falling where the margin is kept.",
    "max(0, ·) forgotten",
    of_each(lambda y, p: 1 - y * p),
    of_each(lambda y, p: -y + 0 * p),
)
HINGE.form(
    "mistake",
    "smooth",
    "log(1 + e^(−y p)), the logistic loss.",
    "one loss of margins taken for another",
    of_each(lambda y, p: log_one_plus_exp(-y * p)),
    of_each(lambda y, p: -y * sigma(-y * p)),
)
HINGE.form(
    "mistake",
    "difference-for-product",
    "max(0, 1 − |y − p|).",
    "y − p for y p",
    of_each(lambda y, p: maximum(1 - abs(y - p), 0.0)),
)
HINGE.form(
    "dialect",
    "labels-taken-for-0-and-1",
    "max(0, 1 − (2y − 1) p): labels are 0 and 1, and made ±1 here.",
    "TensorFlow, compat.v1.losses.hinge_loss",
    of_each(lambda y, p: maximum(1 - (2 * y - 1) * p, 0.0)),
    of_each(lambda y, p: p * 0 + (1 - 2 * y if 1 - (2 * y - 1) * p > 0 else 0)),
)


@mistake("hinge_loss", "np.maximum(0, np.mean(1 - y * p))")
def clipped_after_the_mean(y: Exact, p: Exact) -> Exact:
    """max(0, mean(1 − y p)): margins that are kept make up for others."""
    return maximum(mean(1 - y * p), 0.0)


@mistake("hinge_loss_grad", "the slope of a sum that was clipped as a whole")
def one_mask_for_all(y: Exact, p: Exact) -> Exact:
    """−y / n for all entries, or 0 for all: the mask is that of the sum."""
    return -y * (1 if total(1 - y * p) > 0 else 0) / np.size(y)
