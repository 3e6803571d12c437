"""What the article says of its four learning-rate schedules."""

from collections.abc import Callable
from functools import cache

import numpy as np

from gradmark.conformance.article import schedules
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
from gradmark.conformance.article.proportion import Interval, wilson
from gradmark.conformance.article.rate_grid import OPTIMIZERS, RATES, descend
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.races.toys import Toys, distribution
from gradmark.harness.records import SeriesRecord
from gradmark.reference import SGD, cosine_annealing, exponential_decay, step_decay, warmup_cosine

SECTION = "Learning Rate Schedules"
EPOCHS, PEAK = 100, 0.1
STEPS_PER_EPOCH = 5
SCHEDULES: dict[str, Callable[..., FloatArray]] = {
    "Step decay": step_decay,
    "Exponential decay": exponential_decay,
    "Cosine annealing": cosine_annealing,
    "Warm-up + cosine": warmup_cosine,
}


def _rates(epochs: int = EPOCHS) -> dict[str, FloatArray]:
    """Give the rates at epochs 0, 1, … under the listing's defaults."""
    return {name: schedule(np.arange(epochs)) for name, schedule in SCHEDULES.items()}


def _picture() -> SeriesRecord:
    """Gather the schedules as the listing runs them, and one epoch and a hundred beyond."""
    rates = _rates(2 * EPOCHS + 1)
    return series(
        "schedules_to_the_end",
        epoch=np.arange(2 * EPOCHS + 1),
        schedules=list(rates),
        rates=list(rates.values()),
        first=[values[0] for values in rates.values()],
        last=[values[EPOCHS - 1] for values in rates.values()],
        sums=[values[:EPOCHS].sum() for values in rates.values()],
        last_epoch=[EPOCHS - 1],
        settings=["the listing's defaults, η₀ = 0.1"],
    )


@claim(
    "schedules-decrease-the-rate",
    section=SECTION,
    statement="Schedules decrease the learning rate over time.",
    how="The differences of each schedule from epoch to epoch, over 100 epochs and over 200.",
    verdict="holds if",
    surprise=2,
)
def schedules_decrease(_: Scale) -> Outcome:
    """Look for rises."""
    rises = {n: int(np.sum(np.diff(r) > 0)) for n, r in _rates().items()}
    later = {n: int(np.sum(np.diff(r) > 0)) for n, r in _rates(2 * EPOCHS + 1).items()}
    back = float(cosine_annealing(2 * EPOCHS))
    condition = (
        "There is no warm-up, and no epoch after the last one planned. Warm-up + cosine rises in "
        f"{rises['Warm-up + cosine']} of its {EPOCHS} epochs. Left running, both cosines rise "
        f"again, {later['Cosine annealing']} epochs long: plain cosine is back at {back:g}, its "
        f"start, at epoch {2 * EPOCHS}. Step and exponential decay never rise."
    )
    numbers = {"rises": rises, "rises_in_200": later, "cosine_at_200": back}
    true = rises["Warm-up + cosine"] == 10 and later["Cosine annealing"] == EPOCHS
    true = true and not later["Step decay"] and not later["Exponential decay"]
    outcome = holds_if(condition, **numbers) if true else holds(condition, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "step-decay-reduces-by-a-factor",
    section=SECTION,
    statement="Step decay reduces the rate by a factor every so many epochs.",
    how="The quotient of each epoch's rate by the one before.",
    verdict="holds",
    surprise=1,
)
def step_decay_comment(_: Scale) -> Outcome:
    """Find the drops."""
    rates = _rates()["Step decay"]
    quotients = rates[1:] / rates[:-1]
    drops = np.flatnonzero(quotients != 1) + 1
    says = (
        f"At epochs {', '.join(map(str, drops))} the rate is multiplied by "
        f"{quotients[drops[0] - 1]:g}: the first {drops[0]} epochs have the full rate, the last "
        f"have {rates[-1]:g}. `drop` is the factor that stays, not the share that goes."
    )
    numbers = {"drops": drops, "last": rates[-1]}
    true = drops.tolist() == [20, 40, 60, 80] and set(quotients[drops - 1].tolist()) == {0.5}
    outcome = holds(says, **numbers) if true else fails(says, **numbers)
    return outcome.shown_by(schedules.picture())


