"""How an estimator is trained: weights, validation, going on, interruption, and what it says at the end."""

from __future__ import annotations

import re
import signal
import threading
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning

import ravine as rv
from ravine.sklearn import MLPClassifier, MLPRegressor
from ravine.sklearn.watch import Curves, Watch

StopReason = rv.StopReason


def same(a: Any, b: Any) -> None:
    for x, y in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "rprop", "adam"])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_a_weight_is_as_good_as_repetition(solver: str, class_weight: Any) -> None:
    X, y = load_iris(return_X_y=True)
    weights = np.random.default_rng(1).integers(0, 4, len(y))
    options: dict[str, Any] = {"solver": solver, "random_state": 0, "alpha": 1.0}
    options |= {"tol": 0.03, "learning_rate_init": 0.01, "max_iter": 400, "class_weight": class_weight}
    options |= {"hidden_layer_sizes": (4,), "activation": "tanh"}
    weighted = MLPClassifier(**options, batch_size=len(X)).fit(X, y, weights)
    repeated = MLPClassifier(**options, batch_size=int(weights.sum()))
    repeated.fit(X.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-6, atol=1e-9)
    assert weighted.loss_ == pytest.approx(repeated.loss_, rel=1e-8)


def test_class_weights_multiply_the_weights_of_rows() -> None:
    X, y = load_iris(return_X_y=True)
    labels = np.array(["a", "b", "c"])[y]
    options: dict[str, Any] = {"activation": "tanh", "alpha": 1.0, "random_state": 0}
    by_class = MLPClassifier((3,), **options, class_weight={"a": 1.0, "b": 2.0, "c": 0.5}).fit(X, labels)
    by_row = MLPClassifier((3,), **options).fit(X, labels, np.array([1.0, 2.0, 0.5])[y])
    same(by_class, by_row)
    with pytest.raises(ValueError, match="class_weight"):
        MLPClassifier(class_weight="unbalanced").fit(X, y)


def test_sparse_inputs_are_made_dense() -> None:
    X, y = load_digits(return_X_y=True)
    X, y = X[:200], y[:200]
    dense = MLPClassifier((5,), random_state=0, alpha=10.0, tol=0.01).fit(X, y)
    scarce = MLPClassifier((5,), random_state=0, alpha=10.0, tol=0.01).fit(sparse.csr_matrix(X), y)
    same(dense, scarce)
    np.testing.assert_array_equal(dense.predict(X), scarce.predict(sparse.csc_matrix(X)))


def test_a_sparse_matrix_that_does_not_fit_is_refused_with_its_size() -> None:
    X = sparse.csr_matrix((10**6, 10**8))
    with pytest.raises(MemoryError, match=r"the sparse matrix .*needs 8e\+05 GB"):
        MLPRegressor().fit(X, np.arange(10.0**6))


