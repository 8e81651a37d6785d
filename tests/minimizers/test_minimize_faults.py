"""Functions that misbehave: the exception is the caller's own, and no point is worse than the start."""

import threading

import numpy as np
import pytest

import ravine as rv

SMOOTH = [
    "newton",
    "damped-newton",
    "saddle-free-newton",
    "trust-region",
    "newton-cg",
    "bfgs",
    "lbfgs",
    "nonlinear-cg",
]


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def rosenbrock_slope(x):
    u = x[1] - x[0] ** 2
    return np.array([-400 * u * x[0] - 2 * (1 - x[0]), 200 * u])


def rosenbrock_hessian(x):
    return np.array([[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200.0]])


START = [-1.2, 1.0]


class FaultError(Exception):
    pass


@pytest.mark.parametrize("method", SMOOTH)
@pytest.mark.parametrize("which", ["fun", "jac", "hess", "hessp", "callback"])
def test_an_exception_at_any_call_is_the_callers_own(method, which):
    parts = {
        "fun": rosenbrock,
        "jac": rosenbrock_slope,
        "hess": rosenbrock_hessian,
        "hessp": lambda x, v: rosenbrock_hessian(x) @ v,
        "callback": lambda _: None,
    }
    for k in (1, 2, 3, 7):
        fault, calls = FaultError(k), 0

        def raising(*args, k=k, fault=fault):
            nonlocal calls
            calls += 1
            if calls == k:
                raise fault
            return parts[which](*args)

        try:
            result = rv.minimize(x0=START, method=method, **{**parts, which: raising})
        except FaultError as error:
            caught = error
        else:
            caught = None
            assert result.success
        assert caught is (fault if calls >= k else None)


@pytest.mark.parametrize("method", SMOOTH)
@pytest.mark.parametrize("k", [2, 3, 5])
def test_nan_on_the_way_is_walked_around(method, k):
    calls = 0

    def sometimes(x):
        nonlocal calls
        calls += 1
        return np.nan if calls == k else rosenbrock(x)

    result = rv.minimize(sometimes, START, method=method, jac=rosenbrock_slope, hess=rosenbrock_hessian)
    assert result.fun <= rosenbrock(np.array(START))
    assert np.isfinite(result.x).all()
    assert result.success


@pytest.mark.parametrize("method", SMOOTH)
def test_nan_everywhere_but_at_the_start(method):
    def only_there(x):
        return rosenbrock(x) if (x == START).all() else np.nan

    result = rv.minimize(only_there, START, method=method, jac=rosenbrock_slope, hess=rosenbrock_hessian)
    assert not result.success
    assert result.reason in (rv.StopReason.NOT_FINITE, rv.StopReason.NO_DESCENT)
    np.testing.assert_array_equal(result.x, START)


def test_nan_at_the_start():
    result = rv.minimize(lambda _: np.nan, START, method="newton", jac=rosenbrock_slope)
    assert result.reason is rv.StopReason.NOT_FINITE
    assert "iteration 0" in result.message
    np.testing.assert_array_equal(result.x, START)


def test_a_hessian_that_is_not_finite_ends_the_run():
    result = rv.minimize(
        rosenbrock, START, method="newton", jac=rosenbrock_slope, hess=lambda _: np.full((2, 2), np.nan)
    )
    assert result.reason is rv.StopReason.NOT_FINITE


@pytest.mark.parametrize(
    ("parts", "error", "text"),
    [
        ({"fun": lambda x: x}, ValueError, "fun must return one number"),
        ({"fun": lambda _: "low"}, TypeError, "fun must return real numbers, got str"),
        ({"fun": lambda _: None}, TypeError, "got NoneType"),
        ({"fun": lambda _: 1j}, TypeError, "got complex"),
        ({"jac": lambda x: x[:1]}, ValueError, r"jac must return shape \(2,\), got \(1,\)"),
        ({"jac": lambda _: "down"}, TypeError, "jac must return real numbers"),
        ({"hess": lambda _: np.eye(3)}, ValueError, r"hess must return shape \(2, 2\), got \(3, 3\)"),
        (
            {"hess": lambda _: np.array([[1.0, 2.0], [0.0, 1.0]])},
            ValueError,
            "symmetric matrix, got 0.0.* at \\(1, 0\\)",
        ),
        ({"fun": lambda _: 1.0, "jac": True}, TypeError, "with jac=True"),
    ],
)
def test_answers_of_the_wrong_kind_are_refused(parts, error, text):
    good = {"fun": rosenbrock, "jac": rosenbrock_slope, "hess": rosenbrock_hessian}
    with pytest.raises(error, match=text):
        rv.minimize(x0=START, method="newton", **{**good, **parts})


