"""Binary cross-entropy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.activations.sigmoid import softplus
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import (
    EPSILON,
    FLOOR,
    LEAST,
    MOST,
    as_stored,
    clip,
    clipped,
    machine_epsilon,
    rounded,
)
from gradmark.conformance.catalogue.variant import Body, Guard, canonical, dialect, mistake
from gradmark.conformance.truth import (
    REAL,
    Exact,
    Number,
    elementwise,
    log,
    log1p,
    maximum,
    mean,
    total,
)


def _cross_entropy(y: Exact, log_p: Exact, log_q: Exact) -> Exact:
    return -(y * log_p + (1 - y) * log_q)


def _log_p(p: Exact) -> Exact:
    return clip(log(p), LEAST, MOST)


def _log_q(p: Exact) -> Exact:
    # log1p(−p) is log(1 − p) without forming 1 − p.
    return clip(log1p(-p), LEAST, MOST)


def _guarded(y: Exact, p: Exact) -> Exact:
    return _cross_entropy(y, _log_p(p), _log_q(p))


@canonical("binary_cross_entropy", 'Article, "Binary Cross-Entropy"; Cox 1958')
def clipped_in_real_arithmetic(y: Exact, p: Exact) -> Exact:
    """The mean cross-entropy of p clipped to [ε, 1 − ε], ε = 1e-15, in real arithmetic."""
    return mean(_guarded(y, p))


# --- guards ---------------------------------------------------------------------------------------

Terms = Callable[[Exact, Exact, str], Exact]  # of labels, predictions and the dtype


def _reduced(name: str, says: str, terms: Terms, reduce: Callable[[Exact], Exact] = mean) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        return reduce(terms(y, p, dtype))

    return named(name, says, body)


def _listed(y: Exact, p: Exact, dtype: str) -> Exact:
    # As the listing has it: 1 − p is formed and rounded before its logarithm is taken.
    p = clipped(p, EPSILON, dtype)
    return _cross_entropy(y, log(p), log(1 - p))


def _clipping(epsilon: float) -> Terms:
    def terms(y: Exact, p: Exact, dtype: str) -> Exact:
        p = clipped(p, epsilon, dtype)
        return _cross_entropy(y, log(p), log1p(-p))

    return terms


def _clipping_at_machine_epsilon(y: Exact, p: Exact, dtype: str) -> Exact:
    return _clipping(machine_epsilon(dtype))(y, p, dtype)


def _adding(epsilon: float) -> Terms:
    def terms(y: Exact, p: Exact, dtype: str) -> Exact:
        its = rounded(epsilon, dtype)
        return _cross_entropy(y, log(p + its), log(1 - p + its))

    return terms


def _clamping(y: Exact, p: Exact, _: str) -> Exact:
    return _cross_entropy(y, maximum(log(p), FLOOR), maximum(log1p(-p), FLOOR))


def _or_zero(y: Exact, logarithm: Exact) -> Exact:
    """y log p with 0 log 0 = 0, its limit."""
    return elementwise(lambda a, b: a * b if a > 0 else Number(0), 2)(y, logarithm)


dialect("binary_cross_entropy", 'Article, listing of "Loss Functions"', beside_one=EPSILON)(
    _reduced(
        "clip_bound_rounded",
        "Clips to 1 − ε as the dtype rounds it: 1 − 9.99e-16 in float64, 1 in float32 (then NaN).",
        _listed,
    )
)

for _epsilon, _source in {
    "1e-5": "Deeplearning4j, LossBinaryXENT.DEFAULT_CLIPPING_EPSILON",
    "1e-7": "Keras, backend.epsilon() = 1e-7",
    "1e-8": "from scratch: clamp(p, eps, 1 - eps) with eps = 1e-8, as in NVIDIA/apex#358",
    "1e-9": "Keras 0, objectives.epsilon = 1e-9 (keras-team/keras#377: NaN in float32)",
    "1e-12": "from scratch: np.clip(p, 1e-12, 1 - 1e-12), as in Stack Overflow 47377222",
}.items():
    _lost = Guard(beside_one=float(_epsilon)).lost("float32")
    _rounds = "rounds it (to 1 in float32, then NaN)" if _lost else "rounds it"
    _says = f"Clips at ε = {_epsilon}, and at 1 − ε as the dtype {_rounds}."
    dialect("binary_cross_entropy", _source, beside_one=float(_epsilon))(
        _reduced(f"clipped_at_{_epsilon}", _says, _clipping(float(_epsilon)))
    )

dialect("binary_cross_entropy", "scikit-learn, log_loss: eps of the dtype")(
    _reduced(
        "clipped_at_machine_epsilon",
        "Clips at the machine epsilon of the dtype.",
        _clipping_at_machine_epsilon,
    )
)
dialect(
    "binary_cross_entropy",
    'Article, listing of "Complete 2-Layer Backpropagation"',
    above_zero=EPSILON,
)(
    _reduced(
        "epsilon_inside_logs",
        "Adds ε = 1e-15 inside the logarithms, where the canonical form clips.",
        _adding(EPSILON),
    )
)

for _epsilon, _source in {
    "1e-4": "PaddlePaddle, nn.functional.log_loss(epsilon=0.0001)",
    "1e-7": "TensorFlow, compat.v1.losses.log_loss(epsilon=1e-07)",
    "1e-8": "TensorLayer, cost.binary_cross_entropy(epsilon=1e-8)",
    "1e-9": "from scratch: np.log(p + 1e-9), as in Stack Overflow 47377222",
    "1e-10": "from scratch: log(x + EPS) with EPS = 1e-10",
    "1e-12": "MXNet, gluon.loss.SigmoidBCELoss(from_sigmoid=True); Torch7, BCECriterion",
}.items():
    _says = f"Adds ε = {_epsilon} inside the logarithms, where the canonical form clips."
    dialect("binary_cross_entropy", _source, above_zero=float(_epsilon))(
        _reduced(f"epsilon_{_epsilon}_inside_logs", _says, _adding(float(_epsilon)))
    )


@dialect("binary_cross_entropy", "Flux.jl, binarycrossentropy(ϵ = eps of the type)")
def machine_epsilon_inside_logs(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Adds the machine epsilon of the dtype inside the logarithms."""
    return mean(_adding(machine_epsilon(dtype))(y, p, dtype))


