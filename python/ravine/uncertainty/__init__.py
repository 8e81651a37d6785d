"""Error bars: what the data leave open about θ, and so about predictions (docs/uncertainty.md)."""

from ravine.uncertainty.laplace import laplace
from ravine.uncertainty.posterior import LaplacePosterior
from ravine.uncertainty.precision import ImproperPosteriorError

__all__ = ["ImproperPosteriorError", "LaplacePosterior", "laplace"]
