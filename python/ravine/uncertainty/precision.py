"""The matrix that says how well each direction of θ is determined, factored once."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from ravine.linalg.cholesky import cholesky
from ravine.linalg.matrices import FloatMatrix, NotPositiveDefiniteError
from ravine.linalg.products import FloatArray
from ravine.network import MLP
from ravine.objective import EmpiricalRisk

__all__ = ["Curvature", "ImproperPosteriorError", "curvature_matrix", "factor_of", "penalties"]

Curvature: TypeAlias = Literal["gauss-newton", "hessian"]


class ImproperPosteriorError(np.linalg.LinAlgError):
    """Data and penalty together leave a direction of θ open: there is no Gaussian around this point.

    Attributes
    ----------
    parameter : index in θ of the first parameter that the others, as far as they come before it, leave open.
    """

    def __init__(self, net: MLP, parameter: int, share: float, curvature: Curvature) -> None:
        way_out = "l2 > 0 on the weights of every layer closes it, and bias_l2 > 0 on biases"
        if curvature == "hessian":
            way_out = (
                "the point may be no minimum: go on with ravine.minimize, or take "
                f"curvature='gauss-newton', which is never negative; {way_out}"
            )
        super().__init__(
            f"the posterior must be positive definite, and is not at theta[{parameter}], "
            f"{_name(net, parameter)}: of its curvature the share {share:.3g} is left; {way_out}"
        )
        self.parameter = parameter


def curvature_matrix(risk: EmpiricalRisk, curvature: Curvature) -> FloatMatrix:
    """Return the Hessian or the Gauss-Newton matrix at the network's θ."""
    return risk.hessian() if curvature == "hessian" else risk.gauss_newton()


def penalties(net: MLP, by_layer: FloatArray, biases: float) -> FloatArray:
    """(P,) the curvature of ½ Σ p_l ‖W_l‖², and a number for all biases."""
    diagonal = np.full(net.parameter_count, biases)
    widths, offsets = net.widths, net._core.offsets
    for n, m, offset, strength in zip(widths[:-1], widths[1:], offsets, by_layer, strict=True):
        diagonal[offset : offset + n * m] = strength
    return diagonal


def factor_of(A: FloatMatrix, net: MLP, curvature: Curvature) -> FloatMatrix:
    """Return the Cholesky factor of A, written over it.

    Raises
    ------
    ImproperPosteriorError : of a diagonal element nothing but rounding is left as a pivot.
    """
    n = len(A)
    diagonal = np.diagonal(A).copy()
    least = 10 * n * float(np.finfo(np.float64).eps)
    if not (diagonal > 0).all():
        raise ImproperPosteriorError(net, int(np.flatnonzero(~(diagonal > 0))[0]), 0.0, curvature)
    try:
        L = cholesky(A, overwrite=True, check=False)
    except NotPositiveDefiniteError as error:
        share = error.value / float(diagonal[error.pivot])
        raise ImproperPosteriorError(net, error.pivot, share, curvature) from None
    shares = np.diagonal(L) ** 2 / diagonal
    if shares.min() <= least:
        worst = int(np.flatnonzero(shares <= least)[0])
        raise ImproperPosteriorError(net, worst, float(shares[worst]), curvature)
    return L


def _name(net: MLP, parameter: int) -> str:
    """What the parameter with that index is called."""
    layer = int(np.searchsorted(net._core.offsets, parameter, side="right")) - 1
    n_in, n_out = net.widths[layer], net.widths[layer + 1]
    row, column = divmod(parameter - net._core.offsets[layer], n_out)
    return f"layers[{layer}]." + (f"weight[{row}, {column}]" if row < n_in else f"bias[{column}]")
