"""The textbook's activations, measured with forty-digit arithmetic and its differences."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from ravine.reference import ACTIVATIONS
from support import exact

# Away from the kink at zero by more than the steps of the differences.
POINTS = np.concatenate([np.linspace(-12, 12, 47) + 0.03, [-1e-6, 1e-6, -30.0, 30.0]])


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_agrees_with_differences_of_exact_values(name: str, order: int) -> None:
    got = ACTIVATIONS[name](POINTS, order)
    eps = np.finfo(np.float64).eps
    for z, value in zip(POINTS.tolist(), got.tolist(), strict=True):
        want = exact.derivative(exact.ACTIVATIONS[name], Decimal(z), order)
        slope = exact.derivative(exact.ACTIVATIONS[name], Decimal(z), order + 1)
        scale = max(abs(float(want)), float(order > 0)) + abs(z * float(slope))
        assert abs(Decimal(value) - want) <= Decimal(4 * eps * scale)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_keeps_shape_and_dtype(name: str, order: int) -> None:
    z = np.linspace(-3, 3, 12, dtype=np.float32).reshape(3, 4)
    got = ACTIVATIONS[name](z, order)
    assert got.shape == z.shape
    assert got.dtype == z.dtype
    np.testing.assert_allclose(got, ACTIVATIONS[name](z.astype(np.float64), order), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu"])
def test_derivative_at_a_kink_is_the_left_one(name: str) -> None:
    at, left = np.zeros(1), np.array([-1e-300])
    for order in (1, 2):
        assert ACTIVATIONS[name](at, order) == ACTIVATIONS[name](left, order)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_large_arguments_give_finite_values_without_a_warning(name: str) -> None:
    z = np.array([-1e6, -800.0, 800.0, 1e6])
    for order in (0, 1, 2):
        assert np.isfinite(ACTIVATIONS[name](z, order)).all()
