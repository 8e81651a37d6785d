"""Pictures: free matplotlib figures in one colour-blind-safe style; needs ``ravine[cli]``."""

from ravine.plots.learning_curve import learning_curve
from ravine.plots.style import matplotlib_available, save_figure

__all__ = ["learning_curve", "matplotlib_available", "save_figure"]