@dialect("binary_cross_entropy", "Keras 2, backend.binary_crossentropy")
def clipped_and_epsilon_1e_7_inside_logs(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at ε = 1e-7, and adds ε inside the logarithms as well."""
    return mean(_adding(1e-7)(y, clipped(p, 1e-7, dtype), dtype))


dialect("binary_cross_entropy", "PyTorch, BCELoss")(
    _reduced(
        "logs_clamped_at_minus_100",
        "Clamps the logarithms at −100, where the canonical form clips the probability.",
        _clamping,
    )
)


@dialect(
    "binary_cross_entropy", 'Article, "Binary Cross-Entropy", the printed formula; SciPy, xlogy'
)
def unguarded(y: Exact, p: Exact) -> Exact:
    """No guard: infinite where a prediction is sure and wrong; 0 log 0 is taken as 0."""
    return mean(-(_or_zero(y, log(p)) + _or_zero(1 - y, log1p(-p))))


@mistake("binary_cross_entropy", "keras-team/keras#9: 0 · log 0 in floating point")
def unguarded_nan(y: Exact, p: Exact) -> Exact:
    """No guard, and 0 log 0 is NaN: a prediction that is sure and right spoils the mean."""
    return mean(_cross_entropy(y, log(p), log(1 - p)))


@mistake("binary_cross_entropy", "a guard for log p alone: np.clip(p, 1e-15, None)")
def guarded_at_zero_only(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at ε but not at 1 − ε: log 0 where p is 1."""
    p = maximum(p, as_stored(EPSILON, dtype))
    return mean(_cross_entropy(y, log(p), log(1 - p)))


# --- reductions, units, arguments -----------------------------------------------------------------


def _within_samples(terms: Exact) -> Exact:
    return total(terms) / len(terms)


def _in_real_arithmetic(y: Exact, p: Exact, _: str) -> Exact:
    return _guarded(y, p)


SUMMED = "The cross-entropies summed, not averaged"
WITHIN = "Summed over the outputs of a sample, averaged over the samples (rows)"

for _name, _says, _terms, _reduce, _source in (
    ("summed", f"{SUMMED}.", _in_real_arithmetic, total, "Bishop, PRML, eq. 4.90"),
    (
        "logs_clamped_at_minus_100_summed",
        f"{SUMMED}; their logarithms clamped at −100.",
        _clamping,
        total,
        "PyTorch, BCELoss(reduction='sum')",
    ),
    (
        "summed_within_samples",
        f"{WITHIN}.",
        _in_real_arithmetic,
        _within_samples,
        "Kingma and Welling 2014, the reconstruction error of Bernoulli outputs",
    ),
    (
        "clipped_at_machine_epsilon_summed_within_samples",
        f"{WITHIN}; clipped at the machine epsilon of the dtype.",
        _clipping_at_machine_epsilon,
        _within_samples,
        "scikit-learn, MLPClassifier's binary_log_loss; numpy-ml, VAELoss",
    ),
):
    dialect("binary_cross_entropy", _source)(_reduced(_name, _says, _terms, _reduce))

for _name, _says, _reduce in (
    ("clip_bound_rounded_summed", SUMMED, total),
    ("clip_bound_rounded_summed_within_samples", WITHIN, _within_samples),
):
    dialect(
        "binary_cross_entropy",
        'Article, listing of "Loss Functions", with np.sum for np.mean',
        beside_one=EPSILON,
    )(_reduced(_name, f"{_says}; clipped to 1 − ε as the dtype rounds it.", _listed, _reduce))


@dialect("binary_cross_entropy", "fairseq, criterions: the loss logged in bits (fairseq#1566)")
def base_two(y: Exact, p: Exact) -> Exact:
    """Logarithms to base two: bits where the formula counts nats."""
    return mean(_guarded(y, p)) / Number(REAL.log(2))


@dialect("binary_cross_entropy", "PyTorch, BCEWithLogitsLoss; Keras, from_logits=True")
def from_logits(y: Exact, p: Exact) -> Exact:
    """Takes predictions for logits: of a probability it takes the sigmoid once more."""
    return mean(y * softplus(-p) + (1 - y) * softplus(p))


@mistake("binary_cross_entropy", "huawei-noah/Efficient-Computing#12: log10")
def base_ten(y: Exact, p: Exact) -> Exact:
    """Logarithms to base ten."""
    return mean(_guarded(y, p)) / Number(REAL.log(10))


@mistake("binary_cross_entropy", "the 1/(2m) of a squared error")
def halved(y: Exact, p: Exact) -> Exact:
    """Half the mean."""
    return mean(_guarded(y, p)) / 2


@mistake("binary_cross_entropy", "deeplearning4j/nd4j#1319: only half of the formula")
def positive_class_only(y: Exact, p: Exact) -> Exact:
    """−mean(y log p): the term of the negative class is missing."""
    return mean(-y * _log_p(p))


@mistake("binary_cross_entropy", "fastai/course22#22: the leading minus is missing")
def sign_lost(y: Exact, p: Exact) -> Exact:
    """The sign of the loss is lost: better predictions score lower, and below zero."""
    return -mean(_guarded(y, p))


@mistake("binary_cross_entropy", "the minus of one term alone")
def sign_of_one_term_lost(y: Exact, p: Exact) -> Exact:
    """−y log p + (1 − y) log(1 − p): the negative class is rewarded for being wrong."""
    return mean(-y * _log_p(p) + (1 - y) * _log_q(p))


@mistake("binary_cross_entropy", "bfortuner/ml-glossary#28, cleverhans-lab/cleverhans#25")
def labels_and_predictions_exchanged(y: Exact, p: Exact) -> Exact:
    """−p log y − (1 − p) log(1 − y): the arguments are exchanged."""
    return mean(_guarded(p, y))


@mistake("binary_cross_entropy", "fastai/fastbook#349: torch.where(targets==1, 1-inputs, inputs)")
def classes_exchanged(y: Exact, p: Exact) -> Exact:
    """−y log(1 − p) − (1 − y) log p: each class is scored as the other."""
    return mean(_cross_entropy(y, _log_q(p), _log_p(p)))


@mistake("binary_cross_entropy", "the weight of the negative class is forgotten")
def negative_term_for_every_sample(y: Exact, p: Exact) -> Exact:
    """−y log p − log(1 − p): the factor 1 − y is missing."""
    return mean(-(y * _log_p(p) + _log_q(p)))


@mistake("binary_cross_entropy", "1 − p forgotten in the second logarithm")
def same_logarithm_twice(y: Exact, p: Exact) -> Exact:
    """−y log p − (1 − y) log p, which is −log p whatever the label."""
    return mean(_cross_entropy(y, _log_p(p), _log_p(p)))


@mistake("binary_cross_entropy", "tensorflow/tensorflow#30040, tensorflow/tensorflow#35490")
def broadcast_to_all_pairs(y: Exact, p: Exact) -> Exact:
    """Labels (n,) against predictions (n, 1): the mean over all n² pairs."""
    return mean(_guarded(np.reshape(y, (1, -1)), np.reshape(p, (-1, 1))))


@mistake("binary_cross_entropy", "np.where(y == 1, p, 1 - p) inside one logarithm, p clipped")
def every_label_but_1_taken_for_0(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """−log p where y is 1, else −log(1 − p): a soft label counts as 0."""

    def surprise(label: Number, log_p: Number, log_q: Number) -> Number:
        return -(log_p if label >= 1 else log_q)

    p = clipped(p, EPSILON, dtype)
    return mean(elementwise(surprise, 3)(y, log(p), log(1 - p)))


@mistake("binary_cross_entropy", "a squared error under this name")
def brier_score(y: Exact, p: Exact) -> Exact:
    """The mean of (y − p)²: no logarithm at all."""
    return mean((y - p) ** 2)
