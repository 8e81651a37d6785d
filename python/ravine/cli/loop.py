"""Who trains in ``ravine train``, and how far: the options as ``ravine.fit`` takes them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import ravine as rv
from ravine.cli.errors import InputError
from ravine.cli.recipe import CLASSIFICATION
from ravine.minimizers.options import METHODS
from ravine.optim.options import nearest

__all__ = ["OF_RULES", "SCHEDULES", "Plan", "default_widths", "is_method", "plan_of", "solver_of"]

SCHEDULES = ("linear", "constant", "cosine", "one-cycle", "plateau")

_LAST = 0.01
"""The share of the rate that is left at the end of a linear or cosine schedule."""

OF_RULES = ("batch_size", "lr", "schedule", "clip_norm")

PATIENCE = 20
"""Epochs without a better validation loss after which a method ends unless it is told otherwise."""

_ENDLESS = 10**9
"""Patience that no run exhausts: its best epoch is kept, and its number of epochs may change on resuming."""


def default_widths(task: str, uncertainty: bool) -> list[int]:
    """Hidden widths: few where matrices of all parameters are worked with, which are then cheap."""
    if task == CLASSIFICATION:
        return [16] if uncertainty else [64, 64]
    return [32]


@dataclass(frozen=True)
class Plan:
    """A rule or a minimiser, and what it is told.

    early_stopping : None to keep the last epoch; endless patience keeps the best one and never ends early.
    """

    solver: rv.optim.Optimizer | rv.Minimizer
    epochs: int
    early_stopping: rv.EarlyStopping | None
    batch_size: int | None = None
    schedule: Any = None
    clip_norm: float | None = None
    rate_text: str = ""
    l2: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether an epoch is an iteration over all rows."""
        return isinstance(self.solver, rv.Minimizer)

    @property
    def name(self) -> str:
        """What the solver is called."""
        return self.solver.method if isinstance(self.solver, rv.Minimizer) else self.solver.rule

    def __str__(self) -> str:
        """Who makes how many updates of what."""
        if self.whole:
            text = f"{self.name} on all rows, at most {self.epochs} epochs"
        else:
            text = f"{self.name}, {self.epochs} epochs, batches of {self.batch_size}, {self.rate_text}"
        return f"{text}{self._ending()}, l2 {self.l2:g}"

    def _ending(self) -> str:
        if self.early_stopping is None:
            return ""
        if self.early_stopping.patience == _ENDLESS:
            return ", the best is kept"
        return f", the best is kept, the end {self.early_stopping.patience} after it"


def plan_of(options: argparse.Namespace, *, task: str, validated: bool, l2: float) -> Plan:
    """Return who trains, as the options and the task ask for."""
    name = options.solver if options.solver is not None else _default(options, task)
    given = [option for option in OF_RULES if getattr(options, option) is not None]
    if options.resume and options.checkpoint is None:
        raise InputError("--resume needs --checkpoint FILE, to know from where")
    if options.starts > 1 and options.checkpoint is not None:
        raise InputError("--checkpoint and --starts exclude each other")
    if is_method(name):
        if given:
            option = given[0].replace("_", "-")
            raise InputError(
                f"--{option} belongs to rules such as adam: {name} takes all rows at once, leave it out"
            )
        if options.dtype != "float64":
            raise InputError(f"--solver {name} works in --dtype float64")
        epochs = options.epochs or 500
        stopping = _early_stopping(options, validated, PATIENCE)
        return Plan(solver_of(name, None), epochs, stopping, l2=l2)
    epochs, lr = options.epochs or 100, options.lr or 3e-3
    schedule, rate_text = _schedule(options.schedule or "linear", lr)
    return Plan(
        solver_of(name, lr),
        epochs,
        _early_stopping(options, validated, _ENDLESS),
        options.batch_size or 32,
        schedule,
        options.clip_norm,
        rate_text,
        l2,
    )


def _default(options: argparse.Namespace, task: str) -> str:
    """The solver that suits the data; options that speak of mini-batches ask for them."""
    batches = any(getattr(options, option) is not None for option in OF_RULES)
    return "adam" if task == CLASSIFICATION or batches or options.dtype != "float64" else "auto"


def is_method(name: str) -> bool:
    """Whether it is a method of ravine.minimize, not a rule."""
    return name.lower().replace("_", "-") in METHODS


def solver_of(name: str, lr: float | None) -> rv.optim.Optimizer | rv.Minimizer:
    """The rule or the method of that name; else an InputError that names the nearest."""
    try:
        if is_method(name):
            return rv.Minimizer(name)
        rules = tuple(rule.lower() for rule in rv.optim.RULES)
        if name.lower() not in rules:
            there_are = f"; the rules are {', '.join(rules)}, the methods {', '.join(METHODS)}"
            near = nearest(name.lower(), (*rules, *METHODS)) or there_are
            raise InputError(f"--solver: there is no {name!r}{near}")
        return rv.optim.create(name, {"lr": lr})
    except (ValueError, TypeError) as error:
        raise InputError(f"--solver: {error}") from error


def _early_stopping(options: argparse.Namespace, validated: bool, default: int) -> rv.EarlyStopping | None:
    patience = options.early_stopping
    if patience and not validated:
        raise InputError("--early-stopping needs rows to validate on: --validation 0 leaves none")
    if patience is None:
        patience = default if validated else 0
    return rv.EarlyStopping(patience=patience) if patience else None


def _schedule(name: str, lr: float) -> tuple[Any, str]:
    """The schedule of the rate, and what it will do in words."""
    falling = f"rate {lr:g} falling to {lr * _LAST:g}"
    schedules: dict[str, tuple[Any, str]] = {
        "linear": (rv.schedules.Linear(lr, lr * _LAST), falling),
        "constant": (rv.schedules.Constant(lr), f"rate {lr:g}"),
        "cosine": (rv.schedules.Cosine(lr, lr * _LAST), falling),
        "one-cycle": (rv.schedules.OneCycle(lr), f"rate up to {lr:g} and down"),
        "plateau": (rv.schedules.OnPlateau(lr, factor=0.3, patience=5), f"rate {lr:g}, lowered on plateaus"),
    }
    return schedules[name]
