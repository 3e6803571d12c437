"""LAMB and LARS: what a layer's norms do to its step, beside what every optimizer is asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special

MOMENTS = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-6}
LARS = {"momentum": 0.9, "trust_coefficient": 0.02}


def _layers(name: str, draw: Draw, **usual: float) -> Iterator[Case]:
    heavy, light = np.array([30.0, -40.0, 5.0]), np.array([0.03, -0.04, 0.005])
    g = draw.normal(size=(4, 3))
    rates = [0.25, 0.25, 0.125, 0.5]
    yield case(name, "heavy", heavy, g, rates, weight_decay=0.1, **usual)
    yield case(name, "light", light, g, rates, weight_decay=0.1, **usual)
    yield case(name, "no-decay", heavy, g, rates, weight_decay=0.0, **usual)
    yield case(name, "small-gradients", light, g / 16, rates, weight_decay=0.5, **usual)
    # From zero, where the ratio is 1, and without a gradient, where the decay is all there is.
    yield case(name, "from-zero", 0 * heavy, g[:2], rates[:2], weight_decay=0.1, **usual)
    yield case(name, "no-gradient", heavy, 0 * g[:2], rates[:2], weight_decay=0.1, **usual)


@special("LAMB")
def of_lamb(draw: Draw) -> Iterator[Case]:
    """Ask layers of every weight."""
    yield from _layers("LAMB", draw, **MOMENTS)


@special("LARS")
def of_lars(draw: Draw) -> Iterator[Case]:
    """Ask layers of every weight."""
    yield from _layers("LARS", draw, **LARS)
