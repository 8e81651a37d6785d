"""The empirical risk of a network on data, with its exact gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine import _core
from ravine.arrays import Converter, require_finite
from ravine.losses import Custom, Loss, as_loss
from ravine.minima import falls_with_bias, falls_with_scale
from ravine.network import MLP
from ravine.residual_form import ResidualForm
from ravine.risk_arguments import by_layer, prior_vector, representable, row_index
from ravine.second_derivatives import SecondDerivatives
from ravine.targets import ClassWeight, checked_targets, checked_weights

__all__ = ["EmpiricalRisk"]


class EmpiricalRisk(SecondDerivatives, ResidualForm):
    """J(θ) = Σ_i w_i L(f(x_i; θ), y_i) / Σ_i w_i + Σ_l l1_l ‖W_l‖₁ + ½ l2_l ‖W_l - V_l‖².

    W are the weights without the biases, V a prior mean, 0 by default. Arrays are borrowed, not copied, where
    they have the network's dtype and rows of contiguous elements (any distance between rows, read-only or
    memory-mapped as well); anything else is converted once and said in :attr:`copied`. Labels are always kept
    as checked integers of the risk's own.

    Parameters
    ----------
    net : the network; its theta is where methods evaluate by default.
    X : (N, n_in), finite.
    y : targets, (N, n_out), (N,) for one column, or labels (N,), as the loss says.
    loss : a name or an object of :mod:`ravine.losses`.
    l2 : λ ≥ 0 in ½λ‖W - V‖², for all layers or one a layer.
    sample_weight : (N,), not negative, not all zero; None: all 1.
    reduction : "mean" as above, or "sum", which leaves the division out.
    copy : None converts what does not fit, False refuses it, True copies all.
    l1 : λ ≥ 0 in λ‖W‖₁, for all layers or one a layer. It has a kink at 0, where its subgradient sign(0) = 0
        is taken: see :attr:`smooth`.
    prior : V, as a vector (P,) like theta, or a network of the same widths; copied. Its biases are not used.
    class_weight : weight c_k of each class: a dict (classes left out weigh 1), an array (n_out,), or
        "balanced", N / (classes that occur · rows of the class). It multiplies the weight of a labelled row.
        Soft labels y count as n_out labelled rows of weights y_k: L = -Σ_k c_k y_k log p_k, and
        w_i Σ_k c_k y_ik is summed in the division. binary_cross_entropy with one output has two classes.
    missing : "refuse", or "mask": entries of y that are NaN are left out. A loss that is a sum over outputs
        is then the sum over the m_i entries there are of n columns, and w_i m_i/n is summed in the division;
        for the other losses a row is there or not as a whole. Mini-batches divide by their share of the same
        sum, so that their gradients stay unbiased.

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
        loss: str | Loss = "squared_error",
        l2: float | Sequence[float] = 0.0,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
        copy: bool | None = None,
        *,
        l1: float | Sequence[float] = 0.0,
        prior: ArrayLike | MLP | None = None,
        class_weight: ClassWeight | None = None,
        missing: str = "refuse",
    ) -> None:
        if not isinstance(net, MLP):
            raise TypeError(f"net must be a ravine.MLP, got {type(net).__name__}")
        self._net = net
        self._loss = as_loss(loss)
        self._reduction = reduction
        self._prior = None if prior is None else prior_vector(prior, net)
        if reduction not in ("mean", "sum"):
            raise ValueError(f"reduction must be 'mean' or 'sum', got {reduction!r}")
        depth, outputs = len(net.widths) - 1, net.widths[-1]
        self._l1, self._l2 = by_layer(l1, "l1", depth), by_layer(l2, "l2", depth)
        converter = Converter(net.dtype, copy)
        inputs = converter.matrix(X, "X", None, net.widths[0])
        if inputs.shape[0] == 0:
            raise ValueError("X must have at least one row, got none")
        require_finite(inputs, "X")
        targets = checked_targets(converter, y, self._loss, inputs.shape[0], outputs, missing)
        weights = checked_weights(converter, sample_weight, class_weight, targets, self._loss, outputs)
        self._normaliser = weights.total if reduction == "mean" else 1.0
        self._count = int(inputs.shape[0])
        self._rows: NDArray[np.int64] | None = None
        self._copied = converter.copied
        self._targets = targets.array
        self._weights = weights.rows
        self._inputs = inputs
        self._made_of: dict[str, Any] = {
            "network": net._core,
            "X": inputs,
            "targets": weights.targets,
            "sample_weight": weights.rows,
            "loss": self._loss.name,
            "parameter": representable(self._loss, net.dtype),
            "function": self._loss.call if isinstance(self._loss, Custom) else None,
            "masked": targets.masked,
            "l1": self._l1,
            "l2": self._l2,
            "prior": self._prior,
            "normaliser": self._normaliser,
        }
        self._core = _core.Risk(**self._made_of)

    @property
    def net(self) -> MLP:
        """The network."""
        return self._net

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self._loss.name

    @property
    def loss_function(self) -> Loss:
        """The loss itself, an object of :mod:`ravine.losses`."""
        return self._loss

    @property
    def reduction(self) -> str:
        """Return "mean" or "sum"."""
        return self._reduction

    @property
    def l1(self) -> tuple[float, ...]:
        """The strength of the l1 penalty for each layer."""
        return tuple(self._l1)

    @property
    def l2(self) -> tuple[float, ...]:
        """The strength of the l2 penalty for each layer."""
        return tuple(self._l2)

    @property
    def prior(self) -> NDArray[Any] | None:
        """V as a vector like theta, or None."""
        return None if self._prior is None else self._prior.copy()

    @property
    def smooth(self) -> bool:
        """Whether loss and penalty have a gradient everywhere; a hinge and l1 > 0 have kinks.

        Kinks of activations are not looked at.
        """
        return self._loss.smooth and not any(self._l1)

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
        index = row_index(rows, self._count)
        part = object.__new__(EmpiricalRisk)
        part.__dict__.update(self.__dict__)
        part._rows = index if self._rows is None else self._rows[index]
        part._normaliser = self._normaliser * index.size / self._count
        part._count = index.size
        return part

    def with_l2(self, l2: float | Sequence[float]) -> EmpiricalRisk:
        """Return the same risk with another l2 penalty: same network, same data, nothing copied.

        Parameters
        ----------
        l2 : λ ≥ 0, for all layers or one a layer.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 1])
        >>> net.theta = [2.0, 0.0]
        >>> risk = rv.EmpiricalRisk(net, np.array([[1.0]]), np.array([2.0]))
        >>> risk.value(), risk.with_l2(0.5).value()
        (0.0, 1.0)
        """
        other = object.__new__(EmpiricalRisk)
        other.__dict__.update(self.__dict__)
        other._l2 = by_layer(l2, "l2", len(self._l2))
        other._made_of = {**self._made_of, "l2": other._l2}
        other._core = _core.Risk(**other._made_of)
        return other

    def _minimize(
        self,
        method: str,
        settings: dict[str, float | str],
        free: list[int],
        callback: Callable[..., bool] | None,
        theta: NDArray[np.float64] | None = None,
        memory: NDArray[np.float64] | None = None,
    ) -> dict[str, Any]:
        """Let the core walk from theta on; what it accepts is written there (:func:`ravine.minimize`).

        With a `memory`, which may be empty, the run goes on as its method left it, and the callback is told
        of the memory after each iteration.
        """
        start = self._at(theta)
        return _core.minimize_risk(
            self._core, start, self._rows, self._normaliser, method, settings, free, callback, memory
        )

    def _minimize_starts(
        self, method: str, settings: dict[str, float | str], free: list[int], starts: NDArray[np.float64]
    ) -> dict[str, Any]:
        """Let the core walk from each row of `starts` (S, P), which becomes the end of that run."""
        return _core.minimize_starts(
            self._core, starts, len(starts), self._rows, self._normaliser, method, settings, free
        )

    def _line_search(
        self, theta: NDArray[np.float64], direction: NDArray[np.float64], settings: dict[str, Any]
    ) -> dict[str, Any]:
        """Let the core search along a direction (:func:`ravine.line_search`)."""
        return _core.line_search_risk(
            self._core, theta, self._rows, self._normaliser, direction=direction, **settings
        )

    def unbounded_hint(self, theta: NDArray[Any] | None = None) -> str | None:
        """Return why J has no finite minimum, if the outputs at θ show it; None if they do not.

        What is shown holds: a direction in the last layer along which J falls for ever. Classes that the
        network separates (cross entropies, unless the last layer's weights are penalised), counts that are
        all 0, a variance that goes to its floor. Costs a prediction; needs an identity output activation.

        >>> import numpy as np, ravine as rv
        >>> net = rv.MLP([1, 2])
        >>> net.layers[0].weight[...] = [[-1.0, 1.0]]
        >>> rv.EmpiricalRisk(net, np.array([[-1.0], [1.0]]), [0, 1], loss="cross_entropy").unbounded_hint()
        'every row is classified rightly, so the cross entropy falls toward 0 as the last layer grows'
        """
        if self._net.activations[-1] != "identity":
            return None
        rows = slice(None) if self._rows is None else self._rows
        X, y = self._inputs[rows], self._targets[rows]
        if self._weights is not None:
            counted = self._weights[rows][:, 0] > 0
            X, y = X[counted], y[counted]
        f = np.empty((len(X), self._net.widths[-1]), self._net.dtype)
        self._net._core.predict(self._at(theta), X, f)
        free = self._l1[-1] == 0 and self._l2[-1] == 0
        hint = falls_with_scale(self._loss, f, y) if free else None
        if hint is None and self._net.biases[-1]:
            hint = falls_with_bias(self._loss, f, y)
        return hint

    def __repr__(self) -> str:
        return f"EmpiricalRisk({self._net!r}, N={self._count}, loss={self._loss.name!r})"
