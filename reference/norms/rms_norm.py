"""Root-mean-square normalisation, and its gradient."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, no_narrower_than_single, same_shape
from gradmark.reference.norms._checks import as_samples, per_feature
from gradmark.reference.norms.moments import over_samples, pulled_back, scaled


def rms_norm(x: ArrayLike, gamma: ArrayLike, epsilon: float = 1e-5) -> FloatArray:
    """Root-mean-square normalisation: each sample by the root of its mean square.

    y = γ x / √(mean of x² over features + ε)

    `x` (any shape (..., d), d ≥ 1), `gamma` (γ, d numbers) and `epsilon` (ε ≥ 0, a number). The
    result has the shape and dtype of `x`.

    Convention: ε under the root, as in PyTorch, Llama and T5; the paper has none, and its code adds
    it to the root. Gemma multiplies by 1 + γ. Llama rounds to a narrow dtype before it multiplies
    by γ, Gemma after.

    Raises
    ------
    ValueError
        The shapes do not fit together, there is nothing in `x`, or ε is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(rms_norm([[1.0, 7.0]], [1.0, 2.0], 0.0))  # the mean of 1 and 49 is 25
    [[0.2 2.8]]

    References
    ----------
    B. Zhang and R. Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019, equation 4.
    """
    x = as_samples("x", x)
    x_hat, _ = scaled(x, -1, epsilon, centred=False)
    return (per_feature("gamma", gamma, x) * x_hat).astype(x.dtype)


def rms_norm_grad(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, epsilon: float = 1e-5
) -> tuple[FloatArray, FloatArray]:
    """Carry the gradient of a loss back through `rms_norm`: (dx, dγ).

    dx = (γ dy − x̂ mean(γ dy x̂)) / √(mean x² + ε),  dγ = Σ dy x̂

    with means over features, and the sum over samples. `dy` (∂L/∂y) has the shape of `x`, and the
    rest are as in `rms_norm`; dx has the shape of `x`, dγ that of `gamma`.

    Convention: none to choose.

    Raises
    ------
    ValueError
        As `rms_norm`, or `dy` has another shape than `x`.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> dx, dgamma = rms_norm_grad([[1.0, 0.0]], [[1.0, 7.0]], [1.0, 1.0], 0.0)
    >>> print(dx.round(6), dgamma)  # (1 − 0.2 · 0.1) / 5, −1.4 · 0.1 / 5
    [[ 0.196 -0.028]] [0.2 0. ]

    References
    ----------
    Zhang and Sennrich 2019, section 4.2.
    """
    x = as_samples("x", x)
    dy = as_samples("dy", dy).astype(x.dtype)
    same_shape("dy", dy, "x", x)
    x_hat, root = scaled(x, -1, epsilon, centred=False)
    dy = no_narrower_than_single(dy)
    dx = pulled_back(per_feature("gamma", gamma, x) * dy, x_hat, root, -1, centred=False)
    return dx.astype(x.dtype), over_samples(dy * x_hat).astype(x.dtype)
