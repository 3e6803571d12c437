# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = [
#   "keras==3.15.1", "jax==0.10.2", "jaxlib==0.10.2", "numpy==2.4.6",
#   "absl-py==2.5.1", "h5py==3.16.0", "markdown-it-py==4.3.0", "mdurl==0.1.2",
#   "ml-dtypes==0.6.0", "namex==0.1.0", "opt-einsum==3.4.0", "optree==0.20.0",
#   "packaging==26.3", "pygments==2.21.0", "rich==15.0.0", "scipy==1.17.1",
#   "typing-extensions==4.16.0",
# ]
# ///
"""Keras 3.15 with the JAX back end on the CPU; gradients are JAX's, of Keras's operations.

Learning rates are kept in the float type, so that is float64. The optimizers follow the dtype of
the weights, and losses are told that of their input; but where Keras promotes types, it makes
float32 of float64 under every back end but TensorFlow's: in means, hence in mse_loss,
binary_cross_entropy, compute_loss and its gradients, and in the cosine schedules.
Absent: sigmoid_derivative (Keras has none).
"""

import math
import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import keras
from keras import losses, ops, optimizers
from keras.optimizers import schedules

keras.config.set_floatx("float64")

from_numpy = jax.numpy.asarray
synchronize = jax.block_until_ready
sigmoid = keras.activations.sigmoid
relu = keras.activations.relu


def mse_loss(y_true, y_pred):
    return losses.MeanSquaredError(dtype=y_pred.dtype.name)(y_true, y_pred)


def binary_cross_entropy(y_true, y_pred):
    return losses.BinaryCrossentropy(dtype=y_pred.dtype.name)(y_true, y_pred)


def categorical_cross_entropy(y_true, y_pred):
    return losses.CategoricalCrossentropy(dtype=y_pred.dtype.name)(y_true, y_pred)


@jax.jit
def relu_derivative(z):
    _, pull_back = jax.vjp(relu, z)
    return pull_back(ops.ones_like(z))[0]


@jax.jit
def compute_loss(X, y, W1, b1, W2, b2):
    z2 = relu(X @ W1 + b1) @ W2 + b2
    return losses.BinaryCrossentropy(from_logits=True, dtype=z2.dtype.name)(y, z2)


compute_gradients = jax.jit(jax.grad(compute_loss, argnums=(2, 3, 4, 5)))


class _Optimizer:
    """One of keras.optimizers over one variable, given its weights and gradient at each step."""

    def __init__(self, kind, lr, **options):
        self._optimizer = kind(learning_rate=lr, **options)
        self._w = None

    @property
    def lr(self):
        return float(self._optimizer.learning_rate)

    @lr.setter
    def lr(self, rate):
        self._optimizer.learning_rate = rate

    def step(self, w, grad):
        if self._w is None:
            self._w = keras.Variable(w, dtype=w.dtype.name)
        self._w.assign(w)
        self._optimizer.apply([grad], [self._w])
        return self._w.value


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(optimizers.SGD, lr)


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(optimizers.SGD, lr, momentum=momentum)


class RMSprop(_Optimizer):
    def __init__(self, lr=0.001, beta=0.9, epsilon=1e-8):
        super().__init__(optimizers.RMSprop, lr, rho=beta, epsilon=epsilon)


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(optimizers.Adam, lr, beta_1=beta1, beta_2=beta2, epsilon=epsilon)


def step_decay(epoch, initial_lr, drop, epochs_drop):
    return schedules.ExponentialDecay(initial_lr, epochs_drop, drop, staircase=True)(epoch)


def exponential_decay(epoch, initial_lr, decay_rate):
    # A factor of 1/e per 1/k epochs: of one per epoch, the rounding would grow with the epoch.
    return schedules.ExponentialDecay(initial_lr, 1 / decay_rate, math.exp(-1))(epoch)


def cosine_annealing(epoch, initial_lr, T_max):
    return schedules.CosineDecay(initial_lr, T_max)(epoch)


def warmup_cosine(epoch, initial_lr, warmup_epochs, total_epochs):
    # Keras counts decay_steps from the end of the warm-up.
    return schedules.CosineDecay(
        0.0, total_epochs - warmup_epochs, warmup_target=initial_lr, warmup_steps=warmup_epochs
    )(epoch)