@pytest.mark.parametrize("solver", ["adam", "bfgs", "newton"])
def test_early_stopping_keeps_the_best_of_the_held_out_rows(solver: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(
        hidden_layer_sizes=(30,), activation="tanh", solver=solver, random_state=0, early_stopping=True,
        learning_rate_init=0.02, max_iter=2000, validation_fraction=0.3,
    ).fit(X, y)  # fmt: skip
    assert model.stop_reason_ is StopReason.EARLY_STOPPING
    assert model.stop_message_.startswith("Validation score did not improve more than tol=0.0001 for 10 con")
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_loss_ is None
    # The rows that are held out are those of scikit-learn: drawn after the start, from the same stream.
    from sklearn.model_selection import train_test_split

    random = np.random.RandomState(0)
    random.uniform(size=10 * 30 + 30 + 30 + 1)
    parts = train_test_split(X, y, random_state=random, test_size=0.3)
    assert model.score(parts[1], parts[3]) == pytest.approx(model.best_validation_score_, rel=1e-12)


def test_lbfgs_takes_no_notice_of_early_stopping_unless_it_is_given_rows() -> None:
    """Programs for scikit-learn ask for both, and get all rows trained on."""
    X, y = load_diabetes(return_X_y=True)
    options: dict[str, Any] = {"hidden_layer_sizes": (5,), "activation": "tanh", "random_state": 0}
    options |= {"solver": "lbfgs", "alpha": 20.0}
    asked = MLPRegressor(**options, early_stopping=True).fit(X, y)
    same(asked, MLPRegressor(**options).fit(X, y))
    assert asked.validation_scores_ is None
    assert asked.best_loss_ == min(asked.loss_curve_)
    given = MLPRegressor(**options, early_stopping=True, n_iter_no_change=1)
    given.set_params(alpha=0.0).fit(X[:300], y[:300], None, X[300:], y[300:])
    assert given.stop_reason_ is StopReason.EARLY_STOPPING
    assert given.score(X[300:], y[300:]) == pytest.approx(given.best_validation_score_, rel=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_given_validation_rows_are_judged_by() -> None:
    X, y = load_iris(return_X_y=True)
    options: dict[str, Any] = {"solver": "adam", "max_iter": 30, "random_state": 0}
    watched = MLPClassifier(**options).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    plain = MLPClassifier(**options).fit(X[::2], y[::2])
    same(watched, plain)  # recorded, and no more
    assert plain.validation_scores_ is None
    assert len(watched.validation_scores_) == 30
    assert watched.validation_scores_[-1] == watched.score(X[1::2], y[1::2])
    stopping = MLPClassifier(**options, early_stopping=True, n_iter_no_change=2)
    stopping.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert stopping.score(X[1::2], y[1::2]) == stopping.best_validation_score_


def test_a_run_ends_after_more_than_n_iter_no_change_epochs_without_gain() -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(solver="adam", tol=10.0, n_iter_no_change=4, random_state=0).fit(X, y)
    # The first epoch is a gain over nothing; then five are none.
    assert model.n_iter_ == 6
    assert model.stop_reason_ is StopReason.EARLY_STOPPING
    assert "Training loss did not improve more than tol=10 for 4" in model.stop_message_
    with pytest.warns(ConvergenceWarning, match="All epochs were done"):
        endless = MLPClassifier(
            solver="adam", tol=10.0, n_iter_no_change=np.inf, max_iter=40, random_state=0
        ).fit(X, y)
    assert endless.n_iter_ == 40
    assert endless.stop_reason_ is StopReason.EPOCHS


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "newton"])
def test_max_iter_that_is_too_small_is_said(solver: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match=rf"solver='{solver}' has not converged.*max_iter=3"):
        model = MLPRegressor(solver=solver, max_iter=3, random_state=0, activation="tanh").fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == 3
    assert model.t_ == 3 * len(X)


def test_separable_classes_without_penalty_have_no_minimum() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="no finite minimum"):
        model = MLPClassifier((), alpha=0.0, solver="lbfgs", tol=0.0, max_iter=20, random_state=0).fit(
            X[:100], y[:100]
        )
    assert model.stop_reason_ is StopReason.NO_FINITE_MINIMUM
    assert model.score(X[:100], y[:100]) == 1.0


def test_learning_rates_follow_scikit_learns_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = load_diabetes(return_X_y=True)
    options: dict[str, Any] = {"solver": "sgd", "random_state": 0, "learning_rate_init": 0.02}
    with pytest.warns(ConvergenceWarning):
        falling = MLPRegressor(**options, learning_rate="invscaling", max_iter=3).fit(X, y)
    rates = [record.rate for record in falling.result_.records]
    expected = [0.02, *(0.02 / np.sqrt(len(X) * k + 1) for k in (1, 2))]
    np.testing.assert_allclose(rates, expected, rtol=1e-14)
    adaptive = MLPRegressor(**options, learning_rate="adaptive", tol=0.05, n_iter_no_change=1, verbose=True)
    adaptive.fit(X, y)
    said = capsys.readouterr().out
    assert "Iteration 1, loss = " in said
    lowered = re.findall(r"Setting learning rate to ([0-9.]+)", said)
    assert lowered[:2] == ["0.004000", "0.000800"]
    assert said.rstrip().endswith("Stopping.")
    assert adaptive.result_.records[-1].rate <= 1e-6 < 5 * adaptive.result_.records[-1].rate


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_goes_on_where_the_last_fit_ended() -> None:
    X, y = load_iris(return_X_y=True)
    options: dict[str, Any] = {"solver": "lbfgs", "random_state": 0, "alpha": 1.0, "activation": "tanh"}
    model = MLPClassifier((5,), **options, warm_start=True, max_iter=5).fit(X, y)
    first = model.loss_
    model.set_params(solver="newton", max_iter=50).fit(X, y)
    assert model.loss_curve_[5] < first
    assert len(model.loss_curve_) == 5 + model.n_iter_
    cold = MLPClassifier((5,), **options, max_iter=5).fit(X, y).fit(X, y)
    assert cold.loss_ == first
    with pytest.raises(ValueError, match="warm_start can only be used where `y` has the same classes"):
        model.fit(X[:100], y[:100])
    with pytest.raises(ValueError, match="those of the last fit"):
        model.set_params(hidden_layer_sizes=(6,)).fit(X, y)
    narrow = MLPClassifier((5,), solver="adam", max_iter=5, warm_start=True).fit(X.astype(np.float32), y)
    assert narrow.set_params(solver="newton", max_iter=50).fit(X, y).score(X, y) > 0.9


