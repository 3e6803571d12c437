"""The gradient of a batch that went through a network in parts."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from gradmark.reference._checks import FloatArray, as_float, positive, same_shape


def accumulate_gradients(gradients: Sequence[ArrayLike], counts: Sequence[float]) -> FloatArray:
    """Gradient of the mean over a batch, from those of the means over its parts.

    Σᵢ nᵢ gᵢ / Σᵢ nᵢ

    `gradients` is a list of arrays of one shape, gᵢ that of the mean loss of part i, and `counts`
    one of how many samples, or tokens, nᵢ > 0 that mean is over. The result has the shape and dtype
    of the first.

    Convention: each sample, or token, counts once, whichever part it came in, so that the result
    does not depend on how the batch was divided. Training loops that divide the loss by the number
    of parts, and Optax's `MultiSteps`, take the mean of the means: the same for parts of one size.
    PyTorch's `backward` alone adds up; so does `MultiSteps` with `use_grad_mean=False`.

    Raises
    ------
    ValueError
        There is no gradient, or not a count for each; the shapes differ; a count is not positive.
    TypeError
        An argument holds anything but real numbers.

    Examples
    --------
    >>> print(accumulate_gradients([[1.0, 0.0], [4.0, 3.0]], [2, 1]))
    [2. 1.]

    References
    ----------
    H. B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Agüera y Arcas, "Communication-Efficient
    Learning of Deep Networks from Decentralized Data", AISTATS 2017, section 2: FederatedSGD.
    """
    its = [as_float("gradients", g) for g in gradients]
    sizes = [positive("counts", n) for n in counts]
    if not its or len(its) != len(sizes):
        raise ValueError(
            "counts: expected one for each of one gradient or more, got "
            f"{len(sizes)} for {len(its)}"
        )
    whole = sum(sizes)
    found = its[0] * (sizes[0] / whole)
    for g, n in zip(its[1:], sizes[1:], strict=True):
        same_shape("gradients[0]", found, "gradients", g)
        found = found + g.astype(found.dtype) * (n / whole)
    return found
