"""Claims of "The Chain Rule in Action": the product, its edges, and where they give out."""

from collections.abc import Iterator

import mpmath as mp
import numpy as np

from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.proportion import wilson
from gradmark.reference.activations import sigmoid
from gradmark.reference.chain_rule import FiveFactors, Graph, five_factors
from gradmark.reference.losses import (
    bce_with_logits_grad,
    binary_cross_entropy_grad,
)

SECTION = "The Chain Rule in Action"
GRAPH = "Computational Graph with Chain Rule"


def _draws(scale: Scale, stream: int) -> Iterator[dict[str, float]]:
    """Draw networks of one unit a layer whose unit is on: a dead one has nothing to compare."""
    random = np.random.default_rng([scale.seed, stream])
    left = scale.runs(200, 50)
    while left:
        x, w1, b1, w2, b2 = random.standard_normal(5)
        if w1 * x + b1 > 0.01:
            left -= 1
            yield {"x": x, "y": float(random.integers(2)), "w1": w1, "b1": b1, "w2": w2, "b2": b2}


def _loss(at: dict[str, float], w1: mp.mpf) -> mp.mpf:
    """Give the loss of one unit a layer, in mpmath's precision."""
    a1 = max(w1 * mp.mpf(at["x"]) + mp.mpf(at["b1"]), mp.mpf(0))
    z2 = mp.mpf(at["w2"]) * a1 + mp.mpf(at["b2"])
    return mp.log(1 + mp.exp(-z2)) if at["y"] else mp.log(1 + mp.exp(z2))


@claim(
    "five-factors-give-the-derivative",
    section=SECTION,
    statement="For one unit a layer, ∂L/∂w1 is the product of the five factors.",
    how="The product, each factor read off a graph, against the loss differentiated at 50 digits, "
    "on networks with x, w1, b1, w2, b2 ~ N(0, 1) whose unit is on.",
    verdict="holds",
    surprise=1,
)
def five_factors_give_the_derivative(scale: Scale) -> Outcome:
    """Compare the product with 50 digits."""
    worst = 0.0
    count = 0
    for at in _draws(scale, 9):
        with mp.workdps(50):
            exact = mp.diff(lambda w, at=at: _loss(at, w), mp.mpf(at["w1"]), h=mp.mpf("1e-15"))
            worst = max(worst, float(abs(five_factors(**at).product / exact - 1)))
        count += 1
    # a2 − y loses digits where the prediction is right; logits of a few cost a digit or two
    return (holds if worst < 1e-10 else fails)(
        f"Largest relative difference in {count} networks: {worst:.1e}.",
        networks=count,
        largest_relative_difference=worst,
    )


@claim(
    "one-product-is-the-whole-derivative",
    section=SECTION,
    statement="In a 2-layer network one such product is the derivative in a weight of layer 1.",
    how="Paths from one weight to the loss on graphs with two hidden units, and several samples "
    "and outputs that share that weight; the first path's product over the sum of all.",
    verdict="holds if",
    surprise=4,
)
def one_product_is_the_whole_derivative(scale: Scale) -> Outcome:
    """Count the paths of wider graphs, and what one of them misses."""
    random = np.random.default_rng([scale.seed, 10])
    paths, parts = {}, {}
    for samples, outputs in ((1, 1), (4, 1), (1, 3), (4, 3)):
        graph = _network(samples, outputs, random)
        found = graph.paths("w1", "L")
        name = f"{samples} × {outputs}"
        paths[name] = len(found)
        parts[name] = Graph.path_product(found[0]) / graph.gradient("L")["w1"]
    alone = abs(parts["1 × 1"] - 1) < 1e-12
    together = max(abs(part - 1) for part in parts.values()) < 1e-12
    outcome = holds if together else holds_if if alone else fails
    told = ", ".join(f"{count} ({name})" for name, count in paths.items())
    return outcome(
        f"there is one sample and one output; other hidden units do not matter. Each sample and "
        f"output adds a path, and the derivative is the sum of their products: {told}, samples × "
        f"outputs. With 4 × 1 the first product is {parts['4 × 1']:.2f} of it.",
        paths=paths,
        first_product_over_derivative=parts,
    )


