"""``ravine predict``: the columns of a file through a trained network."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ravine as rv
from ravine.atomic_file import check_writable
from ravine.cli.errors import InputError
from ravine.cli.problem import class_numbers, feature_matrix
from ravine.cli.recipe import CLASSIFICATION, Recipe
from ravine.cli.report import metric_text
from ravine.cli.table import Table
from ravine.cli.table_file import AnswerColumn, check_format, read_table, write_table
from ravine.model_file import ModelFileError, load_model
from ravine.probabilities import probabilities

__all__ = ["predict"]


def predict(options: argparse.Namespace) -> None:
    """Write one prediction a row, with a header; nothing is written unless all rows can be predicted."""
    _check_output(options)
    loaded, extra = load_model(options.model)
    model = loaded if isinstance(loaded, rv.ScaledModel) else rv.ScaledModel(loaded)
    try:
        recipe = Recipe.from_extra(extra, model)
    except ModelFileError as error:
        raise ModelFileError(f"{options.model}: {error}") from error
    if options.proba and recipe.task != CLASSIFICATION:
        raise InputError(f"--proba: {options.model} is a regression, which has no classes")
    table = read_table(options.data, options.delimiter)
    X = feature_matrix(table, recipe.features)
    if not np.isfinite(model.network_inputs(X)).all():
        raise InputError(f"{table.source}: a feature is too far from the training data to be computed with")
    outputs = model.predict(X)
    write_table(options.out, _answer(recipe, outputs, options.proba))
    if not options.quiet and recipe.target in table.names:
        print(f"ravine: {_comparison(recipe, table, outputs)}", file=sys.stderr)


def _check_output(options: argparse.Namespace) -> None:
    if options.out is None:
        return
    check_format(options.out)
    target = check_writable(options.out)
    for name, path in (("the model", options.model), ("the data file", options.data)):
        if path != "-" and target == Path(os.path.realpath(path)):
            raise InputError(f"--out {options.out}: this is {name} as well")


def _answer(recipe: Recipe, outputs: NDArray[Any], proba: bool) -> list[AnswerColumn]:
    """The predictions, and the probabilities if they are wanted."""
    if recipe.task != CLASSIFICATION:
        return [AnswerColumn(recipe.target, outputs[:, 0])]
    columns = [AnswerColumn(recipe.target, [recipe.classes[k] for k in recipe.labels(outputs)])]
    if proba:
        for label, column in zip(recipe.classes, probabilities(outputs, "cross_entropy").T, strict=True):
            columns.append(AnswerColumn(f"p({label})", column, ".6g"))
    return columns


def _comparison(recipe: Recipe, table: Table, outputs: NDArray[Any]) -> str:
    """How good the predictions are where the file holds the truth as well."""
    name = "0-1 error" if recipe.task == CLASSIFICATION else "R²"
    truth: NDArray[Any]
    try:
        if recipe.task == CLASSIFICATION:
            truth = class_numbers(table.text(recipe.target), recipe.classes)
        else:
            truth = table.numbers(recipe.target, "target")
    except InputError as reason:
        return f"no comparison with the column {recipe.target!r} ({reason})"
    return f"{name} on these {len(table)} rows: {metric_text(recipe, outputs, truth)}"
