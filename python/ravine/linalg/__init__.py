"""Solvers by themselves, on NumPy arrays and on products with a matrix that nobody has to form.

======================== ===========================================================================
conjugate_gradient       A x = b from products with A; preconditioner, ball, negative curvature
lanczos                  eigenvalues and eigenvectors at both ends of the spectrum
spectral_density         how the eigenvalues in between are spread
======================== ===========================================================================

>>> import numpy as np, ravine as rv
>>> rv.linalg.conjugate_gradient(np.diag([1.0, 4.0]), [1.0, 1.0]).x
array([1.  , 0.25])
"""

from ravine.linalg.conjugate_gradient import ConjugateGradient, ConjugateGradientReason, conjugate_gradient
from ravine.linalg.lanczos import Lanczos, LanczosReason, lanczos
from ravine.linalg.spectral_density import SpectralDensity, spectral_density

__all__ = [
    "ConjugateGradient",
    "ConjugateGradientReason",
    "Lanczos",
    "LanczosReason",
    "SpectralDensity",
    "conjugate_gradient",
    "lanczos",
    "spectral_density",
]
