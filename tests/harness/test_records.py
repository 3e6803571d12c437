"""The types of a results file's lines: explained, and in step with the JSON schema."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest
from jsonschema_rs import ValidationError, meta, validate

from gradmark.harness.records import KINDS, TYPES, page, schema
from gradmark.harness.records.fields import AT_LEAST_1, Name, Shared, Sizes
from gradmark.harness.verdicts import SIGNS


def test_the_schema_in_its_file_is_the_one_that_the_types_give() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), (
        "out of date: run python -m gradmark.harness.records"
    )


def test_the_page_on_results_files_tells_what_the_types_tell() -> None:
    assert page.FILE.read_text(encoding="utf-8") == page.text(), (
        "out of date: run python -m gradmark.harness.records"
    )


def test_the_schema_is_a_schema() -> None:
    meta.validate(schema.schema())


def test_every_kind_has_its_type_and_every_type_its_kind() -> None:
    assert tuple(TYPES) == KINDS


def test_every_verdict_has_its_sign() -> None:
    verdicts = schema.schema()["$defs"]["verdict"]["properties"]["verdict"]["enum"]
    assert verdicts == list(SIGNS)


@pytest.mark.parametrize("kind", schema.LINES)
def test_every_line_and_each_of_its_fields_is_explained(kind: str) -> None:
    line = schema.LINES[kind]
    assert line.__doc__
    unexplained = {name for name, (_, _, meaning) in schema.fields(line).items() if not meaning}
    assert unexplained == {"kind"}


# --- a small language of types, read back as a schema ---------------------------------------------


class Toy(TypedDict):
    """A toy."""

    kind: Literal["toy"]
    name: Annotated[Name, "What it is called."]
    wheels: NotRequired[Annotated[int, AT_LEAST_1, "How many."]]
    price: float | None
    sizes: Sizes


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(schema, "LINES", {"toy": Toy, "footer": Toy})
    return {**schema.schema(), "oneOf": [{"$ref": "#/$defs/toy"}]}


GOOD = {"kind": "toy", "name": "car", "wheels": 4, "price": None, "sizes": {"small": 1}}


@pytest.mark.parametrize(
    "change", [{}, {"price": 1}, {"price": 0.5}, {"sizes": {}}, {"colour": "red"}]
)
def test_what_a_type_allows_its_schema_allows(toy: dict[str, Any], change: dict[str, Any]) -> None:
    validate(toy, {**GOOD, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "boat"},
        {"name": ""},
        {"name": 3},
        {"wheels": 0},
        {"wheels": 1.5},
        {"wheels": None},
        {"price": "dear"},
        {"sizes": {"small": 0}},
        {"sizes": [1]},
    ],
)
def test_what_a_type_forbids_its_schema_forbids(
    toy: dict[str, Any], change: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        validate(toy, {**GOOD, **change})


@pytest.mark.parametrize("field", ["kind", "name", "price", "sizes"])
def test_what_a_type_needs_its_schema_needs(toy: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError):
        validate(toy, {name: value for name, value in GOOD.items() if name != field})


def test_a_fields_own_words_come_before_those_of_its_shared_type() -> None:
    told = {name: meaning for name, (_, _, meaning) in schema.fields(Toy).items()}
    assert told["name"] == "What it is called."
    assert told["sizes"] == shared(Sizes).meaning


def shared(hint: Any) -> Shared:
    found: Shared = hint.__metadata__[0]
    return found
