"""The network's loss: the canonical form, conventions and guards."""

from __future__ import annotations

from collections.abc import Callable

from gradmark.conformance.catalogue.activations.sigmoid import softplus
from gradmark.conformance.catalogue.family import named
from gradmark.conformance.catalogue.losses.guards import (
    EPSILON,
    FLOOR,
    clip,
    clipped,
    machine_epsilon,
)
from gradmark.conformance.catalogue.network.forward import (
    BACKPROP,
    Pass,
    beside_one,
    of_a_pass,
    stored,
)
from gradmark.conformance.catalogue.variant import Body, canonical, dialect, mistake
from gradmark.conformance.truth import (
    Exact,
    Number,
    allowing,
    elementwise,
    log,
    maximum,
    mean,
    size,
    total,
)

LISTING = "Article, listings of backpropagation and of gradient checking"


def cross_entropy(y: Exact, z2: Exact) -> Exact:
    """Each output's cross-entropy, from its logit.

    Who takes y z off log(1 + e^z) is right, as with `bce_with_logits`: an ulp of z may be left.
    """
    return _less_a_logit(beside_one(y * softplus(-z2) + (1 - y) * softplus(z2)), z2)


_less_a_logit = elementwise(lambda term, z: allowing(term, size(z)), 2)


def loss_of(net: Pass, z2: Exact) -> Exact:
    """The canonical loss, of any logits."""
    return total(cross_entropy(net.y, z2)) / net.m


@canonical("compute_loss", BACKPROP)
@of_a_pass
def from_the_logit(net: Pass) -> Exact:
    """BCE of σ(z2), unguarded, summed over outputs and averaged over samples."""
    return loss_of(net, net.z2)


@dialect("compute_loss", "Keras and PyTorch: a mean over every axis")
@of_a_pass
def mean_over_outputs(net: Pass) -> Exact:
    """Averaged over outputs as well as samples."""
    return mean(cross_entropy(net.y, net.z2))


# --- guards, each under a sum and under a mean over the outputs -----------------------------------

Terms = Callable[[Pass], Exact]


def _of_logs(y: Exact, log_a2: Exact, log_rest: Exact) -> Exact:
    return -(y * log_a2 + (1 - y) * log_rest)


def _adding(epsilon: float) -> Terms:
    # As the listing has it: 1 − a2 is formed, and loses what a2 was rounded by.
    return lambda net: _of_logs(net.y, log(net.a2 + epsilon), log(1 - net.a2 + epsilon))


def _clipped_logs(net: Pass, epsilon: float, added: float = 0.0) -> Exact:
    a2 = clipped(net.stored_a2, epsilon, net.dtype)
    return _of_logs(net.y, log(a2 + added), log(1 - a2 + added))


def _clipping(epsilon: float) -> Terms:
    return lambda net: _clipped_logs(net, epsilon)


def _clamping(net: Pass) -> Exact:
    a2 = net.stored_a2
    return _of_logs(net.y, maximum(log(a2), FLOOR), maximum(log(1 - a2), FLOOR))


def _unguarded(net: Pass) -> Exact:
    return _of_logs(net.y, log(net.stored_a2), log(1 - net.stored_a2))


def _unguarded_of_clipped(net: Pass) -> Exact:
    # The article's sigmoid: σ(−500) is a float64, and log(σ(−500)) is −500.
    a2 = stored(clip(net.z2, Number(-500), Number(500)), net.dtype)
    return _of_logs(net.y, log(a2), log(1 - a2))


def _both(name: str, says: str, terms: Terms) -> tuple[Body, Body]:
    """Make the form that sums over outputs as its gradient does, and the one that averages."""
    also = says.removesuffix(".") + "; averaged over outputs as well as samples."
    return (
        named(name, says, of_a_pass(lambda net: total(terms(net)) / net.m)),
        named(f"{name}_mean_over_outputs", also, of_a_pass(lambda net: mean(terms(net)))),
    )


def _enter(source: str, bodies: tuple[Body, Body], *, beside_one: float | None = None) -> None:
    for body in bodies:
        dialect("compute_loss", source, beside_one=beside_one)(body)


_enter(
    LISTING,
    _both(
        "epsilon_inside_logs",
        "Adds 1e-15 inside the logarithms: the loss stops at 34.5, its gradient does not know.",
        _adding(EPSILON),
    ),
)

for _epsilon, _stop, _source in (
    ("1e-7", 16.1, "TensorFlow, compat.v1.losses.log_loss(epsilon=1e-07)"),
    ("1e-8", 18.4, "TensorLayer, cost.binary_cross_entropy(epsilon=1e-8)"),
    ("1e-9", 20.7, "from scratch: np.log(a2 + 1e-9), as in Stack Overflow 47377222"),
    ("1e-12", 27.6, "MXNet, gluon.loss.SigmoidBCELoss(from_sigmoid=True); Torch7, BCECriterion"),
):
    _says = f"Adds {_epsilon} inside the logarithms: the loss stops at {_stop}."
    _enter(_source, _both(f"epsilon_{_epsilon}_inside_logs", _says, _adding(float(_epsilon))))

_enter(
    "scikit-learn, log_loss: eps of the dtype",
    _both(
        "probability_clipped_at_machine_epsilon",
        "Clips a2 at the machine epsilon of the dtype: the loss stops at 36 (16 in float32).",
        lambda net: _clipped_logs(net, machine_epsilon(net.dtype)),
    ),
)
_enter(
    "Keras, BinaryCrossentropy(from_logits=False)",
    _both(
        "probability_clipped_at_1e-7",
        "Clips a2 at ε = 1e-7: the loss stops at 16.",
        _clipping(1e-7),
    ),
)
_enter(
    "Keras 2, backend.binary_crossentropy",
    _both(
        "clipped_and_epsilon_1e-7_inside_logs",
        "Clips a2 at ε = 1e-7, and adds ε inside the logarithms as well.",
        lambda net: _clipped_logs(net, 1e-7, added=1e-7),
    ),
)
_enter(
    "PyTorch, BCELoss",
    _both(
        "logs_clamped_at_minus_100",
        "Clamps the logarithms of a2 and 1 − a2 at −100.",
        _clamping,
    ),
)

for _epsilon, _source in {
    "1e-8": "from scratch: clamp(p, eps, 1 - eps) with eps = 1e-8, as in NVIDIA/apex#358",
    "1e-12": "from scratch: np.clip(p, 1e-12, 1 - 1e-12), as in Stack Overflow 47377222",
    "1e-15": 'Article, listing of "Loss Functions", applied to a2; scikit-learn before 1.2',
}.items():
    _says = f"Clips a2 at ε = {_epsilon}, and at 1 − ε as the dtype rounds it (1 in float32: NaN)."
    _made = _both(f"probability_clipped_at_{_epsilon}", _says, _clipping(float(_epsilon)))
    _enter(_source, _made, beside_one=float(_epsilon))

for _body in _both(
    "unguarded_probability",
    "Takes log(1 − a2) of an a2 that was rounded to 1: infinite, or NaN where it is right.",
    _unguarded,
):
    mistake("compute_loss", "NVIDIA/apex#358: log 0 once σ is rounded to 1")(_body)

for _body in _both(
    "unguarded_probability_of_z_clipped_at_500",
    "Takes log(1 − a2) of an a2 that was rounded to 1, and log a2 no further than −500.",
    _unguarded_of_clipped,
):
    mistake("compute_loss", "the article's sigmoid without the article's ε")(_body)
