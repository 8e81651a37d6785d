"""Line searches by themselves: their conditions hold, and a search that finds nothing says why."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import ravine as rv

METHODS = ("strong-wolfe", "backtracking")
SEARCHABLE = (
    "rosenbrock",
    "beale",
    "powell-singular",
    "wood",
    "trigonometric",
    "brown-dennis",
    "helical-valley",
)


def conditions(problem, x, p, found, c1, c2):
    """Armijo's and the curvature condition at the step, asked of the function itself."""
    value, slope = problem.value(x), problem.gradient(x) @ p
    falls = problem.value(x + found.step * p) <= value + c1 * found.step * slope
    flat = abs(problem.gradient(x + found.step * p) @ p) <= c2 * abs(slope)
    return falls, flat


@pytest.mark.parametrize("name", SEARCHABLE)
@pytest.mark.parametrize(("c1", "c2"), [(1e-4, 0.9), (1e-4, 0.1), (0.3, 0.4)])
@pytest.mark.parametrize("first_step", [1e-6, 1.0, 1e3])
def test_the_conditions_hold(name, c1, c2, first_step):
    problem = rv.problems.get(name)
    x, settings = problem.start, {"jac": problem.gradient, "first_step": first_step, "c1": c1}
    p = -problem.gradient(x) / np.linalg.norm(problem.gradient(x))
    found = rv.line_search(problem.value, x, p, c2=c2, **settings)
    assert found.success, found
    assert found.reason is rv.LineSearchEnd.FOUND
    assert conditions(problem, x, p, found, c1, c2) == (True, True)
    shorter = rv.line_search(problem.value, x, p, method="backtracking", c2=c2, **settings)
    assert shorter.success
    assert conditions(problem, x, p, shorter, c1, c2)[0]
    assert shorter.step <= first_step
    for each in (found, shorter):
        np.testing.assert_allclose(each.x, x + each.step * p, rtol=1e-14, atol=1e-14)
        assert each.fun == problem.value(each.x)
        assert np.array_equal(each.jac, problem.gradient(each.x))
        assert each.slope == pytest.approx(each.jac @ p)
        assert each.start_fun == problem.value(x)
        assert each.start_slope == pytest.approx(problem.gradient(x) @ p)


def bowl(x):
    return float(x @ x)


def bowl_slope(x):
    return 2 * x


def test_an_exact_search_finds_the_minimum_of_a_parabola():
    found = rv.line_search(bowl, [3.0, 4.0], [-1.0, -1.0], jac=bowl_slope, c2=1e-3)
    assert found.step == pytest.approx(3.5, rel=1e-2)
    assert abs(found.slope) <= 1e-3 * abs(found.start_slope)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("direction", [[1.0, 1.0], [0.0, 0.0], [4.0, -3.0]])
def test_a_direction_that_does_not_descend(method, direction):
    found = rv.line_search(bowl, [3.0, 4.0], direction, method, bowl_slope)
    assert found.reason is rv.LineSearchEnd.NOT_DOWNHILL
    assert (found.step, found.success, found.nfev) == (0, False, 1)
    assert np.array_equal(found.x, [3.0, 4.0])


@pytest.mark.parametrize("method", METHODS)
def test_nan_beyond_a_wall_is_walked_around(method):
    def walled(x):
        return -np.log(x[0]) - np.log(1 - x[0]) if 0 < x[0] < 1 else np.nan

    def slope(x):
        return -1 / x + 1 / (1 - x)

    found = rv.line_search(walled, [0.001], [1.0], method, slope, first_step=100.0)
    assert found.success, found
    assert 0.001 < found.x[0] < 1
    assert np.isfinite(found.fun)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_but_nan_around(method):
    def island(x):
        return 1.0 if x[0] == 0 else np.nan

    found = rv.line_search(island, [0.0], [1.0], method, lambda _: np.array([-1.0]))
    assert found.reason is rv.LineSearchEnd.NOT_FINITE
    assert (found.step, found.fun) == (0, 1)


