"""What a long computation tells while it goes; never part of a record, so that runs repeat."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

LOG = logging.getLogger("conformance.article")


@contextmanager
def pace(what: str, runs: int) -> Iterator[None]:
    """Tell how many runs per second a sweep made: `with pace("basins", runs=points): ...`."""
    start = perf_counter()
    yield
    LOG.info(
        "%s: %s runs, %s per second", what, f"{runs:,}", f"{runs / (perf_counter() - start):,.0f}"
    )
