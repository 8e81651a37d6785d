"""On a quadratic each coordinate goes its own way: descent multiplies it by 1 - αλ an update.

Fact: along the eigenvector of λ the distance from the minimum is (1 - αλ)ᵗ of what it was; momentum at its
best needs about √κ updates where descent needs κ (Goodfellow, Bengio and Courville 2016, §4.3; Polyak 1964).
Set-up: linear regression on eight correlated inputs, condition number 400, full-batch descent and momentum.
Outcome: measured coordinates lie on the prediction to rounding, the fastest directions go first, and the best
momentum brings the loss to 1e-8 of its excess in a tenth of the updates of the best descent.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

INPUTS, UPDATES, CONDITION = 8, 60, 400.0


def problem() -> rv.EmpiricalRisk:
    random = np.random.default_rng(0)
    whitened = np.linalg.qr(random.normal(size=(400, INPUTS)))[0] * np.sqrt(400)
    turned = np.linalg.qr(random.normal(size=(INPUTS, INPUTS)))[0]
    X = (whitened * np.sqrt(np.geomspace(1 / CONDITION, 1, INPUTS))) @ turned.T
    y = X @ turned @ random.normal(size=INPUTS) / 3 + 0.1 * random.normal(size=400)
    return rv.EmpiricalRisk(rv.MLP([INPUTS, 1], bias=False, initializer="zeros"), X, y)


def path(risk: rv.EmpiricalRisk, rate: float, momentum: float, updates: int) -> tuple[np.ndarray, np.ndarray]:
    """Theta and J after each update from zero."""
    optimizer = rv.optim.SGD(lr=rate, momentum=momentum)
    theta, thetas, values = np.zeros(INPUTS), [], []
    for _ in range(updates + 1):
        value, gradient = risk.value_and_gradient(theta)
        thetas.append(theta.copy())
        values.append(value)
        optimizer.step(theta, gradient)
    return np.array(thetas), np.array(values)


def main() -> None:
    risk = problem()
    report = rv.diagnostics.quadratic_dynamics(risk, rate=None)
    assert report.eigenvalues[-1] / report.eigenvalues[0] > 0.99 * CONDITION
    solution = np.linalg.solve(risk.hessian(), -risk.gradient())
    lowest = risk.value(solution)

    slow = report.at(1.0 / report.eigenvalues[-1])  # at 1/λ_max no component oscillates
    thetas, _ = path(risk, slow.rate, 0.0, UPDATES)
    start = -solution @ slow.vectors
    shares = (thetas - solution) @ slow.vectors / start
    powers = (1 - slow.rate * slow.eigenvalues) ** np.arange(UPDATES + 1)[:, None]
    np.testing.assert_allclose(shares, powers, atol=1e-9)
    assert (np.diff(shares[5]) <= 1e-9).all()  # the larger λ, the further on its way

    updates = {}
    curves = {}
    for name, rate, momentum in (
        ("descent", report.best_rate, 0.0),
        ("momentum", *report.best_momentum),
    ):
        prediction = report.at(rate, momentum)
        _, values = path(risk, rate, momentum, 3000)
        predicted = prediction.curve(3000)
        np.testing.assert_allclose(values, predicted, rtol=1e-8)
        excess = np.maximum(values - lowest, 1e-300) / (values[0] - lowest)
        updates[name] = int(np.argmax(excess < 1e-8))
        curves[name] = excess
    print(
        f"updates to 1e-8 of the excess: {updates['descent']} by descent, {updates['momentum']} by momentum"
    )
    assert 0 < updates["momentum"] < updates["descent"] / 10

    def draw():
        figure = new_figure(2)
        left, right = figure.subplots(1, 2)
        chosen = [0, 3, 5, 6]
        for number, k in enumerate(chosen):
            label = f"λ/λmax = {slow.eigenvalues[k] / slow.eigenvalues[-1]:.2g}"
            left.plot(powers[:, k], **look(number))
            times = np.arange(0, UPDATES + 1, 4)
            left.plot(times, shares[::4, k], "o", markersize=3, color=look(number)["color"], label=label)
        left.set_title("share of the way left, dots measured")
        left.legend()
        for number, (name, excess) in enumerate(curves.items()):
            shown = slice(0, updates[name] + 1)
            right.semilogy(np.arange(3001)[shown], excess[shown], label=name, **look(number))
        right.set_title("excess of J at the best rates")
        right.set_xscale("log")
        right.set_xlim(left=1)
        right.legend()
        for axes in (left, right):
            axes.set_xlabel("update")
        return figure

    save("quadratic_dynamics", draw)


if __name__ == "__main__":
    main()
