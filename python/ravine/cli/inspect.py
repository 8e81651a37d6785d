"""``ravine inspect``: what kind of point a model is at, how well it is conditioned, how good it is."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ravine as rv
from ravine import diagnostics, plots
from ravine.atomic_file import atomic_output, check_writable
from ravine.cli import option_types as of
from ravine.cli.errors import InputError
from ravine.cli.explain import labelled, point_text
from ravine.cli.model_rows import ModelOnDisk, RowsOf, open_model, rows_of
from ravine.cli.recipe import CLASSIFICATION, REGRESSION
from ravine.cli.report import Part, error_figures, loss_name, png, result_table

__all__ = ["add_inspect", "inspect"]

_EPILOG = """\
examples:
  ravine inspect houses.model.npz houses.csv
  ravine inspect digits.model.npz                  the embedded digits
  ravine inspect houses.model.npz houses.csv --json > certificate.json
  ravine inspect net.npz houses.csv --target price --l2 0.001

The certificate: the norm of the gradient, the ends of the spectrum of the Hessian, how many directions curve
upward, not at all and downward, the condition number, and what a Newton step would still gain, in figures
beside the thresholds by which zero is told. If the table is the one that the model was trained on, its
training rows are known again, and the certificate is that of the loss they gave; of any other table it is
that of its rows.

Up to 2,000 parameters all eigenvalues are computed, beyond that the ends of the spectrum by Lanczos, which
needs no matrix, and the density of what lies between. Pictures: the spectrum, and what reaches each layer.
"""


def add_inspect(commands: argparse._SubParsersAction[of.Parser]) -> None:
    """Add the command with its options."""
    parser = commands.add_parser(
        "inspect",
        usage="ravine inspect model.npz [data.csv] [options]",
        help="say what kind of point a model is at, and how good it is",
        description="Print the certificate of a model on data, its conditioning and errors; draw them.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "model", metavar="model.npz", help="file written by ravine train, or by save in Python"
    )
    parser.add_argument(
        "data", nargs="?", metavar="data.csv", help="table with features and target, - for standard input"
    )
    parser.add_argument(
        "--target", metavar="NAME", help="column it predicts, of a model that was saved from Python"
    )
    parser.add_argument("--task", choices=(CLASSIFICATION, REGRESSION), help="likewise")
    parser.add_argument(
        "--l2", type=of.non_negative, metavar="X", help="penalty of the loss (that of the training)"
    )
    parser.add_argument(
        "--delimiter",
        type=of.delimiter,
        metavar="C",
        help="default: comma, semicolon or tab, from the header",
    )
    of.add_threads(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="figures for a program; pictures only on request")
    output.add_argument(
        "--picture",
        metavar="PREFIX",
        help="writes PREFIX.spectrum.png and PREFIX.layers.png (default: the model's name in this folder)",
    )
    output.add_argument("--no-picture", action="store_true", help="draw none")


@dataclass(frozen=True)
class Inspection:
    """All that is said of a model."""

    stored: ModelOnDisk
    rows: RowsOf
    l2: float | list[float]
    point: diagnostics.CriticalPoint
    conditioning: diagnostics.IllConditioning
    layers: diagnostics.LayerSignals

    @property
    def findings(self) -> list[str]:
        """What is wrong with layers; scales of weights are advice for a start, not for what was trained."""
        return [finding.text for finding in self.layers.findings if math.isnan(finding.factor)]

    @property
    def parts(self) -> dict[str, Part]:
        """The rows by the names of the table's columns."""
        training = {"training" if self.rows.known else "all rows": self.rows.training}
        return training | ({} if self.rows.held_out is None else {"held out": self.rows.held_out})


def inspect(options: argparse.Namespace) -> None:
    """Look, print, draw."""
    prefix = _prefix(options)
    of.set_threads(options.threads)
    stored = open_model(options.model)
    rows = rows_of(
        stored, options.data, delimiter=options.delimiter, target=options.target, task=options.task
    )
    seen = _look(stored, rows, options.l2)
    drawn = _drawings(seen, prefix) if prefix is not None and plots.matplotlib_available() else {}
    for path, content in drawn.items():
        with atomic_output(path) as file:
            file.write(content)
    if options.json:
        print(json.dumps(_plain(figures(seen) | {"pictures": list(drawn)}), indent=2, ensure_ascii=False))
        return
    print(report(seen))
    if drawn:
        print(f"\npictures {', '.join(drawn)}")
    elif prefix is not None:
        print("\npictures none, matplotlib is not installed: pip install 'ravine[cli]'")


