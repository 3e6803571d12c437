"""The test functions that optimizers are shown on, and their gradients."""

from __future__ import annotations

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter

_POINT = (Parameter("w", "point", shape="2", other_names=("x", "point", "xy")),)

TEST_FUNCTIONS = (
    Formula("rosenbrock", "test function", _POINT, "number", synonyms=("rosen", "banana")),
    Formula(
        "rosenbrock_grad",
        "test function",
        _POINT,
        "array like w",
        synonyms=("rosen_der", "rosenbrock_gradient", "grad_rosenbrock"),
    ),
)
