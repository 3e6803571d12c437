"""What a user declares of how code is called is carried out, or refused with the key named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradmark.command.line import run
from gradmark.conformance.engine.plan import Plan
from gradmark.harness.contenders import contender
from gradmark.harness.host import ContenderFault
from gradmark.harness.resolve import UsageError

CODE = """
import numpy as np


class Motor:
    def __init__(self, speed, b1, b2, fuzz):
        self.speed, self.b1, self.b2, self.fuzz = speed, b1, b2, fuzz
        self.m = self.v = self.n = 0

    def go(self, position, slope):
        self.n += 1
        self.m = self.b1 * self.m + (1 - self.b1) * slope
        self.v = self.b2 * self.v + (1 - self.b2) * slope**2
        m, v = self.m / (1 - self.b1**self.n), self.v / (1 - self.b2**self.n)
        return position - self.speed * m / (np.sqrt(v) + self.fuzz)


class Update(Motor):
    update = Motor.go


def roll(p, d, vel):
    vel = 0.9 * vel + 0.01 * d
    return p - vel, vel


def quad(a, b):
    return (a - b) ** 2


class Shop:
    def squash(self, x):
        return 1 / (1 + np.exp(-x))
"""
RIGHT = {
    "a call, of which the mean is taken": ("mse_loss", 'mse_loss = "quad(y_true, y_pred)"'),
    "an expression": ("sigmoid", 'sigmoid = "Shop.squash(None, z)"'),
    "an object and its step in one": (
        "Adam",
        'Adam = "Motor(lr, beta1, beta2, epsilon).go(w, grad)"',
    ),
    "a name, and what its parameters are": ("Adam", 'Adam = "Update(speed=lr, fuzz=epsilon)"'),
    "what makes it, and its step": (
        "Adam",
        'Adam = {make = "Motor(lr, beta1, beta2, epsilon)", step = "it.go(w, grad)"}',
    ),
    "state, and constants in the code": (
        "SGDMomentum",
        'SGDMomentum = {call = "w, vel = roll(w, grad, vel)", momentum = 0.9, lr = 0.01}',
    ),
}
WRONG = {
    "Adm": ('Adm = "Motor"', "there is no formula 'Adm'; did you mean Adam"),
    "Motr": ('Adam = "Motr"', "Adam: there is no Motr"),
    "no Python": ('mse_loss = "quad(?, y_pred)"', "mse_loss: call: no call of Python's"),
    "a key": ('Adam = {call = "Motor", speed = 3}', "Adam: expected call, make, step, lacks, lr"),
    "a value": ('Adam = {call = "Motor", lr = "fast"}', "lr: expected a number, got 'fast'"),
    "a role": ('Adam = "Update(speed=rate)"', "Adam has no rate"),
    "a name in a call": ('mse_loss = "quad(y_true, y_prd)"', "mse_loss: there is no y_prd"),
    "what is missing": (
        'Adam = "Motor(lr, beta1, beta2, 0.1).go(w, grad)"',
        "epsilon is missing; name it in the call, or give the value that the code has",
    ),
    "a parameter": (
        'mse_loss = "quad(y_true, y_pred, sharp=1)"',
        "mse_loss: quad: got an unexpected keyword argument 'sharp'",
    ),
    "a parameter of a step": (
        'Adam = "Motor(lr, beta1, beta2, epsilon).go(w, grad, 3)"',
        "Adam: it.go: too many positional arguments",
    ),
    "a capability": ('Adam = {call = "Motor", lacks = ["luck"]}', "lacks: expected some of"),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(CODE, encoding="utf-8")


def check(*more: str) -> int:
    return run(["check", "mine.py", "--dtype", "float64", "--quick", "--quiet", *more])


@pytest.mark.parametrize("how", RIGHT)
@pytest.mark.sweep
def test_a_declaration_is_carried_out(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    formula, line = RIGHT[how]
    Path("gradmark.toml").write_text(f"[bind]\n{line}\n", encoding="utf-8")
    assert check("--formula", formula) == 0
    assert f"{formula} ← " in capsys.readouterr().out


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.sweep
def test_a_declaration_that_cannot_be_meant_is_refused_with_its_key(
    what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line, told = WRONG[what]
    Path("gradmark.toml").write_text(f"[bind]\n{line}\n", encoding="utf-8")
    assert check() == 2
    error = capsys.readouterr().err
    assert told in error
    assert "gradmark.toml: [bind]" in error


def test_it_is_found_from_the_file_upwards_and_may_be_for_some_files(tmp_path: Path) -> None:
    inner = tmp_path / "hw" / "one"
    inner.mkdir(parents=True)
    (tmp_path / "mine.py").rename(inner / "mine.py")
    for pattern, status in (("hw/*/mine.py", 0), ("mine.py", 0), ("hers.py", 2)):
        table = f'[bind."{pattern}"]\nmse_loss = "quad(y_true, y_pred)"\n'
        (tmp_path / "gradmark.toml").write_text(table, encoding="utf-8")
        asked = ("--formula", "mse_loss", "--dtype", "float64", "--quick", "--quiet")
        assert run(["check", "hw/one/mine.py", *asked]) == status


def test_a_comment_in_the_file_declares_too_and_map_overrules_it() -> None:
    comment = '# gradmark: mse_loss = "quad(y_true, 3 * y_pred)"\n'
    Path("mine.py").write_text(comment + CODE, encoding="utf-8")
    assert check("--formula", "mse_loss") == 1
    mapped = "mine.py:quad(y_true, y_pred)=mse_loss"
    assert check("--formula", "mse_loss", "--map", mapped) == 0


def test_what_is_declared_may_be_accused() -> None:
    mapped = "mine.py:quad(y_true, 3 * y_pred)=mse_loss"
    assert check("--map", mapped, "--formula", "mse_loss") == 1


def test_map_alone_says_what_to_judge(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["check", "--map", "mine.py:quad(y_true, y_pred)=mse_loss", "--dtype", "float64"]
    assert run([*asked, "--formula", "mse_loss", "--quick", "--quiet"]) == 0
    assert "mse_loss ← quad(y_true, y_pred)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("mine.py", "expected PLACE:NAME=FORMULA"),
        ("mine.py:quad=mse_los", "did you mean mse_loss"),
        ("hers.py:quad=mse_loss", "there is no file"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(
    typed: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("--map", typed) == 2
    assert told in capsys.readouterr().err


def test_how_each_name_is_called_or_why_not_is_explained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    more = "\n\ndef logistic(z):\n    return z\n\n\ndef fit_adam(X, y, lr):\n    return X\n"
    Path("mine.py").write_text(CODE + more, encoding="utf-8")
    assert check("--explain-binding") == 0
    told = capsys.readouterr().out
    assert "  ✓ sigmoid ← logistic(z)\n" in told
    assert "  ? Adam: May be there: fit_adam: its name alone speaks of it\n" in told
    assert "      [bind]\n" in told


def test_two_names_for_one_formula_are_two_contenders(capsys: pytest.CaptureFixture[str]) -> None:
    two = "\n\n".join(
        f"def {name}(y_true, y_pred):\n    return {by} * np.mean((y_true - y_pred) ** 2)"
        for name, by in (("mse_v1", 1), ("mse_v2", 0.5))
    )
    Path("mine.py").write_text(f"import numpy as np\n\n{two}\n", encoding="utf-8")
    asked = ("--formula", "mse_loss", "--strict", "--results", "found.jsonl")
    assert check(*asked) == 1
    told = capsys.readouterr().out
    assert "mine:mse_v2" in told
    assert "half-mean" in told
    found = Path("found.jsonl").read_text(encoding="utf-8")
    assert '"implementation":"mine:mse_v1"' in found.replace('": ', '":')


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ('# gradmark: rule = "half"', "there is no formula 'rule'"),
        ('# gradmark: relu = "not_there(x=z)"', "there is no not_there"),
        ("# gradmark: = =", "mine.py: # gradmark: Invalid statement"),
    ],
)
def test_what_one_of_several_declares_wrongly_of_itself_costs_no_other(
    tmp_path: Path, comment: str, said: str
) -> None:
    its = "def half(x):\n    return (x + abs(x)) / 2\n"
    (tmp_path / "mine.py").write_text(f"{comment}\n{its}")
    (tmp_path / "yours.py").write_text(its.replace("half(x)", "relu(x)"))
    plan = Plan(["mine.py", "yours.py"], tmp_path)
    with contender(plan.target("mine")) as mine, pytest.raises(ContenderFault, match=said):
        mine.expect("relu")
    with (
        pytest.raises(UsageError, match=said),
        contender(Plan(["mine.py"], tmp_path).target("mine")) as mine,
    ):
        mine.expect("relu")
