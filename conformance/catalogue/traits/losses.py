"""What the losses are put together of: a guard of the logarithms, terms, and a reduction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.activations.sigmoid import sigma
from gradmark.conformance.catalogue.losses.guards import (
    EPSILON,
    LEAST,
    MOST,
    as_stored,
    clipped,
    machine_epsilon,
    rounded,
)
from gradmark.conformance.catalogue.losses.own_epsilon import SCRATCH
from gradmark.conformance.catalogue.recipe import family, parts_of, recipe, with_parts
from gradmark.conformance.catalogue.traits.reductions import (
    AROUND,
    BITS,
    TENS,
    all_pairs,
    exchanged,
    within_samples,
)
from gradmark.conformance.catalogue.variant import Body, Variant
from gradmark.conformance.catalogue.variant import Guard as Lost
from gradmark.conformance.truth import (
    Exact,
    Number,
    elementwise,
    exp,
    log,
    log1p,
    maximum,
    mean,
    minimum,
    total,
)
from gradmark.harness.contract.dtypes import largest

Logs = tuple[Exact, Exact]  # log p and log(1 − p)
Guard = Callable[[Exact, str], Logs]


# --- binary cross-entropy -------------------------------------------------------------------------


@dataclass(frozen=True)
class Guarded:
    """How code gets log p and log(1 − p): what it does to p, and to the logarithms.

    Parameters
    ----------
    prepared : callable
        Clips p, or leaves it.
    added : callable
        What is added inside the logarithms.
    least, most, most_of_rest : optional
        What the logarithms are clamped to; `most` that of p, `most_of_rest` that of 1 − p.
    formed : bool
        Whether 1 − p is formed and rounded to the dtype before its logarithm is taken.
    """

    prepared: Callable[[Exact, str], Exact] = lambda p, _: p
    added: Callable[[str], float] = lambda _: 0.0
    least: Callable[[str], Exact] | None = None
    most: Number | None = None
    most_of_rest: Number | None = None
    formed: bool = False

    def __call__(self, p: Exact, dtype: str) -> Logs:
        """Return log p and log(1 − p)."""
        p, added = self.prepared(p, dtype), self.added(dtype)
        if self.formed or added:
            rest = _rounded(1 - p, dtype) if self.formed else 1 - p
            logs = (log(p + added), log(rest + added)) if added else (log(p), log(rest))
        else:
            logs = log(p), log1p(-p)
        if self.least is not None:
            logs = maximum(logs[0], self.least(dtype)), maximum(logs[1], self.least(dtype))
        if self.most is not None:
            logs = minimum(logs[0], self.most), logs[1]
        if self.most_of_rest is not None:
            logs = logs[0], minimum(logs[1], self.most_of_rest)
        return logs

    def of(self, made: Callable[[Exact], Exact]) -> Guarded:
        """Return the guard of what is made of p, after p is clipped and before its logarithm."""
        return replace(self, prepared=lambda p, dtype: made(self.prepared(p, dtype)))

    def around(self, made: Callable[[Exact], Exact]) -> Guard:
        """Return the guard of what is made of p, which is clipped when it is made."""
        return lambda p, dtype: self(made(p), dtype)


def _rounded(rest: Exact, dtype: str) -> Exact:
    """Round what 1 − p is formed to, as the dtype does."""
    return elementwise(lambda x: as_stored(float(x), dtype))(rest)


def _machine(dtype: str) -> float:
    return machine_epsilon(dtype)


REAL = Guarded(least=lambda _: LEAST, most=MOST, most_of_rest=MOST)
BARE = Guarded()


def clipping(epsilon: float) -> Guarded:
    """Clip p to [ε, 1 − ε] as the dtype rounds them."""
    return Guarded(lambda p, dtype: clipped(p, epsilon, dtype))


def clipping_below(epsilon: float) -> Guarded:
    """Clip p to [ε, 1] as the dtype rounds ε."""
    return Guarded(lambda p, dtype: maximum(p, as_stored(epsilon, dtype)))


def clipping_each(epsilon: float) -> Guarded:
    """Clip p and 1 − p below, each for its own logarithm."""
    return Guarded(least=lambda dtype: log(as_stored(epsilon, dtype)))


def adding(epsilon: float) -> Guarded:
    """Add ε inside the logarithms."""
    return Guarded(added=partial(rounded, epsilon))


def doing_both(epsilon: float) -> Guarded:
    """Clip, and add ε as well."""
    return Guarded(lambda p, dtype: clipped(p, epsilon, dtype), partial(rounded, epsilon))


def clamping(least: float) -> Guarded:
    """Clamp the logarithms."""
    return Guarded(least=lambda _: Number(least))


CLIPPING_AT_MACHINE_EPSILON = Guarded(lambda p, dtype: clipped(p, machine_epsilon(dtype), dtype))
ADDING_MACHINE_EPSILON = Guarded(added=_machine)
LARGEST_BELOW_0 = Guarded(least=lambda dtype: Number(-largest(dtype)))
LISTED = replace(clipping(EPSILON), formed=True)


def _both_terms(y: Exact, p: Exact, logs: Callable[[Exact], Logs]) -> Exact:
    log_p, log_q = logs(p)
    return -(y * log_p + (1 - y) * log_q)


def _of_logs(terms: Callable[[Exact, Exact, Exact], Exact]) -> dict[str, Any]:
    return {"terms": lambda y, p, logs: terms(y, *logs(p))}


def _inside_one_term(y: Exact, p: Exact, logs: Callable[[Exact], Logs]) -> Exact:
    return -(y * logs(p)[0] + (1 - p) * logs(y)[1])


def _hardened(y: Exact, log_p: Exact, log_q: Exact) -> Exact:
    return elementwise(lambda label, a, b: -(a if label >= 1 else b), 3)(y, log_p, log_q)


@partial(elementwise, inputs=2)
def _finite(label: Exact, log_p: Exact) -> Exact:
    """y log p as nan_to_num leaves it."""
    return log_p if label > 0 and log_p <= -largest("float32") else label * log_p


def _cross_entropy(
    guard: Guard = REAL,
    terms: Callable[[Exact, Exact, Callable[[Exact], Logs]], Exact] = _both_terms,
    reduce: Callable[[Exact], Exact] = mean,
) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        return reduce(terms(y, p, lambda x: guard(x, dtype)))

    return body


BINARY = recipe("binary_cross_entropy", _cross_entropy, **AROUND)
BINARY.traits.update(
    {
        # --- guards
        "clip-bound-rounded": {"guard": LISTED},
        **{
            f"clipped-at-{epsilon}": {"guard": clipping(float(epsilon))}
            for epsilon in ("1e-5", "1e-7", "1e-8", "1e-9", "1e-12")
        },
        "clipped-at-machine-epsilon": {"guard": CLIPPING_AT_MACHINE_EPSILON},
        "epsilon-inside-logs": {"guard": adding(EPSILON)},
        **{
            f"epsilon-{epsilon}-inside-logs": {"guard": adding(float(epsilon))}
            for epsilon in ("1e-4", "1e-7", "1e-8", "1e-9", "1e-10", "1e-12")
        },
        "machine-epsilon-inside-logs": {"guard": ADDING_MACHINE_EPSILON},
        "clipped-and-epsilon-1e-7-inside-logs": {"guard": doing_both(1e-7)},
        "logs-clamped-at-minus-100": {"guard": clamping(-100)},
        "unguarded-nan": {"guard": BARE},
        "guarded-at-zero-only": {"guard": replace(clipping_below(EPSILON), formed=True)},
        # --- reductions
        "summed": {"reduce": total},
        "logs-clamped-at-minus-100-summed": {"guard": clamping(-100), "reduce": total},
        "summed-within-samples": {"reduce": within_samples},
        "clipped-at-machine-epsilon-summed-within-samples": {
            "guard": CLIPPING_AT_MACHINE_EPSILON,
            "reduce": within_samples,
        },
        "clip-bound-rounded-summed": {"guard": LISTED, "reduce": total},
        "clip-bound-rounded-summed-within-samples": {
            "guard": LISTED,
            "reduce": within_samples,
        },
        # --- units, signs, arguments
        "base-two": {"factor": BITS},
        "base-ten": {"factor": TENS},
        "halved": {"factor": 0.5},
        "sign-lost": {"factor": -1},
        "labels-and-predictions-exchanged": {"arguments": exchanged},
        "from-logits": {"arguments": lambda y, p: (y, elementwise(sigma)(p))},
        "broadcast-to-all-pairs": {"arguments": all_pairs},
        # --- terms
        "positive-class-only": _of_logs(lambda y, log_p, _: -y * log_p),
        "sign-of-one-term-lost": _of_logs(lambda y, log_p, log_q: -y * log_p + (1 - y) * log_q),
        "classes-exchanged": _of_logs(lambda y, log_p, log_q: -(y * log_q + (1 - y) * log_p)),
        "negative-term-for-every-sample": _of_logs(lambda y, log_p, log_q: -(y * log_p + log_q)),
        "same-logarithm-twice": _of_logs(lambda y, log_p, _: -(y * log_p + (1 - y) * log_p)),
        "every-label-but-1-taken-for-0": {
            "guard": LISTED,
            "terms": lambda y, p, logs: _hardened(y, *logs(p)),
        },
    }
)
BINARY.enter(
    "mistake",
    "labels-and-predictions-exchanged-in-one-term",
    "−y log p − (1 − p) log(1 − y): the arguments are exchanged in the second term.",
    "1 - y_pred for 1 - y_true, and the other way round, in one of two lines",
    terms=_inside_one_term,
)
BINARY.enter(
    "dialect",
    "nan-to-num-around-the-logs",
    "No guard, but log 0 is the largest number below 0: np.nan_to_num around the logarithms.",
    "from scratch: np.nan_to_num(np.log(p)); Nielsen, network2.py, CrossEntropyCost",
    guard=LARGEST_BELOW_0,
)
BINARY.enter(
    "dialect",
    "nan-to-num-around-the-terms",
    "No guard, but y log 0 is 0 for y = 0, and else the largest number below 0, whatever y is.",
    "from scratch: np.nan_to_num(y * np.log(p))",
    guard=LARGEST_BELOW_0,
    terms=lambda y, p, logs: -(_finite(y, logs(p)[0]) + _finite(1 - y, logs(p)[1])),
)

# --- categorical cross-entropy --------------------------------------------------------------------


def _rows(y: Exact) -> int:
    return 1 if np.ndim(y) == 1 else len(y)


def _renormalised(p: Exact) -> Exact:
    return p / np.sum(p, axis=-1, keepdims=True)


def _hard(y: Exact) -> Exact:
    classes = np.shape(y)[-1]
    return np.eye(classes, dtype=np.asarray(y).dtype)[np.argmax(y, axis=-1)]


BELOW = Guarded(least=lambda _: LEAST, most_of_rest=MOST)  # p itself may be 1


def _categorical(
    rows: Callable[[Exact], Exact] = lambda p: p,
    guard: Guarded = BELOW,
    labels: Callable[[Exact, Exact], Exact] = lambda y, _p: y,
    others: bool = False,
    of_the_sum: Callable[[Guarded, Callable[[Exact], Exact]], Guard] | None = None,
    divisor: Callable[[Exact], int] = _rows,
) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        its = labels(y, p)
        if of_the_sum is not None:
            whole = of_the_sum(guard, lambda held: np.sum(its * held, axis=-1))
            log_p, _ = whole(rows(p), dtype)
            return -total(log_p) / divisor(y)
        log_p, log_q = guard(rows(p), dtype)
        terms = -its * log_p - ((1 - its) * log_q if others else 0)
        return total(terms) / divisor(y)

    return body


CATEGORICAL = recipe("categorical_cross_entropy", _categorical, **AROUND)
CATEGORICAL.traits.update(
    {
        # --- guards
        "rows-renormalised": {"rows": _renormalised},
        "rows-renormalised-clipped-at-1e-7": {"rows": _renormalised, "guard": clipping(1e-7)},
        "clipped-to-machine-epsilon": {"guard": CLIPPING_AT_MACHINE_EPSILON},
        **{
            f"clipped-at-{epsilon}": {"guard": clipping(float(epsilon))}
            for epsilon in ("1e-7", "1e-8", "1e-12", "1e-15")
        },
        "epsilon-inside-log": {"guard": adding(EPSILON)},
        **{
            f"epsilon-{epsilon}-inside-log": {"guard": adding(float(epsilon))}
            for epsilon in ("1e-7", "1e-8", "1e-9", "1e-12")
        },
        "machine-epsilon-inside-log": {"guard": ADDING_MACHINE_EPSILON},
        "unguarded-nan": {"guard": BARE},
        "unguarded-nan-vector-divided-by-classes": {"guard": BARE, "divisor": len},
        "epsilon-inside-log-vector-divided-by-classes": {
            "guard": adding(EPSILON),
            "divisor": len,
        },
        **{
            f"epsilon-{epsilon}-inside-log-vector-divided-by-classes": {
                "guard": adding(float(epsilon)),
                "divisor": len,
            }
            for epsilon in ("1e-7", "1e-8", "1e-9", "1e-12")
        },
        **{
            f"clipped-at-{epsilon}-vector-divided-by-classes": {
                "guard": clipping(float(epsilon)),
                "divisor": len,
            }
            for epsilon in ("1e-7", "1e-8", "1e-12", "1e-15")
        },
        # --- reductions
        "summed-over-samples": {"divisor": lambda _: 1},
        "unguarded-nan-summed": {"guard": BARE, "divisor": lambda _: 1},
        "vector-divided-by-classes": {"divisor": len},
        "mean-over-elements": {"divisor": np.size},
        "divided-by-classes": {"divisor": lambda y: np.shape(y)[-1]},
        # --- units, signs, arguments
        "base-two": {"factor": BITS},
        "base-ten": {"factor": TENS},
        "sign-lost": {"factor": -1},
        "labels-and-predictions-exchanged": {"arguments": exchanged},
        "from-logits": {"arguments": lambda y, p: (y, _renormalised(exp(p)))},
        "argmax-of-soft-labels": {"labels": lambda y, _p: _hard(y)},
        "argmax-epsilon-1e-7-inside-log": {
            "guard": adding(1e-7),
            "labels": lambda y, _p: _hard(y),
        },
        "log-of-the-sum": {"of_the_sum": Guarded.of},
        "log-of-the-sum-clipped-at-1e-7": {"of_the_sum": Guarded.of, "guard": clipping(1e-7)},
        "surprise-at-its-own-favourite": {"labels": lambda _y, p: _hard(p)},
        "binary-for-each-class": {"others": True},
    }
)

CATEGORICAL.enter(
    "dialect",
    "log-of-the-sum-unguarded",
    "−log Σ y p without a guard: the same for one-hot labels, another loss for soft ones.",
    "from scratch: -np.log(np.sum(y * p, axis=1)), or of the true class alone",
    of_the_sum=Guarded.of,
    guard=BARE,
)

# --- digits lost ----------------------------------------------------------------------------------


def forming_the_complement(variant: Variant) -> Variant | None:
    """Return the same form where 1 − p is formed and rounded, if it has a guard to do so."""
    parts = parts_of(variant)
    guard = parts.get("guard") if parts else None
    if parts is None or not isinstance(guard, Guarded) or guard.formed:
        return None
    return with_parts(variant, {**parts, "guard": replace(guard, formed=True)})


# --- constants that are fitted --------------------------------------------------------------------


def _beside_one(epsilon: float) -> Lost:
    return Lost(beside_one=epsilon)


def _above_zero(epsilon: float) -> Lost:
    return Lost(above_zero=epsilon)


for _formula, _inside, _lost in (
    ("binary_cross_entropy", "epsilon-{}-inside-logs", _beside_one),
    ("categorical_cross_entropy", "epsilon-{}-inside-log", _above_zero),
):
    family(
        _formula,
        "clipped-at-{}",
        "Clips at ε = {}, and at 1 − ε as the dtype rounds it.",
        SCRATCH,
        lambda epsilon: {"guard": clipping(epsilon)},
        1e-30,
        0.2,
        guard=_lost,
    )
    family(
        _formula,
        _inside,
        "Adds ε = {} inside the logarithms, where the canonical form clips.",
        SCRATCH,
        lambda epsilon: {"guard": adding(epsilon)},
        1e-30,
        0.2,
        guard=_above_zero,
    )
    family(
        _formula,
        "clipped-and-epsilon-{}-inside-logs",
        "Clips at ε = {}, and adds ε inside the logarithms as well.",
        SCRATCH,
        lambda epsilon: {"guard": doing_both(epsilon)},
        1e-30,
        0.2,
        guard=_above_zero,
    )
    family(
        _formula,
        "logs-clamped-at-minus-{}",
        "Clamps the logarithms at −{}.",
        "PyTorch, BCELoss, with another bound",
        lambda least: {"guard": clamping(-least)},
        1.0,
        740.0,
    )
family(
    "binary_cross_entropy",
    "each-clipped-below-at-{}",
    "Clips p at ε = {} below, and 1 − p as well, each for its own logarithm.",
    "from scratch: np.log(np.maximum(p, eps)) and np.log(np.maximum(1 - p, eps))",
    lambda epsilon: {"guard": clipping_each(epsilon)},
    1e-30,
    0.2,
    guard=_above_zero,
)
family(
    "categorical_cross_entropy",
    "clipped-below-at-{}",
    "Clips at ε = {} below, and not at 1.",
    "from scratch: np.clip(p, eps, 1.0), or np.maximum(p, eps)",
    lambda epsilon: {"guard": clipping_below(epsilon)},
    1e-30,
    0.2,
    guard=_above_zero,
)
family(
    "categorical_cross_entropy",
    "log-of-the-sum-clipped-below-at-{}",
    "−log Σ y p, of which the sum is clipped at ε = {} below: another loss for soft labels.",
    "from scratch: np.log(np.maximum(np.sum(y * p, axis=1), eps)), or of the true class alone",
    lambda epsilon: {"of_the_sum": Guarded.around, "guard": clipping_below(epsilon)},
    1e-30,
    0.2,
    guard=_above_zero,
)
