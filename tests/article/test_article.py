"""The article's figures, held against mathematics worked apart from the reference."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from gradmark.harness.results import Results, read_results


@pytest.fixture(scope="module")
def results(article_results: Path) -> Results:
    return read_results(article_results)


def series(results: Results, name: str) -> dict[str, Any]:
    (record,) = (r for r in results.of_kind("series") if r["name"] == name)
    data: dict[str, Any] = record["data"]
    return data


def numbers(results: Results, id_: str) -> dict[str, Any]:
    (record,) = (r for r in results.of_kind("claim") if r["id"] == id_)
    found: dict[str, Any] = record["numbers"]
    return found


@pytest.mark.thorough
def test_the_landscape_is_lowest_where_w_is_minus_nine_tenths_cos_3w(results: Results) -> None:
    data = series(results, "landscape")
    with mp.workdps(50):
        w = mp.findroot(lambda w: w + mp.mpf("0.9") * mp.cos(3 * w), -0.4)
        lowest = w**2 / 2 + mp.mpf("0.3") * mp.sin(3 * w)
    np.testing.assert_allclose(data["minimum"], [float(w), 0, float(lowest)], rtol=1e-15)
    assert data["star"] == [0, 0, 0]
    # L at (w1, w2) = (3, −3), on the grid's last column of its first row
    corner = 9 + 0.3 * float(mp.sin(9) * mp.cos(9))
    assert data["loss"][0][-1] == pytest.approx(corner, rel=1e-14)
    assert np.min(data["loss"]) >= lowest
    assert data["levels"][0] <= lowest
    assert data["levels"][-1] >= np.max(data["loss"])
    # ∂L/∂w1 = w1 + 0.9 cos 3w1 cos 3w2
    assert numbers(results, "the-star-marks-the-global-minimum")["star_gradient"] == [0.9, 0]


def test_the_landscape_has_one_critical_point(results: Results) -> None:
    # In t = w1 ± w2 the gradient is t + 0.9 cos 3t, twice. A zero has |t| ≤ 0.9; between the
    # extrema of t + 0.9 cos 3t it is monotone, so counting sign changes between them is a proof.
    turns = [float(mp.asin(mp.mpf(1) / mp.mpf("2.7"))) / 3]
    turns = sorted(
        t + 2 * np.pi * k / 3
        for k in (-1, 0, 1)
        for t in (turns[0], np.pi / 3 - turns[0])
        if abs(t + 2 * np.pi * k / 3) <= 0.9
    )
    slopes = [t + 0.9 * np.cos(3 * t) for t in (-0.9, *turns, 0.9)]
    changes = np.sum(np.diff(np.sign(slopes)) != 0)
    assert changes == 1
    (point,) = numbers(results, "the-landscape-has-local-minima")["critical_points"]
    with mp.workdps(50):
        t = mp.findroot(lambda t: t + mp.mpf("0.9") * mp.cos(3 * t), -0.4)
    assert point == [float(t), 0]


def test_the_first_descent_ends_at_the_local_minimum(results: Results) -> None:
    data = series(results, "descent_1d")
    with mp.workdps(50):
        w = mp.mpf(3)
        for _ in range(200):
            w -= (4 * w**3 - 9 * w**2 + 4 * w + 1) / 100
        # L′ = (w − 1)(4w² − 5w − 1)
        low, local = (5 - mp.sqrt(41)) / 8, (5 + mp.sqrt(41)) / 8
    assert (data["path_w"][0], len(data["path_w"])) == (3, 201)
    # 200 contracting steps add a few roundings each
    assert data["path_w"][-1] == pytest.approx(float(w), abs=1e-13)
    assert data["global_minimum"][0] == pytest.approx(float(low), rel=1e-15)
    assert data["local_minimum"][0] == pytest.approx(float(local), rel=1e-15)
    found = numbers(results, "the-descent-ends-at-the-minimum")
    assert found["end"] == float(w)
    assert abs(found["end"] - local) < 1e-3 < abs(found["end"] - low)
    losses = found["losses"]
    assert losses["global"] < losses["local"] < losses["end"]


def race(name: str) -> list[Any]:
    """Walk down the valley at 50 digits, by the article's equations."""
    tenth, hundredth = mp.mpf(1) / 10, mp.mpf(1) / 100
    w = [mp.mpf("-1.5"), mp.mpf(2)]
    m, v, path = [mp.mpf(0)] * 2, [mp.mpf(0)] * 2, [w]
    for t in range(1, 501):
        above = w[1] - w[0] ** 2
        grad = [-2 * (1 - w[0]) - 400 * w[0] * above, 200 * above]
        if name == "SGD + momentum":
            m = [9 * tenth * a + g / 1000 for a, g in zip(m, grad, strict=True)]
            step = m
        elif name == "RMSprop":
            v = [9 * tenth * a + tenth * g**2 for a, g in zip(v, grad, strict=True)]
            step = [
                hundredth * g / mp.sqrt(a + mp.mpf("1e-8")) for a, g in zip(v, grad, strict=True)
            ]
        else:
            m = [9 * tenth * a + tenth * g for a, g in zip(m, grad, strict=True)]
            v = [a - (a - g**2) / 1000 for a, g in zip(v, grad, strict=True)]
            step = [
                hundredth
                * (a / (1 - (9 * tenth) ** t))
                / (mp.sqrt(b / (1 - (999 * mp.mpf(1) / 1000) ** t)) + mp.mpf("1e-8"))
                for a, b in zip(m, v, strict=True)
            ]
        w = [a - b for a, b in zip(w, step, strict=True)]
        path.append(w)
    return path


