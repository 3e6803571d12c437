"""Mean squared error."""

from __future__ import annotations

import numpy as np

from gradmark.conformance.catalogue.variant import canonical, dialect, mistake
from gradmark.conformance.truth import Exact, mean, sqrt, total


@canonical("mse_loss", 'Article, "Mean Squared Error (MSE)"; Gauss 1821')
def mean_of_squares(y: Exact, p: Exact) -> Exact:
    """The mean of the squared differences."""
    return mean((y - p) ** 2)


@dialect("mse_loss", "Ng, Machine Learning (course notes): J(θ) with 1/(2m); MXNet, L2Loss")
def half_mean(y: Exact, p: Exact) -> Exact:
    """Half the mean of the squares, so that the gradient has no factor 2."""
    return mean((y - p) ** 2) / 2


@dialect("mse_loss", "PyTorch, MSELoss(reduction='sum')")
def sum_of_squares(y: Exact, p: Exact) -> Exact:
    """The squares summed, not averaged."""
    return total((y - p) ** 2)


@dialect("mse_loss", "Bishop, Pattern Recognition and Machine Learning, eqs. 1.2 and 5.11")
def half_sum(y: Exact, p: Exact) -> Exact:
    """Half the sum of the squares."""
    return total((y - p) ** 2) / 2


@dialect("mse_loss", "TensorLayer, cost.mean_squared_error(is_mean=False)")
def summed_within_samples(y: Exact, p: Exact) -> Exact:
    """Summed over the features of a sample, averaged over the samples (rows)."""
    return total((y - p) ** 2) / np.shape(y)[0]


@dialect("mse_loss", "Caffe, EuclideanLoss: 1/(2N) over N samples")
def half_summed_within_samples(y: Exact, p: Exact) -> Exact:
    """Half of what a sample's squares sum to, averaged over the samples (rows)."""
    return total((y - p) ** 2) / (2 * np.shape(y)[0])


@mistake("mse_loss", "a mean absolute error under this name")
def absolute_differences(y: Exact, p: Exact) -> Exact:
    """Absolute differences where squares belong."""
    return mean(abs(y - p))


@mistake("mse_loss", "fastai/fastbook#401: a root mean square under this name")
def root_taken(y: Exact, p: Exact) -> Exact:
    """The root of the mean square."""
    return sqrt(mean((y - p) ** 2))


@mistake("mse_loss", "jancervenka/turbofan_failure#2: np.sqrt(np.sum(np.square(d))) / len(d)")
def root_before_the_mean(y: Exact, p: Exact) -> Exact:
    """The root of the sum of squares, divided by n."""
    return sqrt(total((y - p) ** 2)) / np.size(y)


@mistake("mse_loss", "square of the mean, not mean of the squares")
def square_of_mean(y: Exact, p: Exact) -> Exact:
    """The mean difference, squared: errors of opposite sign cancel."""
    return mean(y - p) ** 2


@mistake("mse_loss", "the variance's divisor")
def divided_by_n_minus_1(y: Exact, p: Exact) -> Exact:
    """Divides by n − 1, as an unbiased variance does; by zero for one number."""
    return total((y - p) ** 2) / (np.size(y) - 1)


@mistake("mse_loss", "pytorch/pytorch#16045, LAMDA-Tabular/TALENT#92: (n, 1) against (n,)")
def broadcast_to_all_pairs(y: Exact, p: Exact) -> Exact:
    """Subtracts a row from a column: the mean over all n² pairs, not over the n that belong."""
    return mean((np.reshape(y, (-1, 1)) - np.reshape(p, (1, -1))) ** 2)


@mistake("mse_loss", "np.var of the residuals")
def variance_of_the_differences(y: Exact, p: Exact) -> Exact:
    """The variance of the differences: a constant error counts for nothing."""
    return mean((y - p - mean(y - p)) ** 2)


@mistake("mse_loss", "the square inside the difference")
def difference_of_squares(y: Exact, p: Exact) -> Exact:
    """Mean of y² − p²."""
    return mean(y**2 - p**2)


@mistake("mse_loss", "the square is forgotten: bare differences")
def mean_difference(y: Exact, p: Exact) -> Exact:
    """The mean of y − p, with its sign."""
    return mean(y - p)


@mistake("mse_loss", "a mean over the wrong axis")
def averaged_over_features_only(y: Exact, p: Exact) -> Exact:
    """Averaged over the features of a sample, summed over the samples (rows)."""
    return total((y - p) ** 2) * np.shape(y)[0] / np.size(y)
