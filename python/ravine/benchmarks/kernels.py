"""What ``ravine bench`` times: kernels of usual sizes, each with the program that does the same in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import reference as ref

__all__ = ["KERNELS", "Kernel", "Work"]


@dataclass(frozen=True)
class Work:
    """One piece of work, done twice: `run` and `twin` return what must agree to `tolerance`, relatively."""

    run: Callable[[], NDArray[Any]]
    twin: Callable[[], NDArray[Any]]
    tolerance: float = 1e-9


@dataclass(frozen=True)
class Kernel:
    """A row of the table: its name, its size in words, who does it in NumPy, and how it is prepared."""

    name: str
    size: str
    by: str
    prepare: Callable[[], Work]


def _risks(
    widths: Sequence[int], rows: int, activation: str, loss: str, dtype: str = "float64"
) -> tuple[rv.EmpiricalRisk, ref.EmpiricalRisk]:
    """The same risk on the same rows, compiled and of the textbook."""
    random = np.random.default_rng(0)
    net = rv.MLP(list(widths), activation=activation, dtype=dtype, seed=0)
    X = random.standard_normal((rows, widths[0])).astype(dtype)
    y: NDArray[Any] = random.integers(0, widths[-1], rows)
    if loss == "squared_error":
        y = np.tanh(X[:, :1] * X[:, 1:2] + 0.1 * random.standard_normal((rows, 1)))
    twin = ref.Network(widths, [activation] * (len(widths) - 2) + ["identity"], [True] * (len(widths) - 1))
    return rv.EmpiricalRisk(net, X, y, loss=loss), ref.EmpiricalRisk(twin, X, y, loss)


def _gradient(widths: Sequence[int], rows: int, activation: str, dtype: str) -> Work:
    risk, twin = _risks(widths, rows, activation, "cross_entropy", dtype)
    theta, out = risk.net.theta.copy(), np.empty_like(risk.net.theta)

    def run() -> NDArray[Any]:
        risk.value_and_gradient(out=out)
        return out

    tolerance = 1e-9 if dtype == "float64" else 1e-3
    return Work(run, lambda: np.asarray(twin.value_and_gradient(theta)[1]), tolerance)


def _product() -> Work:
    risk, twin = _risks((64, 64, 64, 10), 1000, "tanh", "cross_entropy")
    theta = risk.net.theta.copy()
    v = np.random.default_rng(1).standard_normal(theta.size)
    out = np.empty_like(v)
    return Work(
        lambda: np.asarray(risk.hessian_product(None, v, out)), lambda: ref.hessian_product(twin, theta, v)
    )


def _hessian() -> Work:
    risk, twin = _risks((10, 20, 1), 500, "tanh", "squared_error")
    theta = risk.net.theta.copy()
    out = np.empty((theta.size, theta.size))
    return Work(lambda: np.asarray(risk.hessian(out=out)), lambda: ref.hessian(twin, theta))


def _adam() -> Work:
    random = np.random.default_rng(0)
    start, gradient = random.standard_normal((2, 100_000))
    theta: NDArray[np.float64] = start.copy()
    twin_theta: NDArray[np.float64] = start.copy()
    rule, twin = rv.optim.Adam(), ref.Adam()

    def run() -> NDArray[Any]:
        rule.step(theta, gradient)
        return theta

    def in_numpy() -> NDArray[Any]:
        twin.step(twin_theta, gradient)
        return twin_theta

    return Work(run, in_numpy)


def _levenberg_marquardt() -> Work:
    risk, twin = _risks((10, 20, 1), 500, "tanh", "squared_error")
    start, method = risk.net.theta.copy(), "levenberg-marquardt"
    residuals, jacobian = ref.network_residuals(twin.network, twin.X, np.asarray(twin.y))
    damping = 1e-3  # in units of the largest diagonal element of JᵀJ
    mu = damping * float(np.square(jacobian(start)).sum(axis=0).max())

    def run() -> NDArray[Any]:
        risk.net.theta = start
        rv.minimize(risk, method=method, maxiter=1, damping=damping, acceleration=0, certificate=False)
        return risk.net.theta

    return Work(run, lambda: ref.levenberg_marquardt(residuals, jacobian, start, maxiter=1, mu=mu).theta)


def _cholesky() -> Work:
    A = np.random.default_rng(0).standard_normal((1000, 1200))
    A = A @ A.T / 1200
    return Work(lambda: rv.linalg.cholesky(A, check=False), lambda: np.linalg.cholesky(A))


KERNELS = (
    Kernel(
        "gradient",
        "4-16-16-2, 32 rows",
        "ravine.reference",
        lambda: _gradient((4, 16, 16, 2), 32, "tanh", "float64"),
    ),
    Kernel(
        "gradient",
        "64-64-64-10, 1,000 rows",
        "ravine.reference",
        lambda: _gradient((64, 64, 64, 10), 1000, "tanh", "float64"),
    ),
    Kernel(
        "gradient",
        "784-1024-1024-10, 256 rows, float32",
        "ravine.reference",
        lambda: _gradient((784, 1024, 1024, 10), 256, "relu", "float32"),
    ),
    Kernel("H v", "64-64-64-10, 1,000 rows", "ravine.reference", _product),
    Kernel("Hessian", "10-20-1 (P = 241), 500 rows", "ravine.reference", _hessian),
    Kernel("Adam update", "100,000 parameters", "ravine.reference", _adam),
    Kernel("Levenberg-Marquardt iteration", "10-20-1, 500 rows", "ravine.reference", _levenberg_marquardt),
    Kernel("Cholesky factor", "order 1,000 (numpy.linalg)", "numpy.linalg", _cholesky),
)
