"""The compiled losses with gradient and Hessian, sample by sample, against the textbook."""

from __future__ import annotations

import numpy as np
import pytest

from ravine import _core, reference
from support.problems import DTYPES, LOSSES


def targets(loss: str, rows: int, c: int, labels: bool, rng: np.random.Generator) -> np.ndarray:
    if loss == "cross_entropy":
        return rng.integers(0, c, size=rows) if labels else rng.dirichlet(np.ones(c), size=rows)
    return rng.random((rows, c))


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("rows", "c"), [(1, 1), (1, 3), (7, 1), (7, 2), (33, 5), (70, 10)])
def test_loss_gradient_and_hessian(
    loss: str, dtype: str, rows: int, c: int, weighted: bool, labels: bool
) -> None:
    rng = np.random.default_rng(rows + c)
    f = (4 * rng.normal(size=(rows, c))).astype(dtype)
    y = targets(loss, rows, c, labels, rng)
    y = y if y.dtype.kind == "i" else y.astype(dtype)
    w = rng.random(rows).astype(dtype) if weighted else None
    gradient, hessian = np.empty((rows, c), dtype), np.empty((rows, c, c), dtype)
    total = _core.loss(loss, f, y, w, gradient, hessian)

    each = np.ones(rows) if w is None else w.astype(np.float64)
    want = reference.LOSSES[loss](f.astype(np.float64), y)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(total, (each * want.value).sum(), rtol=50 * eps, atol=50 * eps)
    np.testing.assert_allclose(gradient, each[:, None] * want.gradient, rtol=20 * eps, atol=20 * eps)
    np.testing.assert_allclose(hessian, each[:, None, None] * want.hessian, rtol=20 * eps, atol=20 * eps)
    assert (hessian == hessian.transpose(0, 2, 1)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_huge_outputs_stay_finite_and_right(loss: str, dtype: str) -> None:
    f = np.array([[1e5, -1e5, -1e5], [-3e4, 3e4, 0.0]], dtype)
    y = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]], dtype)
    gradient, hessian = np.empty((2, 3), dtype), np.empty((2, 3, 3), dtype)
    total = _core.loss(loss, f, y, None, gradient, hessian)
    want = reference.LOSSES[loss](f.astype(np.float64), y)
    np.testing.assert_allclose(total, want.value.sum(), rtol=1e-6)
    np.testing.assert_allclose(gradient, want.gradient, atol=1e-7)
    np.testing.assert_allclose(hessian, want.hessian, atol=1e-7)
