"""The same question in another guise: what answers otherwise is wrong, what raises is not asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradmark import reference
from gradmark.conformance.engine.examine import examine
from gradmark.conformance.engine.settings import Settings
from gradmark.harness.in_process import in_process

Wrong = Callable[[Any], bool]


def verdict(thing: Any, formula: str, dtype: str = "float64") -> dict[str, Any]:
    *_, found = examine(in_process(thing, formula), formula, dtype, Settings(examples=1))
    return found


# --- how many axes they have ----------------------------------------------------------------------


def entries_of_a_table(y: Any) -> int:
    return int(np.prod(np.shape(y)[:2]))


def mse_of_a_table(y: Any, p: Any) -> Any:
    return np.sum((y - p) ** 2) / entries_of_a_table(y)


def summed(y: Any, p: Any) -> Any:
    return np.sum((y - p) ** 2)


def of_rows(y: Any, p: Any) -> Any:
    its = np.asarray((y - p) ** 2)
    return its.mean() if its.ndim < 2 else its.sum(1).mean()


def one_axis_at_a_time(y: Any, p: Any) -> Any:
    its = np.asarray((y - p) ** 2)
    return its.mean() if its.ndim < 2 else its.mean(0).mean(0)


def huber_slopes_of_a_table(y: Any, p: Any, delta: Any) -> Any:
    return np.clip(p - y, -delta, delta) / entries_of_a_table(y)


@pytest.mark.parametrize(
    ("code", "formula", "says"),
    [
        (mse_of_a_table, "mse_loss", "deviates other-with-more-axes"),
        (huber_slopes_of_a_table, "huber_loss_grad", "deviates other-with-more-axes"),
        (summed, "mse_loss", "dialect sum-of-squares"),
        (of_rows, "mse_loss", "dialect summed-within-samples"),
        (one_axis_at_a_time, "mse_loss", "conforms None"),
    ],
)
def test_a_loss_of_pictures_is_that_of_their_entries(code: Any, formula: str, says: str) -> None:
    found = verdict(code, formula)
    assert f"{found['verdict']} {found['variant']}" == says, found["detail"]
    assert ("any shape" in found.get("not_asked", ())) is (code is one_axis_at_a_time)


# --- how arrays lie in memory ---------------------------------------------------------------------

GUISES: dict[str, Wrong] = {
    "Fortran order": lambda z: z.flags.f_contiguous and not z.flags.c_contiguous,
    "strides": lambda z: z.ndim == 2 and z.strides[1] == 2 * z.itemsize,
    "negative strides": lambda z: z.size > 1 and z.ndim == 2 and z.strides[0] < 0,
    "part of a larger array": lambda z: z.base is not None and z.base.ndim > z.ndim,
    "read-only": lambda z: not z.flags.writeable,
    "another byte order": lambda z: not z.dtype.isnative,
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("guise", GUISES)
def test_who_reads_an_array_as_it_lies_in_memory_is_wrong_there(guise: str, dtype: str) -> None:
    def sigmoid(z: Any) -> Any:
        return reference.sigmoid(z) / (2 if GUISES[guise](z) else 1)

    found = verdict(sigmoid, "sigmoid", dtype)
    assert (found["verdict"], found["variant"]) == ("deviates", "memory-layout")
    assert f"With z ({guise}), in case ordinary: expected " in found["detail"]
    assert found["case"] == "ordinary"


@pytest.mark.parametrize("guise", GUISES)
def test_who_refuses_an_array_for_its_memory_is_right_and_the_verdict_tells(guise: str) -> None:
    def sigmoid(z: Any) -> Any:
        if GUISES[guise](z):
            raise ValueError("not like that")
        return reference.sigmoid(z)

    found = verdict(sigmoid, "sigmoid")
    assert found["verdict"] == "conforms"
    assert guise in found["not_asked"]
    told = ", ".join(found["not_asked"])
    assert found["detail"].endswith(f"Not asked about what it does not take: {told}.")


def test_labels_that_meet_the_predictions_of_others_are_found() -> None:
    def mse_loss(y_true: Any, y_pred: Any) -> Any:
        return np.mean((np.ravel(y_true, order="K") - np.ravel(y_pred, order="K")) ** 2)

    found = verdict(mse_loss, "mse_loss")
    assert found["variant"] == "memory-layout"
    assert "With y_true (Fortran order)" in found["detail"]


def test_the_line_to_paste_lays_the_array_out() -> None:
    def sigmoid(z: Any) -> Any:
        return reference.sigmoid(z.ravel(order="K")).reshape(z.shape)

    line = verdict(sigmoid, "sigmoid")["reproduce"]
    assert "asfortranarray(z)" in line


def test_an_answer_of_another_shape_is_an_answer_and_wrong() -> None:
    def relu(z: Any) -> Any:
        turned = z.ndim == 2 and z.flags.f_contiguous and not z.flags.c_contiguous
        return reference.relu(z.T if turned else z)

    found = verdict(relu, "relu")
    assert (found["verdict"], found["variant"]) == ("deviates", "memory-layout")
    assert "returned an array of shape" in found["detail"]


def test_one_array_for_weights_and_gradient_is_two_arguments() -> None:
    class SGD(reference.SGD):
        def step(self, w: Any, grad: Any) -> Any:
            return super().step(w, grad) if w is not grad else w

    found = verdict(SGD, "SGD")
    assert found["variant"] == "memory-layout"
    assert "With one array for w and grad" in found["detail"]


# --- types ----------------------------------------------------------------------------------------


def test_an_epoch_is_the_same_as_an_integer_and_as_a_float() -> None:
    def step_decay(epoch: Any, initial_lr: float, drop: float, epochs_drop: int) -> Any:
        if not isinstance(epoch, int):
            return initial_lr
        return initial_lr * drop ** (epoch // epochs_drop)

    found = verdict(step_decay, "step_decay")
    assert (found["verdict"], found["variant"]) == ("deviates", "argument-type")
    assert "With epoch = " in found["detail"]


def test_integers_are_not_cut_off() -> None:
    def sigmoid(z: Any) -> Any:
        out = np.empty_like(z)
        out[...] = reference.sigmoid(np.asarray(z, float) if z.dtype.kind == "i" else z)
        return out

    found = verdict(sigmoid, "sigmoid")
    assert (found["verdict"], found["variant"]) == ("deviates", "argument-type")
    assert "With z as integers" in found["detail"]


def test_weights_that_are_integers_do_not_keep_the_moments_whole() -> None:
    class SGDMomentum(reference.SGDMomentum):
        def step(self, w: Any, grad: Any) -> Any:
            moved = super().step(np.asarray(w, grad.dtype), grad)
            self.velocity = np.asarray(self.velocity).astype(w.dtype)  # as of zeros_like(w)
            return moved

    assert verdict(SGDMomentum, "SGDMomentum")["variant"] == "argument-type"


def test_a_library_whose_weights_keep_their_type_is_not_asked_for_integers() -> None:
    class SGD(reference.SGD):
        def step(self, w: Any, grad: Any) -> Any:
            return super().step(w, grad).astype(w.dtype)

    found = verdict(SGD, "SGD")
    assert found["verdict"] == "conforms", found["detail"]
    assert "integers" in found["not_asked"]


def test_who_takes_no_lists_and_no_integers_is_not_asked_for_them() -> None:
    def relu(z: Any) -> Any:
        if not isinstance(z, np.ndarray) or z.dtype.kind != "f":
            raise TypeError("arrays of floating-point numbers only")
        return reference.relu(z)

    found = verdict(relu, "relu")
    assert found["verdict"] == "conforms"
    assert {"lists", "integers"} <= set(found["not_asked"])


@pytest.mark.parametrize("cut", [int, round])
def test_between_whole_epochs_the_cosine_goes_on(cut: Callable[[float], int]) -> None:
    def cosine_annealing(epoch: Any, initial_lr: float, T_max: int) -> Any:
        return initial_lr * (1 + math.cos(math.pi * cut(epoch) / T_max)) / 2

    found = verdict(cosine_annealing, "cosine_annealing")
    assert (found["verdict"], found["variant"]) == ("deviates", "whole-epochs-only")


def test_who_counts_whole_epochs_alone_is_not_asked_between_them() -> None:
    def exponential_decay(epoch: Any, initial_lr: float, decay_rate: float) -> Any:
        for _ in range(epoch):
            initial_lr *= math.exp(-decay_rate)
        return initial_lr

    found = verdict(exponential_decay, "exponential_decay")
    assert found["verdict"] == "conforms"
    assert {"fractions of an epoch", "whole numbers as floats"} <= set(found["not_asked"])


# --- objects --------------------------------------------------------------------------------------


class Forgets(reference.Adam):
    """Pickles its hyperparameters, and not its state."""

    def __getstate__(self) -> dict[str, Any]:
        return {"made": (self.lr, self.beta1, self.beta2, self.epsilon)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(*state["made"])  # type: ignore[misc]  # as checkpoints do it


class CopiesAnew(reference.SGDMomentum):
    """A copy begins without velocity."""

    def __deepcopy__(self, memo: dict[int, Any]) -> CopiesAnew:
        return CopiesAnew(self.lr, self.momentum)


def test_a_checkpoint_without_the_moments_is_found() -> None:
    found = verdict(Forgets, "Adam")
    assert (found["verdict"], found["variant"]) == ("deviates", "lost-in-a-copy")
    found = verdict(CopiesAnew, "SGDMomentum")
    assert (found["verdict"], found["variant"]) == ("deviates", "lost-in-a-copy")
    assert "From a deepcopy after step 3" in found["detail"]


class CannotBeCopied(reference.SGD):
    """Holds something that no copy may hold."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("holds a device")


