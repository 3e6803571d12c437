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
        "--formula", action="append", metavar="NAME", help="judge this formula only; repeatable"
    )
    group.addoption(
        "--dtype",
        action="append",
        choices=("float64", "float32"),
        help="judge in this dtype only; repeatable",
    )
    group.addoption(
        "--timeout", type=float, default=10.0, metavar="SECONDS", help="limit of one call [10]"
    )
    group.addoption(
        "--memory", type=float, default=4.0, metavar="GIB", help="limit of one contender [4]"
    )
    group.addoption(
        "--python",
        metavar="PATH",
        help="run contenders with this interpreter, not in environments of their own",
    )
    group.addoption(
        "--no-dialects", action="store_true", help="a dialect, or an inaccurate answer, fails too"
    )
    group.addoption(
        "--expected",
        type=Path,
        metavar="FILE",
        help="verdicts that are expected (TOML); any other, better or worse, fails",
    )
    group.addoption(
        "--resume", action="store_true", help="go on with the run in --results that was cut off"
    )
    group.addoption(
        "--results", type=Path, metavar="FILE", help="write a results file (JSON Lines) here"
    )
    group.addoption(
        "--seed", type=int, default=0, metavar="N", help="seed of every random choice [0]"
    )
    group.addoption(
        "--examples",
        type=int,
        metavar="N",
        help="random inputs per property [50; 15 with --quick]",
    )
    group.addoption(
        "--quick", action="store_true", help="fewer examples, sizes and rounds: a first look"
    )
