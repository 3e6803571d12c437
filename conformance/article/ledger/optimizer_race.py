"""The race on Rosenbrock's valley, and who is fastest on problems at large."""

from dataclasses import replace
from functools import cache

import numpy as np

from gradmark.conformance.article import optimizers
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.proportion import wilson
from gradmark.conformance.article.rate_grid import OPTIMIZERS, RATES, Optimizer, descend
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.tournament import (
    CLOSE,
    STEPS,
    TOLERANCES,
    WITH_LESS,
    WITHOUT_MOMENTUM,
    Tournament,
    fastest,
    tournament,
)
from gradmark.conformance.races.toys import Toys, valleys
from gradmark.harness.records import SeriesRecord
from gradmark.reference import SGD, Adam, RMSprop, SGDMomentum, rosenbrock, rosenbrock_grad

SECTION = "Adam Optimizer"
START = (-1.5, 2.0)
ARTICLE_RATES = {"SGD + momentum": 0.001, "RMSprop": 0.01, "Adam": 0.01}


def _racers() -> dict[str, Optimizer]:
    """Make the listing's three, RMSprop with its ε outside the root."""
    return {
        "SGD + momentum": SGDMomentum(lr=0.001, momentum=0.9),
        "RMSprop": RMSprop(lr=0.01, epsilon_outside=True),
        "Adam": Adam(lr=0.01),
    }


def _race(optimizer: Optimizer, start: FloatArray, steps: int = STEPS) -> FloatArray:
    """Give the path from `start` (2, ...), shape (steps + 1, 2, ...)."""
    path = [start]
    for _ in range(steps):
        path.append(optimizer.step(path[-1], rosenbrock_grad(path[-1])))
    return np.array(path)


@cache
def _losses() -> dict[str, FloatArray]:
    """Run the article's race, with vanilla SGD beside it."""
    racers = {**_racers(), "SGD": SGD(lr=0.001), "Adam at 0.001": Adam(lr=0.001)}
    return {n: rosenbrock(_race(o, np.array(START)).T) for n, o in racers.items()}


@claim(
    "rosenbrock-gradient-is-right",
    section=SECTION,
    statement="The listing's gradient is that of its test function.",
    how="Both are polynomials: a five-point derivative is exact for degree 4, and agreement on a "
    "5 × 5 grid of whole numbers, without rounding, is a proof.",
    verdict="holds",
    surprise=1,
)
def rosenbrock_gradient(_: Scale) -> Outcome:
    """Differentiate exactly: f′(x) = (f(x−2) − 8f(x−1) + 8f(x+1) − f(x+2))/12."""
    grid = np.stack(np.meshgrid(np.arange(-2.0, 3), np.arange(-2.0, 3)))
    e1, e2 = np.eye(2)[:, :, None, None]
    exact = np.stack([
        (rosenbrock(grid - 2 * e) - 8 * rosenbrock(grid - e)
         + 8 * rosenbrock(grid + e) - rosenbrock(grid + 2 * e)) / 12
        for e in (e1, e2)
    ])  # fmt: skip
    differ = int(np.sum(exact != rosenbrock_grad(grid)))
    says = "Equal at all 50 values, in whole numbers: the polynomials are the same."
    numbers = {"values": exact.size, "differ": differ}
    return fails("They differ.", **numbers) if differ else holds(says, **numbers)


