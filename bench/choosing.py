"""``python -m bench.choosing``: how far each method comes in a given time, on fits of growing size.

The median over three starts of J after so many seconds, in float64, options at their defaults; for Adam
mini-batches of 32, a rate that falls from 0.01 to 0 over its time, and J of all rows at the end.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import ravine as rv
from bench.minimizers import franke
from bench.report import table, write_page

BEGIN = "<!-- measured: written by `python -m bench.choosing --out docs/choosing.md`, not by hand -->"
END = "<!-- end of measured -->"
METHODS = (
    "auto",
    "levenberg-marquardt",
    "newton",
    "trust-region",
    "newton-cg",
    "bfgs",
    "lbfgs",
    "nonlinear-cg",
    "adam",
)
STARTS = 3


@dataclass(frozen=True)
class Fit:
    """J(θ) of a tanh network on data, and the seconds that each method gets."""

    widths: tuple[int, ...]
    data: Callable[[], tuple[Any, Any]]
    what: str
    seconds: float
    loss: str = "squared_error"
    l2: float = 0.0

    def after(self, method: str, seed: int) -> float:
        """J when the time is over."""
        X, y = self.data()
        net = rv.MLP(self.widths, seed=seed)
        risk = rv.EmpiricalRisk(net, X, y, loss=self.loss, l2=self.l2)
        if method != "adam":
            rv.minimize(risk, method=method, max_time=self.seconds, maxiter=10**9, certificate=False)
            return risk.value()
        options: dict[str, Any] = {"loss": self.loss, "l2": self.l2, "seed": seed}
        trial = rv.MLP(self.widths, seed=seed)
        updates = 4 * rv.fit(trial, X, y, max_time=self.seconds / 4, epochs=10**6, **options).updates
        schedule = rv.schedules.Linear(0.01, 0.0, updates)
        rv.fit(net, X, y, max_updates=updates, epochs=10**6, schedule=schedule, **options)
        return risk.value()

    def column(self) -> list[float]:
        """The median over the starts, for each method."""
        return [statistics.median(self.after(method, seed) for seed in range(STARTS)) for method in METHODS]

    @property
    def title(self) -> str:
        """Widths, parameters, rows, seconds."""
        net, rows = rv.MLP(self.widths), len(self.data()[0])
        widths = "-".join(map(str, self.widths))
        return f"{widths}, P = {net.parameter_count:,}: {self.what}, N = {rows:,}, {self.seconds:g} s"


def wave() -> tuple[Any, Any]:
    """One and a quarter periods of a sine, without noise."""
    x = np.linspace(-1, 1, 200)
    return x[:, None], np.sin(4 * x)


def digits() -> tuple[Any, Any]:
    """The handwritten digits, standardised."""
    X, y = rv.datasets.digits()
    return rv.Standardizer.fit(X).transform(X), y


def friedman() -> tuple[Any, Any]:
    """Friedman's first function of ten inputs, with noise of a tenth of its deviation."""
    random = np.random.default_rng(0)
    X = random.random((2000, 10))
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    y = (y - y.mean()) / y.std() + 0.1 * random.normal(size=len(y))
    return 2 * X - 1, y


FITS = (
    Fit((1, 10, 1), wave, "a sine", 0.1),
    Fit((2, 20, 20, 1), franke, "Franke's function", 1.0),
    Fit((10, 32, 32, 1), friedman, "Friedman's function", 2.0, l2=1e-4),
    Fit((64, 32, 10), digits, "digits", 2.0, loss="cross_entropy", l2=1e-3),
    Fit((64, 64, 64, 10), digits, "digits", 2.0, loss="cross_entropy", l2=1e-3),
)


def text(columns: Mapping[str, Sequence[float]]) -> str:
    """The table, a method a row; bold what is within a hundredth of the lowest."""

    def cell(value: float, lowest: float) -> str:
        return f"**{value:.2g}**" if value <= 1.01 * lowest else f"{value:.2g}"

    found = [[cell(value, min(values)) for value in values] for values in columns.values()]
    return table(["method", *columns], [[method, *row] for method, *row in zip(METHODS, *found, strict=True)])


def main() -> None:
    """Print the table, and write it into a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fits", type=int, nargs="*", default=range(len(FITS)), help="numbers, from 0")
    parser.add_argument("--out", type=Path, help="a page with the two marks")
    options = parser.parse_args()
    measured = text({FITS[k].title: FITS[k].column() for k in options.fits})
    print(measured)
    if options.out:
        write_page(options.out, measured + "\n", BEGIN, END)


if __name__ == "__main__":
    main()
