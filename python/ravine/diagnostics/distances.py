"""How far apart the end points of several runs lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["distances"]


def distances(thetas: Sequence[NDArray[Any]] | NDArray[Any]) -> NDArray[np.float64]:
    """Return ‖θ_i - θ_j‖₂ for each pair of runs, (S, S), symmetric with a diagonal of zeros.

    Distances are taken as the parameters lie. Permuting the units of a hidden layer, or turning the sign of a
    tanh unit's weights on both of its sides, changes θ and not the network: runs from different seeds are far
    apart for that alone, and a large distance does not say that they found different functions.
    :func:`ravine.plots.distances` draws them.

    Parameters
    ----------
    thetas : S vectors (P,), for instance copies of ``net.theta`` at the end of each run.

    Raises
    ------
    TypeError, ValueError : thetas are not vectors of real numbers of one length; the message names which.

    >>> import numpy as np, ravine as rv
    >>> rv.diagnostics.distances([np.array([0.0, 0.0]), np.array([3.0, 4.0])])
    array([[0., 5.],
           [5., 0.]])
    """
    vectors = [np.asarray(theta) for theta in thetas]
    if not vectors:
        raise ValueError("thetas must hold at least one vector, got none")
    for index, vector in enumerate(vectors):
        if vector.dtype.kind not in "fiub":
            raise TypeError(f"thetas[{index}] must hold real numbers, got dtype {vector.dtype}")
        if vector.ndim != 1 or vector.shape != vectors[0].shape:
            expected = "(P,)" if index == 0 else str(vectors[0].shape)
            raise ValueError(f"thetas[{index}] must have shape {expected}, got {vector.shape}")
    result = np.zeros((len(vectors), len(vectors)))
    for i, one in enumerate(vectors):
        for j, other in enumerate(vectors[:i]):
            difference = one.astype(np.float64) - other.astype(np.float64)
            result[i, j] = result[j, i] = np.linalg.norm(difference)
    return result
