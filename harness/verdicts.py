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

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "conforms": "the canonical formula, within the error that the arithmetic itself explains",
        "dialect": "another documented convention, which the variant names",
        "inaccurate": "the right formula, computed worse than its dtype can explain",
        "deviates": "something else; the variant names the known mistake that it matches, if any",
        "error": "it raised, or returned what is no answer",
        "crash": "its process died",
        "timeout": "it took longer than its time limit",
        "unbound": "something here may be this formula, but how to call it is not certain",
        "absent": "not provided",
    }
)

# What is said of a file of which the import failed, and whose definitions were judged all the same.
DEFINITIONS_ALONE = "Loaded by its definitions alone"
