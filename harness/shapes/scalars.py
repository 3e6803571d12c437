"""Automatic differentiation of one number: ``Scalar(z).relu()``, ``.backward()``, ``.grad``."""

from __future__ import annotations

import inspect
from typing import Any

from .activations import SUFFIX
from .answers import entry_by_entry, what_numbers_lack
from .assign import named
from .binding import Binding
from .words import Row, means

BACK = "backward"


def is_one(thing: Any) -> bool:
    """Tell a class of numbers that know their derivatives: made of one, with `backward`."""
    if not inspect.isclass(thing) or not callable(getattr(thing, BACK, None)):
        return False
    kind: Any = thing
    try:
        made = kind(0.5)
        return bool(float(made.data) == 0.5 and hasattr(made, "grad"))
    except Exception:  # it is made of something else
        return False


def bindings(name: str, kind: Any, rows: dict[str, Row]) -> list[Binding]:
    """Bind the activations that are methods of such a class, and their derivatives."""
    found = []
    for row in rows.values():
        base = rows.get(row.name[: -len(SUFFIX)]) if row.name.endswith(SUFFIX) else row
        methods = [
            m
            for m in vars(kind)
            if base is not None and row.kind == "activation" and means(m, base.names)
            and not [p for p in named(getattr(kind, m))[1:] if p.default is p.empty]
        ]  # fmt: skip
        if methods and len(row.params) == 1:
            found.append(_bound(name, kind, methods[0], row))
    return found


def _bound(name: str, kind: Any, method: str, row: Row) -> Binding:
    def value(z: Any) -> Any:
        return getattr(kind(float(z)), method)().data

    def slope(z: Any) -> Any:
        x = kind(float(z))
        getattr(getattr(x, method)(), BACK)()
        return x.grad

    derived = row.name.endswith(SUFFIX)
    ask = slope if derived else value
    call = f"x = {name}(z); x.{method}()" + (f".{BACK}(); x.grad" if derived else ".data")
    return Binding(
        row.name,
        f"{name}.{method}",
        call,
        "scalar",
        entry_by_entry(ask),
        lacks=what_numbers_lack(ask),
        notes=("one number at a time",),
    )
