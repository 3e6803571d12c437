"""What the ledger says of losses, backpropagation and its checks, against mathematics."""

from fractions import Fraction
from math import comb, log, pi
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradmark.conformance.article.ledger import Scale
from gradmark.conformance.article.ledger.chain_rule import _network
from gradmark.conformance.article.ledger.xor_seeds import BASE, SETTINGS, sweep
from gradmark.harness.results import Results, read_results
from gradmark.reference.chain_rule import Graph
from gradmark.reference.network import XOR_X, XOR_Y, compute_loss


@pytest.fixture(scope="module")
def results(article_results: Path) -> Results:
    return read_results(article_results)


def numbers(results: Results, id_: str) -> dict[str, Any]:
    (record,) = (r for r in results.of_kind("claim") if r["id"] == id_)
    found: dict[str, Any] = record["numbers"]
    return found


def series(results: Results, name: str) -> dict[str, Any]:
    (record,) = (r for r in results.of_kind("series") if r["name"] == name)
    data: dict[str, Any] = record["data"]
    return data


# --- losses ---------------------------------------------------------------------------------------


def test_the_listing_prints_these_losses(results: Results) -> None:
    with mp.workdps(30):
        bce = [
            -mp.fsum(map(mp.log, map(mp.mpf, right))) / 5
            # the probability given to each true label
            for right in (
                ("0.4", "0.3", "0.3", "0.5", "0.4"),
                ("0.9", "0.9", "0.8", "0.95", "0.95"),
            )
        ]
        cce = [-mp.log(mp.mpf(p)) / 3 for p in ("0.2", "0.9")]
    assert numbers(results, "good-predictions-cost-less")["printed"] == {
        "mse_loss": ["1.7500", "0.0100"],  # (1 + 1 + 1 + 4)/4 and 0.1²
        "binary_cross_entropy": [f"{float(value):.4f}" for value in bce],
        "categorical_cross_entropy": [f"{float(value):.4f}" for value in cce],
    }


def test_the_categorical_listing_divides_one_sample_by_three(results: Results) -> None:
    found = numbers(results, "cce-listing-is-the-formula")
    assert found["formula"] == pytest.approx([-log(0.2), -log(0.9)], rel=1e-14)
    assert np.array(found["formula"]) / found["printed"] == pytest.approx([3, 3])
    assert found["four_equal_rows"] == pytest.approx(-log(0.2), rel=1e-14)


def test_a_column_against_a_row_averages_every_pair_of_labels(results: Results) -> None:
    labels = (3, 5, 7, 9)
    pairs = Fraction(sum((a - b) ** 2 for a in labels for b in labels), 16)
    found = numbers(results, "mse-listing-is-the-formula")
    assert found["exact_predictions_as_a_column"] == pairs == 10


def test_squares_vanish_up_to_the_root_of_half_the_smallest_number(results: Results) -> None:
    found = numbers(results, "squared-errors-are-positive")["largest_error_that_squares_to_zero"]
    for name, dtype in (("float64", np.float64), ("float32", np.float32)):
        half = Fraction(float(np.finfo(dtype).smallest_subnormal)) / 2
        largest = dtype(found[name])
        # a tie goes to the even neighbour, 0
        assert Fraction(float(largest)) ** 2 <= half
        assert Fraction(float(np.nextafter(largest, dtype(1)))) ** 2 > half


def test_the_median_is_worse_for_normal_noise_and_better_for_laplace(results: Results) -> None:
    ratios = numbers(results, "mse-suits-regression")["ratios"]
    # for many values they go to π/2 and ½; 25 values, and 5000 problems (2% each), are near
    assert ratios["normal"] == pytest.approx(pi / 2, rel=0.12)
    assert ratios["Laplace"] == pytest.approx(0.6, abs=0.12)
    assert ratios["with outliers"] < 0.3


