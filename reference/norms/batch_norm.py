"""Batch normalisation in training, its gradient, and the averages that it keeps for inference."""

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, fraction, no_narrower_than_single, same_shape
from gradmark.reference.norms._checks import as_samples, per_feature
from gradmark.reference.norms.moments import over_samples, pulled_back, scaled


def batch_norm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, epsilon: float = 1e-5
) -> FloatArray:
    """Batch normalisation in training: each feature over the samples of the batch.

    y = γ (x − μ) / √(σ² + ε) + β,  μ = mean of x over samples,  σ² = mean of (x − μ)²

    `x` (n samples of d features, n ≥ 1), `gamma` (γ) and `beta` (β), d numbers each, and `epsilon`
    (ε ≥ 0, a number). The result has the shape and dtype of `x`.

    Convention: the variance of the batch is divided by n, as in the paper and everywhere; ε is
    under the root. What is kept for inference is another formula, `batch_norm_running`.

    Raises
    ------
    ValueError
        The shapes do not fit together, there is nothing in `x`, or ε is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(batch_norm([[1.0, 5.0], [3.0, 9.0]], [1.0, 2.0], [0.0, 0.5], 0.0))
    [[-1.  -1.5]
     [ 1.   2.5]]

    References
    ----------
    S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
    Internal Covariate Shift", ICML 2015, algorithm 1.
    """
    x = as_samples("x", x, axes=2)
    scale, shift = per_feature("gamma", gamma, x), per_feature("beta", beta, x)
    x_hat, _ = scaled(x, 0, epsilon)
    return (scale * x_hat + shift).astype(x.dtype)


def batch_norm_grad(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, epsilon: float = 1e-5
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Carry the gradient of a loss back through `batch_norm`: (dx, dγ, dβ).

    dx = γ (dy − mean dy − x̂ mean(dy x̂)) / √(σ² + ε),  dγ = Σ dy x̂,  dβ = Σ dy

    with means and sums over samples. `dy` (∂L/∂y) has the shape of `x`, and the rest are as in
    `batch_norm`; dx has the shape of `x`, dγ and dβ that of `gamma`.

    Convention: none to choose, but that the statistics of the batch depend on x: who takes them for
    constants differentiates what is computed in inference.

    Raises
    ------
    ValueError
        As `batch_norm`, or `dy` has another shape than `x`.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> dx, dgamma, dbeta = batch_norm_grad([[1.0], [2.0]], [[1.0], [3.0]], [1.0], 0.0)
    >>> print(dx.ravel(), dgamma, dbeta)  # of two samples, each is fixed at −1 and 1
    [0. 0.] [1.] [3.]

    References
    ----------
    Ioffe and Szegedy 2015, section 3.
    """
    x = as_samples("x", x, axes=2)
    dy = as_samples("dy", dy, axes=2).astype(x.dtype)
    same_shape("dy", dy, "x", x)
    x_hat, root = scaled(x, 0, epsilon)
    dy = no_narrower_than_single(dy)
    dx = per_feature("gamma", gamma, x) * pulled_back(dy, x_hat, root, 0)
    dgamma, dbeta = over_samples(dy * x_hat), over_samples(dy)
    return dx.astype(x.dtype), dgamma.astype(x.dtype), dbeta.astype(x.dtype)


def batch_norm_running(
    mean: ArrayLike, var: ArrayLike, x: ArrayLike, momentum: float = 0.1
) -> tuple[FloatArray, FloatArray]:
    """Update the averages that batch normalisation keeps for inference.

    mean ← (1 − m) mean + m μ,  var ← (1 − m) var + m · n/(n − 1) σ²

    `mean` and `var` (≥ 0) are d numbers each, `x` a batch of n ≥ 2 samples of d features with mean
    μ and variance σ² (divided by n), `momentum` (m) a number in [0, 1]: the share of the new.

    Convention: the variance is unbiased, as the paper's inference takes it, and m is the share of
    the new, as in PyTorch; Keras's momentum is the share of the old, and its variance is biased,
    as was MLX's.

    Raises
    ------
    ValueError
        The shapes do not fit together, there are fewer than two samples, a variance is negative, or
        `momentum` is outside [0, 1].
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> mean, var = batch_norm_running([0.0], [1.0], [[1.0], [3.0]], 0.5)
    >>> print(mean, var)
    [1.] [1.5]

    References
    ----------
    Ioffe and Szegedy 2015, algorithm 2 and section 3.1.
    """
    x = as_samples("x", x, axes=2)
    old_mean, old_var = per_feature("mean", mean, x), per_feature("var", var, x)
    if len(x) < 2:
        raise ValueError(f"x: expected at least two samples, got shape {x.shape}")
    if np.any(old_var < 0):
        raise ValueError(f"var: expected non-negative numbers, got {np.min(old_var)}")
    m = fraction("momentum", momentum)
    wide = no_narrower_than_single(x)
    new_mean, new_var = np.mean(wide, axis=0), np.var(wide, axis=0, ddof=1)
    mixed_mean, mixed_var = (1 - m) * old_mean + m * new_mean, (1 - m) * old_var + m * new_var
    return mixed_mean.astype(x.dtype), mixed_var.astype(x.dtype)