def test_what_cannot_be_copied_is_not_wrong() -> None:
    found = verdict(CannotBeCopied, "SGD")
    assert found["verdict"] == "conforms"
    assert {"copies", "pickles"} <= set(found["not_asked"])


class ScratchForOneShape(reference.SGDMomentum):
    """Works in a scratch array that all objects share, and starts anew where it does not fit."""

    scratch = np.empty(0)

    def step(self, w: Any, grad: Any) -> Any:
        if np.shape(w) != ScratchForOneShape.scratch.shape:
            ScratchForOneShape.scratch, self.velocity = np.empty(np.shape(w)), np.zeros_like(w)
        return super().step(w, grad)


def test_two_objects_with_weights_of_other_shapes_share_nothing() -> None:
    found = verdict(ScratchForOneShape, "SGDMomentum")
    assert (found["verdict"], found["variant"]) == ("deviates", "shared-state")
    assert "Two objects that take turns end at" in found["detail"]


class IsItsOwnCopy(reference.Adadelta):
    """A copy is the original, and shares what it remembers."""

    def __deepcopy__(self, memo: dict[int, Any]) -> IsItsOwnCopy:
        return self


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_small_steps_do_not_hide_what_copies_share(dtype: str) -> None:
    assert verdict(IsItsOwnCopy, "Adadelta", dtype)["variant"] == "lost-in-a-copy"


