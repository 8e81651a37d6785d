"""The backward sweep: derivatives by the parameters, from derivatives by the outputs."""

from __future__ import annotations

import numpy as np

from ravine.reference.activations import ACTIVATIONS
from ravine.reference.network import Layer, Network, Sweep, forward, pack, unpack
from ravine.reference.types import Array


def backward(network: Network, theta: Array, sweep: Sweep, output_gradient: Array) -> Array:
    """Σ over samples of (∂f/∂θ)ᵀ g, for one vector g a sample; shape (P,).

    With g = ∂L/∂f (N, n_L) this is the gradient of Σ L by θ::

        Δ_L = g ⊙ σ′_L(Z_L)
        ∂/∂W_l = A_{l-1}ᵀ Δ_l,   ∂/∂b_l = Σ over rows of Δ_l
        Δ_{l-1} = (Δ_l W_lᵀ) ⊙ σ′_{l-1}(Z_{l-1})

    Rumelhart, Hinton and Williams (1986).

    >>> net, theta = Network([1, 1], ["identity"], [True]), np.array([2.0, 1.0])
    >>> backward(net, theta, forward(net, theta, np.array([[3.0]])), np.array([[1.0]]))
    array([3., 1.])
    """
    gradients: list[Layer] = []
    by_activation = output_gradient
    steps = zip(unpack(network, theta), network.activations, sweep.A[:-1], sweep.Z, strict=True)
    for (W, b), activation, A_before, Z in reversed(list(steps)):
        delta = by_activation * ACTIVATIONS[activation](Z, 1)
        gradients.append(Layer(A_before.T @ delta, None if b is None else delta.sum(axis=0)))
        by_activation = delta @ W.T
    return pack(gradients[::-1])


def jacobian(network: Network, theta: Array, X: Array) -> Array:
    """∂f/∂θ of every sample and output, shape (N, n_L, P): one backward sweep for each of them.

    >>> jacobian(Network([2, 1], ["identity"], [True]), np.zeros(3), np.array([[5.0, 7.0]]))
    array([[[5., 7., 1.]]])
    """
    n_outputs = network.widths[-1]
    J = np.empty((len(X), n_outputs, network.parameter_count), theta.dtype)
    for n in range(len(X)):
        sweep = forward(network, theta, X[n : n + 1])
        for k in range(n_outputs):
            J[n, k] = backward(network, theta, sweep, np.eye(n_outputs, dtype=theta.dtype)[k : k + 1])
    return J