def test_a_squared_error_hardly_pulls_on_a_confident_mistake(results: Results) -> None:
    found = numbers(results, "bce-suits-binary-labels")
    with mp.workdps(30):
        a = 1 / (1 + mp.exp(10))
        slope = 2 * (a - 1) * a * (1 - a)
    assert found["slope_of_the_squared_error"] == pytest.approx(float(slope), rel=1e-13)
    assert found["corrected"]["binary cross-entropy"][0] == 1
    # ∫ dz / (2σ(−z)σ(z)²) from −z0 takes about e^z0 / 2: 500 of rate 0.5 · 1000 reach back to 6.9,
    # and (6.9 − 2)/10 of the starts are nearer
    assert found["corrected"]["mean squared error"][0] == pytest.approx(0.49, abs=0.08)


def test_the_best_prediction_is_the_label_and_costs_its_entropy(results: Results) -> None:
    found = numbers(results, "bce-measures-the-match")
    assert found["best_predictions"] == pytest.approx(found["labels"])
    for y, cost in zip(found["labels"], found["least_costs"], strict=True):
        entropy = 0 if y in (0, 1) else -(y * log(y) + (1 - y) * log(1 - y))
        assert cost == pytest.approx(entropy, abs=1e-12)


def test_the_loss_is_infinite_where_sigmoid_rounds_to_an_end(results: Results) -> None:
    told = numbers(results, "unclipped-confident-mistake-costs-infinity")
    # log(1 + e^500) is 500 to all digits
    assert told["loss_at_the_listings_clip"] == 500
    found = told["smallest_logit_of_infinite_loss"]
    for name, dtype, digits in (("float64", np.float64, 53), ("float32", np.float32, 24)):
        # 1 + e^−z is 1, and so is σ, from e^−z ≤ half a unit in the last place on
        assert found[f"y = 0, {name}"] == pytest.approx(digits * log(2), abs=0.02)
        least = float(np.finfo(dtype).smallest_subnormal)
        assert found[f"y = 1, {name}"] == pytest.approx(log(2) - log(least), abs=0.02)


def test_fused_gradients_learn_what_clipped_ones_never_do(results: Results) -> None:
    found = numbers(results, "clipping-keeps-training-alive")
    shares = {name: share[0] for name, share in found["learned"].items()}
    # from 100 off, 400 steps of ½ arrive; below a logit of −34.5 the clip is flat; and only the
    # labels of 0, whose p rounds to 1, meet ∞ · 0
    assert shares == {"a − y": 1, "∂L/∂a · σ′, clipped": 0, "∂L/∂a · σ′, no guard": 0.5}
    assert found["never_moved"] == found["units"] == 2 * found["nan"]
    infinite = numbers(results, "infinite-loss-breaks-training")
    assert infinite["infinite_at_first"] == infinite["units"] / 2
    assert infinite["learned"][0] == 1


def test_the_two_guards_part_by_log_2_at_epsilon(results: Results) -> None:
    found = numbers(results, "both-guards-are-one-loss")
    assert found["largest_difference"] == pytest.approx(log(2), rel=1e-9)
    assert found["at"] == pytest.approx(1e-15)


def test_the_picture_of_the_guards_has_the_corners_that_dtypes_have(results: Results) -> None:
    data = series(results, "guards_of_log_zero")
    corner = {
        (panel["dtype"], panel["y"]): [float(losses[-1]) for losses in panel["losses"]]
        for panel in data["panels"]
    }
    infinite = {where: np.isinf(values).tolist() for where, values in corner.items()}
    assert data["guards"] == ["no guard", "clip to [ε, 1 − ε]", "ε inside the log"]
    assert infinite == {
        ("float64", 1): [False, False, False],
        ("float64", 0): [True, False, False],
        ("float32", 1): [True, False, False],
        ("float32", 0): [True, True, False],
    }


# --- XOR ------------------------------------------------------------------------------------------


