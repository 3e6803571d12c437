"""What the normalisations and their gradients share."""

import numpy as np

from gradmark.reference._checks import FloatArray, no_narrower_than_single, non_negative


def scaled(
    x: FloatArray, axis: int, epsilon: float, *, centred: bool = True
) -> tuple[FloatArray, FloatArray]:
    """Give (x − μ) / √(σ² + ε) along an axis, and the divisor; no μ unless `centred`.

    A float16 array is computed with in float32, where squares do not overflow.
    """
    wide = no_narrower_than_single(x)
    if centred:
        wide = wide - np.mean(wide, axis=axis, keepdims=True)
    square = np.mean(wide**2, axis=axis, keepdims=True)
    root: FloatArray = np.sqrt(square + non_negative("epsilon", epsilon))
    return wide / root, root


def pulled_back(
    dy: FloatArray, x_hat: FloatArray, root: FloatArray, axis: int, *, centred: bool = True
) -> FloatArray:
    """Carry ∂L/∂x̂ back to x: what x̂ and, if it was taken away, the mean depend on."""
    along = np.mean(dy * x_hat, axis=axis, keepdims=True)
    mean = np.mean(dy, axis=axis, keepdims=True) if centred else 0
    pulled: FloatArray = (dy - mean - x_hat * along) / root
    return pulled


def over_samples(x: FloatArray) -> FloatArray:
    """Sum over all axes but that of the features."""
    total: FloatArray = np.sum(x, axis=tuple(range(x.ndim - 1)))
    return total
