"""What each listing that prints numbers prints: our own programs, held to the article's digits.

The lines under `PRINTED` are what the article's own programs print, run as they stand (Python 3.11,
NumPy 2.4, x86-64). A claim holds where a program of ours, made of `reference`, reaches them.
"""

from collections.abc import Sequence

import numpy as np

from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.ledger.gradient_checking import listing_gradients
from gradmark.conformance.article.ledger.losses import BINARY, CATEGORICAL, REGRESSION
from gradmark.reference import Adam, RMSprop, SGDMomentum, rosenbrock, rosenbrock_grad
from gradmark.reference.landscapes import quartic, quartic_grad
from gradmark.reference.losses import binary_cross_entropy, categorical_cross_entropy, mse_loss
from gradmark.reference.network import XOR_X, XOR_Y, compute_loss, forward, initialize, train

HOW = "Our own program, made of the reference, beside the lines that the article's program prints."

PRINTED: dict[str, tuple[str, ...]] = {
    "losses": ("1.7500", "0.0100", "0.9867", "0.1073", "0.5365", "0.0351"),
    "descent": ("3.0000", "1.4263", "0.928767", "200"),
    "xor": ("0.7114", "0.4777", "0.6662", "0.6662", "0.6662", "0.0013"),
    "gradient check": (
        "0.08395407 0.08395407",
        "-0.003095 -0.003095 PASS",
        "0.000000 0.000000 PASS",
        "0.038968 0.038968 PASS",
    ),
    "race": ("(0.9335, 0.8711) 0.004433", "(-1.0519, 1.1124) 4.213875"),
    "RMSprop's race": ("(0.1693, 0.0326) 0.691504",),
}


def _outcome(listing: str, ours: Sequence[str], explained: str) -> Outcome:
    printed = PRINTED[listing]
    differ = [f"{b} for {a}" for a, b in zip(printed, ours, strict=True) if a != b]
    numbers = {"printed": printed, "ours": ours}
    if differ:
        return fails(f"Ours prints {'; '.join(differ)}.", **numbers)
    return holds(f"{', '.join(ours)}. {explained}", **numbers)


@claim(
    "listing-of-losses-prints",
    section="Loss Functions",
    statement="The program prints six losses, of poor and good predictions.",
    how=HOW,
    verdict="holds",
    surprise=1,
)
def listing_of_losses(_: Scale) -> Outcome:
    """Mean squared error, binary and categorical cross-entropy: poor, then good."""
    values = [float(mse_loss(REGRESSION[0], p)) for p in REGRESSION[1:]]
    values += [float(binary_cross_entropy(BINARY[0], p)) for p in BINARY[1:]]
    y, *predictions = CATEGORICAL
    values += [float(categorical_cross_entropy(y, p)) / len(y) for p in predictions]
    return _outcome(
        "losses",
        [f"{value:.4f}" for value in values],
        "The last two are a third of what the formula gives: the listing divides one sample's loss "
        "by its number of classes.",
    )


@claim(
    "listing-of-descent-prints",
    section="1D Gradient Descent Implementation",
    statement="The program prints start, end, final loss and number of steps.",
    how=HOW,
    verdict="holds",
    surprise=1,
)
def listing_of_descent(_: Scale) -> Outcome:
    """200 steps of 0.01 from 3."""
    path = [3.0]
    for _step in range(200):
        path.append(path[-1] - 0.01 * float(quartic_grad(path[-1])))
    end = path[-1]
    return _outcome(
        "descent",
        [f"{path[0]:.4f}", f"{end:.4f}", f"{float(quartic(end)):.6f}", str(len(path) - 1)],
        "That is a local minimum's neighbourhood, and not yet the minimum: the global one lies on "
        "the other side of the hill, at a negative loss.",
    )


@claim(
    "listing-of-backpropagation-prints",
    section="Complete 2-Layer Backpropagation (NumPy)",
    statement="The program prints first and last loss, and four predictions.",
    how=HOW,
    verdict="holds",
    surprise=1,
)
def listing_of_backpropagation(_: Scale) -> Outcome:
    """Train 999 epochs, and print what the 1000th sees before it updates."""
    losses, *parameters = train(XOR_X, XOR_Y, *initialize(seed=42), lr=0.5, epochs=999)
    last = compute_loss(XOR_X, XOR_Y, *parameters)
    off = int(np.sum(~np.any(forward(XOR_X, *parameters).z1 > 0, axis=1)))
    predictions = forward(XOR_X, *parameters).a2.ravel()
    return _outcome(
        "xor",
        [f"{losses[0]:.4f}", f"{last:.4f}", *(f"{p:.4f}" for p in predictions)],
        f"Three predictions are one number: {off} inputs switch every hidden unit off, and share "
        "σ(b2), which settles near the mean of their labels, ⅔. Which units are dead, how often "
        "that happens and what cures it: xor-recipe-learns-xor.",
    )


@claim(
    "listing-of-gradient-check-prints",
    section="Gradient Checking: Verify Your Backprop",
    statement="The program prints four gradients, computed and differenced, and three times PASS.",
    how=HOW + " The relative differences, some 10⁻¹¹, are roundings and left out.",
    verdict="holds",
    surprise=1,
)
def listing_of_gradient_check(_: Scale) -> Outcome:
    """W1[0,0] to eight digits, W2 to six."""
    (first, numeric), *others = listing_gradients()
    lines = [f"{first:.8f} {numeric:.8f}"]
    for computed, differenced in others:
        passed = abs(computed - differenced) / (abs(computed) + 1e-8) < 1e-5
        lines.append(f"{computed:.6f} {differenced:.6f} {'PASS' if passed else 'FAIL'}")
    return _outcome(
        "gradient check",
        lines,
        "The second of W2 compares 0 with 0: its unit is off for both samples, and any mistake "
        "there would pass.",
    )


@claim(
    "listing-of-race-prints",
    section="Adam Optimizer",
    statement="The program prints where each of three optimizers ends, and its loss.",
    how=HOW + " The listing has RMSprop's ε outside the root.",
    verdict="holds if",
    surprise=2,
)
def listing_of_race(_: Scale) -> Outcome:
    """500 steps from (−1.5, 2)."""
    ends = {}
    racers: dict[str, SGDMomentum | RMSprop | Adam] = {
        "SGD + momentum": SGDMomentum(lr=0.001, momentum=0.9),
        "RMSprop": RMSprop(lr=0.01, epsilon_outside=True),
        "Adam": Adam(lr=0.01),
    }
    for name, optimizer in racers.items():
        w = np.array([-1.5, 2.0])
        for _step in range(500):
            w = optimizer.step(w, rosenbrock_grad(w))
        ends[name] = f"({w[0]:.4f}, {w[1]:.4f}) {float(rosenbrock(w)):.6f}"
    certain = _outcome("race", [ends["SGD + momentum"], ends["Adam"]], "")
    if certain.verdict != "holds":
        return certain
    same = "" if (ends["RMSprop"],) == PRINTED["RMSprop's race"] else "not "
    return holds_if(
        f"Every operation rounds as it did there. Momentum's {ends['SGD + momentum']} and Adam's "
        f"{ends['Adam']} are certain. RMSprop's {ends['RMSprop']} is {same}the line that the "
        "article's program printed, but its run is chaotic: a start moved by a few roundings ends "
        "elsewhere (race-prints-certain-digits).",
        printed=PRINTED["race"] + PRINTED["RMSprop's race"],
        ours=ends,
    )
