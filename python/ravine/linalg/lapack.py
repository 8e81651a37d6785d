"""Full eigendecompositions, which are LAPACK's: the core and the public face both come here."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.linalg.matrices import FloatMatrix, require_symmetric, square
from ravine.memory import require_memory

__all__ = ["Eigendecomposition", "eigendecompose", "eigh"]


class Eigendecomposition(NamedTuple):
    """A = V diag(λ) Vᵀ.

    Attributes
    ----------
    values : (n,), λ, ascending.
    vectors : (n, n), V: column i is the unit eigenvector of values[i]; None if they were not asked for.
    """

    values: NDArray[np.float64]
    vectors: FloatMatrix | None


def eigendecompose(A: FloatMatrix, values: NDArray[np.float64], vectors: FloatMatrix | None) -> None:
    """Write what LAPACK finds into arrays; the core calls this where it needs a full decomposition."""
    if vectors is None:
        values[...] = np.linalg.eigvalsh(A)
    else:
        values[...], vectors[...] = np.linalg.eigh(A)


def eigh(A: ArrayLike, vectors: bool = True, check: bool = True) -> Eigendecomposition:
    """Return all eigenvalues of a symmetric matrix, and its eigenvectors, by NumPy's LAPACK.

    Parameters
    ----------
    A : (n, n), symmetric; kept as it is.
    vectors : False: eigenvalues alone, in a quarter of the time.
    check : False leaves the test for finite numbers and symmetry out; the lower triangle alone is read then.

    Returns
    -------
    Eigendecomposition
        values (n,) ascending; vectors (n, n), as columns.

    Raises
    ------
    ValueError : A is not square, finite and symmetric; the message gives the place.
    TypeError : A does not hold real numbers.
    MemoryError : there is no room; the text gives the size and what needs none.

    >>> import numpy as np, ravine as rv
    >>> rv.linalg.eigh(np.diag([3.0, -1.0]), vectors=False).values
    array([-1.,  3.])
    """
    matrix = np.ascontiguousarray(square(A, "A"))
    if check:
        require_symmetric(matrix, "A")
    n = len(matrix)
    require_memory(
        24 * n * n, f"an eigendecomposition of order {n}", "rv.linalg.lanczos needs products alone"
    )
    values: Any = np.empty(n)
    columns = np.empty((n, n)) if vectors else None
    _core.eigendecompose(matrix, values, columns)
    return Eigendecomposition(values, columns)
