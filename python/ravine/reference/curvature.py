"""Second derivatives by the parameters: products with a vector first, matrices made of them."""

from __future__ import annotations

import numpy as np

from ravine.reference.activations import ACTIVATIONS
from ravine.reference.derivatives import backward, jacobian
from ravine.reference.losses import LossTerms
from ravine.reference.network import Layer, forward, pack, unpack
from ravine.reference.risk import EmpiricalRisk, by_weight
from ravine.reference.types import Array


def hessian_product(risk: EmpiricalRisk, theta: Array, v: Array) -> Array:
    """H v = ∂/∂t ∇J(θ + t v) at t = 0, shape (P,), by the rules of differentiation applied to both sweeps.

    With R{·} for that derivative, V_l and u_l the parts of v that belong to W_l and b_l, and G_l = ∂J/∂A_l::

        R{Z_l} = R{A_{l-1}} W_l + A_{l-1} V_l + u_l,            R{A_l} = σ′ ⊙ R{Z_l}
        R{Δ_l} = R{G_l} ⊙ σ′ + G_l ⊙ σ″ ⊙ R{Z_l},               R{G_L} = ∇²L R{f}
        R{∂J/∂W_l} = R{A_{l-1}}ᵀ Δ_l + A_{l-1}ᵀ R{Δ_l},         R{G_{l-1}} = R{Δ_l} W_lᵀ + Δ_l V_lᵀ

    Pearlmutter (1994).

    >>> from ravine import reference as ref
    >>> net = ref.Network([1, 1], ["identity"], [False])
    >>> risk = ref.EmpiricalRisk(net, np.array([[3.0]]), np.array([1.0]))
    >>> ref.hessian_product(risk, np.zeros(1), np.ones(1))
    array([9.])
    """
    net, (X, terms, w) = risk.network, _at(risk, theta)
    sweep, parameters, directions = forward(net, theta, X), unpack(net, theta), unpack(net, v)
    R_A, R_Z = [np.zeros_like(X)], []
    for A, Z, name, (W, _), (V, u) in zip(
        sweep.A, sweep.Z, net.activations, parameters, directions, strict=False
    ):
        R_Z.append(R_A[-1] @ W + A @ V + (0 if u is None else u))
        R_A.append(ACTIVATIONS[name](Z, 1) * R_Z[-1])

    G = w[:, None] * terms.gradient
    R_G = w[:, None] * np.einsum("nij,nj->ni", terms.hessian, R_A[-1])
    products: list[Layer] = []
    for layer in reversed(range(net.depth)):
        (W, b), (V, _), Z = parameters[layer], directions[layer], sweep.Z[layer]
        slope, bend = (ACTIVATIONS[net.activations[layer]](Z, order) for order in (1, 2))
        delta, R_delta = G * slope, R_G * slope + G * bend * R_Z[layer]
        by_weights = R_A[layer].T @ delta + sweep.A[layer].T @ R_delta
        products.append(Layer(by_weights, None if b is None else R_delta.sum(axis=0)))
        G, R_G = delta @ W.T, R_delta @ W.T + delta @ V.T
    return pack(products[::-1]) + by_weight(net, risk.l2) * v


def gauss_newton_product(risk: EmpiricalRisk, theta: Array, v: Array) -> Array:
    """G v, shape (P,), G the matrix of :func:`gauss_newton`: J v forward, C times it, Jᵀ times that backward.

    Schraudolph (2002).

    >>> from ravine import reference as ref
    >>> net = ref.Network([1, 1], ["identity"], [True])
    >>> risk = ref.EmpiricalRisk(net, np.array([[3.0]]), np.array([1.0]))
    >>> ref.gauss_newton_product(risk, np.zeros(2), np.array([0.0, 1.0]))
    array([3., 1.])
    """
    net, (X, terms, w) = risk.network, _at(risk, theta)
    sweep = forward(net, theta, X)
    R_A = np.zeros_like(X)
    layers = zip(sweep.A, sweep.Z, net.activations, unpack(net, theta), unpack(net, v), strict=False)
    for A, Z, name, (W, _), (V, u) in layers:
        R_A = ACTIVATIONS[name](Z, 1) * (R_A @ W + A @ V + (0 if u is None else u))
    R_G = w[:, None] * np.einsum("nij,nj->ni", terms.curvature, R_A)
    return backward(net, theta, sweep, R_G) + by_weight(net, risk.l2) * v


def hessian(risk: EmpiricalRisk, theta: Array) -> Array:
    """∂²J/∂θ², shape (P, P): its products with the unit vectors.

    >>> from ravine import reference as ref
    >>> net = ref.Network([1, 1], ["identity"], [True])
    >>> ref.hessian(ref.EmpiricalRisk(net, np.array([[3.0]]), np.array([1.0])), np.zeros(2))
    array([[9., 3.],
           [3., 1.]])
    """
    return np.stack([hessian_product(risk, theta, e) for e in np.eye(theta.size)])


def gauss_newton(risk: EmpiricalRisk, theta: Array) -> Array:
    """Σ w Jᵀ C J / divisor + the penalty's curvature, shape (P, P), J = ∂f/∂θ and C in the place of ∇²L.

    C is positive semidefinite: ∇²L where L is convex in f.

    >>> from ravine import reference as ref
    >>> net = ref.Network([1, 1], ["identity"], [True])
    >>> ref.gauss_newton(ref.EmpiricalRisk(net, np.array([[3.0]]), np.array([1.0])), np.zeros(2))
    array([[9., 3.],
           [3., 1.]])
    """
    X, terms, w = _at(risk, theta)
    J = jacobian(risk.network, theta, X)
    sums = np.einsum("nip,n,nij,njq->pq", J, w, terms.curvature, J, optimize=True)
    return np.asarray(sums + np.diag(by_weight(risk.network, risk.l2)))


def _at(risk: EmpiricalRisk, theta: Array) -> tuple[Array, LossTerms, Array]:
    """The risk's rows, their losses, and w / divisor."""
    rows, w, divisor = risk.shares()
    f = forward(risk.network, theta, risk.X[rows]).A[-1]
    return risk.X[rows], risk.loss_function(f, risk.y[rows]), w / divisor
