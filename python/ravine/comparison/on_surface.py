"""One rule over a surface: the loop, and the verdict on it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from ravine.comparison.record import Run, Verdict
from ravine.optim import Optimizer
from ravine.problems.problem import FloatArray
from ravine.surfaces import Surface

__all__ = ["Landscape", "descend"]

_TOO_HIGH = 1e6
_NEARBY = 0.05


@dataclass(frozen=True, eq=False)
class Landscape:
    """The same for every rule: where it starts, what counts as arrival, and how long it may take."""

    surface: Surface
    start: FloatArray
    goal: float
    updates: int

    @property
    def ceiling(self) -> float:
        """A value above this one counts as divergence."""
        height = self.surface.value(self.start) - self.goal
        return self.goal + _TOO_HIGH * max(height, 1.0)


def descend(landscape: Landscape, name: str, text: str, optimizer: Optimizer) -> Run:
    """Step until the goal, the ceiling or the last update."""
    surface, ceiling = landscape.surface, landscape.ceiling
    theta = landscape.start.copy()
    path, values, seconds = [theta.copy()], [surface.value(theta)], [0.0]
    start = time.perf_counter()
    # Values that overflow are divergence, which the verdict tells.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(landscape.updates):
            if values[-1] <= landscape.goal:
                break
            gradient = surface.gradient(optimizer.look_ahead(theta) if optimizer.looks_ahead else theta)
            if not np.isfinite(gradient).all():
                break
            optimizer.step(theta, gradient)
            path.append(theta.copy())
            values.append(surface.value(theta))
            seconds.append(time.perf_counter() - start)
            if not values[-1] <= ceiling:
                break
        verdict = _verdict(landscape, theta, values[-1])
    last = len(values) - 1
    arrived = verdict is Verdict.REACHED
    return Run(
        name=name,
        rule=text,
        updates=np.arange(last + 1),
        seconds=np.array(seconds),
        values=np.array(values),
        path=np.array(path),
        history=None,
        updates_to_goal=last if arrived else None,
        seconds_to_goal=seconds[-1] if arrived else None,
        verdict=verdict,
    )


def _verdict(landscape: Landscape, theta: FloatArray, value: float) -> Verdict:
    if value <= landscape.goal:
        return Verdict.REACHED
    gradient = landscape.surface.gradient(theta)
    if not (value <= landscape.ceiling and np.isfinite(gradient).all()):
        return Verdict.DIVERGED
    return Verdict.SADDLE if _at_saddle(landscape, theta, gradient) else Verdict.SLOW


def _at_saddle(landscape: Landscape, theta: FloatArray, gradient: FloatArray) -> bool:
    """Whether a critical point with negative curvature lies within a twentieth of the way to the minimum."""
    surface = landscape.surface
    eigenvalues, vectors = np.linalg.eigh(surface.hessian(theta))
    if not eigenvalues[0] < 0 or not eigenvalues.all():
        return False
    newton_step = float(np.linalg.norm((vectors.T @ gradient) / eigenvalues))
    return newton_step <= _NEARBY * float(np.linalg.norm(landscape.start - surface.minima[0]))
