"""The optimizers as whole trajectories: canonical forms, conventions and mistakes.

A body receives the starting weights, the list of gradients, the list of learning rates and the
hyperparameters, and yields the weights after each step.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.catalogue.variant import canonical, dialect, mistake
from conformance.truth import Exact, Number, maximum, sqrt

Trajectory = Iterator[Exact]

POLYAK = "Polyak 1964"
KINGMA = "Kingma and Ba 2015"
TIELEMAN = "Tieleman and Hinton 2012, lecture 6.5"


# --- SGD ------------------------------------------------------------------------------------------


@canonical("SGD", 'Article, "Gradient Descent Explained"; Robbins and Monro 1951')
def gradient_descent(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """w ← w − η g."""
    for g, lr in zip(gradients, rates, strict=True):
        w = w - lr * g
        yield w


@mistake("SGD", "the sign of the step")
def ascent(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """w ← w + η g: climbs."""
    for g, lr in zip(gradients, rates, strict=True):
        w = w + lr * g
        yield w


@mistake("SGD", "a learning rate copied at construction")
def first_learning_rate_kept(w: Exact, gradients: Exact, rates: Exact) -> Trajectory:
    """Goes on with the first learning rate when opt.lr is changed."""
    return gradient_descent(w, gradients, [rates[0]] * len(rates))


# --- momentum -------------------------------------------------------------------------------------


@canonical("SGDMomentum", f'Article, "SGD with Momentum"; {POLYAK}')
def lr_inside_velocity(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """v ← γv + ηg; w ← w − v."""
    v = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + lr * g
        w = w - v
        yield w


@dialect("SGDMomentum", "PyTorch, torch.optim.SGD; Optax, sgd")
def lr_outside_velocity(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """v ← γv + g; w ← w − ηv: the same until the learning rate changes."""
    v = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + g
        w = w - lr * v
        yield w


@dialect("SGDMomentum", "HIPS autograd, misc.optimizers.sgd: velocity × (1 − mass)")
def average_velocity(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """v ← γv + (1−γ)g; w ← w − ηv: steps smaller by 1 − γ."""
    v = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + (1 - momentum) * g
        w = w - lr * v
        yield w


@dialect("SGDMomentum", "Nesterov 1983; Keras, SGD(nesterov=True)")
def nesterov(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """v ← γv + ηg; w ← w − (γv + ηg): looks ahead."""
    v = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + lr * g
        w = w - (momentum * v + lr * g)
        yield w


@dialect("SGDMomentum", "Nesterov 1983; PyTorch, SGD(nesterov=True)")
def nesterov_lr_outside(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """v ← γv + g; w ← w − η(γv + g): looks ahead, learning rate outside the velocity."""
    v = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        v = momentum * v + g
        w = w - lr * (momentum * v + g)
        yield w


@mistake("SGDMomentum", "plain gradient descent under this name")
def velocity_forgotten(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """The velocity is not kept between steps."""
    del momentum
    return gradient_descent(w, gradients, rates)


@mistake("SGDMomentum", "the sign of the velocity's memory")
def velocity_reversed(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """v ← −γv + ηg: brakes where it should gain speed."""
    return lr_inside_velocity(w, gradients, rates, -momentum)


@mistake("SGDMomentum", "the step taken before the velocity is updated")
def step_lags_behind(w: Exact, gradients: Exact, rates: Exact, momentum: Number) -> Trajectory:
    """w moves by the old velocity: the first step does nothing."""
    v = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        w = w - v
        v = momentum * v + lr * g
        yield w


# --- RMSprop --------------------------------------------------------------------------------------


@canonical("RMSprop", f'Article, "RMSprop", the printed formula; {TIELEMAN}')
def epsilon_inside_root(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """w ← w − η g / √(s + ε)."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / sqrt(s + epsilon)
        yield w


