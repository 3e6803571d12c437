"""The shapes of the networks' arguments: X (n,d), y (n,k), W1 (d,h), b1 (1,h), W2 (h,k), b2 (1,k).

Strict, because broadcasting would hide mistakes: y of shape (n,) against a2 of shape (n, 1)
quietly becomes (n, n).
"""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, in_unit_interval, not_empty


def as_matrix(name: str, value: ArrayLike, *shape: int | str) -> FloatArray:
    """Give `value` as floats of the given shape, where a letter stands for any length."""
    matrix = as_float(name, value)
    if matrix.ndim != len(shape) or any(
        isinstance(wanted, int) and wanted != got
        for wanted, got in zip(shape, matrix.shape, strict=True)
    ):
        expected = ", ".join(map(str, shape))
        raise ValueError(f"{name}: expected shape ({expected}), got {matrix.shape}")
    not_empty(name, matrix)
    return matrix


def as_network(
    X: ArrayLike, W1: ArrayLike, b1: ArrayLike, W2: ArrayLike, b2: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Give the samples and the parameters as arrays whose shapes fit together."""
    X = as_matrix("X", X, "n", "d")
    W1 = as_matrix("W1", W1, X.shape[1], "h")
    b1 = as_matrix("b1", b1, 1, W1.shape[1])
    W2 = as_matrix("W2", W2, W1.shape[1], "k")
    b2 = as_matrix("b2", b2, 1, W2.shape[1])
    return X, W1, b1, W2, b2


def as_labels(y: ArrayLike, outputs: FloatArray) -> FloatArray:
    """Give the labels as an array in [0, 1] of the outputs' shape."""
    y = as_matrix("y", y, *outputs.shape)
    in_unit_interval("y", y)
    return y


def as_layers(
    X: ArrayLike, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]
) -> tuple[FloatArray, list[tuple[FloatArray, FloatArray]]]:
    """Give the samples, and for each layer weights and a bias that fit to the one before."""
    if not len(weights) or len(weights) != len(biases):
        raise ValueError(
            f"weights, biases: expected one of each for every layer, got {len(weights)} and"
            f" {len(biases)}"
        )
    samples = as_matrix("X", X, "n", "d")
    layers, width = [], samples.shape[1]
    for layer, (given, row) in enumerate(zip(weights, biases, strict=True)):
        W = as_matrix(f"weights[{layer}]", given, width, "h")
        width = W.shape[1]
        layers.append((W, as_matrix(f"biases[{layer}]", row, 1, width)))
    return samples, layers
