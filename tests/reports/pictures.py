"""What a picture must not do: let a text leave the canvas, or lie on another text or a legend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

Polygon = NDArray[Any]
CLOSE = 1.0  # pixels that boxes may share on each side: their edges are rounded up
Box = tuple[str, Polygon]


def faults(figure: Figure) -> list[str]:
    """List the texts that leave a drawn figure, or that overlap something."""
    figure.canvas.draw()
    boxes = _boxes(figure)
    wide, high = figure.canvas.get_width_height()
    gone = [
        f"{name!r} leaves the canvas"
        for name, box in boxes
        if (box.min(axis=0) < -1).any() or (box.max(axis=0) > (wide + 1, high + 1)).any()
    ]
    return gone + [f"{a!r} lies on {b!r}" for (a, one), (b, two) in _near(boxes) if _meet(one, two)]


def _near(boxes: list[Box]) -> list[tuple[Box, Box]]:
    """List the pairs of which the upright boxes around them meet."""
    low, high = (np.array([end(box, axis=0) for _, box in boxes]) for end in (np.min, np.max))
    meets = (low[:, None] <= high).all(-1)
    return [(boxes[i], boxes[j]) for i, j in np.argwhere(np.triu(meets & meets.T, 1))]


def _meet(one: Polygon, two: Polygon) -> bool:
    return bool(Path(one, closed=True).intersects_path(Path(two, closed=True), filled=True))


def _boxes(figure: Figure) -> list[Box]:
    """Return each text that is seen, and each legend as a whole, with its box."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]  # Agg has one
    legends = figure.findobj(Legend)
    apart = {id(text) for legend in legends for text in legend.findobj(Text)}
    apart |= _of_hidden_ticks(figure)
    found = [("a legend", _turned(legend.get_window_extent(renderer), 0)) for legend in legends]
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        seen = id(text) not in apart and text.get_visible() and text.get_text().strip()
        if seen:
            box = text.get_window_extent(renderer)
            found.append((text.get_text(), _turned(box, text.get_rotation())))
    return found


def _turned(around: Bbox, degrees: float) -> Polygon:
    """Return the corners of a turned rectangle, from the upright one around it."""
    angle = math.radians(degrees % 180)
    if degrees % 90 == 0:
        wide, high, angle = around.width, around.height, 0.0
    else:
        c, s = abs(math.cos(angle)), abs(math.sin(angle))
        wide, high = np.linalg.solve([[c, s], [s, c]], [around.width, around.height])
        if abs(c - s) < 0.1:  # at 45° that says only what both are together; texts are flat
            high = 16.0
            wide = (around.width - high * s) / c
    half = np.array([max(wide / 2 - CLOSE, 0.1), max(high / 2 - CLOSE, 0.1)])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    middle = np.array([(around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * half
    turned: Polygon = corners @ turn.T + middle
    return turned


def _of_hidden_ticks(figure: Figure) -> set[int]:
    """Find the texts that are not drawn: of an axis, only the ticks within its limits are."""
    hidden = set()
    for axis in figure.findobj(Axis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.majorTicks, *axis.minorTicks):
            if not (low <= tick.get_loc() <= high and axis.axes.get_visible()):
                hidden |= {id(tick.label1), id(tick.label2)}
    return hidden
