"""What a contender's process may send, and what is refused before it can do harm."""

from __future__ import annotations

import resource
import struct
from typing import Any

import execnet
import numpy as np
import pytest

from gradmark.harness import answers, worker


@pytest.mark.parametrize(
    "value",
    [
        np.array([[1.5, np.nan], [np.inf, -0.0]]),
        np.array([], np.float32),
        np.float32(0.1),
        np.array(7, np.int8),
        3,
        2**40,
        -0.5,
        True,
        np.array([1.0, 2.0], ">f4"),
    ],
    ids=repr,
)
def test_what_a_worker_encodes_is_read_back_bit_for_bit(value: Any) -> None:
    sent = execnet.dumps(("value", (worker.encode(value),), ()))
    _, (part,), _ = answers.read(sent)
    got, expected = answers.array(part), np.asarray(value)
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    assert got.tobytes() == expected.tobytes()
    assert got.flags.writeable


@pytest.mark.parametrize(
    "bits", [0x7FF8_0000_DEAD_BEEF, 0xFFF0_0000_0000_0001, 0x7FF0_0000_0000_0001]
)
@pytest.mark.filterwarnings("error")
def test_one_nan_is_as_good_as_another(bits: int) -> None:
    """What is left in memory that nobody wrote to is a NaN of any kind, signalling ones too."""
    sent = np.array([bits, 0], np.uint64).view(np.float64)
    assert answers.array(worker.encode(sent)).tobytes() == np.array([np.nan, 0.0]).tobytes()
    narrow = np.array([0x7F80_0001], np.uint32).view(np.float32)
    assert np.isnan(answers.array(worker.encode(narrow)).astype(np.float64)).all()


@pytest.mark.parametrize(
    "value",
    [
        ("array", "<f8", (2,), bytes(15)),
        ("array", "<f8", (2**40, 2**40), bytes(8)),
        ("array", "<f8", (-1,), bytes(8)),
        ("array", "<f8", (1.0,), bytes(8)),
        ("array", "<f8", (1,) * 65, bytes(8)),
        ("array", "O", (1,), bytes(8)),
        ("array", "<U2", (1,), bytes(8)),
        ("array", "no dtype", (1,), bytes(8)),
        ("array", "<f8,<f8", (1,), bytes(16)),
        ("scalar", "<f8", bytes(7)),
        ("scalar", "<f8", "text"),
        ("int", "9" * 5000),
        ("int", "one"),
        ("int", "²"),
        ("int", "--5"),
        ("array", "<f8", (0, 2**31, 2**31, 2**31), b""),
        ("list", 1),
        (),
        None,
        "text",
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_array_is_refused(value: Any) -> None:
    with pytest.raises(answers.MalformedAnswer):
        answers.array(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x02",
        execnet.dumps("text"),
        execnet.dumps(("value", 1)),
        execnet.dumps(("value", 1, ("first",))),
        execnet.dumps(("value", 1, [0])),
        execnet.dumps(("fault", "what")),
        execnet.dumps(("value", 1, ()))[:-1],
    ],
    ids=lambda data: repr(data)[:40],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(answers.MalformedAnswer):
        answers.read(data)


def test_a_claimed_length_costs_no_memory() -> None:
    begin = execnet.dumps([])  # version, new list, its length, stop
    code = begin[1:2]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(answers.MalformedAnswer):
        answers.read(begin[:1] + code + struct.pack("!i", 2**28) + begin[-1:])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**16  # KiB


def test_random_bytes_are_refused_whatever_they_are() -> None:
    draw = np.random.default_rng(20261127)
    whole = execnet.dumps(("value", (worker.encode(np.arange(3.0)),), ()))
    for _ in range(2000):
        spoiled = bytearray(whole)
        for at in draw.integers(0, len(whole), 2):
            spoiled[at] = draw.integers(0, 256)
        try:
            _, parts, _ = answers.read(bytes(spoiled))
            for part in parts:
                answers.array(part)
        except answers.MalformedAnswer:
            continue
        except TypeError:  # `parts` itself is something else: the host asks for a tuple
            assert not isinstance(parts, tuple)
