"""Each compiled kernel beside its NumPy twin: ``pytest bench``.

The sides of a pair have the same group, so that the table of pytest-benchmark puts them next to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ravine as rv
from bench import vector_twins
from bench.problems import Array
from bench.twins import Adam, Momentum
from ravine import _core
from ravine import reference as ref
from ravine.diagnostics.sweep import sweep

Runs: TypeAlias = dict[str, Callable[[], Any]]

pytestmark = pytest.mark.benchmark(
    max_time=0.2, min_rounds=5, disable_gc=True, warmup=True, warmup_iterations=3
)

by_both = pytest.mark.parametrize("by", ["ravine", "numpy"])
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def normal(shape: int | tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def assert_close(actual: Array, expected: Array) -> None:
    """Two ways of computing the same numbers of size one agree to rounding."""
    tolerance = 50 * float(np.finfo(actual.dtype).eps)
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


@by_both
@dtypes
@pytest.mark.parametrize("n", [1_000, 1_000_000])
@pytest.mark.parametrize("name", vector_twins.VECTOR_MATH)
def test_vector_math(benchmark: BenchmarkFixture, name: str, n: int, dtype: str, by: str) -> None:
    benchmark.group = f"{name}, {n:,} numbers, {dtype}"
    x = np.abs(normal(n, dtype)) if name in {"log", "log1p"} else normal(n, dtype)
    out, twin = np.empty_like(x), vector_twins.VECTOR_MATH[name]
    runs: Runs = {"ravine": lambda: _core.vector_math(name, x, out), "numpy": lambda: twin(x, out)}
    benchmark(runs[by])
    assert_close(out, twin(x, np.empty_like(x)))


@by_both
@dtypes
@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", ref.ACTIVATIONS)
def test_activation(benchmark: BenchmarkFixture, name: str, order: int, dtype: str, by: str) -> None:
    benchmark.group = f"{name}, derivative {order}, 100,000 numbers, {dtype}"
    z = normal(100_000, dtype)
    out = np.empty_like(z)
    runs: Runs = {
        "ravine": lambda: _core.activation(name, order, z, out),
        "numpy": lambda: vector_twins.activation(name, order, z),
    }
    benchmark(runs[by])
    runs["ravine"]()
    assert_close(out, runs["numpy"]())


@by_both
@dtypes
@pytest.mark.parametrize("n", [32, 10_000])
@pytest.mark.parametrize("name", ref.LOSSES)
def test_loss(benchmark: BenchmarkFixture, name: str, n: int, dtype: str, by: str) -> None:
    """Value, gradient and Hessian by ten outputs."""
    benchmark.group = f"{name}, {n:,} samples of 10 outputs, {dtype}"
    f, c = normal((n, 10), dtype), 10
    rng = np.random.default_rng(1)
    loss = rv.losses.as_loss(name)
    labels = name == "cross_entropy" or loss.target_kind == "labels"
    y = rng.integers(0, c, n) if labels else rng.uniform(0, 1, (n, loss.target_columns(c))).astype(dtype)
    value, gradient, hessian = np.empty(n, dtype), np.empty((n, c), dtype), np.empty((n, c, c), dtype)
    runs: Runs = {
        "ravine": lambda: _core.loss(name, loss.parameter, f, y, None, value, gradient, hessian, False),
        "numpy": lambda: ref.LOSSES[name](f, y),
    }
    benchmark(runs[by])
    runs["ravine"]()
    expected = runs["numpy"]()
    assert_close(value.mean(dtype=np.float64), expected.value.mean(dtype=np.float64))
    assert_close(gradient, expected.gradient)
    assert_close(hessian, expected.hessian)


@by_both
@dtypes
@pytest.mark.parametrize(
    "shape", [(32, 65, 64), (1000, 65, 64), (1000, 65, 10), (256, 785, 1024), (1024, 1024, 1024)]
)
def test_product(benchmark: BenchmarkFixture, shape: tuple[int, int, int], dtype: str, by: str) -> None:
    n, k, m = shape
    benchmark.group = f"product ({n}, {k}) ({k}, {m}), {dtype}"
    A, B, out = normal((n, k), dtype), normal((k, m), dtype, 1), np.empty((n, m), dtype)
    runs: Runs = {"ravine": lambda: _core.product(A, B, out), "numpy": lambda: np.matmul(A, B, out=out)}
    benchmark(runs[by])
    assert np.all(np.abs(out - A @ B) <= 2 * ref.rounding_bound(A, B))


@by_both
@dtypes
@pytest.mark.parametrize("n", [10**k for k in range(3, 8)])
@pytest.mark.parametrize("rule", ["adam", "momentum", "nesterov"])
def test_update(benchmark: BenchmarkFixture, rule: str, n: int, dtype: str, by: str) -> None:
    benchmark.group = f"{rule}, {n:,} parameters, {dtype}"
    gradient = normal(n, dtype)
    theta, twin_theta = normal(n, dtype, 1), normal(n, dtype, 1)
    nesterov = rule == "nesterov"
    ours = rv.optim.Adam() if rule == "adam" else rv.optim.SGD(momentum=0.9, nesterov=nesterov)
    twin = Adam(twin_theta) if rule == "adam" else Momentum(twin_theta, nesterov=nesterov)
    for _ in range(3):
        ours.step(theta, gradient)
        twin.step(gradient)
    assert_close(theta, twin_theta)
    runs: Runs = {"ravine": lambda: ours.step(theta, gradient), "numpy": lambda: twin.step(gradient)}
    benchmark(runs[by])


@by_both
@dtypes
@pytest.mark.parametrize("widths", [[20, 32, 32, 1], [64, 64, 64, 10]], ids=str)
def test_signals(benchmark: BenchmarkFixture, widths: list[int], dtype: str, by: str) -> None:
    """Statistics of every unit, forward and backward; the compiled side sums squares of gradients as well."""
    benchmark.group = f"signals, {'-'.join(map(str, widths))}, 1,000 rows, {dtype}"
    X, y = normal((1000, widths[0]), dtype), normal((1000, widths[-1]), dtype, seed=1)
    net = rv.MLP(widths, dtype=dtype, seed=0)
    twin = ref.EmpiricalRisk(ref.Network(widths, net.activations, net.biases), X, y)
    risk, theta = rv.EmpiricalRisk(net, X, y), net.theta.astype(np.float64)
    runs: Runs = {
        "ravine": lambda: sweep(risk, None).layers[0].before_variance,
        "numpy": lambda: ref.layer_statistics(twin, theta)[0].before_variance,
    }
    assert_close(benchmark(runs[by]).astype(dtype), runs["numpy"]().astype(dtype))
