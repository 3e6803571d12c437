"""What the article says of choosing a learning rate: the finder, and its rules of thumb."""

from functools import cache

import numpy as np

from gradmark.conformance.article import lr_finder
from gradmark.conformance.article.finder import MIN_RATE, Finds, find
from gradmark.conformance.article.ledger.claim import (
    Outcome,
    Scale,
    claim,
    fails,
    holds,
    holds_if,
    not_testable,
)
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.proportion import wilson
from gradmark.conformance.article.rate_grid import RATES
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.article.tournament import STEPS, tournament
from gradmark.conformance.races.toys import Toys, distribution
from gradmark.harness.records import SeriesRecord
from gradmark.reference import SGD, SGDMomentum, rosenbrock, rosenbrock_grad

SECTION = "Choosing Learning Rates"
LENGTHS = (30, 100, 1000)  # batches in a sweep; 100 is fastai's
USUAL = 100


@cache
def _problems(scale: Scale) -> list[Toys]:
    return distribution(scale.runs(full=50, quick=12), np.random.default_rng(scale.seed))


@cache
def _finds(scale: Scale) -> dict[int, list[Finds]]:
    """Sweep over the whole distribution, in short and long."""
    problems = _problems(scale)
    with pace("learning-rate finder", runs=len(LENGTHS) * sum(t.starts.shape[1] for t in problems)):
        return {batches: [find(toys, batches) for toys in problems] for batches in LENGTHS}


def _pooled(finds: list[Finds]) -> tuple[FloatArray, FloatArray]:
    """Give the two readings, of all instances where there are any."""
    steepest = np.concatenate([found.steepest[found.valid] for found in finds])
    return steepest, np.concatenate([found.rise[found.valid] for found in finds])


def _near_a_tenth(ratio: FloatArray) -> int:
    return int(np.sum((ratio > 0.1 / 3) & (ratio < 0.1 * 3)))


@claim(
    "finder-is-smiths-of-2017",
    section=SECTION,
    statement="The finder that is described is that of Smith (2017).",
    how="None: it is about a paper.",
    verdict="not testable",
    surprise=2,
)
def finder_is_smiths(_: Scale) -> Outcome:
    """An attribution is read, not computed."""
    return not_testable(
        "An attribution is looked up. L. N. Smith's paper (arXiv 2015, WACV 2017) has a range test "
        "that raises the rate linearly for some epochs and looks at accuracy; the sweep from 10⁻⁷ "
        "batch by batch until the loss explodes, as described here, is fastai's form of it."
    )


@claim(
    "finder-starts-small",
    section=SECTION,
    statement="A rate of 10⁻⁷ is very small to start from.",
    how="One step of SGD at 10⁻⁷ on six kinds of small problem: by what share the loss moves.",
    verdict="holds",
    surprise=1,
)
def finder_starts_small(scale: Scale) -> Outcome:
    """Take that step."""
    moved = []
    for toys in _problems(scale):
        w = toys.starts[:, None, :]
        step = SGD(lr=MIN_RATE).step(w, toys.gradient(w))
        moved.append(float(np.max(np.abs(toys.loss(step) / toys.loss(w) - 1))))
    says = f"It moves the loss by {max(moved):.0e} of itself at most."
    true = max(moved) < 0.01
    return holds(says, moved=moved) if true else fails(says, moved=moved)


