"""Gradients of a batch in parts: what is refused, and what the parts have to do with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradmark.reference import accumulate_gradients


@pytest.mark.parametrize(
    ("gradients", "counts", "says"),
    [
        ([], [], "counts: expected one for each of one gradient or more, got 0 for 0"),
        ([[1.0], [2.0]], [3], "counts: expected one for each of one gradient or more, got 1 for 2"),
        ([[1.0], [2.0]], [3, 0], "counts: expected a positive number, got 0"),
        ([[1.0], [2.0, 3.0]], [3, 1], "expected equal shapes"),
    ],
)
def test_parts_that_do_not_fit_are_refused(gradients: Any, counts: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        accumulate_gradients(gradients, counts)


def test_parts_keep_the_dtype_of_the_first() -> None:
    found = accumulate_gradients([np.ones(2, np.float32), np.ones(2)], [1, 2])
    assert found.dtype == np.float32
