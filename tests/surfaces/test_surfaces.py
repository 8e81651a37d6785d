"""Surfaces: their derivatives belong to their values, and their minima are minima."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.surfaces import SURFACES, Cliff, Plateau, Ravine, Rosenbrock, Saddle, Surface

KINDS = [
    *(kind() for kind in SURFACES.values()),
    Ravine(condition=1.0, angle=0.7),
    Ravine(condition=1e4, dimension=5, angle=-2.0),
    Rosenbrock(b=1.0),
    Cliff(depth=1),
    Cliff(depth=2),
]
STEP = 1e-5


def points(surface: Surface, count: int, seed: int = 0) -> np.ndarray:
    """Points of the window; coordinates that the picture does not show lie between -1 and 1."""
    random = np.random.default_rng(seed)
    drawn = random.uniform(-1, 1, (count, surface.dimension))
    for column, (low, high) in zip((0, -1), surface.window, strict=True):
        drawn[:, column] = random.uniform(low, high, count)
    return drawn


@pytest.mark.parametrize("surface", KINDS, ids=str)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_derivatives_by_central_differences(surface: Surface, seed: int) -> None:
    random = np.random.default_rng(seed)
    theta = points(surface, 1, seed)[0]
    direction = random.normal(size=surface.dimension)
    ahead, behind = theta + STEP * direction, theta - STEP * direction
    value, gradient = surface.value_and_gradient(theta)
    hessian = surface.hessian(theta)
    scale = 1 + np.abs(hessian).max() + abs(value)
    slope = (surface.value(ahead) - surface.value(behind)) / (2 * STEP)
    assert slope == pytest.approx(gradient @ direction, abs=1e-4 * scale)
    bend = (surface.gradient(ahead) - surface.gradient(behind)) / (2 * STEP)
    np.testing.assert_allclose(hessian @ direction, bend, atol=1e-4 * scale)
    np.testing.assert_array_equal(hessian, hessian.T)


@pytest.mark.parametrize("surface", KINDS, ids=str)
def test_minima_are_the_lowest_points(surface: Surface) -> None:
    lowest = surface.value(surface.minima[0])
    for minimum in surface.minima:
        assert surface.value(minimum) == lowest
        np.testing.assert_allclose(surface.gradient(minimum), 0, atol=1e-12)
        assert np.linalg.eigvalsh(surface.hessian(minimum))[0] >= -1e-12
    assert (surface.values(points(surface, 1000)) >= lowest).all()
    assert lowest < surface.goal


@pytest.mark.parametrize("surface", KINDS, ids=str)
def test_start_and_minima_are_in_the_picture_and_values_broadcast(surface: Surface) -> None:
    if surface == SURFACES[surface.name]():  # a turned ravine may leave the window
        assert surface.goal < surface.value(surface.start)
        for point in (surface.start, *surface.minima):
            for coordinate, (low, high) in zip(point[[0, -1]], surface.window, strict=True):
                assert low < coordinate < high
    block = points(surface, 6).reshape(2, 3, -1)
    expected = [[surface.value(theta) for theta in row] for row in block]
    np.testing.assert_allclose(surface.values(block), expected, rtol=1e-14)


def test_known_numbers() -> None:
    assert rv.surfaces.Rosenbrock().value([-1.2, 1.0]) == pytest.approx(24.2)
    assert rv.surfaces.Beale().value([1.0, 1.0]) == pytest.approx(14.203125)
    assert Saddle().value([0.0, 0.0]) == 0.0
    assert Plateau().value([100.0, 0.0]) == 1.0
    ravine = Ravine(condition=50.0, dimension=4, angle=0.3)
    values = np.linalg.eigvalsh(ravine.hessian(np.zeros(4)))
    assert values[-1] / values[0] == pytest.approx(50.0)
    np.testing.assert_allclose(values, ravine.eigenvalues)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ravine(condition=0.5), "condition must be a finite number ≥ 1, got 0.5"),
        (lambda: Ravine(condition=np.nan), "condition"),
        (lambda: Ravine(dimension=1), "dimension must be at least 2, got 1"),
        (lambda: Ravine(angle=np.inf), "angle must be finite"),
        (lambda: Rosenbrock(b=0.0), "b must be a positive finite number, got 0.0"),
        (lambda: Saddle(offset=np.nan), "offset must be finite"),
        (lambda: Cliff(depth=0), "depth must be at least 1, got 0"),
        (lambda: Ravine().value([1.0]), r"theta has the shape \(1,\): expected \(2,\)"),
        (lambda: Ravine().hessian(np.zeros((2, 1))), r"theta has the shape \(2, 1\)"),
    ],
)
def test_bad_arguments_are_named(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # one of the lambdas above


def test_surfaces_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ravine().condition = 3.0  # type: ignore[misc]  # that is the test
