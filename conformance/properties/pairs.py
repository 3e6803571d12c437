"""What every loss owes to its gradient, to its samples, and to a case worked by hand.

One table holds the cases; each row makes the same theorems of a loss and of its gradient.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.catalogue import form
from gradmark.conformance.live import live
from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.gradients import beside_a_guard, offsets, signals
from gradmark.conformance.properties.strategies import Array, Pair, grid
from gradmark.conformance.properties.theorem import Theorem, drawn, of_a_pair, rejects
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import roundoff

LOG_TWO = float(np.log(2))


@dataclass(frozen=True)
class Worked:
    """A case worked by hand, with the constants of place 1: its loss and its gradient."""

    y: Any
    p: Any
    gradient: Any
    loss: float | None = None  # none where older theorems of the loss are elsewhere


BY_HAND = {
    "mse_loss": Worked([3.0, 5.0], [2.0, 8.0], [-1.0, 3.0]),
    "mae_loss": Worked([0.0, 0.0], [1.0, -3.0], [0.5, -0.5], 2.0),
    "huber_loss": Worked([0.0, 0.0], [0.5, -2.0], [0.25, -0.375], 0.671875),  # δ = 3/4
    "smooth_l1_loss": Worked([0.0, 0.0], [0.5, -2.0], [1 / 3, -0.5], 43 / 48),  # β = 3/4
    "hinge_loss": Worked([1.0, -1.0], [0.5, 2.0], [-0.5, 0.5], 1.75),
    "bce_with_logits": Worked([1.0, 0.0], [0.0, 0.0], [-0.75, 0.25], 2 * LOG_TWO),  # w = 3
    "binary_cross_entropy": Worked([1.0, 0.0], [0.5, 0.75], [-1.0, 2.0]),
    "categorical_cross_entropy": Worked([0.0, 0.5, 0.5], [0.25, 0.5, 0.25], [0.0, -1.0, -2.0]),
    "softmax_cross_entropy": Worked([1.0, 0.0], [0.0, 0.0], [-0.45, 0.45]),  # ε = 1/10
    "focal_loss": Worked(  # γ = 1, α = ½
        [1.0, 0.0],
        [0.5, 0.75],
        [-(1 + LOG_TWO) / 4, (3 + 2 * LOG_TWO) / 4],
        LOG_TWO / 2,
    ),
    "nll_loss": Worked(
        [[0.0, 1.0], [1.0, 0.0]],
        [[-2.0, -0.5], [-1.5, -0.25]],
        [[0.0, -0.5], [-0.5, 0.0]],
        1.0,
    ),
    "kl_divergence": Worked([0.5, 0.5], [0.25, 0.5], [-2.0, -1.0], LOG_TWO / 2),
}


# --- inputs ---------------------------------------------------------------------------------------


def _pairs(y: st.SearchStrategy[Array], p: st.SearchStrategy[Array]) -> st.SearchStrategy[Pair]:
    return st.builds(Pair, y, p)


def _of_one_class(pair: Pair) -> Pair:
    return Pair(np.eye(pair.y.shape[-1])[pair.y.argmax(axis=-1)], pair.p)


def _signs(bits: Array) -> Array:
    return 2 * bits - 1


FLAT, ROWS = (3, 2), (3, 3)
OFF_KINKS = grid(FLAT, -24, 24, 8).map(lambda x: x + 0.0625)
# By the roles of the arrays: no kink and no threshold is nearer than 1/16, no logarithm steep.
DRAWN: dict[tuple[str, ...], st.SearchStrategy[Pair]] = {
    ("target", "data"): st.builds(
        lambda y, d: Pair(y, y + d), grid(FLAT, -32, 32, 8), OFF_KINKS
    ),
    ("label", "logit"): _pairs(grid(FLAT, 0, 8, 8), grid(FLAT, -256, 256, 64)),
    ("signed label", "data"): _pairs(grid(FLAT, 0, 1, 1).map(_signs), OFF_KINKS),
    ("label", "probability"): _pairs(grid(FLAT, 0, 8, 8), grid(FLAT, 24, 40, 64)),
    ("class label", "class probability"): _pairs(grid(ROWS, 0, 8, 8), grid(ROWS, 24, 40, 64)),
    ("class label", "class log probability"): _pairs(
        grid(ROWS, 0, 8, 8), grid(ROWS, -256, -16, 64)
    ),
    ("class label", "class logit"): _pairs(grid(ROWS, 0, 8, 8), grid(ROWS, -128, 128, 64)),
}  # fmt: skip


def _drawn(name: str) -> st.SearchStrategy[Pair]:
    return DRAWN[CONTRACT[name].array_roles]


def _constants(name: str) -> tuple[float, ...]:
    return CONTRACT[name].numbers(1)


# --- wrong on purpose -----------------------------------------------------------------------------


def _enlarged(name: str) -> Callable[..., Any]:
    right = live(form(name))
    return lambda *given: right(*given) * 1.25


def _state(name: str, takes: Iterable[str], theorem: Theorem, *wrong: dict[str, Any]) -> None:
    """Enter a theorem under its name, about the formulas that it takes, with what it rejects."""
    signature = [inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY) for each in takes]
    theorem.__name__ = theorem.__qualname__ = name
    theorem.__signature__ = inspect.Signature(signature)  # type: ignore[attr-defined]  # as told
    for bodies in wrong:
        rejects(**bodies)(theorem)
    globals()[name] = theorem


# --- the theorems ---------------------------------------------------------------------------------


def _by_hand(name: str, worked: Worked, expected: Any) -> None:
    def theorem(**asked: Function) -> None:
        f = asked[name]
        agree(f(worked.y, worked.p, *_constants(name)), expected, "rounding", f.dtype, scale=4)

    _state(f"{name}_of_a_case_worked_by_hand", [name], theorem, {name: _enlarged(name)})


def _given_twice(name: str, share: float, wrong: str) -> None:
    """State what data that are given twice make of a loss, or of each entry of its gradient."""

    def theorem(pair: Pair, **asked: Function) -> None:
        f = asked[name]
        once = f(*pair, *_constants(name))
        twice = f(*(np.concatenate([a, a]) for a in pair), *_constants(name))
        size = 8 * (1 + np.max(abs(once)))
        both = np.concatenate([once, once]) if np.ndim(once) else once
        agree(twice, share * both, "rounding", f.dtype, scale=size)

    drawn(pair=_drawn(name))(theorem)
    _state(f"{name}_of_data_given_twice", [name, "pair"], theorem, {name: wrong})


def _order(name: str) -> None:
    """State that no sample is preferred."""

    def theorem(pair: Pair, **asked: Function) -> None:
        f = asked[name]
        here = f(*pair, *_constants(name))
        there = f(*(a[::-1] for a in pair), *_constants(name))
        agree(there, here, "rounding", f.dtype, scale=8 * (1 + abs(here)))

    right = live(form(name))

    def favours_the_first(y: Array, p: Array, *constants: float) -> Any:
        return right(y, p, *constants) + np.ravel(p)[0]

    drawn(pair=_drawn(name))(theorem)
    _state(f"{name}_in_any_order", [name, "pair"], theorem, {name: favours_the_first})


H = 2.0**-10


def _slope(loss: str, gradient: str) -> None:
    def theorem(pair: Pair, bits: Array, **asked: Function) -> None:
        y, p = pair
        f, constants, line = asked[loss], _constants(loss), _signs(bits)
        values = [f(y, p + t * line, *constants) for t in offsets(H)]
        entries = asked[gradient](y, p, *constants)
        u = roundoff(f.dtype)
        noise = u * (8 + max(map(abs, values)))
        rounding = beside_a_guard(entries, 1 + float(np.sum(abs(entries))), u)
        slope = np.sum(entries * line)
        signals(values, slope, H, noise=noise, rounding=rounding).refuse("wrong", "kink")

    of_classes = CONTRACT[loss].roles[0] == "class label"
    # Of soft labels a loss may be another one, and still have this slope for those of one class.
    pairs = _drawn(loss).map(_of_one_class) if of_classes else _drawn(loss)
    drawn(pair=pairs, bits=grid(ROWS if of_classes else FLAT, 0, 1, 1))(theorem)
    of_a_pair(theorem)
    _state(
        f"{gradient}_is_the_slope_of_{loss}",
        [gradient, loss, "pair", "bits"],
        theorem,
        {gradient: "sign-flipped"},
        {gradient: "of-the-sum"},
    )


for _name, _worked in BY_HAND.items():
    _of_slopes = f"{_name}_grad"
    _by_hand(_of_slopes, _worked, _worked.gradient)
    _given_twice(_of_slopes, 0.5, "of-the-sum")
    _slope(_name, _of_slopes)
    if _worked.loss is not None:
        _by_hand(_name, _worked, _worked.loss)
        _given_twice(_name, 1.0, "summed")
        _order(_name)
