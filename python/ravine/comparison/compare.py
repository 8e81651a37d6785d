"""The door: what is compared, on what, and from where."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from ravine.comparison.on_data import train
from ravine.comparison.on_surface import Landscape, descend
from ravine.comparison.problem import TrainingProblem
from ravine.comparison.record import Comparison
from ravine.comparison.rules import Rules, default_rules, fresh_rules
from ravine.problems.problem import FloatArray
from ravine.surfaces import Surface

__all__ = ["compare"]


def compare(
    problem: Surface | TrainingProblem,
    optimizers: Rules | None = None,
    *,
    start: ArrayLike | None = None,
    goal: float | None = None,
    updates: int | None = None,
) -> Comparison:
    """Run update rules from one start, and tell which arrive, after how many updates and seconds.

    On a surface each rule takes ``optimizer.step(theta, ∇J(theta))``, with the gradient at
    ``look_ahead(theta)`` where the rule looks ahead, until a value of at most `goal`, or `updates`. On data
    each rule trains the network with :func:`ravine.fit` from the same theta, over the same batches, for all
    epochs; the network keeps the theta that it had.

    Parameters
    ----------
    problem : a surface of :mod:`ravine.surfaces`, or a :class:`TrainingProblem`.
    optimizers : rules by name, each an optimiser or a function that makes one, or a list of optimisers. They
        are made anew from their options, so those that are given make no step. None:
        :func:`ravine.comparison.default_rules`.
    start : (n,) on a surface; None: the surface's own. On data the start is ``problem.net.theta``.
    goal : the value to reach. None: the surface's own; on data a tenth of the loss before training.
    updates : the most updates on a surface; None: the surface's own. On data the epochs say it.

    Returns
    -------
    Comparison : a table when printed; :func:`ravine.plots.paths`, :func:`ravine.plots.race` and
    :func:`ravine.plots.animate` draw it.

    A rule that ends without the goal has *diverged* where values or parameters were not finite, or the height
    above the goal had grown a million times; it *stays at saddle* where the Hessian has a negative eigenvalue
    and Newton's step leads to a critical point nearby; else it is *slow*.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; the message names it.

    >>> import ravine as rv
    >>> print(rv.compare(rv.surfaces.Saddle(offset=0.0), [rv.optim.SGD(lr=0.1)])["SGD"].verdict)
    stays at saddle
    """
    if not isinstance(problem, (Surface, TrainingProblem)):
        raise TypeError(
            f"problem must be a surface of ravine.surfaces or a TrainingProblem, got {type(problem).__name__}"
        )
    if goal is not None and (isinstance(goal, bool) or not isinstance(goal, (int, float, np.number))):
        raise TypeError(f"goal must be a number, got {goal!r}")
    if goal is not None and math.isnan(goal):
        raise ValueError("goal must be a number, got nan")
    makers = fresh_rules(default_rules(problem) if optimizers is None else optimizers)
    if isinstance(problem, TrainingProblem):
        for name, value in (("start", start), ("updates", updates)):
            if value is not None:
                raise ValueError(f"{name} is of no use on data: set the network's theta, or the epochs")
        return train(problem, makers, goal)
    most = problem.updates if updates is None else updates
    if isinstance(most, bool) or not isinstance(most, (int, np.integer)):
        raise TypeError(f"updates must be an integer, got {most!r}")
    if most < 1:
        raise ValueError(f"updates must be at least 1, got {most}")
    origin = _point(problem.start if start is None else start, problem)
    landscape = Landscape(problem, origin, problem.goal if goal is None else float(goal), int(most))
    runs = tuple(descend(landscape, name, text, make()) for name, (text, make) in makers.items())
    return Comparison(problem, origin, landscape.goal, runs)


def _point(start: ArrayLike, surface: Surface) -> FloatArray:
    point = np.array(start, dtype=np.float64)
    if point.shape != (surface.dimension,):
        raise ValueError(f"start has the shape {point.shape}: expected ({surface.dimension},)")
    with np.errstate(over="ignore", invalid="ignore"):
        value = surface.value(point)
    if not math.isfinite(value):
        raise ValueError(f"start must have a finite value, got {value}")
    point.flags.writeable = False
    return point
