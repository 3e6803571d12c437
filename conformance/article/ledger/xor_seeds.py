"""Claims about training on XOR: where seed 42 gets stuck, how often others do, what cures it."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from gradmark.conformance.article import xor
from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.pace import pace
from gradmark.conformance.article.proportion import Interval, wilson
from gradmark.conformance.article.records import series
from gradmark.conformance.races.networks import (
    BoolArray,
    Networks,
    Optimizer,
    draw,
    gradients,
    hidden_units,
    learned,
    losses,
    train,
)
from gradmark.harness.records import SeriesRecord
from gradmark.reference import SGD, Adam, SGDMomentum
from gradmark.reference.network import XOR_X, XOR_Y, Parameters, compute_loss, forward, initialize
from gradmark.reference.network import train as train_one

LISTING = "Complete 2-Layer Backpropagation (NumPy)"
RECIPE = "4 hidden units, weights ½ N(0, 1), biases 0, η = 0.5, 1000 epochs"
DRAWS = f"Networks drawn from the listing's distribution ({RECIPE}), NumPy's default_rng. "


class Setting(NamedTuple):
    """One change to the listing's recipe."""

    name: str
    hidden: int = 4
    scale: float = 0.5
    bias: float = 0.0
    leak: float = 0.0
    epochs: int = 1000
    centered: bool = False
    optimizer: Callable[[], Optimizer] = lambda: SGD(lr=0.5)


BASE = Setting("the listing's recipe")
SETTINGS = (
    BASE,
    Setting("2 hidden units", hidden=2),
    Setting("8 hidden units", hidden=8),
    Setting("16 hidden units", hidden=16),
    Setting("leaky ReLU, slope 0.01", leak=0.01),
    Setting("leaky ReLU, slope 0.1", leak=0.1),
    Setting("inputs −1 and 1", centered=True),
    Setting("hidden biases ½", bias=0.5),
    Setting("hidden biases 1", bias=1.0),
    Setting("weights N(0, 1)", scale=1.0),
    Setting("η = 2", optimizer=lambda: SGD(lr=2.0)),
    Setting("momentum 0.9, η = 0.05", optimizer=lambda: SGDMomentum(lr=0.05, momentum=0.9)),
    Setting("Adam, η = 0.01", optimizer=lambda: Adam(lr=0.01)),
    Setting("4000 epochs", epochs=4000),
)


class Sweep(NamedTuple):
    """One setting's networks: before, after, which learned, and which units are dead at the end."""

    before: Networks
    after: Networks
    learned: BoolArray
    dead: BoolArray

    @property
    def share(self) -> Interval:
        """The share that learned."""
        return wilson(int(self.learned.sum()), self.learned.size)


@cache
def sweep(setting: Setting, scale: Scale) -> Sweep:
    """Train many networks of one setting, in one program."""
    runs = scale.runs(1000, 100)
    random = np.random.default_rng([scale.seed, 5, *setting.name.encode()])
    X = 2 * XOR_X - 1 if setting.centered else XOR_X
    before = draw(random, runs, hidden=setting.hidden, scale=setting.scale, bias=setting.bias)
    with pace(f"XOR, {setting.name}", runs):
        after = train(
            X, XOR_Y, before, setting.epochs, optimizer=setting.optimizer, leak=setting.leak
        )
    dead = np.all(hidden_units(X, after) <= 0, axis=0)
    return Sweep(before, after, learned(X, XOR_Y, after, setting.leak), dead)


@cache
def _before_the_last_update() -> Parameters:
    """Train the listing's network up to where its last loss and predictions are computed."""
    first = initialize(seed=42)
    return Parameters(*train_one(XOR_X, XOR_Y, *first, lr=0.5, epochs=999)[1:])


@claim(
    "xor-listing-learns-xor",
    section=LISTING,
    statement="The listing's training teaches the network its XOR data.",
    how="The listing's own run, NumPy seed 42: predictions before the 1000th update, and which "
    "hidden units answer to which input.",
    verdict="fails",
    surprise=4,
)
def xor_listing_learns_xor(scale: Scale) -> Outcome:
    """Train the listing's network, and look for the units that are off."""
    passed = forward(XOR_X, *_before_the_last_update())
    z1, a2 = passed.z1, passed.a2
    right = (a2 > 0.5) == (XOR_Y > 0.5)
    on = z1 > 0
    dark = ~on.any(axis=1)
    born_dead = np.all(initialize(seed=42).W1 <= 0, axis=0)
    return (holds if right.all() else fails)(
        f"It predicts {', '.join(f'{p:.4f}' for p in a2[:, 0])} and gets {right.sum()} of 4 right, "
        f"which a straight line gets too. {born_dead.sum()} unit was off for every input from the "
        f"start; the others have turned off for all but (1, 1). {dark.sum()} inputs are left with "
        "no unit at all, so they share one prediction, σ(b2): at best their mean label, ⅔.",
        predictions=a2[:, 0],
        right=int(right.sum()),
        units_on=on,
        units_dead_at_first=int(born_dead.sum()),
        inputs_without_a_unit=int(dark.sum()),
    ).shown_by(xor.picture(scale))


