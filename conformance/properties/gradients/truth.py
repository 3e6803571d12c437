"""The true loss along a line: what a gradient is measured by where there is no loss beside it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import form
from gradmark.conformance.judging.unfold import evaluate
from gradmark.conformance.properties.gradients.networks import STEP
from gradmark.conformance.properties.gradients.signals import offsets


def rises(network: Callable[[float], tuple[np.ndarray, ...]]) -> list[float]:
    """Give L(t) − L(0) at `offsets(STEP)`, for networks that are exact at each t.

    At 50 digits little is lost by the subtraction: the rises are exact to their own last digit.
    """
    canonical = form("compute_loss")
    losses = [
        evaluate(canonical, Case("compute_loss", "on a line", tuple(network(t))))[0].value
        for t in offsets(STEP)
    ]
    return [float(loss - losses[0]) for loss in losses]
