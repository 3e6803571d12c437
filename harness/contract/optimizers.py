"""The optimizers: classes whose objects take steps, judged by their whole trajectories."""

from __future__ import annotations

import math
from dataclasses import replace

from gradmark.harness.contract.cost import Cost
from gradmark.harness.contract.cost import cost as entry
from gradmark.harness.contract.formula import Formula, State
from gradmark.harness.contract.parameter import Parameter

_RATE = Parameter("lr", "rate", (0.0, math.inf), usual=0.001)
# Values: the article's; nobody's default; far out; and one that no power of two is near.
_EPSILON = Parameter(
    "epsilon",
    "epsilon",
    (0.0, math.inf),
    1e-8,
    (1e-2, 1e-1, 1e-3),
    elsewhere=(("PyTorch", 1e-8), ("Keras", 1e-7), ("Optax", 1e-8)),
)
_MOMENTUM = Parameter("momentum", "momentum", (0.0, 1.0), 0.9, (0.7, 0.99, 0.37))
_BETA1 = Parameter(
    "beta1",
    "decay",
    (0.0, 1.0),
    0.9,
    (0.8, 0.95, 0.63),
    other_names=("b1", "beta_1", "betas[0]", "decay1", "mom"),
)
_BETA2 = Parameter(
    "beta2",
    "decay",
    (0.0, 1.0),
    0.999,
    (0.95, 0.6, 0.9),
    other_names=("b2", "beta_2", "betas[1]", "decay2", "sqr_mom"),
)
_DECAY = Parameter("weight_decay", "weight decay", (0.0, math.inf), 0.01, (0.1, 0.5, 0.03))

# What the gradient is before a step.
_PENALTY = Parameter("weight_decay", "penalty", (0.0, math.inf), 0, (0.1, 0.5), neutral=0)
_SHARE = Parameter("momentum", "share", (0.0, 1.0), 0, (0.7, 0.37), neutral=0)


def _switch(name: str) -> Parameter:
    return Parameter(name, "switch", (0.0, 1.0), False, (True,), neutral=False)


_BEFORE = (_PENALTY, _switch("maximize"))

_COUNTER = State("t", ("step", "count", "iterations"))
# Who calls the second moment s calls the first v.
_FIRST = State("m", ("exp_avg", "mu", "v", "first_moment", "momentums", "moment1"))
_SECOND = State("v", ("exp_avg_sq", "nu", "s", "second_moment", "velocities", "moment2"))
_VELOCITY = State("velocity", ("v", "momentum_buffer", "buf", "trace", "momentums", "velocities"))
_ALWAYS = ("any rate", "rate that changes", "weights given", "several objects", "arrays", "float32")


def _optimizer(
    name: str,
    *hyper: Parameter,
    cost: Cost | None,
    state: tuple[State, ...] = (),
    synonyms: tuple[str, ...] = (),
    elementwise: bool = True,
    degree: int = 2,
    matrices: bool = False,
    constants: tuple[str, ...] = (),
    rate: Parameter = _RATE,
    options: tuple[Parameter, ...] = (),
) -> Formula:
    lacks = dict.fromkeys(f"any {p.role}" for p in hyper)
    return Formula(
        name,
        "optimizer",
        (rate, *hyper),
        "optimizer",
        options=options,
        state=state,
        synonyms=synonyms,
        may_lack=(*_ALWAYS, *lacks),
        elementwise=elementwise,
        degree=degree,
        matrices=matrices,
        constants=constants,
        sizes=("parameters",) if cost else (),
        cost=cost,
    )


