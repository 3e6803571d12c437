"""Claims of "Loss Functions": the three formulas, their listings, and the guard against log 0."""

import mpmath as mp
import numpy as np

from gradmark.conformance.article.guards import (
    GUARDS,
    clipped,
    epsilon_inside,
    from_logit,
    unguarded,
)
from gradmark.conformance.article.ledger.claim import (
    Outcome,
    Scale,
    claim,
    fails,
    holds,
    holds_if,
    not_testable,
)
from gradmark.conformance.article.proportion import wilson
from gradmark.conformance.article.records import FloatArray, series
from gradmark.harness.records import SeriesRecord
from gradmark.reference.activations import sigmoid, sigmoid_derivative
from gradmark.reference.losses import (
    EPSILON,
    bce_with_logits_grad,
    binary_cross_entropy,
    binary_cross_entropy_grad,
    categorical_cross_entropy,
    mse_loss,
    mse_loss_grad,
)

SECTION = "Loss Functions"
CLIPPING = "Why clipping matters"
DTYPES = (np.float64, np.float32)

# The listing's labels, with its poor and its good predictions of them.
REGRESSION = ([3.0, 5.0, 7.0, 9.0], [2.0, 4.0, 8.0, 11.0], [3.1, 4.9, 7.1, 8.9])
BINARY = ([1, 0, 1, 1, 0], [0.4, 0.7, 0.3, 0.5, 0.6], [0.9, 0.1, 0.8, 0.95, 0.05])
CATEGORICAL = ([0, 0, 1], [0.4, 0.4, 0.2], [0.05, 0.05, 0.9])


@claim(
    "good-predictions-cost-less",
    section=SECTION,
    statement="Each loss is lower for the listing's good predictions than for its poor ones.",
    how="Each loss of the listing's own numbers, as its program prints them.",
    verdict="holds",
    surprise=1,
)
def good_predictions_cost_less(_: Scale) -> Outcome:
    """Evaluate the three losses; the listing's CCE divides by the number of classes."""
    demonstrations = ((mse_loss, REGRESSION), (binary_cross_entropy, BINARY))
    pairs = {loss.__name__: [float(loss(y, p)) for p in ps] for loss, (y, *ps) in demonstrations}
    y, *ps = CATEGORICAL
    pairs["categorical_cross_entropy"] = [
        float(categorical_cross_entropy(y, p)) / len(y) for p in ps
    ]
    printed = {name: [f"{value:.4f}" for value in pair] for name, pair in pairs.items()}
    says = "; ".join(f"{name} {poor} against {good}" for name, (poor, good) in printed.items())
    outcome = holds if all(good < poor for poor, good in pairs.values()) else fails
    return outcome(f"Printed: {says}.", printed=printed)


@claim(
    "mse-listing-is-the-formula",
    section="Mean Squared Error (MSE)",
    statement="The listing computes the mean of the squared errors.",
    how="The listing's four predictions against 50 digits; then exact ones as a column, (4, 1), "
    "against a row of labels, (4,), as the network's output and labels may well have.",
    verdict="holds if",
    surprise=3,
)
def mse_listing_is_the_formula(_: Scale) -> Outcome:
    """Compare with the exact mean, and let NumPy broadcast (n,) against (n, 1)."""
    y, poor = REGRESSION[:2]
    exact = float(mp.fsum((mp.mpf(a) - mp.mpf(b)) ** 2 for a, b in zip(y, poor, strict=True)) / 4)
    value = float(mse_loss(y, poor))
    column = np.array(y)[:, None]
    broadcast = float(np.mean((np.array(y) - column) ** 2))
    right = abs(value - exact) < 1e-15 * exact
    outcome = (holds_if if broadcast else holds) if right else fails
    return outcome(
        f"labels and predictions have one shape: NumPy makes a (4, 4) table of (4,) and (4, 1), "
        f"and four exact predictions cost {broadcast:g}.",
        value=value,
        exact=exact,
        exact_predictions_as_a_column=broadcast,
    )


