"""SGD's three problems, whether the optimizers after it solve them, and what they bring instead."""

from functools import cache

import numpy as np

from gradmark.conformance.article import saddle
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.tournament import tournament
from gradmark.harness.records import SeriesRecord
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum

SECTION = "Optimizers: Beyond Basic SGD"
GAMMA = 0.9
EDGE = (1 - GAMMA**0.5) ** 2  # ηλ above which the heavy ball's multipliers are complex
PARABOLA_RATE = 0.01


def _turns(optimizer: SGD | SGDMomentum, curvatures: FloatArray, steps: int) -> FloatArray:
    """Count how often each coordinate of ½Σλw² changes its sign on the way from 1."""
    w: FloatArray = np.ones(len(curvatures))
    turns = np.zeros(len(curvatures))
    for _ in range(steps):
        before, w = w, optimizer.step(w, curvatures * w)
        turns += np.sign(w) * np.sign(before) < 0
    return turns


@claim(
    "sgd-oscillates-in-ravines",
    section=SECTION,
    statement="In narrow valleys SGD bounces from wall to wall.",
    how="The multiplier 1 − ηλ across quadratic ravines of condition 10, 100 and 1000, and the "
    "sign changes of runs.",
    verdict="holds if",
    surprise=2,
)
def sgd_oscillates(_: Scale) -> Outcome:
    """Count turns at the best rate 2/(1 + κ), and just below 1/κ."""
    conditions, steps = np.array([10.0, 100.0, 1000.0]), 50
    best = [_turns(SGD(lr=2 / (1 + k)), np.array([1, k]), steps) for k in conditions]
    calm = [_turns(SGD(lr=0.99 / k), np.array([1, k]), steps) for k in conditions]
    cost = np.log(1 - 2 / (1 + conditions)) / np.log(1 - 0.99 / conditions)
    condition = (
        "η is above 1/λ of the steepest direction. The best single rate, 2/(λmin + λmax), always "
        f"is: there each of {steps} steps turns. Below 1/λ not one does, and that costs only "
        f"{cost.min():.2g} to {cost.max():.2g} times as many steps for κ from 10 to 1000. It is "
        "not the bouncing that makes ravines slow, it is their flat direction."
    )
    numbers = {"turns_at_best_rate": best, "turns_below": calm, "times_the_steps": cost}
    true = all(run[1] == steps for run in best) and not np.any(calm)
    outcome = holds_if(condition, **numbers) if true else fails(condition, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "momentum-stops-the-oscillation",
    section=SECTION,
    statement="Momentum cures the oscillation in ravines.",
    how="Where the multipliers of z² − (1 + γ − ηλ)z + γ are complex, and the sign changes of "
    "runs over ηλ from 0.0001 to 1.9.",
    verdict="fails",
    surprise=4,
)
def momentum_stops_oscillation(_: Scale) -> Outcome:
    """Find the rates at which SGD and momentum turn around."""
    product, steps = np.geomspace(1e-4, 1.9, 400), 2000
    sgd, ball = (
        product[_turns(make, product, steps) >= 2].min()
        for make in (SGD(lr=1.0), SGDMomentum(lr=1.0, momentum=GAMMA))
    )
    says = (
        f"It brings more of it. SGD turns around where ηλ > 1 (seen from {sgd:.2f} on); with γ = "
        f"0.9 momentum does where ηλ > (1 − √γ)² = {EDGE:.4f} (seen from {ball:.4f} on), at rates "
        f"{1 / EDGE:.0f} times smaller: a ball swings about the valley's floor. What it brings is "
        f"speed: every swinging direction shrinks by √γ = {GAMMA**0.5:.3f} a step, steep or flat, "
        "and the largest stable rate is 2(1 + γ)/λ, not 2/λ."
    )
    numbers = {"sgd_turns_above": sgd, "momentum_turns_above": ball, "theory": EDGE}
    true = abs(sgd - 1) < 0.05 and EDGE <= ball < 1.1 * EDGE
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "sgd-has-one-rate-for-all",
    section=SECTION,
    statement="SGD has one learning rate for all parameters, though some need more, some less.",
    how="Quadratics along the axes: the best single rate's factor per step, as against a rate for "
    "each.",
    verdict="holds",
    surprise=1,
)
def sgd_one_rate(_: Scale) -> Outcome:
    """Compare (κ − 1)/(κ + 1) with one step of η = 1/λ each."""
    curvatures = np.array([1.0, 10.0, 1000.0])
    condition = curvatures.max() / curvatures.min()
    one = SGD(lr=2 / (curvatures.min() + curvatures.max()))
    w: FloatArray = np.ones(3)
    for _step in range(1000):
        w = one.step(w, curvatures * w)
    left = float(np.max(np.abs(w)))
    each = [float(SGD(lr=1 / k).step(1.0, k * 1.0)) for k in curvatures]
    theory = ((condition - 1) / (condition + 1)) ** 1000
    says = (
        f"With κ = {condition:.0f} the best single rate leaves {left:.3f} of the distance after "
        f"1000 steps, ((κ − 1)/(κ + 1))¹⁰⁰⁰ = {theory:.3f}; a rate 1/λ for each coordinate leaves "
        "nothing after one step."
    )
    numbers = {"left_with_one_rate": left, "theory": theory, "left_with_a_rate_each": each}
    true = abs(left / theory - 1) < 1e-9 and not any(each)
    return holds(says, **numbers) if true else fails(says, **numbers)


