"""Other code is put into the functions and classes that are there."""

import functools
import types
from typing import Any

import pytest

from gradmark.harness.shapes.redefined import put_in

SOURCE = """
def kept(f):
    @wraps(f)
    def inner(*args):
        return f(*args)
    return inner

class Adam:
    rate = 0.1

    @kept
    def step(self, w):
        return w - self.slope(w)

    @staticmethod
    def slope(w):
        return 2 * w

def make(lr):
    def step(w):
        return w - lr * w
    return step
"""
NAMES = ["Adam", "make"]


def module(source: str) -> Any:
    made = types.ModuleType("made")
    vars(made).update(wraps=functools.wraps, cached=functools.cache)
    exec(source, vars(made))
    return made


@pytest.mark.parametrize(
    ("before", "after", "ask"),
    [
        ("w - self", "w + self", lambda m: m.its.step(1.0)),
        ("2 * w", "3 * w", lambda m: m.its.step(1.0)),
        ("rate = 0.1", "rate = 0.2", lambda m: m.its.rate),
        ("w - lr", "w + lr", lambda m: m.make(0.1)(1.0)),
    ],
)
def test_objects_of_before_do_what_the_other_text_says(before: str, after: str, ask: Any) -> None:
    there, other = module(SOURCE), module(SOURCE.replace(before, after))
    there.its, other.its = there.Adam(), other.Adam()
    assert ask(there) != ask(other)
    assert put_in(there, other, NAMES)
    assert ask(there) == ask(other)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def slope(w)", "def slope(w, c=1)"),
        ("@staticmethod", "@cached"),
        ("    rate = 0.1", "    rate, more = 0.1, 1"),
    ],
)
def test_what_cannot_become_the_other_is_left_as_it_is(before: str, after: str) -> None:
    there, other = module(SOURCE), module(SOURCE.replace(before, after).replace("2 * w", "3 * w"))
    assert not put_in(there, other, NAMES)
    assert there.Adam().step(1.0) == -1.0
