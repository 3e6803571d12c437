"""What a tournament finds: how many steps each optimizer takes."""

from typing import Annotated, Literal, NotRequired, TypedDict

from gradmark.harness.records.fields import AT_LEAST_1, Dtype, Name


class RaceRecord(TypedDict):
    """One optimizer's runs on one kind of problem, at the rate that was tuned for both."""

    kind: Literal["race"]
    implementation: Annotated[Name, "The contender."]
    formula: Annotated[Name, "The formula, by its name in the contract."]
    dtype: Dtype
    problem: Annotated[Name, "The kind of problem."]
    rate: Annotated[float | None, "The tuned learning rate; null where it did not race."]
    tuning: Annotated[int, "How many of the instances that it was tuned on it came to the end of."]
    steps: Annotated[
        list[Annotated[int, AT_LEAST_1] | None],
        "How many steps each instance took to its target; null where it never got there.",
    ]
    reason: NotRequired[Annotated[Name, "Why it did not race."]]
