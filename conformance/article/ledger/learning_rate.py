"""Claims of "Learning Rate Impact": what a rate does in general, and why."""

from typing import Any

import mpmath
import numpy as np

from gradmark.conformance.article import basins
from gradmark.conformance.article.learning_rates import (
    BOUND,
    LARGEST_CURVATURE,
    RATES,
    START,
    STEPS,
    clipped_walk,
    critical_points,
    free_walk,
    multiplier,
    picture,
)
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.article.regimes import bifurcation, regimes
from gradmark.reference import SGDMomentum
from gradmark.reference.descent import gradient_step
from gradmark.reference.landscapes import bowl, bowl_grad

SECTION = "Learning Rate Impact"
CHAOTIC = 0.01  # a Lyapunov exponent above this is no rounding of zero


@claim(
    "the-gradient-formula-of-the-bowl-is-right",
    section=SECTION,
    statement="The derivative of w² + ½ sin 4w is 2w + 2 cos 4w.",
    how="Central differences of the 50-digit formula at random points, against the reference.",
    verdict="holds",
    surprise=1,
)
def the_gradient_formula_of_the_bowl_is_right(scale: Scale) -> Outcome:
    """Differentiate at 50 digits."""
    points = np.random.default_rng(scale.seed).uniform(-4, 4, scale.runs(200, 50)).tolist()
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15

        def loss(w: Any) -> Any:
            return w**2 + mpmath.sin(4 * w) / 2

        off = max(
            float(abs((loss(w + h) - loss(w - h)) / (2 * h) - float(bowl_grad(float(w)))))
            for w in map(mpmath.mpf, points)
        )
    numbers = {"points": len(points), "largest_difference": off}
    if off > 1e-13:
        return fails("It is not.", **numbers)
    return holds(f"At {len(points)} random points the two differ by {off:.0e} at most.", **numbers)


@claim(
    "the-bowl-is-simple",
    section=SECTION,
    statement="The loss on which rates are compared is a simple bowl.",
    how="All zeros of L′ = 2(w + cos 4w), which lie in |w| ≤ 1, by interval arithmetic.",
    verdict="fails",
    surprise=4,
)
def the_bowl_is_simple(scale: Scale) -> Outcome:
    """Count its critical points."""
    points = [float(w) for w in critical_points()]
    curvatures = [(1 - multiplier(1.0, w)) for w in critical_points()]
    numbers = {"critical_points": points, "curvatures": curvatures, "losses": bowl(points)}
    if len(points) == 1:
        return holds("It has one critical point.", **numbers)
    return fails(
        f"It has three critical points: two minima, {points[0]:.4f} and {points[2]:.4f}, and a "
        f"maximum between them, {points[1]:.4f}. The comparison mixes two questions, how fast a "
        "rate is and which minimum it ends in, and what it shows holds for no simple bowl.",
        **numbers,
    ).shown_by(basins.picture(scale))


@claim(
    "too-large-a-rate-diverges",
    section=SECTION,
    statement="With too large a rate the optimizer diverges.",
    how="On the bowl w − ηL′ = (1 − 2η)w − 2η cos 4w. For η < 1 it shrinks what is large, so every "
    "walk stays below η/(1 − η) or its start; the fate within by Lyapunov exponents, from "
    "w = 3, over a grid of all rates below 1.",
    verdict="fails",
    surprise=5,
)
def too_large_a_rate_diverges(scale: Scale) -> Outcome:
    """Look at what happens between settling and diverging."""
    found = regimes(scale)
    stable = [2 / (1 - multiplier(1.0, critical_points()[k])) for k in (0, 2)]
    too_large = found.rates > max(stable)
    chaotic = found.lyapunov > CHAOTIC
    bound = np.maximum(START, found.rates / (1 - found.rates))
    inside = bool(np.all(np.abs(found.late) <= bound * (1 + 1e-9)))
    numbers = {
        "stable_below": stable,
        "rates": int(np.sum(too_large)),
        "chaotic_share": float(np.mean(chaotic[too_large])),
        "cycling_share": float(np.mean(~chaotic[too_large])),
        "all_bounded": inside,
        "largest_late_weight_below_0.9": float(np.max(np.abs(found.late[:, found.rates < 0.9]))),
    }
    if not inside:
        return holds("Walks leave their bound.", **numbers)
    return fails(
        f"Between η = {max(stable):.3f}, above which neither minimum holds a walk, and η = 1 "
        "nothing diverges: |w| stays below η/(1 − η), or its start, for ever. Instead "
        f"{numbers['chaotic_share']:.0%} of these rates give chaos, the others cycles. "
        "Too large a rate wanders; only a much larger one diverges.",
        **numbers,
    ).shown_by(bifurcation(scale))


