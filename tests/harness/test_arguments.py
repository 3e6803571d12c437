import argparse
from collections.abc import Callable

import pytest

from gradmark.harness.arguments import count, fraction, positive


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (positive, "1e-3", 0.001),
        (count, "12", 12),
        (fraction, "2.5%", 0.025),
        (fraction, "0.3", 0.3),
    ],
)
def test_a_number_is_read(read: Callable[[str], float], text: str, value: float) -> None:
    assert read(text) == value
    assert type(read(text)) is type(value)


@pytest.mark.parametrize(
    ("read", "texts", "expected"),
    [
        (positive, ("0", "-1", "inf", "nan", "ten", ""), "a positive number"),
        (count, ("0", "-1", "1.5", "ten", ""), "a count"),
        (fraction, ("0", "1", "100%", "5 percent", "nan", "%"), "a percentage like 5%"),
    ],
)
def test_what_is_no_such_number_is_refused_in_one_sentence(
    read: Callable[[str], float], texts: tuple[str, ...], expected: str
) -> None:
    for text in texts:
        with pytest.raises(argparse.ArgumentTypeError) as refused:
            read(text)
        assert str(refused.value) == f"expected {expected}, got {text}"
