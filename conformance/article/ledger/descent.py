"""Claims of "Gradient Descent Explained": the hill-walker's recipe and the update rule."""

from functools import cache
from typing import Any

import mpmath
import numpy as np

from gradmark.conformance.article import basins
from gradmark.conformance.article.descent_1d import (
    CURVATURE,
    RATE,
    SLOPE,
    START,
    STEPS,
    VIEW,
    critical_points,
    exact_path,
    horner,
    picture,
    sturm_count,
    walk,
)
from gradmark.conformance.article.learning_rates import LARGEST_CURVATURE, RATES, free_walk
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.records import FloatArray
from gradmark.reference.descent import gradient_step
from gradmark.reference.landscapes import bowl, bowl_grad, bumps_grad, quartic, quartic_grad

WALKING = "The Hill-Walking Analogy"


@claim(
    "the-update-goes-in-a-direction-that-lowers-the-loss",
    section="Gradient Descent Explained",
    statement="Gradient descent changes the weights in a direction in which the loss falls.",
    how="The derivative of L along −∇L is −|∇L|²: at random points by central differences of the "
    "50-digit formula, against the gradient.",
    verdict="holds",
    surprise=1,
)
def the_update_goes_in_a_direction_that_lowers_the_loss(scale: Scale) -> Outcome:
    """Differentiate along the update."""
    points = np.random.default_rng(scale.seed).uniform(-3, 3, (scale.runs(200, 50), 2))
    worst, rising = 0.0, 0
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15

        def loss(x: Any, y: Any) -> Any:
            return (x**2 + y**2) / 2 + mpmath.mpf(3) / 10 * mpmath.sin(3 * x) * mpmath.cos(3 * y)

        for point in points.tolist():
            g1, g2 = (mpmath.mpf(float(g)) for g in bumps_grad(point))
            x, y = map(mpmath.mpf, point)
            along = (loss(x - h * g1, y - h * g2) - loss(x + h * g1, y + h * g2)) / (2 * h)
            rising += bool(along >= 0)
            worst = max(worst, float(abs(along / (g1**2 + g2**2) + 1)))
    numbers = {"points": len(points), "rising": rising, "largest_relative_difference": worst}
    if rising or worst > 1e-12:
        return fails("The loss rises along the update somewhere.", **numbers)
    return holds(
        f"At {len(points)} random points of the landscape the slope along the update is −|∇L|², to "
        f"{worst:.0e}. That is a statement about the direction, not about a step of any length.",
        **numbers,
    )


@cache
def uphill_steps(scale: Scale) -> tuple[FloatArray, FloatArray]:
    """Take one step on the bowl from each start at each rate: the share of steps that rise."""
    rates = np.linspace(0.01, 1.2, scale.runs(full=120, quick=60))
    starts = np.linspace(-4, 4, scale.runs(full=4000, quick=1000))[:, np.newaxis]
    with pace("single steps", rates.size * starts.size):
        after = gradient_step(starts + 0 * rates, rates * bowl_grad(starts), 1.0)
    # a rounding's worth is no rise
    rises = bowl(after) > bowl(starts) + 1e-12
    return rates, np.mean(rises, axis=0)


@claim(
    "the-minus-sign-ensures-descent",
    section=WALKING,
    statement="The minus sign of the update ensures a move toward lower loss.",
    how="The descent lemma: L(w − η∇L) ≤ L(w) − η(1 − ηℓ/2)|∇L|² where the curvature is at most ℓ "
    "(ℓ = 10 on the article's bowl). Single steps from a grid of starts at rates up to 1.2, "
    "and the article's own five walks.",
    verdict="holds if",
    surprise=4,
)
def the_minus_sign_ensures_descent(scale: Scale) -> Outcome:
    """Look for steps that go uphill."""
    rates, share = uphill_steps(scale)
    sure = 2 / LARGEST_CURVATURE
    # an L below that of the step before, by more than a rounding
    uphill = {str(rate): int(np.sum(np.diff(bowl(free_walk(rate))) > 1e-12)) for rate in RATES}
    before, after = float(quartic(8.0)), float(quartic(8 - RATE * quartic_grad(8.0)))
    numbers = {
        "sure_below": sure,
        "rates": rates,
        "share_of_steps_uphill": share,
        "uphill_steps_of_50": uphill,
        "quartic_from_8": [before, after],
    }
    if not np.any(share) and not any(uphill.values()):
        return holds("No step rises.", **numbers)
    if np.any(share[rates < sure]):
        return fails("Steps rise even at small rates.", **numbers)
    return holds_if(
        f"η < 2/ℓ, which is {sure:g} on the article's bowl; the sign alone ensures nothing. Of the "
        f"listing's 50 steps {uphill['0.5']} go uphill at η = 0.5 and {uphill['1.2']} at η = 1.2. "
        f"The article's first descent, begun at w = 8 instead of 3, climbs at its first step from "
        f"L = {before:.0f} to {after:.0f}.",
        **numbers,
    )


