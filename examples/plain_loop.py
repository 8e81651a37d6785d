"""Train with a loop of your own, and see that it equals `ravine.fit` to the last bit."""

from __future__ import annotations

import numpy as np

import ravine as rv


def main() -> None:
    X, y = rv.datasets.digits()
    X = X / 16
    epochs, batch_size, l2 = 5, 32, 1e-4

    mine = rv.MLP([64, 32, 10], activation="relu", seed=0)
    risk = rv.EmpiricalRisk(mine, X, y, loss="cross_entropy", l2=l2)
    optimizer = rv.optim.Adam(lr=2e-3)
    for epoch in range(epochs):
        for rows in rv.minibatches(len(X), batch_size, seed=7, epoch=epoch):
            _, gradient = risk.subset(rows).value_and_gradient()
            optimizer.step(mine.theta, gradient)
        print(f"epoch {epoch + 1}: risk {risk.value():.4f}")

    theirs = rv.MLP([64, 32, 10], activation="relu", seed=0)
    rv.fit(
        theirs,
        X,
        y,
        loss="cross_entropy",
        optimizer=rv.optim.Adam(lr=2e-3),
        epochs=epochs,
        batch_size=batch_size,
        seed=7,
        l2=l2,
    )
    np.testing.assert_array_equal(mine.theta, theirs.theta)
    assert risk.value() < 0.5
    print("equal to fit, to the last bit")


if __name__ == "__main__":
    main()
