"""Edits of the reference that leave what the contract asks for as it was, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_BINARY = "losses/binary_cross_entropy.binary_cross_entropy: "
_CATEGORICAL = "losses/categorical_cross_entropy.categorical_cross_entropy: "
_COSINE = "schedules/cosine.cosine_annealing: "
_BACKWARD = "network/backward.backward: "

_TABLE: Mapping[str, tuple[str, ...]] = {
    "A square does not know the sign of what is squared.": (
        "losses/mean_squared_error.mse_loss: labels_and_prediction(y_true, y_pred)"
        " → labels_and_prediction(y_pred, y_true)",
        "losses/mean_squared_error.mse_loss: y - p → p - y",
        f"{_COSINE}2 → -2",
        f"{_COSINE}T - t → t - T",
        "landscapes/rosenbrock.rosenbrock: 1 - w1 → w1 - 1",
        "landscapes/rosenbrock.rosenbrock: w2 - w1 ** 2 → w1 ** 2 - w2",
    ),
    "sin(π/2 + x) = sin(π/2 − x), and what it loses next to π is what 1 + cos loses there.": (
        f"{_COSINE}T - t → T + t",
    ),
    "log(1 − ε) = −ε − ε²/2: they differ by 4.5 roundoffs of 10⁻¹⁵, of which 8 are allowed.": (
        f"{_BINARY}math.log1p(-EPSILON) → -EPSILON",
    ),
    "The greater of two, and the smaller of two, whichever is named first.": (
        f"{_BINARY}np.clip(np.log(p), low, high) → np.clip(low, np.log(p), high)",
        f"{_BINARY}np.clip(np.log1p(-p), low, high) → np.clip(low, np.log1p(-p), high)",
    ),
    "log 0 = −∞ with a warning, which a contender may print.": (
        f"{_BINARY}np.errstate(divide='ignore') → np.errstate()",
        f"{_CATEGORICAL}np.errstate(divide='ignore') → np.errstate()",
    ),
    "At z = 0 either label's share is multiplied by |z| = 0.": (
        "losses/binary_cross_entropy.sigmoid_binary_cross_entropy: z > 0 → z >= 0",
    ),
    "The last axis of a matrix is its second.": ("network/loss.compute_loss: 1 → -1",),
    "compute_gradients hands out dW1, db1, dW2 and db2 alone.": (
        f"{_BACKWARD}Backward(dz2, dW2, db2, da1, dz1, dW1, db1)"
        " → Backward(dz2, dW2, db2, dz1, da1, dW1, db1)",
        f"{_BACKWARD}dz2 → dz1 #4",
        f"{_BACKWARD}dz1 → dz2 #3",
    ),
    "The contract has no argument that puts ε outside the root.": (
        "optimizers/rmsprop.RMSprop.step: if self.epsilon_outside → pass",
    ),
    "Two dtypes have one common dtype, whichever is named first.": tuple(
        f"optimizers/{place}.step: np.result_type(w, g) → np.result_type(g, w)"
        for place in ("rmsprop.RMSprop", "adam.Adam", "adamw.AdamW")
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