@claim(
    "eta-is-the-step-length",
    section=WALKING,
    statement="The learning rate says how big each step is.",
    how="The lengths |w_{t+1} − w_t| of the article's first descent.",
    verdict="fails",
    surprise=2,
)
def eta_is_the_step_length(_: Scale) -> Outcome:
    """Measure the steps."""
    lengths = np.abs(np.diff(walk()))
    ratio = float(lengths[0] / lengths[-1])
    numbers = {"eta": RATE, "first": lengths[0], "last": lengths[-1], "ratio": ratio}
    if ratio < 2:
        return holds("All steps are about as long.", **numbers)
    return fails(
        f"A step is η·|∂L/∂w| long. With one and the same η = {RATE} the first step of the "
        f"article's descent is {lengths[0]:.2f} long and the last {lengths[-1]:.1e}, "
        f"{ratio:,.0f} times shorter: η is a rate, as its name says.",
        **numbers,
    )


@claim(
    "flat-ground-means-converged",
    section=WALKING,
    statement="Where the ground is flat, the walk has converged.",
    how="Sturm's theorem counts where the article's first curve is flat; a walk is begun there.",
    verdict="fails",
    surprise=3,
)
def flat_ground_means_converged(scale: Scale) -> Outcome:
    """Stand on a maximum."""
    low, top, local = critical_points()
    curvatures = [float(horner(CURVATURE, w)) for w in (low, top, local)]
    stuck = float(quartic_grad(float(top)))
    minima = sum(c > 0 for c in curvatures)
    tolerance = 1e-3
    # |L′| ≤ tolerance as far as this from the maximum, to first order
    ledge = tolerance / abs(curvatures[1])
    numbers = {
        "flat_points": sturm_count(SLOPE),
        "minima": minima,
        "curvatures": curvatures,
        "gradient_on_the_maximum": stuck,
        "ledge": ledge,
    }
    if minima == sturm_count(SLOPE):
        return holds("The curve is flat at minima only.", **numbers)
    return fails(
        f"The article's first curve is flat at {numbers['flat_points']} points, one of them a "
        f"maximum, w = {float(top):g}, where L′ = {stuck:g} exactly: a walk begun there never "
        f"moves. One that stops as soon as |L′| < {tolerance:g} also stops within {ledge:.0e} of "
        "the top. Of the two minima one is not the lowest.",
        **numbers,
    ).shown_by(picture(scale))


@claim(
    "the-recipe-finds-the-lowest-valley",
    section=WALKING,
    statement="Stepping downhill until the ground is flat leads to the lowest valley.",
    how="On the article's first curve with its η = 0.01: where |L″| < 1/η, w − ηL′(w) is "
    "increasing, so that no walk crosses a flat point. Then every start of the plot.",
    verdict="holds if",
    surprise=2,
)
def the_recipe_finds_the_lowest_valley(scale: Scale) -> Outcome:
    """Find out from where the lowest valley is reached."""
    low, top, local = (float(w) for w in critical_points())
    # L″ is convex, so its largest value is at an end of the range
    steepest = max(abs(float(horner(CURVATURE, w))) for w in VIEW)
    found = basins.quartic(scale)
    row = found.ends[np.argmin(np.abs(found.rates - RATE))]
    predicted = np.where(found.starts < top, 0, 1)
    share = (top - VIEW[0]) / (VIEW[1] - VIEW[0])
    numbers = {
        "barrier": top,
        "share_of_starts": share,
        "largest_curvature_in_view": steepest,
        "starts_that_end_as_predicted": float(np.mean(row == predicted)),
        "start_of_the_article": START,
    }
    if steepest >= 1 / RATE or np.any(row != predicted):
        return fails("Walks cross the barrier.", **numbers)
    return holds_if(
        f"it begins on the lowest valley's side: at w < {top:g}, {share:.0%} of the plotted range. "
        f"All others end in the local minimum at {local:.3f}, among them the article's own start, "
        f"w = {START:g}. (The lowest valley is at {low:.3f}.)",
        **numbers,
    ).shown_by(basins.picture(scale))


@claim(
    "formula-and-listing-of-descent-agree",
    section="1D Gradient Descent Implementation",
    statement="The listing's loop computes the update rule as it is printed.",
    how="The listing's 200 iterations against the reference's, bit for bit, and against 50 digits.",
    verdict="holds",
    surprise=1,
)
def formula_and_listing_of_descent_agree(_: Scale) -> Outcome:
    """Run the rule as the listing spells it."""
    w, listed = START, [START]
    for _step in range(STEPS):
        w = w - RATE * (4 * w**3 - 9 * w**2 + 4 * w + 1)
        listed.append(w)
    alike = listed == walk().tolist()
    off = max(abs(float(a - b)) for a, b in zip(exact_path(), listed, strict=True))
    numbers = {"steps": STEPS, "same_bits": alike, "largest_error": off}
    # 200 contracting steps keep a few roundings of numbers up to 3
    if off > 1e-13:
        return fails("They differ.", **numbers)
    return holds(f"All {STEPS} steps agree, to {off:.0e} with 50 digits.", **numbers)
