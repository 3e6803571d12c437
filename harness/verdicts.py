"""The verdicts, and the signs that stand for them wherever they are shown."""

from collections.abc import Mapping
from types import MappingProxyType

SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "conforms": "✓",
        "dialect": "~",
        "inaccurate": "≈",
        "deviates": "✗",
        "error": "!",
        "crash": "!",
        "timeout": "!",
        "unbound": "?",
        "absent": "–",
    }
)
