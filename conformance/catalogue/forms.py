"""The known forms of a formula in a dtype: what was entered, and what low precision makes of it.

An optimizer is right in float16 and bfloat16 as libraries have it at their best: weights in that
dtype, rounded once a step; all else in float32, state above all. What computes more of it in the
narrow dtype is a form with a name of its own, and has the bound of that many roundings.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import numpy as np

from gradmark.conformance.catalogue.variant import Body, Guard, Variant, entries_of
from gradmark.conformance.truth import Exact, Number, anything_allowed
from gradmark.harness.contract import CONTRACT
from gradmark.harness.contract.dtypes import DTYPES, USUAL, WIDEST

LOST = "epsilon-lost"
SQUARES = "squares-lost"
TYPED = 1e-8  # the ε of papers and frameworks, whatever is usual for a formula
STEP = "google-deepmind/optax#1754, #1789; pytorch/pytorch#147437"


def variants(formula: str, dtype: str = WIDEST) -> tuple[Variant, ...]:
    """List all known forms of a formula in a dtype, the canonical one first."""
    if dtype in USUAL or not CONTRACT[formula].stepped:
        return entries_of(formula)
    return _in_low_precision(formula, dtype)


def with_state_inside(variant: Variant, dtype: str) -> Variant | None:
    """Return what a form is that keeps its state in the dtype, if this one keeps it in float32."""
    if variant.inside in ("", dtype) or variant.kind(dtype) == "mistake":
        return None
    return _state_inside(variant, dtype)


@cache
def _in_low_precision(formula: str, dtype: str) -> tuple[Variant, ...]:
    its, row = DTYPES[dtype], CONTRACT[formula]
    every = entries_of(formula)
    if not row.state:  # nothing is kept: each step is one or two roundings
        return every
    right = [one for one in every if one.kind(dtype) != "mistake"]
    wrong = [one for one in every if one.kind(dtype) == "mistake"]
    found = [replace(one, inside=its.sums_in) for one in every]
    found += [_state_inside(one, dtype) for one in right]
    found += [replace(one, inside=dtype) for one in wrong]
    narrow = its.lowest > DTYPES["float32"].lowest
    squares = narrow and any(state.name in ("v", "s") for state in row.state)
    if _named(formula, "epsilon") and Guard(above_zero=TYPED).lost(dtype):
        found += [_without_epsilon(one, dtype, squares=squares) for one in every]
    if squares:
        found += [_without_squares(one, dtype) for one in right]
    return tuple(found)


def _renamed(variant: Variant, name: str, says: str, source: str, **other: Any) -> Variant:
    plain = variant.name == "canonical"
    return replace(
        variant,
        name=name if plain else f"{variant.name}+{name}",
        says=says if plain else f"{says} {variant.says}",
        source=source if plain else f"{variant.source}; {source}",
        **other,
    )


def _state_inside(variant: Variant, dtype: str) -> Variant:
    """Return the form that computes, or keeps its averages, in the dtype of the weights."""
    least = 2 ** (DTYPES[dtype].digits + 1)
    return _renamed(
        variant,
        f"state-in-{dtype}",
        f"What a step computes or keeps is in {dtype}, not in float32: an average that is to change"
        f" by less than 1/{least} of itself stands still.",
        "PyTorch, torch.optim on parameters of that dtype; Optax without mu_dtype",
        meant="dialect",
        inside=dtype,
    )


def _without_epsilon(variant: Variant, dtype: str, *, squares: bool) -> Variant:
    """Return the form whose ε is rounded to the dtype, where the usual one is 0."""
    stored, least = DTYPES[dtype].make().type, DTYPES[dtype].smallest
    names = _named(variant.formula, "epsilon")

    @wraps(variant.body)
    def body(*arguments: Exact, **hyper: Exact) -> Exact:
        rounded = {name: Number(float(stored(float(hyper[name])))) for name in names}
        return variant.body(*arguments, **hyper | rounded)

    return _renamed(
        variant,
        LOST,
        f"ε is rounded to {dtype}, which has nothing between 0 and {least:.0e}: the usual 1e-8 is 0"
        " there, and without a gradient 0/0 is NaN, which that weight never leaves again. In wider"
        f" dtypes the same code may be right. Add ε in float32, or take one from 1e-7 up.",
        STEP,
        meant="mistake",
        body=_unless_squares_are_lost(body, variant.formula, dtype) if squares else body,
        inside=dtype,
    )


def _without_squares(variant: Variant, dtype: str) -> Variant:
    """Return the form that is right wherever the squares of gradients are no less than normal."""
    least = DTYPES[dtype].smallest
    return _renamed(
        variant,
        SQUARES,
        f"Squares of small gradients, or what an average takes of them, are below {least:.0e} and 0"
        f" in {dtype}: the step is divided by nothing but ε there, and far too long. Keep averages"
        " of squares in float32, or scale the loss.",
        "pytorch/pytorch#147437; bitsandbytes-foundation/bitsandbytes#1756",
        meant="mistake",
        body=_unless_squares_are_lost(variant.body, variant.formula, dtype),
        inside=dtype,
    )


def _unless_squares_are_lost(of: Body, formula: str, dtype: str) -> Body:
    """Let a form say nothing of a weight from its first gradient on whose square is not normal."""
    tiny, decays = DTYPES[dtype].tiny, _named(formula, "decay")

    @wraps(of)
    def body(w: Exact, gradients: Exact, rates: Exact, **hyper: Exact) -> Generator[Exact, Exact]:
        share = min((1 - float(hyper[name]) for name in decays), default=1.0)
        lost = np.zeros(np.shape(w), bool)

        def seen() -> Iterator[Exact]:
            for g in gradients:
                size = np.asarray(g).astype(float)
                lost[...] |= (size != 0) & (share * size**2 < tiny)
                yield g

        path = of(w, seen(), rates, **hyper)
        sent = None
        while True:
            try:
                step = path.send(sent) if isinstance(path, Generator) else next(path)
            except StopIteration:
                return
            exact = np.asarray(step).dtype == object
            sent = yield np.where(lost, anything_allowed(step), step) if exact else step

    return body


def _named(formula: str, role: str) -> tuple[str, ...]:
    return tuple(p.name for p in CONTRACT[formula].takes if p.role == role)
