"""Factorisations of dense matrices and the solves with them, one loop a formula."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ravine.reference.types import Array


def cholesky(A: Array) -> Array:
    """The lower factor L of A = L Lᵀ, row after row.

    L_ij = (A_ij - Σ_{k<j} L_ik L_jk) / L_jj, and L_ii = √(A_ii - Σ_{k<i} L_ik²).
    Golub and Van Loan (2013), section 4.2.

    >>> cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]])
    """
    L = np.zeros_like(A)
    for i in range(len(A)):
        for j in range(i):
            L[i, j] = (A[i, j] - L[i, :j] @ L[j, :j]) / L[j, j]
        pivot = A[i, i] - L[i, :i] @ L[i, :i]
        if not pivot > 0:
            raise np.linalg.LinAlgError(f"pivot {pivot} at index {i}")
        L[i, i] = np.sqrt(pivot)
    return L


def forward_substitution(L: Array, B: Array) -> Array:
    """X with L X = B for a lower triangle L: each row with what is known above.

    >>> forward_substitution(np.array([[2.0, 0.0], [1.0, 4.0]]), np.array([2.0, 9.0]))
    array([1., 2.])
    """
    X = np.zeros_like(B)
    for i in range(len(L)):
        X[i] = (B[i] - L[i, :i] @ X[:i]) / L[i, i]
    return X


def back_substitution(U: Array, B: Array) -> Array:
    """X with U X = B for an upper triangle U: each row with what is known below.

    >>> back_substitution(np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([4.0, 8.0]))
    array([1., 2.])
    """
    X = np.zeros_like(B)
    for i in reversed(range(len(U))):
        X[i] = (B[i] - U[i, i + 1 :] @ X[i + 1 :]) / U[i, i]
    return X


def ldlt(A: Array) -> tuple[NDArray[np.intp], Array, Array]:
    """Permutation p, unit lower L, block diagonal D with A[p][:, p] = L D Lᵀ, by Bunch and Kaufman's pivots.

    A pivot of order 1 is taken where its column is not much larger than it, else one of order 2.
    Golub and Van Loan (2013), section 4.4.4.

    >>> p, L, D = ldlt(np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> D
    array([[0., 1.],
           [1., 0.]])
    """
    S, n = A.copy(), len(A)
    p, L, D = np.arange(n), np.eye(n), np.zeros_like(A)
    alpha, k = (1 + np.sqrt(17)) / 8, 0
    while k < n:
        size, swap = _pivot(S[k:, k:], alpha)
        target = k + size - 1
        for M in (S, S.T):
            M[[target, k + swap]] = M[[k + swap, target]]
        L[[target, k + swap], :k] = L[[k + swap, target], :k]
        p[[target, k + swap]] = p[[k + swap, target]]
        block, rest = slice(k, k + size), slice(k + size, n)
        D[block, block] = S[block, block]
        if S[block, block].any():
            L[rest, block] = np.linalg.solve(S[block, block], S[block, rest]).T
            S[rest, rest] -= L[rest, block] @ S[block, rest]
        k += size
    return p, L, D


def _pivot(S: Array, alpha: float) -> tuple[int, int]:
    """The order of the pivot, and the row that comes to its last place."""
    column = np.abs(S[1:, 0])
    if column.size == 0 or abs(S[0, 0]) >= alpha * column.max():
        return 1, 0
    r = 1 + int(column.argmax())
    largest = column.max()
    other = np.delete(np.abs(S[r]), r).max()
    if abs(S[0, 0]) * other >= alpha * largest**2:
        return 1, 0
    return (1, r) if abs(S[r, r]) >= alpha * other else (2, r)


def householder_qr(A: Array) -> tuple[Array, Array, NDArray[np.intp]]:
    """Q (m, n), R (n, n) and p with A[:, p] = Q R, by reflections; the longest remaining column comes next.

    Golub and Van Loan (2013), section 5.4.2.

    >>> Q, R, p = householder_qr(np.array([[3.0], [4.0]]))
    >>> R
    array([[-5.]])
    """
    R, (m, n) = A.copy(), A.shape
    Q, p = np.eye(m), np.arange(n)
    for k in range(min(m, n)):
        longest = k + int((R[k:, k:] ** 2).sum(axis=0).argmax())
        R[:, [k, longest]], p[[k, longest]] = R[:, [longest, k]], p[[longest, k]]
        v = R[k:, k].copy()
        v[0] += np.copysign(np.linalg.norm(v), v[0])
        if v.any():
            v /= np.linalg.norm(v)
            R[k:] -= 2 * np.outer(v, v @ R[k:])
            Q[:, k:] -= 2 * np.outer(Q[:, k:] @ v, v)
    return Q[:, :n], np.triu(R[:n]), p


def least_squares(A: Array, b: Array, damping: float = 0.0) -> Array:
    """The x that makes ‖A x - b‖² + damping ‖x‖² least, for full column rank: QR of A over √damping I.

    >>> least_squares(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))
    array([2.])
    """
    n = A.shape[1]
    Q, R, p = householder_qr(np.vstack([A, np.sqrt(damping) * np.eye(n)]))
    x = np.empty(n)
    x[p] = back_substitution(R, Q[: len(A)].T @ b)
    return x
