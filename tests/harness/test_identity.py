import os
from pathlib import Path

import pytest

from gradmark.harness import sources
from gradmark.harness.identity import held, identity
from gradmark.harness.resolve import resolve
from gradmark.harness.sources import digest, of_file


def named(text: str, here: Path) -> str:
    return identity(resolve(text, here))


def test_a_file_is_its_content_wherever_it_lies(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "my.py").write_text("def relu(z): ...")
    one, two = (named(f"{folder}/my.py", tmp_path) for folder in ("one", "two"))
    assert one == two
    (tmp_path / "two" / "my.py").write_text("def relu(z): return z")
    assert named("two/my.py", tmp_path) != one


@pytest.mark.parametrize("part", ["__init__.py", "optimizers.py", "deep/er.py"])
def test_a_package_is_all_of_its_files(tmp_path: Path, part: str) -> None:
    (tmp_path / "mine" / "deep").mkdir(parents=True)
    for file in ("__init__.py", "optimizers.py", "deep/er.py"):
        (tmp_path / "mine" / file).touch()
    before = named("mine.optimizers", tmp_path)
    assert before.startswith("mine.optimizers@")
    assert named("mine.optimizers:Adam", tmp_path).replace(":Adam", "") == before
    (tmp_path / "mine" / part).write_text("x = 1")
    assert named("mine.optimizers", tmp_path) != before


def test_a_module_of_one_file_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("class Space: ...")
    before = named("mine:Space", tmp_path)
    (tmp_path / "mine.py").write_text("class Space: ... # other")
    assert named("mine:Space", tmp_path) != before


def test_the_reference_is_what_it_computes_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = named("reference", tmp_path)
    (tmp_path / "gradmark" / "reference").mkdir(parents=True)
    (tmp_path / "gradmark" / "reference" / "__init__.py").write_text("relu = abs")
    assert named("reference", tmp_path) == before  # a folder of that name is another's
    monkeypatch.setattr("gradmark.harness.resolve.SITE", tmp_path)
    other = named("reference", tmp_path)
    assert other != before
    (tmp_path / "gradmark" / "reports").mkdir()  # no part of what computes
    (tmp_path / "gradmark" / "reports" / "index.md").write_text("drawn")
    assert named("reference", tmp_path) == other


def test_what_is_not_found_has_its_name_alone(tmp_path: Path) -> None:
    assert named("some_package.module:Name", tmp_path) == "some_package.module:Name"


def test_a_bracket_that_none_closes_is_looked_into_up_to_the_next(tmp_path: Path) -> None:
    """To the end, each of forty thousand would be looked through."""
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "mine.py").write_text("from other import (\n" * 3 + "from helper import (relu)")
    assert {file.name for file in of_file(tmp_path / "mine.py").texts} == {"mine.py", "helper.py"}


def test_a_folder_may_hold_anything(tmp_path: Path) -> None:
    """Names that are not UTF-8, pipes, links to nowhere and to the folder itself."""
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "mine.py").write_text("from . import other\n")
    before = digest(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to("not there")
    (tmp_path / "again").symlink_to(".")
    (tmp_path / "once more").symlink_to(tmp_path)
    assert digest(tmp_path) == before
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/n\xe9.py")).write_text("")
    assert digest(tmp_path) != before


def test_a_file_without_an_end_is_not_read_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LONGEST", 100)
    for length, said in ((100, ""), (101, "cannot be read: File too large")):
        (tmp_path / "mine.py").write_text("#" * length)
        its = held(resolve("mine.py", tmp_path)).sources
        assert its is not None
        assert its.unread == said
