"""Starting values have the law announced for them, whatever the shape, and the same seed repeats them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ravine as rv
from ravine.initializers import INITIALIZERS

init = rv.initializers
SHAPES = [(300, 200), (1, 4000), (4000, 1), (37, 400), (400, 37)]
SIGMAS = 5.0  # a chance of 6e-7 a test that the law alone makes it fail; the seeds are fixed besides

# Initialiser; the variance of a weight in its source, as a number over a sum of widths; the kind of law.
LAWS: list[tuple[Any, float, str, str]] = [
    (init.Normal(0.3), 0.09, "1", "normal"),
    (init.Uniform(0.3), 0.03, "1", "uniform"),
    ("glorot_uniform", 2, "n_in + n_out", "uniform"),
    ("glorot_normal", 2, "n_in + n_out", "normal"),
    ("lecun_uniform", 1, "n_in", "uniform"),
    ("lecun_normal", 1, "n_in", "normal"),
    ("he_uniform", 2, "n_in", "uniform"),
    ("he_normal", 2, "n_in", "normal"),
    (init.HeNormal(slope=0.5), 1.6, "n_in", "normal"),
    (init.HeUniform(fan="out"), 2, "n_out", "uniform"),
    (init.LeCunNormal(gain=math.sqrt(3)), 3, "n_in", "normal"),
]


def weights(initializer: Any, n_in: int, n_out: int, **options: Any) -> np.ndarray:
    net = rv.MLP([n_in, n_out], initializer=initializer, bias=False, **options)
    return net.layers[0].weight


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("initializer", "c", "fan", "law"), LAWS, ids=[str(law[0]) for law in LAWS])
def test_mean_variance_and_tails(
    initializer: Any, c: float, fan: str, law: str, shape: tuple[int, int]
) -> None:
    W = weights(initializer, *shape, seed=11)
    fans = {"1": 1, "n_in": shape[0], "n_out": shape[1], "n_in + n_out": sum(shape)}
    n, want = W.size, c / fans[fan]
    assert W.shape == shape
    assert abs(W.mean()) < SIGMAS * math.sqrt(want / n)
    # The variance of (w/σ)² is the fourth moment less 1: 2 for a normal law, 4/5 for a uniform one.
    spread = {"normal": 2.0, "uniform": 0.8}[law]
    assert abs(np.square(W).mean() / want - 1) < SIGMAS * math.sqrt(spread / n)
    bound = math.sqrt(3 * want)
    if law == "uniform":
        assert bound * (1 - 20 / n) < np.abs(W).max() <= bound
    else:
        # A normal number lies beyond √3 σ in 8.33 % of all draws: none would if it were the uniform law.
        beyond = math.erfc(math.sqrt(1.5))
        assert abs((np.abs(W) > bound).mean() - beyond) < SIGMAS * math.sqrt(beyond * (1 - beyond) / n)


@pytest.mark.parametrize("initializer", [law[0] for law in LAWS], ids=str)
def test_neighbours_are_not_correlated(initializer: Any) -> None:
    W = weights(initializer, 120, 90, seed=3)
    W = W / W.std()
    for product in (W[1:] * W[:-1], W[:, 1:] * W[:, :-1], W[1:, 1:] * W[:-1, :-1]):
        assert abs(product.mean()) < SIGMAS / math.sqrt(product.size)
    first, second = (layer.weight for layer in rv.MLP([60] * 3, initializer=initializer, seed=3).layers)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < SIGMAS / 60


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.0, 1.0, 0.3, 7.0]))
def test_orthogonal_weights_are_semi_orthogonal_to_rounding(n_in: int, n_out: int, gain: float) -> None:
    W = weights(init.Orthogonal(gain), n_in, n_out, seed=n_in)
    gram = W.T @ W if n_in >= n_out else W @ W.T
    np.testing.assert_allclose(gram, gain**2 * np.eye(len(gram)), atol=40 * 2.3e-16 * gain**2)
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), gain, rtol=1e-14)


def test_orthogonal_weights_prefer_no_direction() -> None:
    """Averages over the orthogonal group: 0 for an element, 1/n for its square; LAPACK's signs would show."""
    draws = np.array([weights("orthogonal", 3, 3, seed=seed) for seed in range(400)])
    assert np.abs(draws.mean(axis=0)).max() < SIGMAS * math.sqrt(1 / 3 / 400)
    # E q⁴ = 3/(n(n+2)) = 1/5, so the variance of q² is 1/5 - 1/9.
    assert np.abs(np.square(draws).mean(axis=0) - 1 / 3).max() < SIGMAS * math.sqrt((1 / 5 - 1 / 9) / 400)
    assert abs(np.linalg.det(draws).mean()) < SIGMAS / math.sqrt(400)