@pytest.mark.parametrize("name", ["SGD + momentum", "RMSprop", "Adam"])
def test_each_optimizer_ends_where_fifty_digits_say(name: str, results: Results) -> None:
    data = series(results, "optimizers_on_rosenbrock")
    k = data["optimizers"].index(name)
    with mp.workdps(50):
        path = race(name)
        losses = [(1 - x) ** 2 + 100 * (y - x**2) ** 2 for x, y in path]
    got, wanted = np.array(data["paths"][k]), np.array(path, dtype=float)
    if name == "RMSprop":
        # It bounces between the valley's walls, and each bounce multiplies a rounding: the 40
        # steps before it has grown say that it is RMSprop, the rest is not to be had in float64.
        got, wanted = got[:40], wanted[:40]
    # the valley is narrow (curvature up to 1600), yet the descent contracts: a few hundred
    # roundings of numbers of size 2 are left
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11)
    for t in (50, 100, 200, 500) if name != "RMSprop" else ():
        # 1e-11 in w, times a slope below 100
        assert data["losses"][k][t] == pytest.approx(float(losses[t]), abs=1e-9)


def test_only_rmsprop_forgets_where_it_started(results: Results) -> None:
    moves = numbers(results, "race-prints-certain-digits")["loss_moves"]
    with mp.workdps(50):
        x, y = race("RMSprop")[-1]
        exact = float((1 - x) ** 2 + 100 * (y - x**2) ** 2)
    end = series(results, "optimizers_on_rosenbrock")["losses"][1][-1]
    # what a rounding changes, the 50-digit end differs by too
    assert moves["RMSprop"] > 1e-3
    assert 1e-3 < abs(end - exact) < 0.2
    assert max(moves["SGD + momentum"], moves["Adam"]) < 1e-9


def test_sgd_with_momentum_is_ahead_of_adam_all_along(results: Results) -> None:
    data = series(results, "optimizers_on_rosenbrock")
    losses = dict(zip(data["optimizers"], data["losses"], strict=True))
    for t in (50, 100, 200, 500):
        assert losses["SGD + momentum"][t] < losses["RMSprop"][t] < losses["Adam"][t]
    # what the article's own program prints
    for name, printed in (
        ("SGD + momentum", "(0.9335, 0.8711), loss 0.004433"),
        ("Adam", "(-1.0519, 1.1124), loss 4.213875"),
    ):
        w1, w2 = data["paths"][data["optimizers"].index(name)][-1]
        assert f"({w1:.4f}, {w2:.4f}), loss {losses[name][-1]:.6f}" == printed


