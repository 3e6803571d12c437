"""What the article says of its optimizers' formulas, held against mathematics."""

from fractions import Fraction

import mpmath as mp
import numpy as np

from gradmark.conformance.article.ledger.claim import (
    Outcome,
    Scale,
    claim,
    fails,
    holds,
    holds_if,
    not_testable,
)
from gradmark.conformance.article.records import FloatArray
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum

GAMMA = 0.9
U = 2.0**-53


def _walk(
    optimizer: SGD | SGDMomentum | RMSprop | Adam, gradients: FloatArray, start: FloatArray
) -> FloatArray:
    """Feed a list of gradients; give the weights before, between and after the steps."""
    path = [start]
    for gradient in gradients:
        path.append(optimizer.step(path[-1], gradient))
    return np.array(path)


@claim(
    "momentum-gains-speed-like-a-ball",
    section="SGD with Momentum",
    statement="Momentum adds up past gradients, as a ball rolling downhill gains speed.",
    how="A slope of 1: the velocity is a geometric sum, compared with the reference's.",
    verdict="holds if",
    surprise=2,
)
def momentum_gains_speed(_: Scale) -> Outcome:
    """Compare with v_t = η (1 − γᵗ)/(1 − γ)."""
    steps = 400
    ball = SGDMomentum(lr=1.0, momentum=GAMMA)
    speed = -np.diff(_walk(ball, np.ones((steps, 1)), np.zeros(1)), axis=0)[:, 0]
    t = np.arange(1, steps + 1)
    error = np.max(np.abs(speed - (1 - GAMMA**t) / (1 - GAMMA)))
    half = int(np.argmax(speed >= 0.5 / (1 - GAMMA))) + 1
    condition = (
        f"It gains speed only at first: the velocity tends to η g/(1 − γ) = {speed[-1]:.4g} η g, "
        f"half of it is there after {half} steps, and a gradient counts half after as many. A "
        "ball in syrup, not a ball: on a slope without end it gains nothing more."
    )
    bounded = error < 1e-12 and np.all(np.diff(speed) >= 0) and speed[-1] < 10 + 1e-9
    numbers = {"terminal_speed": speed[-1], "steps_to_half": half, "largest_error": error}
    return holds_if(condition, **numbers) if bounded else fails("It is not so.", **numbers)


@claim(
    "momentum-of-nine-tenths-is-typical",
    section="SGD with Momentum",
    statement="γ = 0.9 is the momentum to take, typically.",
    how="Heavy ball on quadratics of condition κ: the rate of convergence per step, exactly, with "
    "the best η for γ = 0.9, against the best η and γ.",
    verdict="holds if",
    surprise=3,
)
def momentum_of_nine_tenths(_: Scale) -> Outcome:
    """Compare multipliers: how many times as many steps 0.9 needs."""
    conditions = np.geomspace(1, 1e7, 701)
    root = np.sqrt(conditions)
    best = np.log((root + 1) / np.maximum(root - 1, 1e-300))  # −log √γ*, Polyak's
    ours = -np.log(slowest(conditions, GAMMA))
    cost = best / ours
    good = conditions[cost < 2]
    suits = float(((1 + GAMMA**0.5) / (1 - GAMMA**0.5)) ** 2)
    at = {f"{k:g}": float(np.interp(k, conditions, cost)) for k in (10, 100, 1e3, 1e4, 1e6)}
    condition = (
        f"The condition number is about {good.min():.0f} to {good.max():.0f}: there it costs less "
        f"than twice the steps of the best γ; it is the best one at κ = {suits:.0f} alone. "
        f"At κ = 10 it takes {at['10']:.1f} times as many steps, at κ = 10⁶ {at['1e+06']:.1f} "
        "times. How usual it is, a computation cannot tell."
    )
    numbers = {"within_twice": [good.min(), good.max()], "best_at": suits, "cost": at}
    narrow = good.min() > 2 and good.max() < 1e6
    return holds_if(condition, **numbers) if narrow else holds(condition, **numbers)


