"""On a strongly convex risk, stochastic gradient descent with a rate ∝ 1/k converges as 1/k, and no faster.

Fact: E[J(θ_k) - J*] = O(1/k) for rates c/(μk), c > ½ (Bottou, Curtis and Nocedal 2018, theorem 4.7); a
constant rate stops at a level of its own.
Set-up: linear regression with noise on 400 rows, one row an update, drawn with replacement; the mean over
24 seeds.
Outcome: the log-log slope of the excess risk is -1 within 0.15, and at the constant rate it is nearly 0.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

EPOCHS, ROWS, SEEDS = 40, 400, 24
SCHEDULES = {
    "rate ∝ 1/k": rv.schedules.Inverse(0.1, decay=0.05),  # 2/(k + 20), the smallest curvature being about 1
    "rate 0.02": rv.schedules.Constant(0.02),
}


def excess_risks(schedule, X, y, best: float) -> np.ndarray:
    """(SEEDS, EPOCHS) the risk above its minimum after each epoch of 400 updates."""
    rows = []
    for seed in range(SEEDS):
        net = rv.MLP([X.shape[1], 1], initializer="zeros")
        risk = rv.EmpiricalRisk(net, X, y)
        values: list[float] = []
        rv.fit(
            net,
            X,
            y,
            optimizer=rv.optim.SGD(lr=0.1),
            schedule=schedule,
            epochs=EPOCHS,
            batch_size=1,
            shuffle="independent",
            seed=seed,
            callbacks=[lambda _: values.append(risk.value()) and None],  # noqa: B023 - called within the turn
        )
        rows.append(values)
    return np.array(rows) - best


def main() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, 4)) * [1.0, 1.2, 1.4, 1.6]
    y = X @ [1.0, -1.0, 0.5, 2.0] + random.normal(size=ROWS)
    design = np.column_stack([X, np.ones(ROWS)])
    solution = np.linalg.lstsq(design, y, rcond=None)[0]
    best = 0.5 * float(np.mean((design @ solution - y) ** 2))

    updates = ROWS * np.arange(1, EPOCHS + 1)
    curves = {name: excess_risks(rule, X, y, best).mean(axis=0) for name, rule in SCHEDULES.items()}
    slopes = {}
    for name, curve in curves.items():
        slopes[name] = np.polyfit(np.log(updates[2:]), np.log(curve[2:]), 1)[0]
        print(f"{name}: log-log slope {slopes[name]:.3f}")
    falling, constant = slopes.values()
    assert abs(falling + 1) < 0.15
    assert abs(constant) < 0.15

    def draw():
        figure = new_figure()
        axes = figure.subplots()
        for k, (name, curve) in enumerate(curves.items()):
            axes.loglog(updates, curve, label=f"{name}, slope {slopes[name]:.2f}", **look(k))
        axes.set_title("risk above its minimum, mean of 24 runs")
        axes.set_xlabel("updates k")
        axes.legend()
        return figure

    save("strongly_convex_sgd", draw)


if __name__ == "__main__":
    main()
