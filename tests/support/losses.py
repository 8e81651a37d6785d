"""Outputs and targets for every loss."""

from __future__ import annotations

import numpy as np

import ravine as rv
from support.problems import Array

NAMES = sorted(rv.losses.NAMED)
# Not the defaults, so that a parameter that gets lost is seen.
LOSSES = {
    **{name: rv.losses.as_loss(name) for name in NAMES},
    "huber": rv.losses.Huber(delta=0.7),
    "pseudo_huber": rv.losses.PseudoHuber(delta=1.6),
    "gaussian": rv.losses.Gaussian(minimum_variance=0.3),
}
PARAMETERS = {
    "huber": {"delta": 0.7},
    "pseudo_huber": {"delta": 1.6},
    "gaussian": {"minimum_variance": 0.3},
}
SUMS = [name for name in NAMES if LOSSES[name].sums_over_outputs]


def fits(name: str, outputs: int) -> bool:
    """Whether a network of so many outputs may have this loss."""
    return outputs % 2 == 0 if name == "gaussian" else outputs >= 2 or "hinge" not in name


def draw_targets(name: str, rows: int, c: int, rng: np.random.Generator, labels: bool = True) -> Array:
    """Targets that the loss takes, as a user may give them."""
    kind = LOSSES[name].target_kind
    if kind == "labels" or (kind == "labels or probabilities" and labels):
        return rng.integers(0, c, size=rows)
    if kind == "labels or probabilities":
        return rng.dirichlet(np.ones(c), size=rows)
    if kind == "counts":
        return rng.poisson(1.5, size=(rows, c)).astype(float)
    if kind == "shares":
        return rng.random((rows, c))
    return rng.normal(size=(rows, c // 2 if name == "gaussian" else c))