def slowest(conditions: FloatArray, gamma: float) -> FloatArray:
    """Give the largest multiplier of the heavy ball at its best η, λ from 1 to κ.

    z² − (1 + γ − ηλ) z + γ = 0: |z| = √γ while |1 + γ − ηλ| ≤ 2√γ, and more outside.
    """
    # Outside, |z| grows with |1 + γ − ηλ|, so the best η centres the spectrum: η(1 + κ)/2 = 1 + γ.
    off_centre = (1 + gamma) * (conditions - 1) / (conditions + 1)
    under_root = np.maximum(off_centre**2 - 4 * gamma, 0)
    z: FloatArray = np.maximum((off_centre + np.sqrt(under_root)) / 2, np.sqrt(gamma))
    return z


@claim(
    "momentum-listing-is-its-formula",
    section="SGD with Momentum",
    statement="The listing computes the momentum equations.",
    how="Both equations in exact fractions against the reference, under a changing rate.",
    verdict="holds",
    surprise=1,
)
def momentum_listing(scale: Scale) -> Outcome:
    """Follow v ← γv + ηg, w ← w − v without rounding."""
    random = np.random.default_rng(scale.seed)
    gradients, rates = random.standard_normal(60), np.geomspace(0.1, 0.001, 60)
    ball = SGDMomentum(momentum=GAMMA)
    w: FloatArray = np.zeros(1)
    exact, velocity, worst = Fraction(0), Fraction(0), 0.0
    for g, rate in zip(gradients, rates, strict=True):
        ball.lr = float(rate)
        w = ball.step(w, np.array([g]))
        velocity = Fraction(GAMMA) * velocity + Fraction(float(rate)) * Fraction(float(g))
        exact -= velocity
        worst = max(worst, abs(float(Fraction(float(w[0])) - exact)))
    # three roundings a step, of numbers below 1, each fading with γ: 1/(1 − γ) of them count
    bound = 3 * U * 60 / (1 - GAMMA)
    says = f"In 60 steps with a falling rate the two differ by {worst:.1g}, roundings alone."
    numbers = {"largest_difference": worst, "bound": bound}
    return holds(says, **numbers) if worst < bound else fails(says, **numbers)


@claim(
    "rmsprop-divides-by-the-average",
    section="RMSprop",
    statement="RMSprop divides by the running average of squared gradients.",
    how="Gradients in other units: the answer of each division to a factor c, at ε = 0.",
    verdict="fails",
    surprise=2,
)
def rmsprop_divides_by(scale: Scale) -> Outcome:
    """Scale the gradients by c and see what the steps are scaled by."""
    random = np.random.default_rng(scale.seed)
    gradients = random.standard_normal((50, 8))
    factor = 1000.0
    steps, scaled = (
        np.diff(_walk(RMSprop(lr=1.0, epsilon=0.0), c * gradients, np.zeros(8)), axis=0)
        for c in (1.0, factor)
    )
    change = float(np.max(np.abs(scaled / steps - 1)))
    s, averages = np.zeros(8), []
    for g in factor * gradients:
        s = 0.9 * s + (1 - 0.9) * g**2
        averages.append(s)
    by_the_average = float(np.median(np.abs(factor * gradients / averages) / np.abs(steps)))
    by_root = float(np.median(np.abs(factor * gradients / np.sqrt(averages)) / np.abs(steps)))
    says = (
        "It divides by the average's root, as its formula says and its name does. Gradients "
        f"{factor:g} times as large leave its steps as they are (to {change:.0e}); divided by the "
        f"average itself they would be {1 / factor:g} of what they were (here "
        f"{by_the_average:.2g} of RMSprop's)."
    )
    numbers = {"factor": factor, "change": change, "by_the_average": by_the_average}
    true = change < 1e-9 and abs(by_root - 1) < 1e-9 and by_the_average < 0.1
    return fails(says, **numbers) if true else holds(says, **numbers)


@claim(
    "rmsprop-listing-is-its-formula",
    section="RMSprop",
    statement="The listing computes the formula printed above it.",
    how="The step at a constant gradient in its steady state, ε inside the root and outside.",
    verdict="fails",
    surprise=3,
)
def rmsprop_listing(_: Scale) -> Outcome:
    """Compare ε inside the root, as in the formula, with ε outside, as in the listing."""
    sizes = np.geomspace(1e-16, 1e2, 181)
    settled = np.broadcast_to(sizes, (400, len(sizes)))
    inside, outside = (
        np.diff(_walk(RMSprop(lr=1.0, epsilon_outside=out), settled, np.zeros(len(sizes))), axis=0)[
            -1
        ]
        for out in (False, True)
    )
    ratio = outside / inside
    differ = sizes[np.abs(ratio - 1) > 0.01]
    says = (
        "The formula has ε inside the root, the listing outside. For gradients above "
        f"{differ.max():.0e} the steps agree to 1%; below, the listing's are the larger, "
        f"{np.interp(1e-5, sizes, ratio):.0f} times at |g| = 10⁻⁵, and up to "
        f"{ratio.max():.0f} = 1/√ε times. So near a minimum they are two optimizers."
    )
    numbers = {"largest_ratio": ratio.max(), "differ_below": differ.max()}
    return fails(says, **numbers) if ratio.max() > 1000 else holds(says, **numbers)


