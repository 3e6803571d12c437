"""Names in code, taken apart: which formula one may mean, and which role a parameter has."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from numpy import array

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# What says nothing about which formula is meant, and what only says of which kind it is.
_NOTHING = frozenset(
    "my our the own numpy np simple basic custom manual scratch naive fast stable vectorized"
    " vectorised new old fixed correct compute calculate calc get fn func function impl"
    " implementation solution from make create build inplace keras torch pytorch tf tensorflow jax"
    " mlx shared".split()
)
_KINDS = frozenset(
    "optimizer optimiser optim update updates updater with step rule layer activation activations"
    " forward loss cost value apply parameters params weights schedule scheduler criterion using lr"
    " gd minimize minimise descent".split()
)
_SHORT = {"xent": "crossentropy", "sq": "squared", "deriv": "derivative", "prime": "derivative"}

WEIGHTS = frozenset(
    "w ws weights weight params parameters param x xs x0 theta thetas var value p variables"
    " variable position point coefs coef".split()
)
GRADIENTS = frozenset(
    "g gs grad grads gradient gradients dw dws dparams dparam dx dvar dweights dweight dtheta d_w"
    " nabla nabla_w grad_w g_t gt grad_wrt_w dp slope slopes derivative dl_dw dldw w_grad"
    " weight_grad".split()
)
COUNTERS = frozenset(
    "t step i k n it iteration iter timestep time_step num_steps step_num count epoch".split()
)
# What a step is told of which weights these are.
TAGS = frozenset("param_name name key layer_name param_id param_key idx index layer_id".split())
# Dicts of hyperparameters; state may lie there too.
SETTINGS = frozenset(
    "config cfg conf options hyper hp hparams hyperparams hyper_params hyperparameters".split()
)
# What gives the value of a loss that is an object.
METHODS = (
    "calculate", "loss", "value", "compute", "__call__", "forward", "cost", "fn", "compute_loss",
    "compute_cost", "function", "error", "f", "apply",
)  # fmt: skip
# What gives the gradient of a loss that is an object.
SLOPE_METHODS = (
    "backward", "gradient", "grad", "derivative", "deriv", "prime", "loss_prime", "loss_gradient",
    "loss_grad", "compute_gradient", "backprop", "delta",
)  # fmt: skip
SLOPES = ("d{}", "d_{}", "grad_{}", "grads_{}", "{}_grad", "{}_grads", "dL_d{}", "nabla_{}")
_VERSION = re.compile(r"(_?[vV]\d+|_\d)$")


@cache
def words(name: str) -> tuple[str, ...]:
    """Take a name apart.

    Examples
    --------
    >>> words("OptimizerSGD_v2"), words("mean_sq_error")
    (('optimizer', 'sgd'), ('mean', 'squared', 'error'))
    """
    found = (word.lower() for word in _WORDS.findall(_VERSION.sub("", name)))
    return tuple(_SHORT.get(word, word) for word in found)


@cache
def keys(name: str) -> tuple[str, ...]:
    """Return what a name is compared by: in full, and with less and less around what it tells.

    Examples
    --------
    >>> keys("update_with_momentum")[-1]
    'momentum'
    >>> keys("compute_log_loss")
    ('computelogloss', 'logloss', 'log')
    """
    parts = words(name)
    some = [word for word in parts if word not in _NOTHING]
    least = [word for word in some if word not in _KINDS]
    return tuple("".join(each or parts) for each in (parts, some, least))


def means(name: str, known: Iterable[str]) -> bool:
    """Tell whether a name is one of these names, spelled in its own way.

    Examples
    --------
    >>> means("OptimizerAdam", ("Adam",)), means("fit_adam", ("Adam",))
    (True, False)
    """
    return bool({*keys(name)} & {keys(other)[0] for other in known})


def mentions(name: str, known: Iterable[str]) -> bool:
    """Tell whether one of these names is among the words of a name."""
    parts = words(name)
    return any(keys(other)[0] in parts for other in known)


def is_weights(name: str) -> bool:
    """Tell whether a parameter is called like weights are: `params`, `model_params`."""
    name = name.lower()
    return name in WEIGHTS or name.endswith(("params", "parameters", "weights"))


def is_gradient(name: str) -> bool:
    """Tell whether a parameter is called like a gradient is: `grads`, `param_grad`."""
    name = name.lower()
    return name in GRADIENTS or name.endswith(("grad", "grads", "gradient", "gradients"))


def slope_of(weights: str, known: Iterable[str]) -> str | None:
    """Find what code calls the gradient of a variable: `dW`, `grad_W`, `W_grad`, …"""
    return next((how.format(weights) for how in SLOPES if how.format(weights) in known), None)


def _squeezed(name: str) -> str:
    return name.replace("_", "") if len(name) > 2 else name


class Param:
    """One parameter of a formula, as the host has told it."""

    def __init__(self, told: dict[str, Any], beside: tuple[str, ...] = ()) -> None:
        self.beside = beside  # what constants of its formula's conventions are called
        self.name: str = told["name"]
        self.role: str = told["role"]
        self.is_array: bool = told["is_array"]
        self.many: bool = told["many"]
        self.usual: Any = told["usual"]
        self.neutral: Any = told["neutral"]
        self.option: bool = told["option"]  # it is given where it is asked about, and not else
        self.spelled: frozenset[str] = frozenset(told["synonyms"])
        self.called: frozenset[str] = frozenset(name.lower() for name in told["synonyms"])
        self.declared: float | None = None  # the value that the code has, as its user says

    @property
    def is_given(self) -> bool:
        """Whether it has a usual value, which is handed over whatever is asked."""
        return self.usual is not None and not self.option

    def is_called(self, name: str) -> bool:
        """Whether code that names a parameter so may mean this one: `maxEpochs` is `max_epochs`."""
        own = name.lower()
        return own in self.called or _squeezed(own) in map(_squeezed, self.called)

    def is_spelled(self, name: str) -> bool:
        """Whether it is called so with the same capitals."""
        return name in self.spelled


class Row:
    """One formula, as the host has told it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.name: str = told["name"]
        self.kind: str = told["kind"]
        self.names: tuple[str, ...] = told["names"]
        self.stepped: bool = told["stepped"]
        self.matrices: bool = told["matrices"]
        self.arrays_returned: int = told["arrays"]
        self.returns_lists: bool = told["lists"]
        self.params = [Param(each, told["constants"]) for each in told["params"]]

    def param(self, name: str) -> Param:
        """Return one parameter by the contract's name."""
        return next(p for p in self.params if p.name == name)

    def weights(self, *entries: float) -> Any:
        """Make weights, or a gradient, to try an optimizer with: of the shape that it steps."""
        return array([entries] if self.matrices else entries)

    def with_roles(self, roles: dict[str, str], fixed: dict[str, float]) -> Row:
        """Return the row for code that is known to call its parameters so, or to have them fixed.

        `roles` maps the code's own names to the contract's.
        """
        its = copy.deepcopy(self)
        for parameter in its.params:
            own = frozenset(n.lower() for n, role in roles.items() if role == parameter.name)
            parameter.called = own or parameter.called - {name.lower() for name in roles}
            parameter.declared = fixed.get(parameter.name)
        return its

    def with_names(self, name: str, more: frozenset[str]) -> Row:
        """Return the row for code that may call a parameter by other names, too."""
        its = copy.deepcopy(self)
        its.param(name).called |= more
        return its

    @property
    def hyper(self) -> list[Param]:
        """What is no array: hyperparameters, the rate, the epoch."""
        return [p for p in self.params if not p.is_array]

    @property
    def arrays(self) -> list[str]:
        """The roles of what are arrays."""
        return [p.role for p in self.params if p.is_array]
