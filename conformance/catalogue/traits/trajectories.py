"""What goes around any trajectory: the rates, gradients and hyperparameters that it takes.

What is around a body shows the body's signature: who calls it sees what may be given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from gradmark.conformance.catalogue.optimizers.steps import Trajectory
from gradmark.conformance.catalogue.recipe import Wrap
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact

Stream = Callable[[Iterable[Exact]], Iterator[Exact]]
Pull = Callable[[Exact, Exact], Exact]  # of a gradient and the weights that it was taken at
Hyper = Callable[[dict[str, Any]], dict[str, Any]]


def with_rates(body: Body, stream: Stream) -> Body:
    """Give a body other learning rates."""

    @wraps(body)
    def around(w: Exact, gradients: Exact, rates: Exact, **hyper: Any) -> Trajectory:
        yield from body(w, gradients, stream(rates), **hyper)

    return around


def with_gradients(body: Body, stream: Callable[[Iterable[Exact], Exact], Any]) -> Body:
    """Give a body other gradients, made of the right ones and of zeros of their shape."""

    @wraps(body)
    def around(w: Exact, gradients: Exact, rates: Exact, **hyper: Any) -> Trajectory:
        yield from body(w, stream(gradients, 0 * w), rates, **hyper)

    return around


def with_pull(body: Body, pull: Pull) -> Body:
    """Give a body gradients that know the weights: each is made when its step comes."""

    @wraps(body)
    def around(w: Exact, gradients: Exact, rates: Exact, **hyper: Any) -> Trajectory:
        def pulled() -> Iterator[Exact]:
            for g in gradients:
                yield pull(g, here)

        here = w
        for moved in body(w, pulled(), rates, **hyper):
            here = moved
            yield here

    return around


def with_hyper(body: Body, change: Hyper) -> Body:
    """Give a body other hyperparameters."""

    @wraps(body)
    def around(w: Exact, gradients: Exact, rates: Exact, **hyper: Any) -> Trajectory:
        yield from body(w, gradients, rates, **change(hyper))

    return around


def fixed(**values: float) -> Hyper:
    """Set hyperparameters, whatever the arguments say."""
    return lambda hyper: hyper | values


def swapped(one: str, other: str) -> Hyper:
    """Exchange two hyperparameters."""
    return lambda hyper: hyper | {one: hyper[other], other: hyper[one]}


def each(change: Callable[[Exact], Exact]) -> Callable[[Iterable[Exact], Exact], Iterator[Exact]]:
    """Change every gradient alike."""
    return lambda gradients, _zero: (change(g) for g in gradients)


AROUND: dict[str, Wrap] = {
    "rates": with_rates,
    "gradients": with_gradients,
    "pulled_around": with_pull,
    "hyper": with_hyper,
}
"""The slots that every optimizer with hyperparameters has around it."""
