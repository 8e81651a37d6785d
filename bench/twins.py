"""NumPy for speed: what a careful program does, as opposed to the textbook in ``ravine.reference``.

Buffers are allocated once and everything is written in place. A layer's θ is one (n+1, m) matrix whose last
row is the bias, and activations carry a column of ones, so that one product does weights and bias together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from bench.problems import Array

BLOCK = 16_384
"""Numbers that Adam takes at a time: its six passes over them then run in the second-level cache."""


def with_ones(X: Array) -> Array:
    """X with a column of ones behind."""
    return np.hstack([X, np.ones((len(X), 1), X.dtype)])


class Gradient:
    """Mean cross entropy of N samples and its gradient, for a fixed N."""

    def __init__(self, widths: Sequence[int], activation: str, rows: int, theta: Array) -> None:
        self.activation = activation
        self.gradient = np.empty_like(theta)
        self.weights = _layers(widths, theta)
        self.gradients = _layers(widths, self.gradient)
        dtype = theta.dtype
        self.activations = [np.ones((rows, n + 1), dtype) for n in widths[1:-1]]
        self.hidden = [A[:, :-1] for A in self.activations]
        self.deltas = [np.empty((rows, n), dtype) for n in widths[1:]]
        self.slopes = [np.empty((rows, n), bool if activation == "relu" else dtype) for n in widths[1:-1]]
        self.column = np.empty((rows, 1), dtype)
        self.index = np.arange(rows)

    def outputs(self, X: Array) -> Array:
        """The forward sweep, from X with its column of ones; the result is a buffer that is used again."""
        A = X
        sigma: Any = (lambda Z, out: np.maximum(Z, 0, out=out)) if self.activation == "relu" else np.tanh
        for W, Z, A_next in zip(self.weights[:-1], self.deltas[:-1], self.activations, strict=True):
            np.matmul(A, W, out=Z)
            sigma(Z, out=A_next[:, :-1])
            A = A_next
        return np.matmul(A, self.weights[-1], out=self.deltas[-1])

    def jacobian(self, X: Array, out: Array) -> Array:
        """∂f/∂θ into ``out`` (N, n_L, P): one backward sweep an output, for all samples at once."""
        self.outputs(X)
        for k in range(out.shape[1]):
            delta, stop = self.deltas[-1], out.shape[2]
            delta[:] = 0
            delta[:, k] = 1
            for layer in reversed(range(len(self.weights))):
                A, start = self.activations[layer - 1] if layer > 0 else X, stop - self.weights[layer].size
                block = out[:, k, start:stop].reshape(len(X), A.shape[1], -1)
                np.multiply(A[:, :, None], self.deltas[layer][:, None, :], out=block)
                stop = start
                if layer > 0:
                    self._backward(layer)
        return out

    def __call__(self, X: Array, y: Array) -> float:
        """The value; the gradient is in ``self.gradient``."""
        f = self.outputs(X)
        value = self._cross_entropy(f, y)
        for layer in reversed(range(len(self.weights))):
            A = self.activations[layer - 1] if layer > 0 else X
            np.matmul(A.T, self.deltas[layer], out=self.gradients[layer])
            if layer > 0:
                self._backward(layer)
        return value

    def _cross_entropy(self, f: Array, y: Array) -> float:
        """Replace f by ∂J/∂f."""
        n = len(f)
        f -= f.max(axis=1, out=self.column, keepdims=True)
        chosen = f[self.index, y].sum()
        np.exp(f, out=f)
        total = f.sum(axis=1, out=self.column, keepdims=True)
        value = (np.log(total).sum() - chosen) / n
        total *= n
        f /= total
        f[self.index, y] -= 1 / n
        return float(value)

    def _backward(self, layer: int) -> None:
        delta, A, slope = self.deltas[layer - 1], self.hidden[layer - 1], self.slopes[layer - 1]
        np.matmul(self.deltas[layer], self.weights[layer][:-1].T, out=delta)
        if self.activation == "relu":
            np.greater(A, 0, out=slope)
        else:
            np.multiply(A, A, out=slope)
            np.subtract(1, slope, out=slope)
        delta *= slope


def _layers(widths: Sequence[int], theta: Array) -> list[Array]:
    parts, start = [], 0
    for n, m in pairwise(widths):
        stop = start + (n + 1) * m
        parts.append(theta[start:stop].reshape(n + 1, m))
        start = stop
    return parts


class Adam:
    """Adam on θ in place, block by block, with two scratch blocks and no other temporary."""

    def __init__(
        self, theta: Array, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        self.theta, self.lr, self.betas, self.eps, self.t = theta, lr, betas, eps, 0
        self.s, self.r = np.zeros_like(theta), np.zeros_like(theta)
        self.scratch = np.empty(min(BLOCK, theta.size), theta.dtype)

    def step(self, gradient: Array) -> None:
        """One update. Both corrections are folded into the rate and into eps."""
        self.t += 1
        root = float(np.sqrt(1 - self.betas[1] ** self.t))
        rate, eps = self.lr * root / (1 - self.betas[0] ** self.t), self.eps * root
        for first in range(0, self.theta.size, BLOCK):
            self._block(slice(first, first + BLOCK), gradient, rate, eps)

    def _block(self, block: slice, gradient: Array, rate: float, eps: float) -> None:
        beta1, beta2 = self.betas
        g, s, r = gradient[block], self.s[block], self.r[block]
        scratch = self.scratch[: len(g)]
        s *= beta1
        s += np.multiply(g, 1 - beta1, out=scratch)
        r *= beta2
        np.multiply(g, g, out=scratch)
        scratch *= 1 - beta2
        r += scratch
        np.sqrt(r, out=scratch)
        scratch += eps
        np.divide(s, scratch, out=scratch)
        scratch *= rate
        self.theta[block] -= scratch


class Momentum:
    """SGD with momentum on θ in place, block by block."""

    def __init__(
        self, theta: Array, lr: float = 1e-3, momentum: float = 0.9, *, nesterov: bool = False
    ) -> None:
        self.theta, self.lr, self.momentum, self.nesterov = theta, lr, momentum, nesterov
        self.velocity = np.zeros_like(theta)
        self.scratch = np.empty(min(BLOCK, theta.size), theta.dtype)

    def step(self, gradient: Array) -> None:
        """One update."""
        for first in range(0, self.theta.size, BLOCK):
            block = slice(first, first + BLOCK)
            g, v = gradient[block], self.velocity[block]
            scratch = self.scratch[: len(g)]
            v *= self.momentum
            v += g
            np.multiply(v, self.lr * self.momentum if self.nesterov else self.lr, out=scratch)
            self.theta[block] -= scratch
            if self.nesterov:
                self.theta[block] -= np.multiply(g, self.lr, out=scratch)
