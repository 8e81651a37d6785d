"""A network together with the units of its data: raw numbers in, raw numbers out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ravine.arrays import real_array
from ravine.losses import Loss
from ravine.model_file import save_model
from ravine.network import MLP
from ravine.scaling import Standardizer

__all__ = ["ScaledModel"]


@dataclass(frozen=True, eq=False, repr=False)
class ScaledModel:
    """A network trained on standardised data, used in the units of the data: y = T⁻¹(f(S(x); θ)).

    S is the standardiser of the inputs, T that of regression targets. The network is the one that is passed,
    not a copy: train it on ``model.network_inputs(X)`` and ``model.network_targets(y)``.

    Attributes
    ----------
    net : the network.
    inputs : of n_in columns, or None: the inputs go to the network as they are.
    targets : of n_out columns, or None: the outputs are left as they are, as for a classification.

    Raises
    ------
    TypeError, ValueError : an argument of another kind, or a standardiser of another number of columns.

    >>> import numpy as np, ravine as rv
    >>> X = np.random.default_rng(0).uniform(100, 300, (200, 1))
    >>> y = 5e4 + 20 * X[:, 0]
    >>> model = rv.ScaledModel.fit_scaling(rv.MLP([1, 1], seed=0), X, y)
    >>> history = rv.fit(
    ...     model.net, model.network_inputs(X), model.network_targets(y),
    ...     optimizer=rv.optim.SGD(lr=0.1), epochs=20,
    ... )
    >>> model.predict([[200.0]]).round(3)
    array([[54000.]])
    """

    net: MLP
    inputs: Standardizer | None = None
    targets: Standardizer | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.net, MLP):
            raise TypeError(f"net must be a ravine.MLP, got {type(self.net).__name__}")
        for name, width, what in (
            ("inputs", self.net.widths[0], "inputs"),
            ("targets", self.net.widths[-1], "outputs"),
        ):
            scaling = getattr(self, name)
            if scaling is None:
                continue
            if not isinstance(scaling, Standardizer):
                raise TypeError(f"{name} must be a ravine.Standardizer or None, got {type(scaling).__name__}")
            if scaling.mean.size != width:
                raise ValueError(
                    f"{name} must have {width} columns, one for each of the network's {what}, "
                    f"got {scaling.mean.size}"
                )

    @classmethod
    def fit_scaling(
        cls, net: MLP, X: ArrayLike, y: ArrayLike | None = None, *, missing: str = "refuse"
    ) -> ScaledModel:
        """Measure the standardisers on the rows that are trained on, and on no others.

        Parameters
        ----------
        net : the network, trained or not; it is not changed.
        X : (N, n_in) finite.
        y : (N, n_out) targets of a regression, (N,) for one output; None for a classification.
        missing : "refuse" NaN, or "ignore" it, see :meth:`Standardizer.fit`.

        >>> import ravine as rv
        >>> rv.ScaledModel.fit_scaling(rv.MLP([2, 3]), [[0.0, 1.0], [2.0, 5.0]]).inputs.scale
        array([1., 2.])
        """
        targets = None if y is None else Standardizer.fit(y, missing=missing)
        return cls(net, Standardizer.fit(X, missing=missing), targets)

    def network_inputs(self, X: ArrayLike) -> NDArray[Any]:
        """Return the inputs as the network sees them, (N, n_in), of its dtype: standardised, then rounded."""
        with np.errstate(over="ignore"):  # inf, as in any conversion to the network's dtype
            inputs = real_array(X, "X") if self.inputs is None else self.inputs.transform(X)
            return inputs.astype(self.net.dtype, copy=False)

    def network_targets(self, y: ArrayLike) -> NDArray[Any]:
        """Return targets as the network is trained on them, of the shape of y; y itself without scaling."""
        return np.asarray(y) if self.targets is None else self.targets.transform(y)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the outputs in the unit of the targets, (N, n_out).

        With `targets` they are float64 whatever the network's dtype, since a large mean would swallow what
        float32 resolves; without, they are the network's own.

        Parameters
        ----------
        X : (N, n_in) in raw units.
        """
        outputs = self.net.predict(self.network_inputs(X))
        return outputs if self.targets is None else self.targets.inverse_transform(outputs)

    def predict_proba(self, X: ArrayLike, loss: str | Loss | None = None) -> NDArray[Any]:
        """Return probabilities, (N, n_out), see :meth:`MLP.predict_proba`; TypeError with scaled targets.

        >>> import ravine as rv
        >>> model = rv.ScaledModel(rv.MLP([1, 2], initializer="zeros"), rv.Standardizer([5.0], [2.0]))
        >>> model.predict_proba([[7.0]])
        array([[0.5, 0.5]])
        """
        if self.targets is not None:
            raise TypeError("predict_proba needs a model without targets: this one is a regression")
        return self.net.predict_proba(self.network_inputs(X), loss)

    def jacobian(self, X: ArrayLike) -> NDArray[Any]:
        """Return ∂ŷ_k(x_i)/∂θ_p in units of the targets, (N, n_out, P): the network's, times the scale of k.

        Parameters
        ----------
        X : (N, n_in) in raw units.

        >>> import ravine as rv
        >>> inputs, targets = rv.Standardizer([5.0], [2.0]), rv.Standardizer([0.0], [10.0])
        >>> model = rv.ScaledModel(rv.MLP([1, 1]), inputs, targets)
        >>> model.jacobian([[7.0]])
        array([[[10., 10.]]])
        """
        result = self.net.jacobian(self.network_inputs(X))
        if self.targets is not None:
            result *= self.targets.scale[:, None].astype(result.dtype)
        return result

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write network and standardisers to one file, as :meth:`MLP.save`; :func:`ravine.load` reads it."""
        save_model(self, path)

    def __repr__(self) -> str:
        def columns(scaling: Standardizer | None) -> str:
            return "as they are" if scaling is None else f"{scaling.mean.size} standardised"

        return f"ScaledModel({self.net!r}, inputs {columns(self.inputs)}, targets {columns(self.targets)})"
