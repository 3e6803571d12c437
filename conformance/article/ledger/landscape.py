"""Claims of "Loss Landscape Visualization"."""

from fractions import Fraction

import numpy as np

from gradmark.conformance.article import basins
from gradmark.conformance.article.landscape import (
    LARGEST_CURVATURE,
    MINIMUM,
    REACH,
    STAR,
    arrival_rates,
    arrivals,
    critical_points,
    curvature_at_minimum,
    surface,
)
from gradmark.conformance.article.learning_rates import critical_points as bowl_points
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.reference import SGDMomentum
from gradmark.reference.landscapes import bowl, bowl_grad, bumps, bumps_grad

SECTION = "Loss Landscape Visualization"
SUBSTITUTION = (
    "With t = w₁ + w₂ and s = w₁ − w₂, L = g(t) + g(s): the gradient vanishes exactly where "
    "t + 0.9 cos 3t = 0 and s + 0.9 cos 3s = 0. Interval arithmetic finds every zero of that."
)


@claim(
    "the-star-marks-the-global-minimum",
    section=SECTION,
    statement="The star at (0, 0) marks the global minimum of the landscape.",
    how=SUBSTITUTION,
    verdict="fails",
    surprise=5,
)
def the_star_marks_the_global_minimum(scale: Scale) -> Outcome:
    """Compare the star with the landscape's only critical point."""
    points = critical_points()
    losses = [float(bumps(point)) for point in points]
    w1, w2 = points[int(np.argmin(losses))]
    slope, distance = bumps_grad(STAR), float(np.hypot(w1 - STAR[0], w2 - STAR[1]))
    numbers = {
        "star": STAR,
        "star_loss": float(bumps(STAR)),
        "star_gradient": slope,
        "minimum": [w1, w2],
        "minimum_loss": min(losses),
        "distance": distance,
    }
    if distance < 1e-3:
        return holds("So it does.", **numbers)
    return fails(
        f"The star is not even flat: the gradient there is ({slope[0]:.1f}, {slope[1]:.1f}), and "
        f"L = {numbers['star_loss']:g}. The global minimum is at ({w1:.4f}, {w2:g}), "
        f"{distance:.2f} away, where L = {min(losses):.4f}.",
        **numbers,
    ).shown_by(surface(scale))


@claim(
    "the-landscape-has-local-minima",
    section=SECTION,
    statement="The landscape is a bowl with local minima.",
    how=SUBSTITUTION,
    verdict="fails",
    surprise=5,
)
def the_landscape_has_local_minima(scale: Scale) -> Outcome:
    """Count the critical points."""
    points = critical_points()
    if len(points) > 1:
        return holds(f"It has {len(points)} critical points.", critical_points=points)
    return fails(
        "There is none to get stuck in: in the whole plane the gradient vanishes at one point "
        f"only, ({points[0][0]:.4f}, {points[0][1]:g}), the global minimum. The bumps are dents "
        "in a slope, not hollows.",
        critical_points=points,
    ).shown_by(surface(scale))


@claim(
    "the-landscape-is-bowl-shaped",
    section=SECTION,
    statement="The landscape is bowl-shaped.",
    how="The Hessian's eigenvalues are 1 − 2.7 sin 3(w₁ ± w₂): convex where both are positive. "
    "Share of the plotted square on a grid of cell midpoints.",
    verdict="holds if",
    surprise=2,
)
def the_landscape_is_bowl_shaped(scale: Scale) -> Outcome:
    """Measure where the landscape is convex."""
    cells = scale.runs(full=600, quick=200)
    axis = -REACH + (np.arange(cells) + 0.5) * 2 * REACH / cells
    w1, w2 = np.meshgrid(axis, axis)
    lowest = np.minimum(1 - 2.7 * np.sin(3 * (w1 + w2)), 1 - 2.7 * np.sin(3 * (w1 - w2)))
    convex = float(np.mean(lowest > 0))
    numbers = {
        "convex_share_of_plot": convex,
        "valleys": len(critical_points()),
        "curvatures": [-1.7, 3.7],
    }
    if convex == 1 or len(critical_points()) != 1:
        return fails("It is convex everywhere, or has several valleys.", **numbers)
    return holds_if(
        "a bowl may be dented: there is one valley, and L grows without bound away from it, but "
        f"only {convex:.0%} of the plotted square curve upward in every direction. Curvatures run "
        "from −1.7 to 3.7.",
        **numbers,
    )


