"""Fits to residuals: certified parameters, losses, differences, errors, and faults."""

import numpy as np
import pytest

import ravine as rv
from ravine.problems.nist import regressions

T = np.linspace(0, 3, 25)
TRUE = np.array([2.0, 1.3, 0.5])
Y = TRUE[0] * np.exp(-TRUE[1] * T) + TRUE[2] + 0.01 * np.sin(40 * T)
START = [1.0, 1.0, 0.0]


def residuals(x):
    return x[0] * np.exp(-x[1] * T) + x[2] - Y


def jacobian(x):
    e = np.exp(-x[1] * T)
    return np.stack([e, -x[0] * T * e, np.ones_like(T)], axis=1)


def hessian(x):
    J, e, zero = jacobian(x), np.exp(-x[1] * T), np.zeros_like(T)
    bends = np.array([[zero, -T * e, zero], [-T * e, x[0] * T**2 * e, zero], [zero, zero, zero]])
    return J.T @ J + bends @ residuals(x)


def nist(jac, **options):
    digits = {}
    with np.errstate(all="ignore"):
        for name, problem in regressions().items():
            for start in problem.starts:
                fit = rv.least_squares(
                    problem.residuals, start, jac=problem.jacobian if jac == "exact" else jac, **options
                )
                assert fit.success, (name, fit.message)
                digits[name, tuple(start)] = problem.correct_digits(fit.x)
                if problem.residual_sum > 1e-20:
                    np.testing.assert_allclose(fit.standard_errors, problem.standard_deviations, rtol=1e-4)
    return digits


@pytest.mark.parametrize(("jac", "average"), [("exact", 10.5), (None, 10.0)])
def test_nist_is_solved_from_both_starts(jac, average):
    digits = nist(jac)
    assert min(digits.values()) >= 4, digits
    assert np.mean(list(digits.values())) >= average


def test_the_result_has_scipys_fields_and_standard_errors():
    fit = rv.least_squares(residuals, START, jacobian)
    assert fit.success
    assert fit.reason is rv.StopReason.ROUNDING_FLOOR
    np.testing.assert_array_equal(fit.fun, residuals(fit.x))
    np.testing.assert_array_equal(fit.jac, jacobian(fit.x))
    assert fit.cost == pytest.approx(0.5 * fit.fun @ fit.fun, rel=1e-14)
    np.testing.assert_allclose(fit.grad, fit.jac.T @ fit.fun, atol=1e-15)
    assert fit.optimality == np.abs(fit.grad).max() < 1e-10
    assert fit["x"] is fit.x
    assert set(fit) >= {"x", "cost", "fun", "jac", "grad", "optimality", "nfev", "njev", "status", "message"}
    expected = np.linalg.inv(fit.jac.T @ fit.jac) * 2 * fit.cost / (T.size - 3)
    np.testing.assert_allclose(fit.covariance, expected, rtol=1e-8)
    np.testing.assert_allclose(fit.standard_errors, np.sqrt(np.diag(expected)), rtol=1e-8)
    assert fit.second_order == "not checked"
    assert "standard error" in str(fit)
    assert "22 degrees of freedom" in str(fit)


@pytest.mark.parametrize(("jac", "digits"), [(None, 1e-9), ("3-point", 1e-7), ("2-point", 1e-5)])
def test_differences_are_accurate_counted_and_said(jac, digits):
    calls = 0

    def counted(x):
        nonlocal calls
        calls += 1
        return residuals(x)

    fit = rv.least_squares(counted, START, jac)
    np.testing.assert_allclose(fit.x, rv.least_squares(residuals, START, jacobian).x, rtol=digits)
    assert fit.nfev == calls
    assert fit.log == (f"Jacobian ({jac or '5-point'}) by finite differences",)


def test_each_accepted_point_is_asked_for_once():
    calls = {"fun": 0, "jac": 0}

    def fun(x):
        calls["fun"] += 1
        return residuals(x)

    def jac(x):
        calls["jac"] += 1
        return jacobian(x)

    fit = rv.least_squares(fun, START, jac, acceleration=0)
    assert (fit.nfev, fit.njev) == (calls["fun"], calls["jac"])
    assert fit.nfev <= fit.nit + 1
    assert fit.njev <= fit.nit + 1


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy", "arctan"])
def test_losses_agree_with_scipy_and_bear_outliers(loss):
    optimize = pytest.importorskip("scipy.optimize")
    outliers = np.zeros_like(T)
    outliers[::7] = 3

    def fun(x):
        return residuals(x) + outliers

    fit = rv.least_squares(fun, START, jacobian, loss=loss, f_scale=0.05)
    theirs = optimize.least_squares(
        fun, fit.x, jacobian, loss=loss, f_scale=0.05, ftol=1e-15, xtol=1e-15, gtol=1e-15
    )
    assert fit.success
    assert fit.cost == pytest.approx(theirs.cost, rel=1e-10)
    np.testing.assert_allclose(fit.x, theirs.x, rtol=1e-6)
    np.testing.assert_allclose(fit.x, TRUE, rtol=0.1)
    plain = rv.least_squares(fun, START, jacobian)
    assert np.abs(plain.x - TRUE).max() > 5 * np.abs(fit.x - TRUE).max()
    assert fit.optimality < 1e-8


