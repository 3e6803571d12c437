"""What JAX, Optax, Keras and MLX have is found by their own types, and steps as it does there.

Their verdicts are those of the bundled contenders, which are bound in the same way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradmark.harness.bindings import told_rows
from gradmark.harness.host import Contender
from gradmark.harness.resolve import resolve
from gradmark.harness.shapes.frameworks.named import selecting
from gradmark.harness.shapes.words import Row
from tests.frameworks.conftest import Judged, Started, interpreter

pytestmark = pytest.mark.thorough  # their environments are large

SETTINGS = {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
MODULES = {
    "optax": "jax_optax",
    "jax.example_libraries.optimizers": "jax_optax",
    "keras.optimizers": "keras_jax",
    "mlx.optimizers": "mlx",
}


@pytest.mark.parametrize("module", MODULES)
def test_a_first_step_of_adam_is_as_long_as_its_rate_and_a_saved_run_goes_on(
    module: str, started: Started
) -> None:
    contender = started(module, MODULES[module])
    assert {"SGD", "SGDMomentum", "RMSprop", "Adam"} <= contender.provides
    w = contender.trajectory("Adam", SETTINGS, [1.0, 2.0], [[0.5, -4.0]])
    slopes = np.array([[0.5, -4.0], [1.0, 0.25], [-2.0, 1.0]])
    saved = contender.interrupted("Adam", SETTINGS, np.array([1.0, 2.0]), slopes, 2)
    end = contender.resumed("Adam", SETTINGS, saved.then, slopes[2:], saved.kept)
    np.testing.assert_array_equal(end, saved.end)
    assert saved.owed
    # MLX corrects no bias: its first step is longer by (1 − β₁) / √(1 − β₂).
    length = 0.1 * (0.1 / np.sqrt(0.001) if module == "mlx.optimizers" else 1.0)
    np.testing.assert_allclose(w, [[1.0 - length, 2.0 + length]], rtol=1e-6)


def test_what_no_state_holds_is_lost_when_a_run_is_resumed(judged: Judged) -> None:
    text = """
import numpy as np
import optax

KEPT = {}

def rmsprop(learning_rate, decay=0.9, eps=1e-8):
    def init(params):
        KEPT.clear()
        return optax.EmptyState()

    def update(updates, state, params=None):
        g = np.asarray(updates)
        KEPT["v"] = decay * KEPT.get("v", 0.0) + (1 - decay) * g**2
        return -learning_rate * g / (np.sqrt(KEPT["v"]) + eps), state

    return optax.GradientTransformation(init, update)
"""
    found = judged(text, "RMSprop", beside="jax_optax", whole=True)
    assert (found["verdict"], found["variant"]) == ("deviates", "other-in-practice")
    assert "resumes from its state: comes to" in found["detail"]


@pytest.mark.parametrize(
    ("module", "beside"),
    [("jax.nn", "jax_optax"), ("keras.activations", "keras_jax"), ("mlx.nn", "mlx")],
)
def test_slopes_are_those_of_the_framework(module: str, beside: str, tmp_path: Path) -> None:
    with Contender(resolve(module, tmp_path), python=interpreter(beside)) as contender:
        slope = contender.call("relu_derivative", np.array([-1.0, 2.0]))
    np.testing.assert_array_equal(slope, [0.0, 1.0])


def test_a_slope_with_a_name_of_its_own_is_not_the_frameworks_as_well(tmp_path: Path) -> None:
    target = resolve("keras_jax", tmp_path)
    with Contender(target, python=interpreter("keras_jax")) as contender:
        assert {"relu", "relu_derivative"} <= contender.provides
        assert "relu_derivative" not in contender.bindings().several


def test_keras_finds_the_back_end_that_is_there(judged: Judged) -> None:
    """Without TensorFlow, which is Keras's own choice, and with nothing said in the file."""
    text = "from keras import ops\n\ndef relu(x):\n    return ops.maximum(x, 0.0)\n"
    assert judged(text, "relu", "keras_jax")["verdict"] == "conforms"


def test_a_users_own_transformation_is_judged_compiled_and_not(judged: Judged) -> None:
    text = """
import jax
import jax.numpy as jnp
import optax

def momentum(learning_rate, decay=0.9):
    def init(params):
        return jax.tree.map(jnp.zeros_like, params)

    def update(updates, state, params=None):
        state = jax.tree.map(lambda v, g: decay * v + g, state, updates)
        return jax.tree.map(lambda v: -learning_rate * v, state), state

    return optax.GradientTransformation(init, update)
"""
    found = judged(text, "SGDMomentum", "jax_optax")
    assert found["variant"] == "lr-outside-velocity"
    assert [*found["paths"]] == ["jit", "eager"]


def test_whoever_draws_from_keys_is_given_one(judged: Judged) -> None:
    text = """
import jax

def dropout(key, x, rate):
    return x * jax.random.bernoulli(key, 1 - rate, x.shape)

def he_normal(rng, fan_in, fan_out):
    return rng.normal(0, (2 / fan_in) ** 0.5, (fan_in, fan_out))
"""
    assert judged(text, "dropout", "jax_optax")["variant"] == "scaled-in-testing"
    assert judged(text, "he_normal", "jax_optax")["verdict"] == "conforms"  # from NumPy's generator
    assert judged("jax.nn.initializers", "he_normal", "jax_optax")["variant"] == "truncated-normal"


def test_what_is_no_answer_by_itself_is_asked_for_one(judged: Judged) -> None:
    """A transformation clips; its name alone says what a function of the contract's would."""
    assert judged("optax", "clip_by_global_norm", "jax_optax")["verdict"] == "conforms"


def test_nesterovs_adam_keeps_the_switch_that_makes_it_one() -> None:
    def nadam(learning_rate: float, *, nesterov: bool = True) -> None: ...

    row = Row(told_rows(("NAdam",))[0])
    assert selecting(nadam, row, {"NAdam": row}) == {"nesterov": True}
