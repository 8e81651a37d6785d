"""The Hessian seen by layers: how stiff each is, and how they couple."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import require_count
from ravine.diagnostics.sweep import layer_slices
from ravine.diagnostics.target import Target
from ravine.linalg.lapack import eigh
from ravine.linalg.products import FloatArray
from ravine.objective import EmpiricalRisk
from ravine.plots.hessian_blocks import hessian_blocks as picture
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["HessianBlocks", "hessian_blocks"]


@dataclass(frozen=True, eq=False)
class HessianBlocks:
    """Blocks of a Hessian by layer: prints as a table, plots itself.

    Attributes
    ----------
    sizes : (L,), parameters of each layer.
    norms : (L, L), the Frobenius norm of each block.
    eigmin, eigmax : (L,), the extreme eigenvalues of each block on the diagonal.
    condition_numbers : (L,), largest over smallest magnitude of its eigenvalues; infinite if that is zero
        to rounding.
    """

    sizes: NDArray[np.int64]
    norms: FloatArray
    eigmin: FloatArray
    eigmax: FloatArray
    condition_numbers: FloatArray

    @property
    def diagonal_share(self) -> float:
        """Share of ‖H‖²_F that lies in the blocks on the diagonal; 1 where layers do not couple."""
        total = float((self.norms**2).sum())
        return float((np.diagonal(self.norms) ** 2).sum()) / total if total > 0 else 1.0

    def __str__(self) -> str:
        rows = [
            [
                str(k + 1),
                str(self.sizes[k]),
                *(
                    format_number(float(column[k]))
                    for column in (self.eigmin, self.eigmax, self.condition_numbers, np.diagonal(self.norms))
                ),
                format_number(float(np.sqrt(max((self.norms[k] ** 2).sum() - self.norms[k, k] ** 2, 0.0)))),
            ]
            for k in range(len(self.sizes))
        ]
        header = ["layer", "parameters", "eigmin", "eigmax", "condition", "norm", "norm of its couplings"]
        return (
            f"{format_table(header, rows, left=0)}\n"
            f"{100 * self.diagonal_share:.3g} % of the squared norm lies in the blocks on the diagonal."
        )

    def plot(self) -> Figure:
        """Return the picture: norms of all blocks as a map, eigenvalues of those on the diagonal."""
        return picture(self)


def hessian_blocks(
    target: Any, theta: ArrayLike | None = None, sizes: Sequence[int] | None = None
) -> HessianBlocks:
    """Return norms and condition numbers of the blocks of the Hessian, one a pair of layers.

    Parameters
    ----------
    target, theta : as for :func:`spectrum`.
    sizes : parameters of each block, in the order of θ; None for the layers of the risk's network.

    Raises
    ------
    MemoryError : the Hessian does not fit.
    TypeError, ValueError : an argument breaks its rule, or the Hessian is not finite.

    >>> import numpy as np, ravine as rv
    >>> risk = rv.EmpiricalRisk(rv.MLP([1, 4, 1], seed=0), np.ones((3, 1)), np.zeros(3))
    >>> rv.diagnostics.hessian_blocks(risk).sizes
    array([8, 5])
    """
    at = Target(target, theta)
    places = _places(target, sizes, at.order)
    H = at.hessian("look at spectrum(method='lanczos') instead")
    norms = np.array([[np.linalg.norm(H[rows, columns]) for columns in places] for rows in places])
    values = [eigh(H[place, place], vectors=False, check=False).values for place in places]
    least = np.array([np.abs(each).min() for each in values])
    most = np.array([np.abs(each).max() for each in values])
    rounding = np.array([10 * each.size * at.eps for each in values]) * most
    with np.errstate(divide="ignore", invalid="ignore"):
        condition = np.where(least > rounding, most / least, np.inf)
    return HessianBlocks(
        sizes=np.array([each.size for each in values]),
        norms=norms,
        eigmin=np.array([each[0] for each in values]),
        eigmax=np.array([each[-1] for each in values]),
        condition_numbers=condition,
    )


def _places(target: Any, sizes: Sequence[int] | None, order: int) -> tuple[slice, ...]:
    if sizes is None:
        if isinstance(target, EmpiricalRisk):
            return layer_slices(target.net)
        raise TypeError(f"sizes must be given for a {type(target).__name__}, which has no layers")
    counts = [require_count(size, f"sizes[{k}]") for k, size in enumerate(sizes)]
    if sum(counts) != order:
        raise ValueError(f"sizes must add up to P = {order}, got {sum(counts)}")
    ends = np.cumsum(counts)
    return tuple(slice(int(end - size), int(end)) for end, size in zip(ends, counts, strict=True))
