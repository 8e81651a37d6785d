"""The compiled losses with all their derivatives, sample by sample: the textbook, differences, extremes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ravine import reference
from ravine.losses import Gaussian, LossTerms
from ravine.reference.losses import Loss as TextbookLoss
from support.losses import LOSSES, NAMES, PARAMETERS, SUMS, draw_targets, fits
from support.problems import DTYPES, Array


def textbook(name: str) -> TextbookLoss:
    return partial(reference.LOSSES[name], **PARAMETERS.get(name, {}))


def in_dtype(y: Array, dtype: str) -> Array:
    return y if y.dtype.kind == "i" else y.astype(dtype)


def assert_agree(got: LossTerms, want: reference.LossTerms, w: Array, tolerance: float) -> None:
    """To the tolerance, relative to the size of the terms in the row."""
    for ours, theirs in zip(got, want, strict=True):
        assert ours is not None
        weighted = theirs * w.reshape(-1, *[1] * (theirs.ndim - 1))
        size = 1 + np.abs(weighted).reshape(len(w), -1).max(axis=1)
        assert (np.abs(ours - weighted).reshape(len(w), -1).max(axis=1) <= tolerance * size).all()


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("rows", "c"), [(1, 1), (1, 2), (7, 1), (7, 2), (33, 5), (70, 10)])
def test_agrees_with_the_textbook(name: str, dtype: str, rows: int, c: int, labels: bool) -> None:
    if not fits(name, c):
        with pytest.raises(ValueError, match=name):
            LOSSES[name].target_columns(c)
        return
    rng = np.random.default_rng(rows + c)
    f = (2 * rng.normal(size=(rows, c))).astype(dtype)
    y = in_dtype(draw_targets(name, rows, c, rng, labels), dtype)
    w = (rng.random(rows) if labels else np.ones(rows)).astype(dtype)
    got = LOSSES[name].evaluate(f, y, w if labels else None)
    assert all(term is not None and term.dtype == dtype for term in got)
    want = textbook(name)(f.astype(np.float64), y)
    assert_agree(got, want, w.astype(np.float64), 60 * float(np.finfo(dtype).eps))
    assert got.hessian is not None
    assert (got.hessian == got.hessian.transpose(0, 2, 1)).all()
    np.testing.assert_array_equal(LOSSES[name].values(f, y), LOSSES[name].evaluate(f, y).value)


@given(
    st.sampled_from(NAMES), st.integers(1, 20), st.integers(1, 7), st.integers(0, 2**16), st.floats(-2, 1.5)
)
def test_float32_is_float64_to_rounding(name: str, rows: int, c: int, seed: int, decades: float) -> None:
    assume(fits(name, c))
    rng = np.random.default_rng(seed)
    f = (10.0**decades * rng.normal(size=(rows, c))).astype(np.float32)
    y = in_dtype(draw_targets(name, rows, c, rng), "float32")
    if "huber" in name or "hinge" in name:  # a rounding may carry a number over a kink of the slope
        terms = textbook(name)
        moved = [terms(f.astype(np.float64) * s, y).hessian for s in (1 - 1e-6, 1 + 1e-6)]
        assume(np.abs(moved[0] - moved[1]).max() < 0.5)
    wide = LOSSES[name].evaluate(f.astype(np.float64), y)
    narrow = LOSSES[name].evaluate(f, y)
    for term, other in zip(narrow, wide, strict=True):
        assert term is not None
        assert other is not None
        size = 1 + np.abs(other).max() + np.abs(wide.gradient).max() ** 2
        np.testing.assert_allclose(term, other, rtol=0, atol=100 * np.finfo(np.float32).eps * size)


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_are_differences(name: str) -> None:
    rng, h = np.random.default_rng(3), 1e-6
    f = 1.5 * rng.normal(size=(40, 4))
    y, loss = draw_targets(name, 40, 4, rng, labels=False), LOSSES[name]
    terms = loss.evaluate(f, y)
    assert terms.hessian is not None
    for k in range(4):
        step = h * np.eye(4)[k]
        above, below = loss.evaluate(f + step, y), loss.evaluate(f - step, y)
        np.testing.assert_allclose(terms.gradient[:, k], (above.value - below.value) / (2 * h), atol=1e-8)
        slope = (above.gradient - below.gradient) / (2 * h)
        np.testing.assert_allclose(terms.hessian[:, :, k], slope, atol=2e-7)


@pytest.mark.parametrize("name", NAMES)
def test_curvature_is_positive_semidefinite_and_the_hessian_where_that_is(name: str) -> None:
    rng = np.random.default_rng(5)
    f, y = 2 * rng.normal(size=(50, 4)), draw_targets(name, 50, 4, rng)
    terms = LOSSES[name].evaluate(f, y)
    assert terms.hessian is not None
    assert terms.curvature is not None
    assert np.linalg.eigvalsh(terms.curvature).min() > -1e-13
    convex = name not in ("cosine", "gaussian")
    assert (terms.curvature == terms.hessian).all() == convex
    assert (np.linalg.eigvalsh(terms.hessian).min() > -1e-13) == convex


def test_the_curvature_of_a_cosine_is_the_hessian_at_its_minimum() -> None:
    f = np.random.default_rng(7).normal(size=(5, 3))
    terms = LOSSES["cosine"].evaluate(f, 3 * f)
    assert terms.hessian is not None
    np.testing.assert_allclose(terms.hessian, terms.curvature, atol=1e-14)
    np.testing.assert_allclose(terms.value, 0, atol=1e-15)


def test_the_curvature_of_the_gaussian_is_the_mean_of_its_hessian_over_the_targets() -> None:
    """Gauss-Hermite quadrature over y of the model's own law gives the Fisher information exactly."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    f = np.array([[0.3, -1.1]])
    loss = Gaussian(minimum_variance=0.3)
    mean, variance = loss.mean_and_variance(f)
    terms = loss.evaluate(np.repeat(f, 20, axis=0), mean[0, 0] + np.sqrt(variance[0, 0]) * nodes)
    assert terms.hessian is not None
    assert terms.curvature is not None
    expected = np.einsum("n,nij->ij", weights / weights.sum(), terms.hessian)
    np.testing.assert_allclose(terms.curvature[0], expected, atol=1e-13)


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_missing_target_leaves_its_term_out(name: str, dtype: str) -> None:
    """The row is then the same as with the outputs of that term, and its target, not there at all."""
    rng = np.random.default_rng(11)
    columns = 3
    c = 2 * columns if name == "gaussian" else columns
    f = rng.normal(size=(9, c)).astype(dtype)
    y = draw_targets(name, 9, c, rng).astype(dtype)
    y[:, 1] = np.nan
    got = LOSSES[name].evaluate(f, y)
    kept = [0, 2, 3, 5] if name == "gaussian" else [0, 2]
    gone = [k for k in range(c) if k not in kept]
    want = LOSSES[name].evaluate(f[:, kept], y[:, [0, 2]])
    np.testing.assert_array_equal(got.value, want.value)
    np.testing.assert_array_equal(got.gradient[:, kept], want.gradient)
    assert (got.gradient[:, gone] == 0).all()
    for matrix, expected in ((got.hessian, want.hessian), (got.curvature, want.curvature)):
        assert matrix is not None
        np.testing.assert_array_equal(matrix[:, kept][:, :, kept], expected)
        assert (matrix[:, gone] == 0).all()
        assert (matrix[:, :, gone] == 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "poisson"])
