"""Networks and the risk on the tape: what the kernels compute, with no formula in common."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ravine.reference.network import Network
from ravine.reference.risk import EmpiricalRisk, by_weight
from ravine.reference.tape import Wire
from ravine.reference.tape_functions import FUNCTIONS
from ravine.reference.tape_losses import sample_losses
from ravine.reference.types import Array


def product(A: Wire, B: Wire) -> Wire:
    """A B: copies of both laid out over (k, n, m), multiplied, added up over k.

    >>> product(Wire([[1.0, 2.0]]), Wire([[3.0], [4.0]])).value
    array([[11.]])
    """
    (n, k), m = A.shape, B.shape[1]
    left = A.copy(np.broadcast_to(A.places().T[:, :, None], (k, n, m)))
    right = B.copy(np.broadcast_to(B.places()[:, None, :], (k, n, m)))
    return (left * right).over_first_axis(Wire.add)


def outputs(network: Network, theta: Wire, X: Array) -> Wire:
    """The outputs (N, n_L) of a network whose parameters are the wire ``theta`` (P,).

    >>> outputs(Network([1, 1], ["relu"], [True]), Wire([2.0, -1.0]), np.array([[3.0]])).value
    array([[5.]])
    """
    A, start = Wire(X), 0
    layers = zip(pairwise(network.widths), network.activations, network.biases, strict=True)
    for (n, m), activation, has_bias in layers:
        Z = product(A, theta.copy(np.arange(start, start + n * m).reshape(n, m)))
        start += n * m
        if has_bias:
            Z = Z + theta.copy(np.arange(start, start + m)).spread(len(X), m)
            start += m
        A = FUNCTIONS[activation](Z)
    return A


def value_and_gradient(risk: EmpiricalRisk, theta: Array) -> tuple[float, Array]:
    """J(θ) and ∂J/∂θ of an empirical risk of the reference, by the tape and in float64.

    >>> risk = EmpiricalRisk(Network([1, 1], ["identity"], [False]), np.array([[2.0]]), np.array([0.0]))
    >>> value_and_gradient(risk, np.array([2.0]))
    (8.0, array([8.]))
    """
    rows = np.arange(len(risk.X)) if risk.rows is None else np.asarray(risk.rows, dtype=int)
    w = np.ones(len(risk.X)) if risk.sample_weight is None else risk.sample_weight
    divisor = len(rows) / len(risk.X) * (float(w.sum()) if risk.reduction == "mean" else 1.0)
    parameters = Wire(theta)
    losses = sample_losses(risk.loss, outputs(risk.network, parameters, risk.X[rows]), risk.y[rows])
    J = (losses * (w[rows] / divisor)).over_first_axis(Wire.add)
    shift = parameters if risk.prior is None else parameters - risk.prior
    size = parameters.max(-parameters)
    J = J + (shift * shift * (0.5 * by_weight(risk.network, risk.l2))).over_first_axis(Wire.add)
    J = J + (size * by_weight(risk.network, risk.l1)).over_first_axis(Wire.add)
    J.backward()
    return float(J.value), parameters.gradient
