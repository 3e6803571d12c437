"""What is written is there whole or not at all, whatever lies at its place."""

import errno
import json
from pathlib import Path

import pytest

from gradmark.conformance.engine.remembered import remember
from gradmark.harness.whole_files import written_whole


def test_a_file_stays_as_it_was_where_the_new_one_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "found.xml"
    path.write_text("before")

    def write() -> None:
        with written_whole(path) as draft:
            draft.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        write()
    assert caught.value.filename == str(path)
    assert [each.name for each in tmp_path.iterdir()] == ["found.xml"]
    assert path.read_text() == "before"


def test_a_name_may_be_as_long_as_the_system_takes(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 255)
    with written_whole(path) as draft:
        draft.write_text("all of it")
    assert path.read_text() == "all of it"


def test_a_link_stays_one(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("file")
    for text in ("once", "twice"):  # whether the file is there or not
        with written_whole(link) as draft:
            draft.write_text(text)
        assert link.is_symlink()
        assert (tmp_path / "file").read_text() == text


def test_what_is_no_file_is_written_as_it_is(tmp_path: Path) -> None:
    """As root, a device would be gone."""
    link = tmp_path / "device"
    link.symlink_to("/dev/null")
    with written_whole(link) as draft:
        assert draft == link
    assert not Path("/dev/null").is_file()


def test_a_memory_that_cannot_be_written_ends_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "found.json", [{"verdict": "conforms"}])
    remember(tmp_path / "found.json", [{"verdict": "conforms"}])
    assert json.loads((tmp_path / "found.json").read_text()) == [{"verdict": "conforms"}]
