"""Who is drawn how: the same colour, marker and line in all pictures of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gradmark.reports.style import BLACK, BLUE, GREEN, LINES, ORANGE, PURPLE, SKY, VERMILION

COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
MARKERS = "sD^ov<>Ph*"


class Look(NamedTuple):
    """A contender's colour, marker and line: each tells it from the next ones."""

    colour: str
    marker: str
    line: object


def cast(names: Iterable[str], baseline: str) -> Mapping[str, Look]:
    """Give each contender a look; the baseline's is black.

    Examples
    --------
    >>> cast(["mine", "reference"], "reference")["reference"].colour
    '#000000'
    """
    others = [name for name in dict.fromkeys(names) if name != baseline]
    looks = {baseline: Look(BLACK, "X", "-")}
    for i, name in enumerate(others):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        looks[name] = Look(colour, marker, LINES[i % len(LINES)])
    return looks
