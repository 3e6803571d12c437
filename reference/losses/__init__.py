"""Loss functions and their gradients with respect to the prediction or the logit."""

from gradmark.reference.losses.bce_with_logits import (
    bce_with_logits,
    bce_with_logits_grad,
)
from gradmark.reference.losses.binary_cross_entropy import (
    EPSILON,
    binary_cross_entropy,
    binary_cross_entropy_grad,
)
from gradmark.reference.losses.categorical_cross_entropy import (
    categorical_cross_entropy,
    categorical_cross_entropy_grad,
)
from gradmark.reference.losses.focal import (
    focal_loss,
    focal_loss_grad,
)
from gradmark.reference.losses.hinge import (
    hinge_loss,
    hinge_loss_grad,
)
from gradmark.reference.losses.likelihood import (
    kl_divergence,
    kl_divergence_grad,
    nll_loss,
    nll_loss_grad,
)
from gradmark.reference.losses.mean_squared_error import (
    mse_loss,
    mse_loss_grad,
)
from gradmark.reference.losses.regression import (
    huber_loss,
    huber_loss_grad,
    mae_loss,
    mae_loss_grad,
    smooth_l1_loss,
    smooth_l1_loss_grad,
)
from gradmark.reference.losses.softmax_cross_entropy import (
    softmax_cross_entropy,
    softmax_cross_entropy_grad,
)

__all__ = [
    "EPSILON",
    "bce_with_logits",
    "bce_with_logits_grad",
    "binary_cross_entropy",
    "binary_cross_entropy_grad",
    "categorical_cross_entropy",
    "categorical_cross_entropy_grad",
    "focal_loss",
    "focal_loss_grad",
    "hinge_loss",
    "hinge_loss_grad",
    "huber_loss",
    "huber_loss_grad",
    "kl_divergence",
    "kl_divergence_grad",
    "mae_loss",
    "mae_loss_grad",
    "mse_loss",
    "mse_loss_grad",
    "nll_loss",
    "nll_loss_grad",
    "smooth_l1_loss",
    "smooth_l1_loss_grad",
    "softmax_cross_entropy",
    "softmax_cross_entropy_grad",
]
