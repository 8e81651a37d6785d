"""Three places that defeat descent: a cliff throws it away, a mountain locks it in, a plateau stops it.

Fact: clipping the gradient's norm keeps the direction and takes the violence out of a cliff; from the wrong
side of a mountain no descent finds the lowest valley, though with more units fewer valleys are wrong; a
saturated unit has next to no gradient, unless the loss undoes the saturation.
Set-up: one step of descent from the wall of a cliff, and descent clipped at norm 10; 1,000 random starts of
a network with two hidden units on the exclusive or, 200 with more; one logistic unit that is wrong by eight
deviations, with squared error and with cross entropy, at the same rate.
Outcome: unclipped the first step leaves the valley for good, clipped the goal is reached; the losses of the
starts fall into few levels, one per basin, and the share at the lowest grows with the width; the saturated
unit is still wrong when the other has long learned.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

WIDTHS = [2, 3, 4, 8]
STARTS = {2: 1000, 3: 200, 4: 200, 8: 200}
CLIPPED_AT, CLIFF_RATE = 10.0, 0.002


def down_the_cliff(clip: float | None) -> np.ndarray:
    """The path of descent, until the goal or for 300 updates."""
    cliff = rv.surfaces.Cliff()
    theta, path = cliff.start.copy(), [cliff.start.copy()]
    optimizer = rv.optim.SGD(lr=CLIFF_RATE)
    for _ in range(300):
        if cliff.value(theta) <= cliff.goal:
            break
        gradient = cliff.gradient(theta)
        if clip is not None:
            rv.clip_norm(gradient, clip)
        optimizer.step(theta, gradient)
        path.append(theta.copy())
    return np.array(path)


def losses_of_starts(width: int) -> np.ndarray:
    """The loss that each start ends with on the exclusive or of two signs."""
    X = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    y = np.array([-1.0, 1.0, 1.0, -1.0])
    losses = []
    net = rv.MLP([2, width, 1], activation="tanh")
    risk = rv.EmpiricalRisk(net, X, y)
    gradient = np.empty(net.parameter_count)
    for seed in range(STARTS[width]):
        net.initialize(seed)
        rule = rv.optim.Rprop(lr=0.02)
        for _ in range(250):
            risk.gradient(out=gradient)
            rule.step(net.theta, gradient)
        losses.append(risk.value())
    return np.array(losses)


def losses_of_a_saturated_unit(loss: str, output_activation: str) -> np.ndarray:
    """Probability that the unit gives to the right answer, after each update."""
    X, y = np.ones((1, 1)), np.ones(1)
    net = rv.MLP([1, 1], output_activation=output_activation, initializer="zeros")
    net.theta[:] = [0.0, -8.0]
    right = []
    rv.fit(
        net,
        X,
        y,
        loss=loss,
        optimizer=rv.optim.SGD(lr=0.2),
        epochs=400,
        batch_size=1,
        callbacks=[lambda _: right.append(1 / (1 + np.exp(-net.theta.sum()))) and None],
    )
    return np.array(right)


def main() -> None:
    cliff = rv.surfaces.Cliff()
    paths = {"unclipped": down_the_cliff(None), f"norm clipped at {CLIPPED_AT:g}": down_the_cliff(CLIPPED_AT)}
    thrown, clipped = paths.values()
    print(
        f"cliff: unclipped ends at {cliff.value(thrown[-1]):.2f}, clipped at {cliff.value(clipped[-1]):.4f}"
    )
    assert np.linalg.norm(thrown[1] - thrown[0]) > 1
    assert cliff.value(thrown[-1]) > 100 * cliff.goal
    assert cliff.value(clipped[-1]) <= cliff.goal

    losses = {width: losses_of_starts(width) for width in WIDTHS}
    success = [float(np.mean(values < 0.01)) for values in losses.values()]
    levels, counts = np.unique(np.round(losses[2], 2), return_counts=True)
    common = counts >= 10
    print(f"mountain: levels {levels[common].tolist()} hold {counts[common].sum()} of {STARTS[2]} starts")
    print(
        "          success by width: "
        + ", ".join(f"{w}: {s:.0%}" for w, s in zip(WIDTHS, success, strict=True))
    )
    assert 2 <= common.sum() <= 6
    assert counts[common].sum() > 0.9 * STARTS[2]
    assert (np.diff(success) > -0.02).all()
    assert success[0] < 0.9 < success[-1]

    units = {
        "squared error": losses_of_a_saturated_unit("squared_error", "logistic"),
        "cross entropy": losses_of_a_saturated_unit("binary_cross_entropy", "identity"),
    }
    saturated, undone = units.values()
    print(f"plateau: right with probability {saturated[-1]:.4f} and {undone[-1]:.4f} after 400 updates")
    assert saturated[-1] < 0.01
    assert undone[-1] > 0.9

    save("cliff_mountain_plateau", lambda: draw(paths, losses[2], success, units))


def draw(paths, losses, success, units):
    """Four panels."""
    figure = new_figure(2, rows=2)
    (cliff_axes, basins), (widths, plateau) = figure.subplots(2, 2)
    for k, (name, path) in enumerate(paths.items()):
        heights = [rv.surfaces.Cliff().value(theta) for theta in path]
        cliff_axes.semilogy(heights, label=name, **look(k))
    cliff_axes.set_title("cliff: value")
    cliff_axes.set_xlabel("updates")
    cliff_axes.legend()
    basins.hist(losses, bins=60, color=look(0)["color"])
    basins.set_title("mountain: 1,000 starts by their final loss")
    basins.set_xlabel("loss, two hidden units")
    widths.bar([str(width) for width in WIDTHS], [100 * share for share in success], color=look(0)["color"])
    widths.set_title("mountain: starts that succeed, %")
    widths.set_xlabel("hidden units")
    widths.grid(visible=False, axis="x")
    for k, (name, right) in enumerate(units.items()):
        plateau.plot(right, label=name, **look(k))
    plateau.set_title("plateau: probability of the right answer")
    plateau.set_xlabel("updates")
    plateau.legend()
    return figure


if __name__ == "__main__":
    main()
