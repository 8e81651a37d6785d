"""The classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from ravine.probabilities import probabilities
from ravine.sklearn.arguments import keep
from ravine.sklearn.perceptron import Perceptron
from ravine.sklearn.solvers import trains_in_batches

__all__ = ["MLPClassifier"]


class MLPClassifier(ClassifierMixin, Perceptron):
    """Classification by a multilayer perceptron, with the face of ``sklearn.neural_network.MLPClassifier``.

    It minimises J = Σ_i w_i L(f(x_i), y_i) / Σ_i w_i + alpha/(2 Σ_i w_i) ‖W‖² over weights W (not penalised:
    biases), L the cross entropy: of one logistic output for two classes, of a softmax for more, summed over
    logistic outputs where y is an indicator matrix of several labels a row. x is standardised by default.

    Parameters
    ----------
    hidden_layer_sizes : widths of the hidden layers; (): a linear model.
    activation : "identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu",
        "sin".
    solver : "auto"; a rule of :mod:`ravine.optim` in mini-batches, by its name in small letters ("sgd",
        "adam", "rprop", …); a method of :func:`ravine.minimize` ("lbfgs", "levenberg-marquardt", "newton",
        …). What "auto" chose is told by ``solver_`` (docs/from_scikit_learn.md).
    alpha : ≥ 0; with `standardize` W are the weights inside, on standardised inputs and targets. "evidence":
        what makes the data most probable (:func:`ravine.fit_evidence`); needs a minimiser.
    batch_size, learning_rate_init, shuffle, n_iter_no_change : of the rules. A run ends after more than
        n_iter_no_change epochs in a row without a gain of tol.
    learning_rate, power_t, momentum, nesterovs_momentum : of "sgd".
    beta_1, beta_2, epsilon : of "adam", "adamw", "adamax", "nadam" and "radam".
    max_iter : epochs of a rule, iterations of a minimiser (in each round of the evidence).
    tol : of the training loss or validation score; for a minimiser of the gradient's 2-norm: ‖∇J‖ ≤ tol for
        first-order methods, 1e-4 tol for others.
    max_fun : evaluations of J of a minimiser.
    random_state : int, RandomState or None: start (scikit-learn's own, draw for draw), held-out rows, order.
    early_stopping, validation_fraction : hold rows out, judge each iteration by their score, end after more
        than n_iter_no_change without a gain of tol, and keep the best. For every solver, but for
        solver="lbfgs", where it is ignored as in scikit-learn (unless X_val is given to fit).
    warm_start : go on from the last fit, with its classes and its standardisation.
    verbose : print a line an iteration.
    class_weight : None, a dict {class: weight}, or "balanced"; multiplies the weights of the rows.
    standardize : bring inputs to mean 0 and deviation 1 inside, measured with the weights of the rows that
        are trained on. ``coefs_`` and ``intercepts_`` are folded back to raw numbers.
    solver_options : dict of options of the rule or method, by its own names; they go before the arguments.
    uncertainty : "laplace": a Gaussian around the minimum (:func:`ravine.laplace`), its prior from alpha, for
        error bars. "auto" then takes Newton's method or L-BFGS.

    Attributes
    ----------
    coefs_, intercepts_ : a plain forward pass with them on raw X gives the predictions.
    classes_, n_features_in_, feature_names_in_, n_layers_, n_outputs_, out_activation_ : as scikit-learn's.
    loss_, loss_curve_, best_loss_ : J at the end, after each iteration (mean of an epoch's batches), lowest.
    validation_scores_, best_validation_score_ : accuracies after each iteration; None without such rows.
    n_iter_, t_ : iterations (rounds of the evidence), and rows gone through.
    solver_ : who trained.
    stop_reason_, stop_message_ : a :class:`ravine.StopReason` (of the evidence its own), and a sentence.
    alpha_ : the strength that was used.
    posterior_ : with `uncertainty` the :class:`ravine.LaplacePosterior`, else None.
    effective_parameters_ : how many parameters the data have determined, with `uncertainty` or evidence.
    result_ : the :class:`ravine.MinimizeResult`, the :class:`ravine.History`, or the rounds of the evidence;
        None after Ctrl-C.

    A ConvergenceWarning is given where the end is none to be glad of, such as max_iter; its message says what
    it was. After Ctrl-C a warning says that what had been reached is kept.

    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from ravine.sklearn import MLPClassifier
    >>> X, X_test, y, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
    >>> model = MLPClassifier(random_state=0).fit(X, y)
    >>> bool(model.score(X_test, y_test) > 0.95), model.stop_reason_.name
    (True, 'GRADIENT_SMALL')
    """

    classes_: NDArray[Any]
    _multilabel: bool
    _numeric = False

    def __init__(
        self,
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
        class_weight: Any = None,
        standardize: bool = True,
        solver_options: Any = None,
        uncertainty: str | None = None,
    ) -> None:
        keep(self, locals())

    @available_if(trains_in_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> MLPClassifier:
        """Go once over the rows from where the network is.

        The first call measures what the inputs are standardised by, and draws the network.

        Parameters
        ----------
        X, y, sample_weight : as for :meth:`fit`.
        classes : all labels that will ever be there; needed in the first call.
        """
        self._announced(classes, y)
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the labels, (N,), or the (N, n_outputs_) indicators of several labels a row.

        They are the most probable ones of :meth:`predict_proba`.
        """
        rows = self._rows_at(X)
        if self.posterior_ is not None and self._loss() == "cross_entropy":
            return self._predicted(self.posterior_.predict_proba(rows))
        return self._predicted(self._model.predict(rows))  # averages of logistic outputs keep their side of ½

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Return the probability of each class, (N, classes) in the order of ``classes_``; rows sum to 1.

        Of several labels a row each has a probability of its own. With `uncertainty` they are averages over
        what the data leave open about the network, and farther from certainty away from the data.
        """
        rows = self._rows_at(X)
        if len(self.classes_) == 1:
            result = np.ones((len(rows), 1))
        elif self.posterior_ is None:
            result = probabilities(self._model.predict(rows), self._loss())
        else:
            result = self.posterior_.predict_proba(rows)
        if not self._multilabel and len(self.classes_) == 2:
            result = np.hstack([1 - result, result])
        return result.astype(self.coefs_[0].dtype, copy=False)

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Return the logarithms of :meth:`predict_proba`; of a probability that is 0, -inf."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def _predicted(self, outputs: NDArray[Any]) -> NDArray[Any]:
        if self._multilabel:
            return (outputs > 0).astype(int)
        if len(self.classes_) > 2:
            index = outputs.argmax(axis=1)
        else:
            index = (outputs[:, 0] > 0) * (len(self.classes_) - 1)
        return np.asarray(self.classes_[index])

    def _announced(self, classes: Any, y: Any) -> None:
        """Learn the classes from a first call of partial_fit, or compare them with what is known."""
        if hasattr(self, "classes_"):
            if classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
                raise ValueError(
                    f"classes={classes!r} are not those of the last call to partial_fit: {self.classes_!r}"
                )
            return
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        self._multilabel = type_of_target(y).startswith("multilabel")
        self.classes_ = unique_labels(classes)

    def _learn_classes(self, y: NDArray[Any], anew: bool) -> None:
        check_classification_targets(y)
        multilabel = y.ndim == 2
        if multilabel and not type_of_target(y).startswith("multilabel"):
            raise ValueError("y with several columns must be indicators, 0 or 1, of the labels of each row")
        labels = np.arange(y.shape[1]) if multilabel else np.unique(y)
        if anew:
            self.classes_, self._multilabel = labels, multilabel
        elif self.warm_start and not np.array_equal(labels, self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {labels}"
            )
        elif (unknown := np.setdiff1d(labels, self.classes_)).size:
            raise ValueError(f"`y` has classes not in `self.classes_`: {unknown.tolist()}")

    def _outputs(self, y: NDArray[Any]) -> int:
        return len(self.classes_) if y.ndim == 1 and len(self.classes_) > 2 else super()._outputs(y)

    def _weigh(self, weights: NDArray[Any] | None, y: NDArray[Any]) -> NDArray[Any] | None:
        if self.class_weight is None:
            return weights
        if self._multilabel:
            raise ValueError("class_weight needs one label a row: several are weighed by sample_weight")
        counts = np.ones(len(y)) if weights is None else weights
        index = np.searchsorted(self.classes_, y)
        if isinstance(self.class_weight, str) and self.class_weight == "balanced":
            # A row of weight 2 counts as two rows: scikit-learn's own formula looks at the rows alone.
            there = np.bincount(index, counts, len(self.classes_))
            factors = there.sum() / (np.count_nonzero(there) * np.where(there > 0, there, 1))
        else:
            factors = compute_class_weight(self.class_weight, classes=self.classes_, y=y)
        return np.asarray(counts * factors[index])

    @property
    def _stratifies(self) -> bool:
        return len(self.classes_) == 2 and not self._multilabel  # as scikit-learn does

    def _network_targets(self, y: NDArray[Any]) -> NDArray[Any]:
        if self._multilabel:
            return y.astype(self._model.net.dtype)
        index = np.searchsorted(self.classes_, y)
        return index if len(self.classes_) > 2 else index.astype(self._model.net.dtype)

    def _loss(self) -> str:
        return "cross_entropy" if len(self.classes_) > 2 and not self._multilabel else "binary_cross_entropy"

    def _out_activation(self) -> str:
        return "softmax" if self._loss() == "cross_entropy" else "logistic"

    def _score(self, X: NDArray[Any], y: NDArray[Any], weights: NDArray[Any] | None) -> float:
        return float(accuracy_score(y, self._predicted(self._model.predict(X)), sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _more_tags(self) -> dict[str, bool]:  # scikit-learn before 1.6
        return {"multilabel": True}