def test_a_quarter_of_the_units_is_born_dead_and_never_moves(results: Results) -> None:
    found = numbers(results, "every-weight-gets-a-signal")
    _share, low, high = found["dead_at_birth"]
    # both weights of a unit negative
    assert low < 0.25 < high or abs(found["dead_at_birth"][0] - 0.25) < 0.07
    assert found["dead_units_that_moved"] == 0
    assert found["of_them_learned"] == 0
    binomial = sum(
        comb(4, k) * Fraction(3, 4) ** k * Fraction(1, 4) ** (4 - k) for k in (0, 1)
    )  # fmt: skip
    assert found["expected_share_of_them"] == binomial


def test_each_basin_costs_the_entropy_of_the_labels_that_share_a_prediction(
    results: Results,
) -> None:
    basins = numbers(results, "xor-recipe-learns-xor")["basins"]
    for labels, name in (
        ([0, 1], "two inputs share ½"),
        ([0, 1, 1], "three inputs share ⅔"),
        ([0, 1, 1, 0], "all four share ½"),
    ):
        p = sum(labels) / len(labels)
        cost = -sum(log(p if y else 1 - p) for y in labels) / 4
        assert basins[name]["loss"] == pytest.approx(cost, rel=1e-14)
    found = numbers(results, "xor-recipe-learns-xor")
    stuck = found["networks"] * (1 - found["learned"][0])
    assert sum(basin["networks"] for basin in basins.values()) == pytest.approx(stuck)
    # hardly one ends anywhere else
    assert basins["elsewhere, median"]["networks"] < 0.1 * stuck


def test_seed_42_answers_three_inputs_with_one_number(results: Results) -> None:
    found = numbers(results, "xor-listing-learns-xor")
    p = found["predictions"]
    assert p[0] == p[1] == p[2]
    assert found["units_on"][:3] == [[False] * 4] * 3
    assert (found["right"], found["units_dead_at_first"]) == (3, 1)
    assert p[0] == pytest.approx(2 / 3, abs=1e-3)


def test_width_and_leaks_cure_what_momentum_adam_and_patience_do_not(results: Results) -> None:
    shares = numbers(results, "network-of-these-parts-solves-xor")["shares"]
    low, high = shares[BASE.name][1:]
    for cure in ("16 hidden units", "leaky ReLU, slope 0.1"):
        assert shares[cure][1] > high
    for name in ("Adam, η = 0.01", "momentum 0.9, η = 0.05", "4000 epochs"):
        assert shares[name][1] < high
        assert shares[name][2] > low
    assert shares["hidden biases 1"][2] < low
    assert set(shares) == {setting.name for setting in SETTINGS}


def test_the_picture_of_dead_units_counts_every_network(results: Results) -> None:
    data = series(results, "xor_dead_units")
    result = sweep(BASE, Scale(quick=True))
    assert sum(data["learned"]) == result.learned.sum()
    assert sum(data["learned"] + data["stuck"]) == result.learned.size
    # one unit cannot draw XOR
    assert data["learned"][3:] == [0, 0]
    W1, b1, W2, b2 = (part[..., 0] for part in result.after)
    alone = compute_loss(XOR_X, XOR_Y, W1, b1[None], W2[:, None], b2[None, None])
    assert result.learned[0] == (alone < log(2) / 4)


def test_larger_output_weights_always_gain_where_every_input_is_right(results: Results) -> None:
    assert numbers(results, "training-is-complete")["gain_by_stretching"][0] == 1


# --- backpropagation ------------------------------------------------------------------------------


def test_forward_is_written_for_columns_and_backward_for_rows(results: Results) -> None:
    found = numbers(results, "key-equations-share-a-convention")
    anyhow = {"dz2 = a2 − y", "dz1 = da1 ⊙ ReLU′(z1)"}
    forward = {"z1 = W1 X + b1", "z2 = W2 a1 + b2"}
    backward = {"dW2 = a1ᵀ dz2 / m", "da1 = dz2 W2ᵀ", "dW1 = Xᵀ dz1 / m"}
    assert set(found["rows"]) == anyhow | backward
    assert set(found["columns"]) == anyhow | forward


def test_only_the_comment_on_dw1_has_operands_that_do_not_fit(results: Results) -> None:
    found = numbers(results, "shape-comments-are-right")
    assert found["wrong_operands"] == ["dW1"]
    assert len(found["right_results"]) == 9


