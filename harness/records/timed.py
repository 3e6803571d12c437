"""What the paired clock measures."""

from typing import Annotated, Literal, NotRequired, TypedDict

from gradmark.harness.records.fields import (
    ABOVE_0,
    AT_LEAST_0,
    AT_LEAST_1,
    AT_LEAST_2,
    Dtype,
    Name,
    Number,
    Sizes,
    Speed,
    limits,
)


class _Timed(TypedDict):
    """Who was timed, at what."""

    implementation: Annotated[Name, "The contender."]
    formula: Annotated[Name, "The formula, or a workload of several."]
    dtype: Dtype


class OfWorkload(_Timed):
    """What is known of one contender at one size."""

    params: Sizes


class _Interval(TypedDict):
    """Where the truth lies."""

    low: Annotated[Number, "The lower end of the interval."]
    high: Annotated[Number, "The upper end of the interval."]


class _Estimated(_Interval):
    """Where the truth lies, and how sure that is."""

    interval: Annotated[Name, "What kind of interval it is."]


class Estimate(_Interval):
    """A ratio and its interval."""

    ratio: Annotated[float, ABOVE_0, "The estimate."]


class PreparationRecord(OfWorkload):
    """One contender gets ready for a workload, in one process."""

    kind: Literal["preparation"]
    process: Annotated[int, AT_LEAST_0, "Which of the contender's processes, counted from 0."]
    first_call: Annotated[float, AT_LEAST_0, "Seconds that the first call took; it may compile."]
    calls: Annotated[int, AT_LEAST_1, "Calls in a block."]
    seconds: Annotated[float, AT_LEAST_0, "Seconds of a block."]
    overhead: Annotated[float, AT_LEAST_0, "The share of a block that clock and loop cost."]
    peak: NotRequired[
        Annotated[int | None, "Bytes of the process during a call, above those before."]
    ]
    traced: NotRequired[
        Annotated[int, "Bytes that Python and NumPy allocate in a call, at their peak."]
    ]
    cpus: Annotated[list[int], "The processors that it ran on."]
    pools: Annotated[dict[str, int], "How many threads each library had."]


class BlockRecord(OfWorkload):
    """One contender's turn in a round."""

    kind: Literal["block"]
    process: Annotated[int, AT_LEAST_0, "Which of the contender's processes, counted from 0."]
    round: Annotated[int, AT_LEAST_0, "Which round, counted from 0."]
    calls: Annotated[int, AT_LEAST_1, "Calls in the block."]
    seconds: Annotated[float, AT_LEAST_0, "Seconds per call."]


class PairRecord(OfWorkload, _Estimated):
    """A contender's time over the baseline's."""

    kind: Literal["pair"]
    baseline: Annotated[Name, "The contender that times are divided by."]
    ratio: Annotated[float, ABOVE_0, "Its time over the baseline's: 2 is half as fast."]
    verdict: Annotated[Speed, "What the interval says, at this margin."]
    margin: Annotated[float, ABOVE_0, "The smallest difference that matters: 0.05 is 5 %."]
    processes: Annotated[int, AT_LEAST_2, "How many processes the ratio rests on."]
    rounds: Annotated[int, AT_LEAST_2, "How many rounds, over all processes."]
    seconds: Annotated[float, "The contender's median over all blocks, per call."]
    baseline_seconds: Annotated[float, "The baseline's."]


class CountRecord(OfWorkload):
    """A contender's instructions over the baseline's."""

    kind: Literal["count"]
    baseline: Annotated[Name, "The contender that instructions are divided by."]
    counter: Annotated[Name, "What counted them, and its version."]
    ratio: Annotated[
        float | None, "Its instructions over the baseline's; null where they were not counted."
    ]
    instructions: NotRequired[Annotated[float, "The contender's, per call."]]
    baseline_instructions: NotRequired[Annotated[float, "The baseline's."]]
    disagrees: NotRequired[Annotated[Name, "What the clock says otherwise, if it does."]]
    reason: NotRequired[Annotated[Name, "Why they were not counted."]]


class LimitRecord(OfWorkload, _Estimated):
    """A contender's time over what the machine takes for its bytes or products alone."""

    kind: Literal["limit"]
    of: Annotated[Literal["update", "products"], "What the machine did."]
    bytes: Annotated[int, AT_LEAST_1, "To be read and written."]
    operations: Annotated[int, AT_LEAST_1, "Floating-point operations."]
    ratio: Annotated[float, ABOVE_0, "Its inverse is the share of the limit that is reached."]
    processes: Annotated[int, AT_LEAST_2, "How many processes the ratio rests on."]
    rounds: Annotated[int, AT_LEAST_2, "How many rounds, over all processes."]
    seconds: Annotated[float, "The contender's median over all blocks, per call."]
    limit_seconds: Annotated[float, "The machine's."]


class GrowthRecord(_Timed, _Estimated):
    """The exponent p of a contender's time, which grows with the p-th power of the size."""

    kind: Literal["growth"]
    over: Annotated[Literal["parameters", "elements", "multiply-adds"], "What size means here."]
    sizes: Annotated[list[Annotated[int, AT_LEAST_1]], limits(minItems=2), "The sizes timed."]
    exponent: Annotated[Number, "The estimate: 1 is proportional to the size."]


class ChangeRecord(OfWorkload, _Estimated):
    """A pair's ratio now over its ratio in a stored run."""

    kind: Literal["change"]
    baseline: Annotated[Name, "The contender that times are divided by."]
    now: Annotated[Estimate, "The pair's ratio in this run."]
    stored: Annotated[Estimate, "The pair's ratio in the stored run."]
    ratio: Annotated[float, ABOVE_0, "The one over the other: 2 is half as fast as before."]
    verdict: Annotated[Speed, "What the interval says, at this margin."]
    margin: Annotated[float, ABOVE_0, "The smallest difference that matters: 0.05 is 5 %."]
    same_code: Annotated[bool, "Whether the contender's files are what they were."]


class WithheldRecord(_Timed):
    """What was not timed, and why."""

    kind: Literal["withheld"]
    params: Annotated[Sizes | None, "The workload's sizes; null where all are meant."]
    reason: Annotated[Name, "Why it was not timed."]


class TrialRecord(_Interval):
    """The clock put to the test: one comparison of which the truth is known."""

    kind: Literal["trial"]
    extra: Annotated[int, AT_LEAST_0, "Work beyond the baseline's, in per cent."]
    margin: Annotated[int, AT_LEAST_1, "The smallest difference that matters, in per cent."]
    neighbours: Annotated[int, AT_LEAST_0, "Noisy processes beside it."]
    number: Annotated[int, AT_LEAST_0, "Which of the trials of this sort, counted from 0."]
    ratio: Annotated[float, ABOVE_0, "Its time over the baseline's."]
    verdict: Annotated[Speed, "What the clock said."]
    processes: Annotated[int, AT_LEAST_2, "How many processes the ratio rests on."]
    rounds: Annotated[int, AT_LEAST_2, "How many rounds, over all processes."]
    took: Annotated[float, AT_LEAST_0, "Seconds that the comparison took."]
    slower_elsewhere: Annotated[
        dict[str, bool], "Whether other tools would have called it slower, by their names."
    ]
