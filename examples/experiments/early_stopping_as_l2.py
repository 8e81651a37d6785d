"""Stopping early does to each eigencomponent nearly what a penalty l2 = 1/(tα) does.

Fact: on a quadratic risk t updates at rate α from zero reach the share 1 - (1 - αλ)ᵗ of eigencomponent i of
the solution, and the penalty leaves λ/(λ + l2) (Goodfellow, Bengio and Courville 2016, §7.8).
Set-up: linear regression on twelve correlated inputs, full-batch descent; the penalised solution by long
descent.
Outcome: both measured shares lie on their formulas to rounding; they agree to first order where tαλ is
small, both end at one where it is large, and in between they differ by less than 0.21.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

UPDATES, INPUTS = 100, 12


def minimised(X, y, rate: float, updates: int, l2: float) -> np.ndarray:
    """Theta after so many full-batch updates from zero."""
    net = rv.MLP([INPUTS, 1], bias=False, initializer="zeros")
    rv.fit(net, X, y, optimizer=rv.optim.SGD(lr=rate), epochs=updates, batch_size=None, l2=l2, shuffle=False)
    return net.theta.copy()


def main() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(500, INPUTS)) * np.geomspace(1, 0.02, INPUTS)
    X = X @ np.linalg.qr(random.normal(size=(INPUTS, INPUTS)))[0]
    y = X @ random.normal(size=INPUTS) + 0.1 * random.normal(size=500)
    eigenvalues, vectors = np.linalg.eigh(X.T @ X / len(X))
    solution = np.linalg.lstsq(X, y, rcond=None)[0] @ vectors
    rate = 1 / eigenvalues[-1]
    l2 = 1 / (UPDATES * rate)

    stopped = minimised(X, y, rate, UPDATES, 0.0) @ vectors / solution
    penalised = minimised(X, y, 1 / (eigenvalues[-1] + l2), 40 * UPDATES, l2) @ vectors / solution
    formulas = 1 - (1 - rate * eigenvalues) ** UPDATES, eigenvalues / (eigenvalues + l2)
    np.testing.assert_allclose(stopped, formulas[0], atol=1e-8)
    np.testing.assert_allclose(penalised, formulas[1], atol=1e-8)
    time = UPDATES * rate * eigenvalues
    difference = stopped - penalised
    print(f"shares kept differ by at most {difference.max():.3f}, at tαλ = {time[difference.argmax()]:.1f}")
    assert (difference >= 0).all()
    assert difference.max() < 0.21
    early = time < 0.1
    assert early.any()
    assert (difference[early] < 0.6 * time[early] ** 2).all()
    assert difference[-1] < 0.02

    def draw():
        figure = new_figure()
        axes = figure.subplots()
        line = np.geomspace(time[0] / 2, time[-1] * 2, 200)
        scale = UPDATES * rate
        shares = 1 - (1 - np.minimum(line / UPDATES, 1)) ** UPDATES, line / scale / (line / scale + l2)
        names = f"stopped after {UPDATES} updates", "penalty l2 = 1/(tα)"
        for k, (points, curve, name) in enumerate(zip((stopped, penalised), shares, names, strict=True)):
            axes.semilogx(line, curve, **look(k))
            axes.semilogx(time, points, marker="os"[k], label=name, **{**look(k), "linestyle": ""})
        axes.set_title("share of each eigencomponent that is learned")
        axes.set_xlabel("tαλ")
        axes.legend()
        return figure

    save("early_stopping_as_l2", draw)


if __name__ == "__main__":
    main()
