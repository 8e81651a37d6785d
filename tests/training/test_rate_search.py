"""The rate search: verdicts on curves of known kind, the suggestion, the table and the picture."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.training.rate_search import Verdict
from support.problems import Problem


def quadratic() -> tuple[rv.MLP, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """½ mean (w x - y)² with one weight: curvature mean x² = 1, so the largest stable rate is 2."""
    x = np.array([[1.0], [-1.0]] * 20)
    net = rv.MLP([1, 1], bias=False, initializer="zeros")
    return net, x, 3 * x[:, 0]


def test_on_a_quadratic_every_verdict_is_the_one_that_theory_predicts() -> None:
    net, x, y = quadratic()
    rule = rv.optim.SGD()
    rates = [1e-4, 0.02, 0.5, 1.95, 2.1]
    search = rv.rate_search(net, x, y, optimizer=rule, rates=rates[::-1], updates=100, batch_size=None)
    names = [curve.verdict.name for curve in search.curves]
    assert search.rates.tolist() == rates
    assert names == ["TOO_SLOW", "GOOD", "GOOD", "GOOD", "DIVERGES"]
    assert search.start_risk == 4.5
    for curve in search.curves:
        # The weight's distance from 3 shrinks by 1 - rate an update, the loss by its square.
        np.testing.assert_allclose(
            curve.losses, 4.5 * (1 - curve.rate) ** (2 * np.arange(100)), rtol=1e-6, atol=1e-15
        )
    assert not net.theta.any()
    assert rule.updates == 0
    assert rule.lr == rv.optim.SGD().lr


def test_the_suggestion_is_a_little_above_the_best() -> None:
    net, x, y = quadratic()
    rates = [0.01, 0.1, 0.4, 3.0]
    search = rv.rate_search(net, x, y, optimizer=rv.optim.SGD(), rates=rates, updates=20, batch_size=None)
    assert search.suggestion == 0.4  # the next one diverges
    search = rv.rate_search(
        net, x, y, optimizer=rv.optim.SGD(), rates=[0.01, 0.4, 1.8], updates=20, batch_size=None
    )
    assert [curve.verdict for curve in search.curves][1:] == [Verdict.GOOD, Verdict.GOOD]
    assert search.suggestion == pytest.approx(np.sqrt(0.4 * 1.8))
    search = rv.rate_search(net, x, y, optimizer=rv.optim.SGD(), rates=[5.0], updates=20, batch_size=None)
    assert np.isnan(search.suggestion)
    assert "every rate diverges" in str(search)


def test_a_curve_that_bounces_oscillates() -> None:
    problem = Problem(rows=60)
    search = rv.rate_search(
        problem.network(), problem.X, problem.y, optimizer=rv.optim.Adam(), rates=[0.01, 1.2], batch_size=60
    )
    assert search.curves[0].verdict is Verdict.GOOD
    assert search.curves[1].verdict is Verdict.OSCILLATES
    assert search.curves[1].risk < search.start_risk


def test_a_rate_that_overflows_is_stopped_where_it_does() -> None:
    net, x, y = quadratic()
    search = rv.rate_search(net, x, y, optimizer=rv.optim.SGD(), rates=[0.1, 1e200], updates=50)
    assert np.isinf(search.curves[1].risk)
    assert 1 <= len(search.curves[1].losses) < 50
    assert search.curves[1].verdict is Verdict.DIVERGES


def test_every_rate_sees_the_batches_of_fit() -> None:
    problem = Problem(rows=20)
    seen: list[float] = []
    rv.fit(
        problem.network(),
        problem.X,
        problem.y,
        optimizer=rv.optim.Adam(lr=0.03),
        batch_size=8,
        seed=5,
        max_updates=7,
        l2=0.1,
        step_callbacks=[lambda step: seen.append(step.loss)],
    )
    search = rv.rate_search(
        problem.network(), problem.X, problem.y, rates=[0.03], updates=7, batch_size=8, seed=5, l2=0.1
    )
    assert search.curves[0].losses.tolist() == seen


def test_the_table_and_the_picture_show_every_rate() -> None:
    problem = Problem(rows=30)
    search = rv.rate_search(problem.network(), problem.X, problem.y, updates=40, rates=[1e-4, 1e-2, 1e10])
    lines = str(search).splitlines()
    assert lines[0].split() == ["rate", "risk", "updates", "verdict"]
    assert len(lines) == 2 + 3 + 1
    assert "suggested rate" in lines[-1]
    pytest.importorskip("matplotlib")
    figure = search.plot()
    buffer = io.BytesIO()
    rv.plots.save_figure(figure, buffer)
    assert buffer.getvalue().startswith(b"\x89PNG")
    assert len(figure.axes[0].lines) == 3
    marks = [line for line in figure.axes[1].lines if line.get_marker() not in ("None", "")]
    assert [line.get_xdata()[0] for line in marks] == search.rates.tolist()


def test_every_verdict_is_a_sentence() -> None:
    assert all(str(verdict).endswith(".") and " " in str(verdict) for verdict in Verdict)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rates": []}, "rates"),
        ({"rates": [-0.1]}, "rates"),
        ({"rates": [float("nan")]}, "rates"),
        ({"updates": 0}, "updates"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"shuffle": "often"}, "shuffle"),
        ({"dropout": 0.5}, "dropout"),
    ],
)
def test_senseless_searches_are_refused(options: dict[str, Any], told: str) -> None:
    problem = Problem(rows=12)
    with pytest.raises((ValueError, TypeError), match=told):
        rv.rate_search(problem.network(), problem.X, problem.y, **options)
