"""What stands for an optimizer of the contract: it takes steps, and has a rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import allclose, array, array_equal, asarray, concatenate, errstate, isfinite

from .assign import Assigned
from .binding import Binding, NotThisShapeError
from .constants import Constants
from .shown import shown
from .words import Row

# A rate and weights that no code has for another reason.
RATE, OTHER_RATE = 0.0123456789, 0.0345678901


class Driven:
    """An optimizer of the contract, whatever is behind it.

    A shape gives `advance`: from weights, a gradient and a rate to the new weights; `held`, which
    returns what its state lies in; and, where a run can be saved, `restore`, which puts another in
    its place.
    """

    def __init__(
        self,
        hyper: dict[str, Any],
        advance: Callable[[Any, Any, float], Any],
        held: Callable[[], Any] = tuple,
        restore: Callable[[Any], None] | None = None,
    ) -> None:
        self.lr = hyper.get("lr", 0.0)
        self._advance = advance
        self._held = held
        if restore is not None:
            self.keep, self.restore = held, restore

    def step(self, w: Any, grad: Any) -> Any:
        """Return the next weights."""
        return array(self._advance(array(w), array(grad), self.lr))

    def shows(self, name: str) -> Any:
        """Return what is kept under a name."""
        return shown(name, self._held())


def probe(make: Callable[..., Any], row: Row) -> Callable[..., Any]:
    """Return what makes optimizers with the row's usual hyperparameters."""
    usual = {p.name: p.usual for p in row.hyper if p.role != "rate" and p.is_given}
    return lambda rate: make(lr=rate, **usual)


def first_of(make: Callable[..., Any], row: Row, at: float) -> float:
    """Return where a first step leads from a weight; its gradient is 0.5."""
    moved = probe(make, row)(RATE).step(row.weights(at), row.weights(0.5))
    return float(asarray(moved).flat[0])


def is_change(make: Callable[..., Any], row: Row) -> bool:
    """Tell a change from weights: weights move with those that were given."""
    low, high = (first_of(make, row, at) for at in (0.0, 1.0))
    return abs(high - low) < 0.5


def arrived(w: Any, answer: Any, sign: float) -> Any:
    """Return the new weights: the answer, or with a sign the old ones and it as their change."""
    return w + sign * asarray(answer) if sign else answer


# A change is to be added; but whoever takes it away may mean the same.
SIGNS = (1.0, -1.0)


def works(make: Callable[..., Driven], row: Row) -> bool:
    """Whether two steps can be taken; nothing else is looked at."""
    w, g = row.weights(0.5, -0.25), row.weights(0.75, 0.5)
    try:
        its = probe(make, row)(RATE)
        return bool(asarray(its.step(its.step(w, g), g)).shape == w.shape)
    except Exception:
        return False


def rate_changes(make: Callable[..., Any], row: Row) -> bool:
    """Whether a rate that is set before a step takes effect in it; nothing else is looked at."""
    w, g = row.weights(0.5, -0.25), row.weights(0.75, 0.5)
    made = probe(make, row)
    try:
        late, early = made(RATE), made(OTHER_RATE)
        late.lr = OTHER_RATE
        return array_equal(late.step(w, g), early.step(w, g))
    except Exception:
        return False


def beside(
    make: Callable[..., Any], aside: Callable[..., Any], row: Row
) -> dict[str, Callable[..., Any]]:
    """Name the ways to ask about weights and about biases, where these are stepped otherwise.

    Biases that stay where they are, or go further or less far, are somebody's choice.
    """
    w, slopes = row.weights(0.5, -0.25, 2.0), ((0.75, 0.5, -0.3), (-0.2, 1.5, 0.6))
    try:
        its, others = (probe(each, row)(RATE) for each in (make, aside))
        gone = [[one.step(w, row.weights(*g)) - w for g in slopes] for one in (its, others)]
    except Exception:  # the verdict on weights will say what it raises
        return {}
    a, b = (concatenate([each.ravel() for each in every]) for every in gone)
    if a.shape != b.shape:
        return {}
    further = max(a @ b, 0.0) / (a @ a or 1.0)
    chosen = allclose(b, further * a, rtol=0.0, atol=1e-10 * abs(a).max())
    return {} if chosen else {"weights": make, "biases": aside}


def fixed(roles: Assigned, constants: Constants) -> dict[str, float]:
    """Find the value of each hyperparameter that nothing can be given for.

    Raises
    ------
    NotThisShapeError
        There is one of which the value is not known.
    """
    pinned = {}
    for parameter in roles.missing:
        value = parameter.declared
        if value is None and not parameter.option:
            value = constants.of(parameter)
        if value is None and parameter.role == "rate":
            # Steps without a rate are steps at the neutral one, which no question may change.
            value = parameter.neutral
        if value is not None:
            pinned[parameter.name] = value
        elif parameter.neutral is None and parameter.role != "epsilon":  # which may be forgotten
            raise NotThisShapeError(f"no parameter is the {parameter.name}")
    return pinned


def _divides_by_zero(make: Callable[..., Any], row: Row) -> bool:
    """Whether a first step of no gradient leads nowhere: nothing holds its divisor above zero."""
    try:
        with errstate(all="ignore"):
            moved = probe(make, row)(RATE).step(row.weights(0.5), row.weights(0.0))
        return not bool(isfinite(asarray(moved)).all())
    except ZeroDivisionError:
        return True
    except Exception:  # what it raises says nothing of that
        return False


def bound(
    name: str,
    row: Row,
    call: str,
    shape: str,
    make: Callable[..., Any],
    roles: Assigned,
    pinned: dict[str, float],
    *,
    lacks: tuple[str, ...] = (),
    certain: bool = True,
    others: tuple[Callable[..., Any], ...] = (),
    guessed: bool = False,
) -> Binding:
    """Bind an optimizer; whether its rate may change is found out here."""
    if "rate that changes" not in lacks and not rate_changes(make, row):
        lacks = (*lacks, "rate that changes")
    roles_of = {p.name: p.role for p in row.params}
    lacks = (*lacks, *dict.fromkeys(f"any {roles_of[name]}" for name in pinned))
    missing = [p for p in roles.missing if p.name not in pinned]
    without = tuple(p.name for p in missing if p.neutral is not None)
    # What does something at its neutral value may stand in the step with another one, unread.
    certain = (
        not roles.left
        and certain
        and not any(
            p.neutral and not p.option and (p.name not in pinned or p.role == "rate")
            for p in roles.missing
        )
    )
    if any(p.role == "epsilon" and p.neutral is None for p in missing):
        if not _divides_by_zero(make, row):  # it has an ε, where nobody can read it
            raise NotThisShapeError("no parameter is the epsilon")
        certain = False
    certain = certain and "lr" not in pinned  # a number that seems to be its rate may be another
    return Binding(
        row.name,
        name,
        call,
        shape,
        make,
        pinned=pinned,
        without=without,
        lacks=lacks,
        certain=certain,
        notes=tuple(f"{own}={value}" for own, value in {**roles.set, **roles.left}.items()),
        others=others,
        defaults=roles.defaults,
        guessed=guessed,
    )
