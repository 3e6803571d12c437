"""What mean squared error is put together of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.traits.reductions import AROUND, all_pairs, within_samples
from gradmark.conformance.catalogue.variant import Body
from gradmark.conformance.truth import Exact, mean, sqrt, total


def _square(d: Exact) -> Exact:
    return d**2


def _squared_error(
    difference: Callable[[Exact, Exact], Exact] = lambda y, p: y - p,
    term: Callable[[Exact], Exact] = _square,
    reduce: Callable[[Exact], Exact] = mean,
    after: Callable[[Exact], Exact] = lambda loss: loss,
) -> Body:
    def body(y: Exact, p: Exact, *, dtype: str) -> Exact:
        del dtype
        return after(reduce(term(difference(y, p))))

    return body


MSE = recipe("mse_loss", _squared_error, **AROUND)
MSE.traits.update(
    {
        "half-mean": {"factor": 0.5},
        "sum-of-squares": {"reduce": total},
        "half-sum": {"reduce": total, "factor": 0.5},
        "summed-within-samples": {"reduce": within_samples},
        "half-summed-within-samples": {"reduce": within_samples, "factor": 0.5},
        "absolute-differences": {"term": abs},
        "root-taken": {"after": sqrt},
        "mean-difference": {"term": lambda d: d},
        "divided-by-n-minus-1": {"reduce": lambda x: total(x) / (np.size(x) - 1)},
        "broadcast-to-all-pairs": {"arguments": all_pairs},
        "variance-of-the-differences": {"difference": lambda y, p: y - p - mean(y - p)},
        "averaged-over-features-only": {"reduce": lambda x: total(x) * len(x) / np.size(x)},
    }
)
