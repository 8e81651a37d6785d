"""Reverse-mode differentiation with four gates: add, multiply, copy, max.

A wire carries an array. Every gate writes down how its output was made; walking the record backwards sends
the derivatives home:

========== ============================== ==========================================
gate       forward                        backward
========== ============================== ==========================================
add        z = x + y                      both receive the derivative
multiply   z = x · y                      each receives it times the other
copy       z = x at given places          a place receives the sum over its copies
max        z = the larger of x and y      the larger receives it, the other nothing
========== ============================== ==========================================

Add, multiply and max work element by element on equal shapes; only copy changes a shape. This is all there
is: a matrix product is copies multiplied and added up, and :mod:`ravine.reference.tape_functions` builds exp,
tanh and the others from polynomials. No formula of a derivative but those four is written down anywhere,
which is what makes the tape a judge of those that are.

>>> x = Wire(np.array([3.0]))
>>> y = x * x + x
>>> y.backward()
>>> x.gradient
array([7.])
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
Number: TypeAlias = "Wire | NDArray[np.floating[Any]] | float"


class Wire:
    """An array, the wires it came from, and the derivative of the end result by it."""

    def __init__(self, value: ArrayLike, sources: tuple[Wire, ...] = ()) -> None:
        """A wire that carries ``value``; without ``sources`` it is an input or a constant."""
        self.value: Values = np.asarray(value, dtype=np.float64)
        self.gradient: Values = np.zeros_like(self.value)
        self.sources = sources
        self.send_back: Callable[[], None] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape

    # ---------------------------------------------------------------- the four gates

    def add(self, other: Wire) -> Wire:
        """Gate one: x + y."""
        out = Wire(self.value + other.value, (self, other))

        def send_back() -> None:
            self.gradient += out.gradient
            other.gradient += out.gradient

        out.send_back = send_back
        return out

    def multiply(self, other: Wire) -> Wire:
        """Gate two: x · y."""
        out = Wire(self.value * other.value, (self, other))

        def send_back() -> None:
            self.gradient += other.value * out.gradient
            other.gradient += self.value * out.gradient

        out.send_back = send_back
        return out

    def copy(self, places: Places) -> Wire:
        """Gate three: the elements at ``places``, in their shape; places count through x in C order."""
        out = Wire(self.value.ravel()[places], (self,))

        def send_back() -> None:
            arrived = np.bincount(places.ravel(), out.gradient.ravel(), minlength=self.value.size)
            self.gradient += arrived.reshape(self.shape)

        out.send_back = send_back
        return out

    def max(self, other: Wire) -> Wire:
        """Gate four: the larger of x and y, and x where they tie."""
        first = self.value >= other.value
        out = Wire(np.where(first, self.value, other.value), (self, other))

        def send_back() -> None:
            self.gradient += np.where(first, out.gradient, 0.0)
            other.gradient += np.where(first, 0.0, out.gradient)

        out.send_back = send_back
        return out

    # ---------------------------------------------------------------- the walk back

    def backward(self) -> None:
        """Fill ``gradient`` of every wire behind this one with ∂(sum of this wire) / ∂(that wire)."""
        wires = self.behind()
        for wire in wires:
            wire.gradient = np.zeros_like(wire.value)
        self.gradient = np.ones_like(self.value)
        for wire in reversed(wires):
            if wire.send_back is not None:
                wire.send_back()

    def behind(self) -> list[Wire]:
        """All wires that this one was made from, and itself: sources before what they feed."""
        done: list[Wire] = []
        seen: set[int] = set()
        waiting = [(self, False)]
        while waiting:
            wire, sources_done = waiting.pop()
            if sources_done:
                done.append(wire)
            elif id(wire) not in seen:
                seen.add(id(wire))
                waiting.append((wire, True))
                waiting.extend((source, False) for source in wire.sources)
        return done

    # ---------------------------------------------------------------- ways to write the gates

    def __add__(self, other: Number) -> Wire:
        """X + y, where y may be a constant."""
        return self.add(self.constant(other))

    def __mul__(self, other: Number) -> Wire:
        """X · y, where y may be a constant."""
        return self.multiply(self.constant(other))

    def __neg__(self) -> Wire:
        """−x, which is x times −1."""
        return self * -1.0

    def __sub__(self, other: Number) -> Wire:
        """X − y, which is x + (−1) · y."""
        return self + self.constant(other) * -1.0

    __radd__ = __add__
    __rmul__ = __mul__
    __array_ufunc__ = None  # NumPy leaves `array * wire` to the wire

    def constant(self, other: Number) -> Wire:
        """``other`` as a wire of this one's shape."""
        return other if isinstance(other, Wire) else Wire(np.broadcast_to(other, self.shape))

    def reshape(self, *shape: int) -> Wire:
        """The same elements in another shape: a copy of each."""
        return self.copy(self.places().reshape(*shape))

    def spread(self, *shape: int) -> Wire:
        """NumPy's broadcasting: as many copies as the shape asks for."""
        return self.copy(np.broadcast_to(self.places(), shape))

    def transpose(self) -> Wire:
        """Rows become columns."""
        return self.copy(self.places().T)

    def places(self) -> Places:
        """The number of each element, in C order."""
        return np.arange(self.value.size, dtype=np.intp).reshape(self.shape)

    def over_first_axis(self, gate: Callable[[Wire, Wire], Wire]) -> Wire:
        """x[0] gate x[1] gate x[2] …: with add the sum, with max the largest."""
        return reduce(gate, [self.copy(places) for places in self.places()])
