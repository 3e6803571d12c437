"""The losses, a number from labels and predictions of one shape, and their gradients."""

from __future__ import annotations

import math

from gradmark.harness.contract.cost import cost
from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import PREDICTION_NAMES, Parameter, Role

_OF_LOGITS = ("z", "x", "input", "y_pred", "output", "outputs", "scores")
_OF_LOGS = ("log_softmax", "log_likelihoods")  # a prediction may as well be a probability
_LACKS = ("one number", "any shape", "arrays", "float32")
_OF_ROWS = ("one number", "vectors", "several samples", "float32")
_OF_CLASSES = ("soft labels", "rows of labels", *_OF_ROWS)


def _pair(label: Role, predicted: Role) -> tuple[Parameter, ...]:
    within = (0.0, 1.0) if "probability" in predicted else (float("-inf"), float("inf"))
    return (
        Parameter("y_true", label, within),
        Parameter("y_pred", predicted, within, other_names=PREDICTION_NAMES),
    )


def _constant(
    name: str, *values: float, most: float = math.inf, others: tuple[str, ...] = ()
) -> Parameter:
    return Parameter(name, "constant", (0.0, most), values[0], values[1:], other_names=others)


def _loss(
    name: str,
    takes: tuple[Parameter, ...],
    operations: int,
    *,
    synonyms: tuple[str, ...],
    may_lack: tuple[str, ...] = _LACKS,
    natural: float = 0.0,
) -> Formula:
    timed = all(p.is_array or p.neutral is not None for p in takes)  # arrays alone go to the clock
    return Formula(
        name,
        "loss",
        takes,
        "number",
        synonyms=synonyms,
        may_lack=may_lack,
        natural=natural,
        sizes=("elements",) if timed else (),
        cost=cost("y p", "", operations) if timed else None,
    )


def _gradient(loss: Formula, operations: int, *synonyms: str, natural: float = 0.0) -> Formula:
    """Make the row of a loss's gradient, with respect to its second argument."""
    predicted = loss.takes[1].name
    return Formula(
        f"{loss.name}_grad",
        "gradient",
        loss.takes,
        f"array like {predicted}",
        synonyms=(f"{loss.name}_gradient", f"{loss.name}_derivative", *synonyms),
        may_lack=loss.may_lack,
        natural=natural,
        sizes=loss.sizes,
        cost=cost("y p", "g", operations) if loss.sizes else None,
    )


