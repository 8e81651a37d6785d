"""What a fit leaves behind: the residuals, their Jacobian, and how well the parameters are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ravine.minimizers.result import RunResult
from ravine.tables import format_number, format_table

__all__ = ["LeastSquaresResult"]

# Parameters up to which the table lists each.
MOST_LISTED = 30


@dataclass(frozen=True, kw_only=True)
class LeastSquaresResult(RunResult):
    """The parameters that a fit came to, why it ended there, and their standard errors.

    Attributes
    ----------
    cost : ½ Σ s² ρ(r_i²/s²) at x, without a loss ½ ‖r‖².
    fun : (m,) the residuals at x.
    jac : (m, n) their Jacobian at x; with a loss its rows are weighted so that jacᵀjac is the
        Gauss-Newton matrix.
    grad, optimality : ∇cost at the parameters that were free, and its largest element.
    free : the parameters that were; empty: all. The others of :class:`ravine.MinimizeResult`: x, success,
        reason, nit, nfev (evaluations of fun, all of them), njev (Jacobians made), history, …
    """

    fun: NDArray[np.float64]
    jac: NDArray[np.float64]
    cost: float
    grad: NDArray[np.float64]
    optimality: float
    free: tuple[int, ...] = ()

    __hash__ = RunResult.__hash__

    @property
    def degrees_of_freedom(self) -> int:
        """M - n, n the parameters that were free."""
        return self.fun.size - (len(self.free) or self.x.size)

    @property
    def residual_variance(self) -> float:
        """σ² = 2 cost / (m - n), the variance of one residual; NaN where m <= n."""
        return 2 * self.cost / self.degrees_of_freedom if self.degrees_of_freedom > 0 else float("nan")

    @cached_property
    def covariance(self) -> NDArray[np.float64]:
        """σ² (JᵀJ)⁻¹, (n, n), from J itself.

        Infinite for parameters that the data do not determine, zero for those that were held. Multiply by
        1 / residual_variance where the residuals are in units of their known standard deviation.
        """
        index = np.array(self.free or range(self.x.size))
        J = self.jac[:, index]
        norms = np.linalg.norm(J, axis=0)
        norms[norms == 0] = 1
        _, singular, V = np.linalg.svd(J / norms, full_matrices=True)
        singular = np.concatenate([singular, np.zeros(index.size - singular.size)])
        known = singular > np.finfo(np.float64).eps * max(J.shape) * singular.max(initial=0.0)
        half = V[known].T / singular[known] / norms[:, None]
        covariance = self.residual_variance * (half @ half.T)
        lost = np.abs(V[~known]).max(axis=0, initial=0.0) > 1e-8
        covariance[np.ix_(lost, lost)] = np.inf
        whole = np.zeros((self.x.size, self.x.size))
        whole[np.ix_(index, index)] = covariance
        return whole

    @property
    def standard_errors(self) -> NDArray[np.float64]:
        """√ of the covariance's diagonal, (n,)."""
        return np.sqrt(np.diag(self.covariance))

    def __str__(self) -> str:
        lines = [super().__str__()]
        if self.x.size <= MOST_LISTED:
            rows = [
                [f"x[{i}]", format_number(value), format_number(error)]
                for i, (value, error) in enumerate(zip(self.x, self.standard_errors, strict=True))
            ]
            lines += ["", format_table(["", "value", "standard error"], rows)]
        sigma = format_number(float(np.sqrt(self.residual_variance)))
        lines += [
            "",
            f"standard deviation of a residual: {sigma}, {self.degrees_of_freedom} degrees of freedom",
        ]
        return "\n".join(lines)