@claim(
    "exponential-decay-is-smooth",
    section=SECTION,
    statement="Exponential decay decreases the rate smoothly.",
    how="Quotients of neighbouring epochs: constant, below 1.",
    verdict="holds",
    surprise=2,
)
def exponential_is_smooth(_: Scale) -> Outcome:
    """Check that each epoch takes the same share."""
    rates = _rates()["Exponential decay"]
    quotients = rates[1:] / rates[:-1]
    same = float(np.ptp(quotients))
    half = float(np.sum(rates[:14]) / np.sum(rates))
    says = (
        f"Each epoch takes the same {1 - quotients[0]:.2%} (not 5%: the decay rate 0.05 stands in "
        f"the exponent), down to {rates[-1]:.2g} in the last, {rates[-1] / rates[0]:.1%} of the "
        f"first; never to 0. Half of all learning, by the sum of rates, is over after 14 of "
        f"{EPOCHS} epochs ({half:.0%})."
    )
    numbers = {"quotient": quotients[0], "last": rates[-1], "share_of_14_epochs": half}
    return holds(says, **numbers) if same < 1e-14 and half > 0.5 else fails(says, **numbers)


@claim(
    "cosine-falls-to-zero-in-the-plot",
    section=SECTION,
    statement="Over the epochs that the listing plots, cosine annealing falls to zero.",
    how="The rates at the last epoch of the range, 99, and at 100.",
    verdict="fails",
    surprise=2,
)
def cosine_falls_to_zero(_: Scale) -> Outcome:
    """Read the last epochs."""
    last = {name: float(rate[-1]) for name, rate in _rates().items()}
    beyond = [float(cosine_annealing(EPOCHS)), float(warmup_cosine(EPOCHS))]
    says = (
        "The range ends an epoch early. Its last rates are "
        + ", ".join(f"{name} {value:.3g}" for name, value in last.items())
        + f"; exactly 0 comes at epoch {EPOCHS}, which is never run. Just as well: it would learn "
        "nothing."
    )
    numbers = {"last": last, "at_100": beyond}
    true = min(last.values()) > 0 and beyond == [0.0, 0.0]
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "warm-up-uses-every-epoch",
    section=SECTION,
    statement="Warm-up + cosine trains over all its epochs, gently at first.",
    how="The rate at epoch 0, and a step of SGD with it.",
    verdict="fails",
    surprise=4,
)
def warm_up_uses_every_epoch(_: Scale) -> Outcome:
    """Take the first step."""
    rates = _rates()["Warm-up + cosine"]
    w = np.array([1.0, -2.0])
    moved = float(np.max(np.abs(SGD(lr=float(rates[0])).step(w, np.array([3.0, 4.0])) - w)))
    says = (
        f"Its rate at epoch 0 is exactly {rates[0]:g}: a whole pass through the data that moves no "
        f"weight (moved: {moved:g}). {np.count_nonzero(rates)} of {EPOCHS} epochs learn. With "
        "(epoch + 1)/warm-up epochs all would."
    )
    numbers = {"first": rates[0], "moved": moved, "epochs_that_learn": np.count_nonzero(rates)}
    true = moved == 0 and np.count_nonzero(rates) == EPOCHS - 1
    outcome = fails(says, **numbers) if true else holds(says, **numbers)
    return outcome.shown_by(_picture())


@claim(
    "warm-up-joins-the-cosine",
    section=SECTION,
    statement="Where warm-up ends, the cosine takes over at the full rate.",
    how="Both formulas at epoch 10, values and slopes.",
    verdict="holds",
    surprise=1,
)
def warm_up_joins(_: Scale) -> Outcome:
    """Approach the seam from both sides."""
    h = 1e-6
    before, at, after = (float(warmup_cosine(10 + x)) for x in (-h, 0, h))
    slopes = [(at - before) / h, (after - at) / h]
    says = (
        f"Both are {at:g} at epoch 10, the highest rate of all; the slope jumps there from "
        f"{slopes[0]:.3g} an epoch to 0, so the rate is continuous and its slope is not."
    )
    numbers = {"at_10": at, "slopes": slopes}
    peak = bool(np.argmax(_rates()["Warm-up + cosine"]) == 10)
    true = at == PEAK and abs(before - at) < 1e-7 and abs(slopes[1]) < 1e-6 and peak
    return holds(says, **numbers) if true else fails(says, **numbers)


@claim(
    "schedule-settings-at-the-top-govern",
    section=SECTION,
    statement="The listing's `epochs` and `initial_lr`, set at its top, govern its schedules.",
    how="The listing's loop with `epochs` doubled: the schedules are called with their defaults.",
    verdict="fails",
    surprise=3,
)
def settings_at_the_top(_: Scale) -> Outcome:
    """Plan twice as long, by changing that one line."""
    epochs = 2 * EPOCHS
    got = float(cosine_annealing(epochs - 1))
    meant = float(cosine_annealing(epochs - 1, T_max=epochs))
    says = (
        "Neither is handed to a schedule: each has defaults of its own, and `initial_lr` is used "
        f"nowhere. Set `epochs` to {epochs} and the cosine, still planned for {EPOCHS}, climbs "
        f"back: its last rate is {got:.3g}, not {meant:.1e}."
    )
    numbers = {"last_rate": got, "meant": meant}
    return fails(says, **numbers) if got > 1000 * meant else holds(says, **numbers)


