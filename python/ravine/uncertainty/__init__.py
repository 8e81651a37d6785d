"""Error bars: what the data leave open about θ, and so about predictions (docs/uncertainty.md)."""

from ravine.uncertainty.calibration import Calibration, coverage, reliability
from ravine.uncertainty.evidence import EvidenceFit, EvidenceRound, EvidenceStop, fit_evidence
from ravine.uncertainty.laplace import laplace
from ravine.uncertainty.posterior import LaplacePosterior
from ravine.uncertainty.precision import ImproperPosteriorError

__all__ = [
    "Calibration",
    "EvidenceFit",
    "EvidenceRound",
    "EvidenceStop",
    "ImproperPosteriorError",
    "LaplacePosterior",
    "coverage",
    "fit_evidence",
    "laplace",
    "reliability",
]
