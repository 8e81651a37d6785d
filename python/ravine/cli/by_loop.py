"""Training by ``ravine.fit``: epochs, the best of which is kept."""

from __future__ import annotations

import argparse
import math

import ravine as rv
from ravine.cli.errors import InputError, TrainingError
from ravine.cli.explain import stopped_text
from ravine.cli.job import Job, Outcome
from ravine.cli.loop import Plan
from ravine.cli.report import learning_picture, loss_name
from ravine.probabilities import metric_name

__all__ = ["by_loop"]


def by_loop(options: argparse.Namespace, job: Job, plan: Plan) -> Outcome:
    """Train, and say what came of it."""
    history, interrupted = _fit(options, job, plan)
    texts = [] if history.starts is None else [str(history.starts)]
    return Outcome(
        texts=[*texts, stopped_text(history, plan)],
        l2=job.l2,
        seconds=float(history["seconds"][-1]),
        interrupted=interrupted,
        pictures={"curve": lambda title: learning_picture(history, title, job.l2)},
    )


class _Keeper:
    """Notes the epochs and the best parameters, should Ctrl-C end the run."""

    def __init__(self, net: rv.MLP, keep_best: bool) -> None:
        self._net, self._keep_best = net, keep_best
        self._least = math.inf
        self._theta = net.theta.copy()
        self._best_epoch = 0
        self._records: list[rv.EpochRecord] = []

    def __call__(self, record: rv.EpochRecord) -> None:
        self._records.append(record)
        if not self._keep_best or record.validation_loss < self._least:
            self._least, self._best_epoch = record.validation_loss, record.epoch
            self._theta[...] = self._net.theta

    def history(self, metric: str) -> rv.History | None:
        """What there is so far, the network being left with what was kept; None in the first epoch."""
        if not self._records:
            return None
        self._net.theta = self._theta
        message = f"Ctrl-C ended the run, in epoch {len(self._records) + 1}."
        reason = rv.StopReason.CALLBACK
        return rv.History(tuple(self._records), metric, reason, message, self._best_epoch)


def _fit(options: argparse.Namespace, job: Job, plan: Plan) -> tuple[rv.History, bool]:
    """Train; return the history, and whether Ctrl-C ended it."""
    net, validation = job.model.net, job.validation
    loss = loss_name(job.recipe)
    keeper = _Keeper(net, plan.early_stopping is not None)
    try:
        history = rv.fit(
            net,
            job.training.X,
            job.training.y,
            loss=loss,
            optimizer=plan.solver,
            epochs=plan.epochs,
            batch_size=plan.batch_size,
            validation_data=None if validation is None else (validation.X, validation.y),
            callbacks=[keeper] if options.starts == 1 else [],  # several starts have no single course
            seed=options.seed,
            l2=job.l2,
            progress=not options.quiet,
            schedule=plan.schedule,
            clip_norm=plan.clip_norm,
            early_stopping=plan.early_stopping,
            max_time=options.time_budget,
            starts=options.starts,
            checkpoint=options.checkpoint,
            resume=options.resume,
        )
    except rv.CheckpointError as error:
        raise InputError(f"--checkpoint: {error}") from error
    except KeyboardInterrupt:
        kept = keeper.history(metric_name(loss))
        if kept is None:
            raise
        return kept, True
    if history.stop_reason is rv.StopReason.NOT_FINITE:
        advice = "" if plan.whole else "; a smaller --lr may help"
        raise TrainingError(f"{history.message} Nothing was written{advice}")
    if not history.records:
        raise TrainingError(f"{history.message} Nothing was written")
    return history, False
