"""What the losses are put together of: a guard of the logarithms, terms, and a reduction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.losses.guards import (
    EPSILON,
    LEAST,
    MOST,
    as_stored,
    clip,
    clipped,
    machine_epsilon,
)
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import (
    Exact,
    Number,
    elementwise,
    log,
    log1p,
    maximum,
    mean,
    mp,
    sqrt,
    total,
)

Logs = tuple[Exact, Exact]  # log p and log(1 − p)
Guard = Callable[[Exact, str], Logs]


def times(body: Body, factor: float | Number) -> Body:
    """Multiply the loss."""
    return lambda y, p, *, dtype: factor * body(y, p, dtype=dtype)


def given(body: Body, change: Callable[[Exact, Exact], tuple[Exact, Exact]]) -> Body:
    """Change the arguments."""
    return lambda y, p, *, dtype: body(*change(y, p), dtype=dtype)


AROUND: dict[str, Callable[[Body, Any], Body]] = {"arguments": given, "factor": times}
BITS, TENS = (Number(1 / mp.log(base)) for base in (2, 10))


def _exchanged(y: Exact, p: Exact) -> tuple[Exact, Exact]:
    return p, y


def _all_pairs(y: Exact, p: Exact) -> tuple[Exact, Exact]:
    row, column = np.reshape(y, (1, -1)), np.reshape(p, (-1, 1))
    return row + 0 * column, column + 0 * row


def _within_samples(terms: Exact) -> Exact:
    return total(terms) / len(terms)


# --- mean squared error ---------------------------------------------------------------------------


def _square(d: Exact) -> Exact:
    return d**2


def _squared_error(
    difference: Callable[[Exact, Exact], Exact] = lambda y, p: y - p,
    term: Callable[[Exact], Exact] = _square,
    reduce: Callable[[Exact], Exact] = mean,
    after: Callable[[Exact], Exact] = lambda loss: loss,
) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        del dtype
        return after(reduce(term(difference(y, p))))

    return body


MSE = recipe("mse_loss", _squared_error, **AROUND)
MSE.traits.update(
    {
        "half-mean": {"factor": 0.5},
        "sum-of-squares": {"reduce": total},
        "half-sum": {"reduce": total, "factor": 0.5},
        "summed-within-samples": {"reduce": _within_samples},
        "half-summed-within-samples": {"reduce": _within_samples, "factor": 0.5},
        "absolute-differences": {"term": abs},
        "root-taken": {"after": sqrt},
        "mean-difference": {"term": lambda d: d},
        "divided-by-n-minus-1": {"reduce": lambda x: total(x) / (np.size(x) - 1)},
        "broadcast-to-all-pairs": {"arguments": _all_pairs},
        "variance-of-the-differences": {"difference": lambda y, p: y - p - mean(y - p)},
        "averaged-over-features-only": {"reduce": lambda x: total(x) * len(x) / np.size(x)},
    }
)

# --- binary cross-entropy -------------------------------------------------------------------------


def real(p: Exact, _dtype: str) -> Logs:
    """The canonical guard: p clipped in real arithmetic."""
    return clip(log(p), LEAST, MOST), clip(log1p(-p), LEAST, MOST)


def clipping(epsilon: float) -> Guard:
    """Clip p to [ε, 1 − ε] as the dtype rounds them."""

    def logs(p: Exact, dtype: str) -> Logs:
        p = clipped(p, epsilon, dtype)
        return log(p), log1p(-p)

    return logs


def adding(epsilon: float) -> Guard:
    """Add ε inside the logarithms."""
    return lambda p, _: (log(p + epsilon), log(1 - p + epsilon))


def doing_both(epsilon: float) -> Guard:
    """Clip, and add ε as well."""
    return lambda p, dtype: adding(epsilon)(clipped(p, epsilon, dtype), dtype)


def clamping(least: float) -> Guard:
    """Clamp the logarithms."""
    return lambda p, _: (maximum(log(p), Number(least)), maximum(log1p(-p), Number(least)))


def of_machine(guard: Callable[[float], Guard]) -> Guard:
    """Guard with the machine epsilon of the dtype."""
    return lambda p, dtype: guard(machine_epsilon(dtype))(p, dtype)


def _listed(p: Exact, dtype: str) -> Logs:
    p = clipped(p, EPSILON, dtype)
    return log(p), log(1 - p)


def _at_zero_only(p: Exact, dtype: str) -> Logs:
    p = maximum(p, as_stored(EPSILON, dtype))
    return log(p), log(1 - p)


def _bare(p: Exact, _dtype: str) -> Logs:
    return log(p), log(1 - p)


def _both_terms(y: Exact, p: Exact, logs: Callable[[Exact], Logs]) -> Exact:
    log_p, log_q = logs(p)
    return -(y * log_p + (1 - y) * log_q)


def _of_logs(terms: Callable[[Exact, Exact, Exact], Exact]) -> dict[str, Any]:
    return {"terms": lambda y, p, logs: terms(y, *logs(p))}


def _inside_one_term(y: Exact, p: Exact, logs: Callable[[Exact], Logs]) -> Exact:
    return -(y * logs(p)[0] + (1 - p) * logs(y)[1])


def _hardened(y: Exact, log_p: Exact, log_q: Exact) -> Exact:
    return elementwise(lambda label, a, b: -(a if label >= 1 else b), 3)(y, log_p, log_q)


def _cross_entropy(
    guard: Guard = real,
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
        "clip-bound-rounded": {"guard": _listed},
        **{
            f"clipped-at-{epsilon}": {"guard": clipping(float(epsilon))}
            for epsilon in ("1e-5", "1e-7", "1e-8", "1e-9", "1e-12")
        },
        "clipped-at-machine-epsilon": {"guard": of_machine(clipping)},
        "epsilon-inside-logs": {"guard": adding(EPSILON)},
        **{
            f"epsilon-{epsilon}-inside-logs": {"guard": adding(float(epsilon))}
            for epsilon in ("1e-4", "1e-7", "1e-8", "1e-9", "1e-10", "1e-12")
        },
        "machine-epsilon-inside-logs": {"guard": of_machine(adding)},
        "clipped-and-epsilon-1e-7-inside-logs": {"guard": doing_both(1e-7)},
        "logs-clamped-at-minus-100": {"guard": clamping(-100)},
        "unguarded-nan": {"guard": _bare},
        "guarded-at-zero-only": {"guard": _at_zero_only},
        # --- reductions
        "summed": {"reduce": total},
        "logs-clamped-at-minus-100-summed": {"guard": clamping(-100), "reduce": total},
        "summed-within-samples": {"reduce": _within_samples},
        "clipped-at-machine-epsilon-summed-within-samples": {
            "guard": of_machine(clipping),
            "reduce": _within_samples,
        },
        "clip-bound-rounded-summed": {"guard": _listed, "reduce": total},
        "clip-bound-rounded-summed-within-samples": {
            "guard": _listed,
            "reduce": _within_samples,
        },
        # --- units, signs, arguments
        "base-two": {"factor": BITS},
        "base-ten": {"factor": TENS},
        "halved": {"factor": 0.5},
        "sign-lost": {"factor": -1},
        "labels-and-predictions-exchanged": {"arguments": _exchanged},
        "broadcast-to-all-pairs": {"arguments": _all_pairs},
        # --- terms
        "positive-class-only": _of_logs(lambda y, log_p, _: -y * log_p),
        "sign-of-one-term-lost": _of_logs(lambda y, log_p, log_q: -y * log_p + (1 - y) * log_q),
        "classes-exchanged": _of_logs(lambda y, log_p, log_q: -(y * log_q + (1 - y) * log_p)),
        "negative-term-for-every-sample": _of_logs(lambda y, log_p, log_q: -(y * log_p + log_q)),
        "same-logarithm-twice": _of_logs(lambda y, log_p, _: -(y * log_p + (1 - y) * log_p)),
        "every-label-but-1-taken-for-0": {
            "guard": _listed,
            "terms": lambda y, p, logs: _hardened(y, *logs(p)),
        },
        "predictions-and-labels-exchanged-in-one-term": {"terms": _inside_one_term},
    }
)

# --- categorical cross-entropy --------------------------------------------------------------------


def _rows(y: Exact) -> int:
    return 1 if np.ndim(y) == 1 else len(y)


def _renormalised(p: Exact) -> Exact:
    return p / np.sum(p, axis=-1, keepdims=True)


def _hard(y: Exact) -> Exact:
    classes = np.shape(y)[-1]
    return np.eye(classes, dtype=np.asarray(y).dtype)[np.argmax(y, axis=-1)]


def below(p: Exact, _dtype: str) -> Logs:
    """The canonical guard: p no less than ε, in real arithmetic."""
    return maximum(log(p), LEAST), clip(log1p(-p), LEAST, MOST)


def clipping_below(epsilon: float) -> Guard:
    """Clip p to [ε, 1]."""
    return lambda p, dtype: (log(maximum(p, as_stored(epsilon, dtype))), log1p(-p))


def _categorical(
    rows: Callable[[Exact], Exact] = lambda p: p,
    guard: Guard = below,
    labels: Callable[[Exact, Exact], Exact] = lambda y, _p: y,
    others: bool = False,
    divisor: Callable[[Exact], int] = _rows,
) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        log_p, log_q = guard(rows(p), dtype)
        its = labels(y, p)
        terms = -its * log_p - ((1 - its) * log_q if others else 0)
        return total(terms) / divisor(y)

    return body


CATEGORICAL = recipe("categorical_cross_entropy", _categorical, **AROUND)
CATEGORICAL.traits.update(
    {
        # --- guards
        "rows-renormalised": {"rows": _renormalised},
        "rows-renormalised-clipped-at-1e-7": {"rows": _renormalised, "guard": clipping(1e-7)},
        "clipped-to-machine-epsilon": {"guard": of_machine(clipping)},
        **{
            f"clipped-at-{epsilon}": {"guard": clipping(float(epsilon))}
            for epsilon in ("1e-7", "1e-8", "1e-12", "1e-15")
        },
        "epsilon-inside-log": {"guard": adding(EPSILON)},
        **{
            f"epsilon-{epsilon}-inside-log": {"guard": adding(float(epsilon))}
            for epsilon in ("1e-7", "1e-8", "1e-9", "1e-12")
        },
        "machine-epsilon-inside-log": {"guard": of_machine(adding)},
        "unguarded-nan": {"guard": _bare},
        "unguarded-nan-vector-divided-by-classes": {"guard": _bare, "divisor": len},
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
        "unguarded-nan-summed": {"guard": _bare, "divisor": lambda _: 1},
        "vector-divided-by-classes": {"divisor": len},
        "mean-over-elements": {"divisor": np.size},
        "divided-by-classes": {"divisor": lambda y: np.shape(y)[-1]},
        # --- units, signs, arguments
        "base-two": {"factor": BITS},
        "base-ten": {"factor": TENS},
        "sign-lost": {"factor": -1},
        "labels-and-predictions-exchanged": {"arguments": _exchanged},
        "argmax-of-soft-labels": {"labels": lambda y, _p: _hard(y)},
        "argmax-epsilon-1e-7-inside-log": {
            "guard": adding(1e-7),
            "labels": lambda y, _p: _hard(y),
        },
        "surprise-at-its-own-favourite": {"labels": lambda _y, p: _hard(p)},
        "binary-for-each-class": {"others": True},
    }
)
