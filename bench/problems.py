"""The arrays of a case: made once, handed to every side as a file, so that all compute the same thing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.cases import DIGITS, PRODUCT_KINDS, Case

Array: TypeAlias = NDArray[Any]

SEED = 20
INITIAL_SCALE = 6.0


def _empty() -> Array:
    return np.empty(0)


@dataclass(frozen=True)
class Problem:
    """Inputs, targets and a starting point.

    ``theta`` is packed as ravine packs it; ``gradient`` is for updates without a network, ``v`` (vectors, P)
    for products with the second derivatives.
    """

    X: Array = field(default_factory=_empty)
    y: Array = field(default_factory=_empty)
    theta: Array = field(default_factory=_empty)
    gradient: Array = field(default_factory=_empty)
    v: Array = field(default_factory=_empty)

    def save(self, path: Path) -> None:
        """Write the arrays, uncompressed."""
        np.savez(path, **asdict(self))

    @classmethod
    def load(cls, path: Path) -> Problem:
        """Read what :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(**{name: file[name] for name in file.files})


def make(case: Case) -> Problem:
    """The problem of a case, from a fixed seed; epochs get the handwritten digits."""
    rng = np.random.default_rng(SEED)
    if case.kind == "adam":
        theta, gradient = (rng.standard_normal(case.parameters, np.float32) for _ in range(2))
        return Problem(theta=theta.astype(case.dtype), gradient=gradient.astype(case.dtype))
    if case.kind == "product":
        return Problem(X=rng.standard_normal((case.rows, case.rows)).astype(case.dtype))
    if case.kind in ("cholesky", "definite"):
        half = rng.standard_normal((case.rows, case.rows))
        A = half @ half.T / case.rows + np.eye(case.rows)
        return Problem(X=A, y=rng.standard_normal(case.rows))
    if case.kind == "least_squares":
        return Problem(X=rng.standard_normal((case.rows, case.parameters)), y=rng.standard_normal(case.rows))
    theta = np.concatenate([_layer(rng, n, m) for n, m in pairwise(case.widths)]).astype(case.dtype)
    if case.kind == "epoch":
        X, y = _digits()
    else:
        X, y = rng.standard_normal((case.rows, case.widths[0])), _targets(case, rng)
    v = rng.standard_normal((case.vectors, theta.size)) if case.kind in PRODUCT_KINDS else _empty()
    return Problem(X.astype(case.dtype), y, theta, v=v.astype(case.dtype))


def _targets(case: Case, rng: np.random.Generator) -> Array:
    if case.loss == "squared_error":
        return rng.standard_normal((case.rows, case.widths[-1])).astype(case.dtype)
    return rng.integers(0, case.widths[-1], case.rows)


def _layer(rng: np.random.Generator, n: int, m: int) -> Array:
    """Glorot's uniform weights, row by row, then biases that are not zero, so that a lost bias shows."""
    limit = np.sqrt(INITIAL_SCALE / (n + m))
    return np.concatenate([rng.uniform(-limit, limit, n * m), rng.uniform(-0.1, 0.1, m)])


def _digits() -> tuple[Array, Array]:
    # Imported here: a peer's process gets its arrays from a file and has no business with ravine.
    from ravine.datasets import digits

    X, y = digits()
    assert len(X) == DIGITS, f"the cases count on {DIGITS} digits, got {len(X)}"
    return X / 16, y


def layers(case: Case, theta: Any) -> list[tuple[Any, Any]]:
    """Weights (n, m) and bias (m,) of each layer, as views of ``theta``, an array of NumPy or of a peer."""
    parts, start = [], 0
    for n, m in pairwise(case.widths):
        stop = start + n * m
        parts.append((theta[start:stop].reshape(n, m), theta[stop : stop + m]))
        start = stop + m
    return parts


def pack(parts: list[tuple[Array, Array]]) -> Array:
    """The inverse of :func:`layers`."""
    return np.concatenate([np.asarray(part).ravel() for layer in parts for part in layer])
