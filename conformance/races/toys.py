"""A declared distribution of small problems, to race optimizers on: many of a kind at once.

Weights stand along the first axis and instances along the last, so one array holds every run:
w has shape (weights, rates, instances), a loss (rates, instances).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.races import FloatArray
from gradmark.conformance.races.networks import Networks, draw
from gradmark.conformance.races.networks import gradients as network_gradients
from gradmark.conformance.races.networks import losses as network_losses
from gradmark.reference.landscapes import rosenbrock, rosenbrock_grad
from gradmark.reference.network import XOR_X, XOR_Y


@dataclass(frozen=True)
class Toys:
    """Instances of one kind of problem: their starts (weights, instances), loss and gradient.

    `least` is the infimum of each instance's loss; where it can come to 0, nothing is less.
    """

    kind: str
    starts: FloatArray
    loss: Callable[[FloatArray], FloatArray]
    gradient: Callable[[FloatArray], FloatArray]
    least: FloatArray


def distribution(instances: int, random: np.random.Generator, *, away: bool = False) -> list[Toys]:
    """Draw the distribution: `instances` of each of six kinds.

    The ravines' starts have unit normal components, seen from the lowest point: the origin, or with
    `away` one whose components are unit normal, too, for what treats the origin as a place of its
    own, as weight decay does. Rosenbrock's starts are uniform in [−2, 2] × [−1, 3], the part of its
    valley that the article's race begins in.
    """

    def ravine(kind: str, condition: float, *, along_axes: bool = False) -> Toys:
        return ravines(kind, condition, instances, random, along_axes=along_axes, away=away)

    return [
        valleys(instances, random),
        ravine("mild ravine, κ = 10", 10.0),
        ravine("ravine along the axes, κ = 1000", 1000.0, along_axes=True),
        ravine("ravine across the axes, κ = 1000", 1000.0),
        logistic(instances, random),
        networks(instances, random),
    ]


def valleys(instances: int, random: np.random.Generator) -> Toys:
    """Rosenbrock's valley from random starts."""
    starts = random.uniform([[-2.0], [-1.0]], [[2.0], [3.0]], (2, instances))
    return Toys("Rosenbrock's valley", starts, rosenbrock, rosenbrock_grad, np.zeros(instances))


def ravines(
    kind: str,
    condition: float,
    instances: int,
    random: np.random.Generator,
    *,
    along_axes: bool = False,
    away: bool = False,
    dimensions: int = 6,
) -> Toys:
    """Quadratics ½ (w − c)ᵀH(w − c) with eigenvalues from 1 to κ, equidistant on a log scale.

    H = Q diag(λ) Qᵀ, where Q is a random rotation, or none; c is 0, or `away` from there.
    """
    eigenvalues = np.geomspace(1, condition, dimensions)
    Q = np.broadcast_to(np.eye(dimensions), (instances, dimensions, dimensions))
    if not along_axes:
        Q, R = np.linalg.qr(random.standard_normal(Q.shape))
        Q = Q * np.sign(np.diagonal(R, axis1=1, axis2=2))[:, None, :]  # uniform: Stewart, 1980
    H = (Q * eigenvalues) @ Q.transpose(0, 2, 1)

    starts = random.standard_normal((dimensions, instances))
    lowest = random.standard_normal(starts.shape) if away else np.zeros_like(starts)

    def gradient(w: FloatArray) -> FloatArray:
        slope: FloatArray = (H @ (w - lowest[:, None]).transpose(2, 0, 1)).transpose(1, 2, 0)
        return slope

    def loss(w: FloatArray) -> FloatArray:
        half: FloatArray = np.sum((w - lowest[:, None]) * gradient(w), axis=0) / 2
        return half

    return Toys(kind, lowest + starts, loss, gradient, np.zeros(instances))


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

    def curvature(w: FloatArray) -> FloatArray:
        p = _sigmoid(X @ w.T[:, :, None])
        bend: FloatArray = (X * p * (1 - p)).transpose(0, 2, 1) @ X / samples
        return bend + np.eye(features) / 100

    starts = np.zeros((features, instances))
    return Toys(
        "logistic regression", starts, loss, gradient, _lowest(loss, gradient, curvature, starts)
    )


def _lowest(
    loss: Callable[[FloatArray], FloatArray],
    gradient: Callable[[FloatArray], FloatArray],
    curvature: Callable[[FloatArray], FloatArray],
    w: FloatArray,
) -> FloatArray:
    """Give the minima of convex losses, by Newton's method; each step is as long as lowers most."""
    lengths = 0.5 ** np.arange(20)[:, None]
    for _ in range(30):
        slope = gradient(w[:, None, :])[:, 0].T
        step = np.linalg.solve(curvature(w), slope[:, :, None])[:, :, 0].T
        tried = w[:, None, :] - lengths * step[:, None, :]
        w = np.take_along_axis(tried, loss(tried).argmin(axis=0)[None, None], axis=1)[:, 0]
    low: FloatArray = loss(w[:, None, :])[0]
    return low


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
    return Toys("the article's network on XOR", starts, loss, gradient, np.zeros(instances))


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
