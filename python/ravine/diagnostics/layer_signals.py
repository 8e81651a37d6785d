"""What reaches each layer, forward and backward: variances, saturation, dead units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ravine.diagnostics.findings import Finding, find
from ravine.diagnostics.sweep import Sweep, UnitTable, require_risk, sweep
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.plots.layer_signals import layer_signals
from ravine.plots.saturation import saturation as saturation_picture
from ravine.tables import format_number, format_percent, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LayerSignal", "LayerSignals", "from_sweep", "signals"]


@dataclass(frozen=True)
class LayerSignal:
    """The statistics of one layer over all its units and all rows; variances divide by their number.

    Attributes
    ----------
    layer, units, activation : which it is, from 1.
    before_mean, before_variance : of the pre-activations Z_l.
    mean, variance : of the activations A_l = σ(Z_l).
    saturated : share of the values with |σ′(z)| < saturation · max |σ′|.
    dead : number of units that are saturated in every row.
    delta_square, delta_variance : mean square and variance of δ_l = ∂J_i/∂Z_l.
    product_variance : of A_{l-1} W_l, the pre-activations without their biases.
    variance_ratio : Var A_{l-1} W_l / Var A_{l-2} W_{l-1}, for l = 1 / Var X; NaN where that is 0/0.
    """

    layer: int
    units: int
    activation: str
    before_mean: float
    before_variance: float
    mean: float
    variance: float
    saturated: float
    dead: int
    delta_square: float
    delta_variance: float
    product_variance: float
    variance_ratio: float

    @property
    def finite(self) -> bool:
        """Whether values and gradients are all finite."""
        return math.isfinite(self.before_variance + self.variance + self.delta_square)


@dataclass(frozen=True, eq=False)
class LayerSignals:
    """The signals of a network on data: prints as a table, plots itself.

    Attributes
    ----------
    layers : a :class:`LayerSignal` for each layer.
    units : the same for each unit, a table of (n_l,) arrays for each layer.
    findings : what is wrong, a :class:`Finding` each; empty if nothing is.
    rows : samples that were looked at: those of weight 0 are left out.
    saturation : the share of the largest slope below which a value is saturated.
    input_variance : of the inputs, over all of them and all rows.
    """

    layers: tuple[LayerSignal, ...]
    units: tuple[UnitTable, ...]
    findings: tuple[Finding, ...]
    rows: int
    saturation: float
    input_variance: float

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        """Return one statistic of all layers by its name in :class:`LayerSignal`, (L,)."""
        if column in ("activation", "finite") or column not in LayerSignal.__dataclass_fields__:
            names = ", ".join(name for name in LayerSignal.__dataclass_fields__ if name != "activation")
            raise KeyError(f"no column {column!r}; there are {names}")
        return np.array([getattr(layer, column) for layer in self.layers], dtype=np.float64)

    @property
    def factors(self) -> dict[int, float]:
        """For each layer that a scale would cure: what to multiply its weights by."""
        return {f.layer: f.factor for f in self.findings if not math.isnan(f.factor)}

    @property
    def table(self) -> str:
        """The figures, a row a layer."""
        header = ["layer", "units", "Var Z", "ratio", "mean A", "Var A", "saturated", "dead", "mean δ²"]
        rows = [
            [
                f"{signal.layer} {signal.activation}",
                str(signal.units),
                format_number(signal.before_variance),
                format_number(signal.variance_ratio),
                format_number(signal.mean),
                format_number(signal.variance),
                format_percent(signal.saturated),
                str(signal.dead),
                format_number(signal.delta_square),
            ]
            for signal in self.layers
        ]
        return format_table(header, rows)

    def __str__(self) -> str:
        verdict = [finding.text for finding in self.findings] or ["No layer stands out."]
        return "\n".join([self.table, *verdict])

    def plot(self, what: Literal["layers", "units"] = "layers") -> Figure:
        """Return a picture: "layers" (variances, saturated shares) or "units" (saturation of every unit)."""
        if what not in ("layers", "units"):
            raise ValueError(f"what must be 'layers' or 'units', got {what!r}")
        return layer_signals(self) if what == "layers" else saturation_picture(self)


def signals(risk: EmpiricalRisk, theta: NDArray[Any] | None = None, saturation: float = 0.05) -> LayerSignals:
    """Return what reaches each layer forward and backward, and name the layers in which it is lost.

    Mean and variance of Z_l and A_l = σ(Z_l), the share of values with |σ′| < saturation · max |σ′|
    (tanh: |z| > 2.18; relu: z ≤ 0, at 0.05), units of which that holds in every row, and the mean square of
    δ_l = ∂J_i/∂Z_l, J_i being the samples' parts of J = (1/N) Σ J_i. One sweep of about 8 N P flops; memory
    does not grow with N. When a layer is named, and which factor cures it: docs/signals.md.

    Parameters
    ----------
    risk : network, data, loss.
    theta : (P,) vector of the network's dtype, or None for the network's own.
    saturation : in (0, 1).

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; the message names it.

    Source: Glorot and Bengio 2010; He et al. 2015.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([8, 32, 32, 32, 1], seed=0)
    >>> net.layers[1].weight[...] *= 0.1
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 8))
    >>> report = rv.diagnostics.signals(rv.EmpiricalRisk(net, X, X[:, 0]))
    >>> [(finding.layer, finding.kind.name) for finding in report.findings]
    [(2, 'VANISHING')]
    >>> for layer, factor in report.factors.items():
    ...     net.layers[layer - 1].weight[...] *= factor
    >>> rv.diagnostics.signals(rv.EmpiricalRisk(net, X, X[:, 0])).findings
    ()
    """
    if isinstance(saturation, bool) or not isinstance(saturation, (int, float)):
        raise TypeError(f"saturation must be a number, got {saturation!r}")
    if not 0 < saturation < 1:
        raise ValueError(f"saturation must lie in (0, 1), got {saturation}")
    return from_sweep(require_risk(risk).net, sweep(risk, theta, saturation), saturation)


def from_sweep(net: MLP, gathered: Sweep, saturation: float) -> LayerSignals:
    """Read the layers' statistics from a sweep that has been made."""
    input_variance = _pooled(gathered.input_mean, gathered.input_variance)[1]
    layers: list[LayerSignal] = []
    for index, (name, units) in enumerate(zip(net.activations, gathered.layers, strict=True)):
        before = layers[-1].product_variance if layers else input_variance
        layers.append(_layer(index + 1, name, units, gathered.biases[index], before))
    return LayerSignals(
        layers=tuple(layers),
        units=gathered.layers,
        findings=find(layers),
        rows=gathered.present,
        saturation=saturation,
        input_variance=input_variance,
    )


def _layer(
    number: int, activation: str, units: UnitTable, bias: NDArray[np.float64], variance_of_last: float
) -> LayerSignal:
    before_mean, before_variance = _pooled(units.before_mean, units.before_variance)
    mean, variance = _pooled(units.mean, units.variance)
    delta_mean, delta_variance = _pooled(units.delta_mean, units.delta_variance)
    product_variance = _pooled(units.before_mean - bias, units.before_variance)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = float(np.float64(product_variance) / np.float64(variance_of_last))
    return LayerSignal(
        layer=number,
        units=units.mean.size,
        activation=activation,
        before_mean=before_mean,
        before_variance=before_variance,
        mean=mean,
        variance=variance,
        saturated=float(units.saturated.mean()),
        dead=int((units.saturated == 1).sum()),
        delta_square=delta_variance + delta_mean**2,
        delta_variance=delta_variance,
        product_variance=product_variance,
        variance_ratio=ratio,
    )


def _pooled(means: NDArray[np.float64], variances: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and variance over all units and rows: the mean of the variances and the variance of the means."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(means.mean()), float(variances.mean() + means.var())