def _network(samples: int, outputs: int, random: np.random.Generator) -> Graph:
    """Build a graph of two units, the first with the weight w1; L sums the losses."""
    graph = Graph()
    graph.input("w1", 0.7)
    graph.input("other", 0.4)
    for o in range(outputs):
        graph.input(f"w2{o}", random.uniform(0.5, 1.5))
        graph.input(f"v2{o}", random.uniform(0.5, 1.5))
    terms = []
    for s in range(samples):
        graph.input(f"x{s}", random.uniform(0.5, 1.5))
        for unit, weight in (("a", "w1"), ("c", "other")):
            graph.multiply(f"{unit}z{s}", weight, f"x{s}")
            graph.relu(f"{unit}1{s}", f"{unit}z{s}")
        for o in range(outputs):
            name = f"{s},{o}"
            graph.input(f"y{name}", 1.0)
            graph.multiply(f"w2a1{name}", f"w2{o}", f"a1{s}")
            graph.multiply(f"v2c1{name}", f"v2{o}", f"c1{s}")
            graph.add(f"z2{name}", f"w2a1{name}", f"v2c1{name}")
            graph.sigmoid(f"a2{name}", f"z2{name}")
            graph.binary_cross_entropy(f"L{name}", f"a2{name}", f"y{name}")
            terms.append(f"L{name}")
    graph.input("L0", 0.0)
    total = "L0"
    for k, term in enumerate(terms):
        last = k == len(terms) - 1
        graph.add("L" if last else f"sum{k}", total, term)
        total = f"sum{k}"
    return graph


def _elementary() -> Graph:
    """Build the article's graph with a node for every operation."""
    graph = Graph()
    for name, value in (("x", 2.0), ("y", 1.0), ("w1", 0.5), ("b1", 0.1), ("w2", 3.0),
                        ("b2", -3.0)):  # fmt: skip
        graph.input(name, value)
    graph.multiply("w1*x", "w1", "x")
    graph.add("z1", "w1*x", "b1")
    graph.relu("a1", "z1")
    graph.multiply("w2*a1", "w2", "a1")
    graph.add("z2", "w2*a1", "b2")
    graph.sigmoid("a2", "z2")
    graph.binary_cross_entropy("L", "a2", "y")
    return graph


# The figure: its nodes, and the edges that carry a derivative.
FIGURE_NODES = ("w1", "x", "z1", "a1", "w2", "z2", "a2", "L")
FIGURE_DERIVATIVES = ("dL/da2", "da2/dz2", "dz2/da1", "da1/dz1", "dz1/dw1")


@claim(
    "each-factor-is-an-edge",
    section=SECTION,
    statement="Each factor of the product is one edge of the computational graph.",
    how="Edges on the way from w1 to L: the figure's, and those of a graph with a node for each "
    "operation.",
    verdict="holds if",
    surprise=2,
)
def each_factor_is_an_edge(_: Scale) -> Outcome:
    """Count the edges between w1 and the loss."""
    (path,) = _elementary().paths("w1", "L")
    sums = [f"{edge.source} → {edge.target}" for edge in path if "*" in edge.source]
    factors = len(FiveFactors._fields)
    in_figure = factors == len(FIGURE_DERIVATIVES)
    outcome = holds if factors == len(path) else holds_if if in_figure else fails
    return outcome(
        f"a node may be more than one operation, as in the figure: its {factors} derivatives "
        f"stand at {len(FIGURE_DERIVATIVES)} edges. With a node for each multiplication and "
        f"addition the way has {len(path)}; those into a sum carry a 1 ({', '.join(sums)}).",
        factors=factors,
        edges=[f"{edge.source} → {edge.target}" for edge in path],
        edges_into_a_sum=sums,
    )


@claim(
    "every-operation-is-a-node",
    section=SECTION,
    statement="Every multiplication, addition and activation is a node of the figure's graph.",
    how="The figure's nodes against those of a graph with a node for each operation and input.",
    verdict="fails",
    surprise=2,
)
def every_operation_is_a_node(_: Scale) -> Outcome:
    """List what the figure has no node for."""
    missing = [name for name in _elementary().nodes if name not in FIGURE_NODES]
    return (fails if missing else holds)(
        f"The figure draws z1 = w1·x + b1 as one node. {len(missing)} nodes are missing: "
        f"{', '.join(missing)}; so its graph has no path, and no gradient, for the biases.",
        missing=missing,
    )


@claim(
    "edge-labels-are-derivatives",
    section=GRAPH,
    statement="The figure's edges say ∂z2/∂a1 = w2 and ∂z1/∂w1 = x.",
    how="Both read off the graph of random networks whose unit is on.",
    verdict="holds",
    surprise=1,
)
def edge_labels_are_derivatives(scale: Scale) -> Outcome:
    """Read the labels off the graph."""
    worst = 0.0
    for at in _draws(scale, 11):
        factors = five_factors(**at)
        worst = max(worst, abs(factors.dz2_da1 - at["w2"]), abs(factors.dz1_dw1 - at["x"]))
    return (holds if worst == 0 else fails)(
        f"They are, to the last bit (largest difference {worst:g}).", largest_difference=worst
    )


