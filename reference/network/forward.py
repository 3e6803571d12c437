"""From the samples to the predictions."""

from typing import NamedTuple

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.activations import relu, sigmoid
from gradmark.reference.network._shapes import as_network


class Forward(NamedTuple):
    """Every intermediate of the forward pass, in the order of the article's step list."""

    z1: FloatArray
    a1: FloatArray
    z2: FloatArray
    a2: FloatArray


def forward(X: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike) -> Forward:
    """Predict, and keep every intermediate.

    z1 = X W1 + b1,  a1 = ReLU(z1),  z2 = a1 W2 + b2,  a2 = σ(z2)

    X (n, d), W1 (d, h), b1 (1, h), W2 (h, k), b2 (1, k) of any real numbers, each length at least
    1; z1 and a1 are (n, h), z2 and a2 (n, k), with a2 in [0, 1]. float32 stays float32.

    One sample is a row, as in the article's listing. The article's diagram and step list write
    z = WX + b, where one sample is a column: the same network, each matrix transposed. Their
    dW = (1/m) aᵀ·dz, however, is the rows' form.

    Raises
    ------
    ValueError
        The shapes do not fit together.

    Examples
    --------
    >>> result = forward([[1.0, 2.0]], [[1.0], [1.0]], [[-1.0]], [[0.5]], [[-1.0]])
    >>> print(result.z1, result.a1, result.z2, result.a2)
    [[2.]] [[2.]] [[0.]] [[0.5]]

    References
    ----------
    Article, "Backprop Step-by-Step".
    """
    X, W1, b1, W2, b2 = as_network(X, W1, b1, W2, b2)
    z1 = X @ W1 + b1
    a1 = relu(z1)
    z2 = a1 @ W2 + b2
    return Forward(z1, a1, z2, sigmoid(z2))