def test_huge_outputs_stay_finite_and_right(name: str, dtype: str) -> None:
    f = np.array([[1e5, -1e5], [-3e4, 3e4], [2e4, 0.0], [-1e5, -1e5]], dtype)
    y = (
        np.array([0, 0, 1, 1])
        if "hinge" in name
        else np.array([[0.0, 1.0], [0, 1], [1, 0], [0.5, 0.5]], dtype)
    )
    y = y[:, :1] if name == "gaussian" else y
    got = LOSSES[name].evaluate(f, y)
    with np.errstate(over="ignore", invalid="ignore"):
        want = textbook(name)(f.astype(np.float64), y)
    finite = np.isfinite(want.value)  # the textbook's exp overflows where the kernel's logarithm does not
    for ours, theirs in zip(got, want, strict=True):
        assert ours is not None
        assert np.isfinite(ours).all()
        np.testing.assert_allclose(ours[finite], theirs[finite], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("dtype", DTYPES)
def test_errors_near_the_largest_number_do_not_spoil_slopes(dtype: str) -> None:
    huge = np.finfo(dtype).max / 4
    f = np.array([[huge], [-huge]], dtype)
    for name in ("huber", "pseudo_huber"):
        terms = LOSSES[name].evaluate(f, np.zeros(2, dtype))
        delta = LOSSES[name].parameter
        np.testing.assert_allclose(terms.gradient[:, 0], [delta, -delta], rtol=1e-6)
        np.testing.assert_allclose(terms.value, float(huge) * delta, rtol=1e-6)
        assert terms.hessian is not None
        assert (terms.hessian == 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_small_error_keeps_its_digits(dtype: str) -> None:
    terms = LOSSES["pseudo_huber"].evaluate(np.array([[1e-9]], dtype), np.zeros(1, dtype))
    np.testing.assert_allclose(terms.value, 0.5e-18, rtol=1e-6)


def test_a_rate_beyond_the_largest_number_is_infinite_and_a_count_of_zero_wants_none() -> None:
    terms = LOSSES["poisson"].evaluate([[1000.0], [-1000.0]], [2.0, 0.0])
    assert terms.value[0] == np.inf
    assert terms.value[1] == terms.gradient[1, 0] == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_where_there_is_no_direction_the_cosine_loss_is_one_and_flat(dtype: str) -> None:
    tiny, huge = np.finfo(dtype).tiny, np.finfo(dtype).max / 2
    f = np.array([[0, 0], [tiny, 0], [1, 2], [huge, huge], [1, 1]], dtype)
    y = np.array([[1, 2], [1, 2], [0, 0], [1, 1], [huge, -huge]], dtype)
    terms = LOSSES["cosine"].evaluate(f, y)
    np.testing.assert_allclose(terms.value, [1, 1, 1, 0, 1], atol=10 * np.finfo(dtype).eps)
    for term in terms[1:]:
        assert term is not None
        assert (term[:3] == 0).all()
        assert np.isfinite(term).all()


def test_at_a_kink_the_slope_is_zero() -> None:
    terms = LOSSES["hinge"].evaluate([[1.0, 0.0, -5.0]], [0])
    assert terms.value == [0.0]
    assert (terms.gradient == 0).all()


def test_the_floor_of_the_variance_is_reached_and_not_passed() -> None:
    """However far s falls, L stays above ½ log v₀ and its slope goes to zero."""
    terms = LOSSES["gaussian"].evaluate([[1.0, -1e6]], [1.0])
    np.testing.assert_allclose(terms.value, 0.5 * np.log(0.3), rtol=1e-14)
    assert terms.gradient[0, 1] == 0