@claim(
    "rosenbrock-is-hard-to-optimize",
    section=SECTION,
    statement="Rosenbrock's function is notoriously hard to optimize.",
    how="Condition of its Hessian at the minimum; SGD at its best of 16 rates for 5000 steps; "
    "Newton's method from the same start.",
    verdict="holds if",
    surprise=3,
)
def rosenbrock_is_hard(_: Scale) -> Outcome:
    """Race gradient descent against Newton's method."""
    hessian = np.array([[802.0, -400.0], [-400.0, 200.0]])  # at (1, 1), by hand
    low, high = np.linalg.eigvalsh(hessian)
    best = float(_over_rates(SGD(lr=1.0), np.array(START)[:, None], RATES, 5000)[-1].min())
    x, newton = np.array(START), 0
    while rosenbrock(x) > 1e-10 and newton < 100:
        w1, w2 = x
        curvature = np.array([[2 - 400 * (w2 - 3 * w1**2), -400 * w1], [-400 * w1, 200.0]])
        x = x - np.linalg.solve(curvature, rosenbrock_grad(x))
        newton += 1
    condition = (
        f"Only gradients are used: the condition number at the minimum is {high / low:.0f}, and "
        f"after 5000 steps SGD's best rate has a loss of {best:.1e}. Newton's method, which knows "
        f"the curvature, is below 10⁻¹⁰ after {newton} steps from the same start."
    )
    numbers = {"condition_number": high / low, "sgd_loss": best, "newton_steps": newton}
    true = high / low > 1000 and best > 1e-5 and newton < 20
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "race-prints-certain-digits",
    section=SECTION,
    statement="The race prints final positions and losses to four and six digits.",
    how="65 starts that differ by a few roundings, in one batch: how many printed digits agree.",
    verdict="holds if",
    surprise=4,
)
def race_prints(_: Scale) -> Outcome:
    """Nudge the start by up to 32 · 10⁻¹⁵."""
    nudges = np.arange(-32, 33) * 1e-15
    starts = np.array(START)[:, None] + np.stack([nudges, np.zeros_like(nudges)])
    ends = {name: _race(racer, starts)[-1] for name, racer in _racers().items()}
    moved = {name: float(np.ptp(rosenbrock(w))) for name, w in ends.items()}
    middle = len(nudges) // 2
    lines = {
        name: f"({w[0, middle]:.4f}, {w[1, middle]:.4f}), {float(rosenbrock(w[:, middle])):.6f}"
        for name, w in ends.items()
    }
    growth = float(np.ptp(ends["RMSprop"][0]) / np.ptp(starts[0]))
    inside = _race(RMSprop(lr=0.01), np.array(START))[-1]
    rms = rosenbrock(ends["RMSprop"])
    condition = (
        f"It is not RMSprop. Momentum's line is {lines['SGD + momentum']} and Adam's "
        f"{lines['Adam']}, whatever the last bits of the start (losses move by "
        f"{max(moved['SGD + momentum'], moved['Adam']):.0e} at most). RMSprop's loss is anything "
        f"from {rms.min():.2f} to {rms.max():.2f}: its bounces multiply a rounding by "
        f"{growth:.0e}, and another machine may print another line. With ε inside the root, as in "
        f"the formula, it is {float(rosenbrock(inside)):.2f}, no farther off than that."
    )
    numbers = {
        "lines": lines, "loss_moves": moved, "growth": growth, "rmsprop": [rms.min(), rms.max()],
        "epsilon_inside": float(rosenbrock(inside)),
    }  # fmt: skip
    true = max(moved["SGD + momentum"], moved["Adam"]) < 1e-9 and moved["RMSprop"] > 1e-3
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "adam-wins-the-race",
    section=SECTION,
    statement="The race shows Adam converging fastest.",
    how="The listing's own run, read at 50, 100, 200 and 500 steps.",
    verdict="fails",
    surprise=5,
)
def adam_wins_the_race(scale: Scale) -> Outcome:
    """Rank the three at milestones."""
    losses = _losses()
    milestones = (50, 100, 200, 500)
    rank = {t: sorted(ARTICLE_RATES, key=lambda name: losses[name][t]) for t in milestones}
    last = rank[STEPS]
    told = ", ".join(f"{name} {losses[name][STEPS]:.3g}" for name in last)
    says = (
        f"Adam is last of the three at {', '.join(map(str, milestones))} steps, and momentum first "
        f"each time. After {STEPS} the losses are: {told}. The line printed under the run "
        "contradicts the run."
    )
    numbers = {"losses": {n: losses[n][list(milestones)] for n in ARTICLE_RATES}, "last": last}
    true = all(names[0] == "SGD + momentum" and names[-1] == "Adam" for names in rank.values())
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(optimizers.picture(scale))