def test_zeros_and_constants() -> None:
    assert rv.MLP([3, 2, 1], initializer="zeros").theta.tolist() == [0.0] * 11
    net = rv.MLP([3, 2, 1], initializer=init.Constant(2, bias=-1))
    assert net.theta.tolist() == [2.0] * 6 + [-1.0] * 2 + [2.0] * 2 + [-1.0]


@pytest.mark.parametrize("initializer", [*INITIALIZERS.values(), init.Normal(0.1)], ids=str)
def test_a_gain_and_a_bias_are_what_they_say(initializer: Any) -> None:
    options = dict(vars(initializer))
    if "gain" in options:
        doubled = type(initializer)(**{**options, "gain": 2.0})
        np.testing.assert_array_equal(weights(doubled, 5, 7), 2 * weights(initializer, 5, 7))
    moved = rv.MLP([5, 7, 2], initializer=type(initializer)(**{**options, "bias": 0.25}))
    plain = rv.MLP([5, 7, 2], initializer=initializer)
    for layer, unmoved in zip(moved.layers, plain.layers, strict=True):
        np.testing.assert_array_equal(layer.weight, unmoved.weight)
        assert layer.bias is not None
        assert unmoved.bias is not None
        assert layer.bias.tolist() == [0.25] * layer.outputs
        assert not unmoved.bias.any()


@pytest.mark.parametrize("initializer", [*INITIALIZERS, init.Normal(0.1), init.Uniform(1)], ids=str)
def test_the_same_seed_gives_the_same_bits_and_float32_rounds_them(initializer: Any) -> None:
    first, again, narrow = (
        rv.MLP([5, 8, 3], initializer=initializer, seed=4, dtype=dtype).theta
        for dtype in ("float64", "float64", "float32")
    )
    assert first.tobytes() == again.tobytes()
    np.testing.assert_array_equal(narrow, first.astype(np.float32))
    other = rv.MLP([5, 8, 3], initializer=initializer, seed=5).theta
    assert initializer == "zeros" or (first != other).any()


# The first, sixth and ninth parameter of a 3-2-1 network from seed 7: a seed that was written down years ago
# must give the same network still.
FIRST_BITS = {
    "glorot_uniform": ("0x1.18a5eb96e11b4p-2", "0x1.a3073cd6d189ep-1", "-0x1.6639e7358f346p+0"),
    "glorot_normal": ("0x1.97e7b6be2bc38p-11", "-0x1.411cbbf45ee2fp-1", "0x1.9248f0829a3b0p-5"),
    "he_uniform": ("0x1.6a50af29f8430p-2", "0x1.0e7b4941beb15p+0", "-0x1.b6bc55a68fa27p+0"),
    "he_normal": ("0x1.074d37aa3e0bep-10", "-0x1.9e8ddb02a0983p-1", "0x1.ecb246c7071e5p-5"),
    "lecun_normal": ("0x1.745d5f67fb7dcp-11", "-0x1.25224fe5195c6p-1", "0x1.5c6392e514bd0p-5"),
}


@pytest.mark.parametrize("name", FIRST_BITS)
def test_bits_of_a_seed_do_not_change_between_versions(name: str) -> None:
    theta = rv.MLP([3, 2, 1], seed=7, initializer=name).theta
    assert tuple(float(theta[k]).hex() for k in (0, 5, 8)) == FIRST_BITS[name]


