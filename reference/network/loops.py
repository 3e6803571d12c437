"""The network once more in plain loops over samples and units, one number at a time.

Written from the equations alone, to compare the matrix form with: in value, and in speed.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.network._shapes import as_labels, as_network


def _hidden(x: list[float], W1: list[list[float]], b1: list[float]) -> list[float]:
    """Give z1 of one sample: z1ⱼ = b1ⱼ + Σᵢ xᵢ W1ᵢⱼ."""
    z1 = list(b1)
    for i, x_i in enumerate(x):
        for j, weight in enumerate(W1[i]):
            z1[j] += x_i * weight
    return z1


def _output(z1: list[float], W2: list[list[float]], b2: list[float]) -> list[float]:
    """Give z2 of one sample: z2ₒ = b2ₒ + Σⱼ max(0, z1ⱼ) W2ⱼₒ."""
    z2 = list(b2)
    for j, z in enumerate(z1):
        for o, weight in enumerate(W2[j]):
            z2[o] += max(0.0, z) * weight
    return z2


def _sigmoid(z: float) -> float:
    # exp of a non-positive number cannot overflow
    e = math.exp(-abs(z))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


def loop_compute_loss(
    X: ArrayLike, y: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> float:
    """Compute `compute_loss` sample by sample and unit by unit, in float64.

    L = (1/n) Σᵢ Σₒ [max(z, 0) − yz + log(1 + e^−|z|)],  z = z2ᵢₒ

    Arguments, conventions and errors are those of `compute_loss`.

    Examples
    --------
    >>> loop_compute_loss([[1.0]], [[1.0]], [[1.0]], [[0.0]], [[-800.0]], [[0.0]])
    800.0

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    X, W1, b1, W2, b2 = as_network(X, W1, b1, W2, b2)
    y = as_labels(y, np.empty((len(X), W2.shape[1])))
    total = 0.0
    V1, c1, V2, c2 = W1.tolist(), b1[0].tolist(), W2.tolist(), b2[0].tolist()
    for x, labels in zip(X.tolist(), y.tolist(), strict=True):
        z1 = _hidden(x, V1, c1)
        z2 = _output(z1, V2, c2)
        for label, z in zip(labels, z2, strict=True):
            total += max(z, 0.0) - label * z + math.log1p(math.exp(-abs(z)))
    return total / len(X)


def loop_compute_gradients(
    X: ArrayLike, y: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Compute `compute_gradients` sample by sample and unit by unit, in float64.

    ∂L/∂W2ⱼₒ = (1/n) Σᵢ a1ⱼ (a2ₒ − yₒ),  ∂L/∂W1ᵢⱼ = (1/n) Σ xᵢ [z1ⱼ > 0] Σₒ W2ⱼₒ (a2ₒ − yₒ)

    and likewise for b2 and b1, whose input is 1. Arguments, conventions and errors are those of
    `compute_gradients`.

    Examples
    --------
    >>> loop_compute_gradients([[2.0]], [[1.0]], [[1.0]], [[0.0]], [[0.0]], [[0.0]])[2]
    array([[-1.]])

    References
    ----------
    Article, "Backprop Step-by-Step".
    """
    X, W1, b1, W2, b2 = as_network(X, W1, b1, W2, b2)
    y = as_labels(y, np.empty((len(X), W2.shape[1])))
    n = len(X)
    dW1, db1, dW2, db2 = (np.zeros(parameter.shape) for parameter in (W1, b1, W2, b2))
    V1, c1, V2, c2 = W1.tolist(), b1[0].tolist(), W2.tolist(), b2[0].tolist()
    for x, labels in zip(X.tolist(), y.tolist(), strict=True):
        z1 = _hidden(x, V1, c1)
        z2 = _output(z1, V2, c2)
        errors = [
            (1 - label) * _sigmoid(z) - label * _sigmoid(-z)  # σ(z) − y without cancellation
            for z, label in zip(z2, labels, strict=True)
        ]
        for o, error in enumerate(errors):
            db2[0, o] += error / n
            for j, z in enumerate(z1):
                if z > 0:
                    dW2[j, o] += z * error / n
                    db1[0, j] += error * V2[j][o] / n
                    for i, x_i in enumerate(x):
                        dW1[i, j] += x_i * error * V2[j][o] / n
    return dW1, db1, dW2, db2
