"""The options of the command, with their defaults and what they mean."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from ravine.cli.loop import SCHEDULES
from ravine.cli.recipe import CLASSIFICATION, REGRESSION
from ravine.surfaces import SURFACES

__all__ = ["build_parser"]

_TRAIN_EXAMPLES = """\
examples:
  ravine train                                     the embedded handwritten digits
  ravine train houses.csv --target price           a number: regression
  ravine train iris.csv --target species           text: classification
  ravine train wine.csv --target quality --task classification --hidden 32 --epochs 200

The data file has a header and one row a line, separated by comma, semicolon or tab, and may be gzipped; or it
is Parquet; or NumPy's .npz (a vector is a column, a matrix X has the columns X0, X1, ...) or .npy. Every
column but the target is a feature and holds numbers. Features (and the target of a regression) are
standardised by the training rows. The rate falls linearly to a hundredth of --lr over the updates, or as
--schedule says.
"""

_PREDICT_EXAMPLES = """\
examples:
  ravine predict iris.model.npz new.csv                     to the screen
  ravine predict iris.model.npz new.csv --proba --out answers.csv
  ravine predict iris.model.npz new.parquet --out answers.npz

The file to write is CSV, Parquet or NumPy by its ending: .csv, .csv.gz, .parquet, .npz, .npy. The file to
read needs the feature columns of the training data, by name and in any order; other columns are ignored. If
the target is among them, the error is told as well.
"""
_COMPARE_EXAMPLES = """\
examples:
  ravine compare                                            an ill-conditioned quadratic
  ravine compare saddle --animation saddle.gif
  ravine compare ravine --condition 1000 --rules SGD,momentum,momentum=0.0005
  ravine compare digits --epochs 10
  ravine compare houses.csv --target price --rules Adam=0.003,Adam=0.01,Adam=0.03