def test_without_biases_the_origin_is_undecided(results: Results) -> None:
    found = numbers(results, "key-equations-suffice")
    assert found["undecided"][0] == 1
    assert found["lowest_loss"] > found["bound"] == pytest.approx(log(2) / 4)


def test_factors_between_gradients_and_losses(results: Results) -> None:
    ratios = numbers(results, "error-term-is-the-loss-gradient")["ratios"]
    assert ratios == pytest.approx([4] * 4, rel=1e-6)
    ratios = numbers(results, "gradients-fit-several-outputs")["ratios"]
    assert ratios == pytest.approx([1, 2, 3, 4], rel=1e-6)


def test_the_guarded_loss_goes_flat_where_probabilities_reach_epsilon(results: Results) -> None:
    found = numbers(results, "gradient-is-that-of-the-guarded-loss")
    # −a(1−a)/(a+ε) against −(1−a): ε/(a+ε) apart, ½ at a = ε and 10^−6 at a = 10^−9
    assert found["half_apart_at"] == pytest.approx(log(1e-15), abs=0.1)
    assert found["a_millionth_apart_at"] == pytest.approx(log(1e-9), abs=0.1)
    assert found["largest_gap"] == pytest.approx(1, abs=1e-9)


def test_multiplications_are_counted_as_by_hand(results: Results) -> None:
    found = numbers(results, "backpropagation-is-efficient")
    # 2·4 + 4; dW1 8, dW2 4, da1 4, ReLU′ 4; two passes for each of 17 parameters
    assert found["multiplications_a_sample"]["2-4-1"] == {
        "forward": 12,
        "backward": 20,
        "central differences": 408,
    }
    assert found["paths"] == 2**11
    # a layer: two sums of two, two products of two; and the last sum
    assert found["edges"] == 10 * 8 + 2


# --- chain rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("samples", "outputs"), [(1, 1), (2, 1), (1, 3), (3, 2)])
def test_there_is_a_path_for_each_sample_and_output(samples: int, outputs: int) -> None:
    graph = _network(samples, outputs, np.random.default_rng(1))
    paths = graph.paths("w1", "L")
    assert len(paths) == samples * outputs
    value = {name: mp.mpf(node.value) for name, node in graph.nodes.items()}

    def loss(w1: Any) -> Any:
        total = mp.mpf(0)
        for s in range(samples):
            x = value[f"x{s}"]
            for o in range(outputs):
                z2 = value[f"w2{o}"] * max(w1 * x, 0) + value[f"v2{o}"] * max(value["other"] * x, 0)
                total += mp.log(1 + mp.exp(-z2))
        return total

    with mp.workdps(30):
        exact = float(mp.diff(loss, value["w1"]))
    assert sum(map(Graph.path_product, paths)) == pytest.approx(exact, rel=1e-13)


def test_the_figure_leaves_out_five_nodes_and_two_edges(results: Results) -> None:
    assert numbers(results, "every-operation-is-a-node")["missing"] == [
        "y", "b1", "b2", "w1*x", "w2*a1",
    ]  # fmt: skip
    found = numbers(results, "each-factor-is-an-edge")
    assert (found["factors"], len(found["edges"])) == (5, 7)


def test_a_product_of_quarters_underflows_at_half_the_smallest_exponent(results: Results) -> None:
    depths = numbers(results, "any-depth-is-within-reach")["depths_of_zero"]
    # the smallest numbers are 2^−1074 and 2^−149: 4^−537 is one, 4^−538 is a quarter of it; 4^−75
    # is half of the other, and ties go to 0
    assert depths["largest, float64"] == 538
    assert depths["largest, float32"] == 75
    with mp.workdps(30):
        a = mp.findroot(lambda a: 1 / (1 + mp.exp(-a)) - a, 0.65)
        log_slope = float(mp.log(a * (1 - a)))
    # the least number times ½ is 2^−1075; roundings shift the depth by a layer
    assert depths["fixed point, float64"] == pytest.approx(-1075 * log(2) / log_slope, abs=1.5)


