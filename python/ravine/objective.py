"""The empirical risk of a network on data, with its exact gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import Converter, non_negative, require_finite
from ravine.network import MLP

__all__ = ["LOSSES", "EmpiricalRisk"]

LOSSES = ("squared_error", "cross_entropy", "binary_cross_entropy")


class EmpiricalRisk:
    """J(θ) = Σ_i w_i L(f(x_i; θ), y_i) / Σ_i w_i + ½ l2 ‖W‖², W the weights without the biases.

    Arrays are borrowed, not copied, where they have the network's dtype and rows of contiguous elements (any
    distance between rows, read-only or memory-mapped as well); anything else is converted once and said in
    :attr:`copied`. Labels are always kept as checked integers of the risk's own.

    Parameters
    ----------
    net : the network; its theta is where methods evaluate by default.
    X : (N, n_in), finite.
    y : targets.
        squared_error, L = ½‖f - y‖²: (N, n_out), or (N,) for one output.
        cross_entropy, L = -Σ_k y_k log softmax(f)_k: integer labels (N,) in [0, n_out), or probabilities
        (N, n_out) whose rows sum to 1.
        binary_cross_entropy, L = Σ_k softplus(f_k) - y_k f_k: numbers in [0, 1], (N, n_out) or (N,).
    loss : one of these names.
    l2 : λ ≥ 0 in ½λ‖W‖².
    sample_weight : (N,), not negative, not all zero; None: all 1.
    reduction : "mean" as above, or "sum", which leaves the division out.
    copy : None converts what does not fit, False refuses it, True copies all.

    Raises
    ------
    TypeError, ValueError : an argument breaks its rule; the message names it and its position.

    >>> import numpy as np, ravine as rv
    >>> net = rv.MLP([1, 1], initializer="zeros")
    >>> risk = rv.EmpiricalRisk(net, np.array([[1.0], [2.0]]), np.array([1.0, 3.0]))
    >>> risk.value_and_gradient()
    (2.5, array([-3.5, -2. ]))
    """

    def __init__(
        self,
        net: MLP,
        X: ArrayLike,
        y: ArrayLike,
        loss: str = "squared_error",
        l2: float = 0.0,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
        copy: bool | None = None,
    ) -> None:
        if not isinstance(net, MLP):
            raise TypeError(f"net must be a ravine.MLP, got {type(net).__name__}")
        if loss not in LOSSES:
            raise ValueError(f"loss must be one of {', '.join(LOSSES)}, got {loss!r}")
        if reduction not in ("mean", "sum"):
            raise ValueError(f"reduction must be 'mean' or 'sum', got {reduction!r}")
        penalty = non_negative(l2, "l2")
        converter = Converter(net.dtype, copy)
        inputs = converter.matrix(X, "X", None, net.widths[0])
        if inputs.shape[0] == 0:
            raise ValueError("X must have at least one row, got none")
        require_finite(inputs, "X")
        targets = _targets(converter, y, loss, inputs.shape[0], net.widths[-1])
        weights = None if sample_weight is None else _weights(converter, sample_weight, inputs.shape[0])
        total = float(inputs.shape[0]) if weights is None else float(weights.sum(dtype=np.float64))
        self._net = net
        self._loss = loss
        self._normaliser = total if reduction == "mean" else 1.0
        self._count = int(inputs.shape[0])
        self._rows: NDArray[np.int64] | None = None
        self._copied = converter.copied
        self._targets = targets
        self._inputs = inputs
        self._core = _core.Risk(net._core, inputs, targets, weights, loss, penalty, self._normaliser)

    @property
    def net(self) -> MLP:
        """The network."""
        return self._net

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self._loss

    @property
    def sample_count(self) -> int:
        """N, the number of rows that the risk sums over."""
        return self._count

    @property
    def copied(self) -> tuple[str, ...]:
        """Names of the arguments that did not fit and were converted once."""
        return self._copied

    def value(self, theta: NDArray[Any] | None = None) -> float:
        """Return J(θ); θ is a (P,) vector of the network's dtype, or None for the network's own."""
        return self._core.value(self._at(theta), self._rows, self._normaliser)

    def gradient(self, theta: NDArray[Any] | None = None, out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return ∇J(θ), (P,), written into `out` if given."""
        return self.value_and_gradient(theta, out)[1]

    def value_and_gradient(
        self, theta: NDArray[Any] | None = None, out: NDArray[Any] | None = None
    ) -> tuple[float, NDArray[Any]]:
        """Return J(θ) and ∇J(θ) in one sweep of about 6 N P flops.

        Parameters
        ----------
        theta : (P,) vector of the network's dtype, or None for the network's own.
        out : (P,) vector to write the gradient into: contiguous, writable, apart from theta. It is written
            whole or, if an exception is raised, not at all.
        """
        gradient = np.empty(self._net.parameter_count, self._net.dtype) if out is None else out
        value, _ = self._core.value_and_gradient(self._at(theta), gradient, self._rows, self._normaliser)
        return value, gradient

    def subset(self, rows: ArrayLike) -> EmpiricalRisk:
        """Return the same risk on some rows, its gradient an unbiased estimate of this one's.

        A subset B of N rows divides by (|B|/N) Σ_all w; rows may repeat.

        Parameters
        ----------
        rows : indices into this risk's rows, or a boolean mask of them.

        >>> import numpy as np, ravine as rv
        >>> risk = rv.EmpiricalRisk(rv.MLP([1, 1]), np.ones((4, 1)), np.zeros(4))
        >>> risk.subset([0, 2]).sample_count
        2
        """
        index = _row_index(rows, self._count)
        part = object.__new__(EmpiricalRisk)
        part.__dict__.update(self.__dict__)
        part._rows = index if self._rows is None else self._rows[index]
        part._normaliser = self._normaliser * index.size / self._count
        part._count = index.size
        return part

    def workspace_bytes(self) -> int:
        """Return the bytes of scratch memory that one value_and_gradient takes (formula: docs/memory.md)."""
        return self._core.workspace_bytes(self._count)

    def _at(self, theta: NDArray[Any] | None) -> NDArray[Any]:
        return self._net.theta if theta is None else theta

    def __repr__(self) -> str:
        return f"EmpiricalRisk({self._net!r}, N={self._count}, loss={self._loss!r})"