@claim(
    "squared-errors-are-positive",
    section="Mean Squared Error (MSE)",
    statement="Squaring makes every error positive.",
    how="The largest number that squares to 0 in each dtype.",
    verdict="holds if",
    surprise=2,
)
def squared_errors_are_positive(_: Scale) -> Outcome:
    """Find where a square underflows."""
    vanishing = {np.dtype(dtype).name: _largest_that_squares_to_zero(dtype) for dtype in DTYPES}
    told = " or ".join(f"{error:.2g} ({dtype})" for dtype, error in vanishing.items())
    outcome = holds if not any(vanishing.values()) else holds_if
    return outcome(
        f"the error is larger than {told}: smaller ones square to 0, as an error of 0 does.",
        largest_error_that_squares_to_zero=vanishing,
    )


def _largest_that_squares_to_zero(dtype: type[np.floating]) -> float:
    # half the smallest number rounds to 0, as to the nearer even one
    error = dtype(np.sqrt(0.5 * np.longdouble(np.finfo(dtype).smallest_subnormal)))
    while np.nextafter(error, dtype(1)) ** 2 == 0:
        error = np.nextafter(error, dtype(1))
    while error**2 > 0:
        error = np.nextafter(error, dtype(0))
    return float(error)


@claim(
    "squares-weigh-large-errors-more",
    section="Mean Squared Error (MSE)",
    statement="Squaring penalizes a large error more heavily than a small one.",
    how="The loss and its slope at errors from 0.01 to 100, per unit of error.",
    verdict="holds",
    surprise=2,
)
def squares_weigh_large_errors_more(_: Scale) -> Outcome:
    """Compare the cost per unit of error."""
    errors = np.logspace(-2, 2, 5)
    costs = np.array([float(mse_loss([0.0], [error])) for error in errors])
    pulls = np.array([float(mse_loss_grad([0.0], [error])[0]) for error in errors])
    per_unit = costs / errors
    grows = bool(np.all(np.diff(per_unit) > 0) and np.all(np.diff(pulls) > 0))
    return (holds if grows else fails)(
        f"An error of 100 costs {per_unit[-1]:.3g} per unit and one of 0.01 costs "
        f"{per_unit[0]:.3g}: more than its size above 1, and less than its size below.",
        errors=errors,
        costs=costs,
        slopes=pulls,
    )


@claim(
    "mse-suits-regression",
    section=SECTION,
    statement="For regression, choose the mean squared error.",
    how="A constant fitted to 25 values by least squares (their mean) and by least absolute error "
    "(their median), over problems of three kinds of noise: normal, Laplace, and normal "
    "with one value in ten of tenfold spread. Ratio of the mean squared distances to the truth.",
    verdict="holds if",
    surprise=3,
)
def mse_suits_regression(scale: Scale) -> Outcome:
    """Compare the mean with the median under three kinds of noise."""
    random = np.random.default_rng([scale.seed, 1])
    size = (25, scale.runs(20_000, 5_000))
    spread = np.where(random.random(size) < 0.1, 10, 1)
    noises = {
        "normal": random.standard_normal(size),
        "Laplace": random.laplace(size=size),
        "with outliers": spread * random.standard_normal(size),
    }
    ratios = {
        name: float(np.mean(np.median(noise, axis=0) ** 2) / np.mean(noise.mean(axis=0) ** 2))
        for name, noise in noises.items()
    }
    says = ", ".join(f"{ratio:.2f} ({name})" for name, ratio in ratios.items())
    better = {name for name, ratio in ratios.items() if ratio > 1}
    outcome = {0: fails, len(noises): holds}.get(len(better), holds_if)
    return outcome(
        f"the noise is close to normal: least absolute errors miss by {says} times the mean "
        "squared distance of least squares.",
        ratios=ratios,
    )


