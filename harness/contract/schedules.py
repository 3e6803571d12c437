"""The schedules: the learning rate of an epoch, from numbers to a number.

The values of one place make a setting that is asked in all its epochs, up to that of `epoch`.
"""

from __future__ import annotations

import math

from gradmark.harness.contract.formula import Formula
from gradmark.harness.contract.parameter import Parameter, Role

_LACKS = ("epochs past the end", "epochs in any order", "scalars")


_ANY = (0.0, math.inf)
_WARMED = (
    "warmup", "warmup_steps", "warmup_iters", "num_warmup_steps", "warmup_t", "n_warmup_steps",
    "warmup_iterations", "warm_up_steps", "warm_up_epochs", "num_warmup_epochs",
)  # fmt: skip
_ENDED = (
    "T_max", "total_steps", "lr_decay_iters", "max_iters", "max_steps", "total_iters",
    "num_training_steps", "max_epochs", "num_epochs", "epochs", "n_epochs", "n_steps", "t_initial",
    "total_iterations", "max_iterations", "decay_steps", "total",
)  # fmt: skip


def _epoch(*last: float) -> Parameter:
    return _time("epoch", *last)


def _time(name: str, *last: float, first: float = 0.0) -> Parameter:
    return Parameter(name, "time", (first, math.inf), last[0], last[1:])


def _initial(*rates: float) -> Parameter:
    others = (
        "base_lr", "lr0", "initial_learning_rate", "max_lr", "peak_lr", "init_value", "init_lr",
        "initial_lrate", "start_lr", "lr_max", "eta_max", "eta0", "lr_initial",
        "base_learning_rate", "learning_rate0", "init_alpha", "initial_alpha", "alpha0",
        "max_learning_rate", "peak_learning_rate", "peak", "max_rate", "peak_value",
    )  # fmt: skip
    return Parameter("initial_lr", "rate", (0.0, math.inf), rates[0], rates[1:], other_names=others)


def _number(
    name: str,
    role: Role,
    *values: float,
    others: tuple[str, ...] = (),
    within: tuple[float, float] = _ANY,
) -> Parameter:
    return Parameter(name, role, within, values[0], values[1:], other_names=others)


