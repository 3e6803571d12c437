"""How accurate a contender is: a designed grid, a climb to the worst case, and a diagnosis."""

from conformance.accuracy.diagnosis import diagnose
from conformance.accuracy.measure import Accuracy, measure

__all__ = ["Accuracy", "diagnose", "measure"]
