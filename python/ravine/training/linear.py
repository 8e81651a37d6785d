"""Linear models, solved in one step instead of trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.linalg.least_squares import QRLeastSquares, qr_least_squares
from ravine.network import MLP
from ravine.objective import EmpiricalRisk

__all__ = ["LinearFit", "fit_linear"]


@dataclass(frozen=True)
class LinearFit:
    """How a linear model was solved.

    Attributes
    ----------
    value : J at the solution, which is in the network.
    rank : for each output, of the inputs together with the column of ones and the rows of the penalty.
    condition : for each output, an estimate of their condition number after scaling; infinite where columns
        depend on each other.
    parameters_of_output : n_in, and one more with a bias: a rank below it means that the minimum is not
        unique, and that the shortest solution (in scaled inputs) was taken.
    """

    value: float
    rank: tuple[int, ...]
    condition: tuple[float, ...]
    parameters_of_output: int

    @property
    def unique(self) -> bool:
        """Whether there is one minimum."""
        return min(self.rank) == self.parameters_of_output

    def __repr__(self) -> str:
        worst = max(self.condition)
        return (
            f"LinearFit(value={self.value:.6g}, rank={min(self.rank)} of {self.parameters_of_output}, "
            f"condition={worst:.3g})"
        )


def fit_linear(
    net: MLP,
    X: ArrayLike,
    y: ArrayLike,
    l2: float | Sequence[float] = 0.0,
    sample_weight: ArrayLike | None = None,
    reduction: str = "mean",
    copy: bool | None = None,
    *,
    prior: ArrayLike | MLP | None = None,
    missing: str = "refuse",
) -> LinearFit:
    """Write the θ that makes the squared error of a network without hidden layers least into the network.

    J is that of :class:`ravine.EmpiricalRisk` with loss="squared_error" and the same arguments: ridge
    regression, whose penalty leaves the biases out. Every output is a least squares problem,
    min Σ_i w_i (x_iᵀW + b - y_i)² + S λ‖W - V‖² with S = Σ w, solved by reflections of its rows
    (:func:`ravine.linalg.qr_least_squares`), so that badly conditioned inputs lose no more digits than they
    must. One reduction serves all outputs, unless entries of y are missing: then each has its own.

    Parameters
    ----------
    net : one layer, output activation "identity"; float32 is solved in float64 and rounded.
    X, y, l2, sample_weight, reduction, copy, prior, missing : as for :class:`ravine.EmpiricalRisk`. A copy of
        X in float64, with the column of ones, is made for the time of the call.

    Returns
    -------
    LinearFit
        J, rank and condition number.

    Raises
    ------
    ValueError : the network has a hidden layer or another output activation; or what EmpiricalRisk raises.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([1, 1])
    >>> rv.fit_linear(net, np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])).unique
    True
    >>> net.theta.round(12)
    array([2., 1.])
    """
    risk = EmpiricalRisk(
        net,
        X,
        y,
        "squared_error",
        l2,
        sample_weight,
        reduction,
        copy,
        prior=prior,
        missing=missing,
    )
    _require_linear(net)
    design = _Design(risk)
    theta = np.zeros((design.rows_of_theta, net.widths[-1]))
    solutions = design.solve(theta)
    net.theta = theta.ravel().astype(net.dtype)
    return LinearFit(
        risk.value(),
        tuple(each.rank for each in solutions),
        tuple(each.condition for each in solutions),
        design.rows_of_theta,
    )


def _require_linear(net: MLP) -> None:
    if len(net.widths) > 2:
        raise ValueError(
            f"fit_linear needs a network without hidden layers, got widths {list(net.widths)}; "
            "rv.fit and rv.minimize train it"
        )
    if net.activations[-1] != "identity":
        raise ValueError(
            f"fit_linear needs the output activation 'identity', got {net.activations[-1]!r}; "
            "rv.fit and rv.minimize train it"
        )


class _Design:
    """The rows of the least squares problems: √w [x, 1], and √w (y - xᵀV)."""

    def __init__(self, risk: EmpiricalRisk) -> None:
        net = risk.net
        inputs, bias = net.widths[0], int(net.biases[-1])
        self.rows_of_theta = inputs + bias
        ones = np.ones((risk.sample_count, bias))
        self._A: NDArray[Any] = np.hstack([risk._inputs.astype(np.float64), ones])
        self._y = risk._targets.astype(np.float64)
        self._prior = np.zeros((self.rows_of_theta, net.widths[-1]))
        if risk.prior is not None:
            self._prior[:inputs] = risk.prior.reshape(self.rows_of_theta, -1)[:inputs]
            self._y -= self._A @ self._prior
        self._roots = None if risk._weights is None else np.sqrt(risk._weights[:, 0], dtype=np.float64)
        self._damping = None
        if risk.l2[0] > 0:
            self._damping = np.full(self.rows_of_theta, risk.l2[0] * risk._normaliser)
            self._damping[inputs:] = 0

    def solve(self, theta: NDArray[np.float64]) -> list[QRLeastSquares]:
        """Write the solution; one record for each output."""
        missing = np.isnan(self._y)
        if not missing.any():
            result = self._least_squares(slice(None), slice(None))
            theta[...] = self._prior + result.x
            return [result] * theta.shape[1]
        results = []
        for k in range(theta.shape[1]):
            result = self._least_squares(~missing[:, k], k)
            theta[:, k] = self._prior[:, k] + result.x
            results.append(result)
        return results

    def _least_squares(self, rows: Any, output: Any) -> QRLeastSquares:
        A, y = self._A[rows], self._y[rows][:, output]
        if self._roots is not None:
            roots = self._roots[rows]
            A, y = A * roots[:, None], (y.T * roots).T
        return qr_least_squares(A, y, damping=self._damping)
