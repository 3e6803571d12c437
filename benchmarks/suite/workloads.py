"""What is timed: a call of the reference, and the fresh arguments that each round gives it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradmark import reference
from gradmark.benchmarks.inputs import function_inputs, network_inputs
from gradmark.harness.contract import CONTRACT
from gradmark.reference import network

INPUTS = 16
"""Width of the network's input layer; its output has one unit, as in the article."""

Arguments = tuple[Any, ...]


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
    first = CONTRACT[name].takes[0].domain[0]
    epoch = first + np.arange(float(epochs)) % 100 if epochs > 1 else 42
    return Workload(
        "schedules",
        name,
        {"epochs": epochs},
        "epochs",
        getattr(reference, name),
        lambda: (epoch,),
        iterations=10,
    )