@dialect("RMSprop", 'Article, listing of "Optimizers"; PyTorch, RMSprop')
def epsilon_outside_root(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """w ← w − η g / (√s + ε): ε stands outside the root."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / (sqrt(s) + epsilon)
        yield w


@dialect("RMSprop", "TensorFlow 1, RMSPropOptimizer: the accumulator starts at one")
def accumulator_starts_at_one(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """s starts at 1, which damps the first steps; ε inside the root."""
    s = 0 * w + 1
    for g, lr in zip(gradients, rates, strict=True):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / sqrt(s + epsilon)
        yield w


@dialect("RMSprop", "HIPS autograd, misc.optimizers.rmsprop")
def accumulator_starts_at_one_epsilon_outside(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """s starts at 1, which damps the first steps; ε outside the root."""
    s = 0 * w + 1
    for g, lr in zip(gradients, rates, strict=True):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / (sqrt(s) + epsilon)
        yield w


@dialect("RMSprop", "Optax, rmsprop(bias_correction=True)")
def bias_corrected(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """s is divided by 1 − βᵗ first; ε inside the root."""
    s = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / sqrt(s / (1 - beta**t) + epsilon)
        yield w


@mistake("RMSprop", "the root is missing")
def root_missing(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """Divides by s + ε, not by its root."""
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = beta * s + (1 - beta) * g**2
        w = w - lr * g / (s + epsilon)
        yield w


@mistake("RMSprop", "AdaGrad under this name")
def squares_summed(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """Sums the squares, never forgetting: AdaGrad."""
    del beta
    s = 0 * w
    for g, lr in zip(gradients, rates, strict=True):
        s = s + g**2
        w = w - lr * g / sqrt(s + epsilon)
        yield w


@mistake("RMSprop", "β and 1 − β exchanged")
def weights_exchanged(
    w: Exact, gradients: Exact, rates: Exact, beta: Number, epsilon: Number
) -> Trajectory:
    """s ← (1−β)s + βg²: remembers what it should forget."""
    return epsilon_inside_root(w, gradients, rates, 1 - beta, epsilon)


# --- Adam -----------------------------------------------------------------------------------------


def _moments(
    gradients: Exact, rates: Exact, zero: Exact, beta1: Number, beta2: Number
) -> Iterator[tuple[int, Exact, Exact, Exact]]:
    m = v = zero
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        yield t, lr, m, v


@canonical("Adam", f'Article, "Adam Optimizer"; {KINGMA}, algorithm 1')
def bias_corrected_moments(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """w ← w − η m̂ / (√v̂ + ε)."""
    for t, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        w = w - lr * m_hat / (sqrt(v_hat) + epsilon)
        yield w


@dialect("Adam", f"{KINGMA}, end of section 2 (ε-hat); TensorFlow and Keras, Adam")
def epsilon_hat(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """ε is added to √v before the bias correction: in effect it is ε / √(1 − β₂ᵗ)."""
    for t, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        rate = lr * sqrt(1 - beta2**t) / (1 - beta1**t)
        w = w - rate * m / (sqrt(v) + epsilon)
        yield w


@dialect("Adam", "Optax, adam(eps_root=...)")
def epsilon_inside_root_of_second_moment(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """w ← w − η m̂ / √(v̂ + ε): ε stands inside the root."""
    for t, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        w = w - lr * m_hat / sqrt(v_hat + epsilon)
        yield w


@dialect("Adam", "an option of several libraries (BERT's optimizer, correct_bias=False)")
def no_bias_correction(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """m and v are used as they are: the first steps are too large."""
    for _, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        w = w - lr * m / (sqrt(v) + epsilon)
        yield w


@dialect("Adam", "Reddi, Kale and Kumar 2018, algorithm 2")
def amsgrad_uncorrected(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """Divides by the greatest v so far, without bias correction."""
    greatest = 0 * w
    for _, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        greatest = maximum(greatest, v)
        w = w - lr * m / (sqrt(greatest) + epsilon)
        yield w


@dialect("Adam", "PyTorch, Adam(amsgrad=True), after Reddi, Kale and Kumar 2018")
def amsgrad(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """Divides by the greatest v so far, bias-corrected."""
    greatest = 0 * w
    for t, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        greatest = maximum(greatest, v)
        m_hat, v_hat = m / (1 - beta1**t), greatest / (1 - beta2**t)
        w = w - lr * m_hat / (sqrt(v_hat) + epsilon)
        yield w


@mistake("Adam", "the step counter starts at one and is raised before use")
def counter_starts_at_two(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """The bias correction uses t + 1."""
    for t, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
        w = w - lr * m_hat / (sqrt(v_hat) + epsilon)
        yield w


@mistake("Adam", "the counter is never raised")
def counter_stuck_at_one(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """Every step is corrected as if it were the first."""
    for _, lr, m, v in _moments(gradients, rates, 0 * w, beta1, beta2):
        m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
        w = w - lr * m_hat / (sqrt(v_hat) + epsilon)
        yield w


@mistake("Adam", "corrected moments written back")
def correction_stored(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """The bias correction is applied to the stored moments, again and again."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = (beta1 * m + (1 - beta1) * g) / (1 - beta1**t)
        v = (beta2 * v + (1 - beta2) * g**2) / (1 - beta2**t)
        w = w - lr * m / (sqrt(v) + epsilon)
        yield w


@mistake("Adam", "one β for both moments")
def one_beta(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """β₁ serves both moments."""
    del beta2
    return bias_corrected_moments(w, gradients, rates, beta1, beta1, epsilon)


@mistake("Adam", "the square of the gradient is missing")
def gradient_not_squared(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """v averages |g|, not g²."""
    m = v = 0 * w
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * abs(g)
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        w = w - lr * m_hat / (sqrt(v_hat) + epsilon)
        yield w


@mistake("Adam", "a learning rate copied at construction")
def learning_rate_kept(
    w: Exact, gradients: Exact, rates: Exact, beta1: Number, beta2: Number, epsilon: Number
) -> Trajectory:
    """Goes on with the first learning rate when opt.lr is changed."""
    constant = [rates[0]] * len(rates)
    return bias_corrected_moments(w, gradients, constant, beta1, beta2, epsilon)
