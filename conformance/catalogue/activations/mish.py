"""Mish and its derivative."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.curves import Curve, weighed
from gradmark.conformance.catalogue.activations.sigmoid import log_one_plus_exp, sigma
from gradmark.conformance.truth import Exact, Number, exp, sech2, tanh

MISH = Curve("mish", "mish_derivative", weighed)


def _mish(z: Number) -> Exact:
    return z * tanh(log_one_plus_exp(z))


def _by_fractions(z: Number, *, doubled: bool = False, cube: bool = True) -> Exact:
    """e^z ω / δ², as the paper's first version has the derivative."""
    # Divided by e^(4z) on the right, where all powers would overflow.
    right = z > 0
    e = exp(-z if right else z)
    powers = {k: e ** (4 - k) if right else e**k for k in range(5)}
    omega = 4 * (z + 1) * powers[1] + 4 * powers[3] + (4 * z + 6) * powers[2]
    if cube:
        omega = omega + powers[4]
    halves = {k: e ** (2 - k) if right else e**k for k in range(3)}
    first = halves[2] if doubled else halves[1]
    delta = 2 * first + halves[2] + 2 * halves[0]
    return omega / (delta * delta)


MISH.canonical(
    "Misra 2019",
    "z tanh(log(1 + e^z)).",
    _mish,
    "tanh(s) + z (1 − tanh² s) σ(z), s = log(1 + e^z).",
    lambda z: tanh(log_one_plus_exp(z)) + z * sech2(log_one_plus_exp(z)) * sigma(z),
)
MISH.form(
    "mistake",
    "tanh_of_z",
    "z tanh(z): softplus is missing.",
    "the inner function forgotten",
    lambda z: z * tanh(z),
    lambda z: tanh(z) + z * sech2(z),
)
MISH.form(
    "mistake",
    "tanh_forgotten",
    "z log(1 + e^z): tanh is missing.",
    "digantamisra98/Mish#11: the product is taken before tanh",
    lambda z: z * log_one_plus_exp(z),
)
MISH.form(
    "mistake",
    "factor_forgotten",
    "tanh(log(1 + e^z)): the factor z is missing.",
    "the gate without what it lets through",
    lambda z: tanh(log_one_plus_exp(z)),
)
MISH.form(
    "mistake",
    "exponent_mirrored",
    "z tanh(log(1 + e^(−z))): the sign of the exponent is lost.",
    "np.exp(-z), as in a sigmoid",
    lambda z: z * tanh(log_one_plus_exp(-z)),
)
MISH.form(
    "mistake",
    "logarithm_forgotten",
    "z tanh(e^z): the logarithm of softplus is missing.",
    "x * np.tanh(np.exp(x))",
    lambda z: z * tanh(exp(z)),
)
MISH.form(
    "mistake",
    "sigmoid_weighted",
    "z σ(z), which is SiLU.",
    "a cheaper function under this name",
    lambda z: z * sigma(z),
)
MISH.slope_form(
    "mistake",
    "printed_with_a_doubled_exponent",
    "e^z ω / δ² with δ = 2e^(2z) + e^(2z) + 2: the exponent of the first term is doubled.",
    "digantamisra98/Mish#11: a misprint of the paper's first version",
    lambda z: _by_fractions(z, doubled=True),
)
MISH.slope_form(
    "mistake",
    "cube_of_the_exponential_forgotten",
    "e^z ω / δ² with ω = 4(z + 1) + 4e^(2z) + e^z (4z + 6): e^(3z) is missing.",
    "explosion/thinc#578",
    lambda z: _by_fractions(z, cube=False),
)
MISH.slope_form(
    "mistake",
    "inner_derivative_forgotten",
    "tanh(s) + z (1 − tanh² s): σ(z) is missing.",
    "a chain rule that ends at tanh",
    lambda z: tanh(log_one_plus_exp(z)) + z * sech2(log_one_plus_exp(z)),
)
MISH.slope_form(
    "mistake",
    "gate_alone",
    "tanh(log(1 + e^z)): the product rule's second term is missing.",
    "z taken for a constant",
    lambda z: tanh(log_one_plus_exp(z)),
)
