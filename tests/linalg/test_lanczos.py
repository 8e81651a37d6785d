"""Ends and density of spectra that are known, and what is refused."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ravine as rv
from ravine.linalg import LanczosReason
from support.spectra import orthogonal, with_spectrum


@given(n=st.integers(1, 60), ends=st.tuples(st.integers(0, 3), st.integers(0, 3)), seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_ends_of_random_spectra(n: int, ends: tuple[int, int], seed: int) -> None:
    low, high = min(ends[0], n // 2), min(ends[1], n - n // 2)
    if low + high == 0:
        high = 1
    eigenvalues = np.sort(np.random.default_rng(seed).normal(size=n))
    A = with_spectrum(eigenvalues, seed)
    result = rv.linalg.lanczos(A, lowest=low, highest=high, seed=seed)
    assert result.success
    wanted = np.concatenate([eigenvalues[:low], eigenvalues[n - high :]])
    np.testing.assert_allclose(result.values, wanted, atol=1e-9 * np.abs(eigenvalues).max())
    np.testing.assert_allclose(result.vectors.T @ result.vectors, np.eye(low + high), atol=1e-9)
    residuals = np.linalg.norm(A @ result.vectors - result.vectors * result.values, axis=0)
    np.testing.assert_allclose(residuals, result.residuals, atol=1e-13)


def test_few_vectors_and_many_restarts() -> None:
    eigenvalues = np.concatenate([[-2.0, -1.9], np.linspace(-1, 1, 246), [3.0, 3.1]])
    Q = orthogonal(250, 0)
    result = rv.linalg.lanczos(with_spectrum(eigenvalues, 0), lowest=2, highest=2, dimension=12)
    assert result.success
    assert result.restarts > 2
    np.testing.assert_allclose(result.values, [-2, -1.9, 3, 3.1], atol=1e-9)
    assert np.abs(Q[:, 0] @ result.vectors[:, 0]) == pytest.approx(1, abs=1e-12)
    assert "lowest" in str(result)
    assert result.reason.value in str(result)


def test_products_run_out_and_the_residuals_are_honest() -> None:
    A = with_spectrum(np.linspace(0, 1, 300), 0)
    result = rv.linalg.lanczos(A, dimension=8, max_products=20)
    assert result.reason is LanczosReason.PRODUCT_LIMIT
    assert result.residuals[0] > result.threshold
    assert np.abs(np.linspace(0, 1, 300) - result.values[0]).min() <= result.residuals[0]


def test_same_seed_same_bits_on_any_number_of_threads() -> None:
    A = with_spectrum(np.linspace(-1, 1, 650), 0)
    before = rv.get_num_threads()
    found = []
    for threads in (1, 3):
        rv.set_num_threads(threads)
        found.append(rv.linalg.lanczos(A, seed=5, tolerance=1e-6).vectors)
    rv.set_num_threads(before)
    np.testing.assert_array_equal(found[0], found[1])


def test_density_of_a_known_spectrum() -> None:
    eigenvalues = np.concatenate([np.full(30, -1.0), np.zeros(120), np.linspace(1, 2, 50)])
    density = rv.linalg.spectral_density(with_spectrum(eigenvalues, 0), probes=20, steps=30, seed=1)
    for low, high in ((-2, -0.5), (-0.5, 0.5), (0.5, 3)):
        share, error = density.share(low, high)
        true = ((eigenvalues >= low) & (eigenvalues < high)).mean()
        assert abs(share - true) < 4 * error < 0.1
    assert density.trace == pytest.approx(eigenvalues.sum(), abs=8)
    points = np.linspace(-3, 4, 2001)
    assert density.density(points, 0.05).sum() * (points[1] - points[0]) == pytest.approx(1, abs=1e-6)
    assert density.quantile(0.5) == pytest.approx(0, abs=1e-6)
    assert "share below" in str(density)


def test_density_is_exact_where_the_steps_span_all() -> None:
    """Mean of vᵀf(A)v over all v of ±1 is tr f(A)/n; for a diagonal A every v yields it."""
    eigenvalues = np.array([-2.0, 0.5, 0.5, 7.0])
    density = rv.linalg.spectral_density(np.diag(eigenvalues), probes=2, steps=99)
    assert density.nodes.shape == (2, 4)
    assert density.share(-3, -1)[0] == pytest.approx(0.25)
    assert density.share(0, 1)[0] == pytest.approx(0.5)
    assert density.trace == pytest.approx(6.0)


@pytest.mark.parametrize("call", [rv.linalg.lanczos, rv.linalg.spectral_density])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n": None}, TypeError, "n, the order of the matrix, must be given"),
        ({"n": 0}, ValueError, "n must be at least 1"),
        ({"product": lambda v: v[1:]}, ValueError, r"product\(v\) must be a vector of 30"),
        ({"product": lambda v: v / 0}, ValueError, r"must be finite"),
        ({"product": lambda v: np.roll(v, 1)}, ValueError, "must be that of a symmetric matrix"),
        ({"product": np.eye(3)}, ValueError, r"product must have shape \(30, 30\)"),
        ({"seed": -1}, ValueError, "seed must not be negative"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_what_both_refuse(call: Any, change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(**{"product": lambda v: 2 * v, "n": 30, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lowest": 0, "highest": 0}, r"lowest \+ highest must lie in \[1, n = 30\], got 0"),
        ({"lowest": 20, "highest": 11}, "got 31"),
        ({"lowest": -1}, "lowest must be at least 0, got -1"),
        ({"dimension": 2}, r"dimension must be more than lowest \+ highest = 2, got 2"),
        ({"tolerance": 0}, "tolerance must be positive"),
        ({"max_products": 0}, "max_products must be at least 1"),
    ],
)
def test_what_lanczos_refuses(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rv.linalg.lanczos(lambda v: 2 * v, 30, **change)


@pytest.mark.parametrize("call", [rv.linalg.lanczos, rv.linalg.spectral_density])
def test_an_exception_in_any_product_reaches_the_caller(call: Any) -> None:
    for k in range(1, 12):
        error = RuntimeError(f"in product {k}")
        calls = []

        def product(v: Any, k: int = k, calls: list[int] = calls, error: RuntimeError = error) -> Any:
            calls.append(1)
            if len(calls) == k:
                raise error
            return np.arange(30.0) * v

        with pytest.raises(RuntimeError) as caught:
            call(product, 30)
        assert caught.value is error
    assert rv.linalg.lanczos(np.eye(3)).success


def test_a_basis_that_does_not_fit_is_refused_with_the_figures() -> None:
    with pytest.raises(MemoryError, match=r"GB, there are .* GB; lower `dimension`"):
        rv.linalg.lanczos(lambda v: v, 10**9, dimension=10**4)


def test_an_interrupt_ends_a_long_run() -> None:
    A = with_spectrum(np.linspace(0, 1, 200), 0)
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        rv.linalg.lanczos(A, dimension=20, tolerance=1e-300, max_products=10**7)
    assert time.monotonic() - begin < 5
