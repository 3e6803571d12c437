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

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import keras
from keras import losses, ops, optimizers
from keras.optimizers.schedules import CosineDecay, ExponentialDecay

keras.config.set_floatx("float64")

from_numpy = jax.numpy.asarray
synchronize = jax.block_until_ready
SGD = SGDMomentum = optimizers.SGD
RMSprop, Adam = optimizers.RMSprop, optimizers.Adam
step_decay = exponential_decay = ExponentialDecay
cosine_annealing = warmup_cosine = CosineDecay
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
