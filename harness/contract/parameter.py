"""What is known about one parameter of a formula."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Role = Literal[
    # arrays: rounded to the dtype under test
    "data",  # any numbers
    "target",  # what a regression is to predict
    "label",  # in [0, 1], each for itself
    "class label",  # a row for each sample, one-hot or soft
    "signed label",  # −1 or 1
    "probability",  # in [0, 1], each for itself
    "class probability",  # a row for each sample, whose sum is 1
    "logit",  # goes into an exponential, and saturates
    "class logit",  # a row for each sample, of which a softmax is taken
    "row logit",  # a softmax is taken along the last axis of any number of axes
    "class log probability",  # a row for each sample, the logarithms of probabilities
    "before a kink",  # what a ReLU's argument is computed from
    "point",  # where a test function is evaluated
    "weights",  # an optimizer's, before the step
    "gradient",  # that of a step
    # numbers: they stay Python's, in every dtype
    "rate",  # a learning rate
    "momentum",  # the share of a velocity that stays
    "decay",  # of a moment: the share of an average that stays
    "epsilon",  # keeps a divisor from zero
    "weight decay",
    "penalty",  # on the weights: λ, of which λw is added to a gradient
    "switch",  # on or off
    "factor",  # what a rate is multiplied with, or falls by
    "share",  # in [0, 1)
    "constant",  # a slope, a threshold, an exponent, a weight: what shapes a function
    "time",  # the epoch or the step that is asked for
    "count",  # of epochs or steps
    "phase end",  # a count that stands in an order with others
    "growth",  # how many times as long each period is as the one before
    "exponent",
    "bound",  # what a size is kept below
    "divisor",  # how many times as small a rate is as another
    "generator",  # where chance comes from: asked as a seed, of which a generator is made
]

ARRAYS: frozenset[Role] = frozenset(
    {
        "data", "target", "label", "class label", "signed label", "probability",
        "class probability", "logit", "class logit", "row logit", "class log probability",
        "before a kink", "point", "weights", "gradient",
    }
)  # fmt: skip
PROBABILITIES: frozenset[Role] = frozenset({"probability", "class probability"})
LABELS: frozenset[Role] = frozenset({"label", "class label", "signed label"})

LABEL_NAMES = (
    "y_true", "y", "target", "targets", "labels", "label", "one_hot", "actual", "truth", "true",
)  # fmt: skip
PREDICTION_NAMES = (
    "y_pred", "p", "y_hat", "yhat", "probs", "prob", "pred", "preds", "prediction", "predictions",
    "predicted", "probabilities", "output", "outputs", "al", "a2",
)  # fmt: skip

GRADIENT_NAMES = ("grad", "gradient", "x", "grads", "dw")

SYNONYMS: dict[Role, tuple[str, ...]] = {
    "rate": (
        "lr",
        "learning_rate",
        "alpha",
        "eta",
        "step_size",
        "step_rate",
        "rate",
        "learningrate",
        "learning_rate_init",
        "lrate",
        "l_rate",
        "learn_rate",
        "stepsize",
    ),
    "momentum": ("momentum", "beta", "gamma", "mu", "rho", "mass", "beta1", "mom"),
    "epsilon": ("epsilon", "eps", "delta", "fuzz"),
    "weight decay": ("weight_decay", "wd", "lambda_", "lam", "decay", "l2"),
    "target": ("y_true", "y", "target", "targets", "actual", "labels", "label", "truth", "true"),
    "label": LABEL_NAMES,
    "class label": LABEL_NAMES,
    "signed label": LABEL_NAMES,
    "probability": PREDICTION_NAMES,
    "class probability": PREDICTION_NAMES,
    "class logit": ("logits", "z", "x", "scores", "output", "outputs", "y_pred"),
    "class log probability": ("log_probs", "log_p", "logp", "log_probabilities", "log_prob"),
    "logit": ("z", "x", "logits"),
    "time": (
        "epoch",
        "step",
        "t",
        "iteration",
        "it",
        "current_step",
        "global_step",
        "iter_num",
        "step_num",
        "num_update",
        "current_epoch",
        "epoch_num",
        "iter",
        "cur_iter",
    ),
    "generator": ("rng", "generator", "random_generator", "gen", "rand"),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter: what it is for, which values it may have, and which are worth asking.

    Parameters
    ----------
    name : str
        The contract's name for it.
    role : str
        What it is for; from the role follows how inputs are drawn, and how they may be moved.
    domain : pair of float
        The smallest and the greatest value that it may have.
    usual : float, optional
        The article's value, or the field's; data have none.
    further : tuple of float
        Values worth asking beside it: nobody's default, far out, and one with many digits. Those
        of one place belong together across a formula's parameters.
    neutral : float, optional
        Where it has no effect: a contender without this parameter is judged at this value.
    other_names : tuple of str
        What code calls it that does not call it so, beside the synonyms of its role.
    shape : str, optional
        Of an array, its lengths by name: "n d"; "..." is any shape, the same for all that have it.
    elsewhere : tuple of (str, float)
        The defaults that libraries have, where they differ.
    symbol : str
        How equations spell it, where its name alone does not tell.
    many : bool
        Whether it is a list of such arrays or numbers, of any length.

    Examples
    --------
    >>> Parameter("lr", "rate").is_called("learning_rate")
    True
    """

    name: str
    role: Role
    domain: tuple[float, float] = (-math.inf, math.inf)
    usual: float | None = None
    further: tuple[float, ...] = ()
    neutral: float | None = None
    other_names: tuple[str, ...] = ()
    shape: str = "..."
    elsewhere: tuple[tuple[str, float], ...] = ()
    symbol: str = ""
    many: bool = False

    @property
    def is_array(self) -> bool:
        """Whether it is data, rounded to the dtype; anything else stays a Python number."""
        return self.role in ARRAYS

    @property
    def is_row(self) -> bool:
        """Whether it is a row that is written as a table, as a bias is: (h,) is the same as (1, h).

        Examples
        --------
        >>> Parameter("b1", "data", shape="1 h").is_row
        True
        """
        return self.shape.startswith("1 ")

    @property
    def values(self) -> tuple[float, ...]:
        """The usual value, and those worth asking beside it."""
        return (() if self.usual is None else (self.usual,)) + self.further

    @property
    def synonyms(self) -> tuple[str, ...]:
        """The names that code gives to it, its own first."""
        names = (self.name, *self.other_names, *SYNONYMS.get(self.role, ()))
        return tuple(dict.fromkeys(names))

    def is_called(self, name: str) -> bool:
        """Whether code that names a parameter so may mean this one; case does not count."""
        return name.lower() in {known.lower() for known in self.synonyms}

    def value(self, place: int) -> float:
        """Return the usual value (0) or a further one (1, 2, …); one that has no more repeats."""
        return self.values[place % len(self.values)]
