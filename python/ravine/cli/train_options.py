"""The options of ``ravine train``."""

from __future__ import annotations

import argparse

from ravine.cli import option_types as of
from ravine.cli.loop import SCHEDULES
from ravine.cli.recipe import CLASSIFICATION, REGRESSION

__all__ = ["add_train"]

_EPILOG = """\
examples:
  ravine train                                   the embedded handwritten digits
  ravine train houses.csv --target price         a number: regression
  ravine train iris.csv --target species         text: classification
  ravine train houses.csv --target price --uncertainty
  ravine train houses.csv --target price --starts 8 --time-budget 60
  ravine train wine.csv --target quality --task classification --solver lbfgs

The data file has a header and one row a line, separated by comma, semicolon or tab, and may be gzipped; or it
is Parquet; or NumPy's .npz (a vector is a column, a matrix X has the columns X0, X1, ...) or .npy. Every
column but the target is a feature and holds numbers. Features (and the target of a regression) are
standardised by the training rows.

Who trains, unless --solver says so: classes are learned by adam, in mini-batches; a quantity by auto, which
chooses among the methods by the size of the problem (for a small one levenberg-marquardt). A rule of
ravine.optim (adam, sgd, ...) makes small steps from some rows each; a method of ravine.minimize (auto,
levenberg-marquardt, newton, trust-region, lbfgs, ...) takes all rows at once, needs no rate, and arrives in
tens of epochs.

Against overfitting some rows are held out: the epoch that is best on them is kept, and a method also ends
once 20 epochs have brought nothing better. --early-stopping 0 switches both off, --l2 penalises large
weights.

With --uncertainty nothing is stopped early: the strength of the penalty is found by the probability of the
data (Bayesian regularisation), many times the work, and as a rule the better model where rows are few or
noisy. No row held out has a say in it, so that they measure honestly. Networks up to some 2,000 parameters.

Ctrl-C ends the training and writes the best epoch so far. Exit status: 0 done, 1 the training failed, 2
options or files must be changed first, 130 interrupted.
"""


def add_train(commands: argparse._SubParsersAction[of.Parser]) -> None:
    """Add the command with its options."""
    train = commands.add_parser(
        "train",
        usage="ravine train [data.csv --target NAME] [options]",
        help="fit a network to a data file, or to the embedded digits",
        description="Split, standardise, train, explain, and write the model and its pictures.",
        epilog=_EPILOG,
    )
    _add_data(train.add_argument_group("data"))
    _add_network(train.add_argument_group("network"))
    _add_training(train.add_argument_group("training"))
    bars = train.add_argument_group("error bars")
    bars.add_argument(
        "--uncertainty",
        action="store_true",
        help="train to a minimum, with the penalty that makes the data most probable, and keep what the data "
        "leave open: predictions get error bars",
    )
    _add_rules(train.add_argument_group("mini-batches (with a rule, such as adam)"))
    _add_output(train.add_argument_group("output"))


def _add_data(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "data",
        nargs="?",
        metavar="data.csv",
        help="table to learn from, - for standard input; none: the digits",
    )
    group.add_argument("--target", metavar="NAME", help="column to predict (needed with a data file)")
    group.add_argument(
        "--task", choices=(CLASSIFICATION, REGRESSION), help="default: text is classified, numbers are fitted"
    )
    group.add_argument(
        "--drop", action="append", default=[], metavar="NAME", help="leave this column out (may be repeated)"
    )
    group.add_argument(
        "--delimiter",
        type=of.delimiter,
        metavar="C",
        help="default: comma, semicolon or tab, from the header",
    )
    group.add_argument(
        "--validation",
        type=of.share,
        default=0.2,
        metavar="SHARE",
        help="rows held out, to measure by (0.2; 0: none)",
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--hidden",
        type=of.widths,
        metavar="N,N",
        help="hidden widths (classes 64,64, or 16 with --uncertainty; a quantity 32; 0: none)",
    )
    group.add_argument("--activation", default="tanh", metavar="NAME", help="of the hidden layers (tanh)")
    group.add_argument(
        "--initializer", default="glorot_uniform", metavar="NAME", help="how weights start (glorot_uniform)"
    )
    group.add_argument("--dtype", choices=("float32", "float64"), default="float64", help="(float64)")


def _add_training(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--solver",
        metavar="NAME",
        help="rule or method, see below (classes: adam; a quantity: auto)",
    )
    group.add_argument(
        "--epochs",
        type=of.count,
        metavar="N",
        help="passes over the training rows (100), or iterations of a method (500)",
    )
    group.add_argument(
        "--early-stopping",
        type=of.whole,
        nargs="?",
        const=20,
        metavar="PATIENCE",
        help="end after so many epochs without a better loss on the rows held out (20); 0: never, "
        "and keep the last epoch, not the best",
    )
    group.add_argument("--time-budget", type=of.positive, metavar="SECONDS", help="train no longer than this")
    group.add_argument(
        "--starts",
        type=of.count,
        default=1,
        metavar="N",
        help="networks, each from a seed; the best is kept (1)",
    )
    group.add_argument(
        "--l2",
        type=of.non_negative,
        metavar="X",
        help="penalty X/2 times squared weights (0.0001; with --uncertainty: found by the data)",
    )
    group.add_argument(
        "--seed", type=of.whole, default=0, metavar="N", help="of split, start and shuffling (0)"
    )
    of.add_threads(group)
    group.add_argument("--checkpoint", metavar="FILE", help="write the run down as it goes on")
    group.add_argument("--resume", action="store_true", help="go on from --checkpoint, if it is there")


def _add_rules(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--batch-size", type=of.count, metavar="N", help="rows an update (32)")
    group.add_argument("--lr", type=of.positive, metavar="RATE", help="rate at the start, or highest (0.003)")
    group.add_argument(
        "--schedule", choices=SCHEDULES, help="of the rate (linear: down to a hundredth over the run)"
    )
    group.add_argument("--clip-norm", type=of.positive, metavar="X", help="longest gradient")


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--out", metavar="FILE", help="the model (default: NAME.model.npz in this folder)")
    group.add_argument(
        "--picture", metavar="FILE", help="the learning curve (default: beside the model, .curve.png)"
    )
    group.add_argument("--no-picture", action="store_true", help="draw none")
    group.add_argument("--quiet", action="store_true", help="no progress, no table; errors only")
