"""``python -m bench.nist``: fits to NIST's certified regressions, digits and evaluations, beside SciPy's.

Digits are those of the worst parameter, of eleven certified ones; "fun + jac" are evaluations of the
residuals and of their Jacobian. Nothing here is timed: counts are the same on every machine.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize

import ravine as rv
from bench.report import table, write_page
from ravine.problems.nist import Regression, regressions

BEGIN = "<!-- counted: written by `python -m bench.nist --out docs/least_squares.md`, not by hand -->"
END = "<!-- end of counted -->"
TIGHT = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}


def ours(problem: Regression, start: np.ndarray, exact: bool) -> tuple[float, Any]:
    """Digits and result of ravine's."""
    fit = rv.least_squares(problem.residuals, start, problem.jacobian if exact else None)
    return problem.correct_digits(fit.x), fit


def scipys(problem: Regression, start: np.ndarray) -> tuple[float, Any]:
    """Digits and result of SciPy's, with tolerances that let it run to its end."""
    try:
        fit = optimize.least_squares(
            problem.residuals, start, problem.jacobian, method="lm", x_scale="jac", **TIGHT
        )
    except ValueError:  # residuals that are not finite
        return 0.0, None
    return problem.correct_digits(fit.x), fit


def cell(digits: float, fit: Any) -> str:
    """Digits, and what they took."""
    counts = "" if fit is None else f" ({fit.nfev} + {fit.njev})"
    return f"{digits:.1f}{counts}" if digits >= 4 else f"— {digits:.1f}{counts}"


def text() -> str:
    """The table and its last line."""
    rows, found = [], {"exact": [], "differences": [], "SciPy": []}
    for name, problem in sorted(regressions().items(), key=lambda each: each[1].level):
        for number, start in enumerate(problem.starts, start=1):
            runs = {
                "exact": ours(problem, start, True),
                "differences": ours(problem, start, False),
                "SciPy": scipys(problem, start),
            }
            for kind, (digits, _) in runs.items():
                found[kind].append(digits)
            first = [name, problem.level, str(problem.dimension), str(number)]
            rows.append([*first, *(cell(*run) for run in runs.values())])
    kinds = ["exact J: digits (fun + jac)", "J by differences", "SciPy `lm`, exact J"]
    header = ["problem", "level", "n", "start", *kinds]
    solved = [f"**{sum(d >= 4 for d in each)} of 54, {np.mean(each):.1f} digits**" for each in found.values()]
    return table(header, [*rows, ["all", "", "", "", *solved]]) + "\n"


def main() -> None:
    """Print the table, and write it into a page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a page with the two marks")
    options = parser.parse_args()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        counted = text()
    print(counted)
    if options.out:
        write_page(options.out, counted, BEGIN, END)


if __name__ == "__main__":
    main()