@pytest.mark.parametrize("rate", ["0.001", "0.01", "0.1", "0.5", "1.2"])
@pytest.mark.parametrize("clips", [False, True])
def test_each_rate_walks_the_bowl_as_fifty_digits_do(
    rate: str, clips: bool, results: Results
) -> None:
    data = series(results, "learning_rates")
    k = data["rates"].index(float(rate))
    prefix = "clipped_" if clips else ""
    path, losses = data[f"{prefix}paths"][k], data[f"{prefix}losses"][k]
    assert len(path) == len(losses) == 51
    for before, after in pairwise(path):
        # step by step: at rates that repel, an early rounding would grow into everything
        w = mp.mpf(before) - mp.mpf(rate) * (2 * mp.mpf(before) + 2 * mp.cos(4 * mp.mpf(before)))
        w = max(-10, min(10, w)) if clips else w
        # cos 4w and 2w are rounded at their own size
        assert abs(after - w) <= 8e-16 * (1 + abs(mp.mpf(before)) + abs(w))
    for w, loss in zip(path, losses, strict=True):
        exact = mp.mpf(w) ** 2 + mp.sin(4 * mp.mpf(w)) / 2
        assert loss == pytest.approx(float(exact), rel=1e-14, abs=1e-14)


def test_which_minimum_holds_which_rate(results: Results) -> None:
    with mp.workdps(30):
        slope = lambda w: w + mp.cos(4 * w)  # noqa: E731  # a formula
        local, low = mp.findroot(slope, 0.9), mp.findroot(slope, -0.3)
        holds = [float(2 / (2 - 8 * mp.sin(4 * w))) for w in (local, low)]
    ends = numbers(results, "the-good-rate-finds-the-minimum")["ends"]
    assert ends["0.1"] == pytest.approx(float(local), abs=1e-13)
    assert min(abs(w - low) for w in ends.values()) > 0.5
    assert series(results, "bifurcation")["stable_below"] == pytest.approx(holds[::-1], rel=1e-13)
    assert max(holds) < 0.5
    multipliers = numbers(results, "rate-0-5-eventually-converges")["multipliers"]
    assert multipliers["local"] == pytest.approx(1 - 1 / holds[0], rel=1e-13)
    assert multipliers["global"] == pytest.approx(1 - 1 / holds[1], rel=1e-13)
    free = numbers(results, "rate-1-2-diverges-without-bound")
    assert free["free_loss_after_50"] > 1e15
    # 10² ± ½ bounds what the walls allow
    assert all(abs(loss - 100) <= 0.5 for loss in free["clipped_losses_of_last_10"])
    path = series(results, "learning_rates")["clipped_paths"][-1]
    on_walls = numbers(results, "clipping-prevents-overflow")["steps_on_the_walls"]
    assert on_walls == sum(abs(w) == 10 for w in path) == 48


def test_the_schedules_pass_through_their_known_points(results: Results) -> None:
    data = series(results, "schedules")
    rates = dict(zip(data["schedules"], data["rates"], strict=True))
    assert data["epoch"] == list(range(101))
    known = {
        "Step decay": {0: 0.1, 19: 0.1, 20: 0.05, 99: 0.00625, 100: 0.003125},
        "Exponential decay": {0: 0.1, 20: 0.1 / np.e, 100: 0.1 * np.exp(-5.0)},
        "Cosine annealing": {0: 0.1, 50: 0.05, 100: 0},
        "Warm-up + cosine": {0: 0, 5: 0.05, 10: 0.1, 55: 0.05, 100: 0},
    }
    for name, points in known.items():
        for t, rate in points.items():
            # a cosine near its zero is off by u
            assert rates[name][t] == pytest.approx(rate, rel=1e-13, abs=1e-17)


