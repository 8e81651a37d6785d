"""Update rules, in the form in which torch.optim writes them, and the other forms of books as options.

``t`` counts updates from one. ``weight_decay`` times θ joins the gradient first. In divisions by the root of
squares 0/0 is 0. Adam's family is in ``updates_adam``, rules that follow signs in ``updates_signs``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ravine.reference.types import Array


class Rule(Protocol):
    """Whatever moves θ, given a gradient."""

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""


def divide_by_root(x: Array, square: Array, eps: float, inside: bool = False) -> Array:
    """Return x/(√square + eps), or x/√(square + eps); 0 where the divisor is 0.

    >>> divide_by_root(np.array([3.0, 0.0]), np.array([9.0, 0.0]), 0.0)
    array([1., 0.])
    """
    size = np.sqrt(square + eps) if inside else np.sqrt(square) + eps
    return np.divide(x, size, out=np.zeros_like(x), where=size != 0)


@dataclass
class Momentum:
    """Momentum on any direction d, in the forms of different books.

    ::

        sum         v ← momentum v + (1 − dampening) d (v = d the first time);   θ ← θ − lr v
        velocity    v ← momentum v − lr d;                                       θ ← θ + v
        average     u ← momentum u + (1 − momentum) d;                           θ ← θ − lr u
                    unbiased: lr u / (1 − momentumᵗ) in the place of lr u

    The look-ahead is where the same update would go with d = 0; a whole step ahead, where the last update
    would go once more. Nesterov's two-point form has d at the look-ahead. In its one-point form θ *is* the
    look-ahead: we go back to where it was seen from, make the update, and look ahead again.
    """

    momentum: float
    dampening: float
    nesterov: bool | str
    form: str
    unbiased: bool
    buffer: Array | None = field(default=None, init=False)
    product: float = field(default=1.0, init=False)  # of the momentums of all updates, momentumᵗ if constant

    def ahead(self, lr: float) -> Array | float:
        """What to add to θ to look ahead."""
        if self.buffer is None:
            return 0.0
        if self.nesterov == "lookahead_whole_step":
            return self._update(lr, self.buffer, self.product)
        return self._update(lr, self.momentum * self.buffer, self.product * self.momentum)

    def _update(self, lr: float, buffer: Array, product: float) -> Array:
        if self.form == "velocity":
            return buffer
        return -lr * buffer / (1 - product) if self.unbiased else -lr * buffer

    def move(self, theta: Array, d: Array, lr: float) -> None:
        """One update of ``theta``, in place."""
        if self.nesterov is True:
            theta -= self.ahead(lr)
        fresh = {"sum": 1 - self.dampening, "velocity": -lr, "average": 1 - self.momentum}[self.form]
        if self.buffer is None:
            self.buffer = d if self.form == "sum" else fresh * d
        else:
            self.buffer = self.momentum * self.buffer + fresh * d
        self.product *= self.momentum
        theta += self._update(lr, self.buffer, self.product)
        if self.nesterov is True:
            theta += self.ahead(lr)


@dataclass
class _WithMomentum:
    """A rule whose direction may get momentum."""

    lr: float = 1e-3
    momentum: float = 0.0
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool | str = False
    form: str = "sum"
    unbiased: bool = False
    maximize: bool = False
    forms: Momentum = field(init=False)

    def __post_init__(self) -> None:
        self.forms = Momentum(self.momentum, self.dampening, self.nesterov, self.form, self.unbiased)

    def look_ahead(self, theta: Array) -> Array:
        """Where the gradient of the next update is to be taken: θ, but for Nesterov's two-point form."""
        two_points = isinstance(self.nesterov, str)
        return theta + self.forms.ahead(self.lr) if two_points else theta.copy()

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        self.forms.momentum = self.momentum
        g = (-gradient if self.maximize else gradient) + self.weight_decay * self.look_ahead(theta)
        self.forms.move(theta, self.direction(g), self.lr)

    def direction(self, g: Array) -> Array:
        """What momentum is put on."""
        return g


@dataclass
class SGD(_WithMomentum):
    """θ ← θ − lr · g, or with ``Momentum`` on g.

    Polyak (1964); Nesterov (1983), in one point Sutskever et al. (2013); Goodfellow et al. (2016).

    >>> theta = np.array([1.0])
    >>> SGD(lr=0.5).step(theta, np.array([1.0]))
    >>> theta
    array([0.5])
    """


@dataclass
class RMSprop(_WithMomentum):
    """θ ← θ − lr · d, or ``Momentum`` on d, where r is a running average of squares.

    ::

        r ← alpha r + (1 − alpha) g²
        d = g/(√r + eps),  centered: d = g/(√(r − m²) + eps) with the running average m of g

    Tieleman and Hinton (2012); Graves (2013).

    >>> theta = np.array([1.0])
    >>> RMSprop(lr=0.1, alpha=0.75, eps=0.0).step(theta, np.array([250.0]))
    >>> theta
    array([0.8])
    """

    lr: float = 1e-2
    alpha: float = 0.99
    eps: float = 1e-8
    centered: bool = False
    eps_inside_sqrt: bool = False
    r: Array | float = field(default=0.0, init=False)
    m: Array | float = field(default=0.0, init=False)

    def direction(self, g: Array) -> Array:
        """The gradient over its size."""
        self.r = self.alpha * self.r + (1 - self.alpha) * g * g
        self.m = self.alpha * self.m + (1 - self.alpha) * g
        square = np.maximum(self.r - self.m * self.m, 0) if self.centered else self.r
        return divide_by_root(g, square, self.eps, self.eps_inside_sqrt)


@dataclass
class Adagrad:
    """θ ← θ − lr/(1 + (t − 1) lr_decay) · g/(√r + eps), where r is the sum of squares so far.

    Duchi et al. (2011).

    >>> theta = np.array([1.0])
    >>> Adagrad(lr=0.1).step(theta, np.array([250.0]))
    >>> theta
    array([0.9])
    """

    lr: float = 1e-2
    lr_decay: float = 0.0
    weight_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    eps: float = 1e-10
    eps_inside_sqrt: bool = False
    maximize: bool = False
    t: int = field(default=0, init=False)
    squares: Array | float = field(default=0.0, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g = (-gradient if self.maximize else gradient) + self.weight_decay * theta
        self.squares = self.squares + g * g
        r = self.initial_accumulator_value + self.squares
        rate = self.lr / (1 + self.t * self.lr_decay)
        self.t += 1
        theta -= rate * divide_by_root(g, r, self.eps, self.eps_inside_sqrt)


@dataclass
class Adadelta:
    """θ ← θ − lr · d, where the units of d are those of θ: two running averages, of g² and of d².

    ::

        r ← rho r + (1 − rho) g²
        d = √(a + eps)/√(r + eps) · g
        a ← rho a + (1 − rho) d²

    Zeiler (2012).

    >>> theta = np.array([1.0])
    >>> Adadelta(rho=0.75, eps=1.0).step(theta, np.array([12.0**0.5]))
    >>> theta.round(6)
    array([-0.732051])
    """

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0
    maximize: bool = False
    r: Array | float = field(default=0.0, init=False)
    a: Array | float = field(default=0.0, init=False)

    def step(self, theta: Array, gradient: Array) -> None:
        """One update of ``theta``, in place."""
        g = (-gradient if self.maximize else gradient) + self.weight_decay * theta
        self.r = self.rho * self.r + (1 - self.rho) * g * g
        d = divide_by_root(np.sqrt(self.a + self.eps) * g, self.r, self.eps, inside=True)
        self.a = self.rho * self.a + (1 - self.rho) * d * d
        theta -= self.lr * d