@claim(
    "rmsprop-adapts-each-rate",
    section="RMSprop",
    statement="RMSprop gives each parameter a learning rate of its own.",
    how="Each coordinate's gradients in units of its own, from 10⁻¹² to 10⁶: are the steps the "
    "same?",
    verdict="holds if",
    surprise=2,
)
def rmsprop_adapts(scale: Scale) -> Outcome:
    """Feed one history of gradients in many units at once."""
    random = np.random.default_rng(scale.seed)
    units = np.geomspace(1e-12, 1e6, 181)
    history = 1 + random.random((200, 1))  # no zero among them
    steps = np.diff(_walk(RMSprop(lr=1.0), history * units, np.zeros(len(units))), axis=0)[-1]
    share = steps / steps[-1]
    lost = float(units[share > 0.5].min() * np.sqrt(np.mean(history**2)))
    plain = float(np.max(np.abs(share[:20] / units[:20] / (share[0] / units[0]) - 1)))
    condition = (
        f"The gradients are well above √ε = 10⁻⁴. There the unit cancels, and all parameters move "
        f"alike; at {lost:.0e} half of the step is gone, and far below RMSprop is plain SGD with "
        f"the rate η/√ε = 10⁴ η, the same for all (to {plain:.0e})."
    )
    numbers = {"half_lost_at": lost, "plain_below": plain, "kept_above": share[units > 1].min()}
    true = abs(float(share[units > 1].min()) - 1) < 1e-6 and 1e-5 < lost < 1e-3 and plain < 1e-3
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "adam-listing-is-its-formula",
    section="Adam Optimizer",
    statement="The listing computes the formulas printed above it.",
    how="The formulas at 50 digits on 400 gradients of many sizes, against the listing's one "
    "difference from the reference, 1 − βᵗ by subtraction.",
    verdict="holds",
    surprise=1,
)
def adam_listing(scale: Scale) -> Outcome:
    """Bound what the subtraction loses, and what the reference loses at all."""
    steps = 400
    random = np.random.default_rng(scale.seed)
    gradients = 10 ** random.uniform(-6, 3, steps) * random.choice([-1, 1], steps)
    path = _walk(Adam(lr=0.01), gradients[:, None], np.zeros(1))[:, 0]
    with mp.workdps(50):
        eta, beta1, beta2, epsilon = (mp.mpf(x) for x in (0.01, 0.9, 0.999, 1e-8))
        w, m, v, worst = mp.mpf(0), mp.mpf(0), mp.mpf(0), 0.0
        lost = 0.0
        for t, g in enumerate(gradients.tolist(), start=1):
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * mp.mpf(g) ** 2
            w -= eta * (m / (1 - beta1**t)) / (mp.sqrt(v / (1 - beta2**t)) + epsilon)
            worst = max(worst, abs(float(path[t] - w)))
            for beta in (0.9, 0.999):
                lost = max(lost, abs(float((1 - beta**t) / (1 - mp.mpf(beta) ** t) - 1)))
    says = (
        f"The reference follows the formulas to {worst:.1g} over {steps} steps. The listing is the "
        f"same but for 1 − βᵗ, which it subtracts: that loses {lost:.0e} at most, "
        f"{lost / U:.0f} roundings, in its first steps."
    )
    numbers = {"largest_difference": worst, "lost_by_subtraction": lost}
    return holds(says, **numbers) if max(worst, lost) < 1e-12 else fails(says, **numbers)


