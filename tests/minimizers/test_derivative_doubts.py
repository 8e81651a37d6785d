"""Where value and derivatives disagree the result says so, and where they agree it does not."""

from __future__ import annotations

import numpy as np
import pytest

import ravine as rv

SECOND_ORDER = ("newton", "trust-region", "newton-cg", "saddle-free-newton")
FIRST_ORDER = ("bfgs", "lbfgs", "nonlinear-cg", "gradient-descent")
SUGGESTION = "ravine.check_derivatives"
DOUBT = "did not change the function as its derivatives foretold"
PROBLEMS = (
    "rosenbrock",
    "wood",
    "brown-dennis",
    "helical-valley",
    "powell-singular",
    "flat-quartic",
    "beale",
)


def run(problem, method, jac=None, hess=None, **options):
    hess = {"hess": hess or problem.hessian} if method in SECOND_ORDER else {}
    return rv.minimize(
        problem.value, problem.start, method=method, jac=jac or problem.gradient, **hess, **options
    )


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("method", [*SECOND_ORDER, *FIRST_ORDER])
def test_right_derivatives_are_not_doubted(name, method):
    result = run(rv.problems.get(name), method)
    assert DOUBT not in result.message, result.message


@pytest.mark.parametrize("name", ["rosenbrock", "wood", "brown-dennis"])
@pytest.mark.parametrize("method", [*SECOND_ORDER, *FIRST_ORDER])
def test_a_gradient_of_the_wrong_sign_is_no_success_unsaid(name, method):
    problem = rv.problems.get(name)

    def flipped(x):
        return problem.gradient(x) * np.where(np.arange(x.size) == 0, -1, 1)

    result = run(problem, method, jac=flipped)
    assert SUGGESTION in result.message, result.message


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("method", FIRST_ORDER)
def test_steps_that_shrink_until_rounding_hides_them_are_no_success_unsaid(method, seed):
    """From most of these starts the searches end where rounding hides all differences, at ‖g‖ = 5e5."""
    problem = rv.problems.get("brown-dennis")
    start = problem.start * (1 + 1e-3 * np.random.default_rng(seed).standard_normal(4))
    calls = []

    def value(x):
        calls.append(x)
        return problem.value(x)

    result = rv.minimize(value, start, method=method, jac=lambda x: problem.gradient(x) * [-1, 1, 1, 1])
    assert result.nfev == len(calls)
    assert result.gradient_norm > 1e4
    assert SUGGESTION in result.message, result.message


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("method", FIRST_ORDER)
def test_the_floor_of_rounding_is_not_doubted(name, method):
    problem = rv.problems.get(name)
    start = problem.start
    for _ in range(2):  # also where a run begins at the floor
        result = rv.minimize(problem.value, start, method=method, jac=problem.gradient, gtol=0.0, maxiter=300)
        assert result.reason is not rv.StopReason.ROUNDING_FLOOR or SUGGESTION not in result.message
        start = result.x


@pytest.mark.parametrize("method", ["trust-region", "newton-cg", "lbfgs"])
def test_a_gradient_that_vanishes_elsewhere(method):
    """The run converges to where the given gradient is 0, and says that f did not follow it there."""
    problem = rv.problems.get("rosenbrock")
    result = run(problem, method, jac=lambda x: problem.gradient(x) + np.array([0, 0.3]))
    assert np.linalg.norm(problem.gradient(result.x)) > 0.1
    assert SUGGESTION in result.message, result.message
    assert DOUBT in result.message or not result.success


@pytest.mark.parametrize("method", ["newton", "trust-region", "newton-cg"])
@pytest.mark.parametrize("factor", [3.0, 1 / 3])
def test_a_hessian_of_another_function(method, factor):
    problem = rv.problems.get("brown-dennis")
    result = run(problem, method, hess=lambda x: factor * problem.hessian(x))
    assert SUGGESTION in result.message, result.message


def test_a_jacobian_of_other_residuals():
    t = np.arange(10.0)
    y = 3 * np.exp(-0.5 * t) + 0.01 * np.cos(5 * t)

    def residuals(x):
        return x[0] * np.exp(-x[1] * t) - y

    def jacobian(x):
        return np.stack([np.exp(-x[1] * t), -t * x[0] * np.exp(-x[1] * t)], axis=1)

    right = rv.least_squares(residuals, [1.0, 1.0], jac=jacobian)
    assert right.success
    assert SUGGESTION not in right.message
    for factors in ([1, -1], [-1, 1], [-1, -1]):
        wrong = rv.least_squares(residuals, [1.0, 1.0], jac=lambda x, f=factors: jacobian(x) * f)
        assert SUGGESTION in wrong.message, (factors, wrong.message)


def test_differences_of_our_own_are_not_doubted():
    problem = rv.problems.get("rosenbrock")
    for method in (*SECOND_ORDER, *FIRST_ORDER):
        result = rv.minimize(problem.value, problem.start, method=method)
        assert SUGGESTION not in result.message, (method, result.message)


def test_a_floor_is_not_where_steps_were_refused_all_the_way():
    """f rises along every step, so the region shrinks to nothing: that is no rounding floor."""
    problem = rv.problems.get("rosenbrock")
    result = run(problem, "trust-region", jac=lambda x: problem.gradient(x) * [-1, 1])
    assert result.reason is rv.StopReason.NO_DESCENT
    assert not result.success