Each rule starts from the same point and, on data, takes the same batches. The goal is the surface's own, and
on data a tenth of the loss before training.
"""


def build_parser(version: str) -> argparse.ArgumentParser:
    """The command with its two subcommands; `version` is what ``--version`` shows."""
    parser = argparse.ArgumentParser(
        prog="ravine",
        description="Train a small fully connected network on a table, use it, and compare update rules.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"ravine {version}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="train | predict | compare")
    _add_train(commands)
    _add_predict(commands)
    _add_compare(commands)
    return parser


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = commands.add_parser(
        "train",
        help="fit a network to a data file, or to the embedded digits",
        description="Split, standardise, train, report, and write the model and its learning curve.",
        epilog=_TRAIN_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    data = train.add_argument_group("data")
    data.add_argument(
        "data", nargs="?", metavar="data.csv", help="table to learn from, - for standard input; none: digits"
    )
    data.add_argument("--target", metavar="NAME", help="column to predict (needed with a data file)")
    data.add_argument(
        "--task", choices=(CLASSIFICATION, REGRESSION), help="default: text is classified, numbers fitted"
    )
    data.add_argument(
        "--drop", action="append", default=[], metavar="NAME", help="leave this column out (may be repeated)"
    )
    data.add_argument(
        "--delimiter", type=_delimiter, metavar="C", help="default: comma, semicolon or tab, from the header"
    )
    share = _number(float, lambda v: 0 <= v < 1, "a share from 0 to less than 1")
    data.add_argument(
        "--validation", type=share, default=0.2, metavar="SHARE", help="rows held out (0.2; 0: none)"
    )

    network = train.add_argument_group("network and training")
    network.add_argument(
        "--hidden", type=_widths, default=[64, 64], metavar="N,N", help="hidden widths (64,64; 0: none)"
    )
    network.add_argument("--activation", default="tanh", metavar="NAME", help="of the hidden layers (tanh)")
    network.add_argument(
        "--initializer", default="glorot_uniform", metavar="NAME", help="how weights start (glorot_uniform)"
    )
    network.add_argument("--dtype", choices=("float32", "float64"), default="float64", help="(float64)")
    count = _number(int, lambda v: v >= 1, "a whole number from 1")
    network.add_argument(
        "--epochs", type=count, default=100, metavar="N", help="passes over the training rows (100)"
    )
    network.add_argument("--batch-size", type=count, default=32, metavar="N", help="rows an update (32)")
    rate = _number(float, lambda v: v > 0, "a positive number")
    network.add_argument(
        "--lr", type=rate, default=3e-3, metavar="RATE", help="rate at the start, or highest (0.003)"
    )
    _add_loop(network, count, rate)
    penalty = _number(float, lambda v: v >= 0, "a number from 0")
    network.add_argument(
        "--l2", type=penalty, default=1e-4, metavar="X", help="penalty X/2 times squared weights (0.0001)"
    )
    seed = _number(int, lambda v: v >= 0, "a whole number from 0")
    network.add_argument(
        "--seed", type=seed, default=0, metavar="N", help="of split, start and shuffling (0)"
    )
    network.add_argument("--threads", type=count, metavar="N", help="default: the cores that are available")

    output = train.add_argument_group("output")
    output.add_argument("--out", metavar="FILE", help="the model (default: NAME.model.npz in this folder)")
    output.add_argument(
        "--picture", metavar="FILE", help="the learning curve (default: beside the model, .curve.png)"
    )
    output.add_argument("--no-picture", action="store_true", help="draw none")
    output.add_argument("--quiet", action="store_true", help="no progress, no table; errors only")


def _add_loop(
    group: argparse._ArgumentGroup, count: Callable[[str], float], positive: Callable[[str], float]
) -> None:
    """What ``ravine.fit`` can be asked to do beside epochs."""
    group.add_argument(
        "--optimizer",
        default="adam",
        metavar="RULE",
        help="a rule of ravine.optim, or a method of ravine.minimize, which takes all rows at once (adam)",
    )
    group.add_argument("--schedule", choices=SCHEDULES, default="linear", help="of the rate (linear)")
    group.add_argument("--clip-norm", type=positive, metavar="X", help="longest gradient")
    group.add_argument(
        "--patience",
        type=count,
        metavar="N",
        help="stop after N epochs without a better validation loss",
    )
    group.add_argument("--max-time", type=positive, metavar="S", help="seconds of training")
    group.add_argument("--starts", type=count, default=1, metavar="N", help="networks, the best is kept (1)")
    group.add_argument("--checkpoint", metavar="FILE", help="write the run down as it goes on")
    group.add_argument("--resume", action="store_true", help="go on from --checkpoint, if it is there")


def _add_predict(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    predict = commands.add_parser(
        "predict",
        help="apply a model to new rows",
        description="Write a table with one prediction for each row.",
        epilog=_PREDICT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    predict.add_argument("model", help="file written by ravine train")
    predict.add_argument(
        "data", metavar="new.csv", help="table with the feature columns, - for standard input"
    )
    predict.add_argument("--out", metavar="FILE", help="default: standard output")
    predict.add_argument("--proba", action="store_true", help="also the probability of each class")
    predict.add_argument(
        "--delimiter", type=_delimiter, metavar="C", help="default: comma, semicolon or tab, from the header"
    )
    predict.add_argument("--quiet", action="store_true", help="no remarks on standard error; errors only")


def _add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    compare = commands.add_parser(
        "compare",
        help="run update rules side by side on a surface or on data",
        description="Run update rules from one start; report who arrives, and draw it.",
        epilog=_COMPARE_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
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
    finite = _number(float, lambda _: True, "a number")
    compare.add_argument("--goal", type=finite, metavar="X", help="the value to reach")

    surface = compare.add_argument_group("on a surface")
    count = _number(int, lambda v: v >= 1, "a whole number from 1")
    surface.add_argument(
        "--updates", type=count, metavar="N", help="the most updates (depends on the surface)"
    )
    condition = _number(float, lambda v: v >= 1, "a number from 1")
    surface.add_argument("--condition", type=condition, metavar="X", help="condition number of ravine (100)")
    surface.add_argument("--animation", metavar="FILE", help="also a moving picture, as a GIF")

    data = compare.add_argument_group("on data")
    data.add_argument("--target", metavar="NAME", help="column to predict (needed with a data file)")
    data.add_argument("--task", choices=(CLASSIFICATION, REGRESSION), help="as for train")
    data.add_argument("--drop", action="append", default=[], metavar="NAME", help="as for train")
    data.add_argument("--delimiter", type=_delimiter, metavar="C", help="as for train")
    data.add_argument("--hidden", type=_widths, metavar="N,N", help="hidden widths (64,64; 0: none)")
    data.add_argument("--epochs", type=count, metavar="N", help="passes over the training rows (20)")
    data.add_argument("--batch-size", type=count, metavar="N", help="rows an update (32)")

    seed = _number(int, lambda v: v >= 0, "a whole number from 0")
    data.add_argument("--seed", type=seed, metavar="N", help="of split, start and shuffling (0)")

    output = compare.add_argument_group("output")
    output.add_argument("--picture", metavar="FILE", help="default: NAME.compare.png in this folder")
    output.add_argument("--no-picture", action="store_true", help="draw none")
    output.add_argument("--quiet", action="store_true", help="no table; errors only")


def _number(kind: type, accept: Callable[[float], bool], rule: str) -> Callable[[str], float]:
    """A converter for argparse whose complaint states the rule."""

    def convert(text: str) -> float:
        try:
            value: float = kind(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and accept(value)):
            raise argparse.ArgumentTypeError(f"{text!r}: expected {rule}")
        return value

    return convert


def _widths(text: str) -> list[int]:
    if text.strip() == "0":
        return []
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected whole numbers from 1 separated by commas, such as 64,64"
        )
    return [int(part) for part in parts]


def _delimiter(text: str) -> str:
    character = "\t" if text in ("tab", "\\t") else text
    if len(character) != 1 or character in '"\r\n ' or not character.isascii():
        raise argparse.ArgumentTypeError(f"{text!r}: expected one character, or the word tab")
    return character