def test_the_finders_two_readings_are_read_off_its_own_curve(results: Results) -> None:
    data = series(results, "lr_finder")
    lrs, losses = np.array(data["lrs"]), np.array(data["losses"])
    lowest = int(np.argmin(losses))
    assert data["tenth_of_rise"] == [pytest.approx(lrs[lowest] / 10)]
    steepest = int(np.flatnonzero(lrs == data["steepest"][0])[0])
    falls = np.diff(losses[: lowest + 1])
    assert falls[steepest] == falls.min()
    assert data["stopped_at"] == [lrs[-1]]
    assert losses[-1] > 4 * losses.min()
    # the network before any step, at 50 digits below
    assert losses[0] == pytest.approx(XOR_INITIAL_LOSS, abs=1e-15)


# np.random.seed(42); randn(2, 4), then randn(4, 1), as printed by NumPy to all digits
NORMALS = [
    0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254,
    -0.23415337472333597, -0.23413695694918055, 1.5792128155073915, 0.7674347291529088,
    -0.4694743859349521, 0.5425600435859647, -0.46341769281246226, -0.46572975357025687,
]  # fmt: skip
XOR = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]


def train_xor(epochs: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Run the article's program in mpmath: losses, and the last epoch's predictions and z1."""
    half = mp.mpf(1) / 2
    W1 = [[half * mp.mpf(x) for x in row] for row in (NORMALS[:4], NORMALS[4:8])]
    W2, b1, b2 = [half * mp.mpf(x) for x in NORMALS[8:]], [mp.mpf(0)] * 4, mp.mpf(0)
    losses = []
    for _ in range(epochs):
        z1 = [[b1[j] + sum(x[i] * W1[i][j] for i in (0, 1)) for j in range(4)] for x, _ in XOR]
        a1 = [[max(z, mp.mpf(0)) for z in row] for row in z1]
        a2 = [
            1 / (1 + mp.exp(-b2 - sum(a * w for a, w in zip(row, W2, strict=True)))) for row in a1
        ]
        errors = [p - y for p, (_, y) in zip(a2, XOR, strict=True)]
        losses.append(
            -sum(mp.log(p if y else 1 - p) for p, (_, y) in zip(a2, XOR, strict=True)) / 4
        )
        for j in range(4):
            back = [e * W2[j] if z1[n][j] > 0 else mp.mpf(0) for n, e in enumerate(errors)]
            W2[j] -= half * sum(e * a1[n][j] for n, e in enumerate(errors)) / 4
            for i in (0, 1):
                W1[i][j] -= half * sum(d * XOR[n][0][i] for n, d in enumerate(back)) / 4
            b1[j] -= half * sum(back) / 4
        b2 -= half * sum(errors) / 4
    return losses, a2, z1


with mp.workdps(30):
    XOR_INITIAL_LOSS = float(train_xor(1)[0][0])


def test_the_xor_program_prints_what_thirty_digits_say(results: Results) -> None:
    with mp.workdps(30):
        losses, predictions, z1 = train_xor(1000)
    data = series(results, "xor")
    # kinks amplify a rounding at most by where they lie; none lies within 1e-9 of a z1 here
    np.testing.assert_allclose(data["losses"], [float(x) for x in losses], rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        data["predictions"], [float(p) for p in predictions], rtol=0, atol=1e-9
    )
    assert f"{data['losses'][-1]:.4f}" == "0.4777"
    found = numbers(results, "xor-listing-learns-xor")
    np.testing.assert_allclose(
        found["predictions"], [float(p) for p in predictions], rtol=0, atol=1e-9
    )
    off = [x for (x, _), row in zip(XOR, z1, strict=True) if all(z <= 0 for z in row)]
    assert found["inputs_without_a_unit"] == len(off) == 3
    # three inputs share one p: least −(2 log p + log(1 − p))/4, at p = 2/3
    assert min(losses) > (mp.log(27) - mp.log(4)) / 4


def test_the_decision_surface_meets_the_predictions_at_the_samples(results: Results) -> None:
    data = series(results, "xor")
    where = {value: index for index, value in enumerate(data["x1"])}
    for (x1, x2), prediction in zip(data["inputs"], data["predictions"], strict=True):
        assert data["prediction"][where[x2]][where[x1]] == pytest.approx(prediction, rel=1e-12)
