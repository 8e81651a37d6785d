"""Adagrad never forgets: after a steep and nonconvex beginning its rate is spent; RMSprop's recovers.

Fact: Adagrad divides the rate by the root of the sum of all squared gradients, which can only grow;
RMSprop's running average forgets the steep beginning (Goodfellow, Bengio and Courville 2016, §8.5.2).
Set-up: Beale's function from a steep corner, (4, 1.5), where the gradient is 860 and the Hessian has a
negative eigenvalue; both rules at rate 0.05, at most 3,000 updates.
Outcome: RMSprop arrives; Adagrad does not come within twenty times the goal, and its mean rate is then less
than a tenth of that of RMSprop.
"""

from __future__ import annotations

import numpy as np
from _picture import look, new_figure, save

import ravine as rv

START, RATE, UPDATES = np.array([4.0, 1.5]), 0.05, 3000
RULES = {"Adagrad": (rv.optim.Adagrad(lr=RATE), "sum"), "RMSprop": (rv.optim.RMSprop(lr=RATE), "square_avg")}


def descend(rule: rv.optim.Optimizer, squares: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and mean rates lr/√r after each update; ends at the goal."""
    surface = rv.surfaces.Beale()
    theta = START.copy()
    values, rates = [], []
    for _ in range(UPDATES):
        rule.step(theta, surface.gradient(theta))
        values.append(surface.value(theta))
        rates.append(float(np.mean(rule.lr / np.sqrt(rule.state[squares]))))
        if values[-1] <= surface.goal:
            break
    return np.array(values), np.array(rates)


def main() -> None:
    surface = rv.surfaces.Beale()
    assert np.linalg.norm(surface.gradient(START)) > 800
    assert np.linalg.eigvalsh(surface.hessian(START))[0] < 0
    runs = {name: descend(*rule) for name, rule in RULES.items()}
    for name, (values, rates) in runs.items():
        print(f"{name}: value {values[-1]:.2e} after {len(values)} updates, mean rate {rates[-1]:.1e}")
    (adagrad, spent), (rmsprop, recovered) = runs.values()
    assert rmsprop[-1] <= surface.goal
    assert adagrad.min() > 20 * surface.goal
    assert spent[-1] < 0.1 * recovered[-1]

    def draw():
        figure = new_figure(2)
        left, right = figure.subplots(1, 2)
        for k, (name, (values, rates)) in enumerate(runs.items()):
            updates = np.arange(1, len(values) + 1)
            left.loglog(updates, values, label=name, **look(k))
            right.loglog(updates, rates, **look(k))
        left.axhline(surface.goal, color="#595959", linewidth=0.8, linestyle=":")
        left.set_title("value")
        right.set_title("mean rate of a coordinate")
        for axes in (left, right):
            axes.set_xlabel("updates")
        left.legend()
        return figure

    save("adagrad_stalls", draw)


if __name__ == "__main__":
    main()
