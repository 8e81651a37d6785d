"""Adam and its relatives: running averages s of the gradient and r of its square.

``t`` counts updates from one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ravine.reference.types import Array
from ravine.reference.updates import divide_by_root


@dataclass
class _Averages:
    """What all of them do first: decay, and the two averages.

    ::

        g ← g + weight_decay · θ, or decoupled: θ ← (1 − lr · weight_decay) θ
        s ← β₁ s + (1 − β₁) g
        r ← β₂ r + (1 − β₂) g²
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled_weight_decay: bool = False
    maximize: bool = False
    t: int = field(default=0, init=False)
    product: float = field(default=1.0, init=False)  # of the β₁ of all updates: β₁ᵗ if it stays the same
    s: Array | float = field(default=0.0, init=False)
    r: Array | float = field(default=0.0, init=False)

    def take(self, theta: Array, gradient: Array) -> Array:
        """Decay and averages; the gradient that went into them."""
        g = -gradient if self.maximize else gradient
        if self.decoupled_weight_decay:
            theta *= 1 - self.lr * self.weight_decay
        else:
            g = g + self.weight_decay * theta
        beta1, beta2 = self.betas
        self.t += 1
        self.product *= beta1
        self.s = beta1 * self.s + (1 - beta1) * g
        self.r = beta2 * self.r + (1 - beta2) * g * g
        return g


@dataclass
class Adam(_Averages):
    """θ ← θ − lr · ŝ / (√r̂ + eps), ŝ = s / (1 − β₁ᵗ), r̂ = r / (1 − β₂ᵗ).

    ``amsgrad``: the largest r so far in the place of r. Kingma and Ba (2015); Reddi et al. (2018).

    >>> theta = np.array([1.0])
    >>> Adam(lr=0.1).step(theta, np.array([250.0]))
    >>> theta.round(6)
    array([0.9])
    """

    amsgrad: bool = False
    bias_correction: bool = True
    eps_inside_sqrt: bool = False
    largest: Array | float = field(default=0.0, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        self.take(theta, gradient)
        self.largest = np.maximum(self.largest, self.r)
        r = self.largest if self.amsgrad else self.r
        s_hat, r_hat = np.asarray(self.s), np.asarray(r)
        if self.bias_correction:
            s_hat, r_hat = s_hat / (1 - self.product), r_hat / (1 - self.betas[1] ** self.t)
        theta -= self.lr * divide_by_root(s_hat, r_hat, self.eps, self.eps_inside_sqrt)


@dataclass
class AdamW(Adam):
    """:class:`Adam` with decoupled decay: θ ← (1 − lr · weight_decay) θ first. Loshchilov and Hutter (2019).

    >>> theta = np.array([1.0])
    >>> AdamW(lr=0.5, weight_decay=0.5).step(theta, np.array([0.0]))
    >>> theta
    array([0.75])
    """

    weight_decay: float = 1e-2
    decoupled_weight_decay: bool = True


@dataclass
class NAdam(_Averages):
    """Adam with Nesterov's momentum. Dozat (2016).

    ::

        μ_t = β₁ (1 − ½ 0.96^(t · momentum_decay))
        θ ← θ − lr · ((1 − μ_t) g / (1 − Πμ) + μ_{t+1} s / (1 − μ_{t+1} Πμ)) / (√r̂ + eps),   Πμ = μ_1 … μ_t

    torch.optim keeps Πμ in single precision, and so does this.

    >>> theta = np.array([1.0])
    >>> NAdam(lr=0.1, betas=(0.0, 0.0)).step(theta, np.array([250.0]))
    >>> theta.round(6)
    array([0.9])
    """

    lr: float = 2e-3
    momentum_decay: float = 4e-3
    eps_inside_sqrt: bool = False
    mu_product: np.float32 = field(default=np.float32(1), init=False)

    def mu(self, t: int) -> float:
        """The momentum of update t."""
        return self.betas[0] * (1 - 0.5 * float(0.96 ** (t * self.momentum_decay)))

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g, t = self.take(theta, gradient), self.t
        self.mu_product = self.mu_product * np.float32(self.mu(t))
        product = float(self.mu_product)
        direct = (1 - self.mu(t)) / (1 - product) * g
        ahead = self.mu(t + 1) / (1 - product * self.mu(t + 1)) * self.s
        r_hat = np.asarray(self.r / (1 - self.betas[1] ** t))
        theta -= self.lr * divide_by_root(direct + ahead, r_hat, self.eps, self.eps_inside_sqrt)


@dataclass
class RAdam(_Averages):
    """Adam, its step rectified while r has seen little. Liu et al. (2020).

    ::

        ρ_∞ = 2/(1 − β₂) − 1,   ρ_t = ρ_∞ − 2 t β₂ᵗ/(1 − β₂ᵗ)
        ρ_t > 5:  θ ← θ − lr · R · √(1 − β₂ᵗ) ŝ/(√r + eps),   R² = (ρ_t−4)(ρ_t−2)ρ_∞ / ((ρ_∞−4)(ρ_∞−2)ρ_t)
        else:     θ ← θ − lr · ŝ

    >>> theta = np.array([1.0])
    >>> RAdam(lr=0.1).step(theta, np.array([2.0]))
    >>> theta.round(6)
    array([0.8])
    """

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        self.take(theta, gradient)
        beta2, t = self.betas[1], self.t
        s_hat = np.asarray(self.s / (1 - self.product))
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        if length <= 5:
            theta -= self.lr * s_hat
            return
        rectifier = ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)) ** 0.5
        d = divide_by_root(s_hat, np.asarray(self.r), self.eps)
        theta -= self.lr * rectifier * (1 - beta2**t) ** 0.5 * d


@dataclass
class Adamax(_Averages):
    """θ ← θ − lr · ŝ / u, u ← max(β₂ u, |g| + eps). Kingma and Ba (2015), algorithm 2.

    >>> theta = np.array([1.0])
    >>> Adamax(lr=0.1).step(theta, np.array([250.0]))
    >>> theta.round(6)
    array([0.9])
    """

    lr: float = 2e-3
    u: Array | float = field(default=0.0, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g = self.take(theta, gradient)
        self.u = np.maximum(self.betas[1] * self.u, np.abs(g) + self.eps)
        s_hat = np.asarray(self.s / (1 - self.product))
        theta -= self.lr * np.divide(s_hat, self.u, out=np.zeros_like(s_hat), where=self.u != 0)
