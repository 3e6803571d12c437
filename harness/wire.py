"""How the line protocol spells requests, arrays and answers; PROTOCOL.md tells it in words."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from gradmark.harness import worker
from gradmark.harness.contract.dtypes import DTYPES, WIDEST, listed

Array = NDArray[Any]

PROTOCOL = 1
SHOWN = 80  # characters of a wrong line that a message shows


class WireError(Exception):
    """An answer that breaks the protocol; the message goes on from the contender's name."""


class RaisedError(Exception):
    """The contender answered with an error of its own; `step` counts from 1, 0 is none."""

    def __init__(self, text: str, step: int) -> None:
        super().__init__(text)
        self.step = step


# --- to the contender -----------------------------------------------------------------------------


def dtype_sent(dtype: np.dtype[Any]) -> str:
    """Name the dtype that an array travels in: its own, or float64 for integers and booleans."""
    if dtype.kind in "biu":
        return WIDEST
    if dtype.name in DTYPES:
        return dtype.name
    raise TypeError(f"expected {listed()} or whole numbers, got dtype {dtype}")


def array(value: Array) -> dict[str, Any]:
    """Spell an array: the bytes of its numbers, little-endian, in C order, in base64.

    Examples
    --------
    >>> array(np.array([[1.0, -0.0]]))
    {'dtype': 'float64', 'shape': [1, 2], 'data': 'AAAAAAAA8D8AAAAAAAAAgA=='}
    """
    dtype = dtype_sent(value.dtype)
    data = np.ascontiguousarray(value, DTYPES[dtype].make().newbyteorder("<")).tobytes()
    return {
        "dtype": dtype,
        "shape": list(value.shape),
        "data": base64.b64encode(data).decode("ascii"),
    }


def number(value: float) -> float:
    """Spell a hyperparameter: JSON's numbers read back as the same double, but must be finite."""
    if not math.isfinite(value):
        raise ValueError(f"expected finite numbers beside arrays, got {value}")
    return int(value) if isinstance(value, bool) else value


def hyperparameter(value: Any) -> Any:
    """Spell a hyperparameter, or a list of them, in whatever form it was given."""
    if isinstance(value, list):
        return [hyperparameter(item) for item in value]
    return number(value.item() if isinstance(value, np.generic | np.ndarray) else value)


def argument(value: Any) -> Any:
    """Spell an argument: Python's numbers as numbers, lists as lists, all else as an array."""
    if isinstance(value, list):
        return [argument(item) for item in value]
    # NumPy's float64 is a subclass of Python's float.
    plain = isinstance(value, int | float) and not isinstance(value, np.generic)
    return number(value) if plain else array(np.asarray(value))


def line(request: Mapping[str, Any]) -> bytes:
    """Spell a request."""
    return json.dumps(request, allow_nan=False, separators=(",", ":")).encode() + b"\n"


# --- from the contender ---------------------------------------------------------------------------


def result(received: bytes, request: int) -> Any:
    """Return what an answer's line says to request number `request`.

    Raises
    ------
    WireError
        It is no answer to this request.
    RaisedError
        It says that the contender failed.
    """
    try:
        answer = json.loads(received, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise WireError(
            f"wrote a line that is no JSON: {shown(received)}; standard output is for answers"
            " alone, prints belong on standard error"
        ) from None
    if not isinstance(answer, dict):
        raise WireError(f"wrote a line that is no JSON object: {shown(received)}")
    if answer.get("id") != request or isinstance(answer.get("id"), bool):
        got = json.dumps(answer.get("id"))
        raise WireError(f"answered with id {got[:SHOWN]}, expected {request}, the request's")
    if ("result" in answer) == ("error" in answer):
        keys = ", ".join(sorted(answer))
        raise WireError(f"answered with {keys[:SHOWN]}; expected id and either result or error")
    if "error" in answer:
        _raise(answer["error"])
    return answer["result"]


def arrays(value: Any, count: int) -> tuple[Array, ...]:
    """Read a result that is a list of `count` arrays."""
    if not isinstance(value, list):
        raise WireError(f"answered with the result {_kind(value)}, expected a list of arrays")
    if len(value) != count:
        raise WireError(
            f"returned {len(value)} arrays, expected {count}"
            if count > 1
            else f"returned a list of {len(value)} arrays, expected a list of one"
        )
    return tuple(map(read_array, value))


def read_array(value: Any) -> Array:
    """Read an array.

    Examples
    --------
    >>> read_array({"dtype": "float64", "shape": [1], "data": "AAAA"})
    Traceback (most recent call last):
    gradmark.harness.wire.WireError: returned an array of shape [1] with 3 bytes of data, expected 8
    """
    if not isinstance(value, dict) or not {"dtype", "shape", "data"} <= value.keys():
        raise WireError(
            f"returned {_kind(value)} where an array is due: an object with dtype, shape and data"
        )
    dtype, shape, data = value["dtype"], value["shape"], value["data"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise WireError(f"returned an array of dtype {_kind(dtype)}, expected {listed()}")
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise WireError(f"returned an array of shape {_kind(shape)}, expected a list of lengths")
    try:
        found = base64.b64decode(data, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise WireError(
            f"returned an array with the data {_kind(data)}, expected bytes in base64"
        ) from None
    due = math.prod(shape) * DTYPES[dtype].itemsize
    if len(found) != due:
        raise WireError(
            f"returned an array of shape {shape} with {len(found)} bytes of data, expected {due}"
        )
    its = DTYPES[dtype].make()
    return np.frombuffer(found, its.newbyteorder("<")).astype(its).reshape(shape)


def shown(received: bytes) -> str:
    """Quote the beginning of a line."""
    text = received.decode(errors="replace").rstrip("\r\n")
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def _raise(error: Any) -> NoReturn:
    if not isinstance(error, dict):
        raise WireError(f"answered with the error {_kind(error)}, expected an object")
    kind, message, step = error.get("type"), error.get("message"), error.get("step", 0)
    if not isinstance(kind, str) or not isinstance(message, str) or type(step) is not int:
        raise WireError("answered with an error without type and message, both strings")
    raise RaisedError("raised " + worker.printable(": ".join(filter(None, (kind, message)))), step)


def _kind(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
