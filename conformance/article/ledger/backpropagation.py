"""Claims of "Backpropagation": flow chart, listing, key equations and comments, side by side."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import mpmath as mp
import numpy as np

from gradmark.conformance.article.ledger.claim import Outcome, Scale, claim, fails, holds, holds_if
from gradmark.conformance.article.proportion import wilson
from gradmark.conformance.article.records import FloatArray
from gradmark.conformance.races.networks import draw, gradients, logits, losses
from gradmark.reference.activations import sigmoid, sigmoid_derivative
from gradmark.reference.chain_rule import Graph
from gradmark.reference.gradient_check import central_difference
from gradmark.reference.losses import EPSILON, bce_with_logits
from gradmark.reference.network import (
    XOR_X,
    XOR_Y,
    backward,
    compute_gradients,
    compute_loss,
    forward,
    initialize,
    train,
)

FLOW = "Forward Pass & Backward Pass Flow"
LISTING = "Complete 2-Layer Backpropagation (NumPy)"
EQUATIONS = "Backprop Step-by-Step"

Arrays: TypeAlias = Mapping[str, FloatArray]
# Each key equation: the name of its result, and its right side as it is written.
KEY_EQUATIONS: Mapping[str, tuple[str, Callable[[Arrays], FloatArray]]] = {
    "z1 = W1 X + b1": ("z1", lambda a: a["W1"] @ a["X"] + a["b1"]),
    "z2 = W2 a1 + b2": ("z2", lambda a: a["W2"] @ a["a1"] + a["b2"]),
    "dz2 = a2 − y": ("z2", lambda a: a["z2"] - a["y"]),
    "dW2 = a1ᵀ dz2 / m": ("W2", lambda a: a["a1"].T @ a["z2"]),
    "da1 = dz2 W2ᵀ": ("a1", lambda a: a["z2"] @ a["W2"].T),
    "dz1 = da1 ⊙ ReLU′(z1)": ("z1", lambda a: a["a1"] * a["z1"]),
    "dW1 = Xᵀ dz1 / m": ("W1", lambda a: a["X"].T @ a["z1"]),
}


def _by_rows(n: int, d: int, h: int, k: int) -> dict[str, FloatArray]:
    shapes = {"X": (n, d), "W1": (d, h), "b1": (1, h), "z1": (n, h), "a1": (n, h),
              "W2": (h, k), "b2": (1, k), "z2": (n, k), "y": (n, k)}  # fmt: skip
    return {name: np.zeros(shape) for name, shape in shapes.items()}


def _by_columns(n: int, d: int, h: int, k: int) -> dict[str, FloatArray]:
    return {name: array.T for name, array in _by_rows(n, d, h, k).items()}


def _fitting(arrays: Arrays) -> list[str]:
    """List the equations that can be evaluated and give the shape of their result."""
    fitting = []
    for equation, (result, right_side) in KEY_EQUATIONS.items():
        try:
            shape = right_side(arrays).shape
        except ValueError:  # NumPy cannot multiply or add such shapes
            continue
        if shape == arrays[result].shape:
            fitting.append(equation)
    return fitting


@claim(
    "flow-chart-is-the-listing",
    section=FLOW,
    statement="The flow chart's z1 = W1·X + b1 and z2 = W2·a1 + b2 are the listing's forward pass.",
    how="Both, with the listing's arrays and with each of them transposed, against z1 and z2.",
    verdict="holds if",
    surprise=3,
)
def flow_chart_is_the_listing(_: Scale) -> Outcome:
    """Evaluate the flow chart with samples as rows, and as columns."""
    W1, b1, W2, b2 = initialize(seed=42)
    z1, a1, z2, _a2 = forward(XOR_X, W1, b1, W2, b2)
    product = (W1 @ XOR_X).shape
    rows = _fitting(_by_rows(n=4, d=2, h=4, k=1))
    columns = W1.T @ XOR_X.T + b1.T, W2.T @ a1.T + b2.T
    gap = max(
        float(np.abs(got.T - want).max()) for got, want in zip(columns, (z1, z2), strict=True)
    )
    as_listed = {"z1 = W1 X + b1", "z2 = W2 a1 + b2"} <= set(rows)
    outcome = holds if as_listed else holds_if if gap < 1e-15 else fails
    return outcome(
        f"a sample is a column, and every array of the listing is transposed (then they differ "
        f"by {gap:g}). With the listing's own arrays W1·X is {product}, which b1 cannot be "
        "added to, and W2·a1 does not exist.",
        shape_of_w1_x=product,
        largest_difference_transposed=gap,
    )


@claim(
    "key-equations-share-a-convention",
    section=EQUATIONS,
    statement="The key equations are one network's forward and backward pass, as they are written.",
    how="The shapes of all seven, for unlike numbers of samples, inputs, units and outputs, with "
    "samples as rows and as columns.",
    verdict="fails",
    surprise=4,
)
def key_equations_share_a_convention(_: Scale) -> Outcome:
    """Count the equations that fit, for each convention."""
    rows, columns = (set(_fitting(arrange(5, 3, 7, 2))) for arrange in (_by_rows, _by_columns))
    every = set(KEY_EQUATIONS)
    matrix = [name for name in KEY_EQUATIONS if name not in rows & columns]
    told = "; ".join(f"{name} by {'rows' if name in rows else 'columns'}" for name in matrix)
    outcome = holds if every in (rows, columns) else fails
    return outcome(
        f"No convention fits all {len(every)}: {len(rows)} hold with samples as rows, "
        f"{len(columns)} with samples as columns. {told}. Forward is written for columns, "
        "backward for rows.",
        rows=sorted(rows),
        columns=sorted(columns),
        equations=len(every),
    )


@claim(
    "key-equations-suffice",
    section=EQUATIONS,
    statement="The key equations are all that the backward pass computes.",
    how="Networks of the listing's distribution trained for 1000 epochs by the gradients "
    "that the key equations give, which leaves the biases at 0. 95% Wilson interval.",
    verdict="fails",
    surprise=4,
)
def key_equations_suffice(scale: Scale) -> Outcome:
    """Train without the gradients of the biases, which the equations leave out."""
    runs = scale.runs(1000, 100)
    networks = draw(np.random.default_rng([scale.seed, 6]), runs)
    for _ in range(1000):
        slope = gradients(XOR_X, XOR_Y, networks)
        networks = networks._replace(
            W1=networks.W1 - 0.5 * slope.W1, W2=networks.W2 - 0.5 * slope.W2
        )
    at_zero = sigmoid(logits(XOR_X, networks)[0])
    undecided = wilson(int(np.sum(at_zero == 0.5)), runs)
    lowest = float(losses(XOR_X, XOR_Y, networks).min())
    return (fails if undecided.low > 0.9 else holds)(
        f"They have none for b1 and b2, which the listing does train. Without, the input (0, 0) "
        f"gets σ(0) = ½ from any weights: {undecided.share:.0%} [{undecided.low:.1%}, "
        f"{undecided.high:.1%}] of {runs} networks cannot decide it, and no loss gets below "
        f"log(2)/4 = {np.log(2) / 4:.4f} (lowest: {lowest:.4f}).",
        networks=runs,
        undecided=undecided,
        lowest_loss=lowest,
        bound=np.log(2) / 4,
    )


# The listing's comments: operands as they are written, turned round where they say ".T", and the
# result.
_COMMENTS: Mapping[str, tuple[tuple[tuple[int, int], ...], tuple[int, int]]] = {
    "z1": (((4, 2), (2, 4)), (4, 4)),
    "a1": ((), (4, 4)),
    "z2": (((4, 4), (4, 1)), (4, 1)),
    "a2": ((), (4, 1)),
    "dz2": ((), (4, 1)),
    "dW2": (((4, 4)[::-1], (4, 1)), (4, 1)),
    "da1": (((4, 1), (1, 4)), (4, 4)),
    "dz1": ((), (4, 4)),
    "dW1": (((2, 4)[::-1], (4, 4)), (2, 4)),
}


@claim(
    "shape-comments-are-right",
    section=LISTING,
    statement="The shapes in the listing's comments are those of its arrays.",
    how="Each comment's result against the array's shape, and its operands, transposed where it "
    "says so, against the rule of matrix products.",
    verdict="fails",
    surprise=3,
)
def shape_comments_are_right(_: Scale) -> Outcome:
    """Check results and operands, comment by comment."""
    parameters = initialize(seed=42)
    there = forward(XOR_X, *parameters)._asdict() | backward(
        XOR_X, XOR_Y, *parameters
    )._asdict()  # fmt: skip
    results = [name for name, (_, shape) in _COMMENTS.items() if there[name].shape == shape]
    wrong = [
        name
        for name, (operands, shape) in _COMMENTS.items()
        if operands
        and (operands[0][1] != operands[1][0] or (operands[0][0], operands[1][1]) != shape)
    ]
    sound = len(results) == len(_COMMENTS) and not wrong
    return (holds if sound else fails)(
        f"All {len(results)} results are right, but the operands of {', '.join(wrong)} are not: "
        "(2, 4) transposed is (4, 2), and (4, 2) times (4, 4) does not exist. X is (4, 2), and its "
        "transpose (2, 4) already.",
        right_results=results,
        wrong_operands=wrong,
    )


@claim(
    "fitting-shapes-vouch-for-a-product",
    section=LISTING,
    statement="The comments' shapes show that each product is put together right.",
    how="dW2 with and without the transpose, at the listing's own sizes and first weights.",
    verdict="fails",
    surprise=3,
)
def fitting_shapes_vouch_for_a_product(_: Scale) -> Outcome:
    """Leave out a transpose that the shapes do not miss."""
    parameters = initialize(seed=42)
    a1 = forward(XOR_X, *parameters).a1
    result = backward(XOR_X, XOR_Y, *parameters)
    without = a1 @ result.dz2 / len(XOR_X)
    fits = without.shape == result.dW2.shape
    off = float(np.linalg.norm(without - result.dW2) / np.linalg.norm(result.dW2))
    return (fails if fits and off > 0.1 else holds)(
        f"With 4 samples and 4 hidden units a1 is square: without its transpose dW2 has the same "
        f"shape, and is wrong by {off:.0%}.",
        same_shape=fits,
        relative_error=off,
    )


@claim(
    "error-term-is-the-loss-gradient",
    section=FLOW,
    statement="a2 − y is the gradient of the loss in z2.",
    how="Central differences of the mean loss in z2, at the listing's first weights.",
    verdict="holds if",
    surprise=3,
)
def error_term_is_the_loss_gradient(_: Scale) -> Outcome:
    """Differentiate the mean loss in z2."""
    parameters = initialize(seed=42)
    z2 = forward(XOR_X, *parameters).z2
    slope = central_difference(lambda z: bce_with_logits(XOR_Y, z), z2)
    ratios = backward(XOR_X, XOR_Y, *parameters).dz2 / slope
    m = len(XOR_X)
    same = [bool(np.allclose(ratios, factor, rtol=1e-6)) for factor in (1, m)]
    return (holds if same[0] else holds_if if same[1] else fails)(
        f"it is each sample's own loss that is meant. The listing's loss is their mean, whose "
        f"gradient is {m} times smaller: the 1/m is made up for in dW and db.",
        ratios=ratios[:, 0],
    )


@claim(
    "gradients-fit-several-outputs",
    section=LISTING,
    statement="The listing's gradients are those of its loss, for any number of outputs.",
    how="Central differences of the listing's mean over samples and outputs, on random networks "
    "with 1 to 4 outputs, against its gradients.",
    verdict="holds if",
    surprise=4,
)
def gradients_fit_several_outputs(scale: Scale) -> Outcome:
    """Compare gradient and loss for k = 1, 2, 3, 4."""
    random = np.random.default_rng([scale.seed, 7])
    ratios = []
    for k in (1, 2, 3, 4):
        X, y = random.standard_normal((6, 3)), random.integers(0, 2, (6, k))
        parameters = [random.standard_normal(shape) for shape in ((3, 5), (1, 5), (5, k), (1, k))]

        def mean_of_all(b2: FloatArray, X=X, y=y, p=parameters) -> Any:  # type: ignore[no-untyped-def]  # bound early
            return compute_loss(X, y, p[0], p[1], p[2], b2) / y.shape[1]

        slope = central_difference(mean_of_all, parameters[3])
        ratios.append(float(np.median(compute_gradients(X, y, *parameters)[3] / slope)))
    right = [abs(ratio - 1) < 1e-5 for ratio in ratios]
    outcome = holds if all(right) else holds_if if right[0] else fails
    return outcome(
        f"there is one output. Its mean divides by samples times outputs, its gradients by "
        f"samples alone: with 1, 2, 3, 4 outputs they are {', '.join(f'{r:.3f}' for r in ratios)} "
        "times those of the loss.",
        ratios=ratios,
    )


@claim(
    "gradient-is-that-of-the-guarded-loss",
    section=LISTING,
    statement="a2 − y is the derivative of the loss that the listing computes, ε and all.",
    how="The derivative of −log(σ(z) + 10^−15) at 50 digits, against σ(z) − 1, for z from −60 to "
    "0; and the largest |z2| in the listing's own training.",
    verdict="holds if",
    surprise=3,
)
def gradient_is_that_of_the_guarded_loss(_: Scale) -> Outcome:
    """Differentiate the guarded logarithm exactly."""
    z = np.linspace(-60, 0, 601)
    with mp.workdps(50):
        a = [1 / (1 + mp.exp(-mp.mpf(x))) for x in z]
        guarded = [-p * (1 - p) / (p + mp.mpf("1e-15")) for p in a]
        gap = np.array([float(abs(g - (p - 1))) for g, p in zip(guarded, a, strict=True)])
    parts = float(z[gap > 1e-6].max())
    half = float(z[gap > 0.5].max())
    parameters = train(XOR_X, XOR_Y, *initialize(seed=42), lr=0.5, epochs=1000)[1:]
    met = float(np.abs(forward(XOR_X, *parameters).z2).max())
    outcome = holds if gap.max() < 1e-6 else holds_if if parts < -met else fails
    return outcome(
        f"no prediction is wrong by a logit of more than {-parts:.1f}: there they part by a "
        f"millionth, from {-half:.1f} on by more than ½, and in the end by {gap.max():.4f}, as the "
        f"guarded loss is flat and a − y is -1. The listing's run ends with |z2| ≤ {met:.1f}.",
        epsilon=EPSILON,
        a_millionth_apart_at=parts,
        half_apart_at=half,
        largest_gap=gap.max(),
        largest_logit_of_the_listing=met,
    )


@claim(
    "sigmoid-derivative-takes-the-activation",
    section=LISTING,
    statement="Given the activation a, and not z, the sigmoid's derivative is a (1 − a).",
    how="a (1 − a) against the derivative of σ at 50 digits, z from −20 to 20; and what z in a's "
    "place gives.",
    verdict="holds",
    surprise=1,
)
def sigmoid_derivative_takes_the_activation(_: Scale) -> Outcome:
    """Compare with the exact derivative, and hand it the wrong argument."""
    z = np.linspace(-20, 20, 401)
    with mp.workdps(50):
        exact = np.array([float(1 / (mp.exp(x / 2) + mp.exp(-x / 2)) ** 2) for x in map(mp.mpf, z)])
    error = float(np.abs(sigmoid_derivative(sigmoid(z)) - exact).max())
    confused = 2.0 * (1 - 2.0)
    return (holds if error < 1e-15 else fails)(
        f"Right to {error:.0e}; of z = 2 in a's place it would make {confused:g}, a negative "
        "slope. (The listing defines it and never calls it: it cancels in a2 − y.)",
        largest_error=error,
        of_z_equal_to_2=confused,
    )


@claim(
    "sigmoid-clip-prevents-overflow",
    section=LISTING,
    statement="Clipping z to ±500 keeps the sigmoid's exponential from overflowing.",
    how="e^500 in both dtypes; and what σ is with and without the clip.",
    verdict="holds if",
    surprise=3,
)
def sigmoid_clip_prevents_overflow(_: Scale) -> Outcome:
    """Exponentiate the clip's end in each dtype."""
    with np.errstate(over="ignore"):
        ends = {np.dtype(t).name: float(np.exp(t(500))) for t in (np.float64, np.float32)}
        unclipped = float(1 / (1 + np.exp(np.float64(1000))))
    tail = {z: float(sigmoid(np.float64(z))) for z in (-500, -600, -700)}
    finite = [np.isfinite(value) for value in ends.values()]
    outcome = holds if all(finite) else holds_if if finite[0] else fails
    return outcome(
        f"z is float64: e^500 is {ends['float64']:.1e} there and {ends['float32']} in float32. "
        f"Overflow is harmless either way, 1/(1 + ∞) = {unclipped:g}; what the clip does change is "
        f"the tail: σ(-700) = {tail[-700]:.1e} becomes σ(-500) = {tail[-500]:.1e}.",
        exp_500=ends,
        unclipped_sigmoid_of_minus_1000=unclipped,
        tail=list(tail.items()),
    )


