"""Adam's step is a signal-to-noise ratio; here it is, read from the rule's state."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ravine.diagnostics.sweep import layer_slices
from ravine.network import MLP
from ravine.optim import Adam, AdamW, NAdam, RAdam
from ravine.plots.adam_signal import adam_signal
from ravine.tables import format_number, format_percent, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["AdamSignal", "adam_signal_to_noise", "require_adam"]

MOMENT_RULES = (Adam, AdamW, NAdam, RAdam)
"""The rules with the state ``exp_avg`` and ``exp_avg_sq``."""


@dataclass(frozen=True, eq=False)
class AdamSignal:
    """ŝ/√r̂ of every parameter: prints as a table, plots itself.

    Attributes
    ----------
    ratio : (P,), between -1 and 1 for a steady gradient, 0 where there has never been one.
    noise_level : the root mean square that pure noise would have.
    parts : for each layer of the network, or for all parameters, a name and their slice of `ratio`.
    """

    ratio: NDArray[np.float64]
    noise_level: float
    parts: tuple[tuple[str, slice], ...]

    @property
    def medians(self) -> NDArray[np.float64]:
        """Median of |ŝ/√r̂| in each part."""
        return np.array([np.median(np.abs(self.ratio[place])) for _, place in self.parts])

    @property
    def signal_shares(self) -> NDArray[np.float64]:
        """Share of the parameters in each part that stand out of the noise: |ŝ/√r̂| > 2 noise_level."""
        out = np.abs(self.ratio) > 2 * self.noise_level
        return np.array([out[place].mean() for _, place in self.parts])

    def __str__(self) -> str:
        rows = [
            [name, str(self.ratio[place].size), format_number(median), format_percent(share)]
            for (name, place), median, share in zip(self.parts, self.medians, self.signal_shares, strict=True)
        ]
        table = format_table(["parameters", "count", "median |ŝ/√r̂|", "out of the noise"], rows)
        return f"{table}\nPure noise would give a root mean square of {format_number(self.noise_level)}."

    def plot(self) -> Figure:
        """Return the picture: a histogram for each part, beside what noise would give."""
        return adam_signal(self)


def adam_signal_to_noise(optimizer: Any, net: MLP | None = None) -> AdamSignal:
    """Return ŝ/√r̂ of every parameter: mean over root mean square of its recent gradients.

    ŝ = s/(1 - β₁ᵗ), r̂ = r/(1 - β₂ᵗ) after t updates, whether or not the rule corrects so, from the state
    ``exp_avg``, ``exp_avg_sq``. Near ±1 the gradient keeps its sign and the step is the full rate; near 0 it
    is noise, and the step is small.
    Gradients that are independent noise of mean 0 and of steady size give a root mean square of about
    √((1 - β₁)/(1 + β₁) · (1 + β₁ᵗ)/(1 - β₁ᵗ)), 0.23 for β₁ = 0.9 and large t; gradients that have
    shrunk lately give less, because r̂ remembers longer than ŝ.

    Parameters
    ----------
    optimizer : Adam, AdamW, NAdam or RAdam of :mod:`ravine.optim`, after at least one update.
    net : the network whose layers the table shall tell apart; None for all parameters together.

    Raises
    ------
    TypeError : the rule keeps no such state.
    ValueError : no update has been made, or the network has another number of parameters.

    Source: Kingma and Ba 2015, §2.1.

    >>> import numpy as np, ravine as rv
    >>> opt = rv.optim.Adam()
    >>> for g in ([1.0, 1.0], [1.0, -1.0]):
    ...     opt.step(np.zeros(2), np.array(g))
    >>> rv.diagnostics.adam_signal_to_noise(opt).ratio.round(3)
    array([ 1.   , -0.053])
    """
    require_adam(optimizer)
    if optimizer.updates < 1:
        raise ValueError("optimizer must have made an update, got one that has made none")
    state = optimizer.state
    s, r = (np.asarray(state[name], dtype=np.float64) for name in ("exp_avg", "exp_avg_sq"))
    beta1, beta2 = optimizer.momentum, optimizer.options["betas"][1]
    # A scheduled β₁ varies; NAdam's product is that of its own momenta, not of its average's.
    first = beta1**optimizer.updates if isinstance(optimizer, NAdam) else optimizer.momentum_product
    second = beta2**optimizer.updates
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = s / (1 - first) / np.sqrt(r / (1 - second))
    ratio[r == 0] = 0
    noise = math.sqrt((1 - beta1) / (1 + beta1) * (1 + first) / (1 - first))
    return AdamSignal(ratio, noise, _parts(net, ratio.size))


def require_adam(optimizer: Any) -> None:
    """Raise a TypeError unless the rule keeps running means of g and g²."""
    if not isinstance(optimizer, MOMENT_RULES):
        names = ", ".join(rule.__name__ for rule in MOMENT_RULES)
        raise TypeError(f"optimizer must be one of {names}, got {type(optimizer).__name__}")


def _parts(net: MLP | None, size: int) -> tuple[tuple[str, slice], ...]:
    if net is None:
        return (("all", slice(0, size)),)
    if not isinstance(net, MLP):
        raise TypeError(f"net must be a ravine.MLP, got {type(net).__name__}")
    if net.parameter_count != size:
        raise ValueError(f"net must have {size} parameters, as the optimizer's state has, got {net!r}")
    return tuple((f"layer {k}", place) for k, place in enumerate(layer_slices(net), start=1))