def _prefix(options: argparse.Namespace) -> str | None:
    if options.no_picture:
        if options.picture is not None:
            raise InputError("--picture and --no-picture exclude each other")
        return None
    if options.picture is None and options.json:
        return None
    prefix = options.picture if options.picture is not None else Path(options.model).name.removesuffix(".npz")
    for path in _paths(prefix):
        check_writable(path)
    return str(prefix)


def _paths(prefix: str) -> tuple[str, str]:
    return f"{prefix}.spectrum.png", f"{prefix}.layers.png"


def _look(stored: ModelOnDisk, rows: RowsOf, l2: float | None) -> Inspection:
    kept = rows.recipe.l2
    penalty: float | list[float] = l2 if l2 is not None else 0.0 if kept is None else kept
    training = rows.training
    risk = rv.EmpiricalRisk(stored.model.net, training.X, training.y, loss=loss_name(rows.recipe), l2=penalty)
    return Inspection(
        stored,
        rows,
        penalty,
        diagnostics.critical_point(risk),
        diagnostics.ill_conditioning(risk),
        diagnostics.signals(risk),
    )


def report(seen: Inspection) -> str:
    """All of it as text."""
    net, rows, stored = seen.stored.model.net, seen.rows, seen.stored
    widths = "-".join(map(str, net.widths))
    known = "the rows of its training are known again" if rows.known else "not the table of its training"
    strengths = [seen.l2] if isinstance(seen.l2, float) else seen.l2
    l2 = ", ".join(f"{each:g}" for each in dict.fromkeys(strengths))
    about = f"{widths}, {net.activations[0]}, {net.parameter_count:,} parameters, {net.dtype}"
    head = [
        f"model    {stored.path}: {about}",
        f"data     {rows.source}: {known}",
        f"loss     {loss_name(rows.recipe)}, l2 {l2}",
    ]
    parts = [
        "\n".join(head),
        labelled("point", point_text(seen.point)),
        seen.point.table,
        str(seen.conditioning),
        result_table(net, rows.recipe, seen.parts, l2=seen.l2),
    ]
    if stored.posterior is not None:
        parts.append(str(stored.posterior))
    parts.append("\n".join([seen.layers.table, *seen.findings]))
    return "\n\n".join(parts)


def figures(seen: Inspection) -> dict[str, Any]:
    """All of it as numbers."""
    net, point, recipe = seen.stored.model.net, seen.point, seen.rows.recipe
    posterior = seen.stored.posterior
    return {
        "model": seen.stored.path,
        "widths": list(net.widths),
        "parameters": net.parameter_count,
        "data": seen.rows.source,
        "training_rows_known": seen.rows.known,
        "loss": loss_name(recipe),
        "l2": seen.l2,
        "point": {
            "verdict": point.verdict.name,
            "value": point.value,
            "gradient_norm": point.gradient_norm,
            "gradient_threshold": point.gradient_threshold,
            "eigmin": point.eigmin,
            "eigmax": point.eigmax,
            "eigenvalue_threshold": point.spectrum.tolerance,
            "all_eigenvalues": point.spectrum.complete,
            "inertia": point.inertia,
            "condition_number": point.condition_number,
            "newton_decrement": point.newton_decrement,
        },
        "conditioning": {
            "gg": seen.conditioning.gg,
            "ghg": seen.conditioning.ghg,
            "best_step": seen.conditioning.best_step,
            "break_even_step": seen.conditioning.break_even_step,
        },
        "errors": {name: error_figures(net, recipe, part) for name, part in seen.parts.items()},
        "posterior": None
        if posterior is None
        else {
            "effective_parameters": posterior.effective_parameters,
            "newton_decrement": posterior.newton_decrement,
            "log_evidence": posterior.log_evidence,
            "noise_std": None if posterior.noise_std is None else posterior.noise_std.tolist(),
        },
        "layers": [asdict(layer) for layer in seen.layers.layers],
        "findings": seen.findings,
    }


def _plain(value: Any) -> Any:
    """JSON has no infinity and no NaN: null."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _drawings(seen: Inspection, prefix: str) -> dict[str, bytes]:
    """Both pictures, before any is written."""
    spectrum = seen.point.spectrum
    if not spectrum.complete:  # what lies between the ends is worth its products only in a picture
        training = seen.rows.training
        risk = rv.EmpiricalRisk(
            seen.stored.model.net, training.X, training.y, loss=loss_name(seen.rows.recipe), l2=seen.l2
        )
        spectrum = diagnostics.spectrum(risk)
    title = f"{Path(seen.stored.path).name} on {Path(seen.rows.source).name}"
    figures = plots.spectrum(spectrum, title=title), plots.layer_signals(seen.layers, title=title)
    return dict(zip(_paths(prefix), map(png, figures), strict=True))
