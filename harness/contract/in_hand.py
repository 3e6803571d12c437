"""What is done to gradients in hand, before a step: clipping, averages, penalties."""

from __future__ import annotations

import math

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import GRADIENT_NAMES, Parameter

_ANY = (0.0, math.inf)
_GRADIENT = Parameter("g", "data", other_names=GRADIENT_NAMES)
_MOST = Parameter(
    "max_norm", "bound", _ANY, 1.0, (5.0, 0.1), other_names=("clip_norm", "clipnorm", "threshold")
)
_LACKS = ("any shape", "arrays", "float32")

IN_HAND = (
    Formula(
        "clip_by_value",
        "in hand",
        (
            _GRADIENT,
            Parameter(
                "limit",
                "bound",
                _ANY,
                1.0,
                (0.5, 0.03),
                other_names=("clip_value", "clipvalue", "max_delta", "threshold"),
            ),
        ),
        "array like g",
        synonyms=("clip_value", "clip_grad_value", "clip_gradients_by_value"),
        may_lack=_LACKS,
    ),
    Formula(
        "clip_by_norm",
        "in hand",
        (_GRADIENT, _MOST),
        "array like g",
        synonyms=("clip_norm", "clip_gradient_norm", "clip_gradients_by_norm"),
        may_lack=_LACKS,
    ),
    Formula(
        "clip_by_global_norm",
        "in hand",
        (Parameter("gradients", "data", other_names=("grads", "updates"), many=True), _MOST),
        "list like gradients",
        synonyms=("clip_grad_norm", "clip_gradients", "clip_grads", "global_norm_clip"),
        may_lack=_LACKS,
    ),
    Formula(
        "accumulate_gradients",
        "in hand",
        (
            Parameter("gradients", "data", other_names=("grads", "updates"), many=True),
            Parameter(
                "counts",
                "count",
                (1, math.inf),
                other_names=("num_tokens", "tokens", "sizes", "num_samples", "num_examples"),
                many=True,
            ),
        ),
        "array like gradients",
        synonyms=("accumulated_gradient", "average_gradients", "combine_gradients", "fed_avg"),
        may_lack=_LACKS,
    ),
    Formula(
        "ema",
        "in hand",
        (
            Parameter("average", "data", other_names=("ema_value", "shadow", "avg", "running")),
            Parameter("value", "data", other_names=("x", "new", "param", "w")),
            Parameter(
                "decay", "decay", (0.0, 1.0), 0.999, (0.9, 0.37), other_names=("beta", "alpha")
            ),
        ),
        "array like average",
        synonyms=("exponential_moving_average", "ema_update", "update_ema"),
        may_lack=_LACKS,
    ),
    Formula(
        "l2_penalty",
        "in hand",
        (
            Parameter("w", "data", other_names=("weights", "W", "theta", "params")),
            Parameter(
                "strength",
                "weight decay",
                _ANY,
                0.01,
                (0.5, 3.0),
                other_names=("lam", "lambda_", "alpha", "l2"),
            ),
        ),
        "number",
        synonyms=("l2_regularization", "l2_reg", "weight_penalty", "ridge_penalty"),
        may_lack=_LACKS,
    ),
)
