"""The catalogue: derivatives belong to values, minima are minima, and published numbers come out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

import ravine as rv
from ravine import problems
from ravine.problems import Problem, Regression, SumOfSquares

EVERY = [problems.get(name) for name in problems.names()]
OTHER_SIZES = [
    problems.get("watson", n=9),
    problems.get("penalty-1", n=10),
    problems.get("penalty-2", n=10),
    problems.get("chebyquad", n=5, m=7),
    problems.get("variably-dimensioned", n=1),
    problems.get("linear-rank-1-zeros", n=4, m=5),
    problems.get("jennrich-sampson", m=4),
    problems.get("gulf", m=20),
    problems.get("ravine", condition=10, dimension=3),
]
SQUARES = [problem for problem in (*EVERY, *OTHER_SIZES) if isinstance(problem, SumOfSquares)]
FITS = [problem for problem in problems.select("nist") if isinstance(problem, Regression)]

# The lowest values that Moré, Garbow and Hillstrom print, to six digits; all others of theirs are 0.
PUBLISHED = {
    "bard": 8.21487e-3,
    "gaussian": 1.12793e-8,
    "meyer": 87.9458,
    "kowalik-osborne": 3.07505e-4,
    "brown-dennis": 85822.2,
    "osborne-1": 5.46489e-5,
    "osborne-2": 4.01377e-2,
    "jennrich-sampson": 124.362,
    "watson": 2.28767e-3,
    "penalty-1": 2.24997e-5,
    "penalty-2": 9.37629e-6,
    "chebyquad": 3.51687e-3,
    "linear-full-rank": 10.0,
    "linear-rank-1": 20 * 19 / (2 * 41),
    "linear-rank-1-zeros": (400 + 60 - 6) / (2 * 37),
}


def identity(problem: Problem) -> str:
    return f"{problem.name}-{problem.dimension}"


def near_start(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """A point beside the second start if there is one, and a direction, in the units of each coordinate."""
    random = np.random.default_rng(problem.dimension)
    start = problem.starts[-1]
    unit = np.where(start == 0, 0.1, np.abs(start))
    shift, direction = random.uniform(-1, 1, (2, problem.dimension)) * unit
    return start + 0.05 * shift, direction


def slope_along(function, theta: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """By central differences of the fourth order."""
    h = 1e-3

    def pair(step: float) -> np.ndarray:
        ahead, behind = function(theta + step * direction), function(theta - step * direction)
        return (np.asarray(ahead) - behind) / (2 * step)

    return (4 * pair(h) - pair(2 * h)) / 3


def assert_close(exact: np.ndarray, approximate: np.ndarray, scale: float) -> None:
    np.testing.assert_allclose(exact, approximate, rtol=1e-6, atol=1e-7 * scale)


@pytest.mark.parametrize("problem", [*EVERY, *OTHER_SIZES], ids=identity)
def test_derivatives_by_differences(problem: Problem) -> None:
    theta, direction = near_start(problem)
    value, gradient = problem.value_and_gradient(theta)
    assert value == pytest.approx(problem.value(theta), rel=1e-14)
    np.testing.assert_allclose(gradient, problem.gradient(theta), rtol=1e-13)
    slope = slope_along(problem.value, theta, direction)
    assert_close(gradient @ direction, slope, abs(value) + np.abs(gradient) @ np.abs(direction))
    hessian = problem.hessian(theta)
    np.testing.assert_array_equal(hessian, hessian.T)
    scale = np.abs(gradient) + np.abs(hessian) @ np.abs(direction)
    difference = hessian @ direction - slope_along(problem.gradient, theta, direction)
    assert (np.abs(difference) <= 1e-6 * scale).all()


@pytest.mark.parametrize("problem", SQUARES, ids=identity)
def test_residuals_and_their_derivatives(problem: SumOfSquares) -> None:
    theta, direction = near_start(problem)
    r, J, bends = problem.residuals(theta), problem.jacobian(theta), problem.residual_hessians(theta)
    n = problem.dimension
    assert r.ndim == 1
    assert J.shape == (len(r), n)
    assert bends.shape == (len(r), n, n)
    assert all(array.flags.c_contiguous and array.flags.writeable for array in (r, J))
    assert_close(J @ direction, slope_along(problem.residuals, theta, direction), np.abs(r).max())
    scale = (np.abs(J) + np.abs(bends @ direction)).max(axis=0)
    difference = bends @ direction - slope_along(problem.jacobian, theta, direction)
    assert (np.abs(difference) <= 1e-6 * scale).all()
    np.testing.assert_array_equal(bends, bends.transpose(0, 2, 1))
    assert problem.value(theta) == pytest.approx(np.square(r).sum(), rel=1e-13)
    assert_close(problem.hessian(theta), 2 * (J.T @ J + np.einsum("i,ijk->jk", r, bends)), 0.0)


@pytest.mark.parametrize("problem", [*EVERY, *OTHER_SIZES], ids=identity)
def test_what_is_known_of_the_minimum(problem: Problem) -> None:
    assert problem.minima.shape[1:] == (problem.dimension,)
    np.testing.assert_array_equal(problem.starts[0], problem.start)
    if problem.minimum is None:
        assert not len(problem.minima)
        return
    for start in problem.starts:
        assert problem.value(start) >= problem.minimum
    for point in problem.minima:
        value, gradient = problem.value_and_gradient(point)
        hessian = problem.hessian(point)
        size = np.linalg.eigvalsh(hessian)
        if problem.name != "Lanczos1":  # below the eleven digits of its parameters: a test of its own
            assert value == pytest.approx(
                problem.minimum, rel=2e-10, abs=1e-15 * problem.value(problem.start)
            )
        assert size[0] >= -1e-12 * size[-1]
        # The Newton step from there is within the digits of the point.
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-14)[0]
        assert (np.abs(step) <= 1e-9 * (1e-3 + np.abs(point))).all()


def test_published_values() -> None:
    collection = list(problems.select("mgh"))
    assert len(collection) == 35
    for problem in collection:
        assert problem.minimum == pytest.approx(PUBLISHED.get(problem.name, 0.0), rel=5e-6, abs=1e-16)
        assert "problem" in problem.source
    numbers = [int(problem.source.rsplit(" ", 1)[1]) for problem in collection]
    assert numbers == list(range(1, 36))
    freudenstein = problems.get("freudenstein-roth")
    assert freudenstein.value([11.41277898690209, -0.8968052532744766]) == pytest.approx(48.9842, rel=2e-6)
    assert freudenstein.other_values[0] == pytest.approx(48.9842, rel=2e-6)


@pytest.mark.parametrize("fit", FITS, ids=identity)
def test_certified_values(fit: Regression) -> None:
    parameters = fit.parameters
    if fit.name != "Lanczos1":
        assert fit.value(parameters) == pytest.approx(fit.residual_sum, rel=2e-10)
    R = np.linalg.qr(fit.jacobian(parameters), mode="r")
    deviations = np.linalg.norm(np.linalg.inv(R), axis=1) * fit.residual_standard_deviation
    np.testing.assert_allclose(deviations, fit.standard_deviations, rtol=1e-9)
    assert fit.starts.shape == (2, fit.dimension)
    assert fit.correct_digits(parameters) == 11
    assert fit.correct_digits(parameters * (1 + 1e-5)) == pytest.approx(5, abs=1e-3)
    assert fit.correct_digits(parameters * np.nan) == fit.correct_digits(parameters * 3) == 0


def test_the_residual_sum_of_lanczos_1() -> None:
    """One linear step from the certified digits reaches the sum that they leave out, far below them."""
    fit = problems.get("Lanczos1")
    assert isinstance(fit, Regression)
    theta = fit.parameters
    step = np.linalg.lstsq(fit.jacobian(theta), -fit.residuals(theta), rcond=None)[0]
    assert fit.value(theta) > 1000 * fit.residual_sum
    assert fit.value(theta + step) == pytest.approx(fit.residual_sum, rel=0.05)


def test_the_data_of_nist_are_those_of_the_attribution() -> None:
    folder = Path(rv.__path__[0]) / "data"
    with np.load(folder / "nist_strd.npz", allow_pickle=False) as archive:
        assert archive["observations"].shape == (2176, 3)
        numbers = [archive[key].astype("<f8").tobytes() for key in ("observations", "parameters")]
    told = (folder / "ATTRIBUTION.txt").read_text(encoding="utf-8")
    assert hashlib.sha256(b"".join(numbers)).hexdigest() in told


def test_names_and_tags() -> None:
    assert rv.problems is problems
    assert len(set(problems.names())) == len(problems.names()) == 75
    counts = {tag: len(problems.names(tag)) for tag in problems.TAGS}
    assert counts == {
        "mgh": 35,
        "unconstrained": 18,
        "nist": 27,
        "lower": 8,
        "average": 11,
        "higher": 8,
        "surface": 6,
        "hard": 9,
        "sum of squares": 63,
    }
    for name in problems.names():
        assert problems.get(name).name == name
    for name in problems.names("sum of squares"):
        assert isinstance(problems.get(name), SumOfSquares)
    assert isinstance(problems.get("rosenbrock"), rv.surfaces.Rosenbrock)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: problems.get("rosenbrok"), KeyError, "no problem 'rosenbrok': did you mean 'rosenbrock'"),
        (lambda: problems.names("nits"), KeyError, "no tag 'nits': did you mean 'nist'"),
        (lambda: problems.get("bard", n=4), TypeError, "'bard' comes in one size: n cannot be given"),
        (lambda: problems.get("watson", n=32), ValueError, "n must be at least 2 and at most 31, got 32"),
        (
            lambda: problems.get("extended-powell-singular", n=6),
            ValueError,
            "at least 4, a multiple of 4, got 6",
        ),
        (lambda: problems.get("linear-rank-1", n=4, m=3), ValueError, "m must be at least 4, got 3"),
        (lambda: problems.get("gulf", m=100), ValueError, "m must be at least 3 and at most 99, got 100"),
        (
            lambda: problems.get("bard").value([1.0]),
            ValueError,
            r"theta has the shape \(1,\): expected \(3,\)",
        ),
        (lambda: problems.get("maximum").hessian(np.zeros((2, 1))), ValueError, r"shape \(2, 1\)"),
    ],
)
def test_bad_arguments_are_named(make, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_outside_the_domain_there_are_no_warnings() -> None:
    bennett = problems.get("Bennett5")
    outside = [1.0, -1000.0, 1.0 / 3.1]
    assert np.isnan(bennett.value(outside))
    assert np.isnan(bennett.hessian(outside)).any()
    biggs = problems.get("biggs-exp6")
    assert biggs.value([-1e4, 1, 1, 1, 1, 1]) == np.inf
    assert not np.isfinite(biggs.gradient([-1e4, 1, 1, 1, 1, 1])).all()
    assert problems.get("no-finite-minimum").value([-1e3, 0.0]) == np.inf


def test_results_are_fresh_arrays() -> None:
    for name in ("rosenbrock", "bard", "strict-saddle", "Misra1a", "linear-rank-1"):
        problem = problems.get(name)
        start = problem.start
        for array in (start, problem.starts, problem.gradient(start), problem.hessian(start), problem.minima):
            array[:] = np.nan
        assert np.isfinite([*problem.start, *problem.minima.ravel()]).all()
        assert np.isfinite(problem.hessian(problem.start)).all()
