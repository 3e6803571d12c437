"""How much of the article to compute."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """How much to compute: the seed of every random choice, and whether this is a first look.

    Examples
    --------
    >>> Scale(quick=True).runs(full=1000, quick=100)
    100
    """

    seed: int = 0
    quick: bool = False

    def runs(self, full: int, quick: int) -> int:
        """Choose a number of runs, points or steps."""
        return quick if self.quick else full
