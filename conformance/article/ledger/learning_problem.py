"""Claims of "The Learning Problem"."""

from itertools import permutations

import numpy as np

from gradmark.conformance.article.ledger.claim import (
    Outcome,
    Scale,
    claim,
    fails,
    holds_if,
    not_testable,
)
from gradmark.conformance.article.proportion import wilson
from gradmark.reference.network import XOR_X, XOR_Y, compute_loss, initialize

SECTION = "The Learning Problem"


@claim(
    "training-is-like-tuning-a-radio",
    section=SECTION,
    statement="Training a network works the same way as tuning a radio's knobs.",
    how="None: an analogy has no truth value. Its parts that have one are entries of their own.",
    verdict="not testable",
    surprise=1,
)
def training_is_like_tuning_a_radio(_: Scale) -> Outcome:
    """Leave the analogy alone."""
    return not_testable(
        "An analogy: no computation could refute it. What it takes for granted can be tested: "
        "that there is an exact best combination, and that there is one."
    )


@claim(
    "there-is-an-exact-best-combination",
    section=SECTION,
    statement="Some exact combination of weights minimizes the loss; training is to find it.",
    how="Two hidden units solve XOR by hand; their output layer is scaled by c = 1, 2, 4, … . For "
    "any weights that classify every sample rightly, each sample's loss log(1 + e^−cm) falls in c.",
    verdict="fails",
    surprise=4,
)
def there_is_an_exact_best_combination(_: Scale) -> Outcome:
    """Scale weights that already solve XOR: the loss falls for ever."""
    W1, b1 = np.ones((2, 2)), np.array([[0.0, -1.0]])
    W2, b2 = np.array([[2.0], [-4.0]]), np.array([[-1.0]])
    scales = 2.0 ** np.arange(10)
    losses = np.array([compute_loss(XOR_X, XOR_Y, W1, b1, c * W2, c * b2) for c in scales])
    if not (np.all(np.diff(losses) < 0) and np.all(losses > 0)):
        return holds_if("the loss stops falling as the weights grow", scales=scales, losses=losses)
    return fails(
        "On the article's own task there is none. Once weights classify XOR rightly, doubling the "
        f"output layer lowers the loss, for ever: {losses[0]:.3f}, {losses[1]:.3f}, "
        f"{losses[2]:.3f}, …, {losses[-1]:.1e} at c = {scales[-1]:g}. Cross-entropy on separable "
        "data has an infimum, 0, that no finite weights reach: training has a direction, not a "
        "destination.",
        scales=scales,
        losses=losses,
    )


@claim(
    "the-best-combination-is-unique",
    section=SECTION,
    statement="There is one combination of weights to be found.",
    how="The article's XOR network with its hidden units permuted, and with each unit's incoming "
    "weights multiplied and its outgoing one divided by a power of two, which rounds nothing.",
    verdict="fails",
    surprise=2,
)
def the_best_combination_is_unique(scale: Scale) -> Outcome:
    """Move through the symmetries of a ReLU network."""
    W1, b1, W2, b2 = initialize()
    hidden = W1.shape[1]
    loss = float(compute_loss(XOR_X, XOR_Y, W1, b1, W2, b2))
    random = np.random.default_rng(scale.seed)
    losses = []
    for order in permutations(range(hidden)):
        p, c = list(order), np.exp2(random.integers(-8, 9, hidden))
        losses.append(
            compute_loss(XOR_X, XOR_Y, c * W1[:, p], c * b1[:, p], W2[p] / c[:, None], b2)
        )
    spread = float(np.ptp([loss, *losses]))
    numbers = {"weights_differ": len(losses), "loss": loss, "spread_of_losses": spread}
    # what is summed in another order is rounded otherwise
    if spread > 1e-14:
        return holds_if("hidden units cannot be permuted and rescaled", **numbers)
    return fails(
        f"{len(losses)} other combinations compute the same function: hidden units may be "
        f"permuted ({hidden}! ways), and a ReLU's incoming weights multiplied by any c > 0 if its "
        f"outgoing ones are divided by it, a continuum. Their losses differ by {spread:.0e}.",
        **numbers,
    )


@claim(
    "networks-have-millions-of-weights",
    section=SECTION,
    statement="Training adjusts millions of weights rather than a few knobs.",
    how="Count the weights of the article's own models and of one hidden layer on 28 × 28 images.",
    verdict="holds if",
    surprise=1,
)
def networks_have_millions_of_weights(_: Scale) -> Outcome:
    """Count weights."""
    own = {
        "landscape": 2,
        "descent in one dimension": 1,
        "XOR network": sum(part.size for part in initialize()),
        "gradient check": sum(part.size for part in initialize(hidden=3)),
        "Rosenbrock": 2,
        "learning rates": 1,
    }
    inputs, outputs = 28 * 28, 10
    # (d + 1) h + (h + 1) k weights and biases
    width = next(h for h in range(1, 10**4) if (inputs + 1) * h + (h + 1) * outputs >= 10**6)
    return holds_if(
        "the network is large: on 28 × 28 images with 10 classes, one hidden layer needs "
        f"{width:,} units to have a million. The article's own models have 1 to "
        f"{max(own.values())} weights.",
        own_models=own,
        hidden_units_for_a_million=width,
    )


@claim(
    "lowest-training-error-is-what-to-search-for",
    section=SECTION,
    statement="Learning is the search for the weights of lowest error on the training data.",
    how="Linear regression, 15 standard normal inputs, true weights of norm 1, noise of variance "
    "1, 30 samples: the weights of lowest training error against the same, shrunk by ridge "
    "(λ = 15), by their exact error on new data. Wilson's 95% interval over random problems.",
    verdict="holds if",
    surprise=2,
)
def lowest_training_error_is_what_to_search_for(scale: Scale) -> Outcome:
    """Compare the best fit with a worse one, on data not seen."""
    problems, samples, weights, ridge = scale.runs(4000, 1000), 30, 15, 15.0
    random = np.random.default_rng(scale.seed)
    X = random.normal(size=(problems, samples, weights))
    true = random.normal(size=(problems, weights, 1))
    true /= np.linalg.norm(true, axis=1, keepdims=True)
    y = X @ true + random.normal(size=(problems, samples, 1))
    gram, moment = X.mT @ X, X.mT @ y
    best = np.linalg.solve(gram, moment)
    shrunk = np.linalg.solve(gram + ridge * np.eye(weights), moment)
    # E (x·(ŵ − w))² = |ŵ − w|² for standard normal x
    error = {
        name: np.sum((found - true) ** 2, axis=(1, 2))
        for name, found in (("best", best), ("shrunk", shrunk))
    }
    better = int(np.sum(error["shrunk"] < error["best"]))
    interval = wilson(better, problems)
    numbers = {
        "problems": problems,
        "shrunk_is_better": better,
        "share": interval.share,
        "interval": [interval.low, interval.high],
        "mean_error_of_best_fit": float(error["best"].mean()),
        "mean_error_of_shrunk_fit": float(error["shrunk"].mean()),
    }
    if interval.low < 0.5:
        return fails("the best fit to the training data is best on new data, too", **numbers)
    return holds_if(
        "errors on the training data are all that matters. On new data the weights of lowest "
        f"training error lose to weights that fit the same data worse in {interval.share:.1%} of "
        f"{problems} problems ({interval.low:.1%} to {interval.high:.1%}): mean excess error "
        f"{error['best'].mean():.2f} against {error['shrunk'].mean():.2f}.",
        **numbers,
    )
