"""Solvers by themselves, on NumPy arrays and on products with a matrix that nobody has to form.

======================== ===========================================================================
cholesky                 the factor of a definite matrix; shifted_cholesky, of one made definite
solve_definite           A x = b at once for a definite matrix, in half the time of its factor
cholesky_solve           what the factor is for; solve_triangular, log_determinant, inverse_diagonal
ldlt                     factors of any symmetric matrix, with its inertia
qr_least_squares         A x ≈ b by reflections: scaled, damped, with the rank
eigh                     all eigenvalues and eigenvectors, by NumPy's LAPACK
conjugate_gradient       A x = b from products with A; preconditioner, ball, negative curvature
lanczos                  eigenvalues and eigenvectors at both ends of the spectrum
spectral_density         how the eigenvalues in between are spread
======================== ===========================================================================

>>> import numpy as np, ravine as rv
>>> rv.linalg.conjugate_gradient(np.diag([1.0, 4.0]), [1.0, 1.0]).x
array([1.  , 0.25])
>>> rv.linalg.cholesky_solve(rv.linalg.cholesky(np.diag([1.0, 4.0])), [1.0, 1.0])
array([1.  , 0.25])
"""

from ravine.linalg.cholesky import (
    ShiftedCholesky,
    cholesky,
    cholesky_solve,
    inverse_diagonal,
    log_determinant,
    shifted_cholesky,
    solve_definite,
    solve_triangular,
)
from ravine.linalg.conjugate_gradient import ConjugateGradient, ConjugateGradientReason, conjugate_gradient
from ravine.linalg.lanczos import Lanczos, LanczosReason, lanczos
from ravine.linalg.lapack import Eigendecomposition, eigh
from ravine.linalg.ldlt import LDLT, Inertia, ldlt
from ravine.linalg.least_squares import QRLeastSquares, qr_least_squares
from ravine.linalg.matrices import NotPositiveDefiniteError, SingularMatrixError
from ravine.linalg.spectral_density import SpectralDensity, spectral_density

__all__ = [
    "LDLT",
    "ConjugateGradient",
    "ConjugateGradientReason",
    "Eigendecomposition",
    "Inertia",
    "Lanczos",
    "LanczosReason",
    "NotPositiveDefiniteError",
    "QRLeastSquares",
    "ShiftedCholesky",
    "SingularMatrixError",
    "SpectralDensity",
    "cholesky",
    "cholesky_solve",
    "conjugate_gradient",
    "eigh",
    "inverse_diagonal",
    "lanczos",
    "ldlt",
    "log_determinant",
    "qr_least_squares",
    "shifted_cholesky",
    "solve_definite",
    "solve_triangular",
    "spectral_density",
]
