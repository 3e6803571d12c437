# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = [
#   "jax==0.10.2", "jaxlib==0.10.2", "optax==0.2.8", "numpy==2.4.6",
#   "absl-py==2.5.1", "ml-dtypes==0.6.0", "opt-einsum==3.4.0", "scipy==1.17.1",
# ]
# ///
"""JAX 0.10 and Optax 0.2, compiled by XLA for the CPU, with 64-bit numbers switched on.

Optax gives its losses per entry, so the sums and means around them are the contract's.
Absent: the cross-entropies (Optax's take logits), sigmoid_derivative (jax.nn has none).
"""

import jax
import jax.numpy as jnp
import optax

jax.config.update("jax_enable_x64", True)

from_numpy = jnp.asarray
synchronize = jax.block_until_ready
sigmoid = jax.jit(jax.nn.sigmoid)
relu = jax.jit(jax.nn.relu)


@jax.jit
def mse_loss(y_true, y_pred):
    return optax.squared_error(y_pred, y_true).mean()


@jax.jit
def relu_derivative(z):
    _, pull_back = jax.vjp(jax.nn.relu, z)
    return pull_back(jnp.ones_like(z))[0]


@jax.jit
def compute_loss(X, y, W1, b1, W2, b2):
    z2 = jax.nn.relu(X @ W1 + b1) @ W2 + b2
    return optax.sigmoid_binary_cross_entropy(z2, y).sum(axis=1).mean()


compute_gradients = jax.jit(jax.grad(compute_loss, argnums=(2, 3, 4, 5)))


SGD = SGDMomentum = optax.sgd
RMSprop, Adam = optax.rmsprop, optax.adam
step_decay = exponential_decay = optax.exponential_decay
cosine_annealing = optax.cosine_decay_schedule
warmup_cosine = optax.warmup_cosine_decay_schedule
