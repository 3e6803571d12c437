"""Where gradmark keeps what it need not make twice."""

import os
from pathlib import Path


def cache(what: str) -> Path:
    """Return the folder of one kind of thing: below $GRADMARK_CACHE, else the user's cache folder.

    Examples
    --------
    >>> cache("truth").name
    'truth'
    """
    own, users = os.environ.get("GRADMARK_CACHE"), os.environ.get("XDG_CACHE_HOME")
    root = Path(own) if own else Path(users or Path.home() / ".cache") / "gradmark"
    return root.absolute() / what
