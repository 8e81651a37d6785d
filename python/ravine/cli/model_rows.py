"""A model, the recipe beside it, and rows of a table as its network sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import ravine as rv
from ravine.cli.errors import InputError
from ravine.cli.problem import (
    Problem,
    class_numbers,
    digits_problem,
    feature_matrix,
    problem_from_table,
    split_rows,
)
from ravine.cli.recipe import CLASSIFICATION, Recipe, rows_checksum
from ravine.cli.report import Part
from ravine.cli.table import Table
from ravine.cli.table_file import read_table
from ravine.model_file import ModelFileError, load_everything

__all__ = ["ModelOnDisk", "RowsOf", "open_model", "rows_of"]


@dataclass(frozen=True)
class ModelOnDisk:
    """What a model file holds; `recipe` is None if nobody said which columns belong to it.

    loaded, extra : what :func:`load_model` gives; `model` is the first with or without standardisers.
    """

    path: str
    loaded: rv.MLP | rv.ScaledModel
    extra: dict[str, Any]
    model: rv.ScaledModel
    recipe: Recipe | None
    posterior: rv.LaplacePosterior | None

    def required_recipe(self) -> Recipe:
        """The recipe, or the ModelFileError that says why there is none."""
        if self.recipe is None:
            raise ModelFileError(
                f"{self.path}: it holds a network, but no columns to apply it to: "
                "it was not made by `ravine train`"
            )
        return self.recipe


def open_model(path: str) -> ModelOnDisk:
    """Read a model file with all that is in it."""
    loaded, extra, posterior = load_everything(path)
    model = loaded if isinstance(loaded, rv.ScaledModel) else rv.ScaledModel(loaded)
    try:
        recipe = Recipe.from_extra(extra, model) if "task" in extra else None
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    return ModelOnDisk(path, loaded, extra, model, recipe, posterior)


@dataclass(frozen=True)
class RowsOf:
    """The rows of a table, by what they were to the model.

    training : those it was trained on, or all there are if that is not known (`known` is False).
    held_out : those that were held out of the training, if there are any.
    """

    recipe: Recipe
    training: Part
    held_out: Part | None
    known: bool
    source: str


def rows_of(
    stored: ModelOnDisk,
    data: str | None,
    *,
    delimiter: str | None = None,
    target: str | None = None,
    task: str | None = None,
) -> RowsOf:
    """Read a table for a model; None: the embedded digits. The rows of its training are known again."""
    problem = _problem(stored, data, delimiter, target, task)
    recipe = stored.recipe or Recipe(problem.task, problem.target, problem.features, problem.classes)
    split = recipe.split
    everything = _part(stored, problem, np.arange(len(problem.y)))
    if split is not None and split.rows == len(problem.y):
        training, held_out = split_rows(problem, split.validation, split.seed)
        part = _part(stored, problem, training)
        if rows_checksum(part.X, part.y) == split.checksum:
            rest = _part(stored, problem, held_out) if held_out.size else None
            return RowsOf(recipe, part, rest, True, problem.source)
    return RowsOf(recipe, everything, None, False, problem.source)


def _part(stored: ModelOnDisk, problem: Problem, rows: np.ndarray) -> Part:
    X = stored.model.network_inputs(problem.X[rows])
    if not np.isfinite(X).all():
        raise InputError(f"{problem.source}: a feature is too far from the training data to be computed with")
    return Part(X, stored.model.network_targets(problem.y[rows]))


def _problem(
    stored: ModelOnDisk, data: str | None, delimiter: str | None, target: str | None, task: str | None
) -> Problem:
    recipe = stored.recipe
    if data is None:
        digits = digits_problem()
        if recipe is None or recipe.features != digits.features:
            raise InputError(
                f"which data? {stored.path} was not trained on the digits: give a table after it"
            )
        return digits
    table = read_table(data, delimiter)
    if recipe is None:
        return _problem_by_hand(stored, table, target, task)
    for name, given, kept in (("target", target, recipe.target), ("task", task, recipe.task)):
        if given not in (None, kept):
            raise InputError(f"--{name} {given}: {stored.path} was trained with --{name} {kept}")
    X = feature_matrix(table, recipe.features)
    if recipe.target not in table.names:
        raise InputError(f"{table.source}: there is no target column {recipe.target!r} to measure against")
    if recipe.task != CLASSIFICATION:
        y = table.numbers(recipe.target, "target")
        return Problem(table.source, recipe.task, recipe.target, recipe.features, [], X, y)
    labels = table.text(recipe.target)
    classes = class_numbers(labels, recipe.classes)
    if (classes < 0).any():
        row = int(np.argmin(classes))
        raise InputError(f"{table.place(row)}: {labels[row]!r} is none of the model's classes")
    return Problem(table.source, recipe.task, recipe.target, recipe.features, recipe.classes, X, classes)


def _problem_by_hand(stored: ModelOnDisk, table: Table, target: str | None, task: str | None) -> Problem:
    """For a model that was saved from Python: all columns but the target are its inputs, as they lie."""
    if target is None:
        raise InputError(
            f"--target is missing: {stored.path} does not say which column it predicts. "
            f"There are {', '.join(table.names[:10])}"
        )
    problem = problem_from_table(table, target, task, [])
    widths = stored.model.net.widths
    outputs = len(problem.classes) or 1
    for what, found, wanted in (
        ("features", len(problem.features), widths[0]),
        ("classes" if problem.classes else "quantity to predict", outputs, widths[-1]),
    ):
        if found != wanted:
            raise InputError(f"{table.source}: {found} {what}, {stored.path} has {wanted}")
    return problem
