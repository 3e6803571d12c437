"""What is made of what comes back: the first of several, the mean of parts, one entry at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import asarray, atleast_2d, ndarray, ones_like

from .binding import NotThisShapeError

OUTPUTS = ("output", "outputs", "out", "a", "A", "value", "result", "y")
SLOPES = ("dinputs", "dinput", "dx", "dX", "dz", "dZ", "grad_input", "grad", "gradient")


def first(value: Any) -> Any:
    """Return the value of a pair (value, cache), or one that is alone; anything else as it is."""
    return value[0] if isinstance(value, tuple) and 0 < len(value) < 3 else value


def attribute(thing: Any, names: tuple[str, ...]) -> Any:
    """Read the first of these attributes that is there: a layer keeps what it does not return."""
    for name in names:
        if getattr(thing, name, None) is not None:
            return getattr(thing, name)
    raise NotThisShapeError(f"it returns nothing, and keeps it in none of {', '.join(names)}")


def entry_by_entry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of one number answer for an array."""

    def answer(z: Any, *more: Any) -> Any:
        array = asarray(z)
        made = [float(function(each, *more)) for each in array.ravel()]
        return asarray(made, array.dtype).reshape(array.shape)

    return answer


def takes_arrays(function: Callable[[Any], Any]) -> bool:
    """Whether a function answers an array with one of its shape; it decides nothing else."""
    z = asarray([0.25, 0.5, 0.75])
    try:
        return asarray(function(z)).shape == z.shape
    except (ValueError, TypeError, LookupError, AssertionError, RuntimeError):  # PyTorch's last
        return False


def makes_rows(function: Callable[[Any], Any]) -> bool:
    """Whether a function makes of a vector a table of one row, and answers with that."""
    try:
        return asarray(function(asarray([0.25, 0.5, 0.75]))).shape == (1, 3)
    except Exception:  # whatever it raises: it does not
        return False


def takes_numbers(function: Callable[[Any], Any]) -> bool:
    """Whether a function answers one number with another."""
    try:
        return asarray(function(asarray([0.25])[0])).size == 1
    except Exception:  # whatever it raises: it does not
        return False


def array_function(function: Callable[..., Any]) -> tuple[Callable[..., Any], tuple[str, ...]]:
    """Return a function of arrays, and which capability the original lacks."""
    if makes_rows(function):
        return lambda z, *more: asarray(function(z, *more)).reshape(asarray(z).shape), ()
    if not takes_arrays(function) and takes_numbers(function):
        return entry_by_entry(function), what_numbers_lack(function)
    return function, ()


def what_numbers_lack(function: Callable[[Any], Any]) -> tuple[str, ...]:
    """List what a function of one number cannot be asked: Python's own powers may overflow."""
    for z in (1000.0, -1000.0):
        try:
            function(asarray([z])[0])
        except OverflowError:
            return ("arrays", "large numbers")
        except Exception:  # the verdict will say so
            continue
    return ("arrays",)


def slopes(backward: Callable[[Any], Any], z: Any) -> Any:
    """Ask a backward pass for the slope: what it makes of a gradient of ones."""
    return backward(ones_like(asarray(z)))


def as_number(value: Any, like: Any) -> Any:
    """Make one number of a loss: of one per entry or per row, the mean."""
    value = asarray(first(value))
    if value.size == 1:
        return value.reshape(())
    shape = asarray(like).shape
    if value.shape in (shape, shape[:1], shape[:-1], (*shape[:-1], 1)):
        return value.mean()
    raise NotThisShapeError(f"an array of shape {value.shape} is no loss")


def as_slopes(value: Any, like: Any) -> Any:
    """Lay a gradient out like the array that it is the gradient of."""
    value, like = asarray(value), asarray(like)
    return value.reshape(like.shape) if value.size == like.size else value


def rows(array: Any) -> ndarray[Any, Any]:
    """Take one sample for a table of one row."""
    return atleast_2d(asarray(array))