@cache
def _against_a_fixed_rate(scale: Scale) -> dict[str, dict[bool, FloatArray]]:
    """Tell on which problems a schedule ends lower than a fixed rate, noise-free and noisy.

    SGD for 100 epochs of 5 steps, each schedule and the fixed rate at its best of 16; the noise
    is N(0, 1), added to each component of the gradient.
    """
    instances = scale.runs(full=30, quick=8)
    epochs = np.arange(EPOCHS * STEPS_PER_EPOCH) // STEPS_PER_EPOCH
    factors = [np.ones(len(epochs)), *(schedule(epochs, 1.0) for schedule in SCHEDULES.values())]
    rates = np.concatenate([np.outer(RATES, factor) for factor in factors])  # (runs, steps)
    wins: dict[str, dict[bool, FloatArray]] = {name: {} for name in SCHEDULES}
    with pace("schedules", runs=2 * 6 * instances * len(rates)):
        for noisy in (False, True):
            random = np.random.default_rng(scale.seed)
            ends = []
            for toys in distribution(instances, random):
                noise = random.standard_normal((len(epochs), *toys.starts.shape)) * noisy
                end = _descend_by_schedule(toys, rates, noise)
                ends.append(end.reshape(len(factors), len(RATES), -1).min(axis=1))
            fixed, *others = np.stack(ends, axis=1)
            for name, end in zip(SCHEDULES, others, strict=True):
                wins[name][noisy] = end < fixed
    return wins


def _descend_by_schedule(toys: Toys, rates: FloatArray, noise: FloatArray) -> FloatArray:
    """Run SGD with the rate rates[r, t] in step t of run r; give the last losses, (runs, …)."""
    w = np.repeat(toys.starts[:, None, :], len(rates), axis=1)
    sgd, origin = SGD(lr=1.0), np.zeros_like(w)
    with np.errstate(over="ignore", invalid="ignore"):  # rates too large overflow by design
        for now, kick in zip(rates.T[:, :, None], noise[:, :, None, :], strict=True):
            w = w + now * sgd.step(origin, toys.gradient(w) + kick)
        end = toys.loss(w)
    return np.where(np.isfinite(end), end, np.inf)


def _share(wins: FloatArray) -> Interval:
    return wilson(int(np.sum(wins)), wins.size)


@claim(
    "schedules-end-lower-than-a-fixed-rate",
    section=SECTION,
    statement="A schedule is better than a fixed learning rate.",
    how="SGD on six kinds of small problem, with and without noise in the gradients, 100 epochs of "
    "5 steps: final loss at the best of 16 rates, schedule against fixed. Wilson, 95%.",
    verdict="holds if",
    surprise=4,
)
def schedules_against_fixed(scale: Scale) -> Outcome:
    """Count where each schedule ends lower."""
    wins = _against_a_fixed_rate(scale)
    both = {name: _share(np.stack([*by_noise.values()])) for name, by_noise in wins.items()}
    exact = {name: _share(by_noise[False]) for name, by_noise in wins.items()}
    noisy = {name: _share(by_noise[True]) for name, by_noise in wins.items()}
    told = "; ".join(
        f"{n} {exact[n].share:.0%} without noise and {noisy[n].share:.0%} with" for n in wins
    )
    condition = (
        f"It holds the rate up for long, as the cosines do. It ends lower than the best fixed "
        f"rate on so many problems: {told}. Halving every 20 epochs, or decaying from the first "
        "on, stops before it is there."
    )
    numbers = {
        "without_noise": {n: x._asdict() for n, x in exact.items()},
        "with_noise": {n: x._asdict() for n, x in noisy.items()},
    }
    late = min(both[name].share for name in ("Cosine annealing", "Warm-up + cosine"))
    early = max(exact[name].share for name in ("Step decay", "Exponential decay"))
    true = late > 0.5 > early
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "step-decay-is-a-good-baseline",
    section=SECTION,
    statement="Step decay is a simple, good baseline.",
    how="The same runs: where it ends lower than doing without a schedule. Wilson, 95%.",
    verdict="holds if",
    surprise=3,
)
def step_decay_is_good(scale: Scale) -> Outcome:
    """Compare with no schedule at all."""
    wins = _against_a_fixed_rate(scale)["Step decay"]
    exact, noisy = _share(wins[False]), _share(wins[True])
    condition = (
        f"The gradients are noisy. Without noise it ends lower than the best fixed rate on "
        f"{exact.share:.0%} of {wins[False].size} problems [{exact.low:.0%}, {exact.high:.0%}], so "
        f"that no schedule is the better baseline; with noise on {noisy.share:.0%} "
        f"[{noisy.low:.0%}, {noisy.high:.0%}], about every other. Simple it is: one line."
    )
    numbers = {"without_noise": exact._asdict(), "with_noise": noisy._asdict()}
    true = noisy.share > exact.share + 0.05 and exact.high < 0.5
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


