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

import functools
import math

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


@functools.cache
def _compiled(kind, **options):
    """Make an Optax transformation and its compiled step, which all its optimizers share."""
    injected = optax.inject_hyperparams(kind, static_args=tuple(options))
    transformation = injected(learning_rate=1.0, **options)

    @jax.jit
    def step(w, grad, state, lr):
        state.hyperparams["learning_rate"] = lr.astype(w.dtype)
        updates, state = transformation.update(grad, state, w)
        return optax.apply_updates(w, updates), state

    return transformation.init, step


class _Optimizer:
    def __init__(self, kind, lr, **options):
        self.lr = lr
        self._init, self._step = _compiled(kind, **options)
        self._state = None

    def step(self, w, grad):
        if self._state is None:
            self._state = self._init(w)
        w, self._state = self._step(w, grad, self._state, jnp.asarray(self.lr))
        return w


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(optax.sgd, lr)


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(optax.sgd, lr, momentum=momentum)


class RMSprop(_Optimizer):
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        super().__init__(optax.rmsprop, lr, decay=beta, eps=epsilon)


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(optax.adam, lr, b1=beta1, b2=beta2, eps=epsilon)


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return optax.exponential_decay(initial_lr, epochs_drop, drop, staircase=True)(epoch)


def exponential_decay(epoch, initial_lr, decay_rate):
    # A factor of 1/e per 1/k epochs: of one per epoch, the rounding would grow with the epoch.
    return optax.exponential_decay(initial_lr, 1 / decay_rate, math.exp(-1))(epoch)


def cosine_annealing(epoch, initial_lr, T_max):
    return optax.cosine_decay_schedule(initial_lr, T_max)(epoch)


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    return optax.warmup_cosine_decay_schedule(0.0, initial_lr, warmup_epochs, total_epochs)(epoch)
