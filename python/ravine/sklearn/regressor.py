"""The regressor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.metrics import r2_score

from ravine.network import MLP
from ravine.scaling import Standardizer
from ravine.sklearn.arguments import keep
from ravine.sklearn.perceptron import Perceptron

__all__ = ["MLPRegressor"]


class MLPRegressor(RegressorMixin, MultiOutputMixin, Perceptron):
    """Regression by a multilayer perceptron, with the face of ``sklearn.neural_network.MLPRegressor``.

    It minimises J = Σ_i w_i L(f(x_i), y_i) / Σ_i w_i + alpha/(2 Σ_i w_i) ‖W‖² over weights W (not penalised:
    biases), where f, x and y are standardised by default: what `alpha` weighs has no unit.

    Parameters
    ----------
    loss : "squared_error" ½‖f - y‖², the sum over outputs; "poisson" (predictions exp f, y ≥ 0 stays as it
        is); or "huber", "pseudo_huber" with their default parameters, in units of standardised targets.

    All others are those of :class:`MLPClassifier`. With `standardize` targets, too, are brought to mean 0 and
    deviation 1 inside, column by column.

    Attributes
    ----------
    Those of :class:`MLPClassifier`, without ``classes_``. ``loss_`` and ``loss_curve_`` speak of J, and so of
    standardised targets; ``coefs_``, ``intercepts_`` and predictions of raw ones. Validation scores are R².
    With `uncertainty`, predict(X, return_std=True) gives error bars, for squared_error and poisson.

    >>> from sklearn.datasets import make_regression
    >>> from ravine.sklearn import MLPRegressor
    >>> X, y = make_regression(200, n_features=5, random_state=1)
    >>> model = MLPRegressor(hidden_layer_sizes=(6,), activation="tanh", alpha=1.0, random_state=1).fit(X, y)
    >>> bool(model.score(X, y) > 0.99), model.solver_, model.stop_reason_.name
    (True, 'newton', 'GRADIENT_SMALL')
    """

    loss: str
    _numeric = True

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "auto",
        alpha: Any = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        standardize: bool = True,
        solver_options: Any = None,
        uncertainty: str | None = None,
    ) -> None:
        keep(self, locals())

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the predictions, (N,) for one output, else (N, n_outputs_), in the unit of the targets.

        Parameters
        ----------
        X : (N, n) numbers, dense or sparse.
        return_std : return (predictions, standard deviations), both of that shape: of an observation, noise
            included; that of the function alone is ``posterior_.predict(X)``. Needs uncertainty="laplace".

        >>> import numpy as np
        >>> from ravine.sklearn import MLPRegressor
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> y = np.sin(3 * x[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=40)
        >>> model = MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", alpha=0.01, random_state=0,
        ...     uncertainty="laplace")
        >>> mean, std = model.fit(x, y).predict([[0.0], [3.0]], return_std=True)
        >>> bool(0.05 < std[0] < 0.2), bool(std[1] > 3 * std[0])
        (True, True)
        """
        rows = self._rows_at(X)
        dtype = self.coefs_[0].dtype
        mean = self._predicted(self._model.predict(rows)).astype(dtype, copy=False)
        return (mean, self._deviation(rows, mean).astype(dtype, copy=False)) if return_std else mean

    def _deviation(self, X: NDArray[Any], mean: NDArray[Any]) -> NDArray[Any]:
        if self.posterior_ is None:
            raise ValueError("return_std=True needs an estimator that was fitted with uncertainty='laplace'")
        if self.loss == "poisson":
            # A rate exp(f) whose f is open by s; counts vary around it by its root.
            s = self.posterior_.predict(X)[1].reshape(mean.shape)
            return np.asarray(np.sqrt(mean + (mean * s) ** 2))
        return self.posterior_.predict(X, noise=True)[1].reshape(mean.shape)

    def _predicted(self, outputs: NDArray[Any]) -> NDArray[Any]:
        values = np.asarray(np.exp(outputs)) if self.loss == "poisson" else outputs
        return values[:, 0] if values.shape[1] == 1 else values

    def _learn_classes(self, y: NDArray[Any], anew: bool) -> None:
        """Nothing: targets are numbers."""

    # Numbers have no weights of their own: y is for the classifier's class_weight.
    def _weigh(self, weights: NDArray[Any] | None, y: NDArray[Any]) -> NDArray[Any] | None:  # noqa: ARG002
        return weights

    def _scale(self, net: MLP, X: NDArray[Any], y: NDArray[Any], weights: NDArray[Any] | None) -> None:
        super()._scale(net, X, y, weights)
        if self.standardize and self.loss != "poisson":
            self._model = replace(self._model, targets=Standardizer.fit(y, sample_weight=weights))
        elif self.standardize:  # counts stay what they are: the network starts with their mean instead
            mean = np.atleast_1d(np.average(y, axis=0, weights=weights))
            bias = net.layers[-1].bias
            assert bias is not None
            bias += np.log(np.where(mean > 0, mean, 1.0))

    def _network_targets(self, y: NDArray[Any]) -> NDArray[Any]:
        return self._model.network_targets(y)

    def _loss(self) -> str:
        return self.loss

    def _out_activation(self) -> str:
        return "exp" if self.loss == "poisson" else "identity"

    def _score(self, X: NDArray[Any], y: NDArray[Any], weights: NDArray[Any] | None) -> float:
        values = self._predicted(self._model.predict(X))
        return float(r2_score(y, values, sample_weight=weights)) if np.isfinite(values).all() else np.nan
