"""The losses: a number from labels and predictions, both of one shape."""

from __future__ import annotations

from gradmark.harness.contract.cost import cost
from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import PREDICTION_NAMES, Parameter, Role

_LACKS = ("any shape", "arrays", "float32")
_OF_CLASSES = ("soft labels", "rows of labels", "several samples", "float32")


def _pair(label: Role, predicted: Role) -> tuple[Parameter, ...]:
    within = (0.0, 1.0) if "probability" in predicted else (float("-inf"), float("inf"))
    return (
        Parameter("y_true", label, within),
        Parameter("y_pred", predicted, within, other_names=PREDICTION_NAMES),
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
        synonyms=("cross_entropy", "cross_entropy_loss", "cce", "categorical_crossentropy"),
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
                other_names=("smoothing", "label_smooth", "epsilon", "eps"),
            ),
        ),
        "number",
        synonyms=("softmax_cross_entropy_with_logits", "cross_entropy_with_logits", "softmax_loss"),
        may_lack=("label smoothing", *_OF_CLASSES),
        natural=1.0,  # log p, of a p that is next to 1
        sizes=("elements",),
        cost=cost("y z", "", 7),  # z − max; its exponential, and the sum; y log p, and its sum
    ),
)
