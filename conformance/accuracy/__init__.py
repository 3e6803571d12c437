"""How accurate a contender is: a designed grid, a climb to the worst case, and a diagnosis."""

from gradmark.conformance.accuracy.diagnosis import diagnose
from gradmark.conformance.accuracy.measure import Accuracy, measure

__all__ = ["Accuracy", "diagnose", "measure"]
