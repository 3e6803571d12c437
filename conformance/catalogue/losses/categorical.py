"""Categorical cross-entropy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import (
    EPSILON,
    LEAST,
    MOST,
    clip,
    clipped,
    machine_epsilon,
    rounded,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import (
    REAL,
    Exact,
    Number,
    elementwise,
    exp,
    log,
    log1p,
    maximum,
    total,
)


def _rows(y: Exact) -> int:
    """A vector is one sample, as in the printed formula."""
    return 1 if np.ndim(y) == 1 else np.shape(y)[0]


def _guarded(y: Exact, p: Exact) -> Exact:
    return -y * maximum(log(p), LEAST)


def _hard(y: Exact) -> Exact:
    """1 for the most likely class of a row, 0 for the others; of equals the first."""
    classes = np.shape(y)[-1]
    return np.eye(classes, dtype=np.asarray(y).dtype)[np.argmax(y, axis=-1)]


def _renormalised(p: Exact) -> Exact:
    return p / np.sum(p, axis=-1, keepdims=True)


@canonical("categorical_cross_entropy", 'Article, "Categorical Cross-Entropy"')
def mean_over_samples(y: Exact, p: Exact) -> Exact:
    """−Σ y log p over the classes, averaged over the rows; a vector is one row."""
    return total(_guarded(y, p)) / _rows(y)


# --- guards ---------------------------------------------------------------------------------------


@dialect("categorical_cross_entropy", "PyTorch and Optax: log p handed to a loss of logits")
def rows_renormalised(y: Exact, p: Exact) -> Exact:
    """Each row of predictions is first divided by its sum."""
    return total(_guarded(y, _renormalised(p))) / _rows(y)


@dialect("categorical_cross_entropy", "Keras, categorical_crossentropy(from_logits=False)")
def rows_renormalised_clipped_at_1e_7(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Each row of predictions is first divided by its sum, then clipped at ε = 1e-7."""
    return total(-y * log(clipped(_renormalised(p), 1e-7, dtype))) / _rows(y)


