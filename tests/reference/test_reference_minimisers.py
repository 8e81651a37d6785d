"""The textbook's minimisers: conditions that define their steps, and published lowest values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ravine import problems, surfaces
from ravine import reference as ref

EASY = ("rosenbrock", "beale", "wood", "helical-valley", "gaussian", "penalty-1", "plateau")
FIRST_ORDER = {
    "bfgs": ref.bfgs,
    "lbfgs": ref.lbfgs,
    **{beta: lambda fun, theta, beta=beta: ref.nonlinear_cg(fun, theta, beta=beta) for beta in ref.BETAS},
}
SECOND_ORDER = {"newton": ref.newton, "trust-region": ref.trust_region}


def arrives(problem: problems.Problem, value: float, tolerance: float = 1e-10) -> bool:
    known = [problem.minimum, *problem.other_values]
    return any(abs(value - each) <= 1e-5 * abs(each) + tolerance for each in known if each is not None)


@pytest.mark.parametrize("name", EASY)
@pytest.mark.parametrize("c2", [0.9, 0.1])
def test_a_step_satisfies_the_wolfe_conditions(name: str, c2: float) -> None:
    problem = problems.get(name)
    value, gradient = problem.value_and_gradient(problem.start)
    start = ref.Place(0.0, value, -float(gradient @ gradient), problem.start, gradient)
    for first in (1e-6, 1.0, 100.0):
        place = ref.strong_wolfe(problem.value_and_gradient, start, -gradient, first=first, c2=c2)
        assert place.value <= value + 1e-4 * place.step * start.slope
        assert abs(place.slope) <= -c2 * start.slope
        np.testing.assert_array_equal(place.theta, problem.start - place.step * gradient)


def test_a_line_search_bears_the_end_of_a_domain_and_a_line_without_an_end() -> None:
    def barrier(x: np.ndarray) -> tuple[float, np.ndarray]:
        inside = x[0] < 1
        value = float(-np.log(1 - x[0]) - 3 * x[0]) if inside else np.nan
        return value, np.array([1 / (1 - x[0]) - 3 if inside else np.nan])

    start = ref.Place(0.0, 0.0, -2.0, np.zeros(1), np.array([-2.0]))
    place = ref.strong_wolfe(barrier, start, np.ones(1), first=50.0, c2=0.1)
    assert 0 < place.step < 1
    assert abs(place.slope) <= 0.2

    def plane(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(-x[0]), -np.ones(1)

    start = ref.Place(0.0, 0.0, -1.0, np.zeros(1), -np.ones(1))
    assert ref.strong_wolfe(plane, start, np.ones(1)).step == 1e10


@given(seed=st.integers(0, 10_000), n=st.integers(1, 5), hard=st.booleans(), radius=st.floats(1e-3, 1e3))
@settings(max_examples=60, deadline=None)
def test_a_region_step_is_the_lowest_point_of_the_model(seed: int, n: int, hard: bool, radius: float) -> None:
    """Moré and Sorensen's conditions, which are necessary and sufficient."""
    random = np.random.default_rng(seed)
    Q = np.linalg.qr(random.normal(size=(n, n)))[0]
    values = np.sort(random.normal(size=n))
    H = (Q * values) @ Q.T
    H = (H + H.T) / 2
    c = random.normal(size=n)
    if hard:
        c[0] = 0.0
    g = Q @ c
    p = ref.region_step(g, H, radius)
    length = np.linalg.norm(p)
    assert length <= radius * (1 + 1e-9)
    lam = 0.0 if not length else max(0.0, -float(p @ (g + H @ p)) / length**2)
    scale = 1 + np.linalg.norm(g) + length
    assert np.linalg.norm(g + H @ p + lam * p) <= 1e-7 * scale
    assert values[0] + lam >= -1e-7
    assert lam * (radius - length) <= 1e-6 * scale


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_quasi_newton_updates(seed: int) -> None:
    """The secant equation, and the two loops equal to the updates as matrices."""
    random = np.random.default_rng(seed)
    A = random.normal(size=(6, 6))
    A = A @ A.T + np.eye(6)
    pairs = [(s, A @ s) for s in random.normal(size=(4, 6))]
    s, y = pairs[-1]
    H = np.eye(6) * (s @ y) / (y @ y)
    for s, y in pairs:
        H = ref.bfgs_update(H, s, y)
        np.testing.assert_allclose(H @ y, s, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(H, H.T, atol=1e-12)
    g = random.normal(size=6)
    np.testing.assert_allclose(ref.two_loops(pairs, g), H @ g, rtol=1e-8, atol=1e-10)
    assert ref.bfgs_update(H, s, -y) is H


@pytest.mark.parametrize("name", EASY)
@pytest.mark.parametrize("method", FIRST_ORDER)
def test_first_order_methods_arrive(method: str, name: str) -> None:
    problem = problems.get(name)
    found = FIRST_ORDER[method](problem.value_and_gradient, problem.start)
    assert arrives(problem, found.value)
    assert found.value == problem.value(found.theta)
    assert found.iterations > 0


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_second_order_methods_arrive(method: str) -> None:
    for problem in problems.select("unconstrained"):
        if (method, problem.name) == ("trust-region", "biggs-exp6"):
            continue  # it follows a valley outwards, thousands of iterations long, near the value 0.2427
        found = SECOND_ORDER[method](problem.value_and_gradient, problem.hessian, problem.start)
        assert arrives(problem, found.value), problem.name
        np.testing.assert_array_equal(found.gradient, problem.gradient(found.theta))


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_second_order_methods_leave_saddles_and_maxima(method: str) -> None:
    on_the_ridge = surfaces.Saddle(offset=0.0)
    for problem in (*map(problems.get, ("strict-saddle", "maximum", "saddle")), on_the_ridge):
        for start in problem.starts:
            found = SECOND_ORDER[method](problem.value_and_gradient, problem.hessian, start)
            assert arrives(problem, found.value), problem.name
    flat = problems.get("monkey-saddle")  # neither ∇J nor ∇²J shows a way down
    found = SECOND_ORDER[method](flat.value_and_gradient, flat.hessian, flat.starts[1])
    assert (found.value, found.iterations) == (0.0, 0)


@pytest.mark.parametrize("method", FIRST_ORDER)
def test_first_order_methods_stay_at_a_saddle(method: str) -> None:
    problem = problems.get("strict-saddle")
    found = FIRST_ORDER[method](problem.value_and_gradient, problem.start)
    assert (found.value, found.iterations) == (0.25, 0)


@pytest.mark.parametrize("method", SECOND_ORDER)
def test_limits_of_iterations(method: str) -> None:
    problem = problems.get("indefinite-quadratic")
    found = SECOND_ORDER[method](problem.value_and_gradient, problem.hessian, problem.start, maxiter=10)
    assert found.iterations == 10
    assert found.value < -10
    badly = problems.get("badly-scaled-quadratic")
    one = SECOND_ORDER[method](badly.value_and_gradient, badly.hessian, badly.start)
    assert one.iterations <= 3


def test_levenberg_marquardt_over_the_collection() -> None:
    for problem in problems.select("mgh"):
        fit = ref.levenberg_marquardt(problem.residuals, problem.jacobian, problem.start, maxiter=250)
        assert arrives(problem, fit.value), problem.name
        np.testing.assert_allclose(fit.gradient, problem.gradient(fit.theta) / 2, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("solve", [np.linalg.solve, ref.solve_by_cholesky])
def test_levenberg_marquardt_finds_certified_parameters(solve) -> None:
    slow = {"Bennett5", "Lanczos1", "Lanczos2", "Lanczos3", "MGH10", "Nelson"}
    digits = []
    for fit in problems.select("nist"):
        if fit.name not in slow:
            found = ref.levenberg_marquardt(fit.residuals, fit.jacobian, fit.starts[1], gtol=0.0, solve=solve)
            digits.append(fit.correct_digits(found.theta))
    assert min(digits) > 5
    assert np.mean(digits) > 9


def test_levenberg_marquardt_ends_for_each_of_its_reasons() -> None:
    problem = problems.get("rosenbrock")

    def run(**options: object) -> ref.Fit:
        return ref.levenberg_marquardt(problem.residuals, problem.jacobian, problem.start, **options)

    assert run(maxiter=3).iterations == 3
    assert run(stop=lambda _theta, value: value < 4.0).iterations > 0
    assert run(stop=lambda *_: True).iterations == 0
    assert 0 < run(goal=1.0).value <= 1.0
    assert np.linalg.norm(run(gtol=1.0).gradient) <= 1.0
    assert run(mu_max=1e-4).iterations == 0  # the first step already asks for more
    bard = problems.get("bard")
    floor = ref.levenberg_marquardt(bard.residuals, bard.jacobian, bard.start, gtol=0.0)
    assert floor.mu > 1e10
    assert floor.value == pytest.approx(bard.minimum, rel=1e-12)


def test_levenberg_marquardt_fits_a_network() -> None:
    X = np.linspace(-1, 1, 20)[:, None]
    y = np.sin(np.pi * X[:, 0])
    net = ref.Network([1, 5, 1], ["tanh", "identity"], [True, True])
    residuals, jacobian = ref.network_residuals(net, X, y)
    theta = np.random.default_rng(3).normal(size=net.parameter_count)
    risk = ref.EmpiricalRisk(net, X, y)
    np.testing.assert_allclose(jacobian(theta).T @ residuals(theta) / 20, risk.gradient(theta), rtol=1e-10)
    fit = ref.levenberg_marquardt(residuals, jacobian, theta, goal=20 * 0.002)
    assert fit.value / 20 <= 0.002
    assert fit.iterations < 100