@claim(
    "overshooting-is-diverging",
    section=SECTION,
    statement="An optimizer that overshoots the minimum diverges.",
    how="The multiplier 1 − ηL″ of a step at the bowl's local minimum: negative means that every "
    "step overshoots, below −1 that the overshoot grows. Walks begun 0.01 beside it.",
    verdict="fails",
    surprise=3,
)
def overshooting_is_diverging(scale: Scale) -> Outcome:
    """Overshoot and converge."""
    local = critical_points()[2]
    curvature = 1 - multiplier(1.0, local)
    between = np.linspace(1 / curvature, 2 / curvature, scale.runs(full=52, quick=22))[1:-1]
    w: FloatArray = float(local) + 0.01 + 0 * between
    crossings = np.zeros(len(between), int)
    for step in range(2000):
        after = gradient_step(w, between * bowl_grad(w), 1.0)
        if step < 5:
            crossings += (after > float(local)) != (w > float(local))
        w = after
    arrived = float(np.mean(np.abs(w - float(local)) < 1e-6))
    numbers = {
        "overshoots_from": 1 / curvature,
        "settles_below": 2 / curvature,
        "rates": len(between),
        "overshot_five_times_in_five_steps": float(np.mean(crossings == 5)),
        "arrived": arrived,
    }
    if arrived < 0.9:
        return holds("Walks that overshoot do not arrive.", **numbers)
    return fails(
        f"For η between 1/L″ = {1 / curvature:.3f} and 2/L″ = {2 / curvature:.3f} every step "
        "overshoots the local minimum and the walk settles in it all the same: each lands nearer "
        f"on the other side. {arrived:.0%} of {len(between)} such rates did.",
        **numbers,
    )


@claim(
    "too-small-a-rate-takes-forever",
    section=SECTION,
    statement="With too small a rate training takes very long.",
    how="Steps until the bowl's walk from w = 3 is within 0.01 of its minimum, at rates from "
    "10⁻⁴ to 10⁻²; the time of the gradient flow, which ηN tends to, is their limit.",
    verdict="holds",
    surprise=1,
)
def too_small_a_rate_takes_forever(_: Scale) -> Outcome:
    """Count the steps."""
    local = float(critical_points()[2])
    rates = np.array([1e-4, 3e-4, 1e-3, 3e-3, 1e-2])
    steps = np.zeros(len(rates), int)
    w: FloatArray = START + 0 * rates
    while np.any(away := np.abs(w - local) > 0.01):
        steps += away
        w = gradient_step(w, rates * bowl_grad(w), 1.0)
    times = rates * steps
    numbers = {"rates": rates, "steps": steps, "rate_times_steps": times}
    if np.ptp(times) > 0.1 * times.mean():
        return fails("The time is not inversely proportional to the rate.", **numbers)
    shown = ", ".join(f"{n:,} at η = {rate:g}" for rate, n in zip(rates, steps, strict=True))
    return holds(
        f"As many steps as 1/η says: {shown}. η times the number of steps is {times.min():.2f} to "
        f"{times.max():.2f}. Long, but finite and known beforehand.",
        **numbers,
    )


