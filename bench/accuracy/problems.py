"""Small and medium fits: data, network, loss and penalty, equal for all sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from bench.minimizers import franke

Array = NDArray[Any]
Arrays = tuple[Array, Array]


@dataclass(frozen=True)
class Problem:
    """J(θ) = the mean of the loss over the rows + ½ l2 ‖W‖², a tanh network, everything in float64."""

    title: str
    widths: tuple[int, ...]
    data: Callable[[], Arrays]
    loss: str = "squared_error"
    l2: float = 0.0
    needs: str = "numpy"

    @property
    def parameters(self) -> int:
        """P."""
        return sum((n + 1) * m for n, m in pairwise(self.widths))

    def start(self, seed: int) -> Array:
        """The first θ of every side: Glorot's uniform weights."""
        return rv.MLP(self.widths, activation="tanh", seed=seed).theta.copy()


def _sinc() -> Arrays:
    x = np.linspace(-1, 1, 2000)
    return x[:, None], np.sinc(10 * x / np.pi)


def _diabetes() -> Arrays:
    from sklearn.datasets import load_diabetes

    return tuple(_standardised(a) for a in load_diabetes(return_X_y=True))


def _digits() -> Arrays:
    X, y = rv.datasets.digits()
    return _standardised(X), y


def _friedman() -> Arrays:
    """Friedman's first function (Annals of Statistics 19 (1991) 1-67) with noise of variance 1."""
    rng = np.random.default_rng(0)
    X = rng.random((5000, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    return _standardised(X), _standardised(y + rng.standard_normal(len(y)))


def _standardised(a: Array) -> Array:
    spread = a.std(axis=0)
    return (a - a.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


PROBLEMS = {
    "franke": Problem("Franke's function, 1,000 points without noise", (2, 20, 20, 1), franke),
    "sinc": Problem("sin(10x)/(10x), 2,000 points without noise", (1, 20, 1), _sinc),
    "diabetes": Problem("diabetes, 442 patients", (10, 16, 1), _diabetes, l2=1e-2, needs="sklearn"),
    "digits": Problem("handwritten digits, 1,797 rows", (64, 32, 10), _digits, "cross_entropy", 1e-3),
    "friedman": Problem("Friedman's function, 5,000 rows with noise", (10, 64, 64, 1), _friedman, l2=1e-4),
}


def available() -> list[str]:
    """The problems whose data are at hand."""
    return [name for name, problem in PROBLEMS.items() if find_spec(problem.needs)]