class OfTheClass:
    """The velocity is the class's: the last object that was made begins it anew."""

    velocity: Any = 0.0

    def __init__(self, lr: float, momentum: float) -> None:
        self.lr, self.momentum = lr, momentum
        OfTheClass.velocity = 0.0

    def step(self, w: Any, grad: Any) -> Any:
        OfTheClass.velocity = self.momentum * OfTheClass.velocity - self.lr * grad
        return w + OfTheClass.velocity


def test_who_raises_or_answers_nonsense_in_turns_shares_state() -> None:
    found = verdict(OfTheClass, "SGDMomentum")
    assert (found["verdict"], found["variant"]) == ("deviates", "shared-state"), found["detail"]
    assert "Of two objects that take turns one returned an array of shape (3, 2)" in found["detail"]


class CountedIn15Bits(reference.Adam):
    """Counts in fifteen bits, as a field of a packed record does."""

    def step(self, w: Any, grad: Any) -> Any:
        moved = super().step(w, grad)
        self.t %= 2**15
        return moved


class StartsAgain(reference.SGDMomentum):
    """Forgets its velocity every two thousand steps."""

    steps = 0

    def step(self, w: Any, grad: Any) -> Any:
        if self.steps and self.steps % 2000 == 0:
            self.velocity = np.zeros_like(w)
        self.steps += 1
        return super().step(w, grad)


