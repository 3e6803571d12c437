"""What the article says in looking back."""

import numpy as np

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
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.article.tournament import tournament
from gradmark.conformance.races.networks import learned, train
from gradmark.conformance.races.toys import Toys, as_networks, networks
from gradmark.reference.network import XOR_X, XOR_Y, compute_gradients, compute_loss, initialize

SECTION = "What’s Next"
NEIGHBOURS = 40  # of which the evolution strategy keeps the best quarter


@claim(
    "optimizers-accelerate-convergence",
    section=SECTION,
    statement="Optimizers accelerate convergence.",
    how="Six kinds of small problem, each optimizer at its best of 16 rates: is momentum, RMSprop "
    "or Adam there before plain SGD? Wilson, 95%.",
    verdict="holds if",
    surprise=3,
)
def optimizers_accelerate(scale: Scale) -> Outcome:
    """Compare each with SGD, kind by kind."""
    race = tournament(scale)
    sgd = race.best("SGD")
    faster = {name: (race.best(name) < sgd) for name in ("SGD + momentum", "RMSprop", "Adam")}
    overall = {name: wilson(int(won.sum()), won.size) for name, won in faster.items()}
    mild = next(i for i, toys in enumerate(race.problems) if "mild" in toys.kind)
    in_mild = {name: float(won[mild].mean()) for name, won in faster.items()}
    told = ", ".join(
        f"{n} on {s.share:.0%} [{s.low:.0%}, {s.high:.0%}]" for n, s in overall.items()
    )
    condition = (
        f"The problem is ill-conditioned. Faster than plain SGD at its best rate are {told} of "
        f"{sgd.size} problems; but in a mild ravine, κ = 10, momentum is on "
        f"{in_mild['SGD + momentum']:.0%} and Adam on {in_mild['Adam']:.0%}: there a well-chosen "
        "rate is all it takes."
    )
    numbers = {
        "faster": {name: share._asdict() for name, share in overall.items()},
        "in_mild_ravine": in_mild,
    }
    true = (
        all(s.share > 0.5 for s in overall.values())
        and max(in_mild["SGD + momentum"], in_mild["Adam"]) < 0.5
    )
    return holds_if(condition, **numbers) if true else fails(condition, **numbers)


@claim(
    "backpropagation-computes-the-gradients",
    section=SECTION,
    statement="Backpropagation computes the gradients that descent needs.",
    how="All 17 weights of the XOR network, from 20 initializations, against central differences.",
    verdict="holds",
    surprise=1,
)
def backpropagation_computes(scale: Scale) -> Outcome:
    """Differentiate numerically what was differentiated by the chain rule."""
    worst, h = 0.0, 1e-6
    for seed in range(scale.seed, scale.seed + scale.runs(full=20, quick=5)):
        parameters = [w + 0.1 for w in initialize(seed=seed)]  # off the kinks at the input 0
        exact = compute_gradients(XOR_X, XOR_Y, *parameters)
        for k, gradient in enumerate(exact):
            for index in np.ndindex(gradient.shape):
                ends = []
                for sign in (1, -1):
                    moved = [w.copy() for w in parameters]
                    moved[k][index] += sign * h
                    ends.append(float(compute_loss(XOR_X, XOR_Y, *moved)))
                worst = max(worst, abs((ends[0] - ends[1]) / (2 * h) - float(gradient[index])))
    says = f"They agree to {worst:.0e}, what central differences with h = 10⁻⁶ can tell."
    true = worst < 1e-8
    return holds(says, largest_difference=worst) if true else fails(says, largest_difference=worst)


@claim(
    "these-mechanisms-train-every-network",
    section=SECTION,
    statement="Loss, gradient descent, backpropagation and optimizers are behind every network "
    "ever trained.",
    how="A counterexample: the article's network learns XOR by an evolution strategy, which asks "
    "for no gradient; beside it the article's own training, from the same starts. Wilson, 95%.",
    verdict="fails",
    surprise=5,
)
def every_network_ever(scale: Scale) -> Outcome:
    """Train without a gradient."""
    random = np.random.default_rng(scale.seed)
    nets = networks(scale.runs(full=60, quick=20), random)
    generations = 200
    with pace("evolution", runs=nets.starts.shape[1]):
        w = _evolve(nets, generations, random)
    right = learned(XOR_X, XOR_Y, as_networks(w))
    share = wilson(int(right.sum()), right.size)
    article = learned(XOR_X, XOR_Y, train(XOR_X, XOR_Y, as_networks(nets.starts), epochs=1000))
    says = (
        "The article's own network learns XOR without. An evolution strategy of "
        f"{generations} generations, which only compares {NEIGHBOURS * generations:,} losses, "
        f"teaches {share.share:.0%} of {right.size} networks [{share.low:.0%}, {share.high:.0%}] "
        f"all four answers; the article's training, 1000 gradients long, {np.mean(article):.0%}. "
        "Perceptrons, Hopfield networks and extreme learning machines were trained without "
        "gradient descent as well."
    )
    numbers = {
        "learned": share._asdict(),
        "by_gradient_descent": float(np.mean(article)),
        "generations": generations,
    }
    return fails(says, **numbers) if np.any(right) else holds(says, **numbers)


def _evolve(nets: Toys, generations: int, random: np.random.Generator) -> FloatArray:
    """Move to the mean of the best quarter of the neighbours, in steps that shrink."""
    w = nets.starts
    for generation in range(generations):
        spread = 0.99**generation
        neighbours = w[:, None, :] + spread * random.standard_normal(
            (len(w), NEIGHBOURS, w.shape[1])
        )
        best = np.argsort(nets.loss(neighbours), axis=0)[: NEIGHBOURS // 4]
        w = np.take_along_axis(neighbours, best[None], axis=1).mean(axis=1)
    return w


@claim(
    "pipeline-is-complete",
    section=SECTION,
    statement="Loss, descent, backpropagation and optimizers are all there is to learning.",
    how="None: it depends on what is counted as learning.",
    verdict="not testable",
    surprise=1,
)
def pipeline_is_complete(_: Scale) -> Outcome:
    """Complete with respect to what?"""
    return not_testable(
        "Complete for lowering a loss on the data given, perhaps. No listing has data to test on, "
        "mini-batches, regularization or a stopping rule, which others would count in; where the "
        "line runs is a matter of definition."
    )


@claim(
    "next-part-solves-xor-in-numpy",
    section=SECTION,
    statement="The next part trains a network in pure NumPy that solves XOR.",
    how="None: it is about another text.",
    verdict="not testable",
    surprise=1,
)
def next_part_solves_xor(_: Scale) -> Outcome:
    """A promise about another article."""
    return not_testable(
        "It is a promise about a text that is not this one. How often this one's network solves "
        "XOR is in the claims on it."
    )
