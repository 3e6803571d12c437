"""The contract as data: which names a contender may provide, and how each is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["loss", "activation", "network", "optimizer", "schedule", "test function"]


@dataclass(frozen=True)
class Formula:
    """One name of the contract.

    Parameters
    ----------
    name : str
        What a contender calls it: a function, or for an optimizer a class.
    kind : str
        "loss", "activation", "network", "optimizer", "schedule" or "test function".
    parameters : tuple of str
        The parameters' names. Functions get theirs by position, optimizers by keyword.
    returns : str
        "number"; "array like P", where P is the parameter whose shape it has; a list in
        parentheses, "(dP, ...)", for one such array per parameter; or "optimizer".

    Examples
    --------
    >>> CONTRACT["relu"]
    Formula(name='relu', kind='activation', parameters=('z',), returns='array like z')
    """

    name: str
    kind: Kind
    parameters: tuple[str, ...]
    returns: str


_NETWORK = ("X", "y", "W1", "b1", "W2", "b2")

CONTRACT: Mapping[str, Formula] = MappingProxyType(
    {
        formula.name: formula
        for formula in (
            Formula("mse_loss", "loss", ("y_true", "y_pred"), "number"),
            Formula("binary_cross_entropy", "loss", ("y_true", "y_pred"), "number"),
            Formula("categorical_cross_entropy", "loss", ("y_true", "y_pred"), "number"),
            Formula("sigmoid", "activation", ("z",), "array like z"),
            Formula("sigmoid_derivative", "activation", ("a",), "array like a"),
            Formula("relu", "activation", ("z",), "array like z"),
            Formula("relu_derivative", "activation", ("z",), "array like z"),
            Formula("compute_loss", "network", _NETWORK, "number"),
            Formula("compute_gradients", "network", _NETWORK, "(dW1, db1, dW2, db2)"),
            Formula("SGD", "optimizer", ("lr",), "optimizer"),
            Formula("SGDMomentum", "optimizer", ("lr", "momentum"), "optimizer"),
            Formula("RMSprop", "optimizer", ("lr", "beta", "epsilon"), "optimizer"),
            Formula("Adam", "optimizer", ("lr", "beta1", "beta2", "epsilon"), "optimizer"),
            Formula(
                "step_decay", "schedule", ("epoch", "initial_lr", "drop", "epochs_drop"), "number"
            ),
            Formula(
                "exponential_decay", "schedule", ("epoch", "initial_lr", "decay_rate"), "number"
            ),
            Formula("cosine_annealing", "schedule", ("epoch", "initial_lr", "T_max"), "number"),
            Formula(
                "warmup_cosine",
                "schedule",
                ("epoch", "initial_lr", "warmup_epochs", "total_epochs"),
                "number",
            ),
            Formula("rosenbrock", "test function", ("w",), "number"),
            Formula("rosenbrock_grad", "test function", ("w",), "array like w"),
        )
    }
)


def kinds() -> tuple[Kind, ...]:
    """Return the kinds of formula, in the contract's order.

    Examples
    --------
    >>> kinds()
    ('loss', 'activation', 'network', 'optimizer', 'schedule', 'test function')
    """
    return tuple(dict.fromkeys(formula.kind for formula in CONTRACT.values()))
