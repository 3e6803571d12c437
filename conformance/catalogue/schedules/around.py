"""What goes around any schedule, whatever it is made of: another clock, a floor, a factor."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.recipe import Wrap
from gradmark.conformance.catalogue.schedules.curves import from_rate
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, Number, maximum


def at_another_epoch(body: Body, clock: Callable[[Exact], Exact]) -> Body:
    """Ask a schedule for another epoch."""
    return lambda epoch, *rest: body(clock(epoch), *rest)


def times(body: Body, factor: float) -> Body:
    """Multiply the rate."""
    return lambda *arguments: factor * body(*arguments)


def down_to(body: Body, share: float) -> Body:
    """Raise a schedule that falls to zero so that it falls to a share of the first rate."""

    def raised(epoch: Exact, initial_lr: Exact, *rest: Exact) -> Exact:
        least = share * initial_lr
        return least + (1 - share) * body(epoch, initial_lr, *rest)

    return raised


def down_to_rate(body: Body, least: float) -> Body:
    """Raise a schedule that falls to zero so that it falls to a rate."""

    def raised(epoch: Exact, initial_lr: Exact, *rest: Exact) -> Exact:
        share = body(epoch, 0 * initial_lr + 1, *rest)  # a first rate may be 0
        return from_rate(least, initial_lr, share)

    return raised


def no_less_than(body: Body, least: float) -> Body:
    """Cut a schedule off at a least rate."""
    # It is rounded to the dtype of the answer like everything else.
    return lambda *arguments: maximum(body(*arguments), Number(least, error=least))


AROUND: dict[str, Wrap] = {
    "clock": at_another_epoch,
    "floor": down_to,
    "least_rate": down_to_rate,
    "least": no_less_than,
    "factor": times,
}