@claim(
    "the-plot-shows-where-the-minimum-is",
    section=SECTION,
    statement="The plotted grid of 100 × 100 points shows the landscape's minimum.",
    how="The lowest of the listing's grid points against the minimum.",
    verdict="holds",
    surprise=1,
)
def the_plot_shows_where_the_minimum_is(_: Scale) -> Outcome:
    """Look for the lowest point of the listing's own grid: it is not at the star."""
    axis = np.linspace(-REACH, REACH, 100)
    grid = np.stack(np.meshgrid(axis, axis))
    loss = bumps(grid)
    where = int(np.argmin(loss))
    w, lowest = grid.reshape(2, -1)[:, where], float(loss.flat[where])
    off = float(np.linalg.norm(w - MINIMUM.location))
    numbers = {"lowest_grid_point": w, "its_loss": lowest, "off_by": off}
    spacing = axis[1] - axis[0]
    if off > spacing:
        return fails("The lowest grid point is elsewhere.", **numbers)
    return holds(
        f"Its lowest point, ({w[0]:.3f}, {w[1]:.3f}) with L = {lowest:.4f}, is {off:.3f} "
        "from the minimum. Two lines of code, an argmin of the plotted array, would have put the "
        "star right.",
        **numbers,
    )


@claim(
    "valleys-are-good-and-peaks-are-poor",
    section=SECTION,
    statement="Valleys of a loss landscape are good solutions, peaks are poor ones.",
    how="A polynomial of degree 6 with L′ = w(w − 1)(w − 4)(w − 5)(w − 6), in exact fractions.",
    verdict="holds if",
    surprise=3,
)
def valleys_are_good_and_peaks_are_poor(_: Scale) -> Outcome:
    """Find a valley that is worse than a peak."""
    slope = [Fraction(c) for c in np.poly([0, 1, 4, 5, 6]).round().astype(int).tolist()]
    powers = range(len(slope), 0, -1)
    flat = (0, 1, 4, 5, 6)  # valley, peak, valley, peak, valley
    loss = {
        w: sum(c * Fraction(w) ** power / power for c, power in zip(slope, powers, strict=True))
        for w in flat
    }
    valleys, peaks = [loss[w] for w in flat[::2]], [loss[w] for w in flat[1::2]]
    own = {
        "local_minimum": float(bowl(float(bowl_points()[2]))),
        "zero": float(bowl(0.0)),
    }
    numbers = {"loss": {str(w): float(value) for w, value in loss.items()}, "articles_bowl": own}
    if max(valleys) <= min(peaks):
        return holds("Every valley lies below every peak.", **numbers)
    return holds_if(
        "only neighbours are compared. A peak may lie below a distant valley: here the valley at "
        f"w = 0 has L = {float(loss[0]):.1f}, the peak at w = 5 has L = {float(loss[5]):.1f}. And "
        "a slope may beat a valley: on the article's bowl L(0) = "
        f"{own['zero']:g}, on the slope, against {own['local_minimum']:.3f} in the local minimum.",
        **numbers,
    )


