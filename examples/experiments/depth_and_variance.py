"""Fifty layers of rectifiers: signals vanish, keep their level or explode with the variance of the weights.

Fact: a layer of rectifiers multiplies the second moment of a signal by n·Var(W)/2, forward and backward, so
2/n keeps it (He et al. 2015, equation 10), and fifty layers at 1/n leave 2⁻⁵⁰ of it.
Set-up: fifty layers of 128 units at weight variances 1/n, 2/n and 3/n, no bias, 200 normal inputs, one
output; mean squares of activations and of the gradient with respect to each layer's weights.
Outcome: from the first layer to the last the mean square of the activations falls by more than 10¹², stays
within a factor of 30, grows by more than 10⁷; the gradients do the same the other way.
"""

from __future__ import annotations

import math

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

DEPTH, WIDTH = 50, 128
SCALES = {"1/n": 1.0, "2/n": 2.0, "3/n": 3.0}


def mean_squares(scale: float) -> tuple[list[float], list[float]]:
    """Of each hidden layer's activations, and of the gradient with respect to its weights."""
    X = np.random.default_rng(0).normal(size=(200, WIDTH))
    net = rv.MLP(
        [WIDTH] * (DEPTH + 1) + [1],
        activation="relu",
        bias=False,
        initializer=rv.initializers.Normal(std=math.sqrt(scale / WIDTH)),
        seed=0,
    )
    activations, signal = [], X
    for layer in net.layers[:-1]:
        signal = np.maximum(signal @ layer.weight, 0)
        activations.append(float(np.mean(signal**2)))
    risk = rv.EmpiricalRisk(net, X, net.predict(X) - 1.0)  # an error of one in every row
    gradient = risk.gradient()
    net.bind(gradient)  # the layers' views now show the gradient
    return activations, [float(np.mean(layer.weight**2)) for layer in net.layers[:-1]]


def main() -> None:
    curves = {name: mean_squares(scale) for name, scale in SCALES.items()}
    growth = {name: forward[-1] / forward[0] for name, (forward, _) in curves.items()}
    for name, ratio in growth.items():
        print(f"variance {name}: mean square of the last layer over that of the first {ratio:.1e}")
    vanishing, level, exploding = growth.values()
    assert vanishing < 1e-12
    assert 1 / 30 < level < 30
    assert exploding > 1e7

    def draw():
        figure = new_figure(2)
        left, right = figure.subplots(1, 2)
        layers = np.arange(1, DEPTH + 1)
        for k, (name, (forward, backward)) in enumerate(curves.items()):
            left.semilogy(layers, forward, label=f"weight variance {name}", **look(k))
            right.semilogy(layers, backward, **look(k))
        left.set_title("mean square of activations")
        right.set_title("mean square of weight gradients")
        for axes in (left, right):
            axes.set_xlabel("layer")
        left.legend()
        return figure

    save("depth_and_variance", draw)


if __name__ == "__main__":
    main()
