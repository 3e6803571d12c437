"""The record that a picture is drawn from."""

from typing import Any

from gradmark.conformance.races import FloatArray
from gradmark.harness.records import SeriesRecord

__all__ = ["FloatArray", "series"]


def series(name: str, **data: Any) -> SeriesRecord:
    """Make the record of a figure's data: arrays by name; `settings` are words for its caption."""
    return {"kind": "series", "name": name, "data": data}
