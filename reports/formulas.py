"""The order in which formulas are shown."""

from __future__ import annotations

from collections.abc import Iterable

from gradmark.harness.contract import CONTRACT

_PLACE = {name: place for place, name in enumerate(CONTRACT)}


def in_order(formulas: Iterable[str]) -> list[str]:
    """List each formula once, in the contract's order; one that it lacks comes last.

    Examples
    --------
    >>> in_order(["relu", "newer", "mse_loss", "relu"])
    ['mse_loss', 'relu', 'newer']
    """
    return sorted(dict.fromkeys(formulas), key=lambda name: _PLACE.get(name, len(_PLACE)))
