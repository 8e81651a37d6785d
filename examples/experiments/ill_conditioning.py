"""The gradient stays as long as it was, and yet ever smaller steps are all that still descend.

Fact: a step ε changes J by -ε gᵀg + ½ ε² gᵀHg; in training gᵀg need not fall, while gᵀHg grows by orders of
magnitude, until steps that once descended ascend (Goodfellow, Bengio and Courville 2016, §8.2.1).
Set-up: 300 digits, 64-8-8-10 tanh with squared error, full-batch descent at rate 1.
Outcome: over some twenty updates gᵀHg grows more than tenfold while gᵀg stays within a factor of three, and
the break-even step comes down to the rate. At the end steps on either side of it do what was predicted.
"""

from __future__ import annotations

import numpy as np
from _picture import COLORS, new_figure, save

import ravine as rv

RATE, UPDATES = 1.0, 60


def longest_rise(gg: np.ndarray, ghg: np.ndarray) -> tuple[int, int]:
    """Where gᵀHg grows most while gᵀg stays within a factor of three."""
    best, place = 0.0, (0, 0)
    for first in np.flatnonzero(ghg > 0):
        for last in range(first + 1, len(gg)):
            between = gg[first : last + 1]
            if between.max() > 3 * between.min():
                break
            if ghg[last] / ghg[first] > best:
                best, place = ghg[last] / ghg[first], (int(first), last)
    return place


def main() -> None:
    X, y = rv.datasets.digits()
    X = rv.Standardizer.fit(X).transform(X)[:300]
    targets = np.eye(10)[y[:300]]
    net = rv.MLP([64, 8, 8, 10], activation="tanh", seed=0)
    risk = rv.EmpiricalRisk(net, X, targets)
    monitor = rv.diagnostics.IllConditioningMonitor(risk)
    rv.fit(
        net,
        X,
        targets,
        optimizer=rv.optim.SGD(lr=RATE),
        epochs=UPDATES,
        batch_size=None,
        shuffle=False,
        callbacks=[monitor],
    )
    gg, ghg = monitor["gg"], monitor["ghg"]
    first, last = longest_rise(gg, ghg)
    growth = ghg[last] / ghg[first]
    print(
        f"updates {first} to {last}: gᵀHg {growth:.0f} times as large, gᵀg {gg[last] / gg[first]:.1f} times"
    )
    assert growth > 10
    assert monitor["break_even_step"][last] < 2 * RATE

    report = rv.diagnostics.ill_conditioning(risk)
    print(report)
    gradient = risk.gradient()
    shares = np.linspace(0, 2, 41)
    changes = np.array(
        [risk.value(net.theta - share * report.break_even_step * gradient) - report.value for share in shares]
    )
    assert changes[np.isclose(shares, 0.5)] < 0
    assert changes[np.isclose(shares, 1.5)] > 0
    assert report.predicted_change(1.5 * report.break_even_step) > 0

    def draw():
        figure = new_figure(3)
        left, middle, right = figure.subplots(1, 3)
        updates = monitor["updates"]
        left.axvspan(first, last, color="#EFEFEF")
        for column, name, number in (("gg", "gᵀg", 0), ("ghg", "gᵀHg", 1)):
            values = np.where(monitor[column] > 0, monitor[column], np.nan)
            left.semilogy(updates, values, color=COLORS[number], label=name)
        left.set_title("gradient, and curvature along it")
        left.legend()
        step = monitor["break_even_step"]
        step = np.where(np.isfinite(step), step, np.nan)
        middle.semilogy(updates, step, color=COLORS[1], label="break-even")
        middle.axhline(RATE, color=COLORS[2], linestyle=(0, (5, 2)), label="rate")
        middle.set_title("the step at which descent ends")
        middle.legend()
        for axes in (left, middle):
            axes.set_xlabel("update")
        predicted = [report.predicted_change(share * report.break_even_step) for share in shares]
        right.plot(shares, predicted, color=COLORS[0], label="predicted")
        right.plot(shares, changes, "o", markersize=3, color=COLORS[1], label="measured")
        right.axhline(0, color=COLORS[6], linewidth=0.9)
        right.set_xlabel("step / break-even step")
        right.set_title("change of J at the end")
        right.legend()
        return figure

    save("ill_conditioning", draw)


if __name__ == "__main__":
    main()
