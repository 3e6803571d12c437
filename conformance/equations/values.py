"""Whether two terms are one function, written twice: a stable sigmoid is the sigmoid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.equations.term import Term

Values = np.ndarray
DRAWN = 1000  # values of each symbol: what differs in few of them is seen, too
CLOSE = 1e-9
DEEPEST = 24  # operations within each other
COMPUTED: dict[str, Callable[..., Values]] = {
    "+": np.add, "neg": np.negative, "*": np.multiply, "/": np.divide, "**": np.power,
    "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "tanh": np.tanh, "cos": np.cos, "abs": np.abs,
    "maximum": np.maximum, "minimum": np.minimum, "sign": np.sign, "if": np.where,
    "<": np.less, "≤": np.less_equal, ">": np.greater, "≥": np.greater_equal, "≠": np.not_equal,
}  # fmt: skip


def same(one: Term, other: Term) -> bool:
    """Whether two terms agree at values of either sign; not, where that cannot be told."""
    known: dict[int, Values] = {}
    try:
        with np.errstate(all="ignore"):
            a, b = (np.asarray(_value(its, known)) for its in (one, other))
    except RecursionError:
        return False
    finite = np.isfinite(a) & np.isfinite(b)
    agree = np.isclose(a, b, rtol=CLOSE, atol=0) | ~finite
    return bool(agree.all() and 2 * np.count_nonzero(finite) > finite.size)


def _value(its: Term, known: dict[int, Values], depth: int = 0) -> Values:
    if id(its) not in known:
        if depth > DEEPEST:
            raise RecursionError("the state of many steps")
        how = COMPUTED.get(its.head)
        if how is not None:
            known[id(its)] = how(*(_value(one, known, depth + 1) for one in its.of))
        else:  # a symbol, or what may be any number: a sum, a product of matrices
            known[id(its)] = _drawn(its)
    return known[id(its)]


def _drawn(its: Term) -> Values:
    try:
        return np.full(DRAWN, float(its.head.replace("−", "-")))
    except ValueError:
        return np.random.default_rng(abs(its.key)).normal(size=DRAWN)
