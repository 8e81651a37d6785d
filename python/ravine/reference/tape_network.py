"""Networks, losses and the risk on the tape: what the kernels compute, with no formula in common."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ravine.reference.losses import one_hot
from ravine.reference.network import Network
from ravine.reference.risk import EmpiricalRisk, by_weight
from ravine.reference.tape import Wire
from ravine.reference.tape_functions import FUNCTIONS, exp, log, softplus
from ravine.reference.types import Array, Targets


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


def sample_losses(loss: object, f: Wire, y: Targets) -> Wire:
    """The loss of each sample, (N,), from the outputs f (N, c).

    >>> sample_losses("cross_entropy", Wire([[0.0, 0.0]]), np.array([1])).value.round(4)
    array([0.6931])
    """
    f, c = f.transpose(), f.shape[1]  # one row an output, so that sums over outputs are sums of rows
    terms: Wire
    if loss == "cross_entropy":
        p = one_hot(y, c) if y.ndim == 1 else y
        shifted = f - f.over_first_axis(Wire.max).spread(*f.shape)
        log_sum = log(exp(shifted).over_first_axis(Wire.add))
        terms = (log_sum.spread(*f.shape) - shifted) * p.T
    elif loss == "binary_cross_entropy":
        terms = softplus(f) - f * y.reshape(-1, c).T
    elif loss == "squared_error":
        error = f - y.reshape(-1, c).T
        terms = error * error * 0.5
    else:
        raise ValueError(f"loss must be one of the losses of the reference, got {loss!r}")
    return terms.over_first_axis(Wire.add)


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
    penalised = parameters * parameters * (0.5 * by_weight(risk.network, risk.l2))
    J = J + penalised.over_first_axis(Wire.add)
    J.backward()
    return float(J.value), parameters.gradient
