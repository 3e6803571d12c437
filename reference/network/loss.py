"""How wrong the network's predictions are."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference.losses import bce_with_logits
from gradmark.reference.network._shapes import as_labels
from gradmark.reference.network.forward import forward


def compute_loss(
    X: ArrayLike, y: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> np.floating[Any]:
    """Compute the network's binary cross-entropy.

    L = −(1/n) Σᵢ Σⱼ [y log a2 + (1−y) log(1−a2)],  a2 = σ(z2)

    X (n, d), y (n, k) in [0, 1], W1 (d, h), b1 (1, h), W2 (h, k), b2 (1, k); a number.

    Two choices make it the function whose gradient `compute_gradients` is, at every z2:
    (1) It has no guard. The article adds 1e-15 inside both logarithms, which holds the loss of a
    sample below about 34.5 while its dz2 = a2 − y stays the unguarded loss's: the two disagree
    once a prediction is confidently wrong. Here log σ comes from the logit (softplus), finite for
    every finite z2.
    (2) It is the mean over samples, summed over outputs, which is what 1/m in dW2 and dW1
    differentiates. The article's np.mean divides by n·k: the same for its k = 1; for k > 1 its
    gradients are k times those of its loss. PyTorch's and Keras's means divide by n·k in both.

    Raises
    ------
    ValueError
        The shapes do not fit together or a label is outside [0, 1].

    Examples
    --------
    >>> print(compute_loss([[1.0]], [[1.0]], [[1.0]], [[0.0]], [[-800.0]], [[0.0]]))
    800.0

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    z2 = forward(X, W1, b1, W2, b2).z2
    y = as_labels(y, z2)
    loss: np.floating[Any] = z2.shape[1] * bce_with_logits(y, z2)
    return loss
