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
        "any weight decay": "the weight decay is written into the code, or there is none",
        "rate that changes": "the learning rate cannot be set between steps",
        "weights given": "the object holds the weights itself: no step starts from given ones",
        "several objects": "there is one state for all: a second optimizer shares it",
        "soft labels": "one-hot rows only",
        "label smoothing": "labels are taken as they are",
        "rows of labels": "integers are taken for labels, not rows",
        "several samples": "one sample at a time",
        "any shape": "vectors only",
        "arrays": "plain numbers only",
        "scalars": "arrays only",
        "float32": "always computes in float64",
        "epochs past the end": "the domain ends with the schedule's one period",
        "epochs in any order": "an object that counts its own epochs: from 0, one after another",
        "several outputs": "a network with one output unit",
        "other widths": "a network of one fixed size",
    }
)