def _layers(depth: int) -> Graph:
    """Build a graph of `depth` layers of two units, each a sum of both units before."""
    graph = Graph()
    graph.input("w", 1.0)
    graph.input("half", 0.5)
    before = ("w", "w")
    for layer in range(depth):
        for unit in "ab":
            graph.add(f"s{unit}{layer}", *before)
            graph.multiply(f"{unit}{layer}", f"s{unit}{layer}", "half")
        before = (f"a{layer}", f"b{layer}")
    graph.add("L", *before)
    return graph


@claim(
    "backpropagation-is-efficient",
    section="Backpropagation",
    statement="Backpropagation is an efficient way to compute all gradients.",
    how="Multiplications of a forward and a backward pass, of central differences, and, on a graph "
    "of two units a layer, of the sum over all paths: counted.",
    verdict="holds",
    surprise=2,
)
def backpropagation_is_efficient(_: Scale) -> Outcome:
    """Count multiplications, for the article's network and for a larger one."""
    costs = {}
    for d, h, k in ((2, 4, 1), (784, 128, 10)):
        weights = d * h + h * k
        parameters = weights + h + k
        # a sample: W2 passes dz2 back, and each weight's gradient is a product; then ReLU′
        costs[f"{d}-{h}-{k}"] = {
            "forward": weights,
            "backward": weights + h * k + h,
            "central differences": 2 * parameters * weights,
        }
    ratios = {name: cost["backward"] / cost["forward"] for name, cost in costs.items()}
    numerical = {
        name: cost["central differences"] / cost["backward"] for name, cost in costs.items()
    }
    depth = 10
    graph = _layers(depth)
    edges, paths = len(graph.edges), len(graph.paths("w", "L"))
    large = "784-128-10"
    good = max(ratios.values()) <= 2.5 and numerical[large] > 1e4 and paths > 10 * edges
    return (holds if good else fails)(
        f"A backward pass takes {ratios['2-4-1']:.2f} times the multiplications of a forward pass "
        f"in the article's network, {ratios[large]:.2f} in a {large} one; central differences "
        f"{numerical['2-4-1']:,.0f} and {numerical[large]:,.0f} times those of the backward pass. "
        f"Through {depth} layers of two units {paths:,} paths lead; {edges} edges share them.",
        multiplications_a_sample=costs,
        backward_over_forward=ratios,
        differences_over_backward=numerical,
        edges=edges,
        paths=paths,
    )


@claim(
    "gradients-come-from-the-layers-after",
    section="Backpropagation",
    statement="Each layer's gradient depends on those of the layers after it.",
    how="The gradients of random networks with W2 = 0: what reaches the first layer?",
    verdict="holds",
    surprise=2,
)
def gradients_come_from_the_layers_after(scale: Scale) -> Outcome:
    """Cut the way back at W2."""
    random = np.random.default_rng([scale.seed, 8])
    X, y = random.standard_normal((6, 2)), random.integers(0, 2, (6, 1)).astype(float)
    networks = draw(random, 1000, bias=0.5)
    cut = gradients(X, y, networks._replace(W2=np.zeros_like(networks.W2)))
    first = float(np.abs(cut.W1).max())
    second = float(np.median(np.abs(cut.W2)))
    return (holds if first == 0 < second else fails)(
        f"With W2 = 0 nothing comes back: dW1 is {first:g} in all of 1000 networks, while dW2 is "
        f"{second:.2g} in the median. (It depends on the layers before as well, by a1 and ReLU′.)",
        largest_dw1=first,
        median_dw2=second,
    )
