"""Files that are there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a draft to write, which takes the place of `path` at the end.

    What is no file, such as /dev/stdout, is written as it is; a link stays one.

    Raises
    ------
    OSError
        It cannot be written, and it is as it was before.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "found.txt"
    >>> with written_whole(path) as draft:
    ...     _ = draft.write_text("all of it")
    >>> path.read_text()
    'all of it'
    """
    place = path.resolve()
    is_draft = not place.exists() or place.is_file()
    draft = place.with_name(f".{uuid4().hex}.part") if is_draft else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        if is_draft:
            draft.replace(place)
    except OSError as error:
        error.filename = str(path)  # as it was asked for
        raise
    finally:
        if is_draft:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
