"""Somebody ports training code, and asks why two pieces of it differ."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradmark
from gradmark import reference
from gradmark.command import main
from gradmark.conformance.catalogue import form
from gradmark.conformance.difference.matter import matter
from gradmark.conformance.difference.side import Side
from gradmark.conformance.difference.training import TRAINED, Run, runs
from gradmark.conformance.difference.translation import Translation, translation
from gradmark.conformance.difference.translation.demands import Demand
from gradmark.conformance.engine.subject import subject_of
from gradmark.conformance.live import live
from gradmark.harness.contract import CONTRACT
from gradmark.harness.in_process import in_process
from gradmark.harness.results import read_results


def compared(formula: str, one: str | None, other: str | None) -> Mapping[str, Any]:
    a, b = ({formula: live(form(formula, name))} for name in (one, other))
    (found,) = gradmark.diff(a, b)
    its: Mapping[str, Any] = found
    return its


def translated(formula: str, one: str | None, other: str | None) -> Translation:
    a, b = (
        Side(subject_of(in_process(live(form(formula, name)), formula), "float64"), formula)
        for name in (one, other)
    )
    return translation(a, b)


@pytest.fixture(scope="module")
def hat() -> Mapping[str, Any]:
    return compared("Adam", None, "epsilon-hat")


@pytest.mark.thorough
def test_what_differs_is_marked_and_where_it_parts_is_told(
    hat: Mapping[str, Any],
) -> None:
    found = hat
    assert found["outcome"] == "different"
    assert found["of_other"]["variant"] == "epsilon-hat"
    *same, last = found["equations"]
    assert all(line["one"] == line["other"] for line in same)
    assert "⟦√(1 − β₂ᵗ)⟧" in last["other"]
    assert found["parting"]["step"] == 1
    # Not that t is: both count alike, and what they count for is in the step.
    same_until = "m and v are the same until then: the step itself parts"
    assert found["parting"]["variable"] == same_until
    assert found["matter"]["weight"] == "negligible"  # at the usual ε of 1e-8


LOSSES = [name for name, row in CONTRACT.items() if row.kind == "loss"]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.sweep
def test_every_loss_is_trained_with_and_translated(name: str) -> None:
    def doubled(*given: Any) -> Any:
        return 2 * getattr(reference, name)(*given)

    (found,) = gradmark.diff({name: getattr(reference, name)}, {name: doubled})
    assert found["matter"]["weight"] == "a different run"
    assert found["translation"]["says"].startswith("it is 2 times the first")


@pytest.mark.thorough
def test_no_constant_translates_epsilon_hat_and_the_proof_names_the_law(
    hat: Mapping[str, Any],
) -> None:
    told = hat["translation"]
    assert not told["found"]
    assert "ε √(1 − β₂ᵗ), which is no constant" in told["says"]


@pytest.mark.parametrize(
    ("formula", "one", "other", "changes", "condition"),
    [
        ("SGDMomentum", None, "lr-outside-velocity", {}, "while the rate is constant"),
        ("SGDMomentum", "lr-outside-velocity", "average-velocity", {"lr": "η / (1 − γ)"}, ""),
        ("AdamW", "decay-without-rate", None, {"weight_decay": "λ / η"},
         "while the rate is constant"),
        ("AdamW", "decay-halved", None, {"weight_decay": "λ / 2"}, ""),
        ("AdamW", "decay-forgotten", None, {"weight_decay": "0"}, ""),
        ("softmax_cross_entropy", None, "smoothing-over-the-other-classes",
         {"label_smoothing": "ε (C − 1) / C"}, ""),
        ("exponential_decay", None, "rate-as-factor", {"decay_rate": "e^(−k)"}, ""),
    ],
)  # fmt: skip
@pytest.mark.sweep
def test_the_translation_is_found_named_and_run_with_both(
    formula: str, one: str | None, other: str | None, changes: dict[str, str], condition: str
) -> None:
    told = translated(formula, one, other)
    assert told.found
    assert told.changes == changes
    assert told.condition == condition
    assert told.checked is not None
    assert told.checked < 1e-9


def test_a_translation_that_the_contender_does_not_bear_out_is_none() -> None:
    """B follows its form where it was judged, and not at the rate that would translate it."""
    right = live(form("SGDMomentum", "average-velocity"))

    class Capped(right):  # type: ignore[misc,valid-type]  # a class that is made
        def __init__(self, lr: float, momentum: float) -> None:
            super().__init__(lr=lr, momentum=momentum)
            self.capped = lr == pytest.approx(1.0)  # 0.1 / (1 − 0.9)

        def step(self, w: Any, grad: Any) -> Any:
            return super().step(w, grad) * (0.5 if self.capped else 1.0)

    one, other = (
        Side(subject_of(in_process(thing, "SGDMomentum"), "float64"), "SGDMomentum")
        for thing in (live(form("SGDMomentum", "lr-outside-velocity")), Capped)
    )
    assert other.judgement.variant == "average-velocity"
    told = translation(one, other)
    assert not told.found


def test_a_loss_that_is_summed_asks_for_another_rate() -> None:
    told = translated("mse_loss", None, "sum-of-squares")
    assert "is N times the first (N: numbers in all)" in str(told)


@pytest.mark.parametrize(
    ("formula", "other", "scaled"),
    [
        ("mse_loss", "sum-of-squares", "N"),
        ("mse_loss", "summed-within-samples", "C"),
        ("softmax_cross_entropy", "summed-over-samples", "n"),
    ],
)
def test_what_is_times_a_count_is_so_in_every_question(
    formula: str, other: str, scaled: str
) -> None:
    told = translated(formula, None, other)
    assert told.scaled == scaled
    assert told.held is not None
    assert told.held.asked > 5
    assert not told.held.differing, told.held


def test_code_is_the_same_as_itself_even_where_it_is_no_known_form() -> None:
    class Odd:
        def __init__(self, lr: float) -> None:
            self.lr = lr

        def step(self, w: Any, grad: Any) -> Any:
            return w - self.lr * np.arctan(grad)

    found = gradmark.diff({"SGD": Odd}, {"SGD": Odd})
    assert found.same
    assert found[0]["of_one"]["verdict"] == "deviates"
    other = gradmark.diff({"SGD": Odd}, {"SGD": live(form("SGD"))})
    assert not other.same
    assert other[0]["parting"]["step"] == 1


def test_a_rewritten_sum_is_the_same() -> None:
    """Two ways to add are two roundings, and no difference."""
    one = {"mse_loss": lambda y, p: np.mean((y - p) ** 2)}
    other = {"mse_loss": lambda y, p: sum((y - p).ravel()[::-1] ** 2) / np.size(y)}
    assert gradmark.diff(one, other).same


def test_one_that_raises_differs_from_one_that_answers() -> None:
    def raising(z: Any) -> Any:
        raise RuntimeError(z)

    found = gradmark.diff({"relu": raising}, {"relu": lambda z: np.maximum(z, 0)})
    assert found[0]["outcome"] == "different"


def test_who_has_nothing_in_common_is_told_what_each_has() -> None:
    with pytest.raises(ValueError, match="both provide"):
        gradmark.diff({"relu": np.abs}, {"mse_loss": lambda y, p: np.mean((y - p) ** 2)})


def test_the_distance_of_two_runs_is_a_share_of_the_first_ones_way() -> None:
    one = np.array([[1.0], [4.0]])
    lost = np.array([[1.0], [np.nan]])
    assert Run(
        "p", "", one, one + np.array([[0.0], [1.0]]), np.zeros(1), ([], [])
    ).apart.tolist() == [
        0,
        0.25,
    ]
    assert Run("p", "", one, lost, np.zeros(1), ([], [])).apart.tolist() == [0, np.inf]
    assert Run("p", "", lost, lost, np.zeros(1), ([], [])).apart.tolist() == [0, 0]


LATE = """
import numpy as np

