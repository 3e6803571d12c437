"""The learning-rate finder on the article's network, and the rates it suggests."""

from gradmark.conformance.article.records import FloatArray, series
from gradmark.harness.records import SeriesRecord
from gradmark.reference.lr_finder import find_learning_rate
from gradmark.reference.network import XOR_X, XOR_Y, compute_gradients, compute_loss, initialize

ARTICLE_RATE = 0.5
MAX_RATE = 100.0  # by 10, its ReLUs are dead and the loss stands still at log 2


def _whole_batch(_: int, *parameters: FloatArray) -> tuple[float, tuple[FloatArray, ...]]:
    loss = float(compute_loss(XOR_X, XOR_Y, *parameters))
    return loss, compute_gradients(XOR_X, XOR_Y, *parameters)


def picture() -> SeriesRecord:
    """Give the sweep from 1e-7 until the loss explodes, and both readings of it.

    The network is the article's XOR one; every batch is all four samples.

    References
    ----------
    Article, "Choosing Learning Rates"; L. Smith, "Cyclical Learning Rates for Training Neural
    Networks", WACV 2017.
    """
    sweep = find_learning_rate(_whole_batch, initialize(), max_lr=MAX_RATE)
    return series(
        "lr_finder",
        lrs=sweep.lrs,
        losses=sweep.losses,
        steepest=[sweep.steepest],
        tenth_of_rise=[sweep.tenth_of_rise],
        stopped_at=[sweep.stopped_at],
        article_rate=[ARTICLE_RATE],
        settings=["XOR network, seed 42", f"{len(sweep.lrs)} steps from η = 1e-7"],
    )
