"""Claims of "Gradient Checking": what a match proves, what a mismatch proves, and the step."""

from functools import cache
from typing import NamedTuple

import numpy as np

from gradmark.conformance.article.guards import epsilon_inside
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.proportion import Interval, wilson
from gradmark.conformance.article.records import FloatArray, series
from gradmark.conformance.cases import Case
from gradmark.conformance.catalogue import variants
from gradmark.conformance.judging.unfold import course
from gradmark.conformance.races.networks import (
    BoolArray,
    Networks,
    central_differences,
    draw,
    flat,
    gradients,
    train,
)
from gradmark.harness.records import SeriesRecord
from gradmark.reference.gradient_check import central_difference, relative_difference
from gradmark.reference.network import (
    XOR_X,
    XOR_Y,
    compute_gradients,
    compute_loss,
    forward,
    initialize,
)

SECTION = "Gradient Checking: Verify Your Backprop"
TIP = "Debugging tip"
H, THRESHOLD = 1e-5, 1e-5  # the listing's step, and the relative difference that it lets pass

# The listing's setup: two samples, three hidden units.
X = np.array([[0.5, 0.3], [0.8, 0.1]])
Y = np.array([[1.0], [0.0]])
CHECKED = ((0, (0, 0)), (2, (0, 0)), (2, (1, 0)), (2, (2, 0)))  # W1[0,0], and all of W2

RANDOM = (
    "Networks of the listing's distribution (3 hidden units, weights ½ N(0, 1), biases 0) on two "
    "samples x ~ N(0, 1) with random labels; losses from the logit. "
)


def _guarded_loss(parameters: tuple[FloatArray, ...]) -> float:
    W1, b1, W2, b2 = parameters
    return float(np.mean(epsilon_inside(Y, forward(X, W1, b1, W2, b2).a2)))


def _nudged(parameters: tuple[FloatArray, ...], which: int, at: tuple[int, int]) -> float:
    """Difference as the listing does, in one weight."""
    ahead, behind = (
        tuple(
            part + sign * H * (np.arange(part.size).reshape(part.shape) == _flat_index(part, at))
            if i == which
            else part
            for i, part in enumerate(parameters)
        )
        for sign in (1, -1)
    )
    return (_guarded_loss(ahead) - _guarded_loss(behind)) / (2 * H)


def _flat_index(part: FloatArray, at: tuple[int, int]) -> int:
    return int(np.ravel_multi_index(at, part.shape))


def listing_gradients() -> list[tuple[float, float]]:
    """Return each gradient that the listing checks: backpropagated, and differenced."""
    parameters = initialize(hidden=3, seed=42)
    right = compute_gradients(X, Y, *parameters)
    return [(float(right[which][at]), _nudged(parameters, which, at)) for which, at in CHECKED]


@claim(
    "gradient-check-listing-passes",
    section=SECTION,
    statement="The listing's check finds its gradients right.",
    how="The four checks of the listing, seed 42, h = 10^-5, threshold 10^-5.",
    verdict="holds",
    surprise=1,
)
def gradient_check_listing_passes(_: Scale) -> Outcome:
    """Repeat the listing's four checks."""
    rows = [(a, n, float(relative_difference(a, n))) for a, n in listing_gradients()]
    first, *output = rows
    passed = all(row[2] < THRESHOLD for row in rows)
    return (holds if passed else fails)(
        f"W1[0,0]: analytical {first[0]:.8f}, numerical {first[1]:.8f}. W2: "
        f"{', '.join(f'{a:.6f}' for a, _n, _r in output)}, the same numerically. All four pass.",
        analytical=[a for a, _n, _r in rows],
        numerical=[n for _a, n, _r in rows],
        relative_differences=[r for _a, _n, r in rows],
    )


