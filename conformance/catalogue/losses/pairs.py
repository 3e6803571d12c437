"""How a loss and its gradient are entered: as one pair, of terms and of their slopes.

A loss is the sum of its terms over a count; its gradient has the terms' slopes over the same count.
Where a form of the loss is entered with its slopes it is a form of the gradient, too, by the same
name. What is counted, signs, factors and exchanged arguments are slots of their own, so that a
convention and a mistake in it are told as what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.recipe import Recipe, recipe, recipe_of
from gradmark.conformance.catalogue.traits.reductions import AROUND, all_pairs, exchanged
from gradmark.conformance.catalogue.variant import Body, Kind, canonical, takes_dtype
from gradmark.conformance.truth import Exact, elementwise, total

Terms = Callable[..., Exact]  # of labels, predictions, and the constants
Count = Callable[[Exact], Exact]  # of labels
Logs = Callable[[Exact, str], tuple[Exact, Exact]]  # log p and log(1 − p), where they are guarded


def of_each(term: Callable[..., Exact]) -> Terms:
    """Let a term of one label and one prediction act on arrays of them."""

    def terms(y: Exact, p: Exact, *constants: Exact) -> Exact:
        return elementwise(lambda a, b: term(a, b, *constants), 2)(y, p)

    return terms


def rows(y: Exact) -> int:
    """Count the samples; a vector is one."""
    return 1 if np.ndim(y) == 1 else np.shape(y)[0]


def one(y: Exact) -> int:
    """Count nothing: a sum."""
    del y
    return 1


def labelled_rows(y: Exact) -> Exact:
    """Count the rows that have a label at all."""
    return sum(any(bool(label > 0) for label in row) for row in np.atleast_2d(np.asarray(y)))


def with_labels(y: Exact) -> Exact:
    """Give 1 for each row with a label, 0 for one that is to be ignored."""
    kept = [[float(any(bool(label > 0) for label in row))] for row in np.atleast_2d(y)]
    made = np.array(kept, np.asarray(y).dtype)
    return made[0] if np.ndim(y) == 1 else made


@dataclass(frozen=True)
class Gradient:
    """A loss's gradient by its name in the contract, and what its sum is divided by.

    The name is spelled where it is made: by it is found which files a formula depends on.
    """

    formula: str
    count: Count = np.size

    def canonical(self, source: str, says: str, slopes: Terms, terms: Terms | None = None) -> None:
        """Enter the canonical form, and what may happen to any gradient.

        Where its loss has `terms`, they are what a forward pass gives in its place.
        """

        def assemble(slopes: Terms = slopes, count: Count = self.count) -> Body:
            def body(y: Exact, p: Exact, *constants: Exact, dtype: str) -> Exact:
                stored = {"dtype": dtype} if takes_dtype(slopes) else {}
                return slopes(y, p, *constants, **stored) / count(y)

            return body

        recipe(self.formula, assemble, **AROUND)
        canonical(self.formula, source)(named("canonical", says, assemble()))
        self.enter(
            "dialect",
            "of-the-sum",
            "The gradient of the sum: not divided by a count.",
            "PyTorch, reduction='sum'; apache/mxnet#2215, where the optimizer divides",
            count=one,
        )
        self.enter(
            "mistake",
            "sign-flipped",
            "The negative gradient: label minus prediction.",
            "deeplearning4j/deeplearning4j#345: labels.sub(predictions)",
            factor=-1,
        )
        self.enter(
            "mistake",
            "divided-twice",
            "Divided once for the mean, and once more by the number of entries.",
            "a mean of what is a mean already",
            count=lambda y: self.count(y) * np.size(y),
        )
        if terms is not None:
            self.form(
                "mistake",
                "terms-for-slopes",
                "The terms of the loss where their slopes belong.",
                "a forward pass called as a backward pass",
                terms,
            )
        _counts(self)

    def enter(self, kind: Kind, name: str, says: str, source: str, **parts: object) -> None:
        """Enter a form by what it changes."""
        self.recipe.enter(kind, name, says, source, **parts)

    @property
    def recipe(self) -> Recipe:
        """How it is put together."""
        its = recipe_of(self.formula)
        assert its is not None
        return its

    def form(self, kind: Kind, name: str, says: str, source: str, slopes: Terms) -> None:
        """Enter a form with slopes of its own."""
        self.enter(kind, name, says, source, slopes=slopes)


@dataclass(frozen=True)
class Loss:
    """A loss by its name in the contract, its gradient, and what both are divided by."""

    formula: str
    gradient: Gradient

    @property
    def count(self) -> Count:
        """What the sum is divided by."""
        return self.gradient.count

    def canonical(self, source: str, says: str, terms: Terms, slope: str, slopes: Terms) -> None:
        """Enter the canonical forms: `says` and `slope` spell the two equations."""

        def assemble(
            terms: Terms = terms, count: Count = self.count, logs: Logs | None = None
        ) -> Body:
            def body(y: Exact, p: Exact, *constants: Exact, dtype: str) -> Exact:
                guarded = {"logs": logs(p, dtype)} if logs else {}
                return total(terms(y, p, *constants, **guarded)) / count(y)

            return body

        recipe(self.formula, assemble, **AROUND)
        canonical(self.formula, source)(named("canonical", says, assemble()))
        self.enter(
            "dialect",
            "summed",
            "Summed, not averaged.",
            "PyTorch and MLX, reduction='sum'",
            count=one,
        )
        self.enter(
            "mistake",
            "sign-lost",
            "The sign of the loss is lost.",
            "fastai/course22#22: the leading minus is missing",
            factor=-1,
        )
        if self.count is not rows:
            self.enter(
                "mistake",
                "broadcast-to-all-pairs",
                "Labels (n,) against predictions (n, 1): the mean over all n² pairs.",
                "pytorch/pytorch#16045, LAMDA-Tabular/TALENT#92",
                arguments=all_pairs,
            )
        _counts(self)
        self.gradient.canonical(source, slope, slopes, terms)

    def enter(self, kind: Kind, name: str, says: str, source: str, **parts: object) -> None:
        """Enter a form of the loss by what it changes."""
        its = recipe_of(self.formula)
        assert its is not None
        its.enter(kind, name, says, source, **parts)

    def form(
        self,
        kind: Kind,
        name: str,
        says: str,
        source: str,
        terms: Terms,
        slopes: Terms | None = None,
    ) -> None:
        """Enter a form of the loss, and with its slopes one of the gradient."""
        self.enter(kind, name, says, source, terms=terms)
        if slopes is not None:
            self.gradient.form(kind, name, _gradient_of(says), source, slopes)

    def body(self, terms: Terms) -> Body:
        """Make a loss of other terms, without entering it."""
        its = recipe_of(self.formula)
        assert its is not None
        return its.body({"terms": terms})

    def both(self, kind: Kind, name: str, says: str, source: str, **parts: object) -> None:
        """Enter another count, or a factor, of the loss and of its gradient."""
        self.enter(kind, name, says, source, **parts)
        self.gradient.enter(kind, name, _gradient_of(says), source, **parts)

    def exchanged(self, source: str) -> None:
        """Enter the mistake of taking labels for predictions, and the other way round."""
        self.enter(
            "mistake",
            "labels-and-predictions-exchanged",
            "The arguments are exchanged.",
            source,
            arguments=exchanged,
        )


def _gradient_of(says: str) -> str:
    return f"The gradient of this form: {says}"


def _counts(of: Loss | Gradient) -> None:
    """Enter what else a sum is divided by."""
    if of.count is not rows:
        of.enter(
            "dialect",
            "summed-within-samples",
            "Summed over the outputs of a sample, averaged over the samples (rows).",
            "losses per sample, of which the mean is taken",
            count=len,
        )
        return
    of.enter(
        "mistake",
        "mean-over-elements",
        "Averaged over samples and classes alike.",
        "hzy46/Deep-Learning-21-Examples#17: the mean runs over classes too",
        count=np.size,
    )
    of.enter(
        "mistake",
        "vector-divided-by-classes",
        "Divided by len(y_true), which of one sample given as a vector is that of classes.",
        "len(y_true), which of one sample is the number of classes",
        count=len,
    )
