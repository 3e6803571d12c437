"""The catalogue's optimizers run like live ones: step by step, on floats, with state to look at."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getgeneratorlocals

import numpy as np
import pytest

from gradmark.conformance.cases import Case, cases
from gradmark.conformance.catalogue import Variant, form, variants

STATE = {"SGD": (), "SGDMomentum": ("velocity",), "RMSprop": ("s",), "Adam": ("m", "v", "t")}
EVERY = [
    pytest.param(variant, id=f"{variant.formula}-{variant.name}")
    for optimizer in STATE
    for variant in variants(optimizer)
]


def _ordinary(optimizer: str, dtype: str) -> Case:
    return next(case for case in cases(optimizer, dtype) if case.id == "ordinary")


@pytest.mark.parametrize("variant", EVERY)
def test_a_step_takes_one_gradient_and_one_rate(variant: Variant) -> None:
    case = _ordinary(variant.formula, "float64")
    w, gradients, rates = case.arguments
    taken = {"gradients": 0, "rates": 0}

    def counted(name: str, values: Iterator[object]) -> Iterator[object]:
        for value in values:
            taken[name] += 1
            yield value

    body = variant.body(
        w, counted("gradients", iter(gradients)), counted("rates", iter(rates)), **case.hyper
    )
    with np.errstate(all="ignore"):  # some mistakes divide by zero
        for step, _ in enumerate(body, 1):
            assert taken == {"gradients": step, "rates": step}
    assert taken == {"gradients": 20, "rates": 20}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("variant", EVERY)
def test_weights_keep_their_dtype_and_shape(variant: Variant, dtype: str) -> None:
    case = _ordinary(variant.formula, dtype)
    w, gradients, rates = case.arguments
    with np.errstate(all="ignore"):
        path = list(variant.body(w, gradients, rates, **case.hyper))
    assert {(step.dtype.name, step.shape) for step in path} == {(dtype, w.shape)}


@pytest.mark.parametrize(("optimizer", "names"), STATE.items())
def test_the_canonical_body_shows_its_state_under_the_articles_names(
    optimizer: str, names: tuple[str, ...]
) -> None:
    case = _ordinary(optimizer, "float64")
    body = variants(optimizer)[0].body(*case.arguments, **case.hyper)
    next(body)
    assert set(names) <= getgeneratorlocals(body).keys()


def test_adafactor_of_a_matrix_without_a_gradient_stays_where_it_is_in_float32() -> None:
    # Of rows and columns ε₁ = 1e-30 is left, and their product is 0 in float32.
    w = np.ones((2, 2), np.float32)
    body = form("Adafactor", "previous-gradient").body
    with np.errstate(all="ignore"):
        (step,) = body(w, [w], [0.5], dtype="float32")
    assert np.array_equal(step, w)