@claim(
    "each-pass-is-evidence",
    section=SECTION,
    statement="Each PASS of the check of W2 bears the gradient out.",
    how="The hidden units of the listing's setup: which are off for both samples?",
    verdict="fails",
    surprise=4,
)
def each_pass_is_evidence(_: Scale) -> Outcome:
    """Look for checks that compare nothing with nothing."""
    parameters = initialize(hidden=3, seed=42)
    dead = np.all(forward(X, *parameters).z1 <= 0, axis=0)
    gradient = compute_gradients(X, Y, *parameters)[2][:, 0]
    empty = [int(j) for j in np.flatnonzero(dead & (gradient == 0))]
    return (fails if empty else holds)(
        f"Hidden unit {', '.join(map(str, empty))} is off for both samples: its derivative is 0, "
        f"analytically and numerically, whatever the formula. {len(empty)} of {len(gradient)} "
        "PASSes says nothing.",
        dead_units=empty,
        gradients_of_w2=gradient,
    )


@claim(
    "match-means-right",
    section=SECTION,
    statement="If the numbers match, backpropagation is implemented right.",
    how="Each mistake in compute_gradients that the catalogue knows, put through the listing's "
    "check at the listing's point: W1[0,0] and W2; then through a check of all 13 entries.",
    verdict="fails",
    surprise=5,
)
def match_means_right(_: Scale) -> Outcome:
    """Let known mistakes take the listing's check."""
    parameters = initialize(hidden=3, seed=42)
    right = compute_gradients(X, Y, *parameters)
    mistakes = [v for v in variants("compute_gradients") if v.kind("float64") == "mistake"]
    here = Case("compute_gradients", "the listing's", (X, Y, *parameters))
    pass_four, pass_all = [], []
    for mistake in mistakes:
        wrong = [np.asarray(part, dtype=float) for part in course(mistake, here)]
        if [part.shape for part in wrong] != [part.shape for part in right]:
            continue
        if all(_passes(wrong[which][at], right[which][at]) for which, at in CHECKED):
            pass_four.append(mistake.name)
        if all(_passes(a, n) for a, n in zip(wrong, right, strict=True)):
            pass_all.append(mistake.name)
    return (fails if pass_four else holds)(
        f"{len(pass_four)} of {len(mistakes)} known mistakes pass: {', '.join(pass_four)}. The "
        f"unit of W1[0,0] is on for both samples, so a missing ReLU′ does not show; b1 and b2 are "
        f"not looked at. Of all 13 entries, {', '.join(pass_all) or 'none'} passes still: there "
        "are as many samples as features.",
        mistakes=len(mistakes),
        pass_the_listing=pass_four,
        pass_every_entry=pass_all,
    )


def _passes(analytical: FloatArray, numerical: FloatArray) -> bool:
    return bool(np.all(relative_difference(analytical, numerical) < THRESHOLD))


class Checked(NamedTuple):
    """Relative differences (p, steps, networks) of right gradients, and those gradients."""

    steps: FloatArray
    differences: FloatArray
    gradients: FloatArray

    def failing(self, h: float) -> Interval:
        """Give the share of networks with an entry over the threshold at the step nearest to h."""
        at = int(np.argmin(np.abs(np.log(self.steps / h))))
        bad = np.any(self.differences[:, at] > THRESHOLD, axis=0)
        return wilson(int(bad.sum()), bad.size)


def _check(x: FloatArray, y: FloatArray, networks: Networks, steps: FloatArray) -> Checked:
    numerical = central_differences(x, y, networks, steps)
    shared = x.shape[-1] == 1  # (n, d, 1): one set of samples for all networks
    analytical = flat(gradients(x[..., 0] if shared else x, y, networks)).astype(np.float64)
    a = np.broadcast_to(analytical[:, None], numerical.shape)
    return Checked(steps, relative_difference(a, numerical), analytical)


