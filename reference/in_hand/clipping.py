"""Clipping of gradients: entry by entry, by the norm of one, by the norm of all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, non_negative
from gradmark.reference.lengths import norm


def clip_by_value(g: ArrayLike, limit: float = 1.0) -> FloatArray:
    """Clip each entry of a gradient.

    min(max(g, −c), c)

    `g` is an array or a number, and `limit` (c ≥ 0) a number. The result has the shape and dtype of
    `g`; NaN gives NaN. It may turn the gradient's direction.

    Convention: the same bound on both sides, as in PyTorch's `clip_grad_value_`, Keras's
    `clipvalue` and Optax's `clip`; TensorFlow's `clip_by_value` takes two.

    Raises
    ------
    ValueError
        `limit` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(clip_by_value([-3.0, 0.5, 2.0], 1.0))
    [-1.   0.5  1. ]

    References
    ----------
    T. Mikolov, "Statistical Language Models Based on Neural Networks", 2012, for the truncation of
    gradients.
    """
    c = non_negative("limit", limit)
    clipped: FloatArray = np.clip(as_float("g", g), -c, c)
    return clipped


def clip_by_norm(g: ArrayLike, max_norm: float = 1.0) -> FloatArray:
    """Shorten a gradient that is longer than it may be.

    g · min(1, c / ‖g‖)

    with the Euclidean norm of the whole array. `g` is an array or a number, and `max_norm` (c ≥ 0)
    a number. The result has the shape and dtype of `g`; a gradient of zero stays.

    Convention: no ε, as in the paper, TensorFlow and Optax; PyTorch's `clip_grad_norm_` divides by
    ‖g‖ + 1e-6.

    Raises
    ------
    ValueError
        `max_norm` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(clip_by_norm([3.0, 4.0], 1.0), clip_by_norm([3.0, 4.0], 10.0))
    [0.6 0.8] [3. 4.]

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio, "On the Difficulty of Training Recurrent Neural Networks",
    ICML 2013, algorithm 1.
    """
    return clip_by_global_norm([g], max_norm)[0]


def clip_by_global_norm(gradients: Sequence[ArrayLike], max_norm: float = 1.0) -> list[FloatArray]:
    """Shorten gradients that are together longer than they may be, all by the same factor.

    gᵢ · min(1, c / ‖g‖),  ‖g‖ = √(Σᵢ ‖gᵢ‖²)

    `gradients` is a list of arrays of any shapes, and `max_norm` (c ≥ 0) a number. The result is a
    list of arrays like them. Gradients of zero stay.

    Convention: one norm over all, no ε, as in TensorFlow, Optax and Keras's `global_clipnorm`;
    Keras's `clipnorm` takes each alone, and PyTorch's `clip_grad_norm_` divides by ‖g‖ + 1e-6.

    Raises
    ------
    ValueError
        `max_norm` is negative or not finite.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> for g in clip_by_global_norm([[3.0], [[4.0, 0.0]]], 1.0):
    ...     print(g)
    [0.6]
    [[0.8 0. ]]

    References
    ----------
    Pascanu, Mikolov and Bengio 2013, algorithm 1, of the gradient of all parameters.
    """
    most, its = non_negative("max_norm", max_norm), [as_float("gradients", g) for g in gradients]
    length = norm(*its)
    factor = min(1.0, most / length) if length > 0 else 1.0
    return [g * factor for g in its]
