"""The sigmoid and its derivative."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losing import spelled
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import (
    Exact,
    Number,
    allowing,
    elementwise,
    exp,
    log1p,
    maximum,
    minimum,
    tanh,
)
from gradmark.harness.contract.dtypes import DTYPES

LISTING = 'Article, listing of "Complete 2-Layer Backpropagation"'


def sigma(v: Number) -> Exact:
    """σ of one number."""
    # e^{-|z|} never overflows; σ(−z) = 1 − σ(z) = e^{-z}/(1 + e^{-z}) serves the other half.
    tail = exp(-v if v > 0 else v)
    return (1 if v > 0 else tail) / (1 + tail)


def log_one_plus_exp(v: Number) -> Exact:
    """log(1 + e^z) of one number, the cross-entropy of σ(z) against 0."""
    return v + log1p(exp(-v)) if v > 0 else log1p(exp(v))


_logistic = elementwise(sigma)
softplus = elementwise(log_one_plus_exp)


# --- the sigmoid ----------------------------------------------------------------------------------


@canonical("sigmoid", 'Article, "Complete 2-Layer Backpropagation (NumPy)"; Verhulst 1845')
def logistic(z: Exact) -> Exact:
    """1 / (1 + e^(−z)) for every z."""
    return _logistic(z)


spelled(
    "sigmoid",
    "1 + tanh(z/2), or 1 − σ(−z), is formed and rounded, where it is near 0",
    elementwise(lambda z: (1 + tanh(z / 2)) / 2),
)


def _clipping(limit: int) -> Body:
    def body(z: Exact) -> Exact:
        return _logistic(minimum(maximum(z, Number(-limit)), Number(limit)))

    says = f"Clips z to [−{limit}, {limit}]: σ stops at e^−{limit} where it should go on falling."
    return named(f"clipped_at_{limit}", says, body)


# What ±709 cuts off, the logarithm of the largest double, is below the smallest normal number.
for _limit, _source in {
    500: LISTING,
    250: "Raschka and Mirjalili, Python Machine Learning, LogisticRegressionGD.activation",
    20: "Thinc, Ops.sigmoid; OCRopus, ffunc (ocropus-archive/DUP-ocropy#201)",
}.items():
    dialect("sigmoid", _source)(_clipping(_limit))


@mistake("sigmoid", "the hyperbolic tangent, the logistic function's other scaling")
def tanh_form(z: Exact) -> Exact:
    """2σ(2z) − 1, which is tanh."""
    return 2 * _logistic(2 * z) - 1


@mistake("sigmoid", "HIPS/autograd#346: ½ (tanh z + 1) for ½ (tanh ½z + 1)")
def argument_doubled(z: Exact) -> Exact:
    """σ(2z): tanh is not given half of z."""
    return _logistic(2 * z)


@mistake("sigmoid", "Keras, hard_sigmoid: a piecewise line under this name")
def hard_sigmoid(z: Exact) -> Exact:
    """A clipped straight line, max(0, min(1, z/6 + ½))."""
    return minimum(maximum(z / 6 + Number(0.5), Number(0)), Number(1))


@mistake("sigmoid", "ONNX, HardSigmoid with its default slope: a piecewise line under this name")
def hard_sigmoid_of_slope_a_fifth(z: Exact) -> Exact:
    """A clipped straight line, max(0, min(1, z/5 + ½))."""
    return minimum(maximum(z / 5 + Number(0.5), Number(0)), Number(1))


@mistake("sigmoid", "ljvmiranda921/pyswarms#145, pytorch/torcharrow#523: e^z in place of e^(−z)")
def mirrored(z: Exact) -> Exact:
    """σ(−z): the sign of the exponent is lost."""
    return _logistic(-z)


@mistake("sigmoid", "joaopauloschuler/neural-api#21: z in the numerator")
def swish(z: Exact) -> Exact:
    """z / (1 + e^(−z)), which is SiLU."""
    return z * _logistic(z)


@mistake("sigmoid", "e^z / (1 + e^z) for every z")
def quotient_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """NaN where e^z overflows: ∞ / ∞."""
    largest = float(np.log(DTYPES[dtype].largest))
    return elementwise(lambda v: Number(np.nan) if v > largest else _logistic(v))(z)


@mistake("sigmoid", "a probability made a decision")
def step_function(z: Exact) -> Exact:
    """1 where z > 0, else 0."""
    return elementwise(lambda v: Number(1 if v > 0 else 0))(z)


# --- its derivative -------------------------------------------------------------------------------


@canonical("sigmoid_derivative", 'Article, "Complete 2-Layer Backpropagation (NumPy)"')
def of_the_activation(a: Exact) -> Exact:
    """a (1 − a), given the activation a = σ(z)."""
    return a * (1 - a)


@dialect("sigmoid_derivative", "half of the public code by this name; d σ(z) / d z")
def of_the_pre_activation(a: Exact) -> Exact:
    """σ(z) (1 − σ(z)): a function of z, right where it is given z and not the activation."""
    return _logistic(a) * _logistic(-a)


@mistake("sigmoid_derivative", "the derivative of tanh")
def tanh_derivative(a: Exact) -> Exact:
    """1 − a², which belongs to tanh."""
    return 1 - a * a


@mistake("sigmoid_derivative", "Stack Overflow 45988293: return 1-sigmoid(x)")
def factor_lost(a: Exact) -> Exact:
    """1 − a: the factor a is missing."""
    return 1 - a


@mistake("sigmoid_derivative", "sausheong/gonn#8: σ − (1 − σ)")
def difference_for_product(a: Exact) -> Exact:
    """a − (1 − a): a minus where the product belongs."""
    return a - (1 - a)


@mistake("sigmoid_derivative", "the quotient rule with one sign too many")
def sign_flipped(a: Exact) -> Exact:
    """a (a − 1), below zero: the minus of e^(−z) is lost."""
    return a * (a - 1)


@mistake("sigmoid_derivative", "derives what is the derivative already")
def second_derivative(a: Exact) -> Exact:
    """a (1 − a)(1 − 2a), which is σ''."""
    return a * (1 - a) * (1 - 2 * a)


@mistake("sigmoid_derivative", "the function where its derivative belongs")
def returns_the_activation(a: Exact) -> Exact:
    """Hands its argument back."""
    return a * 1


# --- its derivative, as a function of z -----------------------------------------------------------

SLOPE = "sigmoid_slope"


def _slope(z: Exact) -> Exact:
    return _logistic(z) * _logistic(-z)


@canonical(SLOPE, "Verhulst 1845; Rumelhart, Hinton and Williams 1986")
def of_z(z: Exact) -> Exact:
    """σ(z) (1 − σ(z)), given the pre-activation z."""
    # Who subtracts as it is printed is right: an ulp is still one of the difference.
    return elementwise(lambda v: allowing(sigma(v) * sigma(-v), 1.0 if v > 0 else 0.0))(z)


@dialect(SLOPE, "Article, sigmoid_derivative; half of the public code by this name")
def given_the_activation(z: Exact) -> Exact:
    """a (1 − a): a function of a = σ(z), right where it is given that and not z."""
    return z * (1 - z)


@mistake(SLOPE, "both a forward pass's sigmoid and a derivative's in a row")
def of_the_activation_of_the_activation(z: Exact) -> Exact:
    """σ′(σ(z)): the sigmoid is taken twice."""
    return _slope(_logistic(z))


@mistake(SLOPE, "the function where its derivative belongs")
def returns_the_sigmoid(z: Exact) -> Exact:
    """σ(z)."""
    return _logistic(z)


@mistake(SLOPE, "the derivative of tanh: 1 − a²")
def of_tanh(z: Exact) -> Exact:
    """1 − σ²(z), which would belong to tanh."""
    return 1 - _logistic(z) ** 2


@mistake(SLOPE, "the quotient rule with one sign too many")
def slope_s_sign_flipped(z: Exact) -> Exact:
    """σ(z) (σ(z) − 1), below zero."""
    return -_slope(z)


@mistake(SLOPE, "Stack Overflow 45988293: return 1-sigmoid(x)")
def one_factor_lost(z: Exact) -> Exact:
    """1 − σ(z): the factor σ(z) is missing."""
    return _logistic(-z)


@mistake(SLOPE, "derives what is the derivative already")
def curvature(z: Exact) -> Exact:
    """σ(z) (1 − σ(z)) (1 − 2σ(z)), which is σ''."""
    return _slope(z) * (1 - 2 * _logistic(z))


@mistake(SLOPE, "e^(−z) / (1 + e^(−z))² for every z")
def square_that_overflows(z: Exact, *, dtype: str) -> Exact:
    """0 where the square of 1 + e^(−z) overflows, NaN where e^(−z) itself does: ∞ / ∞."""
    largest = float(np.log(DTYPES[dtype].largest))

    def held(v: Number) -> Number:
        if -v > largest:
            return Number(np.nan)
        return Number(0) if -2 * v > largest else sigma(v) * sigma(-v)

    return elementwise(held)(z)