@claim(
    "finder-loss-explodes",
    section=SECTION,
    statement="Raised batch by batch, the rate makes the loss explode in the end.",
    how="Sweeps from 10⁻⁷ to 100 in 100 and in 1000 batches: where the loss exceeds four times its "
    "best, or is no number. Wilson, 95%.",
    verdict="holds if",
    surprise=4,
)
def finder_explodes(scale: Scale) -> Outcome:
    """Look for explosions, kind by kind."""
    shares = {
        batches: [wilson(int(found.exploded.sum()), found.exploded.size) for found in finds]
        for batches, finds in _finds(scale).items()
    }
    *others, network = shares[1000]
    rest = min(share.share for share in others)
    condition = (
        "No unit can die first. In a sweep of 1000 batches the loss of the XOR network explodes in "
        f"{network.share:.0%} [{network.low:.0%}, {network.high:.0%}] of runs, in one of {USUAL} "
        f"in {shares[USUAL][-1].share:.0%}: in the slow one its ReLUs die on the way, the gradient "
        f"is gone, and no rate moves it any more. Of each other kind {rest:.0%} or more explode."
    )
    numbers = {str(batches): [s._asdict() for s in row] for batches, row in shares.items()}
    true = network.share < 0.85 and rest > 0.75
    return holds_if(condition, exploded=numbers) if true else fails(condition, exploded=numbers)


@claim(
    "finder-steepest-is-a-tenth-of-the-rise",
    section=SECTION,
    statement="The rate where the loss falls fastest is typically a tenth of where it starts to "
    "rise.",
    how="Both rates in sweeps of 30, 100 and 1000 batches on six kinds of small problem: their "
    "ratio, and how often it is within a factor 3 of a tenth. Wilson, 95%.",
    verdict="fails",
    surprise=5,
)
def steepest_is_a_tenth(scale: Scale) -> Outcome:
    """Divide one reading by the other."""
    ratios: dict[int, FloatArray] = {}
    for batches, finds in _finds(scale).items():
        steepest, rise = _pooled(finds)
        ratios[batches] = steepest / rise
    near = {n: wilson(_near_a_tenth(r), r.size) for n, r in ratios.items()}
    median = {n: float(np.median(r)) for n, r in ratios.items()}
    usual = near[USUAL]
    says = (
        f"In sweeps of {USUAL} batches the median is 1/{1 / median[USUAL]:.0f}, and "
        f"{usual.share:.0%} of {ratios[USUAL].size} problems [{usual.low:.0%}, {usual.high:.0%}] "
        "are within a factor 3 of a tenth. The ratio says more about the sweep than about the "
        f"problem: with {LENGTHS[0]} batches it is 1/{1 / median[LENGTHS[0]]:.0f} "
        f"({near[LENGTHS[0]].share:.0%} near a tenth), with {LENGTHS[-1]} it is "
        f"1/{1 / median[LENGTHS[-1]]:.0f}. The two halves of that sentence are two rules."
    )
    numbers = {
        "near_a_tenth": {str(n): share._asdict() for n, share in near.items()},
        "median_ratio": {str(n): value for n, value in median.items()},
    }
    true = usual.high < 0.5 and median[LENGTHS[0]] > 3 * median[LENGTHS[-1]]
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_picture(scale, ratios), lr_finder.picture())


def _picture(scale: Scale, ratios: dict[int, FloatArray]) -> SeriesRecord:
    """Gather one problem's sweeps at three lengths, and the ratios of all."""
    ravine = next(i for i, toys in enumerate(_problems(scale)) if "across" in toys.kind)
    shares = np.linspace(0, 1, 101)
    sweeps = [finds[ravine] for finds in _finds(scale).values()]
    return series(
        "finder_by_length",
        batches=LENGTHS,
        rates=[found.rates for found in sweeps],
        losses=[found.losses[:, 0] for found in sweeps],
        steepest=[found.steepest[0] for found in sweeps],
        rise=[found.rise[0] for found in sweeps],
        shares=shares,
        ratios=[np.quantile(ratio, shares) for ratio in ratios.values()],
        settings=["sweeps from 10⁻⁷ to 100", "a ravine of κ = 1000, and six kinds of problem"],
    )


