"""Losses of classes."""

from __future__ import annotations

from dataclasses import dataclass

from ravine.losses.base import Loss

__all__ = ["BinaryCrossEntropy", "CrossEntropy", "Hinge", "SquaredHinge"]


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """L = −Σₖ yₖ log pₖ, p = softmax(f): one class of c.

    y : integer labels (N,) in [0, c), or probabilities (N, c) whose rows sum to 1 (soft labels). Source:
    Goodfellow, Bengio, Courville, Deep Learning (2016), section 6.2.2.3.

    >>> import ravine as rv
    >>> rv.losses.CrossEntropy().evaluate([[0.0, 0.0]], [1]).gradient
    array([[ 0.5, -0.5]])
    """

    name = "cross_entropy"
    target_kind = "labels or probabilities"
    sums_over_outputs = False


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """L = Σₖ softplus(fₖ) − yₖ fₖ: each output is the log odds of a question of its own.

    y : (N, c) or (N,), in [0, 1]. Source: Goodfellow, Bengio, Courville, Deep Learning (2016), section
    6.2.2.2.

    >>> import ravine as rv
    >>> rv.losses.BinaryCrossEntropy().evaluate([[0.0]], [1.0]).gradient
    array([[-0.5]])
    """

    name = "binary_cross_entropy"
    target_kind = "shares"


@dataclass(frozen=True)
class Hinge(Loss):
    """L = Σ_{k≠y} max(0, 1 + fₖ − f_y): the class y is to lead every other by 1.

    y : integer labels (N,) in [0, c), c ≥ 2. At a kink the derivative 0 is taken, one of the subgradients; ∇²
    is zero. Source: J. Weston and C. Watkins, Support vector machines for multi-class pattern recognition
    (ESANN 1999).

    >>> import ravine as rv
    >>> rv.losses.Hinge().evaluate([[2.0, 0.0, 1.5]], [0]).value
    array([0.5])
    """

    name = "hinge"
    target_kind = "labels"
    sums_over_outputs = False

    @property
    def smooth(self) -> bool:
        """False: there is a kink wherever a class leads by exactly 1."""
        return False

    def target_columns(self, outputs: int) -> int | None:
        """Return the number of classes, at least 2."""
        if outputs < 2:
            raise ValueError(
                f"loss={self.name!r} needs an output for each of at least 2 classes, got {outputs}"
            )
        return outputs


@dataclass(frozen=True)
class SquaredHinge(Hinge):
    """L = Σ_{k≠y} max(0, 1 + fₖ − f_y)²: as :class:`Hinge`, with a gradient everywhere.

    ∇² jumps at a kink, where it is taken as 0. Source: as :class:`Hinge`, with squared slacks.

    >>> import ravine as rv
    >>> rv.losses.SquaredHinge().evaluate([[2.0, 0.0, 1.5]], [0]).gradient
    array([[-1.,  0.,  1.]])
    """

    name = "squared_hinge"

    @property
    def smooth(self) -> bool:
        """True."""
        return True