@dialect("categorical_cross_entropy", "scikit-learn before 1.2, log_loss(eps=1e-15)")
def clipped_then_rows_renormalised(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at ε = 1e-15 as the dtype rounds it, then divides each row by its sum."""
    return total(-y * log(_renormalised(clipped(p, EPSILON, dtype)))) / _rows(y)


@dialect("categorical_cross_entropy", "scikit-learn, MLPClassifier's log_loss: eps of the dtype")
def clipped_to_machine_epsilon(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Clips at the machine epsilon of the dtype, at both ends."""
    return total(-y * log(clipped(p, machine_epsilon(dtype), dtype))) / _rows(y)


Terms = Callable[[Exact, Exact, str], Exact]  # of labels, predictions and the dtype


def _clipping(epsilon: float) -> Terms:
    return lambda y, p, dtype: -y * log(clipped(p, epsilon, dtype))


def _adding(epsilon: float) -> Terms:
    return lambda y, p, dtype: -y * log(p + rounded(epsilon, dtype))


def _bare(y: Exact, p: Exact, _: str) -> Exact:
    return -y * log(p)


def _over(name: str, says: str, terms: Terms, count: Callable[[Exact], int] = _rows) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        return total(terms(y, p, dtype)) / count(y)

    return named(name, says, body)


CLIPPED = {
    "1e-7": "from scratch, after Kinsley and Kukieła: np.clip(p, 1e-7, 1 - 1e-7)",
    "1e-8": "from scratch: np.clip(p, 1e-8, 1 - 1e-8)",
    "1e-12": "Stack Overflow 47377222: np.clip(predictions, 1e-12, 1. - 1e-12)",
    "1e-15": "from scratch: the binary loss's np.clip(p, 1e-15, 1 - 1e-15)",
}
ADDED = {
    "1e-7": "Saitoh, Deep Learning from Scratch, first form of cross_entropy_error",
    "1e-8": "MXNet, metric.CrossEntropy(eps=1e-8) (apache/mxnet#4594)",
    "1e-9": "Stack Overflow 47377222, its answer: np.log(predictions+1e-9)",
    "1e-12": "from scratch: np.log(p + 1e-12)",
}

for _epsilon, _source in CLIPPED.items():
    _says = f"Clips at ε = {_epsilon}, and at 1 − ε as the dtype rounds it."
    dialect("categorical_cross_entropy", _source, above_zero=float(_epsilon))(
        _over(f"clipped_at_{_epsilon}", _says, _clipping(float(_epsilon)))
    )

dialect(
    "categorical_cross_entropy",
    "from scratch in many tutorials: log(p + 1e-15)",
    above_zero=EPSILON,
)(
    _over(
        "epsilon_inside_log",
        "Adds ε = 1e-15 inside the logarithm, where the canonical form clips.",
        _adding(EPSILON),
    )
)

for _epsilon, _source in ADDED.items():
    _says = f"Adds ε = {_epsilon} inside the logarithm, where the canonical form clips."
    dialect("categorical_cross_entropy", _source, above_zero=float(_epsilon))(
        _over(f"epsilon_{_epsilon}_inside_log", _says, _adding(float(_epsilon)))
    )


@dialect("categorical_cross_entropy", "Flux.jl, crossentropy(ϵ = eps of the type)")
def machine_epsilon_inside_log(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """Adds the machine epsilon of the dtype inside the logarithm."""
    return -total(y * log(p + machine_epsilon(dtype))) / _rows(y)


@dialect("categorical_cross_entropy", 'Article, "Categorical Cross-Entropy", the printed formula')
def unguarded_logarithms(y: Exact, p: Exact) -> Exact:
    """No guard: infinite where a prediction is sure and wrong; 0 log 0 is taken as 0."""
    surprise = elementwise(lambda a, b: a * b if a > 0 else Number(0), 2)(y, log(p))
    return -total(surprise) / _rows(y)


mistake("categorical_cross_entropy", "keras-team/keras#9: 0 · log 0 in floating point")(
    _over(
        "unguarded_nan",
        "No guard, and 0 log 0 is NaN: a class that is ruled out, and rightly, spoils the mean.",
        _bare,
    )
)


# --- reductions, units, arguments -----------------------------------------------------------------


@dialect("categorical_cross_entropy", "PyTorch, CrossEntropyLoss(reduction='sum')")
def summed_over_samples(y: Exact, p: Exact) -> Exact:
    """Summed over the rows, not averaged."""
    return total(_guarded(y, p))


mistake("categorical_cross_entropy", "the printed formula as -np.sum(y * np.log(p))")(
    _over(
        "unguarded_nan_summed",
        "Summed over the rows, without a guard: 0 log 0 is NaN.",
        _bare,
        lambda _: 1,
    )
)


@dialect("categorical_cross_entropy", "numpy-ml, CrossEntropy.loss")
def summed_machine_epsilon_inside_log(y: Exact, p: Exact) -> Exact:
    """Summed over the rows, with float64's machine epsilon inside the logarithm."""
    return -total(y * log(p + machine_epsilon("float64")))


@dialect("categorical_cross_entropy", "fairseq, criterions: the loss logged in bits (fairseq#1566)")
def base_two(y: Exact, p: Exact) -> Exact:
    """Logarithms to base two: bits where the formula counts nats."""
    return total(_guarded(y, p)) / _rows(y) / Number(REAL.log(2))


@dialect("categorical_cross_entropy", "PyTorch, CrossEntropyLoss; Keras, from_logits=True")
def from_logits(y: Exact, p: Exact) -> Exact:
    """Takes predictions for logits: of probabilities it takes the softmax once more."""
    odds = exp(p)
    return -total(y * log(_renormalised(odds))) / _rows(y)


@dialect("categorical_cross_entropy", "Kinsley and Kukieła, Neural Networks from Scratch")
def log_of_the_sum_clipped_at_1e_7(y: Exact, p: Exact, *, dtype: str) -> Exact:
    """−log Σ y p, clipped at ε = 1e-7: the same for one-hot labels, another loss for soft ones."""
    return -total(log(np.sum(y * clipped(p, 1e-7, dtype), axis=-1))) / _rows(y)


@dialect("categorical_cross_entropy", "from scratch, after Kinsley and Kukieła: another guard")
def log_of_the_sum(y: Exact, p: Exact) -> Exact:
    """−log Σ y p: the same for one-hot labels, another loss for soft ones."""
    return -total(maximum(log(np.sum(y * p, axis=-1)), LEAST)) / _rows(y)


@dialect("categorical_cross_entropy", "Saitoh, Deep Learning from Scratch, cross_entropy_error")
def argmax_epsilon_1e_7_inside_log(y: Exact, p: Exact) -> Exact:
    """−log(p + 1e-7) of the most likely class: soft labels become hard ones."""
    return -total(_hard(y) * log(p + 1e-7)) / _rows(y)


@mistake("categorical_cross_entropy", 'Article, listing of "Loss Functions"')
def vector_divided_by_classes(y: Exact, p: Exact) -> Exact:
    """Divides by len(y_true), which for one sample given as a vector is the number of classes."""
    return total(_guarded(y, p)) / np.shape(y)[0]


for _name, _says, _terms in (
    ("unguarded_nan", "has no guard", _bare),
    ("epsilon_inside_log", "adds ε = 1e-15 inside the logarithm", _adding(EPSILON)),
    *(
        (
            f"epsilon_{_epsilon}_inside_log",
            f"adds ε = {_epsilon} inside the logarithm",
            _adding(float(_epsilon)),
        )
        for _epsilon in ADDED
    ),
    *(
        (f"clipped_at_{_epsilon}", f"clips at ε = {_epsilon}", _clipping(float(_epsilon)))
        for _epsilon in CLIPPED
    ),
):
    _says = f"Divides by len(y_true), which of a vector is the number of classes, and {_says}."
    mistake("categorical_cross_entropy", "the article's divisor with another guard")(
        _over(f"{_name}_vector_divided_by_classes", _says, _terms, len)
    )


@mistake("categorical_cross_entropy", "Stack Overflow 47377222, ooples/AiDotNet#1192: every axis")
def mean_over_elements(y: Exact, p: Exact) -> Exact:
    """Averages over samples and classes alike."""
    return total(_guarded(y, p)) / np.size(y)


@mistake("categorical_cross_entropy", "a mean over the wrong axis")
def divided_by_classes(y: Exact, p: Exact) -> Exact:
    """Divides by the number of classes, not of samples."""
    return total(_guarded(y, p)) / np.shape(y)[-1]


@mistake("categorical_cross_entropy", "hard labels read out of soft ones")
def argmax_of_soft_labels(y: Exact, p: Exact) -> Exact:
    """Takes the most likely class of a soft label as the whole truth."""
    return total(_guarded(_hard(y), p)) / _rows(y)


@mistake("categorical_cross_entropy", "the prediction's own favourite in the label's place")
def surprise_at_its_own_favourite(y: Exact, p: Exact) -> Exact:
    """−log max p: what was predicted is scored, not what is true."""
    return total(_guarded(_hard(p), p)) / _rows(y)


@mistake("categorical_cross_entropy", "cs231n/cs231n.github.io#244: the leading minus is missing")
def sign_lost(y: Exact, p: Exact) -> Exact:
    """The sign of the loss is lost: better predictions score lower, and below zero."""
    return -total(_guarded(y, p)) / _rows(y)


@mistake("categorical_cross_entropy", "isaaccorley/detcon-pytorch#2, bolunwang/backdoor#11")
def labels_and_predictions_exchanged(y: Exact, p: Exact) -> Exact:
    """−Σ p log y: the arguments are exchanged."""
    return total(_guarded(p, y)) / _rows(y)


@mistake("categorical_cross_entropy", "huawei-noah/Efficient-Computing#12: log10")
def base_ten(y: Exact, p: Exact) -> Exact:
    """Logarithms to base ten."""
    return total(_guarded(y, p)) / _rows(y) / Number(REAL.log(10))


@mistake("categorical_cross_entropy", "Keras, binary_crossentropy where classes exclude each other")
def binary_for_each_class(y: Exact, p: Exact) -> Exact:
    """Adds −(1 − y) log(1 − p) for the classes that are not the true one."""
    others = -(1 - y) * clip(log1p(-p), LEAST, MOST)
    return total(_guarded(y, p) + others) / _rows(y)
