"""The conjugate gradient method on NumPy arrays and product functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from ravine import _core
from ravine.arrays import finite_number, non_negative, require_count
from ravine.linalg.products import FloatArray, Product, Symmetric, as_product, float_vector
from ravine.tables import format_number, format_table

__all__ = ["ConjugateGradient", "ConjugateGradientReason", "conjugate_gradient"]


class ConjugateGradientReason(str, Enum):
    """Why the iteration ended; the value is a sentence."""

    CONVERGED = "The residual is at or below the threshold."
    BOUNDARY = "The solution lies outside the ball: x was cut at its boundary."
    NEGATIVE_CURVATURE = "The matrix is not positive definite: pᵀAp ≤ 0 along the direction that is returned."
    ROUNDING_FLOOR = "The residual stopped falling above the threshold: rounding allows no better."
    ITERATION_LIMIT = "All iterations were made."
    BAD_PRECONDITIONER = "The preconditioner is not positive definite: rᵀM⁻¹r ≤ 0."
    NOT_FINITE = "A product with the matrix overflowed."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, eq=False)
class ConjugateGradient:
    """What the iteration came to; prints as a table.

    Attributes
    ----------
    x : (n,).
    reason : a :class:`ConjugateGradientReason`.
    iterations : directions that were tried.
    products : with the matrix.
    residual_norm : ‖b - Ax‖, beside the threshold.
    threshold : max(relative_tolerance · ‖b‖, absolute_tolerance).
    model : q(x) = ½ xᵀAx - bᵀx, not above q(0) = 0.
    least_curvature, greatest_curvature : of pᵀAp / pᵀp over the directions p tried; NaN if there were none.
    direction : (n,), p with pᵀAp ≤ 0 along which the model falls without bound, or None.
    """

    x: FloatArray
    reason: ConjugateGradientReason
    iterations: int
    products: int
    residual_norm: float
    threshold: float
    model: float
    least_curvature: float
    greatest_curvature: float
    direction: FloatArray | None

    @property
    def success(self) -> bool:
        """Whether the residual is at or below the threshold."""
        return self.reason is ConjugateGradientReason.CONVERGED

    def __str__(self) -> str:
        rows = [
            [
                "residual norm",
                format_number(self.residual_norm),
                f"threshold {format_number(self.threshold)}",
            ],
            ["iterations", str(self.iterations), f"{self.products} products"],
            ["model ½xᵀAx - bᵀx", format_number(self.model), ""],
            [
                "curvature pᵀAp/pᵀp",
                format_number(self.least_curvature),
                f"to {format_number(self.greatest_curvature)}",
            ],
        ]
        return f"{self.reason}\n{format_table(['conjugate gradient', '', ''], rows)}"


def conjugate_gradient(
    product: Symmetric,
    b: ArrayLike,
    *,
    preconditioner: Symmetric | None = None,
    relative_tolerance: float = 1e-8,
    absolute_tolerance: float = 0.0,
    max_iterations: int | None = None,
    radius: float | None = None,
    true_residual: bool = True,
) -> ConjugateGradient:
    """Solve A x = b for a symmetric A of which only products are needed, from x = 0.

    The iterates minimise q(x) = ½ xᵀAx - bᵀx over growing Krylov spaces. Where A is not positive definite the
    iteration meets a direction p with pᵀAp ≤ 0 sooner or later, stops and returns it. With a `radius` it
    stops at the boundary of the ball ‖x‖ ≤ radius as well, and follows p to it (Steihaug's answers, those of
    a trust region): x is then a step along which q has fallen.

    Parameters
    ----------
    product : A as a matrix (n, n), an object with `shape` and `@`, or a function that returns A v.
    b : (n,), finite.
    preconditioner : M⁻¹ in the same forms, or a vector (n,), the diagonal of M; M positive definite. The
        ball is then ‖x‖_M ≤ radius, ‖x‖²_M = xᵀMx.
    relative_tolerance, absolute_tolerance : it stops where ‖b - Ax‖ ≤ max(relative · ‖b‖, absolute).
    max_iterations : None for 2 n + 10.
    radius : of the ball, or None for none.
    true_residual : form b - Ax at the end, at the price of one product, and go on from there where rounding
        has led the residual astray that the iteration carries along.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule, or a product has the wrong shape or is not finite.
        What the functions themselves raise goes through unchanged.

    Source: Hestenes and Stiefel 1952; Steihaug 1983; Nocedal and Wright 2006, §5.1, algorithm 7.2.

    >>> import numpy as np, ravine as rv
    >>> A = np.array([[4.0, 1.0], [1.0, 3.0]])
    >>> rv.linalg.conjugate_gradient(A, [1.0, 2.0]).x
    array([0.09090909, 0.63636364])
    >>> saddle = rv.linalg.conjugate_gradient(np.diag([1.0, -2.0]), [0.0, 1.0])
    >>> saddle.reason.name, saddle.direction, saddle.least_curvature
    ('NEGATIVE_CURVATURE', array([0., 1.]), -2.0)
    """
    right = float_vector(b, "b")
    n = right.size
    A, _ = as_product(product, n)
    x, direction = np.empty(n), np.empty(n)
    told = _core.conjugate_gradient(
        product=A,
        b=right,
        x=x,
        direction=direction,
        preconditioner=None if preconditioner is None else _preconditioner(preconditioner, n),
        relative_tolerance=non_negative(relative_tolerance, "relative_tolerance"),
        absolute_tolerance=non_negative(absolute_tolerance, "absolute_tolerance"),
        max_iterations=0 if max_iterations is None else require_count(max_iterations, "max_iterations"),
        radius=math.inf if radius is None else _positive(radius),
        true_residual=bool(true_residual),
    )
    reason = ConjugateGradientReason[told.pop("end")]
    found = reason is ConjugateGradientReason.NEGATIVE_CURVATURE
    return ConjugateGradient(x=x, reason=reason, direction=direction if found else None, **told)


def _positive(radius: float) -> float:
    if finite_number(radius, "radius") <= 0:
        raise ValueError(f"radius must be positive, got {radius}")
    return float(radius)


def _preconditioner(value: Symmetric, n: int) -> Product:
    if isinstance(value, (np.ndarray, list, tuple)) and np.ndim(value) == 1:
        diagonal = float_vector(value, "preconditioner", n)
        if (diagonal <= 0).any():
            where = int(np.flatnonzero(diagonal <= 0)[0])
            raise ValueError(
                f"preconditioner must be positive, got {diagonal[where]} at preconditioner[{where}]"
            )
        return lambda r: r / diagonal
    return as_product(value, n, "preconditioner")[0]
