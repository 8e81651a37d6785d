"""Starting values of weights; biases start at zero."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["INITIALIZERS", "draw_weights"]

_Rule = Callable[[np.random.Generator, int, int], NDArray[np.float64]]


def _uniform(scale: Callable[[int, int], float]) -> _Rule:
    def draw(rng: np.random.Generator, n_in: int, n_out: int) -> NDArray[np.float64]:
        bound = math.sqrt(scale(n_in, n_out))
        return rng.uniform(-bound, bound, size=(n_in, n_out))

    return draw


def _normal(variance: Callable[[int, int], float]) -> _Rule:
    def draw(rng: np.random.Generator, n_in: int, n_out: int) -> NDArray[np.float64]:
        return rng.normal(0.0, math.sqrt(variance(n_in, n_out)), size=(n_in, n_out))

    return draw


INITIALIZERS: dict[str, _Rule] = {
    "glorot_uniform": _uniform(lambda n_in, n_out: 6 / (n_in + n_out)),
    "glorot_normal": _normal(lambda n_in, n_out: 2 / (n_in + n_out)),
    "he_uniform": _uniform(lambda n_in, _: 6 / n_in),
    "he_normal": _normal(lambda n_in, _: 2 / n_in),
    "lecun_normal": _normal(lambda n_in, _: 1 / n_in),
    "zeros": lambda _, n_in, n_out: np.zeros((n_in, n_out)),
}
"""Rules by name: (generator, n_in, n_out) -> weights (n_in, n_out).

Glorot and Bengio 2010: U(±√(6/(n_in+n_out))), N(0, 2/(n_in+n_out)); He et al. 2015: U(±√(6/n_in)),
N(0, 2/n_in); LeCun et al. 1998: N(0, 1/n_in).
"""


def draw_weights(name: str, rng: np.random.Generator, n_in: int, n_out: int) -> NDArray[np.float64]:
    """Draw the weights of one layer, (n_in, n_out), by the rule of that name."""
    rule = INITIALIZERS.get(name)
    if rule is None:
        raise ValueError(f"initializer must be one of {', '.join(INITIALIZERS)}, got {name!r}")
    return rule(rng, n_in, n_out)