@claim(
    "bce-suits-binary-labels",
    section=SECTION,
    statement="For yes or no, choose binary cross-entropy.",
    how="One logistic unit whose first logit is wrong by U(2, 12), trained by 1000 steps of rate "
    "0.5 on either loss: which share gets to the right side? 95% Wilson intervals.",
    verdict="holds",
    surprise=3,
)
def bce_suits_binary_labels(scale: Scale) -> Outcome:
    """Let wrong units learn from squared errors, and from the cross-entropy."""
    starts = -np.random.default_rng([scale.seed, 2]).uniform(2, 12, scale.runs(2000, 500))
    one = np.ones(1)
    squared = entropy = starts
    for _ in range(1000):
        a = sigmoid(squared)
        squared = squared - 0.5 * 2 * (a - 1) * sigmoid_derivative(a)
        entropy = entropy - 0.5 * (sigmoid(entropy) - 1)
    crossed = {
        "binary cross-entropy": wilson(int(np.sum(entropy > 0)), len(starts)),
        "mean squared error": wilson(int(np.sum(squared > 0)), len(starts)),
    }
    a = sigmoid(np.array([-10.0]))
    slope = float((mse_loss_grad(one, a) * sigmoid_derivative(a))[0])
    good, poor = crossed.values()
    says = ", ".join(
        f"{share:.1%} [{low:.1%}, {high:.1%}] by {name}"
        for name, (share, low, high) in crossed.items()
    )
    return (holds if good.low > poor.high else fails)(
        f"Corrected: {says}. At a logit wrong by 10 the squared error's slope is {slope:.1e}, the "
        "cross-entropy's -1.",
        corrected=crossed,
        slope_of_the_squared_error=slope,
    )


@claim(
    "cce-of-two-classes-is-bce",
    section=SECTION,
    statement="Categorical cross-entropy does for many classes what the binary one does for two.",
    how="Both of 1000 random predictions of two classes: the largest difference.",
    verdict="holds",
    surprise=1,
)
def cce_of_two_classes_is_bce(scale: Scale) -> Outcome:
    """Compare (p, 1 − p) with p."""
    random = np.random.default_rng([scale.seed, 3])
    p, y = random.random(1000), random.integers(0, 2, 1000).astype(float)
    two = categorical_cross_entropy(np.stack([y, 1 - y], axis=1), np.stack([p, 1 - p], axis=1))
    difference = abs(float(two) - float(binary_cross_entropy(y, p)))
    # 1 − p is rounded: p's last bit is worth 1e-16/(1−p), summed over a mean
    return (holds if difference < 1e-12 else fails)(
        f"With two classes they are the same number, to {difference:.0e}.", difference=difference
    )


@claim(
    "bce-measures-the-match",
    section="Binary Cross-Entropy",
    statement="Binary cross-entropy measures how well probabilities match the labels.",
    how="Its minimum over 999 predictions, for labels from 0 to 1.",
    verdict="holds if",
    surprise=3,
)
def bce_measures_the_match(_: Scale) -> Outcome:
    """Find the best prediction of each label, and what it costs."""
    predictions = np.linspace(0, 1, 1001)
    labels = (0.0, 0.1, 0.5, 0.9, 1.0)
    costs = np.array([clipped(y, predictions) for y in labels])
    best = predictions[np.argmin(costs, axis=1)]
    least = costs.min(axis=1)
    matched = bool(np.allclose(best, labels))
    free = bool(np.all(least < 1e-9))
    return ((holds if free else holds_if) if matched else fails)(
        f"every label is 0 or 1. The best prediction is always the label itself, but a match "
        f"of ½ with ½ still costs {least[2]:.4f}, the label's own entropy.",
        labels=labels,
        best_predictions=best,
        least_costs=least,
    )


