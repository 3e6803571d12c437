"""The scaled exponential linear unit and its derivative."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float
from gradmark.reference.activations.elu import elu, elu_derivative

SCALE = 1.0507009873554805
ALPHA = 1.6732632423543772
"""λ and α, for which mean 0 and variance 1 of the pre-activations are a fixed point."""


def selu(z: ArrayLike) -> FloatArray:
    """Scaled exponential linear unit.

    selu(z) = λ z if z > 0 else λ α (e^z − 1),  λ = 1.0507009873…, α = 1.6732632423…

    `z` is any array or number; −∞ gives −λ α, NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: all digits of λ and α, as in PyTorch, JAX and Keras. The paper prints four decimals,
    MLX has five, and ONNX's schema what float32 leaves of them.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(selu([-1000.0, 0.0, 1.0]))
    [-1.75809934  0.          1.05070099]

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-Normalizing Neural Networks",
    NeurIPS 2017; the digits are those of its code.
    """
    return SCALE * elu(as_float("z", z), ALPHA)


def selu_derivative(z: ArrayLike) -> FloatArray:
    """Slope of the scaled exponential linear unit at the pre-activation `z`.

    selu′(z) = λ if z > 0 else λ α e^z

    `z` is any array or number; NaN gives NaN. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: λ α at 0, the slope on the left, as in PyTorch and JAX.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(selu_derivative([-1000.0, 0.0, 1.0]))
    [0.         1.75809934 1.05070099]

    References
    ----------
    G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-Normalizing Neural Networks",
    NeurIPS 2017; the digits are those of its code.
    """
    return SCALE * elu_derivative(as_float("z", z), ALPHA)
