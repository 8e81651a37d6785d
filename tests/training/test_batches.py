"""The ways to take the rows: batches equal fit's, cover what they should, and are unbiased."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.problems import Problem

WAYS: list[Any] = [True, "once", False, "independent"]


@pytest.mark.parametrize("batch_size", [None, 1, 7])
@pytest.mark.parametrize("shuffle", WAYS)
def test_fit_takes_the_rows_that_minibatches_tells(shuffle: Any, batch_size: Any) -> None:
    problem = Problem(rows=23, weighted=True)
    net, optimizer = problem.network(), rv.optim.Adam(lr=0.01)
    risk = rv.EmpiricalRisk(net, problem.X, problem.y, sample_weight=problem.w)
    for epoch in range(3):
        for rows in rv.minibatches(23, batch_size, seed=6, epoch=epoch, shuffle=shuffle):
            optimizer.step(net.theta, risk.subset(rows).gradient())
    twin = problem.network()
    history = rv.fit(
        twin,
        problem.X,
        problem.y,
        sample_weight=problem.w,
        optimizer=rv.optim.Adam(lr=0.01),
        epochs=3,
        batch_size=batch_size,
        seed=6,
        shuffle=shuffle,
    )
    assert twin.theta.tobytes() == net.theta.tobytes()
    assert history.updates == 3 * {None: 1, 1: 23, 7: 4}[batch_size]


def epoch_rows(shuffle: Any, epoch: int, n: int = 40) -> np.ndarray[Any, Any]:
    return np.concatenate(list(rv.minibatches(n, 7, seed=1, epoch=epoch, shuffle=shuffle)))


def test_orders_do_what_their_names_say() -> None:
    each, once, never, drawn = ([epoch_rows(way, epoch) for epoch in range(3)] for way in WAYS)
    for rows in (*each, *once, *never):
        assert sorted(rows) == list(range(40))
    assert (each[0] != each[1]).any()
    assert (once[0] == once[1]).all()
    assert (once[0] == once[2]).all()
    assert (once[0] != np.arange(40)).any()
    assert (never[2] == np.arange(40)).all()
    assert (drawn[0] != drawn[1]).any()
    assert all(rows.size == 40 and rows.min() >= 0 and rows.max() < 40 for rows in drawn)
    assert len(set(drawn[0])) < 40


@pytest.mark.parametrize("batch_size", [1, 4, 5])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_batches_of_an_epoch_give_the_full_gradient_in_the_mean(batch_size: int, reduction: Any) -> None:
    """Each batch counts by its rows, also with weights; the last one of 22 rows may be shorter."""
    problem = Problem(rows=22, weighted=True, l2=0.3, reduction=reduction)
    risk = problem.risk()
    mean = np.zeros_like(problem.theta)
    for rows in rv.minibatches(22, batch_size, seed=3):
        mean += risk.subset(rows).gradient() * len(rows) / 22
    np.testing.assert_allclose(mean, risk.gradient(), rtol=1e-11, atol=1e-13)


def test_independent_draws_give_the_full_gradient_in_expectation() -> None:
    """Every row is as likely at every place; the mean of a batch over all rows is the full gradient."""
    counts = np.zeros(8)
    for epoch in range(2000):
        for rows in rv.minibatches(8, 3, seed=0, epoch=epoch, shuffle="independent"):
            np.add.at(counts, rows, 1)
    # Chi-squared with seven degrees of freedom exceeds 30 once in 10,000 seeds; this seed is fixed.
    assert ((counts - 2000) ** 2 / 2000).sum() < 30
    problem = Problem(rows=8, weighted=True)
    risk = problem.risk()
    expectation = np.mean([risk.subset([i, j]).gradient() for i in range(8) for j in range(8)], axis=0)
    np.testing.assert_allclose(expectation, risk.gradient(), rtol=1e-11, atol=1e-13)


def test_history_is_columns_records_and_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(rows=12)
    history = rv.fit(problem.network(), problem.X, problem.y, epochs=3)
    assert [record.loss for record in history.records] == history["loss"].tolist()
    assert set(history) >= {"rate", "validation_loss_error", "validation_metric_error"}
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        history.to_frame()
    with pytest.raises(KeyError, match="no column 'accuracy'"):
        history["accuracy"]


class StandIn:
    """As much of a pandas.DataFrame as a history needs."""

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self.columns = columns

    def astype(self, kinds: dict[str, str]) -> StandIn:
        return StandIn(
            {name: column.astype(kinds.get(name, "float64")) for name, column in self.columns.items()}
        )


def test_a_frame_holds_every_column_and_counts_are_integers(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(rows=12)
    history = rv.fit(problem.network(), problem.X, problem.y, epochs=3)
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=StandIn))
    columns = history.to_frame().columns
    assert list(columns) == list(history)
    for name, column in columns.items():
        np.testing.assert_array_equal(column, history[name])
        assert column.dtype == ("int64" if name in ("epoch", "updates") else "float64")


def test_a_frame_of_pandas_itself() -> None:
    pytest.importorskip("pandas", reason="an optional extra; the stand-in above is always tried")
    problem = Problem(rows=12)
    history = rv.fit(problem.network(), problem.X, problem.y, epochs=3)
    frame = history.to_frame()
    assert frame["epoch"].tolist() == [1, 2, 3]
    assert frame["loss"].tolist() == history["loss"].tolist()
