"""From the error of the predictions to the gradient of every parameter."""

from typing import NamedTuple

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.activations import relu_derivative, sigmoid
from gradmark.reference.network._shapes import as_labels, as_network
from gradmark.reference.network.forward import forward


class Backward(NamedTuple):
    """Every intermediate of the backward pass, in the order it is computed.

    Each has the shape of what it belongs to: dW1 that of W1.
    """

    dz2: FloatArray
    dW2: FloatArray
    db2: FloatArray
    da1: FloatArray
    dz1: FloatArray
    dW1: FloatArray
    db1: FloatArray


def backward(
    X: ArrayLike, y: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> Backward:
    """Propagate the error back through the network, and keep every intermediate.

    dz2 = a2 − y,       dW2 = (1/m) a1ᵀ dz2,  db2 = (1/m) Σ dz2,
    da1 = dz2 W2ᵀ,  dz1 = da1 ⊙ ReLU′(z1),  dW1 = (1/m) Xᵀ dz1,  db1 = (1/m) Σ dz1

    X (n, d), y (n, k) in [0, 1], W1 (d, h), b1 (1, h), W2 (h, k), b2 (1, k); m = n samples, Σ over
    samples. float32 stays float32.

    1/m enters where a parameter's gradient sums over samples, as in the article: dz2, da1 and dz1
    are those of each sample's own loss. Others divide dz2 by m at once, as automatic
    differentiation does; dW1 is the same. ReLU′(0) = 0.

    Raises
    ------
    ValueError
        The shapes do not fit together or a label is outside [0, 1].

    Examples
    --------
    >>> result = backward([[2.0]], [[1.0]], [[1.0]], [[0.0]], [[0.0]], [[0.0]])
    >>> print(result.dz2, result.dW2, result.dW1)
    [[-0.5]] [[-1.]] [[0.]]

    References
    ----------
    Article, "Backprop Step-by-Step"; D. Rumelhart, G. Hinton, R. Williams, "Learning
    representations by back-propagating errors", Nature 323 (1986).
    """
    X, W1, b1, W2, b2 = as_network(X, W1, b1, W2, b2)
    z1, a1, z2, a2 = forward(X, W1, b1, W2, b2)
    y = as_labels(y, z2)
    m = X.shape[0]
    # a2 − y, split by σ(z) + σ(−z) = 1: a right prediction's small error does not cancel away
    dz2 = (1 - y) * a2 - y * sigmoid(-z2)
    dW2 = a1.T @ dz2 / m
    db2 = dz2.sum(axis=0, keepdims=True) / m
    da1 = dz2 @ W2.T
    dz1 = da1 * relu_derivative(z1)
    dW1 = X.T @ dz1 / m
    db1 = dz1.sum(axis=0, keepdims=True) / m
    return Backward(dz2, dW2, db2, da1, dz1, dW1, db1)


def compute_gradients(
    X: ArrayLike, y: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Compute the gradient of `compute_loss` in every parameter: (dW1, db1, dW2, db2).

    ∂L/∂W1, ∂L/∂b1, ∂L/∂W2, ∂L/∂b2

    Arguments, conventions and errors are those of `backward`; each gradient has the shape of its
    parameter, and they come in the parameters' order.

    Examples
    --------
    >>> for gradient in compute_gradients([[2.0]], [[1.0]], [[1.0]], [[0.0]], [[0.0]], [[0.0]]):
    ...     print(gradient)
    [[0.]]
    [[0.]]
    [[-1.]]
    [[-0.5]]

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    gradients = backward(X, y, W1, b1, W2, b2)
    return gradients.dW1, gradients.db1, gradients.dW2, gradients.db2
