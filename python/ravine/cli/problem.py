"""From a table to arrays: which column is learned, from which others, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ravine import datasets
from ravine.cli.errors import InputError
from ravine.cli.recipe import CLASSIFICATION, REGRESSION
from ravine.cli.table import Table, parse_number

__all__ = [
    "Problem",
    "class_numbers",
    "digits_problem",
    "feature_matrix",
    "problem_from_table",
    "split_rows",
]

_FEW_VALUES = 20


@dataclass(frozen=True)
class Problem:
    """Inputs (N, n), and the targets: class numbers (N,) int64, or values (N,) float64 for a regression."""

    source: str
    task: str
    target: str
    features: list[str]
    classes: list[str]
    X: NDArray[np.float64]
    y: NDArray[np.int64] | NDArray[np.float64]
    notes: tuple[str, ...] = ()


def digits_problem() -> Problem:
    """The handwritten digits that come with the package."""
    X, y = datasets.digits()
    features = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    return Problem("digits (embedded)", CLASSIFICATION, "digit", features, [str(k) for k in range(10)], X, y)


def problem_from_table(table: Table, target: str, task: str | None, drop: Sequence[str]) -> Problem:
    """Every column but the target and the dropped ones is a feature; a text target is a classification."""
    _require_columns(table, [target], "target column")
    _require_columns(table, drop, "column to drop")
    if target in drop:
        raise InputError(f"--drop {target}: this column is the target")
    features = [name for name in table.names if name != target and name not in drop]
    if not features:
        raise InputError(f"{table.source}: there is no column beside the target {target!r} to learn from")
    numbers = table.numeric_cells(target)
    numeric = len(numbers) == len(table)
    if task is None and not numeric and 2 * len(numbers) > len(table):
        odd = min(set(range(len(table))) - set(numbers))
        raise InputError(
            f"{table.place(odd)}: the target {target!r} is the text {table.text(target)[odd]!r} here, "
            f"but a number in {len(numbers)} of {len(table)} rows: correct it, "
            "or say --task classification if these are labels"
        )
    chosen = task if task is not None else REGRESSION if numeric else CLASSIFICATION
    X = feature_matrix(table, features)
    if chosen == REGRESSION:
        values = table.numbers(target, "target")
        if len(table) < 3:
            raise InputError(
                f"{table.source}: {len(table)} rows: expected at least 3, to train on and to validate on"
            )
        if (values == values[0]).all():
            raise InputError(
                f"{table.source}: the target {target!r} is {values[0]:g} in every row: nothing to learn"
            )
        notes = _few_values_note(target, values) if task is None else ()
        return Problem(table.source, chosen, target, features, [], X, values, notes)
    labels = [_canonical(cell) for cell in table.text(target)] if numeric else table.text(target)
    classes = sorted(set(labels), key=float) if numeric else sorted(set(labels))
    if len(classes) < 2:
        raise InputError(
            f"{table.source}: the target {target!r} has only one class, {classes[0]!r}: expected at least two"
        )
    return Problem(table.source, chosen, target, features, classes, X, class_numbers(labels, classes))


def feature_matrix(table: Table, features: Sequence[str]) -> NDArray[np.float64]:
    """(N, n) the named columns in this order; a missing column or cell, or text, is an InputError."""
    _require_columns(table, features, "feature column")
    X = np.empty((len(table), len(features)))
    for k, name in enumerate(features):
        X[:, k] = table.numbers(name, "feature")
    return X


def class_numbers(labels: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """(N,) the position of each label among the classes; -1 for a label that is none of them."""
    number = {name: k for k, name in enumerate(classes)}
    return np.array(
        [number.get(label, number.get(_canonical(label), -1)) for label in labels], dtype=np.int64
    )


def split_rows(problem: Problem, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on and rows held out, stratified for a classification; none are held out at share 0."""
    rows = len(problem.y)
    if share == 0:
        return np.arange(rows), np.empty(0, dtype=np.int64)
    if problem.task != CLASSIFICATION:
        return datasets.random_split(rows, share, seed)
    try:
        return datasets.stratified_split(problem.y, share, seed)
    except ValueError as error:
        raise InputError(
            f"{problem.source}: each of the {len(problem.classes)} classes of {problem.target!r} has 1 row: "
            "nothing to validate on. Is it a quantity (--task regression), or a name of the row?"
        ) from error


def _require_columns(table: Table, wanted: Sequence[str], role: str) -> None:
    for name in wanted:
        if name in table.names:
            continue
        shown = ", ".join(table.names[:10]) + (", ..." if len(table.names) > 10 else "")
        message = f"{table.source}: there is no {role} {name!r}: the {len(table.names)} columns are {shown}"
        if all(parse_number(column) is not None for column in table.names):
            message += ". Does the file have a header?"
        raise InputError(message)


def _canonical(cell: str) -> str:
    """One spelling for one number (1, 1.0 and 01 are the same class); other text as it is."""
    number = parse_number(cell)
    if number is None:
        return cell
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _few_values_note(target: str, values: NDArray[np.float64]) -> tuple[str, ...]:
    distinct = np.unique(values)
    if (
        distinct.size > _FEW_VALUES
        or values.size < 2 * distinct.size
        or (distinct != np.round(distinct)).any()
    ):
        return ()
    found = f"the target {target!r} has {distinct.size} different whole numbers and is learned as a quantity"
    return (f"{found}; if they are labels, say --task classification",)
