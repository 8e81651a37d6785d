"""``ravine train``: split, standardise, train, report, write."""

from __future__ import annotations

import argparse
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import plots
from ravine.atomic_file import atomic_output, check_writable
from ravine.cli.errors import InputError, TrainingError
from ravine.cli.explain import stopped_text
from ravine.cli.loop import Plan, default_widths, plan_of
from ravine.cli.option_types import set_threads
from ravine.cli.problem import Problem, digits_problem, problem_from_table, split_rows
from ravine.cli.recipe import CLASSIFICATION, Recipe, Split, rows_checksum
from ravine.cli.report import Part, learning_picture, loss_name, result_table
from ravine.cli.table_file import read_table, table_stem
from ravine.model_file import save_model
from ravine.probabilities import metric_name

__all__ = ["train"]


@dataclass(frozen=True)
class Outputs:
    """Where the results go; `picture` is None if none is drawn."""

    model: str
    picture: str | None


def train(options: argparse.Namespace) -> int:
    """Carry the whole job out; return the exit status. Nothing is written before all else has succeeded."""
    outputs = _outputs(options)
    problem = _problem(options)
    training_rows, validation_rows = split_rows(problem, options.validation, options.seed)
    model = _model(options, problem, training_rows)
    net = model.net
    training = _part(problem, model, training_rows)
    validation = _part(problem, model, validation_rows) if validation_rows.size else None
    plan = plan_of(
        options,
        task=problem.task,
        rows=len(training.y),
        parameters=net.parameter_count,
        validated=validation is not None,
    )
    recipe = _recipe(options, problem, training)
    if not options.quiet:
        # Flushed, so that a log file of both streams holds this above the progress.
        print("\n".join(_introduction(problem, options, net, training, validation, plan)), flush=True)
    history, interrupted = _fit(options, plan, net, recipe, training, validation)
    seconds = float(history["seconds"][-1])
    parts = {"training": training} | ({} if validation is None else {"held out": validation})
    table = result_table(net, recipe, parts, l2=options.l2, seconds=seconds)
    picture = None
    if outputs.picture is not None and plots.matplotlib_available():
        picture = learning_picture(history, f"{Path(problem.source).name}: {problem.target}", options.l2)
    save_model(model, outputs.model, recipe.to_extra())
    if picture is not None and outputs.picture is not None:
        with atomic_output(outputs.picture) as file:
            file.write(picture)
    if not options.quiet:
        if history.starts is not None:
            print(f"\n{history.starts}")
        print(f"\n{stopped_text(history, plan)}\n\n{table}\n\nmodel    {outputs.model}")
        if picture is not None:
            print(f"picture  {outputs.picture}")
        elif outputs.picture is not None:
            print("picture  none, matplotlib is not installed: pip install 'ravine[cli]'")
    return 130 if interrupted else 0


def _outputs(options: argparse.Namespace) -> Outputs:
    """The files to write, after every check that can be made before the work begins."""
    stem = "digits" if options.data is None else table_stem(options.data)
    model = options.out if options.out is not None else f"{stem}.model.npz"
    picture = None
    if not options.no_picture:
        picture = (
            options.picture if options.picture is not None else f"{model.removesuffix('.npz')}.curve.png"
        )
    elif options.picture is not None:
        raise InputError("--picture and --no-picture exclude each other")
    used: dict[Path, str] = {}
    if options.data not in (None, "-"):
        used[Path(os.path.realpath(options.data))] = "the data file"
    for name, path in (("--out", model), ("--picture", picture)):
        if path is None:
            continue
        target = check_writable(path)
        if target in used:
            raise InputError(f"{name} {path}: this is {used[target]} as well")
        used[target] = name
    return Outputs(model, picture)


def _problem(options: argparse.Namespace) -> Problem:
    if options.data is None:
        given = [f"--{name}" for name in ("target", "task", "drop", "delimiter") if getattr(options, name)]
        if given:
            raise InputError(f"{given[0]} needs a data file: ravine train data.csv {given[0]} ...")
        return digits_problem()
    table = read_table(options.data, options.delimiter)
    if options.target is None:
        raise InputError(
            f"--target is missing: which column is to be predicted? There are {', '.join(table.names[:10])}"
        )
    return problem_from_table(table, options.target, options.task, options.drop)


def _model(options: argparse.Namespace, problem: Problem, training_rows: NDArray[np.int64]) -> rv.ScaledModel:
    """The network, untrained, with the standardisers of the rows that it is trained on."""
    hidden = default_widths(problem.task) if options.hidden is None else options.hidden
    widths = [len(problem.features), *hidden, len(problem.classes) or 1]
    set_threads(options.threads)
    try:
        net = rv.MLP(
            widths,
            activation=options.activation,
            initializer=options.initializer,
            dtype=options.dtype,
            seed=options.seed,
        )
    except (ValueError, OverflowError, MemoryError) as error:
        raise InputError(str(error)) from error
    targets = None if problem.task == CLASSIFICATION else problem.y[training_rows]
    return rv.ScaledModel.fit_scaling(net, problem.X[training_rows], targets)


def _part(problem: Problem, model: rv.ScaledModel, rows: NDArray[np.int64]) -> Part:
    return Part(model.network_inputs(problem.X[rows]), model.network_targets(problem.y[rows]))


def _recipe(options: argparse.Namespace, problem: Problem, training: Part) -> Recipe:
    split = Split(len(problem.y), options.validation, options.seed, rows_checksum(training.X, training.y))
    names = (problem.task, problem.target, problem.features, problem.classes)
    return Recipe(*names, l2=options.l2, split=split)


def _introduction(
    problem: Problem,
    options: argparse.Namespace,
    net: rv.MLP,
    training: Part,
    validation: Part | None,
    plan: Plan,
) -> list[str]:
    kind = f"{len(problem.classes)} classes" if problem.classes else "a quantity"
    widths = "-".join(str(n) for n in net.widths)
    hidden = f"{options.activation}, " if len(net.layers) > 1 else ""
    held_out = "none held out" if validation is None else f"{len(validation.y):,} held out"
    columns = f"{len(problem.features)} features, target {problem.target!r} ({kind})"
    return [
        f"data     {problem.source}: {len(problem.y):,} rows, {columns}",
        f"split    {len(training.y):,} rows to train on, {held_out} (seed {options.seed})",
        f"network  {widths}, {hidden}{net.parameter_count:,} parameters, {options.dtype}",
        f"solver   {plan}, l2 {options.l2:g}",
        *(f"note     {note}" for note in problem.notes),
    ]


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


def _fit(
    options: argparse.Namespace,
    plan: Plan,
    net: rv.MLP,
    recipe: Recipe,
    training: Part,
    validation: Part | None,
) -> tuple[rv.History, bool]:
    """Train; return the history, and whether Ctrl-C ended it."""
    loss = loss_name(recipe)
    keeper = _Keeper(net, plan.early_stopping is not None)
    try:
        history = rv.fit(
            net,
            training.X,
            training.y,
            loss=loss,
            optimizer=plan.solver,
            epochs=plan.epochs,
            batch_size=plan.batch_size,
            validation_data=None if validation is None else (validation.X, validation.y),
            callbacks=[keeper] if options.starts == 1 else [],  # several starts have no single course
            seed=options.seed,
            l2=options.l2,
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
