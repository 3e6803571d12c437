"""Softplus, log(1 + e^z), and its derivative."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.activations.curves import Curve
from gradmark.conformance.catalogue.activations.sigmoid import log_one_plus_exp, sigma
from gradmark.conformance.catalogue.variant import mistake
from gradmark.conformance.truth import REAL, Exact, Number, elementwise, exp, log, maximum
from gradmark.harness.contract.dtypes import DTYPES

SOFTPLUS = Curve("softplus", "softplus_derivative")
THRESHOLD = 20

SOFTPLUS.canonical(
    "Dugas, Bengio, Bélisle, Nadeau and Garcia 2001; Glorot, Bordes and Bengio 2011",
    "log(1 + e^z).",
    log_one_plus_exp,
    "σ(z).",
    sigma,
)
SOFTPLUS.form(
    "dialect",
    "linear_above_20",
    "z itself where z is above 20.",
    "PyTorch, Softplus(threshold=20); Keras on PyTorch",
    lambda z: z * 1 if z > THRESHOLD else log_one_plus_exp(z),
    lambda z: z * 0 + 1 if z > THRESHOLD else sigma(z),
)
SOFTPLUS.form(
    "mistake",
    "mirrored",
    "log(1 + e^(−z)): the sign of the exponent is lost.",
    "np.exp(-z), as in a sigmoid",
    lambda z: log_one_plus_exp(-z),
    lambda z: -sigma(-z),
)
SOFTPLUS.form(
    "mistake",
    "one_forgotten",
    "log(e^z), which is z.",
    "np.log(np.exp(z))",
    lambda z: z * 1,
)
SOFTPLUS.form(
    "mistake",
    "base_two",
    "Logarithms to base two: z / log 2 on the right.",
    "np.log2 for np.log",
    lambda z: log_one_plus_exp(z) / Number(REAL.log(2)),
)
SOFTPLUS.form(
    "mistake",
    "logarithm_forgotten",
    "1 + e^z: no logarithm.",
    "np.log lost with its brackets",
    lambda z: 1 + exp(z),
)
SOFTPLUS.form(
    "mistake",
    "rectified",
    "max(0, z): what it smooths.",
    "a cheaper function under this name",
    lambda z: maximum(z, 0.0),
)
SOFTPLUS.form(
    "mistake",
    "log_of_two_subtracted",
    "log(1 + e^z) − log 2, which is 0 at 0.",
    "shifted softplus under this name: Schütt et al. 2017, SchNet",
    lambda z: log_one_plus_exp(z) - log(Number(2)),
)


@mistake("softplus", "np.log(1 + np.exp(z)): rushter/MLAlgorithms#30, apache/tvm#1768")
def logarithm_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """Infinite where e^z overflows, and should be z."""
    largest = float(np.log(DTYPES[dtype].largest))
    return elementwise(lambda v: Number(np.inf) if v > largest else log_one_plus_exp(v))(z)


@mistake("softplus", "rushter/MLAlgorithms#31: z + np.log(1 + 1 / np.exp(z)) for every z")
def reciprocal_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """Infinite where e^z underflows: 1 / 0, and should be 0."""
    least = float(np.log(DTYPES[dtype].smallest) - np.log(2))
    return elementwise(lambda v: Number(np.inf) if v < least else log_one_plus_exp(v))(z)


@mistake("softplus_derivative", "np.exp(z) / (1 + np.exp(z)): tracel-ai/burn#5374")
def quotient_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """NaN where e^z overflows: ∞ / ∞."""
    largest = float(np.log(DTYPES[dtype].largest))
    return elementwise(lambda v: Number(np.nan) if v > largest else sigma(v))(z)


SOFTPLUS.slope_form(
    "mistake",
    "sigmoid_s_slope",
    "σ(z) (1 − σ(z)): derived once too often.",
    "the sigmoid's own derivative",
    lambda z: sigma(z) * sigma(-z),
)
SOFTPLUS.of_the_activation(
    lambda a: 1 - exp(-a),
    "public code that keeps softplus's output",
)
