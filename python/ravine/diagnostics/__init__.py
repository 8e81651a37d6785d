"""Looking inside a network and its training: reports that print as tables and plot themselves.

======================== ===========================================================================
signals                  variances forward and backward, saturation, dead units; names the sick layer
layer_products           singular values of the products of the layers' weights
gradient_noise           standard error of a mini-batch gradient, useful batch size
adam_signal_to_noise     ŝ/√r̂ of every parameter, from Adam's state
distances                how far apart several runs end
Monitor                  all of these during training, as one callback
critical_point           minimum, maximum, saddle, degenerate, flat, or no critical point
spectrum                 eigenvalues of the Hessian, condition number, inertia
negative_curvature       the direction that leaves a saddle
ill_conditioning         gᵀg, gᵀHg, the step at which descent turns into ascent; a monitor of it
quadratic_dynamics       what descent and momentum do to each eigencomponent; best rates
loss_surface             J over a plane, by default that of the two extreme eigenvectors
taylor                   first- and second-order models along a direction, and their error
hessian_blocks           the Hessian by layers
======================== ===========================================================================

>>> import numpy as np, ravine as rv
>>> net = rv.MLP([4, 8, 1], seed=0)
>>> X = np.random.default_rng(0).normal(size=(50, 4))
>>> print(rv.diagnostics.signals(rv.EmpiricalRisk(net, X, X[:, 0])).findings)
()
"""

from ravine.diagnostics.adam_signal import AdamSignal, adam_signal_to_noise
from ravine.diagnostics.critical_point import CriticalPoint, PointVerdict, critical_point
from ravine.diagnostics.distances import distances
from ravine.diagnostics.findings import Finding, FindingKind
from ravine.diagnostics.hessian_blocks import HessianBlocks, hessian_blocks
from ravine.diagnostics.ill_conditioning import (
    IllConditioning,
    IllConditioningMonitor,
    IllConditioningRecord,
    ill_conditioning,
)
from ravine.diagnostics.layer_products import LayerProducts, layer_products
from ravine.diagnostics.layer_signals import LayerSignal, LayerSignals, signals
from ravine.diagnostics.loss_surface import LossSurface, loss_surface
from ravine.diagnostics.monitor import Monitor, MonitorRecord
from ravine.diagnostics.negative_curvature import NegativeCurvature, negative_curvature
from ravine.diagnostics.noise import GradientNoise, gradient_noise
from ravine.diagnostics.quadratic_dynamics import ComponentVerdict, QuadraticDynamics, quadratic_dynamics
from ravine.diagnostics.spectrum import Definiteness, Spectrum, spectrum
from ravine.diagnostics.sweep import UnitTable
from ravine.diagnostics.taylor import Taylor, taylor

__all__ = [
    "AdamSignal",
    "ComponentVerdict",
    "CriticalPoint",
    "Definiteness",
    "Finding",
    "FindingKind",
    "GradientNoise",
    "HessianBlocks",
    "IllConditioning",
    "IllConditioningMonitor",
    "IllConditioningRecord",
    "LayerProducts",
    "LayerSignal",
    "LayerSignals",
    "LossSurface",
    "Monitor",
    "MonitorRecord",
    "NegativeCurvature",
    "PointVerdict",
    "QuadraticDynamics",
    "Spectrum",
    "Taylor",
    "UnitTable",
    "adam_signal_to_noise",
    "critical_point",
    "distances",
    "gradient_noise",
    "hessian_blocks",
    "ill_conditioning",
    "layer_products",
    "loss_surface",
    "negative_curvature",
    "quadratic_dynamics",
    "signals",
    "spectrum",
    "taylor",
]