@claim(
    "own-rates-help-in-any-ravine",
    section=SECTION,
    statement="Optimizers with a rate for each parameter cure ravines.",
    how="Quadratics of condition 1000 in six dimensions, their axes along the weights or turned at "
    "random: median steps to a thousandth of the loss, each at its best of 16 rates.",
    verdict="holds if",
    surprise=4,
)
def own_rates_help(scale: Scale) -> Outcome:
    """Compare the same ravines along the axes and across."""
    race = tournament(scale)
    along, across = (
        next(i for i, toys in enumerate(race.problems) if word in toys.kind)
        for word in ("along", "across")
    )
    steps = {
        name: [float(np.median(race.best(name)[i])) for i in (along, across)]
        for name in ("SGD + momentum", "RMSprop", "Adam")
    }
    told = ", ".join(f"{name} {a:.0f} and {b:.0f}" for name, (a, b) in steps.items())
    condition = (
        "The ravine lies along the axes. Median steps along and across: "
        f"{told}. Momentum does not see the axes; RMSprop, which has a rate for each weight and "
        "nothing else, loses nearly all of its lead when they turn."
    )
    numbers = {"steps_along_and_across": steps}
    rms, ball = steps["RMSprop"], steps["SGD + momentum"]
    true = rms[1] > 5 * rms[0] and rms[0] < ball[0] and rms[1] > ball[1]
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "sgd-is-stuck-at-saddles",
    section=SECTION,
    statement="SGD gets stuck at saddle points, where gradients nearly vanish.",
    how="½(x² − y²) from random starts and from distances d to the ridge down to 10⁻¹², against "
    "the exact y (1 + η)ᵗ.",
    verdict="fails",
    surprise=2,
)
def sgd_stuck_at_saddles(scale: Scale) -> Outcome:
    """Start at random, near the ridge, and on it."""
    runs = scale.runs(full=10_000, quick=2000)
    starts = np.random.default_rng(scale.seed).uniform(-1, 1, (2, runs))
    random = saddle.escape(SGD(lr=saddle.RATE), starts)
    distances = 10.0 ** np.arange(-12, 0)
    near = saddle.escape(SGD(lr=saddle.RATE), saddle.from_the_ridge(distances))
    theory = np.ceil(np.log(1 / distances) / np.log1p(saddle.RATE))
    on = saddle.escape(SGD(lr=saddle.RATE), saddle.from_the_ridge(np.zeros(1)))
    says = (
        f"It is delayed, not stuck: all of {runs:,} random starts leave, half of them within "
        f"{np.median(random):.0f} steps. From a distance d to the ridge it takes "
        f"log(1/d)/log(1 + η) steps: {near[0]:.0f} for d = 10⁻¹² at η = {saddle.RATE:g}. Only a "
        "start exactly on the ridge, a set of measure zero, never leaves (Lee et al., 2016, prove "
        "as much of any strict saddle)."
    )
    numbers = {"left": int(np.sum(np.isfinite(random))), "steps": near, "theory": theory}
    true = np.all(np.isfinite(random)) and np.max(np.abs(near - theory)) <= 1 and np.isinf(on[0])
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "modern-optimizers-leave-saddles",
    section=SECTION,
    statement="The optimizers after SGD do not get stuck at saddles.",
    how="The same saddle at the same rate: steps to leave, by distance to the ridge.",
    verdict="holds if",
    surprise=2,
)
def modern_leave_saddles(_: Scale) -> Outcome:
    """Escape from 10⁻¹² off the ridge, and from the ridge itself."""
    near, on = (saddle.from_the_ridge(np.array([d])) for d in (1e-12, 0.0))
    steps = {name: float(saddle.escape(o, near)[0]) for name, o in saddle.optimizers().items()}
    never = [
        name
        for name, o in saddle.optimizers().items()
        if np.isinf(saddle.escape(o, on, limit=500)[0])
    ]
    told = ", ".join(f"{name} {count:.0f}" for name, count in steps.items())
    condition = (
        "The start is not exactly on the ridge; from there none of them leaves, as all multiply a "
        f"gradient that is 0. From 10⁻¹² off it the steps are: {told}. Adam and RMSprop do not "
        "care how small a gradient is; momentum waits for the same growth as SGD, at six times "
        "its pace."
    )
    numbers = {"steps_from_1e-12": steps, "never_leave_the_ridge": never}
    true = (
        len(never) == len(steps)
        and steps["SGD"] > 5 * steps["SGD + momentum"]
        and steps["SGD + momentum"] > 4 * steps["Adam"]
    )
    outcome = holds_if(condition, **numbers) if true else fails(condition, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "rmsprop-stops-the-oscillation",
    section=SECTION,
    statement="RMSprop cures the oscillation in ravines.",
    how="The two-cycle w = ±η/2 on a parabola and its multipliers, and long runs at curvatures "
    "from 1 to 10⁴.",
    verdict="fails",
    surprise=5,
)
def rmsprop_stops_oscillation(_: Scale) -> Outcome:
    """Prove that the two-cycle attracts, whatever the curvature, and run into it."""
    beta = 0.9
    # In x = w/η and s over (ηλ)²: s′ = βs + (1 − β)x², x′ = x(1 − 1/√s′). On the cycle x = ±½ and
    # s = ¼; with x turned round at each step it is a fixed point, and this its Jacobian.
    jacobian = np.array([[1 - 2 * (1 - beta), -2 * beta], [1 - beta, beta]])
    multiplier = float(np.max(np.abs(np.linalg.eigvals(jacobian))))
    curvatures = 10.0 ** np.arange(5)
    optimizer = RMSprop(lr=PARABOLA_RATE)
    w: FloatArray = np.ones(len(curvatures))
    for _step in range(1500):
        before, w = w, optimizer.step(w, curvatures * w)
    off = float(np.max(np.abs(np.abs(w) / (PARABOLA_RATE / 2) - 1)))
    turns = bool(np.all(np.sign(w) == -np.sign(before)))
    says = (
        "It ends in one. At a fixed rate its steps on a parabola tend to jumps from −η/2 to η/2 "
        f"and back, whatever the curvature: that cycle attracts, with multipliers of size √β = "
        f"{multiplier:.3f}. From w = 1 with η = {PARABOLA_RATE:g} it is reached, to {off:.0e}, at "
        f"each of {len(curvatures)} curvatures from 1 to 10⁴. The minimum itself repels wherever "
        "the curvature exceeds 2√ε/η."
    )
    numbers = {"multiplier": multiplier, "off_the_cycle": off, "curvatures": curvatures}
    true = multiplier < 1 and off < 0.01 and turns
    return fails(says, **numbers) if true else holds(says, **numbers)


