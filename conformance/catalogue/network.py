"""The two-layer network's loss and gradients: canonical forms, conventions and mistakes."""

from __future__ import annotations

import numpy as np

from conformance.catalogue.activations import half_at_zero, logistic, zero_at_zero
from conformance.catalogue.losses import EPSILON
from conformance.catalogue.variant import Body, canonical, dialect, mistake
from conformance.truth import Exact, Number, elementwise, exp, log, log1p, maximum, minimum, total

BACKPROP = 'Article, "Complete 2-Layer Backpropagation (NumPy)"'
LISTING = "Article, listings of backpropagation and of gradient checking"
RUMELHART = "Rumelhart, Hinton and Williams 1986"


def _forward(X: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact) -> tuple[Exact, ...]:
    z1 = X @ W1 + b1
    a1 = maximum(Number(0), z1)
    return z1, a1, a1 @ W2 + b2


def _softplus(z: Exact) -> Exact:
    """log(1 + e^z), the cross-entropy of σ(z) against 0."""

    def one(v: Number) -> Exact:
        return v + log1p(exp(-v)) if v > 0 else log1p(exp(v))

    return elementwise(one)(z)


def _beside_one(x: Exact) -> Exact:
    """Allow for one roundoff of 1: what is sure and right stands beside a probability of 1."""
    return elementwise(lambda v: Number(v.value, v.error + 1.0, max(v.scale, 1.0)))(x)


def _cross_entropy(y: Exact, z2: Exact) -> Exact:
    return _beside_one(y * _softplus(-z2) + (1 - y) * _softplus(z2))


def _guarded(y: Exact, z2: Exact) -> Exact:
    # As the listing has it: 1 − a2 is formed, and loses what a2 was rounded by.
    a2, epsilon = logistic(z2), Number(EPSILON)
    return -(y * log(a2 + epsilon) + (1 - y) * log(1 - a2 + epsilon))


# --- the loss -------------------------------------------------------------------------------------


@canonical("compute_loss", f"{BACKPROP}; {RUMELHART}")
def from_the_logit(X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact) -> Exact:
    """BCE of σ(z2), unguarded, summed over outputs and averaged over samples."""
    z2 = _forward(X, W1, b1, W2, b2)[-1]
    return total(_cross_entropy(y, z2)) / len(X)


@dialect("compute_loss", "Keras and PyTorch: a mean over every axis")
def mean_over_outputs(X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact) -> Exact:
    """Averaged over outputs as well as samples."""
    z2 = _forward(X, W1, b1, W2, b2)[-1]
    return total(_cross_entropy(y, z2)) / np.size(y)


@dialect("compute_loss", "the listing's guard under the sum that its gradients differentiate")
def epsilon_inside_logs(X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact) -> Exact:
    """Adds 1e-15 inside the logarithms: the loss stops at 34.5, its gradient does not know."""
    z2 = _forward(X, W1, b1, W2, b2)[-1]
    return total(_guarded(y, z2)) / len(X)


