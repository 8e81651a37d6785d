"""Wide networks are trained by moving their weights a little: each start has its own solution nearby.

Fact: the distance from the start to the solution found is small against the distance between the solutions
of two starts, the more so the wider the network.
Set-up: digits, one hidden layer of 32, 128 and 512 units, four starts each, trained to a small loss.
Outcome: at every width the solutions lie further from one another than from their starts; the ratio falls
with the width.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

WIDTHS = [32, 128, 512]
STARTS = 4


def distances(width: int) -> tuple[float, float, float]:
    """Mean distance from start to solution, between two solutions, and the largest training loss."""
    X, y = rv.datasets.digits()
    X = rv.Standardizer.fit(X).transform(X)
    moved, solutions, losses = [], [], []
    for seed in range(STARTS):
        net = rv.MLP([64, width, 10], seed=seed)
        start = net.theta.copy()
        optimizer = rv.optim.SGD(lr=0.05, momentum=0.9)
        history = rv.fit(net, X, y, loss="cross_entropy", optimizer=optimizer, epochs=12, seed=seed)
        moved.append(np.linalg.norm(net.theta - start))
        solutions.append(net.theta.copy())
        losses.append(history["loss"][-1])
    apart = rv.diagnostics.distances(solutions)[np.triu_indices(STARTS, 1)]
    return float(np.mean(moved)), float(np.mean(apart)), float(max(losses))


def main() -> None:
    measured = [distances(width) for width in WIDTHS]
    for width, (moved, apart, loss) in zip(WIDTHS, measured, strict=True):
        print(f"{width} units: from the start {moved:.1f}, between solutions {apart:.1f}, loss {loss:.1e}")
        assert loss < 0.02
        assert moved < 0.65 * apart
    ratios = [moved / apart for moved, apart, _ in measured]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] < 0.45

    def draw():
        figure = new_figure()
        axes = figure.subplots()
        places = np.arange(len(WIDTHS))
        for k, (column, name) in enumerate([(1, "between two solutions"), (0, "from start to solution")]):
            heights = [row[column] for row in measured]
            axes.bar(places + 0.4 * k - 0.2, heights, width=0.36, label=name, color=look(k)["color"])
        axes.set_xticks(places, [str(width) for width in WIDTHS])
        axes.grid(visible=False, axis="x")
        axes.set_title("mean distance in parameter space")
        axes.set_xlabel("hidden units")
        axes.set_ylim(0, 1.35 * max(apart for _, apart, _ in measured))
        axes.legend(loc="upper left")
        return figure

    save("weights_barely_move", draw)


if __name__ == "__main__":
    main()
