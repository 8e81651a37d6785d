"""What looks on while an estimator is trained: curves, printed lines, whether anything gets better."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ravine.network import MLP
from ravine.optim import Optimizer

__all__ = ["Curves", "Watch"]

_SMALLEST_RATE = 1e-6  # scikit-learn's: an adaptive rate is not divided below it


@dataclass
class Curves:
    """What has been seen of an estimator, over all of its fits that went on from each other."""

    loss: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best_loss: float = math.inf
    best_score: float = -math.inf
    waited: int = 0  # epochs in a row without a gain of tol
    samples: int = 0


class Watch:
    """Called after each epoch of a rule, or each iteration of a minimiser.

    Parameters
    ----------
    estimator : its arguments say when to stop and what to print.
    curves : what is carried on.
    net : what is trained.
    rows : how many rows an epoch goes through.
    score : of the network of now on the validation data; None without such data.
    rule : the rule of mini-batches, whose rate may be lowered; None for a minimiser.
    """

    def __init__(
        self,
        estimator: Any,
        curves: Curves,
        net: MLP,
        rows: int,
        score: Callable[[], float] | None,
        rule: Optimizer | None,
    ) -> None:
        self._settings = estimator
        self._curves = curves
        self._net = net
        self._rows = rows
        self._score = score
        self._rule = rule
        self._stops_early = bool(estimator._stops_early)
        self._schedule = estimator.learning_rate if rule is not None and rule.rule == "SGD" else "constant"
        self.iterations = 0
        self.tired = False
        self.best_theta: NDArray[Any] | None = None
        self._best_before = curves.best_score

    def __call__(self, loss: float) -> bool:
        """Take in where the iteration has led; whether to stop."""
        curves, before = self._curves, self._curves.loss[-1] if self.iterations else math.nan
        self.iterations += 1
        curves.samples += self._rows
        curves.loss.append(loss)
        self._print(f"Iteration {self.iterations}, loss = {loss:.8f}")
        if self._score is not None:
            self._take_score(self._score())
        if self._stops_early:
            # An iteration of a minimiser whose step was not taken says nothing about progress.
            gained = curves.scores[-1] >= self._best_before + self._settings.tol
            self._count(gained, skip=self._rule is None and loss == before)
        elif self._rule is not None:
            self._count(loss <= curves.best_loss - self._settings.tol)
        curves.best_loss = min(curves.best_loss, loss)
        if self._schedule == "invscaling" and self._rule is not None:
            rate = self._settings.learning_rate_init
            self._rule.lr = rate / (curves.samples + 1) ** self._settings.power_t
        if curves.waited > self._settings.n_iter_no_change:
            self.tired = not self._lower_rate()
        return self.tired

    def complete(self, losses: NDArray[Any]) -> None:
        """Take in all losses of a minimiser, which tells of its last iteration only when it has ended."""
        missed = len(losses) - self.iterations
        if missed > 0:
            curves = self._curves
            curves.loss[len(curves.loss) - self.iterations :] = losses.tolist()
            curves.best_loss = min(curves.best_loss, float(losses.min()))
            curves.samples += missed * self._rows
            self.iterations = len(losses)
            if self._score is not None:
                self._take_score(self._score())

    @property
    def sentence(self) -> str:
        """Why the run was stopped."""
        what = "Validation score" if self._stops_early else "Training loss"
        return (
            f"{what} did not improve more than tol={self._settings.tol:g} for "
            f"{self._settings.n_iter_no_change} consecutive epochs."
        )

    def restore_best(self) -> None:
        """Put back the parameters of the best validation score, where that decides when to stop."""
        if self._stops_early and self.best_theta is not None:
            self._net.theta[...] = self.best_theta

    def _take_score(self, score: float) -> None:
        curves = self._curves
        self._best_before = curves.best_score
        curves.scores.append(score)
        self._print(f"Validation score: {score:f}")
        if score > curves.best_score:
            curves.best_score = score
            self.best_theta = self._net.theta.copy()

    def _count(self, gained: bool, skip: bool = False) -> None:
        if not skip:
            self._curves.waited = 0 if gained else self._curves.waited + 1

    def _lower_rate(self) -> bool:
        """Go on with a fifth of the rate; False where that is not wanted, or the rate is at its end."""
        rule = self._rule
        if self._schedule != "adaptive" or rule is None or rule.lr <= _SMALLEST_RATE:
            self._print(f"{self.sentence} Stopping.")
            return False
        rule.lr /= 5
        self._curves.waited = 0
        self._print(f"{self.sentence} Setting learning rate to {rule.lr:f}")
        return True

    def _print(self, line: str) -> None:
        if self._settings.verbose:
            print(line)
