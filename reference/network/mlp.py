"""A network of any depth: layers of ReLU units, and a softmax cross-entropy at the end."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.activations import relu, relu_derivative
from gradmark.reference.losses import softmax_cross_entropy, softmax_cross_entropy_grad
from gradmark.reference.network._shapes import as_labels, as_layers


def mlp_loss(
    X: ArrayLike, y: ArrayLike, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]
) -> np.floating[Any]:
    """Softmax cross-entropy of a network of any depth, the mean over samples.

    a₀ = X,  zₗ = aₗ₋₁ Wₗ + bₗ,  aₗ = ReLU(zₗ),  L = −1/n Σ y log softmax(z_last)

    X (n, d), y (n, k) with rows one-hot or soft, `weights` a list of W (d, h) and `biases` one of
    b (1, h), a pair for each layer; what a layer puts out the next takes in. One layer is softmax
    regression. The result is a scalar, in nats; float32 stays float32.

    Convention: one sample is a row, and z = aW + b; PyTorch's `Linear` keeps W transposed. The last
    layer has no activation of its own: the softmax is in the loss.

    Raises
    ------
    ValueError
        The shapes do not fit together, there is no layer, or a label is outside [0, 1].

    Examples
    --------
    >>> weights, biases = [[[2.0]], [[1.0, 1.0]]], [[[0.0]], [[0.0, 0.0]]]
    >>> print(f"{mlp_loss([[1.0]], [[1, 0]], weights, biases):.4f}")  # log 2
    0.6931

    References
    ----------
    D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors",
    Nature 323 (1986); X. Glorot, A. Bordes, Y. Bengio, "Deep Sparse Rectifier Neural Networks",
    AISTATS 2011, for the rectifiers.
    """
    _, _, logits = _forward(X, weights, biases)
    return softmax_cross_entropy(as_labels(y, logits), logits)


def mlp_gradients(
    X: ArrayLike, y: ArrayLike, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Gradients of `mlp_loss` in all its weights and biases: two lists, in the layers' order.

    dz_last = (softmax(z_last) − y) / n,  dzₗ = dzₗ₊₁ Wₗ₊₁ᵀ ⊙ ReLU′(zₗ),
    dWₗ = aₗ₋₁ᵀ dzₗ,  dbₗ = Σ dzₗ

    Arguments as for `mlp_loss`; each gradient has the shape of its parameter. Σ is over samples.

    Convention: the mean is taken at the output, as automatic differentiation does. ReLU′(0) = 0.
    Rows of labels that do not sum to 1 weigh what they sum to, as the loss has it.

    Raises
    ------
    ValueError
        The shapes do not fit together, there is no layer, or a label is outside [0, 1].

    Examples
    --------
    >>> dW, db = mlp_gradients([[1.0]], [[1, 0]], [[[2.0]], [[1.0, 0.0]]], [[[0.0]], [[-2.0, 0.0]]])
    >>> print(*dW, *db)
    [[-0.5]] [[-1.  1.]] [[-0.5]] [[-0.5  0.5]]

    References
    ----------
    Rumelhart, Hinton and Williams 1986.
    """
    inputs, matrices, logits = _forward(X, weights, biases)
    dz = softmax_cross_entropy_grad(as_labels(y, logits), logits)
    dW: list[FloatArray] = [inputs[-1].T @ dz]
    db: list[FloatArray] = [dz.sum(axis=0, keepdims=True)]
    # What a layer takes in is positive where the layer before it let z through.
    for W, a, before in zip(matrices[:0:-1], inputs[:0:-1], inputs[-2::-1], strict=True):
        dz = dz @ W.T * relu_derivative(a)
        dW.insert(0, before.T @ dz)
        db.insert(0, dz.sum(axis=0, keepdims=True))
    return dW, db


def _forward(
    X: ArrayLike, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]
) -> tuple[list[FloatArray], list[FloatArray], FloatArray]:
    """Give what each layer takes in, its weights, and the logits."""
    z, layers = as_layers(X, weights, biases)
    inputs: list[FloatArray] = []
    for W, b in layers:
        inputs.append(relu(z) if inputs else z)
        z = inputs[-1] @ W + b
    return inputs, [W for W, _ in layers], z