@cache
def _random_checks(scale: Scale, dtype: str) -> Checked:
    """Check random networks at steps from 10^-12 to 1, losses computed in `dtype`."""
    random = np.random.default_rng([scale.seed, 13])
    runs = scale.runs(2000, 400)
    x = random.standard_normal((2, 2, runs)).astype(dtype)
    y = random.integers(0, 2, (2, runs)).astype(dtype)
    networks = Networks(*(part.astype(dtype) for part in draw(random, runs, hidden=3)))
    steps = np.logspace(-12, 0, 25).astype(dtype)
    with pace(f"gradient checks, {dtype}", runs * len(steps)):
        return _check(x, y, networks, steps)


@cache
def _xor_checks(scale: Scale, bias: float) -> Checked:
    """Check networks on XOR whose z1 at (0, 0) is `bias`, in float64."""
    random = np.random.default_rng([scale.seed, 14])
    networks = draw(random, scale.runs(500, 200), bias=bias)
    return _check(XOR_X[:, :, None], XOR_Y, networks, np.logspace(-12, 0, 25))


@claim(
    "mismatch-means-a-bug",
    section=TIP,
    statement="A relative difference above 10^-5 usually indicates a bug.",
    how=RANDOM + "Right gradients, h = 10^-5: share of networks with an entry above the threshold. "
    "The same for the article's own network on XOR, before its first step. 95% Wilson intervals.",
    verdict="holds if",
    surprise=5,
)
def mismatch_means_a_bug(scale: Scale) -> Outcome:
    """Count the right gradients that fail."""
    usual, xor = _random_checks(scale, "float64").failing(H), _xor_checks(scale, 0.0).failing(H)
    listing = compute_gradients(XOR_X, XOR_Y, *initialize(seed=42))
    numerical = central_difference(
        lambda *p: compute_loss(XOR_X, XOR_Y, *p), initialize(seed=42), h=H
    )
    worst = [
        float(relative_difference(a, n).max()) for a, n in zip(listing, numerical, strict=True)
    ]
    outcome = (
        holds if max(usual.high, xor.high) < 0.05 else holds_if if usual.high < 0.05 else fails
    )
    return outcome(
        f"no z1 is within h of 0: of right gradients {usual.share:.1%} [{usual.low:.1%}, "
        f"{usual.high:.1%}] fail on random samples, but {xor.share:.1%} [{xor.low:.1%}, "
        f"{xor.high:.1%}] on XOR, where x = 0 and b1 = 0 put every unit on its kink. The listing's "
        f"own network fails in b1, by up to {worst[1]:.1e}.",
        failing_on_random_samples=usual,
        failing_on_xor=xor,
        worst_of_the_listing=dict(zip(("W1", "b1", "W2", "b2"), worst, strict=True)),
    ).shown_by(steps_series(scale))


@claim(
    "threshold-suits-any-precision",
    section=TIP,
    statement="The threshold of 10^-5 tells right gradients from wrong ones in any precision.",
    how=RANDOM + "Right gradients in float32: share of networks with an entry above the threshold, "
    "at h = 10^-5 and at the step where fewest fail. 95% Wilson intervals.",
    verdict="holds if",
    surprise=4,
)
def threshold_suits_any_precision(scale: Scale) -> Outcome:
    """Check right gradients of float32 losses."""
    double, single = (_random_checks(scale, dtype) for dtype in ("float64", "float32"))
    shares = [single.failing(h) for h in single.steps]
    best = min(range(len(shares)), key=lambda i: shares[i].share)
    at_h = single.failing(H)
    right = double.failing(H).high < 0.05
    outcome = holds_if if right and shares[best].low > 0.5 else holds if right else fails
    return outcome(
        f"losses are float64. In float32 {at_h.share:.1%} [{at_h.low:.1%}, {at_h.high:.1%}] of "
        f"right gradients fail at h = 10^-5, and still {shares[best].share:.1%} "
        f"[{shares[best].low:.1%}, {shares[best].high:.1%}] at the best step, "
        f"{single.steps[best]:.0e}.",
        failing_at_the_listings_step=at_h,
        failing_at_the_best_step=shares[best],
        best_step=float(single.steps[best]),
    ).shown_by(steps_series(scale))