@claim(
    "adam-is-momentum-and-rmsprop-corrected",
    section="Adam Optimizer",
    statement="Adam is Momentum and RMSprop in one, with their bias corrected.",
    how="Momentum's velocity, RMSprop's average and the two corrections, put together outside "
    "Adam, against Adam's steps on the same gradients.",
    verdict="holds",
    surprise=2,
)
def adam_is_both(scale: Scale) -> Outcome:
    """Build Adam of the other two: m = (1 − β₁) v/η, v = s."""
    eta, beta1, beta2, epsilon = 0.01, 0.9, 0.999, 1e-8
    random = np.random.default_rng(scale.seed)
    adam, ball, rms = Adam(lr=eta), SGDMomentum(lr=1.0, momentum=beta1), RMSprop(beta=beta2)
    origin, worst = np.zeros(1000), 0.0
    for t, g in enumerate(random.standard_normal((200, 1000)), start=1):
        step = adam.step(origin, g)
        built = -(1 - beta1) * ball.step(origin, g) / (1 - beta1**t)
        rms.step(origin, g)
        assert rms.s is not None
        built = -eta * built / (np.sqrt(rms.s / (1 - beta2**t)) + epsilon)
        worst = max(worst, float(np.max(np.abs(step - built))) / eta)
    says = (
        f"Adam's step is (1 − β₁)/η of Momentum's velocity over the root of RMSprop's average, "
        f"each divided by 1 − βᵗ: to {worst:.0e} of η, in 200,000 steps. But not of the two as "
        "printed before: its first moment is the gradients' mean, a tenth of their faded sum, and "
        "its ε stands outside the root."
    )
    numbers = {"largest_difference": worst, "steps": 200_000}
    # 1 − βᵗ by subtraction is off by 500 roundings at t = 1
    return holds(says, **numbers) if worst < 1e-11 else fails(says, **numbers)


@claim(
    "bias-correction-makes-means-of-the-moments",
    section="Adam Optimizer",
    statement="m̂ and v̂ are the first and second moment, freed of bias.",
    how="The weights of past gradients in m̂ and v̂ summed in exact fractions, and first steps.",
    verdict="holds",
    surprise=2,
)
def bias_correction(_: Scale) -> Outcome:
    """Show that the weights (1 − β) β^(t−i)/(1 − βᵗ) sum to 1, and what lacks without."""
    lengths = (1, 2, 10, 200)
    sums = {
        (beta, t): sum((1 - beta) * beta**i for i in range(t)) / (1 - beta**t)
        for beta in (Fraction(9, 10), Fraction(999, 1000))
        for t in lengths
    }
    g = np.geomspace(1e-3, 1e3, 7)
    first = -Adam(lr=1.0).step(np.zeros(7), g)
    size = float(np.max(np.abs(first - g / (g + 1e-8))))
    raw = float(((1 - Fraction(9, 10)) / 1) / np.sqrt(1 - 0.999))
    says = (
        "The weights of the past gradients sum to exactly 1, for each t: of gradients that all "
        "follow one law, m̂ and v̂ are unbiased means. The second moment is the raw one, about 0, "
        "not a variance. So the first step is η g/(|g| + ε), η whatever the gradient. Without the "
        f"corrections it would be {raw:.2f} times as large, not smaller: v starves more than m."
    )
    numbers = {"first_step_error": size, "uncorrected_first_step": raw}
    exact = all(total == 1 for total in sums.values()) and size < 1e-15
    return holds(says, **numbers) if exact else fails(says, **numbers)


@claim(
    "the-three-most-important-optimizers",
    section="Optimizers: Beyond Basic SGD",
    statement="Momentum, RMSprop and Adam are the three most important modern optimizers.",
    how="None: importance is not a quantity.",
    verdict="not testable",
    surprise=1,
)
def three_most_important(_: Scale) -> Outcome:
    """Importance is a judgement."""
    return not_testable(
        "Important to whom, and by which measure? What can be measured, who is fastest and where, "
        "is in other claims."
    )


@claim(
    "adam-is-the-default-choice",
    section="Adam Optimizer",
    statement="Adam is what most deep-learning tasks use by default.",
    how="None: it is about what people do.",
    verdict="not testable",
    surprise=1,
)
def adam_is_the_default(_: Scale) -> Outcome:
    """A census of practice, not of mathematics."""
    return not_testable(
        "A statement about practice: a survey could decide it, a computation cannot. Whether the "
        "choice is a good one on small problems is in the claims on the race."
    )
