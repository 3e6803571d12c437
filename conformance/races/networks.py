"""Many of the article's networks at once: one program, with a network along the last axis."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradmark.conformance.races import FloatArray
from gradmark.reference import SGD
from gradmark.reference.activations import sigmoid

BoolArray: TypeAlias = NDArray[np.bool_]


class Networks(NamedTuple):
    """Networks of one output: W1 (d, h, …), b1 (h, …), W2 (h, …), b2 (…)."""

    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray


class Optimizer(Protocol):
    """What the reference's optimizers have in common."""

    def step(self, w: FloatArray, grad: FloatArray, /) -> FloatArray:
        """Give the weights after one step."""
        ...


def draw(
    random: np.random.Generator, networks: int, *, hidden: int = 4, inputs: int = 2,
    scale: float = 0.5, bias: float = 0.0,
) -> Networks:  # fmt: skip
    """Draw from the article's distribution: W1, W2 ~ `scale` · N(0, 1), b1 = `bias`, b2 = 0."""
    return Networks(
        scale * random.standard_normal((inputs, hidden, networks)),
        np.full((hidden, networks), bias),
        scale * random.standard_normal((hidden, networks)),
        np.zeros(networks),
    )


def hidden_units(X: FloatArray, networks: Networks) -> FloatArray:
    """Give z1 (n, h, …) for samples X (n, d) that all share, or (n, d, …), one set for each."""
    z1: FloatArray = np.einsum("nd...,dh...->nh...", X, networks.W1) + networks.b1
    return z1


def logits(X: FloatArray, networks: Networks, leak: float = 0.0) -> FloatArray:
    """Give z2 (n, …)."""
    z1 = hidden_units(X, networks)
    return _outputs(z1 * _slopes(z1, leak), networks)


def _slopes(z1: FloatArray, leak: float) -> FloatArray:
    return np.where(z1 > 0, z1.dtype.type(1), z1.dtype.type(leak))


def _outputs(a1: FloatArray, networks: Networks) -> FloatArray:
    z2: FloatArray = np.einsum("nh...,h...->n...", a1, networks.W2) + networks.b2
    return z2


def losses(X: FloatArray, y: FloatArray, networks: Networks, leak: float = 0.0) -> FloatArray:
    """Give each network's binary cross-entropy, from its logits; y is (n, 1) or (n, …)."""
    z2 = logits(X, networks, leak)
    mean: FloatArray = np.mean(np.logaddexp(0, z2, dtype=z2.dtype) - y * z2, axis=0)
    return mean


def gradients(X: FloatArray, y: FloatArray, networks: Networks, leak: float = 0.0) -> Networks:
    """Give each network's gradient, by the equations of `reference.network.backward`."""
    z1 = hidden_units(X, networks)
    on = _slopes(z1, leak)
    a1 = z1 * on
    dz2 = (sigmoid(_outputs(a1, networks)) - y) / len(X)
    dz1 = dz2[:, None] * networks.W2 * on
    return Networks(
        np.einsum("nd...,nh...->dh...", X, dz1),
        dz1.sum(axis=0),
        np.einsum("nh...,n...->h...", a1, dz2),
        dz2.sum(axis=0),
    )


def train(
    X: FloatArray, y: FloatArray, networks: Networks, epochs: int, *,
    optimizer: Callable[[], Optimizer] = lambda: SGD(lr=0.5), leak: float = 0.0,
) -> Networks:  # fmt: skip
    """Train every network for some full-batch epochs; each parameter has its own optimizer."""
    optimizers = [optimizer() for _ in networks]
    for _ in range(epochs):
        steps = zip(optimizers, networks, gradients(X, y, networks, leak), strict=True)
        networks = Networks(*(one.step(w, grad) for one, w, grad in steps))
    return networks


def learned(X: FloatArray, y: FloatArray, networks: Networks, leak: float = 0.0) -> BoolArray:
    """Tell which networks are on the right side of ½ for every sample."""
    right: BoolArray = np.all((logits(X, networks, leak) > 0) == (y > 0.5), axis=0)
    return right


def flat(networks: Networks) -> FloatArray:
    """Lay out every parameter of a network along the first axis: (p, …)."""
    trailing = networks.b2.shape
    return np.concatenate([part.reshape(-1, *trailing) for part in networks])


def unflat(parameters: FloatArray, inputs: int, hidden: int) -> Networks:
    """Undo `flat`."""
    trailing = parameters.shape[1:]
    W1, b1, W2, b2 = np.split(parameters, np.cumsum([inputs * hidden, hidden, hidden]))
    return Networks(W1.reshape(inputs, hidden, *trailing), b1, W2, b2[0])


def central_differences(
    X: FloatArray, y: FloatArray, networks: Networks, steps: FloatArray
) -> FloatArray:
    """Give [L(θ + h eᵢ) − L(θ − h eᵢ)] / 2h (p, steps, networks) for each parameter and step h.

    X (n, d, networks) or (n, d, 1), y (n, networks) or (n, 1); all of one dtype, in which the
    losses are computed, while the quotient is not rounded to it.
    """
    inputs, hidden, _ = networks.W1.shape
    theta = flat(networks)
    nudges = np.eye(len(theta), dtype=theta.dtype)[:, :, None, None] * steps[:, None]
    ahead, behind = (
        losses(
            X[:, :, None, None],
            y[:, None, None],
            unflat(theta[:, None, None] + sign * nudges, inputs, hidden),
        ).astype(np.float64)
        for sign in (1, -1)
    )
    quotient: FloatArray = (ahead - behind) / (2 * steps.astype(np.float64)[:, None])
    return quotient