def _schedule(
    name: str, *takes: Parameter, synonyms: tuple[str, ...], natural: float = 0.0
) -> Formula:
    return Formula(
        name, "schedule", takes, "number", synonyms=synonyms, may_lack=_LACKS, natural=natural
    )


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
                others=(
                    "gamma",
                    "factor",
                    "drop_rate",
                    "drop_factor",
                    "decay_factor",
                    "decay_rate",
                ),
            ),
            _number(
                "epochs_drop",
                "count",
                20,
                7,
                1,
                others=(
                    "step_size",
                    "drop_every",
                    "every",
                    "epoch_drop",
                    "drop_epochs",
                    "decay_every",
                    "decay_epochs",
                    "decay_steps",
                    "decay_t",
                ),
            ),
        ),
        "number",
        synonyms=("step_lr", "StepLR", "staircase", "step_based_decay", "step_decay_lr"),
        may_lack=_LACKS,
    ),
    Formula(
        "exponential_decay",
        "schedule",
        (
            _epoch(40, 20, 20),
            _initial(0.1, 1.0, 0.3),
            _number("decay_rate", "factor", 0.05, 0.001, 0.5, others=("k", "decay", "rate")),
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
            _number(
                "T_max",
                "count",
                10,
                30,
                40,
                others=(
                    "total_epochs",
                    "decay_steps",
                    "T",
                    "total",
                    "max_update",
                    "max_steps",
                    "total_steps",
                    "t_initial",
                    "max_epochs",
                    "num_epochs",
                    "epochs",
                    "max_iters",
                    "total_iters",
                ),
            ),
        ),
        "number",
        synonyms=(
            "cosine_decay",
            "cosine_lr",
            "CosineAnnealingLR",
            "CosineDecay",
            "CosineScheduler",
            "CosineSchedule",
            "CosineLRScheduler",
        ),
        may_lack=_LACKS,
        natural=1.0,  # 1 + cos
    ),
    Formula(
        "warmup_cosine",
        "schedule",
        (
            _epoch(12, 20, 40),
            _initial(0.3, 0.2, 0.1),
            _number("warmup_epochs", "phase end", 3, 0, 10, others=_WARMED),
            _number("total_epochs", "phase end", 12, 20, 40, others=_ENDED),
        ),
        "number",
        synonyms=(
            "warmup_cosine_decay",
            "cosine_with_warmup",
            "warmup_cosine_decay_schedule",
            "linear_warmup_cosine",
            "linear_warmup_cosine_decay",
            "cosine_warmup",
        ),
        may_lack=_LACKS,
        natural=1.0,  # 1 + cos
    ),
    _schedule(
        "linear_warmup",
        _time("step", 12, 8, 20),
        _initial(0.1, 1.0, 0.3),
        _number(
            "warmup_steps",
            "count",
            10,
            5,
            16,
            others=("warmup", "num_warmup_steps", "n_warmup_steps"),
        ),
        synonyms=("warmup_linear", "linear_warm_up", "warmup_constant", "constant_with_warmup"),
    ),
    _schedule(
        "polynomial_decay",
        _time("step", 12, 9, 18),
        _initial(0.1, 1.0, 0.3),
        _number(
            "end_lr", "rate", 1e-4, 0.1, 0.02, others=("end_learning_rate", "lr_end", "end_value")
        ),
        _number(
            "total_steps",
            "count",
            10,
            8,
            15,
            others=(*_ENDED, "max_iter", "transition_steps", "total_epochs", "T"),
        ),
        _number("power", "exponent", 1.0, 2.0, 0.9, others=("p", "gamma", "exponent", "pow")),
        synonyms=(
            "poly",
            "poly_decay",
            "poly_lr",
            "PolynomialLR",
            "PolynomialDecay",
            "polynomial_lr",
        ),
        natural=1.0,  # 1 − t/T
    ),
    _schedule(
        "multi_step_decay",
        _epoch(41, 22, 20),
        _initial(0.1, 1.0, 0.3),
        Parameter(
            "milestones", "count", _ANY, other_names=("boundaries", "steps", "decay_t"), many=True
        ),
        _number("drop", "factor", 0.1, 0.5, 0.9, others=("gamma", "factor", "decay_rate")),
        synonyms=(
            "multistep",
            "multistep_lr",
            "MultiStepLR",
            "multi_step_lr",
            "piecewise_constant",
        ),
    ),
    _schedule(
        "cosine_restarts",
        _epoch(12, 22, 17),
        _initial(0.1, 1.0, 0.3),
        _number("T_0", "count", 10, 3, 5, others=("first_decay_steps", "t_initial", "period")),
        _number("T_mult", "growth", 1, 2, 3, others=("t_mul", "cycle_mul"), within=(1.0, math.inf)),
        synonyms=(
            "sgdr",
            "cosine_annealing_warm_restarts",
            "cosine_warm_restarts",
            "CosineAnnealingWarmRestarts",
            "CosineDecayRestarts",
            "cosine_decay_restarts",
        ),
        natural=1.0,  # 1 + cos
    ),
    _schedule(
        "noam",
        _time("step", 14, 9, 30, first=1.0),
        _number(
            "d_model",
            "count",
            512,
            64,
            7,
            others=("model_size", "model_dim", "d", "hidden_size", "dim"),
        ),
        _number(
            "warmup_steps",
            "count",
            10,
            4,
            20,
            others=("warmup", "num_warmup_steps", "n_warmup_steps"),
        ),
        synonyms=(
            "noam_lr",
            "noam_schedule",
            "noam_decay",
            "NoamLR",
            "noam_scheme",
            "NoamOpt",
            "ScheduledOptim",
        ),
    ),
    _schedule(
        "one_cycle",
        _time("step", 22, 12, 20),
        _number(
            "max_lr", "rate", 0.1, 1.0, 0.3, others=("peak_lr", "peak_value", "lr_max", "peak")
        ),
        _number(
            "total_steps",
            "count",
            20,
            10,
            16,
            others=(*_ENDED, "transition_steps", "num_steps", "T"),
        ),
        _number("pct_start", "share", 0.3, 0.5, 0.25, others=("pct",), within=(0.0, 1.0)),
        _number("div_factor", "divisor", 25.0, 4.0, 10.0, others=("div",)),
        _number("final_div_factor", "divisor", 1e4, 8.0, 100.0, others=("final_div", "div_final")),
        synonyms=("onecycle", "one_cycle_lr", "OneCycleLR", "OneCycle", "linear_onecycle"),
        natural=1.0,  # max_lr − (max_lr − end_lr) x
    ),
    _schedule(
        "warmup_stable_decay",
        _time("step", 22, 13, 18),
        _initial(0.1, 1.0, 0.3),
        _number(
            "warmup_steps",
            "count",
            5,
            3,
            4,
            others=("warmup", "num_warmup_steps", "n_warmup_steps"),
        ),
        _number("stable_steps", "count", 8, 4, 1, others=("stable", "num_stable_steps")),
        _number("decay_steps", "count", 7, 5, 10, others=("decay", "num_decay_steps")),
        synonyms=("wsd", "wsd_schedule", "warmup_constant_decay", "trapezoidal", "trapezoid"),
        natural=1.0,  # 1 − x
    ),
    _schedule(
        "inverse_time_decay",
        _epoch(20, 15, 10),
        _initial(0.1, 1.0, 0.3),
        _number("decay_rate", "factor", 0.05, 0.5, 0.003, others=("k", "decay")),
        synonyms=("inverse_time", "InverseTimeDecay", "time_based_decay", "time_decay"),
    ),
)