@claim(
    "printed-results-are-those-after-training",
    section=LISTING,
    statement="The final loss and the predictions printed are those after training.",
    how="The listing's run: its last loss and predictions, computed before the 1000th update, "
    "against those of the weights that it ends with.",
    verdict="holds if",
    surprise=2,
)
def printed_results_are_those_after_training(_: Scale) -> Outcome:
    """Compare the weights before and after the last update."""
    before = _before_the_last_update()
    after = Parameters(*train_one(XOR_X, XOR_Y, *before, lr=0.5, epochs=1)[1:])
    printed, final = (
        np.array([compute_loss(XOR_X, XOR_Y, *weights), *forward(XOR_X, *weights).a2[:, 0]])
        for weights in (before, after)
    )
    gap, moved = float(printed[0] - final[0]), float(np.abs(final - printed)[1:].max())
    shown, true = ([f"{number:.4f}" for number in numbers] for numbers in (printed, final))
    outcome = holds if moved == 0 else holds_if if shown == true else fails
    return outcome(
        f"no more than the four digits printed are read: {', '.join(shown)} before the last update "
        f"and {', '.join(true)} after it. What is printed is before it: then the loss falls by "
        f"another {gap:.1e}, and predictions move by up to {moved:.1e}.",
        printed=shown,
        after_the_last_update=true,
        largest_difference_of_predictions=moved,
        difference_of_losses=gap,
    )


@claim(
    "xor-recipe-learns-xor",
    section=LISTING,
    statement="The listing's recipe learns XOR, whatever the seed.",
    how=DRAWS + "Learned means right on all four inputs; 95% Wilson interval. Stuck networks are "
    "sorted by which inputs are left without a hidden unit.",
    verdict="fails",
    surprise=4,
)
def xor_recipe_learns_xor(scale: Scale) -> Outcome:
    """Count the learners, and sort the others by their basin."""
    result = sweep(BASE, scale)
    share, low, high = result.share
    stuck = ~result.learned
    basins = _basins(result, stuck)
    told = ", ".join(
        f"{basin['networks']} at {basin['loss']:.4f} ({name})"
        for name, basin in basins.items()
        if basin["networks"]
    )
    reliable = low > 0.95
    return (holds if reliable else fails)(
        f"{share:.1%} [{low:.1%}, {high:.1%}] of {stuck.size} networks learn it. The others end "
        f"near the least loss of a basin: {told}.",
        networks=stuck.size,
        learned=result.share,
        basins=basins,
    ).shown_by(dead_units_series(scale))


def _basins(result: Sweep, stuck: BoolArray) -> dict[str, dict[str, Any]]:
    """Sort stuck networks by the number of inputs that no hidden unit answers to.

    Inputs without a unit share the prediction σ(b2), at best their mean label: their entropy is
    the least loss while they do.
    """
    dark = ~np.any(hidden_units(XOR_X, result.after) > 0, axis=1)
    groups = {
        "two inputs share ½": (2, np.log(2) / 2),
        "three inputs share ⅔": (3, (np.log(27) - np.log(4)) / 4),
        "all four share ½": (4, np.log(2)),
    }
    final = losses(XOR_X, XOR_Y, result.after)
    sorted_ = {}
    left = stuck.copy()
    for name, (inputs, floor) in groups.items():
        here = stuck & (dark.sum(axis=0) == inputs) & (np.abs(final - floor) < 0.02)
        left &= ~here
        sorted_[name] = {"networks": int(here.sum()), "loss": float(floor)}
    # every unit on for every input makes the network linear, and XOR's best line is flat
    linear = left & (np.abs(final - np.log(2)) < 0.02)
    left &= ~linear
    sorted_["one straight line for all"] = {"networks": int(linear.sum()), "loss": np.log(2)}
    elsewhere = float(np.median(final[left])) if left.any() else 0.0
    sorted_["elsewhere, median"] = {"networks": int(left.sum()), "loss": elsewhere}
    return sorted_