@claim(
    "modern-optimizers-beat-vanilla-sgd-in-the-race",
    section="Optimizers: Beyond Basic SGD",
    statement="On the race's problem the three improve on vanilla SGD.",
    how="The race with vanilla SGD added, at momentum's rate 0.001, and Adam at that rate.",
    verdict="holds if",
    surprise=4,
)
def beat_vanilla(_: Scale) -> Outcome:
    """Add the missing racer."""
    end = {name: float(losses[-1]) for name, losses in _losses().items()}
    condition = (
        f"Adam and RMSprop get ten times its rate, as in the race, from which SGD is missing. "
        f"After {STEPS} steps at η = 0.001 vanilla SGD has a loss of {end['SGD']:.2f}; Adam at "
        f"0.01 has {end['Adam']:.2f}, hardly better, and at 0.001 {end['Adam at 0.001']:.2f}, "
        f"worse. Momentum at the same rate has {end['SGD + momentum']:.4f}."
    )
    true = end["Adam"] < end["SGD"] < end["Adam at 0.001"] and end["SGD + momentum"] < end["SGD"]
    return holds_if(condition, losses=end) if true else fails(condition, losses=end)


@claim(
    "race-ranks-the-optimizers",
    section=SECTION,
    statement="The race compares optimizers.",
    how="The race over 16 learning rates each, from 10⁻⁴ to 10; 500 steps from its start.",
    verdict="fails",
    surprise=3,
)
def race_ranks(scale: Scale) -> Outcome:
    """See who wins at the rates shown, at one rate for all, and at the best rate of each."""
    losses = {
        name: _over_rates(make(), np.array(START)[:, None], RATES, STEPS)[-1, :, 0]
        for name, make in OPTIMIZERS.items()
        if name != "SGD"
    }
    nearest = {n: int(np.argmin(np.abs(np.log(RATES / r)))) for n, r in ARTICLE_RATES.items()}
    shown = {name: float(losses[name][k]) for name, k in nearest.items()}
    best = {name: float(table.min()) for name, table in losses.items()}
    at = {name: float(RATES[table.argmin()]) for name, table in losses.items()}
    adams = losses["Adam"][np.isfinite(losses["Adam"])]
    spread = float(adams.max() / adams.min())
    first, first_tuned = min(shown, key=shown.__getitem__), min(best, key=best.__getitem__)
    says = (
        f"It compares learning rates as much. At the rates shown {first} wins by a factor of "
        f"{shown['Adam'] / shown[first]:.0f} over Adam; with the best of 16 rates each, "
        f"{first_tuned} does (losses {', '.join(f'{n} {v:.1e}' for n, v in best.items())}, at η = "
        f"{', '.join(f'{v:.2g}' for v in at.values())}). Adam's best is "
        f"{at['Adam'] / ARTICLE_RATES['Adam']:.0f} times the rate shown; between its rates lies a "
        f"factor of {spread:.0e} in the loss."
    )
    numbers = {"shown": shown, "best": best, "best_rates": at, "adams_spread": spread}
    outcome = fails(says, **numbers) if first != first_tuned else holds(says, **numbers)
    return outcome.shown_by(_rates_picture(scale))


def _over_rates(
    optimizer: Optimizer, starts: FloatArray, rates: FloatArray, steps: int
) -> FloatArray:
    toys = valleys(1, np.random.default_rng(0))
    return descend(replace(toys, starts=starts), optimizer, rates, steps)


def _rates_picture(scale: Scale) -> SeriesRecord:
    """Gather the median loss by rate and step, over random starts in the valley."""
    runs, steps = scale.runs(full=32, quick=8), scale.runs(full=2000, quick=1000)
    starts = valleys(runs, np.random.default_rng(scale.seed)).starts
    rates = np.geomspace(1e-4, 10, scale.runs(full=31, quick=16))
    shown = np.unique(np.geomspace(1, steps, 60).astype(int))
    with pace("learning rates on Rosenbrock", runs=len(OPTIMIZERS) * runs * len(rates)):
        medians = [
            np.median(_over_rates(make(), starts, rates, steps)[shown], axis=2)
            for make in OPTIMIZERS.values()
        ]
    return series(
        "optimizers_over_rates",
        optimizers=list(OPTIMIZERS),
        rates=rates,
        steps=shown,
        median_losses=medians,
        article_rates=[ARTICLE_RATES.get(name, np.nan) for name in OPTIMIZERS],
        article_steps=[STEPS],
        settings=[f"medians of {runs} random starts", "momentum 0.9"],
    )


