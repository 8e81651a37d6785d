"""Fifty layers of rectifiers: signals vanish, keep their level or explode with the variance of the weights.

Fact: a layer of rectifiers multiplies the mean square of a signal by n·Var(W)/2, forward and backward, so
2/n keeps it (He et al. 2015, equation 10), and fifty layers at 1/n leave 2⁻⁵⁰ of it.
Set-up: fifty layers of 128 units at weight variances 1/n, 2/n and 3/n, no bias, 200 normal inputs, one
output; mean squares of activations and of backpropagated errors by `rv.diagnostics.signals`.
Outcome: from end to end both fall by more than 10¹² at 1/n, stay within a factor of 30 at 2/n, and grow by
more than 10⁷ at 3/n; the report finds vanishing signals in the first, exploding ones in the last, neither
in between.
"""

from __future__ import annotations

import math

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

DEPTH, WIDTH = 50, 128
SCALES = {"1/n": 1.0, "2/n": 2.0, "3/n": 3.0}


def report(scale: float) -> rv.diagnostics.LayerSignals:
    """What the network's signals are at its start."""
    X = np.random.default_rng(0).normal(size=(200, WIDTH))
    net = rv.MLP(
        [WIDTH] * (DEPTH + 1) + [1],
        activation="relu",
        bias=False,
        initializer=rv.initializers.Normal(std=math.sqrt(scale / WIDTH)),
        seed=0,
    )
    # An error of one in every row, whatever the network says.
    return rv.diagnostics.signals(rv.EmpiricalRisk(net, X, net.predict(X) - 1.0))


def mean_squares(signals: rv.diagnostics.LayerSignals) -> tuple[np.ndarray, np.ndarray]:
    """Of the activations and of the backpropagated errors of each hidden layer."""
    hidden = signals.layers[:-1]
    forward = np.array([layer.mean**2 + layer.variance for layer in hidden])
    return forward, np.array([layer.delta_square for layer in hidden])


def main() -> None:
    reports = {name: report(scale) for name, scale in SCALES.items()}
    curves = {name: mean_squares(signals) for name, signals in reports.items()}
    for name, (forward, backward) in curves.items():
        across, back = forward[-1] / forward[0], backward[0] / backward[-1]
        print(f"variance {name}: forward times {across:.1e}, backward times {back:.1e}")
        if name == "1/n":
            assert max(across, back) < 1e-12
        elif name == "2/n":
            assert 1 / 30 < min(across, back) <= max(across, back) < 30
        else:
            assert min(across, back) > 1e7
    kinds = {name: {finding.kind.name for finding in signals.findings} for name, signals in reports.items()}
    assert {"VANISHING", "GRADIENT_VANISHING"} <= kinds["1/n"]
    assert {"EXPLODING", "GRADIENT_EXPLODING"} <= kinds["3/n"]
    assert kinds["2/n"] <= {"DEAD"}
    print("findings: " + "; ".join(f"{name}: {', '.join(sorted(k)) or 'none'}" for name, k in kinds.items()))

    def draw():
        figure = new_figure(2)
        left, right = figure.subplots(1, 2)
        layers = np.arange(1, DEPTH + 1)
        for k, (name, (forward, backward)) in enumerate(curves.items()):
            left.semilogy(layers, forward, label=f"weight variance {name}", **look(k))
            right.semilogy(layers, backward, **look(k))
        left.set_title("mean square of activations")
        right.set_title("mean square of backpropagated errors")
        for axes in (left, right):
            axes.set_xlabel("layer")
        left.legend()
        return figure

    save("depth_and_variance", draw)


if __name__ == "__main__":
    main()