@claim(
    "step-is-well-chosen",
    section=SECTION,
    statement="h = 10^-5 is a good step for a central difference.",
    how=RANDOM + "Median relative error of the entries above 10^-4 in size, over h from 10^-12 "
    "to 1, in float64.",
    verdict="holds",
    surprise=2,
)
def step_is_well_chosen(scale: Scale) -> Outcome:
    """Compare the listing's step with the best."""
    checked = _random_checks(scale, "float64")
    medians = _medians(checked, np.abs(checked.gradients) > 1e-4)
    at = int(np.argmin(np.abs(np.log(checked.steps / H))))
    best = int(np.argmin(medians))
    balance = float(np.finfo(float).eps ** (1 / 3))
    return (holds if medians[at] < 10 * medians[best] else fails)(
        f"The median error is {medians[at]:.0e} at h = 10^-5; least, {medians[best]:.0e}, at "
        f"{checked.steps[best]:.0e}. Truncation, h², and roundoff, u/h, balance near u^⅓ = "
        f"{balance:.0e}.",
        median_error=medians[at],
        least_median_error=medians[best],
        best_step=checked.steps[best],
        cube_root_of_roundoff=balance,
    ).shown_by(steps_series(scale))


def _medians(checked: Checked, chosen: BoolArray) -> list[float]:
    """Give the median relative difference of the chosen entries, for each step."""
    return [
        float(np.median(checked.differences[:, at][chosen])) for at in range(len(checked.steps))
    ]


@claim(
    "threshold-suits-small-gradients",
    section=TIP,
    statement="The threshold tells right from wrong for gradients of any size.",
    how="Networks (4 hidden units) on 4 samples x ~ N(0, 1) with soft labels U(0.1, 0.9), before "
    "and after 3000 epochs of η = 0.5: share whose right gradient has an entry above the "
    "threshold, h = 10^-5. 95% Wilson intervals. A wrong sign at 10^-14.",
    verdict="holds if",
    surprise=4,
)
def threshold_suits_small_gradients(scale: Scale) -> Outcome:
    """Check networks before and after training, which makes gradients small."""
    random = np.random.default_rng([scale.seed, 15])
    runs = scale.runs(400, 100)
    x, y = random.standard_normal((4, 2, runs)), random.uniform(0.1, 0.9, (4, runs))
    first = draw(random, runs)
    checked = [_check(x, y, nets, np.array([H])) for nets in (first, train(x, y, first, 3000))]
    before, after = (check.failing(H) for check in checked)
    size = float(np.median(np.abs(checked[1].gradients).max(axis=0)))
    unseen = float(relative_difference(-1e-14, 1e-14))
    outcome = holds if after.high < 0.05 else holds_if if before.high < 0.1 else fails
    return outcome(
        f"they are not small. {before.share:.1%} [{before.low:.1%}, {before.high:.1%}] of right "
        f"gradients fail before training and {after.share:.1%} [{after.low:.1%}, {after.high:.1%}] "
        f"near the minimum, where they are about {size:.0e} and roundoff of 10^-11 is divided by "
        f"|a| + 10^-8. The other way round, -10^-14 for 10^-14 passes, at {unseen:.0e}.",
        failing_before_training=before,
        failing_after_training=after,
        median_largest_entry_after_training=size,
        wrong_sign_at_1e_14=unseen,
    )


