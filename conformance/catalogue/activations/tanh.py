"""The hyperbolic tangent and its derivative."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.activations.curves import Curve, entrywise
from gradmark.conformance.catalogue.activations.sigmoid import sigma
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.catalogue.variant import mistake
from gradmark.conformance.truth import (
    Exact,
    Number,
    elementwise,
    exp,
    maximum,
    minimum,
    sech2,
    tanh,
)
from gradmark.harness.contract.dtypes import DTYPES

TANH = Curve("tanh", "tanh_derivative")
THIRDS = 2.0 / 3.0

TANH.canonical(
    "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp",
    "(e^z − e^(−z)) / (e^z + e^(−z)).",
    tanh,
    "1 − tanh² z.",
    sech2,
)
spelled(
    "tanh",
    "what is near 1 is subtracted where z is near 0, as in 2 σ(2z) − 1 and 1 − e^(−2|z|)",
    entrywise(lambda z: 2 * sigma(2 * z) - 1),
)
TANH.form(
    "dialect",
    "scaled",
    "1.7159 tanh(2z/3), which is ±1 at ±1.",
    "LeCun, Bottou, Orr and Müller 1998, section 4.4; Deeplearning4j, rationaltanh's pattern",
    lambda z: 1.7159 * tanh(z * 2 / 3),
    lambda z: 1.7159 * sech2(z * 2 / 3) * 2 / 3,
)
TANH.form(
    "mistake",
    "sigmoid",
    "σ(z), tanh's other scaling.",
    "one sigmoid taken for the other",
    sigma,
    lambda z: sigma(z) * sigma(-z),
)
TANH.form(
    "mistake",
    "argument_halved",
    "2σ(z) − 1 = tanh(z/2): z is not doubled.",
    "2 * sigmoid(z) - 1 for 2 * sigmoid(2 * z) - 1",
    lambda z: tanh(z / 2),
)
TANH.form(
    "mistake",
    "argument_doubled",
    "tanh(2z).",
    "a factor 2 too many in the exponent",
    lambda z: tanh(2 * z),
)
TANH.form(
    "mistake",
    "hard",
    "A clipped straight line, max(−1, min(1, z)).",
    "PyTorch, Hardtanh under this name",
    lambda z: minimum(maximum(z, -1.0), 1.0),
    lambda z: z * 0 + (1 if -1 < z <= 1 else 0),
)
TANH.form(
    "mistake",
    "sine",
    "(e^z − e^(−z)) / 2: the denominator's cosh is missing.",
    "sinh where tanh belongs",
    lambda z: (exp(z) - exp(-z)) / 2,
)


@mistake("tanh", "(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)) for every z")
def quotient_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """NaN where e^|z| overflows: ∞ / ∞."""
    largest = float(np.log(DTYPES[dtype].largest))
    return elementwise(lambda v: Number(np.nan) if abs(v) > largest else tanh(v))(z)


TANH.slope_form(
    "mistake",
    "of_the_tangent",
    "1 + tanh² z: the sign of the circular tangent's derivative.",
    "gy910210/neural-network-from-scratch#2; nicodjimenez/lstm#41 asks for it",
    lambda z: 1 + tanh(z) * tanh(z),
)
TANH.slope_form(
    "mistake",
    "one_lost",
    "−tanh² z: the 1 is missing.",
    "scutan90/DeepLearning-500-questions#544",
    lambda z: -tanh(z) * tanh(z),
)
TANH.slope_form(
    "mistake",
    "square_lost",
    "1 − tanh z: the square is missing.",
    "the square lost in 1 - np.tanh(z)",
    lambda z: 1 - tanh(z),
)
TANH.of_the_activation(
    lambda a: 1 - a * a,
    "public code that keeps tanh's output; kartikdutt18 in mlpack/mlpack#2158",
)
TANH.slope_form(
    "mistake",
    "of_the_activation_of_the_activation",
    "1 − tanh² a with a = tanh z: the activation goes where z belongs.",
    "davidrmiller/neural2d#40: the derivative is called with the output",
    lambda z: sech2(tanh(z)),
)
