"""Who trains an estimator: a rule of ravine.optim in mini-batches, or a method of ravine.minimize."""

from __future__ import annotations

import inspect
import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.history import History, StopReason
from ravine.losses import Loss
from ravine.minimizers.minimize import minimize
from ravine.minimizers.options import METHODS
from ravine.minimizers.result import MinimizeResult
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.optim import RULES, Optimizer, create
from ravine.optim.options import nearest
from ravine.scaled_model import ScaledModel
from ravine.sklearn.watch import Watch
from ravine.training.fit import fit
from ravine.uncertainty.evidence import EvidenceRound, EvidenceStop, fit_evidence
from ravine.uncertainty.posterior import LaplacePosterior

__all__ = [
    "Outcome",
    "Task",
    "choose",
    "make_rule",
    "solver_name",
    "train_by_evidence",
    "train_by_method",
    "train_by_rule",
    "trains_in_batches",
]

RULE_NAMES = tuple(name.lower() for name in RULES)
SOLVERS = ("auto", *RULE_NAMES, *METHODS[1:])  # "auto" is a choice of our own
# The rules whose β and ε are the estimator's beta_1, beta_2 and epsilon.
_ADAMS = ("adam", "adamw", "adamax", "nadam", "radam")
# Arguments that only training in mini-batches has.
_OF_BATCHES = ("batch_size", "learning_rate_init", "beta_1", "beta_2", "epsilon")
_KINKED = ("relu", "leaky_relu")
# First-order methods end by SciPy's test of the relative decrease, too: kinks keep a gradient large.
_FIRST_ORDER = ("lbfgs", "bfgs", "nonlinear-cg", "gradient-descent")
_FTOL = 2.2e-9
# Second-order methods double their digits in an iteration, and what they say of curvature needs them.
_SECOND_ORDER_DIGITS = 1e-4
# Ends after which there is nothing to warn of.
_GOOD_ENDS = (
    StopReason.EARLY_STOPPING,
    StopReason.GRADIENT_SMALL,
    StopReason.VALUE_CONVERGED,
    StopReason.STEP_SMALL,
    StopReason.ROUNDING_FLOOR,
    StopReason.GOAL,
    StopReason.TIME,
)
# Rows from which a few epochs are enough, and parameters up to which matrices cost little.
MANY_ROWS, FEW_PARAMETERS = 20_000, 300
_FEW_BESIDE_A_POSTERIOR = 2000


@dataclass(frozen=True)
class Task:
    """What is to be minimised: the risk of a network on rows, targets and weights as it sees them."""

    net: MLP
    X: NDArray[Any]
    y: NDArray[Any]
    loss: str | Loss
    l2: float
    weights: NDArray[Any] | None

    def risk(self) -> EmpiricalRisk:
        """The risk itself."""
        return EmpiricalRisk(self.net, self.X, self.y, self.loss, self.l2, self.weights)


@dataclass(frozen=True)
class Outcome:
    """Why the training ended, and the record of it; None for one that was interrupted.

    good : whether the end is one to be glad of.
    loss : J at the end; None: that of the last epoch.
    l2, posterior : what the evidence has chosen, and the posterior there; None where it was not asked.
    """

    reason: StopReason | EvidenceStop
    message: str
    result: History | MinimizeResult | tuple[EvidenceRound, ...] | None
    good: bool = True
    loss: float | None = None
    l2: float | None = None
    posterior: LaplacePosterior | None = None


def solver_name(solver: Any) -> str:
    """Return the solver by its name here; ValueError names the nearest of an unknown one."""
    name = str(solver).lower().replace("_", "-")
    if not isinstance(solver, str) or name not in SOLVERS:
        raise ValueError(
            f"solver must be one of {', '.join(SOLVERS)}, got {solver!r}{nearest(name, SOLVERS)}"
        )
    return name


def choose(estimator: Any, widths: tuple[int, ...], rows: int, incremental: bool) -> str:
    """Return what "auto" means for a network of these widths on so many rows.

    A network with as many parameters as there are numbers to fit can meet them all, noise and all: it is
    trained by Adam in mini-batches, whose end comes before that. So are many rows, of which a few epochs are
    enough, and whoever sets an argument that only mini-batches have. Others go to the minimum: by Newton's
    method where it costs little and there are no kinks to stumble over, else by L-BFGS. Error bars need the
    minimum, and a matrix anyway.
    """
    parameters = sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise(widths))
    if estimator.uncertainty is not None or estimator.alpha == "evidence":
        return "newton" if parameters <= _FEW_BESIDE_A_POSTERIOR else "lbfgs"
    defaults = inspect.signature(type(estimator)).parameters
    speaks_of_batches = any(getattr(estimator, name) != defaults[name].default for name in _OF_BATCHES)
    if incremental or speaks_of_batches or rows > MANY_ROWS or parameters >= rows * widths[-1]:
        return "adam"
    smooth = estimator.activation not in _KINKED
    return "newton" if smooth and parameters <= FEW_PARAMETERS else "lbfgs"


