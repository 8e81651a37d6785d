"""Update rules, in the form in which torch.optim writes them. ``t`` counts updates from one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ravine.reference.types import Array


class Rule(Protocol):
    """Whatever moves θ, given a gradient."""

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""


@dataclass
class SGD:
    """θ ← θ − lr · d, where d is the gradient, or its running sum with momentum.

    ::

        g ← g + weight_decay · θ
        v ← momentum · v + (1 − dampening) · g      (v = g the first time)
        d = g + momentum · v  with Nesterov's form,  v  without it,  g  where momentum is zero

    Polyak (1964); Nesterov (1983), in the one-point form of Sutskever et al. (2013).

    >>> theta = np.array([1.0])
    >>> SGD(lr=0.5).step(theta, np.array([1.0]))
    >>> theta
    array([0.5])
    """

    lr: float = 1e-3
    momentum: float = 0.0
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False
    velocity: Array | None = field(default=None, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        direction = gradient + self.weight_decay * theta
        if self.momentum != 0:
            if self.velocity is None:
                self.velocity = direction.copy()
            else:
                self.velocity = self.momentum * self.velocity + (1 - self.dampening) * direction
            direction = direction + self.momentum * self.velocity if self.nesterov else self.velocity
        theta -= self.lr * direction


@dataclass
class Adam:
    """θ ← θ − lr · ŝ / (√r̂ + eps), with running averages s of the gradient and r of its square.

    ::

        g ← g + weight_decay · θ
        s ← β₁ s + (1 − β₁) g,     ŝ = s / (1 − β₁ᵗ)
        r ← β₂ r + (1 − β₂) g²,    r̂ = r / (1 − β₂ᵗ)

    Kingma and Ba (2015).

    >>> theta = np.array([1.0])
    >>> Adam(lr=0.1).step(theta, np.array([250.0]))
    >>> theta.round(6)
    array([0.9])
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    t: int = field(default=0, init=False)
    s: Array | None = field(default=None, init=False)
    r: Array | None = field(default=None, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g = gradient + self.weight_decay * theta
        beta1, beta2 = self.betas
        self.t += 1
        self.s = (1 - beta1) * g + (0 if self.s is None else beta1 * self.s)
        self.r = (1 - beta2) * g * g + (0 if self.r is None else beta2 * self.r)
        s_hat = self.s / (1 - beta1**self.t)
        r_hat = self.r / (1 - beta2**self.t)
        theta -= self.lr * s_hat / (np.sqrt(r_hat) + self.eps)
