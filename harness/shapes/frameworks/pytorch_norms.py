"""Norms as modules of PyTorch, its own and a user's: γ and β are put where they are kept."""

from __future__ import annotations

import inspect
from typing import Any

from ..assign import named
from ..binding import Binding, NotThisShapeError
from ..constants import Constants
from ..norms import SIZES
from ..words import Param, Row


def of_layer(name: str, kind: Any, row: Row) -> Binding:
    """Bind a module that is made of its size and its ε, and called with the data.

    Raises
    ------
    NotThisShapeError
        It is made of something else, or keeps γ and β nobody knows where.
    """
    own, pinned = _epsilon(kind, row)
    size, flags = _size(kind, own)
    arrays = [p for p in row.params[1:] if p.is_array]
    settings = [f"{flag}=True" for flag in flags] + ([f"{own}=epsilon"] if own else [])
    shown = ", ".join((size, *settings))

    def stands(x: Any, *given: Any) -> Any:
        made = dict.fromkeys(flags, True)
        if own:
            made[own] = given[-1]
        layer = kind(**{size: x.shape[-1]}, **made).to(x.dtype).train()
        held = dict(layer.named_parameters(recurse=False))
        for parameter, value in zip(arrays, given):
            _place(held, parameter).data = value.clone()
        return layer(x)

    lacks = () if own else ("any epsilon",)
    call = f"{name}({shown})(x)"
    found = Binding(row.name, name, call, "nn.Module", stands, pinned=pinned, lacks=lacks)
    found.certain = kind.__module__.split(".")[0] == "torch"
    return found


def _place(held: dict[str, Any], parameter: Param) -> Any:
    """Return the one parameter of a module that is called like one of the contract's."""
    places = [its for own, its in held.items() if parameter.is_called(own)]
    if len(places) != 1:
        raise NotThisShapeError(f"where it keeps {parameter.name} cannot be told")
    return places[0]


def _epsilon(kind: Any, row: Row) -> tuple[str, dict[str, float]]:
    """Return what it calls its ε; else the one that is written into its code."""
    epsilon = row.param("epsilon")
    for parameter in named(kind):
        if epsilon.is_called(parameter.name):
            return parameter.name, {}
    value = Constants(kind, row).of(epsilon)
    if value is None:
        raise NotThisShapeError("no parameter is the epsilon")
    return "", {epsilon.name: value}


def _size(kind: Any, epsilon: str) -> tuple[str, list[str]]:
    """Return what it calls the number of features, and the switches that it wants on."""
    due = [p for p in named(kind) if p.default is p.empty and p.name != epsilon]
    flags = [p.name for p in due if p.name in ("bias", "affine", "elementwise_affine")]
    sizes = [p.name for p in due if p.name not in flags]
    if len(sizes) != 1 or sizes[0].lower() not in SIZES:
        raise NotThisShapeError("what it is made of cannot be told")
    forward = named(kind.forward)[1:]
    if not forward or any(p.default is inspect.Parameter.empty for p in forward[1:]):
        raise NotThisShapeError("it is called with more than the data")
    return sizes[0], flags
