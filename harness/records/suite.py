"""What the benchmarks of the reference measure, under pytest-benchmark."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from gradmark.harness.records.fields import AT_LEAST_0, AT_LEAST_1, Name, Number, limits


class SampleRecord(TypedDict):
    """The times of one benchmark."""

    kind: Literal["sample"]
    group: Annotated[Name, "What it is compared within."]
    name: Annotated[Name, "The formula or the way of computing it."]
    params: Annotated[dict[str, Any], "Its sizes, by name."]
    element: NotRequired[Annotated[Name, "The size that counts its elements, by its name."]]
    rounds: Annotated[
        list[Annotated[float, AT_LEAST_0]], limits(minItems=1), "Seconds per call, in each round."
    ]
    iterations: Annotated[int, AT_LEAST_1, "Calls in a round."]
    test: NotRequired[Annotated[str, "The benchmark's name in the source."]]


class StatisticRecord(TypedDict):
    """What a run's samples say: an estimate, and the interval around it."""

    kind: Literal["statistic"]
    estimator: Annotated[Name, "What is estimated."]
    group: Annotated[Name, "What it is compared within."]
    name: Annotated[Name, "The formula or the way of computing it."]
    params: Annotated[dict[str, Any], "Its sizes, by name."]
    value: Annotated[Number, "The estimate."]
    low: Annotated[Number, "The lower end of its interval."]
    high: Annotated[Number, "The upper end of its interval."]
    interval: Annotated[Name, "What kind of interval it is."]
    unit: Annotated[Name, "The unit of the three numbers."]
    over: NotRequired[Annotated[Name, "Of a growth: the size that grows, by its name."]]
    sizes: NotRequired[Annotated[list[int], "Of a growth: the sizes compared."]]
