"""Fit a smooth function of two variables from NumPy arrays, save the network, load it, and use it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import ravine as rv


def main() -> None:
    random = np.random.default_rng(0)
    X = random.uniform(-1, 1, (1000, 2))
    y = np.sin(3 * X[:, 0]) * X[:, 1] + 0.01 * random.normal(size=1000)

    training, validation = rv.datasets.random_split(len(X), 0.2, seed=0)
    net = rv.MLP([2, 32, 32, 1], activation="tanh", seed=0)
    history = rv.fit(
        net,
        X[training],
        y[training],
        loss="squared_error",
        optimizer=rv.optim.Adam(lr=5e-3),
        epochs=100,
        validation_data=(X[validation], y[validation]),
    )
    print(f"R² on validation rows: {history['validation_metric'][-1]:.4f} ({history.stop_reason.value})")
    assert history["validation_metric"][-1] > 0.99

    with tempfile.TemporaryDirectory() as folder:
        net.save(Path(folder) / "surface.npz")
        again = rv.load(Path(folder) / "surface.npz")
    point = np.array([[0.5, 0.5]])
    print(f"f(0.5, 0.5) = {np.sin(1.5) / 2:.3f}, the network says {again.predict(point)[0, 0]:.3f}")
    np.testing.assert_array_equal(again.predict(point), net.predict(point))


if __name__ == "__main__":
    main()
