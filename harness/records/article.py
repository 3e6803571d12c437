"""What the article's claims come to, and the numbers of figures."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from gradmark.harness.records.fields import Name, Values


class SeriesRecord(TypedDict):
    """The numbers of a figure."""

    kind: Literal["series"]
    name: Annotated[Name, "The figure's name."]
    data: Annotated[
        dict[str, Values],
        "Arrays and numbers by name; `settings` are words for the caption.",
    ]


class FindingRecord(TypedDict):
    """A statement, and the numbers that bear it out."""

    kind: Literal["finding"]
    id: Annotated[Name, "Its name, the same from run to run."]
    statement: Annotated[Name, "What was found, in a sentence."]
    numbers: Annotated[dict[str, Any], "The evidence, by name."]


class ClaimRecord(TypedDict):
    """Something that the article states, how it was tested, and what came of it."""

    kind: Literal["claim"]
    id: Annotated[Name, "Its name in the ledger: `gradmark article ID` shows it."]
    section: Annotated[Name, "The article's section that states it."]
    statement: Annotated[Name, "What is claimed."]
    how: Annotated[Name, "How it was tested."]
    verdict: Annotated[
        Literal["holds", "holds if", "fails", "not testable"], "What the computation says."
    ]
    says: Annotated[str, "What is true instead, the condition, or why it cannot be tested."]
    numbers: Annotated[Mapping[str, Any], "The evidence, by name."]
    surprise: Annotated[int, "From 1, as expected, to 5, most surprising."]
    pictures: NotRequired[Annotated[list[Name], "The series that show it."]]