def test_the_identity_in_two_relus_has_no_slope_at_zero(results: Results) -> None:
    found = numbers(results, "chain-rule-is-exact-at-kinks")
    assert found["at_zero"] == 0
    assert found["right_elsewhere"][0] == 1


# --- gradient checking ----------------------------------------------------------------------------


def test_a_missing_relu_mask_and_untrained_biases_pass_the_listing(results: Results) -> None:
    found = numbers(results, "match-means-right")
    # by hand: every z1 of unit 0 is positive, and no entry of b1, b2 is looked at
    assert {"relu-mask-missing", "bias-gradients-zero"} <= set(found["pass_the_listing"])
    # what changes W1[0,0] or W2 by a factor is caught
    assert not {"uphill", "doubled", "summed-over-samples"} & set(found["pass_the_listing"])
    assert found["pass_every_entry"] == ["divided-by-features"]
    assert found["mistakes"] > 20


def test_the_listings_unit_1_is_dead(results: Results) -> None:
    found = numbers(results, "each-pass-is-evidence")
    assert found["dead_units"] == [1]
    assert found["gradients_of_w2"][1] == 0


def test_on_xor_a_dead_units_bias_differs_by_half_a_slope_over_1e_8(results: Results) -> None:
    found = numbers(results, "mismatch-means-a-bug")
    # unit 1 is off but for b1: there the slope on the right is W2 · (σ(0) − 0)/4, W2 = ½ · 0.54256
    half = 0.5 * (0.5 * 0.5425600435859647) * 0.5 / 4
    assert found["worst_of_the_listing"]["b1"] == pytest.approx(half / 1e-8, rel=1e-4)
    assert found["failing_on_xor"][0] == 1
    assert found["failing_on_random_samples"][0] < 0.05
    assert max(found["worst_of_the_listing"][name] for name in ("W1", "W2", "b2")) < 1e-5


def test_the_nudge_leaves_the_listings_weight_a_rounding_away(results: Results) -> None:
    w, h = 0.4967141530112327 * 0.5, 1e-5
    by_hand = ((w + h) - 2 * h) + h - w
    found = numbers(results, "nudge-is-undone")
    assert found["listings_weight_is_off_by"] == by_hand != 0
    # three roundings a check, of weights below 4: half a unit of 2^−51 or 2^−22 each
    for name, unit in (("float64", 2.0**-51), ("float32", 2.0**-22)):
        assert 0 < found["largest_drift_after_1000"][name] <= 1000 * 3 * unit / 2
        assert 0 < found["changed_by_one_check"][name][0] < 1


def test_the_picture_of_the_steps_shows_truncation_roundoff_and_the_kink(results: Results) -> None:
    data = series(results, "gradient_check_steps")
    h = np.array(data["steps"])
    curve = dict(zip(data["curves"], map(np.array, data["errors"]), strict=True))
    smooth = np.log10(curve["float64, smooth"])
    order = np.diff(smooth) / np.diff(np.log10(h))
    # roundoff u/h on the left, truncation h² on the right
    assert order[h[1:] < 1e-6] == pytest.approx(-1, abs=0.3)
    assert order[(h[:-1] > 5e-4) & (h[1:] < 0.02)] == pytest.approx(2, abs=0.3)
    # a difference on a kink is no better for any h; near one, it is as bad once h reaches it
    assert curve["float64, on a kink"].min() > 0.1
    near = curve["float64, 0.001 from a kink"]
    assert near[h < 9e-4].min() < 1e-9
    assert near[h > 2e-3].min() > 0.1
    # float32's best is near u^⅔ = 2e-5
    assert 1e-6 < curve["float32, smooth"].min() < 1e-4


def test_a_check_costs_two_losses_a_parameter(results: Results) -> None:
    found = numbers(results, "gradient-checking-is-slow")
    assert (found["parameters"], found["forward_passes"]) == (13, 26)
    assert found["large_network"] == 784 * 128 + 128 + 128 * 10 + 10
