"""How far to go along a direction: the strong Wolfe conditions (Nocedal and Wright 2006, §3.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from ravine.reference.types import Array

ValueAndGradient: TypeAlias = Callable[[Array], tuple[float, Array]]
"""θ to f(θ) and ∇f(θ)."""

LARGEST = 1e10


class Place(NamedTuple):
    """What is known at the step α along the direction: φ(α) = f(θ + αp), φ′(α), and the point itself."""

    step: float
    value: float
    slope: float
    theta: Array
    gradient: Array


def strong_wolfe(
    fun: ValueAndGradient, start: Place, p: Array, *, first: float = 1.0, c1: float = 1e-4, c2: float = 0.9
) -> Place:
    """A place with φ(α) ≤ φ(0) + c₁ α φ′(0) and abs φ′(α) ≤ c₂ abs φ′(0), (3.7), by Algorithm 3.5.

    ``start`` is the place at α = 0, φ′(0) < 0. Where rounding or an end of the domain leaves no such place,
    the lowest one that was found is returned, which may be ``start``.

    >>> def bowl(x):
    ...     return float(x @ x), 2 * x
    >>> theta, p = np.array([4.0]), np.array([-1.0])
    >>> place = strong_wolfe(bowl, Place(0.0, 16.0, -8.0, theta, 2 * theta), p, c2=0.1)
    >>> place.step
    4.0
    """
    before, step = start, first
    for count in range(60):
        here = at(fun, start.theta, p, step)
        too_high = not here.value <= start.value + c1 * step * start.slope
        if too_high or (count > 0 and here.value >= before.value):
            return _zoom(fun, start, p, before, here, c1, c2)
        if abs(here.slope) <= -c2 * start.slope or step >= LARGEST:
            return here
        if here.slope >= 0:
            return _zoom(fun, start, p, here, before, c1, c2)
        before, step = here, min(2 * step, LARGEST)
    return before


def at(fun: ValueAndGradient, theta: Array, p: Array, step: float) -> Place:
    """What is known at θ + αp."""
    there = theta + step * p
    value, gradient = fun(there)
    return Place(step, value, float(gradient @ p), there, gradient)


def _zoom(
    fun: ValueAndGradient, start: Place, p: Array, low: Place, high: Place, c1: float, c2: float
) -> Place:
    """Algorithm 3.6: between ``low``, the lower end, and ``high`` lies a place that will do."""
    for _ in range(60):
        here = at(fun, start.theta, p, _between(low, high))
        if not here.value <= start.value + c1 * here.step * start.slope or here.value >= low.value:
            high = here
        else:
            if abs(here.slope) <= -c2 * start.slope:
                return here
            if here.slope * (high.step - low.step) >= 0:
                high = low
            low = here
        if abs(high.step - low.step) <= 1e-15 * max(abs(high.step), abs(low.step)):
            break
    return low


def _between(a: Place, b: Place) -> float:
    """The minimum of the cubic through both, (3.59), or the middle where that is none or near an end."""
    middle, width = (a.step + b.step) / 2, b.step - a.step
    with np.errstate(all="ignore"):  # values may be large beyond all measure
        d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
        d2 = np.copysign(np.sqrt(d1 * d1 - a.slope * b.slope), width)
        step = float(b.step - width * (b.slope + d2 - d1) / np.float64(b.slope - a.slope + 2 * d2))
    return step if abs(step - middle) <= 0.4 * abs(width) else middle