@claim(
    "cce-listing-is-the-formula",
    section="Categorical Cross-Entropy",
    statement="The listing computes the formula's categorical cross-entropy.",
    how="The formula, −Σ y log ŷ of one sample, beside the listing's division by the length of "
    "its labels, for its own demonstration and for a batch of rows.",
    verdict="fails",
    surprise=4,
)
def cce_listing_is_the_formula(_: Scale) -> Outcome:
    """Compare the sum of one sample with that sum divided by len(y)."""
    y, *predictions = CATEGORICAL
    formula = [float(categorical_cross_entropy(y, p)) for p in predictions]
    printed = [value / len(y) for value in formula]
    rows = np.array([y] * 4), np.array([predictions[0]] * 4)
    batch = float(categorical_cross_entropy(*rows))
    same = bool(np.allclose(formula, printed))
    return (holds if same else fails)(
        f"Its demonstration is one sample of three classes, and len(y) is 3: it prints "
        f"{printed[0]:.4f} and {printed[1]:.4f}, a third of the formula's {formula[0]:.4f} and "
        f"{formula[1]:.4f}. Only with a row for each sample is the divisor the number of samples "
        "(and the result their mean, which the formula does not take).",
        formula=formula,
        printed=printed,
        four_equal_rows=batch,
    )


@claim(
    "poor-example-is-confident-in-a-wrong-class",
    section="Categorical Cross-Entropy",
    statement="The poor categorical prediction is confident in a wrong class.",
    how="The lead of its first class over the next, and its entropy over that of no idea at all.",
    verdict="fails",
    surprise=3,
)
def poor_example_is_confident(_: Scale) -> Outcome:
    """Measure how sure (0.4, 0.4, 0.2) is."""
    poor, good = CATEGORICAL[1:]
    entropy = {
        name: float(categorical_cross_entropy(p, p)) / np.log(3)
        for name, p in (("poor", poor), ("good", good))
    }
    first, second = sorted(poor, reverse=True)[:2]
    sure = first - second > 0.1
    return (holds if sure and entropy["poor"] < 0.5 else fails)(
        f"Two wrong classes tie at {first:g}, and its entropy is {entropy['poor']:.0%} of a blind "
        f"guess's: it is not confident in anything (the good one: {entropy['good']:.0%}).",
        lead=first - second,
        share_of_largest_entropy=entropy,
    )


@claim(
    "one-hot-example-is-class-two",
    section="Categorical Cross-Entropy",
    statement="The one-hot label (0, 0, 1) says class 2 of 3.",
    how="The index of its one.",
    verdict="holds if",
    surprise=1,
)
def one_hot_example_is_class_two(_: Scale) -> Outcome:
    """Look where the one is."""
    index = int(np.argmax(CATEGORICAL[0]))
    return (holds_if if index == 2 else fails)(
        "classes are counted from 0: it is the last of the three.", index=index
    )


@claim(
    "loss-tells-right-from-wrong",
    section=SECTION,
    statement="Without a loss a network has no notion of right or wrong.",
    how="What a computation could compare it with.",
    verdict="not testable",
    surprise=1,
)
def loss_tells_right_from_wrong(_: Scale) -> Outcome:
    """Explain why nothing can be computed."""
    return not_testable(
        "A metaphor. What can be computed: the listings never read the loss's value, only its "
        "gradient (see infinite-loss-breaks-training)."
    )


@claim(
    "no-loss-is-negative",
    section=SECTION,
    statement="A loss measures a distance from the truth.",
    how="The least of each guarded form over exact predictions, in float64: a distance is not "
    "negative.",
    verdict="fails",
    surprise=3,
)
def no_loss_is_negative(_: Scale) -> Outcome:
    """Evaluate the guards where the prediction is exactly the label."""
    least = {
        name: float(min(terms(y, np.array([y]))[0] for y in (0.0, 1.0)))
        for name, terms in GUARDS.items()
        if terms is not unguarded
    }
    inside = least["ε inside the log"]
    return (holds if min(least.values()) >= 0 else fails)(
        f"The network's loss, with ε added inside the logarithm, is {inside:.2e} for an exact "
        f"prediction: below zero, as log(1 + ε) > 0. The clipped one is "
        f"{least['clip to [ε, 1 − ε]']:.2e}.",
        least=least,
    )