def _targets(converter: Converter, y: ArrayLike, loss: str, rows: int, outputs: int) -> NDArray[Any]:
    if loss == "cross_entropy" and np.ndim(y) <= 1:
        return _labels(np.asarray(y), rows)
    if np.ndim(y) == 1 and outputs == 1:
        targets = converter.column(y, "y", rows)
    else:
        targets = converter.matrix(y, "y", rows, outputs)
    require_finite(targets, "y")
    if loss != "squared_error" and (targets.min() < 0 or targets.max() > 1):
        outside = targets.min() if targets.min() < 0 else targets.max()
        raise ValueError(f"y must lie in [0, 1] for loss={loss!r}, got {outside}")
    if loss == "cross_entropy":
        sums = targets.sum(axis=1, dtype=np.float64)
        worst = int(np.abs(sums - 1).argmax())
        if abs(sums[worst] - 1) > 1e-5:
            raise ValueError(
                f"rows of y must sum to 1 for loss='cross_entropy', got {sums[worst]} in row {worst}"
            )
    return targets


def _labels(array: NDArray[Any], rows: int) -> NDArray[np.int64]:
    if array.dtype.kind not in "iub":
        raise TypeError(
            f"labels y must be integers, got dtype {array.dtype}; y.astype(int) converts whole numbers"
        )
    if array.shape != (rows,):
        raise ValueError(f"labels y must have shape ({rows},), got {array.shape}")
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(f"labels y must fit 64-bit integers, got {array.max()}")
    return np.array(array, dtype=np.int64, order="C", copy=True)


def _weights(converter: Converter, sample_weight: ArrayLike, rows: int) -> NDArray[Any]:
    weights = converter.column(sample_weight, "sample_weight", rows)
    require_finite(weights, "sample_weight")
    if weights.min() < 0:
        raise ValueError(
            f"sample_weight must not be negative, got {weights.min()} at {int(weights.argmin())}"
        )
    if not weights.any():
        raise ValueError("sample_weight must not be all zero")
    return weights


def _row_index(rows: ArrayLike, count: int) -> NDArray[np.int64]:
    index = np.asarray(rows)
    if index.dtype == np.bool_:
        if index.shape != (count,):
            raise ValueError(f"a mask of rows must have shape ({count},), got {index.shape}")
        index = np.flatnonzero(index)
    if index.ndim != 1 or index.dtype.kind not in "iu":
        raise TypeError(
            f"rows must be a vector of integers or a mask, got shape {index.shape} of {index.dtype}"
        )
    if index.size == 0:
        raise ValueError("rows must name at least one row, got none")
    if index.min() < 0 or index.max() >= count:
        wrong = index.min() if index.min() < 0 else index.max()
        raise ValueError(f"rows must lie in [0, {count}), got {wrong}")
    return np.array(index, dtype=np.int64, order="C", copy=True)  # ours: nobody changes it after the check
