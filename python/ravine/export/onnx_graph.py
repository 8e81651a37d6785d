"""Nodes of an ONNX graph, and activations in the operations that onnxruntime computes in the dtype."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

__all__ = ["Graph", "activate"]

_FLOAT64 = np.dtype(np.float64)


class Graph:
    """Nodes and constants as they are added; values have names v0, v1, ..., constants c0, c1, ..."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._scalars: dict[float, str] = {}

    def add(self, operation: str, *operands: str | float, **attributes: Any) -> str:
        """Add a node and return the name of its value; a number stands for a constant of the dtype."""
        from onnx import helper

        inputs = [operand if isinstance(operand, str) else self._scalar(operand) for operand in operands]
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def cast(self, value: str, dtype: np.dtype[Any]) -> str:
        """The value in another dtype; itself where the graph has no other."""
        from onnx import helper

        if self.dtype == _FLOAT64:
            return value
        return self.add("Cast", value, to=helper.np_dtype_to_tensor_dtype(dtype))

    def _scalar(self, number: float) -> str:
        if number not in self._scalars:
            self._scalars[number] = self.constant(np.array(number, self.dtype))
        return self._scalars[number]


def activate(graph: Graph, activation: str, z: str) -> str:
    """Add σ(z) and return its name."""
    if activation == "identity":
        return z
    if activation == "silu":  # not by Sigmoid, which onnxruntime computes to eps, not to eps of its value
        return graph.add("Div", z, graph.add("Add", graph.add("Exp", graph.add("Neg", z)), 1.0))
    plain = {"tanh": "Tanh", "logistic": "Sigmoid", "relu": "Relu", "sin": "Sin"}
    if activation in plain:
        return graph.add(plain[activation], z)
    exact = _DOUBLE if graph.dtype == _FLOAT64 else _SINGLE
    return exact[activation](graph, z)


def _leaky_relu(graph: Graph, z: str) -> str:
    return graph.add("Max", z, graph.add("Mul", z, 0.01))


def _elu(graph: Graph, z: str) -> str:
    """exp(z) - 1 = tanh(z/2) (exp(z) + 1), which cancels nothing."""
    left = graph.add("Min", z, 0.0)
    half = graph.add("Tanh", graph.add("Mul", left, 0.5))
    curve = graph.add("Mul", half, graph.add("Add", graph.add("Exp", left), 1.0))
    return graph.add("Add", graph.add("Relu", z), curve)


def _softplus(graph: Graph, z: str) -> str:
    """max(z, 0) + log(1 + e), e = exp(-|z|); log(1 + e) = e log(u)/(u - 1) with u = 1 + e as it is rounded.

    (W. Kahan's; e itself where u is 1.)
    """
    e = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
    u = graph.add("Add", e, 1.0)
    ratio = graph.add("Div", graph.add("Log", u), graph.add("Max", graph.add("Sub", u, 1.0), 1e-300))
    tail = graph.add("Where", graph.add("Greater", u, 1.0), graph.add("Mul", e, ratio), e)
    return graph.add("Add", graph.add("Relu", z), tail)


_ERFC_END = 24.0  # erfc is 1e-252 there
_ERFC_DEGREE = 22  # where the error of gelu has reached 3e-16


def _gelu(graph: Graph, z: str) -> str:
    """max(z, 0) - r erfc(r/√2)/2, r = |z|, erfc(a) = exp(-a²) t q(t), t = 1/(1 + a/2), q a polynomial."""
    r = graph.add("Min", graph.add("Abs", z), _ERFC_END * math.sqrt(2))
    t = graph.add("Div", 1.0, graph.add("Add", graph.add("Mul", r, math.sqrt(0.125)), 1.0))
    lowest = 1 / (1 + _ERFC_END / 2)
    u = graph.add("Sub", graph.add("Mul", t, 2 / (1 - lowest)), (1 + lowest) / (1 - lowest))
    first, *others = reversed(_erfc_polynomial())
    q: str | float = first
    for coefficient in others:
        q = graph.add("Add", graph.add("Mul", q, u), coefficient)
    bell = graph.add("Exp", graph.add("Mul", graph.add("Mul", r, r), -0.5))
    tail = graph.add("Mul", graph.add("Mul", graph.add("Mul", t, q), bell), graph.add("Mul", r, 0.5))
    return graph.add("Sub", graph.add("Relu", z), tail)


def _erfc_polynomial() -> list[float]:
    """Coefficients of q in u, t moved to [-1, 1], lowest first: the interpolation at Chebyshev's points.

    (The form of W. H. Press et al., Numerical Recipes, section 6.2.2, whose polynomial is an exponent.)
    """
    lowest = 1 / (1 + _ERFC_END / 2)
    order = np.arange(_ERFC_DEGREE + 1)
    angles = np.pi * (order + 0.5) / order.size
    t = ((1 - lowest) * np.cos(angles) + 1 + lowest) / 2
    q = np.array([_scaled_erfc(a) for a in (2 / t - 2).tolist()]) / t
    # By cosines, not by the recurrence of T_k, which loses digits toward the ends.
    series = np.cos(np.outer(order, angles)) @ q * (2 / order.size)
    series[0] /= 2
    coefficients: list[float] = chebyshev.cheb2poly(series).tolist()
    return coefficients


def _scaled_erfc(a: float) -> float:
    """exp(a²) erfc(a), with what rounding takes from a² given back."""
    square = a * a
    lost = float(Fraction(a) ** 2 - Fraction(square))
    return math.erfc(a) * math.exp(square) * (1 + lost)


_SINGLE = {
    "leaky_relu": lambda graph, z: graph.add("LeakyRelu", z, alpha=0.01),
    "elu": lambda graph, z: graph.add("Elu", z, alpha=1.0),
    "softplus": lambda graph, z: graph.add("Softplus", z),
    "gelu": lambda graph, z: graph.add(
        "Mul",
        graph.add("Mul", z, 0.5),
        graph.add("Add", graph.add("Erf", graph.add("Mul", z, math.sqrt(0.5))), 1.0),
    ),
}
_DOUBLE = {"leaky_relu": _leaky_relu, "elu": _elu, "softplus": _softplus, "gelu": _gelu}
