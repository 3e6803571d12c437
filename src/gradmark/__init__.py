"""Tells whether code computes the formulas neural networks learn by, and proves it.

``gradmark check my_file.py`` on the command line; `check`, `assert_conforms`, `diff`,
`checks`, `parametrize` and `results` in Python; ``pytest --gradmark my_pkg.optim`` in a test suite.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gradmark.version import __version__

if TYPE_CHECKING:
    from gradmark.asking import assert_conforms, check
    from gradmark.differing import Differences, diff
    from gradmark.frames import results
    from gradmark.parametrized import Check, checks, parametrize
    from gradmark.verdicts import Verdict, Verdicts


__all__ = [
    "Check",
    "Differences",
    "Verdict",
    "Verdicts",
    "__version__",
    "assert_conforms",
    "check",
    "checks",
    "diff",
    "parametrize",
    "results",
]

_HOMES = {
    "Check": "gradmark.parametrized",
    "Differences": "gradmark.differing",
    "Verdict": "gradmark.verdicts",
    "Verdicts": "gradmark.verdicts",
    "assert_conforms": "gradmark.asking",
    "check": "gradmark.asking",
    "checks": "gradmark.parametrized",
    "diff": "gradmark.differing",
    "parametrize": "gradmark.parametrized",
    "results": "gradmark.frames",
}


def __getattr__(name: str) -> Any:
    """Fetch what is asked for when it is asked for: `import gradmark` imports nothing heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'gradmark' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