@claim(
    "clipping-avoids-log-zero",
    section=CLIPPING,
    statement="Clipping predictions to [ε, 1 − ε] keeps log 0 out of the loss.",
    how="The clipped terms at p = 0 and 1, for either label, in both dtypes.",
    verdict="holds if",
    surprise=4,
)
def clipping_avoids_log_zero(scale: Scale) -> Outcome:
    """Clip in each dtype, where 1 − ε may be 1."""
    corners = {
        np.dtype(dtype).name: {
            f"y = {y}, p = {p}": float(clipped(y, np.full(1, p, dtype))[0])
            for y in (0, 1)
            for p in (0, 1)
        }
        for dtype in DTYPES
    }
    finite = {name: bool(np.isfinite(list(values.values())).all()) for name, values in
              corners.items()}  # fmt: skip
    single, double = corners["float32"], corners["float64"]
    top = [float(dtype(1 - EPSILON)) for dtype in DTYPES]
    outcome = holds if all(finite.values()) else holds_if if finite["float64"] else fails
    return outcome(
        f"predictions are float64, where a term is at most {double['y = 0, p = 1']:.6f}. In "
        f"float32 1 − ε is {top[1]:g}: p = 1 stays, and costs {single['y = 0, p = 1']:g} if wrong "
        f"and {single['y = 1, p = 1']:g} if right.",
        corners=corners,
        one_minus_epsilon=top,
    ).shown_by(guards_series(scale))


@claim(
    "every-loss-clips-as-told",
    section=CLIPPING,
    statement="Predictions are clipped to [ε, 1 − ε].",
    how="What a certain and right prediction costs in each listing: the text's clip leaves "
    "-log(1 − ε), a clip to [ε, 1] leaves 0.",
    verdict="fails",
    surprise=2,
)
def every_loss_clips_as_told(_: Scale) -> Outcome:
    """Compare the clip of the text, which BCE has, with that of the categorical listing."""
    certain = np.ones(1)
    as_told = float(clipped(1, certain)[0])
    # np.clip(p, ε, 1.0), as the categorical listing has it
    listed = float(-np.log(np.clip(certain, EPSILON, 1.0))[0])
    return (holds if listed == as_told else fails)(
        f"The binary listing does, and charges {as_told:.0e} for certainty. The categorical one "
        f"clips to [ε, 1] and charges {abs(listed):g}: there is no log(1 − p) to guard in it.",
        as_told=as_told,
        categorical_listing=abs(listed),
    )


@claim(
    "unclipped-confident-mistake-costs-infinity",
    section=CLIPPING,
    statement="Without the clip, one confident wrong prediction makes the loss infinite.",
    how="The logit from which the unguarded loss of σ(z) is infinite, for either label and dtype: "
    "sought on a grid of 0.01 up to 800.",
    verdict="holds if",
    surprise=4,
)
def unclipped_mistake_costs_infinity(_: Scale) -> Outcome:
    """Find where σ(z) rounds to 1, and where to 0."""
    z = np.linspace(0, 800, 80_001)
    first = {}
    for dtype in DTYPES:
        for y, sign in ((0, 1), (1, -1)):
            terms = unguarded(y, sigmoid((sign * z).astype(dtype)))
            infinite = np.isinf(terms)
            first[f"y = {y}, {np.dtype(dtype).name}"] = (
                float(z[infinite][0]) if infinite.any() else np.inf
            )
    high, low, high32, low32 = first.values()
    at_clip = float(unguarded(1, sigmoid(np.full(1, -500.0)))[0])
    outcome = holds_if if min(first.values()) > 10 and max(first.values()) < 800 else fails
    return outcome(
        f"σ(z) rounds to 0 or 1: for a label of 0 from a logit of {high:.1f} on ({high32:.1f} in "
        f"float32), for a label of 1 only from -{low:.0f} (-{low32:.0f}). Clipping z to ±500, as "
        f"the listing's network does, would be enough for the latter: {at_clip:g} at most.",
        smallest_logit_of_infinite_loss=first,
        loss_at_the_listings_clip=at_clip,
    )