@dialect("compute_loss", LISTING)
def epsilon_inside_logs_mean_over_outputs(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> Exact:
    """Adds 1e-15 inside the logarithms, and averages over outputs as well as samples."""
    z2 = _forward(X, W1, b1, W2, b2)[-1]
    return total(_guarded(y, z2)) / np.size(y)


@dialect("compute_loss", "scikit-learn, log_loss: eps of the dtype")
def probability_clipped_at_machine_epsilon(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact, *, dtype: str
) -> Exact:
    """Clips a2 at the machine epsilon of the dtype: the loss stops at 36 (16 in float32)."""
    eps = float(np.finfo(dtype).eps)
    z2 = _forward(X, W1, b1, W2, b2)[-1]
    a2 = minimum(maximum(logistic(z2), Number(eps)), Number(1 - eps))
    return total(-(y * log(a2) + (1 - y) * log(1 - a2))) / len(X)


@mistake("compute_loss", "a sum where the formula has a mean")
def not_averaged(X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact) -> Exact:
    """The 1/n is missing."""
    z2 = _forward(X, W1, b1, W2, b2)[-1]
    return total(_cross_entropy(y, z2))


@mistake("compute_loss", "the hidden activation is forgotten")
def linear_hidden_layer(X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact) -> Exact:
    """The hidden layer has no ReLU."""
    z2 = (X @ W1 + b1) @ W2 + b2
    return total(_cross_entropy(y, z2)) / len(X)


# --- the gradients --------------------------------------------------------------------------------


def _column_sums(x: Exact) -> Exact:
    return np.sum(x, axis=0, keepdims=True)


def _backward(
    X: Exact,
    y: Exact,
    W1: Exact,
    b1: Exact,
    W2: Exact,
    b2: Exact,
    *,
    divisor: int,
    slope: Body | None = zero_at_zero,
) -> tuple[Exact, ...]:
    z1, a1, z2 = _forward(X, W1, b1, W2, b2)
    dz2 = _beside_one(logistic(z2) - y)
    dz1 = dz2 @ W2.T * (slope(z1) if slope else 1)
    return tuple(
        gradient / divisor
        for gradient in (X.T @ dz1, _column_sums(dz1), a1.T @ dz2, _column_sums(dz2))
    )


@canonical("compute_gradients", f"{BACKPROP}; {RUMELHART}")
def mean_over_samples(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """dz2 = a2 − y carried back by the chain rule, averaged over samples."""
    return _backward(X, y, W1, b1, W2, b2, divisor=len(X))


@dialect("compute_gradients", "Keras and PyTorch: the gradient of a mean over every axis")
def mean_over_samples_and_outputs(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """Averaged over outputs as well as samples."""
    return _backward(X, y, W1, b1, W2, b2, divisor=np.size(y))


@dialect("compute_gradients", "HIPS autograd, maximum: a tie shares its gradient")
def half_slope_at_the_kink(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """ReLU' is ½ at 0."""
    return _backward(X, y, W1, b1, W2, b2, divisor=len(X), slope=half_at_zero)


@mistake("compute_gradients", "the 1/m of every gradient is missing")
def summed_over_samples(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """The 1/m is missing."""
    return _backward(X, y, W1, b1, W2, b2, divisor=1)


@mistake("compute_gradients", "1/m both at dz2 and at the weights")
def divided_twice(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """The 1/m is applied twice."""
    return _backward(X, y, W1, b1, W2, b2, divisor=len(X) ** 2)


@mistake("compute_gradients", "the activation's derivative is forgotten")
def relu_mask_missing(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """dz1 = da1: the hidden layer's ReLU' is missing."""
    return _backward(X, y, W1, b1, W2, b2, divisor=len(X), slope=None)


@mistake("compute_gradients", "the squared error's output gradient under cross-entropy")
def sigmoid_slope_kept(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """dz2 = (a2 − y) a2 (1 − a2): the slope that cross-entropy cancels is kept."""
    z1, a1, z2 = _forward(X, W1, b1, W2, b2)
    a2 = logistic(z2)
    dz2 = (a2 - y) * a2 * (1 - a2)
    dz1 = dz2 @ W2.T * zero_at_zero(z1)
    sums = (X.T @ dz1, _column_sums(dz1), a1.T @ dz2, _column_sums(dz2))
    return tuple(gradient / len(X) for gradient in sums)


@mistake("compute_gradients", "layers returned in the order of the backward pass")
def output_layer_first(
    X: Exact, y: Exact, W1: Exact, b1: Exact, W2: Exact, b2: Exact
) -> tuple[Exact, ...]:
    """Returns (dW2, db2, dW1, db1)."""
    dW1, db1, dW2, db2 = _backward(X, y, W1, b1, W2, b2, divisor=len(X))
    return dW2, db2, dW1, db1
