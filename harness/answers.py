"""What comes back from a contender's process, read with distrust: any byte of it may be wrong.

A contender can write to the channel that its answers go through. What is read here is whole or
refused: no list whose length is only claimed, no array of other bytes than it says that it has.
"""

from __future__ import annotations

import io
import re
from typing import Any, TypeAlias

import numpy as np
from execnet import gateway_base
from numpy.typing import NDArray

from gradmark.harness import worker

Array: TypeAlias = NDArray[Any]


class MalformedAnswer(Exception):  # noqa: N818  # as its siblings are called
    """Bytes that are no answer."""


def _list(reader: gateway_base.Unserializer) -> None:
    """Make a list, no longer than the bytes that are there could fill."""
    assert isinstance(reader, _Reader)
    length = reader._read_int4()
    if not 0 <= length <= reader.left:
        raise MalformedAnswer(f"a list of {length} items in {reader.left} bytes")
    reader.stack.append([None] * length)


class _Reader(gateway_base.Unserializer):
    """Reads what `worker` writes, and no channel, which execnet's form could hold, too."""

    # A list is announced by its length alone, and would be made before its items are there.
    num2func = {  # noqa: RUF012 - as execnet declares it
        code: _list if code == gateway_base.opcode.NEWLIST else load
        for code, load in gateway_base.Unserializer.num2func.items()
        if code != gateway_base.opcode.CHANNEL
    }

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self._size = len(data)
        super().__init__(self._data)

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return self._size - self._data.tell()


def read(data: bytes) -> tuple[Any, ...]:
    """Read one answer: ``("value", …)`` or ``("fault", …)``, as `worker` describes them.

    Raises
    ------
    MalformedAnswer
        It is none.

    Examples
    --------
    >>> read(b"K" + 4 * bytes([0x7F]))
    Traceback (most recent call last):
    gradmark.harness.answers.MalformedAnswer: ...
    """
    try:
        answer = _Reader(data).load(versioned=True)
    except Exception as error:  # not execnet's own alone: any byte may be wrong in any way
        raise MalformedAnswer(str(error)) from None
    match answer:
        case ("value", _, tuple(changed)) if all(type(at) is int for at in changed):
            return tuple(answer)
        case ("fault", str(), int(), str(), bool()):
            return tuple(answer)
    raise MalformedAnswer("neither a value nor a fault")


def array(value: Any) -> Array:
    """Read an array or a number.

    Raises
    ------
    MalformedAnswer
        It is none, or its bytes are not those that its dtype and shape need.

    Examples
    --------
    >>> array(("array", "<f8", (2,), bytes(16)))
    array([0., 0.])
    >>> array(("array", "<f8", (2,), bytes(15)))
    Traceback (most recent call last):
    gradmark.harness.answers.MalformedAnswer: 15 bytes for an array of (2,) <f8
    """
    match value:
        case bool() | int() | float():
            return np.asarray(value)
        case ("int", str(digits)) if WHOLE.fullmatch(digits):
            return np.asarray(int(digits))
        case ("scalar", str(code), bytes(data)):
            return _of_bytes(code, (), data)
        case ("array", str(code), tuple(shape), bytes(data)):
            return _of_bytes(code, shape, data)
    raise MalformedAnswer(f"no array: {type(value).__name__}")


WHOLE = re.compile(r"-?[0-9]{1,400}")  # more digits than the largest float has


def _of_bytes(code: str, shape: tuple[Any, ...], data: bytes) -> Array:
    try:
        dtype = np.dtype(worker.dtype_of(code))
    except worker.BadAnswerError:  # of a run that does not ask in it
        return _of_bytes("<f4", shape, _widened(data))
    except (TypeError, ValueError):
        raise MalformedAnswer(f"no dtype: {code[:20]!r}") from None
    if not worker.is_real(dtype) or not all(type(n) is int and n >= 0 for n in shape):
        raise MalformedAnswer(f"no array of numbers: {code[:20]!r}, {shape!r}"[:100])
    try:
        found: Array = np.frombuffer(data, dtype).reshape(shape).copy()
    except (ValueError, OverflowError):
        raise MalformedAnswer(
            f"{len(data)} bytes for an array of {shape} {code[:20]}"[:100]
        ) from None
    if dtype.kind not in "biu":
        # One NaN is as good as another; arithmetic on one that signals would warn, or raise.
        with np.errstate(invalid="ignore"):
            found[np.isnan(found)] = np.nan
    return found


def _widened(data: bytes) -> bytes:
    """Give bfloat16 numbers as float32: they are its upper halves."""
    halves = np.frombuffer(data[: len(data) // 2 * 2], "<u2")
    return (halves.astype("<u4") << 16).tobytes()


__all__ = ["Array", "MalformedAnswer", "array", "read"]