@cache
def _adam_on_parabolas() -> tuple[FloatArray, FloatArray]:
    """Run Adam's defaults but for η = 0.01 from w = 1; give curvatures, and |w| by step."""
    curvatures = np.array([0.01, 1.0, 100.0])
    optimizer = Adam(lr=PARABOLA_RATE)
    path: list[FloatArray] = [np.ones(len(curvatures))]
    for _ in range(20_000):
        path.append(optimizer.step(path[-1], curvatures * path[-1]))
    return curvatures, np.abs(path)


@claim(
    "adam-converges-on-a-parabola",
    section="Adam Optimizer",
    statement="Adam converges, on a loss as simple as ½λw² at least.",
    how="The multipliers at the minimum, where the second moment has faded, and 20,000 steps at "
    "three curvatures.",
    verdict="fails",
    surprise=5,
)
def adam_converges(_: Scale) -> Outcome:
    """Linearise at the minimum, where Adam is momentum with the rate η/ε; then watch it leave."""
    beta, epsilon = 0.9, 1e-8
    # w′ = w − (η/ε)m′, m′ = βm + (1 − β)λw: stable while (1 − β)(η/ε)λ < 2(1 + β)
    largest = 2 * (1 + beta) / (1 - beta) * epsilon / PARABOLA_RATE
    curvatures, path = _adam_on_parabolas()
    nearest, late = path.min(axis=0), path[-2000:].max(axis=0)
    says = (
        f"Its minimum repels at any curvature above 38 ε/η = {largest:.1e}. From w = 1 with "
        f"η = {PARABOLA_RATE:g} it does come within {nearest.max():.0e}; meanwhile the second "
        "moment fades, so that the steps grow, and it is thrown out again, burst after burst: in "
        f"the last 2000 of {len(path) - 1:,} steps to |w| = {late.min():.1e} and more, a third of "
        f"η, at each of the curvatures {', '.join(f'{c:g}' for c in curvatures)}."
    )
    numbers = {"stable_below": largest, "nearest": nearest, "late": late}
    true = np.all(nearest < 1e-9) and np.all(late > 0.1 * PARABOLA_RATE)
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "adam-converges-on-convex-problems",
    section="Adam Optimizer",
    statement="Adam's defaults find the minimum of a convex problem.",
    how="Losses that are linear on [−1, 1], one steep example to 9,999 gentle ones, in turn: "
    "Adam's drift once its moments are periodic, two rounds of it, and 30 of SGD.",
    verdict="fails",
    surprise=5,
)
def adam_on_convex_problems(_: Scale) -> Outcome:
    """Build Reddi, Kale and Kumar's counterexample for the default β₁, β₂ and η."""
    period, steep = 10_000, 15_000.0
    gradients = np.full(period, -1.0)
    gradients[0] = steep
    mean = float(gradients.mean())
    climb = drift(gradients)
    adam, x = Adam(), np.array(0.0)
    for g in np.tile(gradients, 2):
        x = np.clip(adam.step(x, np.array(g)), -1, 1)
    sgd, y = SGD(lr=1e-5), np.array(0.0)
    for _round in range(30):
        # the gentle steps are alike and meet no wall: one of their sum is all of them
        for total in (steep, gradients[1:].sum()):
            y = np.clip(sgd.step(y, total), -1, 1)
    says = (
        f"Take f(x) = {steep:,.0f} x once and −x {period - 1:,} times, in turn, with x kept in "
        f"[−1, 1]: the mean slope is {mean:.2f}, the best point −1. SGD ends at {float(y):.2f}; "
        f"Adam at its defaults ends at {float(x):.2f}, the worst point. One steep gradient counts "
        "hardly more than a gentle one once divided by its own size, and Adam drifts uphill by "
        f"{climb:.2f} η a step, at any η."
    )
    numbers = {"mean_slope": mean, "drift": climb, "adam": x, "sgd": y}
    true = mean > 0.4 and climb > 0.02 and x > 0.9 and y < -0.85
    return fails(says, **numbers) if true else holds(says, **numbers)


