"""``ravine compare``: update rules side by side on a surface, on the digits or on a table."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ravine as rv
from ravine import plots, surfaces
from ravine.atomic_file import atomic_output, check_writable
from ravine.cli.errors import InputError
from ravine.cli.problem import Problem, digits_problem, problem_from_table, split_rows
from ravine.cli.recipe import CLASSIFICATION
from ravine.cli.table import parse_number
from ravine.cli.table_file import read_table, table_stem
from ravine.minimizers.options import METHODS
from ravine.optim.options import nearest

__all__ = ["compare"]

_DIGITS = "digits"
_OF_SURFACES = ("condition", "updates", "animation")
_OF_DATA = ("hidden", "epochs", "batch_size", "seed")
_OF_TABLES = ("target", "task", "drop", "delimiter")


def compare(options: argparse.Namespace) -> None:
    """Run the rules, print the table, write the picture and the animation."""
    on_surface = options.problem in surfaces.SURFACES
    _refuse_misplaced(options, on_surface)
    picture, animation = _outputs(options)
    problem = _surface(options) if on_surface else _training(options)
    rules = _rules(options.rules, problem)
    comparison = rv.compare(problem, rules, goal=options.goal, updates=options.updates)
    drawable = plots.matplotlib_available()
    # Drawn before any of them is written: a picture that fails leaves no other behind.
    drawn: dict[str, bytes] = {}
    if picture is not None and drawable:
        figure = plots.paths(comparison) if on_surface else plots.race(comparison, title=options.problem)
        drawn[picture] = _bytes(lambda buffer: plots.save_figure(figure, buffer))
    if animation is not None:
        drawn[animation] = _bytes(lambda buffer: plots.animate(comparison, buffer))
    for path, content in drawn.items():
        with atomic_output(path) as file:
            file.write(content)
    if options.quiet:
        return
    print(f"problem  {_described(problem)}\ngoal     {comparison.goal:.4g}\n\n{comparison}\n")
    if animation is not None:
        print(f"moving   {animation}")
    if picture is not None:
        print(f"picture  {picture}" if drawable else f"picture  none, {_NO_MATPLOTLIB}")


def _bytes(draw: Callable[[io.BytesIO], None]) -> bytes:
    buffer = io.BytesIO()
    draw(buffer)
    return buffer.getvalue()


_NO_MATPLOTLIB = "matplotlib is not installed: pip install 'ravine[cli]'"


def _refuse_misplaced(options: argparse.Namespace, on_surface: bool) -> None:
    """An option that would have no effect is a misunderstanding."""
    groups: list[tuple[tuple[str, ...], bool, str]] = [(_OF_DATA, on_surface, "data")]
    groups.append((_OF_SURFACES, not on_surface, "a surface"))
    groups.append((_OF_TABLES, on_surface or options.problem == _DIGITS, "a data file"))
    for names, wrong, home in groups:
        for name in names:
            if wrong and getattr(options, name) not in (None, []):
                raise InputError(
                    f"--{name.replace('_', '-')} belongs to {home}: {options.problem} is "
                    f"{'a surface' if on_surface else 'data'}"
                )
    if options.condition is not None and options.problem != surfaces.Ravine.name:
        raise InputError(f"--condition belongs to {surfaces.Ravine.name}: {options.problem} has none")


def _outputs(options: argparse.Namespace) -> tuple[str | None, str | None]:
    """Where picture and animation go, after every check that can be made before the work begins."""
    if options.no_picture and options.picture is not None:
        raise InputError("--picture and --no-picture exclude each other")
    default = None if options.no_picture else f"{table_stem(options.problem)}.compare.png"
    picture = options.picture if options.picture is not None else default
    if options.animation is not None and not plots.matplotlib_available():
        raise InputError(f"--animation: {_NO_MATPLOTLIB}")
    used: dict[Path, str] = {}
    if options.problem not in (*surfaces.SURFACES, _DIGITS, "-"):
        used[Path(os.path.realpath(options.problem))] = "the data file"
    for name, path in (("--picture", picture), ("--animation", options.animation)):
        if path is None:
            continue
        target = check_writable(path)
        if target in used:
            raise InputError(f"{name} {path}: this is {used[target]} as well")
        used[target] = name
    return picture, options.animation


def _surface(options: argparse.Namespace) -> surfaces.Surface:
    if options.condition is not None:
        return surfaces.Ravine(condition=options.condition)
    return surfaces.SURFACES[options.problem]()


def _training(options: argparse.Namespace) -> rv.TrainingProblem:
    data = _data(options)
    seed = options.seed or 0
    training, validation = split_rows(data, 0.2, seed)
    X = rv.Standardizer.fit(data.X[training]).transform(data.X)
    y: Any = data.y
    if data.task != CLASSIFICATION:
        y = rv.Standardizer.fit(data.y[training, None]).transform(data.y[:, None])
    hidden = [64, 64] if options.hidden is None else options.hidden
    try:
        net = rv.MLP([X.shape[1], *hidden, len(data.classes) or 1], seed=seed)
    except (ValueError, OverflowError, MemoryError) as error:
        raise InputError(str(error)) from error
    return rv.TrainingProblem(
        net,
        X[training],
        y[training],
        loss="cross_entropy" if data.task == CLASSIFICATION else "squared_error",
        epochs=options.epochs or 20,
        batch_size=options.batch_size or 32,
        validation_data=(X[validation], y[validation]),
        seed=seed,
        name=data.source,
    )


def _data(options: argparse.Namespace) -> Problem:
    if options.problem == _DIGITS:
        return digits_problem()
    if options.problem != "-" and not Path(options.problem).exists():
        known = ", ".join([*surfaces.SURFACES, _DIGITS])
        raise InputError(f"{options.problem}: there is no such file, and the known problems are {known}")
    table = read_table(options.problem, options.delimiter)
    if options.target is None:
        raise InputError(
            f"--target is missing: which column is to be predicted? There are {', '.join(table.names[:10])}"
        )
    return problem_from_table(table, options.target, options.task, options.drop)


def _rules(text: str | None, problem: surfaces.Surface | rv.TrainingProblem) -> dict[str, Any]:
    """The default rules, or those named, each with the rate that is given or with its default one."""
    if text is None:
        return dict(rv.comparison.default_rules(problem))
    known = rv.comparison.all_rules(problem)
    if text.strip().lower() == "all":
        return dict(known)
    spelled = {name.lower(): name for name in known}
    chosen: dict[str, Any] = {}
    for part in text.split(","):
        name, _, rate = (piece.strip() for piece in part.partition("="))
        if name.lower() in METHODS:
            raise InputError(
                f"--rules: {name} is a method, which takes all rows and no rate: "
                f"see what it reaches with ravine train --solver {name}"
            )
        if name.lower() not in spelled:
            near = nearest(name, tuple(known)) or f"; there are {', '.join(known)}"
            raise InputError(f"--rules: there is no rule {name!r}{near}")
        label = spelled[name.lower()]
        rule = rv.comparison.all_rules(problem)[label]
        if "=" in part:
            number = parse_number(rate)
            if number is None or not 0 < number < float("inf"):
                raise InputError(
                    f"--rules {part.strip()}: expected a positive rate after =, such as {label}=0.01"
                )
            rule.lr = number
            label = f"{label}={rate}"
        chosen[label] = rule
    return chosen


def _described(problem: surfaces.Surface | rv.TrainingProblem) -> str:
    if isinstance(problem, surfaces.Surface):
        return repr(problem)
    widths = "-".join(str(n) for n in problem.net.widths)
    return (
        f"{problem.name}, network {widths}, {problem.loss}, "
        f"{problem.epochs} epochs, batches of {problem.batch_size}"
    )
