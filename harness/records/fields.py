"""What the fields of records are made of.

A field is ``Annotated[type, what it means, what its values are limited to]``: a text explains it,
`limits` go into its JSON schema. What many fields share, the schema defines once.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_type_hints


@dataclass(frozen=True)
class Limits:
    """What JSON Schema says of a field's values beyond their type; as text, it can be hashed."""

    words: str = "{}"

    def spelled(self) -> dict[str, Any]:
        """Spell them as JSON Schema does."""
        found: dict[str, Any] = json.loads(self.words)
        return found


def limits(**words: Any) -> Limits:
    """Limit a field's values, in JSON Schema's own words: ``limits(minimum=0)``."""
    return Limits(json.dumps(words))


@dataclass(frozen=True)
class Shared:
    """A type that the schema defines once: its name there, what it means, its limits."""

    name: str
    meaning: str
    limits: Limits = Limits()


AT_LEAST_0, AT_LEAST_1, AT_LEAST_2 = (limits(minimum=least) for least in range(3))
ABOVE_0 = limits(exclusiveMinimum=0)
_ENTRY = [
    {"$ref": "#/$defs/number"},
    {"type": "string"},
    {"$ref": "#/$defs/array"},
    {"type": "object"},  # a panel of a figure, with arrays of its own
]

# Dtypes are data, and come to a record from wherever they are: for the type checker, texts.
Dtype: TypeAlias = Annotated[
    str,
    Shared(
        "dtype",
        "The floating-point type that a formula is asked in.",
        limits(enum=["float64", "float32", "float16", "bfloat16"]),
    ),
]
Number: TypeAlias = Annotated[
    float | Literal["NaN", "Infinity", "-Infinity"],
    Shared("number", "A number; those that JSON lacks are strings, which `float` reads."),
]
Name: TypeAlias = Annotated[str, Shared("name", "A text, never empty.", limits(minLength=1))]
Array: TypeAlias = Annotated[
    list[Any],
    Shared("array", "Numbers or texts, by row.", limits(items={"anyOf": _ENTRY})),
]
Values: TypeAlias = Annotated[
    Any,
    Shared("values", "A number, or an array.", limits(anyOf=[_ENTRY[0], _ENTRY[2]])),
]
Sizes: TypeAlias = Annotated[
    dict[str, Annotated[int, AT_LEAST_1]],
    Shared("sizes", "How large a workload is, by the names of its sizes."),
]
Speed: TypeAlias = Literal["faster", "slower", "same", "inconclusive"]


def kind_of(record: Any) -> str:
    """Tell which kind of record a type describes.

    Examples
    --------
    >>> from gradmark.harness.records import VerdictRecord
    >>> kind_of(VerdictRecord)
    'verdict'
    """
    (kind,) = get_args(get_type_hints(record)["kind"])
    return str(kind)
