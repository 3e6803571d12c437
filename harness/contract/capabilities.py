"""What a contender may lack: what it cannot be asked, and what this means for a question.

A case or a property that needs a missing capability is not asked, and the verdict says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CAPABILITIES: Mapping[str, str] = MappingProxyType(
    {
        "any epsilon": "ε is written into the code: it is judged at that value",
        "any rate": "the learning rate is written into the code: it is judged at that value",
        "any momentum": "the momentum is written into the code: it is judged at that value",
        "any decay": "the decay of a moment is written into the code: it is judged at that value",
        "any factor": "what a rate is multiplied with is written into the code, or there is none",
        "any count": "a count of steps is written into the code: it is judged at that value",
        "any exponent": "the exponent is written into the code: it is judged at that value",
        "any bound": "a bound is written into the code: it is judged at that value",
        "any weight decay": "the weight decay is written into the code, or there is none",
        "rate that changes": "the learning rate cannot be set between steps",
        "weights given": "the object holds the weights itself: no step starts from given ones",
        "several objects": "there is one state for all: a second optimizer shares it",
        "soft labels": "labels of one class only: 0 or 1, or rows of a single 1",
        "label smoothing": "labels are taken as they are",
        "positive weight": "the positive class weighs as much as the negative one",
        "rows of labels": "integers are taken for labels, not rows",
        "several samples": "one sample at a time",
        "one sample": "a batch of one, which has no spread, is refused",
        "vectors": "tables of rows only: one row must come as a table of one",
        "any shape": "vectors only",
        "one number": "a number for each entry or row: their mean is judged",
        "arrays": "plain numbers only",
        "large numbers": "e^z must not overflow: Python's own numbers raise where it does",
        "scalars": "arrays only",
        "empty arrays": "an array without entries is refused",
        "NaN": "NaN is refused, or taken for a number",
        "zeros": "a learning rate, a momentum, a decay, an ε or a count of 0 is refused",
        "lists": "arrays of NumPy's only",
        "integers": "whole numbers must come as floats",
        "whole numbers as floats": "a count must come as an integer",
        "NumPy's numbers": "Python's own numbers only",
        "fractions of an epoch": "whole epochs only",
        "Fortran order": "arrays in C order only",
        "strides": "arrays without gaps only",
        "negative strides": "arrays that run forwards only",
        "part of a larger array": "arrays with memory of their own only",
        "read-only": "arrays that may be written to only",
        "another byte order": "numbers in the byte order of this machine only",
        "one array for two arguments": "each argument must be an array of its own",
        "options": "an option that it names is refused, or seems to mean something else",
        "copies": "an object cannot be copied in the middle of a run",
        "pickles": "an object cannot be pickled",
        "long runs": "tens of thousands of steps take too long to be asked for",
        "float32": "always computes in float64",
        "epochs past the end": "the domain ends with the schedule's one period",
        "epochs in any order": "an object that counts its own epochs: from 0, one after another",
        "several outputs": "a network with one output unit",
        "other widths": "a network of one fixed size",
    }
)
