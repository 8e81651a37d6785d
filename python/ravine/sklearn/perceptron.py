"""What the two estimators have in common: how they are fitted, and what they then have."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, check_X_y, column_or_1d

from ravine.history import StopReason
from ravine.network import MLP
from ravine.scaled_model import ScaledModel
from ravine.scaling import Standardizer
from ravine.sklearn.arguments import check_arguments, hidden_widths
from ravine.sklearn.raw_units import raw_layers
from ravine.sklearn.rows import checked_weights, dense
from ravine.sklearn.solvers import (
    RULE_NAMES,
    Outcome,
    Task,
    choose,
    make_rule,
    solver_name,
    train_by_evidence,
    train_by_method,
    train_by_rule,
    trains_in_batches,
)
from ravine.sklearn.versions import validate_data
from ravine.sklearn.watch import Curves, Watch
from ravine.uncertainty.laplace import laplace
from ravine.uncertainty.posterior import LaplacePosterior

__all__ = ["Perceptron"]


class Perceptron(BaseEstimator, ABC):
    """A multilayer perceptron with scikit-learn's face; its arguments are told in the subclasses."""

    hidden_layer_sizes: Any
    activation: str
    solver: str
    alpha: Any
    batch_size: Any
    max_iter: int
    shuffle: bool
    random_state: Any
    tol: float
    warm_start: bool
    early_stopping: bool
    validation_fraction: float
    max_fun: int
    solver_options: Any
    standardize: bool
    uncertainty: str | None
    posterior_: LaplacePosterior | None

    _model: ScaledModel
    _curves: Curves
    _rule_state: dict[str, Any] | None
    _random_state: Any
    _stops_early: bool

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, X_val: Any = None, y_val: Any = None
    ) -> Perceptron:
        """Fit the network to the data.

        Parameters
        ----------
        X : (N, n) numbers, dense or sparse (a sparse one is made dense).
        y : targets or labels.
        sample_weight : (N,) not negative: a row of weight 2 is as good as two rows. None: all 1.
        X_val, y_val : rows to judge by after each iteration, in place of the share of the training rows that
            early_stopping sets aside. Without early_stopping their scores are recorded, and no more.
        """
        return self._fit(X, y, sample_weight, (X_val, y_val))

    @available_if(trains_in_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Perceptron:
        """Go once over the rows from where the network is; arguments as for :meth:`fit`.

        The first call measures what the inputs and targets are standardised by, and draws the network.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any] = (None, None),
        incremental: bool = False,
    ) -> Perceptron:
        check_arguments(self)
        solver = solver_name(self.solver)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        if incremental and (self.uncertainty is not None or self.alpha == "evidence"):
            raise ValueError("error bars and the evidence speak of a minimum: use fit, not partial_fit")
        # scikit-learn has its own "lbfgs" take no notice of it, and programs rely on that.
        self._stops_early = self.early_stopping and (self.solver != "lbfgs" or validation[0] is not None)
        first = not hasattr(self, "_model") or not (self.warm_start or incremental)
        X, y = self._validated(X, y, first)
        self._learn_classes(y, anew=first and not incremental)
        weights = self._weigh(checked_weights(sample_weight, len(X)), y)
        widths = (X.shape[1], *hidden_widths(self.hidden_layer_sizes), self._outputs(y))
        if solver == "auto":
            solver = choose(self, widths, len(X), incremental)
        if self.alpha == "evidence" and (solver in RULE_NAMES or self._stops_early):
            raise ValueError(
                "alpha='evidence' needs the minimum: a minimiser as solver, and early_stopping=False; "
                f"got solver={solver!r}, early_stopping={self.early_stopping}"
            )
        random = self._random_state if incremental and not first else check_random_state(self.random_state)
        narrow = solver in RULE_NAMES and self.uncertainty is None
        dtype = X.dtype if narrow else np.dtype(np.float64)
        net = self._drawn(widths, random, dtype) if first else self._gone_on_with(widths, dtype)
        X, y, weights, held_out = self._split(X, y, weights, validation, random)
        if first:
            self._scale(net, X, y, weights)
            self._curves, self._rule_state = Curves(), None
        self.solver_, self._random_state = solver, random
        self._train(X, y, weights, held_out, incremental)
        return self

    def _validated(self, X: Any, y: Any, first: bool) -> tuple[Any, Any]:
        """Check the data, as scikit-learn does, and make them dense."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=self._numeric,
            dtype=(np.float64, np.float32),
            reset=first,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return dense(X), dense(y)

    def _drawn(self, widths: tuple[int, ...], random: Any, dtype: np.dtype[Any]) -> MLP:
        """A network that starts where scikit-learn's does, draw for draw."""
        net = MLP(widths, self.activation, initializer="zeros", dtype=dtype)
        for layer in net.layers:
            factor = 2.0 if self.activation == "logistic" else 6.0
            bound = np.sqrt(factor / (layer.inputs + layer.outputs))
            layer.weight[...] = random.uniform(-bound, bound, layer.weight.shape)
            assert layer.bias is not None
            layer.bias[...] = random.uniform(-bound, bound, layer.outputs)
        return net

    def _gone_on_with(self, widths: tuple[int, ...], dtype: np.dtype[Any]) -> MLP:
        """The network of the last fit, in the precision that the solver wants."""
        net = self._model.net
        if net.widths != widths:
            raise ValueError(f"the widths are {widths}, those of the last fit, to go on from, {net.widths}")
        if net.dtype != dtype:
            theta = net.theta
            net = MLP(widths, self.activation, initializer="zeros", dtype=dtype)
            net.theta = theta
            self._model = replace(self._model, net=net)
        return net

    def _split(
        self, X: Any, y: Any, weights: Any, validation: tuple[Any, Any], random: Any
    ) -> tuple[Any, Any, Any, tuple[Any, Any, Any] | None]:
        """The rows to train on, and (X, y, weights) of those to judge by, None where there are none."""
        X_val, y_val = validation
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: one of them is None")
        if X_val is not None:
            X_val, y_val = check_X_y(
                X_val, y_val, accept_sparse=["csr", "csc"], multi_output=True, dtype=X.dtype
            )
            if X_val.shape[1] != X.shape[1]:
                raise ValueError(f"X_val has {X_val.shape[1]} features, X has {X.shape[1]}")
            return X, y, weights, (dense(X_val), dense(y_val), None)
        if not self._stops_early:
            return X, y, weights, None
        arrays = (X, y) if weights is None else (X, y, weights)
        parts = train_test_split(
            *arrays,
            random_state=random,
            test_size=self.validation_fraction,
            stratify=y if self._stratifies else None,
        )
        if len(parts[1]) < 2:
            raise ValueError(
                f"validation_fraction={self.validation_fraction} of {len(X)} rows are too few to judge by: "
                f"expected at least 2, got {len(parts[1])}"
            )
        train, judge = [*parts[::2], None][:3], [*parts[1::2], None][:3]
        return train[0], train[1], train[2], (judge[0], judge[1], judge[2])

    # Classes are not scaled: y is for the regressor, which extends this.
    def _scale(self, net: MLP, X: NDArray[Any], y: NDArray[Any], weights: NDArray[Any] | None) -> None:  # noqa: ARG002
        """Measure what inputs, and targets of a regression, are standardised by, on the rows to train on."""
        inputs = Standardizer.fit(X, sample_weight=weights) if self.standardize else None
        self._model = ScaledModel(net, inputs)

    def _train(self, X: Any, y: Any, weights: Any, held_out: Any, incremental: bool) -> None:
        model, net = self._model, self._model.net
        total = len(X) if weights is None else float(weights.sum())
        l2 = 0.0 if self.alpha == "evidence" else self.alpha / total
        task = Task(net, model.network_inputs(X), self._network_targets(y), self._loss(), l2, weights)
        is_rule = self.solver_ in RULE_NAMES
        rule = make_rule(self.solver_, self) if is_rule else None
        if rule is not None and incremental and self._rule_state is not None:
            rule.load_state_dict(self._rule_state)
        score = None if held_out is None else partial(self._score, *held_out)
        watch = Watch(self, self._curves, net, len(X), score, rule)
        if rule is not None:
            how = {
                "epochs": 1 if incremental else self.max_iter,
                "batch_size": self._rows_a_batch(len(X)),
                "shuffle": bool(self.shuffle),
                "seed": self._random_state.randint(2**31 - 1),
            }
            outcome = train_by_rule(task, rule, watch, **how)
            self._rule_state = rule.state_dict()
        elif self.alpha == "evidence":
            outcome = train_by_evidence(task, self.solver_, self, watch, model)
        else:
            outcome = train_by_method(task, self.solver_, self, watch)
        watch.restore_best()
        self.alpha_ = total * (l2 if outcome.l2 is None else outcome.l2)
        self._keep_posterior(task, outcome)
        self._tell(outcome, watch, X.dtype)
        if not incremental:
            self._warn(outcome)

    def _rows_a_batch(self, rows: int) -> int:
        if self.batch_size == "auto":
            return rows if self.solver_ == "rprop" else min(200, rows)  # Rprop compares signs between updates
        if self.batch_size > rows:
            warnings.warn(
                f"batch_size={self.batch_size} is more than the {rows} rows there are", stacklevel=6
            )
        return min(int(self.batch_size), rows)

    def _tell(self, outcome: Outcome, watch: Watch, dtype: np.dtype[Any]) -> None:
        """Set the attributes of a fitted estimator."""
        model, curves = self._model, self._curves
        self.coefs_, self.intercepts_ = raw_layers(model, dtype)
        self.n_layers_, self.n_outputs_ = len(model.net.widths), model.net.widths[-1]
        self.out_activation_ = self._out_activation()
        self.n_iter_, self.t_ = watch.iterations, curves.samples
        self.loss_curve_ = list(curves.loss)
        self.loss_ = outcome.loss
        if outcome.loss is None:
            self.loss_ = curves.loss[-1] if curves.loss else np.nan
        self.best_loss_ = None if self._stops_early else curves.best_loss
        self.validation_scores_ = list(curves.scores) or None
        self.best_validation_score_ = curves.best_score if curves.scores else None
        self.stop_reason_, self.stop_message_ = outcome.reason, outcome.message
        self.result_ = outcome.result

    def _keep_posterior(self, task: Task, outcome: Outcome) -> None:
        """Take, or make, the posterior at the minimum, and keep as much of it as was asked for."""
        posterior = outcome.posterior
        ended = outcome.reason is not StopReason.INTERRUPTED
        if posterior is None and ended and self.uncertainty is not None:
            posterior = laplace(task.risk(), model=self._model)
        self.posterior_ = None if self.uncertainty is None else posterior
        self.effective_parameters_ = None if posterior is None else posterior.effective_parameters

    def _warn(self, outcome: Outcome) -> None:
        if outcome.reason is StopReason.INTERRUPTED:
            warnings.warn("Training interrupted by user.", stacklevel=5)
        elif not outcome.good:
            warnings.warn(
                f"solver={self.solver_!r} has not converged: {outcome.message} (max_iter={self.max_iter})",
                ConvergenceWarning,
                stacklevel=5,
            )

        if self.posterior_ is not None and not self.posterior_.at_minimum:
            warnings.warn(self.posterior_.verdict, ConvergenceWarning, stacklevel=5)

    def _rows_at(self, X: Any) -> NDArray[Any]:
        """Raw rows to predict at, checked."""
        check_is_fitted(self, "coefs_")
        return dense(
            validate_data(self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False)
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def _stratifies(self) -> bool:
        """Whether the rows that are held out have the same share of each class."""
        return False

    def _outputs(self, y: NDArray[Any]) -> int:
        """How many outputs the network has."""
        return 1 if y.ndim == 1 else int(y.shape[1])

    # What a regressor and a classifier do in their own ways.

    _numeric: bool  # whether targets are numbers

    @abstractmethod
    def _learn_classes(self, y: NDArray[Any], anew: bool) -> None:
        """Learn which classes there are, or compare those of y with what is known."""

    @abstractmethod
    def _weigh(self, weights: NDArray[Any] | None, y: NDArray[Any]) -> NDArray[Any] | None:
        """Return what each row counts, by its own weight and that of its class."""

    @abstractmethod
    def _network_targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Return the targets as the network is trained on them."""

    @abstractmethod
    def _loss(self) -> str:
        """The name of the loss in ravine.losses."""

    @abstractmethod
    def _out_activation(self) -> str:
        """What makes predictions of the network's outputs, by scikit-learn's name."""

    @abstractmethod
    def _score(self, X: NDArray[Any], y: NDArray[Any], weights: NDArray[Any] | None) -> float:
        """R² or the share of rows classified rightly."""
