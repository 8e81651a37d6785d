"""How noisy a mini-batch gradient is, exactly, from one sweep over all rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine.diagnostics.sweep import Sweep, layer_slices, require_risk, sweep
from ravine.objective import EmpiricalRisk
from ravine.plots.gradient_noise import gradient_noise as picture
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["GradientNoise", "from_sweep", "gradient_noise"]


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """The noise of mini-batch gradients at one θ: prints as a table, plots itself.

    Attributes
    ----------
    rows : N.
    gradient_norm : ‖∇J‖, penalties included.
    variance : σ² = tr Σ = (1/N) Σ_i ‖g_i - ḡ‖², penalties, which are the same for all, left out.
    layer_gradient_norms, layer_variances : (L,), the same for the parameters of each layer.
    batch_sizes : those that the table has a row for.
    deviation : (P,), σ of each parameter, or None if not asked for.
    """

    rows: int
    gradient_norm: float
    variance: float
    layer_gradient_norms: NDArray[np.float64]
    layer_variances: NDArray[np.float64]
    batch_sizes: tuple[int, ...]
    deviation: NDArray[np.float64] | None = None

    def standard_error(self, batch_size: int, replacement: bool = False) -> float:
        """Return √E‖∇J_B - ∇J‖² for batches of n rows: σ/√n, without replacement · √((N - n)/(N - 1)).

        Parameters
        ----------
        batch_size : n, from 1, at most N where rows are not drawn twice.
        replacement : whether rows may be drawn twice, as in ``shuffle="independent"``.
        """
        n = _batch_size(batch_size, None if replacement else self.rows)
        if replacement:
            return math.sqrt(self.variance / n)
        left = (self.rows - n) / (self.rows - 1) if self.rows > 1 else 0.0
        return math.sqrt(self.variance / n * left)

    def signal_to_noise(self, batch_size: int, replacement: bool = False) -> float:
        """Return ‖∇J‖ / standard error; infinity where there is no noise."""
        error = self.standard_error(batch_size, replacement)
        return self.gradient_norm / error if error > 0 else math.inf

    @property
    def noise_scale(self) -> float:
        """B = σ²/‖∇J‖², the batch whose noise is as large as the gradient (McCandlish et al. 2018)."""
        return self.variance / self.gradient_norm**2 if self.gradient_norm > 0 else math.inf

    @property
    def useful_batch_size(self) -> int:
        """B rounded up, in [1, N]: a step with n rows gains n/(n + B) of what one with all rows gains."""
        return max(1, min(self.rows, math.ceil(min(self.noise_scale, self.rows))))

    def __str__(self) -> str:
        header = ["batch size", "with replacement", "without", "signal/noise"]
        rows = [
            [
                str(n),
                format_number(self.standard_error(n, replacement=True)),
                format_number(self.standard_error(n)),
                format_number(self.signal_to_noise(n)),
            ]
            for n in self.batch_sizes
        ]
        return (
            f"‖∇J‖ = {format_number(self.gradient_norm)}, σ = {format_number(math.sqrt(self.variance))}, "
            f"{self.rows} rows; standard error of a batch's gradient:\n"
            f"{format_table(header, rows, left=0)}\n"
            f"Noise equals signal at {format_number(self.noise_scale)} rows; "
            f"batches beyond {self.useful_batch_size} buy little."
        )

    def plot(self) -> Figure:
        """Return the picture: standard error against batch size, beside the gradient's norm."""
        return picture(self)


def gradient_noise(
    risk: EmpiricalRisk,
    batch_size: int | Sequence[int] | None = None,
    theta: NDArray[Any] | None = None,
    per_parameter: bool = False,
) -> GradientNoise:
    """Return the standard error of mini-batch gradients, their signal to noise, and a useful batch size.

    With g_i = ∇J_i, J = (1/N) Σ_i J_i, the gradient of n rows has the standard error σ/√n, σ² =
    (1/N) Σ_i ‖g_i‖² - ‖ḡ‖², times √((N - n)/(N - 1)) if no row is drawn twice: exact for these N rows, not an
    estimate. ‖g_i‖² = Σ_l ‖ã_{l-1}‖² ‖δ_l‖² comes from the sweep without forming any g_i.

    Parameters
    ----------
    risk : network, data, loss; weights and subsets count as in its mini-batches.
    batch_size : what the table shows: one size, several, or None for the powers of two up to N, and N.
    theta : (P,) vector of the network's dtype, or None for the network's own.
    per_parameter : also gather σ of every parameter, a sweep of one more product a layer.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; the message names it.

    Source: Goodfellow 2015 (norms), McCandlish et al. 2018 (noise scale), Cochran 1977 §2.6 (finite N).

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([1, 1], bias=False, initializer="zeros")
    >>> risk = rv.EmpiricalRisk(net, np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))
    >>> noise = rv.diagnostics.gradient_noise(risk)  # g_1 = -1, g_2 = -3
    >>> noise.gradient_norm, noise.variance, noise.standard_error(1), noise.standard_error(2)
    (2.0, 1.0, 1.0, 0.0)
    """
    require_risk(risk)
    sizes = _sizes(batch_size, risk.sample_count)
    return from_sweep(risk, sweep(risk, theta, squares=per_parameter), theta, sizes)


def from_sweep(
    risk: EmpiricalRisk,
    gathered: Sweep,
    theta: NDArray[Any] | None = None,
    batch_sizes: tuple[int, ...] = (),
) -> GradientNoise:
    """Read the noise from a sweep that has been made at this θ."""
    places = layer_slices(risk.net)
    full = risk.gradient(theta).astype(np.float64)
    signal = np.array([np.linalg.norm(full[place]) for place in places])
    own = np.array([np.linalg.norm(gathered.gradient[place]) for place in places])
    # Where there is no noise at all, rounding may take the difference below zero.
    variances = np.maximum(gathered.layer_squares - own**2, 0.0)
    deviation = None
    if gathered.squares is not None:
        deviation = np.sqrt(np.maximum(gathered.squares - gathered.gradient**2, 0.0))
    return GradientNoise(
        rows=gathered.rows,
        gradient_norm=float(np.linalg.norm(signal)),
        variance=float(variances.sum()),
        layer_gradient_norms=signal,
        layer_variances=variances,
        batch_sizes=batch_sizes or _sizes(None, gathered.rows),
        deviation=deviation,
    )


def _sizes(batch_size: int | Sequence[int] | None, rows: int) -> tuple[int, ...]:
    if batch_size is None:
        powers = [1 << k for k in range(rows.bit_length()) if 1 << k < rows]
        return (*powers, rows)
    if isinstance(batch_size, (int, np.integer)):
        return (_batch_size(batch_size, rows),)
    if isinstance(batch_size, (str, bytes)) or not hasattr(batch_size, "__iter__"):
        raise TypeError(f"batch_size must be an integer, several, or None, got {batch_size!r}")
    sizes = tuple(_batch_size(n, rows) for n in batch_size)
    if not sizes:
        raise ValueError("batch_size must name at least one size, got none")
    return sizes


def _batch_size(value: Any, rows: int | None) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"batch_size must be an integer, got {value!r}")
    if value < 1 or (rows is not None and value > rows):
        rule = "be at least 1" if rows is None else f"lie in [1, {rows}], the number of rows"
        raise ValueError(f"batch_size must {rule}, got {value}")
    return int(value)
