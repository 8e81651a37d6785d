"""Critical points of high cost are saddles with many ways down; those of low cost have few.

Fact: among the critical points of a network's risk the index, the share of negative eigenvalues of H, grows
with J (Dauphin et al. 2014, after Bray and Dean 2007 on random functions).
Set-up: 3-5-1 tanh networks on the outputs of a fixed one, a small penalty; from random starts, trained for a
while or not at all, Newton steps without any safeguard go to the critical point that is nearest.
Outcome: every point that is found is certified by `critical_point`; index and J have a rank correlation above
0.7, the cheapest points have a mean index less than a half of the dearest ones'.
"""

from __future__ import annotations

import numpy as np
from _picture import COLORS, new_figure, save

import ravine as rv

STARTS, STEPS, LONGEST = 120, 100, 0.5


def problem() -> rv.EmpiricalRisk:
    X = np.random.default_rng(0).normal(size=(100, 3))
    teacher = rv.MLP([3, 4, 1], seed=5)
    teacher.theta *= 3
    return rv.EmpiricalRisk(rv.MLP([3, 5, 1], seed=0), X, teacher.predict(X)[:, 0], l2=0.01)


def nearest_critical_point(risk: rv.EmpiricalRisk, theta: np.ndarray) -> np.ndarray | None:
    """Newton's method for ∇J = 0, steps cut at a length: it is drawn to saddles as much as to minima."""
    for _ in range(STEPS):
        gradient = risk.gradient(theta)
        if np.linalg.norm(gradient) < 1e-12:
            return theta
        step = -np.linalg.solve(risk.hessian(theta), gradient)
        theta = theta + step * min(1.0, LONGEST / np.linalg.norm(step))
    return None


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks, ties sharing their mean."""
    _, which, counts = np.unique(values.round(10), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[which]


def main() -> None:
    risk = problem()
    random = np.random.default_rng(0)
    found = []
    for seed in range(STARTS):
        risk.net.initialize(seed)
        risk.net.theta *= random.uniform(0.3, 2.0)
        optimizer = rv.optim.Adam(lr=0.02)
        for _ in range(int(random.choice([0, 30, 100, 1000]))):
            optimizer.step(risk.net.theta, risk.gradient())
        theta = nearest_critical_point(risk, risk.net.theta.copy())
        if theta is not None:
            found.append(rv.diagnostics.critical_point(risk, theta))
    costs = np.array([point.value for point in found])
    index = np.array([point.inertia[2] / risk.net.parameter_count for point in found])
    correlation = float(np.corrcoef(ranks(costs), ranks(index))[0, 1])
    different = np.unique(costs.round(8)).size
    minima = sum(point.verdict.name == "MINIMUM" for point in found)
    print(f"{len(found)} points from {STARTS} starts, {different} different costs, {minima} minima")
    print(f"rank correlation of cost and index: {correlation:.2f}")
    assert all(point.verdict.name in ("MINIMUM", "SADDLE", "DEGENERATE") for point in found)
    assert different > 20
    assert correlation > 0.7
    order = np.argsort(costs)
    quarter = len(found) // 4
    assert 2 * index[order[:quarter]].mean() < index[order[-quarter:]].mean()

    def draw():
        figure = new_figure()
        axes = figure.subplots()
        jitter = np.random.default_rng(1).uniform(-0.004, 0.004, size=index.size)
        for verdict, color, marker in (("SADDLE", COLORS[0], "o"), ("MINIMUM", COLORS[1], "s")):
            chosen = np.array([point.verdict.name == verdict for point in found])
            label = f"{int(chosen.sum())} {'saddles' if verdict == 'SADDLE' else 'minima'}"
            axes.plot(
                costs[chosen], 100 * (index + jitter)[chosen], marker, color=color, alpha=0.6, label=label
            )
        axes.set_xscale("log")
        axes.minorticks_off()
        axes.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
        axes.set_xlabel("J at the critical point")
        axes.set_title("negative eigenvalues of H, %")
        axes.legend(loc="upper left")
        return figure

    save("critical_points_by_cost", draw)


if __name__ == "__main__":
    main()
