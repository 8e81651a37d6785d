"""``python -m bench.evaluations``: how often each minimiser asks for values, beside SciPy's of the same kind.

Counted is what a run costs until it first sees a value that lies within 1e-8 of the way from the start to the
lowest value known, whatever its stop test says later: evaluations of the function, and of the Hessian or of
products with it. Counts are the same on every machine, so nothing here is timed.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize

import ravine as rv
from bench.report import table, write_page
from ravine.problems import Problem

BEGIN = "<!-- counted: written by `python -m bench.evaluations --out docs/problems.md`, not by hand -->"
END = "<!-- end of counted -->"
WAY = 1e-8
MOST = 2000  # iterations


@dataclass(frozen=True)
class Pair:
    """A method here and the one of SciPy that sees the same derivatives."""

    ours: str
    theirs: str
    second: str = ""  # "hess" or "hessp", where they see one
    options: tuple[
        tuple[str, float], ...
    ] = ()  # SciPy's name for the limit of iterations is maxiter everywhere


PAIRS = (
    Pair("trust-region", "trust-exact", "hess"),
    Pair("newton-cg", "trust-ncg", "hessp"),
    Pair("bfgs", "BFGS"),
    Pair("lbfgs", "L-BFGS-B", options=(("maxfun", 100_000), ("ftol", 0.0))),
    Pair("nonlinear-cg", "CG"),
)
ALONE = ("newton", "damped-newton", "saddle-free-newton")


class Counted:
    """A problem that counts what is asked of it until its value is low enough."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        known = [problem.minimum, *problem.other_values]
        first = problem.value(problem.start)
        self.targets = [low + WAY * (first - low) for low in known if low is not None and low < first]
        self.lowest_target = min(self.targets)
        self.values = self.seconds = 0
        self.best = first
        self.arrived: tuple[int, int] | None = None

    def value(self, theta: np.ndarray) -> float:
        """J, counted."""
        self.values += 1
        value = self.problem.value(theta)
        self.best = min(self.best, value)  # in this order: NaN is not below the best
        if self.arrived is None and value <= self.lowest_target:
            self.arrived = self.values, self.seconds
        return value

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """∇²J, counted."""
        self.seconds += 1
        return self.problem.hessian(theta)

    def product(self, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        """∇²J v, counted."""
        self.seconds += 1
        return self.problem.hessian(theta) @ v

    @property
    def cell(self) -> str:
        """What it took, or where it ended instead."""
        if self.arrived is not None:
            values, seconds = self.arrived
            return f"{values} + {seconds}" if seconds else str(values)
        elsewhere = any(abs(self.best - low) <= 1e-4 * abs(low) for low in self.problem.other_values)
        return f"({self.best:.4g})" if elsewhere else f"— ({self.best:.2g})"


def cell(problem: Problem, run: Callable[[Counted], Any]) -> str:
    """The cell of one run."""
    counted = Counted(problem)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy's about lost precision
        run(counted)
    return counted.cell


def here(method: str, second: str) -> Callable[[Counted], Any]:
    """A run of ravine."""

    def run(counted: Counted) -> Any:
        derivatives = {"hess": counted.hessian} if second == "hess" else {}
        derivatives |= {"hessp": counted.product} if second == "hessp" else {}
        problem = counted.problem
        return rv.minimize(
            counted.value, problem.start, method=method, jac=problem.gradient, maxiter=MOST, **derivatives
        )

    return run


def scipys(pair: Pair) -> Callable[[Counted], Any]:
    """A run of SciPy."""

    def run(counted: Counted) -> Any:
        derivatives = {"hess": counted.hessian} if pair.second == "hess" else {}
        derivatives |= {"hessp": counted.product} if pair.second == "hessp" else {}
        return optimize.minimize(
            counted.value,
            counted.problem.start,
            jac=counted.problem.gradient,
            method=pair.theirs,
            options={"maxiter": MOST, "gtol": 1e-8, **dict(pair.options)},
            **derivatives,
        )

    return run


def text() -> str:
    """Both tables."""
    header = ["problem", "n"]
    for pair in PAIRS:
        header += [f"`{pair.ours}`", f"SciPy {pair.theirs}"]
    beside, alone = [], []
    for problem in rv.problems.select("unconstrained"):
        first = [problem.name, str(problem.dimension)]
        row = list(first)
        for pair in PAIRS:
            row += [cell(problem, here(pair.ours, pair.second)), cell(problem, scipys(pair))]
        beside.append(row)
        alone.append([*first, *(cell(problem, here(method, "hess")) for method in ALONE)])
    names = ["problem", "n", *(f"`{method}`" for method in ALONE)]
    return "\n\n".join([table(header, beside), table(names, alone)]) + "\n"


def main() -> None:
    """Print the tables, and write them into a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a page with the two marks")
    options = parser.parse_args()
    counted = text()
    print(counted)
    if options.out:
        write_page(options.out, counted, BEGIN, END)


if __name__ == "__main__":
    main()
