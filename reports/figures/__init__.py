"""One picture a module: `draw(data, header)` turns the arrays of a results file into a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from reports.figures import (
    descent_1d,
    landscape,
    learning_rates,
    lr_finder,
    optimizers,
    schedules,
    xor,
)

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """What a series looks like, and what to call it."""

    title: str
    draw: Callable[[Data, Data], Figure]


# By the name of the series in the results file; the picture's file has that name too.
PICTURES: Mapping[str, Picture] = {
    "landscape": Picture("The loss landscape", landscape.draw),
    "descent_1d": Picture("Gradient descent in one dimension", descent_1d.draw),
    "optimizers_on_rosenbrock": Picture("Three optimizers in one valley", optimizers.draw),
    "learning_rates": Picture("What the learning rate does", learning_rates.draw),
    "schedules": Picture("Learning-rate schedules", schedules.draw),
    "lr_finder": Picture("The learning-rate finder", lr_finder.draw),
    "xor": Picture("The article's network on XOR", xor.draw),
}
