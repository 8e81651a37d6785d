"""The losses on the tape: values alone, put together from gates; the tape knows the derivatives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ravine.reference.losses import one_hot
from ravine.reference.tape import Wire
from ravine.reference.tape_functions import exp, log, reciprocal, relu, softplus
from ravine.reference.types import Array, Targets

# Each takes the outputs with a row for every output, (c, N), and the targets as a user gives them; it returns
# terms whose sum over the first axis is the loss of each sample.


def _columns(y: Targets) -> Array:
    """The targets with a row for every column."""
    return np.asarray(y.reshape(len(y), -1).T, dtype=np.float64)


def _size(x: Wire) -> Wire:
    """|x|, the larger of x and −x."""
    return x.max(-x)


def _root(x: Wire) -> Wire:
    """√x = e^½log x."""
    return exp(log(x) * 0.5)


def squared_error(f: Wire, y: Targets) -> Wire:
    """½ e², e = f − y."""
    error = f - _columns(y)
    return error * error * 0.5


def huber(f: Wire, y: Targets, delta: float = 1.0) -> Wire:
    """Terms m (|e| − ½ m) with m the smaller of |e| and δ: both branches in one.

    >>> huber(Wire([[0.5, 3.0]]), np.zeros(2)).value
    array([[0.125, 2.5  ]])
    """
    size = _size(f - _columns(y))
    m = -(-size).max(size.constant(-delta))
    return m * (size - m * 0.5)


def pseudo_huber(f: Wire, y: Targets, delta: float = 1.0) -> Wire:
    """δ² (√(1 + (e/δ)²) − 1)."""
    e = (f - _columns(y)) * (1 / delta)
    return (_root(e * e + 1.0) - 1.0) * delta**2


def poisson(f: Wire, y: Targets) -> Wire:
    """Terms eᶠ − y f."""
    return exp(f) - f * _columns(y)


def gaussian(f: Wire, y: Targets, minimum_variance: float = 1e-6) -> Wire:
    """½ (log v + (y − μ)²/v), v = v₀ + eˢ; the outputs are first the μ, then the s."""
    means, scales = np.split(f.places(), 2)
    error, v = f.copy(means) - _columns(y), exp(f.copy(scales)) + minimum_variance
    return (log(v) + error * error * reciprocal(v)) * 0.5


def cosine(f: Wire, y: Targets) -> Wire:
    """1 − f·y/(‖f‖ ‖y‖), for f and y that are not zero.

    >>> cosine(Wire([[3.0], [4.0]]), np.array([[6.0, 0.0]])).value.round(12)
    array([[0.4]])
    """
    targets: Array = _columns(y) / np.linalg.norm(y, axis=1)
    along = (f * targets).over_first_axis(Wire.add)
    square = (f * f).over_first_axis(Wire.add)
    return (along * reciprocal(_root(square)) * -1.0 + 1.0).reshape(1, -1)


def cross_entropy(f: Wire, y: Targets) -> Wire:
    """Terms p (log Σ eᶠ − f), all f less the largest."""
    p: Array = one_hot(y, f.shape[0]).T if y.ndim == 1 else y.T.astype(np.float64)
    shifted = f - f.over_first_axis(Wire.max).spread(*f.shape)
    log_sum = log(exp(shifted).over_first_axis(Wire.add))
    return (log_sum.spread(*f.shape) - shifted) * p


def binary_cross_entropy(f: Wire, y: Targets) -> Wire:
    """Softplus f − y f."""
    return softplus(f) - f * _columns(y)


def hinge(f: Wire, y: Targets) -> Wire:
    """The larger of 0 and 1 + f_k − f_y, and 0 for the class itself.

    >>> hinge(Wire([[2.0], [0.0], [1.5]]), np.array([0])).value.ravel()
    array([0. , 0. , 0.5])
    """
    own = one_hot(y, f.shape[0]).T
    others: Array = 1 - own
    led_by = f - (f * own).over_first_axis(Wire.add).spread(*f.shape)
    return relu(led_by + 1.0) * others


def squared_hinge(f: Wire, y: Targets) -> Wire:
    """The square of that."""
    violation = hinge(f, y)
    return violation * violation


LOSSES: dict[str, Callable[..., Wire]] = {
    "squared_error": squared_error,
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "huber": huber,
    "pseudo_huber": pseudo_huber,
    "poisson": poisson,
    "cosine": cosine,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "gaussian": gaussian,
}


def sample_losses(loss: object, f: Wire, y: Targets) -> Wire:
    """The loss of each sample, (N,), from the outputs f (N, c).

    ``loss`` is a name, or a loss of ``ravine.reference.losses`` with its parameters filled in by
    :func:`functools.partial`.

    >>> sample_losses("cross_entropy", Wire([[0.0, 0.0]]), np.array([1])).value.round(4)
    array([0.6931])
    """
    parameters = loss.keywords if isinstance(loss, partial) else {}
    function = loss.func if isinstance(loss, partial) else loss
    name = getattr(function, "__name__", function)
    if name not in LOSSES:
        raise ValueError(f"loss must be one of the losses of the reference, got {loss!r}")
    return LOSSES[name](f.transpose(), y, **parameters).over_first_axis(Wire.add)
