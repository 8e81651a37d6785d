"""Kinds of points on functions with known spectra and on networks built for them, full and by Lanczos."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ravine.diagnostics import Definiteness, PointVerdict
from support.spectra import orthogonal, with_spectrum

METHODS = ["full", "ldlt", "lanczos"]


def quadratic(eigenvalues: Any, seed: int = 0, slope: float = 0.0) -> SimpleNamespace:
    """½ θᵀAθ + slope Σ θ, by products and as a matrix."""
    A = with_spectrum(eigenvalues, seed)
    return SimpleNamespace(
        value=lambda t: 0.5 * t @ A @ t + slope * t.sum(),
        gradient=lambda t: A @ t + slope,
        hessian_product=lambda _, v: A @ v,
    )


SPECTRA = {
    PointVerdict.MINIMUM: [0.1, 1, 2, 3],
    PointVerdict.MAXIMUM: [-5, -4, -4, -0.2],
    PointVerdict.SADDLE: [-1e-6, 0, 1, 2],
    PointVerdict.DEGENERATE: [0, 1, 2, 2],
    PointVerdict.FLAT: [0, 0, 0, 0],
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("verdict", SPECTRA, ids=lambda verdict: verdict.name)
def test_known_spectra_are_named(verdict: PointVerdict, method: Any) -> None:
    eigenvalues = np.sort(SPECTRA[verdict])
    point = rv.diagnostics.critical_point(quadratic(eigenvalues), np.zeros(4), method=method)
    assert point.verdict is verdict
    assert point.eigmin == pytest.approx(eigenvalues[0], abs=1e-13)
    assert point.eigmax == pytest.approx(eigenvalues[-1], abs=1e-13)
    assert point.gradient_norm == 0
    assert point.descends == (eigenvalues[0] < 0)
    if method == "lanczos":
        assert point.inertia is None
    else:
        signs = np.sign(eigenvalues)
        assert point.inertia == tuple(int((signs == sign).sum()) for sign in (1, 0, -1))
    if verdict is PointVerdict.MINIMUM:
        assert point.condition_number == pytest.approx(30)
    if verdict in (PointVerdict.DEGENERATE, PointVerdict.FLAT):
        assert point.condition_number == np.inf
    assert str(point).startswith(verdict.value)


@pytest.mark.parametrize("method", METHODS)
def test_newton_decrement_and_gradient_against_their_formulas(method: Any) -> None:
    function, theta = quadratic([1, 4, 9, 16, 25], 3), np.arange(5.0)
    A = with_spectrum([1, 4, 9, 16, 25], 3)
    point = rv.diagnostics.critical_point(function, theta, method=method)
    assert point.verdict is PointVerdict.NOT_CRITICAL
    g = A @ theta
    assert point.newton_decrement == pytest.approx(np.sqrt(g @ np.linalg.solve(A, g)), rel=1e-7)
    assert point.gradient_norm == pytest.approx(np.linalg.norm(g))
    assert point.gradient_threshold == pytest.approx(25 * 2.0**-20.8)
    assert (
        rv.diagnostics.critical_point(function, theta, gradient_tolerance=10).verdict is PointVerdict.MINIMUM
    )
    assert np.isnan(rv.diagnostics.critical_point(quadratic([-1, 1]), [1.0, 1.0]).newton_decrement)


@pytest.mark.parametrize("method", METHODS)
def test_networks_built_for_each_verdict(method: Any) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = X @ [1.0, -2.0, 0.5]

    def verdict(risk: rv.EmpiricalRisk) -> PointVerdict:
        return rv.diagnostics.critical_point(risk, method=method).verdict

    linear = rv.MLP([3, 1], bias=False)
    linear.theta = np.linalg.lstsq(X, y, rcond=None)[0]
    assert verdict(rv.EmpiricalRisk(linear, X, y)) is PointVerdict.MINIMUM

    upside_down = rv.losses.Custom(lambda f, t: (-0.5 * (f - t)[:, 0] ** 2, t - f, -np.ones((len(f), 1, 1))))
    assert verdict(rv.EmpiricalRisk(linear, X, y, loss=upside_down)) is PointVerdict.MAXIMUM

    two = rv.MLP([3, 4, 1], bias=False, initializer="zeros")
    assert verdict(rv.EmpiricalRisk(two, X, y)) is PointVerdict.SADDLE
    three = rv.MLP([3, 4, 4, 1], bias=False, initializer="zeros")
    assert verdict(rv.EmpiricalRisk(three, X, y)) is PointVerdict.FLAT
    three.theta[:] = np.random.default_rng(0).normal(size=three.parameter_count)
    assert verdict(rv.EmpiricalRisk(three, X, y)) is PointVerdict.NOT_CRITICAL

    # Twice the same unit: the pair may share out what it gives in any way, so one direction is flat.
    pair = rv.MLP([1, 2, 1], activation="identity", bias=False)
    pair.theta = np.array([1.0, 1.0, 0.5, 0.5])
    assert verdict(rv.EmpiricalRisk(pair, X[:, :1], X[:, 0])) is PointVerdict.DEGENERATE


def test_a_float32_network_has_coarser_thresholds() -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    net = rv.MLP([3, 4, 1], bias=False, initializer="zeros", dtype="float32")
    point = rv.diagnostics.critical_point(rv.EmpiricalRisk(net, X, X[:, 0]))
    assert point.verdict is PointVerdict.SADDLE
    assert point.spectrum.tolerance == pytest.approx(10 * 16 * 2.0**-23 * point.eigmax)
    assert point.spectrum.eigenvalues.dtype == np.float64


def test_spectrum_by_lanczos_agrees_with_the_whole_one() -> None:
    eigenvalues = np.concatenate([[-0.5, -0.3], np.linspace(0.5, 1, 146), [3.0, 9.0]])
    function = quadratic(eigenvalues, 1)
    whole = rv.diagnostics.spectrum(function, np.zeros(150), method="full")
    ends = rv.diagnostics.spectrum(function, np.zeros(150), method="lanczos", ends=2, seed=2)
    np.testing.assert_allclose(whole.eigenvalues, eigenvalues, atol=1e-13)
    np.testing.assert_allclose(ends.eigenvalues, [-0.5, -0.3, 3, 9], atol=1e-9)
    assert (whole.complete, whole.density, ends.complete, ends.inertia) == (True, None, False, None)
    assert whole.verdict is ends.verdict is Definiteness.INDEFINITE
    assert np.isnan(ends.condition_number)
    assert whole.condition_number == pytest.approx(30)
    assert ends.density is not None
    share, error = ends.density.share(high=-0.1)
    assert abs(share - 2 / 150) < 4 * error
    Q = orthogonal(150, 1)
    for found in (whole, ends):
        np.testing.assert_allclose(np.abs(np.sum(found.vectors * Q[:, [0, -1]], axis=0)), 1, atol=1e-9)
    assert "share below -0.01 ‖H‖" in str(ends)
    assert rv.diagnostics.spectrum(function, np.zeros(150), method="lanczos", probes=0).density is None


@pytest.mark.parametrize(
    ("lowest", "verdict", "inertia"),
    [
        (-1e-9, PointVerdict.SADDLE, (299, 0, 1)),
        (-1e-15, PointVerdict.DEGENERATE, (299, 1, 0)),
        (1e-9, PointVerdict.MINIMUM, (300, 0, 0)),
    ],
)
def test_factoring_counts_what_lanczos_leaves_open(
    lowest: float, verdict: PointVerdict, inertia: Any
) -> None:
    """The lowest of eigenvalues that crowd near zero, closer than Lanczos parts them."""
    function = quadratic(np.append(lowest, np.geomspace(1e-8, 1, 299)))
    point = rv.diagnostics.critical_point(function, np.zeros(300), method="ldlt")
    assert (point.inertia, point.verdict) == (inertia, verdict)
    assert point.descends == (lowest == -1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_way_out_of_a_saddle(method: Any) -> None:
    A = with_spectrum([-2, 1, 3], 0)
    function = SimpleNamespace(
        value=lambda t: 0.5 * t @ A @ t + 0.25 * (t @ t) ** 2,
        gradient=lambda t: A @ t + (t @ t) * t,
        hessian=lambda t: A + (t @ t) * np.eye(3) + 2 * np.outer(t, t),
    )
    way_out = rv.diagnostics.negative_curvature(function, np.zeros(3), method=method)
    assert way_out.found
    assert way_out.curvature == pytest.approx(-2)
    assert np.linalg.norm(way_out.direction) == pytest.approx(1)
    assert way_out.direction @ A @ way_out.direction == pytest.approx(-2)
    assert way_out.lowest_value == function.value(way_out.step * way_out.direction) < way_out.value == 0
    assert way_out.predicted_change(0.1) == pytest.approx(-0.01)
    slope = np.array([0.3, -0.2, 0.1])
    tilted = SimpleNamespace(value=function.value, gradient=lambda _: slope, hessian=function.hessian)
    assert slope @ rv.diagnostics.negative_curvature(tilted, np.zeros(3), method=method).direction <= 0
    nowhere = rv.diagnostics.negative_curvature(quadratic([1, 2]), np.zeros(2), method=method)
    assert not nowhere.found
    assert nowhere.step == 0
    assert str(nowhere).startswith("No negative curvature")
    flat = rv.diagnostics.negative_curvature(quadratic([0, 0]), np.zeros(2), method=method)
    assert flat.step == 0
    assert flat.lowest_value == flat.value


def test_blocks_of_a_hessian() -> None:
    A = with_spectrum(np.linspace(1, 5, 7), 0)
    function = SimpleNamespace(value=lambda t: 0.5 * t @ A @ t, gradient=lambda t: A @ t, hessian=lambda _: A)
    blocks = rv.diagnostics.hessian_blocks(function, np.zeros(7), sizes=[3, 4])
    assert blocks.norms[0, 1] == pytest.approx(np.linalg.norm(A[:3, 3:]))
    assert blocks.condition_numbers[1] == pytest.approx(np.linalg.cond(A[3:, 3:]))
    assert (blocks.norms**2).sum() == pytest.approx((A**2).sum())
    net = rv.MLP([3, 5, 2], seed=0)
    risk = rv.EmpiricalRisk(net, np.ones((4, 3)), np.zeros((4, 2)))
    layers = rv.diagnostics.hessian_blocks(risk)
    assert layers.sizes.tolist() == [20, 12]
    assert layers.condition_numbers[1] == np.inf  # one row cannot curve 12 parameters
    assert 0 < layers.diagonal_share < 1
    assert "couplings" in str(layers)


class Half:
    """Has no second derivatives."""

    def value(self, theta: Any) -> float:
        return float(theta @ theta)

    def gradient(self, theta: Any) -> Any:
        return 2 * theta


@pytest.mark.parametrize(
    ("function", "change", "error", "message"),
    [
        (quadratic([1, 2]), {"theta": None}, TypeError, "theta must be given for a SimpleNamespace"),
        (Half(), {}, TypeError, "a Half must have the methods hessian or hessian_product"),
        (object(), {}, TypeError, "value and gradient and hessian or hessian_product"),
        (
            quadratic([1, 2]),
            {"method": "both"},
            ValueError,
            "must be 'auto', 'full', 'ldlt' or 'lanczos'",
        ),
        (quadratic([1, 2]), {"gradient_tolerance": -1}, ValueError, "gradient_tolerance"),
        (quadratic([1, 2, 3]), {"theta": np.full(3, np.nan)}, ValueError, "theta must be finite"),
        (
            quadratic([1, 2]),
            {"theta": np.zeros((1, 2))},
            ValueError,
            r"shape \(n,\), got \(1, 2\)",
        ),
        (
            SimpleNamespace(value=lambda _: 0.0, gradient=lambda t: t[:1], hessian=lambda _: np.eye(2)),
            {},
            ValueError,
            r"gradient\(theta\) must have shape \(2,\), got \(1,\)",
        ),
        (
            SimpleNamespace(value=lambda _: 0.0, gradient=lambda t: t, hessian=lambda _: np.eye(3)),
            {},
            ValueError,
            r"hessian\(theta\) must have shape \(2, 2\), got \(3, 3\)",
        ),
        (
            SimpleNamespace(value=lambda t: t, gradient=lambda t: t, hessian=lambda _: np.eye(2)),
            {},
            TypeError,
            r"value\(theta\) must be a number",
        ),
    ],
)
def test_what_is_refused(function: Any, change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        rv.diagnostics.critical_point(function, **{"theta": np.zeros(2), **change})


def test_what_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    risk = rv.EmpiricalRisk(rv.MLP([2, 1]), np.ones((3, 2)), np.zeros(3), l1=0.1)
    with pytest.raises(ValueError, match="l1 must be 0"):
        rv.diagnostics.spectrum(risk)
    with pytest.raises(TypeError, match="sizes must be given for a SimpleNamespace"):
        rv.diagnostics.hessian_blocks(quadratic([1, 2]), [0.0, 0.0])
    with pytest.raises(ValueError, match="sizes must add up to P = 2, got 3"):
        rv.diagnostics.hessian_blocks(quadratic([1, 2]), [0.0, 0.0], sizes=[1, 2])
    monkeypatch.setattr("ravine.memory.available_bytes", lambda: 40.0)
    with pytest.raises(MemoryError, match=r"the full spectrum of P = 2 .*; method='lanczos' needs"):
        rv.diagnostics.spectrum(quadratic([1, 2]), [0.0, 0.0])


def test_an_end_that_lanczos_has_not_resolved_is_called_open() -> None:
    """The lowest of many eigenvalues so near to each other that no thousand products part them."""
    eigenvalues = np.geomspace(1e-9, 1, 2500)
    function = SimpleNamespace(
        value=lambda t: 0.5 * t @ (eigenvalues * t),
        gradient=lambda t: eigenvalues * t,
        hessian_product=lambda _, v: eigenvalues * v,
    )
    point = rv.diagnostics.critical_point(function, np.zeros(2500), method="lanczos")
    assert point.spectrum.residuals[0] > point.eigmin > point.spectrum.tolerance
    assert point.verdict is PointVerdict.DEGENERATE
