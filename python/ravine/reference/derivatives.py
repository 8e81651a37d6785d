"""The backward sweep: derivatives by the parameters, from derivatives by the outputs."""

from __future__ import annotations

import numpy as np

from ravine.reference.activations import ACTIVATIONS
from ravine.reference.network import Layer, Network, Sweep, forward, pack, unpack
from ravine.reference.types import Array


def deltas(network: Network, theta: Array, sweep: Sweep, output_gradient: Array) -> list[Array]:
    """Δ_1 … Δ_L, each (N, n_l), from g = ∂/∂f, one row g_i (n_L,) a sample::

        Δ_L = g ⊙ σ′_L(Z_L),   Δ_{l-1} = (Δ_l W_lᵀ) ⊙ σ′_{l-1}(Z_{l-1})

    >>> net, theta = Network([1, 1], ["identity"], [True]), np.array([2.0, 1.0])
    >>> deltas(net, theta, forward(net, theta, np.array([[3.0]])), np.array([[1.0]]))
    [array([[1.]])]
    """
    found: list[Array] = []
    by_activation = output_gradient
    layers = zip(unpack(network, theta), network.activations, sweep.Z, strict=True)
    for (W, _), activation, Z in reversed(list(layers)):
        found.append(by_activation * ACTIVATIONS[activation](Z, 1))
        by_activation = found[-1] @ W.T
    return found[::-1]


def backward(network: Network, theta: Array, sweep: Sweep, output_gradient: Array) -> Array:
    """Σ over samples of (∂f/∂θ)ᵀ g, for one vector g a sample; shape (P,).

    With g = ∂L/∂f (N, n_L) this is the gradient of Σ L by θ::

        ∂/∂W_l = A_{l-1}ᵀ Δ_l,   ∂/∂b_l = Σ over rows of Δ_l

    Rumelhart, Hinton and Williams (1986).

    >>> net, theta = Network([1, 1], ["identity"], [True]), np.array([2.0, 1.0])
    >>> backward(net, theta, forward(net, theta, np.array([[3.0]])), np.array([[1.0]]))
    array([3., 1.])
    """
    steps = zip(deltas(network, theta, sweep, output_gradient), sweep.A[:-1], network.biases, strict=True)
    return pack([Layer(A.T @ delta, delta.sum(axis=0) if bias else None) for delta, A, bias in steps])


def jacobian(network: Network, theta: Array, X: Array) -> Array:
    """∂f/∂θ of every sample and output, shape (N, n_L, P): the same without the sum over samples.

    >>> jacobian(Network([2, 1], ["identity"], [True]), np.zeros(3), np.array([[5.0, 7.0]]))
    array([[[5., 7., 1.]]])
    """
    N, n_outputs = len(X), network.widths[-1]
    sweep = forward(network, theta, X)
    J = np.empty((N, n_outputs, network.parameter_count), theta.dtype)
    for k in range(n_outputs):
        only_k = np.zeros((N, n_outputs), theta.dtype)
        only_k[:, k] = 1
        start = 0
        steps = zip(deltas(network, theta, sweep, only_k), sweep.A[:-1], network.biases, strict=True)
        for delta, A, bias in steps:
            n, m = A.shape[1], delta.shape[1]
            weights = J[:, k, start : start + n * m].reshape(N, n, m)  # a view
            np.multiply(A[:, :, None], delta[:, None, :], out=weights)
            start += n * m
            if bias:
                J[:, k, start : start + m] = delta
                start += m
    return J
