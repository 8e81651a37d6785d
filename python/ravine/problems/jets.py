"""Exact derivatives of a formula by running it once: numbers that carry their first two derivatives along.

A jet is an array of values u with ∇u and, if asked, ∇²u by the n variables. Every operation follows the chain
rule of a function f of one or two of them::

    ∇f  = f_u ∇u + f_v ∇v
    ∇²f = f_u ∇²u + f_v ∇²v + f_uu ∇u∇uᵀ + f_uv (∇u∇vᵀ + ∇v∇uᵀ) + f_vv ∇v∇vᵀ

and needs nothing but the partial derivatives in `_UNARY` and `_BINARY` below. A formula is written with
NumPy's functions and operators, so that it takes arrays and jets alike (Wengert 1964; Rall 1981).

>>> x = Jet.variables(np.array([2.0, 3.0]))
>>> product = x[0] * np.exp(x[1] - 3)
>>> float(product.value), product.slope.tolist(), product.bend.tolist()
(2.0, [1.0, 2.0], [[0.0, 1.0], [1.0, 2.0]])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

__all__ = ["Jet", "join"]


class Jet(NDArrayOperatorsMixin):
    """Values of shape S with their slopes S + (n,) and bends S + (n, n); a bend of None is not followed."""

    __slots__ = ("bend", "slope", "value")

    def __init__(self, value: Any, slope: Any, bend: Any = None) -> None:
        self.value = value
        self.slope = slope
        self.bend = bend

    @classmethod
    def variables(cls, theta: Any, order: int = 2) -> Jet:
        """The n variables themselves at the point θ, with derivatives up to the order 1 or 2."""
        n = len(theta)
        return cls(theta, np.eye(n), np.zeros((n, n, n)) if order == 2 else None)

    def __getitem__(self, key: int | slice) -> Jet:
        return Jet(self.value[key], self.slope[key], None if self.bend is None else self.bend[key])

    def __len__(self) -> int:
        return len(self.value)

    def sum(self) -> Jet:
        """The sum over the last axis of S."""
        bend = None if self.bend is None else self.bend.sum(axis=-3)
        return Jet(self.value.sum(axis=-1), self.slope.sum(axis=-2), bend)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """What NumPy calls for its functions and operators."""
        if method != "__call__" or options:
            return NotImplemented
        if ufunc in _UNARY:
            return _unary(inputs[0], *_UNARY[ufunc](inputs[0].value))
        if ufunc is np.matmul:
            return _linear(*inputs)
        return _binary(ufunc, *inputs) if ufunc in _BINARY else NotImplemented


def join(parts: Sequence[Any]) -> Any:
    """One vector of scalars and vectors, jets if one of them is: the residuals of a formula in order."""
    jets = [part for part in parts if isinstance(part, Jet)]
    if not jets:
        return np.concatenate([np.atleast_1d(part) for part in parts])
    n, second = jets[0].slope.shape[-1], jets[0].bend is not None
    values: list[Any] = []
    slopes: list[Any] = []
    bends: list[Any] = []
    for part in parts:
        jet = part if isinstance(part, Jet) else _constant(part, n)
        values.append(np.atleast_1d(jet.value))
        slopes.append(jet.slope.reshape(-1, n))
        bends.append(jet.bend.reshape(-1, n, n) if second else None)
    return Jet(np.concatenate(values), np.concatenate(slopes), np.concatenate(bends) if second else None)


def _constant(value: Any, n: int) -> Jet:
    shape = np.shape(value)
    return Jet(value, np.zeros((*shape, n)), np.zeros((*shape, n, n)))


def _unary(u: Jet, f: Any, f_u: Any, f_uu: Any) -> Jet:
    bend = None
    if u.bend is not None:
        bend = _lift(f_u, 2) * u.bend + _lift(f_uu, 2) * _outer(u.slope, u.slope)
    return Jet(f, _lift(f_u, 1) * u.slope, bend)


class _Partials(NamedTuple):
    """Value and partial derivatives of f(u, v)."""

    f: Any
    u: Any
    v: Any
    uu: Any
    uv: Any
    vv: Any


def _binary(ufunc: np.ufunc, u: Any, v: Any) -> Jet:
    """f(u, v) where at least one of them is a jet."""
    at = _BINARY[ufunc](u.value if isinstance(u, Jet) else u, v.value if isinstance(v, Jet) else v)
    if not isinstance(v, Jet):
        return _spread(_unary(u, at.f, at.u, at.uu))
    if not isinstance(u, Jet):
        return _spread(_unary(v, at.f, at.v, at.vv))
    bend = None
    if u.bend is not None:
        mixed = _outer(u.slope, v.slope) + _outer(v.slope, u.slope)
        bend = _lift(at.u, 2) * u.bend + _lift(at.v, 2) * v.bend + _lift(at.uv, 2) * mixed
        bend = bend + _lift(at.uu, 2) * _outer(u.slope, u.slope) + _lift(at.vv, 2) * _outer(v.slope, v.slope)
    return _spread(Jet(at.f, _lift(at.u, 1) * u.slope + _lift(at.v, 1) * v.slope, bend))


def _spread(jet: Jet) -> Jet:
    """The derivatives in the shape of the values, where a constant partial derivative left them smaller."""
    shape, n = np.shape(jet.value), jet.slope.shape[-1]
    if jet.slope.shape[:-1] == shape:
        return jet
    bend = None if jet.bend is None else np.broadcast_to(jet.bend, (*shape, n, n))
    return Jet(jet.value, np.broadcast_to(jet.slope, (*shape, n)), bend)


def _linear(A: Any, u: Jet) -> Any:
    """A u for a constant matrix or vector A and a vector u."""
    if isinstance(A, Jet):
        return NotImplemented
    return Jet(A @ u.value, A @ u.slope, None if u.bend is None else np.tensordot(A, u.bend, axes=1))


def _lift(coefficient: Any, axes: int) -> Any:
    """A coefficient of shape S against derivatives of shape S + (n,) or S + (n, n)."""
    return np.reshape(coefficient, (*np.shape(coefficient), *[1] * axes))


def _outer(a: Any, b: Any) -> Any:
    return a[..., :, None] * b[..., None, :]


def _power(u: Any, v: Any) -> _Partials:
    """uᵛ; a whole exponent needs no logarithm of u, and 0 · 0⁻¹ is the 0 that is meant."""
    second = v * (v - 1)
    bend = np.where(second == 0, 0.0, second * np.power(u, np.where(second == 0, 0.0, v - 2.0)))
    slope = np.where(v == 0, 0.0, v * np.power(u, np.where(v == 0, 0.0, v - 1.0)))
    f, log_u = np.power(u, v), np.log(u)
    return _Partials(f, slope, f * log_u, bend, np.power(u, v - 1.0) * (1 + v * log_u), f * log_u**2)


def _arctan2(u: Any, v: Any) -> _Partials:
    square = u * u + v * v
    mixed, straight = (u * u - v * v) / square**2, 2 * u * v / square**2
    return _Partials(np.arctan2(u, v), v / square, -u / square, -straight, mixed, straight)


# f, f′, f″
_UNARY: dict[np.ufunc, Callable[[Any], tuple[Any, Any, Any]]] = {
    np.negative: lambda u: (-u, -1.0, 0.0),
    np.absolute: lambda u: (np.absolute(u), np.sign(u), 0.0),
    np.square: lambda u: (u * u, 2.0 * u, 2.0),
    np.sqrt: lambda u: (np.sqrt(u), 0.5 / np.sqrt(u), -0.25 / (u * np.sqrt(u))),
    np.exp: lambda u: (np.exp(u), np.exp(u), np.exp(u)),
    np.expm1: lambda u: (np.expm1(u), np.exp(u), np.exp(u)),
    np.sin: lambda u: (np.sin(u), np.cos(u), -np.sin(u)),
    np.cos: lambda u: (np.cos(u), -np.sin(u), -np.cos(u)),
    np.arctan: lambda u: (np.arctan(u), 1 / (1 + u * u), -2 * u / (1 + u * u) ** 2),
}
_BINARY: dict[np.ufunc, Callable[[Any, Any], _Partials]] = {
    np.add: lambda u, v: _Partials(u + v, 1.0, 1.0, 0.0, 0.0, 0.0),
    np.subtract: lambda u, v: _Partials(u - v, 1.0, -1.0, 0.0, 0.0, 0.0),
    np.multiply: lambda u, v: _Partials(u * v, v, u, 0.0, 1.0, 0.0),
    np.divide: lambda u, v: _Partials(u / v, 1 / v, -u / v**2, 0.0, -1 / v**2, 2 * u / v**3),
    np.power: _power,
    np.arctan2: _arctan2,
}
