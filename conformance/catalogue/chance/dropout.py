"""Dropout: the law of what each entry is multiplied with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradmark.conformance.catalogue.law import (
    Law,
    at_once,
    by_channel,
    by_feature,
    by_sample,
    either,
    shared,
    standard,
)
from gradmark.conformance.catalogue.variant import canonical, dialect, mistake

SHARING = "a mask of another shape than x: rng.random((n, 1)), rng.random(d), rng.random()"


@canonical("dropout", "Srivastava et al. 2014, section 10")
def inverted(rate: float) -> Law:
    """Each entry is dropped with probability p, and else multiplied by 1/(1 − p)."""
    return either(rate, 0.0, 1 / (1 - rate))


@dialect("dropout", "Srivastava et al. 2014, section 4; Hinton et al. 2012")
def scaled_in_testing(rate: float) -> Law:
    """What is kept stays as it is in training; in testing the weights are multiplied by 1 − p."""
    return either(rate, 0.0, 1.0)


@dialect("dropout", "TensorFlow 1, tf.nn.dropout(x, keep_prob); CS231n, dropout_forward")
def keep_probability(rate: float) -> Law:
    """The rate is the probability of being kept, and what is kept is divided by it."""
    return either(1 - rate, 0.0, 1 / rate)


@dialect("dropout", "Srivastava et al. 2014, section 4, where p is the probability of being kept")
def keep_probability_scaled_in_testing(rate: float) -> Law:
    """The rate is the probability of being kept, and what is kept stays as it is in training."""
    return either(1 - rate, 0.0, 1.0)


@dialect("dropout", "PyTorch, nn.Dropout2d; Tompson et al. 2015")
def whole_channels(rate: float) -> Law:
    """Whole channels of pictures are dropped, each with all its places at once."""
    return shared(inverted(rate), by_channel)


@mistake("dropout", "x * mask / rate")
def divided_by_the_rate(rate: float) -> Law:
    """What is kept is divided by p, not by 1 − p: the two are the same at ½ alone."""
    return either(rate, 0.0, 1 / rate)


@mistake("dropout", "x * mask * (1 - rate): the scale of testing, in training")
def scaled_down(rate: float) -> Law:
    """What is kept is multiplied by 1 − p, as in testing, on top of what is dropped."""
    return either(rate, 0.0, 1 - rate)


@mistake("dropout", "x * mask / (1 - rate) in a layer whose weights are scaled, too")
def scaled_twice(rate: float) -> Law:
    """What is kept is divided by 1 − p twice."""
    return either(rate, 0.0, (1 - rate) ** -2.0)


@mistake("dropout", "mask = rng.random(x.shape) < rate, with x * mask / (1 - rate)")
def keeps_what_is_to_be_dropped(rate: float) -> Law:
    """The comparison is turned round: an entry is kept with probability p, and scaled for 1 − p."""
    return either(1 - rate, 0.0, 1 / (1 - rate))


@mistake("dropout", SHARING)
def mask_for_each_sample(rate: float) -> Law:
    """A sample is dropped as a whole, or kept as a whole."""
    return shared(inverted(rate), by_sample)


@mistake("dropout", SHARING)
def mask_for_each_feature(rate: float) -> Law:
    """One mask serves all samples of the batch: a feature is dropped in all, or in none."""
    return shared(inverted(rate), by_feature)


@mistake("dropout", SHARING)
def all_or_nothing(rate: float) -> Law:
    """One number is drawn for all entries: everything is dropped, or everything kept."""
    return shared(inverted(rate), at_once)


@mistake("dropout", "default_rng(0) or np.random.seed(0) inside; a mask that is made once")
def same_mask_every_call(rate: float) -> Law:
    """Every call has the same mask, whatever it is to draw from: some units never learn."""
    return replace(inverted(rate), always=True)


@mistake("dropout", "mask[rng.choice(n, int(rate * n), replace=False)] = 0")
def drops_a_fixed_number(rate: float) -> Law:
    """Exactly p·n entries are dropped: how many it is does not vary, and entries hang together."""
    return replace(inverted(rate), counted=True)


@mistake("dropout", "a layer left in evaluation; `if training` turned round")
def nothing_dropped(rate: float) -> Law:
    """Nothing is dropped: what comes in goes out, as in testing."""
    return either(rate, 1.0, 1.0)


@mistake("dropout", "Srivastava et al. 2014, section 10: another method, GaussianDropout in Keras")
def gaussian_noise(rate: float) -> Law:
    """Entries are multiplied by normal noise around 1 of variance p/(1 − p); none is dropped."""
    deviation = np.sqrt(rate / (1 - rate))
    return Law(lambda u: 1 + deviation * standard(u))
