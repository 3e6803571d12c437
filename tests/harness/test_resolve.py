from pathlib import Path

import pytest

from harness.resolve import CHECKOUT, Target, UsageError, resolve, shipped


def test_the_reference_is_built_in(tmp_path: Path) -> None:
    assert resolve("reference", tmp_path) == Target(
        "reference", module="reference", search_path=(CHECKOUT,)
    )


def test_a_path_is_relative_to_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "my_adam.py"
    path.touch()
    found = resolve("mine/my_adam.py", tmp_path)
    assert found == Target("my_adam", path=path, search_path=(path.parent,))
    assert resolve(str(path), Path("/")) == found


def test_a_missing_file_is_named_in_full(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"there is no file {tmp_path / 'my_adam.py'}"):
        resolve("my_adam.py", tmp_path)
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(UsageError, match="there is no file"):
        resolve("folder.py", tmp_path)


def test_a_bare_name_is_a_file_of_implementations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "implementations").mkdir()
    for name in ("torch", "jax", "_shared"):
        (tmp_path / "implementations" / f"{name}.py").touch()
    monkeypatch.setattr("harness.resolve.CHECKOUT", tmp_path)
    assert shipped() == ("jax", "torch")
    assert resolve("torch", Path("/")) == Target(
        "torch", path=tmp_path / "implementations" / "torch.py"
    )


@pytest.mark.parametrize(
    ("typed", "module", "attribute"),
    [
        ("course:Losses", "course", "Losses"),
        ("course.week3:Losses.numpy", "course.week3", "Losses.numpy"),
        ("course.week3", "course.week3", ""),
        ("package", "package", ""),
    ],
)
def test_what_can_be_imported_may_be_named(
    tmp_path: Path, typed: str, module: str, attribute: str
) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    assert resolve(typed, tmp_path) == Target(
        typed, module=module, attribute=attribute, search_path=(tmp_path,)
    )


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("refrence", "did you mean reference"),
        ("zzz", "known: reference"),
        ("my adam:SGD", "known: reference"),
        ("my_adam.txt/", "known: reference"),
        ("", "known: reference"),
    ],
)
def test_an_unknown_name_is_answered_with_known_ones(tmp_path: Path, typed: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"no contender is called '{typed}'; {hint}"):
        resolve(typed, tmp_path)