def test_partial_fit_is_an_epoch_a_call() -> None:
    """With rows in their own order it makes the steps of one fit, the rule's state being kept."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:300], y[:300]
    options: dict[str, Any] = {"solver": "adam", "random_state": 0, "shuffle": False, "batch_size": 60}
    piecewise = MLPClassifier((10,), **options)
    for _ in range(4):
        piecewise.partial_fit(X, y, classes=np.arange(10))
    with pytest.warns(ConvergenceWarning):
        whole = MLPClassifier((10,), **options, max_iter=4).fit(X, y)
    same(piecewise, whole)
    assert piecewise.n_iter_ == 1
    assert piecewise.t_ == whole.t_ == 1200
    assert piecewise.loss_curve_ == whole.loss_curve_


class Interrupt:
    """Ctrl-C in the middle of a run, through the verbose print."""

    def __init__(self, after: int) -> None:
        self.left = after

    def write(self, text: str) -> int:
        self.left -= text.startswith("Iteration")
        if self.left == 0:
            raise KeyboardInterrupt
        return len(text)

    def flush(self) -> None: ...


@pytest.mark.parametrize("solver", ["adam", "lbfgs", "newton"])
def test_an_interrupted_fit_keeps_what_was_reached(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = load_diabetes(return_X_y=True)
    monkeypatch.setattr("sys.stdout", Interrupt(after=5))
    model = MLPRegressor(solver=solver, verbose=True, random_state=0, activation="tanh")
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, y)
    monkeypatch.undo()
    assert model.stop_reason_ is StopReason.INTERRUPTED
    assert model.n_iter_ == 5
    assert model.score(X, y) > -1
    assert model.result_ is None
    assert np.isfinite(model.coefs_[0]).all()


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_ctrl_c_inside_the_kernels_ends_a_fit(solver: str) -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(20_000, 30)), random.normal(size=20_000)
    options: dict[str, Any] = {"max_iter": 10**6, "tol": 0.0, "n_iter_no_change": np.inf}
    model = MLPRegressor(hidden_layer_sizes=(50,), solver=solver, random_state=0, **options)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(1.0, signal.raise_signal, [signal.SIGINT])
    timer.start()
    try:
        with pytest.warns(UserWarning, match="Training interrupted by user"):
            model.fit(X, y)
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
    assert model.stop_reason_ is StopReason.INTERRUPTED
    assert np.isfinite(model.predict(X[:5])).all()


def test_one_class_is_always_predicted() -> None:
    X, _ = load_iris(return_X_y=True)
    model = MLPClassifier(random_state=0, tol=0.1).fit(X, np.full(len(X), "only"))
    assert set(model.predict(X)) == {"only"}
    np.testing.assert_array_equal(model.predict_proba(X), np.ones((len(X), 1)))


def test_logarithms_of_probabilities() -> None:
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier((3,), "tanh", random_state=0, alpha=1.0).fit(X, y)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


def test_a_step_that_was_not_taken_says_nothing_about_progress() -> None:
    """Of a minimiser; an epoch of a rule always counts."""
    settings = MLPRegressor(n_iter_no_change=2, early_stopping=True)
    settings._stops_early = True
    for rule, ends in ((None, [False, False, False, False, True]), (rv.optim.Adam(), [False, False, True])):
        losses = [3.0, 3.0, 3.0, 2.0, 1.0] if rule is None else [3.0, 3.0, 3.0]
        watch = Watch(settings, Curves(best_score=1.0), rv.MLP([1, 1]), 10, lambda: 0.5, rule)
        assert [watch(loss) for loss in losses] == ends
