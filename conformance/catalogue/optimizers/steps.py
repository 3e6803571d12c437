"""What the bodies of the optimizers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradmark.conformance.truth import Exact, Number, elementwise, sqrt, total

Trajectory = Iterator[Exact]
Real = Number | float  # a hyperparameter


def average(old: Exact, new: Exact, beta: Real) -> Exact:
    """The exponential moving average β·old + (1−β)·new."""
    return beta * old + (1 - beta) * new


def mean_square(old: Exact, g: Exact, beta: Real) -> Exact:
    """The moving average of the squared gradients."""
    return average(old, g**2, beta)


def norm(g: Exact) -> Exact:
    """The Euclidean norm of a whole array."""
    return sqrt(total(g**2))


sign = elementwise(lambda x: x / abs(x) if x > 0 or x < 0 else 0 * x)

# New values where there is a gradient, old ones where it is zero.
where_moved = elementwise(lambda g, new, old: new if g > 0 or g < 0 else old, 3)


def from_here(w: Exact, sent: Exact | None) -> Exact:
    """Go on from the weights that a caller sends, or from where the last step went."""
    return w if sent is None else sent


def held(rates: Iterable[Exact]) -> Iterator[Exact]:
    """Repeat the first learning rate, whatever comes after it."""
    first = None
    for rate in rates:
        first = rate if first is None else first
        yield first


def one_late(gradients: Iterable[Exact], start: Exact) -> Iterator[Exact]:
    """Hand each gradient on one step late."""
    last = start
    for g in gradients:
        yield last
        last = g