@claim(
    "finder-finds-a-rate-that-trains",
    section=SECTION,
    statement="The finder is a practical way to a learning rate that trains.",
    how=f"Sweeps of {USUAL} batches, then {STEPS} steps of SGD at each reading: where the loss "
    "ends above its start. Wilson, 95%.",
    verdict="holds if",
    surprise=5,
)
def finder_is_practical(scale: Scale) -> Outcome:
    """Train with what was found."""
    outcomes: dict[str, list[FloatArray]] = {"steepest": [], "tenth": []}
    for toys, found in zip(_problems(scale), _finds(scale)[USUAL], strict=True):
        for name, rate in (("steepest", found.steepest), ("tenth", found.rise / 10)):
            end = _train(toys, rate)
            outcomes[name].append((end > toys.loss(toys.starts[:, None, :])[0])[found.valid])
    worse = {
        name: wilson(int(np.concatenate(kinds).sum()), int(np.concatenate(kinds).size))
        for name, kinds in outcomes.items()
    }
    ravines = [float(np.mean(kind)) for kind in outcomes["tenth"][2:4]]
    steep, tenth = worse["steepest"], worse["tenth"]
    condition = (
        "It is read at the steepest fall. Trained there, the loss ends above its start on "
        f"{steep.share:.0%} [{steep.low:.0%}, {steep.high:.0%}] of problems; at a tenth of where "
        f"it starts to rise, the other half of the same sentence, on {tenth.share:.0%} "
        f"[{tenth.low:.0%}, {tenth.high:.0%}], and in ravines of κ = 1000 on "
        f"{min(ravines):.0%}: a steep direction needs some batches before its growth shows, and by "
        "then the sweep is far past the largest stable rate."
    )
    numbers = {
        "ends_higher": {name: share._asdict() for name, share in worse.items()},
        "tenth_in_ravines": ravines,
    }
    true = steep.high < 0.2 and min(ravines) > 0.5
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


