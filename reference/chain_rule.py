"""The chain rule on a computational graph: every edge carries a local derivative."""

import math
from typing import NamedTuple, TypeAlias

from gradmark.reference._checks import as_number
from gradmark.reference.activations import relu, relu_derivative, sigmoid, sigmoid_derivative


class Node(NamedTuple):
    """A named number of the graph."""

    name: str
    value: float


class Edge(NamedTuple):
    """An edge from the node `source` to the node `target`, with ∂target/∂source."""

    source: str
    target: str
    derivative: float


Path: TypeAlias = tuple[Edge, ...]


class Graph:
    """A computational graph that evaluates as it is built.

    dL/dw = Σ over paths from w to L of Π over the path's edges of ∂target/∂source

    Nodes are numbers, known by name; each operation adds one, and an edge from each operand. Only
    existing nodes can be operands, so the order of creation is a topological order.

    `derivative` sums over paths as written above: it shows the rule, and their number grows
    exponentially with depth. `gradient` is reverse-mode differentiation: the same sum, factored,
    with one product an edge. Convention: ReLU′(0) = 0.

    Raises
    ------
    ValueError
        A name is taken or unknown, or an operand lies outside its operation's domain.

    Examples
    --------
    >>> graph = Graph()
    >>> for name, value in (("x", 3.0), ("w", 2.0)):
    ...     _ = graph.input(name, value)
    >>> graph.multiply("wx", "w", "x")
    Node(name='wx', value=6.0)
    >>> _ = graph.multiply("(wx)w", "wx", "w")  # w reaches it by two paths: d(w²x)/dw = 2wx
    >>> for path in graph.paths("w", "(wx)w"):
    ...     print(" → ".join(["w"] + [edge.target for edge in path]), Graph.path_product(path))
    w → wx → (wx)w 6.0
    w → (wx)w 6.0
    >>> graph.gradient("(wx)w")["w"]
    12.0

    References
    ----------
    Article, "The Chain Rule in Action". F. L. Bauer, "Computational graphs and rounding error",
    SIAM Journal on Numerical Analysis 11 (1974).
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []

    def input(self, name: str, value: float) -> Node:
        """Add a finite number that depends on no node."""
        return self._node(name, as_number(name, value), [])

    def add(self, name: str, left: str, right: str) -> Node:
        """Add left + right, with local derivatives 1 and 1."""
        value = self._value(left) + self._value(right)
        return self._node(name, value, [(left, 1.0), (right, 1.0)])

    def multiply(self, name: str, left: str, right: str) -> Node:
        """Add left × right, with local derivatives right and left."""
        u, v = self._value(left), self._value(right)
        return self._node(name, u * v, [(left, v), (right, u)])

    def relu(self, name: str, operand: str) -> Node:
        """Add max(0, z), with local derivative 1 where z > 0 and 0 elsewhere."""
        z = self._value(operand)
        return self._node(name, float(relu(z)), [(operand, float(relu_derivative(z)))])

    def sigmoid(self, name: str, operand: str) -> Node:
        """Add a = σ(z), with local derivative a (1 − a)."""
        a = float(sigmoid(self._value(operand)))
        return self._node(name, a, [(operand, float(sigmoid_derivative(a)))])

    def binary_cross_entropy(self, name: str, prediction: str, label: str) -> Node:
        """Add −[y log a + (1−y) log(1−a)] for 0 < a < 1.

        Local derivatives: (a − y) / (a (1−a)) in a, and log((1−a)/a) in y. A sigmoid rounds to 1
        beyond z ≈ 37, where the product ∂L/∂a · ∂a/∂z would be ∞ · 0: an operation of its own on
        z, as in `reference.network`, has no such edge to fall off.
        """
        a, y = self._value(prediction), self._value(label)
        if not 0 < a < 1:
            raise ValueError(f"{prediction}: expected a prediction in (0, 1), got {a}")
        if not 0 <= y <= 1:
            raise ValueError(f"{label}: expected a label in [0, 1], got {y}")
        loss = -(y * math.log(a) + (1 - y) * math.log1p(-a))
        in_prediction = (a - y) / (a * (1 - a))
        in_label = math.log1p(-a) - math.log(a)
        return self._node(name, loss, [(prediction, in_prediction), (label, in_label)])

    def paths(self, source: str, target: str) -> list[Path]:
        """List every path from `source` to `target`; from a node to itself, the empty one."""
        self._value(source)
        if source == target:
            return [()]
        return [
            (*path, edge)
            for edge in self._edges_into(target)
            for path in self.paths(source, edge.source)
        ]

    @staticmethod
    def path_product(path: Path) -> float:
        """Multiply the local derivatives along one path."""
        return math.prod(edge.derivative for edge in path)

    def derivative(self, target: str, source: str) -> float:
        """Give ∂target/∂source, as the sum over all paths."""
        return sum(self.path_product(path) for path in self.paths(source, target))

    def gradient(self, target: str) -> dict[str, float]:
        """Give ∂target/∂node for every node, by one sweep from `target` back to the inputs."""
        self._value(target)
        gradient = dict.fromkeys(self.nodes, 0.0)
        gradient[target] = 1.0
        for name in reversed(self.nodes):
            for edge in self._edges_into(name):
                gradient[edge.source] += gradient[name] * edge.derivative
        return gradient

    def _value(self, name: str) -> float:
        if name not in self.nodes:
            raise ValueError(f"{name}: expected one of the nodes {list(self.nodes)}")
        return self.nodes[name].value

    def _edges_into(self, target: str) -> list[Edge]:
        self._value(target)
        return [edge for edge in self.edges if edge.target == target]

    def _node(self, name: str, value: float, operands: list[tuple[str, float]]) -> Node:
        if name in self.nodes:
            raise ValueError(f"{name}: expected a new name, got that of a node of the graph")
        self.nodes[name] = Node(name, value)
        self.edges += [Edge(operand, name, derivative) for operand, derivative in operands]
        return self.nodes[name]


class FiveFactors(NamedTuple):
    """The five factors of ∂L/∂w1, in the article's order; printed, a table."""

    dL_da2: float
    da2_dz2: float
    dz2_da1: float
    da1_dz1: float
    dz1_dw1: float

    @property
    def product(self) -> float:
        """∂L/∂w1, the product of the five."""
        return math.prod(self)

    def __str__(self) -> str:
        rows = [
            ("∂L/∂a2", "(a2 − y) / (a2 (1 − a2))", self.dL_da2),
            ("∂a2/∂z2", "a2 (1 − a2)", self.da2_dz2),
            ("∂z2/∂a1", "w2", self.dz2_da1),
            ("∂a1/∂z1", "1 if z1 > 0 else 0", self.da1_dz1),
            ("∂z1/∂w1", "x", self.dz1_dw1),
            ("∂L/∂w1", "the product", self.product),
        ]
        return "\n".join(f"{name:<8} = {rule:<24} = {value: .8g}" for name, rule, value in rows)


