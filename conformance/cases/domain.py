"""Cases over the whole domain: every size of every number, so that no gap is left between others.

An error in a gap shows only where something is asked within it: each decade is, and both sides of
what saturates. Settings go to the ends of their domains: a rate of 0, with which every warm-up
starts, and rates above 1; averages that hardly forget, and such as have no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from zlib import crc32

import numpy as np

from gradmark.conformance.cases.case import Case
from gradmark.conformance.cases.draws import Draw, beginning_exactly, log, log1p, magnitudes, signed
from gradmark.harness.contract import CONTRACT, Formula


def _near_0_and_1(draw: Draw) -> np.ndarray:
    """Draw numbers of (0, 1) at every distance from both ends, each of which float32 has."""
    low, high = magnitudes(draw, 1e-12, 0.5, 60), magnitudes(draw, 2.0**-22, 0.5, 40)
    return np.concatenate([low, 1 - high[::-1]]).astype(np.float32).astype(float)


# --- functions of arrays --------------------------------------------------------------------------


def _of_logits(draw: Draw) -> np.ndarray:
    sizes = [magnitudes(draw, 1e-6, 0.5, 24), np.arange(0.5, 40, 0.5), magnitudes(draw, 40, 700, 8)]
    return signed(np.concatenate(sizes)).astype(np.float32).astype(float)


def _of_data(draw: Draw) -> np.ndarray:
    return signed(magnitudes(draw, 1e-30, 1e30, 60)).astype(np.float32).astype(float)


# By the role of the one array.
ENTRIES: Mapping[str, Callable[[Draw], np.ndarray]] = {
    "logit": _of_logits,
    "probability": _near_0_and_1,
    "data": _of_data,
}
Named = tuple[str, tuple[np.ndarray, ...]]  # a case's name, and its arrays


def _elementwise(row: Formula, draw: Draw) -> Iterator[Named]:
    (role,) = row.array_roles
    yield "every-size", (ENTRIES[role](draw),)
    whole = np.array([3.0, -2.0, 70.0, 0.0]) if role != "probability" else np.array([1.0, 0.0])
    yield "whole-numbers", (whole,)
    within = draw.uniform(size=(2, 3, 1, 2))
    four = within if role == "probability" else 8 * within - 4
    yield "four-axes", (four,)


def _differences(draw: Draw) -> Iterator[Named]:
    del draw
    # Their squares are beyond 32 bits.
    y, p = np.array([3.0, 70000.0, -200.0, 9.0]), np.array([1.0, -300.0, 41.0, 10.0])
    yield "whole-numbers", (y, p)


def _binary(draw: Draw) -> Iterator[Named]:
    p = _near_0_and_1(draw)
    yield "every-size-positive", (np.ones_like(p), p)
    yield "every-size-negative", (np.zeros_like(p), p)


def _of_labelled_logits(draw: Draw) -> Iterator[Named]:
    z = _of_logits(draw)[::3]
    yield "every-size-positive", (np.ones_like(z), z)
    yield "every-size-negative", (np.zeros_like(z), z)


def _of_margins(draw: Draw) -> Iterator[Named]:
    z = _of_logits(draw)[::2]
    yield "every-size-positive", (np.ones_like(z), z)
    yield "every-size-negative", (-np.ones_like(z), z)


def _categorical(draw: Draw) -> Iterator[Named]:
    p = _near_0_and_1(draw)
    yield "every-size", (np.eye(2)[[0] * len(p)], np.stack([p, 1 - p], axis=1))


def _of_log_probabilities(draw: Draw) -> Iterator[Named]:
    p = _near_0_and_1(draw)
    rows = np.stack([log(p), log1p(-p)], axis=1)
    yield "every-size", (np.eye(2)[[0] * len(p)], rows)


def _against_two_others(z: np.ndarray) -> np.ndarray:
    return np.stack([z, 0 * z, 0 * z - 0.5], axis=1)


def _of_class_logits(draw: Draw) -> Iterator[Named]:
    z = _of_logits(draw)[::2]
    yield "every-size", (np.eye(3)[[0] * len(z)], _against_two_others(z))


def _of_rows(draw: Draw) -> Iterator[Named]:
    yield "every-size", (_against_two_others(_of_logits(draw)[::2]),)
    yield "whole-numbers", (np.array([[3.0, -2.0, 70.0], [0.0, 1.0, 1.0]]),)


def _network(draw: Draw) -> Iterator[Named]:
    """Hand the logit on through a unit for each sign: ReLU(z) − ReLU(−z) = z."""
    z = np.round(_of_logits(draw) * 64)[:, None] / 64
    both, zero = np.array([[1.0, -1.0]]), np.zeros((1, 1))
    for label in (1.0, 0.0):
        y = np.full_like(z, label)
        yield f"every-logit-label-{label:g}", (z, y, both, 0 * both, both.T, zero)


# --- optimizers -----------------------------------------------------------------------------------

# By role: averages that hardly forget, and such as have no memory at all.
SLOW: Mapping[str, float] = {
    "momentum": 0.999, "decay": 0.9999, "epsilon": 1e-6, "weight decay": 1e-3,
}  # fmt: skip
NONE: Mapping[str, float] = {"momentum": 0.0, "decay": 0.0, "epsilon": 1e-8, "weight decay": 0.0}


def _stepped(row: Formula, draw: Draw) -> Iterator[Case]:
    usual, unusual = row.settings(0), row.settings(1)
    slow = {p.name: SLOW.get(p.role, p.value(0)) for p in row.hyperparameters}
    forgetful = {p.name: NONE.get(p.role, p.value(0)) for p in row.hyperparameters}
    w, g = draw.normal(size=(3, 2)), beginning_exactly(draw.normal(size=(12, 3, 2)))
    sizes = np.ldexp(1.0, draw.integers(-3, 3, size=(3, 2)))
    growing = np.sign(g[:4]) * 4.0 ** np.arange(4)[:, None, None] * sizes
    yield Case(row.name, "matrix", (w, g[:4], [0.1] * 4), usual)
    four = draw.normal(size=(2, 1, 3, 2)), beginning_exactly(draw.normal(size=(2, 2, 1, 3, 2)))
    yield Case(row.name, "four-axes", (*four, [0.1, 0.1]), usual)
    whole = np.array([3.0, -2.0, 300.0]), np.array([[2.0, -1.0, 64.0], [1.0, 5.0, -3.0]])
    yield Case(row.name, "whole-numbers", (*whole, [0.5, 0.25]), usual)
    yield Case(row.name, "fast", (w, g[:3], [3.0, 20.0, 1500.0]), unusual)
    yield Case(row.name, "starts-at-rate-0", (w, g[:4], [0.0, 0.1, 0.0, 2.5]), usual)
    if row.hyperparameters:
        yield Case(row.name, "slow-to-forget", (w, g, [0.1] * 12), slow)
        # A decay that is capped at 0.999 shows only in what is left of the beginning, much later:
        # in twelve steps it is less than what β costs that is rounded to float32.
        fading = np.where(np.arange(304) < 100, 8.0, 1.0) * np.where(
            np.arange(304) % 7 < 4, 1, -0.75
        )
        rates = [1e-5] * 300 + [0.1] * 4
        yield Case(row.name, "much-later", (np.zeros(1), fading[:, None], rates), slow)
        # Growing, so that m + (g − m) is g but for a rounding; powers of two, so that g² − g² is
        # zero in floats, too.
        yield Case(row.name, "no-memory", (w, growing, [0.1] * 4), forgetful)


# --- schedules ------------------------------------------------------------------------------------

# Epochs whose product with a rounded 1 / n falls below the whole number are among these.
PERIODS = (3, 10, 41, 47, 49, 55, 82, 83, 97, 98, 103, 107, 161, 187)
Setting = tuple[str, tuple[float, ...], tuple[int, ...]]
SCHEDULES: Mapping[str, tuple[Setting, ...]] = {
    "step_decay": (
        ("many-drops", (0.5, 0.9, 2), (31, 32, 60, 100, 151)),
        ("high", (5.0, 0.5, 30), (0, 29, 31, 65)),
        ("long", (1.0, 0.1, 1500), (1, 1499, 1500, 4600)),
        *((f"period-{n}", (0.1, 0.5, n), (n - 1, n, 2 * n)) for n in PERIODS),
        ("zero", (0.0, 0.5, 20), (41,)),
    ),
    "exponential_decay": (
        ("high", (20.0, 0.05), (1, 17, 300)),
        ("steep", (1.5, 0.95), (1, 3, 25)),
        ("long", (1.0, 0.01), (1500, 5000)),
        ("zero", (0.0, 0.05), (3,)),
    ),
    "cosine_annealing": (
        ("high", (5.0, 7), (0, 1, 3, 6, 7)),
        ("long", (1.0, 5000), (1, 1234, 2500, 4999)),
        ("zero", (0.0, 100), (50,)),
    ),
    "warmup_cosine": (
        ("high", (2.0, 5, 20), (0, 1, 4, 5, 6, 12, 19)),
        ("long", (3.0, 1000, 10000), (1, 500, 999, 1000, 1001, 6000, 9999)),
        ("zero", (0.0, 3, 12), (2, 6)),
    ),
}  # fmt: skip


def _of_numbers(row: Formula, draw: Draw) -> Iterator[Case]:
    del draw
    for name, setting, epochs in SCHEDULES.get(row.name, ()):
        for epoch in epochs:
            yield Case(row.name, f"{name}-epoch-{epoch}", (epoch, *setting))


# By the roles of the arrays.
ROLES: Mapping[tuple[str, ...], Callable[[Draw], Iterator[Named]]] = {
    ("target", "data"): _differences,
    ("label", "probability"): _binary,
    ("label", "logit"): _of_labelled_logits,
    ("signed label", "data"): _of_margins,
    ("class label", "class probability"): _categorical,
    ("class label", "class log probability"): _of_log_probabilities,
    ("class label", "class logit"): _of_class_logits,
    ("row logit",): _of_rows,
    CONTRACT["compute_loss"].array_roles: _network,
}


def make(row: Formula, seed: int) -> Iterator[Case]:
    """Make the cases of one formula over its whole domain."""
    draw = np.random.default_rng([seed, crc32(f"{row.name}, every size".encode())])
    if row.stepped:
        yield from _stepped(row, draw)
    elif row.takes_numbers:
        yield from _of_numbers(row, draw)
    elif row.elementwise or row.array_roles in ROLES:
        named = _elementwise(row, draw) if row.elementwise else ROLES[row.array_roles](draw)
        for name, arrays in named:
            yield Case(row.name, name, (*arrays, *row.numbers()))
