"""How hard a contender is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What changes the answers of an examination, and so belongs to its results.

    Parameters
    ----------
    seed : int
        Of every random choice: the inputs of properties, and the points of the accuracy search.
    examples : int
        Random inputs per property.
    quick : bool
        A coarser search for the worst error.
    advise : str
        The dtype of which the verdicts are told with what to do about them; empty for none.
    raced : bool
        Whether optimizers race, too: how many steps each takes to a target.
    """

    seed: int = 0
    examples: int = 6
    quick: bool = False
    advise: str = ""
    raced: bool = False