@claim(
    "nudge-is-undone",
    section=SECTION,
    statement="Adding h, taking 2h away and adding h restores the weight.",
    how="Weights ½ N(0, 1) in both dtypes, after one and after 1000 checks, bit for bit. 95% "
    "Wilson intervals.",
    verdict="fails",
    surprise=3,
)
def nudge_is_undone(scale: Scale) -> Outcome:
    """Nudge weights to and fro."""
    random = np.random.default_rng([scale.seed, 16])
    weights = 0.5 * random.standard_normal(scale.runs(20_000, 5_000))
    changed, drift = {}, {}
    for dtype in (np.float64, np.float32):
        name = np.dtype(dtype).name
        first: FloatArray = weights.astype(dtype)
        w = first.copy()
        for check in range(1000):
            w += H
            w -= 2 * H
            w += H
            if not check:
                changed[name] = wilson(int(np.sum(w != first)), w.size)
        drift[name] = float(np.max(np.abs(w - first)))
    listed = float(initialize(hidden=3, seed=42).W1[0, 0])
    restored = listed + H
    restored -= 2 * H
    restored += H
    share, low, high = changed["float64"]
    return (fails if low > 0.1 else holds)(
        f"{share:.0%} [{low:.0%}, {high:.0%}] of float64 weights come back a rounding away (the "
        f"listing's W1[0,0] by {restored - listed:.1e}), and it adds up: after 1000 checks the "
        f"farthest is {drift['float64']:.0e} off, in float32 {drift['float32']:.0e}, more than h.",
        changed_by_one_check=changed,
        listings_weight_is_off_by=restored - listed,
        largest_drift_after_1000=drift,
    )


@claim(
    "gradient-checking-is-slow",
    section=TIP,
    statement="Gradient checking is too slow to be left on during training.",
    how="Forward passes that a check of every parameter takes: counted for the listing's network, "
    "2 p in general.",
    verdict="holds",
    surprise=1,
)
def gradient_checking_is_slow(_: Scale) -> Outcome:
    """Count the losses that a full check evaluates."""
    calls = 0

    def counted(*parameters: FloatArray) -> float:
        nonlocal calls
        calls += 1
        W1, b1, W2, b2 = parameters
        return float(compute_loss(X, Y, W1, b1, W2, b2))

    central_difference(counted, initialize(hidden=3, seed=42), h=H)
    small, large = 2 * 3 + 3 + 3 + 1, 784 * 128 + 128 + 128 * 10 + 10
    return (holds if calls == 2 * small else fails)(
        f"A check takes two forward passes a parameter: {calls} for the {small} of the listing, "
        f"{2 * large:,} for the {large:,} of a 784-128-10 network, at every step.",
        forward_passes=calls,
        parameters=small,
        large_network=large,
    )


@cache
def steps_series(scale: Scale) -> SeriesRecord:
    """Give a check's error over h: smooth, near and on a kink; and the share that fails."""
    double, single = (_random_checks(scale, dtype) for dtype in ("float64", "float32"))
    curves = {
        "float64, smooth": (double, np.abs(double.gradients) > 1e-4),
        "float32, smooth": (single, np.abs(single.gradients) > 1e-4),
    }
    for name, bias in (("float64, 0.001 from a kink", 1e-3), ("float64, on a kink", 0.0)):
        checked = _xor_checks(scale, bias)
        hidden_bias = np.zeros(checked.gradients.shape, dtype=bool)
        hidden_bias[8:12] = np.abs(checked.gradients[8:12]) > 1e-4
        curves[name] = (checked, hidden_bias)
    failing = [[checked.failing(h) for h in checked.steps] for checked in (double, single)]
    on_kink = _xor_checks(scale, 0.0)
    return series(
        "gradient_check_steps",
        steps=double.steps,
        curves=list(curves),
        errors=[_medians(checked, chosen) for checked, chosen in curves.values()],
        failing_names=["float64, random samples", "float32, random samples", "float64, on XOR"],
        failing=[*failing, [on_kink.failing(h) for h in on_kink.steps]],
        listed_step=H,
        threshold=THRESHOLD,
        settings=[
            f"{double.gradients.shape[1]} networks on random samples",
            f"{on_kink.gradients.shape[1]} on XOR",
            "bands: 95% intervals",
        ],
    )
