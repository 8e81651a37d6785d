"""``ravine train``: split, standardise, train, report, write."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine import plots
from ravine.atomic_file import atomic_output, check_writable
from ravine.cli.by_evidence import EvidencePlan, by_evidence, evidence_plan
from ravine.cli.by_loop import by_loop
from ravine.cli.errors import InputError
from ravine.cli.job import Job
from ravine.cli.loop import Plan, default_widths, plan_of
from ravine.cli.option_types import set_threads
from ravine.cli.problem import Problem, digits_problem, problem_from_table, split_rows
from ravine.cli.recipe import CLASSIFICATION, Recipe, Split, rows_checksum
from ravine.cli.report import Part, result_table
from ravine.cli.table_file import read_table, table_stem
from ravine.model_file import save_model

__all__ = ["train"]


@dataclass(frozen=True)
class Outputs:
    """Where the results go: `pictures` by kind, empty if none is drawn."""

    model: str
    pictures: dict[str, str]


def train(options: argparse.Namespace) -> int:
    """Carry the whole job out; return the exit status. Nothing is written before all else has succeeded."""
    outputs = _outputs(options)
    problem = _problem(options)
    job = _job(options, problem)
    plan: Plan | EvidencePlan
    if options.uncertainty:
        plan = evidence_plan(options)
    else:
        plan = plan_of(options, task=problem.task, validated=job.validation is not None, l2=job.l2)
    if not options.quiet:
        # Flushed, so that a log file of both streams holds this above the progress.
        print("\n".join(_introduction(problem, options, job, str(plan))), flush=True)
    outcome = (
        by_evidence(options, job, plan) if isinstance(plan, EvidencePlan) else by_loop(options, job, plan)
    )
    table = result_table(job.model.net, job.recipe, job.parts, l2=outcome.l2, seconds=outcome.seconds)
    drawn: dict[str, bytes] = {}
    if plots.matplotlib_available():
        title = f"{Path(problem.source).name}: {problem.target}"
        drawn = {path: outcome.pictures[kind](title) for kind, path in outputs.pictures.items()}
    recipe = replace(job.recipe, l2=outcome.l2, averaged=outcome.averaged)
    save_model(job.model, outputs.model, recipe.to_extra(), posterior=outcome.posterior)
    for path, content in drawn.items():
        with atomic_output(path) as file:
            file.write(content)
    if not options.quiet:
        print("\n" + "\n\n".join([*outcome.texts, table, *outcome.below]) + f"\n\nmodel    {outputs.model}")
        for path in drawn:
            print(f"picture  {path}")
        if outputs.pictures and not drawn:
            print("picture  none, matplotlib is not installed: pip install 'ravine[cli]'")
    return 130 if outcome.interrupted else 0


def _outputs(options: argparse.Namespace) -> Outputs:
    """The files to write, after every check that can be made before the work begins."""
    stem = "digits" if options.data is None else table_stem(options.data)
    model = options.out if options.out is not None else f"{stem}.model.npz"
    if options.uncertainty and model.endswith(".safetensors"):
        raise InputError(f"--out {model}: error bars are kept in .npz files alone")
    pictures: dict[str, str] = {}
    if not options.no_picture:
        curve = options.picture if options.picture is not None else f"{model.removesuffix('.npz')}.curve.png"
        pictures["curve"] = curve
        if options.uncertainty:
            pictures["fit"] = f"{curve.removesuffix('.png').removesuffix('.curve')}.fit.png"
    elif options.picture is not None:
        raise InputError("--picture and --no-picture exclude each other")
    used: dict[Path, str] = {}
    if options.data not in (None, "-"):
        used[Path(os.path.realpath(options.data))] = "the data file"
    for name, path in (("--out", model), *(("--picture", path) for path in pictures.values())):
        target = check_writable(path)
        if target in used:
            raise InputError(f"{name} {path}: this is {used[target]} as well")
        used[target] = name
    return Outputs(model, pictures)


def _job(options: argparse.Namespace, problem: Problem) -> Job:
    training_rows, validation_rows = split_rows(problem, options.validation, options.seed)
    model = _model(options, problem, training_rows)
    training = _part(problem, model, training_rows)
    validation = _part(problem, model, validation_rows) if validation_rows.size else None
    l2 = 1e-4 if options.l2 is None else options.l2
    split = Split(len(problem.y), options.validation, options.seed, rows_checksum(training.X, training.y))
    names = (problem.task, problem.target, problem.features, problem.classes)
    return Job(model, Recipe(*names, l2=l2, split=split), training, validation, l2, problem, validation_rows)


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
    hidden = default_widths(problem.task, options.uncertainty) if options.hidden is None else options.hidden
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


def _introduction(problem: Problem, options: argparse.Namespace, job: Job, plan: str) -> list[str]:
    net, validation = job.model.net, job.validation
    kind = f"{len(problem.classes)} classes" if problem.classes else "a quantity"
    widths = "-".join(str(n) for n in net.widths)
    hidden = f"{options.activation}, " if len(net.layers) > 1 else ""
    held_out = "none held out" if validation is None else f"{len(validation.y):,} held out"
    columns = f"{len(problem.features)} features, target {problem.target!r} ({kind})"
    return [
        f"data     {problem.source}: {len(problem.y):,} rows, {columns}",
        f"split    {len(job.training.y):,} rows to train on, {held_out} (seed {options.seed})",
        f"network  {widths}, {hidden}{net.parameter_count:,} parameters, {options.dtype}",
        f"solver   {plan}",
        *(f"note     {note}" for note in problem.notes),
    ]
