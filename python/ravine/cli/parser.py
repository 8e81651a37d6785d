"""The options of the command, with their defaults and what they mean."""

from __future__ import annotations

import argparse

from ravine.cli import option_types as of
from ravine.cli.bench import add_bench
from ravine.cli.export import add_export
from ravine.cli.inspect import add_inspect
from ravine.cli.option_types import Parser
from ravine.cli.recipe import CLASSIFICATION, REGRESSION
from ravine.cli.train_options import add_train
from ravine.surfaces import SURFACES

__all__ = ["build_parser"]

_EPILOG = """\
examples:
  ravine train houses.csv --target price
  ravine predict houses.model.npz new-houses.csv
  ravine inspect houses.model.npz houses.csv
  ravine bench --quick
"""

_PREDICT_EXAMPLES = """\
examples:
  ravine predict iris.model.npz new.csv                     to the screen
  ravine predict iris.model.npz new.csv --proba --out answers.csv
  ravine predict iris.model.npz new.parquet --out answers.npz

The file to write is CSV, Parquet or NumPy by its ending: .csv, .csv.gz, .parquet, .npz, .npy. The file to
read needs the feature columns of the training data, by name and in any order; other columns are ignored. If
the target is among them, the error is told as well.

A model that was trained with --uncertainty has error bars: a column std(TARGET) holds the standard deviation
of an observation, what is not known of the mean and the noise together. Probabilities of classes are averaged
over what is not known of the network, where that was the better on the rows held out.
"""
_COMPARE_EXAMPLES = """\
examples:
  ravine compare                              an ill-conditioned quadratic
  ravine compare saddle --animation saddle.gif
  ravine compare ravine --condition 1000 --rules SGD,momentum,momentum=0.0005
  ravine compare digits --epochs 10
  ravine compare houses.csv --target price --rules Adam=0.003,Adam=0.03

Each rule starts from the same point and, on data, takes the same batches. The goal is the surface's own, and
on data a tenth of the loss before training.
"""


def build_parser(version: str) -> Parser:
    """The command with its subcommands; `version` is what ``--version`` shows."""
    parser = Parser(
        prog="ravine",
        description="Train a small fully connected network on a table, and use it.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"ravine {version}")
    commands = parser.add_subparsers(
        title="commands", dest="command", required=True, metavar="command", help="ravine command --help: more"
    )
    add_train(commands)
    _add_predict(commands)
    _add_compare(commands)
    add_inspect(commands)
    add_bench(commands)
    add_export(commands)
    for each in commands.choices.values():
        each.set_defaults(parser=each)
    return parser


def _add_predict(commands: argparse._SubParsersAction[Parser]) -> None:
    predict = commands.add_parser(
        "predict",
        usage="ravine predict model.npz new.csv [options]",
        help="apply a model to new rows",
        description="Write a table with one prediction for each row.",
        epilog=_PREDICT_EXAMPLES,
    )
    predict.add_argument("model", help="file written by ravine train")
    predict.add_argument(
        "data", metavar="new.csv", help="table with the feature columns, - for standard input"
    )
    predict.add_argument("--out", metavar="FILE", help="default: standard output")
    predict.add_argument("--proba", action="store_true", help="also the probability of each class")
    predict.add_argument(
        "--without-noise", action="store_true", help="error bars of the mean alone, not of an observation"
    )
    predict.add_argument(
        "--delimiter",
        type=of.delimiter,
        metavar="C",
        help="default: comma, semicolon or tab, from the header",
    )
    predict.add_argument("--quiet", action="store_true", help="no remarks on standard error; errors only")


def _add_compare(commands: argparse._SubParsersAction[Parser]) -> None:
    compare = commands.add_parser(
        "compare",
        usage="ravine compare [problem] [options]",
        help="run update rules side by side on a surface or on data",
        description="Run update rules from one start; report who arrives, and draw it.",
        epilog=_COMPARE_EXAMPLES,
    )
    compare.add_argument(
        "problem",
        nargs="?",
        default="ravine",
        metavar="problem",
        help=f"{', '.join(SURFACES)}, digits, or a table (ravine)",
    )
    compare.add_argument(
        "--rules",
        metavar="NAME[=RATE],...",
        help="which rules, at which rates, or all; default: six, at rates that suit",
    )
    compare.add_argument("--goal", type=of.finite, metavar="X", help="the value to reach")

    surface = compare.add_argument_group("on a surface")
    surface.add_argument(
        "--updates", type=of.count, metavar="N", help="the most updates (depends on the surface)"
    )
    surface.add_argument(
        "--condition", type=of.from_one, metavar="X", help="condition number of ravine (100)"
    )
    surface.add_argument("--animation", metavar="FILE", help="also a moving picture, as a GIF")

    data = compare.add_argument_group("on data")
    data.add_argument("--target", metavar="NAME", help="column to predict (needed with a data file)")
    data.add_argument("--task", choices=(CLASSIFICATION, REGRESSION), help="as for train")
    data.add_argument("--drop", action="append", default=[], metavar="NAME", help="as for train")
    data.add_argument("--delimiter", type=of.delimiter, metavar="C", help="as for train")
    data.add_argument("--hidden", type=of.widths, metavar="N,N", help="hidden widths (64,64; 0: none)")
    data.add_argument("--epochs", type=of.count, metavar="N", help="passes over the training rows (20)")
    data.add_argument("--batch-size", type=of.count, metavar="N", help="rows an update (32)")
    data.add_argument("--seed", type=of.whole, metavar="N", help="of split, start and shuffling (0)")

    output = compare.add_argument_group("output")
    output.add_argument("--picture", metavar="FILE", help="default: NAME.compare.png in this folder")
    output.add_argument("--no-picture", action="store_true", help="draw none")
    output.add_argument("--quiet", action="store_true", help="no table; errors only")