def test_a_loss_of_the_users():
    def cauchy(z):
        return np.stack([np.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2])

    own = rv.least_squares(residuals, START, jacobian, loss=cauchy, f_scale=0.01)
    known = rv.least_squares(residuals, START, jacobian, loss="cauchy", f_scale=0.01)
    np.testing.assert_allclose(own.x, known.x, rtol=1e-8)
    with pytest.raises(ValueError, match=r"loss must return shape \(3, 25\)"):
        rv.least_squares(residuals, START, jacobian, loss=lambda z: z)


def test_scales_arguments_and_held_parameters():
    expected = rv.least_squares(residuals, START, jacobian).x
    for scale in (1.0, [1.0, 2.0, 0.1]):
        fit = rv.least_squares(residuals, START, jacobian, x_scale=scale)
        np.testing.assert_allclose(fit.x, expected, rtol=1e-8)
        held = rv.least_squares(residuals, START, jacobian, free=[0, 1], x_scale=scale)
        assert held.x[2] == 0
        assert held.standard_errors[2] == 0
        assert np.abs(held.grad).max() < 1e-8

    def shifted(x, by, *, scale):
        return scale * (residuals(x) - by)

    fit = rv.least_squares(shifted, START, args=(0.25,), kwargs={"scale": 2.0}, method="lm")
    np.testing.assert_allclose(fit.x, expected + np.array([0, 0, 0.25]), rtol=1e-8)


def test_tolerances_and_limits_end_a_run():
    def run(**options):
        return rv.least_squares(residuals, START, jacobian, **options)

    assert run(ftol=1e-6).reason is rv.StopReason.VALUE_CONVERGED
    assert run(xtol=1e-4).reason is rv.StopReason.STEP_SMALL
    assert run(gtol=1e-3).reason is rv.StopReason.GRADIENT_SMALL
    few = run(max_nfev=3)
    assert few.reason is rv.StopReason.EVALUATIONS
    assert few.nfev <= 4
    assert run(goal=1.0).reason is rv.StopReason.GOAL
    assert run(maxiter=1).nit == 1

    def stop(_):
        raise StopIteration

    assert run(callback=stop).reason is rv.StopReason.CALLBACK


@pytest.mark.parametrize("hess", [hessian, "3-point"])
def test_the_second_order_is_checked_where_there_is_a_hessian(hess):
    fit = rv.least_squares(residuals, START, jacobian, hess=hess)
    assert fit.success
    assert fit.second_order == "no negative curvature"


@pytest.mark.parametrize("by", ["hand", "differences"])
def test_no_success_at_a_strict_saddle(by):
    """(x² - 1, y): 0 is critical, and lowest along y alone."""

    def fun(x):
        return np.array([x[0] ** 2 - 1, x[1]])

    def jac(x):
        return np.array([[2 * x[0], 0.0], [0.0, 1.0]])

    def hess(x):
        return np.diag([6 * x[0] ** 2 - 2, 1.0])

    left = rv.least_squares(fun, [0.0, 3.0], jac, hess=hess if by == "hand" else "3-point")
    assert left.success
    assert left.history.left_saddle.any()
    np.testing.assert_allclose(np.abs(left.x), [1, 0], atol=1e-9)
    unseen = rv.least_squares(fun, [0.0, 3.0], jac)
    assert unseen.second_order == "not checked"


