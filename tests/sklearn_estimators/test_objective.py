"""The same function as scikit-learn's is minimised, from the same start; coefs_ speak of raw numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ravine as rv
from ravine.sklearn import MLPClassifier, MLPRegressor
from support.sklearn_data import counts, two_targets

# Where a run ends is not what most of these look at.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PAIRS = [(MLPClassifier, TheirClassifier), (MLPRegressor, TheirRegressor)]
HIDDEN = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "logistic": expit, "identity": lambda z: z}
LINKS: dict[str, Any] = {
    "softmax": lambda z: softmax(z, axis=1),
    "logistic": expit,
    "identity": lambda z: z,
    "exp": np.exp,
}


def plain_forward(model: Any, X: np.ndarray) -> np.ndarray:
    """What scikit-learn's documentation says a network does, from the attributes alone."""
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        X = HIDDEN[model.activation](X @ W + b)
    return LINKS[model.out_activation_](X @ model.coefs_[-1] + model.intercepts_[-1])


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("activation", sorted(HIDDEN))
def test_a_plain_forward_pass_with_the_coefficients_gives_the_predictions(
    activation: str, standardize: bool
) -> None:
    options: dict[str, Any] = {"activation": activation, "standardize": standardize, "random_state": 0}
    options |= {"hidden_layer_sizes": (7, 4), "solver": "lbfgs", "tol": 0.5}
    X, y = load_diabetes(return_X_y=True, scaled=False)
    model = MLPRegressor(**options).fit(X, y)
    np.testing.assert_allclose(plain_forward(model, X)[:, 0], model.predict(X), rtol=1e-9)
    pair = MLPRegressor(**options).fit(*two_targets())
    X, y = two_targets()
    np.testing.assert_allclose(plain_forward(pair, X), pair.predict(X), rtol=1e-9, atol=1e-9)
    X, y = load_iris(return_X_y=True)
    classes = MLPClassifier(**options).fit(X, y)
    np.testing.assert_allclose(plain_forward(classes, X), classes.predict_proba(X), rtol=1e-9, atol=1e-12)
    two = MLPClassifier(**options).fit(X, y == 2)
    np.testing.assert_allclose(plain_forward(two, X)[:, 0], two.predict_proba(X)[:, 1], rtol=1e-9, atol=1e-12)


def test_poisson_predicts_counts() -> None:
    X, y = counts()
    model = MLPRegressor("poisson", (5,), "tanh", random_state=0, alpha=1.0, tol=1e-4).fit(X, y)
    assert model.out_activation_ == "exp"
    assert (model.predict(X) > 0).all()
    assert model.score(X, y) > 0.5
    np.testing.assert_allclose(plain_forward(model, X)[:, 0], model.predict(X), rtol=1e-9)
    # The score equations of a bias under a log link: what is predicted is on average what there is.
    assert model.predict(X).mean() == pytest.approx(y.mean(), rel=1e-6)
    with pytest.raises(ValueError, match="y must not be negative"):
        MLPRegressor("poisson").fit(X, y - 100)


@pytest.mark.parametrize("activation", ["relu", "logistic"])
@pytest.mark.parametrize("theirs", [TheirRegressor, TheirClassifier])
def test_the_start_is_theirs_draw_for_draw(theirs: Any, activation: str) -> None:
    """A step of length zero, nearly, shows the start."""
    ours = MLPRegressor if theirs is TheirRegressor else MLPClassifier
    X, y = load_iris(return_X_y=True)
    options: dict[str, Any] = {"hidden_layer_sizes": (6, 5), "activation": activation, "random_state": 3}
    options |= {"solver": "sgd", "learning_rate_init": 1e-300}
    mine = ours(**options, standardize=False).partial_fit(X, y, **_classes(ours))
    other = theirs(**options).partial_fit(X, y, **_classes(ours))
    for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "how",
    [
        {"solver": "sgd", "momentum": 0.0},
        {"solver": "sgd", "nesterovs_momentum": False},
        {"solver": "sgd", "learning_rate": "invscaling"},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 1.0, "n_iter_no_change": 2},
        {"solver": "adam", "beta_1": 0.8, "beta_2": 0.99},
    ],
    ids=lambda how: "-".join(map(str, how.values())),
)
@pytest.mark.parametrize(
    ("ours", "theirs"), [(MLPClassifier, TheirClassifier), (MLPRegressor, TheirRegressor)]
)
def test_rows_in_their_own_order_make_the_steps_of_scikit_learn(
    ours: Any, theirs: Any, how: dict[str, Any]
) -> None:
    """Without penalty, which scikit-learn divides by the batch, and with ε too small to be seen."""
    X, y = load_iris(return_X_y=True)
    options: dict[str, Any] = {"shuffle": False, "batch_size": 40, "alpha": 0.0, "random_state": 0}
    options |= {"hidden_layer_sizes": (6, 5), "activation": "tanh", "max_iter": 12, "epsilon": 1e-16}
    options |= {"learning_rate_init": 0.02, **how}
    mine, other = ours(**options, standardize=False).fit(X, y), theirs(**options).fit(X, y)
    for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=1e-9)
    assert mine.n_iter_ == other.n_iter_


