"""One picture a module: `draw(data, header)` turns the arrays of a results file into a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from gradmark.reports.figures import (
    basins,
    bifurcation,
    descent_1d,
    finder_by_length,
    gradient_check,
    guards,
    landscape,
    landscape_rates,
    learning_rates,
    lr_finder,
    optimizer_problems,
    optimizers,
    optimizers_over_rates,
    schedules,
    schedules_to_the_end,
    who_is_fastest,
    xor,
    xor_seeds,
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
    "landscape_rates": Picture("Which rates reach the minimum", landscape_rates.draw),
    "basins": Picture("Where a descent ends", basins.draw),
    "descent_1d": Picture("Gradient descent in one dimension", descent_1d.draw),
    "optimizers_on_rosenbrock": Picture("Three optimizers in one valley", optimizers.draw),
    "optimizers_over_rates": Picture("Which rate, for how many steps?", optimizers_over_rates.draw),
    "who_is_fastest": Picture("Who is fastest?", who_is_fastest.draw),
    "optimizer_problems": Picture("Ravines, saddles, coming to rest", optimizer_problems.draw),
    "learning_rates": Picture("What the learning rate does", learning_rates.draw),
    "bifurcation": Picture("From settling to chaos", bifurcation.draw),
    "schedules": Picture("Learning-rate schedules", schedules.draw),
    "schedules_to_the_end": Picture("Schedules, to the end and on", schedules_to_the_end.draw),
    "lr_finder": Picture("The learning-rate finder", lr_finder.draw),
    "finder_by_length": Picture("A finder that finds its own length", finder_by_length.draw),
    "guards_of_log_zero": Picture("Three ways of guarding log 0", guards.draw),
    "gradient_check_steps": Picture("What a gradient check can tell", gradient_check.draw),
    "xor_dead_units": Picture("Dead units, and who learns XOR", xor_seeds.draw),
    "xor": Picture("The article's network on XOR", xor.draw),
}
