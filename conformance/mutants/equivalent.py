"""Edits of the reference that leave what the contract asks for as it was, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BINARY = "losses/binary_cross_entropy.binary_cross_entropy: "
_CATEGORICAL = "losses/categorical_cross_entropy.categorical_cross_entropy: "
_COSINE = "schedules/cosine.cosine_annealing: "
_BATCH = "norms/batch_norm."
_CLIPPING = "in_hand/clipping."
_MILESTONES = "schedules/multi_step_decay.multi_step_decay: "
_RESTARTS = "schedules/cosine_restarts.cosine_restarts: "
_LEFT = "schedules/cosine_restarts._left: "
_NOAM = "schedules/noam.noam: "
_BACKWARD = "network/backward.backward: "

_TABLE: Mapping[str, tuple[str, ...]] = {
    "There are as many of each, as has been checked.": (
        "network/mlp.mlp_gradients: zip(matrices[:0:-1], inputs[:0:-1], inputs[-2::-1],"
        " strict=True) → zip(matrices[:0:-1], inputs[:0:-1], inputs[-2::-1])",
        "network/mlp.mlp_gradients: True → False #2",
    ),
    "At 0 both pieces are 0.": (
        "activations/elu.elu: z > 0 → z >= 0",
        "activations/leaky_relu.leaky_relu: z > 0 → z >= 0",
    ),
    "What is no row is not asked, and rows are arrays already.": (
        *(
            f"activations/softmax.{name}: {edit}"
            for name in ("softmax", "log_softmax")
            for edit in ("_rows(z) → z", "z = _rows(z) → pass")
        ),
    ),
    "Right of 0 z itself is taken; what keeps e^z finite there may be any number.": (
        "activations/elu.elu: 0 → 1 #2",
        "activations/elu.elu: np.minimum(z, 0) → z",
        "activations/elu.elu_derivative: np.minimum(z, 0) → z",
        "activations/elu.elu_derivative: 0 → 1 #2",
    ),
    "ρ = Σ (2k + 1) β₂ᵏ / Σ β₂ᵏ over k < t is 4 for no float: of Σ (2k − 3) β₂ᵏ = 0 the leading"
    " coefficient 2t − 5 is odd, and no solution below 1 has a power of 2 below the line.": (
        "optimizers/radam.RAdam.step: rho > 4 → rho >= 4",
    ),
    "Code may refuse a decay of zero, which it is then not asked.": (
        "optimizers/moments.one_minus_power:"
        " -math.expm1(t * math.log(beta)) if beta else 1.0 → -math.expm1(t * math.log(beta))",
    ),
    "A number that is drawn is the rate itself once in 2⁵³ times.": (
        "chance/dropout.dropout: generator('rng', rng).random(array.shape) >= p →"
        " generator('rng', rng).random(array.shape) > p",
    ),
    "−0 / q is 0, where q is not.": (
        "losses/likelihood.kl_divergence_grad: y > 0 → y >= 0",
        "losses/likelihood.kl_divergence_grad: 0 → -1",
    ),
    "No number that is asked is ε or 1 − ε itself.": (
        "losses/binary_cross_entropy.binary_cross_entropy_grad:"
        " 1 - wide < EPSILON → 1 - wide <= EPSILON",
        "losses/binary_cross_entropy.binary_cross_entropy_grad: wide < EPSILON → wide <= EPSILON",
        "losses/categorical_cross_entropy.categorical_cross_entropy_grad:"
        " p.astype(float) < EPSILON → p.astype(float) <= EPSILON",
    ),
    "A square does not know the sign of what is squared.": (
        "losses/mean_squared_error.mse_loss: labels_and_prediction(y_true, y_pred)"
        " → labels_and_prediction(y_pred, y_true)",
        "losses/mean_squared_error.mse_loss: y - p → p - y",
        *(
            f"losses/regression.{loss}: labels_and_prediction(y_true, y_pred)"
            " → labels_and_prediction(y_pred, y_true)"
            for loss in ("mae_loss", "huber_loss", "smooth_l1_loss")
        ),
        "losses/regression.mae_loss: y - p → p - y",
        "losses/regression._errors: y - p → p - y",
        "losses/regression.huber_loss: _errors(y, p, delta) → _errors(p, y, delta)",
        "losses/regression.smooth_l1_loss: _errors(y, p, beta) → _errors(p, y, beta)",
        f"{_COSINE}2 → -2",
        f"{_COSINE}T - t → t - T",
        f"{_RESTARTS}2 → -2",
        f"{_LEFT}length - t → t - length",
        "landscapes/rosenbrock.rosenbrock: 1 - w1 → w1 - 1",
        "landscapes/rosenbrock.rosenbrock: w2 - w1 ** 2 → w1 ** 2 - w2",
    ),
    "sin(π/2 + x) = sin(π/2 − x), and what it loses next to π is what 1 + cos loses there.": (
        f"{_COSINE}T - t → T + t",
        f"{_LEFT}length - t → length + t",
    ),
    "log(1 − ε) = −ε − ε²/2: they differ by 4.5 roundoffs of 10⁻¹⁵, of which 8 are allowed.": (
        f"{_BINARY}math.log1p(-EPSILON) → -EPSILON",
    ),
    "The greater of two, and the smaller of two, whichever is named first.": (
        "activations/hard.hard_sigmoid: np.clip(as_float('z', z) + 3, 0, 6)"
        " → np.clip(0, as_float('z', z) + 3, 6)",
        "losses/regression.huber_loss_grad: np.clip(p - y, -delta, delta)"
        " → np.clip(-delta, p - y, delta)",
        "losses/regression.smooth_l1_loss_grad: np.clip((p - y) / beta, -1, 1)"
        " → np.clip(-1, (p - y) / beta, 1)",
        f"{_BINARY}np.clip(np.log(p), low, high) → np.clip(low, np.log(p), high)",
        f"{_BINARY}np.clip(np.log1p(-p), low, high) → np.clip(low, np.log1p(-p), high)",
        f"{_CLIPPING}clip_by_value: np.clip(as_float('g', g), -c, c)"
        " → np.clip(-c, as_float('g', g), c)",
        f"{_CLIPPING}clip_by_global_norm: min(1.0, most / length) → min(most / length, 1.0)",
        "schedules/warmup_stable_decay.warmup_stable_decay: np.clip((W + S + D - t) / D, 0, 1)"
        " → np.clip(0, (W + S + D - t) / D, 1)",
    ),
    "log 0 = −∞ with a warning, which a contender may print.": (
        *(
            f"losses/likelihood.{name}: np.errstate(divide='ignore', invalid='ignore')"
            f" → np.errstate({kept}='ignore')"
            for name in ("kl_divergence", "kl_divergence_grad")
            for kept in ("divide", "invalid")
        ),
        f"{_BINARY}np.errstate(divide='ignore') → np.errstate()",
        f"{_CATEGORICAL}np.errstate(divide='ignore') → np.errstate()",
        *(
            f"losses/{name}.{name}_grad: np.errstate(divide='ignore') → np.errstate()"
            for name in ("binary_cross_entropy", "categorical_cross_entropy")
        ),
    ),
    "A shortcut: to take a length away again and again comes to the same remainder.": (
        f"{_LEFT}if growth == 1 → pass",
        f"{_LEFT}t %= length → pass",
        f"{_LEFT}1 → -1",
    ),
    "The contract asks for one epoch at a time; arrays of them are the reference's own.": (
        f"{_RESTARTS}np.vectorize(_left, otypes=[t.dtype]) → _left",
        f"{_RESTARTS}np.vectorize(_left, otypes=[t.dtype]) → np.vectorize(_left)",
    ),
    "What lies outside the domain is not asked: to refuse it is the caller's comfort.": (
        f"{_NOAM}as_epochs('step', step, first=1) → as_epochs('step', step)",
        f"{_NOAM}1 → -1",
        *(
            f"{_BATCH}{place}: as_samples('{its}', {its}, axes=2) → as_samples('{its}', {its})"
            for place, its in (
                ("batch_norm", "x"),
                ("batch_norm_grad", "x"),
                ("batch_norm_grad", "dy"),
                ("batch_norm_running", "x"),
            )
        ),
        f"{_MILESTONES}np.sort(np.ravel(ends)) → np.ravel(ends)",
    ),
    "What is handed over is an array of that dtype already; lists are a capability.": (
        f"{_BATCH}batch_norm_grad: dy = as_samples('dy', dy, axes=2).astype(x.dtype) → pass",
        "norms/layer_norm.layer_norm_grad: dy = as_samples('dy', dy).astype(x.dtype) → pass",
        "norms/rms_norm.rms_norm_grad: dy = as_samples('dy', dy).astype(x.dtype) → pass",
        f"{_MILESTONES}np.ravel(ends) → ends",
    ),
    "Of a list of one the last is the first; and 0 times any number is 0.": (
        f"{_CLIPPING}clip_by_norm: 0 → -1",
        f"{_CLIPPING}clip_by_global_norm: 1.0 → 2.0 #2",
        f"{_CLIPPING}clip_by_global_norm: 1.0 → 0.1 #2",
    ),
    "A sum of float32 numbers is one; only float16 is computed wider.": (
        "in_hand/averages.l2_penalty: weights.dtype.type(non_negative('strength', strength)"
        " * total) → non_negative('strength', strength) * total",
    ),
    "At the end of the first leg the second one begins with the same rate.": (
        "schedules/one_cycle.one_cycle: t < top → t <= top",
    ),
    "The last axis of a matrix is its second.": ("network/loss.compute_loss: 1 → -1",),
    "compute_gradients hands out dW1, db1, dW2 and db2 alone.": (
        f"{_BACKWARD}Backward(dz2, dW2, db2, da1, dz1, dW1, db1)"
        " → Backward(dz2, dW2, db2, dz1, da1, dW1, db1)",
        f"{_BACKWARD}dz2 → dz1 #4",
        f"{_BACKWARD}dz1 → dz2 #3",
    ),
    "g + 0 w is g, of every w that is a number.": (
        "optimizers/steering.Steered.steered: along + self.weight_decay * w if self.weight_decay"
        " else along → along + self.weight_decay * w",
    ),
    "A list of numbers is an answer, too.": (
        "landscapes/rosenbrock.rosenbrock_grad: "
        "np.stack([-2 * (1 - w1) - 400 * w1 * above_valley, 200 * above_valley])"
        " → [-2 * (1 - w1) - 400 * w1 * above_valley, 200 * above_valley]",
    ),
}

EQUIVALENT: Mapping[str, str] = MappingProxyType(
    {name: reason for reason, names in _TABLE.items() for name in names}
)
"""Reasons, by the name of the edit."""
