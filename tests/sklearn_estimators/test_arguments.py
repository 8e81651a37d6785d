"""The names and defaults are scikit-learn's; what is wrong is refused with its name, value and rule."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

import ravine as rv
from ravine.sklearn import MLPClassifier, MLPRegressor
from ravine.sklearn.solvers import SOLVERS

PAIRS = [(MLPClassifier, TheirClassifier), (MLPRegressor, TheirRegressor)]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_names_order_and_defaults_are_theirs(ours: Any, theirs: Any) -> None:
    mine = inspect.signature(ours).parameters
    for name, parameter in inspect.signature(theirs).parameters.items():
        assert name in mine
        assert mine[name].kind == parameter.kind, name
        if name != "solver":
            assert mine[name].default == parameter.default, name
    assert mine["solver"].default == "auto"
    positional = [name for name, p in mine.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    their_positional = [
        name for name, p in inspect.signature(theirs).parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    assert positional == their_positional


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_every_fitted_attribute_of_theirs_is_there(ours: Any, theirs: Any, early_stopping: bool) -> None:
    X, y = load_iris(return_X_y=True, as_frame=find_spec("pandas") is not None)  # names come with a frame
    options: dict[str, Any] = {"max_iter": 3, "early_stopping": early_stopping, "random_state": 0}
    mine, other = (kind(solver="adam", **options).fit(X, y) for kind in (ours, theirs))
    for name, value in vars(other).items():
        if name.endswith("_") and not name.startswith("_"):
            assert hasattr(mine, name), name
            assert isinstance(value, type(getattr(mine, name))), name  # np.float64 is a float
            if isinstance(value, (list, tuple)):
                assert np.shape(getattr(mine, name)[0]) == np.shape(value[0]), name
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(mine, name) == getattr(other, name), name
    assert list(getattr(mine, "feature_names_in_", ())) == list(getattr(other, "feature_names_in_", ()))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hidden_layer_sizes", (5, 0), "hidden_layer_sizes must be > 0, got"),
        ("hidden_layer_sizes", 2.5, "hidden_layer_sizes must be an integer"),
        ("activation", "softmax", "activation must be one of identity"),
        ("solver", "lbgfs", "did you mean 'lbfgs'"),
        ("alpha", -1.0, "alpha must be finite and not negative, got -1"),
        ("batch_size", 0, "batch_size must be at least 1, got 0"),
        ("learning_rate", "faster", "learning_rate must be one of constant"),
        ("learning_rate_init", 0.0, "learning_rate_init must be positive"),
        ("max_iter", 0, "max_iter must be at least 1, got 0"),
        ("shuffle", 2, "shuffle must be True or False, got 2"),
        ("tol", -1e-3, "tol must be finite and not negative"),
        ("momentum", 1.5, r"momentum must lie in \[0, 1\], got 1.5"),
        ("validation_fraction", 1.0, r"validation_fraction must lie in \[0, 1\), got 1.0"),
        ("beta_2", 1.0, r"beta_2 must lie in \[0, 1\), got 1.0"),
        ("epsilon", 0.0, "epsilon must be positive"),
        ("n_iter_no_change", 0, "n_iter_no_change must be at least 1"),
        ("max_fun", 0, "max_fun must be at least 1"),
        ("standardize", "yes", "standardize must be True or False"),
        ("solver_options", 3, "solver_options must be a dict"),
        ("verbose", -1, "verbose must be at least 0"),
    ],
)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_bad_argument_is_refused_when_the_estimator_is_fitted(
    kind: Any, name: str, value: Any, message: str
) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises((ValueError, TypeError), match=message):
        kind(**{name: value}).fit(X, y)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(150), "sample_weight must not be all zero"),
        (np.full(150, -1.0), "sample_weight must not be negative, got -1"),
        (np.ones(3), r"sample_weight must have the shape \(150,\), got \(3,\)"),
        (np.full(150, np.nan), "sample_weight contains NaN"),
    ],
)
def test_bad_weights_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLPClassifier().fit(*load_iris(return_X_y=True), weights)


def test_other_refusals_tell_what_to_do() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="X_val and y_val go together"):
        MLPClassifier().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="X_val has 3 features, X has 4"):
        MLPClassifier().fit(X, y, X_val=X[:, :3], y_val=y)
    with pytest.raises(ValueError, match="are too few to judge by: expected at least 2, got 1"):
        MLPRegressor(early_stopping=True).fit(X[:5], y[:5])
    with pytest.raises(TypeError, match="has no option 'dampin'; did you mean 'damping'"):
        MLPRegressor(solver="newton", solver_options={"dampin": 1.0}).fit(X, y)
    with pytest.raises(ValueError, match="must be indicators, 0 or 1"):
        MLPClassifier().fit(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="class_weight needs one label a row"):
        MLPClassifier(class_weight="balanced").fit(X, np.column_stack([y == 1, y == 2]).astype(int))
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping"):
        MLPRegressor(early_stopping=True).partial_fit(X, y)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        MLPClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match=r"classes not in `self.classes_`: \[2\]"):
        MLPClassifier().partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="are not those of the last call"):
        MLPClassifier().partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y, classes=[0, 1, 2, 3])
    with pytest.warns(UserWarning, match="batch_size=1000 is more than the 150 rows there are"):
        MLPRegressor(solver="adam", batch_size=1000, max_iter=1000, tol=0.1).fit(X, y)


def test_partial_fit_is_there_for_rules_alone() -> None:
    assert hasattr(MLPRegressor(), "partial_fit")
    assert hasattr(MLPClassifier(solver="sgd"), "partial_fit")
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    with pytest.raises(AttributeError) as error:
        MLPRegressor(solver="newton").partial_fit  # noqa: B018
    assert "'newton' is none" in str(error.value.__cause__)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_every_solver_lowers_the_loss(solver: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    options: dict[str, Any] = {"learning_rate_init": 1.0 if solver == "adadelta" else 0.01}
    options |= {"tol": 1e-3, "alpha": 20.0, "random_state": 0, "activation": "tanh"}
    if solver == "textbook-newton":  # it goes to whatever point is near
        options["solver_options"] = {"shift": 1.0}
    model = MLPRegressor(hidden_layer_sizes=(4,), solver=solver, **options).fit(X, y)
    assert model.loss_curve_[-1] < 0.95 * model.loss_curve_[0]
    assert model.score(X, y) > 0.3
    assert isinstance(model.stop_reason_, rv.StopReason)
    assert len(model.loss_curve_) == model.n_iter_


def test_names_with_underscores_are_as_good() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(hidden_layer_sizes=2, activation="tanh", alpha=30.0, random_state=0)
    model.set_params(solver="Levenberg_Marquardt", tol=1.0).fit(X, y)
    assert model.solver_ == "levenberg-marquardt"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("rows", "options", "chosen"),
    [
        (300, {"hidden_layer_sizes": (4,), "activation": "tanh"}, "newton"),
        (300, {"hidden_layer_sizes": (4,)}, "lbfgs"),
        (300, {"hidden_layer_sizes": (4,), "activation": "tanh", "batch_size": 10}, "adam"),
        (300, {"hidden_layer_sizes": (100,), "activation": "tanh"}, "adam"),
        (900, {"hidden_layer_sizes": (70,), "activation": "tanh"}, "lbfgs"),
        (20_001, {"hidden_layer_sizes": (4,), "activation": "tanh"}, "adam"),
    ],
)
def test_auto_chooses_by_size_and_smoothness(rows: int, options: dict[str, Any], chosen: str) -> None:
    X = np.random.default_rng(0).normal(size=(rows, 3))
    model = MLPRegressor(**options, max_iter=1, random_state=0).fit(X, X[:, 0])
    assert model.solver == "auto"
    assert model.solver_ == chosen


def test_without_scikit_learn_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['sklearn'] = None; import ravine as rv; rv.sklearn"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last == "ImportError: ravine.sklearn needs scikit-learn: pip install 'ravine[sklearn]'"
