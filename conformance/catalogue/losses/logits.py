"""Binary cross-entropy from logits, with a weight for the positive class, and its gradient."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.activations.sigmoid import log_one_plus_exp, sigma
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import FLOOR, clipped
from gradmark.conformance.catalogue.losses.own_epsilon import own_epsilon, whole
from gradmark.conformance.catalogue.losses.pairs import Gradient, Loss, of_each
from gradmark.conformance.catalogue.traits.reductions import BITS
from gradmark.conformance.catalogue.variant import Body, dialect, mistake
from gradmark.conformance.truth import (
    Exact,
    Number,
    allowing,
    elementwise,
    log,
    log1p,
    maximum,
    mean,
    size,
)
from gradmark.harness.contract.dtypes import DTYPES

BCE = Loss("bce_with_logits", Gradient("bce_with_logits_grad"))


def _terms(y: Exact, z: Exact, weight: Exact) -> Exact:
    # Who adds |z| and takes it off again is right: an ulp is still one of what is left.
    term = weight * y * log_one_plus_exp(-z) + (1 - y) * log_one_plus_exp(z)
    return allowing(term, size(z))


def _slopes(y: Exact, z: Exact, weight: Exact) -> Exact:
    # σ(z) − y for a weight of 1, without the cancellation where the prediction is right; who
    # subtracts as it is printed is right, too.
    return allowing((1 - y) * sigma(z) - weight * y * sigma(-z), 1.0)


BCE.canonical(
    "Cox 1958; PyTorch, BCEWithLogitsLoss",
    "−w y log σ(z) − (1 − y) log(1 − σ(z)), w = pos_weight; the mean.",
    of_each(_terms),
    "((1 − y) σ(z) − w y (1 − σ(z))) / n, which is (σ(z) − y) / n for w = 1.",
    of_each(_slopes),
)
BCE.both(
    "dialect",
    "base-two",
    "Logarithms to base two: bits where the formula counts nats.",
    "fairseq, criterions: the loss logged in bits (fairseq#1566)",
    factor=BITS,
)
BCE.form(
    "mistake",
    "weight-on-both-classes",
    "The whole loss is multiplied by 1 + (w − 1) y: the same for labels 0 and 1, not for others.",
    "paiml/aprender#2204",
    of_each(lambda y, z, w: (1 + (w - 1) * y) * _terms(y, z, 0 * w + 1)),
    of_each(lambda y, z, w: (1 + (w - 1) * y) * _slopes(y, z, 0 * w + 1)),
)
BCE.form(
    "mistake",
    "weight-on-the-negatives",
    "w multiplies the term of the negative class.",
    "the ratio of the classes upside down",
    of_each(lambda y, z, w: y * log_one_plus_exp(-z) + w * (1 - y) * log_one_plus_exp(z)),
    of_each(lambda y, z, w: w * (1 - y) * sigma(z) - y * sigma(-z)),
)
BCE.form(
    "mistake",
    "weight-ignored",
    "w = 1, whatever is asked for.",
    "a pos_weight that is taken and never used",
    of_each(lambda y, z, w: _terms(y, z, 0 * w + 1)),
    of_each(lambda y, z, w: _slopes(y, z, 0 * w + 1)),
)
BCE.form(
    "mistake",
    "weight-over-everything",
    "w times the whole loss.",
    "chufengt/ALM-pedestrian-attribute#19: brackets around both terms",
    of_each(lambda y, z, w: w * _terms(y, z, 0 * w + 1)),
    of_each(lambda y, z, w: w * _slopes(y, z, 0 * w + 1)),
)
BCE.form(
    "mistake",
    "sigmoid-taken-twice",
    "σ(z) is taken for the logit.",
    "probabilities handed to a loss of logits",
    of_each(lambda y, z, w: _terms(y, sigma(z), w)),
    of_each(lambda y, z, w: _slopes(y, sigma(z), w)),
)
BCE.form(
    "mistake",
    "maximum-forgotten",
    "−z y + log(1 + e^(−|z|)): max(z, 0) is missing.",
    "the stable form without its first term",
    of_each(lambda y, z, w: _terms(y, z, w) - maximum(z, 0.0)),
    of_each(lambda y, z, w: _slopes(y, z, w) - (1 if z > 0 else 0)),
)
BCE.form(
    "mistake",
    "classes-exchanged",
    "Each class is scored as the other.",
    "fastai/fastbook#349's kind: 1 − y for y",
    of_each(lambda y, z, w: _terms(1 - y, z, w)),
    of_each(lambda y, z, w: _slopes(1 - y, z, w)),
)
BCE.both(
    "mistake",
    "logit-turned",
    "σ(−z) is taken for σ(z).",
    "1 / (1 + exp(z)): the minus of the exponent is lost",
    arguments=lambda y, z: (y, -z),
)
BCE.form(
    "mistake",
    "positive-class-only",
    "−w y log σ(z): the term of the negative class is missing.",
    "deeplearning4j/nd4j#1319: only half of the formula",
    of_each(lambda y, z, w: w * y * log_one_plus_exp(-z)),
    of_each(lambda y, z, w: -w * y * sigma(-z)),
)
BCE.exchanged("bfortuner/ml-glossary#28's kind")


def _stored(z: Exact, dtype: str) -> Exact:
    """σ(z) as a float holds it: 0 and 1 far out."""
    limits = DTYPES[dtype]

    def held(v: Number) -> Exact:
        p = sigma(v)
        if 2 * p < limits.smallest:
            return Number(0)
        return Number(1) if sigma(-v) < limits.roundoff else p

    return elementwise(held)(z)


def _cross_entropy(y: Exact, log_p: Exact, log_q: Exact, weight: Exact) -> Exact:
    return mean(-(weight * y * log_p + (1 - y) * log_q))


def _clipping(epsilon: float) -> Body:
    def body(y: Exact, z: Exact, weight: Exact, *, dtype: str) -> Exact:
        p = clipped(_stored(z, dtype), epsilon, dtype)
        return _cross_entropy(y, log(p), log1p(-p), weight)

    return body


def _adding(epsilon: float) -> Body:
    def body(y: Exact, z: Exact, weight: Exact, *, dtype: str) -> Exact:
        p = _stored(z, dtype)
        return _cross_entropy(y, log(p + epsilon), log(1 - p + epsilon), weight)

    return body


dialect("bce_with_logits", "Keras on NumPy, binary_crossentropy(from_logits=True)")(
    named(
        "sigmoid_clipped_at_1e_7",
        "σ(z) is taken, and clipped at ε = 1e-7 before the logarithms.",
        _clipping(1e-7),
    )
)
own_epsilon(
    "bce_with_logits",
    "sigmoid-clipped-at-{}",
    "σ(z) is taken, and clipped at ε = {} before the logarithms.",
    whole(_clipping),
    above=True,
)
own_epsilon(
    "bce_with_logits",
    "sigmoid-epsilon-{}-inside-logs",
    "σ(z) is taken, and ε = {} added inside the logarithms.",
    whole(_adding),
)


@dialect("bce_with_logits", "PyTorch, BCELoss after a sigmoid")
def logs_clamped_at_minus_100(y: Exact, z: Exact, weight: Exact, *, dtype: str) -> Exact:
    """σ(z) is taken, and the logarithms are clamped at −100."""
    p = _stored(z, dtype)
    return _cross_entropy(y, maximum(log(p), FLOOR), maximum(log1p(-p), FLOOR), weight)


@mistake("bce_with_logits", "np.log(sigmoid(z)): 0 · log 0 in floating point")
def log_of_the_sigmoid(y: Exact, z: Exact, weight: Exact, *, dtype: str) -> Exact:
    """Infinite, or NaN, where σ(z) is stored as 0 or 1."""
    p = _stored(z, dtype)
    return _cross_entropy(y, log(p), log1p(-p), weight)


@mistake("bce_with_logits", "np.log(1 + np.exp(z)) - z * y: rushter/MLAlgorithms#30's kind")
def exponential_that_overflows(y: Exact, z: Exact, weight: Exact, *, dtype: str) -> Exact:
    """Infinite where e^z overflows."""
    largest = float(np.log(DTYPES[dtype].largest))

    def held(a: Number, v: Number) -> Exact:
        return Number(np.inf) if v > largest else _terms(a, v, weight)

    return mean(elementwise(held, 2)(y, z))
