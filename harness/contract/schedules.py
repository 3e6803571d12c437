"""The schedules: the learning rate of an epoch, from numbers to a number.

The values of one place make a setting that is asked in all its epochs, up to that of `epoch`.
"""

from __future__ import annotations

import math

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter, Role

_LACKS = ("epochs past the end", "epochs in any order", "scalars")


def _epoch(*last: float) -> Parameter:
    return Parameter("epoch", "time", (0.0, math.inf), last[0], last[1:])


def _initial(*rates: float) -> Parameter:
    others = (
        "base_lr", "lr0", "initial_learning_rate", "max_lr", "peak_lr", "init_value", "init_lr",
    )  # fmt: skip
    return Parameter("initial_lr", "rate", (0.0, math.inf), rates[0], rates[1:], other_names=others)


def _number(name: str, role: Role, *values: float, others: tuple[str, ...] = ()) -> Parameter:
    return Parameter(name, role, (0.0, math.inf), values[0], values[1:], other_names=others)


SCHEDULES = (
    Formula(
        "step_decay",
        "schedule",
        (
            _epoch(41, 22, 20),
            _initial(0.1, 1.0, 0.3),
            _number(
                "drop",
                "factor",
                0.5,
                0.1,
                0.9,
                others=("gamma", "factor", "drop_rate", "drop_factor"),
            ),
            _number("epochs_drop", "count", 20, 7, 1, others=("step_size", "drop_every", "every")),
        ),
        "number",
        synonyms=("step_lr", "StepLR", "staircase"),
        may_lack=_LACKS,
    ),
    Formula(
        "exponential_decay",
        "schedule",
        (
            _epoch(40, 20, 20),
            _initial(0.1, 1.0, 0.3),
            _number("decay_rate", "factor", 0.05, 0.001, 0.5, others=("k", "decay", "gamma")),
        ),
        "number",
        synonyms=("exp_decay", "ExponentialLR", "ExponentialDecay"),
        may_lack=_LACKS,
    ),
    Formula(
        "cosine_annealing",
        "schedule",
        (
            _epoch(10, 30, 40),
            _initial(0.3, 0.1, 0.7),
            _number("T_max", "count", 10, 30, 40, others=("total_epochs", "decay_steps", "T")),
        ),
        "number",
        synonyms=("cosine_decay", "cosine_lr", "CosineAnnealingLR", "CosineDecay"),
        may_lack=_LACKS,
        natural=1.0,  # 1 + cos
    ),
    Formula(
        "warmup_cosine",
        "schedule",
        (
            _epoch(12, 20, 40),
            _initial(0.3, 0.2, 0.1),
            _number("warmup_epochs", "phase end", 3, 0, 10, others=("warmup", "warmup_steps")),
            _number("total_epochs", "phase end", 12, 20, 40, others=("T_max", "total_steps")),
        ),
        "number",
        synonyms=("warmup_cosine_decay", "cosine_with_warmup", "warmup_cosine_decay_schedule"),
        may_lack=_LACKS,
        natural=1.0,  # 1 + cos
    ),
)