@claim(
    "race-plot-shows-convergence",
    section=SECTION,
    statement="The plot of the race shows how fast each optimizer converges.",
    how="The listing's run: what its plot cuts off, and when a thousandth of the loss is left.",
    verdict="fails",
    surprise=3,
)
def race_plot(_: Scale) -> Outcome:
    """Follow the race to its end, and past it."""
    longer = {n: rosenbrock(_race(o, np.array(START), 2000).T) for n, o in _racers().items()}
    shown = 199  # losses[:200]
    there = {n: int(np.argmax(x <= CLOSE * x[0])) if np.any(x <= CLOSE * x[0]) else None
             for n, x in longer.items()}  # fmt: skip
    left = {name: float(x[shown] / x[0]) for name, x in longer.items()}
    missing = [name for name, step in there.items() if step is None]
    arrivals = ", ".join(f"{n} after {t} steps" for n, t in there.items() if t is not None)
    says = (
        f"It ends after {shown} of {STEPS} steps, before anyone has converged: the losses are "
        f"still {', '.join(f'{v:.1%} ({n})' for n, v in left.items())} of the first. A thousandth "
        f"is left to {arrivals}; to {', '.join(missing)} not in 2000."
    )
    numbers = {"left_in_the_plot": left, "steps_to_a_thousandth": there}
    return fails(says, **numbers) if min(left.values()) > CLOSE else holds(says, **numbers)


@claim(
    "race-is-stochastic",
    section="Optimizers: Beyond Basic SGD",
    statement="What is run here is stochastic gradient descent and its successors.",
    how="The gradient at one point asked a thousand times, and the race run twice.",
    verdict="fails",
    surprise=1,
)
def race_is_stochastic(_: Scale) -> Outcome:
    """Look for chance."""
    answers = np.unique([rosenbrock_grad(np.array(START)) for _ask in range(1000)], axis=0)
    twice = [_race(Adam(lr=0.01), np.array(START)) for _run in range(2)]
    same = bool(np.all(twice[0] == twice[1]))
    says = (
        f"Nothing here is drawn: the gradient at a point has {len(answers)} value in 1000 calls "
        "and two runs agree in every bit. Each listing takes the exact gradient of the whole loss, "
        "so what it shows of noise, and of optimizers under noise, is nothing."
    )
    numbers = {"distinct_gradients": len(answers), "runs_agree": same}
    return fails(says, **numbers) if same and len(answers) == 1 else holds(says, **numbers)


@claim(
    "adam-typically-converges-fastest",
    section=SECTION,
    statement="Typically Adam converges fastest.",
    how="Six kinds of small problem (Rosenbrock's valley, three ravines, logistic regression, the "
    "XOR network), random instances and 16 learning rates for each of four optimizers, 500 "
    "steps: who first brings the loss within a thousandth. Ties count for Adam; Wilson, 95%.",
    verdict="fails",
    surprise=5,
)
def adam_typically_fastest(scale: Scale) -> Outcome:
    """Count where Adam is first, at each one's best rate and at its default."""
    race = tournament(scale)
    names = list(OPTIMIZERS)
    adam = names.index("Adam")
    first = fastest(*(race.best(name) for name in names))
    runs = first[0].size
    won = wilson(int(first[adam].sum()), runs)
    by_tolerance = {
        f"{tolerance:g}": float(fastest(*(race.best(n, tolerance) for n in names))[adam].mean())
        for tolerance in TOLERANCES
    }
    default = fastest(*(race.at(name, 0.001) for name in names))
    shares = {name: float(first[k].mean()) for k, name in enumerate(names)}
    says = (
        f"At the best rate of each Adam is first on {won.share:.0%} of {runs} problems "
        f"[{won.low:.0%}, {won.high:.0%}]; RMSprop on {shares['RMSprop']:.0%}, momentum on "
        f"{shares['SGD + momentum']:.0%}, plain SGD on {shares['SGD']:.0%}. For no accuracy from a "
        f"tenth to a millionth is it more than {max(by_tolerance.values()):.0%}. At the listing's "
        f"default rate, 0.001 for all, it is {default[adam].mean():.0%}."
    )
    numbers = {
        "first": won._asdict(),
        "shares": shares,
        "adam_by_tolerance": by_tolerance,
        "at_default_rates": {name: float(default[k].mean()) for k, name in enumerate(names)},
        "problems": runs,
    }
    true = won.high < 0.5 and max(by_tolerance.values()) < 0.5
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_fastest_picture(race, first))


