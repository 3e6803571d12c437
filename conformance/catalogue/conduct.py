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

CONDUCT = {one.name: one for one in (ARGUMENT_CHANGED, NOT_DETERMINISTIC, SHARED_STATE)}