def _classes(kind: Any) -> dict[str, Any]:
    return {"classes": [0, 1, 2]} if kind is MLPClassifier else {}


@pytest.mark.parametrize("weighted", [False, True])
def test_without_standardisation_the_minimum_is_theirs(weighted: bool) -> None:
    """A model without hidden layer has one minimum: alpha weighs there what it weighs in scikit-learn."""
    X, y = load_diabetes(return_X_y=True)
    X, y = 20 * X, y / 50
    weights = np.random.default_rng(0).integers(0, 4, len(y)).astype(float) if weighted else None
    options: dict[str, Any] = {"hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 30.0, "random_state": 0}
    options |= {"tol": 1e-10, "max_iter": 5000}
    ours = MLPRegressor(**options, standardize=False).fit(X, y, weights)
    theirs = TheirRegressor(**options).fit(X, y, weights)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-4, atol=2e-4)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-8)
    X, y = load_digits(return_X_y=True)
    ours = MLPClassifier(**options, standardize=False).fit(X[:300] / 16, y[:300])
    theirs = TheirClassifier(**options).fit(X[:300] / 16, y[:300])
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    np.testing.assert_allclose(ours.predict_proba(X / 16), theirs.predict_proba(X / 16), atol=1e-3)


def test_with_standardisation_the_minimum_is_that_of_their_pipeline() -> None:
    """What alpha weighs are the weights on standardised inputs and targets."""
    X, y = load_diabetes(return_X_y=True, scaled=False)
    options: dict[str, Any] = {"hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 100.0, "random_state": 0}
    options |= {"tol": 1e-10, "max_iter": 5000}
    ours = MLPRegressor(**options).fit(X, y)
    theirs = make_pipeline(StandardScaler(), TheirRegressor(**options)).fit(X, (y - y.mean()) / y.std())
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X) * y.std() + y.mean(), rtol=1e-4)
    assert ours.loss_ == pytest.approx(theirs[-1].loss_, rel=1e-8)


def test_multilabel_loss_is_theirs() -> None:
    X, y = make_multilabel_classification(80, random_state=0)
    options: dict[str, Any] = {"hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 5.0, "random_state": 0}
    options |= {"tol": 1e-9, "max_iter": 5000}
    ours = MLPClassifier(**options, standardize=False).fit(X, y)
    theirs = TheirClassifier(**options).fit(X, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-7)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.out_activation_ == theirs.out_activation_ == "logistic"


def test_the_loss_is_that_of_the_risk_with_alpha_over_the_sum_of_weights() -> None:
    X, y = two_targets()
    weights = np.linspace(0, 3, len(X))
    model = MLPRegressor(
        hidden_layer_sizes=(4,), activation="tanh", alpha=2.0, solver="lbfgs", random_state=0
    )
    model.set_params(standardize=False).fit(X, y, weights)
    half_squares = 0.5 * ((plain_forward(model, X) - y) ** 2).sum(axis=1)
    squares = sum((W**2).sum() for W in model.coefs_)
    expected = (weights @ half_squares + 0.5 * 2.0 * squares) / weights.sum()
    assert model.loss_ == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_float32_stays_float32(solver: str) -> None:
    X, y = load_iris(return_X_y=True)
    narrow = MLPClassifier((5,), solver=solver, random_state=0, batch_size=50).fit(X.astype(np.float32), y)
    wide = MLPClassifier((5,), solver=solver, random_state=0, batch_size=50).fit(X, y)
    assert {W.dtype.name for W in narrow.coefs_ + narrow.intercepts_} == {"float32"}
    assert narrow.predict_proba(X.astype(np.float32)).dtype == np.float32
    assert wide.predict_proba(X).dtype == np.float64
    np.testing.assert_allclose(narrow.predict_proba(X), wide.predict_proba(X), atol=2e-3)
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(hidden_layer_sizes=(5,), solver=solver, random_state=0, tol=0.1)
    assert model.fit(X.astype(np.float32), y.astype(np.float32)).predict(X).dtype == np.float32


def test_every_result_has_a_typed_reason() -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier((4,), "tanh", solver="newton-cg", random_state=0, alpha=1.0, tol=1e-3).fit(X, y)
    assert model.stop_reason_ is rv.StopReason.GRADIENT_SMALL
    assert isinstance(model.result_, rv.MinimizeResult)
    assert model.n_iter_ == model.result_.nit == len(model.loss_curve_)
    assert model.loss_ == model.result_.fun == pytest.approx(model.best_loss_, rel=1e-12)