def trains_in_batches(estimator: Any) -> bool:
    """Whether there is a partial_fit; AttributeError says why not."""
    if estimator.solver in ("auto", *RULE_NAMES):
        return True
    raise AttributeError(
        f"partial_fit needs solver='auto' or a rule of mini-batches ({', '.join(RULE_NAMES)}): "
        f"{estimator.solver!r} is none"
    )


def make_rule(name: str, estimator: Any) -> Optimizer:
    """Return the rule with the options that the estimator's arguments give it."""
    options: dict[str, Any] = {"lr": estimator.learning_rate_init}
    if name in _ADAMS:
        options |= {"betas": (estimator.beta_1, estimator.beta_2), "eps": estimator.epsilon}
    if name == "sgd" and estimator.momentum > 0:
        options |= {
            "momentum": estimator.momentum,
            "nesterov": bool(estimator.nesterovs_momentum),
            "form": "velocity",
        }
    return create(name, {**options, **(estimator.solver_options or {})})


def train_by_rule(task: Task, rule: Optimizer, watch: Watch, **how: Any) -> Outcome:
    """Train in mini-batches; `how` is told to :func:`ravine.fit`: epochs, batch_size, shuffle, seed."""
    try:
        history = fit(
            task.net,
            task.X,
            task.y,
            task.loss,
            rule,
            callbacks=[lambda record: watch(record.loss)],
            l2=task.l2,
            sample_weight=task.weights,
            **how,
        )
    except KeyboardInterrupt:
        return _interrupted()
    reason, message = _told_by(watch, history.stop_reason, history.message)
    # A history of its own: the one that fit returns holds on to the data.
    kept = History(history.records, history.metric_name, reason, message, history.best_epoch)
    return Outcome(reason, message, kept, reason in _GOOD_ENDS)


def train_by_method(task: Task, method: str, estimator: Any, watch: Watch) -> Outcome:
    """Minimise the risk over all rows by a method of :func:`ravine.minimize`."""

    def look(intermediate_result: Any) -> None:
        if watch(intermediate_result.fun):
            raise StopIteration

    try:
        result = minimize(task.risk(), method=method, callback=look, options=_options(method, estimator))
    except KeyboardInterrupt:
        return _interrupted()
    watch.complete(result.history.loss)
    reason, message = _told_by(watch, result.reason, result.message)
    # Without the Hessian: it would be the largest part of a pickled estimator.
    kept = replace(result, reason=reason, message=message, hess=None)
    return Outcome(reason, message, kept, reason in _GOOD_ENDS, result.fun)


def train_by_evidence(task: Task, method: str, estimator: Any, watch: Watch, model: ScaledModel) -> Outcome:
    """Minimise the risk with the penalty that makes the data most probable; an iteration is a round."""
    try:
        found = fit_evidence(task.risk(), model=model, method=method, options=_options(method, estimator))
    except KeyboardInterrupt:
        return _interrupted()
    watch.complete(np.array([each.value for each in found.rounds]))
    l2 = float(found.risk.l2[0])
    loss = found.risk.value()
    return Outcome(found.reason, found.message, found.rounds, found.success, loss, l2, found.posterior)


def _options(method: str, estimator: Any) -> dict[str, Any]:
    """The options of a minimiser that the estimator's arguments give it."""
    options: dict[str, Any] = {"maxiter": estimator.max_iter, "max_fun": estimator.max_fun}
    if method in _FIRST_ORDER:
        options |= {"gtol": estimator.tol, "ftol": _FTOL}
    else:
        options |= {"gtol": estimator.tol * _SECOND_ORDER_DIGITS}
    return {**options, **(estimator.solver_options or {})}


def _interrupted() -> Outcome:
    return Outcome(StopReason.INTERRUPTED, str(StopReason.INTERRUPTED), None)


def _told_by(watch: Watch, reason: StopReason, message: str) -> tuple[StopReason, str]:
    """The watch asks to stop as a callback does; why, only it can say."""
    return (StopReason.EARLY_STOPPING, watch.sentence) if watch.tired else (reason, message)