def test_a_function_that_writes_into_x_changes_nothing():
    def rude(x):
        value = rosenbrock(x)
        x[:] = 1e9
        return value

    plain = rv.minimize(
        rosenbrock, START, method="trust-region", jac=rosenbrock_slope, hess=rosenbrock_hessian
    )
    result = rv.minimize(rude, START, method="trust-region", jac=rosenbrock_slope, hess=rosenbrock_hessian)
    np.testing.assert_array_equal(result.x, plain.x)


def test_the_start_is_not_written():
    start = np.array(START)
    rv.minimize(rosenbrock, start, method="bfgs", jac=rosenbrock_slope)
    np.testing.assert_array_equal(start, START)


@pytest.mark.parametrize(
    "method", ["newton", "trust-region", "newton-cg", "saddle-free-newton", "damped-newton"]
)
@pytest.mark.parametrize("start", [[0.0, 0.0], [0.0, 1.0]])
def test_a_saddle_and_a_maximum_are_left(method, start):
    """¼x⁴ - ½x² + ½y² and its negative in y: 0 is a saddle, then a maximum."""
    for sign in (1.0, -1.0):

        def fun(x, sign=sign):
            return x[0] ** 4 / 4 - x[0] ** 2 / 2 + sign * x[1] ** 2 / 2 + x[1] ** 4 / 4

        def jac(x, sign=sign):
            return np.array([x[0] ** 3 - x[0], sign * x[1] + x[1] ** 3])

        def hess(x, sign=sign):
            return np.diag([3 * x[0] ** 2 - 1, sign + 3 * x[1] ** 2])

        result = rv.minimize(fun, start, method=method, jac=jac, hess=hess)
        assert result.success
        assert result.second_order == "no negative curvature"
        assert np.linalg.eigvalsh(hess(result.x)).min() >= 0


def test_where_no_hessian_is_the_result_says_so():
    result = rv.minimize(rosenbrock, START, method="bfgs", jac=rosenbrock_slope)
    assert result.second_order == "not checked"
    assert "second order: not checked" in str(result)


def test_an_optimum_is_recognised_at_once():
    result = rv.minimize(
        rosenbrock, [1.0, 1.0], method="newton", jac=rosenbrock_slope, hess=rosenbrock_hessian
    )
    assert result.reason is rv.StopReason.GRADIENT_SMALL
    assert result.nit == 0


def test_a_flat_function_is_a_critical_point():
    result = rv.minimize(
        lambda _: 7.0, START, method="newton", jac=np.zeros_like, hess=lambda _: np.zeros((2, 2))
    )
    assert result.reason is rv.StopReason.GRADIENT_SMALL
    assert result.second_order.startswith("flat")


def test_what_has_no_bottom_is_said_to_have_none():
    result = rv.minimize(lambda x: -x[0], [0.0], method="trust-region", jac=lambda _: np.array([-1.0]))
    assert result.reason is rv.StopReason.UNBOUNDED
    assert not result.success


def test_a_run_inside_a_run():
    def outer(x):
        inner = rv.minimize(lambda z: float((z[0] - x[0]) ** 2), [0.0], method="newton")
        return float(inner.x[0] - 2) ** 2

    assert rv.minimize(outer, [5.0], method="bfgs").x[0] == pytest.approx(2, abs=1e-6)


def test_threads_run_side_by_side():
    results = {}

    def work(k):
        results[k] = rv.minimize(
            rosenbrock, [-1.2 + 0.1 * k, 1.0], method="trust-region", jac=rosenbrock_slope
        )

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results.values():
        np.testing.assert_allclose(result.x, 1, atol=1e-6)