def _fastest_picture(race: Tournament, first: FloatArray) -> SeriesRecord:
    """Gather who is first by kind of problem, and the performance profile of Dolan and Moré."""
    names = list(OPTIMIZERS)
    steps = np.stack([race.best(name) for name in names]).reshape(len(names), -1)
    best = np.maximum(steps.min(axis=0), 1)
    factors = np.geomspace(1, 64, 97)
    profile = np.mean(np.maximum(steps, 1)[:, None, :] <= factors[:, None] * best, axis=2)
    # a tie is shared out, so that the bars of a kind fill up to 1
    shared = first / np.maximum(first.sum(axis=0), 1)
    return series(
        "who_is_fastest",
        optimizers=names,
        kinds=[toys.kind for toys in race.problems],
        first=shared.mean(axis=2),
        factors=factors,
        profile=profile,
        settings=[
            f"{steps.shape[1]} problems", f"best of {len(RATES)} rates", f"{STEPS} steps",
            "to 0.1% of the loss in reach", "ties shared",
        ],
    )  # fmt: skip


@claim(
    "adam-is-fast-for-its-two-halves",
    section=SECTION,
    statement="Adam is fastest because it has both adaptive rates and momentum.",
    how="The same problems: Adam against each half alone, momentum without adaptive rates and Adam "
    "with β₁ = 0, at the best rate of each. Wilson, 95%.",
    verdict="fails",
    surprise=4,
)
def adam_for_its_halves(scale: Scale) -> Outcome:
    """Count where Adam beats both of its halves."""
    race = tournament(scale)
    adam, ball, adaptive = (
        race.best(name) for name in ("Adam", "SGD + momentum", WITHOUT_MOMENTUM)
    )
    both = (adam < ball) & (adam < adaptive)
    won = wilson(int(both.sum()), both.size)
    says = (
        f"On {won.share:.0%} of {both.size} problems [{won.low:.0%}, {won.high:.0%}] Adam needs "
        f"fewer steps than either half of it alone. It beats momentum on "
        f"{np.mean(adam < ball):.0%}, itself with β₁ = 0 on {np.mean(adam < adaptive):.0%}: on "
        "most problems one half would have done better without the other."
    )
    numbers = {
        "beats_both": won._asdict(),
        "beats_momentum": float(np.mean(adam < ball)),
        "beats_adaptive_rates": float(np.mean(adam < adaptive)),
    }
    return fails(says, **numbers) if won.high < 0.5 else holds(says, **numbers)


