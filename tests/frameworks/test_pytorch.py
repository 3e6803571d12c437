"""PyTorch's own types, and a user's own of them, are judged as they are."""

from __future__ import annotations

import pytest

from tests.frameworks.conftest import Judged

pytestmark = pytest.mark.thorough  # their environments are large

ADAM = """
import torch

class MyAdam(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, foreach=None):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, foreach=foreach))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            (b1, b2), foreach = group["betas"], group["foreach"]
            for p in (p for p in group["params"] if p.grad is not None):
                s = self.state[p]
                if not s:
                    s["t"], s["m"], s["v"] = {start}, torch.zeros_like(p), torch.zeros_like(p)
                s["t"] += 1
                s["m"].mul_(b1).add_(p.grad, alpha=1 - b1)
                s["v"].mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                m_hat, v_hat = s["m"] / (1 - b1 ** s["t"]), s["v"] / (1 - b2 ** s["t"])
                p.sub_(group["lr"] * m_hat / (v_hat.sqrt() + group["eps"]))
"""


def test_a_users_optimizer_is_judged_as_it_is(judged: Judged) -> None:
    verdict = judged(ADAM.replace("{start}", "0"), "Adam")
    assert verdict["verdict"] == "conforms"
    assert "MyAdam([w], …).step()" in verdict["binding"]


OVER_TENSORS = """
import torch

def sigmoid(x):
    return torch.where(x >= 0, 1.0, torch.exp(-abs(x))) / (1 + torch.exp(-abs(x)))

def clip_by_global_norm(gradients, max_norm):
    total = torch.sqrt(sum((g**2).sum() for g in gradients))
    return [g * torch.clamp(max_norm / total, max=1.0) for g in gradients]

def momentum(params, vs, lr, mom):
    for p, v in zip(params, vs):
        with torch.no_grad():
            v.mul_(mom).add_(p.grad, alpha=lr)
            p -= v
        p.grad.zero_()

class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps, self.t = list(params), lr, betas, eps, {start}
        self.m, self.v = ([torch.zeros_like(p) for p in self.params] for _ in "mv")

    def step(self):
        (b1, b2), self.t = self.betas, self.t + 1
        for i, p in enumerate(self.params):
            self.m[i] = b1 * self.m[i] + (1 - b1) * p.grad
            self.v[i] = b2 * self.v[i] + (1 - b2) * p.grad**2
            m_hat, v_hat = self.m[i] / (1 - b1**self.t), self.v[i] / (1 - b2**self.t)
            p.data -= self.lr * m_hat / (v_hat.sqrt() + self.eps)
"""


@pytest.mark.parametrize(
    ("formula", "start", "verdict", "variant"),
    [
        ("sigmoid", "0", "conforms", None),
        ("clip_by_global_norm", "0", "conforms", None),
        ("SGDMomentum", "0", "conforms", None),
        ("Adam", "0", "conforms", None),
        ("Adam", "1", "deviates", "counter-starts-at-two"),
    ],
)
def test_code_over_tensors_that_is_no_type_of_pytorch_is_handed_tensors(
    formula: str, start: str, verdict: str, variant: str | None, judged: Judged
) -> None:
    found = judged(OVER_TENSORS.replace("{start}", start), formula)
    assert (found["verdict"], found["variant"]) == (verdict, variant)


def test_its_mistake_is_named_on_the_path_that_has_it(judged: Judged) -> None:
    verdict = judged(ADAM.replace("{start}", "int(foreach is True)"), "Adam")
    assert (verdict["verdict"], verdict["variant"]) == ("deviates", "counter-starts-at-two")
    assert verdict["detail"].startswith("On the path foreach, and not on for-loop (conforms): ")


def test_an_option_selects_the_formula(judged: Judged) -> None:
    """One class is SGD, and with its momentum another formula, each on all its paths."""
    assert judged("torch.optim", "SGD")["verdict"] == "conforms"
    verdict = judged("torch.optim", "SGDMomentum")
    assert verdict["variant"] == "lr-outside-velocity + first-gradient-not-dampened"
    assert [*verdict["paths"]] == ["for-loop", "foreach", "fused"]


def test_one_class_of_a_module_is_a_contender(judged: Judged) -> None:
    verdict = judged("torch.nn:BCELoss", "binary_cross_entropy")
    assert verdict["variant"] == "logs-clamped-at-minus-100"
    assert "BCELoss(y_pred, y_true)" in verdict["binding"]


