"""The options that conformance and benchmarks share; they work with and without nox."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add gradmark's options to pytest's."""
    group = parser.getgroup("gradmark")
    group.addoption(
        "--implementation",
        action="append",
        metavar="NAME_OR_PATH",
        help="a contender: reference, a file of implementations/, or a path; repeatable",
    )
    group.addoption(
        "--results", type=Path, metavar="FILE", help="write a results file (JSON Lines) here"
    )
    group.addoption(
        "--seed", type=int, default=0, metavar="N", help="seed of every random choice [0]"
    )
    group.addoption(
        "--quick", action="store_true", help="fewer examples, sizes and rounds: a first look"
    )
