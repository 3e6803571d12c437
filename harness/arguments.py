"""Numbers on a command line: what `argparse` is told as a `type`."""

import argparse
import math
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def positive(text: str) -> float:
    """Read a number that must be above 0.

    Examples
    --------
    >>> positive("0.5")
    0.5
    """
    return _read(text, float, lambda value: 0 < value < math.inf, "a positive number")


def count(text: str) -> int:
    """Read a whole number that must be above 0.

    Examples
    --------
    >>> count("3")
    3
    """
    return _read(text, int, lambda value: value > 0, "a count")


def natural(text: str) -> int:
    """Read a whole number from 0 on.

    Examples
    --------
    >>> natural("0")
    0
    """
    return _read(text, int, lambda value: value >= 0, "a whole number from 0 on")


def shard(text: str) -> tuple[int, int]:
    """Read which part of a run is meant, and of how many.

    Examples
    --------
    >>> shard("2/5")
    (2, 5)
    """
    number, _, of = text.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
        return int(number), int(of)
    raise argparse.ArgumentTypeError(f"expected a shard such as 2/5, got {text}")


def fraction(text: str) -> float:
    """Read a fraction between 0 and 1, or a percentage with its sign.

    Examples
    --------
    >>> fraction("5%"), fraction("0.05")
    (0.05, 0.05)
    """
    return _read(text, _share, lambda value: 0 < value < 1, "a percentage like 5%")


def _share(text: str) -> float:
    return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def _read(
    text: str, read: Callable[[str], Number], is_meant: Callable[[Number], bool], expected: str
) -> Number:
    try:
        value = read(text)
    except ValueError:
        value = None
    if value is None or not is_meant(value):
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text}")
    return value
