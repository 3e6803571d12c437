"""Claims of "1D Gradient Descent Implementation"."""

from itertools import pairwise

import mpmath
import numpy as np

from gradmark.conformance.article.descent_1d import (
    COEFFICIENTS,
    CURVATURE,
    RATE,
    SLOPE,
    START,
    STEPS,
    critical_points,
    exact_path,
    horner,
    picture,
    sturm_count,
    walk,
)
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds
from gradmark.reference.landscapes import quartic, quartic_grad

SECTION = "1D Gradient Descent Implementation"


@claim(
    "the-gradient-formula-of-the-first-curve-is-right",
    section=SECTION,
    statement="The derivative of w⁴ − 3w³ + 2w² + w is 4w³ − 9w² + 4w + 1.",
    how="Differentiated term by term in integers; the reference at five points, one more than a "
    "cubic needs.",
    verdict="holds",
    surprise=1,
)
def the_gradient_formula_of_the_first_curve_is_right(_: Scale) -> Outcome:
    """Differentiate the polynomial."""
    points = [-2, -1, 0, 1, 2]
    # small integers: float64 is exact
    alike = [float(quartic_grad(w)) == horner(SLOPE, w) for w in points]
    numbers = {"coefficients": SLOPE, "points": points}
    if SLOPE != (4, -9, 4, 1) or not all(alike):
        return fails("It is not.", **numbers)
    return holds("Exactly so.", **numbers)


@claim(
    "the-first-curve-is-non-convex",
    section=SECTION,
    statement="The one-dimensional loss is not convex.",
    how="The roots of L″ = 12w² − 18w + 4, counted by Sturm's theorem.",
    verdict="holds",
    surprise=1,
)
def the_first_curve_is_non_convex(_: Scale) -> Outcome:
    """Find where it curves downward."""
    a, b, c = CURVATURE
    turns = sturm_count(CURVATURE)
    root = np.sqrt(b * b - 4 * a * c)
    between = [(-b - root) / (2 * a), (-b + root) / (2 * a)]
    numbers = {"inflections": between, "curvature_at_one": horner(CURVATURE, 1)}
    if turns != 2:
        return fails("It is convex.", **numbers)
    return holds(
        f"It curves downward between {between[0]:.3f} and {between[1]:.3f}; L″(1) = "
        f"{horner(CURVATURE, 1)}.",
        **numbers,
    )


@claim(
    "the-start-is-far-from-the-minimum",
    section=SECTION,
    statement="w = 3 is a starting point far from the minimum.",
    how="Distances, and how much of the descent is left after each step.",
    verdict="holds",
    surprise=1,
)
def the_start_is_far_from_the_minimum(_: Scale) -> Outcome:
    """Measure the way."""
    low, _top, local = (float(w) for w in critical_points())
    apart = local - low
    path = walk()
    done = (quartic(path[0]) - quartic(path)) / (quartic(path[0]) - quartic(local))
    steps = int(np.argmax(done > 0.9))
    numbers = {
        "to_local": START - local,
        "to_global": START - low,
        "minima_apart": apart,
        "steps_for_nine_tenths_of_the_fall": steps,
    }
    if START - low < apart:
        return fails("It is nearer than the minima are to each other.", **numbers)
    return holds(
        f"It is {START - local:.2f} from the minimum in which the descent ends and "
        f"{START - low:.2f} from the global one. Far in distance, not in steps: {steps} of the "
        f"{STEPS} make nine tenths of the fall.",
        **numbers,
    )


@claim(
    "the-descent-ends-at-the-minimum",
    section=SECTION,
    statement="The end of the descent, starred “Minimum”, is the minimum of the curve.",
    how="All critical points: Sturm's theorem counts 3, interval arithmetic encloses them. The "
    "walk at 50 digits.",
    verdict="fails",
    surprise=5,
)
def the_descent_ends_at_the_minimum(scale: Scale) -> Outcome:
    """Compare the end with all critical points."""
    low, top, local = critical_points()
    end = exact_path()[-1]
    with mpmath.workdps(50):
        losses = {
            name: float(horner(COEFFICIENTS, w))
            for name, w in (("global", low), ("local", local), ("end", end))
        }
        off = float(end - local)
    numbers = {
        "end": float(end),
        "local_minimum": float(local),
        "global_minimum": float(low),
        "maximum_between": float(top),
        "losses": losses,
        "short_of_the_local_minimum_by": off,
        "critical_points": sturm_count(SLOPE),
    }
    if abs(end - low) < 1e-3:
        return holds("It ends at the global minimum.", **numbers)
    return fails(
        f"It ends at w = {float(end):.4f}, beside the local minimum {float(local):.4f} with "
        f"L = {losses['local']:.4f}. The curve's minimum is at {float(low):.4f}, behind the "
        f"maximum at {float(top):g}, with L = {losses['global']:.4f}. No number of steps gets "
        "there from w = 3 with this η.",
        **numbers,
    ).shown_by(picture(scale))