@claim(
    "descent-follows-the-steepest-slope",
    section=SECTION,
    statement="Gradient descent moves along the steepest slope.",
    how="At random points of the plot, the slope of L in 360 directions by central differences "
    "(h = 10⁻⁴), against −|∇L|, the slope along −∇L. Cauchy–Schwarz says that it is the least.",
    verdict="holds",
    surprise=1,
)
def descent_follows_the_steepest_slope(scale: Scale) -> Outcome:
    """Compare all directions."""
    points, h = scale.runs(full=2000, quick=200), 1e-4
    w = np.random.default_rng(scale.seed).uniform(-REACH, REACH, (2, 1, points))
    angles = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    ahead = h * np.stack([np.cos(angles), np.sin(angles)])[..., np.newaxis]
    steepest = np.min((bumps(w + ahead) - bumps(w - ahead)) / (2 * h), axis=0)
    along = -np.linalg.norm(bumps_grad(w)[:, 0], axis=0)
    # half a degree off the best direction costs 1 − cos ½° = 4e-5 of the slope
    off = float(np.max(np.abs(steepest - along) / np.abs(along)))
    beaten = float(np.max((along - steepest) / np.abs(along)))
    numbers = {"points": points, "directions": 360, "off_at_most": off, "beaten_by": beaten}
    if off > 1e-4 or beaten > 1e-5:
        return fails("Another direction is steeper.", **numbers)
    return holds(
        f"None of 360 directions at {points:,} points falls more steeply than −∇L, and the "
        f"steepest of them is as steep, to {off:.0e}. Steepest is meant in the weights' own "
        "units: measured in others, the direction differs.",
        **numbers,
    )


@claim(
    "descent-is-like-a-rolling-ball",
    section=SECTION,
    statement="Gradient descent acts like a ball that rolls downhill.",
    how="On the article's bowl from w = 3 with η = 0.01: plain descent against a ball, which "
    "keeps a share γ of its velocity (the article's momentum); 4000 steps.",
    verdict="fails",
    surprise=3,
)
def descent_is_like_a_rolling_ball(_: Scale) -> Outcome:
    """Roll a ball with more and more inertia."""
    top = float(bowl_points()[1])
    momenta = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99]
    ends = []
    for momentum in momenta:
        ball, w = SGDMomentum(lr=0.01, momentum=momentum), np.array(3.0)
        for _step in range(4000):
            w = ball.step(w, bowl_grad(w))
        ends.append(float(w))
    end = dict(zip(momenta, ends, strict=True))
    numbers = {
        "momenta": momenta,
        "ends": ends,
        "loss_at_start": float(bowl(3.0)),
        "loss_on_the_barrier": float(bowl(top)),
    }
    if abs(end[0.0] - end[0.9]) < 1e-3:
        return holds("Plain descent and ball end alike.", **numbers)
    return fails(
        "A ball has inertia, gradient descent has none. From w = 3 descent stays in the local "
        f"minimum, w = {end[0.0]:.3f}. A ball with the article's γ = 0.9 rolls on, over the "
        f"barrier at {top:.3f}, into the global one, {end[0.9]:.3f}; one without friction would "
        f"stop in neither, as it starts at a height of {numbers['loss_at_start']:.2f} and the "
        f"barrier's is {numbers['loss_on_the_barrier']:.2f}. What rolls like a ball is momentum.",
        **numbers,
    )