OPTIMIZERS = (
    _optimizer(
        "SGD",
        cost=entry("w g", "w", 2),  # w − ηg
        synonyms=("GradientDescent", "VanillaSGD", "StochasticGradientDescent"),
        options=_BEFORE,
    ),
    _optimizer(
        "SGDMomentum",
        _MOMENTUM,
        cost=entry("w g v", "w v", 4),  # v ← γv + ηg; w − v
        state=(_VELOCITY,),
        synonyms=(
            "Momentum",
            "MomentumSGD",
            "SGDWithMomentum",
            "MomentumOptimizer",
            "SGDM",
            "ClassicalMomentum",
            "HeavyBall",
            "GradientDescentMomentum",
            "GradientDescentWithMomentum",
        ),
        options=(*_BEFORE, replace(_SHARE, name="dampening"), _switch("nesterov")),
    ),
    _optimizer(
        "RMSprop",
        Parameter(
            "beta",
            "decay",
            (0.0, 1.0),
            0.9,
            (0.75, 0.99, 0.63),
            other_names=(
                "rho",
                "decay_rate",
                "alpha",
                "decay",
                "gamma",
                "beta2",
                "sqr_mom",
                "forgetting",
                "forgetting_factor",
            ),
            elsewhere=(("PyTorch", 0.99), ("Keras", 0.9), ("Optax", 0.9)),
        ),
        _EPSILON,
        cost=entry("w g s", "w s", 9),  # s ← βs + (1 − β)g²; w − ηg / √(s + ε)
        state=(State("s", ("square_avg", "cache", "nu", "v", "velocities")),),
        synonyms=("RMSProp", "RmsProp", "RMSPropOptimizer"),
        options=(*_BEFORE, _SHARE, _switch("centered")),
    ),
    _optimizer(
        "Adam",
        _BETA1,
        _BETA2,
        _EPSILON,
        # m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; m̂ and v̂; w − ηm̂ / (√v̂ + ε)
        cost=entry("w g m v", "w m v", 14),
        state=(_COUNTER, _FIRST, _SECOND),
        synonyms=("AdamOptimizer",),
        options=(*_BEFORE, _switch("amsgrad")),
    ),
    _optimizer(
        "AdamW",
        _BETA1,
        _BETA2,
        _EPSILON,
        replace(_DECAY, elsewhere=(("PyTorch", 0.01), ("Keras", 0.004), ("Optax", 1e-4))),
        # as Adam, and + λw before the rate
        cost=entry("w g m v", "w m v", 16),
        state=(_COUNTER, _FIRST, _SECOND),
        synonyms=("AdamWOptimizer", "AdamWeightDecay", "DecoupledAdam"),
    ),
    _optimizer(
        "Nesterov",
        _MOMENTUM,
        cost=entry("w g v", "w v", 6),  # v ← μv − ηg; w + μv − ηg
        state=(_VELOCITY,),
        synonyms=(
            "NAG",
            "NesterovMomentum",
            "NesterovSGD",
            "SGDNesterov",
            "NesterovOptimizer",
            "NesterovAcceleratedGradient",
        ),
    ),
    _optimizer(
        "Adagrad",
        _EPSILON,
        cost=entry("w g s", "w s", 7),  # s ← s + g²; w − ηg / (√s + ε)
        state=(State("s", ("state_sum", "accumulator", "G")),),
        synonyms=("AdaGrad", "AdagradOptimizer"),
        constants=("initial_accumulator_value", "initial_accumulator", "init_acc"),
    ),
    _optimizer(
        "AMSGrad",
        _BETA1,
        _BETA2,
        _EPSILON,
        # m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; v̂ ← max(v̂, v); w − ηm / (√v̂ + ε)
        cost=entry("w g m v v_hat", "w m v v_hat", 13),
        state=(_FIRST, _SECOND, State("v_hat", ("vhat", "v_max", "max_exp_avg_sq"))),
        synonyms=("AmsGrad", "AdamAMSGrad", "AMSGradOptimizer"),
    ),
    _optimizer(
        "Lion",
        _BETA1,
        replace(_BETA2, usual=0.99),
        replace(_DECAY, usual=0.0, neutral=0.0),
        # sign(β₁m + (1 − β₁)g); m ← β₂m + (1 − β₂)g; w − η(… + λw)
        cost=entry("w g m", "w m", 11),
        state=(_FIRST,),
        synonyms=("LionOptimizer", "EvoLvedSignMomentum"),
    ),
    _optimizer(
        "NAdam",
        _BETA1,
        _BETA2,
        _EPSILON,
        # as Adam, and m̂ of m and g
        cost=entry("w g m v", "w m v", 17),
        state=(_COUNTER, _FIRST, _SECOND),
        synonyms=("Nadam", "NadamOptimizer", "NesterovAdam"),
        constants=("momentum_decay", "schedule_decay"),
    ),
    _optimizer(
        "RAdam",
        _BETA1,
        replace(_BETA2, further=(0.95, 0.7, 0.9)),  # of 0.6, ρ∞ is 4 or not, by a rounding
        _EPSILON,
        cost=entry("w g m v", "w m v", 14),  # as Adam: r is one number
        state=(_COUNTER, _FIRST, _SECOND),
        synonyms=("RectifiedAdam", "Radam", "RAdamOptimizer"),
        constants=("degenerated_to_sgd", "threshold", "sma_threshold", "n_sma_threshold"),
    ),
    _optimizer(
        "Adamax",
        _BETA1,
        _BETA2,
        _EPSILON,
        cost=entry("w g m u", "w m u", 11),  # m; u ← max(β₂u, |g|); w − ηm̂ / (u + ε)
        state=(_COUNTER, _FIRST, State("u", ("exp_inf", "u_t", "inf_norm"))),
        synonyms=("AdaMax", "AdamaxOptimizer"),
    ),
    _optimizer(
        "Adadelta",
        replace(_BETA1, name="rho", further=(0.75, 0.99, 0.63), other_names=("decay", "gamma")),
        replace(_EPSILON, usual=1e-6),
        # s; Δ = g √(d + ε) / √(s + ε); d; w − ηΔ
        cost=entry("w g s d", "w s d", 17),
        state=(State("s", ("square_avg", "v")), State("d", ("acc_delta", "u"))),
        synonyms=("AdaDelta", "AdadeltaOptimizer"),
        rate=replace(_RATE, neutral=1.0),  # the paper has none
    ),
    _optimizer(
        "Adafactor",
        Parameter(
            "decay_exponent",
            "exponent",
            (0.0, math.inf),
            0.8,
            (0.5, 1.0, 0.63),
            neutral=0.8,
            symbol="δ",
            other_names=("beta2_decay", "beta_2_decay", "decay_rate"),
        ),
        replace(
            _EPSILON,
            name="epsilon1",
            usual=1e-30,
            further=(1e-4, 1e-2, 1e-3),
            neutral=1e-30,
            symbol="ε₁",
            other_names=("epsilon_1", "eps[0]", "eps1"),
            elsewhere=(),
        ),
        Parameter(
            "epsilon2",
            "bound",
            (0.0, math.inf),
            1e-3,
            (0.25, 0.5, 0.03),
            neutral=1e-3,
            symbol="ε₂",
            other_names=("epsilon_2", "eps[1]", "eps2"),
        ),
        Parameter(
            "clip_threshold",
            "bound",
            (1.0, math.inf),
            1.0,
            (2.0, 1.25, 1.1),
            neutral=1.0,
            other_names=("clipping_threshold", "d"),
            symbol="d",
        ),
        # g² + ε; of it r and c; v; u; two means of squares; w − ηu
        cost=entry("w g", "w", 13),
        state=(
            _COUNTER,
            State("r", ("exp_avg_sq_row", "row_var", "v_row")),
            State("c", ("exp_avg_sq_col", "col_var", "v_col")),
            State("v", ("exp_avg_sq", "variance")),
        ),
        synonyms=("AdaFactor", "AdafactorOptimizer"),
        elementwise=False,
        degree=4,  # r c, before it is divided
    ),
    _optimizer(
        "LAMB",
        _BETA1,
        _BETA2,
        replace(_EPSILON, usual=1e-6),
        replace(_DECAY, usual=0.0, neutral=0.0),
        # as AdamW, two norms, and their ratio
        cost=entry("w g m v", "w m v", 21),
        state=(_COUNTER, _FIRST, _SECOND),
        synonyms=("Lamb", "LAMBOptimizer", "LambOptimizer", "FusedLAMB"),
        constants=("max_grad_norm", "clamp", "clamp_value", "bias_correction", "trust_clip"),
        elementwise=False,
    ),
    _optimizer(
        "LARS",
        _MOMENTUM,
        replace(_DECAY, usual=0.0, neutral=0.0),
        Parameter(
            "trust_coefficient",
            "factor",
            (0.0, math.inf),
            0.001,
            (0.02, 0.5, 0.07),
            other_names=("trust_coeff", "eeta", "eta", "lars_coeff", "trust_coef"),
        ),
        # two norms; v ← μv + ηρ(g + λw); w − v
        cost=entry("w g v", "w v", 10),
        state=(_VELOCITY,),
        synonyms=("Lars", "LARSOptimizer", "LARC"),
        constants=("eps", "epsilon", "trust_clip"),
        elementwise=False,
    ),
    _optimizer(
        "Muon",
        replace(
            _MOMENTUM,
            usual=0.95,
            neutral=0.95,
            elsewhere=(("PyTorch", 0.95), ("Keras", 0.95), ("Optax", 0.95)),
        ),
        Parameter(
            "steps",
            "count",
            (0, math.inf),
            5,
            (3, 2, 4),
            neutral=5,
            other_names=("ns_steps", "backend_steps", "num_ns_steps"),
        ),
        cost=None,  # of an entry it hangs on how long the shorter side is: it is not timed
        state=(State("v", ("momentum_buffer", "velocity", "mu", "buf")),),
        synonyms=("MuonOptimizer", "SingleDeviceMuon"),
        elementwise=False,
        matrices=True,
        options=(
            replace(_DECAY, usual=0, neutral=0),
            Parameter("nesterov", "switch", (0.0, 1.0), True, (False,), neutral=True),
        ),
    ),
)
