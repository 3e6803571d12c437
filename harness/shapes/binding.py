"""What a shape finds out about one name of a contender: how to call it, and what stands for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .saving import Saving


class NotThisShapeError(Exception):
    """A name is meant, perhaps, but not called in this way; why not, in words."""


class NotThisFormulaError(NotThisShapeError):
    """Whatever it is called, and however: it is another formula."""


class Binding:
    """One way to call one formula.

    Parameters
    ----------
    formula : str
        The contract's name.
    target : str
        The contender's name for it.
    call : str
        How it is called, for a person to read: ``OptimizerAdam.update_params(layer)``.
    shape : str
        The shape that recognised it.
    stands : callable
        What stands for the contract's name from now on: a function, or what makes optimizers.
    pinned : dict of str to float
        What is written into the code: it is judged at this value.
    without : tuple of str
        The parameters with a neutral value that it does not take.
    lacks : tuple of str
        Capabilities, by the contract's names for them.
    certain : bool
        Whether no other way to call it remains possible.
    notes : tuple of str
        What else a person should know.
    others : tuple of callable
        What would stand for it if it were called in another way that remains possible.
    defaults : dict of str to float
        The values that its hyperparameters have where nothing is given.
    guessed : bool
        Whether a value that it is judged at is a guess: then nothing accuses it.
    declared : bool
        Whether its user has declared it.
    turned : bool
        Whether its source speaks of a sign that is turned round: then no wrong sign accuses it.
    """

    def __init__(
        self,
        formula: str,
        target: str,
        call: str,
        shape: str,
        stands: Callable[..., Any],
        *,
        pinned: dict[str, float] | None = None,
        without: tuple[str, ...] = (),
        lacks: tuple[str, ...] = (),
        certain: bool = True,
        notes: tuple[str, ...] = (),
        others: tuple[Callable[..., Any], ...] = (),
        defaults: dict[str, float] | None = None,
        guessed: bool = False,
        declared: bool = False,
    ) -> None:
        self.formula = formula
        self.target = target
        self.call = call
        self.shape = shape
        self.stands = stands
        self.pinned = pinned or {}
        self.without = without
        self.lacks = lacks
        self.certain = certain
        self.notes = notes
        self.others = others
        self.hooks: dict[str, Callable[..., Any]] = {}  # to its own arrays and back, if it has any
        self.paths: dict[str, Callable[..., Any]] = {}  # what else it may run, by name; usual first
        self.defaults = defaults or {}
        self.guessed = guessed
        self.declared = declared
        self.turned = False
        # Carries out what it must do in practice: each check with its outcome, and what is seen.
        self.practice: Callable[[], list[tuple[str, str, str]]] | None = None
        self.saving: Saving | None = None  # how its state is saved and loaded
        self.as_is = False  # whether it is called as the contract says, names and all

    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "formula": self.formula,
            "target": self.target,
            "call": self.call,
            "shape": self.shape,
            "pinned": {name: float(value) for name, value in self.pinned.items()},
            "without": tuple(self.without),
            "lacks": tuple(self.lacks),
            "certain": self.certain,
            "notes": tuple(self.notes),
            "others": len(self.others),
            "paths": tuple(self.paths),
            "practised": self.practice is not None or self.saving is not None,
            "defaults": {name: float(value) for name, value in self.defaults.items()},
            "guessed": self.guessed,
            "declared": self.declared,
            "turned": self.turned,
        }