def _train(toys: Toys, rates: FloatArray) -> FloatArray:
    """Run SGD with a rate for each instance; give the last losses."""
    w, sgd = toys.starts[:, None, :], SGD(lr=1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(STEPS):
            w = w + rates * sgd.step(np.zeros_like(w), toys.gradient(w))
        end = toys.loss(w)[0]
    return np.where(np.isfinite(end), end, np.inf)


@claim(
    "adam-starts-at-a-thousandth",
    section=SECTION,
    statement="For Adam, start with η = 0.001.",
    how=f"Six kinds of small problem, {STEPS} steps: each one's best of 16 rates. Wilson, 95%.",
    verdict="fails",
    surprise=4,
)
def adam_starts_at_a_thousandth(scale: Scale) -> Outcome:
    """Compare with the best rates."""
    best = tournament(scale).best_rate("Adam")
    best = best[np.isfinite(best)]
    near = wilson(int(np.sum((best > 0.9e-4) & (best < 1.1e-2))), best.size)
    low, median, high = (float(x) for x in np.quantile(best, [0.1, 0.5, 0.9]))
    says = (
        f"On problems this small it is far too cautious: the best rate for {STEPS} steps is within "
        f"a factor 10 of it on {near.share:.0%} of {best.size} [{near.low:.0%}, {near.high:.0%}]; "
        f"its median is {median:.2g}, and eight of ten lie from {low:.2g} to {high:.2g}. As Adam "
        "moves each weight by about η a step, the right η is the distance to go over the steps "
        "there are, and no constant of nature."
    )
    numbers = {"within_ten": near._asdict(), "median": median, "deciles": [low, high]}
    return fails(says, **numbers) if near.high < 0.5 else holds(says, **numbers)


@claim(
    "momentum-starts-at-0-01-to-0-1",
    section=SECTION,
    statement="For SGD with momentum, start with η = 0.01 to 0.1.",
    how="The stability bound 2(1 + γ)/λ on parabolas of 200 curvatures, against the reference's "
    f"runs, and the share of small problems that 0.01 and 0.1 bring there in {STEPS} steps.",
    verdict="holds if",
    surprise=3,
)
def momentum_starts_at(scale: Scale) -> Outcome:
    """Find the curvatures that each rate bears."""
    curvatures = np.geomspace(1, 1e4, 200)
    edges = {}
    for rate in (0.01, 0.1):
        ball = SGDMomentum(lr=rate, momentum=0.9)
        w: FloatArray = np.ones(len(curvatures))
        with np.errstate(over="ignore", invalid="ignore"):
            for _step in range(2000):
                w = ball.step(w, curvatures * w)
        edges[rate] = float(curvatures[np.abs(w) < 1].max())
    bounds = {rate: 2 * 1.9 / rate for rate in edges}
    race = tournament(scale)
    there = [float(np.mean(np.isfinite(race.at("SGD + momentum", rate)))) for rate in edges]
    best = race.best_rate("SGD + momentum")
    inside = wilson(int(np.sum((best > 0.0099) & (best < 0.101))), best.size)
    condition = (
        f"The largest curvature is below 2(1 + γ)/η: {bounds[0.01]:.0f} for 0.01 and "
        f"{bounds[0.1]:.0f} for 0.1 (runs stay bounded up to {edges[0.01]:.0f} and "
        f"{edges[0.1]:.0f}); above it diverges, at any start. Of the small problems 0.01 brings "
        f"{there[0]:.0%} there in {STEPS} steps and 0.1 {there[1]:.0%}; the best rate is in "
        f"between on {inside.share:.0%} [{inside.low:.0%}, {inside.high:.0%}]."
    )
    numbers = {"bounds": list(bounds.values()), "edges": list(edges.values()), "there": there,
               "best_inside": inside._asdict()}  # fmt: skip
    true = all(abs(edges[rate] / bounds[rate] - 1) < 0.06 for rate in edges)
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "momentum-rule-suits-the-race",
    section=SECTION,
    statement="The rule for momentum, η = 0.01 to 0.1, suits the article's own race.",
    how="Curvature of Rosenbrock's function at the start and at the minimum, the bound 2(1 + γ)/λ, "
    "and runs over 16 rates.",
    verdict="fails",
    surprise=4,
)
def momentum_rule_in_the_race(_: Scale) -> Outcome:
    """Start the race at the rule's rates."""
    minimum, start = np.array([1.0, 1.0]), np.array([-1.5, 2.0])
    curvature = {name: _largest_curvature(w) for name, w in (("start", start), ("end", minimum))}
    w = np.repeat(start[:, None], len(RATES), axis=1)
    ball = SGDMomentum(lr=1.0, momentum=0.9)
    with np.errstate(over="ignore", invalid="ignore"):
        for _step in range(STEPS):
            w = w + RATES * ball.step(np.zeros_like(w), rosenbrock_grad(w))
        bounded = np.isfinite(rosenbrock(w))
    largest = float(RATES[bounded].max())
    bound = 3.8 / curvature["end"]
    says = (
        f"Both ends of it diverge there. The curvature is {curvature['start']:.0f} at the start "
        f"and {curvature['end']:.0f} at the minimum, which no rate above 2(1 + γ)/λ = {bound:.4f} "
        f"can hold; of 16 rates the largest that stays bounded is {largest:.4f}. The race itself "
        "has 0.001."
    )
    numbers = {"curvature": curvature, "bound": bound, "largest_bounded": largest}
    true = bound < 0.01 and largest < 0.0099
    return fails(says, **numbers) if true else holds(says, **numbers)


def _largest_curvature(w: FloatArray) -> float:
    w1, w2 = w
    hessian = np.array([[2 - 400 * (w2 - 3 * w1**2), -400 * w1], [-400 * w1, 200.0]])
    return float(np.max(np.linalg.eigvalsh(hessian)))


@claim(
    "always-warm-up-transformers",
    section=SECTION,
    statement="Transformers always need warm-up.",
    how="None at this size.",
    verdict="not testable",
    surprise=1,
)
def always_warm_up(_: Scale) -> Outcome:
    """A rule for models that no laptop trains in seconds."""
    return not_testable(
        "It is a rule about large models; a toy that does without would prove nothing about them, "
        "and neither would one that does not. Where warm-up helps on small problems is in the "
        "claim on early instability."
    )
