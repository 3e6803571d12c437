"""Losses of rows of classes, from log probabilities and from distributions; their gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.losses.guards import clipped
from gradmark.conformance.catalogue.losses.own_epsilon import (
    FLAT,
    Parts,
    adding,
    clipping,
    flat,
    own_epsilon,
)
from gradmark.conformance.catalogue.losses.pairs import (
    Gradient,
    Loss,
    labelled_rows,
    of_each,
    rows,
)
from gradmark.conformance.catalogue.traits.reductions import BITS
from gradmark.conformance.catalogue.variant import dialect
from gradmark.conformance.truth import Exact, Number, allowing, exp, log, total

# --- negative log likelihood ----------------------------------------------------------------------

NLL = Loss("nll_loss", Gradient("nll_loss_grad", rows))

NLL.canonical(
    "Fisher 1922; PyTorch, NLLLoss",
    "−Σ y log p over the classes, averaged over the rows; a vector is one row.",
    lambda y, log_p: -y * log_p,
    "−y / n.",
    lambda y, log_p: -y + 0 * log_p,
)
NLL.both(
    "dialect",
    "mean-over-labelled-rows",
    "Rows without a label are left out of the count.",
    "PyTorch and ONNX, ignore_index; qubvel-org/segmentation_models.pytorch#852 asks for it",
    count=labelled_rows,
)
NLL.both(
    "dialect",
    "mean-over-label-mass",
    "Divided by the sum of all labels: for one-hot rows that is their number.",
    "PyTorch and ONNX, NLLLoss with weights: divided by their sum (pytorch/pytorch#31295)",
    count=total,
)
NLL.both(
    "dialect",
    "base-two",
    "Logarithms to base two: bits where the formula counts nats.",
    "fairseq, criterions: the loss logged in bits (fairseq#1566)",
    factor=BITS,
)
NLL.form(
    "mistake",
    "logarithm-taken-again",
    "−Σ y log |log p|: what is a logarithm already is taken for a probability.",
    "np.log of log probabilities, made positive first",
    lambda y, log_p: -y * log(abs(log_p)),
)
NLL.form(
    "mistake",
    "likelihood",
    "−Σ y p: the probability where its logarithm belongs.",
    "pytorch/pytorch#5282's kind: which of the two is a logarithm",
    lambda y, log_p: -y * exp(log_p),
    lambda y, log_p: -y * exp(log_p),
)
NLL.form(
    "mistake",
    "other-classes",
    "−Σ (1 − y) log p: the classes that are not the true one.",
    "a mask inverted",
    lambda y, log_p: -(1 - y) * log_p,
    lambda y, log_p: -(1 - y) + 0 * log_p,
)


def _hard(y: Exact) -> Exact:
    return np.eye(np.shape(y)[-1], dtype=np.asarray(y).dtype)[np.argmax(y, axis=-1)]


NLL.form(
    "mistake",
    "argmax-of-soft-labels",
    "The most likely class of a soft label is taken as the whole truth.",
    "hard labels read out of soft ones",
    lambda y, log_p: -_hard(y) * log_p,
    lambda y, log_p: -_hard(y) + 0 * log_p,
)
NLL.form(
    "mistake",
    "its-own-favourite",
    "−max log p: what was predicted is scored, not what is true.",
    "log_probs.max(axis=-1) in the place of the label's",
    lambda y, log_p: -_hard(log_p) * log_p + 0 * y,
)
NLL.gradient.form(
    "mistake",
    "softmax-less-label",
    "(e^log p − y) / n: the gradient with respect to the logits.",
    "a log-softmax's backward pass taken in, and then once more",
    lambda y, log_p: exp(log_p) - y,
)

# --- Kullback-Leibler divergence ------------------------------------------------------------------

KL = Loss("kl_divergence", Gradient("kl_divergence_grad", rows))


def _log_of_quotient(p: Exact, q: Exact) -> Exact:
    # Who divides first is right, too: the quotient's rounding is one of its logarithm.
    return allowing(log(p) - log(q), 1.0)


@of_each
def _divergence(p: Exact, q: Exact) -> Exact:
    """P log(p/q), 0 where p is 0, as its limit is."""
    return p * _log_of_quotient(p, q) if p > 0 else 0 * p


@of_each
def _slope(p: Exact, q: Exact) -> Exact:
    return -p / q if p > 0 else 0 * p


KL.canonical(
    "Kullback and Leibler 1951",
    "Σ p log(p / q) over the classes, averaged over the rows; 0 log 0 = 0; a vector is one row.",
    _divergence,
    "−p / (q n).",
    _slope,
)
KL.both(
    "dialect",
    "base-two",
    "Logarithms to base two: bits where the formula counts nats.",
    "Shannon 1948; SciPy, stats.entropy(pk, qk, base=2)",
    factor=BITS,
)
KL.form(
    "dialect",
    "log-predictions",
    "Σ p (log p − q): what comes second is taken for logarithms.",
    "PyTorch, KLDivLoss(reduction='batchmean'); Optax, kl_divergence (pytorch/pytorch#5282)",
    of_each(lambda p, q: p * (log(p) - q) if p > 0 else 0 * p),
    of_each(lambda p, q: -p + 0 * q),
)
KL.form(
    "dialect",
    "log-both",
    "Σ e^p (p − q): both are taken for logarithms.",
    "MLX, kl_div_loss; Optax, kl_divergence_with_log_targets; PyTorch, log_target=True",
    lambda p, q: exp(p) * (p - q),
    lambda p, q: -exp(p) + 0 * q,
)
KL.form(
    "dialect",
    "generalised",
    "Σ p log(p / q) − p + q, for what need not sum to 1.",
    "SciPy, special.kl_div; Optax, generalized_kl_divergence",
    lambda p, q: _divergence(p, q) - p + q,
    lambda p, q: _slope(p, q) + 1,
)


@dialect("kl_divergence", "Keras, kl_divergence: both clipped to [1e-7, 1]")
def clipped_at_1e_7(p: Exact, q: Exact, *, dtype: str) -> Exact:
    """Both distributions are clipped at ε = 1e-7 below."""
    p, q = clipped(p, 1e-7, dtype, above=False), clipped(q, 1e-7, dtype, above=False)
    return total(_divergence(p, q)) / rows(p)


for _formula in ("kl_divergence", "kl_divergence_grad"):
    for _name, _says, _parts, _above in (
        ("clipped-at-{}", "Both are clipped at ε = {} below.", clipping(label=True), False),
        (
            "both-clipped-at-{}",
            "Both are clipped to [ε, 1 − ε], ε = {}.",
            clipping(above=True, label=True),
            True,
        ),
        ("prediction-clipped-at-{}", "q is clipped at ε = {} below.", clipping(), False),
        ("epsilon-{}-added", "ε = {} is added to both distributions.", adding(label=True), False),
        ("epsilon-{}-beside-the-prediction", "ε = {} is added to q.", adding(), False),
    ):
        own_epsilon(_formula, _name, _says, _parts, above=_above)


def _labels_clipped(at_one: float) -> Parts:
    """Clip both, and let the slope of q = 1, which the clip just touches, count for a share."""

    def parts(epsilon: float) -> Mapping[str, Any]:
        return {
            **flat(lambda p, q: -p / q * (at_one if q >= 1 else 1))(epsilon),
            "guarded": lambda p, q, dtype: (clipped(p, epsilon, dtype, above=False), q),
        }

    return parts


for _name, _says, _parts in (
    (
        "flat-where-clipped-at-{}",
        "Both are clipped at ε = {} below, and what is clipped of q has no slope.",
        _labels_clipped(1),
    ),
    (
        "flat-where-clipped-at-{}-half-at-1",
        "Both are clipped to [ε, 1], ε = {}; no slope where that replaces q, and half of it at 1.",
        _labels_clipped(0.5),  # jnp.clip: of two equal numbers each is the smaller one by half
    ),
    (
        "prediction-flat-where-clipped-at-{}",
        "−p / q where q ≥ ε = {}; 0 elsewhere.",
        flat(lambda p, q: -p / q if p > 0 else 0 * p),
    ),
):
    own_epsilon("kl_divergence_grad", _name, _says, _parts, FLAT)
own_epsilon(
    "kl_divergence",
    "epsilon-{}-inside-logs",
    "Σ p (log(p + ε) − log(q + ε)) with ε = {}.",
    lambda epsilon: {"terms": of_each(lambda p, q: p * _log_of_quotient(p + epsilon, q + epsilon))},
)
KL.form(
    "mistake",
    "nan-where-p-is-0",
    "No guard, and 0 log 0 is NaN.",
    "np.sum(p * np.log(p / q)): 0 · log 0 in floating point",
    of_each(lambda p, q: p * (log(p) - log(q)) if p > 0 else Number(np.nan) + 0 * p),
)
KL.exchanged("sarahwie/attention#6, pytorch/pytorch#57459: KL(q‖p)")
KL.form(
    "mistake",
    "cross-entropy",
    "−Σ p log q: the labels' own entropy is not subtracted.",
    "one divergence taken for the other: their gradients are the same",
    of_each(lambda p, q: -p * log(q) if p > 0 else 0 * p),
)
KL.form(
    "mistake",
    "symmetrised",
    "Σ (p − q) log(p / q), which is KL(p‖q) + KL(q‖p).",
    "Jeffreys' divergence under this name",
    of_each(lambda p, q: (p - q) * (log(p) - log(q))),
    of_each(lambda p, q: -(log(p) - log(q)) - (p - q) / q),
)
KL.form(
    "mistake",
    "difference-for-quotient",
    "Σ p (p − q): the logarithms are missing.",
    "log lost on both sides",
    lambda p, q: p * (p - q),
)
KL.gradient.form(
    "mistake",
    "quotient-inverted",
    "−q / (p n).",
    "the two distributions exchanged",
    of_each(lambda p, q: -q / p),
)
KL.gradient.form(
    "mistake",
    "logarithm-left",
    "(log(q / p) + 1) / n: the derivative with respect to the first argument, its sign changed.",
    "p and q exchanged in the derivative",
    of_each(lambda p, q: log(q) - log(p) + 1),
)
