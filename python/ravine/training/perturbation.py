"""Noise that leaves flat saddles, where the gradient alone stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ravine.arrays import require_count
from ravine.seeds import Seed, stream_key
from ravine.training.clipping import require_positive

__all__ = ["Law", "Perturbation"]

Law: TypeAlias = Literal["ball", "normal", "uniform"]
_LAWS = ("ball", "normal", "uniform")


@dataclass(frozen=True)
class Perturbation:
    """Add noise to theta before an update whose gradient is small: θ ← θ + ξ.

    Where ‖∇J_B‖₂ < gradient_norm_below, and `every` updates have been made since the last noise, ξ is added,
    the gradient of the same batch is taken anew, and the update goes on with that. The noise is a function of
    the run's seed and the number of the update. Source: Jin, Ge, Netrapalli, Kakade and Jordan 2017.

    Parameters
    ----------
    law : "ball": uniform in the ball of radius `scale`; "normal": entries N(0, scale²); "uniform": entries
        uniform in ± scale.
    scale : > 0.
    gradient_norm_below : > 0.
    every : at least 1.

    >>> import numpy as np, ravine as rv
    >>> noise = rv.Perturbation("ball", scale=0.1).noise(np.zeros(1000), seed=0, update=7)
    >>> bool(np.linalg.norm(noise) <= 0.1)
    True
    """

    law: Law = "ball"
    scale: float = 1e-2
    gradient_norm_below: float = 1e-3
    every: int = 100

    def __post_init__(self) -> None:
        if self.law not in _LAWS:
            raise ValueError(f"law must be one of {', '.join(_LAWS)}, got {self.law!r}")
        require_positive(self.scale, "scale")
        require_positive(self.gradient_norm_below, "gradient_norm_below")
        require_count(self.every, "every")

    def noise(self, theta: NDArray[Any], seed: Seed = 0, update: int = 0) -> NDArray[Any]:
        """Return ξ, of the shape and dtype of theta, for update number `update` (from 0)."""
        return self.noise_of_key(theta, stream_key(seed), update)

    def noise_of_key(self, theta: NDArray[Any], key: int, update: int) -> NDArray[Any]:
        """The same for a seed's key."""
        random = np.random.default_rng([key, update])
        if self.law == "uniform":
            draw = random.uniform(-self.scale, self.scale, theta.shape)
        else:
            draw = random.normal(0.0, self.scale, theta.shape)
        if self.law == "ball":
            # A normal vector's direction is uniform; the share of the ball within radius r is rⁿ.
            draw *= self.scale * random.random() ** (1 / theta.size) / np.linalg.norm(draw)
        return draw.astype(theta.dtype)
