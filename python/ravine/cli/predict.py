"""``ravine predict``: the columns of a file through a trained network."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ravine.atomic_file import check_writable
from ravine.cli.errors import InputError
from ravine.cli.model_rows import ModelOnDisk, open_model
from ravine.cli.problem import class_numbers, feature_matrix
from ravine.cli.recipe import CLASSIFICATION, Recipe
from ravine.cli.report import metric_text
from ravine.cli.table import Table
from ravine.cli.table_file import AnswerColumn, check_format, read_table, write_table
from ravine.probabilities import probabilities

__all__ = ["predict"]


def predict(options: argparse.Namespace) -> None:
    """Write one prediction a row, with a header; nothing is written unless all rows can be predicted."""
    _check_output(options)
    stored = open_model(options.model)
    recipe, model = stored.required_recipe(), stored.model
    if options.proba and recipe.task != CLASSIFICATION:
        raise InputError(f"--proba: {options.model} is a regression, which has no classes")
    if options.without_noise and (recipe.task == CLASSIFICATION or stored.posterior is None):
        raise InputError(f"--without-noise: {options.model} has no error bars of a quantity")
    table = read_table(options.data, options.delimiter)
    X = feature_matrix(table, recipe.features)
    if not np.isfinite(model.network_inputs(X)).all():
        raise InputError(f"{table.source}: a feature is too far from the training data to be computed with")
    outputs = model.predict(X)
    write_table(options.out, _answer(stored, recipe, X, outputs, options))
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


def _answer(
    stored: ModelOnDisk,
    recipe: Recipe,
    X: NDArray[np.float64],
    outputs: NDArray[Any],
    options: argparse.Namespace,
) -> list[AnswerColumn]:
    """The predictions, with error bars or probabilities where there are any or they are wanted."""
    posterior = stored.posterior
    if recipe.task != CLASSIFICATION:
        columns = [AnswerColumn(recipe.target, outputs[:, 0])]
        if posterior is not None:
            _, std = posterior.predict(X, noise=not options.without_noise)
            columns.append(AnswerColumn(f"std({recipe.target})", std[:, 0], ".6g"))
        return columns
    columns = [AnswerColumn(recipe.target, [recipe.classes[k] for k in recipe.labels(outputs)])]
    if options.proba:
        shares = probabilities(outputs, "cross_entropy")
        if posterior is not None and recipe.averaged:
            shares = posterior.predict_proba(X)
        for label, column in zip(recipe.classes, shares.T, strict=True):
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
