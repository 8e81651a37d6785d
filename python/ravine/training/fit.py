"""Training by mini-batches or by a minimiser: the core runs, Python is asked between epochs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ravine.arrays import require_count
from ravine.history import History
from ravine.losses import Loss
from ravine.minimizers.minimizer import Minimizer
from ravine.network import MLP
from ravine.objective import EmpiricalRisk
from ravine.optim import Adam, Optimizer
from ravine.probabilities import metric_name
from ravine.progress import Progress
from ravine.schedules import OnPlateau, ScheduleLike
from ravine.seeds import Seed, seeds_of, stream_key
from ravine.targets import ClassWeight
from ravine.training.batches import USUAL_BATCH, Shuffle, require_shuffle, rows_a_batch
from ravine.training.checkpoint import Checkpoint
from ravine.training.course import Course
from ravine.training.early_stopping import EarlyStopping
from ravine.training.full_batch import FullBatchRun, require_whole
from ravine.training.perturbation import Perturbation
from ravine.training.run import Run
from ravine.training.settings import (
    Callback,
    Settings,
    StepCallback,
    describe,
    listeners,
    require_rule,
)
from ravine.training.sources import Rows
from ravine.training.starts import train_starts
from ravine.training.validation import Validation, validation_of

__all__ = ["fit"]


def fit(
    net: MLP,
    X: ArrayLike,
    y: ArrayLike,
    loss: str | Loss = "squared_error",
    optimizer: Optimizer | Minimizer | str | None = None,
    epochs: int = 100,
    batch_size: int | None = USUAL_BATCH,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    callbacks: Iterable[Callback] = (),
    seed: Seed = 0,
    shuffle: Shuffle = True,
    l2: float | Sequence[float] = 0.0,
    sample_weight: ArrayLike | None = None,
    progress: bool = False,
    *,
    schedule: ScheduleLike | OnPlateau | None = None,
    momentum_schedule: ScheduleLike | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    perturbation: Perturbation | None = None,
    early_stopping: EarlyStopping | None = None,
    goal: float | None = None,
    max_time: float | None = None,
    max_updates: int | None = None,
    step_callbacks: Iterable[StepCallback] = (),
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None,
    resume: bool = False,
    starts: int = 1,
    reduction: str = "mean",
    l1: float | Sequence[float] = 0.0,
    prior: ArrayLike | MLP | None = None,
    class_weight: ClassWeight | None = None,
    missing: str = "refuse",
) -> History:
    """Train the network, by mini-batches or all rows at once; return the history; theta is changed in place.

    Each update is ``optimizer.step(theta, ∇J_B(theta))`` with the unbiased gradient of a batch B of the
    :class:`EmpiricalRisk`; `fit` equals, bit for bit, the plain loop in docs/tutorial.md. The same seed gives
    the same bits whatever the number of threads. With a minimiser as the optimizer an epoch is one of its
    iterations over all rows, from the same theta to the bit that of :func:`ravine.minimize`.

    Parameters
    ----------
    net, X, y, loss, l2, sample_weight, reduction, l1, prior, class_weight, missing : as for
        :class:`EmpiricalRisk`.
    optimizer : a rule of :mod:`ravine.optim`, ``Adam()`` by default; its ``lr`` may be set by a callback. Or
        a :class:`ravine.Minimizer`, or its name, such as "levenberg-marquardt" (docs/training.md).
    epochs : number of passes over the rows, or of a minimiser's epochs.
    batch_size : rows an update, None: all; the last batch has what is left. A minimiser takes all.
    validation_data : (Xv, yv), evaluated after each epoch, without weights and penalties; what is missing in
        yv is masked as in y.
    callbacks : each is called with the :class:`EpochRecord` of the epoch.
    seed : int, SeedSequence, Generator or None, for the order of the rows.
    shuffle : True: a new order each epoch; "once": one order for all; False: as they lie; "independent": each
        epoch draws as many rows as there are, with replacement.
    progress : show a line about each epoch on standard error.
    schedule : of :mod:`ravine.schedules`, or a callable: the rate of update k = 0, 1, … of this run.
    momentum_schedule : likewise for the momentum, where the rule has one.
    clip_norm, clip_value : bounds for each gradient: of its norm, then of each entry.
    perturbation : a :class:`Perturbation`, noise where the gradient is small.
    early_stopping : an :class:`EarlyStopping`.
    goal : stop once the validation loss (without such data: the epoch's loss) is no greater.
    max_time : seconds after which no update is begun.
    max_updates : updates after which the run ends, also within an epoch.
    step_callbacks : each is called with the :class:`StepRecord` of each update; this costs some
        microseconds an update and changes no bit.
    checkpoint : a path or a :class:`Checkpoint`: the run is written there as it goes on.
    resume : go on from the checkpoint, to the bit as if nothing had happened; a run without one is begun.
        The bounds (epochs, max_updates, max_time) may have changed, unless a schedule spans them.

    starts : so many runs from different seeds (seed, seed + 1, …), as many at a time as there are threads.
        Each draws its own start by ``net.initialize``, and is to the bit what it would be alone. The best
        one (by validation loss, else by the training risk) is left in `net` and `optimizer`, its history is
        returned, and ``history.starts`` tells of all. max_time holds for each; Ctrl-C leaves theta as it was.

    A loss, gradient or parameter that is not finite ends the run: theta is then the best of all epochs (by
    what is monitored) and the history says at which update. Ctrl-C raises KeyboardInterrupt with theta at the
    last finished update.

    >>> import numpy as np, ravine as rv
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> net = rv.MLP([1, 16, 1], seed=0)
    >>> history = rv.fit(net, x, x[:, 0] ** 2, optimizer=rv.optim.Adam(lr=0.01), epochs=200)
    >>> bool(history["loss"][-1] < 1e-3)
    True
    """
    minimizer = Minimizer.of(optimizer)
    rule = minimizer or require_rule(Adam() if optimizer is None else optimizer, momentum_schedule)
    key = stream_key(seed)
    require_shuffle(shuffle)
    size = batch_size if batch_size is None else require_count(batch_size, "batch_size")
    settings = Settings(
        epochs=require_count(epochs, "epochs"),
        key=key,
        schedule=schedule,
        momentum_schedule=momentum_schedule,
        clip_norm=clip_norm,
        clip_value=clip_value,
        perturbation=perturbation,
        early_stopping=early_stopping,
        goal=goal,
        max_time=max_time,
        max_updates=max_updates,
        callbacks=listeners(callbacks, "callbacks"),
        step_callbacks=listeners(step_callbacks, "step_callbacks"),
        checkpoint=Checkpoint.of(checkpoint),
    )
    _require_alone(starts, settings)
    _require_resumable(settings.checkpoint, resume, seed)
    risk = EmpiricalRisk(
        net,
        X,
        y,
        loss,
        l2,
        sample_weight,
        reduction,
        l1=l1,
        prior=prior,
        class_weight=class_weight,
        missing=missing,
    )
    if minimizer is not None:
        require_whole(minimizer, risk, settings, size)
        size, shuffle = None, False
    validation = None if validation_data is None else validation_of(net, validation_data, loss, missing)
    source = Rows(risk, rows_a_batch(size, risk.sample_count), shuffle, key)
    most = epochs * source.batches
    settings = settings.over(most if max_updates is None else min(most, max_updates))
    if settings.checkpoint is not None:
        options = {"l1": l1, "l2": l2, "sample_weight": sample_weight, "class_weight": class_weight}
        order = {"missing": missing, "shuffle": shuffle, "batch_size": batch_size, "seed": key}
        settings = replace(settings, facts=_facts(risk, validation, rule, settings, {**options, **order}))

    def make_run(twin: MLP, own_rule: Any, seed: int, given_up: Callable[[], bool] | None) -> Course:
        own = replace(settings, key=stream_key(seed))
        judge = None if validation is None else validation.of(twin)
        return _run(twin, risk, source.with_key(own.key), judge, own_rule, own, given_up)

    with ExitStack() as stack:
        bar = None
        if progress:
            name = metric_name(loss) if validation is not None else None
            total, unit = (epochs, "epoch") if starts == 1 else (starts, "best of starts")
            bar = stack.enter_context(Progress(total, metric_name=name, unit=unit))
        if starts > 1:
            return train_starts(net, rule, seeds_of(seed, starts), make_run, bar)
        if bar is not None:
            settings = replace(settings, callbacks=(*settings.callbacks, bar))
        run = _run(net, risk, source, validation, rule, settings)
        if resume:
            run.resume()
        return run.train()


def _run(
    net: MLP,
    risk: EmpiricalRisk,
    source: Rows,
    validation: Validation | None,
    rule: Optimizer | Minimizer,
    settings: Settings,
    given_up: Callable[[], bool] | None = None,
) -> Course:
    """The run that the rule asks for."""
    if isinstance(rule, Minimizer):
        return FullBatchRun(net, risk, source, validation, rule, settings, given_up)
    return Run(net, source, risk.loss_function, validation, rule, settings, given_up)


def _require_alone(starts: int, settings: Settings) -> None:
    """Several starts have no single course that somebody could look at, or go on with."""
    require_count(starts, "starts")
    for name in ("callbacks", "step_callbacks", "checkpoint"):
        if starts > 1 and getattr(settings, name):
            raise ValueError(f"{name} must be left out with starts={starts}: runs go on at the same time")


def _require_resumable(checkpoint: Checkpoint | None, resume: bool, seed: Seed) -> None:
    if checkpoint is None:
        if resume:
            raise ValueError("resume=True needs a checkpoint to resume from: checkpoint=path")
    elif seed is None or isinstance(seed, np.random.Generator):
        kind = type(seed).__name__
        raise ValueError(f"checkpoint needs a seed that gives the same order again, an int, got {kind}")


def _facts(
    risk: EmpiricalRisk,
    validation: Validation | None,
    rule: Any,
    settings: Settings,
    options: dict[str, Any],
) -> dict[str, str]:
    """All that decides the bits of a run, by the names that a user knows."""
    net = risk.net
    named = {
        "network": (net.widths, net.activations, net.biases, net.dtype.name),
        "optimizer": rule if isinstance(rule, Minimizer) else (type(rule).__name__, rule.options),
        "X": risk._inputs,
        "y": risk._targets,
        "validation_data": None if validation is None else validation.inputs,
        "loss": risk.loss_function,
        "reduction": risk.reduction,
        "prior": risk.prior,
        "schedule": settings.schedule,
        "momentum_schedule": settings.momentum_schedule,
        "clip_norm": settings.clip_norm,
        "clip_value": settings.clip_value,
        "perturbation": settings.perturbation,
        "early_stopping": settings.early_stopping,
        "goal": settings.goal,
        **options,
    }
    return {name: describe(value) for name, value in named.items()}