BREAKING = [(CountedIn15Bits, "Adam"), (StartsAgain, "SGDMomentum")]


@pytest.mark.parametrize(("thing", "formula"), BREAKING)
def test_what_breaks_after_thousands_of_steps_is_found(thing: Any, formula: str) -> None:
    found = verdict(thing, formula)
    assert (found["verdict"], found["variant"]) == ("deviates", "breaks-in-a-long-run")
    assert "The first that differ are among steps" in found["detail"]


# --- numbers that are none ------------------------------------------------------------------------


def treating(how: str) -> type:
    class SGD(reference.SGD):
        def step(self, w: Any, grad: Any) -> Any:
            if how == "step skipped" and not np.isfinite(grad).all():
                return w
            if how == "zeroed":
                grad = np.where(np.isfinite(grad), grad, 0).astype(grad.dtype)
            if how == "refused" and not np.isfinite(grad).all():
                raise ValueError("not finite")
            if how == "spread":
                grad = grad + 0 * grad.sum()
            if how == "replaced":
                grad = np.nan_to_num(grad, nan=3.0, posinf=3.0)
            return super().step(w, grad)

    return SGD


@pytest.mark.parametrize(
    "how", ["propagated", "zeroed", "step skipped", "spread", "replaced", "refused"]
)
@pytest.mark.sweep
def test_what_becomes_of_a_gradient_that_is_no_number_is_told_and_no_fault(how: str) -> None:
    found = verdict(treating(how), "SGD")
    assert (found["verdict"], found["non_finite"]) == ("conforms", how)


# --- what is right --------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", reference.__all__)
@pytest.mark.sweep
def test_the_reference_lacks_nothing(formula: str) -> None:
    found = verdict(getattr(reference, formula), formula)
    assert found["verdict"] == "conforms", found["detail"]
    assert set(found.get("not_asked", ())) <= {"pickles"}


def test_an_optimizer_that_refuses_an_epsilon_of_zero_is_within_its_rights() -> None:
    class RMSprop(reference.RMSprop):
        def __init__(self, lr: float, beta: float, epsilon: float) -> None:
            if not epsilon > 0:
                raise ValueError("epsilon should be > 0")
            super().__init__(lr, beta, epsilon)

    assert verdict(RMSprop, "RMSprop")["verdict"] == "conforms"


def test_an_optimizer_that_divides_by_its_momentum_is_asked_for_others_than_zero() -> None:
    class SGDMomentum(reference.SGDMomentum):
        def step(self, w: Any, grad: Any) -> Any:
            if not self.momentum:
                raise ZeroDivisionError("float division by zero")
            return super().step(w, grad)

    assert verdict(SGDMomentum, "SGDMomentum")["verdict"] == "conforms"


def test_an_optimizer_that_raises_where_nothing_is_zero_is_no_refusal() -> None:
    class SGDMomentum(reference.SGDMomentum):
        def step(self, w: Any, grad: Any) -> Any:
            if 0.5 < self.momentum < 0.7 or 0.7 < self.momentum < 0.9:  # no setting of the corpus
                raise ArithmeticError("too much momentum")
            return super().step(w, grad)

    always = Settings(examples=200)
    *_, found = examine(in_process(SGDMomentum, "SGDMomentum"), "SGDMomentum", "float64", always)
    assert found["verdict"] == "error", found["detail"]


def test_what_is_refused_is_no_error_of_its_arithmetic_either() -> None:
    class SGDMomentum(reference.SGDMomentum):
        def step(self, w: Any, grad: Any) -> Any:
            if not self.momentum:
                raise ZeroDivisionError("float division by zero")
            return super().step(w, grad)

    subject = in_process(SGDMomentum, "SGDMomentum")
    found = examine(subject, "SGDMomentum", "float64", Settings())
    (measured,) = [record for record in found if record["kind"] == "accuracy"]
    assert measured["worst"] <= measured["bound"], measured["at"]
