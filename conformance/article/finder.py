"""The learning-rate finder on a whole kind of problem at once."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.races.toys import Toys

MIN_RATE, MAX_RATE, EXPLOSION = 1e-7, 100.0, 4.0


BoolArray: TypeAlias = NDArray[np.bool_]


class Finds(NamedTuple):
    """A sweep's losses (batches, instances), and what is read off, one per instance.

    `valid` where the loss fell and then exploded; the other readings mean something only there.
    """

    rates: FloatArray
    losses: FloatArray
    exploded: BoolArray
    valid: BoolArray
    steepest: FloatArray
    rise: FloatArray


def find(toys: Toys, batches: int) -> Finds:
    """Sweep as `reference.lr_finder.find_learning_rate` does, every instance in one array.

    `rise` is the rate from which on the loss rises, ten times the reference's `tenth_of_rise`.
    """
    rates = np.geomspace(MIN_RATE, MAX_RATE, batches)
    w = toys.starts[:, None, :]
    losses = np.empty((batches, toys.starts.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):  # rates too large overflow by design
        for i, rate in enumerate(rates):
            losses[i] = toys.loss(w)[0]
            w = w - rate * toys.gradient(w)
    losses[~np.isfinite(losses)] = np.inf
    best = np.minimum.accumulate(losses, axis=0)
    over = losses > best + (EXPLOSION - 1) * np.abs(best)
    exploded = np.any(over, axis=0)
    stop = np.where(exploded, over.argmax(axis=0), batches)
    batch = np.arange(batches)[:, None]
    seen = np.where(batch < stop, losses, np.inf)
    lowest = seen.argmin(axis=0)
    young = np.minimum(batches // 10, lowest - 1)
    falling = (batch[:-1] >= young) & (batch[:-1] < lowest)
    falls = np.full(falling.shape, np.inf)
    np.subtract(seen[1:], seen[:-1], where=falling, out=falls)
    return Finds(
        rates, losses, exploded, exploded & (lowest > 0), rates[falls.argmin(axis=0)], rates[lowest]
    )
