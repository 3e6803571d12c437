# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = ["autograd==1.9.1", "numpy==2.4.6", "scipy==1.17.1"]
# ///
"""HIPS autograd 1.9: derivatives of functions written in its NumPy and SciPy.

It has no losses or networks of its own: the forward pass below is what it differentiates.
Its optimizers are whole loops, and are asked through the gradient that they call.
Absent: what it has not.
"""

import autograd.numpy as np
from autograd import elementwise_grad, grad
from autograd.misc import optimizers
from autograd.scipy.special import expit

sigmoid = expit
SGDMomentum, RMSprop, Adam = optimizers.sgd, optimizers.rmsprop, optimizers.adam


def relu(z):
    return np.maximum(0, z)


relu_derivative = elementwise_grad(relu)


def compute_loss(X, y, W1, b1, W2, b2):
    z2 = relu(X @ W1 + b1) @ W2 + b2
    return np.sum(np.logaddexp(0, z2) - y * z2) / len(X)


compute_gradients = grad(compute_loss, argnum=(2, 3, 4, 5))