def test_one_initialiser_a_layer() -> None:
    net = rv.MLP([4, 5, 3], initializer=[init.Constant(1.5), "zeros"])
    assert (net.layers[0].weight == 1.5).all()
    assert not net.layers[1].weight.any()
    again = net.theta.copy()
    net.initialize(seed=9, initializer="he_normal")
    assert (net.theta != again).any()
    net.initialize(seed=9)
    np.testing.assert_array_equal(net.theta, again)


@pytest.mark.parametrize(("variance", "factor"), [(1, 1 / 2), (2, 1), (3, 3 / 2)])
def test_relu_signals_shrink_stay_or_grow_with_the_weight_variance(variance: int, factor: float) -> None:
    """Var W = c/n multiplies the mean square of relu signals by c/2 a layer: LeCun 1, He 2, too much 3."""
    depth, width = 12, 200
    rule = {1: "lecun_normal", 2: "he_normal", 3: init.LeCunNormal(gain=math.sqrt(3))}[variance]
    X = np.random.default_rng(0).normal(size=(20, width))
    logs = []
    for seed in range(12):
        net = rv.MLP([width] * (depth + 1), "relu", "relu", bias=False, initializer=rule, seed=seed)
        logs.append(math.log(np.square(net.predict(X)).mean() / (np.square(X).mean() / 2)))
    # log of a product of `depth` factors, each 1 ± √(5/width): its mean is off by half their variance.
    want = (depth - 1) * math.log(factor) + math.log(variance)
    error = math.sqrt(5 * depth / width)
    assert abs(np.mean(logs) - (want - error**2 / 2)) < SIGMAS * error / math.sqrt(len(logs))


class OfTheWrongShape(init.Initializer):
    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> np.ndarray:
        return rng.normal(size=(n_out, n_in))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: init.Normal(-1), r"Normal std must be finite and not negative, got -1"),
        (lambda: init.Normal("1"), r"Normal std must be a number"),
        (lambda: init.Uniform(math.inf), r"Uniform bound must be finite"),
        (lambda: init.Constant(math.nan), r"Constant value must be finite, got nan"),
        (lambda: init.Zeros(bias=math.nan), r"Zeros bias must be finite"),
        (lambda: init.Orthogonal(gain=-2), r"Orthogonal gain must be"),
        (lambda: init.HeNormal(fan="both"), r"HeNormal fan must be 'in' or 'out', got 'both'"),
        (lambda: init.HeUniform(slope=math.inf), r"HeUniform slope must be finite"),
        (lambda: rv.MLP([2, 3], initializer="normal"), r"'normal' needs a number.*Normal\(std\)"),
        (lambda: rv.MLP([2, 3], initializer="glorot"), r"one of zeros, glorot_uniform.*got 'glorot'"),
        (lambda: rv.MLP([2, 3], initializer=3), r"a name or an object of ravine.initializers, got 3"),
        (lambda: rv.MLP([2, 3], initializer=init.Zeros), r"a name or an object"),
        (lambda: rv.MLP([2, 3], initializer=["zeros"] * 2), r"one or 1, one for each layer, got 2"),
        (
            lambda: rv.MLP([2, 3], initializer=OfTheWrongShape()),
            r"must return \(2, 3\).*got the shape \(3, 2\)",
        ),
        (lambda: rv.MLP([2, 3], initializer=init.Constant(1e39), dtype="float32"), r"finite in float32"),
    ],
)
def test_what_is_wrong_is_named(make: Callable[[], Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        make()


def test_a_failing_draw_leaves_theta_alone() -> None:
    net = rv.MLP([2, 2, 3], seed=1, dtype="float32")
    before = net.theta.copy()
    with pytest.raises(ValueError, match="layer 1"):
        net.initialize(seed=2, initializer=["he_normal", init.Constant(1e39)])
    np.testing.assert_array_equal(net.theta, before)