def test_what_the_data_do_not_determine_has_no_error():
    fit = rv.least_squares(lambda x: (x[0] + x[1]) * T - Y, [1.0, 1.0])
    assert fit.success
    assert fit.standard_errors.min() > 1e9  # differences know that the columns are one to eleven digits
    third = rv.least_squares(lambda x: np.append(x[0] * T - Y, 0 * x[1]), [1.0, 1.0])
    assert np.isfinite(third.standard_errors[0])
    assert np.isinf(third.standard_errors[1])
    assert third.x[1] == 1
    exact = rv.least_squares(lambda x: x - 3, [1.0])
    assert np.isnan(exact.residual_variance)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"fun": 3}, TypeError, "fun must be a function"),
        ({"fun": lambda _: np.ones((2, 2))}, ValueError, r"vector of residuals, got shape \(2, 2\)"),
        ({"fun": lambda _: "low"}, TypeError, "real numbers, got str"),
        ({"fun": lambda _: []}, ValueError, r"got shape \(0,\)"),
        ({"jac": lambda x: x}, ValueError, r"jac must return shape \(25, 3\)"),
        ({"jac": "cs"}, ValueError, "jac must be a function, '2-point'"),
        ({"hess": "exact"}, ValueError, "hess must be"),
        ({"bounds": (0, np.inf)}, ValueError, "bounds are not supported"),
        ({"bounds": (0, 1, 2)}, ValueError, "lower, upper"),
        ({"method": "trf"}, ValueError, "SciPy's"),
        ({"method": "newton"}, ValueError, "levenberg-marquardt"),
        ({"x_scale": "jak"}, ValueError, "x_scale"),
        ({"x_scale": [1.0, 2.0]}, ValueError, r"shape \(3,\)"),
        ({"x_scale": -1.0}, ValueError, "positive"),
        ({"loss": "hubr"}, ValueError, "loss must be one of"),
        ({"f_scale": 0}, ValueError, "f_scale must be positive"),
        ({"max_nfev": 0}, ValueError, "max_fun must lie in"),
        ({"gtl": 1.0}, TypeError, "did you mean 'gtol'"),
        ({"x0": [np.nan, 1, 1]}, ValueError, r"x0\[0\]"),
    ],
)
def test_wrong_arguments_of_a_fit_are_refused_by_name(arguments, error, text):
    call = {"fun": residuals, "x0": START, "jac": jacobian, **arguments}
    with pytest.raises(error, match=text):
        rv.least_squares(**call)


def test_infinite_bounds_are_none():
    assert rv.least_squares(residuals, START, bounds=(-np.inf, [np.inf] * 3)).success


def test_an_exception_at_any_call_of_a_fit_is_the_callers_own():
    class FaultError(Exception):
        pass

    for which in ("fun", "jac"):
        for k in (1, 2, 3, 5):
            calls, fault = 0, FaultError(k)

            def raising(x, which=which, k=k, fault=fault):
                nonlocal calls
                calls += 1
                if calls == k:
                    raise fault
                return (residuals if which == "fun" else jacobian)(x)

            parts = {"fun": residuals, "jac": jacobian, which: raising}
            with pytest.raises(FaultError) as caught:
                rv.least_squares(parts["fun"], START, parts["jac"])
            assert caught.value is fault


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_nan_residuals_are_walked_around(k):
    calls = 0

    def sometimes(x):
        nonlocal calls
        calls += 1
        return residuals(x) * (np.nan if calls == k else 1)

    fit = rv.least_squares(sometimes, START, jacobian)
    assert fit.success
    np.testing.assert_allclose(fit.x, TRUE, rtol=0.05)


def test_nan_at_the_start_and_in_the_jacobian():
    assert rv.least_squares(lambda x: x * np.nan, START).reason is rv.StopReason.NOT_FINITE
    fit = rv.least_squares(residuals, START, lambda x: jacobian(x) * np.nan)
    assert fit.reason is rv.StopReason.NOT_FINITE


def test_a_wrong_jacobian_is_no_rounding_floor():
    fit = rv.least_squares(residuals, START, lambda x: -jacobian(x))
    assert fit.reason is rv.StopReason.NO_DESCENT
    assert not fit.success
    np.testing.assert_array_equal(fit.x, START)


def test_minimize_takes_an_objective_with_residuals():
    class Fit:
        def value(self, x):
            return 0.5 * float(residuals(x) @ residuals(x))

        def residuals(self, x):
            return residuals(x)

        def jacobian(self, x):
            return jacobian(x)

    result = rv.minimize(Fit(), START, method="levenberg-marquardt", gtol=0)
    np.testing.assert_allclose(result.x, rv.least_squares(residuals, START, jacobian).x, rtol=1e-10)
    assert rv.minimize(Fit(), START, method="bfgs").success  # whose value it is all the same
    Fit.value = lambda _, x: float(residuals(x) @ residuals(x))
    with pytest.raises(ValueError, match="½ Σ residuals"):
        rv.minimize(Fit(), START, method="levenberg-marquardt")
