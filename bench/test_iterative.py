"""Iterative solvers beside SciPy's, on the same products with the Hessian of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import ravine as rv

linalg = pytest.importorskip("scipy.sparse.linalg")

pytestmark = pytest.mark.benchmark(max_time=1.0, min_rounds=3, disable_gc=True, warmup=False)
by_both = pytest.mark.parametrize("by", ["ravine", "scipy"])


@pytest.fixture(scope="module")
def at() -> Any:
    """64-32-10, P = 2,410, on 1,000 rows; its sweeps kept."""
    X = np.random.default_rng(0).standard_normal((1000, 64))
    labels = np.random.default_rng(1).integers(0, 10, size=1000)
    net = rv.MLP([64, 32, 10], activation="tanh", seed=0)
    return rv.EmpiricalRisk(net, X, labels, loss="cross_entropy").linearize()


@by_both
def test_both_ends_of_the_spectrum(benchmark: BenchmarkFixture, at: Any, by: str) -> None:
    """Three eigenvalues at each end; SciPy's `which="BE"` takes the same six."""
    benchmark.group = "three eigenvalues at each end, 64-32-10, N = 1,000"
    n = at.gradient.size
    count = [0]

    def product(v: np.ndarray) -> np.ndarray:
        count[0] += 1
        return at.hessian_product(np.ascontiguousarray(v))

    if by == "ravine":
        values = benchmark(lambda: rv.linalg.lanczos(product, n, 3, 3).values)
    else:
        operator = linalg.LinearOperator((n, n), matvec=product, dtype=np.float64)
        values = benchmark(
            lambda: np.sort(linalg.eigsh(operator, 6, which="BE", tol=1e-10, return_eigenvectors=True)[0])
        )
    benchmark.extra_info["products"] = count[0] / benchmark.stats.stats.rounds
    np.testing.assert_allclose(values, rv.linalg.lanczos(product, n, 3, 3).values, rtol=1e-7)


@by_both
def test_a_damped_newton_system(benchmark: BenchmarkFixture, at: Any, by: str) -> None:
    benchmark.group = "(H + 2I) p = -g to 1e-8, 64-32-10, N = 1,000"
    g = -at.gradient

    def product(v: np.ndarray) -> np.ndarray:
        return at.hessian_product(np.ascontiguousarray(v)) + 2 * v

    if by == "ravine":
        p = benchmark(lambda: rv.linalg.conjugate_gradient(product, g, true_residual=False).x)
    else:
        operator = linalg.LinearOperator((g.size, g.size), matvec=product, dtype=np.float64)
        p = benchmark(lambda: linalg.cg(operator, g, rtol=1e-8)[0])
    assert np.linalg.norm(product(p) - g) < 1e-6 * np.linalg.norm(g)