def drift(gradients: FloatArray, beta1: float = 0.9, beta2: float = 0.999) -> float:
    """Give Adam's mean step, in units of η, once its moments repeat with the gradients."""
    m = v = 0.0
    for g in gradients:
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    m, v = m / (1 - beta1 ** len(gradients)), v / (1 - beta2 ** len(gradients))
    total = 0.0
    for g in gradients:
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        total -= m / v**0.5
    return float(total / len(gradients))


@cache
def _picture() -> SeriesRecord:
    """Gather swings, saddles and Adam's return, for one picture."""
    product = np.geomspace(1e-4, 4, 400)
    trace = 1 + GAMMA - product
    root = np.sqrt(np.asarray(trace**2 - 4 * GAMMA, dtype=complex))
    ball = np.maximum(np.abs(trace + root), np.abs(trace - root)) / 2
    distances = 10.0 ** np.arange(-12, 0)
    escapes = {
        name: saddle.escape(optimizer, saddle.from_the_ridge(distances))
        for name, optimizer in saddle.optimizers().items()
    }
    _, path = _adam_on_parabolas()
    shown = np.arange(0, len(path), 20)
    return series(
        "optimizer_problems",
        eta_lambda=product,
        multipliers=[np.abs(1 - product), ball],
        swings_above=[1.0, EDGE],
        distances=distances,
        optimizers=list(escapes),
        escapes=list(escapes.values()),
        adam_steps=shown,
        adam_distances=path[shown, 1],
        settings=[
            "momentum 0.9", f"saddle: η = {saddle.RATE:g}", f"Adam: ½w², η = {PARABOLA_RATE:g}"
        ],
    )  # fmt: skip