@claim(
    "descent-ends-in-the-nearest-minimum",
    section=SECTION,
    statement="Gradient descent ends in the minimum nearest to its start.",
    how="On the two curves of the article that have two minima: all critical points by interval "
    "arithmetic, then every start of the plot at every rate of a grid. Cells of equal size.",
    verdict="fails",
    surprise=3,
)
def descent_ends_in_the_nearest_minimum(scale: Scale) -> Outcome:
    """Compare where descents end with what is nearest to their start."""
    quartic, bumpy = basins.quartic(scale), basins.bowl(scale)
    share = {
        name: float(np.mean((found.ends == found.nearest())[found.ends < basins.NEITHER]))
        for name, found in (("quartic", quartic), ("bowl", bumpy))
    }
    middle = {
        name: (found.critical[0] + found.critical[2]) / 2
        for name, found in (("quartic", quartic), ("bowl", bumpy))
    }
    numbers = {
        "share_of_arrivals_in_the_nearest": share,
        "midway": middle,
        "barrier": {"quartic": quartic.critical[1], "bowl": bumpy.critical[1]},
    }
    if min(share.values()) > 0.999:
        return holds("Nearly all do.", **numbers)
    return fails(
        "With small steps it ends in the minimum of its own side of the barrier, which need not "
        f"be the nearest: starts in ({middle['quartic']:.3f}, {quartic.critical[1]:.3f}) on the "
        f"quartic and in ({middle['bowl']:.3f}, {bumpy.critical[1]:.3f}) on the bowl are nearer "
        "to the other one. With larger steps it jumps the barrier. Of the runs that arrive at "
        f"all, {share['quartic']:.0%} on the quartic and {share['bowl']:.0%} on the bowl arrive "
        "at the nearest.",
        **numbers,
    ).shown_by(basins.picture(scale))


@claim(
    "the-challenge-is-not-to-get-stuck-in-local-minima",
    section=SECTION,
    statement="In this landscape the challenge is to find the global minimum and not to get "
    "stuck in a local one.",
    how="The descent lemma with curvature bound ℓ = 3.7: for η < 2/ℓ the loss falls at every "
    "step by at least η(1 − ηℓ/2)|∇L|², so ∇L → 0, and it vanishes at one point only. Then "
    "a grid of starts.",
    verdict="fails",
    surprise=4,
)
def the_challenge_is_not_to_get_stuck_in_local_minima(scale: Scale) -> Outcome:
    """Descend from everywhere."""
    rates, share, starts, steps = arrivals(scale)
    sure = 2 / LARGEST_CURVATURE
    below = share[rates < sure]
    numbers = {
        "starts": starts,
        "steps": steps,
        "sure_below": sure,
        "least_share_below": float(below.min()),
        "critical_points": len(critical_points()),
    }
    if len(critical_points()) > 1 or below.min() < 1:
        return holds("Some starts do not reach the global minimum.", **numbers)
    return fails(
        f"Every start leads to the global minimum, provably, whenever η < 2/3.7 = {sure:.3f}: "
        f"all {starts} starts on a grid did at each of {len(below)} such rates. Whoever does not "
        "arrive in this landscape has too large a learning rate, not bad luck.",
        **numbers,
    ).shown_by(arrival_rates(scale))


@claim(
    "every-start-leads-to-the-valley",
    section=SECTION,
    statement="The valley can be reached from any starting point.",
    how="Small rates: the descent lemma with curvature bound 3.7, and one critical point only. "
    "Large rates: 1 − ηλ, by which a step at the minimum multiplies a small distance; the Hessian "
    "there is λ times the identity. Between them, a grid of starts.",
    verdict="holds if",
    surprise=2,
)
def every_start_leads_to_the_valley(scale: Scale) -> Outcome:
    """Find the rates at which descents arrive."""
    rates, share, starts, _ = arrivals(scale)
    sure, never = 2 / LARGEST_CURVATURE, 2 / curvature_at_minimum()
    numbers = {
        "sure_below": sure,
        "never_above": never,
        "curvature_at_minimum": curvature_at_minimum(),
        "rates": rates,
        "share_of_starts_that_arrive": share,
        "starts": starts,
    }
    if share[rates < sure].min() < 1 or share[rates > never].max() > 0:
        return fails("The rate does not decide it.", **numbers)
    return holds_if(
        f"η < {sure:.4f} = 2/3.7, for every start in the plane. Above {never:.4f} = "
        f"2/{curvature_at_minimum():.3f} the minimum repels: of {starts} starts on a grid none "
        "arrived, and of those below all did.",
        **numbers,
    ).shown_by(arrival_rates(scale))
