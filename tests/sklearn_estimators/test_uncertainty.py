"""Error bars of the estimators are those of the Laplace approximation, and cover what they say."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import BayesianRidge

import ravine as rv
from ravine.sklearn import MLPClassifier, MLPRegressor
from support.sklearn_data import counts, two_targets

LAPLACE: dict[str, Any] = {"activation": "tanh", "random_state": 0, "uncertainty": "laplace"}


def test_a_linear_model_has_the_error_bars_of_bayesian_ridge() -> None:
    """Given its precisions, the posterior of a linear model is Gaussian, and known."""
    X, y = load_diabetes(return_X_y=True)
    X, y = (X - X.mean(0)) / X.std(0), (y - y.mean()) / y.std()
    ridge = BayesianRidge(tol=1e-8).fit(X, y)
    # Penalty and noise in scikit-learn's units: λ/α is the strength beside the sum of squares.
    model = MLPRegressor(hidden_layer_sizes=(), alpha=ridge.lambda_ / ridge.alpha_, **LAPLACE).fit(X, y)
    mean, std = model.predict(X, return_std=True)
    their_mean, their_std = ridge.predict(X, return_std=True)
    np.testing.assert_allclose(mean, their_mean, atol=1e-6)
    noise = model.posterior_.noise_std[0] ** 2
    # In units of the noise, of which each has an estimate of its own. A bias is ours alone: N observations
    # and a prior as strong as one more.
    more = len(X) + 1
    np.testing.assert_allclose(
        std**2 / noise - 1 - 1 / more, their_std**2 * ridge.alpha_ - 1, rtol=1e-5, atol=1e-8
    )
    assert noise * ridge.alpha_ == pytest.approx(1, abs=0.005)
    assert model.effective_parameters_ == pytest.approx(
        len(X) / more + (1 - ridge.lambda_ * np.diag(ridge.sigma_)).sum(), rel=1e-6
    )


def test_nine_in_ten_observations_lie_where_they_should() -> None:
    X, y = load_diabetes(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:300], rows[300:]
    model = MLPRegressor(hidden_layer_sizes=(4,), alpha=20.0, **LAPLACE).fit(X[train], y[train])
    mean, std = model.predict(X[test], return_std=True)
    inside = np.abs(y[test] - mean) < 1.645 * std
    assert 0.8 < inside.mean() < 0.98
    assert model.posterior_.at_minimum
    assert 1 < model.effective_parameters_ < model.posterior_.theta.size


def test_deviations_have_the_units_and_shape_of_the_predictions() -> None:
    X, y = two_targets()
    model = MLPRegressor(hidden_layer_sizes=(3,), alpha=1.0, **LAPLACE).fit(X, y)
    scaled = MLPRegressor(hidden_layer_sizes=(3,), alpha=1.0, **LAPLACE).fit(X, y * [1.0, 1000.0])
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == y.shape
    np.testing.assert_allclose(scaled.predict(X, return_std=True)[1], std * [1.0, 1000.0], rtol=1e-6)
    narrow = MLPRegressor(hidden_layer_sizes=(3,), alpha=1.0, **LAPLACE).fit(
        X.astype(np.float32), y.astype(np.float32)
    )
    assert {each.dtype.name for each in narrow.predict(X, return_std=True)} == {"float32"}


def test_counts_vary_by_their_root_at_least() -> None:
    X, y = counts()
    model = MLPRegressor("poisson", (3,), alpha=1.0, **LAPLACE).fit(X, y)
    mean, std = model.predict(X, return_std=True)
    assert (std > np.sqrt(mean)).all()
    assert 0.85 < (np.abs(y - mean) < 1.645 * std).mean() < 0.95


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_the_posterior(classes: int) -> None:
    X, y = load_iris(return_X_y=True)
    X, y = X[y < classes], y[y < classes]
    model = MLPClassifier((3,), alpha=0.1, **LAPLACE).fit(X, y)
    certain = MLPClassifier((3,), activation="tanh", random_state=0, alpha=0.1, solver="newton").fit(X, y)
    far = X[:50] + np.array([0.0, 10.0, -10.0, 10.0])
    p, q = model.predict_proba(far), certain.predict_proba(far)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert p.max(axis=1).mean() < q.max(axis=1).mean() - 0.05
    assert (model.classes_[p.argmax(axis=1)] == model.predict(far)).all()
    direct = rv.LaplacePosterior.predict_proba(model.posterior_, far)
    np.testing.assert_array_equal(p[:, -1], direct[:, -1])
    assert model.score(X, y) > 0.95


def test_several_labels_have_averaged_probabilities() -> None:
    X, y = make_multilabel_classification(100, random_state=0)
    model = MLPClassifier((3,), alpha=5.0, **LAPLACE).fit(X, y)
    assert model.predict_proba(X).shape == y.shape
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) > 0.5)


def test_error_bars_go_through_pickle() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(hidden_layer_sizes=(3,), alpha=20.0, **LAPLACE).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    for a, b in zip(again.predict(X, True), model.predict(X, True), strict=True):
        np.testing.assert_array_equal(a, b)


def test_error_bars_away_from_a_minimum_are_warned_of() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(ConvergenceWarning) as heard:
        MLPRegressor(hidden_layer_sizes=(3,), alpha=1.0, **LAPLACE, max_iter=2).fit(X, y)
    assert any("Not at a minimum" in str(each.message) for each in heard)


def test_error_bars_must_have_been_asked_for() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(hidden_layer_sizes=(3,), activation="tanh", alpha=20.0, random_state=0).fit(X, y)
    assert model.posterior_ is None
    assert model.effective_parameters_ is None
    with pytest.raises(ValueError, match="needs an estimator that was fitted with uncertainty"):
        model.predict(X, return_std=True)
    with pytest.raises(ValueError, match="use fit, not partial_fit"):
        MLPRegressor(uncertainty="laplace").partial_fit(X, y)
    with pytest.raises(ValueError, match="uncertainty must be one of None, laplace, got 'bootstrap'"):
        MLPRegressor(uncertainty="bootstrap").fit(X, y)
    with pytest.raises(ValueError, match="noise_variance"):
        MLPRegressor("huber", (3,), alpha=20.0, **LAPLACE).fit(X, y)


def test_auto_goes_to_the_minimum_for_error_bars() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(hidden_layer_sizes=(40,), alpha=60.0, **LAPLACE).fit(X, y)  # more weights than rows
    assert model.solver_ == "newton"
    assert model.posterior_.at_minimum


def test_evidence_finds_the_penalty_of_bayesian_ridge() -> None:
    X, y = load_diabetes(return_X_y=True)
    X, y = (X - X.mean(0)) / X.std(0), (y - y.mean()) / y.std()
    ridge = BayesianRidge(tol=1e-8).fit(X, y)
    model = MLPRegressor(hidden_layer_sizes=(), alpha="evidence", random_state=0).fit(X, y)
    # The evidence is flat at its top: the search ends within a few per cent.
    assert model.alpha_ == pytest.approx(ridge.lambda_ / ridge.alpha_, rel=0.1)
    np.testing.assert_allclose(model.predict(X), ridge.predict(X), atol=5e-3)
    assert model.stop_reason_.name == "STANDS"
    assert model.result_[0].l2 == pytest.approx((0.01,))
    assert model.n_iter_ == len(model.result_) == len(model.loss_curve_)
    assert model.posterior_ is None  # it was not asked for
    assert 1 < model.effective_parameters_ < 12
    fixed = MLPRegressor(hidden_layer_sizes=(), alpha=model.alpha_, solver="newton", random_state=0).fit(X, y)
    assert model.loss_ == pytest.approx(fixed.loss_, rel=1e-9)
    assert fixed.alpha_ == pytest.approx(model.alpha_, rel=1e-12)


def test_evidence_keeps_a_network_from_the_noise() -> None:
    X, y = load_diabetes(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:300], rows[300:]
    options: dict[str, Any] = {"hidden_layer_sizes": (4,), "activation": "tanh", "random_state": 0}
    chosen = MLPRegressor(alpha="evidence", uncertainty="laplace", **options).fit(X[train], y[train])
    free = MLPRegressor(**options).fit(X[train], y[train])
    assert chosen.score(X[test], y[test]) > free.score(X[test], y[test]) + 0.05
    mean, std = chosen.predict(X[test], return_std=True)
    assert 0.8 < (np.abs(y[test] - mean) < 1.645 * std).mean() < 0.98


def test_evidence_needs_a_minimum() -> None:
    X, y = load_diabetes(return_X_y=True)
    for options in ({"solver": "adam"}, {"early_stopping": True}):
        with pytest.raises(ValueError, match="alpha='evidence' needs the minimum"):
            MLPRegressor(alpha="evidence", **options).fit(X, y)
    with pytest.raises(ValueError, match="use fit, not partial_fit"):
        MLPRegressor(alpha="evidence").partial_fit(X, y)
    with pytest.warns(ConvergenceWarning, match="minimiser did not come near enough"):
        poor = MLPRegressor(
            hidden_layer_sizes=(3,), alpha="evidence", activation="tanh", max_iter=2, random_state=0
        ).fit(X, y)
    assert poor.stop_reason_.name == "NO_MINIMUM"
