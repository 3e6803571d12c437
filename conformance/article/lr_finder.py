"""The learning-rate finder on the article's network, and the rates it suggests."""

from collections.abc import Iterator

from conformance.article.records import FloatArray, finding, series
from harness.results import Record
from reference.lr_finder import find_learning_rate
from reference.network import XOR_X, XOR_Y, compute_gradients, compute_loss, initialize, train

ARTICLE_RATE, EPOCHS = 0.5, 1000
MAX_RATE = 100.0  # by 10, its ReLUs are dead and the loss stands still at log 2


def _whole_batch(_: int, *parameters: FloatArray) -> tuple[float, tuple[FloatArray, ...]]:
    loss = float(compute_loss(XOR_X, XOR_Y, *parameters))
    return loss, compute_gradients(XOR_X, XOR_Y, *parameters)


def records() -> Iterator[Record]:
    """Yield the sweep from 1e-7 until the loss explodes, and both readings of it.

    The network is the article's XOR one; every batch is all four samples.

    References
    ----------
    Article, "Choosing Learning Rates"; L. Smith, "Cyclical Learning Rates for Training Neural
    Networks", WACV 2017.
    """
    sweep = find_learning_rate(_whole_batch, initialize(), max_lr=MAX_RATE)
    yield series(
        "lr_finder",
        lrs=sweep.lrs,
        losses=sweep.losses,
        steepest=[sweep.steepest],
        tenth_of_rise=[sweep.tenth_of_rise],
        stopped_at=[sweep.stopped_at],
        article_rate=[ARTICLE_RATE],
        settings=["XOR network, seed 42", f"{len(sweep.lrs)} steps from η = 1e-7"],
    )
    rates = {"steepest": sweep.steepest, "tenth of rise": sweep.tenth_of_rise}
    trained = {
        name: float(train(XOR_X, XOR_Y, *initialize(), lr=rate, epochs=EPOCHS).losses[-1])
        for name, rate in rates.items()
    }
    yield finding(
        "finder-suggests-two-rates",
        "The article's one sentence holds two rules, and they differ: the steepest fall is at "
        f"η = {sweep.steepest:.2g}, a tenth of where the loss starts to rise is "
        f"{sweep.tenth_of_rise:.2g}. Trained for {EPOCHS} epochs, they end at a loss of "
        f"{trained['steepest']:.3f} and {trained['tenth of rise']:.3f}.",
        steepest=sweep.steepest,
        tenth_of_rise=sweep.tenth_of_rise,
        stopped_at=sweep.stopped_at,
        final_losses=trained,
    )
