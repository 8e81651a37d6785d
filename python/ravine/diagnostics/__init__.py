"""Looking inside a network and its training: reports that print as tables and plot themselves.

======================== ===========================================================================
signals                  variances forward and backward, saturation, dead units; names the sick layer
layer_products           singular values of the products of the layers' weights
gradient_noise           standard error of a mini-batch gradient, useful batch size
adam_signal_to_noise     ŝ/√r̂ of every parameter, from Adam's state
distances                how far apart several runs end
Monitor                  all of these during training, as one callback
======================== ===========================================================================

>>> import numpy as np, ravine as rv
>>> net = rv.MLP([4, 8, 1], seed=0)
>>> X = np.random.default_rng(0).normal(size=(50, 4))
>>> print(rv.diagnostics.signals(rv.EmpiricalRisk(net, X, X[:, 0])).findings)
()
"""

from ravine.diagnostics.adam_signal import AdamSignal, adam_signal_to_noise
from ravine.diagnostics.distances import distances
from ravine.diagnostics.findings import Finding, FindingKind
from ravine.diagnostics.layer_products import LayerProducts, layer_products
from ravine.diagnostics.layer_signals import LayerSignal, LayerSignals, signals
from ravine.diagnostics.monitor import Monitor, MonitorRecord
from ravine.diagnostics.noise import GradientNoise, gradient_noise
from ravine.diagnostics.sweep import UnitTable

__all__ = [
    "AdamSignal",
    "Finding",
    "FindingKind",
    "GradientNoise",
    "LayerProducts",
    "LayerSignal",
    "LayerSignals",
    "Monitor",
    "MonitorRecord",
    "UnitTable",
    "adam_signal_to_noise",
    "distances",
    "gradient_noise",
    "layer_products",
    "signals",
]
