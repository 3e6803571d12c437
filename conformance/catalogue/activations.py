"""The activations and their derivatives: canonical forms, conventions and mistakes."""

from __future__ import annotations

from conformance.catalogue.variant import Body, canonical, dialect, mistake
from conformance.truth import Exact, Number, elementwise, exp, maximum, minimum


def _where(z: Exact, positive: float, zero: float, negative: float) -> Exact:
    def choose(v: Number) -> Number:
        return Number(positive if v > 0 else zero if v >= 0 else negative)

    return elementwise(choose)(z)


def _logistic(z: Exact) -> Exact:
    # e^{-|z|} never overflows; σ(−z) = 1 − σ(z) = e^{-z}/(1 + e^{-z}) serves the other half.
    def one(v: Number) -> Exact:
        tail = exp(-v if v > 0 else v)
        return (1 if v > 0 else tail) / (1 + tail)

    return elementwise(one)(z)


@canonical("sigmoid", 'Article, "Complete 2-Layer Backpropagation (NumPy)"; Verhulst 1845')
def logistic(z: Exact) -> Exact:
    """1 / (1 + e^(−z)) for every z."""
    return _logistic(z)


@dialect("sigmoid", 'Article, listing of "Complete 2-Layer Backpropagation"')
def clipped_at_500(z: Exact) -> Exact:
    """Clips z to [−500, 500], which leaves 7e-218 where the logistic function goes on falling."""
    return _logistic(minimum(maximum(z, Number(-500)), Number(500)))


@mistake("sigmoid", "the hyperbolic tangent, the logistic function's other scaling")
def tanh_form(z: Exact) -> Exact:
    """2σ(2z) − 1, which is tanh."""
    return 2 * _logistic(2 * z) - 1


@mistake("sigmoid", "Keras, hard_sigmoid: a piecewise line under this name")
def hard_sigmoid(z: Exact) -> Exact:
    """A clipped straight line, max(0, min(1, z/6 + ½))."""
    return minimum(maximum(z / 6 + Number(0.5), Number(0)), Number(1))


@mistake("sigmoid", "e^z in place of e^(−z)")
def mirrored(z: Exact) -> Exact:
    """σ(−z): the sign of the exponent is lost."""
    return _logistic(-z)


@canonical("sigmoid_derivative", 'Article, "Complete 2-Layer Backpropagation (NumPy)"')
def of_the_activation(a: Exact) -> Exact:
    """a (1 − a), given the activation a = σ(z)."""
    return a * (1 - a)


@mistake("sigmoid_derivative", "takes its argument for the pre-activation")
def of_the_pre_activation(a: Exact) -> Exact:
    """σ(a) (1 − σ(a)): applies the sigmoid a second time."""
    return _logistic(a) * _logistic(-a)


@mistake("sigmoid_derivative", "the derivative of tanh")
def tanh_derivative(a: Exact) -> Exact:
    """1 − a², which belongs to tanh."""
    return 1 - a * a


@canonical("relu", 'Article, "Complete 2-Layer Backpropagation (NumPy)"; Nair and Hinton 2010')
def rectifier(z: Exact) -> Exact:
    """max(0, z)."""
    return maximum(Number(0), z)


def _leaky(slope: float) -> Body:
    return lambda z: z * _where(z, 1, 1, slope)


@mistake("relu", "Maas et al. 2013: the leaky rectifier under this name")
def leaky(z: Exact) -> Exact:
    """Leaks 0.01 z below zero."""
    return _leaky(0.01)(z)


@mistake("relu", "the absolute value")
def absolute_value(z: Exact) -> Exact:
    """|z|: the negative half is mirrored, not cut."""
    return abs(z)


@canonical("relu_derivative", 'Article, "Complete 2-Layer Backpropagation (NumPy)"')
def zero_at_zero(z: Exact) -> Exact:
    """1 where z > 0, else 0; in particular 0 at 0."""
    return _where(z, 1, 0, 0)


@dialect("relu_derivative", "the midpoint of the subdifferential [0, 1]")
def half_at_zero(z: Exact) -> Exact:
    """½ at 0."""
    return _where(z, 1, 0.5, 0)


@dialect("relu_derivative", "the right derivative: z ≥ 0")
def one_at_zero(z: Exact) -> Exact:
    """1 at 0."""
    return _where(z, 1, 1, 0)


@mistake("relu_derivative", "the rectifier itself")
def returns_relu(z: Exact) -> Exact:
    """max(0, z): the function where its derivative belongs."""
    return maximum(Number(0), z)


@mistake("relu_derivative", "the sign function")
def sign_function(z: Exact) -> Exact:
    """−1 below zero."""
    return _where(z, 1, 0, -1)
