"""What is wrong with code whatever it computes: how it behaves towards its caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Conduct:
    """A way to misbehave: its name as a variant, a sentence about it, and where it happened."""

    name: str
    says: str
    source: str


ARGUMENT_CHANGED = Conduct(
    "argument-changed",
    "Writes into its caller's arrays, which the contract leaves alone.",
    "w -= lr * grad on the array that was handed in",
)
NOT_DETERMINISTIC = Conduct(
    "not-deterministic",
    "Does not repeat itself: the same question gets another answer.",
    "unseeded random numbers, uninitialised memory, a race between threads",
)
SHARED_STATE = Conduct(
    "shared-state",
    "Keeps state where it outlives the object or the call: what came earlier in the same process "
    "changes the answer.",
    "state in a class attribute, a mutable default argument or a module's global",
)
NEVER_A_NUMBER = Conduct(
    "never-a-number",
    "Every step is NaN, from weights that are whole, too: it is no step of its own that is wrong.",
    "1 − βᵗ that is zero for ever: a counter whose bits are read as those of a float",
)

MEMORY_LAYOUT = Conduct(
    "memory-layout",
    "Takes an array for the memory that it lies in: the same numbers, laid out otherwise, get "
    "another answer.",
    'ravel(order="K"), a pointer to the data, strides that are not asked for',
)
ARGUMENT_TYPE = Conduct(
    "argument-type",
    "The same numbers in another type get another answer.",
    "isinstance(epoch, int); np.zeros_like(w) of integers, which cuts off what is written to it",
)
WHOLE_EPOCHS = Conduct(
    "whole-epochs-only",
    "Between two epochs the rate is that of one of them, where the formula goes on from one to "
    "the other.",
    "int(epoch) or round(epoch) in a schedule that is asked per batch",
)
MANY_AXES = Conduct(
    "other-with-more-axes",
    "Of numbers with more axes than two, as those of pictures are, it computes something else.",
    "y.shape[0] * y.shape[1] for the number of entries",
)
LOST_IN_A_COPY = Conduct(
    "lost-in-a-copy",
    "A copy that is made in the middle of a run goes on otherwise than the original: so would a "
    "run that is resumed from a checkpoint.",
    "__getstate__ or __deepcopy__ without the moments; a counter that the copies share",
)
BREAKS_LATE = Conduct(
    "breaks-in-a-long-run",
    "Under gradients that come again and again the steps do not, though nothing that a formula "
    "remembers is left of the beginning.",
    "a state that is reset every so many steps, a counter that overflows",
)
PRACTICE = Conduct(
    "other-in-practice",
    "Computes the formula, but not where it is used: with groups, with a checkpoint, beside what "
    "has no gradient.",
    "one state for all parameters; a state_dict without a moment; the first group's rate for all",
)

CONDUCT = {
    one.name: one
    for one in (
        ARGUMENT_CHANGED,
        NEVER_A_NUMBER,
        NOT_DETERMINISTIC,
        SHARED_STATE,
        MEMORY_LAYOUT,
        ARGUMENT_TYPE,
        WHOLE_EPOCHS,
        MANY_AXES,
        LOST_IN_A_COPY,
        BREAKS_LATE,
        PRACTICE,
    )
}
