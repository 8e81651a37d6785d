"""Fitted estimators as networks, scikit-learn's own and ours."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import ravine as rv

pytest.importorskip("sklearn")
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
VALUES = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)


def fitted(estimator: Any, y: Any, inputs: Any = X) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(inputs, y)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("y", [VALUES, VALUES[:, 0]])
def test_regressors(activation: str, y: Any) -> None:
    estimator = fitted(
        MLPRegressor(hidden_layer_sizes=[5, 4], activation=activation, max_iter=20, random_state=0), y
    )
    net = rv.from_sklearn(estimator)
    assert net.activations == (activation, activation, "identity")
    np.testing.assert_allclose(net.predict(X).reshape(y.shape), estimator.predict(X), rtol=1e-12)


def test_a_regressor_of_counts_gives_the_logarithm_of_the_rate() -> None:
    estimator = rv.sklearn.MLPRegressor(loss="poisson", hidden_layer_sizes=[4], random_state=0, max_iter=20)
    fitted(estimator, LABELS)
    rate = np.exp(rv.from_sklearn(estimator).predict(X)[:, 0])
    np.testing.assert_allclose(rate, estimator.predict(X), rtol=1e-9)


@pytest.mark.parametrize("y", [LABELS, LABELS > 0])
def test_classifiers(y: Any) -> None:
    estimator = fitted(MLPClassifier(hidden_layer_sizes=[6], max_iter=20, random_state=0), y)
    shares = rv.from_sklearn(estimator).predict_proba(X)
    wanted = estimator.predict_proba(X)
    np.testing.assert_allclose(
        shares if shares.shape[1] > 1 else np.hstack([1 - shares, shares]), wanted, rtol=1e-10
    )


def test_the_dtype_is_that_of_the_weights() -> None:
    estimator = fitted(
        MLPRegressor(hidden_layer_sizes=[4], max_iter=5, random_state=0),
        VALUES.astype("float32"),
        X.astype("float32"),
    )
    assert rv.from_sklearn(estimator).dtype == np.float32


def test_estimators_of_ravine() -> None:
    """Their standardising is folded into the weights."""
    estimator = rv.sklearn.MLPRegressor(hidden_layer_sizes=[4], random_state=0, max_iter=20)
    fitted(estimator, VALUES, 100 + 5 * X)
    net = rv.from_sklearn(estimator)
    np.testing.assert_allclose(
        net.predict(100 + 5 * X), estimator.predict(100 + 5 * X), rtol=1e-9, atol=1e-10
    )


@pytest.mark.parametrize("thing", [MLPRegressor(), None, np.zeros(3)])
def test_what_is_not_fitted_or_no_such_estimator(thing: Any) -> None:
    with pytest.raises(TypeError, match="estimator must be a fitted MLPRegressor or MLPClassifier, got"):
        rv.from_sklearn(thing)