def _gained_by_warm_up(scale: Scale) -> dict[str, FloatArray]:
    """Give by how much larger a rate is stable with warm-up, (kinds, instances), per optimizer.

    Unstable is a run whose loss exceeds 1.5 times its start: in the first ten epochs of a plain
    cosine of 100, or ever in one with ten epochs of warm-up. The largest stable rate is the last
    of the grid before the first unstable one.
    """
    instances = scale.runs(full=40, quick=8)
    epochs = np.arange(EPOCHS * STEPS_PER_EPOCH) // STEPS_PER_EPOCH
    plans = (
        (cosine_annealing(epochs, 1.0), EPOCHS // 10 * STEPS_PER_EPOCH),
        (warmup_cosine(epochs, 1.0), len(epochs)),
    )
    problems = distribution(instances, np.random.default_rng(scale.seed))
    gained = {}
    with pace("warm-up", runs=4 * len(problems) * instances * len(RATES)):
        for name in ("SGD + momentum", "Adam"):
            make, stable = OPTIMIZERS[name], []
            for factors, steps in plans:
                unstable = np.stack([
                    _exceeds(descend(toys, make(), RATES, steps, factors=factors))
                    for toys in problems
                ])  # fmt: skip
                rates = np.where(unstable.any(axis=1), unstable.argmax(axis=1), len(RATES))
                stable.append(rates)
            gained[name] = (RATES[1] / RATES[0]) ** (stable[1] - stable[0])
    return gained


def _exceeds(losses: FloatArray) -> FloatArray:
    high: FloatArray = losses.max(axis=0) > 1.5 * losses[0]
    return high


@claim(
    "warm-up-prevents-early-instability",
    section=SECTION,
    statement="Warm-up prevents instability early in training.",
    how="Momentum and Adam on six kinds of small problem: the largest of 16 rates at which the "
    "loss never exceeds 1.5 times its start, with ten epochs of warm-up and without. Wilson, 95%.",
    verdict="holds if",
    surprise=4,
)
def warm_up_prevents(scale: Scale) -> Outcome:
    """Measure how much larger a rate is stable."""
    gained = _gained_by_warm_up(scale)
    larger = {name: wilson(int(np.sum(gain > 1)), gain.size) for name, gain in gained.items()}
    factor = {name: float(np.exp(np.mean(np.log(gain)))) for name, gain in gained.items()}
    ravines = float(np.mean(gained["SGD + momentum"][1:4] > 1))
    adam, ball = larger["Adam"], larger["SGD + momentum"]
    condition = (
        f"The optimizer is Adam: on {adam.share:.0%} of {gained['Adam'].size} problems "
        f"[{adam.low:.0%}, {adam.high:.0%}] a larger rate is stable with warm-up, "
        f"{factor['Adam']:.1f} times as large in the mean. With momentum that is so on "
        f"{ball.share:.0%} [{ball.low:.0%}, {ball.high:.0%}], {factor['SGD + momentum']:.1f} "
        f"times; in ravines of constant curvature on {ravines:.0%}: there a rate is too large or "
        "not, and warm-up only puts off the day it is reached."
    )
    numbers = {
        "share_gaining": {name: share._asdict() for name, share in larger.items()},
        "factor_gained": factor,
        "momentum_in_ravines": ravines,
    }
    true = adam.low > 0.5 and ball.share < 0.6 and ravines < 0.1
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "warm-up-cosine-is-best-for-transformers",
    section=SECTION,
    statement="Warm-up + cosine is the best schedule for Transformers.",
    how="None at this size.",
    verdict="not testable",
    surprise=1,
)
def best_for_transformers(_: Scale) -> Outcome:
    """Best of which, trained how far?"""
    return not_testable(
        "It would take Transformers of the usual size, trained to the end under every schedule, "
        "each tuned; nothing that runs in seconds speaks for them. What warm-up does for Adam, "
        "their usual optimizer, is in the claim on early instability."
    )


@claim(
    "exponential-decay-is-common-in-older-papers",
    section=SECTION,
    statement="Exponential decay is common in older papers.",
    how="None: it is about the literature.",
    verdict="not testable",
    surprise=1,
)
def older_papers(_: Scale) -> Outcome:
    """A census of papers."""
    return not_testable("It takes a count of papers, and a year from which they are old.")


@claim(
    "cosine-annealing-is-popular",
    section=SECTION,
    statement="Cosine annealing is popular today, for ResNets and Transformers.",
    how="None: it is about what people do.",
    verdict="not testable",
    surprise=1,
)
def cosine_is_popular(_: Scale) -> Outcome:
    """Popularity is no property of a formula."""
    return not_testable(
        "Popularity is counted among people, not computed. How it does against a fixed rate is in "
        "the claim on schedules at large."
    )