@claim(
    "two-hundred-steps-converge",
    section=SECTION,
    statement="200 steps are enough to converge; the printed digits are those of a minimum.",
    how="The walk at 50 digits; near the minimum each step multiplies the distance by 1 − ηL″.",
    verdict="fails",
    surprise=3,
)
def two_hundred_steps_converge(_: Scale) -> Outcome:
    """Count the steps that the printed digits need."""
    _low, _top, local = critical_points()
    factor = float(1 - RATE * horner(CURVATURE, local))
    path = exact_path(600)
    printed = [f"{float(w):.4f}" for w in path]
    wanted = f"{float(local):.4f}"
    needed = max(t for t, digits in enumerate(printed) if digits != wanted) + 1
    slope = float(horner(SLOPE, path[STEPS]))
    numbers = {
        "printed": printed[STEPS],
        "minimum": wanted,
        "gradient_at_the_end": slope,
        "factor_per_step": factor,
        "steps_for_four_decimals": needed,
    }
    if printed[STEPS] == wanted:
        return holds("The printed weight is the minimum's.", **numbers)
    return fails(
        f"The program prints {printed[STEPS]}; the minimum that it nears is {wanted}, and the "
        f"gradient is still {slope:.4f}. Each step leaves {factor:.1%} of the distance: four "
        f"decimals take {needed} steps.",
        **numbers,
    )


@claim(
    "the-descent-goes-downhill-all-the-way",
    section=SECTION,
    statement="The descent follows the slope downhill, as the plot's title says.",
    how="The loss at each of the 200 steps, at 50 digits.",
    verdict="holds",
    surprise=1,
)
def the_descent_goes_downhill_all_the_way(_: Scale) -> Outcome:
    """Look for a step that rises."""
    with mpmath.workdps(50):
        losses = [horner(COEFFICIENTS, w) for w in exact_path()]
        rising = sum(b >= a for a, b in pairwise(losses))
        least = float(min(a - b for a, b in pairwise(losses)))
    numbers = {"steps": STEPS, "rising": rising, "smallest_fall": least}
    if rising:
        return fails(f"{rising} steps rise.", **numbers)
    return holds(f"The loss falls at each of the {STEPS} steps.", **numbers)


@claim(
    "every-tenth-step-shows-the-descent",
    section=SECTION,
    statement="Marking every tenth step shows the path of the descent.",
    how="How much of the fall happens before the second mark, and how many marks coincide: a mark "
    "of 8 points covers 0.07 of w on a plot 10 inches wide.",
    verdict="fails",
    surprise=3,
)
def every_tenth_step_shows_the_descent(scale: Scale) -> Outcome:
    """Look at what the plot leaves out."""
    path = walk()
    marks = path[::10]
    _low, _top, local = (float(w) for w in critical_points())
    fall = float((quartic(path[0]) - quartic(path[10])) / (quartic(path[0]) - quartic(local)))
    # 8 of 72 points an inch, 4.5 units of w over the axes' 7.75 of 10 inches
    width = 8 / 72 * 4.5 / 7.75
    under_the_star = int(np.sum(np.abs(marks - path[-1]) < width))
    numbers = {
        "marks": len(marks),
        "share_of_the_fall_before_the_second_mark": fall,
        "mark_width": width,
        "marks_under_the_last": under_the_star,
    }
    if fall < 0.5:
        return holds("It does.", **numbers)
    return fails(
        f"The first ten steps make {fall:.1%} of the fall, and none of them is marked but the "
        f"start. Of {len(marks)} marks {under_the_star} lie on the last one.",
        **numbers,
    ).shown_by(picture(scale))
