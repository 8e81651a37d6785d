"""``ravine export``: a model for programs without ravine, the form chosen by the ending of the file."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ravine as rv
from ravine.atomic_file import check_writable
from ravine.cli.errors import InputError
from ravine.cli.model_rows import ModelOnDisk, open_model
from ravine.cli.option_types import Parser
from ravine.cli.recipe import CLASSIFICATION
from ravine.model_file import save_model

__all__ = ["add_export", "export"]

_EPILOG = """\
examples:
  ravine export iris.model.npz iris.onnx         onnxruntime and others
  ravine export iris.model.npz iris.c            C, needs <math.h>
  ravine export iris.model.npz iris.py           Python, needs NumPy
  ravine export iris.model.npz iris.safetensors  weights, scaling

The ending of the file says what it becomes. Standardising is part of it: raw numbers go in, and come out. The
names of columns and classes are kept as comments or metadata. The ONNX graph of a classifier has its
probabilities as the second output.
"""


def add_export(commands: argparse._SubParsersAction[Parser]) -> None:
    """The options of the command."""
    parser = commands.add_parser(
        "export",
        help="write a model as ONNX, C, Python or safetensors",
        description="Write a model for programs without ravine.",
        epilog=_EPILOG,
    )
    parser.add_argument("model", help="file written by ravine train, or by save in Python")
    parser.add_argument("out", metavar="FILE", help="ends in .onnx, .c, .py, .safetensors or .npz")
    parser.add_argument("--name", help="of the C function (default: from the name of the file)")
    parser.add_argument("--quiet", action="store_true", help="errors only")


def export(options: argparse.Namespace) -> None:
    """Write the model in the form that the ending names."""
    ending = Path(options.out).suffix
    if ending not in _WRITERS:
        raise InputError(f"{options.out}: expected a file that ends in {', '.join(_WRITERS)}")
    if options.name is not None and ending != ".c":
        raise InputError(f"--name belongs to C functions: {options.out} is none")
    if check_writable(options.out) == Path(os.path.realpath(options.model)):
        raise InputError(f"{options.out}: this is the model as well")
    stored = open_model(options.model)
    try:
        _WRITERS[ending](stored, options)
    except (ImportError, TypeError, ValueError) as error:
        raise InputError(f"{options.out}: {error}") from error
    if not options.quiet:
        print(f"{options.out}  {_WRITTEN[ending]}")


def _names(stored: ModelOnDisk) -> dict[str, Any]:
    """What the columns are called, if the file says so."""
    recipe = stored.recipe
    return (
        {} if recipe is None else {"features": recipe.features, "outputs": recipe.classes or [recipe.target]}
    )


def _onnx(stored: ModelOnDisk, options: argparse.Namespace) -> None:
    classes = stored.recipe is not None and stored.recipe.task == CLASSIFICATION
    loss = "cross_entropy" if classes else False
    rv.export.to_onnx(stored.model, options.out, probabilities=loss, **_names(stored))


def _c(stored: ModelOnDisk, options: argparse.Namespace) -> None:
    rv.export.to_c(stored.model, options.out, options.name, **_names(stored))


def _numpy(stored: ModelOnDisk, options: argparse.Namespace) -> None:
    rv.export.to_numpy(stored.model, options.out, **_names(stored))


def _saved(stored: ModelOnDisk, options: argparse.Namespace) -> None:
    posterior = stored.posterior if options.out.endswith(".npz") else None
    save_model(stored.loaded, options.out, stored.extra, posterior=posterior)


_WRITERS: dict[str, Callable[[ModelOnDisk, argparse.Namespace], None]] = {
    ".onnx": _onnx,
    ".c": _c,
    ".py": _numpy,
    ".safetensors": _saved,
    ".npz": _saved,
}
_WRITTEN = {
    ".onnx": "an ONNX graph, opset 9: X (N, inputs) gives outputs",
    ".c": "one C99 function, its comment says how to call it",
    ".py": "one function predict(X), needs NumPy alone",
    ".safetensors": "a model that ravine reads as well, without its error bars if it had any",
    ".npz": "a model of ravine",
}
