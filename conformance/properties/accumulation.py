"""Theorems of the gradient of a batch in parts."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradmark.conformance.properties.agreement import agree
from gradmark.conformance.properties.asked import Function
from gradmark.conformance.properties.strategies import Array, grid
from gradmark.conformance.properties.theorem import drawn, rejects

samples = st.integers(2, 9).flatmap(lambda n: grid((n, 3), -8, 8, 8))
counts = st.lists(st.integers(1, 64), min_size=3, max_size=3)
three = grid((3, 2), -8, 8, 8)


def _divided_by_the_last(gradients: list[Array], counts: list[int]) -> Any:
    return sum(n * g for n, g in zip(counts, gradients, strict=True)) / len(counts) / counts[-1]


def _halved_at_each(gradients: list[Array], _counts: list[int]) -> Any:
    found, *others = gradients
    for g in others:
        found = (found + g) / 2
    return found


@rejects(accumulate_gradients=lambda gradients, _n: sum(gradients) / len(gradients))
@rejects(accumulate_gradients=lambda gradients, _: gradients[-1])
@rejects(accumulate_gradients=lambda gradients, _n: sum(gradients))
@drawn(rows=samples, at=st.integers(1, 8))
def however_a_batch_is_divided_its_gradient_is_the_mean_over_its_samples(
    accumulate_gradients: Function, rows: Array, at: int
) -> None:
    first = min(at, len(rows) - 1)
    halves = [rows[:first], rows[first:]]
    # Of each part the mean is rounded: what is due is the mean of these.
    means = [np.asarray(its.mean(axis=0), accumulate_gradients.dtype) for its in halves]
    got = accumulate_gradients(means, [len(its) for its in halves])
    agree(got, rows.mean(axis=0), "rounding", accumulate_gradients.dtype, scale=16)


@rejects(accumulate_gradients=_divided_by_the_last)
@rejects(accumulate_gradients=_halved_at_each)
@drawn(its=three, counts=counts)
def the_order_of_the_parts_does_not_matter(
    accumulate_gradients: Function, its: Array, counts: list[int]
) -> None:
    here = accumulate_gradients(list(its), counts)
    there = accumulate_gradients(list(its[::-1]), counts[::-1])
    agree(there, here, "rounding", accumulate_gradients.dtype, scale=16)


@rejects(accumulate_gradients=lambda gradients, _n: sum(gradients))
@rejects(accumulate_gradients=lambda g, n: sum(k * one for k, one in zip(n, g, strict=True)))
@drawn(its=three, counts=counts)
def of_parts_that_agree_it_is_their_gradient(
    accumulate_gradients: Function, its: Array, counts: list[int]
) -> None:
    # The shares sum to 1.
    got = accumulate_gradients([its[0]] * len(counts), counts)
    agree(got, its[0], "rounding", accumulate_gradients.dtype, scale=16)


@rejects(accumulate_gradients=lambda g, n: sum(k * one for k, one in zip(n, g, strict=True)))
@drawn(its=three, counts=counts, unit=st.sampled_from([2, 3, 8]))
def it_does_not_matter_in_which_unit_the_parts_are_counted(
    accumulate_gradients: Function, its: Array, counts: list[int], unit: int
) -> None:
    here = accumulate_gradients(list(its), counts)
    there = accumulate_gradients(list(its), [n * unit for n in counts])
    agree(there, here, "rounding", accumulate_gradients.dtype, scale=16)
