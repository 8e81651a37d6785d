"""In pipelines, searches and other processes; programs written for scikit-learn run with another import."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ravine as rv
from ravine.sklearn import MLPClassifier, MLPRegressor
from support.sklearn_data import two_targets


class ThreadReporter(MLPRegressor):
    """Tells how many threads its process may use."""

    def fit(self, X: Any, y: Any, **rest: Any) -> Any:
        super().fit(X, y, **rest)
        self.threads_ = rv.get_num_threads()
        return self


def threads_of(estimator: Any, X: Any, y: Any) -> float:  # noqa: ARG001  a scorer is told of data
    return float(estimator.threads_)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_a_search_over_several_jobs_finds_what_one_job_finds(backend: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(
        ThreadReporter(hidden_layer_sizes=(3,), activation="tanh", random_state=0),
        {"alpha": [1.0, 100.0], "solver": ["lbfgs", "newton"], "tol": [1e-3]},
        scoring={"r2": get_scorer("r2"), "threads": threads_of},
        refit="r2",
        cv=3,
    )
    alone = clone(search).set_params(n_jobs=1).fit(X, y)
    with parallel_config(backend=backend):
        together = clone(search).set_params(n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(
        alone.cv_results_["mean_test_r2"], together.cv_results_["mean_test_r2"]
    )  # to the bit
    assert together.best_params_ == alone.best_params_
    if backend == "loky":  # its processes share the cores among them; a forked one keeps to one thread
        cores = max((os.cpu_count() or 1) // 2, 1)
        assert together.cv_results_["mean_test_threads"].max() <= cores


def test_a_fitted_estimator_goes_through_pickle_into_another_process(tmp_path: Any) -> None:
    X, y = load_iris(return_X_y=True)
    for model in (
        MLPClassifier((4,), "tanh", random_state=0).fit(X, y),
        MLPClassifier((4,), solver="adam", random_state=0, max_iter=400, tol=0.01).fit(X, y),
        MLPRegressor(hidden_layer_sizes=(4,), random_state=0, tol=0.1, solver="lbfgs").fit(X, y),
    ):
        state = pickle.dumps(model)
        assert len(state) < 60_000  # the training data do not come along
        assert getattr(model.result_, "hess", None) is None
        (tmp_path / "model.pickle").write_bytes(state)
        np.save(tmp_path / "X.npy", X)
        program = (
            "import pickle, sys, numpy as np; X = np.load('X.npy'); "
            "np.save('out.npy', pickle.load(open('model.pickle', 'rb')).predict(X))"
        )
        subprocess.run([sys.executable, "-W", "error", "-c", program], cwd=tmp_path, check=True)
        np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), model.predict(X))
        again = pickle.loads(state)
        assert str(again.stop_reason_) == str(model.stop_reason_)
        assert again.n_iter_ == model.n_iter_


def test_a_pickled_estimator_learns_on() -> None:
    X, y = load_digits(return_X_y=True)
    first = MLPClassifier((8,), solver="adam", random_state=np.random.RandomState(1))
    first.partial_fit(X[:500], y[:500], classes=np.arange(10))
    second = pickle.loads(pickle.dumps(first))
    for model in (first, second):
        model.partial_fit(X[500:], y[500:])
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_a_clone_is_as_new_and_gives_the_same() -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier((4,), "tanh", random_state=0, alpha=1.0).fit(X, y)
    twin = clone(model)
    assert not hasattr(twin, "coefs_")
    assert twin.get_params() == model.get_params()
    np.testing.assert_array_equal(twin.fit(X, y).predict_proba(X), model.predict_proba(X))


def test_in_a_pipeline_with_frames_names_are_known() -> None:
    pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True, as_frame=True)
    scaler = StandardScaler().set_output(transform="pandas")
    model = make_pipeline(scaler, MLPClassifier((4,), "tanh", random_state=0, alpha=1.0)).fit(X, y)
    assert list(model[-1].feature_names_in_) == list(X.columns)
    assert model.score(X, y) > 0.9
    with pytest.raises(ValueError, match="feature names"):
        model[-1].predict(scaler.transform(X).iloc[:, ::-1])


def test_several_targets_and_several_labels() -> None:
    X, y = two_targets()
    together = MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", alpha=0.1, random_state=0).fit(X, y)
    assert together.predict(X).shape == y.shape
    assert together.score(X, y) > 0.9  # both targets, though their units differ by 100
    apart = MultiOutputRegressor(MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", alpha=0.1))
    assert apart.set_params(estimator__random_state=0).fit(X, y).score(X, y) > 0.9
    X, y = make_multilabel_classification(200, random_state=0)
    model = MLPClassifier((5,), "tanh", random_state=0, alpha=2.0).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert ((model.predict_proba(X) > 0.5) == model.predict(X)).all()
    assert (model.predict(X) == y).mean() > 0.85


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("options", [{}, {"solver": "adam"}, {"solver": "sgd", "learning_rate_init": 0.1}])
def test_a_program_for_digits_is_as_good_with_another_import(options: dict[str, Any]) -> None:
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16.0, y, test_size=0.3, random_state=0)
    scores = {}
    for kind in (MLPClassifier, TheirClassifier):
        model = kind(hidden_layer_sizes=(40,), max_iter=30, alpha=1e-4, random_state=1, **options)
        scores[kind] = model.fit(X_train, y_train).score(X_test, y_test)
    assert scores[MLPClassifier] > scores[TheirClassifier] - 0.01
    assert scores[MLPClassifier] > (0.88 if options else 0.95)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", [None, "adam"])
def test_a_program_for_diabetes_is_better_with_another_import(solver: str | None) -> None:
    X, y = load_diabetes(return_X_y=True)
    options: dict[str, Any] = {"random_state": 1, **({"solver": solver} if solver else {})}
    ours = cross_val_score(MLPRegressor(**options), X, y, cv=4).mean()
    theirs = cross_val_score(TheirRegressor(**options), X, y, cv=4).mean()
    assert ours > theirs - 0.01
    assert ours > 0.2
