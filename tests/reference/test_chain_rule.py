"""A graph's derivative is the sum over its paths of the products along them."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from gradmark.reference.chain_rule import FiveFactors, Graph, five_factors
from gradmark.reference.network import compute_gradients

# x, y, w1, b1, w2, b2 with a2 = σ(0.35): nothing saturates
ARTICLE = (0.5, 1.0, 0.8, 0.3, 0.5, 0.0)


def random_graph(seed: int) -> Graph:
    """Grow a graph of every operation but the loss, in which nodes are used many times."""
    random = np.random.default_rng(seed)
    graph = Graph()
    names = [f"input{i}" for i in range(3)]
    for name in names:
        graph.input(name, float(random.uniform(-2, 2)))
    for i in range(6):
        left, right = random.choice(names, 2)
        match random.choice(["add", "multiply", "relu", "sigmoid"]):
            case "add":
                graph.add(f"node{i}", left, right)
            case "multiply":
                graph.multiply(f"node{i}", left, right)
            case "relu":
                graph.relu(f"node{i}", left)
            case _:
                graph.sigmoid(f"node{i}", left)
        names.append(f"node{i}")
    return graph


@pytest.mark.parametrize("seed", range(30))
def test_the_sum_over_paths_equals_reverse_mode(seed: int) -> None:
    graph = random_graph(seed)
    gradient = graph.gradient("node5")
    for name in graph.nodes:
        expected = graph.derivative("node5", name)
        assert gradient[name] == pytest.approx(expected, rel=1e-13, abs=1e-13)


def test_a_node_used_twice_sums_over_both_paths() -> None:
    graph = Graph()
    graph.input("x", 3.0)
    graph.multiply("x²", "x", "x")
    graph.multiply("x³", "x²", "x")
    graph.add("x³ + x²", "x³", "x²")
    assert graph.nodes["x³ + x²"].value == 36
    # through x³: 2 paths over x² and 1 straight; through x² alone: 2
    products = sorted(Graph.path_product(path) for path in graph.paths("x", "x³ + x²"))
    assert products == [3, 3, 9, 9, 9]
    assert graph.gradient("x³ + x²")["x"] == graph.derivative("x³ + x²", "x") == 33


@pytest.mark.parametrize("z", [-1.5, 0.0, 2.0])
def test_local_derivatives_are_those_of_the_operations(z: float) -> None:
    graph = Graph()
    graph.input("z", z)
    graph.relu("r", "z")
    graph.sigmoid("s", "z")
    assert graph.derivative("r", "z") == (1 if z > 0 else 0)
    with mpmath.workdps(50):
        slope = mpmath.diff(lambda t: 1 / (1 + mpmath.exp(-t)), z)
    assert graph.derivative("s", "z") == pytest.approx(float(slope), rel=1e-15, abs=0)


@pytest.mark.parametrize(("a", "y"), [(0.3, 1.0), (0.3, 0.0), (0.9, 0.25)])
def test_the_losss_local_derivatives_are_those_of_binary_cross_entropy(a: float, y: float) -> None:
    graph = Graph()
    graph.input("a", a)
    graph.input("y", y)
    loss = graph.binary_cross_entropy("L", "a", "y")

    def exact(p: Any, q: Any) -> Any:
        return -(q * mpmath.log(p) + (1 - q) * mpmath.log(1 - p))

    with mpmath.workdps(50):
        expected = exact(mpmath.mpf(a), mpmath.mpf(y))
        in_a, in_y = (
            mpmath.diff(exact, (mpmath.mpf(a), mpmath.mpf(y)), n) for n in [(1, 0), (0, 1)]
        )
    # fewer than eight roundings
    assert loss.value == pytest.approx(float(expected), rel=1e-15, abs=0)
    assert graph.gradient("L")["a"] == pytest.approx(float(in_a), rel=1e-15, abs=0)
    assert graph.gradient("L")["y"] == pytest.approx(float(in_y), rel=1e-15, abs=0)


def test_a_node_reaches_itself_by_the_empty_path_and_an_input_no_other() -> None:
    graph = Graph()
    graph.input("a", 1.0)
    graph.input("b", 2.0)
    assert graph.paths("a", "a") == [()]
    assert Graph.path_product(()) == 1
    assert graph.paths("a", "b") == []
    assert graph.gradient("b") == {"a": 0.0, "b": 1.0}


def test_five_factors_worked_by_hand() -> None:
    # z1 = 1, a1 = 1, z2 = 3 − 3 = 0, a2 = ½; (½ − 1)/¼ = −2, ¼, w2 = 3, 1, x = 2
    factors = five_factors(x=2.0, y=1.0, w1=0.5, b1=0.0, w2=3.0, b2=-3.0)
    assert factors == FiveFactors(-2.0, 0.25, 3.0, 1.0, 2.0)
    assert factors.product == -3
    assert len(str(factors).splitlines()) == 6
    assert str(factors).splitlines()[-1] == "∂L/∂w1   = the product              = -3"


@pytest.mark.parametrize("arguments", [ARTICLE, (-1.0, 0.0, -0.4, 0.2, 1.5, -0.3)])
def test_five_factors_multiply_to_the_networks_gradient(arguments: tuple[float, ...]) -> None:
    x, y, w1, b1, w2, b2 = arguments
    dW1, *_ = compute_gradients([[x]], [[y]], [[w1]], [[b1]], [[w2]], [[b2]])
    assert five_factors(*arguments).product == pytest.approx(dW1[0, 0], rel=1e-14, abs=0)


def test_five_factors_are_zero_behind_a_dead_unit() -> None:
    factors = five_factors(x=1.0, y=1.0, w1=-1.0, b1=0.0, w2=2.0, b2=0.0)
    assert factors.da1_dz1 == 0
    assert factors.product == 0


def test_a_saturated_sigmoid_has_no_edge_to_its_loss() -> None:
    with pytest.raises(ValueError, match=r"a2: expected a prediction in \(0, 1\), got 1.0"):
        five_factors(x=1.0, y=0.0, w1=40.0, b1=0.0, w2=1.0, b2=0.0)


def test_a_graph_refuses_what_it_cannot_build() -> None:
    graph = Graph()
    graph.input("a", 0.5)
    with pytest.raises(ValueError, match="a: expected a new name, got that of a node"):
        graph.input("a", 2.0)
    with pytest.raises(ValueError, match=r"b: expected one of the nodes \['a'\]"):
        graph.add("c", "a", "b")
    for question in (graph.gradient, lambda name: graph.paths("a", name)):
        with pytest.raises(ValueError, match=r"c: expected one of the nodes \['a'\]"):
            question("c")
    with pytest.raises(ValueError, match="c: expected one of the nodes"):
        graph.paths("c", "a")
    with pytest.raises(ValueError, match="n: expected a finite number, got nan"):
        graph.input("n", math.nan)
    graph.input("y", 1.5)
    with pytest.raises(ValueError, match=r"y: expected a label in \[0, 1\], got 1.5"):
        graph.binary_cross_entropy("L", "a", "y")
    assert list(graph.nodes) == ["a", "y"]
