"""Claims of "Learning Rate Impact": the labels and printed conclusions on its five rates."""

import mpmath
import numpy as np

from gradmark.conformance.article.learning_rates import (
    BOUND,
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
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.article.regimes import bifurcation, lyapunov_exponent
from gradmark.reference.landscapes import bowl, bowl_grad

SECTION = "Learning Rate Impact"
LOW, _, LOCAL = (float(w) for w in critical_points())
ROUNDING = 1e-12  # a loss that rises by less does not rise


def steps_until(path: FloatArray, minimum: float, within: float) -> int:
    """Count the steps after which a walk stays near a minimum; all of them if it never does."""
    away = np.flatnonzero(np.abs(path - minimum) > within)
    return int(away[-1]) + 1 if away.size else 0


@claim(
    "rate-0-001-barely-moves",
    section=SECTION,
    statement="η = 0.001 is too slow: it barely moves in 50 steps.",
    how="The share of the way from w = 3 to the minimum in which the walk ends.",
    verdict="holds",
    surprise=1,
)
def rate_0_001_barely_moves(_: Scale) -> Outcome:
    """Measure how far it gets."""
    way = float((START - free_walk(0.001)[-1]) / (START - LOCAL))
    needed = steps_until(free_walk(0.001, 3000), LOCAL, 0.01)
    numbers = {"share_of_the_way": way, "steps_to_arrive_within_0.01": needed}
    if way > 0.25:
        return fails(f"It makes {way:.0%} of the way.", **numbers)
    return holds(f"It makes {way:.0%} of the way in {STEPS} steps; {needed} get there.", **numbers)


@claim(
    "rate-0-01-converges-slowly-but-safely",
    section=SECTION,
    statement="η = 0.01 converges slowly but safely.",
    how="Safe: η < 2/10 lowers the loss at every step (descent lemma, curvature at most 10). "
    "Converges: steps until the walk stays within 0.01 of a minimum.",
    verdict="holds if",
    surprise=2,
)
def rate_0_01_converges_slowly_but_safely(_: Scale) -> Outcome:
    """Check both halves."""
    path = free_walk(0.01, 1000)
    rises = int(np.sum(np.diff(bowl(path)) > ROUNDING))
    needed = steps_until(path, LOCAL, 0.01)
    short = float(path[STEPS] - LOCAL)
    numbers = {"rising_steps": rises, "steps_needed": needed, "off_after_50": short}
    if rises or needed == len(path):
        return fails("It is not safe, or does not converge.", **numbers)
    if needed <= STEPS:
        return holds(f"It is there after {needed} steps.", **numbers)
    return holds_if(
        f"it may take {needed} steps. In the {STEPS} of the listing it does not: it ends "
        f"{short:.2f} from the minimum it nears, the local one. The loss falls at every "
        "step, as said.",
        **numbers,
    )


@claim(
    "rate-0-1-balances-speed-and-stability",
    section=SECTION,
    statement="η = 0.1 balances speed and stability.",
    how="Each step near the minimum multiplies the distance by 1 − ηL″; steps until the walk "
    "stays within 10⁻⁶; steps at which the loss rises.",
    verdict="holds",
    surprise=1,
)
def rate_0_1_balances_speed_and_stability(_: Scale) -> Outcome:
    """Measure speed and stability."""
    path = free_walk(0.1)
    factor = multiplier(0.1, critical_points()[2])
    rises = int(np.sum(np.diff(bowl(path)) > ROUNDING))
    needed = steps_until(path, LOCAL, 1e-6)
    numbers = {"factor_per_step": factor, "rising_steps": rises, "steps_to_1e-6": needed}
    if rises or needed > STEPS or abs(factor) >= 1:
        return fails("It is slow or unstable.", **numbers)
    return holds(
        f"It is within 10⁻⁶ after {needed} steps, each of which leaves {factor:.0%} of the "
        "distance, and never goes uphill. In which minimum it arrives is another matter.",
        **numbers,
    )


@claim(
    "the-good-rate-finds-the-minimum",
    section=SECTION,
    statement="η = 0.1, labelled good, finds the minimum.",
    how="All critical points of the bowl by interval arithmetic; where each of the five walks is.",
    verdict="fails",
    surprise=5,
)
def the_good_rate_finds_the_minimum(scale: Scale) -> Outcome:
    """Compare its end with both minima."""
    ends = {str(rate): float(free_walk(rate)[-1]) for rate in RATES}
    there = [rate for rate, end in ends.items() if abs(end - LOW) < 0.01]
    numbers = {
        "ends": ends,
        "global_minimum": LOW,
        "local_minimum": LOCAL,
        "losses": {"global": float(bowl(LOW)), "local": float(bowl(LOCAL))},
    }
    if "0.1" in there:
        return holds("It ends in the global minimum.", **numbers)
    return fails(
        f"It settles at w = {ends['0.1']:.4f}, the worse of two minima, with L = "
        f"{bowl(LOCAL):.4f}; the global one is at {LOW:.4f} with L = {bowl(LOW):.4f}. After "
        f"{STEPS} steps {len(there) or 'none'} of the five rates is there.",
        **numbers,
    ).shown_by(picture(scale))


@claim(
    "rate-0-5-eventually-converges",
    section=SECTION,
    statement="η = 0.5 oscillates but eventually converges.",
    how="A walk that converges ends at a fixed point, where L′ = 0. At all three the multiplier "
    "|1 − ηL″| exceeds 1, so that each repels. Then the Lyapunov exponent of long walks from 64 "
    "starts.",
    verdict="fails",
    surprise=5,
)
def rate_0_5_eventually_converges(scale: Scale) -> Outcome:
    """Find every fixed point repelling, and the walk chaotic."""
    factors = [multiplier(0.5, w) for w in critical_points()]
    steps = scale.runs(full=20_000, quick=4000)
    rng = np.random.default_rng(scale.seed)
    starts = np.append(START, rng.uniform(-4, 4, 63))
    # the walk is w ← −cos 4w
    path = [starts]
    for _ in range(steps):
        path.append(path[-1] - 0.5 * bowl_grad(path[-1]))
    exponents = lyapunov_exponent(np.array(path), np.array(0.5))
    late = free_walk(0.5)[-10:]
    numbers = {
        "multipliers": dict(zip(("global", "maximum", "local"), factors, strict=True)),
        "lyapunov_exponent": exponents[0],
        "lyapunov_exponents_of_others": [exponents[1:].min(), exponents[1:].max()],
        "late_weights": late,
        "steps": steps,
    }
    if min(map(abs, factors)) <= 1 or exponents.min() <= 0.05:
        return holds("A minimum attracts it.", **numbers)
    return fails(
        "It never does. With η = ½ the update is w ← −cos 4w, and its three fixed points all "
        f"repel, so that only a walk which hits one exactly could end there: a step multiplies a "
        f"small distance by {factors[0]:.2f} at the global minimum, "
        f"{factors[1]:.2f} at the maximum, {factors[2]:.2f} at the local minimum. Its Lyapunov "
        f"exponent is {exponents[0]:.2f} > 0, and {exponents[1:].min():.2f} to "
        f"{exponents[1:].max():.2f} from {len(starts) - 1} other starts: this is chaos. Two walks "
        f"10⁻¹⁵ apart have parted after about {np.log(1e15) / exponents[0]:.0f} steps.",
        **numbers,
    ).shown_by(picture(scale), bifurcation(scale))


@claim(
    "rate-0-5-is-fast",
    section=SECTION,
    statement="η = 0.5 is a fast rate, as its label says.",
    how="The best loss and the last loss of its 50 steps, beside those of η = 0.1.",
    verdict="fails",
    surprise=2,
)
def rate_0_5_is_fast(scale: Scale) -> Outcome:
    """Compare it with the rate called good."""
    fast, good = bowl(free_walk(0.5)), bowl(free_walk(0.1))
    late = fast[-20:]
    numbers = {
        "last_20_losses": [late.min(), late.max()],
        "uphill_steps": int(np.sum(np.diff(fast) > ROUNDING)),
        "last_loss_of_0.1": good[-1],
        "within_0.01_of_a_minimum": int(
            np.sum(np.minimum(abs(free_walk(0.5) - LOCAL), abs(free_walk(0.5) - LOW)) < 0.01)
        ),
    }
    if np.ptp(late) < 1e-3:
        return holds("It arrives.", **numbers)
    return fails(
        f"Fast at what? It jumps down at once and arrives nowhere: its last 20 losses run from "
        f"{late.min():.3f} to {late.max():.3f}, {numbers['uphill_steps']} of {STEPS} steps go "
        "uphill. The label says fast, the printed summary that it oscillates.",
        **numbers,
    ).shown_by(picture(scale))


@claim(
    "rate-1-2-diverges-without-bound",
    section=SECTION,
    statement="The listing's walk with η = 1.2 diverges: its loss grows without bound.",
    how="As listed, w is clipped to ±10, so L ≤ 100.5. Without clipping w ← −1.4w − 2.4 cos 4w: "
    "once |w| > 6, |w_new| − 6 ≥ 1.4 (|w| − 6). The first step beyond 6 is found at 50 digits.",
    verdict="fails",
    surprise=4,
)
def rate_1_2_diverges_without_bound(scale: Scale) -> Outcome:
    """Bound the clipped walk, and prove that the free one grows."""
    held, free = clipped_walk(1.2), free_walk(1.2)
    with mpmath.workdps(50):
        w, first = mpmath.mpf(3), 0
        while abs(w) <= 6 and first < STEPS:
            w, first = -(7 * w + 12 * mpmath.cos(4 * w)) / 5, first + 1
        beyond = float(abs(w) - 6)
    cycle = np.unique(held[-10:])
    numbers = {
        "clipped_losses_of_last_10": bowl(held[-10:]),
        "clipped_weights_of_last_10": held[-10:],
        "bound": BOUND**2 + 0.5,
        "free_loss_after_50": bowl(free[-1]),
        "first_step_beyond_6": first,
        "beyond_6_by": beyond,
        "growth_per_step_at_least": 1.4,
    }
    if beyond <= 0:
        return fails("It does not even leave without clipping.", **numbers)
    if bowl(held).max() > BOUND**2 + 0.5:
        return holds("It does.", **numbers)
    return fails(
        f"The listing's own clipping stops it: L ≤ 100.5 always, and from step "
        f"{int(np.argmax(np.abs(held) == BOUND))} on the walk alternates between "
        f"{cycle[0]:g} and {cycle[-1]:g}, L = {bowl(held[-1]):.1f} at both. Without clipping it "
        f"does diverge, provably: |w| > 6 at step {first}, and each step then multiplies what is "
        f"beyond 6 by 1.4 or more; L = {bowl(free[-1]):.1e} after {STEPS}.",
        **numbers,
    ).shown_by(picture(scale))


@claim(
    "the-good-rate-has-the-lowest-loss-of-the-five",
    section=SECTION,
    statement="Of the five rates the one called good fares best within 50 steps.",
    how="The mean of each rate's last 11 losses in the listing, clipping included.",
    verdict="holds",
    surprise=1,
)
def the_good_rate_has_the_lowest_loss_of_the_five(_: Scale) -> Outcome:
    """Rank the rates by where their losses are."""
    mean = {str(rate): float(bowl(clipped_walk(rate))[-11:].mean()) for rate in RATES}
    order = sorted(mean, key=mean.__getitem__)
    numbers = {"mean_of_the_last_11": mean, "best_first": order}
    told = ", ".join(f"{rate} ({mean[rate]:.3g})" for rate in order)
    if order[0] != "0.1":
        return fails(f"The order is {told}.", **numbers)
    return holds(
        f"Best first: {told}. It is the best of five, not the best rate: η = 0.2 ends at −0.377.",
        loss_of_0_2=float(bowl(free_walk(0.2)[-1])),
        **numbers,
    )
