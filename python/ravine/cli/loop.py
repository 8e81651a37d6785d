"""The training loop's options of ``ravine train``, as ``ravine.fit`` takes them."""

from __future__ import annotations

import argparse
from typing import Any

import ravine as rv
from ravine.cli.errors import InputError
from ravine.minimizers.options import METHODS

__all__ = ["SCHEDULES", "loop_options", "optimizer_of", "updates_text"]

SCHEDULES = ("linear", "constant", "cosine", "one-cycle", "plateau")

_LAST = 0.01
"""The share of the rate that is left at the end of a linear or cosine schedule."""


def minimises(options: argparse.Namespace) -> bool:
    """Whether a method of rv.minimize is asked for: all rows an epoch, and no rate."""
    return options.optimizer.lower().replace("_", "-") in METHODS


def optimizer_of(options: argparse.Namespace) -> rv.optim.Optimizer | rv.Minimizer:
    """Return the rule or the minimiser that is asked for."""
    try:
        if minimises(options):
            return rv.Minimizer(options.optimizer)
        return rv.optim.create(options.optimizer, {"lr": options.lr})
    except (ValueError, TypeError) as error:
        raise InputError(f"--optimizer: {error}") from error


def updates_text(options: argparse.Namespace) -> str:
    """Return who makes how many updates of what."""
    rule = optimizer_of(options)
    if isinstance(rule, rv.Minimizer):
        return f"{rule.method}, {options.epochs} epochs, all rows"
    return f"{rule.rule}, {options.epochs} epochs, batches of {options.batch_size}, {rate_text(options)}"


def rate_text(options: argparse.Namespace) -> str:
    """Return what the rate will do."""
    texts = {
        "constant": f"rate {options.lr:g}",
        "one-cycle": f"rate up to {options.lr:g} and down",
        "plateau": f"rate {options.lr:g}, lowered on plateaus",
    }
    return texts.get(options.schedule, f"rate {options.lr:g} falling to {options.lr * _LAST:g}")


def loop_options(options: argparse.Namespace, validated: bool) -> dict[str, Any]:
    """Return the arguments of ``ravine.fit`` that follow from the options."""
    if options.patience is not None and not validated:
        raise InputError("--patience needs rows to validate on: --validation 0 leaves none")
    if options.resume and options.checkpoint is None:
        raise InputError("--resume needs --checkpoint FILE, to know from where")
    if options.starts > 1 and options.checkpoint is not None:
        raise InputError("--checkpoint and --starts exclude each other")
    whole = minimises(options)
    if whole and options.clip_norm is not None:
        raise InputError(
            f"--clip-norm belongs to rules of ravine.optim: leave it out with {options.optimizer}"
        )
    if whole and options.dtype != "float64":
        raise InputError(f"--optimizer {options.optimizer} works in --dtype float64")
    lr = options.lr
    schedules: dict[str, Any] = {
        "linear": rv.schedules.Linear(lr, lr * _LAST),
        "constant": rv.schedules.Constant(lr),
        "cosine": rv.schedules.Cosine(lr, lr * _LAST),
        "one-cycle": rv.schedules.OneCycle(lr),
        "plateau": rv.schedules.OnPlateau(lr, factor=0.3, patience=5),
    }
    return {
        "epochs": options.epochs,
        "batch_size": None if whole else options.batch_size,
        "seed": options.seed,
        "schedule": None if whole else schedules[options.schedule],
        "clip_norm": options.clip_norm,
        "early_stopping": None if options.patience is None else rv.EarlyStopping(patience=options.patience),
        "max_time": options.max_time,
        "starts": options.starts,
        "checkpoint": options.checkpoint,
        "resume": options.resume,
        "progress": not options.quiet,
    }
