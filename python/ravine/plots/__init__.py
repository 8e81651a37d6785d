"""Pictures: free matplotlib figures in one colour-blind-safe style; needs ``ravine[cli]``."""

from ravine.plots.animation import animate
from ravine.plots.learning_curve import learning_curve
from ravine.plots.paths import paths
from ravine.plots.race import race
from ravine.plots.style import matplotlib_available, save_figure

__all__ = ["animate", "learning_curve", "matplotlib_available", "paths", "race", "save_figure"]
