"""Optimizers as objects: that take turns, that are copied, that take tens of thousands of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import Variant
from gradmark.conformance.catalogue.conduct import BREAKS_LATE, LOST_IN_A_COPY, SHARED_STATE
from gradmark.conformance.conduct.question import Deviation, RefusedError
from gradmark.conformance.judging.kept import truth
from gradmark.harness.bindings import NotAskedError
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import USUAL, WIDEST, roundoff
from gradmark.harness.host import Contender, ContenderFault

Check = Callable[[Contender, Variant, str], Deviation | None]

# Sixteen steps again and again: where steps are counted past the 2¹⁵ at which a counter of 16 bits
# overflows, elsewhere past what people reset at.
PERIOD, COUNTED, UNCOUNTED = 16, 2063, 257
SETTLED = 8  # rounds after which nothing is left of the beginning: 0.5¹²⁸ is below every roundoff
_known: WeakKeyDictionary[Contender, dict[Any, Any]] = WeakKeyDictionary()
ALIKE = 0.1  # of a step's size: rounding is far below, even float32's; a moment lost is above


def checks(formula: str, dtype: str) -> Iterator[tuple[str, Check]]:
    """Yield what an optimizer is looked at for, each with the capability that it needs."""
    if not CONTRACT[formula].stepped:
        return
    yield "several objects", in_turns
    yield "copies", partial(copied, "deepcopy")
    yield "pickles", partial(copied, "pickle")
    if dtype in USUAL:
        yield "long runs", for_long


def _hyper(contender: Contender, formula: str) -> dict[str, Any]:
    """Return hyperparameters under which the beginning is soon forgotten, where they can be set."""
    values: Mapping[str, float] = {
        "rate": 1e-3, "momentum": 0.5, "decay": 0.5, "epsilon": 1e-8, "weight decay": 0.0,
    }  # fmt: skip
    lacks = contender.lacks(formula)
    return {
        p.name: p.neutral if p.name in lacks else values.get(p.role, p.value(0))
        for p in CONTRACT[formula].takes
    }


def _seen(contender: Contender, formula: str) -> dict[str, Any]:
    """Return them at a rate, where it can be set, at which the smallest steps are seen in float32.

    Adadelta's are small as they are.
    """
    rates = [p.name for p in CONTRACT[formula].takes if p.role == "rate"]
    lacks = contender.lacks(formula)
    return _hyper(contender, formula) | {name: 1.0 for name in rates if name not in lacks}


def _gradients(shape: tuple[int, ...], steps: int) -> np.ndarray:
    """Make gradients of which no two are alike, and none is near zero."""
    size = steps * int(np.prod(shape))
    values = (np.arange(size) * 7 % 13 - 6.5) / 4
    return values.reshape(steps, *shape)


def _apart(a: np.ndarray, b: np.ndarray, dtype: str) -> bool:
    """Whether weights differ by more than the same operations may, in another place of memory."""
    with np.errstate(invalid="ignore"):
        return not bool((abs(a - b) <= 64 * roundoff(dtype) * (1 + abs(b))).all())


def in_turns(contender: Contender, followed: Variant, dtype: str) -> Deviation | None:
    """Let two objects take turns, with weights of different shapes."""
    formula, hyper = followed.formula, _seen(contender, followed.formula)
    shape = CONTRACT[formula].folded((2,))
    runs = [
        (np.linspace(-1, 1, 2).reshape(shape).astype(dtype), _gradients(shape, 3).astype(dtype)),
        (np.linspace(-2, 1, 6).reshape(3, 2).astype(dtype), _gradients((3, 2), 3).astype(dtype)),
    ]
    alone = []
    for w, gradients in runs:
        with contender.optimizer(formula, **hyper) as optimizer:
            for gradient in gradients:
                w = optimizer.step(w, gradient)
        alone.append(w)
    with ExitStack() as stack:
        objects = [stack.enter_context(contender.optimizer(formula, **hyper)) for _ in runs]
        weights = [w for w, _ in runs]
        try:
            for step in range(3):
                for i, its in enumerate(objects):
                    weights[i] = its.step(weights[i], runs[i][1][step])
        except ContenderFault as fault:  # alone each of them went on
            told = f"Of two objects that take turns one {fault.reason}."
            return Deviation(SHARED_STATE, f"{SHARED_STATE.says} {told}")
    for got, wanted in zip(weights, alone, strict=True):
        if _apart(got, wanted, dtype):
            told = f"Two objects that take turns end at {got.tolist()}, alone at {wanted.tolist()}."
            return Deviation(SHARED_STATE, f"{SHARED_STATE.says} {told}")
    return None


def copied(how: str, contender: Contender, followed: Variant, dtype: str) -> Deviation | None:
    """Copy an object in the middle of its run: the copy goes on as the original does.

    Raises
    ------
    RefusedError
        It cannot be copied.
    """
    shape = CONTRACT[followed.formula].folded((2,))
    w, gradients = np.reshape([1.0, -2.0], shape).astype(dtype), _gradients(shape, 5).astype(dtype)
    with ExitStack() as stack:
        hyper = _seen(contender, followed.formula)
        made = contender.optimizer(followed.formula, **hyper)
        original = stack.enter_context(made)
        for gradient in gradients[:3]:
            w = original.step(w, gradient)
        try:
            copy = stack.enter_context(original.copy(how))
        except (ContenderFault, NotAskedError) as error:
            raise RefusedError from error
        ends = []
        for its in (original, copy):
            ends.append(w)
            for gradient in gradients[3:]:
                ends[-1] = its.step(ends[-1], gradient)
    wanted, got = ends
    if not _apart(got, wanted, dtype):
        return None
    told = f"From a {how} after step 3 it comes to {got.tolist()}, without to {wanted.tolist()}."
    return Deviation(LOST_IN_A_COPY, f"{LOST_IN_A_COPY.says} {told}")


def for_long(contender: Contender, followed: Variant, dtype: str) -> Deviation | None:
    """Take the same steps again and again: once settled, each round moves the weights alike.

    Raises
    ------
    RefusedError
        It would take too long; or the form that is followed changes with time.
    """
    shape, hyper = CONTRACT[followed.formula].folded((1,)), _hyper(contender, followed.formula)
    w, gradients = np.full(shape, 0.5), _gradients(shape, PERIOD)
    counts = any(state.name == "t" for state in CONTRACT[followed.formula].state)
    count = COUNTED if counts else UNCOUNTED
    if not _repeats(followed, w, gradients, hyper):
        return None
    rounds = _rounds(contender, followed.formula, hyper, w, gradients, count)
    if isinstance(rounds, ContenderFault) and dtype != WIDEST:  # it may know no wider dtype
        rounds = _rounds(contender, followed.formula, hyper, w.astype(dtype), gradients, count)
    if isinstance(rounds, ContenderFault):
        told = f"Within {PERIOD * count} steps it {rounds.reason}."
        return Deviation(BREAKS_LATE, f"{BREAKS_LATE.says} {told}")
    if rounds is None:
        raise RefusedError
    moved = np.diff(rounds.reshape(len(rounds), -1)[SETTLED:, 0])
    with np.errstate(invalid="ignore"):
        same = abs(moved - np.median(moved[:64])) <= ALIKE * hyper["lr"]
    if same.all():
        return None
    first = PERIOD * (SETTLED + 1 + int(np.argmin(same)))
    told = f"The first that differ are among steps {first + 1} to {first + PERIOD}."
    return Deviation(BREAKS_LATE, f"{BREAKS_LATE.says} {told}")


def _rounds(
    contender: Contender,
    formula: str,
    hyper: Mapping[str, float],
    w: np.ndarray,
    gradients: np.ndarray,
    count: int,
) -> np.ndarray | ContenderFault | None:
    """Let a contender go through its rounds, once for all dtypes: a counter counts alike in each.

    Returns what it comes to, how it fails, or None where it would take too long.
    """
    asked = formula, w.dtype.name, tuple(sorted(hyper.items()))
    known = _known.setdefault(contender, {})
    if asked not in known:
        try:
            known[asked] = contender.rounds(formula, hyper, w, gradients, count)
        except NotAskedError as error:
            raise RefusedError from error
        except ContenderFault as fault:
            known[asked] = fault
    found: np.ndarray | ContenderFault | None = known[asked]
    return found


def _repeats(
    followed: Variant, w: np.ndarray, gradients: np.ndarray, hyper: Mapping[str, float]
) -> bool:
    """Whether the form that is followed itself comes to repeat its steps."""
    rounds = SETTLED + 3
    many = np.concatenate([gradients] * rounds)
    rest = {name: value for name, value in hyper.items() if name != "lr"}
    case = Case(followed.formula, "again-and-again", (w, many, [hyper["lr"]] * len(many)), rest)
    path = truth(followed, case).all().high[PERIOD - 1 :: PERIOD]
    moved = np.diff(path[SETTLED - 1 :])
    return bool((abs(moved - moved[0]) <= 1e-4 * hyper["lr"]).all())
