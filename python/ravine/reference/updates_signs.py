"""Update rules that follow the signs of gradients."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ravine.reference.types import Array


@dataclass
class Rprop:
    """θ ← θ − sign(g) · size, each parameter with a size of its own. Riedmiller and Braun (1993).

    ::

        the sign of g stays:   size ← min(η⁺ size, most)
        it turns:              size ← max(η⁻ size, least), and g counts as 0, now and as the last one
        one of the two is 0:   size stays

    >>> theta, rule = np.array([1.0]), Rprop(lr=0.5)
    >>> rule.step(theta, np.array([250.0]))
    >>> rule.step(theta, np.array([0.1]))
    >>> theta
    array([-0.1])
    """

    lr: float = 1e-2
    etas: tuple[float, float] = (0.5, 1.2)
    step_sizes: tuple[float, float] = (1e-6, 50.0)
    maximize: bool = False
    last: Array | float = field(default=0.0, init=False)
    size: Array | None = field(default=None, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g = -gradient if self.maximize else gradient.copy()
        if self.size is None:
            self.size = np.full_like(theta, self.lr)
        agreement = np.sign(g) * np.sign(self.last)
        self.size[agreement > 0] *= self.etas[1]
        self.size[agreement < 0] *= self.etas[0]
        self.size = np.clip(self.size, *self.step_sizes)
        g[agreement < 0] = 0
        theta -= np.sign(g) * self.size
        self.last = g


@dataclass
class Lion:
    """θ ← θ − lr · (sign(β₁ s + (1 − β₁) g) + weight_decay · θ), then s ← β₂ s + (1 − β₂) g.

    Chen et al. (2023).

    >>> theta = np.array([1.0])
    >>> Lion(lr=0.5).step(theta, np.array([250.0]))
    >>> theta
    array([0.5])
    """

    lr: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0
    maximize: bool = False
    s: Array | float = field(default=0.0, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g = -gradient if self.maximize else gradient
        beta1, beta2 = self.betas
        theta -= self.lr * (np.sign(beta1 * self.s + (1 - beta1) * g) + self.weight_decay * theta)
        self.s = beta2 * self.s + (1 - beta2) * g