@claim(
    "too-small-a-rate-gets-stuck",
    section=SECTION,
    statement="With too small a rate training gets stuck.",
    how="For η < 1/10, 10 being the largest curvature of the bowl, w − ηL′(w) is increasing: no "
    "walk crosses a flat point. Walks from w = 3, and float64's own limit, η|L′| < ulp/2.",
    verdict="holds",
    surprise=2,
)
def too_small_a_rate_gets_stuck(scale: Scale) -> Outcome:
    """Look for a small rate that gets past the local minimum."""
    found = regimes(scale)
    small = found.rates < 1 / LARGEST_CURVATURE
    # the smallest rates have not arrived, but are on the local minimum's side
    beyond = int(np.sum(found.late[-1][small] < float(critical_points()[1])))
    frozen = np.spacing(START) / 2 / float(bowl_grad(START))
    numbers = {
        "sure_below": 1 / LARGEST_CURVATURE,
        "rates": int(np.sum(small)),
        "past_the_barrier": beyond,
        "float64_stands_still_below": frozen,
    }
    if beyond:
        return fails(f"{beyond} small rates get past the barrier.", **numbers)
    return holds(
        f"From w = 3 every η < {1 / LARGEST_CURVATURE:g} ends in the local minimum, provably: "
        f"{len(found.rates[small])} of {len(found.rates[small])} did. Below η = {frozen:.0e} "
        "float64 does not move at all: the step is less than half a unit in the last place.",
        **numbers,
    ).shown_by(bifurcation(scale))


@claim(
    "a-large-rate-only-harms",
    section=SECTION,
    statement="A rate that overshoots is only worse than one that does not.",
    how="The bowl's walk from w = 3 at all rates of a grid below 1: where it settles.",
    verdict="fails",
    surprise=4,
)
def a_large_rate_only_harms(scale: Scale) -> Outcome:
    """Find the rates that lead to the better minimum."""
    found = regimes(scale)
    better = found.rates[found.ends == 0]
    worse = found.rates[found.ends == 1]
    numbers = {
        "rates": len(found.rates),
        "settle_in_the_global_minimum": len(better) / len(found.rates),
        "settle_in_the_local_minimum": len(worse) / len(found.rates),
        "global_minimum_from": float(better.min()) if better.size else None,
        "global_minimum_to": float(better.max()) if better.size else None,
    }
    if not better.size:
        return holds("No rate leads to the better minimum.", **numbers)
    return fails(
        f"The only rates that lead from w = 3 to the global minimum are large: "
        f"{better.min():.3f} to {better.max():.3f}, whose steps jump the barrier. No smaller "
        "one does. Of all rates below 1, "
        f"{len(better) / len(found.rates):.1%} settle in the better minimum and "
        f"{len(worse) / len(found.rates):.0%} in the worse.",
        **numbers,
    ).shown_by(bifurcation(scale))


@claim(
    "the-rate-is-the-most-important-hyperparameter",
    section=SECTION,
    statement="The learning rate is the most important hyperparameter.",
    how="Shares of the variance of log₁₀(L − L_min) on the bowl that each factor explains by "
    "itself (first-order Sobol indices), in a full factorial: η, momentum (0 to 0.95), number of "
    "steps (10 to 300), start (−4 to 4); with η over five decades, and over one.",
    verdict="holds if",
    surprise=4,
)
def the_rate_is_the_most_important_hyperparameter(scale: Scale) -> Outcome:
    """Decompose the variance over two ranges of the rate."""
    count = scale.runs(full=61, quick=31)
    ranges = {"wide": (1e-5, 1.0), "narrow": (0.01, 0.1)}
    shares = {name: _sobol(np.geomspace(*ends, count)) for name, ends in ranges.items()}
    first = {name: max(share, key=share.__getitem__) for name, share in shares.items()}
    numbers = {"ranges": ranges, "shares": shares, "most_important": first}
    if first["wide"] != "learning rate":
        return fails("It is not, however wide its range.", **numbers)
    if first["narrow"] == "learning rate":
        return holds("It is, over a wide range and over a narrow one.", **numbers)
    wide, narrow = shares["wide"], shares["narrow"]
    return holds_if(
        "one does not know it to within several decades. Over five decades of η it explains "
        f"{wide['learning rate']:.0%} of the variance by itself, more than any other factor (next: "
        f"{sorted(wide.values())[-2]:.0%}). Over one decade around the article's “good” 0.1 it "
        f"explains {narrow['learning rate']:.0%}, less than {first['narrow']} "
        f"({narrow[first['narrow']]:.0%}). The ranking is one of the ranges.",
        **numbers,
    )


