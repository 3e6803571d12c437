"""Softmax and its logarithm, along the last axis."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, not_empty


def softmax(z: ArrayLike) -> FloatArray:
    """Softmax of each row.

    softmax(z)꜀ = e^z꜀ / Σₖ e^zₖ

    `z` is an array of at least one axis, of finite numbers; a row lies along the last axis, and a
    vector is one row. The result has the shape of `z` and its dtype (integers become float64); NaN
    makes its row NaN.

    Convention: the last axis, as in JAX, Keras and MLX; PyTorch asks for the axis, and where
    columns are samples it is the first.

    Raises
    ------
    ValueError
        `z` is a single number, or has no entries.
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(softmax([[1000.0, 1000.0], [0.0, -1000.0]]))
    [[0.5 0.5]
     [1.  0. ]]

    References
    ----------
    J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs",
    1990.
    """
    z = _rows(z)
    # Less the greatest of a row, no exponential overflows, and one of them is 1.
    odds = np.exp(z - np.max(z, axis=-1, keepdims=True))
    shares: FloatArray = odds / np.sum(odds, axis=-1, keepdims=True)
    return shares


def log_softmax(z: ArrayLike) -> FloatArray:
    """Logarithm of the softmax of each row.

    log_softmax(z)꜀ = z꜀ − log Σₖ e^zₖ

    `z` is an array of at least one axis, of finite numbers; a row lies along the last axis, and a
    vector is one row. The result has the shape of `z` and its dtype (integers become float64); NaN
    makes its row NaN.

    Convention: the last axis. Frameworks take the logarithm of the sum, and lose what the greatest
    logit's falls short of 0 where it rules; log(1 + x) of the others keeps all its digits.

    Raises
    ------
    ValueError
        `z` is a single number, or has no entries.
    TypeError
        `z` holds anything but real numbers.

    Examples
    --------
    >>> print(log_softmax([0.0, -1000.0]))
    [    0. -1000.]
    >>> print(f"{log_softmax([40.0, 0.0])[0]:.4e}")  # −log(1 + e⁻⁴⁰)
    -4.2484e-18

    References
    ----------
    J. S. Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs",
    1990.
    """
    z = _rows(z)
    greatest = np.argmax(z, axis=-1, keepdims=True)
    shifted = z - np.max(z, axis=-1, keepdims=True)
    odds = np.exp(shifted)
    np.put_along_axis(odds, greatest, 0, axis=-1)  # e⁰ = 1 is what log1p adds
    logarithms: FloatArray = shifted - np.log1p(np.sum(odds, axis=-1, keepdims=True))
    return logarithms


def _rows(z: ArrayLike) -> FloatArray:
    rows = as_float("z", z)
    if not rows.ndim:
        raise ValueError("z: expected rows of logits, got a single number")
    not_empty("z", rows)
    return rows
