"""The rules of the literature, a class each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ravine.arrays import finite_number, non_negative
from ravine.initializers.base import FloatArray, Initializer

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LeCunNormal",
    "LeCunUniform",
    "Normal",
    "Orthogonal",
    "Uniform",
    "Zeros",
]


def _normal(rng: np.random.Generator, deviation: float, n_in: int, n_out: int) -> FloatArray:
    return rng.normal(0.0, deviation, size=(n_in, n_out))


def _uniform(rng: np.random.Generator, bound: float, n_in: int, n_out: int) -> FloatArray:
    return rng.uniform(-bound, bound, size=(n_in, n_out))


@dataclass(frozen=True)
class Zeros(Initializer):
    """W = 0. A critical point wherever σ(0) = 0 and biases are zero: to show why not to start there.

    >>> import ravine as rv
    >>> rv.MLP([2, 2], initializer=rv.initializers.Zeros(bias=1.0)).theta.tolist()
    [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Return zeros, (n_in, n_out)."""
        del rng  # nothing is random
        return np.zeros((n_in, n_out))


@dataclass(frozen=True)
class Constant(Initializer):
    """W = value everywhere. All units of a layer stay equal: to show why weights are drawn at random.

    >>> import ravine as rv
    >>> rv.MLP([2, 1], initializer=rv.initializers.Constant(0.5)).theta.tolist()
    [0.5, 0.5, 0.0]
    """

    value: float

    def __post_init__(self) -> None:
        super().__post_init__()
        finite_number(self.value, "Constant value")

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Return the value, (n_in, n_out) times."""
        del rng  # nothing is random
        return np.full((n_in, n_out), float(self.value))


@dataclass(frozen=True)
class Normal(Initializer):
    """W ~ N(0, std²), whatever the widths.

    >>> import ravine as rv
    >>> rv.MLP([2, 1], initializer=rv.initializers.Normal(std=0.01)).layers[0].weight.shape
    (2, 1)
    """

    std: float

    def __post_init__(self) -> None:
        super().__post_init__()
        non_negative(self.std, "Normal std")

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent normal numbers."""
        return _normal(rng, self.std, n_in, n_out)


@dataclass(frozen=True)
class Uniform(Initializer):
    """W ~ U(-bound, bound), whatever the widths; the variance is bound²/3.

    >>> import ravine as rv
    >>> bool(abs(rv.MLP([2, 1], initializer=rv.initializers.Uniform(0.1)).theta).max() <= 0.1)
    True
    """

    bound: float

    def __post_init__(self) -> None:
        super().__post_init__()
        non_negative(self.bound, "Uniform bound")

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent uniform numbers."""
        return _uniform(rng, self.bound, n_in, n_out)


@dataclass(frozen=True)
class _Gain(Initializer):
    gain: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        non_negative(self.gain, f"{type(self).__name__} gain")


@dataclass(frozen=True)
class GlorotUniform(_Gain):
    """W ~ U(±gain √(6/(n_in + n_out))), so that Var W = gain² 2/(n_in + n_out).

    A compromise between keeping the variance of activations (1/n_in) and that of backpropagated gradients
    (1/n_out), derived for units that are linear around 0.

    Source: Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks, equation 16.

    >>> import ravine as rv
    >>> rv.MLP([3, 2], initializer=rv.initializers.GlorotUniform(gain=5 / 3)).parameter_count
    8
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent uniform numbers."""
        return _uniform(rng, self.gain * math.sqrt(6 / (n_in + n_out)), n_in, n_out)


@dataclass(frozen=True)
class GlorotNormal(_Gain):
    """W ~ N(0, gain² 2/(n_in + n_out)): the variance of :class:`GlorotUniform`, from a normal law.

    Source: Glorot and Bengio (2010), equation 12.

    >>> import ravine as rv
    >>> rv.MLP([3, 2], initializer=rv.initializers.GlorotNormal()).parameter_count
    8
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent normal numbers."""
        return _normal(rng, self.gain * math.sqrt(2 / (n_in + n_out)), n_in, n_out)


@dataclass(frozen=True)
class LeCunUniform(_Gain):
    """W ~ U(±gain √(3/n_in)), so that Var W = gain²/n_in.

    Source: LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, equation 16.

    >>> import ravine as rv
    >>> rv.MLP([3, 2], initializer=rv.initializers.LeCunUniform()).parameter_count
    8
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent uniform numbers."""
        return _uniform(rng, self.gain * math.sqrt(3 / n_in), n_in, n_out)


@dataclass(frozen=True)
class LeCunNormal(_Gain):
    """W ~ N(0, gain²/n_in): pre-activations have the variance of the inputs, if those have mean zero.

    ``LeCunNormal(gain=c ** 0.5)`` is the weight variance c/n_in.

    Source: LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, equation 16.

    >>> import ravine as rv
    >>> rv.MLP([3, 2], initializer=rv.initializers.LeCunNormal()).parameter_count
    8
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent normal numbers."""
        return _normal(rng, self.gain * math.sqrt(1 / n_in), n_in, n_out)


@dataclass(frozen=True)
class _He(_Gain):
    slope: float = 0.0
    fan: str = "in"

    def __post_init__(self) -> None:
        super().__post_init__()
        finite_number(self.slope, f"{type(self).__name__} slope")
        if self.fan not in ("in", "out"):
            raise ValueError(f"{type(self).__name__} fan must be 'in' or 'out', got {self.fan!r}")

    def _fan(self, n_in: int, n_out: int) -> float:
        """(1 + slope²) n."""
        return (1 + self.slope**2) * (n_in if self.fan == "in" else n_out)


@dataclass(frozen=True)
class HeNormal(_He):
    """W ~ N(0, gain² 2/((1 + slope²) n)), n = n_in or n_out: keeps the mean square through relu layers.

    Attributes
    ----------
    gain : a factor on all weights.
    slope : of the unit below zero: 0 for relu, 0.01 for leaky_relu.
    fan : "in" keeps the scale of activations on the way forward, "out" that of gradients on the way back.

    Source: He, Zhang, Ren and Sun (2015), Delving deep into rectifiers, equations 10, 14 and 15.

    >>> import ravine as rv
    >>> rv.MLP([3, 2], initializer=rv.initializers.HeNormal(slope=0.01)).parameter_count
    8
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent normal numbers."""
        return _normal(rng, self.gain * math.sqrt(2 / self._fan(n_in, n_out)), n_in, n_out)


@dataclass(frozen=True)
class HeUniform(_He):
    """W ~ U(±gain √(6/((1 + slope²) n))), n = n_in or n_out: the variance of :class:`HeNormal`.

    Attributes and source: as there.

    >>> import ravine as rv
    >>> rv.MLP([3, 2], initializer=rv.initializers.HeUniform(fan="out")).parameter_count
    8
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw (n_in, n_out) independent uniform numbers."""
        return _uniform(rng, self.gain * math.sqrt(6 / self._fan(n_in, n_out)), n_in, n_out)


@dataclass(frozen=True)
class Orthogonal(_Gain):
    """W = gain Q, Q uniformly distributed with orthonormal columns (n_in ≥ n_out), else orthonormal rows.

    WᵀW = gain² I or W Wᵀ = gain² I, so every singular value is the gain: a square linear layer keeps lengths.
    Q is the QR factor of a normal matrix with the signs that make the diagonal of R positive, by NumPy's
    LAPACK: its last bits may differ from one installation of NumPy to the next.

    Source: Saxe, McClelland and Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks; the signs: Mezzadri (2007), How to generate random matrices from the classical
    compact groups.

    >>> import numpy as np, ravine as rv
    >>> W = rv.MLP([4, 3], initializer=rv.initializers.Orthogonal(gain=2.0)).layers[0].weight
    >>> bool(np.allclose(W.T @ W, 4 * np.eye(3)))
    True
    """

    def weights(self, rng: np.random.Generator, n_in: int, n_out: int) -> FloatArray:
        """Draw a semi-orthogonal matrix, (n_in, n_out)."""
        tall = rng.normal(size=(max(n_in, n_out), min(n_in, n_out)))
        Q, R = np.linalg.qr(tall)
        Q *= self.gain * np.where(np.diagonal(R) < 0, -1.0, 1.0)
        return Q if n_in >= n_out else Q.T