def _sobol(rates: FloatArray) -> dict[str, float]:
    momenta, starts = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95), np.linspace(-4, 4, 41)
    times = (10, 30, 100, 300)
    lowest = float(bowl(float(critical_points()[0])))
    scores = np.empty((len(rates), len(momenta), len(starts), len(times)))
    with pace("hyperparameters", scores[..., 0].size):
        for j, momentum in enumerate(momenta):
            # each run's rate is in its gradient: v ← γv + η∇L
            optimizer = SGDMomentum(lr=1.0, momentum=momentum)
            w: FloatArray = np.tile(starts, (len(rates), 1))
            for t in range(1, times[-1] + 1):
                w = optimizer.step(w, rates[:, np.newaxis] * bowl_grad(w))
                if t in times:
                    above = np.maximum(bowl(w) - lowest, 1e-12)
                    scores[:, j, :, times.index(t)] = np.log10(above)
    names = ("learning rate", "momentum", "start", "number of steps")
    return {
        name: float(scores.mean(axis=tuple(a for a in range(4) if a != axis)).var() / scores.var())
        for axis, name in enumerate(names)
    }


@claim(
    "both-panels-show-the-five-rates",
    section=SECTION,
    statement="The two panels compare the same five rates, each for 50 steps.",
    how="Read off the listing.",
    verdict="fails",
    surprise=1,
)
def both_panels_show_the_five_rates(_: Scale) -> Outcome:
    """Compare what the two loops run over."""
    second, steps = (0.01, 0.1, 0.5), 20
    missing = [rate for rate in RATES if rate not in second]
    numbers = {"first": RATES, "second": second, "steps": [50, steps], "missing": missing}
    if not missing:
        return holds("They do.", **numbers)
    return fails(
        f"The second panel leaves out {missing[0]:g} and {missing[1]:g}, the slowest and the one "
        f"that diverges, and stops after {steps} steps.",
        **numbers,
    )


@claim(
    "the-plot-shows-all-losses",
    section=SECTION,
    statement="The plot of losses, cut to −1 … 15, shows how each rate does.",
    how="How many of the 51 losses of each rate lie outside, in the clipped walks that are drawn.",
    verdict="fails",
    surprise=3,
)
def the_plot_shows_all_losses(_: Scale) -> Outcome:
    """Count what is cut off."""
    hidden = {}
    for rate in RATES:
        losses = bowl(clipped_walk(rate))
        hidden[str(rate)] = int(np.sum((losses > 15) | (losses < -1)))
    numbers = {"outside": hidden, "of": 51, "level": float(bowl(clipped_walk(1.2))[-1])}
    if not any(hidden.values()):
        return holds("All losses are inside.", **numbers)
    return fails(
        f"Of η = 1.2, {hidden['1.2']} of 51 losses are cut off: what is left is a line that leaves "
        f"the plot at its first step. Whether it grows without bound, as the label says, or stays "
        f"at {numbers['level']:.1f}, as it does, cannot be seen.",
        **numbers,
    )


@claim(
    "clipping-prevents-overflow",
    section=SECTION,
    statement=f"Clipping w to ±{BOUND:g} is needed to prevent overflow.",
    how="The largest loss that the listing's 50 steps reach without clipping, and the number of "
    "steps until float64 overflows.",
    verdict="fails",
    surprise=4,
)
def clipping_prevents_overflow(scale: Scale) -> Outcome:
    """Run on until it overflows."""
    largest = {str(rate): float(bowl(free_walk(rate)).max()) for rate in RATES}
    w, first = np.array(START), 0
    with np.errstate(over="ignore"):
        while np.isfinite(bowl(w)):
            w, first = gradient_step(w, bowl_grad(w), 1.2), first + 1
    clipped = clipped_walk(1.2)
    numbers = {
        "largest_loss_unclipped": largest,
        "overflows_at_step": first,
        "largest_float64": float(np.finfo(float).max),
        "steps_on_the_walls": int(np.sum(np.abs(clipped) == BOUND)),
    }
    if first <= STEPS:
        return holds(f"It overflows at step {first}.", **numbers)
    return fails(
        f"Nothing overflows: unclipped, the largest loss of the {STEPS} steps is "
        f"{max(largest.values()):.0e}, and float64 goes to {np.finfo(float).max:.0e}. Overflow "
        f"would come at step {first:,}. What clipping does is to turn the divergence of η = 1.2 "
        f"into a bounded cycle: {numbers['steps_on_the_walls']} of 51 weights are ±{BOUND:g}.",
        **numbers,
    ).shown_by(picture(scale))
