"""The record that a picture is drawn from."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradmark.harness.records import SeriesRecord

FloatArray: TypeAlias = NDArray[np.floating[Any]]


def series(name: str, **data: Any) -> SeriesRecord:
    """Make the record of a figure's data: arrays by name; `settings` are words for its caption."""
    return {"kind": "series", "name": name, "data": data}
