"""What SARIF 2.1.0 asks of the parts that gradmark writes: sections 3.13 to 3.52 of the standard.

An object has the properties that are named here and no others: a name that the standard has not
is read by nobody.
"""

from __future__ import annotations

from typing import Any

from jsonschema_rs import Draft202012Validator

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
INDEX: Schema = {"type": "integer", "minimum": -1}
# RFC 3986: what is no letter, digit or sign of its grammar stands as %XX.
URI: Schema = {
    "type": "string",
    "pattern": r"^(%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-])+$",
}
BAG: Schema = {"type": "object"}  # 3.8: of any properties


def _of(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": [*required],
        "properties": properties,
        "additionalProperties": False,
    }


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


MESSAGE = _of(("text",), text=TEXT)
RULE = _of(("id",), id=TEXT, shortDescription=MESSAGE)
DRIVER = _of(("name",), name=TEXT, version=TEXT, rules=_list(RULE, uniqueItems=True))
PLACE = _of(
    (),
    artifactLocation=_of((), uri=URI, uriBaseId=TEXT),
    region=_of((), startLine={"type": "integer", "minimum": 1}),
)
RESULT = _of(
    ("message",),
    ruleId=TEXT,
    ruleIndex=INDEX,
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations=_list(_of((), physicalLocation=PLACE)),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    properties=BAG,
)
RUN = _of(
    ("tool",),
    tool=_of(("driver",), driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=_list(
        _of(
            ("executionSuccessful",),
            executionSuccessful={"type": "boolean"},
            exitCode={"type": "integer"},
        )
    ),
    results=_list(RESULT),
)
LOG = Draft202012Validator(
    _of(
        ("version", "runs"),
        **{"$schema": {"type": "string", "format": "uri"}},
        version={"const": "2.1.0"},
        runs=_list(RUN),
    )
)
