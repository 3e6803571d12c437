# /// script
# requires-python = ">=3.11,<3.15"
# dependencies = [
#   "scikit-learn==1.9.1", "scipy==1.17.1", "numpy==2.4.6",
#   "cloudpickle==3.1.2", "joblib==1.6.0", "narwhals==2.29.0", "threadpoolctl==3.8.0",
# ]
# ///
"""scikit-learn 1.9: what its MLPClassifier is made of, mean_squared_error, and SciPy's Rosenbrock.

The losses, activations, backpropagation and optimizers are those that MLPClassifier trains with;
they live in modules whose names begin with an underscore, hence the exact version.
Absent: RMSprop and the schedules, which it has not.
"""

import numpy as np
from scipy.optimize import rosen, rosen_der
from sklearn.metrics import mean_squared_error
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network._base import ACTIVATIONS, DERIVATIVES, binary_log_loss, log_loss
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

rosenbrock = rosen
rosenbrock_grad = rosen_der


def mse_loss(y_true, y_pred):
    return mean_squared_error(y_true, y_pred)


def binary_cross_entropy(y_true, y_pred):
    return binary_log_loss(y_true.reshape(-1, 1), y_pred.reshape(-1, 1))


def categorical_cross_entropy(y_true, y_pred):
    return log_loss(np.atleast_2d(y_true), np.atleast_2d(y_pred))


def _in_place(function, *arguments):
    """Let one of scikit-learn's in-place functions write its last argument; return that."""
    arguments = [np.atleast_1d(argument) for argument in arguments]
    function(*arguments)
    return arguments[-1]


def sigmoid(z):
    return _in_place(ACTIVATIONS["logistic"], z.copy()).reshape(z.shape)


def relu(z):
    return _in_place(ACTIVATIONS["relu"], z.copy()).reshape(z.shape)


def sigmoid_derivative(a):
    return _in_place(DERIVATIVES["logistic"], a, np.ones_like(a)).reshape(a.shape)


def relu_derivative(z):
    return _in_place(DERIVATIVES["relu"], relu(z), np.ones_like(z)).reshape(z.shape)


def _backpropagate(X, y, W1, b1, W2, b2):
    """Put the weights into an MLPClassifier, as fit would have, and call its own backprop."""
    mlp = MLPClassifier(hidden_layer_sizes=(W1.shape[1],), activation="relu", alpha=0.0)
    mlp.n_layers_, mlp.n_outputs_, mlp.out_activation_ = 3, W2.shape[1], "logistic"
    mlp.coefs_, mlp.intercepts_ = [W1, W2], [b1[0], b2[0]]
    empty = [[None, None] for _ in range(3)]
    return mlp._backprop(X, y, None, [X, None, None], *empty)


def compute_loss(X, y, W1, b1, W2, b2):
    loss, _, _ = _backpropagate(X, y, W1, b1, W2, b2)
    return loss


def compute_gradients(X, y, W1, b1, W2, b2):
    _, (dW1, dW2), (db1, db2) = _backpropagate(X, y, W1, b1, W2, b2)
    return dW1, db1.reshape(b1.shape), dW2, db2.reshape(b2.shape)


class _Optimizer:
    """One of scikit-learn's over one array, given its weights and gradient at each step."""

    def __init__(self, kind, lr, **options):
        self.lr = lr
        self._make = lambda w: kind([w], learning_rate_init=lr, **options)
        self._optimizer = None

    def step(self, w, grad):
        w = w.copy()
        if self._optimizer is None:
            self._optimizer = self._make(w)
        # SGD reads the one, Adam the other, and overwrites the one.
        self._optimizer.learning_rate = self._optimizer.learning_rate_init = self.lr
        self._optimizer.update_params([w], [grad])
        return w


class SGD(_Optimizer):
    def __init__(self, lr=0.001):
        super().__init__(SGDOptimizer, lr, momentum=0.0, nesterov=False)


class SGDMomentum(_Optimizer):
    def __init__(self, lr=0.001, momentum=0.9):
        super().__init__(SGDOptimizer, lr, momentum=momentum, nesterov=False)


class Adam(_Optimizer):
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(AdamOptimizer, lr, beta_1=beta1, beta_2=beta2, epsilon=epsilon)
