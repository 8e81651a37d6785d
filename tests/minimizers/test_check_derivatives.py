"""Derivatives beside finite differences: right ones pass, wrong ones are named."""

import numpy as np
import pytest

import ravine as rv

X = np.array([-1.2, 1.1])


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def slope(x):
    u = x[1] - x[0] ** 2
    return np.array([-400 * u * x[0] - 2 * (1 - x[0]), 200 * u])


def bend(x):
    return np.array([[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200.0]])


def test_right_derivatives_agree():
    checks = rv.check_derivatives(rosenbrock, X, slope, bend)
    assert [each.name for each in checks] == ["gradient", "hessian"]
    assert all(checks)
    assert all(each.error < 1e-8 for each in checks)
    assert "agrees" in str(checks[0])
    assert all(rv.check_derivatives(lambda x: (rosenbrock(x), slope(x)), X, True))
    shifted = rv.check_derivatives(lambda x, a: rosenbrock(x - a), X, lambda x, a: slope(x - a), args=(1.0,))
    assert all(shifted)


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_wrong_element_is_named(wrong):
    def off(x):
        g = slope(x)
        g[wrong] *= 1.001
        return g

    (check,) = rv.check_derivatives(rosenbrock, X, off)
    assert not check
    assert check.along == wrong
    assert check.given == pytest.approx(1.001 * check.expected)
    assert "DIFFERS" in str(check)
    assert not rv.check_derivatives(rosenbrock, X, slope, lambda x: bend(x) + 0.1)[1].ok


def test_the_problems_of_the_catalogue_and_their_jacobians():
    for problem in rv.problems.select("unconstrained"):
        start = problem.start + 0.01
        checks = rv.check_derivatives(problem.value, start, problem.gradient, problem.hessian)
        fit = rv.check_derivatives(problem.residuals, start, problem.jacobian)
        assert all(checks), (problem.name, checks)
        assert all(fit), (problem.name, fit)


def test_a_risk_of_many_parameters_brings_its_own():
    rng = np.random.default_rng(0)
    net = rv.MLP([3, 12, 2], seed=1)
    risk = rv.EmpiricalRisk(net, rng.standard_normal((20, 3)), rng.standard_normal((20, 2)))
    checks = rv.check_derivatives(risk)
    assert all(checks)
    assert len(checks) == 2
    assert np.shape(checks[0].along) == (net.parameter_count,)


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(TypeError, match="nothing to check"):
        rv.check_derivatives(rosenbrock, X)
    with pytest.raises(ValueError, match="2 columns"):
        rv.check_derivatives(rosenbrock, X, lambda _: np.ones(3))
    with pytest.raises(ValueError, match="of a function of shape"):
        rv.check_derivatives(rosenbrock, X, lambda _: np.ones((3, 2)))


def test_a_run_without_descent_suggests_the_check():
    result = rv.minimize(rosenbrock, X, method="bfgs", jac=lambda x: -slope(x))
    assert result.reason is rv.StopReason.NO_DESCENT
    assert "check_derivatives" in result.message