def five_factors(x: float, y: float, w1: float, b1: float, w2: float, b2: float) -> FiveFactors:
    """Factor ∂L/∂w1 of a network with one unit a layer, as the article's product does.

    ∂L/∂w1 = ∂L/∂a2 · ∂a2/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂w1,
    z1 = w1 x + b1,  a1 = ReLU(z1),  z2 = w2 a1 + b2,  a2 = σ(z2),  L = BCE(y, a2)

    Finite numbers; y in [0, 1]; each factor is read off the graph. The article leaves the loss
    open; binary cross-entropy is that of its network.

    Raises
    ------
    ValueError
        An argument is not finite, y is outside [0, 1], or a2 rounds to 0 or 1, where ∂L/∂a2 has
        no finite value.

    Examples
    --------
    >>> print(five_factors(x=2.0, y=1.0, w1=0.5, b1=0.0, w2=3.0, b2=-3.0))
    ∂L/∂a2   = (a2 − y) / (a2 (1 − a2)) = -2
    ∂a2/∂z2  = a2 (1 − a2)              =  0.25
    ∂z2/∂a1  = w2                       =  3
    ∂a1/∂z1  = 1 if z1 > 0 else 0       =  1
    ∂z1/∂w1  = x                        =  2
    ∂L/∂w1   = the product              = -3

    References
    ----------
    Article, "The Chain Rule in Action".
    """
    graph = Graph()
    inputs = {"x": x, "y": y, "w1": w1, "b1": b1, "w2": w2, "b2": b2}
    for name, value in inputs.items():
        graph.input(name, value)
    graph.multiply("w1*x", "w1", "x")
    graph.add("z1", "w1*x", "b1")
    graph.relu("a1", "z1")
    graph.multiply("w2*a1", "w2", "a1")
    graph.add("z2", "w2*a1", "b2")
    graph.sigmoid("a2", "z2")
    graph.binary_cross_entropy("L", "a2", "y")
    return FiveFactors(
        graph.derivative("L", "a2"),
        graph.derivative("a2", "z2"),
        graph.derivative("z2", "a1"),
        graph.derivative("a1", "z1"),
        graph.derivative("z1", "w1"),
    )
