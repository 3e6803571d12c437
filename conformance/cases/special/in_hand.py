"""Gradients in hand: shorter and longer than the bound, of one array and of several."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Arguments, Draw, magnitudes
from gradmark.conformance.cases.own import case, points, special
from gradmark.harness.contract.dtypes import tiny

MANY = 4099  # a prime


def _gradients(draw: Draw) -> Iterator[tuple[str, np.ndarray]]:
    """Give gradients whose norms are on both sides of 1, small ones first."""
    yield "pair", np.array([3.0, -4.0])
    yield "short", np.array([0.25, -0.5])
    yield "unit", np.array([0.6, 0.8])
    yield "zero", np.zeros(3)
    yield "one", np.array([-2.5])
    yield "drawn", draw.normal(size=6)
    yield "matrix", draw.normal(size=(4, 3)) * 2
    yield "tiny", draw.normal(size=5) * 1e-8
    yield "long", draw.normal(size=5) * 1e8
    yield "of-every-size", np.array([1e-6, -1e-3, 0.02, 0.75, -40.0])
    yield "whole-numbers", np.array([[3.0, -2.0], [0.0, 7.0]])
    yield "cube", draw.normal(size=(2, 3, 2))
    yield "empty", np.zeros((0, 2))


@special("clip_by_value")
def entries(draw: Draw) -> Iterator[Case]:
    """Ask bounds on both sides of the entries."""
    for name, g in _gradients(draw):
        for limit in (1.0, 0.03, 50.0):
            yield case("clip_by_value", f"{name}-within-{limit:g}", g, limit)
    yield case("clip_by_value", "drawn-within-0", draw.normal(size=4), 0.0)


@special("clip_by_norm")
def lengths(draw: Draw) -> Iterator[Case]:
    """Ask bounds on both sides of the norm."""
    for name, g in _gradients(draw):
        for most in (1.0, 0.1, 5.0):
            yield case("clip_by_norm", f"{name}-within-{most:g}", g, most)
    # An ε beside the norm shows only where the norm is small.
    yield case("clip_by_norm", "small-within-1e-4", draw.normal(size=4) * 1e-3, 1e-4)
    yield case("clip_by_norm", "drawn-within-0", draw.normal(size=4), 0.0)


@special("clip_by_global_norm")
def lists(draw: Draw) -> Iterator[Case]:
    """Ask lists of one array and of several, of which some are short and some are long."""
    pairs = list(_gradients(draw))
    every = dict(pairs)
    together = {
        "of-one": [every["pair"]],
        "two": [np.array([3.0]), np.array([4.0, 0.0])],
        "both-short": [np.array([0.25, -0.5]), np.array([0.125])],
        "one-short": [np.array([0.25, -0.5]), np.array([6.0])],
        "short-alone-long-together": [np.array([0.75, 0.25]), np.array([0.75]), np.array([-0.5])],
        "zeros": [np.zeros(2), np.zeros((1, 2))],
        "a-zero-among-others": [np.zeros(2), draw.normal(size=(2, 2))],
        "drawn": [draw.normal(size=(3, 2)), draw.normal(size=2), draw.normal(size=(1, 4)) * 3],
        "of-every-size": [every["tiny"], every["drawn"], every["long"]],
        "tiny": [every["tiny"], draw.normal(size=2) * 1e-8],
        "whole-numbers": [every["whole-numbers"], np.array([5.0])],
        "cube": [every["cube"], every["pair"]],
    }
    for name, gradients in together.items():
        for most in (1.0, 0.1, 5.0):
            yield case("clip_by_global_norm", f"{name}-within-{most:g}", gradients, most)
    small = [draw.normal(size=n) * 1e-3 for n in (2, 3)]
    yield case("clip_by_global_norm", "small-within-1e-4", small, 1e-4)
    large = [draw.normal(size=MANY), draw.normal(size=(3, 5))]
    yield case("clip_by_global_norm", "large", large, 1.0)
    # A bound of 0 is a bound, not none.
    yield case("clip_by_global_norm", "two-within-0", [np.array([3.0]), np.array([4.0, 0.0])], 0.0)


@special("ema")
def averages(draw: Draw) -> Iterator[Case]:
    """Ask decays from none to all."""
    for name, value in _gradients(draw):
        for decay in (0.999, 0.37, 0.9):
            average = draw.normal(size=value.shape)
            yield case("ema", f"{name}-decay-{decay:g}", average, value, decay)
    for decay in (0.0, 0.5, 1.0):
        pair = np.array([3.0, -1.0]), np.array([1.0, 5.0])
        yield case("ema", f"whole-decay-{decay:g}", *pair, decay)
    yield case("ema", "large", draw.normal(size=MANY), draw.normal(size=MANY), 0.9)


@special("l2_penalty")
def weights(draw: Draw) -> Iterator[Case]:
    """Ask weights of every size."""
    for name, w in _gradients(draw):
        if w.size:
            for strength in (0.01, 3.0):
                yield case("l2_penalty", f"{name}-times-{strength:g}", w, strength)
    yield case("l2_penalty", "no-strength", np.array([1.0, 2.0]), 0.0)


@points("clip_by_value")
@points("clip_by_norm")
@points("l2_penalty")
def one_gradient(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give gradients of every size, and bounds near them."""
    for size in magnitudes(draw, max(1e-9, 2 * tiny(dtype)), 1e9, 24):
        g = draw.normal(size=5) * size
        yield g, float(size * draw.uniform(0.1, 3))


@points("clip_by_global_norm")
def several_gradients(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give lists of gradients of every size, and bounds near them."""
    for size in magnitudes(draw, max(1e-9, 2 * tiny(dtype)), 1e9, 24):
        gradients = [draw.normal(size=n) * size for n in (3, (2, 2), 1)]
        yield gradients, float(size * draw.uniform(0.1, 5))


@points("ema")
def old_and_new(dtype: str, draw: Draw) -> Iterator[Arguments]:
    """Give pairs of every size, far apart and near."""
    for size in magnitudes(draw, max(1e-9, 2 * tiny(dtype)), 1e9, 24):
        old = draw.normal(size=5) * size
        yield old, old * draw.normal(1, 0.1, size=5), 1 - float(10 ** draw.uniform(-4, 0))
