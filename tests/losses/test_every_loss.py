"""Each loss through risk and fit: the textbook, differences, batches, threads, training that descends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ravine as rv
from support.losses import LOSSES, NAMES, draw_targets
from support.problems import DTYPES
from support.risk_pairs import assert_same, make_pair


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_agrees_with_the_textbook(name: str, dtype: str, reduction: str) -> None:
    w = np.random.default_rng(2).random(50).astype(dtype)
    ours, theirs = make_pair(name, dtype=dtype, sample_weight=w, reduction=reduction, l2=0.1, l1=0.05)
    assert ours.loss == name
    assert ours.loss_function is LOSSES[name]
    assert_same(ours, theirs)
    rows = [3, 49, 3, 7]
    assert_same(ours.subset(rows), theirs.subset(rows))


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_the_central_difference(name: str) -> None:
    risk, _ = make_pair(name, rows=9)
    theta, h = risk.net.theta.copy(), 1e-6
    gradient = risk.gradient()
    for p in range(0, theta.size, 5):
        step = h * np.eye(theta.size)[p]
        difference = (risk.value(theta + step) - risk.value(theta - step)) / (2 * h)
        np.testing.assert_allclose(gradient[p], difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_loss_with_its_default_parameters(name: str) -> None:
    assert rv.losses.as_loss(name) == rv.losses.NAMED[name]()
    rng = np.random.default_rng(0)
    net, X = rv.MLP([3, 4], seed=2), rng.normal(size=(8, 3))
    y = draw_targets(name, 8, 4, rng)
    by_name = rv.EmpiricalRisk(net, X, y, loss=name).value()
    assert by_name == rv.EmpiricalRisk(net, X, y, loss=rv.losses.NAMED[name]()).value()


@pytest.mark.usefixtures("restore_threads")
@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_threads_changes_no_bit(name: str) -> None:
    risk, _ = make_pair(name, rows=900, widths=(20, 40, 4), l1=0.01, l2=0.01, dtype="float32")
    images = set()
    for threads in (1, 2, 3):
        rv.set_num_threads(threads)
        value, gradient = risk.value_and_gradient()
        images.add((value, risk.value(), gradient.tobytes()))
    assert len(images) == 1


@pytest.mark.parametrize("name", NAMES)
def test_fit_descends(name: str) -> None:
    """By the same steps as the plain loop, to the bit."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 3))
    y = draw_targets(name, 60, 4, rng)
    net, twin = rv.MLP([3, 8, 4], seed=3), rv.MLP([3, 8, 4], seed=3)
    risk = rv.EmpiricalRisk(twin, X, y, loss=LOSSES[name], l2=1e-3)
    before = risk.value()
    rv.fit(net, X, y, loss=LOSSES[name], epochs=5, batch_size=16, seed=0, l2=1e-3, validation_data=(X, y))
    optimizer = rv.optim.Adam()
    for epoch in range(5):
        for rows in rv.minibatches(60, 16, seed=0, epoch=epoch):
            _, gradient = risk.subset(rows).value_and_gradient()
            optimizer.step(twin.theta, gradient)
    np.testing.assert_array_equal(net.theta, twin.theta)
    assert risk.value() < before


def test_only_hinge_and_l1_have_kinks() -> None:
    assert [name for name in NAMES if not make_pair(name)[0].smooth] == ["hinge"]
    assert not make_pair("huber", l1=[0.0, 0.1])[0].smooth
    assert make_pair("huber", l1=0.0, l2=1.0)[0].smooth


def test_soft_labels_are_as_many_weighted_rows() -> None:
    rng = np.random.default_rng(8)
    soft = rng.dirichlet(np.ones(4), size=6)
    X, net = rng.normal(size=(6, 5)), rv.MLP([5, 7, 4], seed=1)
    one = rv.EmpiricalRisk(net, X, soft, loss="cross_entropy").value_and_gradient()
    labels, w = np.tile(np.arange(4), 6), soft.reshape(-1)
    many = rv.EmpiricalRisk(net, np.repeat(X, 4, axis=0), labels, loss="cross_entropy", sample_weight=w)
    np.testing.assert_allclose(one[0], many.value(), rtol=1e-14)
    np.testing.assert_allclose(one[1], many.gradient(), atol=1e-15)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_fit_passes_every_option_of_the_risk_on(reduction: str) -> None:
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(40, 3)), rng.dirichlet(np.ones(4), size=40)
    y[::7] = np.nan
    net, twin = rv.MLP([3, 6, 4], seed=3), rv.MLP([3, 6, 4], seed=3)
    options = {
        "loss": "cross_entropy",
        "l1": [1e-3, 2e-3],
        "l2": 0.1,
        "prior": rv.MLP([3, 6, 4], seed=9),
        "sample_weight": rng.random(40),
        "class_weight": {0: 2.0},
        "missing": "mask",
        "reduction": reduction,
    }
    history = rv.fit(net, X, y, epochs=2, batch_size=16, validation_data=(X, y), **options)
    assert np.isfinite(history["validation_loss"]).all()
    assert np.isfinite(history["validation_metric_error"]).all()
    risk, optimizer = rv.EmpiricalRisk(twin, X, y, **options), rv.optim.Adam()
    for epoch in range(2):
        for rows in rv.minibatches(40, 16, epoch=epoch):
            optimizer.step(twin.theta, risk.subset(rows).gradient())
    np.testing.assert_array_equal(net.theta, twin.theta)
    assert (risk.l1, risk.l2, risk.reduction) == ((1e-3, 2e-3), (0.1, 0.1), reduction)
    assert risk.prior is not None


@pytest.mark.parametrize("changes", [{"l1": 1e-3}, {"prior": "other"}, {"loss": rv.losses.Huber(0.5)}])
def test_a_run_is_not_resumed_with_another_risk(changes: dict[str, Any], tmp_path: Path) -> None:
    X, y = np.ones((8, 2)), np.ones(8)
    options: dict[str, Any] = {"loss": "huber", "l2": 0.1, "prior": np.zeros(3), "epochs": 1}
    path = tmp_path / "run.npz"
    rv.fit(rv.MLP([2, 1]), X, y, checkpoint=path, **options)
    if "prior" in changes:
        changes = {"prior": np.ones(3)}
    with pytest.raises(ValueError, match=next(iter(changes))):
        rv.fit(rv.MLP([2, 1]), X, y, checkpoint=path, resume=True, **{**options, **changes})
