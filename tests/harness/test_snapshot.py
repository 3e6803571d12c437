"""What is judged is what was there when the run began, whatever becomes of its files."""

from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.engine.plan import Plan
from gradmark.conformance.engine.run import conduct
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.contenders import contender
from gradmark.harness.host import Contender, ContenderFault
from gradmark.harness.resolve import resolve

RIGHT = "def relu(z):\n    return (z + abs(z)) / 2\n"
WRONG = "def relu(z):\n    return abs(z)\n"


def test_a_file_that_rewrites_itself_is_judged_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"open(__file__, 'w').write({WRONG!r})\n{RIGHT}")
    before = Plan(["mine.py"], tmp_path).identity("mine")
    with Contender(resolve("mine.py", tmp_path)) as mine:
        for _ in range(2):
            assert mine.call("relu", -2.0) == 0.0
            mine.restart()
    assert file.read_text() == WRONG
    assert Plan(["mine.py"], tmp_path).identity("mine") != before


def test_a_file_that_is_saved_meanwhile_is_not_looked_at_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(RIGHT)
    with Contender(resolve("mine.py", tmp_path)) as mine:
        assert mine.call("relu", -2.0) == 0.0
        for text in ("", "no Python", None):
            file.write_text(text) if text is not None else file.unlink()
            mine.restart()
            assert mine.call("relu", -2.0) == 0.0


FILES = {
    "mine.py": RIGHT,
    "splits.py": "from helper import *\n",
    "helper.py": RIGHT,
    "its/__init__.py": "from .inner import relu\n",
    "its/inner.py": RIGHT,
    "its/deep/__init__.py": "",
    "its/deep/file.py": "from ..inner import relu\n",
    "its/deep/whole.py": "from its.inner import relu\n",
    "space/inner.py": RIGHT,  # its folder is a package without __init__.py
    "space/deep/whole.py": "from space.inner import relu\n",
    "apart/far.py": "from helper import relu\n",
}


@pytest.mark.parametrize(
    "name",
    [
        "mine.py",
        "mine:relu",
        "splits.py",
        "its",
        "its/deep/file.py",
        "its/deep/whole.py",
        "space/deep/whole.py",
        "apart/far.py",
    ],
)
@pytest.mark.parametrize("left", [WRONG, ""])
@pytest.mark.sweep
def test_what_changes_after_the_run_began_is_judged_as_it_was(
    tmp_path: Path, name: str, left: str
) -> None:
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    plan = Plan([name], tmp_path)
    for file in FILES:
        (tmp_path / file).write_text(left) if left else (tmp_path / file).unlink()
    (tmp_path / "gradmark.toml").write_text(left or "[bind]\nsigmoid = 'relu'\n")
    with contender(plan.target(*plan.typed)) as mine:
        assert mine.provides == {"relu"}
        assert mine.call("relu", -2.0) == 0.0


def test_a_neighbour_that_overwrites_a_file_changes_no_verdict(tmp_path: Path) -> None:
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    paths = [str(tmp_path / file) for file in ("helper.py", "gradmark.toml")]
    evil = f"for path in {paths}:\n    open(path, 'w').write({WRONG!r})\n{RIGHT}"
    (tmp_path / "evil.py").write_text(evil)
    settings = Settings(examples=1, quick=True)
    plan = Plan(["evil.py", "splits.py"], tmp_path, ("relu",), ("float64",), settings)
    verdicts = conduct(plan).verdicts
    assert (tmp_path / "helper.py").read_text() == WRONG
    assert {its["verdict"] for its in verdicts.values()} == {"conforms"}


def test_data_of_a_package_that_change_in_mid_run_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text(RIGHT)
    (tmp_path / "mine" / "data.txt").write_text("1")
    with Contender(resolve("mine", tmp_path)) as mine:
        assert mine.call("relu", -2.0) == 0.0
        (tmp_path / "mine" / "more.txt").write_text("what it writes for itself")
        mine.restart()
        assert mine.call("relu", -2.0) == 0.0
        (tmp_path / "mine" / "data.txt").write_text("2")
        mine.restart()
        with pytest.raises(ContenderFault, match="its files have changed since the run began"):
            mine.call("relu", -2.0)


def test_where_a_module_is_found_is_no_other_than_python_finds_it(tmp_path: Path) -> None:
    """A file's folder comes last on its path: what is installed comes before it, kept or not."""
    (tmp_path / "mine.py").write_text(f"import colorsys, execnet, beside\n{RIGHT}")
    for name in ("colorsys", "execnet"):
        (tmp_path / f"{name}.py").write_text("raise ImportError")
    (tmp_path / "beside.py").write_text("assert __file__ and __spec__ and __name__ == 'beside'")
    with Contender(resolve("mine.py", tmp_path)) as mine:
        assert mine.call("relu", -2.0) == 0.0
        assert mine.loaded == ""


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

    opened = Path.open

    def refuse(self: Path, *how: Any, **more: Any) -> Any:
        if self.name == "mine.py":
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *how, **more)

    monkeypatch.setattr(Path, "open", refuse)
    plan = Plan(["mine.py"], tmp_path)
    with (
        Contender(plan.target("mine")) as mine,
        pytest.raises(ContenderFault, match="cannot be read: Permission denied"),
    ):
        mine.call("relu", 1.0)
