"""Layer normalisation, and its gradient."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, no_narrower_than_single, same_shape
from gradmark.reference.norms._checks import as_samples, per_feature
from gradmark.reference.norms.moments import over_samples, pulled_back, scaled


def layer_norm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, epsilon: float = 1e-5
) -> FloatArray:
    """Layer normalisation: each sample over its features.

    y = γ (x − μ) / √(σ² + ε) + β,  μ = mean of x over features,  σ² = mean of (x − μ)²

    `x` (any shape (..., d), d ≥ 1), `gamma` (γ) and `beta` (β), d numbers each, and `epsilon`
    (ε ≥ 0, a number). The result has the shape and dtype of `x`.

    Convention: over the last axis, divided by d, ε under the root, as in PyTorch, Keras and Flax.
    The paper has no ε; The Annotated Transformer adds it to a standard deviation that is divided by
    d − 1. Defaults of ε go from 1e-12 (BERT) to 1e-3 (Keras).

    Raises
    ------
    ValueError
        The shapes do not fit together, there is nothing in `x`, or ε is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(layer_norm([[1.0, 3.0]], [1.0, 2.0], [0.0, 0.5], 0.0))
    [[-1.   2.5]]

    References
    ----------
    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer Normalization", 2016, equations 3 and 4.
    """
    x = as_samples("x", x)
    scale, shift = per_feature("gamma", gamma, x), per_feature("beta", beta, x)
    x_hat, _ = scaled(x, -1, epsilon)
    return (scale * x_hat + shift).astype(x.dtype)


def layer_norm_grad(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, epsilon: float = 1e-5
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Carry the gradient of a loss back through `layer_norm`: (dx, dγ, dβ).

    dx = (γ dy − mean(γ dy) − x̂ mean(γ dy x̂)) / √(σ² + ε),  dγ = Σ dy x̂,  dβ = Σ dy

    with means over features, and sums over samples. `dy` (∂L/∂y) has the shape of `x`, and the rest
    are as in `layer_norm`; dx has the shape of `x`, dγ and dβ that of `gamma`.

    Convention: none to choose.

    Raises
    ------
    ValueError
        As `layer_norm`, or `dy` has another shape than `x`.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> dx, dgamma, dbeta = layer_norm_grad([[1.0, 2.0]], [[1.0, 3.0]], [1.0, 1.0], 0.0)
    >>> print(dx, dgamma, dbeta)
    [[0. 0.]] [-1.  2.] [1. 2.]

    References
    ----------
    Ba, Kiros and Hinton 2016, differentiated.
    """
    x = as_samples("x", x)
    dy = as_samples("dy", dy).astype(x.dtype)
    same_shape("dy", dy, "x", x)
    x_hat, root = scaled(x, -1, epsilon)
    dy = no_narrower_than_single(dy)
    dx = pulled_back(per_feature("gamma", gamma, x) * dy, x_hat, root, -1)
    dgamma, dbeta = over_samples(dy * x_hat), over_samples(dy)
    return dx.astype(x.dtype), dgamma.astype(x.dtype), dbeta.astype(x.dtype)
