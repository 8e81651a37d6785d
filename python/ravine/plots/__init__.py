"""Pictures: free matplotlib figures in one colour-blind-safe style; needs ``ravine[cli]``."""

from ravine.plots.adam_signal import adam_signal
from ravine.plots.animation import animate
from ravine.plots.distances import distances
from ravine.plots.gradient_noise import gradient_noise
from ravine.plots.layer_signals import layer_signals
from ravine.plots.learning_curve import learning_curve
from ravine.plots.paths import paths
from ravine.plots.race import race
from ravine.plots.rate_search import rate_search
from ravine.plots.saturation import saturation
from ravine.plots.signal_history import signal_history
from ravine.plots.singular_values import singular_values
from ravine.plots.spectral_density import spectral_density
from ravine.plots.style import matplotlib_available, save_figure
from ravine.plots.trajectory import trajectory

__all__ = [
    "adam_signal",
    "animate",
    "distances",
    "gradient_noise",
    "layer_signals",
    "learning_curve",
    "matplotlib_available",
    "paths",
    "race",
    "rate_search",
    "saturation",
    "save_figure",
    "signal_history",
    "singular_values",
    "spectral_density",
    "trajectory",
]
