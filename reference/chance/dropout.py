"""Dropout, as it is computed while a network is trained."""

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, decay_factor
from gradmark.reference.chance._source import Source, generator


def dropout(x: ArrayLike, rate: float, rng: Source) -> FloatArray:
    """Set each entry to 0 with a given probability, and scale up what is kept.

    x · m / (1 − p),   where each entry of m is 1 with probability 1 − p, else 0

    `x` is an array or a number, `rate` (0 ≤ p < 1) the probability of being dropped, and `rng` a
    `numpy.random.Generator`, or a seed for one. The result has the shape and dtype of `x`. Entries
    are drawn independently of each other, and of x; the expectation of each is x. At p = 0 nothing
    changes; at p = 1 nothing would be left to keep the expectation.

    Convention: inverted, scaled while training, so that nothing is done in testing: as in PyTorch,
    Keras, Flax and TensorFlow. The paper leaves what is kept as it is in training, and multiplies
    the weights by 1 − p in testing. TensorFlow 1 and CS231n take the probability of being kept.
    PyTorch and Keras take a rate of 1, too, and make zeros. What is no number stays none, dropped
    or not, as in PyTorch, which multiplies too.

    Raises
    ------
    ValueError
        `rate` is outside [0, 1).
    TypeError
        `x` or `rate` holds anything but real numbers; `rng` is neither generator nor seed.

    Examples
    --------
    >>> print(dropout([1.0, 2.0, 3.0, 4.0], 0.5, 0))
    [2. 0. 0. 0.]

    References
    ----------
    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: A Simple
    Way to Prevent Neural Networks from Overfitting", 2014, section 10 for the inverted form.
    """
    array, p = as_float("x", x), decay_factor("rate", rate)
    kept = generator("rng", rng).random(array.shape) >= p
    dropped: FloatArray = array * kept / (1 - p)
    return dropped
