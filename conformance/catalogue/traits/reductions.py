"""What goes around any loss: its arguments, its reduction and its unit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.recipe import Wrap
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import REAL, Constant, Exact, Number, total


def times(body: Body, factor: float | Number) -> Body:
    """Multiply the loss."""
    return lambda y, p, *more, dtype: factor * body(y, p, *more, dtype=dtype)


def given(body: Body, change: Callable[[Exact, Exact], tuple[Exact, Exact]]) -> Body:
    """Change the arguments."""
    return lambda y, p, *more, dtype: body(*change(y, p), *more, dtype=dtype)


def guarded(body: Body, change: Callable[[Exact, Exact, str], tuple[Exact, Exact]]) -> Body:
    """Clip the arguments, as the dtype stores what they are clipped to, or add to them."""
    return lambda y, p, *more, dtype: body(*change(y, p, dtype), *more, dtype=dtype)


def weighed(body: Body, change: Callable[..., tuple[Exact, ...]]) -> Body:
    """Change the constants; the first of what they become multiplies the loss."""

    def changed(y: Exact, p: Exact, *constants: Exact, dtype: str) -> Exact:
        factor, *others = change(*constants)
        return factor * body(y, p, *others, dtype=dtype)

    return changed


AROUND: dict[str, Wrap] = {
    "guarded": guarded,
    "arguments": given,
    "factor": times,
    "constants": weighed,
}
MOST = 1000  # labels that are paired with as many predictions
BITS = Constant(lambda: Number(REAL.div(1, REAL.log(2))))
TENS = Constant(lambda: Number(REAL.div(1, REAL.log(10))))


def exchanged(y: Exact, p: Exact) -> tuple[Exact, Exact]:
    """Take each for the other."""
    return p, y


def all_pairs(y: Exact, p: Exact) -> tuple[Exact, Exact]:
    """Pair every label with every prediction; what no memory holds at 50 digits is no number."""
    if np.size(y) > MOST:
        return np.nan * y, np.nan * p
    row, column = np.reshape(y, (1, -1)), np.reshape(p, (-1, 1))
    return row + 0 * column, column + 0 * row


def within_samples(terms: Exact) -> Exact:
    """Sum over a sample, and average over samples."""
    return total(terms) / len(terms)
