"""Data for the estimators with scikit-learn's face."""

from __future__ import annotations

import numpy as np


def two_targets(rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of different units, and two targets of different units."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)) * [1.0, 50.0, 1e-3] + [5.0, -200.0, 0.0]
    y = np.column_stack([np.sin(X[:, 0]) + X[:, 1] / 100, 1000 + 4e4 * X[:, 2]])
    return X, y + 0.01 * rng.normal(size=y.shape)


def counts(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Counts whose logarithms of the rate are nearly linear."""
    rng = np.random.default_rng(1)
    X = rng.uniform(-1, 1, (rows, 2))
    return X, rng.poisson(np.exp(4 + X[:, 0] - 0.5 * np.sin(3 * X[:, 1])))
