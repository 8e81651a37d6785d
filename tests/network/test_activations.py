"""Every activation, σ, σ′ and σ″, against differences of forty-digit values and against the textbook."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from ravine import _core, reference
from support import exact
from support.memory import laid_out_at
from support.problems import ACTIVATIONS

DTYPES = [np.float32, np.float64]
ORDERS = [0, 1, 2]
# Representable in float32, so that both dtypes are measured at the same points; none near the kink.
POINTS = np.concatenate([np.linspace(-14, 14, 57) + 0.06, [-1e-6, 1e-6, -30.0, 30.0, -38.0, 38.0]]).astype(
    np.float32
)


def image(name: str, order: int, z: NDArray[np.floating]) -> NDArray[np.floating]:
    out = np.empty_like(z)
    _core.activation(name, order, z, out)
    return out


@cache
def exact_images(name: str, order: int) -> list[Decimal]:
    return [exact.derivative(exact.ACTIVATIONS[name], Decimal(z), order) for z in POINTS.tolist()]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_within_a_few_roundings_of_the_exact_value(name: str, order: int, dtype: type) -> None:
    """Allowed: 6 eps of the value (of one, for derivatives), and what 6 eps of the argument would do."""
    got = image(name, order, POINTS.astype(dtype)).tolist()
    slopes = exact_images(name, order + 1)
    for z, value, want, slope in zip(POINTS.tolist(), got, exact_images(name, order), slopes, strict=True):
        scale = max(abs(float(want)), float(order > 0)) + abs(z * float(slope))
        last_place = (1 + abs(z)) * float(
            np.finfo(dtype).smallest_subnormal
        )  # of a subnormal factor, times z
        allowed = 6 * float(np.finfo(dtype).eps) * scale + last_place
        assert abs(Decimal(value) - want) <= Decimal(allowed), (z, value, want)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_agrees_with_the_textbook_on_many_points(name: str, order: int, dtype: type) -> None:
    z = np.linspace(-20, 20, 4001).astype(dtype)
    want = reference.ACTIVATIONS[name](z.astype(np.float64), order)
    bound = 20 * np.finfo(dtype).eps * (1 + np.abs(want)) * (1 + np.abs(z))
    assert (np.abs(image(name, order, z) - want) <= bound).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_at_zero_and_far_out_it_is_what_the_textbook_says(name: str, order: int, dtype: type) -> None:
    z = np.array([0.0, -0.0, -3e4, 3e4], dtype)
    want = reference.ACTIVATIONS[name](z.astype(np.float64), order)
    np.testing.assert_allclose(image(name, order, z), want, rtol=4 * np.finfo(dtype).eps, atol=1e-30)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_image_does_not_depend_on_where_the_number_lies(name: str, order: int, dtype: type) -> None:
    z = np.random.default_rng(23).normal(size=80).astype(dtype) * 3
    whole = image(name, order, z)
    for n in range(1, 80, 3):
        out = laid_out_at(np.zeros(n, dtype), (n % 16) * z.itemsize)
        _core.activation(name, order, laid_out_at(z[80 - n :], ((3 * n) % 16) * z.itemsize), out)
        assert out.tobytes() == whole[80 - n :].tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_stays_nan(name: str, dtype: type) -> None:
    assert np.isnan(image(name, 0, np.array([np.nan], dtype)))


def test_unknown_names_and_orders_are_refused() -> None:
    z = np.zeros(3)
    with pytest.raises(ValueError, match="cube"):
        _core.activation("cube", 0, z, np.empty(3))
    with pytest.raises(ValueError, match="order"):
        _core.activation("tanh", 3, z, np.empty(3))