@claim(
    "every-weight-gets-a-signal",
    section=LISTING,
    statement="The backward pass gives every weight of the network a gradient to learn from.",
    how=DRAWS + "A unit is dead where z1 ≤ 0 for all four inputs: here, where both its weights are "
    "negative, probability ¼. Its weights before and after training, bit for bit.",
    verdict="fails",
    surprise=5,
)
def every_weight_gets_a_signal(scale: Scale) -> Outcome:
    """Follow the units that are dead at birth."""
    result = sweep(BASE, scale)
    born = np.all(hidden_units(XOR_X, result.before) <= 0, axis=0)
    share = wilson(int(born.sum()), born.size)
    slopes = gradients(XOR_X, XOR_Y, result.before)
    silent = bool(np.all(slopes.W1[:, born] == 0) and np.all(slopes.W2[born] == 0))
    moved = int(np.sum(np.any(result.after.W1 != result.before.W1, axis=0) & born))
    alive = born.shape[0] - born.sum(axis=0)
    hopeless = int(np.sum(result.learned[alive < 2]))
    end = wilson(int(result.dead.sum()), result.dead.size)
    return (fails if silent and moved == 0 and share.low > 0.1 else holds)(
        f"Biases of 0 leave {share.share:.1%} [{share.low:.1%}, {share.high:.1%}] of the units "
        f"dead at birth: gradient exactly 0, and {moved} of them ever moved. Training kills more: "
        f"{end.share:.1%} [{end.low:.1%}, {end.high:.1%}] at the end. A network with fewer than 2 "
        f"living units, 13/256 = {13 / 256:.1%} of all, cannot draw XOR: {hopeless} of "
        f"{int(np.sum(alive < 2))} learned it.",
        dead_at_birth=share,
        dead_at_the_end=end,
        dead_units_that_moved=moved,
        networks_with_fewer_than_two_alive=int(np.sum(alive < 2)),
        of_them_learned=hopeless,
        expected_share_of_them=13 / 256,
    ).shown_by(dead_units_series(scale))


@claim(
    "training-is-complete",
    section=LISTING,
    statement="After 1000 epochs training is complete.",
    how=DRAWS + "The loss of those that learn, after 1000 and 4000 epochs; and with W2, b2 "
    "stretched by 1%, which lowers the loss of any network that is right on all inputs.",
    verdict="fails",
    surprise=3,
)
def training_is_complete(scale: Scale) -> Outcome:
    """Show that learners are still on their way, to a minimum that is nowhere."""
    (later,) = (setting for setting in SETTINGS if setting.epochs == 4000)
    early, late = sweep(BASE, scale), sweep(later, scale)
    medians = [
        float(np.median(losses(XOR_X, XOR_Y, result.after)[result.learned]))
        for result in (early, late)
    ]
    at = late.after
    stretched = at._replace(W2=1.01 * at.W2, b2=1.01 * at.b2)
    lower = losses(XOR_X, XOR_Y, stretched) < losses(XOR_X, XOR_Y, at)
    share = wilson(int(lower[late.learned].sum()), int(late.learned.sum()))
    done = medians[0] < 1.1 * medians[1]
    return (holds if done else fails)(
        f"Of those that learn, the median loss is {medians[0]:.4f} after 1000 epochs and "
        f"{medians[1]:.4f} after 4000, and still {share.share:.0%} of them gain by larger W2: "
        "there is no minimum, the loss only approaches 0. Of those that are stuck, "
        "see xor-recipe-learns-xor.",
        median_losses=medians,
        epochs=[BASE.epochs, later.epochs],
        gain_by_stretching=share,
    )


@claim(
    "network-of-these-parts-solves-xor",
    section="What’s Next",
    statement="A network built of these parts solves XOR.",
    how="One change to the listing's recipe at a time, networks from default_rng: share that "
    "learns XOR, with 95% Wilson intervals.",
    verdict="holds if",
    surprise=5,
)
def network_of_these_parts_solves_xor(scale: Scale) -> Outcome:
    """Try one cure after the other."""
    shares = {setting.name: sweep(setting, scale).share for setting in SETTINGS}
    cures = {name: share for name, share in shares.items() if share.low > 0.85}
    no_cure = ("Adam, η = 0.01", "momentum 0.9, η = 0.05", "4000 epochs", "hidden biases 1")
    base = shares[BASE.name]
    told, useless = (
        ", ".join(f"{name} {shares[name].share:.1%} [{shares[name].low:.1%}, "
                  f"{shares[name].high:.1%}]" for name in names)
        for names in (cures, no_cure)
    )  # fmt: skip
    outcome = holds if base.low > 0.95 else holds_if if cures else fails
    dead = sweep(SETTINGS[[s.name for s in SETTINGS].index("hidden biases 1")], scale).dead
    return outcome(
        f"the hidden layer is wide or ReLU leaks: {told}, against {base.share:.1%} as listed. "
        f"No cure: {useless}, where {dead.mean():.1%} of the units are dead.",
        shares=shares,
        dead_with_biases_1=float(dead.mean()),
    ).shown_by(dead_units_series(scale))


@cache
def dead_units_series(scale: Scale) -> SeriesRecord:
    """Give the networks by number of dead units, learned and not, and the share of each cure."""
    base = sweep(BASE, scale)
    count = base.dead.sum(axis=0)
    groups = range(base.dead.shape[0] + 1)
    return series(
        "xor_dead_units",
        dead_units=list(groups),
        learned=[int(np.sum(base.learned & (count == n))) for n in groups],
        stuck=[int(np.sum(~base.learned & (count == n))) for n in groups],
        cures=[setting.name for setting in SETTINGS],
        shares=[sweep(setting, scale).share for setting in SETTINGS],
        dead=[float(sweep(setting, scale).dead.mean()) for setting in SETTINGS],
        settings=[RECIPE, f"{base.learned.size} networks each"],
    )
