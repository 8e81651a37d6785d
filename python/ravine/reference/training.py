"""Mini-batch training: one pass over given lists of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ravine.reference.risk import EmpiricalRisk
from ravine.reference.types import Array
from ravine.reference.updates import Rule


def epoch(risk: EmpiricalRisk, theta: Array, rule: Rule, batches: Iterable[Sequence[int]]) -> list[float]:
    """One update of ``theta``, in place, for each list of rows; the risks before each update.

    >>> import numpy as np
    >>> from ravine.reference import Network, SGD
    >>> net = Network([1, 1], ["identity"], [False])
    >>> risk = EmpiricalRisk(net, np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))
    >>> theta = np.zeros(1)
    >>> epoch(risk, theta, SGD(lr=0.5), [[0], [1]]), theta
    ([0.5, 3.125], array([1.75]))
    """
    values = []
    for rows in batches:
        value, gradient = risk.subset(rows).value_and_gradient(theta)
        rule.step(theta, gradient)
        values.append(value)
    return values
