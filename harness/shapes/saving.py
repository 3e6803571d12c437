"""How an optimizer is saved, and made again from what was saved, perhaps by another process."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any


class Saving:
    """One way to save an optimizer in the middle of its run.

    Parameters
    ----------
    says : str
        The check that is made of it: "resumes from its state_dict".
    save : callable
        From an optimizer that has taken steps, bytes.
    load : callable
        From one that has taken none, these bytes and the weights of that moment: it goes on.
    owed : bool
        Whether a run that does not go on is wrong whatever was meant: a framework's way to save is
        there for that, a pickle of one's own class is not.
    """

    def __init__(
        self,
        says: str,
        save: Callable[[Any], bytes],
        load: Callable[[Any, bytes, Any], Any],
        *,
        owed: bool,
    ) -> None:
        self.says, self.save, self.load, self.owed = says, save, load, owed


def _pickled(optimizer: Any) -> bytes:
    keep = getattr(optimizer, "keep", None)
    return pickle.dumps(optimizer if keep is None else keep())


def _unpickled(optimizer: Any, kept: bytes, w: Any) -> Any:
    del w
    restore = getattr(optimizer, "restore", None)
    its = pickle.loads(kept)
    if restore is None:
        return its
    restore(its)
    return optimizer


PICKLE = Saving("resumes from a pickle", _pickled, _unpickled, owed=False)