def test_nan_at_the_start():
    found = rv.line_search(lambda _: np.nan, [0.0], [1.0], jac=lambda _: np.array([-1.0]))
    assert found.reason is rv.LineSearchEnd.NOT_FINITE
    assert (found.step, found.nfev) == (0, 1)


def test_a_fall_without_end():
    found = rv.line_search(lambda x: -x[0], [0.0], [1.0], jac=lambda _: np.array([-1.0]))
    assert found.reason is rv.LineSearchEnd.UNBOUNDED
    assert not found.success
    assert found.fun < -1e10
    once = rv.line_search(lambda x: -x[0], [0.0], [1.0], "backtracking", jac=lambda _: np.array([-1.0]))
    assert (once.success, once.step, once.nfev) == (True, 1, 2)


def test_a_fall_that_never_gets_flat_before_the_wall():
    """f falls evenly until it is no number any more: enough is not flat enough."""

    def cliff(x):
        return -x[0] if x[0] < 1 else np.nan

    found = rv.line_search(cliff, [0.0], [1.0], jac=lambda _: np.array([-1.0]), first_step=0.5)
    assert found.reason is rv.LineSearchEnd.FALLS_ONLY
    assert 0.5 <= found.step < 1
    assert found.fun == -found.step


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_function(method):
    found = rv.line_search(lambda _: 2.0, [1.0], [1.0], method, lambda _: np.array([-1e-3]))
    assert found.reason is rv.LineSearchEnd.ROUNDING_FLOOR
    assert (found.step, found.fun) == (0, 2)
    nowhere = rv.line_search(lambda _: 2.0, [1.0], [1.0], method, lambda _: np.array([0.0]))
    assert nowhere.reason is rv.LineSearchEnd.NOT_DOWNHILL


@pytest.mark.parametrize("method", METHODS)
def test_a_gradient_of_another_function(method):
    found = rv.line_search(bowl, [3.0, 4.0], [1.0, 1.0], method, lambda x: -bowl_slope(x))
    assert found.reason is rv.LineSearchEnd.NO_STEP
    assert "gradient belong" in found.message


def test_what_is_known_is_not_asked_for():
    calls = []

    def counted(x):
        calls.append(x)
        return bowl(x)

    x, p = np.array([3.0, 4.0]), np.array([-3.0, -4.0])
    alone = rv.line_search(counted, x, p, jac=bowl_slope)
    asked = len(calls)
    calls.clear()
    known = rv.line_search(counted, x, p, jac=bowl_slope, known=(25.0, [6.0, 8.0]))
    assert (alone.step, alone.nfev, asked) == (1, 2, 2)
    assert (known.step, known.nfev, len(calls)) == (1, 1, 1)
    assert (known.start_fun, known.start_slope) == (alone.start_fun, alone.start_slope)


def test_differences_args_and_objectives():
    shifted = rv.line_search(lambda x, a: float((x - a) @ (x - a)), [0.0], [1.0], args=(3.0,), c2=0.01)
    assert shifted.step == pytest.approx(3, rel=1e-2)
    both = rv.line_search(lambda x: (bowl(x), bowl_slope(x)), [3.0], [-1.0], jac=True)
    assert both.success
    objective = SimpleNamespace(value=bowl, gradient=bowl_slope)
    assert rv.line_search(objective, [3.0], [-1.0]).step == both.step


def risk_of(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(50, 3))
    return rv.EmpiricalRisk(rv.MLP([3, 5, 1], activation="tanh", seed=seed), X, np.sin(X[:, 0]))


