"""The gradient of a batch in parts: canonical form, conventions and mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import recipe
from gradmark.conformance.catalogue.variant import Body, canonical
from gradmark.conformance.truth import Exact, allowing, maximum, size

NAME = "accumulate_gradients"
TRANSFORMERS = "huggingface/transformers#34191: a mean of means, of batches of other lengths"

Counts = Sequence[Exact]
Share = Callable[[Counts, int], Exact]  # of the counts, and a part's place


def _together(counts: Counts) -> Exact:
    whole = counts[0]
    for n in counts[1:]:
        whole = whole + n
    return whole


def _of_its_size(counts: Counts, i: int) -> Exact:
    return counts[i] / _together(counts)


def _accumulating(share: Share = _of_its_size) -> Body:
    def body(gradients: list[Exact], counts: Counts) -> Exact:
        # Where it meets an array, the share may be rounded to the dtype.
        shares = [allowing(its, size(its)) for its in (share(counts, i) for i in _places(counts))]
        found = gradients[0] * shares[0]
        for g, its in zip(gradients[1:], shares[1:], strict=True):
            found = found + g * its
        return found

    return body


def _places(counts: Counts) -> range:
    return range(len(counts))


def _greatest(counts: Counts) -> Exact:
    found = counts[0]
    for n in counts[1:]:
        found = maximum(found, n)
    return found


canonical(NAME, "McMahan et al. 2017, section 2; Transformers, Trainer: num_items_in_batch")(
    named(
        "each_sample_once", "Σ nᵢ gᵢ / Σ nᵢ: each sample, or token, counts once.", _accumulating()
    )
)
ITS = recipe(NAME, _accumulating)
for _name, _says, _source, _share in (
    (
        "mean-of-means",
        "Σ gᵢ / k: each of k parts counts once, however many samples it has.",
        f"loss / accumulation_steps; Optax, MultiSteps; {TRANSFORMERS}",
        lambda counts, _: 1 / (0 * counts[0] + len(counts)),
    ),
    (
        "summed",
        "Σ gᵢ: nothing is divided.",
        "PyTorch, backward() for each part; Optax, MultiSteps(use_grad_mean=False)",
        lambda counts, _: 1 + 0 * counts[0],
    ),
    (
        "summed-over-samples",
        "Σ nᵢ gᵢ: the gradient of a sum over all samples.",
        "PyTorch, reduction='sum'",
        lambda counts, i: counts[i],
    ),
):
    ITS.enter("dialect", _name, _says, _source, share=_share)
for _name, _says, _source, _share in (
    (
        "last-part-alone",
        "The gradient of the last part.",
        "zero_grad() before each part",
        lambda counts, i: 0 * counts[i] + (i == len(counts) - 1),
    ),
    (
        "last-part-left-out",
        "The last part is not in the sum, and its samples count.",
        "the step is taken before the last backward()",
        lambda counts, i: (i < len(counts) - 1) * _of_its_size(counts, i),
    ),
    (
        "divided-by-the-parts-as-well",
        "Σ nᵢ gᵢ / (k Σ nᵢ): divided by the samples, and by the k parts once more.",
        "huggingface/transformers#35203 feared it: num_items and accumulation_steps",
        lambda counts, i: _of_its_size(counts, i) / len(counts),
    ),
    (
        "divided-by-the-greatest-count",
        "Σ nᵢ gᵢ / (k max n): padding counts.",
        "each part is as long as the longest",
        lambda counts, i: counts[i] / (len(counts) * _greatest(counts)),
    ),
    (
        "divided-by-the-last-count",
        "Σ nᵢ gᵢ / (k n of the last part).",
        "the count is that of the part at hand",
        lambda counts, i: counts[i] / (len(counts) * counts[-1]),
    ),
    (
        "shares-upside-down",
        "gᵢ counts by the share of the others: Σ (1 − nᵢ/Σn) gᵢ / (k − 1).",
        "the shares are taken from 1",
        lambda counts, i: (
            (1 - _of_its_size(counts, i)) / max(len(counts) - 1, 1)
            if len(counts) > 1
            else _of_its_size(counts, i)
        ),
    ),
    (
        "average-halved-at-each-part",
        "(… + g)/2 at each part: the first ones fade.",
        "avg = (avg + g) / 2",
        lambda counts, i: (1 + 0 * counts[i]) / 2 ** min(len(counts) - i, len(counts) - 1),
    ),
    (
        "counts-squared",
        "Σ nᵢ² gᵢ / Σ nᵢ²: sums are weighted once more.",
        "sums of gradients weighted as if they were means",
        lambda counts, i: counts[i] * counts[i] / _together([n * n for n in counts]),
    ),
):
    ITS.enter("mistake", _name, _says, _source, share=_share)
