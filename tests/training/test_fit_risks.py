"""Every option of the risk goes through fit, and validation figures come with their standard errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import Problem

RISKS: dict[str, dict[str, Any]] = {
    "l1": {"l1": 0.02},
    "l2 a layer": {"l2": [0.0, 0.1, 0.3]},
    "prior": {"l2": 0.2, "prior": Problem(seed=3).theta},
    "sum": {"reduction": "sum"},
    "huber": {"loss": rv.losses.Huber(delta=0.5)},
    "masked": {"missing": "mask"},
}


@pytest.mark.parametrize("name", RISKS)
def test_fit_and_streams_train_the_risk_that_the_options_describe(name: str) -> None:
    problem, options = Problem(rows=21), RISKS[name]
    y = problem.y.copy()
    if name == "masked":
        y[::3, 1] = np.nan
    net, rule = problem.network(), rv.optim.Adam(lr=0.02)
    risk = rv.EmpiricalRisk(net, problem.X, y, **options)
    for epoch in range(3):
        for rows in rv.minibatches(21, 6, epoch=epoch):
            rule.step(net.theta, risk.subset(rows).gradient())
    twin = problem.network()
    rv.fit(twin, problem.X, y, optimizer=rv.optim.Adam(lr=0.02), epochs=3, batch_size=6, **options)
    assert twin.theta.tobytes() == net.theta.tobytes()


@pytest.mark.parametrize("batch_size", [1, 5])
def test_batches_are_unbiased_with_masks(batch_size: int) -> None:
    problem = Problem(rows=20, weighted=True)
    y = problem.y.copy()
    y[::4, 0] = y[7] = np.nan
    risk = rv.EmpiricalRisk(problem.network(), problem.X, y, sample_weight=problem.w, missing="mask")
    mean = np.zeros_like(problem.theta)
    for rows in rv.minibatches(20, batch_size, seed=3):
        mean += risk.subset(rows).gradient() * len(rows) / 20
    np.testing.assert_allclose(mean, risk.gradient(), rtol=1e-11, atol=1e-13)


def test_validation_figures_have_the_standard_errors_of_repeated_draws() -> None:
    """Many validation sets from one distribution: the spread of the figures is what their errors say."""
    problem, rows = Problem(rows=24), 400
    random = np.random.default_rng(5)
    figures = []
    for _ in range(60):
        X = random.normal(size=(rows, 4))
        y = 0.3 * random.normal(size=(rows, 3)) + X[:, :3]
        history = rv.fit(problem.network(), problem.X, problem.y, epochs=1, validation_data=(X, y))
        figures.append([history[c][0] for c in ("validation_loss", "validation_loss_error")])
        figures[-1] += [history[c][0] for c in ("validation_metric", "validation_metric_error")]
    loss, loss_error, metric, metric_error = np.array(figures).T
    assert loss.std() == pytest.approx(loss_error.mean(), rel=0.3)
    assert metric.std() == pytest.approx(metric_error.mean(), rel=0.3)
