"""The compiled matrix product: within rounding of the definition, the same bits at any address."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ravine import _core, reference
from support.memory import laid_out_at, part_of_wider_rows, reversed_rows
from support.problems import DTYPES


def product(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    out = np.full((A.shape[0], B.shape[1]), np.nan, A.dtype)
    _core.product(A, B, out)
    return out


def matrices(m: int, k: int, n: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([m, k, n])
    return rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.sampled_from(DTYPES))
def test_small_products_are_within_the_rounding_bound(m: int, k: int, n: int, dtype: str) -> None:
    A, B = matrices(m, k, n, dtype)
    error = np.abs(product(A, B) - reference.product_by_definition(A, B))
    assert (error <= reference.rounding_bound(A, B)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "shape", [(1, 1000, 1), (257, 300, 129), (3, 4096, 5), (600, 2, 600), (1, 513, 700), (700, 513, 1)]
)
def test_large_products_are_within_the_rounding_bound(shape: tuple[int, int, int], dtype: str) -> None:
    A, B = matrices(*shape, dtype)
    exact = A.astype(np.longdouble) @ B.astype(np.longdouble)
    assert (np.abs(product(A, B) - exact) <= 2 * reference.rounding_bound(A, B)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_whole_numbers_multiply_without_error(dtype: str) -> None:
    rng = np.random.default_rng(0)
    A, B = rng.integers(-50, 50, (70, 90)), rng.integers(-50, 50, (90, 110))
    np.testing.assert_array_equal(product(A.astype(dtype), B.astype(dtype)), A @ B)


@pytest.mark.parametrize("dtype", DTYPES)
def test_addresses_and_row_distances_change_no_bit(dtype: str) -> None:
    A, B = matrices(37, 53, 29, dtype)
    want = product(A, B).tobytes()
    for offset in (8, 24, 56):
        assert product(laid_out_at(A, offset), laid_out_at(B, 64 - offset)).tobytes() == want
    for lay in (part_of_wider_rows, reversed_rows):
        assert product(lay(A), lay(B)).tobytes() == want


def test_shapes_that_do_not_fit_are_refused() -> None:
    for A, B, out in [
        (np.zeros((2, 3)), np.zeros((4, 5)), np.zeros((2, 5))),
        (np.zeros((2, 3)), np.zeros((3, 5)), np.zeros((5, 2))),
        (np.zeros((2, 3)), np.zeros((3, 5), np.float32), np.zeros((2, 5))),
        (np.zeros(3), np.zeros((3, 5)), np.zeros((1, 5))),
    ]:
        with pytest.raises((ValueError, TypeError)):
            _core.product(A, B, out)
        assert (out == 0).all()
