"""What draws at random, as people write it: trained, seeded, and never accused by a guess."""

from __future__ import annotations

import pytest

from tests.harness.shapes.conftest import Verdict

COURSE = """
    import numpy as np

    def dropout_forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        if "seed" in dropout_param:
            np.random.seed(dropout_param["seed"])
        mask = None
        if mode == "train":
            mask = (np.random.rand(*x.shape) < p) / p
            return x * mask, (dropout_param, mask)
        return x, (dropout_param, mask)
"""
LAYER = """
    import numpy as np

    class Layer_Dropout:
        def __init__(self, rate):
            self.rate = 1 - rate

        def forward(self, inputs, training):
            if not training:
                self.output = inputs.copy()
                return
            mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
            self.output = inputs * mask
"""
BOOK = """
    import numpy as np

    class Dropout:
        def __init__(self, dropout_ratio=0.5):
            self.dropout_ratio = dropout_ratio
            self.mask = None

        def forward(self, x, train_flg=True):
            if train_flg:
                self.mask = np.random.rand(*x.shape) > self.dropout_ratio
                return x * self.mask
            return x * (1.0 - self.dropout_ratio)
"""
KEPT = """
    import numpy as np

    def dropout(a, keep_prob, train=False):
        if not train:
            return a
        return a * (np.random.rand(a.shape[0], a.shape[1]) < keep_prob) / keep_prob
"""
MODE = """
    import numpy as np

    class Dropout:
        def __init__(self, p=0.5, seed=None):
            self.p, self.training, self.rng = p, False, np.random.default_rng(seed)

        def __call__(self, x):
            if not self.training:
                return x
            return x * (self.rng.random((len(x), 1)) >= self.p) / (1 - self.p)
"""
ONCE = """
    import numpy as np

    class Dropout:
        def __init__(self, rate):
            self.rate, self.mask = rate, None

        def forward(self, x):
            if self.mask is None:
                self.mask = (np.random.rand(*x.shape) >= self.rate) / (1 - self.rate)
            return x * self.mask
"""
SEEDED_AT_EACH_CALL = """
    import numpy as np

    class Dropout:
        def __init__(self, rate, seed=0):
            self.rate, self.seed = rate, seed

        def forward(self, x):
            rng = np.random.default_rng(self.seed)
            return x * (rng.random(x.shape) >= self.rate) / (1 - self.rate)
"""
SEEDED_ONCE = """
    import numpy as np

    class Dropout:
        def __init__(self, rate):
            self.rate, self.rng = rate, np.random.default_rng(0)

        def forward(self, x):
            return x * (self.rng.random(x.shape) >= self.rate) / (1 - self.rate)
"""


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        (COURSE, "dialect", "keep-probability"),
        (LAYER, "conforms", None),
        (BOOK, "dialect", "scaled-in-testing"),
        (KEPT, "conforms", None),
        (MODE, "deviates", "mask-for-each-sample"),
        (ONCE, "deviates", "same-mask-every-call"),
        (SEEDED_AT_EACH_CALL, "deviates", "same-mask-every-call"),
        (SEEDED_ONCE, "conforms", None),
    ],
)
@pytest.mark.sweep
def test_dropout_is_asked_as_in_training(
    verdict: Verdict, source: str, name: str, said: str | None
) -> None:
    found = verdict(source, "dropout")
    assert (found["verdict"], found["variant"]) == (name, said), found["detail"]
    assert ("The same seed" in found["detail"]) == (source is SEEDED_ONCE)


def test_what_is_not_known_of_a_name_accuses_nobody(verdict: Verdict) -> None:
    shaped = """
        import numpy as np

        def he_normal(shape):
            return np.random.randn(*shape) * 0.01

        def xavier_init(fan_in, fan_out):
            return np.random.randn(fan_in, fan_out) * np.sqrt(1 / fan_in)

        def dropout(x, rate, strength):
            return x * strength
    """
    for formula, due in (("he_normal", "unbound"), ("dropout", "unbound")):
        assert verdict(shaped, formula)["verdict"] == due
    assert verdict(shaped, "glorot_uniform")["verdict"] == "absent"
