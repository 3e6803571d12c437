"""The activations and their derivatives: an array like the argument."""

from __future__ import annotations

from gradmark.harness.contract.cost import Cost, cost
from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter, Role


def _activation(
    name: str,
    argument: str,
    role: Role,
    costs: Cost,
    *,
    synonyms: tuple[str, ...],
    natural: float = 0.0,
) -> Formula:
    within = (0.0, 1.0) if role == "probability" else (float("-inf"), float("inf"))
    return Formula(
        name,
        "activation",
        (Parameter(argument, role, within),),
        f"array like {argument}",
        synonyms=synonyms,
        may_lack=("arrays", "scalars", "any shape", "float32"),
        elementwise=True,
        natural=natural,
        sizes=("elements",),
        cost=costs,
    )


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
    _activation("relu", "z", "data", cost("z", "a", 1), synonyms=("ReLU", "rectifier", "rectify")),
    _activation(
        "relu_derivative",
        "z",
        "data",
        cost("z", "slope", 1),
        synonyms=("relu_grad", "relu_prime", "d_relu", "drelu"),
    ),
)
