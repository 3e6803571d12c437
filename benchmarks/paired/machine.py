"""The machine as a contender: how fast it moves bytes, and how fast it multiplies matrices.

Timed in turns with the others, by the same clock and under the same conditions, it tells how long
a workload would take if it did nothing but what it must: move its bytes, or form its matrix
products. The worker loads this file as it loads a contender's.
"""

from operator import iadd as update  # x ← x + y: no Python of ours, and no new memory
from typing import Any

from numpy import matmul

__all__ = ["products", "update"]


def products(X: Any, W1: Any, W2: Any, z1: Any, z2: Any, dW2: Any, da1: Any, dW1: Any) -> None:
    """Form the five products of `compute_gradients`, into arrays that are there already.

    Nothing lies between them: each stands where its result would have the next one's shape.
    """
    matmul(X, W1, out=z1)
    matmul(z1, W2, out=z2)
    matmul(z1.T, z2, out=dW2)
    matmul(z2, W2.T, out=da1)
    matmul(X.T, da1, out=dW1)
