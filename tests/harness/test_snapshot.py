"""What is judged is what was there when the run began, whatever becomes of its files."""

from pathlib import Path

import pytest

from gradmark.conformance.engine.plan import Plan
from gradmark.harness.contenders import contender
from gradmark.harness.host import Contender, ContenderFault
from gradmark.harness.resolve import resolve

RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"
WRONG = "def relu(z):\n    return abs(z)\n"


def test_a_file_that_rewrites_itself_is_judged_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"open(__file__, 'w').write({WRONG!r})\n{RIGHT}")
    before = Plan(["mine.py"], tmp_path).identities
    with Contender(resolve("mine.py", tmp_path)) as mine:
        for _ in range(2):
            assert mine.call("relu", -2.0) == 0.0
            mine.restart()
    assert file.read_text() == WRONG
    assert Plan(["mine.py"], tmp_path).identities != before


def test_a_file_that_is_saved_meanwhile_is_not_looked_at_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(RIGHT)
    with Contender(resolve("mine.py", tmp_path)) as mine:
        assert mine.call("relu", -2.0) == 0.0
        for text in ("", "no Python", None):
            file.write_text(text) if text is not None else file.unlink()
            mine.restart()
            assert mine.call("relu", -2.0) == 0.0


@pytest.mark.parametrize("name", ["mine.py", "mine.space"])
def test_what_changed_between_plan_and_start_is_an_error_of_its_own(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "mine").mkdir()
    for file in ("mine.py", "mine/__init__.py", "mine/space.py"):
        (tmp_path / file).write_text(RIGHT)
    plan = Plan([name], tmp_path)
    for file in ("mine.py", "mine/space.py"):
        (tmp_path / file).write_text(WRONG)
    with (
        contender(plan.target(*plan.typed)) as mine,
        pytest.raises(ContenderFault, match="its files have changed since the run began"),
    ):
        mine.call("relu", 1.0)


def test_a_package_that_changes_in_mid_run_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text(RIGHT)
    with Contender(resolve("mine", tmp_path)) as mine:
        assert mine.call("relu", -2.0) == 0.0
        (tmp_path / "mine" / "__init__.py").write_text(WRONG)
        mine.restart()
        with pytest.raises(ContenderFault, match="its files have changed since the run began"):
            mine.call("relu", -2.0)


def test_a_name_need_be_neither_utf8_nor_harmless(tmp_path: Path) -> None:
    for name in (b"caf\xe9.py", b"\x1b[2J.py"):
        file = Path(str(tmp_path)) / name.decode(errors="surrogateescape")
        file.write_text(RIGHT)
        with Contender(resolve(file.name, tmp_path)) as mine:
            assert mine.call("relu", -2.0) == 0.0
            assert mine.name.isprintable()


def test_a_file_that_may_not_be_read_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.py").write_text(RIGHT)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    plan = Plan(["mine.py"], tmp_path)
    with (
        Contender(plan.target("mine")) as mine,
        pytest.raises(ContenderFault, match="cannot be read: Permission denied"),
    ):
        mine.call("relu", 1.0)