@claim(
    "only-wrong-predictions-need-the-clip",
    section=CLIPPING,
    statement="Only a confident wrong prediction needs the clip.",
    how="The unguarded loss of confident right predictions, in both dtypes.",
    verdict="fails",
    surprise=4,
)
def only_wrong_predictions_need_the_clip(_: Scale) -> Outcome:
    """Evaluate the unguarded loss at y = p."""
    exact = {
        f"y = p = {y}, {np.dtype(dtype).name}": float(unguarded(y, np.full(1, y, dtype))[0])
        for dtype in DTYPES
        for y in (0, 1)
    }
    z = np.linspace(10, 40, 3001)
    first = {
        np.dtype(dtype).name: float(z[np.isnan(unguarded(1, sigmoid(z.astype(dtype))))][0])
        for dtype in DTYPES
    }
    return (fails if np.isnan(list(exact.values())).all() else holds)(
        f"An exactly right prediction makes the unguarded loss NaN, as 0 · log 0 does; for a label "
        f"of 1 from a logit of {first['float64']:.2f} on, in float32 of {first['float32']:.2f}: "
        "training well is enough.",
        exact_predictions=exact,
        smallest_logit_of_nan=first,
    )


def _confident_mistakes(
    scale: Scale,
) -> tuple[dict[str, FloatArray], FloatArray, FloatArray]:
    """Train logistic units from logits wrong by U(40, 100), along three forms of the gradient."""
    random = np.random.default_rng([scale.seed, 4])
    units = scale.runs(1000, 200)
    y: FloatArray = np.arange(units) % 2.0
    starts: FloatArray = (1 - 2 * y) * random.uniform(40, 100, units)

    def fused(z: FloatArray) -> FloatArray:
        return bce_with_logits_grad(y, z) * units

    def through_clip(z: FloatArray) -> FloatArray:
        a = sigmoid(z)
        return binary_cross_entropy_grad(y, a) * units * sigmoid_derivative(a)

    def through_unguarded(z: FloatArray) -> FloatArray:
        a = sigmoid(z)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope: FloatArray = (a - y) / (a * (1 - a)) * sigmoid_derivative(a)
        return slope

    ends: dict[str, FloatArray] = {}
    for name, gradient in (("a − y", fused), ("∂L/∂a · σ′, clipped", through_clip),
                           ("∂L/∂a · σ′, no guard", through_unguarded)):  # fmt: skip
        z = starts
        for _ in range(400):
            z = z - 0.5 * gradient(z)
        ends[name] = z
    return ends, starts, y


MISTAKES = (
    "Logistic units, half of either label, with first logits wrong by U(40, 100), trained by 400 "
    "steps of rate 0.5: which share gets to the right side? 95% Wilson intervals."
)


@claim(
    "infinite-loss-breaks-training",
    section=CLIPPING,
    statement="An infinite loss breaks training.",
    how=MISTAKES + " The gradient is a − y, as in the article's network.",
    verdict="fails",
    surprise=5,
)
def infinite_loss_breaks_training(scale: Scale) -> Outcome:
    """Train from an infinite unguarded loss by the network's own gradient."""
    ends, starts, y = _confident_mistakes(scale)
    infinite = np.isinf(unguarded(y, sigmoid(starts)))
    z = ends["a − y"][infinite]
    right = (z > 0) == (y[infinite] > 0.5)
    share = wilson(int(right.sum()), len(right))
    return (fails if share.low > 0.9 else holds)(
        f"{infinite.sum()} of {len(y)} units start with an infinite loss, and "
        f"{share.share:.1%} [{share.low:.1%}, {share.high:.1%}] of them learn: the gradient a − y "
        "is ±1 there, and nothing in the listing reads the loss's value. (Taken through ∂L/∂a, the "
        "gradient is what breaks: see clipping-keeps-training-alive.)",
        units=len(y),
        infinite_at_first=int(infinite.sum()),
        learned=share,
    )


