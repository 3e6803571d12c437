"""How accurate a contender is: a designed grid, and a climb to the worst case."""

from gradmark.conformance.accuracy.measure import Accuracy, Miss, measure

__all__ = ["Accuracy", "Miss", "measure"]
