"""What is timed: a call of the reference, and the fresh arguments that each round gives it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradmark import reference
from gradmark.harness.contract import CONTRACT
from gradmark.reference import network

CLASSES = 10
"""In a row of labels or predictions."""

INPUTS = 16
"""Width of the network's input layer; its output has one unit, as in the article."""

Arguments = tuple[Any, ...]
Inputs = tuple[NDArray[np.floating], ...]


@dataclass(frozen=True)
class Workload:
    """One call to be timed.

    Parameters
    ----------
    group, name : str
        The kind of formula, and the formula.
    params : mapping of str to int
        Its sizes, by name.
    element : str
        The size that the time per element divides by: a key of `params`.
    call : callable
        What is timed.
    fresh : callable
        Gives the arguments of one round in buffers of their own, off the clock: no round sees
        what the one before left in memory or in an optimizer's state.
    iterations : int
        Calls in a round, all with the same arguments; more than 1 where the clock's own cost
        would show, and nothing is changed by a call.
    """

    group: str
    name: str
    params: Mapping[str, int]
    element: str
    call: Callable[..., Any]
    fresh: Callable[[], Arguments]
    iterations: int = 1

    def __str__(self) -> str:
        sizes = ", ".join(f"{key} {value:,}" for key, value in self.params.items())
        return f"{self.group}, {sizes}"


# --- inputs ---------------------------------------------------------------------------------------


Draw = Callable[[tuple[int, ...], np.random.Generator], NDArray[np.floating]]


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.standard_normal(shape)


def _probability(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return np.asarray(reference.sigmoid(rng.standard_normal(shape)))


def _labels(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.integers(2, size=shape).astype(float)


def _one_hot(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return np.eye(shape[1])[rng.integers(shape[1], size=shape[0])]


def _rows(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.floating]:
    return rng.dirichlet(np.ones(shape[1]), shape[0])


# By a parameter's role; any other array is drawn from a normal distribution.
DRAWS: Mapping[str, Draw] = {
    "label": _labels,
    "class label": _one_hot,
    "probability": _probability,
    "class probability": _rows,
}


def function_inputs(name: str, elements: int, rng: np.random.Generator) -> Inputs:
    """Draw what a function takes, by the roles of its parameters: a vector, or rows of classes."""
    formula = CONTRACT[name]
    shape = (elements,) if formula.elementwise else (elements // CLASSES, CLASSES)
    arrays = [parameter for parameter in formula.takes if parameter.is_array]  # the rest is neutral
    return tuple(DRAWS.get(parameter.role, _normal)(shape, rng) for parameter in arrays)


def network_inputs(batch: int, inputs: int, width: int, rng: np.random.Generator) -> Inputs:
    """Draw a batch and weights, of variance 2/n: no layer saturates, however wide it is."""
    X = rng.standard_normal((batch, inputs))
    y = rng.integers(2, size=(batch, 1)).astype(float)
    W1 = rng.standard_normal((inputs, width)) * np.sqrt(2 / inputs)
    W2 = rng.standard_normal((width, 1)) * np.sqrt(2 / width)
    return X, y, W1, np.zeros((1, width)), W2, np.zeros((1, 1))


# --- workloads ------------------------------------------------------------------------------------


def optimizer_step(name: str, parameters: int, rng: np.random.Generator) -> Workload:
    """Build one step of an optimizer that has state already: its second step."""
    w, grad = rng.standard_normal((2, parameters))
    optimizer = getattr(reference, name)()
    w = optimizer.step(w, grad)
    return Workload(
        "optimizers",
        name,
        {"parameters": parameters},
        "parameters",
        lambda optimizer, w, grad: optimizer.step(w, grad),
        lambda: (copy.deepcopy(optimizer), w.copy(), grad.copy()),
    )


def loss(name: str, elements: int, rng: np.random.Generator) -> Workload:
    """Build one evaluation of a loss; categorical cross-entropy has ten classes."""
    return _function("losses", name, elements, *function_inputs(name, elements, rng))


def activation(name: str, elements: int, rng: np.random.Generator) -> Workload:
    """Build one evaluation of an activation or its derivative."""
    return _function("activations", name, elements, *function_inputs(name, elements, rng))


def _function(group: str, name: str, elements: int, *arguments: NDArray[np.floating]) -> Workload:
    return Workload(
        group,
        name,
        {"elements": elements},
        "elements",
        getattr(reference, name),
        lambda: tuple(argument.copy() for argument in arguments),
    )


def backprop(form: str, batch: int, width: int, rng: np.random.Generator) -> Workload:
    """Build one forward and backward pass, in matrices or sample by sample in loops."""
    forms = {
        "vectorized": network.compute_gradients,
        "loops": network.loop_compute_gradients,
    }
    arguments = network_inputs(batch, INPUTS, width, rng)
    return Workload(
        "backprop",
        form,
        {"batch": batch, "width": width},
        "batch",
        forms[form],
        lambda: tuple(argument.copy() for argument in arguments),
    )


def schedule(name: str, epochs: int) -> Workload:
    """Build the learning rate of one epoch, a number, or of many at once, an array."""
    epoch = np.arange(float(epochs)) % 100 if epochs > 1 else 42
    return Workload(
        "schedules",
        name,
        {"epochs": epochs},
        "epochs",
        getattr(reference, name),
        lambda: (epoch,),
        iterations=10,
    )
