"""Full-batch training of the network, and the article's XOR problem."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray
from gradmark.reference.descent import gradient_step
from gradmark.reference.network.backward import compute_gradients
from gradmark.reference.network.loss import compute_loss

XOR_X: Final[FloatArray] = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y: Final[FloatArray] = np.array([[0.0], [1.0], [1.0], [0.0]])
XOR_X.flags.writeable = XOR_Y.flags.writeable = False


class Parameters(NamedTuple):
    """The network's weights and biases: W1 (d, h), b1 (1, h), W2 (h, k), b2 (1, k)."""

    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray


class Training(NamedTuple):
    """What `train` leaves: losses (epochs,), and the parameters after the last update."""

    losses: FloatArray
    W1: FloatArray
    b1: FloatArray
    W2: FloatArray
    b2: FloatArray


def initialize(inputs: int = 2, hidden: int = 4, outputs: int = 1, seed: int = 42) -> Parameters:
    """Draw the article's initial parameters.

    W1, W2 ~ ½ N(0, 1),  b1 = b2 = 0

    Numbers of units, each at least 1, and a seed in [0, 2³²).

    The draws come from NumPy's frozen legacy stream, `RandomState`, because np.random.seed and
    randn, which the article calls, use it: `initialize()` is its XOR network and
    `initialize(hidden=3)` that of its gradient check, to the last bit. NumPy advises new code to
    use `default_rng`, whose stream differs and may change. ½ is the article's scale for any
    width; He et al. (2015) take √(2/fan-in) before a ReLU.

    Raises
    ------
    ValueError
        A number of units is less than 1, or the seed out of range.

    Examples
    --------
    >>> print(initialize().W1[0].round(4))
    [ 0.2484 -0.0691  0.3238  0.7615]

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    for name, units in (("inputs", inputs), ("hidden", hidden), ("outputs", outputs)):
        if units < 1:
            raise ValueError(f"{name}: expected at least 1, got {units}")
    random = np.random.RandomState(seed)
    W1 = 0.5 * random.randn(inputs, hidden)
    W2 = 0.5 * random.randn(hidden, outputs)
    return Parameters(W1, np.zeros((1, hidden)), W2, np.zeros((1, outputs)))


def train(
    X: ArrayLike,
    y: ArrayLike,
    W1: ArrayLike,
    b1: ArrayLike,
    W2: ArrayLike,
    b2: ArrayLike,
    lr: float,
    epochs: int,
) -> Training:
    """Train the network by full-batch gradient descent.

    θ ← θ − η ∂L/∂θ for each θ of W1, b1, W2, b2 at once, `epochs` times

    Shapes as in `compute_loss`; η = `lr` > 0; `epochs` ≥ 0. No argument is changed.

    losses[i] is the loss before update i, as the article records it: the last one belongs to the
    parameters before the last update, not to those returned.

    Raises
    ------
    ValueError
        The shapes do not fit together, a label is outside [0, 1], `lr` is not positive or `epochs`
        is negative.

    Examples
    --------
    >>> result = train(XOR_X, XOR_Y, *initialize(), lr=0.5, epochs=1000)
    >>> print(f"{result.losses[0]:.4f} -> {result.losses[-1]:.4f}")
    0.7114 -> 0.4777

    References
    ----------
    Article, "Complete 2-Layer Backpropagation (NumPy)".
    """
    if epochs < 0:
        raise ValueError(f"epochs: expected at least 0, got {epochs}")
    parameters = tuple(np.array(parameter) for parameter in (W1, b1, W2, b2))
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        losses[epoch] = compute_loss(X, y, *parameters)
        gradients = compute_gradients(X, y, *parameters)
        parameters = tuple(
            gradient_step(parameter, gradient, lr)
            for parameter, gradient in zip(parameters, gradients, strict=True)
        )
    return Training(losses, *parameters)