def test_a_class_with_some_arguments_given_already_is_accused_of_nothing(judged: Judged) -> None:
    source = """
from functools import partial
import torch
SGDMomentum = partial(torch.optim.SGD, momentum=0.9)
"""
    verdict = judged(source, "SGDMomentum")
    assert verdict["verdict"] == "unbound"
    assert "some of its arguments are given already" in verdict["detail"]


def test_gradients_come_from_autograd(judged: Judged) -> None:
    assert judged("torch.nn.functional", "relu_derivative")["verdict"] == "conforms"


def test_a_scheduler_is_driven_through_its_optimizer(judged: Judged) -> None:
    text = """
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

class ExponentialLR(LRScheduler):
    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base * self.gamma ** self.last_epoch for base in self.base_lrs]

def poly_lr(optimizer, max_iters, power):  # complex past its end
    return LambdaLR(optimizer, lambda step: (1 - step / max_iters) ** power)

def step_decay(optimizer, drop_rate, every):
    return LambdaLR(optimizer, lambda epoch: drop_rate ** (epoch // every))
"""
    assert judged(text, "exponential_decay")["verdict"] == "conforms"
    assert judged(text, "step_decay")["verdict"] == "conforms"
    assert judged(text, "polynomial_decay")["variant"] == "falls-to-zero"


def test_what_it_does_in_practice_counts(judged: Judged) -> None:
    """A moment that no state_dict holds is lost when a run is resumed."""
    text = """
import torch

class SGD(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.9):
        super().__init__(params, dict(lr=lr, momentum=momentum))
        self.velocity = {}

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                v = self.velocity.get(p, torch.zeros_like(p))
                self.velocity[p] = group["momentum"] * v + group["lr"] * p.grad
                p.sub_(self.velocity[p])
"""
    found = judged(text, "SGDMomentum", whole=True)
    assert found["variant"] == "other-in-practice"
    assert "resumes from its state_dict: comes to" in found["detail"]


def test_torch_itself_is_right_in_practice(judged: Judged) -> None:
    found = judged("torch.optim", "Adam", whole=True)
    assert found["verdict"] == "conforms"
    outcomes = {its["check"]: its["outcome"] for its in found["practice"]}
    assert outcomes["resumes from its state_dict"] == "passed"
    assert outcomes["lr = -1.0"] == "refused"


def test_its_dropout_is_asked_as_in_training(judged: Judged) -> None:
    """A function is told so, a layer is made so; both draw from what `torch.manual_seed` sows."""
    for text in ("from torch.nn.functional import dropout\n", "torch.nn"):
        verdict = judged(text, "dropout")
        assert verdict["verdict"] == "conforms", verdict
        assert "same seed" not in verdict["detail"]
    assert judged("from torch.nn import Dropout2d as dropout\n", "dropout")["variant"] == (
        "whole-channels"
    )


def test_norms_are_asked_as_in_training_and_derived(judged: Judged) -> None:
    for formula in ("batch_norm", "rms_norm", "layer_norm_grad"):
        assert judged("torch.nn.functional", formula)["verdict"] == "conforms"
    renamed = "from torch.nn import LayerNorm as layer_norm\n"
    assert judged(renamed, "layer_norm")["verdict"] == "conforms"
    text = """
import torch
from torch import nn

class RMSNorm(nn.Module):
    def __init__(self, dim, eps=1e-6):
        super().__init__()
        self.eps, self.weight = eps, nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return self.weight * x / (x.pow(2).mean(-1, keepdim=True).sqrt() + self.eps)
"""
    assert judged(text, "rms_norm")["variant"] == "epsilon-outside-root"


def test_what_works_in_place_is_asked_all_the_same(judged: Judged) -> None:
    assert judged("torch.nn.init", "he_normal")["verdict"] == "conforms"
    renamed = "from torch.nn.utils import clip_grad_norm_ as clip_by_global_norm\n"
    assert judged(renamed, "clip_by_global_norm")["variant"] == "norm-plus-1e-6"


def test_a_loss_that_forms_the_probability_itself_is_asked_for_none(judged: Judged) -> None:
    text = """
import torch

class FocalLoss(torch.nn.Module):
    def __init__(self, alpha=0.25, gamma=2.0):
        super().__init__()
        self.alpha, self.gamma = alpha, gamma

    def forward(self, y_pred, y_true):
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        cost = bce(y_pred, y_true, reduction="none")
        return (self.alpha * (1 - torch.exp(-cost)) ** self.gamma * cost).mean()
"""
    assert judged(text, "focal_loss")["verdict"] == "unbound"
