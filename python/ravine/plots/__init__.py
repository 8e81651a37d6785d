"""Pictures: free matplotlib figures in one colour-blind-safe style; needs ``ravine[cli]``."""

from ravine.plots.adam_signal import adam_signal
from ravine.plots.animation import animate
from ravine.plots.calibration import calibration
from ravine.plots.distances import distances
from ravine.plots.evidence import evidence
from ravine.plots.fitted_curve import fitted_curve
from ravine.plots.gradient_noise import gradient_noise
from ravine.plots.hessian_blocks import hessian_blocks
from ravine.plots.ill_conditioning import ill_conditioning, ill_conditioning_history
from ravine.plots.laplace import laplace
from ravine.plots.layer_signals import layer_signals
from ravine.plots.learning_curve import learning_curve
from ravine.plots.loss_surface import loss_surface
from ravine.plots.minimize_history import minimize_history
from ravine.plots.negative_curvature import negative_curvature
from ravine.plots.paths import paths
from ravine.plots.predictions import predictions
from ravine.plots.quadratic_dynamics import quadratic_dynamics
from ravine.plots.race import race
from ravine.plots.rate_search import rate_search
from ravine.plots.saturation import saturation
from ravine.plots.signal_history import signal_history
from ravine.plots.singular_values import singular_values
from ravine.plots.spectral_density import spectral_density
from ravine.plots.spectrum import spectrum
from ravine.plots.style import matplotlib_available, save_figure
from ravine.plots.taylor import taylor
from ravine.plots.trajectory import trajectory

__all__ = [
    "adam_signal",
    "animate",
    "calibration",
    "distances",
    "evidence",
    "fitted_curve",
    "gradient_noise",
    "hessian_blocks",
    "ill_conditioning",
    "ill_conditioning_history",
    "laplace",
    "layer_signals",
    "learning_curve",
    "loss_surface",
    "matplotlib_available",
    "minimize_history",
    "negative_curvature",
    "paths",
    "predictions",
    "quadratic_dynamics",
    "race",
    "rate_search",
    "saturation",
    "save_figure",
    "signal_history",
    "singular_values",
    "spectral_density",
    "spectrum",
    "taylor",
    "trajectory",
]