@pytest.mark.parametrize("method", METHODS)
def test_a_risk_keeps_its_theta(method):
    risk = risk_of()
    before, g = risk.net.theta.copy(), risk.gradient()
    found = rv.line_search(risk, None, -g, method)
    assert np.array_equal(risk.net.theta, before)
    np.testing.assert_allclose(found.x, before - found.step * g, rtol=1e-14, atol=1e-14)
    assert found.fun == risk.value(found.x) <= risk.value() - 1e-4 * found.step * g @ g
    as_function = rv.line_search(risk.value, before, -g, method, risk.gradient)
    assert found.step == pytest.approx(as_function.step)
    elsewhere = rv.line_search(risk, before + 0.1, -risk.gradient(before + 0.1), method)
    assert elsewhere.start_fun == risk.value(before + 0.1)


def test_a_loop_by_hand_converges():
    problem = rv.problems.get("rosenbrock")
    x, known = problem.start, None
    for _ in range(100):
        g = problem.gradient(x) if known is None else known[1]
        if np.linalg.norm(g) < 1e-8:
            break
        p = -np.linalg.solve(problem.hessian(x), g)
        p = -g if g @ p >= 0 else p
        found = rv.line_search(problem.value, x, p, "backtracking", problem.gradient, known=known)
        x, known = found.x, (found.fun, found.jac)
    assert np.allclose(x, 1)


class OwnError(Exception):
    pass


def test_what_the_function_raises_goes_through():
    error = OwnError()

    def raising(_):
        raise error

    with pytest.raises(OwnError) as caught:
        rv.line_search(raising, [1.0], [1.0], jac=bowl_slope)
    assert caught.value is error


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"method": "golden"}, ValueError, "method must be one of strong-wolfe, backtracking, got 'golden'"),
        ({"c1": 0.5}, ValueError, "c1 must lie between 0 and ½, got 0.5"),
        ({"c1": 0.2, "c2": 0.1}, ValueError, "c2 must lie between c1 = 0.2 and 1, got 0.1"),
        ({"first_step": 0}, ValueError, "first_step must be positive"),
        ({"first_step": "1"}, TypeError, "first_step must be a number"),
        ({"direction": [1.0]}, ValueError, r"direction must have shape \(2,\), as x, got \(1,\)"),
        ({"direction": [1.0, np.inf]}, ValueError, r"direction\[1\] = inf is not finite"),
        ({"x": None}, TypeError, "x, the point to start from, is missing"),
        ({"fun": 3}, TypeError, "fun must be a function"),
        ({"known": 3.0}, TypeError, r"known must be \(f\(x\), ∇f\(x\)\)"),
        ({"known": (3.0, [1.0])}, ValueError, "gradient in known must have shape"),
        ({"known": (np.nan, [1.0, 2.0])}, ValueError, "value in known must be finite"),
    ],
)
def test_bad_arguments(change, error, text):
    arguments = {"fun": bowl, "x": [3.0, 4.0], "direction": [-1.0, -1.0], "jac": bowl_slope, **change}
    with pytest.raises(error, match=text):
        rv.line_search(**arguments)


def test_risks_that_cannot_be_searched():
    risk = risk_of()
    with pytest.raises(TypeError, match="jac belongs to a plain function"):
        rv.line_search(risk, None, risk.net.theta, jac=bowl_slope)
    with pytest.raises(ValueError, match="as theta"):
        rv.line_search(risk, [1.0], [1.0])
    half = rv.EmpiricalRisk(rv.MLP([1, 1], dtype="float32"), np.ones((2, 1)), np.ones(2))
    with pytest.raises(TypeError, match="float64"):
        rv.line_search(half, None, [1.0, 1.0])


def test_the_result_prints_as_a_table():
    found = rv.line_search(bowl, [3.0, 4.0], [-3.0, -4.0], jac=bowl_slope)
    assert str(found) == (
        "A step was found that satisfies the conditions.\n\n"
        "       start  end\n"
        "-----  -----  ---\n"
        "t          0    1\n"
        "value     25    0\n"
        "slope    -50    0\n\n"
        "evaluations: 2 f, 2 gradients"
    )
