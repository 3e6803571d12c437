"""The weights that training starts from: random, and of a size that lets signals pass."""

import math

from gradmark.reference._checks import FloatArray, whole
from gradmark.reference.chance._source import Source, generator


def glorot_uniform(fan_in: float, fan_out: float, rng: Source) -> FloatArray:
    """Draw the weights of a layer of tanh or sigmoid units.

    w ~ U(−L, L),   L = √(6 / (fan_in + fan_out))

    `fan_in` and `fan_out` are the numbers of the layer's inputs and outputs, whole and at least 1;
    `rng` is a `numpy.random.Generator`, or a seed for one. The result is a float64 table of shape
    (fan_in, fan_out), its entries independent; their variance is 2 / (fan_in + fan_out), a
    compromise between what keeps the variance of signals and that of gradients.

    Convention: uniform, without a gain, one row an input, as in Keras and JAX; PyTorch has one row
    an output, and a gain of 1 unless told otherwise.

    Raises
    ------
    ValueError
        A number of inputs or outputs is below 1, or no whole number.
    TypeError
        An argument holds anything but real numbers; `rng` is neither generator nor seed.

    Examples
    --------
    >>> import numpy as np
    >>> w = glorot_uniform(100, 200, np.random.default_rng(0))
    >>> w.shape, bool(abs(w).max() <= math.sqrt(6 / 300))
    ((100, 200), True)

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16.
    """
    n, m = whole("fan_in", fan_in, 1), whole("fan_out", fan_out, 1)
    limit = math.sqrt(6 / (n + m))
    weights: FloatArray = generator("rng", rng).uniform(-limit, limit, (n, m))
    return weights


def he_normal(fan_in: float, fan_out: float, rng: Source) -> FloatArray:
    """Draw the weights of a layer of ReLU units.

    w ~ N(0, 2 / fan_in)

    `fan_in` and `fan_out` are the numbers of the layer's inputs and outputs, whole and at least 1;
    `rng` is a `numpy.random.Generator`, or a seed for one. The result is a float64 table of shape
    (fan_in, fan_out), its entries independent. The variance is twice 1 / fan_in, since a ReLU
    halves the mean square of what passes.

    Convention: a whole normal distribution, as in the paper and PyTorch. Keras and JAX cut it off
    at two standard deviations and widen it so that the variance stays. The paper allows fan_out in
    the place of fan_in.

    Raises
    ------
    ValueError
        A number of inputs or outputs is below 1, or no whole number.
    TypeError
        An argument holds anything but real numbers; `rng` is neither generator nor seed.

    Examples
    --------
    >>> import numpy as np
    >>> w = he_normal(200, 300, np.random.default_rng(0))
    >>> w.shape, round(float(w.var() * 200), 1)
    ((200, 300), 2.0)

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification", 2015, equation 10.
    """
    n, m = whole("fan_in", fan_in, 1), whole("fan_out", fan_out, 1)
    weights: FloatArray = generator("rng", rng).normal(0, math.sqrt(2 / n), (n, m))
    return weights