@claim(
    "clipping-keeps-training-alive",
    section=CLIPPING,
    statement="Clipping lets training go on after a confident wrong prediction.",
    how=MISTAKES + " The gradient is that of the clipped loss, through the probability.",
    verdict="fails",
    surprise=5,
)
def clipping_keeps_training_alive(scale: Scale) -> Outcome:
    """Train along the gradient of the clipped loss."""
    ends, starts, y = _confident_mistakes(scale)
    shares = {
        name: wilson(int(np.sum(np.where(y > 0.5, z > 0, z < 0))), len(y))
        for name, z in ends.items()
    }
    still = int(np.sum(ends["∂L/∂a · σ′, clipped"] == starts))
    nan = int(np.isnan(ends["∂L/∂a · σ′, no guard"]).sum())
    says = ", ".join(
        f"{share:.1%} [{low:.1%}, {high:.1%}] along {name}"
        for name, (share, low, high) in shares.items()
    )
    return (fails if shares["∂L/∂a · σ′, clipped"].high < 0.1 else holds)(
        f"Where the clip holds p, the loss is flat: {still} of {len(y)} units never move. Learned: "
        f"{says} ({nan} become NaN).",
        units=len(y),
        learned=shares,
        never_moved=still,
        nan=nan,
    )


@claim(
    "both-guards-are-one-loss",
    section="Complete 2-Layer Backpropagation (NumPy)",
    statement="Clipping p and adding ε inside the logarithm are the same binary cross-entropy.",
    how="Their difference for a label of 1, at p from 10^−20 to 1, in float64.",
    verdict="holds if",
    surprise=3,
)
def both_guards_are_one_loss(scale: Scale) -> Outcome:
    """Find the largest difference of the article's two guards, and where it starts to matter."""
    p = np.logspace(-20, 0, 20 * 100 + 1)
    difference = np.abs(clipped(1, p) - epsilon_inside(1, p))
    largest = int(np.argmax(difference))
    apart = float(p[difference > 1e-6 * np.abs(clipped(1, p))][:-1].max())
    agree = bool(np.all(difference[(p > 1e-8) & (p < 0.999)] < 1e-6))
    outcome = holds if difference[largest] < 1e-6 else holds_if if agree else fails
    return outcome(
        f"p is not tiny: they differ by {difference[largest]:.4f} (log 2) at p = "
        f"{p[largest]:.0e}, and by more than a millionth for p below {apart:.0e}.",
        largest_difference=difference[largest],
        at=p[largest],
        a_millionth_apart_below=apart,
    ).shown_by(guards_series(scale))


def guards_series(scale: Scale) -> SeriesRecord:
    """Give the loss of a prediction wrong by a logit, under each guard, in both dtypes."""
    z = np.linspace(0, 120, scale.runs(481, 121))
    panels = []
    for dtype in DTYPES:
        for y, sign in ((1, -1), (0, 1)):
            wrong: FloatArray = (sign * z).astype(dtype)
            panels.append(
                {
                    "dtype": np.dtype(dtype).name,
                    "y": y,
                    "losses": [terms(y, sigmoid(wrong)) for terms in GUARDS.values()],
                    "from_logit": from_logit(y, wrong),
                }
            )
    return series(
        "guards_of_log_zero",
        logit=z,
        guards=list(GUARDS),
        panels=panels,
        settings=[f"ε = {EPSILON:g}", "p = σ(z)"],
    )
