"""The activations and their derivatives: an array like the argument."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gradmark.harness.contract.cost import Cost, cost
from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter, Role

_LACKS = ("arrays", "large numbers", "scalars", "any shape", "float32")


def _activation(
    name: str,
    argument: str,
    role: Role,
    costs: Cost,
    *constants: Parameter,
    synonyms: tuple[str, ...],
    natural: float = 0.0,
) -> Formula:
    within = (0.0, 1.0) if role == "probability" else (float("-inf"), float("inf"))
    return Formula(
        name,
        "activation",
        (Parameter(argument, role, within), *constants),
        f"array like {argument}",
        synonyms=synonyms,
        may_lack=_LACKS,
        elementwise=True,
        natural=natural,
        sizes=() if constants else ("elements",),  # arrays alone go to the clock
        cost=None if constants else costs,
    )


def _with_derivative(
    name: str,
    role: Role,
    operations: tuple[int, int],
    *constants: Parameter,
    synonyms: tuple[str, ...] = (),
    natural: float = 0.0,
) -> Iterator[Formula]:
    """Make the rows of an activation and of its derivative, both of z."""
    of_value, of_slope = operations
    yield _activation(
        name,
        "z",
        role,
        cost("z", "a", of_value),
        *constants,
        synonyms=synonyms,
        natural=natural,
    )
    yield _activation(
        f"{name}_derivative",
        "z",
        role,
        cost("z", "slope", of_slope),
        *constants,
        synonyms=tuple(f"{name}_{slope}" for slope in ("grad", "prime", "backward")),
        natural=natural,
    )


def _constant(name: str, *values: float, others: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, "constant", (0.0, math.inf), values[0], values[1:], other_names=others)


def _of_classes(name: str, operations: int, synonyms: tuple[str, ...], natural: float) -> Formula:
    """Make the row of an activation of a row of logits, or of many."""
    return Formula(
        name,
        "activation",
        (Parameter("z", "row logit", other_names=("x", "logits", "input")),),
        "array like z",
        synonyms=synonyms,
        may_lack=("vectors", "several samples", "float32"),
        natural=natural,
        sizes=("elements",),
        cost=cost("z", "a", operations),
    )


_SLOPE = ("negative_slope", "slope", "leak", "negative_slope_coefficient", "a", "leaky_rate",
          "leak_rate")  # fmt: skip

ACTIVATIONS = (
    _activation(
        "sigmoid",
        "z",
        "logit",
        cost("z", "a", 3),  # 1 / (1 + e^−z)
        synonyms=("logistic", "sigm", "expit"),
        natural=1.0,  # 1 − σ
    ),
    _activation(
        "sigmoid_derivative",
        "a",
        "probability",
        cost("a", "slope", 2),  # a (1 − a)
        synonyms=("sigmoid_grad", "sigmoid_prime", "d_sigmoid", "dsigmoid"),
        natural=1.0,  # 1 − a
    ),
    _activation(
        "sigmoid_slope",
        "z",
        "logit",
        cost("z", "slope", 5),  # σ(z) (1 − σ(z))
        synonyms=("sigmoid_derivative_of_z", "logistic_slope"),
        natural=1.0,  # 1 − σ
    ),
    _activation("relu", "z", "data", cost("z", "a", 1), synonyms=("ReLU", "rectifier", "rectify")),
    _activation(
        "relu_derivative",
        "z",
        "data",
        cost("z", "slope", 1),
        synonyms=("relu_grad", "relu_prime", "d_relu", "drelu"),
    ),
    _of_classes("softmax", 3, ("Softmax", "softmax_activation"), 0.0),
    _of_classes("log_softmax", 4, ("LogSoftmax", "logsoftmax"), 1.0),
    *_with_derivative(
        "gelu", "logit", (4, 8), synonyms=("GELU", "gaussian_error_linear_unit"), natural=1.0
    ),
    *_with_derivative(
        "tanh", "logit", (1, 3), synonyms=("Tanh", "hyperbolic_tangent", "TanH"), natural=1.0
    ),
    *_with_derivative("silu", "logit", (4, 7), synonyms=("SiLU", "swish", "Swish"), natural=1.0),
    *_with_derivative(
        "leaky_relu",
        "data",
        (2, 1),
        _constant("alpha", 0.01, 0.3, 1.5, 0.37, others=_SLOPE),
        synonyms=("LeakyReLU", "leakyReLU", "LReLU"),
    ),
    *_with_derivative("softplus", "logit", (4, 3), synonyms=("Softplus", "SoftPlus"), natural=1.0),
    *_with_derivative(
        "elu",
        "logit",
        (3, 2),
        _constant("alpha", 1.0, 0.3, 1.5, 0.37),
        synonyms=("ELU", "exponential_linear_unit"),
        natural=1.0,
    ),
    *_with_derivative(
        "selu", "logit", (4, 3), synonyms=("SELU", "scaled_exponential_linear_unit"), natural=1.0
    ),
    *_with_derivative("mish", "logit", (6, 10), synonyms=("Mish",), natural=1.0),
    *_with_derivative(
        "hard_sigmoid",
        "logit",
        (4, 2),
        synonyms=("hardsigmoid", "Hardsigmoid"),
        natural=1.0,
    ),
    *_with_derivative(
        "hard_swish",
        "logit",
        (5, 4),
        synonyms=("hardswish", "Hardswish", "h_swish", "hard_silu"),
        natural=1.0,
    ),
)
"""Their order is that of the article, and then of demand."""
