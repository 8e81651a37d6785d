"""Extreme eigenvalues of a symmetric matrix from products alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from ravine import _core
from ravine.arrays import positive, require_count
from ravine.linalg.products import FloatArray, Symmetric, as_product
from ravine.memory import require_memory
from ravine.seeds import Seed, stream_key
from ravine.tables import format_number, format_table

__all__ = ["ASYMMETRY", "Lanczos", "LanczosReason", "lanczos", "require_sound"]

ASYMMETRY = 1e-4
"""|uᵀAv - vᵀAu| over the size of A, from which on a product is refused as not symmetric."""


class LanczosReason(str, Enum):
    """Why the iteration ended; the value is a sentence."""

    CONVERGED = "All wanted eigenvalues have residuals at or below the threshold."
    PRODUCT_LIMIT = "All products were made before every residual fell to the threshold."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, eq=False)
class Lanczos:
    """The ends of a spectrum; prints as a table.

    Attributes
    ----------
    values : (k,), the `lowest` and then the `highest` eigenvalues, ascending.
    vectors : (n, k), of norm 1 in columns.
    residuals : (k,), ‖Av - λv‖: an eigenvalue lies within that of each value.
    threshold : tolerance · max |λ|, which the residuals were to reach.
    reason : a :class:`LanczosReason`.
    products, restarts : that were made.
    lowest : how many of the values come from the low end.
    """

    values: FloatArray
    vectors: FloatArray
    residuals: FloatArray
    threshold: float
    reason: LanczosReason
    products: int
    restarts: int
    lowest: int

    @property
    def success(self) -> bool:
        """Whether all residuals are at or below the threshold."""
        return self.reason is LanczosReason.CONVERGED

    def __str__(self) -> str:
        rows = [
            ["lowest" if k < self.lowest else "highest", format_number(value), format_number(residual)]
            for k, (value, residual) in enumerate(zip(self.values, self.residuals, strict=True))
        ]
        table = format_table(["end", "eigenvalue", "residual"], rows)
        return f"{self.reason}\n{table}\nthreshold {format_number(self.threshold)}, {self.products} products"


def lanczos(
    product: Symmetric,
    n: int | None = None,
    lowest: int = 1,
    highest: int = 1,
    *,
    dimension: int | None = None,
    tolerance: float = 1e-10,
    max_products: int = 1000,
    seed: Seed = 0,
) -> Lanczos:
    """Return the lowest and the highest eigenvalues and eigenvectors of a symmetric matrix.

    A basis of the Krylov space v, Av, A²v, … of a random v is kept orthonormal to rounding, and begun anew
    with the best vectors so far where it is full. Memory: `dimension` + 1 vectors and a little more.

    Parameters
    ----------
    product : A as a matrix (n, n), an object with `shape` and `@`, or a function that returns A v.
    n : the order of A, where it is a function.
    lowest, highest : how many eigenvalues of each end; together 1 to n. Of a multiple eigenvalue fewer copies
        may be found than there are.
    dimension : vectors to keep, more than lowest + highest; None for 3 (lowest + highest) + 20, at least 40.
        More take fewer products.
    tolerance : it stops where ‖Av - λv‖ ≤ tolerance · max |λ|.
    max_products : at which it stops in any case; the residuals then say what was reached.
    seed : of the first vector.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; a product has the wrong shape, is not finite, or is
        not symmetric. What the function itself raises goes through unchanged.
    MemoryError : the basis does not fit.

    Source: Lanczos 1950; Wu and Simon 2000 (thick restart); Parlett 1998, ch. 13.

    >>> import numpy as np, ravine as rv
    >>> ends = rv.linalg.lanczos(lambda v: np.arange(-3.0, 97.0) * v, 100)
    >>> ends.values.round(6), abs(ends.vectors[0, 0]).round(6)
    (array([-3., 96.]), np.float64(1.0))
    """
    A, order = as_product(product, n)
    low, high = require_count(lowest, "lowest", 0), require_count(highest, "highest", 0)
    if not 1 <= low + high <= order:
        raise ValueError(f"lowest + highest must lie in [1, n = {order}], got {low + high}")
    most = 0 if dimension is None else require_count(dimension, "dimension")
    if most and most <= low + high < order:
        raise ValueError(f"dimension must be more than lowest + highest = {low + high}, got {most}")
    limit = require_count(max_products, "max_products")
    require_memory(
        _core.lanczos_bytes(order, low, high, most), f"a basis of vectors of {order}", "lower `dimension`"
    )
    values, rows, residuals = np.empty(low + high), np.empty((low + high, order)), np.empty(low + high)
    size = positive(tolerance, "tolerance")
    told = _core.lanczos(A, low, high, most, size, limit, stream_key(seed), values, rows, residuals)
    require_sound(told["end"] != "NOT_FINITE", told["asymmetry"])
    return Lanczos(
        values=values,
        vectors=rows.T,
        residuals=residuals,
        threshold=size * told["scale"],
        reason=LanczosReason[told["end"]],
        products=told["products"],
        restarts=told["restarts"],
        lowest=low,
    )


def require_sound(finite: bool, asymmetry: float) -> None:
    """Raise ValueError if the products overflowed, or showed that the matrix is not symmetric."""
    if not finite:
        raise ValueError("product(v) must be finite, but the matrix is so large that it overflows")
    if asymmetry > ASYMMETRY:
        raise ValueError(
            "product must be that of a symmetric matrix, "
            f"but uᵀAv and vᵀAu differ by {asymmetry:.3g} of its size"
        )
