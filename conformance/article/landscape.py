"""The landscape that the article opens with, and where its minimum is."""

from collections.abc import Iterator

import numpy as np

from conformance.article.records import finding, series
from harness.results import Record
from reference.landscapes import BUMPS_CRITICAL_POINTS, bumps, bumps_grad

STAR = (0.0, 0.0)  # where the article's plot says "Global Minimum"


def records(points: int) -> Iterator[Record]:
    """Yield the surface on [−3, 3]², its minimum, and the article's star.

    L(w) = ½(w₁² + w₂²) + 0.3 sin(3w₁) cos(3w₂)

    `points` is the number of grid points along each axis; `loss[i][j]` belongs to `w2[i]`,
    `w1[j]`. `minimum` and `star` are (w₁, w₂, L).

    References
    ----------
    Article, "Loss Landscape Visualization".
    """
    axis = np.linspace(-3, 3, points)
    loss = bumps(np.stack(np.meshgrid(axis, axis)))
    (minimum,) = BUMPS_CRITICAL_POINTS
    assert isinstance(minimum.location, tuple)
    star_loss, star_gradient = float(bumps(STAR)), bumps_grad(STAR)
    yield series(
        "landscape",
        w1=axis,
        w2=axis,
        loss=loss,
        levels=np.linspace(np.floor(2 * minimum.value) / 2, np.ceil(loss.max()), 31),
        minimum=[*minimum.location, minimum.value],
        star=[*STAR, star_loss],
        settings=["L(w) = ½(w₁² + w₂²) + 0.3 sin 3w₁ cos 3w₂"],
    )
    w1, w2 = minimum.location
    yield finding(
        "landscape-star",
        f"The star at (0, 0) is not the global minimum: L = {star_loss:g} there, with gradient "
        f"({star_gradient[0]:.1f}, {star_gradient[1]:.1f}). The minimum is at ({w1:.4f}, {w2:g}), "
        f"where L = {minimum.value:.4f}.",
        star=STAR,
        star_loss=star_loss,
        star_gradient=star_gradient,
        minimum=minimum.location,
        minimum_loss=minimum.value,
    )
    yield finding(
        "landscape-local-minima",
        "The landscape has no local minimum to get stuck in: its gradient is zero at "
        "one point only.",
        critical_points=len(BUMPS_CRITICAL_POINTS),
    )
