"""What the arguments of rv.minimize may be, and how others are refused."""

from dataclasses import fields

import numpy as np
import pytest

import ravine as rv
from ravine.minimizers.options import METHODS, method_options

FIELDS = {each.name for each in fields(rv.MinimizeResult)}


def bowl(x, scale=1.0):
    return 0.5 * scale * float(x @ x)


def bowl_slope(x, scale=1.0):
    return scale * x


GENERAL = [method for method in METHODS if method != "levenberg-marquardt"]


@pytest.mark.parametrize("method", GENERAL)
def test_every_method_has_the_same_fields(method):
    result = rv.minimize(bowl, [3.0, -4.0], method=method, jac=bowl_slope)
    assert set(result) == FIELDS >= {"x", "fun", "jac", "hess", "success", "status", "message", "nit", "nfev"}
    assert all(result[name] is getattr(result, name) for name in FIELDS)
    assert result.success
    assert result["fun"] == result.fun
    np.testing.assert_allclose(result.x, 0, atol=1e-8)
    assert result.nfev >= 1
    assert len(result.history) >= result.nit
    assert result.message in str(result)
    with pytest.raises(KeyError):
        result["nothing"]


@pytest.mark.parametrize("method", ["newton", "trust-region", "bfgs"])
def test_scipys_forms_of_derivatives_give_one_result(method):
    def both(x, scale):
        return bowl(x, scale), bowl_slope(x, scale)

    plain = rv.minimize(
        bowl, [3.0, -4.0], (2.0,), method, jac=bowl_slope, hess=lambda _, scale: scale * np.eye(2)
    )
    joined = rv.minimize(both, [3.0, -4.0], (2.0,), method, jac=True, hess=lambda _, scale: scale * np.eye(2))
    products = rv.minimize(
        bowl, [3.0, -4.0], (2.0,), method, jac=bowl_slope, hessp=lambda _, v, scale: scale * v
    )
    by_differences = rv.minimize(bowl, [3.0, -4.0], (2.0,), method)
    for result in (joined, products):
        np.testing.assert_array_equal(result.x, plain.x)
    np.testing.assert_allclose(by_differences.x, plain.x, atol=1e-9)
    assert "gradient by finite differences" in by_differences.log
    assert plain.log == ()


def test_scalars_and_lists_are_points():
    result = rv.minimize(lambda x: (x - 3) ** 2, 1.0, method="bfgs", jac=lambda x: 2 * (x - 3))
    np.testing.assert_allclose(result.x, [3.0])
    assert rv.minimize(bowl, [1, 2], method="newton").success


def test_an_objective_brings_its_own_derivatives():
    class Bowl:
        def value(self, x):
            return bowl(x)

        def gradient(self, x):
            return x

        def hessian(self, x):
            return np.eye(x.size)

    result = rv.minimize(Bowl(), [1.0, 2.0, 3.0], method="newton")
    assert result.nit == 1
    assert result.nhev >= 1
    with pytest.raises(TypeError, match="brings its own"):
        rv.minimize(Bowl(), [1.0], jac=bowl_slope)


def test_some_parameters_can_be_held():
    result = rv.minimize(bowl, [3.0, -4.0, 5.0], method="newton", free=[0, 2])
    np.testing.assert_allclose(result.x, [0, -4, 0], atol=1e-8)
    masked = rv.minimize(bowl, [3.0, -4.0, 5.0], method="newton", free=np.array([True, False, True]))
    np.testing.assert_array_equal(masked.x, result.x)


@pytest.mark.parametrize(
    ("free", "error", "text"),
    [
        ([3], ValueError, r"\[0, 3\)"),
        ([-1], ValueError, "got -1"),
        ([0, 0], ValueError, "twice"),
        ([], TypeError, "indices"),
        ([0.5], TypeError, "indices"),
        ([True], ValueError, "mask"),
    ],
)
def test_wrong_free_parameters_are_refused(free, error, text):
    with pytest.raises(error, match=text):
        rv.minimize(bowl, [3.0, -4.0, 5.0], free=free)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"method": "newtn"}, ValueError, "did you mean 'newton'"),
        ({"method": 3}, TypeError, "method must be a string"),
        ({"maxitr": 3}, TypeError, "did you mean 'maxiter'"),
        ({"options": {"maxiter": 3}, "maxiter": 4}, TypeError, "maxiter is given twice"),
        ({"tol": 1e-3, "gtol": 1e-4}, TypeError, "gtol is given twice"),
        ({"gtol": -1.0}, ValueError, "gtol must lie in"),
        ({"gtol": np.nan}, ValueError, "gtol must lie in"),
        ({"gtol": "small"}, TypeError, "gtol must be a number"),
        ({"method": "nonlinear-cg", "beta": 3}, TypeError, "beta must be a string"),
        ({"method": "nonlinear-cg", "beta": "newton"}, ValueError, "'dai-yuan'"),
        ({"method": "bfgs", "damping": 1.0}, TypeError, "bfgs has no option 'damping'"),
        ({"x0": None}, TypeError, "x0"),
        ({"x0": "abc"}, TypeError, "real numbers"),
        ({"x0": [1.0, np.inf]}, ValueError, r"x0\[1\] = inf"),
        ({"x0": []}, ValueError, "at least one"),
        ({"x0": [[1.0, 2.0]]}, ValueError, "vector"),
        ({"fun": 3}, TypeError, "fun must be"),
        ({"jac": 3}, TypeError, "jac must be callable"),
        ({"hess": "exact"}, TypeError, "hess must be callable"),
        ({"callback": 3}, TypeError, "callback must be callable"),
        ({"method": "levenberg-marquardt"}, ValueError, "least_squares"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments, error, text):
    call = {"fun": bowl, "x0": [1.0, 2.0], "method": "newton", "jac": bowl_slope, **arguments}
    with pytest.raises(error, match=text):
        rv.minimize(**call)


@pytest.mark.parametrize("method", METHODS)
def test_each_option_has_a_default_and_a_meaning(method):
    rows = method_options(method)
    assert {"maxiter", "gtol", "ftol", "xtol", "goal", "max_time", "max_fun"} <= set(rows)
    assert all(meaning for _, meaning in rows.values())


def test_callbacks_of_both_forms():
    points, records = [], []

    def by_record(intermediate_result):
        records.append(intermediate_result)

    result = rv.minimize(
        lambda x: float(np.sum(np.cosh(x))), [3.0, -4.0], callback=points.append, method="newton"
    )
    assert len(points) == result.nit - 1 or len(points) == result.nit
    rv.minimize(lambda x: float(np.sum(np.cosh(x))), [3.0, -4.0], callback=by_record, method="newton")
    assert [record.nit for record in records] == list(range(1, len(records) + 1))
    np.testing.assert_array_equal(records[0].x, points[0])
    assert records[0].fun == float(np.sum(np.cosh(points[0])))

    def stop(_):
        raise StopIteration

    stopped = rv.minimize(lambda x: float(np.sum(x**4)), [3.0, -4.0], method="newton", callback=stop)
    assert stopped.reason is rv.StopReason.CALLBACK
    assert stopped.nit == 1


def test_a_history_is_a_table():
    pandas = pytest.importorskip("pandas")
    history = rv.minimize(bowl, [3.0, -4.0], method="newton").history
    frame = history.to_dataframe()
    assert isinstance(frame, pandas.DataFrame)
    assert len(frame) == len(history)
