"""Networks of any depth: their samples may be columns, their layers and their end another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gradmark.conformance.engine.subject import Subject
from gradmark.harness.contenders import contender
from gradmark.harness.resolve import resolve

COLUMNS = """
import numpy as np


def forward(X, weights, biases):
    A, Zs = [X], []
    for W, b in zip(weights, biases):
        assert b.shape == (W.shape[0], 1)
        Zs.append(W @ A[-1] + b)
        A.append(hidden(Zs[-1]))
    return Zs, A


def mlp_loss(weights, biases, X, Y):
    Z = forward(X, weights, biases)[0][-1]
    return loss(Y, Z) / X.shape[1]


def mlp_gradients(weights, biases, X, Y):
    Zs, A = forward(X, weights, biases)
    dZ = difference(Y, Zs[-1]) / X.shape[1]
    dWs, dbs = [], []
    for at in reversed(range(len(weights))):
        dWs.insert(0, dZ @ A[at].T)
        dbs.insert(0, dZ.sum(axis=1, keepdims=True))
        dZ = weights[at].T @ dZ * (slope(Zs[at - 1]) if at else 1)
    return dWs, dbs
"""
RELU = """
def hidden(Z):
    return np.maximum(Z, 0)


def slope(Z):
    return Z > 0
"""
TANH = """
def hidden(Z):
    return np.tanh(Z)


def slope(Z):
    return 1 - np.tanh(Z) ** 2
"""
SOFTMAX = """
def softmax(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)


def loss(Y, Z):
    Z = Z - Z.max(axis=0)
    return -np.sum(Y * (Z - np.log(np.exp(Z).sum(axis=0))))


def difference(Y, Z):
    return softmax(Z) * Y.sum(axis=0) - Y
"""
SQUARES = """
def loss(Y, Z):
    return np.sum((Z - Y) ** 2) / len(Z)


def difference(Y, Z):
    return 2 * (Z - Y) / len(Z)
"""
BOTH = "tanh-for-relu + mse-loss-at-the-end"
KEPT = TANH.replace("1 - np.tanh(Z) ** 2", "1 - Z ** 2")  # of what is no activation any more


def judged(source: str, formula: str, folder: Path) -> Any:
    (folder / "mine.py").write_text(source)
    with contender(resolve("mine.py", folder)) as its:
        return Subject(its, "float64").judgement(formula)


@pytest.mark.parametrize(
    ("formula", "parts", "expected"),
    [
        ("mlp_gradients", RELU + SOFTMAX, ("conforms", None)),
        ("mlp_gradients", TANH + SQUARES, ("dialect", BOTH)),
        ("mlp_loss", TANH + SQUARES, ("dialect", BOTH)),
    ],
)
def test_samples_in_columns_and_arguments_in_another_order(
    formula: str, parts: str, expected: tuple[str, str | None], tmp_path: Path
) -> None:
    found = judged(COLUMNS + parts, formula, tmp_path)
    assert (found.verdict, found.variant) == expected, found.detail


def test_a_slope_of_another_activation_deviates(tmp_path: Path) -> None:
    assert judged(COLUMNS + KEPT + SOFTMAX, "mlp_gradients", tmp_path).verdict == "deviates"
