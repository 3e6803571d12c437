"""The rectifier and its derivative."""

from __future__ import annotations

from gradmark.conformance.catalogue.activations.sigmoid import logistic, softplus
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import family, recipe
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import Constant, Exact, Number, elementwise, exp, maximum, minimum
from gradmark.conformance.truth.number import number

Piece = float | Number

LEAK = Constant(lambda: Number(0.01, error=0.01))  # which a computer has to round


def piecewise(z: Exact, positive: Piece, zero: Piece, negative: Piece) -> Exact:
    """One of three constants by the sign of z."""

    def choose(v: Number) -> Number:
        return number(positive if v > 0 else zero if v >= 0 else negative)

    return elementwise(choose)(z)


# --- the rectifier --------------------------------------------------------------------------------


@canonical("relu", 'Article, "Complete 2-Layer Backpropagation (NumPy)"; Nair and Hinton 2010')
def rectifier(z: Exact) -> Exact:
    """max(0, z)."""
    return maximum(Number(0), z)


@dialect("relu", "IEEE 754-2008, maxNum; CUDA, fmaxf; np.where(z > 0, z, 0)")
def nan_is_off(z: Exact) -> Exact:
    """0 where z is NaN: a comparison with NaN is false."""
    return elementwise(lambda v: v if v > 0 else Number(0))(z)


def leaking(slope: Piece = LEAK) -> Body:
    """Make the rectifier that leaks this much below zero."""
    return lambda z: z * piecewise(z, 1, 1, slope)


for _name, _slope, _source in (
    ("leaky", 0.01, "Maas et al. 2013; linusericsson/einspace#1: the two swapped"),
    ("leaky_by_a_fifth", 0.2, "TensorFlow, nn.leaky_relu(alpha=0.2) under this name"),
    ("leaky_by_0.3", 0.3, "Keras, LeakyReLU(negative_slope=0.3) under this name"),
):
    mistake("relu", _source)(named(_name, f"Leaks {_slope} z below zero.", leaking(_slope)))

recipe("relu", leaking)
family(
    "relu",
    "leaky-by-{}",
    "Leaks {} z below zero.",
    "a leaky rectifier with a slope of one's own, under this name",
    lambda slope: {"slope": slope},
    1e-4,
    0.9,
    kind="mistake",
)


@mistake("relu", "BrainJS/brain.js#560: the leak is on the wrong side")
def leaky_on_the_wrong_side(z: Exact) -> Exact:
    """0.01 max(0, z): scales what should pass unchanged."""
    return maximum(Number(0), z) * Number(0.01)


@mistake("relu", "the absolute value")
def absolute_value(z: Exact) -> Exact:
    """|z|: the negative half is mirrored, not cut."""
    return abs(z)


@mistake("relu", "minimum for maximum")
def negative_half(z: Exact) -> Exact:
    """min(0, z): keeps the wrong half."""
    return minimum(Number(0), z)


@mistake("relu", "PyTorch, ReLU6 under this name: Howard et al. 2017")
def capped_at_six(z: Exact) -> Exact:
    """min(max(0, z), 6)."""
    return minimum(maximum(Number(0), z), Number(6))


@mistake("relu", "Keras, activations.elu under this name: Clevert et al. 2016")
def exponential_below_zero(z: Exact) -> Exact:
    """e^z − 1 below zero."""
    return elementwise(lambda v: exp(v) - 1 if v < 0 else v)(z)


@mistake("relu", "PyTorch, Softplus under this name: Glorot et al. 2011")
def smooth_rectifier(z: Exact) -> Exact:
    """log(1 + e^z)."""
    return softplus(z)


@mistake("relu", "PyTorch, SiLU under this name: Elfwing et al. 2018")
def sigmoid_weighted(z: Exact) -> Exact:
    """z σ(z)."""
    return z * logistic(z)


@mistake("relu", "the derivative where the function belongs")
def returns_the_derivative(z: Exact) -> Exact:
    """1 where z > 0, else 0."""
    return piecewise(z, 1, 0, 0)


@mistake("relu", "the activation is forgotten")
def identity(z: Exact) -> Exact:
    """Hands z on as it is."""
    return z * 1


# --- its derivative -------------------------------------------------------------------------------


@canonical("relu_derivative", 'Article, "Complete 2-Layer Backpropagation (NumPy)"')
def zero_at_zero(z: Exact) -> Exact:
    """1 where z > 0, else 0; in particular 0 at 0."""
    return piecewise(z, 1, 0, 0)


@dialect(
    "relu_derivative", "HIPS autograd and JAX, the gradient of maximum(0, z); Theano, nnet.relu"
)
def half_at_zero(z: Exact) -> Exact:
    """½ at 0, the midpoint of the subdifferential [0, 1]."""
    return piecewise(z, 1, 0.5, 0)


@dialect(
    "relu_derivative", "Saitoh, Deep Learning from Scratch, relu_grad; tensorflow/playground#19"
)
def one_at_zero(z: Exact) -> Exact:
    """1 at 0: z ≥ 0, the right derivative."""
    return piecewise(z, 1, 1, 0)


@mistake("relu_derivative", "the rectifier itself")
def returns_relu(z: Exact) -> Exact:
    """max(0, z): the function where its derivative belongs."""
    return maximum(Number(0), z)


@mistake("relu_derivative", "the sign function")
def sign_function(z: Exact) -> Exact:
    """−1 below zero."""
    return piecewise(z, 1, 0, -1)


@mistake("relu_derivative", "deeplearning4j/nd4j#271: inherited from the identity")
def one_everywhere(z: Exact) -> Exact:
    """1 for every z."""
    return piecewise(z, 1, 1, 1)


@mistake("relu_derivative", "z ≠ 0 for z > 0: the slope of |z| without its sign")
def one_but_at_zero(z: Exact) -> Exact:
    """1 wherever z is not 0."""
    return piecewise(z, 1, 0, 1)


@mistake("relu_derivative", "z < 0 for z > 0")
def mask_inverted(z: Exact) -> Exact:
    """1 below zero, else 0."""
    return piecewise(z, 0, 0, 1)


@mistake("relu_derivative", "the leaky rectifier's: Maas et al. 2013")
def leaky_slope(z: Exact) -> Exact:
    """0.01 below zero."""
    return piecewise(z, 1, LEAK, LEAK)


@mistake("relu_derivative", "PyTorch, the gradient of ReLU6 under this name")
def zero_above_six(z: Exact) -> Exact:
    """1 between 0 and 6 only."""
    return elementwise(lambda v: Number(1 if 0 < v < 6 else 0))(z)


@mistake("relu_derivative", "the slope of softplus, for which the rectifier is taken")
def logistic_slope(z: Exact) -> Exact:
    """σ(z), the derivative of log(1 + e^z)."""
    return logistic(z)


@mistake("relu_derivative", "jeffheaton/encog-dotnet-core#124: the sigmoid's derivative")
def sigmoid_slope(z: Exact) -> Exact:
    """z (1 − z): what the sigmoid's derivative makes of it."""
    return z * (1 - z)