class Adam:
    def __init__(self, lr, beta1, beta2, epsilon):
        self.lr, self.b1, self.b2, self.eps, self.t = lr, beta1, beta2, epsilon, 1
        self.m = self.v = 0.0

    def step(self, w, grad):
        self.t += 1
        self.m = self.b1 * self.m + (1 - self.b1) * grad
        self.v = self.b2 * self.v + (1 - self.b2) * grad**2
        v_hat = self.v / (1 - self.b2**self.t)
        return w - self.lr * self.m / (1 - self.b1**self.t) / (np.sqrt(v_hat) + self.eps)
"""


@pytest.mark.thorough
def test_the_command_line_tells_writes_and_has_exit_statuses_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("late.py").write_text(LATE, encoding="utf-8")
    assert main(["diff", "reference", "late.py", "--out", "out", "--quiet"]) == 1
    told = capsys.readouterr().out
    assert "⟦β₂ᵗ⁺¹⟧" in told
    assert "t parts first, at step 1: 1 against 2" in told
    page = Path("out/difference.md").read_text(encoding="utf-8")
    assert "**β₂ᵗ⁺¹**" in page
    shown = Path("out/report.html").read_text(encoding="utf-8")
    assert "<h1>gradmark: reference and late: different in Adam</h1>" in shown
    assert "<strong>β₂ᵗ⁺¹</strong>" in shown
    assert Path("out/figures/difference_Adam_float64.png").stat().st_size > 10_000
    (record,) = read_results(Path("out/results/difference.jsonl")).of_kind("difference")
    assert record["matter"]["weight"] == "visible"
    assert main(["diff", "late.py", "late.py", "--quiet"]) == 0
    assert main(["diff", "late.py", "reference", "--formula", "relu", "--quiet"]) == 2
    assert main(["diff", "late.py", "no_such_file.py", "--quiet"]) == 2


@pytest.mark.parametrize(
    ("formula", "name", "weight"),
    [
        (
            "softmax_cross_entropy",
            "smoothing-undivided",
            "a different run",
        ),  # at a smoothing of 0.1
        ("relu", "leaky", "visible"),
        ("elu_derivative", "one-at-zero", "visible"),  # the biases begin at zero
        ("sigmoid_derivative", "of-the-pre-activation", "a different run"),
        ("batch_norm", "unbiased-variance", "a different run"),
    ],
)
@pytest.mark.sweep
def test_losses_activations_and_norms_are_trained_with(
    formula: str, name: str, weight: str
) -> None:
    sides = (
        Side(subject_of(in_process(live(form(formula, its)), formula), "float64"), formula)
        for its in (None, name)
    )
    weighed = matter(list(runs(*sides)))
    assert weighed is not None
    assert weighed.weight == weight


@pytest.mark.thorough
def test_the_slope_that_is_handed_back_is_that_of_the_same_training() -> None:
    """Central differences through an activation, and its derivative, go the same way."""
    ways = []
    for formula in ("tanh", "tanh_derivative"):
        side = Side(subject_of(in_process(live(form(formula)), formula), "float64"), formula)
        (run,) = runs(side, side)
        ways.append(run.one)
    assert np.allclose(ways[0], ways[1], atol=1e-5)


@pytest.mark.parametrize(
    ("formula", "one", "other", "says"),
    [
        # A factor of what samples hold, or of a number, is no matter of single numbers alone.
        ("mse_loss", None, "summed-within-samples", "it is C times the first"),
        ("huber_loss", None, "smooth-l1", "it is 1 / δ times the first"),
        ("mse_loss_grad", None, "of-the-sum", "it is N times the first"),
        ("leaky_relu", None, "divided-by-alpha", "α′ = 1 / α"),
        ("clip_by_norm", None, "by-the-root-mean-square", "max_norm′ = max_norm / √N"),
        ("l2_penalty", None, "mean-of-squares", "strength′ = strength N"),
        # Times that are counted from another one, and ends.
        ("step_decay", None, "drops-one-epoch-early", "t′ = t − 1."),
        ("cosine_annealing", None, "restarts", "the same hyperparameters, before the last epoch"),
        ("multi_step_decay", None, "drops-one-epoch-late", "t′ = t + 1."),
        ("polynomial_decay", "falls-to-zero", None, "end_lr′ = 0."),
        ("noam", None, "counts-from-zero", "step′ = step − 1."),  # there is none of step 0
        ("mlp_loss", None, "base-two", "it is 1.4427 times the first"),
        # What one table of one size allows is no translation.
        ("batch_norm", None, "epsilon-outside-root", "no hyperparameters do."),
        ("softmax_cross_entropy", None, "softmax-epsilon-1e-8-inside-log", "no hyperparameters do"),
        # Where they still part is told.
        ("relu_derivative", None, "half-at-zero", "still differ in 3 of"),
        ("leaky_relu", None, "greater-of-both", "at the usual values, α = 0.01, not at others"),
    ],
)  # fmt: skip
@pytest.mark.sweep
def test_a_translation_holds_for_every_input_or_says_where_not(
    formula: str, one: str | None, other: str | None, says: str
) -> None:
    assert says in str(translated(formula, one, other))


def test_no_constant_is_refuted_by_steps_that_all_ask_for_the_same() -> None:
    assert not Demand("lr", {1: 0.1, 2: 0.1, 10: 0.1}, "η").differs
    assert Demand("lr", {1: 0.1, 2: 0.19, 10: 0.65}, None).differs
    assert not Demand("lr", {1: 0.1, 2: 0.19}, None, undone=10).differs


def test_what_no_constant_does_is_told_of_the_step_where_it_is_so() -> None:
    """The first step of momentum is that of plain descent, whatever γ is."""
    its = translated("SGDMomentum", None, "velocity-forgotten")
    assert its.sketch == ("No η nor γ alone does step 2.",)


def test_options_and_constants_in_the_code_are_translated_too() -> None:
    class Decaying:
        def __init__(self, lr: float, weight_decay: float = 0) -> None:
            self.lr, self.decay = lr, weight_decay

        def step(self, w: Any, grad: Any) -> Any:
            return w - self.lr * (grad + self.decay * w)

    class Apart(Decaying):
        def step(self, w: Any, grad: Any) -> Any:
            return w - self.lr * grad - self.decay * w

    (found,) = gradmark.diff({"SGD": Decaying}, {"SGD": Apart})
    assert found["translation"]["changes"] == {"weight_decay": "λ η"}

    class Written:
        def __init__(self, lr: float) -> None:
            self.lr, self.s = lr, 0.0

        def step(self, w: Any, grad: Any) -> Any:
            self.s = self.s + grad**2
            return w - self.lr * grad / (np.sqrt(self.s) + 1e-6)

    (found,) = gradmark.diff({"Adagrad": Written}, {"Adagrad": live(form("Adagrad"))})
    assert found["translation"]["changes"] == {"epsilon": "1e-06"}


def test_lists_of_numbers_are_compared_and_none_is_looked_for() -> None:
    shifted = compared("multi_step_decay", None, "drops-one-epoch-late")
    assert shifted["translation"]["changes"] == {"epoch": "t + 1"}
    found = compared("accumulate_gradients", None, "mean-of-means")
    assert found["outcome"] == "different"
    assert "It takes a list of numbers" in found["translation"]["says"]


def test_what_a_constant_does_is_tried_at_other_values_than_one() -> None:
    """At δ = 1 the two are one: not so elsewhere."""
    found = compared("huber_loss", None, "smooth-l1")
    assert found["matter"]["weight"] == "a different run"
    assert found["matter"]["problem"].startswith("regression, delta ")
    trained = [problem.name for problem in TRAINED["activation"]("elu")]
    assert trained == [f"XOR network, alpha {alpha}" for alpha in ("1", "0.3", "1.5")]


def test_what_comes_no_nearer_than_the_same_values_is_not_called_the_nearest() -> None:
    """Of α eᶻ, for α (eᶻ − 1), a smaller α leaves nearly as much."""
    says = str(translated("elu", None, "one-forgotten"))
    assert says.startswith("no hyperparameters do. The same ones leave ")
    assert "nearest" not in says