@claim(
    "momentum-makes-adam-faster",
    section=SECTION,
    statement="Its momentum makes Adam converge faster.",
    how="The same problems: median steps of Adam with β₁ = 0.9 and with β₁ = 0, by kind.",
    verdict="holds if",
    surprise=3,
)
def momentum_makes_adam_faster(scale: Scale) -> Outcome:
    """Compare β₁ = 0.9 with β₁ = 0 on ravines along and across the axes."""
    race = tournament(scale)
    medians = {
        toys.kind: [float(np.median(race.best(name)[i])) for name in ("Adam", WITHOUT_MOMENTUM)]
        for i, toys in enumerate(race.problems)
    }
    along, across = (
        next(pair for kind, pair in medians.items() if word in kind) for word in ("along", "across")
    )
    condition = (
        "The valley runs across the axes: there the median is "
        f"{across[0]:.0f} steps with momentum and {across[1]:.0f} without. Along the axes the "
        f"rates of its own do the work, and momentum costs: {along[0]:.0f} with, {along[1]:.0f} "
        "without."
    )
    true = across[0] < across[1] and along[0] > along[1]
    numbers = {"median_steps_with_and_without": medians}
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "adam-default-momentum-works-well",
    section=SECTION,
    statement="Adam's default β₁ = 0.9 works well in most cases.",
    how="The same problems: steps with β₁ = 0.9 and with 0.5, each at its best rate, and against "
    "the best of 0, 0.5 and 0.9. Wilson, 95%.",
    verdict="fails",
    surprise=5,
)
def adam_default_momentum(scale: Scale) -> Outcome:
    """Compare with half the memory."""
    race = tournament(scale)
    default, less, none = (race.best(name) for name in ("Adam", WITH_LESS, WITHOUT_MOMENTUM))
    won = wilson(int(np.sum(less < default)), less.size)
    near = wilson(int(np.sum(default <= 2 * np.minimum(less, none))), less.size)
    medians = {
        toys.kind: [float(np.median(steps[i])) for steps in (default, less)]
        for i, toys in enumerate(race.problems)
    }
    network = medians[race.problems[-1].kind]
    says = (
        f"β₁ = 0.5 is faster on {won.share:.0%} of {less.size} problems [{won.low:.0%}, "
        f"{won.high:.0%}], with medians of {', '.join(f'{b:.0f}' for _, b in medians.values())} "
        f"steps by kind against {', '.join(f'{a:.0f}' for a, _ in medians.values())}; the default "
        f"is within twice the best of 0, 0.5 and 0.9 on {near.share:.0%}. Nothing here is noisy, "
        "which a longer memory would smooth; and on the XOR network the medians are "
        f"{network[0]:.0f} with the default and {network[1]:.0f} without."
    )
    numbers = {
        "less_is_faster": won._asdict(),
        "default_within_twice": near._asdict(),
        "median_steps_default_and_less": medians,
    }
    return fails(says, **numbers) if won.low > 0.5 else holds(says, **numbers)


@claim(
    "adam-defaults-work-well",
    section=SECTION,
    statement="Adam's default hyperparameters, η = 0.001 with them, work well in most cases.",
    how="The same problems, Adam at its defaults for 500 and 5000 steps: on how many the loss "
    "comes within a thousandth. Wilson, 95%.",
    verdict="holds if",
    surprise=4,
)
def adam_defaults(scale: Scale) -> Outcome:
    """Count arrivals at η = 0.001."""
    race = tournament(scale)
    long = 10 * STEPS
    targets = race.targets[TOLERANCES.index(CLOSE)]
    with pace("Adam at its defaults", runs=targets.size):
        losses = np.stack([_adam_at_defaults(toys, (STEPS, long)) for toys in race.problems])
    there = losses <= targets[:, None]
    soon, late = (wilson(int(there[:, k].sum()), targets.size) for k in (0, 1))
    tuned = wilson(int(np.sum(np.isfinite(race.best("Adam")))), targets.size)
    network = float(np.mean(there[-1, 1]))
    condition = (
        f"There are steps enough. In {STEPS}, the length of the race, {soon.share:.0%} of "
        f"{targets.size} problems [{soon.low:.0%}, {soon.high:.0%}] come within a thousandth of "
        f"their lowest loss, against {tuned.share:.0%} at the best rate; in {long} "
        f"{late.share:.0%} [{late.low:.0%}, {late.high:.0%}], of the XOR networks {network:.0%}. A "
        "step moves a weight by about η at most, so a weight that must go a distance d needs d/η "
        "steps: 1000 for each unit."
    )
    numbers = {
        "soon": soon._asdict(), "late": late._asdict(), "tuned": tuned._asdict(),
        "networks_late": network,
    }  # fmt: skip
    if soon.high < 0.5 and late.share > 2 * soon.share:
        return holds_if(condition, **numbers)
    return holds(condition, **numbers) if soon.low > 0.5 else fails(condition, **numbers)


def _adam_at_defaults(toys: Toys, milestones: tuple[int, ...]) -> FloatArray:
    """Give the losses after so many steps, (milestones, instances)."""
    adam, w, losses = Adam(), toys.starts[:, None, :], []
    for t in range(1, max(milestones) + 1):
        w = adam.step(w, toys.gradient(w))
        if t in milestones:
            losses.append(toys.loss(w)[0])
    return np.stack(losses)
