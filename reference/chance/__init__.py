"""What is drawn at random: dropout, and the weights that training starts from."""

from gradmark.reference.chance.dropout import dropout
from gradmark.reference.chance.weights import glorot_uniform, he_normal

__all__ = ["dropout", "glorot_uniform", "he_normal"]
