"""Settles a process that serves gradmark alone: nobody else's code lives in it."""

import atexit
import gc
import multiprocessing
import os
import threading
from typing import Any


def settle() -> None:
    """Keep others out of a process of our own, and its collector of garbage at rest.

    Most of what judging makes stays, so that looking for garbage every 700 objects, as Python
    does, finds next to none: it took a tenth to a third of a long run's time.
    """
    gc.set_threshold(100_000, 50, 50)
    # Nor is it worth to look through everything at the end: the system takes it all at once.
    atexit.register(gc.freeze)
    # Hypothesis loads what other packages hand it, which decides with what is drawn.
    os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")


def settle_worker() -> None:
    """Settle a worker of a pool: it ends with whoever started it, who may be killed."""
    settle()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
