"""scikit-learn: ``MLPClassifier`` without penalty and without early stopping."""

from __future__ import annotations

import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from bench.cases import Case
from bench.peers import BETAS, EPS, LEARNING_RATE, Program, UnsupportedCaseError
from bench.problems import Array, Problem, layers, pack


def versions() -> str:
    """What runs."""
    return f"scikit-learn {sklearn.__version__}"


def build(case: Case, problem: Problem, threads: int) -> Program:
    """The program of a case; the number of threads came through the environment."""
    del threads
    if case.kind != "epoch":
        raise UnsupportedCaseError(case.kind)
    # It is told to do a few epochs, and says each time that these were few.
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = _classifier(case, max_iter=case.epochs, tol=0.0, n_iter_no_change=10**9)
    return Program(
        lambda: model.fit(problem.X, problem.y),
        lambda: {"theta": _one_epoch(case, problem)},
        units=case.epochs,
    )


def _classifier(case: Case, **options: object) -> MLPClassifier:
    return MLPClassifier(
        hidden_layer_sizes=case.widths[1:-1],
        activation=case.activation,
        solver="adam",
        alpha=0.0,
        batch_size=case.batch,
        learning_rate_init=LEARNING_RATE,
        beta_1=BETAS[0],
        beta_2=BETAS[1],
        epsilon=EPS,
        random_state=0,
        **options,
    )


def _one_epoch(case: Case, problem: Problem) -> Array:
    """One unshuffled epoch from the problem's θ, which has to be put where scikit-learn has put its own."""
    model = _classifier(case, shuffle=False)
    model.partial_fit(problem.X, problem.y, classes=np.arange(case.widths[-1]))
    start = layers(case, problem.theta)
    model.coefs_ = [W.copy() for W, _ in start]
    model.intercepts_ = [b.copy() for _, b in start]
    del model._optimizer  # the running averages of the first call; the next call makes new ones
    model.partial_fit(problem.X, problem.y)
    return pack(list(zip(model.coefs_, model.intercepts_, strict=True)))
