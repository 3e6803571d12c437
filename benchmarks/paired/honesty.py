"""The clock looks at the answers: what is no honest measurement is withheld, with its reason.

A block is trusted where its answer is the one that is given without a clock, where asking something
else costs no more than asking the same again, where nothing is left to be done when an answer is
there, and where the contender's clock runs as ours does.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradmark.harness.host import Contender
from gradmark.harness.timing import Count, Job, Probe, Shown

Array = NDArray[Any]

# Of the largest, by the bytes of a number: two orders of summing differ less, the next smaller
# type by more.
AGREES = MappingProxyType({8: 1e-9, 4: 1e-4, 2: 1e-2})
KNOWN = 1.5  # by how much asking something else may cost more: the caches are the same
SMALL = 2e-6  # seconds of a call below which that is not told: changing a number takes some
LATER = 4.0  # copies, or calls, that making numbers of an answer may take
MOMENT = 2e-4  # seconds that it may take anyway, if calls take as long
LEAST = 5e-5  # seconds that it may take in any case: that of PyTorch takes some 10 µs
HANDED = 1e-3  # seconds that arrays may take to be handed in: those of JAX take some 100 µs
ALIGNED = 8.0  # copies that they may take: JAX has its memory from the system, and takes up to five
FEW = 200_000  # instructions that it may take anyway
BUSY = 0.1  # share of a processor that may be used while nothing is asked
PACE = 1.5  # of two clocks
LOOKED_AT = "its answers are computed as they are looked at"
BEYOND = 0.5  # of the time that the machine takes to move the bytes: less is no computation


def objection(probe: Probe, claimed: float, *, threads: int = 1) -> str:
    """Say why a contender is not to be believed, whose blocks took `claimed` seconds a call."""
    # These come first: what works beside it disturbs what follows.
    if threads == 1 and probe.busy > BUSY:
        return "it goes on working after it has answered"
    if threads == 1 and probe.elsewhere > BUSY:
        return "it computes in other processes"
    if told := _as_it_is_handed(probe):
        return told
    if probe.pace > PACE:
        return f"its clock is {probe.pace:.1f} times slower than ours"
    if probe.alone > PACE * claimed:
        return f"it is {probe.alone / claimed:.1f} times faster where its blocks are counted"
    if probe.anew and probe.same and probe.anew > max(SMALL, KNOWN * probe.same):
        times = probe.anew / probe.same
        return f"it answers {times:.1f} times faster when it is asked the same again"
    return ""


def objection_to_block(shown: Shown, job: Job, untimed: Contender | None) -> str:
    """Say why a block that was looked at when it was over is not to be believed."""
    moment = min(MOMENT, max(LEAST, LATER * shown.call))
    if shown.converted > max(moment, LATER * shown.copied):
        return (
            f"{LOOKED_AT}: that takes {shown.converted:.2g} s;"
            " a synchronize hook lets the clock wait for them"
        )
    if told := _as_it_is_handed(shown):
        return told
    if untimed is not None and shown.asked is not None:
        otherwise = _after(untimed, job, shown)
        if otherwise is not None and not _agree(shown.asked, shown.answer, otherwise):
            return "what it answers while it is timed is not what it answers otherwise"
    return ""


def _as_it_is_handed(found: Probe | Shown) -> str:
    """Say that arrays are not only handed in, where that takes too long for it."""
    if found.handed <= max(HANDED, ALIGNED * found.taken):
        return ""
    return f"it computes as arrays are handed in: that takes {found.handed:.2g} s"


def objection_to(count: Count, job: Job, uncounted: Contender) -> str:
    """Say why a count of instructions is not to be believed; nothing if it is."""
    if count.instructions <= 0:
        return "twice as many calls take no more instructions: not every call does its work"
    if count.converted > max(FEW, LATER * count.copied):
        return LOOKED_AT
    if count.asked is not None:
        if job.hyper is None:
            otherwise = _called(uncounted, job, count.asked)
        else:
            otherwise = uncounted.trajectory(job.name, job.hyper, *count.asked)[-1]
        if not _agree(count.asked, count.answer, otherwise):
            return "what it answers while it is counted is not what it answers otherwise"
    return ""


def _after(untimed: Contender, job: Job, shown: Shown) -> Array | None:
    """Return what was asked answers without a clock; None where that takes long."""
    assert shown.asked is not None
    if job.hyper is None:
        return _called(untimed, job, shown.asked)
    w, gradient = shown.asked
    after = untimed.rounds(job.name, job.hyper, w, gradient[np.newaxis], shown.steps, kept=1)
    return None if after is None else after[-1]


def _called(contender: Contender, job: Job, asked: Sequence[Array]) -> Array:
    """Ask a function; several arrays are put one behind the other."""
    answer = contender.call(job.name, *asked)
    if isinstance(answer, (tuple, list)):
        return np.concatenate([np.ravel(part) for part in answer])
    return np.asarray(answer)


def _agree(asked: Sequence[Array], answer: Array, otherwise: Array) -> bool:
    """Whether two answers are one, to what the least exact of the numbers there tells.

    Their shapes may differ: of a list of rows nobody knows whether it is one array or several.
    """
    near = AGREES.get(min(each.dtype.itemsize for each in (*asked, answer, otherwise)), 1e-9)
    answer, otherwise = answer.ravel(), otherwise.ravel()
    least = near * float(np.max(np.abs(np.nan_to_num(otherwise)), initial=0.0))
    return answer.size == otherwise.size and bool(
        np.allclose(answer, otherwise, rtol=near, atol=least, equal_nan=True)
    )


def is_beyond(seconds: Sequence[float], machines: Sequence[float], threads: int) -> bool:
    """Whether a contender's blocks take less than the machine needs to move the bytes.

    Examples
    --------
    >>> is_beyond([1e-6, 2e-6], [1e-4, 1e-4], threads=1)
    True
    """
    return float(np.median(seconds)) < BEYOND * float(np.median(machines)) / threads
