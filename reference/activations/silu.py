"""SiLU, the sigmoid-weighted linear unit, and its derivative."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float
from gradmark.reference.activations.sigmoid import sigmoid


def silu(z: ArrayLike) -> FloatArray:
    """Sigmoid-weighted linear unit, which is Swish at β = 1.

    silu(z) = z σ(z)

    `z` is any array or number; it is to be finite: at −∞ the product is no number. The result has
    the shape of `z` and its dtype (integers become float64).

    Convention: β = 1, as everywhere; Swish learns β. Hard swish approximates it by straight lines.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(silu([-1.0, 0.0, 1.0]))
    [-0.26894142  0.          0.73105858]

    References
    ----------
    S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning", Neural Networks 107, 2018.
    """
    z = as_float("z", z)
    return z * sigmoid(z)


def silu_derivative(z: ArrayLike) -> FloatArray:
    """Slope of the sigmoid-weighted linear unit at the pre-activation `z`.

    silu′(z) = σ(z) (1 + z (1 − σ(z)))

    `z` is any array or number; it is to be finite. The result has the shape of `z`
    and its dtype (integers become float64).

    Convention: none to choose.

    Raises
    ------
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(silu_derivative([-1.0, 0.0, 1.0]))
    [0.07232949 0.5        0.92767051]

    References
    ----------
    S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning", Neural Networks 107, 2018, equation 8.
    """
    z = as_float("z", z)
    return sigmoid(z) * (1 + z * sigmoid(-z))  # σ(−z) = 1 − σ(z), without the subtraction
