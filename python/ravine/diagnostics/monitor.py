"""All diagnostics during training, as one callback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ravine.diagnostics import layer_signals, noise
from ravine.diagnostics.adam_signal import adam_signal_to_noise, require_adam
from ravine.diagnostics.layer_products import LayerProducts, layer_products
from ravine.diagnostics.layer_signals import LayerSignal, LayerSignals
from ravine.diagnostics.noise import GradientNoise
from ravine.diagnostics.sweep import sweep
from ravine.history import EpochRecord, StepRecord
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.plots.signal_history import signal_history
from ravine.plots.trajectory import trajectory
from ravine.tables import format_number, format_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Monitor", "MonitorRecord"]

_SATURATION = 0.05


@dataclass(frozen=True, eq=False)
class MonitorRecord:
    """What was seen after one epoch; epoch 0 is the start.

    Attributes
    ----------
    epoch, updates : so far.
    distance : ‖θ - θ_0‖₂, θ_0 the parameters when the monitor was made.
    path_length : Σ ‖θ_e - θ_{e-1}‖₂ over the epochs e so far, or over the updates.
    signals : a :class:`LayerSignals`, or None without a risk.
    noise : a :class:`GradientNoise`, or None without a risk.
    adam_medians : (L,), the median of |ŝ/√r̂| in each layer, or None without such an optimizer.
    products : a :class:`LayerProducts`, with the mean slopes where there is a risk; None if not asked for, or
        where the product overflows.
    """

    epoch: int
    updates: int
    distance: float
    path_length: float
    signals: LayerSignals | None
    noise: GradientNoise | None
    adam_medians: NDArray[np.float64] | None
    products: LayerProducts | None


_SCALARS = ("epoch", "updates", "distance", "path_length")
_NOISE = ("gradient_norm", "variance", "noise_scale", "useful_batch_size")


class Monitor:
    """A callback for :func:`ravine.fit` that records signals, gradient noise, distance and path.

    Given among the ``step_callbacks`` as well, it measures the path from update to update, else from epoch to
    epoch, which is less.

    Parameters
    ----------
    target : an :class:`ravine.EmpiricalRisk` of the network that is trained, on the data to look at (a subset
        is cheaper), or the network alone, for distance, path and Adam's ratio.
    optimizer : the rule that trains, one of the Adam family, for its signal-to-noise ratio; None leaves that
        out.
    every : epochs between two records; each costs about three gradients over the risk's rows. The path takes
        every epoch into account.
    products : record the :class:`LayerProducts` as well, which costs a singular value decomposition a layer.

    Attributes
    ----------
    records : a :class:`MonitorRecord` for the start and for every `every`-th epoch.

    >>> import numpy as np, ravine as rv
    >>> net, opt = rv.MLP([2, 8, 1], seed=0), rv.optim.Adam(lr=0.01)
    >>> X = np.random.default_rng(0).normal(size=(64, 2))
    >>> monitor = rv.diagnostics.Monitor(rv.EmpiricalRisk(net, X, X[:, 0] * X[:, 1]), opt, every=5)
    >>> history = rv.fit(net, X, X[:, 0] * X[:, 1], optimizer=opt, epochs=20, callbacks=[monitor])
    >>> monitor["epoch"], monitor["before_variance"].shape
    (array([ 0.,  5., 10., 15., 20.]), (5, 2))
    >>> bool((monitor["path_length"] >= monitor["distance"]).all())
    True
    """

    def __init__(
        self, target: EmpiricalRisk | MLP, optimizer: Any = None, every: int = 1, products: bool = False
    ) -> None:
        if not isinstance(target, (EmpiricalRisk, MLP)):
            raise TypeError(f"target must be an EmpiricalRisk or an MLP, got {type(target).__name__}")
        if isinstance(every, bool) or not isinstance(every, (int, np.integer)):
            raise TypeError(f"every must be an integer, got {every!r}")
        if every < 1:
            raise ValueError(f"every must be at least 1, got {every}")
        if optimizer is not None:
            require_adam(optimizer)
        self._risk = target if isinstance(target, EmpiricalRisk) else None
        self._net = target.net if isinstance(target, EmpiricalRisk) else target
        self._optimizer = optimizer
        if not isinstance(products, bool):
            raise TypeError(f"products must be True or False, got {products!r}")
        self._every = int(every)
        self._products = products
        self._start = self._net.theta.astype(np.float64)
        self._last = self._start
        self._path = 0.0
        self._records = [self._look(0, 0)]

    @property
    def records(self) -> tuple[MonitorRecord, ...]:
        """The records so far, the start first."""
        return tuple(self._records)

    def __call__(self, record: EpochRecord | StepRecord) -> None:
        """Take the way since the last call into the path, and look closer after every `every`-th epoch."""
        theta = self._net.theta.astype(np.float64)
        self._path += float(np.linalg.norm(theta - self._last))
        self._last = theta
        if isinstance(record, EpochRecord) and record.epoch % self._every == 0:
            self._records.append(self._look(record.epoch, record.updates))

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        """Return a column over the records (E,), or over records and layers (E, L).

        "epoch", "updates", "distance", "path_length"; "gradient_norm", "variance" (of the gradient),
        "noise_scale", "useful_batch_size"; "adam_medians"; "product_norms"; or a statistic of
        :class:`LayerSignal`, where "variance", that of the activations, is called "activation_variance".
        """
        if column in _SCALARS:
            return np.array([getattr(record, column) for record in self._records], dtype=np.float64)
        if column in _NOISE:
            return np.array([getattr(self._of(r.noise), column) for r in self._records], dtype=np.float64)
        if column == "adam_medians":
            return self._adam_medians()
        if column == "product_norms":
            return self._product_norms()
        name = {"activation_variance": "variance"}.get(column, column)
        if name in LayerSignal.__dataclass_fields__ and name != "activation":
            return np.stack([self._of(record.signals)[name] for record in self._records])
        raise KeyError(f"no column {column!r}; there are {', '.join((*_SCALARS, *_NOISE))}, …")

    def __str__(self) -> str:
        columns = [*_SCALARS] if self._risk is None else [*_SCALARS, "gradient_norm", "useful_batch_size"]
        values = np.stack([self[column] for column in columns], axis=1)
        shown = values if len(values) <= 8 else np.concatenate([values[:4], values[-4:]])
        table = format_table(columns, [[format_number(float(v)) for v in row] for row in shown], left=0)
        last = self._records[-1].signals
        verdict = [] if last is None else [finding.text for finding in last.findings]
        return "\n".join([table, *verdict])

    def plot(self, what: Literal["trajectory", "signals"] = "trajectory") -> Figure:
        """Return a picture: "trajectory" (distance, path, noise) or "signals" (each layer by epoch)."""
        if what not in ("trajectory", "signals"):
            raise ValueError(f"what must be 'trajectory' or 'signals', got {what!r}")
        return trajectory(self) if what == "trajectory" else signal_history(self)

    def _look(self, epoch: int, updates: int) -> MonitorRecord:
        signals = gradient = None
        if self._risk is not None:
            gathered = sweep(self._risk, None, _SATURATION)
            signals = layer_signals.from_sweep(self._net, gathered, _SATURATION)
            gradient = noise.from_sweep(self._risk, gathered)
        medians = None
        if self._optimizer is not None and self._optimizer.updates > 0:
            medians = adam_signal_to_noise(self._optimizer, self._net).medians
        distance = float(np.linalg.norm(self._last - self._start))
        products = _products_of(self._net, signals) if self._products else None
        return MonitorRecord(epoch, updates, distance, self._path, signals, gradient, medians, products)

    def _adam_medians(self) -> NDArray[np.float64]:
        """NaN where there was no update yet."""
        if self._optimizer is None:
            raise KeyError("no column 'adam_medians': the monitor was made without an optimizer")
        none = np.full(len(self._net.activations), np.nan)
        return np.stack([none if r.adam_medians is None else r.adam_medians for r in self._records])

    def _product_norms(self) -> NDArray[np.float64]:
        """Infinite where a product overflowed."""
        if not self._products:
            raise KeyError("no column 'product_norms': the monitor was made without products=True")
        overflow = np.full(len(self._net.activations), np.inf)
        return np.stack([overflow if r.products is None else r.products.norms for r in self._records])

    @staticmethod
    def _of(value: Any) -> Any:
        if value is None:
            raise KeyError("this column needs a risk: the monitor was made with a network alone")
        return value


def _products_of(net: MLP, signals: LayerSignals | None) -> LayerProducts | None:
    """A callback looks on: what is too large for a number ends no run."""
    try:
        return layer_products(net, signals)
    except ValueError:
        return None
