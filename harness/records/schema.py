"""The JSON schema of a results file's lines, made from their types."""

import inspect
import json
import types
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from gradmark.harness.records import TYPES, FooterRecord, HeaderRecord
from gradmark.harness.records.fields import Limits, Shared

FILE = Path(__file__).parents[1] / "results.schema.json"
LINES: dict[str, Any] = {"header": HeaderRecord, **TYPES, "footer": FooterRecord}
PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    Any: {},
}
SUM = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}$",
    "description": "The first digits of the SHA-256 of all lines before, and of this one without.",
}
Definitions = dict[str, dict[str, Any]]


def schema() -> dict[str, Any]:
    """Describe every line that a results file may hold."""
    shared: Definitions = {}
    lines = {kind: _object(line, shared) for kind, line in LINES.items()}
    # A footer that counts what no reader knows is none; elsewhere later versions may tell more.
    lines["footer"]["additionalProperties"] = False
    for kind, line in lines.items():
        if kind != "footer":
            line["properties"]["sum"] = SUM
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "results.schema.json",
        "title": "One line of a gradmark results file",
        "description": "The first line is the header, the last is the footer; without it the run "
        "was cut off. Made from harness/records by python -m gradmark.harness.records.",
        "type": "object",
        "required": ["kind"],
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in lines],
        "$defs": {**lines, **dict(sorted(shared.items()))},
    }


def text() -> str:
    """Spell the schema as it stands in its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def fields(line: Any) -> dict[str, tuple[Any, bool, str]]:
    """List the fields of a line: the type of each, whether it is always there, what it means."""
    hints = get_type_hints(line, include_extras=True)
    told = {}
    for name in sorted(hints, key=lambda name: name != "kind"):
        needed = get_origin(hints[name]) is not NotRequired
        hint = hints[name] if needed else get_args(hints[name])[0]
        told[name] = hint, needed, _meaning(hint)
    return told


def _meaning(hint: Any) -> str:
    """Return what is said of a field itself, or else of the type that it shares with others."""
    said = [
        extra.meaning if isinstance(extra, Shared) else extra
        for extra in getattr(hint, "__metadata__", ())
        if isinstance(extra, Shared | str)
    ]
    return said[-1] if said else ""


def _object(line: Any, shared: Definitions) -> dict[str, Any]:
    told = fields(line)
    return {
        "description": " ".join((inspect.getdoc(line) or "").split()),
        "type": "object",
        "required": [name for name, (_, needed, _) in told.items() if needed],
        "properties": {name: _of(hint, shared) for name, (hint, _, _) in told.items()},
    }


def _of(hint: Any, shared: Definitions) -> dict[str, Any]:
    """Describe the values of one type."""
    if get_origin(hint) is Annotated:
        return _annotated(hint, shared)
    if hint is Any or (isinstance(hint, type) and hint in PLAIN):
        return dict(PLAIN[hint])
    if is_typeddict(hint):
        return _object(hint, shared)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(each, shared) for each in arguments]}
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], shared)}
    names, values = (_of(each, shared) for each in arguments)
    named = {} if names == PLAIN[str] else {"propertyNames": names}
    valued = {"additionalProperties": values} if values else {}
    return {"type": "object", **named, **valued}


def _annotated(hint: Any, shared: Definitions) -> dict[str, Any]:
    """Describe a type about which more is said; of a shared one, refer to its definition."""
    found = _of(hint.__origin__, shared)
    for extra in hint.__metadata__:
        if isinstance(extra, Shared):
            about = {"description": extra.meaning}
            shared[extra.name] = about | found | extra.limits.spelled()
            found = {"$ref": f"#/$defs/{extra.name}"}
        elif isinstance(extra, Limits):
            found |= extra.spelled()
        else:
            found |= {"description": extra}
    return found
