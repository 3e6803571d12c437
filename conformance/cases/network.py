"""Cases of the two-layer network."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.cases.case import Case

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def _network(
    draw: np.random.Generator, n: int, d: int, h: int, k: int, *, scale: float = 1.0
) -> tuple[np.ndarray, ...]:
    """Draw data and weights on a grid of 1/64, so that no pre-activation is zero by rounding only.

    Products and sums of such numbers are exact in float32 too: a hidden unit is either exactly at
    its kink or far from it, in every dtype and order of summation.
    """

    def grid(*shape: int) -> np.ndarray:
        return np.round(draw.normal(size=shape) * 64) / 64

    X, y = grid(n, d), (draw.uniform(size=(n, k)) < 0.5).astype(float)
    return X, y, grid(d, h), grid(1, h), grid(h, k) * scale, grid(1, k)


def _logit(z: float, y: float) -> tuple[np.ndarray, ...]:
    """Give the network whose output's pre-activation is z: ReLU(1) z."""
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    return one, y * one, one, zero, z * one, zero


def make(seed: int) -> dict[str, list[Case]]:
    """Make the cases of the loss and of the gradients: they take the same arguments."""
    draw = np.random.default_rng(seed + 1)
    _, _, W1, _, W2, _ = _network(draw, 1, 2, 4, 1)
    soft = _network(draw, 5, 3, 4, 1)
    one = {"one-of-each": _network(draw, 1, 1, 1, 1)}
    networks = {
        "two-samples": _network(draw, 2, 2, 3, 1),
        "several-samples": _network(draw, 6, 3, 5, 1),
        # With zero biases the sample (0, 0) puts every hidden unit exactly at its kink.
        "xor": (XOR_X, XOR_Y, W1, np.zeros((1, 4)), W2, np.zeros((1, 1))),
        "soft-labels": (soft[0], draw.uniform(size=(5, 1)), *soft[2:]),
        "saturated": _network(draw, 6, 3, 5, 1, scale=16.0),
        "several-outputs": _network(draw, 4, 2, 3, 3),
    }
    # One unit that hands its input on: z2 is x itself, on the right side and on the wrong one.
    logits = {
        f"logit-{abs(z)}-label-{y}-{'right' if (z > 0) == y else 'wrong'}": _logit(z, y)
        for z in (-800, 800, -120, 120, -40, 40, -20, 20)
        for y in (1, 0)
    }
    # Next to log ε, where adding it and clipping at it differ.
    logits |= {f"logit-{-z}-label-1-wrong": _logit(z, 1) for z in (-33, -27, -18, -16)}
    # Losses differ in what guards their logarithms, gradients in everything else.
    order = {"compute_loss": one | logits | networks, "compute_gradients": one | networks | logits}
    return {
        formula: [Case(formula, name, arguments) for name, arguments in inputs.items()]
        for formula, inputs in order.items()
    }