@claim(
    "any-depth-is-within-reach",
    section=SECTION,
    statement="The chain rule tells how the loss depends on a weight, however deep it lies.",
    how="The product through chains of sigmoid units with weight 1, each with the largest "
    "derivative it can have, ¼, and with that at its fixed point: the depth where it is 0.",
    verdict="holds if",
    surprise=4,
)
def any_depth_is_within_reach(_: Scale) -> Outcome:
    """Find the depth at which the product underflows."""
    a = 0.5
    for _step in range(200):  # contracts by a(1 − a) < ¼ each time
        a = float(sigmoid(a))
    slopes = {"largest": 0.25, "fixed point": a * (1 - a)}
    depths = {}
    for name, slope in slopes.items():
        for dtype in (np.float64, np.float32):
            # each dtype's product; a number below half the smallest is 0
            with np.errstate(under="ignore"):
                products = np.cumprod(np.array([slope] * 1000, dtype))
            depths[f"{name}, {np.dtype(dtype).name}"] = int(np.argmax(products == 0)) + 1
    outcome = holds_if if max(depths.values()) < 1000 else holds
    best, best32, fixed, fixed32 = depths.values()
    return outcome(
        f"the product does not underflow. Through sigmoid units of weight 1 it is exactly 0 "
        f"after {fixed} layers in float64 and {fixed32} in float32 (at best {best} and {best32}), "
        f"each layer being worth a factor of {slopes['fixed point']:.3f} (at best ¼).",
        depths_of_zero=depths,
        factors=slopes,
    )


@claim(
    "chain-rule-is-exact-at-kinks",
    section=SECTION,
    statement="The chain rule through ReLU gives the derivative.",
    how="f(x) = ReLU(x) − ReLU(−x), which is x, at 0 and at 1000 other points x ~ N(0, 1).",
    verdict="holds if",
    surprise=5,
)
def chain_rule_is_exact_at_kinks(scale: Scale) -> Outcome:
    """Differentiate the identity, written with two ReLUs."""
    random = np.random.default_rng([scale.seed, 12])
    elsewhere = [_slope_of_identity(x) for x in random.standard_normal(1000)]
    right = wilson(sum(slope == 1 for slope in elsewhere), 1000)
    at_zero = _slope_of_identity(0.0)
    outcome = holds if at_zero == 1 else holds_if if right.low > 0.99 else fails
    return outcome(
        f"no z is 0. ReLU(x) − ReLU(−x) is x, and its derivative 1 in {right.share:.1%} "
        f"[{right.low:.1%}, {right.high:.1%}] of other points; at x = 0, with ReLU′(0) = 0, the "
        f"chain rule says {at_zero:g}. The article's XOR network starts with z1 = 0 in every "
        "unit for (0, 0).",
        at_zero=at_zero,
        right_elsewhere=right,
    )


def _slope_of_identity(x: float) -> float:
    graph = Graph()
    graph.input("x", x)
    graph.input("-1", -1.0)
    graph.relu("up", "x")
    graph.multiply("-x", "-1", "x")
    graph.relu("down", "-x")
    graph.multiply("-down", "-1", "down")
    graph.add("f", "up", "-down")
    return graph.gradient("f")["x"]


@claim(
    "loss-and-sigmoid-factors-multiply-out",
    section=GRAPH,
    statement="∂L/∂a2 · ∂a2/∂z2, two of the flow chart's steps, is the a2 − y of the listing.",
    how="The product in float64 against σ(z) at 50 digits, for a label of 0 and z2 from 0 to 40.",
    verdict="holds if",
    surprise=4,
)
def loss_and_sigmoid_factors_multiply_out(_: Scale) -> Outcome:
    """Multiply the two factors up to where one is infinite and the other 0."""
    z = np.linspace(0, 40, 4001)
    a = sigmoid(z)
    with mp.workdps(50):
        exact = np.array([float(1 / (1 + mp.exp(-mp.mpf(x)))) for x in z])
    with np.errstate(divide="ignore", invalid="ignore"):
        product = a / (a * (1 - a)) * (a * (1 - a))
    fused = bce_with_logits_grad(np.zeros_like(z), z) * z.size
    clipped = binary_cross_entropy_grad(np.zeros_like(z), a) * z.size * a * (1 - a)
    broken = float(z[np.isnan(product)][0])
    fused_error = float(np.abs(fused / exact - 1).max())
    silent = float(z[(clipped == 0)][0])
    good = bool(np.all(np.abs(product / exact - 1)[z < broken] < 1e-10))
    outcome = holds if not np.isnan(product).any() else holds_if if good else fails
    return outcome(
        f"|z2| < {broken:.2f}. From there on a2 is 1 in float64, and the product ∞ · 0 = NaN "
        f"(with the clipped loss: 0, from {silent:.2f} on), where a2 − y is right to "
        f"{fused_error:.0e}.",
        nan_from=broken,
        zero_when_clipped_from=silent,
        error_of_a_minus_y=fused_error,
    )
