"""The options of the pytest plugin, which the benchmarks' suite shares."""

from __future__ import annotations

import pytest


def add_options(parser: pytest.Parser) -> None:
    """Add gradmark's options to pytest's."""
    group = parser.getgroup("gradmark", "gradmark: is this code what it claims to be?")
    group.addoption(
        "--gradmark",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this contender: a test for each formula and dtype, beside the tests that pytest"
        " finds (-k gradmark runs these alone). A file, a package (my_pkg.optim), a namespace"
        " (my_pkg.optim:numpy_versions), or a bundled contender; each in a process of its own;"
        " repeatable",
    )
    for name, more in _OPTIONS.items():
        group.addoption(f"--gradmark-{name}", **more)


# Paths stay strings: pytest-xdist hands all options on to its workers, as plain data.
_OPTIONS: dict[str, dict[str, object]] = {
    "formula": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "judge this formula only; repeatable",
    },
    "dtype": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "judge in this precision only: float64, float32, float16 or bfloat16; repeatable"
        " [float64, float32]",
    },
    "expected": {
        "metavar": "FILE",
        "help": "the verdicts that you expect (TOML, as of gradmark check --expected); any other,"
        " better or worse, fails",
    },
    "strict": {
        "action": "store_true",
        "help": "a dialect or an inaccurate answer fails, too",
    },
    "dialect": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "with --gradmark-strict: a dialect that is welcome, as in epsilon-hat; repeatable",
    },
    "seed": {
        "type": int,
        "default": 0,
        "metavar": "N",
        "help": "of every random choice, a whole number from 0 on [0]",
    },
    "examples": {
        "type": int,
        "default": 6,
        "metavar": "N",
        "help": "random inputs for each property [6]",
    },
    "quick": {
        "action": "store_true",
        "help": "a first look: smaller sizes, coarser searches",
    },
    "timeout": {
        "type": float,
        "default": 10.0,
        "metavar": "SECONDS",
        "help": "limit of one call of a contender; pytest-timeout's --timeout is of a whole test"
        " [10]",
    },
    "memory": {
        "type": float,
        "default": 4.0,
        "metavar": "GIB",
        "help": "limit of one contender's process [4]",
    },
    "python": {
        "metavar": "PATH",
        "help": "run contenders with this interpreter, not with that of their script metadata or"
        " of pytest",
    },
    "in-process": {
        "action": "store_true",
        "help": "import contenders into pytest's own process: for code that you trust, to debug it"
        " or to measure its coverage; then nothing limits its time and memory, and a crash"
        " ends the run",
    },
    "results": {
        "metavar": "FILE",
        "help": "write a results file (JSON Lines)",
    },
}