LOSSES = (
    Formula(
        "mse_loss",
        "loss",
        _pair("target", "data"),
        "number",
        synonyms=(
            "mse",
            "mean_squared_error",
            "MSELoss",
            "l2_loss",
            "squared_error",
            "squared_loss",
            "sum_squared_error",
            "square_loss",
            "quadratic_cost",
            "quadratic_loss",
            "sse",
        ),
        may_lack=_LACKS,
        sizes=("elements",),
        cost=cost("y p", "", 3),  # (y − p)², and its sum
    ),
    Formula(
        "binary_cross_entropy",
        "loss",
        _pair("label", "probability"),
        "number",
        synonyms=("bce", "bce_loss", "BCELoss", "log_loss", "logistic_loss", "binary_crossentropy"),
        may_lack=("soft labels", *_LACKS),
        natural=1.0,  # 1 − p
        sizes=("elements",),
        cost=cost("y p", "", 8),  # y log p + (1 − y) log(1 − p), and its sum
    ),
    Formula(
        "categorical_cross_entropy",
        "loss",
        _pair("class label", "class probability"),
        "number",
        synonyms=(
            "cross_entropy",
            "cross_entropy_loss",
            "cross_entropy_error",
            "cce",
            "categorical_crossentropy",
        ),
        may_lack=_OF_CLASSES,
        sizes=("elements",),
        cost=cost("y p", "", 3),  # y log p, and its sum
    ),
    Formula(
        "softmax_cross_entropy",
        "loss",
        (
            Parameter("y_true", "class label", (0.0, 1.0)),
            Parameter("logits", "class logit"),
            Parameter(
                "label_smoothing",
                "share",
                (0.0, 1.0),
                usual=0.0,
                further=(0.1, 0.5, 0.3),
                neutral=0.0,
                other_names=("smoothing", "label_smooth"),  # an ε may be that of a guard
            ),
        ),
        "number",
        synonyms=(
            "softmax_cross_entropy_with_logits",
            "cross_entropy_with_logits",
            "softmax_loss",
            "softmax_with_loss",
            "softmax_cross_entropy_loss",
            "softmax_categorical_cross_entropy",
            "label_smoothing_cross_entropy",
            "label_smoothing_loss",
        ),
        may_lack=("label smoothing", *_OF_CLASSES),
        natural=1.0,  # log p, of a p that is next to 1
        sizes=("elements",),
        cost=cost("y z", "", 7),  # z − max; its exponential, and the sum; y log p, and its sum
    ),
    _loss(
        "bce_with_logits",
        (
            Parameter("y_true", "label", (0.0, 1.0)),
            Parameter("logits", "logit", other_names=_OF_LOGITS),
            Parameter(
                "pos_weight",
                "constant",
                (0.0, math.inf),
                usual=1.0,
                further=(3.0, 0.5, 2.7),
                neutral=1.0,
                other_names=("positive_weight",),
            ),
        ),
        7,  # max(z, 0) − z y + log(1 + e^−|z|), and its sum
        synonyms=(
            "binary_cross_entropy_with_logits",
            "sigmoid_binary_cross_entropy",
            "sigmoid_cross_entropy_with_logits",
            "BCEWithLogitsLoss",
        ),
        may_lack=("soft labels", "positive weight", *_LACKS),
        natural=1.0,  # log(1 + e^z)
    ),
    _loss(
        "mae_loss",
        _pair("target", "data"),
        3,  # |y − p|, and its sum
        synonyms=(
            "mae",
            "mean_absolute_error",
            "l1_loss",
            "L1Loss",
            "absolute_error",
            "absolute_loss",
        ),
    ),
    _loss(
        "huber_loss",
        (
            *_pair("target", "data"),
            _constant("delta", 1.0, 0.75, 2.5, 1.3, others=("clip_delta",)),
        ),
        6,
        synonyms=("huber", "HuberLoss"),
        natural=1.0,  # √(1 + d²) − 1, where it is smooth
    ),
    _loss(
        "smooth_l1_loss",
        (*_pair("target", "data"), _constant("beta", 1.0, 0.75, 2.5, 1.3)),
        6,
        synonyms=("smooth_l1", "SmoothL1Loss"),
    ),
    _loss(
        "nll_loss",
        (
            Parameter("y_true", "class label", (0.0, 1.0)),
            Parameter("log_probs", "class log probability", (-math.inf, 0.0), other_names=_OF_LOGS),
        ),
        2,  # y log p, and its sum
        synonyms=("nll", "negative_log_likelihood", "NLLLoss"),
        may_lack=_OF_CLASSES,
    ),
    _loss(
        "kl_divergence",
        (
            Parameter("p", "class label", (0.0, 1.0)),
            Parameter("q", "class probability", (0.0, 1.0)),
        ),
        4,  # p log(p / q), and its sum
        synonyms=("kl_div", "kl_loss", "kullback_leibler_divergence", "kullback_leibler"),
        may_lack=_OF_ROWS,  # of two distributions neither is a class
        natural=1.0,  # log p − log q
    ),
    _loss(
        "hinge_loss",
        (Parameter("y_true", "signed label", (-1.0, 1.0)), _pair("target", "data")[1]),
        4,  # max(0, 1 − y p), and its sum
        synonyms=("hinge", "HingeLoss", "svm_loss"),
        natural=1.0,  # 1 − y p
    ),
    _loss(
        "focal_loss",
        (
            *_pair("label", "probability"),
            _constant("gamma", 2.0, 1.0, 0.5, 3.7, others=("focusing", "exponent")),
            _constant("alpha", 0.25, 0.5, 0.75, 0.37, most=1.0, others=("balance",)),
        ),
        12,
        synonyms=("binary_focal_loss", "FocalLoss", "binary_focal_crossentropy"),
        may_lack=("soft labels", *_LACKS),
        natural=1.0,  # 1 − p
    ),
)

_NAMED = {loss.name: loss for loss in LOSSES}
GRADIENTS = (
    _gradient(_NAMED["mse_loss"], 2, "mse_grad", "mse_gradient", "mse_prime"),
    _gradient(
        _NAMED["binary_cross_entropy"], 4, "bce_grad", "bce_gradient", "bce_prime", natural=1.0
    ),
    _gradient(_NAMED["categorical_cross_entropy"], 2, "cce_grad", "cross_entropy_grad"),
    _gradient(_NAMED["softmax_cross_entropy"], 5, "softmax_loss_grad", natural=1.0),
    _gradient(_NAMED["bce_with_logits"], 5, "sigmoid_binary_cross_entropy_grad", natural=1.0),
    _gradient(_NAMED["mae_loss"], 2, "mae_grad", "mae_gradient", "mae_prime"),
    _gradient(_NAMED["huber_loss"], 3, "huber_grad", natural=1.0),
    _gradient(_NAMED["smooth_l1_loss"], 4, "smooth_l1_grad", natural=1.0),
    _gradient(_NAMED["nll_loss"], 1, "nll_grad"),
    _gradient(_NAMED["kl_divergence"], 2, "kl_div_grad"),
    _gradient(_NAMED["hinge_loss"], 3, "hinge_grad", natural=1.0),
    _gradient(_NAMED["focal_loss"], 20, "focal_grad", natural=1.0),
)
"""With respect to what is predicted: the second argument."""
