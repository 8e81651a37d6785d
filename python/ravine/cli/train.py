"""``ravine train``: split, standardise, train, report, write."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import plots
from ravine.atomic_file import atomic_output, check_writable
from ravine.cli.errors import InputError, TrainingError
from ravine.cli.loop import loop_options, optimizer_of, updates_text
from ravine.cli.problem import Problem, digits_problem, problem_from_table, split_rows
from ravine.cli.recipe import CLASSIFICATION, Recipe
from ravine.cli.report import Part, learning_picture, loss_name, result_table
from ravine.cli.table_file import read_table, table_stem
from ravine.model_file import save_model

__all__ = ["train"]


@dataclass(frozen=True)
class Outputs:
    """Where the results go; `picture` is None if none is drawn."""

    model: str
    picture: str | None


def train(options: argparse.Namespace) -> None:
    """Carry the whole job out. Nothing is written before everything else has succeeded."""
    outputs = _outputs(options)
    problem = _problem(options)
    training_rows, validation_rows = split_rows(problem, options.validation, options.seed)
    recipe = Recipe(problem.task, problem.target, problem.features, problem.classes)
    model = _model(options, problem, training_rows)
    net = model.net
    training = _part(problem, model, training_rows)
    validation = _part(problem, model, validation_rows) if validation_rows.size else None
    if not options.quiet:
        # Flushed, so that a log file of both streams holds this above the progress.
        print("\n".join(_introduction(problem, options, net, training, validation)), flush=True)
    history = _fit(options, net, recipe, training, validation)
    seconds = float(history["seconds"][-1])
    table = result_table(net, recipe, training, validation, l2=options.l2, seconds=seconds)
    picture = None
    if outputs.picture is not None and plots.matplotlib_available():
        picture = learning_picture(history, f"{Path(problem.source).name}: {problem.target}", options.l2)
    save_model(model, outputs.model, recipe.to_extra())
    if picture is not None and outputs.picture is not None:
        with atomic_output(outputs.picture) as file:
            file.write(picture)
    if options.quiet:
        return
    if history.starts is not None:
        print(f"\n{history.starts}")
    if history.stop_reason is not rv.StopReason.EPOCHS:
        print(f"\n{history.message}")
    print(f"\n{table}\n\nmodel    {outputs.model}")
    if picture is not None:
        print(f"picture  {outputs.picture}")
    elif outputs.picture is not None:
        print("picture  none, matplotlib is not installed: pip install 'ravine[cli]'")


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
    widths = [len(problem.features), *options.hidden, len(problem.classes) or 1]
    try:
        if options.threads is not None:
            rv.set_num_threads(options.threads)
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


def _introduction(
    problem: Problem, options: argparse.Namespace, net: rv.MLP, training: Part, validation: Part | None
) -> list[str]:
    kind = f"{len(problem.classes)} classes" if problem.classes else "a quantity"
    widths = "-".join(str(n) for n in net.widths)
    hidden = f"{options.activation}, " if options.hidden else ""
    held_out = "none held out" if validation is None else f"{len(validation.y):,} held out"
    columns = f"{len(problem.features)} features, target {problem.target!r} ({kind})"
    return [
        f"data     {problem.source}: {len(problem.y):,} rows, {columns}",
        f"split    {len(training.y):,} rows to train on, {held_out} (seed {options.seed})",
        f"network  {widths}, {hidden}{net.parameter_count:,} parameters, {options.dtype}",
        f"updates  {updates_text(options)}, l2 {options.l2:g}",
        *(f"note     {note}" for note in problem.notes),
    ]


def _fit(
    options: argparse.Namespace, net: rv.MLP, recipe: Recipe, training: Part, validation: Part | None
) -> rv.History:
    try:
        history = rv.fit(
            net,
            training.X,
            training.y,
            loss=loss_name(recipe),
            optimizer=optimizer_of(options),
            validation_data=None if validation is None else (validation.X, validation.y),
            l2=options.l2,
            **loop_options(options, validation is not None),
        )
    except rv.CheckpointError as error:
        raise InputError(f"--checkpoint: {error}") from error
    if history.stop_reason is rv.StopReason.NOT_FINITE:
        raise TrainingError(f"{history.message} Nothing was written; a smaller --lr may help")
    if not history.records:
        raise TrainingError(f"{history.message} Nothing was written")
    return history
