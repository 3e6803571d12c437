"""The page that explains results files, made from the types of their lines."""

import inspect
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict

from gradmark.harness.records.fields import Shared
from gradmark.harness.records.schema import LINES, fields
from gradmark.harness.resolve import CHECKOUT

FILE = CHECKOUT / "docs" / "results.md"
PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    types.NoneType: "null",
    Any: "anything",
}
CALLED = {"number": "number", "array": "list of numbers or texts", "values": "number or list"}
ABOUT = """\
# Results files

<!-- Made by `python -m gradmark.harness.records`: change harness/records, not this. -->

`gradmark check --results FILE` writes what it finds as [JSON Lines](https://jsonlines.org): each
line is one JSON object, and its `kind` says what it tells. The first line is the header, the last
is the footer. A file without a footer was cut off: `--resume` goes on with it, and every report
says that it is not whole. Each other line ends with `sum`, a checksum of the file so far: a line
that was changed or lost is told, and nothing goes on with it.

From Python, `gradmark.results(path)` gives each kind as a pandas DataFrame:

```python
import gradmark

run = gradmark.results("run.jsonl")
wrong = run.verdicts[run.verdicts["verdict"] == "deviates"]
wrong[["implementation", "formula", "variant"]].to_csv("wrong.csv", index=False)
```

A field keeps its name and its meaning in every version. New fields may appear, so ignore those
that you do not know. A field marked *if known* may be missing. Numbers that JSON has no form for
are the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, which Python's `float` reads. The same rules
for programs: [harness/results.schema.json](../harness/results.schema.json).
"""


def text() -> str:
    """Write the page."""
    return "\n".join([ABOUT, *(_section(kind, line) for kind, line in LINES.items())])


def _section(kind: str, line: Any) -> str:
    rows = [
        f"| `{name}` | {_spelled(hint)}{'' if needed else ', *if known*'} | {meaning} |"
        for name, (hint, needed, meaning) in fields(line).items()
        if name != "kind"
    ]
    said = " ".join((inspect.getdoc(line) or "").split())
    head = ["| field | value | meaning |", "| --- | --- | --- |"]
    return "\n".join([f"## `{kind}`\n", f"{said}\n", *head, *rows, ""])


def _spelled(hint: Any) -> str:
    """Say in words what a field holds."""
    if get_origin(hint) is Annotated:
        words = [limit for extra in hint.__metadata__ for limit in _one_of(extra)]
        if words:
            return " or ".join(f"`{word}`" for word in words)
        shared = hint.__metadata__[0]
        if isinstance(shared, Shared) and shared.name in CALLED:
            return CALLED[shared.name]
        return _spelled(hint.__origin__)
    if hint is Any or (isinstance(hint, type) and hint in PLAIN):
        return PLAIN[hint]
    if is_typeddict(hint):
        return ", ".join(f"`{name}`" for name in fields(hint))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_spelled(each) for each in arguments)
    if origin is list:
        return f"list of {_spelled(arguments[0])}"
    assert origin in (dict, Mapping)
    return "by name" if arguments[1] is Any else f"by name: {_spelled(arguments[1])}"


def _one_of(extra: Any) -> tuple[str, ...]:
    """List the words that a shared type is limited to."""
    words: tuple[str, ...] = (
        extra.limits.spelled().get("enum", ()) if isinstance(extra, Shared) else ()
    )
    return words
