"""Muon: matrices of every shape, and gradients near the 10⁻⁷ that keeps a norm from zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw
from gradmark.conformance.cases.own import case, special

USUAL = {"momentum": 0.95, "steps": 5}


@special("Muon")
def shapes(draw: Draw) -> Iterator[Case]:
    """Ask what is tall, wide and square."""
    for name, shape in {"tall": (5, 2), "wide-matrix": (2, 5), "square": (3, 3)}.items():
        w, g = draw.normal(size=shape), draw.normal(size=(3, *shape))
        yield case("Muon", name, w, g, [0.5, 0.5, 0.25], **USUAL)
        yield case("Muon", f"{name}-two-steps", w, g, [0.5, 0.5, 0.25], momentum=0.5, steps=2)
    # Singular values of 1 and a hundredth, as layers have them: the small ones grow the most.
    left, right = (np.linalg.qr(draw.normal(size=(3, 3)))[0] for _ in range(2))
    # The last digits of a product are the processor's.
    steep = np.round(left @ np.diag([1.0, 0.1, 0.01]) @ right, 6)
    yield case("Muon", "steep", np.eye(3), np.stack([steep, steep.T]), [1.0, 1.0], **USUAL)
    yield case("Muon", "no-iteration", np.eye(2), draw.normal(size=(2, 2, 2)), [0.5, 0.5],
               momentum=0.5, steps=0)  # fmt: skip


@special("Muon")
def small(draw: Draw) -> Iterator[Case]:
    """Ask gradients of the size of 10⁻⁷, and of none."""
    w, g = draw.normal(size=(2, 3)), draw.normal(size=(4, 2, 3))
    sizes = np.array([1e-7, 1e-6, 1e-8, 1e-5])[:, None, None]
    yield case("Muon", "near-1e-7", w, g * sizes, [0.5] * 4, **USUAL)
    yield case("Muon", "no-gradient", w, 0 * g[:2], [0.5] * 2, **USUAL)


@special("Muon")
def options(draw: Draw) -> Iterator[Case]:
    """Ask each option, of weights that are tall and heavy."""
    w, g, rates = 4 * draw.normal(size=(4, 2)), draw.normal(size=(4, 4, 2)), [0.5, 0.5, 0.25, 0.25]
    yield case("Muon", "decays", w, g, rates, **USUAL, weight_decay=0.5)
    yield case("Muon", "looks-not-ahead", w, g, rates, **USUAL, nesterov=False)
    yield case("Muon", "options-together", w, g, rates, **USUAL, weight_decay=0.1, nesterov=False)
