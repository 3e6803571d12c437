"""A declared distribution of small problems, to race optimizers on: many of a kind at once.

Weights stand along the first axis and instances along the last, so one array holds every run:
w has shape (weights, rates, instances), a loss (rates, instances).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.article.networks import Networks, draw
from gradmark.conformance.article.networks import gradients as network_gradients
from gradmark.conformance.article.networks import losses as network_losses
from gradmark.conformance.article.records import FloatArray
from gradmark.reference.landscapes import rosenbrock, rosenbrock_grad
from gradmark.reference.network import XOR_X, XOR_Y


@dataclass(frozen=True)
class Toys:
    """Instances of one kind of problem: their starts (weights, instances), loss and gradient."""

    kind: str
    starts: FloatArray
    loss: Callable[[FloatArray], FloatArray]
    gradient: Callable[[FloatArray], FloatArray]


def distribution(instances: int, random: np.random.Generator) -> list[Toys]:
    """Draw the distribution: `instances` of each of six kinds.

    The ravines' starts have unit normal components. Rosenbrock's starts are uniform in
    [−2, 2] × [−1, 3], the part of its valley that the article's race begins in.
    """
    return [
        valleys(instances, random),
        ravines("mild ravine, κ = 10", 10.0, instances, random),
        ravines("ravine along the axes, κ = 1000", 1000.0, instances, random, along_axes=True),
        ravines("ravine across the axes, κ = 1000", 1000.0, instances, random),
        logistic(instances, random),
        networks(instances, random),
    ]


def valleys(instances: int, random: np.random.Generator) -> Toys:
    """Rosenbrock's valley from random starts."""
    starts = random.uniform([[-2.0], [-1.0]], [[2.0], [3.0]], (2, instances))
    return Toys("Rosenbrock's valley", starts, rosenbrock, rosenbrock_grad)


def ravines(
    kind: str,
    condition: float,
    instances: int,
    random: np.random.Generator,
    *,
    along_axes: bool = False,
    dimensions: int = 6,
) -> Toys:
    """Quadratics ½ wᵀHw with eigenvalues from 1 to κ, equidistant on a log scale.

    H = Q diag(λ) Qᵀ, where Q is a random rotation, or none.
    """
    eigenvalues = np.geomspace(1, condition, dimensions)
    Q = np.broadcast_to(np.eye(dimensions), (instances, dimensions, dimensions))
    if not along_axes:
        Q, R = np.linalg.qr(random.standard_normal(Q.shape))
        Q = Q * np.sign(np.diagonal(R, axis1=1, axis2=2))[:, None, :]  # uniform: Stewart, 1980
    H = (Q * eigenvalues) @ Q.transpose(0, 2, 1)

    def gradient(w: FloatArray) -> FloatArray:
        slope: FloatArray = (H @ w.transpose(2, 0, 1)).transpose(1, 2, 0)
        return slope

    def loss(w: FloatArray) -> FloatArray:
        half: FloatArray = np.sum(w * gradient(w), axis=0) / 2
        return half

    return Toys(kind, random.standard_normal((dimensions, instances)), loss, gradient)


def logistic(
    instances: int, random: np.random.Generator, *, samples: int = 20, features: int = 4
) -> Toys:
    """Logistic regressions on features of unlike sizes, with labels that no plane separates.

    L(w) = mean[log(1 + e^z) − yz] + |w|²/200,  z = Xw; a column of X is N(0, 10^2u), u ~ U(−1, 1)
    """
    sizes = 10 ** random.uniform(-1, 1, (instances, 1, features))
    X = random.standard_normal((instances, samples, features)) * sizes
    truth = random.standard_normal((instances, features, 1)) / sizes.transpose(0, 2, 1)
    y = (X @ truth + random.logistic(size=(instances, samples, 1)) > 0).astype(float)

    # One matrix product for all: instances first, as NumPy stacks matrices there.
    def loss(w: FloatArray) -> FloatArray:
        z = X @ w.transpose(2, 0, 1)
        error: FloatArray = np.mean(np.logaddexp(0, z) - y * z, axis=1).T
        penalty: FloatArray = np.sum(w**2, axis=0) / 200
        return error + penalty

    def gradient(w: FloatArray) -> FloatArray:
        errors = _sigmoid(X @ w.transpose(2, 0, 1)) - y
        slope: FloatArray = (X.transpose(0, 2, 1) @ errors).transpose(1, 2, 0) / samples
        return slope + w / 100

    return Toys("logistic regression", np.zeros((features, instances)), loss, gradient)


def networks(instances: int, random: np.random.Generator, *, hidden: int = 4) -> Toys:
    """The article's network on its XOR data, from its own distribution of first weights.

    The weights are W1 (2, h), b1 (h), W2 (h) and b2, one after the other.
    """
    y = XOR_Y[:, :, None]

    def loss(w: FloatArray) -> FloatArray:
        return network_losses(XOR_X, y, as_networks(w))

    def gradient(w: FloatArray) -> FloatArray:
        return _as_weights(network_gradients(XOR_X, y, as_networks(w)))

    starts = _as_weights(draw(random, instances, hidden=hidden))
    return Toys("the article's network on XOR", starts, loss, gradient)


def as_networks(w: FloatArray) -> Networks:
    """Give the networks whose weights are w (4h + 1, …)."""
    h = len(w) // 4
    return Networks(w[: 2 * h].reshape(2, h, *w.shape[1:]), w[2 * h : 3 * h], w[3 * h : -1], w[-1])


def _as_weights(nets: Networks) -> FloatArray:
    _, h, *runs = nets.W1.shape
    return np.concatenate([nets.W1.reshape(2 * h, *runs), nets.b1, nets.W2, nets.b2[None]])


def _sigmoid(z: FloatArray) -> FloatArray:
    # σ(z) = ½(1 + tanh ½z): bounded for any z, as runs that diverge must not warn
    sigma: FloatArray = (1 + np.tanh(z / 2)) / 2
    return sigma
